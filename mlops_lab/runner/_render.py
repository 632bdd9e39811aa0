"""저장된 노트북을 한 파일짜리 HTML로 만듭니다. 스크립트는 들어가지 않고, 보여 주지 못한 것은 그 자리에 적습니다.

노트북에 무엇이 들었을지 믿지 않습니다. 아는 것만 골라 새 노트북을 짓고(`_only_known`), nbconvert가 그린 본문 전체를
다시 소독합니다(`_sanitised`). 그래서 템플릿이 무엇을 그대로 찍든 스크립트나 바깥 주소가 남지 않습니다.
"""

from __future__ import annotations

import json
import re
import threading
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from mlops_lab.runner._record import MIME

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""이 HTML이 스스로 거는 제한: 스크립트와 바깥 자원을 모두 막습니다. 서버도 같은 값을 머리글로 보냅니다."""

_one_at_a_time = threading.Lock()
"""변환기는 여러 스레드가 함께 쓸 수 없습니다."""

_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
_SHOWN = (
    "text/html",
    "text/markdown",
    *_PICTURES,
    "text/latex",
    "text/vnd.mermaid",
    "application/json",
    "text/plain",
)
"""한 출력에 여러 꼴이 있을 때 고르는 차례."""

_CANNOT_SHOW = (
    ("application/vnd.plotly", "Plotly 그림"),
    ("application/vnd.vega", "Vega(Altair) 그림"),
    ("application/vnd.bokeh", "Bokeh 그림"),
    ("application/vnd.holoviews", "HoloViews 그림"),
    ("application/vnd.jupyter.widget-view", "위젯"),
    ("text/vnd.mermaid", "Mermaid 그림"),
    ("application/javascript", "스크립트"),
    ("application/geo+json", "지도"),
    ("application/pdf", "PDF"),
    ("image/", "그림"),
    ("video/", "동영상"),
    ("audio/", "소리"),
)
"""JupyterLab만 그리는 출력: MIME 형식의 앞부분과, 사람에게 알릴 이름."""

_TAKEN_OUT = {
    "스크립트": re.compile(r"<script\b", re.I),
    # pandas는 표마다 <style scoped>를 붙이지만, 칸을 맞추는 것뿐이고 우리 화면도 그렇게 맞춥니다.
    "꾸밈(style)": re.compile(r"<style\b(?![^>]*\bscoped\b)|<link\b", re.I),
    "끼워 넣은 페이지": re.compile(r"<(?:iframe|frame|object|embed)\b", re.I),
    "동영상이나 소리": re.compile(r"<(?:video|audio)\b", re.I),
    "그림": re.compile(r"<(?:svg|canvas)\b|<img\b(?![^>]*\bsrc\s*=\s*[\"']?\s*data:image/)", re.I),
    "입력란": re.compile(r"<(?:form|input|button|select|textarea)\b", re.I),
}
"""소독할 때 빠지는 것: 사람에게 알릴 이름과 HTML에서 찾는 꼴."""

_TAG = re.compile(r"<!--.*?-->|<(/?)([a-z][a-z0-9]*)(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>", re.I | re.S)
_DEEPEST = 2_000
"""겹쳐 열린 채로 둘 수 있는 태그의 수. HTML을 읽는 시간은 깊이의 제곱으로 늘어납니다."""
_MOST_COLOURS = 20_000
"""출력 하나에서 색으로 그리는 ANSI 기호의 수. 그 시간은 기호 수의 제곱으로 늘어납니다."""
_MOST_CODE = 200_000
"""노트북 한 권에서 꾸며 그리는 코드의 글자 수. 그다음은 글 그대로 둡니다."""
_MOST_MARKS = 200_000
_MOST_MARKS_IN_A_CELL = 20_000
"""마크다운으로 읽는 문장 부호(`_MARK`)의 수. 읽는 시간은 한 셀에 든 부호 수의 제곱으로 늘어납니다."""
_MOST_PIECES = 10_000
"""그리는 셀과 출력의 수."""
_MARK = re.compile(r"[^\w\s+/=,.]")

_OUTSIDE_LINK = re.compile(r"<a (?=[^>]*\bhref=\"(?!#))")
_TEMPLATE = """
{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block footer -%}{%- endblock -%}
"""
"""lab 템플릿에서 스크립트를 부르는 자리를 비웁니다."""


def render_html(notebook: str | Path | bytes, *, name: str = "notebook", here: str = "") -> str:
    """노트북 한 권을 HTML로 바꿉니다. 실패했거나 아직 도는 노트북도 됩니다.

    출력과 글에 든 HTML은 nh3로 소독하고, 바깥에서 무엇도 불러오지 않습니다. 스크립트나 그림틀처럼 보여 주지 못하는 것이
    있으면 그 자리에 무엇이 빠졌는지 적습니다.

    Args:
        notebook: 노트북 파일의 경로, 또는 이미 읽은 파일의 내용(bytes).
        name: 내용을 주었을 때 화면의 제목과 오류에 적을 이름. 경로를 주면 그 파일의 이름입니다.
        here: 문서 안을 가리키는 링크(`#제목`) 앞에 붙일 주소. iframe의 srcdoc에 넣을 때에는 "about:srcdoc"입니다.

    Returns:
        한 파일짜리 HTML.

    Raises:
        OSError: 파일을 읽을 수 없습니다.
        ValueError: 노트북이 아닙니다.
    """
    if not isinstance(notebook, bytes):
        path = Path(notebook)
        notebook, name = path.read_bytes(), path.stem
    with _one_at_a_time:
        try:
            document, _ = _make_exporter().from_notebook_node(
                _only_known(_parsed(notebook, name)), resources={"metadata": {"name": _text(name)}}
            )
            head, _, rest = document.partition("<main>")
            body = _sanitised(_OUTSIDE_LINK.sub('<a target="_blank" ', rest.rpartition("</main>")[0]), here)
        except RecursionError:
            raise ValueError(f"노트북 {name}의 내용이 너무 깊이 겹쳐 있어 그릴 수 없습니다.") from None
    meta = f'<meta http-equiv="Content-Security-Policy" content="{CSP}">'
    return f"{head.replace('<head>', f'<head>{meta}', 1)}<main>{body}</main></body></html>\n"


def exporter() -> Any:
    """만드는 데 오래 걸리는 HTML 변환기. 한 번만 만들어 다시 씁니다."""
    with _one_at_a_time:
        return _make_exporter()


@cache
def _make_exporter() -> Any:
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class Exporter(HTMLExporter):  # type: ignore[misc, unused-ignore]
        """HTMLExporter가 끝에 하는 BeautifulSoup 훑기를 뺐습니다. 그리는 시간의 절반이고, 소독은 우리가 합니다."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
            lexer = nb.metadata.language_info.pygments_lexer
            self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
            return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)

        def _validate_preprocessor(self, nbc: Any, preprocessor: Any) -> None:
            """우리가 지은 노트북이므로 전처리기마다 다시 검사하지 않습니다."""

    return Exporter(
        template_name="lab",
        raw_template=_TEMPLATE,
        sanitize_html=True,
        language_code="ko",
        filters={"clean_html": _clean, "ansi2html": _coloured},
    )


