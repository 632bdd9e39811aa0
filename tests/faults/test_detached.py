"""`mlops-lab up`으로 띄워 놓은 진짜 Airflow를 괴롭힙니다. 명령은 모두 따로 된 프로세스로 부릅니다."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mlops_lab.stack import StackBusyError, _config, _processes, attach, leftovers, start, stop
from tests.common import wait_until

DAGS = Path(__file__).parent / "dags"
NAMES = ["api-server", "scheduler", "dag-processor", "triggerer"]

NEW_DAG = """
from datetime import datetime
from airflow.sdk import DAG

with DAG("new", schedule="@daily", start_date=datetime(2013, 3, 1)):
    pass
"""


class Learner:
    """작업 폴더 하나를 쓰는 사람."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "작업 폴더"
        self.folder = folder
        folder.mkdir()
        shutil.copytree(DAGS, folder / "dags")

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlops_lab", *words],
            cwd=self.folder,
            env={**os.environ, "MLOPS_LAB_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        process = self.begin(*words)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said

    def components(self) -> dict[str, str]:
        code, said = self.run("status", "--json")
        shown = json.loads(said)
        assert set(shown) == {"url", "components"}
        states: dict[str, str] = shown["components"]
        assert code == (0 if set(states.values()) == {"healthy"} else 1)
        return states

    def record(self) -> _processes.Record:
        record = _processes.load(_config.layout(self.home).record)
        assert record is not None
        return record


@pytest.fixture
def learners(tmp_path: Path) -> Iterator[tuple[Learner, Learner]]:
    pair = Learner(tmp_path / "하나"), Learner(tmp_path / "둘")
    yield pair
    for learner in pair:
        stop(learner.home)


def test_a_stack_left_running(learners: tuple[Learner, Learner]) -> None:
    one, two = learners

    # 컴퓨터를 다시 켜기 전의 기록: 번호는 이제 남의 것입니다.
    place = _config.layout(one.home)
    _config.prepare(place)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    reused = _processes.Process("scheduler", stranger.pid, psutil.Process(stranger.pid).create_time() - 1000)
    _processes.save(place.record, _processes.Record(8080, None, (reused,), 1.0))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        first = one.begin("up", "--port", port)
        wait_until(lambda: leftovers(one.home) or first.poll() is not None)
        code, said = one.run("up", "--port", port)
        assert code == 1
        assert "다른 프로그램이 지금 이 폴더의 Airflow를 시작하고 있습니다" in said
        said, _ = first.communicate(timeout=600)
    assert first.returncode == 0, said
    assert f"{port}번 포트가 쓰이고 있어" in said
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    assert one.components() == dict.fromkeys(NAMES, "healthy")
    assert len({os.getsid(process.pid) for process in one.record().components}) == 5

    # 두 번째 up은 아무것도 하지 않고, start()는 남의 것을 빼앗지 않습니다.
    before = one.record()
    code, said = one.run("up")
    assert (code, "이미 돌고 있습니다" in said) == (0, True)
    assert one.record() == before
    with pytest.raises(StackBusyError, match="mlops-lab down"):
        start(one.home)
    assert one.components() == dict.fromkeys(NAMES, "healthy")

    # 암호 파일이 사라졌습니다.
    stack = attach(one.home)
    assert stack is not None
    old = stack.password
    place.passwords.unlink()
    code, said = one.run("up")
    assert code == 0
    assert "새 암호를 만들었습니다" in said
    stack = attach(one.home)
    assert stack is not None
    assert stack.password != old
    assert stack.password not in said
    client = stack.client
    assert client.wait_for_dag("flight_delay")["dag_id"] == "flight_delay"

    # 새 DAG 파일을 곧 읽고(Airflow의 기본은 5분), 시간대는 서울이며, 예제 DAG는 없습니다.
    (one.folder / "dags" / "new.py").write_text(NEW_DAG, "utf-8")
    client.wait_for_dag("new", timeout=600)
    assert client.get("/dags/new/details")["timezone"] == "Asia/Seoul"
    assert {dag["dag_id"] for dag in client.pages("/dags", "dags")} == {"flight_delay", "new"}

    # 한 컴퓨터의 다른 사람: 같은 포트를 바라도 서로 다른 포트에서 돕니다.
    code, said = two.run("up", "--port", str(stack.port))
    assert code == 0, said
    assert f"{stack.port}번 포트가 쓰이고 있어" in said
    assert two.components() == dict.fromkeys(NAMES, "healthy")
    assert two.run("down") == (0, "Airflow를 멈췄습니다.\n")
    assert leftovers(two.home) == []
    assert two.components() == dict.fromkeys(NAMES, "absent")

    # 구성 요소 하나가 죽었습니다.
    scheduler = next(process for process in one.record().components if process.name == "scheduler")
    os.kill(scheduler.pid, signal.SIGKILL)
    wait_until(lambda: scheduler.find() is None)
    assert one.components() == {**dict.fromkeys(NAMES, "healthy"), "scheduler": "absent"}
    code, said = one.run("up")
    assert code == 0, said
    assert "멈춘 구성 요소(scheduler)를 다시 시작합니다" in said
    assert one.components() == dict.fromkeys(NAMES, "healthy")
    assert stack.client.get("/dags/flight_delay")["dag_id"] == "flight_delay"  # 데이터베이스는 그대로입니다.

    # 되돌리기는 돌고 있는 것을 멈추고, 배우는 사람의 것은 남깁니다.
    mine = one.home / "내 노트북.ipynb"
    mine.write_text("{}", "utf-8")
    (one.home / "warehouse" / "2013-01").mkdir(parents=True)
    code, said = one.run("reset", "--yes")
    assert code == 0, said
    assert leftovers(one.home) == []
    kept = sorted(path.name for path in one.home.iterdir())
    assert "내 노트북.ipynb" in kept
    assert not {"airflow", "runs", "warehouse"} & set(kept)
    previous = one.home.with_name("작업 폴더.previous")
    assert (previous / "airflow" / "airflow.db").is_file()
    assert (previous / "warehouse" / "2013-01").is_dir()
    assert (one.folder / "dags" / "faulty.py").is_file()
    assert one.run("down") == (0, f"돌고 있는 Airflow가 없습니다: {one.home}\n")


def test_disk_that_fills_up_while_airflow_starts_is_told(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "dags").mkdir()
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("이 컴퓨터에서는 이름 공간을 나눌 수 없어 작은 디스크를 붙이지 못합니다")
    fill = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "disk = Path(sys.argv[1])\n"
        "while not (disk / 'home' / 'airflow' / 'stack.json').exists():\n"
        "    time.sleep(0.01)\n"
        "with (disk / 'full').open('wb') as file:\n"
        "    free = os.statvfs(disk)\n"
        "    os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_bsize)\n"
    )
    script = (
        f"mount -t tmpfs -o size=310m none {disk} && "
        f'{{ {sys.executable} -c "$FILL" {disk} & }} && exec {sys.executable} -m mlops_lab up'
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MLOPS_LAB_HOME": str(disk / "home"), "FILL": fill},
        timeout=600,
    )
    assert done.returncode == 1
    assert "디스크에 남은 공간이" in done.stderr
    assert "Traceback" not in done.stderr
    assert leftovers(disk / "home") == []


def test_interrupted_up_leaves_nothing_running(learners: tuple[Learner, Learner]) -> None:
    one, _ = learners
    running = one.begin("up")
    wait_until(lambda: len(leftovers(one.home)) >= 5 or running.poll() is not None)
    running.terminate()
    said, _ = running.communicate(timeout=600)
    assert running.returncode not in (0, None), said
    assert leftovers(one.home) == []
    assert one.components() == dict.fromkeys(NAMES, "absent")
