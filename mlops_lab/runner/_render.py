"""저장된 노트북을 한 파일짜리 HTML로 만듭니다. 스크립트는 들어가지 않습니다."""

from __future__ import annotations

import re
import threading
from functools import cache
from pathlib import Path
from typing import Any

from mlops_lab.runner._record import MIME

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""이 HTML이 스스로 거는 제한: 스크립트와 바깥 자원을 모두 막습니다. 서버도 같은 값을 머리글로 보냅니다."""

_one_at_a_time = threading.Lock()
"""변환기는 여러 스레드가 함께 쓸 수 없습니다."""

_SCRIPT = re.compile(r"<script\b[^>]*>.*?</script\s*>", re.IGNORECASE | re.DOTALL)


def render_html(path: str | Path) -> str:
    """노트북 파일 하나를 HTML로 바꿉니다. 실패했거나 아직 도는 노트북도 됩니다.

    출력과 글에 든 HTML은 nh3로 소독하고, 바깥에서 무엇도 불러오지 않습니다.

    Raises:
        OSError: 파일을 읽을 수 없습니다.
        ValueError: 노트북이 아닙니다.
    """
    import nbformat

    path = Path(path)
    notebook: Any = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    converter = exporter()
    with _one_at_a_time:
        body, _ = converter.from_notebook_node(notebook, resources={"metadata": {"name": path.stem}})
    body = _SCRIPT.sub("", body)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{CSP}">'
    return body.replace("<head>", f"<head>{meta}", 1)


def exporter() -> Any:
    """만드는 데 오래 걸리는 HTML 변환기. 한 번만 만들어 다시 씁니다."""
    with _one_at_a_time:
        return _make_exporter()


@cache
def _make_exporter() -> Any:
    from nbconvert import HTMLExporter

    return HTMLExporter(
        template_name="lab",
        sanitize_html=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        widget_renderer_url="",
        html_manager_semver_range="",
        language_code="ko",
        filters={"clean_html": _clean},
    )


def _clean(element: Any) -> Any:
    """nbconvert의 clean_html 자리에 끼우는 소독. 표와 제목, 색은 남기고 스크립트와 바깥 그림은 뺍니다."""
    import nh3
    from markupsafe import Markup

    text = element.decode() if isinstance(element, bytes) else str(element)
    attributes = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"class", "style", "title", "id", "role", "aria-label", "lang", "dir"}
    attributes.setdefault("a", set()).add("href")
    return Markup(  # noqa: S704 - 방금 소독한 HTML입니다.
        nh3.clean(
            text,
            tags=nh3.ALLOWED_TAGS | {"section", "figure", "figcaption"},
            attributes=attributes,
            attribute_filter=_keep_attribute,
            url_schemes={"http", "https", "mailto", "data"},
            filter_style_properties=_STYLES,
        )
    )


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    """data: 주소는 그림에만, 그림은 data: 주소에만."""
    is_data = value.lstrip().lower().startswith("data:")
    if tag == "img" and name == "src":
        return value if value.lstrip().lower().startswith("data:image/") else None
    return None if is_data and name in {"href", "src", "cite"} else value


_STYLES = {
    "background",
    "background-color",
    "border",
    "border-left",
    "border-collapse",
    "color",
    "display",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "line-height",
    "margin",
    "margin-left",
    "max-width",
    "padding",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
}
