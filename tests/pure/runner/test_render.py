"""노트북을 HTML로: 보여야 할 것은 보이고, 스크립트는 없습니다."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import nh3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_lab.runner import _render, render_html
from tests.common import FUZZ

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>x</a>"
    "<iframe src='https://example.com'></iframe><b onclick='alert(4)'>굵게</b>"
    "<a href='data:text/html,<script>alert(5)</script>'>y</a><svg onload=alert(6)></svg>"
    "<img src='https://example.com/track.png'><p style='background:url(https://example.com)'>z</p>"
)


def test_tables_headings_and_pictures_stay_and_scripts_go(tmp_path: Path) -> None:
    new = nbformat.v4
    table = "<style scoped>td {color: red}</style><table class='dataframe'><tr><td>칸</td></tr></table>"
    outputs = [
        new.new_output("display_data", {"text/html": table}),
        new.new_output("display_data", {"text/html": EVIL}),
        new.new_output("display_data", {"application/javascript": "alert(7)", "text/plain": "js"}),
        new.new_output("display_data", {"image/svg+xml": "<svg onload='alert(8)'></svg>"}),
        new.new_output("display_data", {"image/png": "aGVsbG8=", "text/plain": "그림"}),
        new.new_output("stream", text="<script>alert(9)</script>"),
    ]
    cells = [
        new.new_markdown_cell(
            f"# 큰 제목\n\n| 가 | 나 |\n|---|---|\n| 1 | 2 |\n\n{EVIL}\n\n[링크](https://example.org)"
        ),
        new.new_code_cell("x = '<script>alert(10)</script>'", outputs=outputs),
    ]
    nbformat.write(new.new_notebook(cells=cells), tmp_path / "a.ipynb")
    page = render_html(tmp_path / "a.ipynb")
    lowered = page.lower()
    body = lowered[lowered.index("<main") :]
    assert "큰 제목" in page
    assert body.count("<h1") == 1
    assert body.count("<table") == 2
    assert "<td>칸</td>" in page
    assert "data:image/png;base64,agvsbg8=" in body
    assert 'href="https://example.org"' in body
    for bad in (
        "<script",
        "onerror=alert(2)>",
        "<iframe",
        "onclick='",
        'onclick="',
        "javascript:",
        "example.com/track",
    ):
        assert bad not in body, bad
    assert "data:text/html" not in body
    assert "url(https://example.com" not in body
    assert "default-src 'none'" in page
    for source in ("src=", "@import", "<link"):
        for piece in lowered.split(source)[1:]:
            assert piece.lstrip("\"'").startswith("data:"), piece[:80]
    assert 'lang="ko"' in page


HOSTILE = (
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><script>alert(1)</script>'
    '<img src=x onerror=alert(2)><base href="//evil.example"><iframe src="//evil.example"></iframe>'
    '" onload="alert(3)'
)
KINDS = (
    "text/html",
    "text/markdown",
    "text/plain",
    "text/latex",
    "text/vnd.mermaid",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/javascript",
    "application/json",
    "application/pdf",
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.plotly.v1+json",
    "application/x-<script>alert(4)</script>",
)
TEMPLATE_TAGS = {"html", "head", "meta", "title", "style", "body", "main"}


class Elements(HTMLParser):
    """문서의 태그와 속성."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def is_harmless(page: str) -> bool:
    """스크립트, 다른 곳으로 보내는 것, 바깥에서 부르는 것이 없으면 참."""
    head, _, body = page.partition("<main>")
    head = re.sub(r"(?s)(<style\b[^>]*>).*?</style>", r"\1</style>", head)
    for tag, _ in Elements(head).found:
        assert tag in TEMPLATE_TAGS, tag
    metas = [attributes for tag, attributes in Elements(head).found if tag == "meta"]
    assert [meta.get("http-equiv") for meta in metas] == ["Content-Security-Policy", None, None]
    for tag, attributes in Elements(body).found:
        assert tag in nh3.ALLOWED_TAGS | {"section", "figure", "figcaption"}, tag
        assert not any(name.startswith("on") for name in attributes), attributes
        assert (attributes.get("src") or "data:image/").startswith("data:image/"), attributes
        assert not (attributes.get("href") or "").startswith(("javascript:", "data:")), attributes
    return True


def page_of(*cells: dict[str, Any], **metadata: Any) -> str:
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
    return render_html(json.dumps(notebook).encode(), name="시험")


