"""14의 틀린 답: {문제: [(답이나 DAG 파일, 들어야 하는 말), ...]}."""

from __future__ import annotations

_RIGHT = {"A": True, "B": False, "C": True, "D": False, "E": True, "F": False, "G": False}

WRONG = {
    "14-1": [
        (dict.fromkeys("ABCDEFG", True), "B: 없는 열"),
        (dict.fromkeys("ABCDEFG", False), "A: 바깥"),
        ({**_RIGHT, "D": True}, "사람이 새로"),
        ({**_RIGHT, "E": False}, "메모리가 모자랄까요"),
        ({**_RIGHT, "G": True}, "비워 줍니까"),
        ({**_RIGHT, "A": "True"}, "따옴표 없이"),
        (["A", "C", "E"], "사전"),
    ],
    "14-3": [
        (["fetch_weather"], "1개가 빠졌습니다"),
        (["notify"], "시작한 적이 없어"),
        (["fetch_weather", "performance", "join_weather"], "시작한 적이 없어"),
        (["fetch_weather", "performance", "clean_up"], "빨간 태스크만"),
        ("fetch_weather", "대괄호"),
        (["weather"], "글자를 하나씩"),
    ],
}

_APPEND = """
import os
from pathlib import Path
from airflow.sdk import dag, task

def count_flights(month):
    import gzip
    from mlops_lab import flights
    with gzip.open(Path(flights.__file__).parent / "data" / f"flights-{month}.csv.gz", "rt") as lines:
        return sum(1 for _ in lines) - 1

@dag(params={"month": "2013-03"})
def safe_ledger():
    @task
    def write(params=None):
        ledger = Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "safe_ledger" / "ledger.csv"
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with ledger.open("a") as file:
            file.write(f"{params['month']},{count_flights(params['month'])}\\n")
    write()

safe_ledger()
"""

WRONG_DAGS = {
    "14-2": [
        (_APPEND, "3월을 다시 실행한 뒤 3줄"),
        (_APPEND.replace('"a"', '"w"'), "다른 달의 줄을"),
        (_APPEND.replace("ledger.csv", "ledger.txt"), "없음"),
    ]
}
