"""띄워 놓은 Airflow의 기록, 로그, 되돌리기: Airflow 없이 볼 수 있는 것들."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from mlops_lab.lesson.machine import LEFT_BEHIND
from mlops_lab.stack import (
    StackBusyError,
    StackError,
    _config,
    _processes,
    clear_stale,
    follow,
    leftovers,
    log_files,
    reset,
    status,
    stop,
    tail,
)

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
ABSENT = dict.fromkeys(["api-server", "scheduler", "dag-processor", "triggerer"], "absent")


@pytest.fixture
def place() -> _config.Layout:
    place = _config.layout()  # conftest가 정한 MLOPS_LAB_HOME
    _config.prepare(place)
    return place


@pytest.fixture
def part(place: _config.Layout) -> Iterator[_processes.Process]:
    """살아 있는 구성 요소 하나인 척하는 프로세스."""
    process, pipe = _processes.spawn(
        "api-server", SLEEP, _config.environment(place), place.airflow, place.logs / "part.log"
    )
    yield process
    pipe.kill()
    pipe.communicate()


@pytest.fixture
def other() -> Iterator[_processes.Process]:
    """살아 있는 다른 프로그램."""
    program = subprocess.Popen(SLEEP)
    yield _processes.identify("owner", program.pid)
    program.kill()
    program.wait()


def save(place: _config.Layout, owner: _processes.Process | None, *parts: _processes.Process) -> None:
    _processes.save(place.record, _processes.Record(8080, owner, parts, 1.0))


def invoke(*words: str, typed: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words), input=typed)
    return done.exit_code, done.output


def test_status_of_nothing_writes_nothing(tmp_path: Path) -> None:
    assert status().components == ABSENT
    code, said = invoke("status", "--json")
    assert (code, json.loads(said)) == (1, {"url": None, "components": ABSENT})
    assert [line.split()[-1] for line in invoke("status")[1].splitlines()[1:]] == ["멈춤"] * 4
    assert list(tmp_path.iterdir()) == []


def test_a_stack_without_an_owner_belongs_to_nobody_else(
    place: _config.Layout, part: _processes.Process
) -> None:
    save(place, None, part)
    with pytest.raises(StackBusyError, match="mlops-lab down"):
        clear_stale()
    assert not stop(only_mine=True)
    assert part.find() is not None
    assert stop()
    assert part.find() is None


def test_a_record_from_before_a_reboot_is_no_record(place: _config.Layout) -> None:
    # 첫 프로세스가 끝난 세션. 그 번호를 다시 켜기 전의 기록이 우연히 담고 있으면, 남은 자식이 우리 것처럼 보입니다.
    code = "import os, time\nif os.fork():\n    os._exit(0)\nprint(os.getsid(0), flush=True)\ntime.sleep(60)"
    leader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert leader.stdout is not None
    session = int(leader.stdout.readline())
    leader.wait()
    stale = _processes.Record(
        8080, None, (_processes.Process("scheduler", session, 1.0),), 1.0, boot="지난번"
    )
    _processes.save(place.record, stale)
    try:
        assert _processes.load(place.record) is None
        assert leftovers() == []
        assert not stop()
    finally:
        os.killpg(session, signal.SIGKILL)
        leader.stdout.close()


@pytest.mark.parametrize("module", ["mlops_lab.demo", "mlops_lab.lab"])
def test_make_demo_and_make_lab_leave_the_airflow_of_another_program_alone(
    place: _config.Layout, part: _processes.Process, other: _processes.Process, module: str
) -> None:
    save(place, other, part)
    options = ["--home", str(place.home)] if module.endswith("demo") else []
    done = subprocess.run(
        [sys.executable, "-m", module, *options],
        capture_output=True,
        text=True,
        env={**os.environ, "MLOPS_LAB_HOME": str(place.home)},
        timeout=600,
    )
    assert done.returncode == 1, done.stderr
    assert str(other.pid) in done.stdout
    assert part.find() is not None


def test_another_program_answering_on_our_port_is_not_taken_for_ours(
    place: _config.Layout, part: _processes.Process
) -> None:
    beat = {"status": "healthy", "latest_scheduler_heartbeat": datetime.now(UTC).isoformat()}

    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"scheduler": beat}).encode())

        def log_message(self, *_: object) -> None:
            pass

    scheduler = _processes.Process("scheduler", part.pid, part.created)
    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        _processes.save(place.record, _processes.Record(port, None, (part, scheduler), 1.0))
        assert status().components == {**ABSENT, "api-server": "unhealthy", "scheduler": "unhealthy"}
        itself = _processes.Process("api-server", os.getpid(), psutil.Process().create_time())
        _processes.save(place.record, _processes.Record(port, None, (itself, scheduler), 1.0))
        assert status().components == {**ABSENT, "api-server": "healthy", "scheduler": "healthy"}
        server.shutdown()


def test_logs_show_the_tail_and_name_the_components(place: _config.Layout) -> None:
    (place.logs / "scheduler.log").write_text("\n".join(f"줄 {n}" for n in range(50)) + "\n", "utf-8")
    assert tail(log_files(component="scheduler")["scheduler"], 2) == ["줄 48", "줄 49"]
    assert list(log_files()) == ["scheduler"]
    code, said = invoke("logs", "scheduler", "-n", "3")
    assert (code, said.splitlines()[1:]) == (0, ["줄 47", "줄 48", "줄 49"])
    code, said = invoke("logs", "webserver")
    assert code == 1
    assert "dag-processor" in said
    with pytest.raises(StackError, match="mlops-lab up"):
        log_files(component="triggerer")


def test_followed_log_goes_on_after_a_restart(place: _config.Layout) -> None:
    log = place.logs / "scheduler.log"
    log.write_text("앞\n", "utf-8")
    seen = follow({"scheduler": log}, interval=0.05)

    def write(path: Path, text: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)

    write_later = threading.Timer(0.3, write, (log, "반"))
    write_later.start()
    threading.Timer(0.6, write, (log, "쪽\n")).start()
    assert next(seen) == ("scheduler", "반쪽")
    log.replace(log.with_suffix(".log.previous"))
    write(log.with_suffix(".log.previous"), "끝인사\n")
    write(log, "새 줄\n")
    assert [next(seen), next(seen)] == [("scheduler", "끝인사"), ("scheduler", "새 줄")]
    seen.close()


def fill(home: Path, text: str) -> None:
    for name in ("airflow", "runs", "warehouse", "landing", "mlflow", "lessons", "notebooks", "dags"):
        (home / name).mkdir(parents=True, exist_ok=True)
        (home / name / "file").write_text(text, "utf-8")
    (home / "progress.json").write_text(text, "utf-8")


def test_reset_sets_aside_what_runs_left_and_nothing_else(place: _config.Layout) -> None:
    for text in ("첫째", "둘째"):
        fill(place.home, text)
        previous, moved = reset(more=LEFT_BEHIND)
        left = ["airflow", "dags", "landing", "lessons", "mlflow", "progress.json", "runs", "warehouse"]
        assert sorted(moved) == left
        assert sorted(path.name for path in place.home.iterdir()) == ["notebooks"]
        folders = set(moved) - {"progress.json"}
        assert {(previous / name / "file").read_text("utf-8") for name in folders} == {text}
        assert (previous / "progress.json").read_text("utf-8") == text
    assert reset(more=LEFT_BEHIND) == (previous, [])
    assert (previous / "mlflow" / "file").read_text("utf-8") == "둘째"


def test_reset_leaves_the_dags_of_a_project_used_as_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, "프로젝트")
    assert "dags" not in reset(tmp_path)[1]
    assert (tmp_path / "dags" / "file").is_file()


def test_reset_asks_first(place: _config.Layout, part: _processes.Process) -> None:
    save(place, None, part)
    code, said = invoke("reset", typed="n\n")
    assert (code, "바뀐 것은 없습니다" in said) == (1, True)
    assert part.find() is not None
    code, said = invoke("reset", typed="y\n")
    assert (code, "되돌렸습니다" in said) == (0, True)
    assert part.find() is None
    assert not place.airflow.exists()
    assert invoke("reset") == (0, f"이미 첫 수업의 상태입니다: {place.home}\n")


def test_reset_does_not_pull_airflow_from_under_another_program(
    place: _config.Layout, part: _processes.Process, other: _processes.Process
) -> None:
    save(place, other, part)
    code, said = invoke("reset", "--yes")
    assert code == 1
    assert str(other.pid) in said
    assert place.record.exists()
    assert part.find() is not None


def test_up_on_a_full_disk_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("이 컴퓨터에서는 이름 공간을 나눌 수 없어 작은 디스크를 붙이지 못합니다")
    script = f"mount -t tmpfs -o size=2m none {disk} && exec {sys.executable} -m mlops_lab up"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "MLOPS_LAB_HOME": str(disk / "home")},
        timeout=600,
    )
    assert done.returncode == 1
    assert "디스크에 남은 공간이 2 MB뿐입니다" in done.stderr
    assert "Traceback" not in done.stderr