def code(*outputs: dict[str, Any], source: str = "", **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": list(outputs), **more}


def display(metadata: Any = None, **data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": metadata or {}, "data": data}


@pytest.mark.parametrize("value", [HOSTILE, [HOSTILE], {"model_id": HOSTILE}], ids=["글", "줄", "사전"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_output_is_sanitised(kind: str, value: Any) -> None:
    details = {"width": "1 onload=alert(5)", "height": HOSTILE, "needs_background": HOSTILE}
    metadata = {kind: details, "filenames": {kind: "https://evil.example/x.png"}}
    assert is_harmless(page_of(code(display(metadata, **{kind: value}))))


def test_everything_that_a_template_may_print_is_sanitised() -> None:
    x = HOSTILE
    page = page_of(
        code(
            {"output_type": "stream", "name": x, "text": x},
            {"output_type": "error", "ename": x, "evalue": x, "traceback": [x]},
            {"output_type": x, "text": x},
            source=x,
            execution_count=x,
            id=x,
            metadata={"tags": [x], "magics_language": x},
        ),
        {
            "cell_type": "markdown",
            "source": f"{x}\n\n```{x}\nx\n```\n\n${x}$\n\n![a](attachment:a.png) ![b](https://evil.example/b.png)",
            "attachments": {"a.png": {"image/png": f'"{x}'}, x: {x: x}},
            "metadata": {"tags": [x]},
        },
        {"cell_type": "raw", "source": x, "metadata": {"raw_mimetype": "text/html"}},
        {"cell_type": "raw", "source": x, "metadata": {}},
        {"cell_type": x, "type": x, "source": x, "metadata": {}},
        title=f"</title>{x}",
        language_info={"name": x, "pygments_lexer": x},
        kernelspec={"name": x, "display_name": x, "language": x},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {x: x}}},
    )
    assert is_harmless(page)


def test_the_body_is_sanitised_even_if_the_template_prints_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_render, "_only_known", nbformat.from_dict)
    cell = code(
        display(**{"text/vnd.mermaid": HOSTILE}),
        display({"image/png": {"width": "1 onload=alert(5)"}}, **{"image/png": "AAAA"}),
        execution_count=HOSTILE,
        id="a",
    )
    assert is_harmless(page_of(cell, language_info={"name": "python", "pygments_lexer": "ipython3"}))


def test_links_inside_stay_inside_and_the_others_open_a_new_window() -> None:
    cell = {
        "cell_type": "markdown",
        "metadata": {},
        "source": "# big\n\n[안](#big) [밖](https://example.org) <a href='https://example.com' target='_top'>위</a>"
        "\n\n<p id='제목' title='<a href=\"x'>x</p>",
    }
    found = Elements(page_of(cell)).found
    assert ("h1", "big") in [(tag, attributes.get("id")) for tag, attributes in found]
    links = [a for tag, a in found if tag == "a" and "anchor-link" not in (a.get("class") or "")]
    assert [link.get("target") for link in links] == [None, "_blank", "_blank"]
    assert [link["rel"] for link in links] == ["noopener noreferrer"] * 3
    notebook = {"nbformat": 4, "metadata": {}, "cells": [cell]}
    page = render_html(json.dumps(notebook).encode(), here="about:srcdoc")
    assert 'href="about:srcdoc#' in page


PLOT = {"data": [{"y": [1, 2]}]}
WIDGET = {"model_id": "a", "version_major": 2}


@pytest.mark.parametrize(
    ("data", "names", "shown"),
    [
        ({"application/vnd.plotly.v1+json": PLOT}, "Plotly 그림", ""),
        ({"application/vnd.plotly.v1+json": PLOT, "text/plain": "Figure"}, "Plotly 그림", "Figure"),
        (
            {"application/vnd.vegalite.v5+json": PLOT, "text/plain": "alt.Chart()"},
            "Vega(Altair) 그림",
            "alt.Chart()",
        ),
        ({"application/vnd.bokehjs_exec.v0+json": ""}, "Bokeh 그림", ""),
        ({"application/vnd.jupyter.widget-view+json": WIDGET, "text/plain": "0%"}, "위젯", "0%"),
        ({"application/javascript": "alert(1)"}, "스크립트", ""),
        ({"text/vnd.mermaid": "graph TD; a--&gt;b", "text/plain": "x"}, "Mermaid 그림", "graph TD"),
        ({"application/pdf": "JVBERi0="}, "PDF", ""),
        ({"video/mp4": "AAAA", "text/plain": "<Video>"}, "동영상", ""),
        ({"application/x-new+json": {}}, "application/x-new+json 형식의 출력", ""),
        ({"text/html": "<b>굵게</b><script>1</script><SCRIPT src=x></SCRIPT>"}, "스크립트", "굵게"),
        ({"text/html": "<style>td{color:red}</style><p>칸</p>"}, "꾸밈(style)", "칸"),
        ({"text/html": "<iframe src=x></iframe><video></video>"}, "끼워 넣은 페이지, 동영상이나 소리", ""),
        ({"text/html": "<form><input><button>눌러요</button></form>"}, "입력란", "눌러요"),
        ({"text/html": "<img src='a.png'><p>글</p>"}, "그림", "글"),
        ({"text/markdown": "<svg><circle/></svg>\n\n글"}, "그림", "글"),
    ],
)
def test_what_cannot_be_shown_is_said_in_its_place_once(data: dict[str, Any], names: str, shown: str) -> None:
    page = page_of(code(display(**data)))
    assert page.count(f"여기에서는 보이지 않습니다: {names}. ") == 1
    assert page.count("여기에서는 보이지 않습니다") == 1
    assert shown in page


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<div><style scoped>\n.dataframe{}</style><table class='dataframe'></table></div>"},
        {"text/html": "<img alt='x' src='data:image/png;base64,AAAA'>"},
        {"application/vnd.plotly.v1+json": PLOT, "image/png": "AAAA"},
        # 스크립트 없이는 빈 자리이므로 함께 온 그림을 고릅니다.
        {
            "application/vnd.plotly.v1+json": PLOT,
            "text/html": "<script>1</script>",
            "image/svg+xml": "<svg/>",
        },
        {"application/vnd.dataresource+json": {}, "text/html": "<table></table>"},
        {"image/gif": "AAAA", "text/plain": "<Image>"},
        {"text/plain": "<script>"},
        {"application/vnd.mlops-lab.record+json": {"a": 1}, "text/plain": "a = 1"},
    ],
)
def test_nothing_is_said_when_nothing_is_lost(data: dict[str, Any]) -> None:
    assert "보이지 않습니다" not in page_of(code(display(**data)))


