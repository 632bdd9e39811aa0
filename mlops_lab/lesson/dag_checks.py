"""배우는 사람이 쓴 DAG를 검사합니다. 파일의 글이 아니라, Airflow에 등록된 구조와 진짜 스케줄러가 실행한 결과를 봅니다.

    @exercise("07-2")
    def morning(value):
        dag = read_dag(value)
        expect_tasks(dag, ["collect", "train", "report"])
        expect_order(dag, {"train": ["collect"], "report": ["train"]})
        run = run_to_end(dag)
        expect_success(run)
        return "..."

`expect_…`는 틀렸을 때 Wrong을 던집니다. 실행은 오래 걸리므로 구조가 맞을 때에만 합니다.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlops_lab.lesson.checking import NotYet, Wrong, short
from mlops_lab.lesson.live import Airflow, connect
from mlops_lab.lesson.runs import SEOUL, Moment, Run
from mlops_lab.lesson.schedules import Row, planned, upcoming
from mlops_lab.lesson.task_log import own_lines
from mlops_lab.stack import OWN_BUNDLE, ApiError, StackError


@dataclass(frozen=True, repr=False)
class Dag:
    """Dag 프로세서가 읽어 등록한 DAG.

    Attributes:
        details: REST API의 `/dags/{dag_id}/details`
        tasks: {task_id: REST API의 태스크}
        timetable: 메타데이터베이스에 적힌 시간표
    """

    lab: Airflow
    details: Mapping[str, Any]
    tasks: Mapping[str, Mapping[str, Any]]
    timetable: dict[str, Any]

    @property
    def dag_id(self) -> str:
        return str(self.details["dag_id"])

    @property
    def start_date(self) -> datetime | None:
        """시작일(서울). 적지 않았으면 None입니다."""
        return _local(self.details["start_date"])

    @property
    def end_date(self) -> datetime | None:
        return _local(self.details["end_date"])

    @property
    def catchup(self) -> bool:
        return bool(self.details["catchup"])

    @property
    def owners(self) -> list[str]:
        return sorted(self.details["owners"])

    @property
    def tags(self) -> list[str]:
        return sorted(tag["name"] for tag in self.details["tags"])

    def downstream(self, task_id: str) -> set[str]:
        """task_id의 화살표가 곧바로 닿는 태스크."""
        return set(self.tasks[task_id]["downstream_task_ids"])

    def first_runs(self, n: int = 5, start: datetime | None = None) -> list[Row]:
        """start(없으면 시작일)부터 스케줄러가 만들 실행 n개. `schedules.upcoming`과 같은 꼴이고, 스케줄이 없으면 비어 있습니다."""
        first = start or self.start_date or datetime(2025, 1, 1, tzinfo=SEOUL)
        return planned(self.timetable, first, n)


def read_dag(dag_id: Any) -> Dag:
    """배우는 사람의 DAG 폴더에서 등록된 DAG를 읽습니다.

    Raises:
        NotYet: 아직 그런 DAG가 없을 때.
        Wrong: dag_id가 글이 아닐 때.
    """
    if not isinstance(dag_id, str):
        raise Wrong(
            saw=short(dag_id),
            expected="DAG의 이름(dag_id)",
            hint="DAG 객체가 아니라 따옴표로 감싼 이름을 `check`에 넘깁니다.",
        )
    lab = _lab()
    mine = {dag["dag_id"] for dag in lab.client.dags() if dag["bundle_name"] == OWN_BUNDLE}
    if dag_id not in mine:
        raise NotYet(
            f"DAG `{dag_id}`가 아직 없습니다. 위의 셀을 `%%write_dag 파일.py`로 시작하게 고쳐 쓰고 실행합니다."
        )
    details = lab.client.get(f"/dags/{dag_id}/details")
    tasks = {task["task_id"]: task for task in lab.client.tasks(dag_id)}
    versions = lab.query("select dag_id, data from serialized_dag order by created_at")
    data = versions.loc[versions["dag_id"] == dag_id, "data"].iloc[-1]
    return Dag(lab, details, tasks, json.loads(data)["dag"]["timetable"])


def _lab() -> Airflow:
    """배우는 사람의 Airflow. 시작하지 못한 것은 답의 잘못이 아닙니다."""
    try:
        return connect(say=lambda _: None)
    except StackError as error:
        raise NotYet(f"Airflow에 닿지 못해 검사하지 못했습니다. {error}") from error


def run_to_end(
    dag: Dag,
    conf: dict[str, Any] | None = None,
    logical_date: Moment | None = None,
    *,
    timeout: float = 180.0,
) -> Run:
    """진짜 스케줄러로 한 번 끝까지 실행합니다. 실패로 끝나도 돌려줍니다.

    꺼져 있던 DAG는 다시 끄고, 켜 둔 동안 스케줄러가 만든 실행을 지웁니다. 배우는 사람의 실행은 그대로 둡니다.

    Raises:
        Wrong: timeout초 안에 끝나지 않을 때.
    """
    lab, dag_id = dag.lab, dag.dag_id
    was_off = lab.client.dag(dag_id)["is_paused"]
    keep = {run["dag_run_id"] for run in lab.client.runs(dag_id)}
    run = lab.trigger(dag_id, conf, logical_date)
    try:
        return lab.wait(run, timeout)
    except StackError as error:
        if isinstance(error, ApiError):
            raise
        raise Wrong(
            saw=str(error).replace("\n", " "),
            expected="끝까지 가는 Dag 실행",
            hint="화면의 그리드에서 어느 태스크가 기다리는지 봅니다. 끝나지 않는 명령이 있는지도 봅니다.",
        ) from None
    finally:
        if was_off:
            lab.client.delete_runs(dag_id, keep={*keep, run.run_id})


def expect_tasks(dag: Dag, task_ids: Iterable[str]) -> None:
    """태스크가 바로 이 이름인지 봅니다.

    Raises:
        Wrong: 모자라거나 남을 때.
    """
    wanted = set(task_ids)
    missing, extra = wanted - set(dag.tasks), set(dag.tasks) - wanted
    if missing or extra:
        said = [f"없는 태스크: {_names(missing)}"] if missing else []
        said += [f"더 있는 태스크: {_names(extra)}"] if extra else []
        raise Wrong(
            saw=f"태스크 {len(dag.tasks)}개({_names(dag.tasks)})",
            expected=f"태스크 {len(wanted)}개({_names(wanted)})",
            hint=f"{'. '.join(said)}. `task_id`의 글자를 하나씩 견줍니다.",
        )


def expect_order(dag: Dag, waits: Mapping[str, Iterable[str]], hint: str = "") -> None:
    """태스크의 순서를 봅니다. 화살표를 어떻게 그었는지가 아니라, 누가 누구를 (돌아서라도) 기다리는지 견줍니다.

    Args:
        dag: `read_dag`로 읽은 DAG
        waits: {태스크: 곧바로 기다려야 하는 태스크}. 적지 않은 태스크는 아무것도 기다리지 않아야 합니다
        hint: "해 볼 것". 없으면 빠진 화살표나 남는 화살표에 맞는 말을 합니다

    Raises:
        Wrong: 기다려야 하는데 기다리지 않거나, 그 반대일 때.
    """
    wanted = _ancestors({task: set(waits.get(task, ())) for task in dag.tasks})
    upstream: dict[str, set[str]] = {task: set() for task in dag.tasks}
    for task in dag.tasks:
        for after in dag.downstream(task):
            upstream[after].add(task)
    seen = _ancestors(upstream)
    for task in sorted(dag.tasks):
        if missing := wanted[task] - seen[task]:
            raise Wrong(
                saw=f"`{task}` 태스크가 {_names(missing)} 태스크를 기다리지 않습니다",
                expected="문제에서 말한 순서. 앞 태스크가 성공해야 뒤 태스크가 시작합니다",
                hint=hint or "화살표(`>>`)가 빠지지 않았는지, 방향이 맞는지 봅니다.",
            )
    for task in sorted(dag.tasks):
        if extra := seen[task] - wanted[task]:
            raise Wrong(
                saw=f"`{task}` 태스크가 {_names(extra)} 태스크를 기다립니다",
                expected="문제에서 말한 순서. 서로 상관없는 태스크는 기다리지 않습니다",
                hint=hint or "없어도 되는 화살표가 있는지 봅니다.",
            )


def expect_schedule(
    dag: Dag, schedule: Any, *, expected: str, hint: str, start: datetime | None = None, n: int = 6
) -> None:
    """실행되는 때가 schedule과 같은지 봅니다. 어떻게 적었는지는 보지 않습니다: `@daily`와 `0 0 * * *`는 같습니다.

    Args:
        dag: `read_dag`로 읽은 DAG
        schedule: 맞는 스케줄. `DAG(schedule=...)`에 적는 것
        expected: 틀렸을 때 보일 "기대한 것"
        hint: 틀렸을 때 보일 "해 볼 것"
        start: 여기부터 견줍니다. 없으면 DAG의 시작일
        n: 견줄 실행의 수

    Raises:
        Wrong: 스케줄이 없거나 때가 다를 때.
    """
    first = start or dag.start_date or datetime(2025, 1, 1, tzinfo=SEOUL)
    wanted, seen = (
        [row["실행(서울)"] for row in rows]
        for rows in (upcoming(schedule, first, n), dag.first_runs(n, first))
    )
    if seen == wanted:
        return
    if not seen:
        raise Wrong(saw="스케줄이 없습니다. 사람이 실행시켜야만 실행됩니다", expected=expected, hint=hint)
    if dag.timetable["__var"].get("timezone") == "UTC":
        hint = f"시간대가 UTC입니다. `start_date`에 시간대를 적었는지 봅니다. {hint}"
    raise Wrong(saw=f"실행되는 때(서울): {', '.join(seen[:3])} …", expected=expected, hint=hint)


def expect_success(run: Run) -> None:
    """실행이 성공했는지 봅니다.

    Raises:
        Wrong: 실패한 태스크가 있을 때. 그 태스크가 마지막에 적은 줄을 함께 알립니다.
    """
    if run.raw_state == "success":
        return
    failed = [each for each in run.instances if each.raw_state == "failed"]
    if not failed:
        raise Wrong(
            saw=f"실행의 상태: {run.state}. " + ", ".join(f"`{k}` {v}" for k, v in run.tasks.items()),
            expected="성공으로 끝나는 Dag 실행",
            hint="화면의 그리드에서 성공이 아닌 칸을 눌러 봅니다.",
        )
    first = failed[0]
    lab = _lab()
    events = lab.client.log_events(run.dag_id, run.run_id, first.task_id, first.try_number, first.map_index)
    lines = own_lines(events)
    raise Wrong(
        saw=f"`{first.label}` 태스크가 실패했습니다" + (f": {lines[-1][:160]}" if lines else ""),
        expected="모든 태스크가 성공하는 Dag 실행",
        hint="그 태스크의 로그를 읽고 고칩니다. `lab.log(run, task_id)`나 화면의 로그에서 볼 수 있습니다.",
    )


def _local(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment).astimezone(SEOUL) if moment else None


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _ancestors(upstream: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """태스크마다, 돌아서라도 기다리는 태스크."""

    def gather(task: str) -> set[str]:
        return set().union(*({each} | gather(each) for each in upstream.get(task, ())))

    return {task: gather(task) for task in upstream}
