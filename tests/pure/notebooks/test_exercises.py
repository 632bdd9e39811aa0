"""연습문제의 검사: 풀어 둔 것은 모두 맞고, 빈칸은 모두 "아직"이고, 틀린 답은 도움이 되는 말을 듣습니다."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from typing import Any

import nbformat
import pytest

from mlops_lab.lesson import progress
from mlops_lab.lesson.build import Target, find_targets
from mlops_lab.lesson.checking import exercises, grade
from tests.common import ROOT

LEARNER, SOLUTION = find_targets(ROOT, "learner"), find_targets(ROOT, "solution")
LESSONS = [target.source.stem[:2] for target in LEARNER]


def said(target: Target) -> dict[str, str]:
    """{문제: 검사가 노트북에 남긴 말}."""
    found = {}
    for cell in nbformat.read(target.notebook, as_version=4).cells:
        if name := re.search(r"^check\(\s*\"(\d\d-\d)\"", cell.source, re.MULTILINE):
            texts = [
                output.get("data", {}).get("text/plain", "") or output.get("text", "")
                for output in cell.outputs
            ]
            found[name[1]] = next(text for text in texts if text.startswith(name[1]))
    return found


def wrong_answers(lesson: str, kind: str = "WRONG") -> dict[str, list[tuple[Any, str]]]:
    """{문제: [(답, 들어야 하는 말), ...]}. kind가 WRONG_DAGS이면 답은 DAG 파일의 글입니다(tests/airflow/test_dag_exercises.py)."""
    path = ROOT / "tests" / "wrong_answers" / f"lesson_{lesson}.py"
    return runpy.run_path(str(path)).get(kind, {}) if path.is_file() else {}


@pytest.mark.parametrize("target", SOLUTION, ids=lambda target: target.source.stem)
def test_every_exercise_is_solved_in_the_solution(target: Target) -> None:
    lesson = target.source.stem[:2]
    outcomes = said(target)
    assert set(outcomes) == set(exercises(lesson))
    assert len(outcomes) >= 2
    assert all(text.startswith(f"{name} 맞습니다.") for name, text in outcomes.items()), outcomes


@pytest.mark.parametrize("target", LEARNER, ids=lambda target: target.source.stem)
def test_every_untouched_stub_is_not_yet_solved(target: Target) -> None:
    outcomes = said(target)
    assert set(outcomes) == set(exercises(target.source.stem[:2]))
    assert all(text.startswith(f"{name} 아직 풀지 않았습니다.") for name, text in outcomes.items()), outcomes


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_has_three_wrong_answers(lesson: str) -> None:
    counts = Counter[str]()
    for kind in ("WRONG", "WRONG_DAGS"):
        counts.update({name: len(answers) for name, answers in wrong_answers(lesson, kind).items()})
    assert set(counts) == set(exercises(lesson))
    assert all(count >= 3 for count in counts.values()), counts


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        pytest.param(name, answer, words, id=f"{name}-{number}")
        for lesson in LESSONS
        for name, answers in wrong_answers(lesson).items()
        for number, (answer, words) in enumerate(answers)
    ],
)
def test_a_wrong_answer_is_refused_with_words_that_help(name: str, answer: Any, words: str) -> None:
    outcome = grade(name, answer)
    assert outcome.state == progress.WRONG, outcome
    assert words in repr(outcome)
    assert "검사하다가" not in repr(outcome), "검사가 미처 생각하지 못한 답입니다"
