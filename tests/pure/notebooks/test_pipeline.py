"""파이프라인 노트북: 글과 맞고, 모두 실행되어 있고, 매개변수에 형이 있고, 결과를 넘깁니다."""

from __future__ import annotations

import ast

import nbformat
import pytest

from mlops_lab.lesson.build import Target, find_problems, find_targets
from tests.common import ROOT

TARGETS = find_targets(ROOT, "pipeline")


def test_every_notebook_has_a_text_and_the_other_way_round() -> None:
    made = {path.stem for path in (ROOT / "notebooks" / "pipeline").glob("*.ipynb")}
    assert made == {target.source.stem for target in TARGETS}
    assert len(made) == 9


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.source.stem)
def test_built_from_its_text_and_fully_executed(target: Target) -> None:
    assert find_problems(target) == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.source.stem)
def test_parameters_are_typed_and_a_result_is_handed_on(target: Target) -> None:
    cells = nbformat.read(target.notebook, as_version=4).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    statements = ast.parse(tagged[0].source).body
    assert all(isinstance(each, ast.AnnAssign) and each.value is not None for each in statements)
    assert "home" in {each.target.id for each in statements}  # type: ignore[union-attr]
    assert cells[-1].source.lstrip().endswith(")")
    assert "record(" in cells[-1].source
