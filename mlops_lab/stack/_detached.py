"""주인 없이 도는 Airflow입니다: 띄워 놓고 돌아오고, 다른 셸에서 들여다봅니다."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mlops_lab.stack import _config, _processes
from mlops_lab.stack._components import start_missing
from mlops_lab.stack._config import USERNAME, Layout, Settings
from mlops_lab.stack._errors import HomeError
from mlops_lab.stack._stack import (
    CLEARED,
    COMPONENTS,
    Say,
    Stack,
    clear_stale_at,
    launch_stack,
    load_password,
    locked,
    silent,
    stop_at,
    wait_healthy,
)


@dataclass(frozen=True)
class Status:
    """지금의 상태입니다.

    Attributes:
        url: Airflow의 주소. 돌고 있지 않으면 None
        components: {구성 요소: healthy(심장 박동이 있음), unhealthy(프로세스만 있음), absent(프로세스가 없음)}
    """

    url: str | None
    components: dict[str, str]

    @property
    def is_healthy(self) -> bool:
        return set(self.components.values()) == {"healthy"}


def up(
    home: Path | str | None = None,
    dags: Path | str | None = None,
    *,
    runs: Path | str | None = None,
    port: int | None = None,
    env: Mapping[str, str | None] | None = None,
    settings: Settings | None = None,
    spared: Sequence[str] = (),
    timeout: float = 180.0,
    say: Say = silent,
) -> Stack:
    """Airflow를 띄워 놓습니다. 네 구성 요소가 모두 건강해지면 돌아오고, 부른 프로그램이 끝나도 계속 돕니다.

    인자와 예외는 `start()`와 같습니다. 이미 띄워 놓은 것이 있으면 그것을 돌려주고, 그 가운데 멈춘 구성 요소가 있으면
    그것만 다시 시작합니다. 모두 다시 시작할 때에도 포트를 정하지 않았으면 쓰던 포트를 씁니다. 멈추려면 `stop()`을 부릅니다.
    """
    place = _config.layout(home, dags, runs)
    _config.prepare(place)
    try:
        with locked(place):
            before = _processes.load(place.record)
            stack = _reuse(place, before, timeout, say)
            if stack is None:
                if clear_stale_at(place):
                    say(CLEARED)
                wanted = port or (before.port if before else _config.PORT)
                stack = launch_stack(place, wanted, env, settings, spared, timeout, say)
                record = _processes.load(place.record)
                assert record is not None
                _processes.save(place.record, replace(record, owner=None))
            return stack
    except OSError as error:
        raise HomeError.from_os(place.home, error) from error


def _reuse(place: Layout, record: _processes.Record | None, timeout: float, say: Say) -> Stack | None:
    """`up`이 띄워 놓은 것을, 멈춘 것을 다시 시작해 돌려줍니다. 모두 다시 시작해야 하면 멈추고 None을 돌려줍니다."""
    if record is None or record.owner is not None:
        return None
    running = {process.name for process in record.components if process.find() is not None}
    gone = [name for name in COMPONENTS if name not in running]
    if len(gone) == len(COMPONENTS) or (
        "api-server" in gone and _config.find_port(record.port) != record.port
    ):
        stop_at(place, record.components)
        return None
    if gone:
        say(f"멈춘 구성 요소({', '.join(gone)})를 다시 시작합니다.")
        start_missing(place, gone, timeout)
        record = _processes.load(place.record)
        assert record is not None
    stack = _stack(place, record, load_password(place, None, say))
    wait_healthy(stack, time.monotonic() + timeout, timeout)
    say("이미 돌고 있습니다.")
    return stack


def attach(home: Path | str | None = None, *, say: Say = silent) -> Stack | None:
    """home에서 돌고 있는 Airflow입니다. 누가 시작했든 돌려주며, 없으면 None입니다."""
    place = _config.layout(home)
    record = _processes.load(place.record)
    if record is None or all(process.find() is None for process in record.components):
        return None
    return _stack(place, record, load_password(place, None, say))


def status(home: Path | str | None = None) -> Status:
    """구성 요소별 상태입니다. 아무것도 쓰지 않으므로 언제 불러도 됩니다."""
    place = _config.layout(home)
    record = _processes.load(place.record)
    states = dict.fromkeys(COMPONENTS, "absent")
    if record is None or all(process.find() is None for process in record.components):
        return Status(None, states)
    stack = _stack(place, record, _config.read_passwords(place).get(USERNAME, ""))
    states.update(stack.components())
    stack.client.close()
    return Status(stack.url, states)


def _stack(place: Layout, record: _processes.Record, password: str) -> Stack:
    return Stack(place, record.port, record.components, datetime.fromtimestamp(record.started, UTC), password)
