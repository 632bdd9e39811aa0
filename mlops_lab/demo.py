"""`make demo`: 항공편 지연 파이프라인을 진짜 Airflow에서 달마다 실행하고, 무엇을 결정했는지 보여 줍니다.

    python -m mlops_lab.demo [--months 2013-03..2013-12]

배우는 사람의 작업 폴더는 건드리지 않습니다. `workspace/demo`에서 따로 실행하고, 지난번 것은 `workspace/demo.previous`로
옮깁니다. 끝나거나 멈추면 시작한 프로세스를 모두 끝냅니다.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mlops_lab import workspace
from mlops_lab._files import write_atomic
from mlops_lab._signals import ignore_stop, on_stop
from mlops_lab.airflow.states import ENDED, label
from mlops_lab.flights.errors import BadMonth
from mlops_lab.flights.months import MONITORED, read_months
from mlops_lab.flights.outcome import DECISIONS, MonthRow, Score, read_month
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.runner import run_path
from mlops_lab.stack import ApiError, Client, Stack, StackError, clear_stale, start, stop

DAG_ID = "flight_delay"
SEOUL = ZoneInfo("Asia/Seoul")
MONTHS = f"{MONITORED[0]}..{MONITORED[-1]}"
REPORT = "report"
NOT_FOUND = 404
_LOG_LINES = 20

EXIT_FAILED = 1
EXIT_WRONG_REQUEST = 2


@dataclass(frozen=True)
class Failure:
    """실패한 태스크와, 왜인지 볼 수 있는 곳입니다."""

    month: str
    task: str
    notebook: str
    log_tail: str


class _Interrupted(BaseException):
    """Ctrl-C나 SIGTERM을 받았습니다."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_demo(
    months: Sequence[str],
    home: Path,
    dags: Path,
    console: Console,
    dag_id: str = DAG_ID,
) -> tuple[list[MonthRow], list[Failure]]:
    """Airflow를 시작해 months를 백필하고, 월별 결과와 실패한 태스크를 돌려줍니다. 끝나면 Airflow를 멈춥니다."""
    began = time.monotonic()
    console.print(f"Airflow를 시작합니다. 작업 폴더: {_relative(home)}")
    with start(home, dags, runs=home / "runs", say=console.print, **AIRFLOW) as stack:
        client = stack.client
        console.print(f"Airflow가 준비되었습니다({time.monotonic() - began:.0f}초). 화면: {stack.url}")
        console.print(
            f"로그인: 사용자 {stack.username}, 암호는 {_relative(stack.place.passwords)}에 있습니다."
        )
        client.wait_for_dag(dag_id)
        client.backfill(dag_id, _start_of(months[0]), _start_of(months[-1]))
        client.unpause(dag_id)
        console.print(f"백필을 시작합니다: {months[0]}부터 {months[-1]}까지 {len(months)}달")
        with _progress(console) as (report, advance):
            _follow(stack, dag_id, len(months), report, advance)
        runs = client.runs(dag_id, run_type="backfill")
        rows = [_month_row(client, dag_id, run) for run in runs]
        failures = [failure for run in runs for failure in _failures(client, dag_id, run, stack.place.runs)]
    return rows, failures


def _follow(
    stack: Stack,
    dag_id: str,
    expected: int,
    report: Callable[[str], None],
    advance: Callable[[int, int], None],
) -> None:
    """모든 실행이 끝날 때까지, 끝나는 태스크를 한 번씩 알립니다."""
    seen: set[str] = set()
    while True:
        stack.check()
        runs = {run["dag_run_id"]: run for run in stack.client.runs(dag_id, run_type="backfill")}
        tasks = [task for task in stack.client.task_instances(dag_id) if task["dag_run_id"] in runs]
        finished = [task for task in tasks if task["state"] in ENDED]
        for task in sorted(finished, key=lambda task: task["end_date"] or ""):
            if task["id"] not in seen:
                seen.add(task["id"])
                report(_task_line(task, _month_of(runs[task["dag_run_id"]])))
        advance(len(finished), len(tasks))
        if len(runs) >= expected and all(run["state"] in ("success", "failed") for run in runs.values()):
            return
        time.sleep(1)


def _task_line(task: dict[str, Any], month: str) -> str:
    name = task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")
    seconds = f"{task['duration']:.1f}초" if task["duration"] and task["state"] != "skipped" else ""
    return f"{month}  {name:<24} {label(task['state'])}  {seconds}".rstrip()


