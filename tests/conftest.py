"""모든 시험에 걸리는 것: 저마다의 작업 폴더, 남지 않는 Airflow, Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """시험은 저마다의 작업 폴더를 쓰고, 거기에서 시작한 Airflow를 남기지 않습니다. 개발자의 workspace를 건드리지 않습니다."""
    home = tmp_path / "workspace"
    monkeypatch.delenv("MLOPS_LAB_RUNS", raising=False)
    monkeypatch.setenv("MLOPS_LAB_HOME", str(home))
    yield
    if (home / "airflow").exists():
        from mlops_lab.stack import leftovers, stop

        left = leftovers(home)
        stop(home)
        assert not left, f"시험이 Airflow를 남겼습니다: pid {left}"


def pytest_configure() -> None:
    """부른 쪽이 무시하게 해 둔 신호를 되돌립니다. 뒤에서(`&`) 시작하면 SIGINT를, nohup은 SIGHUP을 무시하도록 물려줍니다.

    그러면 신호로 멈추는 것을 보는 시험이 끝없이 기다립니다.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
