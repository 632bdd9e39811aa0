"""용어집: 수업의 말이 모두 있고, 한 영어에 한 한국어만 쓰고, Airflow의 말은 Airflow의 한국어 화면과 같습니다."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

from mlops_lab.lesson.build import Target, find_targets
from tests.common import ROOT

SOLUTION = find_targets(ROOT, "solution")  # 배우는 사람의 것에 있는 글이 모두 있고, 풀이의 글도 있습니다.

ON_SCREEN = {"Metadata Database": "MetaDatabase", "Parameter": "Params"}
"""용어집의 영어와 Airflow의 영어 화면이 다르게 적는 말. 나머지는 적힌 그대로 찾습니다."""

VARIANTS = {
    "스케쥴": "스케줄",
    "타스크": "태스크",
    r"작업\s?\((?i:task)\)|작업 인스턴스": "태스크",
    "익스큐터|엑스큐터": "실행기",
    "DAG 프로세서": "Dag 프로세서",
    "캣치업": "캐치업",
    "데이터 인터벌": "데이터 구간",
    "논리 날짜|논리적 일자": "논리적 날짜",
    "파라미터|파라메터": "매개변수",
    "워크플로우": "워크플로",
    "메타 ?데이터 데이터베이스": "메타데이터베이스",
}
"""쓰지 않는 말과 그 대신 쓰는 말. "작업"은 "작업 폴더"처럼 태스크가 아닌 것도 있어 확실한 자리만, "연산자"는 파이썬의 `>>`도
연산자이므로 보지 않습니다(오퍼레이터라는 짝은 용어집이 지킵니다)."""


class Term(NamedTuple):
    korean: str
    english: str
    meaning: str
    lesson: str


def glossary() -> list[Term]:
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    return [Term(*(cell.strip() for cell in row)) for row in rows[2:]]


def prose(target: Target) -> list[str]:
    """마크다운 셀의 글. 코드와 수식은 뺍니다."""
    cells = nbformat.read(target.notebook, as_version=4).cells
    return [re.sub(r"```.*?```", "", c.source, flags=re.S) for c in cells if c.cell_type == "markdown"]


def introduced(target: Target) -> list[tuple[str, str]]:
    """글에서 `**한국어**(English)`로 적은 짝."""
    return re.findall(r"\*\*([^*\n]+)\*\*\(([A-Za-z][^)\n]*)\)", "\n".join(prose(target)))


def labels(language: str) -> Iterator[tuple[str, str]]:
    """Airflow 화면의 (파일과 열쇠, 글)."""
    airflow = find_spec("airflow")
    assert airflow is not None
    assert airflow.submodule_search_locations is not None

    def walk(node: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
        for key, value in node.items():
            if isinstance(value, dict):
                yield from walk(value, f"{where}.{key}")
            else:
                yield f"{where}.{key}", str(value)

    for folder in airflow.submodule_search_locations:
        for path in (Path(folder) / "ui" / "dist" / "i18n" / "locales" / language).glob("*.json"):
            yield from walk(json.loads(path.read_text("utf-8")), path.name)


def airflows_korean() -> dict[str, set[str]]:
    """{영어 화면의 글(소문자): 그 자리의 한국어}. 복수의 -들은 뗍니다."""
    korean, found = dict(labels("ko")), defaultdict(set)
    for key, text in labels("en"):
        if key in korean:
            found[text.lower()].add(korean[key].removesuffix("들"))
    return found


def test_the_table_is_sorted_and_complete() -> None:
    terms = glossary()
    assert len(terms) >= 40
    assert terms == sorted(terms)
    assert [term for term in terms if not all(term) or not re.fullmatch(r"\d\d", term.lesson)] == []


def test_one_korean_word_for_one_english_term_and_the_other_way_round() -> None:
    for names in (
        [term.korean for term in glossary()],
        [term.english.lower() for term in glossary()],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("target", SOLUTION, ids=lambda target: target.source.stem)
def test_every_term_of_the_lesson_is_in_the_glossary(target: Target) -> None:
    known = {term.korean: term.english for term in glossary()}
    pairs = introduced(target)
    assert [pair for pair in pairs if known.get(pair[0]) != pair[1]] == []


def test_each_term_names_the_lesson_where_it_comes_first() -> None:
    first: dict[str, str] = {}
    for target in SOLUTION:
        for korean, _ in introduced(target):
            first.setdefault(korean, target.source.stem[:2])
    here = {target.source.stem[:2] for target in SOLUTION}
    assert {
        t.korean: (t.lesson, first[t.korean])
        for t in glossary()
        if t.lesson in here and first.get(t.korean, t.lesson) != t.lesson
    } == {}


def test_terms_of_airflow_are_those_of_its_korean_screen() -> None:
    screen = airflows_korean()
    checked = {}
    for term in glossary():
        if theirs := screen.get(ON_SCREEN.get(term.english, term.english).lower()):
            checked[term.korean] = theirs
    assert {ours: theirs for ours, theirs in checked.items() if ours not in theirs} == {}
    assert len(checked) >= 25, sorted(checked)


@pytest.mark.parametrize("target", SOLUTION, ids=lambda target: target.source.stem)
def test_no_variant_of_a_term(target: Target) -> None:
    text = "\n".join(prose(target))
    assert {found: better for found, better in VARIANTS.items() if re.search(found, text)} == {}
    paragraphs = re.split(r"\n\s*\n", text)
    lonely = [p for p in paragraphs if re.search("웹 ?서버", p) and not re.search(r"2\.|API 서버|Flask", p)]
    assert lonely == [], "웹서버는 2.x의 이름입니다. 지금은 API 서버라는 것을 같은 문단에서 말합니다"
    assert text.count("메타데이터 DB") <= 1, "동의어는 한 번만 알려 줍니다"
