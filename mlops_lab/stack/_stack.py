"""Airflow 한 벌을 시작하고 멈춥니다."""

from __future__ import annotations

import contextlib
import fcntl
import json
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import httpx
import psutil

from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.stack import _config, _processes
from mlops_lab.stack._client import Client
from mlops_lab.stack._config import HOST, USERNAME, Layout, Settings
from mlops_lab.stack._errors import ApiError, ComponentDiedError, HomeError, StackBusyError, StackError

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    # 로그 서버는 띄우지 않습니다. 0.0.0.0에서 듣는데, 같은 컴퓨터의 로그는 파일로 읽으면 됩니다.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
HEALTH: Mapping[str, str] = {"healthy": "정상", "unhealthy": "비정상", "absent": "멈춤"}
"""구성 요소의 상태를 부르는 말. `정상`, `비정상`은 Airflow의 한국어 화면(`health`)과 같습니다."""

_HEALTH_NAMES = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
LAUNCHER = "launcher"
CLEARED = "지난번에 남은 Airflow 프로세스를 멈췄습니다."
_PORT_TAKEN = "address already in use"

Say = Callable[[str], None]


def silent(_: str) -> None:
    pass


@dataclass
class Stack:
    """돌고 있는 Airflow 한 벌입니다. `with`로 쓰면 끝날 때 멈춥니다."""

    place: Layout
    port: int
    launched: tuple[_processes.Process, ...]
    started: datetime
    _password: str = field(repr=False)

    def __post_init__(self) -> None:
        self.client = Client(self.url, USERNAME, self._password, find=self._api_server)

    @property
    def home(self) -> Path:
        return self.place.home

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def processes(self) -> tuple[_processes.Process, ...]:
        """지금의 프로세스입니다. 구성 요소 하나를 멈추거나 다시 시작한 뒤에도 맞습니다."""
        record = _processes.load(self.place.record)
        same = record is not None and record.started == self.started.timestamp()
        return record.components if record and same else self.launched

    def _api_server(self) -> psutil.Process | None:
        return next((process.find() for process in self.processes if process.name == "api-server"), None)

    @property
    def username(self) -> str:
        return USERNAME

    @property
    def password(self) -> str:
        """로그인 암호입니다. `<home>/airflow/simple_auth_manager_passwords.json.generated`(0600)에도 있습니다."""
        return self._password

    def log_path(self, component: str) -> Path:
        """구성 요소의 로그 파일입니다."""
        return self.place.logs / f"{component}.log"

    def components(self) -> dict[str, str]:
        """구성 요소별 상태입니다. healthy(심장 박동이 있음), unhealthy(프로세스만 있음), absent(프로세스가 없음)"""
        processes = {process.name: process for process in self.processes}
        try:
            health, answered = self.client.health(), True
        except (httpx.HTTPError, ValueError, ApiError):
            health, answered = {}, False
        states = {}
        for name in COMPONENTS:
            process = processes.get(name)
            if process is None or process.find() is None:
                states[name] = "absent"
            elif name == "api-server":
                states[name] = "healthy" if answered else "unhealthy"
            else:
                states[name] = "healthy" if self._beating(health, process) else "unhealthy"
        return states

    def _beating(self, health: Mapping[str, Any], process: _processes.Process) -> bool:
        """이번에 시작한 뒤의 심장 박동인지 봅니다. 지난번에 죽은 Airflow의 기록에 속지 않기 위해서입니다."""
        name = _HEALTH_NAMES[process.name]
        part = health.get(name) or {}
        beat = part.get(f"latest_{name}_heartbeat")
        if part.get("status") != "healthy" or not beat:
            return False
        return datetime.fromisoformat(beat).timestamp() >= max(self.started.timestamp(), process.since)

    def check(self) -> None:
        """구성 요소가 모두 살아 있는지 봅니다. `stop_component()`로 멈춘 것은 보지 않습니다.

        Raises:
            ComponentDiedError: 끝난 구성 요소가 있을 때. 로그의 끝을 함께 알립니다.
        """
        for process in self.processes:
            if process.name != LAUNCHER and process.find() is None:
                raise ComponentDiedError(death_message(process.name, self.log_path(process.name)))

    def stop(self) -> None:
        """멈춥니다. 여러 번 불러도 됩니다."""
        self.client.close()
        stop_at(self.place, self.processes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    home: Path | str | None = None,
    dags: Path | str | None = None,
    *,
    runs: Path | str | None = None,
    port: int = _config.PORT,
    env: Mapping[str, str | None] | None = None,
    settings: Settings | None = None,
    spared: Sequence[str] = (),
    timeout: float = 180.0,
    say: Say = silent,
) -> Stack:
    """Airflow를 시작하고 네 구성 요소가 모두 건강해질 때까지 기다립니다.

    지난번에 비정상으로 끝나 남은 프로세스가 있으면 먼저 멈춥니다.

    Args:
        home: 작업 폴더. 없으면 MLOPS_LAB_HOME 또는 프로젝트의 workspace
        dags: DAG 폴더. 없으면 프로젝트의 dags
        runs: 노트북 실행 결과의 폴더. 없으면 MLOPS_LAB_RUNS 또는 <home>/runs
        port: 바라는 포트. 쓰이고 있으면 다른 포트를 쓰고 say로 알립니다
        env: 구성 요소에 더할 환경 변수. 값이 None이면 물려주지 않습니다
        settings: airflow.cfg에 더할 설정 {구역: {이름: 값}}
        spared: 구성 요소 하나만 멈출 때 남길 프로세스. 명령줄에 있는 낱말로 적습니다
        timeout: 기다릴 시간(초)
        say: 진행을 알릴 함수

    Raises:
        StackBusyError: 같은 home을 다른 프로그램이 쓰고 있을 때.
        HomeError: 작업 폴더에 쓸 수 없거나 공간이 모자랄 때.
        ComponentDiedError: 구성 요소가 시작하다 끝났을 때.
        StackError: timeout초 안에 준비되지 않을 때.
    """
    place = _config.layout(home, dags, runs)
    _config.prepare(place)
    try:
        with locked(place):
            if clear_stale_at(place):
                say(CLEARED)
            return launch_stack(place, port, env, settings, spared, timeout, say)
    except OSError as error:
        raise HomeError.from_os(place.home, error) from error


