"""노트북에서 진짜 Airflow를 씁니다.

    from mlops_lab.lesson import connect

    lab = connect()
    run = lab.wait(lab.trigger("first_dag"))
    lab.graph("first_dag", run)

보여 주는 것은 모두 다시 실행해도 같은 것입니다: 논리적 날짜, 상태, 태스크의 이름. 실행의 번호, 시각, 컴퓨터의 이름은
보이지 않습니다.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lab import stack, workspace
from mlops_lab.airflow.states import ENDED
from mlops_lab.lesson import pictures
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.lesson.plotting import show
from mlops_lab.lesson.progress_bar import progress_bar
from mlops_lab.lesson.runs import Moment, Run, Runs, TaskState, read_moment, read_task
from mlops_lab.lesson.states import together
from mlops_lab.lesson.task_log import own_lines
from mlops_lab.stack import FINISHED, ApiError, Client, Stack, StackError

if TYPE_CHECKING:
    import pandas as pd

_PARSE_SECONDS = 30.0
_CLOSING_SECONDS = 45.0


def connect(home: Path | str | None = None, *, say: Callable[[str], None] = print) -> Airflow:
    """돌고 있는 Airflow에 연결합니다. 돌고 있지 않으면 시작합니다.

    Args:
        home: 작업 폴더. 없으면 MLOPS_LAB_HOME 또는 프로젝트의 workspace. 노트북이 어느 폴더에 있든 같습니다
        say: 무엇에 연결했는지 알릴 함수

    Raises:
        ProjectNotFoundError: 시작해야 하는데, 수업의 DAG가 있는 프로젝트 폴더를 찾지 못했을 때.
        StackError: 시작하지 못했을 때.
    """
    place = workspace.home(home)
    found = stack.attach(place)
    if found is None:
        with progress_bar() as tell:
            tell("Airflow를 시작합니다. 10초쯤 걸립니다.", None)
            found = stack.up(place, workspace.require_project() / "dags", **AIRFLOW)
    for name, state in found.components().items():
        if state == "absent":
            with progress_bar() as tell:
                tell(f"멈춘 {pictures.COMPONENTS[name]}를 다시 시작합니다.", None)
                stack.start_component(name, place)
    lab = Airflow(found)
    version = found.client.get("/version")["version"]
    _register(lab)
    say(f"Airflow {'.'.join(version.split('.')[:2])}에 연결했습니다.")
    return lab


class Airflow:
    """노트북에서 쓰는 Airflow 한 벌. `connect()`로 만듭니다."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def __repr__(self) -> str:
        return "Airflow에 연결되어 있습니다."

    @property
    def url(self) -> str:
        """Airflow 화면의 주소. 로그인 이름은 `username`, 암호는 `make lab`이 알려 준 것입니다."""
        return self._stack.url

    @property
    def client(self) -> Client:
        """REST API v2의 창구."""
        return self._stack.client

    # DAG

    def write_dag(self, filename: str, source: str) -> tuple[str, ...]:
        """DAG 폴더에 파일을 쓰고, Dag 프로세서가 읽기를 기다립니다. 파일에 있는 dag_id를 돌려줍니다.

        노트북에서는 셀의 첫 줄에 `%%write_dag 파일.py`를 적는 편이 편합니다.

        Raises:
            DagFileError: 파일의 이름이 틀렸거나 Dag 프로세서가 읽지 못했을 때. 까닭을 함께 알립니다.
        """
        return stack.write_dag(filename, source, self._stack.home)

    def forget(self, dag_id: str) -> None:
        """DAG를 끄고 지난 실행과 로그를 모두 지웁니다. 수업을 처음부터 되풀이할 때 씁니다. 없는 DAG는 지나칩니다.

        로그를 남기면, 스케줄러가 만든 실행은 run_id가 앞의 것과 같아 새 로그가 옛 로그의 뒤에 붙습니다.
        """
        try:
            self.client.delete_runs(dag_id)
        except ApiError as error:
            if error.status != 404:
                raise
        shutil.rmtree(stack.layout(self._stack.home).logs / f"dag_id={dag_id}", ignore_errors=True)

    def _dag(self, dag_id: str) -> dict[str, Any]:
        """등록된 DAG. 파일에는 있는데 아직 등록되지 않았으면 Dag 프로세서가 읽기를 기다립니다."""
        deadline = time.monotonic() + _PARSE_SECONDS
        while True:
            with contextlib.suppress(_NotFound), _not_found():
                return self.client.dag(dag_id)
            files = self._files_naming(dag_id)
            broken = {Path(error["filename"]).name: error for error in self.client.import_errors()}
            if not files:
                raise StackError(self._unknown(dag_id))
            if wrong := next((broken[name] for name in files if name in broken), None):
                raise stack.explain_import_error(Path(wrong["filename"]).name, wrong["stack_trace"])
            if time.monotonic() > deadline:
                raise StackError(
                    f"DAG {dag_id!r}가 {', '.join(files)}에 있지만 {_PARSE_SECONDS:g}초 동안 등록되지 않았습니다.\n"
                    f"파일의 dag_id가 {dag_id!r}인지, Dag 프로세서가 살아 있는지(lab.components()) 보아 주세요."
                )
            time.sleep(0.5)

    def _files_naming(self, dag_id: str) -> list[str]:
        """dag_id를 따옴표 안이나 함수 이름으로 적은 DAG 파일."""
        named = re.compile(rf"""["']{re.escape(dag_id)}["']|def {re.escape(dag_id)}\(""")
        place = self._stack.place
        files = [file for folder in (place.own_dags, place.dags) for file in sorted(folder.glob("*.py"))]
        return [file.name for file in files if named.search(file.read_text("utf-8", errors="replace"))]

    def _unknown(self, dag_id: str) -> str:
        names = sorted(each["dag_id"] for each in self.client.dags())
        near = difflib.get_close_matches(dag_id, names, n=1, cutoff=0.5)
        hint = f"혹시 {near[0]!r}입니까?" if near else f"있는 DAG: {', '.join(names) or '없음'}"
        return f"DAG {dag_id!r}가 없습니다. {hint}"

    # 실행

    def trigger(
        self, dag_id: str, conf: dict[str, Any] | None = None, logical_date: Moment | None = None
    ) -> Run:
        """DAG를 한 번 실행시킵니다. 꺼져 있으면 켭니다. 끝나기를 기다리려면 `lab.wait`에 넘깁니다.

        Args:
            dag_id: 실행할 DAG의 이름
            conf: DAG의 매개변수
            logical_date: 논리적 날짜(서울). `2013-03-01` 같은 글도 됩니다

        Raises:
            StackError: 없는 DAG이거나, 그 논리적 날짜의 실행이 이미 있을 때.
        """
        is_paused = self._dag(dag_id)["is_paused"]
        when = None if logical_date is None else read_moment(logical_date)
        try:
            made = self.client.trigger(dag_id, conf, when)
        except ApiError as error:
            if error.status == 409 and when is not None:
                raise StackError(
                    f"{dag_id}에는 논리적 날짜가 {logical_date}인 실행이 이미 있습니다.\n"
                    f"다른 날짜를 주거나, lab.forget({dag_id!r})로 지난 실행을 지워 주세요."
                ) from None
            raise
        if is_paused:
            self.client.unpause(dag_id)
        return self._run(made)

    def wait(self, run: Run, timeout: float = 300.0) -> Run:
        """실행이 끝나기를 기다립니다. 실패로 끝나도 예외가 나지 않습니다. `run.state`를 보십시오.

        Raises:
            StackError: timeout초 안에 끝나지 않을 때.
        """
        return self._wait([run], timeout)[0]

    def backfill(
        self, dag_id: str, start: Moment, end: Moment, *, max_active_runs: int = 1, timeout: float = 600.0
    ) -> Runs:
        """start부터 end까지(논리적 날짜, 양 끝 포함) 백필하고 모두 끝나기를 기다립니다. 꺼져 있으면 켭니다.

        Raises:
            StackError: 없는 DAG이거나, timeout초 안에 끝나지 않을 때.
        """
        is_paused = self._dag(dag_id)["is_paused"]
        first, last = read_moment(start), read_moment(end)
        self._let_last_backfill_close(dag_id)
        self.client.backfill(dag_id, first, last, max_active_runs=max_active_runs)
        if is_paused:
            self.client.unpause(dag_id)
        found = self.client.runs(
            dag_id, run_type="backfill", logical_date_gte=first.isoformat(), logical_date_lte=last.isoformat()
        )
        return self._wait([self._run(each) for each in found], timeout)

    def _let_last_backfill_close(self, dag_id: str) -> None:
        """지난 백필이 닫히기를 기다립니다.

        실행이 모두 끝난 백필을 스케줄러는 30초에 한 번씩만 찾아 닫고, 닫히기 전에는 새 백필을 받지 않습니다. 아직 도는 백필이라면
        Airflow의 오류를 그대로 보게 합니다.
        """
        deadline = time.monotonic() + _CLOSING_SECONDS
        while any(
            each["completed_at"] is None
            for each in self.client.pages("/backfills", "backfills", dag_id=dag_id)
        ):
            if time.monotonic() > deadline:
                return
            time.sleep(0.4)

    def runs(self, dag_id: str) -> Runs:
        """DAG의 실행. 논리적 날짜순이고, 직접 실행한 것은 실행한 차례로 뒤에 옵니다."""
        self._dag(dag_id)
        found = self.client.runs(dag_id)
        found.sort(key=lambda each: (each["logical_date"] is None, each["logical_date"] or each["run_after"]))
        return Runs(self._run(each) for each in found)

    def _run(self, raw: dict[str, Any]) -> Run:
        dag_id, run_id = raw["dag_id"], raw["dag_run_id"]
        instances = [read_task(each) for each in self.client.task_instances(dag_id, run_id)]
        instances.sort(key=lambda each: (each.task_id, each.map_index))
        when = raw["logical_date"]
        return Run(dag_id, run_id, when and datetime.fromisoformat(when), raw["state"], tuple(instances))

    def _wait(self, runs: Sequence[Run], timeout: float) -> Runs:
        deadline = time.monotonic() + timeout
        with progress_bar() as tell:
            while True:
                raws = [self.client.run(run.dag_id, run.run_id) for run in runs]
                left = [raw for raw in raws if raw["state"] not in FINISHED]
                if not left:
                    return Runs(self._run(raw) for raw in raws)
                current = [self._run(raw) for raw in left]
                if time.monotonic() > deadline:
                    raise StackError(_still_running(current, timeout))
                if len(runs) > 1:
                    tell(
                        f"{runs[0].dag_id}: 실행 {len(runs)}번 가운데 {len(runs) - len(left)}번이 끝났습니다",
                        1 - len(left) / len(runs),
                    )
                else:
                    tell(*_progress_of(current[0]))
                time.sleep(0.4)

    # 들여다보기

    def log(self, run: Run, task_id: str, *, map_index: int = -1, try_number: int | None = None) -> None:
        """태스크가 적은 줄만 찍습니다. Airflow가 덧붙인 줄, 시각, 컴퓨터의 경로는 뺍니다.

        Args:
            run: `trigger`나 `wait`가 돌려준 실행
            task_id: 태스크의 이름
            map_index: 매핑된 태스크의 차례. 매핑되지 않았으면 -1
            try_number: 몇 번째 시도인지. 없으면 마지막 시도

        Raises:
            StackError: 그런 태스크가 없거나 아직 실행되지 않았을 때.
        """
        chosen = self._instance(run, task_id, map_index)
        number = chosen.try_number if try_number is None else try_number
        if number < 1:
            raise StackError(f"{chosen.label}은(는) 실행되지 않아 로그가 없습니다. 상태: {chosen.state}")
        lines = own_lines(
            self.client.log_events(run.dag_id, run.run_id, task_id, number, map_index), self._stack.home
        )
        print("\n".join(lines) if lines else "(태스크가 적은 줄이 없습니다)")

    def xcom(self, run: Run, task_id: str, key: str = "return_value", *, map_index: int | None = None) -> Any:
        """태스크가 넘긴 XCom 값. 매핑된 태스크에서 map_index를 주지 않으면 차례대로 모두 담은 목록입니다.

        Raises:
            StackError: 그런 태스크나 값이 없을 때.
        """
        mapped = [each.map_index for each in run.instances if each.task_id == task_id and each.map_index >= 0]
        if map_index is None and mapped:
            return [self.xcom(run, task_id, key, map_index=each) for each in mapped]
        chosen = self._instance(run, task_id, -1 if map_index is None else map_index)
        with contextlib.suppress(_NotFound), _not_found():
            return self.client.xcom(run.dag_id, run.run_id, task_id, key, chosen.map_index)
        raise StackError(
            f"{chosen.label}이(가) 넘긴 XCom {key!r}이(가) 없습니다. 태스크의 상태: {chosen.state}"
        )

    def _instance(self, run: Run, task_id: str, map_index: int) -> TaskState:
        fresh = self._run(self.client.run(run.dag_id, run.run_id))
        of_task = [each for each in fresh.instances if each.task_id == task_id]
        if not of_task:
            names = sorted({each.task_id for each in fresh.instances})
            near = difflib.get_close_matches(task_id, names, n=1, cutoff=0.5)
            hint = f"혹시 {near[0]!r}입니까?" if near else f"있는 태스크: {', '.join(names)}"
            raise StackError(f"{run.dag_id}에 태스크 {task_id!r}가 없습니다. {hint}")
        for each in of_task:
            if each.map_index == map_index:
                return each
        indexes = ", ".join(str(each.map_index) for each in of_task)
        raise StackError(f"{task_id}은(는) 매핑된 태스크입니다. map_index={indexes} 가운데 하나를 주세요.")

    # 그림

    def graph(self, dag_id: str, run: Run | None = None) -> None:
        """DAG의 그래프를 그립니다. run을 주면 그 실행의 상태에 따라 칠합니다."""
        self._dag(dag_id)
        tasks = self._tasks(dag_id)
        states = None
        if run is not None:
            states = {
                task.task_id: [each.raw_state for each in run.instances if each.task_id == task.task_id]
                for task in tasks
            }
        show(*pictures.draw_graph(dag_id, tasks, states))

    def gantt(self, run: Run) -> None:
        """태스크가 기다린 시간과 실행된 시간을 막대로 그립니다. 시도가 여럿이면 모두 그립니다."""
        began = datetime.fromisoformat(self.client.run(run.dag_id, run.run_id)["start_date"])
        order = {task.task_id: number for number, task in enumerate(self._tasks(run.dag_id))}
        raws = self.client.task_instances(run.dag_id, run.run_id)
        raws.sort(key=lambda each: (order.get(each["task_id"], len(order)), each["map_index"]))
        bars = []
        for raw in raws:
            tries = [raw]
            if raw["try_number"] > 1:
                tries = self.client.tries(run.dag_id, run.run_id, raw["task_id"], raw["map_index"])
                tries.sort(key=lambda each: each["try_number"])
            bars += [bar for each in tries if (bar := _bar(each, began))]
        show(*pictures.draw_gantt(f"{run.dag_id} ({run.when})", bars))

    def grid(self, dag_id: str, runs: Sequence[Run] | None = None) -> None:
        """실행과 태스크의 격자를 그립니다. 왼쪽이 오래된 실행입니다. runs를 주면 그 실행만 그립니다."""
        columns = []
        for run in self.runs(dag_id) if runs is None else runs:
            states: dict[str, list[str | None]] = {}
            for each in run.instances:
                states.setdefault(each.task_id, []).append(each.raw_state)
            columns.append(
                pictures.GridRun(run.when, run.raw_state, {k: together(v) for k, v in states.items()})
            )
        show(*pictures.draw_grid(dag_id, columns, [task.task_id for task in self._tasks(dag_id)]))

    def _tasks(self, dag_id: str) -> list[pictures.Task]:
        """그래프의 층, 이름순으로 늘어놓은 태스크."""
        return pictures.in_order(
            pictures.Task(
                each["task_id"],
                tuple(each["downstream_task_ids"]),
                each["operator_name"],
                each["trigger_rule"],
                bool(each["is_mapped"]),
            )
            for each in self.client.tasks(dag_id)
        )

    def components(self) -> None:
        """구성 요소와 지금의 상태를 그립니다. 자료로 받으려면 `lab.health()`를 씁니다."""
        show(*pictures.draw_components(self._health()))

    def health(self) -> dict[str, str]:
        """구성 요소마다의 상태: 정상, 비정상, 멈춤."""
        return {
            pictures.COMPONENTS[name]: pictures.HEALTH[state].name for name, state in self._health().items()
        }

    def stop(self, component: str) -> None:
        """구성 요소 하나를 멈춥니다: scheduler, api-server, dag-processor, triggerer"""
        stack.stop_component(component, self._stack.home)

    def start(self, component: str) -> None:
        """멈춘 구성 요소를 다시 시작하고, 건강해지기를 기다립니다."""
        stack.start_component(component, self._stack.home)

    # 메타데이터베이스

    def tables(self) -> pd.DataFrame:
        """메타데이터베이스의 표와 그 뜻."""
        import pandas as pd

        return pd.DataFrame(stack.tables(self._stack.home))

    def query(self, sql: str) -> pd.DataFrame:
        """메타데이터베이스를 읽습니다. 쓰는 문장은 거절합니다.

        Raises:
            StackError: 쓰려고 했거나 문장이 틀렸을 때.
        """
        import pandas as pd

        columns, rows = stack.query(sql, self._stack.home)
        return pd.DataFrame(rows, columns=columns)

    def _health(self) -> dict[str, str]:
        states = (stack.attach(self._stack.home) or self._stack).components()
        try:
            stack.query("select 1", self._stack.home)
            states["database"] = "healthy"
        except StackError:
            states["database"] = "unhealthy"
        return {name: states[name] for name in pictures.COMPONENTS}


