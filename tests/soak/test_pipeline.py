"""파이프라인 노트북을 예열 커널로 모두 실행해도 출력이 같습니다. `make test`에서는 시연(tests/airflow/test_demo.py)이 예열 커널로 한 달을 돕니다."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.lesson import PRELOAD
from mlops_lab.lesson.build import find_targets
from mlops_lab.runner import run_notebook, warm
from tests.common import ROOT, wait_until
from tests.lessons.comparing import differences

TARGETS = find_targets(ROOT, "pipeline")


def test_a_warm_kernel_gives_the_same_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """저장소의 출력은 보통 커널의 것입니다. 예열 커널로 빈 워크스페이스에서 실행해도 같아야 합니다."""
    socket = tmp_path / "warm" / "kernels.sock"
    parent = warm.start(socket, PRELOAD)
    assert parent is not None
    try:
        wait_until(lambda: socket.exists() or parent.poll() is not None)
        assert socket.exists()
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