# 읽기 ---------------------------------------------------------------------------
def _parsed(data: bytes, name: str) -> dict[str, Any]:
    """Nbformat 4의 사전. 검사는 하지 않습니다. 있어야 할 모양이 아닌 것은 `_only_known`이 뺍니다."""
    again = "JupyterLab에서 열어 다시 저장하십시오."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"노트북 {name}의 {error.start:,}번째 바이트가 UTF-8이 아닙니다. 노트북은 UTF-8이어야 합니다. {again}"
        ) from None
    try:
        raw = json.loads(text)
    except ValueError as error:
        where = (
            f"({error.lineno}번째 줄, {error.colno}번째 글자)"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        raise ValueError(
            f"노트북 {name}이(가) 온전한 JSON이 아닙니다{where}. 파일이 잘렸거나 노트북이 아닙니다."
        ) from None
    if not isinstance(raw, dict) or "nbformat" not in raw:
        raise ValueError(f"{name}에 nbformat 항목이 없습니다. 주피터 노트북(.ipynb)이 아닌 JSON 파일입니다.")
    version = raw["nbformat"]
    if type(version) is not int or not 2 <= version <= 4:
        shown = repr(version)[:40]
        raise ValueError(f"노트북 {name}의 nbformat은 {shown}입니다. 2부터 4까지 그릴 수 있습니다. {again}")
    if version < 4:
        import nbformat

        try:
            raw = dict(nbformat.convert(nbformat.reader.reads(text), 4))
        except RecursionError:
            raise
        except Exception as error:  # nbformat은 판마다 다른 예외를 냅니다.
            raise ValueError(
                f"노트북 {name}을(를) 옛 형식(nbformat {version})에서 바꾸지 못했습니다({type(error).__name__}). {again}"
            ) from None
    if not isinstance(raw.get("cells"), list):
        raise ValueError(f"노트북 {name}에 셀의 목록(cells)이 없습니다. {again}")
    return raw


def _only_known(raw: dict[str, Any]) -> Any:
    """아는 것만 골라 담은 새 노트북. 템플릿에는 여기에 담긴 것만 갑니다."""
    from nbformat import NotebookNode, from_dict

    metadata = _dict(raw.get("metadata"))
    known: dict[str, Any] = {
        "language_info": {"pygments_lexer": _lexer(_dict(metadata.get("language_info")))}
    }
    if isinstance(metadata.get("title"), str):
        known["title"] = _text(metadata["title"])
    left = {"code": _MOST_CODE, "markdown": _MOST_MARKS, "pieces": _MOST_PIECES}
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(raw["cells"], 1):
        outputs = _dict(cell).get("outputs")
        left["pieces"] -= 1 + (len(outputs) if isinstance(outputs, list) else 0)
        if left["pieces"] < 0:
            lost = _note([f"셀 {len(raw['cells']):,}개 가운데 {number:,}번째부터"])
            cells.append({"cell_type": "raw", "source": lost, "metadata": {}})
            break
        if shown := _cell(_dict(cell), left):
            cells.append(shown)
    # 4.5부터는 nbformat이 같은 id를 고쳐 적습니다. 그릴 때에는 그대로가 낫습니다.
    node: NotebookNode = from_dict({"nbformat": 4, "nbformat_minor": 4, "metadata": known, "cells": cells})
    return node


def _lexer(language: dict[str, Any]) -> str:
    """Pygments가 아는 이름. 모르는 이름이면 꾸미지 않습니다."""
    from pygments.lexers import find_lexer_class_by_name  # type: ignore[import-untyped, unused-ignore]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped, unused-ignore]

    name = str(language.get("pygments_lexer", language.get("name", "ipython3")))
    if name in {"python", "ipython3"}:
        return "ipython3"
    try:
        find_lexer_class_by_name(name)
    except ClassNotFound:
        return "text"
    return name


def _cell(raw: dict[str, Any], left: dict[str, int]) -> dict[str, Any] | None:
    kind, source, metadata = raw.get("cell_type"), _text(raw.get("source")), _dict(raw.get("metadata"))
    if kind not in ("code", "markdown", "raw"):
        return None
    tags = metadata.get("tags")
    kept = {"tags": [_text(tag) for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []}
    cell = {"cell_type": kind, "source": source, "metadata": kept, "id": _text(raw.get("id"))}
    if kind == "raw":
        cell["metadata"]["raw_mimetype"] = _text(metadata.get("raw_mimetype"))
        return cell
    if kind == "markdown":
        marks = len(_MARK.findall(source))
        left[kind] -= marks
        if left[kind] < 0 or marks > _MOST_MARKS_IN_A_CELL:
            return {"cell_type": "raw", "source": f"<pre>{escape(source)}</pre>", "metadata": {}}
        cell["attachments"] = {
            name: {mime: _text(data) for mime, data in _dict(bundle).items() if isinstance(data, str | list)}
            for name, bundle in _dict(raw.get("attachments")).items()
        }
        return cell
    left[kind] -= len(source)
    if left[kind] < 0:
        cell["metadata"]["magics_language"] = "text"
    count, outputs = raw.get("execution_count"), raw.get("outputs")
    cell["execution_count"] = count if type(count) is int and 0 <= count < 10**9 else None
    cell["outputs"] = [
        shown
        for output in (outputs if isinstance(outputs, list) else [])
        if isinstance(output, dict)
        for shown in _outputs(output)
    ]
    return cell


def _outputs(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """출력 하나에서 보여 줄 것. 보여 주지 못하는 것이 있으면 그 알림이 뒤에 붙습니다."""
    kind = raw.get("output_type")
    if kind == "stream":
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        return [{"output_type": kind, "name": name, "text": _text(raw.get("text"))}]
    if kind == "error":
        lines = raw.get("traceback")
        traceback = [_text(line) for line in lines] if isinstance(lines, list) else []
        said = f"{_text(raw.get('ename'))}: {_text(raw.get('evalue'))}"
        return [{"output_type": kind, "ename": "", "evalue": "", "traceback": traceback or [said]}]
    if kind not in ("display_data", "execute_result"):
        return []
    data = {mime: value for mime, value in _dict(raw.get("data")).items() if mime != MIME}
    mime, shown = _best(data)
    found = []
    if mime is not None:
        details = _picture_details(_dict(_dict(raw.get("metadata")).get(mime)))
        found.append({"output_type": kind, "data": shown, "metadata": {mime: details}})
    lost = _lost(data, mime)
    if lost:
        found.append({"output_type": "display_data", "data": {"text/html": _note(lost)}, "metadata": {}})
    return found


def _best(data: dict[str, Any]) -> tuple[str | None, dict[str, str]]:
    """`data`에서 고른 꼴과, 템플릿에 줄 것."""
    order = list(_SHOWN)
    if _runs_scripts(data):  # 스크립트를 빼면 남는 것이 없기 쉬우므로 그림이 있으면 그림을 고릅니다.
        order.remove("text/html")
        order.insert(order.index("text/latex"), "text/html")
    for mime in order:
        value = data.get(mime)
        if mime == "application/json" and mime in data:
            return mime, {"text/plain": _text(json.dumps(value, ensure_ascii=False, indent=1))}
        if not isinstance(value, str | list):
            continue
        text = _text(value)
        if mime in {"image/gif", "image/webp"}:
            return mime, {"text/html": f'<img alt="" src="data:{mime};base64,{escape(text)}">'}
        return mime, {"text/plain" if mime == "text/vnd.mermaid" else mime: text}
    return None, {}


def _runs_scripts(data: dict[str, Any]) -> bool:
    return bool(_TAKEN_OUT["스크립트"].search(_text(data.get("text/html"))))


def _lost(data: dict[str, Any], chosen: str | None) -> list[str]:
    """고른 꼴(`chosen`)이 대신하지 못하는 것의 이름."""
    if (
        chosen in _PICTURES
        or chosen == "text/markdown"
        or (chosen == "text/html" and not _runs_scripts(data))
    ):
        return []
    plain = {"text/html", "text/latex", "application/json", "text/plain"}
    names = []
    for mime in data:
        if mime not in plain:
            known = (name for start, name in _CANNOT_SHOW if mime.startswith(start))
            names.append(next(known, f"{_text(mime)[:80]} 형식의 출력"))
    return list(dict.fromkeys(names))


def _picture_details(metadata: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        side: metadata[side]
        for side in ("width", "height")
        if type(metadata.get(side)) is int and 0 < metadata[side] < 100_000
    }
    if metadata.get("unconfined") is True:
        kept["unconfined"] = True
    if metadata.get("needs_background") in ("light", "dark"):
        kept["needs_background"] = metadata["needs_background"]
    return kept


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """글. 노트북은 여러 줄을 목록으로도 적습니다. UTF-8로 적을 수 없는 글자(짝 없는 서로게이트)는 ?가 됩니다."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


# 소독 ---------------------------------------------------------------------------
def _note(names: list[str]) -> str:
    return (
        '<p class="mlops-lab-note" style="border-left:4px solid #b45309;padding:.3em .8em;background:#fef3c7;'
        f'color:#451a03">여기에서는 보이지 않습니다: {escape(", ".join(names))}. JupyterLab에서 노트북을 열면 볼 수 있습니다.</p>'
    )


def _clean(element: Any) -> Any:
    """nbconvert의 clean_html 자리에 끼우는 소독. 조각마다 하므로 닫지 않은 태그가 뒤의 셀을 삼키지 않습니다."""
    from markupsafe import Markup

    text = element.decode() if isinstance(element, bytes) else str(element)
    if _too_deep(text):
        return Markup(_note(["너무 깊이 겹친 HTML"]))  # noqa: S704 - 우리가 쓴 글입니다.
    lost = [name for name, pattern in _TAKEN_OUT.items() if pattern.search(text)]
    return Markup(_sanitised(text) + (_note(lost) if lost else ""))  # noqa: S704 - 방금 소독한 HTML입니다.


def _too_deep(text: str) -> bool:
    """닫히지 않고 겹친 같은 태그가 많으면 참. `<td>`처럼 닫지 않아도 되는 태그는 겹치지 않으므로 세지 않습니다."""
    depth: dict[str, int] = {}
    for match in _TAG.finditer(text) if text.count("<") > _DEEPEST else ():
        tag = (match[2] or "").lower()
        if tag and tag not in _NEVER_NESTED:
            depth[tag] = max(0, depth.get(tag, 0) + (-1 if match[1] else 1))
            if depth[tag] > _DEEPEST:
                return True
    return False


def _coloured(text: str) -> Any:
    """ANSI 색을 HTML로."""
    from nbconvert.filters import ansi2html, strip_ansi

    return ansi2html(text if text.count("\x1b[") <= _MOST_COLOURS else strip_ansi(text))


def _sanitised(text: str, here: str = "") -> str:
    """표와 제목, 색은 남기고 스크립트와 바깥 그림은 뺍니다."""
    return str(_cleaner(here).clean(text))


@cache
def _cleaner(here: str) -> Any:
    import nh3

    attributes = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"class", "style", "title", "id", "role", "aria-label", "lang", "dir"}
    attributes["div"] = attributes.get("div", set()) | {"data-mime-type", "data-type"}
    attributes.setdefault("a", set()).update({"href", "target"})

    def keep(tag: str, name: str, value: str) -> str | None:
        """data: 주소는 그림에만, 그림은 data: 주소에만. 새 창은 "_blank"로만 엽니다."""
        start = value.strip().lower()
        if tag == "img" and name == "src":
            return value if start.startswith("data:image/") else None
        if tag == "a" and name == "target":
            return value if value == "_blank" else None
        if tag == "a" and name == "href" and start.startswith("#"):
            return here + value.strip()
        return None if start.startswith("data:") and name in {"href", "src", "cite"} else value

    return nh3.Cleaner(
        tags=nh3.ALLOWED_TAGS | {"section", "figure", "figcaption"},
        attributes=attributes,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=_STYLES,
    )


_NEVER_NESTED = frozenset(
    "area br col hr img input link meta source wbr p li td th tr dt dd option".split()  # noqa: SIM905
)

_STYLES = set(
    "background background-color border border-left border-collapse color display font-family font-size font-style "  # noqa: SIM905
    "font-weight line-height margin margin-left max-width padding text-align text-decoration vertical-align "
    "white-space width".split()
)