def _register(lab: Airflow) -> None:
    """셀의 첫 줄에 적는 `%%write_dag 파일.py`를 노트북에 알립니다."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return

    def write_dag(line: str, cell: str) -> None:
        """셀의 글을 DAG 폴더에 씁니다."""
        names = lab.write_dag(line.strip(), cell)
        print(f"{line.strip()}: Dag 프로세서가 읽었습니다. dag_id: {', '.join(sorted(names))}")

    shell.magics_manager.register_function(write_dag, magic_kind="cell")


class _NotFound(Exception):
    """REST API가 404로 답했습니다."""


@contextlib.contextmanager
def _not_found() -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        if error.status == 404:
            raise _NotFound from error
        raise


def _bar(raw: dict[str, Any], began: datetime) -> pictures.Bar | None:
    """간트 차트의 막대. 시작하지 않은 태스크는 없습니다."""
    if not raw["start_date"]:
        return None
    start, end, queued = (
        (datetime.fromisoformat(raw[name]) - began).total_seconds() if raw[name] else None
        for name in ("start_date", "end_date", "queued_when")
    )
    assert start is not None
    if end is None:
        end = (datetime.now(UTC) - began).total_seconds()
    return pictures.Bar(read_task(raw).label, raw["state"], queued, start, max(end, start))


def _still_running(runs: Sequence[Run], timeout: float) -> str:
    waiting = [
        f"{run.dag_id} ({run.when}) {run.state}: "
        + ", ".join(f"{each.label} {each.state}" for each in run.instances if each.raw_state not in ENDED)
        for run in runs
    ]
    return f"{timeout:g}초를 기다렸지만 끝나지 않았습니다. 기다리던 것:\n" + "\n".join(waiting)


def _progress_of(run: Run) -> tuple[str, float]:
    total = len(run.instances) or 1
    done = sum(each.raw_state in ENDED for each in run.instances)
    now = ", ".join(each.label for each in run.instances if each.raw_state == "running")
    return f"{run.dag_id}: 태스크 {total}개 가운데 {done}개가 끝났습니다" + (
        f"(지금 {now})" if now else ""
    ), done / total