def test_json_is_shown_as_text_and_a_picture_keeps_its_size() -> None:
    page = page_of(
        code(
            display(**{"application/json": {"값": [1]}, "text/plain": "<IPython.core.display.JSON object>"}),
            display({"image/png": {"width": 320}}, **{"image/png": "AAAA"}),
        )
    )
    assert '"값": [' in page
    assert 'width="320"' in page


def test_an_unclosed_tag_does_not_swallow_the_next_cell() -> None:
    page = page_of(
        code(display(**{"text/html": "</div></main><div style='display:none'><table><tr><td><b>"})),
        {"cell_type": "markdown", "metadata": {}, "source": "다음 셀"},
    )
    before = page[page.index("<main>") : page.index("다음 셀")]
    assert before.count("display:none") == 1
    # 셀을 두르는 div는 셀마다 닫힙니다.
    assert before.count("<table>") == before.count("</table>")
    assert page.count("</main>") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "온전한 JSON이 아닙니다"),
        (b"\xff\xfe{}", "0번째 바이트가 UTF-8이 아닙니다"),
        ('{"nbformat": 4, "가'.encode("cp949"), "UTF-8이 아닙니다"),
        (b'{"nbformat": 4, "cells": [', "온전한 JSON이 아닙니다(1번째 줄"),
        (b"[" * 200_000, "너무 깊이 겹쳐"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "너무 깊이 겹쳐"),
        (b"1" * 5_000, "온전한 JSON이 아닙니다"),
        (b"[]", "nbformat 항목이 없습니다"),
        (b"null", "nbformat 항목이 없습니다"),
        (b'{"cells": []}', "nbformat 항목이 없습니다"),
        (b'{"nbformat": 1, "cells": []}', "nbformat은 1입니다"),
        (b'{"nbformat": 5, "cells": []}', "nbformat은 5입니다"),
        (b'{"nbformat": "4", "cells": []}', "nbformat은 '4'입니다"),
        (b'{"nbformat": [4], "cells": []}', "nbformat은 [4]입니다"),
        (b'{"nbformat": true, "cells": []}', "nbformat은 True입니다"),
        (b'{"nbformat": 4, "cells": {}}', "셀의 목록(cells)이 없습니다"),
        (b'{"nbformat": 4}', "셀의 목록(cells)이 없습니다"),
        (b'{"nbformat": 3, "worksheets": 1, "metadata": {}}', "옛 형식(nbformat 3)"),
        (b'{"nbformat": 2}', "nbformat 2"),
    ],
)
def test_what_is_no_notebook_is_refused_in_korean(content: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        render_html(content, name="가짜")


def test_old_notebooks_are_shown() -> None:
    cell = {"cell_type": "code", "input": "print('옛것')", "language": "python", "collapsed": False}
    three = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "x"}, "worksheets": [{"cells": [cell]}]}
    cell |= {"outputs": [{"output_type": "stream", "stream": "stdout", "text": "나온 글"}]}
    page = render_html(json.dumps(three).encode())
    assert "나온 글" in page
    assert "옛것" in page


