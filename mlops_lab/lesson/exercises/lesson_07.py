"""07. 첫 DAG의 연습문제."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson.checking import Wrong, exercise, number, short
from mlops_lab.lesson.dag_checks import (
    expect_order,
    expect_schedule,
    expect_success,
    expect_tasks,
    read_dag,
    run_to_end,
)
from mlops_lab.lesson.runs import SEOUL

PLAN: dict[str, tuple[int, tuple[str, ...]]] = {
    "land_flights": (4, ()),
    "land_weather": (9, ()),
    "check_quality": (3, ("land_flights",)),
    "join": (5, ("check_quality", "land_weather")),
    "drift": (6, ("check_quality",)),
    "train": (12, ("join",)),
    "score": (2, ("join",)),
    "report": (1, ("train", "score", "drift")),
}
"""연습 07-1의 {태스크: (분, 업스트림)}. 업스트림은 늘 위에 있습니다."""

CARRIER_FILES = """\
import csv
import gzip
import os
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

HOME = Path(os.environ["MLOPS_LAB_HOME"])
FOLDER = HOME / "lessons" / "07" / "carriers"


def split_by_carrier():
    with gzip.open(HOME / "warehouse" / "2013-03" / "flights.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for carrier in {row["carrier"] for row in rows}:
        lines = [row["flight_id"] for row in rows if row["carrier"] == carrier]
        (FOLDER / f"{carrier}.txt").write_text("\\n".join(lines))


def count_files():
    return len(list(FOLDER.glob("*.csv")))


with DAG("carrier_files", tags=["07"]):
    empty = BashOperator(task_id="empty", bash_command=f"rm -rf '{FOLDER}'")
    split = PythonOperator(task_id="split", python_callable=split_by_carrier)
    count = PythonOperator(task_id="count", python_callabel=count_files)

    split >> empty >> count
"""
"""연습 07-3의 틀린 DAG."""


def _ends() -> dict[str, int]:
    """태스크마다, 첫 태스크가 시작한 때부터 끝날 때까지의 가장 짧은 시간."""
    ends: dict[str, int] = {}
    for name, (minutes, before) in PLAN.items():
        ends[name] = minutes + max((ends[each] for each in before), default=0)
    return ends


def _carriers() -> list[str]:
    """3월 항공편마다의 항공사. 자료가 아직 없으면 들입니다."""
    import pandas as pd

    steps.prepare("2013-03", flights.home(), "features")
    table = pd.read_csv(flights.home() / "warehouse" / "2013-03" / "flights.csv.gz", usecols=["carrier"])
    return list(table["carrier"])


@exercise("07-1")
def shortest_minutes(value: Any) -> str:
    """자리가 넉넉할 때 걸리는 가장 짧은 시간(분)."""
    seen = number(value, "걸리는 시간(분)", low=0)
    truth = max(_ends().values())
    if seen == truth:
        return "`land_weather`부터 `join`, `train`을 지나 `report`까지의 길입니다. 길 밖의 태스크는 아무리 빨라져도 끝나는 때를 바꾸지 못합니다."
    if seen == sum(minutes for minutes, _ in PLAN.values()):
        hint = "하나씩 차례로 실행하면 그렇습니다. 서로 기다리지 않는 태스크는 함께 돌 수 있습니다."
    elif seen == max(minutes for minutes, _ in PLAN.values()):
        hint = "가장 긴 태스크 하나의 시간입니다. 그 태스크도 업스트림을 기다린 다음에야 시작합니다."
    elif seen < truth:
        hint = "어떤 태스크를 업스트림보다 먼저 시작하게 하지 않았는지 봅니다. 업스트림이 둘이면 둘 다 끝나야 합니다."
    else:
        hint = "함께 돌 수 있는 둘을 차례로 더하지 않았는지 봅니다. 태스크마다 끝나는 때를 위에서부터 적어 봅니다."
    raise Wrong(saw=f"{seen:g}분", expected="자리가 넉넉할 때 걸리는 가장 짧은 시간", hint=hint)


@exercise("07-2")
def monday_report(value: Any) -> str:
    """월요일마다 3월의 항공편과 항공사를 세는 DAG."""
    dag = read_dag(value)
    expect_tasks(dag, ["begin", "count_flights", "count_carriers", "finish"])
    expect_order(
        dag,
        {
            "count_flights": ["begin"],
            "count_carriers": ["begin"],
            "finish": ["count_flights", "count_carriers"],
        },
    )
    expect_schedule(
        dag,
        "0 7 * * 1",
        start=datetime(2025, 1, 6, tzinfo=SEOUL),
        expected="매주 월요일 아침 7시(서울)",
        hint="cron 식의 다섯 칸은 분, 시, 일, 월, 요일입니다. 요일은 일요일이 0입니다.",
    )
    if dag.start_date is None or f"{dag.start_date:%F}" != "2025-01-06":
        raise Wrong(
            saw=f"시작일: {dag.start_date and f'{dag.start_date:%F %H:%M}'}(서울)",
            expected="문제에서 말한 시작일",
            hint='`start_date`에 `pendulum.datetime(연, 월, 일, tz="Asia/Seoul")`을 적습니다.',
        )
    if dag.catchup:
        raise Wrong(
            saw="캐치업이 켜져 있습니다. 이대로 켜면 시작일부터 오늘까지의 월요일이 모두 실행됩니다",
            expected="지나간 몫을 실행하지 않는 DAG",
            hint="캐치업을 정하는 인자를 봅니다.",
        )
    if dag.owners != ["analyst"]:
        raise Wrong(
            saw=f"소유자: {', '.join(dag.owners)}",
            expected="모든 태스크의 소유자가 `analyst`",
            hint="소유자는 DAG의 `default_args`에 적습니다. 적지 않으면 `airflow`입니다.",
        )
    if "07" not in dag.tags:
        raise Wrong(
            saw=f"태그: {', '.join(dag.tags) or '없음'}",
            expected="태그 `07`이 있는 DAG",
            hint="`tags`는 글의 목록입니다.",
        )
    carriers = _carriers()
    run = run_to_end(dag)
    expect_success(run)
    for task_id, truth in (("count_flights", len(carriers)), ("count_carriers", len(set(carriers)))):
        seen = _count(dag.lab, run, task_id)
        if seen == truth + 1:
            raise Wrong(
                saw=f"`{task_id}`의 값 {seen:,}",
                expected="항공편이나 항공사만 센 수",
                hint="하나가 더 많습니다. 파일의 첫 줄(열의 이름)까지 세지 않았는지 봅니다.",
            )
        if seen != truth:
            raise Wrong(
                saw=f"`{task_id}`의 값 {seen:,}",
                expected="2013년 3월의 자료를 센 수",
                hint="노트북에서 같은 파일을 pandas로 읽어 세고 견주어 봅니다.",
            )
    return f"진짜 스케줄러가 실행해 {len(carriers):,}편, {len(set(carriers))}곳이라고 셌습니다. 두 태스크는 서로 기다리지 않았습니다."


@exercise("07-3")
def carrier_files(value: Any) -> str:
    """틀린 곳이 셋인 DAG를 고친 것."""
    dag = read_dag(value)
    expect_tasks(dag, ["empty", "split", "count"])
    expect_order(
        dag,
        {"split": ["empty"], "count": ["split"]},
        hint="태스크 셋이 하는 일을 말로 적어 봅니다. 무엇을 먼저 해야 다음 것이 뜻이 있습니까?",
    )
    truth = len(set(_carriers()))
    run = run_to_end(dag)
    expect_success(run)
    seen = _count(dag.lab, run, "count")
    if seen == truth:
        return f"{truth}곳입니다. 셋 가운데 둘은 Airflow가 끝내 알려 주지 않는 잘못이었습니다."
    if seen == 0:
        hint = "모든 태스크가 성공했는데 센 것이 없습니다. `count`가 찾는 파일과 `split`이 만든 파일의 이름을 견줍니다."
    else:
        hint = "`split`이 만든 파일을 폴더에서 직접 보고, `count`가 무엇을 세는지 견줍니다."
    raise Wrong(saw=f"`count`의 값 {seen}", expected="3월에 항공편을 띄운 항공사의 수", hint=hint)


def _count(lab: Any, run: Any, task_id: str) -> int:
    """태스크가 넘긴 수. 셸 명령이 찍은 글도 수로 봅니다."""
    found = lab.client.xcom(run.dag_id, run.run_id, task_id) if _has_value(lab, run, task_id) else None
    try:
        return int(str(found).strip())
    except ValueError:
        raise Wrong(
            saw=f"`{task_id}`가 넘긴 값: {short(found)}",
            expected="센 수 하나",
            hint="파이썬 함수는 수를 `return`하고, 셸 명령은 마지막 줄에 수만 찍습니다.",
        ) from None


def _has_value(lab: Any, run: Any, task_id: str) -> bool:
    path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/xcomEntries"
    return any(entry["key"] == "return_value" for entry in lab.client.get(path)["xcom_entries"])
