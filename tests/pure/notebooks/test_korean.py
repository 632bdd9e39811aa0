"""한국어: 이중 피동, 번역투, 맞춤법, 그리고 한글 앞에서 닫히지 않는 강조.

글의 결은 hanlint가 봅니다(오프라인, 의존하는 패키지 없음). 그 규칙 쉰넷 가운데 우리의 글 전부에서 헛알람이 없던 아래의 몇만 쓰고,
나머지(문단의 길이, 절 제목의 꼴, 청유문의 마침표 같은 취향)는 쓰지 않습니다. hanlint가 놓치는 것만 작은 표로 더합니다.
맞춤법 도구 matchum 0.1.3은 쓰지 않습니다. 우리의 글에서 울린 다섯 번이 모두 헛알람이었습니다("모읍니다"를 "모습니다"로).
"""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from hanlint import Config, lintText
from markdown_it import MarkdownIt

from mlops_lab.lesson.build import Target, find_targets
from tests.common import ROOT

TEXTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SOURCES = sorted((ROOT / "notebooks" / "source").rglob("*.py"))
CODE = sorted([*(ROOT / "mlops_lab").rglob("*.py"), *(ROOT / "dags").glob("*.py")])

RULES = {
    "confusable",
    "doubleNegative",
    "doublePassive",
    "redundantPair",
    "spacing",
    "spelling",
    "translationese",
}

BETTER = {
    "(믿|묶|씌|짜|엮|쌓)(여|겨)(지|진|졌|집)": "피동은 한 번만: 믿기지, 묶이지, 쓰인, 짜인",
    "[을를] 통(한|하여|해서)": "~로, ~에서, ~을 거쳐",
    "에 의(한|하여|해서|하면)": "~이 한, ~에 따르면",
    "[을를] 갖고 있": "~이 있습니다",
    "[함음]에 있어": "~할 때",
    "도록 하겠습니다": "~하겠습니다",
    "가장 [^.]{1,20} (중|가운데)(의)? 하나": "가장 ~한 것은 하나뿐입니다: 손꼽히게 ~합니다",
    "(모든|여러|많은|수많은) [가-힣]+들(은|는|이|가|을|를|의|에|과|와|도)? ": "복수는 앞말이 알려 줍니다: -들을 뺍니다",
    "(데이터|정보|코드)들": "셀 수 없는 말에는 -들을 붙이지 않습니다",
}
"""hanlint가 놓치는 꼴: {정규 표현식: 그 대신}."""


def in_code(source: str) -> Iterator[str]:
    """파이썬 코드 속의 한국어: 문자열(f-문자열의 글 포함)과 주석."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("# ")


@functools.cache
def korean(path: Path) -> str:
    """파일 하나의 한국어 글. 조각 사이는 빈 줄입니다."""
    if path.suffix == ".md":
        return path.read_text("utf-8")
    if path not in SOURCES:
        pieces = list(in_code(path.read_text("utf-8")))
    else:
        pieces = []
        for cell in jupytext.read(path).cells:
            pieces += (
                [cell.source]
                if cell.cell_type == "markdown"
                else in_code(re.sub(r"^%%.*\n", "", cell.source))
            )
    return "\n\n".join(piece for piece in pieces if re.search("[가-힣]", piece))


def faults(text: str) -> list[str]:
    """글에서 고쳐야 할 곳과 그 까닭."""
    found = [
        f"{each.rule}: {each.quote} ({each.why})" for each in lintText(text, Config()) if each.rule in RULES
    ]
    found += [
        f"{match.group()}: {better}" for seen, better in BETTER.items() for match in re.finditer(seen, text)
    ]
    return found


@pytest.mark.parametrize("path", TEXTS + SOURCES + CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_korean_reads_as_korean(path: Path) -> None:
    assert faults(korean(path)) == []


def test_all_of_our_korean_is_read() -> None:
    assert "끝 상태는 성공이면 0" in korean(ROOT / "mlops_lab" / "cli.py")  # 명령줄의 도움말
    assert "부호를 다시 봅니다" in korean(ROOT / "mlops_lab" / "lesson" / "exercises" / "lesson_03.py")
    assert "달마다의 지연율을 그린" in korean(
        ROOT / "notebooks" / "source" / "03_data_drift_world_changes.py"
    )
    assert "네 단계" in korean(ROOT / "dags" / "07_first_dag.py")  # doc_md


@pytest.mark.parametrize(
    "text",
    [
        "결과가 저장되어집니다.",
        "이름이 불려집니다.",
        "둘로 나뉘어진 표입니다.",
        "쓰여진 글이 잊혀졌습니다.",
        "결과가 보여집니다.",
        "믿겨지지 않습니다.",
        "데이터에 대한 설명입니다.",
        "시험을 통한 검증입니다.",
        "기능을 가지고 있습니다.",
        "스케줄러에 의해 실행됩니다.",
        "하지 않으면 안 됩니다.",
        "모든 파일들을 읽습니다.",
        "가장 중요한 것 중 하나입니다.",
        "됬습니다.",
        "할수 있습니다.",
    ],
)
def test_bad_korean_is_seen(text: str) -> None:
    assert faults(f"# 글\n\n{text}\n") != []


@pytest.mark.parametrize(
    "text",
    [
        "표가 만들어지고 순서가 정해집니다.",
        "예측은 태스크마다 이루어집니다. 온도가 높아졌습니다.",
        "물음에 대답합니다. 문을 통과합니다. 의료에 쓰입니다.",
        "여러분들의 답을 봅니다. 아들과 딸, 들판을 보았습니다.",
        "항공편을 한데 모읍니다.",
    ],
)
def test_good_korean_is_left_alone(text: str) -> None:
    assert faults(f"# 글\n\n{text}\n") == []


def open_marks(text: str) -> list[str]:
    """CommonMark로 그렸을 때 별표가 그대로 보이는 곳. `**드리프트(Drift)**는`의 끝 별표는 한글 앞에서 닫히지 않습니다."""
    shown = []
    for block in MarkdownIt("commonmark").enable("table").parse(text):
        shown += [child.content for child in block.children or () if child.type == "text"]
        shown += [re.sub("<[^>]*>", "", block.content)] if block.type == "html_block" else []
    return [line for line in shown if "**" in line]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_emphasis_closes_in_texts(path: Path) -> None:
    assert open_marks(path.read_text("utf-8")) == []


@pytest.mark.parametrize("target", find_targets(ROOT), ids=lambda target: target.name)
def test_emphasis_closes_in_notebooks(target: Target) -> None:
    cells = nbformat.read(target.notebook, as_version=4).cells
    assert [line for cell in cells if cell.cell_type == "markdown" for line in open_marks(cell.source)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_emphasis_closes_in_the_notes_of_dags(path: Path) -> None:
    assert open_marks(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") == []


def test_open_emphasis_is_seen() -> None:
    assert open_marks("**데이터 드리프트(Data Drift)**는 변합니다.") != []
    assert open_marks("| 가 |\n|---|\n| **나(B)**는 |") != []
    assert open_marks("<details><summary>**가**</summary></details>") != []
    assert open_marks("**데이터 드리프트**(Data Drift)는 `2**3`입니다.\n\n```\n**\n```") == []