def stop(home: Path | str | None = None, *, only_mine: bool = False) -> bool:
    """home의 Airflow를 멈춥니다. 누가 시작했든 멈추며, 멈출 것이 있었으면 True입니다.

    Args:
        home: 작업 폴더. 없으면 `workspace.home()`
        only_mine: 살아 있는 다른 프로그램이나 `mlops-lab up`이 띄운 것이면 손대지 않습니다
    """
    place = _config.layout(home)
    if not place.airflow.is_dir():
        return False
    record = _processes.load(place.record)
    if only_mine and record and _is_of_others(record):
        return False
    components = record.components if record else ()
    alive = bool(_processes.belonging(str(place.airflow), components))
    stop_at(place, components)
    return alive


def _is_of_others(record: _processes.Record) -> bool:
    owner = record.owner
    return owner is None or (owner != _processes.current() and owner.find() is not None)


def clear_stale(home: Path | str | None = None) -> bool:
    """지난번에 비정상으로 끝나 남은 프로세스를 멈춥니다. 멈출 것이 있었으면 True입니다.

    Raises:
        StackBusyError: 시작한 프로그램이 아직 살아서 쓰고 있을 때.
    """
    return clear_stale_at(_config.layout(home))


def leftovers(home: Path | str | None = None) -> list[int]:
    """home의 Airflow에 딸려 살아 있는 프로세스의 pid입니다. 멈춘 뒤에는 비어 있어야 합니다."""
    place = _config.layout(home)
    record = _processes.load(place.record)
    found = _processes.belonging(str(place.airflow), record.components if record else ())
    return sorted(process.pid for process in found)


def stop_at(place: Layout, components: tuple[_processes.Process, ...]) -> None:
    left = _processes.terminate(str(place.airflow), components, last=(LAUNCHER, "api-server"))
    if left:
        raise StackError(
            f"멈추지 못한 Airflow 프로세스가 있습니다(pid {left}). 직접 끝내 주세요: kill -9 <pid>"
        )
    place.record.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(place: Layout) -> Iterator[None]:
    """같은 home에서 두 프로그램이 함께 시작하지 못하게 합니다."""
    with place.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackBusyError(
                f"다른 프로그램이 지금 이 폴더의 Airflow를 시작하고 있습니다: {place.home}\n"
                "끝나기를 기다렸다가 다시 해 주세요."
            ) from error
        yield


def clear_stale_at(place: Layout) -> bool:
    """지난번에 남은 프로세스를 멈춥니다. 주인이 살아 있으면 손대지 않습니다."""
    record = _processes.load(place.record)
    components = record.components if record else ()
    if not _processes.belonging(str(place.airflow), components):
        return False
    if record and record.owner is None:
        raise StackBusyError(
            f"이 폴더에서 `mlops-lab up`으로 띄운 Airflow가 돌고 있습니다: {place.home}\n"
            "`mlops-lab down`으로 멈추거나 MLOPS_LAB_HOME을 다른 폴더로 정해 주세요."
        )
    if record and record.owner and record.owner.find() is not None:
        raise StackBusyError(
            f"이 폴더의 Airflow를 다른 프로그램(pid {record.owner.pid})이 쓰고 있습니다: {place.home}\n"
            "그 프로그램을 끝내거나 MLOPS_LAB_HOME을 다른 폴더로 정해 주세요."
        )
    stop_at(place, components)
    return True