def test_text_that_is_no_unicode_is_shown_with_a_mark() -> None:
    page = page_of(code({"output_type": "stream", "name": "stdout", "text": "앞\ud800뒤"}))
    assert "앞?뒤" in page


@pytest.mark.parametrize(
    "cell",
    [
        code(display(**{"text/html": "<div>" * 300_000})),
        code(display(**{"text/html": "<i></b>" * 300_000})),
        code({"output_type": "stream", "name": "stdout", "text": "\x1b[31m가" * 400_000}),
        {"cell_type": "markdown", "metadata": {}, "source": "[" * 400_000},
        code(source="(" * 600_000),
    ],
    ids=["겹친 태그", "어긋난 태그", "색", "마크다운", "코드"],
)
def test_what_would_take_minutes_is_shown_plainly(cell: dict[str, Any]) -> None:
    page = page_of(cell, {"cell_type": "markdown", "metadata": {}, "source": "# 다음 셀"})
    assert "다음 셀" in page


@pytest.mark.parametrize("cells", [[code()] * 30, [code(), code(*[display()] * 30)]], ids=["셀", "출력"])
def test_too_many_cells_are_cut_and_counted(cells: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_render, "_MOST_PIECES", 10)
    assert f"셀 {len(cells)}개 가운데" in page_of(*cells)


# 되는대로 지은 노트북 -------------------------------------------------------------
PLACES = (
    "cells source outputs metadata data tags code markdown raw display_data execute_result stream error "
    "traceback text name attachments execution_count language_info title"
)
WORDS = st.sampled_from([HOSTILE, *KINDS, "<b>", "</div>", "\ud800", "a,b", "`", "|", "$", *PLACES.split()])
TEXTS = WORDS | st.text(max_size=30) | st.lists(WORDS, max_size=6).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OUTPUTS = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["display_data", "execute_result", "stream", "error"]) | VALUES},
    optional={
        "data": st.dictionaries(st.sampled_from(KINDS) | TEXTS, VALUES, max_size=4) | VALUES,
        "metadata": VALUES,
        "text": VALUES,
        "traceback": VALUES,
        "ename": VALUES,
    },
)
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw"]) | VALUES},
    optional={
        "source": TEXTS | VALUES,
        "metadata": VALUES,
        "outputs": st.lists(OUTPUTS | VALUES, max_size=3) | VALUES,
        "execution_count": VALUES,
        "attachments": VALUES,
        "id": VALUES,
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {"nbformat": st.sampled_from([4, 4, 4, 4, 3, 2]) | VALUES},
    optional={
        "cells": st.lists(CELLS | VALUES, max_size=3) | VALUES,
        "metadata": st.fixed_dictionaries({}, optional={"title": VALUES, "language_info": VALUES}) | VALUES,
        "worksheets": VALUES,
    },
)


@settings(max_examples=FUZZ, deadline=None, suppress_health_check=list(HealthCheck))
@given(NOTEBOOKS | VALUES)
def test_any_json_is_shown_harmlessly_or_refused(value: Any) -> None:
    content = json.dumps(value).encode()
    try:
        page = render_html(content)
    except ValueError as error:
        page = ""
        said = str(error)
    assert is_harmless(page) if page else re.search("[가-힣]", said)


@settings(max_examples=FUZZ, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"[가-힣]"):
        render_html(content)
