"""여러 시험이 함께 쓰는 것: 작은 노트북을 만드는 함수."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest


def write_notebook(
    path: Path, *cells: str, parameters: str | None = None, metadata: dict[str, Any] | None = None
) -> Path:
    """코드 셀 `cells`로 노트북을 씁니다. "# 제목"처럼 #으로 시작하는 한 줄은 마크다운 제목이 됩니다."""
    new = nbformat.v4
    notebook = new.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook.metadata.update(metadata or {})
    if parameters is not None:
        notebook.cells.append(new.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for source in cells:
        is_heading = source.startswith("#") and "\n" not in source
        notebook.cells.append(new.new_markdown_cell(source) if is_heading else new.new_code_cell(source))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


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
    """셸 스크립트가 뒤에서(`&`) 시작한 프로세스는 SIGINT를 무시하도록 물려받습니다. 그러면 Ctrl-C의 시험이 끝없이 기다립니다."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """준비가 오래 걸리는 것을 함께 쓰는 시험을 한 작업자에 모읍니다: 진짜 Airflow 한 벌, 들여 둔 항공편.

    pytest-xdist 3.8의 `--dist=loadgroup`은 pytest 9.2에서 xdist_group 표시를 보지 못합니다(nodeid를 바꿀 수 없게
    되었기 때문입니다). 수업은 판마다 한 작업자가 차례로 실행하며 Airflow 한 벌을 함께 씁니다.
    """
    from xdist.scheduler import LoadScopeScheduling

    shared = {f"tests/{lane}/": "airflow" for lane in ("airflow", "browser", "faults", "scale")}
    shared["tests/unit/flights/"] = "flights"
    lessons = "tests/notebooks/test_lane.py::test_"
    shared |= {f"{lessons}{version}[": f"lessons of the {version}" for version in ("learner", "solution")}

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((scope for prefix, scope in shared.items() if nodeid.startswith(prefix)), nodeid)

    return Shared(config, log)
