"""노트북을 다시 실행해 견주는 두 길이 고장을 알아보는지, 작은 수업을 하나씩 망가뜨려 봅니다."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest

from mlops_lab.lesson.build import Target, find_targets, main
from mlops_lab.runner import NotebookError
from tests.lessons.comparing import check_by_our_runner, check_under_nbval

SMALL = """\
# %% [markdown]
# # 01. 작은 수업

# %%
import helper

print("값", helper.value())

# %%
helper.value() + 1

# %%
print("끝")
"""

Break = Callable[[Path], None]


def break_a_cell(root: Path) -> None:
    """수업은 그대로인데 수업이 쓰는 코드가 고장 났습니다."""
    (root / "notebooks" / "helper.py").write_text("def value():\n    return 1 / 0\n", "utf-8")


def change_a_number(root: Path) -> None:
    (root / "notebooks" / "helper.py").write_text("def value():\n    return 42\n", "utf-8")


def clear_an_output(root: Path, count: int | None = None) -> None:
    path = root / "notebooks" / "01_small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs, notebook.cells[1].execution_count = [], count
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """만들어 둔 작은 수업."""
    root = tmp_path_factory.mktemp("작은 수업")
    (root / "notebooks" / "source").mkdir(parents=True)
    (root / "notebooks" / "source" / "01_small.py").write_text(SMALL, "utf-8")
    for folder in ("", "solutions"):
        (root / "notebooks" / folder).mkdir(exist_ok=True)
        (root / "notebooks" / folder / "helper.py").write_text("def value():\n    return 41\n", "utf-8")
    assert main(["--root", str(root)]) == 0
    return root


def by_nbval(target: Target, folder: Path) -> None:
    check_under_nbval(target, folder / "home")


def by_our_runner(target: Target, folder: Path) -> None:
    check_by_our_runner(target, folder / "home", folder / "ran.ipynb")


@pytest.mark.parametrize("lane", [by_nbval, by_our_runner])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (None, None),
        (break_a_cell, "ZeroDivisionError"),
        (change_a_number, "42"),
        (clear_an_output, "실행하지 않은 셀이 있습니다"),
        (partial(clear_an_output, count=1), "cell-01|Cell 0"),
    ],
    ids=["sound", "broken cell", "changed number", "cleared cell", "cleared output"],
)
def test_the_lane_turns_red(
    lane: Callable[[Target, Path], None], damage: Break | None, words: str | None, small: Path, tmp_path: Path
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(small, root)
    (target,) = find_targets(root, "learner")
    if damage is None:
        return lane(target, tmp_path)
    damage(root)
    with pytest.raises((AssertionError, NotebookError), match=words):
        lane(target, tmp_path)
