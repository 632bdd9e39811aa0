"""파이프라인 노트북: 글과 맞고, 모두 실행되어 있고, 다시 실행해도 출력이 같습니다."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import nbformat
import pytest

from mlops_lab.lesson import PRELOAD
from mlops_lab.lesson.build import Target, find_problems, find_targets
from mlops_lab.runner import run_notebook, warm
from tests.notebooks.comparing import ROOT, differences, nbval

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


def test_outputs_repeat_exactly_in_an_empty_workspace(tmp_path: Path) -> None:
    """nbval의 엄격한 비교. 두 번째 실행에서도 같아야 하므로, 앞 노트북이 남긴 워크스페이스를 함께 씁니다."""
    done = nbval([target.notebook for target in TARGETS], tmp_path / "작업 폴더")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_a_warm_kernel_gives_the_same_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """저장소의 출력은 보통 커널의 것입니다. 예열 커널로 빈 워크스페이스에서 실행해도 같아야 합니다."""
    socket = tmp_path / "warm" / "kernels.sock"
    parent = warm.start(socket, PRELOAD)
    assert parent is not None
    try:
        deadline = time.monotonic() + 120
        while not socket.exists():
            assert parent.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        monkeypatch.setenv(warm.SOCKET_VARIABLE, str(socket))
        monkeypatch.setenv("MLOPS_LAB_HOME", str(tmp_path / "작업 폴더"))
        for target in TARGETS:
            lines: list[str] = []
            result = run_notebook(target.notebook, log=lines.append, html=False)
            assert "예열 커널로 실행합니다." in lines
            assert result.output is not None
            assert differences(target.notebook, result.output) == [], target.source.stem
    finally:
        parent.terminate()
        parent.wait()