@contextmanager
def _progress(console: Console) -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """(한 줄 알리기, 진행 막대 옮기기). 터미널이 아니면 막대 없이 줄만 씁니다."""
    if not console.is_terminal:
        yield lambda line: console.print(line, highlight=False, markup=False), lambda done, total: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("태스크"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        job = bar.add_task("백필")
        yield (
            lambda line: bar.console.print(line, highlight=False, markup=False),
            lambda done, total: bar.update(job, completed=done, total=total),
        )


def _month_of(run: dict[str, Any]) -> str:
    return datetime.fromisoformat(run["data_interval_start"]).astimezone(SEOUL).strftime("%Y-%m")


def _start_of(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=SEOUL)


def _month_row(client: Client, dag_id: str, run: dict[str, Any]) -> MonthRow:
    """한 달의 값을 보고서 노트북이 넘긴 결과(XCom)에서 읽습니다. 보고서까지 가지 못한 달은 값이 없습니다."""
    try:
        reported = client.xcom(dag_id, run["dag_run_id"], REPORT)
    except ApiError as error:
        if error.status != NOT_FOUND:
            raise
        reported = {}
    return read_month(_month_of(run), run["state"], reported, _seconds(run))


def _seconds(run: dict[str, Any]) -> float:
    if not (run["start_date"] and run["end_date"]):
        return 0.0
    return (
        datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
    ).total_seconds()


def _failures(client: Client, dag_id: str, run: dict[str, Any], runs: Path) -> list[Failure]:
    found = []
    for task in client.task_instances(dag_id, run["dag_run_id"], state="failed"):
        tries, index = max(task["try_number"], 1), task["map_index"]
        path = run_path(runs, dag_id, run["dag_run_id"], task["task_id"], try_number=tries, map_index=index)
        try:
            log = client.log(dag_id, run["dag_run_id"], task["task_id"], tries, index)
        except ApiError as error:
            log = str(error)
        lines = [line for line in log.splitlines() if not line.startswith("::")]
        tail = "\n".join(lines[-_LOG_LINES:])
        notebook = _relative(path) if path.exists() else "(남은 노트북이 없습니다)"
        found.append(Failure(_month_of(run), task["task_id"], notebook, tail))
    if run["state"] != "success" and not found:
        found.append(Failure(_month_of(run), "(DAG 실행)", "(없음)", f"DAG 실행의 상태: {run['state']}"))
    return found


def show(rows: Sequence[MonthRow], console: Console) -> None:
    """월별 결과를 표로 보여 줍니다."""
    from mlops_lab.drift import VERDICT_LABELS

    # 80칸 터미널에 들어가야 하므로 AUC와 Brier를 한 칸에 적습니다.
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("월\n", no_wrap=True)
    for name in ("행 수\n", "지연율\n"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("드리프트\n판정", no_wrap=True)
    for name in ("챔피언\nAUC  Brier", "챌린저\nAUC  Brier"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("결정\n", no_wrap=True)
    table.add_column("초\n", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.month,
            "-" if row.rows is None else f"{row.rows:,}",
            "-" if row.late_rate is None else f"{row.late_rate:.3f}",
            VERDICT_LABELS.get(row.drift or "", row.drift or "-"),
            _score(row.champion),
            _score(row.challenger),
            DECISIONS.get(row.decision or "", row.decision or "-"),
            f"{row.seconds:.0f}",
        )
    console.print(table)


def _score(score: Score | None) -> str:
    return "-" if score is None else f"{score.auc:.3f} {score.brier:.4f}"


def write_summary(path: Path, rows: Sequence[MonthRow], failures: Sequence[Failure], seconds: float) -> None:
    """결과를 JSON으로 남깁니다."""
    body = {
        "status": "failed" if failures else "success",
        "seconds": round(seconds, 1),
        "months": [asdict(row) for row in rows],
        "failures": [asdict(failure) for failure in failures],
    }
    write_atomic(path, json.dumps(body, ensure_ascii=False, indent=2) + "\n")


def set_aside(home: Path) -> None:
    """지난번 demo를 demo.previous로 옮깁니다. 그 전에 남은 Airflow가 있으면 멈춥니다.

    Raises:
        StackBusyError: 다른 demo가 지금 돌고 있을 때.
    """
    if not home.exists():
        return
    clear_stale(home)
    previous = home.with_name(f"{home.name}.previous")
    if previous.exists():
        shutil.rmtree(previous)
    home.rename(previous)


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _interrupt(number: int, _: FrameType | None) -> None:
    ignore_stop()
    raise _Interrupted(number)


def main(arguments: Sequence[str] | None = None) -> int:
    """명령줄 입구입니다. 0 성공, 1 실패한 태스크가 있음, 2 요청이 잘못됨, 128+n 신호로 멈춤."""
    parser = argparse.ArgumentParser(
        prog="python -m mlops_lab.demo", description="항공편 지연 파이프라인 시연"
    )
    parser.add_argument("--months", default=MONTHS, help=f"백필할 달 (기본 {MONTHS})")
    parser.add_argument("--home", type=Path, default=None, help="작업 폴더 (기본 workspace/demo)")
    parser.add_argument("--dags", type=Path, default=None, help="DAG 폴더 (기본 프로젝트의 dags)")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 100, soft_wrap=True, highlight=False)
    try:
        months = read_months(options.months)
        dags = options.dags or workspace.require_project() / "dags"
    except (BadMonth, workspace.ProjectNotFoundError) as error:
        console.print(str(error), style="red", markup=False)
        return EXIT_WRONG_REQUEST
    home = workspace.home(options.home or workspace.home() / "demo")
    on_stop(_interrupt)
    began = time.monotonic()
    try:
        set_aside(home)
        rows, failures = run_demo(months, home, dags, console)
    except _Interrupted as interrupted:
        console.print("멈춥니다. 시작한 프로세스를 모두 끝냈습니다.")
        return 128 + interrupted.number
    except StackError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return EXIT_FAILED
    finally:
        stop(home, only_mine=True)
    write_summary(home / "summary.json", rows, failures, time.monotonic() - began)
    show(rows, console)
    for failure in failures:
        console.print(f"\n실패: {failure.month} {failure.task}", style="red", markup=False)
        console.print(
            f"노트북: {failure.notebook}\n로그의 끝:\n{failure.log_tail}", markup=False, highlight=False
        )
    _say_where(home, console)
    console.print(f"모두 {time.monotonic() - began:.0f}초 걸렸습니다.")
    return EXIT_FAILED if failures else 0


def _say_where(home: Path, console: Console) -> None:
    reports = sorted((home / "runs" / DAG_ID).glob(f"*/{REPORT}/try-*.html"))
    if reports:
        console.print(f"보고서: {_relative(reports[-1])}", soft_wrap=True)
    console.print(f"실행한 노트북: {_relative(home / 'runs' / DAG_ID)}", soft_wrap=True)
    console.print(f"요약: {_relative(home / 'summary.json')}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
