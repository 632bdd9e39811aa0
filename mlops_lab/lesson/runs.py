"""Dag 실행을 들여다본 모습. 보이는 것은 모두 다시 실행해도 같은 것입니다: 논리적 날짜, 상태, 태스크의 이름."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mlops_lab.lesson.states import look
from mlops_lab.stack import StackError

SEOUL = ZoneInfo("Asia/Seoul")
MANUAL = "직접 실행"

Moment = datetime | date | str


@dataclass(frozen=True)
class TaskState:
    """태스크 인스턴스 하나. `label`에는 매핑된 태스크의 차례가 붙습니다: `ingest [0]`."""

    task_id: str
    label: str
    raw_state: str | None
    map_index: int
    try_number: int

    @property
    def state(self) -> str:
        return look(self.raw_state).name


@dataclass(frozen=True, repr=False)
class Run:
    """Dag 실행 하나의, 들여다본 때의 모습입니다. 다시 보려면 `lab.wait(run)`을 부릅니다."""

    dag_id: str
    run_id: str
    logical_date: datetime | None
    raw_state: str
    instances: tuple[TaskState, ...] = field(default=())

    @property
    def state(self) -> str:
        """Airflow의 한국어 화면과 같은 말의 상태."""
        return look(self.raw_state).name

    @property
    def when(self) -> str:
        """논리적 날짜(서울). 없으면 "직접 실행"입니다."""
        if self.logical_date is None:
            return MANUAL
        local = self.logical_date.astimezone(SEOUL)
        return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"

    @property
    def tasks(self) -> dict[str, str]:
        """{태스크: 상태}. 이름순입니다."""
        return {each.label: each.state for each in self.instances}

    def __repr__(self) -> str:
        width = max((len(name) for name in self.tasks), default=0)
        rows = [f"  {name:<{width}}  {state}" for name, state in self.tasks.items()]
        return "\n".join([f"{self.dag_id} ({self.when}): {self.state}", *rows])


class Runs(list[Run]):
    """Dag 실행의 목록. 한 줄에 하나씩 보입니다."""

    def __repr__(self) -> str:
        if not self:
            return "실행이 없습니다"
        return "\n".join(
            f"{run.dag_id} ({run.when}): {run.state}"
            + (" | " + ", ".join(f"{name} {state}" for name, state in run.tasks.items()) if run.tasks else "")
            for run in self
        )


def read_task(raw: dict[str, Any]) -> TaskState:
    index = raw["map_index"]
    label = raw["task_id"] if index < 0 else f"{raw['task_id']} [{raw['rendered_map_index'] or index}]"
    return TaskState(raw["task_id"], label, raw["state"], index, raw["try_number"])


def read_moment(value: Moment) -> datetime:
    """글이나 날짜를 시각으로 바꿉니다. 시간대가 없으면 서울입니다."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise StackError(f"{value!r}를 날짜로 읽을 수 없습니다. 2013-03-01처럼 적어 주세요.") from None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=SEOUL)