def launch_stack(
    place: Layout,
    port: int,
    env: Mapping[str, str | None] | None,
    settings: Settings | None,
    spared: Sequence[str],
    timeout: float,
    say: Say,
) -> Stack:
    used_before = place.secrets.exists()
    keys = _config.load_secrets(place)
    password = load_password(place, settings, say if used_before else silent)
    deadline = time.monotonic() + timeout
    wanted = port
    for _ in range(3):
        chosen = _config.find_port(wanted)
        if chosen != port:
            say(f"{port}번 포트가 쓰이고 있어 {chosen}번 포트를 씁니다.")
        write_atomic(place.config, _config.render_config(place, keys, chosen, settings), mode=PRIVATE)
        for log in place.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.previous"))
        started = datetime.now(UTC)
        spawned: tuple[_processes.Process, ...] = ()
        try:
            launcher, pipe = _launch(place, _config.environment(place, env))
            spawned = (launcher,)
            record = _processes.Record(
                chosen, _processes.current(), spawned, started.timestamp(), spared=tuple(spared)
            )
            _processes.save(place.record, record)
            spawned += _await_pids(place, pipe, deadline)
            _processes.save(place.record, replace(record, components=spawned))
            stack = Stack(place, chosen, spawned, started, password)
            wait_healthy(stack, deadline, timeout)
            return stack
        except BaseException as error:
            stop_at(place, spawned)
            if isinstance(error, ComponentDiedError):
                _config.check_space(place)  # 디스크가 찬 것이 까닭이면 그것을 말합니다.
            if isinstance(error, ComponentDiedError) and _PORT_TAKEN in str(error):
                wanted = chosen + 1  # 확인한 뒤 다른 프로그램이 먼저 가져갔습니다.
                continue
            raise
    raise StackError(f"{port}번부터 세 번 시도했지만 포트를 얻지 못했습니다. 잠시 뒤 다시 해 주세요.")


def load_password(place: Layout, settings: Settings | None, say: Say) -> str:
    """admin의 암호입니다. 암호 파일이 없거나 깨졌으면 새로 만들고 알립니다."""
    if USERNAME not in _config.read_passwords(place):
        say(f"암호 파일이 없어 새 암호를 만들었습니다: {place.passwords}")
    return _config.load_passwords(place, settings)[USERNAME]


def _launch(place: Layout, variables: dict[str, str]) -> tuple[_processes.Process, subprocess.Popen[str]]:
    arguments = json.dumps({name: list(command) for name, command in COMPONENTS.items()})
    command = [sys.executable, "-m", "mlops_lab.stack._launcher", arguments, str(place.logs)]
    return _processes.spawn(LAUNCHER, command, variables, place.airflow, place.logs / f"{LAUNCHER}.log")


def _await_pids(
    place: Layout, pipe: subprocess.Popen[str], deadline: float
) -> tuple[_processes.Process, ...]:
    """launcher가 Airflow를 import하고 데이터베이스를 만든 뒤 알리는 pid를 기다립니다."""
    assert pipe.stdout is not None
    with pipe.stdout as output:
        for line in _lines(output, deadline):
            # 다른 라이브러리가 표준 출력에 쓴 줄은 지나칩니다.
            if line.startswith('{"'):
                return tuple(_processes.identify(name, pid) for name, pid in json.loads(line).items())
    raise ComponentDiedError(death_message(LAUNCHER, place.logs / f"{LAUNCHER}.log"))


def _lines(output: IO[str], deadline: float) -> Iterator[str]:
    while True:
        ready, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise StackError("Airflow를 불러오고 데이터베이스를 만드는 일이 제시간에 끝나지 않았습니다.")
        line = output.readline()
        if not line:
            return
        yield line


def wait_healthy(stack: Stack, deadline: float, timeout: float) -> None:
    while True:
        stack.check()
        states = stack.components()
        if all(state == "healthy" for state in states.values()):
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(name for name, state in states.items() if state != "healthy")
            raise StackError(
                f"Airflow가 {timeout:g}초 안에 준비되지 않았습니다. 기다리던 구성 요소: {waiting}\n"
                f"로그를 살펴보세요: {stack.place.logs}"
            )
        time.sleep(0.25)


def death_message(name: str, log: Path) -> str:
    try:
        tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
    except OSError:
        tail = "(로그가 없습니다)"
    return f"Airflow 구성 요소 {name}이(가) 뜻하지 않게 끝났습니다.\n로그: {log}\n{tail}"
