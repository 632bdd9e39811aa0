"""노트북을 HTML로: 보여야 할 것은 보이고, 스크립트는 없습니다."""

from __future__ import annotations

from pathlib import Path

import nbformat

from mlops_lab.runner import render_html

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
