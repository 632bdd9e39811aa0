"""돌고 있는 Airflow의 구성 요소 하나를 멈추고 다시 시작합니다."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from mlops_lab.stack import _config, _processes
from mlops_lab.stack._config import MARKER, USERNAME, Layout
from mlops_lab.stack._errors import ComponentDiedError, HomeError, StackError
from mlops_lab.stack._stack import COMPONENTS, Stack, death_message, locked


def stop_component(name: str, home: Path | str | None = None) -> bool:
    """구성 요소 하나를 그 자식과 함께 멈춥니다. 다른 구성 요소는 그대로 돕니다.

    스케줄러를 멈추면 그 아래에서 돌던 태스크도 멈춥니다. 시작할 때 `spared`로 적어 둔 것은 남깁니다.

    Args:
        name: api-server, scheduler, dag-processor, triggerer 가운데 하나
        home: 작업 폴더. 없으면 `workspace.home()`

    Returns:
        멈췄으면 True, 이미 멈춰 있었으면 False

    Raises:
        StackError: 그런 구성 요소가 없거나, 끝나지 않는 프로세스가 있을 때.
    """
    place = _place(name, home)
    if _processes.load(place.record) is None:
        return False
    with _busy(place):
        record = _processes.load(place.record)
        found = _find(record, name)
        if record is None or found is None:
            return False
        was_running = found.find() is not None
        if left := _processes.terminate_one(found, record.spared):
            raise StackError(
                f"{name}의 프로세스가 끝나지 않았습니다(pid {left}). 직접 끝내 주세요: kill -9 <pid>"
            )
        rest = tuple(process for process in record.components if process.name != name)
        _processes.save(place.record, replace(record, components=rest))
        return was_running


def start_component(name: str, home: Path | str | None = None, *, timeout: float = 60.0) -> bool:
    """멈춘 구성 요소 하나를 시작하고 건강해질 때까지 기다립니다. 부른 프로그램이 끝나도 계속 돕니다.

    Args:
        name: api-server, scheduler, dag-processor, triggerer 가운데 하나
        home: 작업 폴더. 없으면 `workspace.home()`
        timeout: 건강해지기를 기다릴 시간(초)

    Returns:
        시작했으면 True, 이미 돌고 있었으면 False

    Raises:
        StackError: 그런 구성 요소가 없거나, Airflow가 돌고 있지 않거나, timeout초 안에 건강해지지 않을 때.
        ComponentDiedError: 시작하다 끝났을 때. 로그의 끝을 함께 알립니다.
    """
    place = _place(name, home)
    if _processes.load(place.record) is None:
        raise StackError(
            f"돌고 있는 Airflow가 없습니다: {place.home}\n`mlops-lab up`으로 먼저 모두 시작해 주세요."
        )
    with _busy(place):
        record = _processes.load(place.record)
        found = _find(record, name)
        if found is not None and found.find() is not None:
            return False
        assert record is not None
        if name == "api-server" and _config.find_port(record.port) != record.port:
            raise StackError(
                f"{record.port}번 포트를 다른 프로그램이 쓰고 있습니다. `mlops-lab up`을 하면 다른 포트에서 모두 다시 시작합니다."
            )
        start_missing(place, [name], timeout)
        return True


def start_missing(place: Layout, names: Iterable[str], timeout: float) -> None:
    """names의 구성 요소를 시작하고, 건강해질 때까지 기다립니다. 잠금은 부르는 쪽이 잡습니다."""
    deadline = time.monotonic() + timeout
    record = _processes.load(place.record)
    assert record is not None
    env = _environment(place, record)
    wanted = list(names)
    for name in wanted:
        left_behind = _find(record, name)
        if left_behind is not None:
            _processes.terminate_one(
                left_behind, record.spared
            )  # 혼자 죽은 것의 자식이 남아 있을 수 있습니다.
        # 멈췄다 시작한 사이의 심장 박동을 가리는 시각이므로, 띄우기 전에 잽니다.
        since = datetime.now(UTC).timestamp()
        process = _processes.spawn_detached(
            name,
            [sys.executable, "-m", "mlops_lab.stack._airflow", *COMPONENTS[name]],
            env,
            place.airflow,
            place.logs / f"{name}.log",
        )
        others = tuple(item for item in record.components if item.name != name)
        record = replace(record, components=(*others, replace(process, since=since)))
        _processes.save(place.record, record)
    started = datetime.fromtimestamp(record.started, UTC)
    stack = Stack(
        place, record.port, record.components, started, _config.read_passwords(place).get(USERNAME, "")
    )
    try:
        _wait(stack, wanted, deadline, timeout)
    finally:
        stack.client.close()


def _wait(stack: Stack, names: list[str], deadline: float, timeout: float) -> None:
    """names가 건강해질 때까지 기다립니다. API 서버가 멈춰 있으면 심장 박동을 볼 수 없어 기다리지 않습니다."""
    while True:
        states = stack.components()
        for name in names:
            if states[name] == "absent":
                raise ComponentDiedError(death_message(name, stack.log_path(name)))
        if states["api-server"] == "absent" or all(states[name] == "healthy" for name in names):
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(name for name in names if states[name] != "healthy")
            raise StackError(
                f"{waiting}이(가) {timeout:g}초 안에 건강해지지 않았습니다.\n로그를 살펴보세요: {stack.place.logs}"
            )
        time.sleep(0.25)


def _place(name: str, home: Path | str | None) -> Layout:
    if name not in COMPONENTS:
        raise StackError(
            f"{name!r}라는 구성 요소가 없습니다. 다음 가운데 하나를 적어 주세요: {', '.join(COMPONENTS)}"
        )
    return _config.layout(home)


@contextlib.contextmanager
def _busy(place: Layout) -> Iterator[None]:
    try:
        with locked(place):
            yield
    except OSError as error:
        raise HomeError.from_os(place.home, error) from error


def _find(record: _processes.Record | None, name: str) -> _processes.Process | None:
    return next((item for item in record.components if item.name == name), None) if record else None


def _environment(place: Layout, record: _processes.Record) -> dict[str, str]:
    """처음 띄울 때와 같은 환경 변수입니다. 비밀이 있을 수 있어 파일에 적지 않고, 살아 있는 프로세스에게서 읽습니다.

    launcher가 띄운 구성 요소는 프로세스 이름을 바꾸면서 그 자리를 지웠고, launcher는 그것이 모두 멈추면 끝납니다. 그때는 하나씩
    다시 시작한 구성 요소에 남아 있습니다.
    """
    for process in record.components:
        running = process.find()
        with contextlib.suppress(psutil.Error):
            if running is not None and (env := running.environ()).get(MARKER) == str(place.airflow):
                return env
    return _config.environment(place)
