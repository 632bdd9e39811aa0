"""Airflow를 진짜로 띄워 놓고 괴롭힙니다: 쓰이는 포트, 죽은 부모, 사라진 구성 요소, 두 번 시작."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mlops_lab.stack import ComponentDiedError, StackBusyError, leftovers, start

DAGS = Path(__file__).parent / "dags"
START = """
import sys, time
from mlops_lab.stack import start
stack = start(sys.argv[1], sys.argv[2], port=int(sys.argv[3]), say=lambda line: print(line, flush=True))
print("준비", stack.port, flush=True)
time.sleep(300)
"""


def test_taken_port_crash_restart_and_clean_stop(tmp_path: Path) -> None:
    home = tmp_path / "작업 폴더 🛫"
    dags = tmp_path / "dags"
    shutil.copytree(DAGS, dags)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        crashed = subprocess.Popen(
            [sys.executable, "-c", START, str(home), str(dags), str(port)], stdout=subprocess.PIPE, text=True
        )
        assert crashed.stdout is not None
        said = [crashed.stdout.readline(), crashed.stdout.readline()]
    assert f"{port}번 포트가 쓰이고 있어" in said[0]
    assert said[1].startswith("준비")
    assert f"{port}\n" not in said[1]

    # 주인이 살아 있는 동안에는 같은 home에서 또 시작하지 못합니다.
    with pytest.raises(StackBusyError, match=str(crashed.pid)):
        start(home, dags)

    crashed.send_signal(signal.SIGKILL)
    crashed.wait()
    crashed.stdout.close()
    orphans = leftovers(home)
    assert len(orphans) >= 5  # launcher, 구성 요소 넷, 일꾼들

    lines: list[str] = []
    with start(home, dags, say=lines.append) as stack:
        assert "지난번에 남은 Airflow 프로세스를 멈췄습니다." in lines
        assert not set(orphans) & set(leftovers(home))
        names = ["api-server", "dag-processor", "scheduler", "triggerer"]
        assert stack.components() == dict.fromkeys(names, "healthy")
        listening = {
            connection.laddr.ip
            for pid in leftovers(home)
            for connection in psutil.Process(pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}

        logs = "".join(path.read_text("utf-8") for path in stack.place.logs.glob("*.log*"))
        assert stack.password not in logs
        assert stack.client.wait_for_dag("flight_delay")["is_paused"]

        scheduler = next(process for process in stack.processes if process.name == "scheduler")
        os.kill(scheduler.pid, signal.SIGKILL)
        psutil.wait_procs(
            [psutil.Process(scheduler.pid)] if psutil.pid_exists(scheduler.pid) else [], timeout=5
        )
        assert stack.components()["scheduler"] == "absent"
        with pytest.raises(ComponentDiedError, match="scheduler"):
            stack.check()
    assert leftovers(home) == []
    assert not stack.place.record.exists()
