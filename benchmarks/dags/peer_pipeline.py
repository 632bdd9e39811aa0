"""dags/13_flight_delay_pipeline.py와 같은 노트북, 같은 순서를 공식 PapermillOperator로 실행합니다.

공식 오퍼레이터는 결과를 넘기지 않으므로, 갈림길은 노트북이 남긴 파일을 읽습니다.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, TriggerRule, task

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks" / "pipeline"
OUTPUTS = Path(os.environ["BENCH_OUTPUTS"])
HOME = os.environ["MLOPS_LAB_HOME"]
SEOUL = "Asia/Seoul"
MONTH = "{{ data_interval_start.in_timezone('Asia/Seoul').strftime('%Y-%m') }}"


def notebook(task_id: str, file: str, *, month: bool = True, **kwargs: str) -> PapermillOperator:
    """이 달을 매개변수로 받는 노트북 태스크."""
    parameters = {"home": HOME} | ({"month": MONTH} if month else {})
    return PapermillOperator(
        task_id=task_id,
        input_nb=str(NOTEBOOKS / file),
        output_nb=str(OUTPUTS / f"{MONTH}-{task_id}.ipynb"),
        parameters=parameters,
        **kwargs,
    )


def deliver(what: str) -> BashOperator:
    """배치를 배달합니다."""
    return BashOperator(
        task_id=f"deliver_{what}",
        bash_command=f'"$PYTHON" -m mlops_lab.flights deliver {MONTH} {what}',
        env={"PYTHON": sys.executable, "MLOPS_LAB_HOME": HOME, "PYTHONUTF8": "1"},
        append_env=True,
    )


@task.sensor(mode="reschedule", poke_interval=30)
def wait_for(kinds: list[str], month: str) -> bool:
    """그 달의 파일이 올 때까지 기다립니다."""
    return all((Path(HOME) / "landing" / f"{kind}-{month}.csv.gz").is_file() for kind in kinds)


@task.branch
def decide(month: str) -> str:
    """드리프트나 성능 저하가 있으면 후보를 학습합니다."""
    folder = Path(HOME) / "warehouse" / month
    drift, performance = (
        json.loads((folder / f"{n}.json").read_text("utf-8")) for n in ("drift", "performance")
    )
    return "train_candidate" if drift["verdict"] == "drift" or performance["declined"] else "keep_champion"


with DAG(
    "official_flight_delay",
    schedule=CronDataIntervalTimetable("0 0 1 * *", timezone=SEOUL),
    start_date=pendulum.datetime(2013, 3, 1, tz=SEOUL),
    end_date=pendulum.datetime(2013, 12, 1, tz=SEOUL),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
):
    bootstrap = notebook("bootstrap", "00_bootstrap.ipynb", month=False)
    ingest = notebook("ingest", "01_ingest.ipynb")
    drift = notebook("drift", "02_drift.ipynb")
    score = notebook("score", "03_score.ipynb")
    performance = notebook("performance", "04_performance.ipynb")
    train_candidate = notebook("train_candidate", "05_train_candidate.ipynb")
    compare = notebook("compare_promote", "06_compare_promote.ipynb")
    keep_champion = EmptyOperator(task_id="keep_champion")
    report = notebook("report", "07_report.ipynb", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    features_arrived = wait_for.override(task_id="wait_for_features")(["flights", "weather"], MONTH)
    labels_arrived = wait_for.override(task_id="wait_for_labels")(["labels"], MONTH)
    decision = decide(MONTH)

    deliver("features") >> features_arrived >> ingest >> [drift, score]
    bootstrap >> [drift, score]
    score >> deliver("labels") >> labels_arrived >> performance
    [drift, performance] >> decision >> [train_candidate, keep_champion]
    train_candidate >> compare >> report
    keep_champion >> report
