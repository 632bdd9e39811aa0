"""모든 수업을 다시 실행해 출력을 한 글자까지 견줍니다. Airflow를 쓰는 수업은 진짜 Airflow에서 합니다.

배우는 사람의 것은 nbval로, 풀어 둔 것은 우리의 실행기(papermill)로 실행합니다. 두 권은 몇 셀만 다르므로 한 권에 한 번씩
실행하면 두 길을 모두 봅니다. 판마다 작업 폴더(와 그 안의 Airflow)를 하나씩 차례대로 함께 쓰므로, 앞의 수업이 남긴 것이 있어도
출력이 같은지도 봅니다. 두 판은 서로 다른 작업자에서 나란히 돕니다(tests/conftest.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nbformat
import pytest

from mlops_lab import stack
from mlops_lab.lesson import PRELOAD
from mlops_lab.lesson.build import Target, find_targets, main, stop_airflow
from mlops_lab.runner import NotebookError
from tests.notebooks.comparing import ROOT, check_by_our_runner, check_under_nbval, differences, nbval

LEARNER, SOLUTION = find_targets(ROOT, "learner"), find_targets(ROOT, "solution")


@contextmanager
def workspace(factory: pytest.TempPathFactory, port: int) -> Iterator[Path]:
    """한 판의 수업들이 함께 쓰는 작업 폴더와 Airflow.

    08은 API 서버를 멈췄다 켭니다. 그 사이에 나란히 도는 다른 시험의 Airflow가 포트를 가져가지 않게, 판마다 정한 포트에 띄워 둡니다.
    """
    folder = factory.mktemp("작업 폴더")
    stack.up(folder, ROOT / "dags", port=port, settings={"mlops_lab": {"preload": ",".join(PRELOAD)}})
    yield folder
    stop_airflow(folder)


@pytest.fixture(scope="module")
def learner_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with workspace(tmp_path_factory, 8500) as folder:
        yield folder


@pytest.fixture(scope="module")
def solution_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with workspace(tmp_path_factory, 8530) as folder:
        yield folder


@pytest.mark.parametrize("target", LEARNER, ids=lambda target: target.source.stem)
def test_learner(target: Target, learner_home: Path) -> None:
    check_under_nbval(target, learner_home)


@pytest.mark.parametrize("target", SOLUTION, ids=lambda target: target.source.stem)
def test_solution(
    target: Target, solution_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 그 폴더의 Airflow가 떠 있으면 실행기가 예열 커널을 찾아 씁니다.
    monkeypatch.setenv("MLOPS_LAB_HOME", str(solution_home))
    check_by_our_runner(target, solution_home, tmp_path / "ran.ipynb")


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


def test_a_real_lesson_with_three_faults_shows_each_of_them(learner_home: Path, tmp_path: Path) -> None:
    """03의 셀 셋을 하나씩 망가뜨립니다. nbval은 한 셀이 실패해도 나머지를 마저 봅니다."""
    good = next(target.notebook for target in LEARNER if target.source.stem.startswith("03"))
    bad = tmp_path / good.name
    notebook = nbformat.read(good, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printing = [place for place, cell in enumerate(code) if any("text" in out for out in cell.outputs)]
    number, cleared, broken = printing[0], printing[1], len(code) - 1
    code[number].outputs[0].text = code[number].outputs[0].text.replace("3", "4", 1)
    code[cleared].outputs = []
    code[broken].source += "\n1 / 0"
    nbformat.write(notebook, bad)
    said = nbval([bad], learner_home).stdout
    failed = {
        int(line.rpartition("::Cell ")[2].split()[0])
        for line in said.splitlines()
        if line.startswith("FAILED")
    }
    assert failed == {number, cleared, broken}, said[-6000:]
    assert "ZeroDivisionError" in said
    assert len(differences(good, bad)) == 2  # 고친 출력과 비운 출력. 망가뜨린 셀의 출력은 그대로 두었습니다.
