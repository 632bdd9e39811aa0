"""프로세스의 기록과 정리: 낡은 기록, 남의 프로세스, 환경 변수를 지운 자식, 새 세션으로 달아난 자식."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mlops_lab.stack import StackBusyError, _config, _processes, clear_stale, leftovers, stop

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('준비', flush=True); time.sleep(60)",
]


@pytest.fixture
def place(tmp_path: Path) -> _config.Layout:
    place = _config.layout(tmp_path / "home")
    _config.prepare(place)
    return place


Spawn = Callable[..., _processes.Process]


@pytest.fixture
def spawn(place: _config.Layout) -> Iterator[Spawn]:
    pipes: list[subprocess.Popen[str]] = []

    def run(command: list[str], *, wait_line: bool = False, marked: bool = True) -> _processes.Process:
        env = _config.environment(place)
        if not marked:
            env.pop(_config.MARKER)
        process, pipe = _processes.spawn("part", command, env, place.airflow, place.logs / "part.log")
        pipes.append(pipe)
        if wait_line:
            assert pipe.stdout is not None
            pipe.stdout.readline()
        return process

    yield run
    for pipe in pipes:
        pipe.kill()
        pipe.wait()
        assert pipe.stdout is not None
        pipe.stdout.close()


def record(place: _config.Layout, owner: _processes.Process, *components: _processes.Process) -> None:
    _processes.save(place.record, _processes.Record(8080, owner, components))


DEAD = _processes.Process("owner", 2**22 - 3, 1.0)


def test_stale_process_of_a_dead_owner_is_stopped(place: _config.Layout, spawn: Spawn) -> None:
    part = spawn(SLEEP)
    record(place, DEAD, part)
    assert clear_stale(place.home)
    assert part.find() is None
    assert not place.record.exists()
    assert not clear_stale(place.home)


def test_process_in_use_by_a_living_owner_is_left_alone(place: _config.Layout, spawn: Spawn) -> None:
    part = spawn(SLEEP)
    record(place, _processes.current(), part)
    with pytest.raises(StackBusyError, match=str(os.getpid())):
        clear_stale(place.home)
    assert part.find() is not None


def test_foreign_process_that_got_the_recorded_pid_is_never_touched(
    place: _config.Layout, spawn: Spawn
) -> None:
    foreign = spawn(SLEEP, marked=False)
    reused = _processes.Process("scheduler", foreign.pid, foreign.created - 1000)
    record(place, DEAD, reused)
    assert reused.find() is None
    assert not stop(place.home)
    assert foreign.find() is not None


def test_other_home_is_never_touched(place: _config.Layout, spawn: Spawn, tmp_path: Path) -> None:
    part = spawn(SLEEP)
    other = _config.layout(tmp_path / "other")
    _config.prepare(other)
    assert not stop(other.home)
    assert part.find() is not None


def test_child_that_wiped_its_environment_is_found_by_its_session(
    place: _config.Layout, spawn: Spawn
) -> None:
    # Airflow의 프로세스는 setproctitle로 이름을 바꾸며 /proc의 환경 변수를 지웁니다.
    code = (
        "import os, time; from setproctitle import setproctitle\n"
        "child = os.fork()\nsetproctitle('airflow worker')\n"
        "child or print(0, flush=True)\ntime.sleep(60)"
    )
    part = spawn([sys.executable, "-c", code], wait_line=True)
    record(place, DEAD, part)
    child = psutil.Process(part.pid).children()[0]
    assert not child.environ()
    os.kill(part.pid, 9)
    os.waitpid(part.pid, 0)
    assert leftovers(place.home) == [child.pid]
    assert stop(place.home)
    assert leftovers(place.home) == []


def test_child_in_a_session_of_its_own_is_found_by_the_mark(place: _config.Layout, spawn: Spawn) -> None:
    # 노트북의 커널은 새 세션에서 돕니다.
    code = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        "print(1, flush=True); time.sleep(60)"
    )
    part = spawn([sys.executable, "-c", code], wait_line=True)
    record(place, DEAD, part)
    kernel = psutil.Process(part.pid).children()[0]
    os.kill(part.pid, 9)
    os.waitpid(part.pid, 0)
    assert leftovers(place.home) == [kernel.pid]
    stop(place.home)
    assert not kernel.is_running()


def test_process_that_ignores_sigterm_is_killed_soon(place: _config.Layout, spawn: Spawn) -> None:
    part = spawn(STUBBORN, wait_line=True)
    record(place, DEAD, part)
    began = time.monotonic()
    assert stop(place.home)
    assert part.find() is None
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("text", ["", "{", "[]", '{"port": 1}', '{"port": 1, "owner": {}, "components": []}'])
def test_broken_record_is_no_record(place: _config.Layout, text: str) -> None:
    place.record.write_text(text, "utf-8")
    assert _processes.load(place.record) is None
    assert not stop(place.home)


def test_record_is_read_back(place: _config.Layout) -> None:
    saved = _processes.Record(8081, _processes.current(), (DEAD,))
    _processes.save(place.record, saved)
    assert _processes.load(place.record) == saved
    assert place.record.stat().st_mode & 0o777 == 0o600
