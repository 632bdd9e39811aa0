"""06의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlops_lab.lesson import schedules

schedules.upcoming(None, schedules.datetime(2013, 3, 1), 1)  # Airflow를 AIRFLOW_HOME 없이 읽게 합니다.

from airflow.providers.standard.operators.empty import EmptyOperator  # noqa: E402
from airflow.sdk import DAG  # noqa: E402

HEADER = "day,flights,late\n"
NAMES = "flights weather join train drift report"


def dag(arrows: str, names: str = NAMES) -> DAG:
    with DAG("mine") as made:
        tasks = {name: EmptyOperator(task_id=name) for name in names.split()}
        for arrow in arrows.split():
            before, after = arrow.split(">")
            tasks[before] >> tasks[after]
    return made


def append(path: Path, day: str, flights: int, late: int) -> None:
    text = path.read_text() if path.exists() else HEADER
    path.write_text(f"{text}{day},{flights},{late}\n")


def overwrite(path: Path, day: str, flights: int, late: int) -> None:
    path.write_text(f"{HEADER}{day},{flights},{late}\n")


def skip(path: Path, day: str, flights: int, late: int) -> None:
    if not path.exists() or day not in path.read_text():
        append(path, day, flights, late)


def no_header(path: Path, day: str, flights: int, late: int) -> None:
    path.write_text(f"{day},{flights},{late}\n")


def elsewhere(path: Path, day: str, flights: int, late: int) -> None:
    append(path.with_name("days.csv"), day, flights, late)


def needs_a_file(path: Path, day: str, flights: int, late: int) -> None:
    path.write_text(path.read_text() + day)


writers: list[tuple[Callable[..., Any] | Any, str]] = [
    (append, "한 날이 여러 줄"),
    (overwrite, "다른 날의 줄을 먼저 읽어"),
    (skip, "건너뛰면 고친 수가"),
    (no_header, "열의 이름"),
    (elsewhere, "`path`에 쓰는지"),
    (needs_a_file, "파일이 아직 없을 때"),
    (lambda path: None, "TypeError"),
    (None, "함수의 이름"),
]

WRONG = {
    "06-1": [
        (340, "실행된 것을"),
        (24, "정확히 3시"),
        (26, "정확히 3시"),
        (30, "그날의 3시에"),
        (5, "때마다"),
        ("21", "수 하나"),
    ],
    "06-2": writers,
    "06-3": [
        (
            dag("flights>weather weather>join join>train join>drift train>report drift>report"),
            "weather이(가) flights을(를) 기다립니다",
        ),
        (
            dag("flights>join weather>join join>train train>drift drift>report"),
            "drift이(가) train을(를) 기다립니다",
        ),
        (
            dag("flights>join weather>join join>train join>drift train>report"),
            "drift을(를) 기다리지 않습니다",
        ),
        (
            dag("flights>join weather>join join>train join>drift train>report drift>report report>train"),
            "순환",
        ),
        (dag("flights>join", "flights join"), "다른 것: drift"),
        ("mine", "DAG 객체"),
    ],
}
