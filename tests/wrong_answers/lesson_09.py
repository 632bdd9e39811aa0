"""09의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

WRONG = {
    "09-2": [
        ({"A": "deferrable", "B": "deferrable", "C": "reschedule"}, "다시 앉는 데에도"),
        ({"A": "poke", "B": "reschedule", "C": "reschedule"}, "대신 기다려 줄 것이 있습니까"),
        ({"A": "poke", "B": "deferrable", "C": "deferrable"}, "남는 것은 무엇입니까"),
        ({"A": "poke", "B": "defer", "C": "reschedule"}, "가운데 하나"),
        (["poke", "deferrable", "reschedule"], "사전"),
    ],
}

DELAYS = """\
import csv, gzip, os
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import dag, task

def read(path):
    with gzip.open(path, "rt") as file:
        return [float(row["arr_delay"]) for row in csv.DictReader(file)]

@task
def find_file():
    return os.environ["MLOPS_LAB_HOME"] + "/warehouse/2013-03/labels.csv.gz"

@task
def late_rate(path):
    delays = read(path)
    return sum(delay > 15 for delay in delays) / len(delays)

@task
def worst(path):
    return max(read(path))

@task
def report(rate, minutes):
    return {"late_rate": rate, "worst": minutes}

@dag
def march_delays():
    path = find_file()
    report(late_rate(path), worst(path))

march_delays()
"""
ACTION = """\
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag, task

MEETING = "none_failed_min_one_success"

@task.branch
def decide(params=None):
    if params["late_rate"] > 0.3:
        return "call_people"
    return "retrain" if params["late_rate"] > 0.2 else "keep_model"

@dag(params={"late_rate": 0.2})
def choose_action():
    call_people, retrain, keep_model = (
        EmptyOperator(task_id=name) for name in ("call_people", "retrain", "keep_model")
    )
    write_note = EmptyOperator(task_id="write_note", trigger_rule=MEETING)
    report = EmptyOperator(task_id="report", trigger_rule=MEETING)
    decide() >> [call_people, retrain, keep_model]
    [call_people, retrain] >> write_note
    [write_note, keep_model] >> report

choose_action()
"""


def changed(source: str, old: str, new: str) -> str:
    assert old in source
    return source.replace(old, new)


WHOLE = changed(
    changed(
        DELAYS, 'return os.environ["MLOPS_LAB_HOME"] + "/', 'return read(os.environ["MLOPS_LAB_HOME"] + "/'
    ),
    'labels.csv.gz"',
    'labels.csv.gz")',
)

WRONG_DAGS = {
    "09-1": [
        (changed(changed(WHOLE, "= read(path)", "= path"), "max(read(path))", "max(path)"), "경로를 글로"),
        (changed(DELAYS, "/ len(delays)", "/ len(delays) * 100"), "퍼센트가 아닙니다"),
        (changed(DELAYS, "max(read(path))", "max(str(int(d)) for d in read(path))"), "수로 바꾼 다음"),
        (changed(DELAYS, "delay > 15", "delay > 0"), "15분 넘게"),
        (changed(DELAYS, "return {", "return [rate, minutes]  # {"), "사전 하나로"),
        (
            changed(
                DELAYS, "report(late_rate(path), worst(path))", "report(late_rate(path), 850); worst(path)"
            ),
            "기다리지 않습니다",
        ),
        (changed(DELAYS, "/labels", "/label"), "실패했습니다"),
    ],
    "09-3": [
        (changed(ACTION, '"report", trigger_rule=MEETING', '"report"'), "`report`의 상태"),
        (changed(ACTION, '"write_note", trigger_rule=MEETING', '"write_note"'), "`write_note`의 상태"),
        (
            changed(ACTION, '"write_note", trigger_rule=MEETING', '"write_note", trigger_rule="all_done"'),
            "건너뛰는 것",
        ),
        (changed(ACTION, "> 0.3", ">= 0.3"), "경계의 값"),
        (changed(ACTION, "> 0.2 ", ">= 0.2 "), "경계의 값"),
        (changed(ACTION, '"late_rate": 0.2}', '"late_rate": 0.25}'), "기본값"),
        (
            changed(
                ACTION, "[write_note, keep_model] >> report", "[call_people, retrain, keep_model] >> report"
            ),
            "맨 마지막",
        ),
        (changed(ACTION, 'return "call_people"', 'return "call_person"'), "`decide` 태스크가 실패"),
    ],
}
