"""시연을 도중에 멈추거나 실패하게 합니다. 작은 DAG로 하지만 Airflow와 커널은 진짜입니다."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from mlops_lab.stack import leftovers
from tests.common import wait_until

DAGS = Path(__file__).parent / "dags"


def demo(home: Path, fault: str, months: str = "2013-03") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mlops_lab.demo",
            "--months",
            months,
            "--home",
            str(home),
            "--dags",
            str(DAGS),
        ],
        env={**os.environ, "FAULT": fault},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_of(home: Path) -> list[psutil.Process]:
    """home을 환경 변수에 가진 프로세스. 커널과 노트북이 띄운 것까지 들어갑니다."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MLOPS_LAB_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


def sleeping(home: Path) -> bool:
    """노트북이 새 세션에 띄운 `sleep 600`이 돌고 있으면 참입니다."""
    for process in processes_of(home):
        try:
            if process.cmdline()[:2] == ["sleep", "600"]:
                return True
        except psutil.Error:
            continue
    return False


def test_ctrl_c_in_the_middle_of_a_notebook_leaves_nothing_running(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    running = demo(home, "sleep")
    try:
        wait_until(lambda: sleeping(home) or running.poll() is not None)
        assert running.poll() is None, running.communicate()[0]
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=600)
    finally:
        running.kill()
    assert running.returncode == 128 + signal.SIGINT, said
    assert processes_of(home) == []
    assert leftovers(home) == []
    saved = next((home / "runs").rglob("try-1.ipynb"))
    cells = nbformat.read(saved, as_version=4).cells
    statuses = [cell.metadata.papermill.get("status") for cell in cells if cell.cell_type == "code"]
    assert statuses[-1] == "failed"


@pytest.mark.parametrize("processes", [1, 5], ids=["Airflow를 import하는 중", "구성 요소를 띄운 뒤"])
def test_sigterm_while_airflow_is_starting_leaves_nothing_running(tmp_path: Path, processes: int) -> None:
    home = tmp_path / "demo"
    running = demo(home, "ok")
    try:
        wait_until(lambda: len(leftovers(home)) >= processes or running.poll() is not None)
        running.terminate()
        said, _ = running.communicate(timeout=600)
    finally:
        running.kill()
    assert running.returncode == 128 + signal.SIGTERM, said
    assert processes_of(home) == []
    assert leftovers(home) == []


def test_failing_task_fails_the_demo_and_the_next_run_starts_afresh(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    running = demo(home, "fail")
    said, _ = running.communicate(timeout=600)
    assert running.returncode == 1, said
    assert "실패: 2013-03 first" in said
    assert "ValueError: 일부러 낸 오류입니다" in said
    summary = json.loads((home / "summary.json").read_text("utf-8"))
    assert summary["status"] == "failed"
    assert [failure["task"] for failure in summary["failures"]] == ["first"]
    assert (home / summary["failures"][0]["notebook"]).is_file()
    assert leftovers(home) == []

    running = demo(home, "ok", "2013-03..2013-04")
    said, _ = running.communicate(timeout=600)
    assert running.returncode == 0, said
    again = json.loads((home / "summary.json").read_text("utf-8"))
    assert again["status"] == "success"
    assert [month["month"] for month in again["months"]] == ["2013-03", "2013-04"]
    assert again["months"][0]["champion"] == {"auc": 0.671, "brier": 0.1684}
    line = next(line for line in said.splitlines() if "27,902" in line and "2013-04" in line)
    assert " ".join(line.split()).startswith("2013-04 27,902 0.231 안정 0.671 0.1684 - 후보 없음 ")
    assert f"보고서: {home}" in said
    assert json.loads((home.with_name("demo.previous") / "summary.json").read_text("utf-8")) == summary
    assert leftovers(home) == []
