"""항공편 지연 파이프라인: 한 달의 배치가 올 때마다 노트북을 차례로 실행합니다."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param, TriggerRule, task

from mlops_lab import workspace
from mlops_lab.airflow import NotebookOperator

PROJECT = workspace.project(near=__file__)
NOTEBOOKS = PROJECT / "notebooks" / "pipeline"
HOME = str(workspace.home(near=__file__))
SEOUL = "Asia/Seoul"

# 템플릿의 시각은 UTC입니다. 서울의 3월 1일 0시는 UTC로 2월 28일 15시이므로, 서울의 시각으로 바꾸어 달을 읽습니다.
MONTH = "{{ params.month or data_interval_start.in_timezone('Asia/Seoul').strftime('%Y-%m') }}"

DESCRIPTION = """
### 항공편 지연 파이프라인

뉴욕을 떠난 항공편이 15분 넘게 늦게 도착할지 예측하는 모델을 한 달에 한 번 돌봅니다.

1. 그 달의 항공편과 날씨가 `landing/`에 오기를 기다려(센서) **품질 검사**를 거쳐 들입니다.
2. **드리프트**를 판정하고, 챔피언이 **예측**합니다. 정답은 아직 없습니다.
3. 정답이 오기를 기다려(센서) **성능**을 잽니다.
4. 운항 계획이 달라졌거나 성능이 떨어졌으면 **후보**를 학습해 챔피언과 겨룹니다. 아니면 건너뜁니다.
5. 어느 쪽이든 **보고서**를 씁니다.

데이터 구간은 **Asia/Seoul의 한 달**입니다. 백필하면 3월부터 12월까지 차례로 돕니다.
같은 달을 다시 실행해도 결과가 같습니다.

| 매개변수 | 뜻 |
|---|---|
| `deliver` | 켜 두면 배치를 대신 배달합니다. 끄면 사람이 파일을 가져다 놓을 때까지 센서가 기다립니다. |
| `month` | 직접 실행할 때 쓸 달(예: `2013-03`). 비우면 데이터 구간의 달입니다. |
"""


def notebook(task_id: str, file: str, **kwargs: Any) -> NotebookOperator:
    """이 달을 매개변수로 받는 노트북 태스크."""
    parameters = {"month": MONTH, "home": HOME}
    return NotebookOperator(task_id=task_id, notebook=NOTEBOOKS / file, parameters=parameters, **kwargs)


def deliver(what: str) -> BashOperator:
    """세상이 배치를 보내 주는 일을 흉내 냅니다. 이미 온 파일은 건드리지 않습니다."""
    command = f'"$PYTHON" -m mlops_lab.flights deliver {MONTH} {what}'
    return BashOperator(
        task_id=f"deliver_{what}",
        bash_command="{% if params.deliver %}" + command + "{% else %}echo '사람이 배달합니다.'{% endif %}",
        env={"PYTHON": sys.executable, "MLOPS_LAB_HOME": HOME, "PYTHONUTF8": "1"},
        append_env=True,
    )


@task.sensor(mode="reschedule", poke_interval=30, timeout=timedelta(days=1).total_seconds())
def wait_for(kinds: list[str], month: str) -> bool:
    """그 달의 파일이 모두 landing에 올 때까지 기다립니다. 기다리는 동안 자리를 차지하지 않습니다."""
    missing = [
        name for kind in kinds if not (Path(HOME) / "landing" / (name := f"{kind}-{month}.csv.gz")).is_file()
    ]
    if missing:
        logging.getLogger(__name__).info("기다립니다: %s", ", ".join(missing))
    return not missing


@task.branch
def decide(drift: dict[str, Any], performance: dict[str, Any]) -> str:
    """운항 계획의 드리프트나 성능 저하가 있으면 후보를 학습합니다."""
    needed = drift["drift"] == "drift" or performance["declined"]
    return "train_candidate" if needed else "keep_champion"


with DAG(
    "flight_delay",
    description="항공편 지연 모델을 한 달에 한 번 돌봅니다",
    schedule=CronDataIntervalTimetable("0 0 1 * *", timezone=SEOUL),
    start_date=pendulum.datetime(2013, 3, 1, tz=SEOUL),
    end_date=pendulum.datetime(2013, 12, 1, tz=SEOUL),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
    params={
        "deliver": Param(True, type="boolean", title="배치를 대신 배달하기"),
        "month": Param(None, type=["null", "string"], pattern=r"^\d{4}-\d{2}$", title="달"),
    },
    tags=["항공편", "노트북"],
    doc_md=DESCRIPTION,
):
    bootstrap = NotebookOperator(
        task_id="bootstrap", notebook=NOTEBOOKS / "00_bootstrap.ipynb", parameters={"home": HOME}
    )
    ingest = notebook("ingest", "01_ingest.ipynb")
    drift = notebook("drift", "02_drift.ipynb")
    score = notebook(
        "score",
        "03_score.ipynb",
        outlets=[Asset("flight_delay_predictions", "x-mlops-lab://flight-delay/predictions")],
    )
    performance = notebook("performance", "04_performance.ipynb")
    train_candidate = notebook("train_candidate", "05_train_candidate.ipynb")
    compare = notebook(
        "compare_promote",
        "06_compare_promote.ipynb",
        outlets=[Asset("flight_delay_champion", "x-mlops-lab://flight-delay/champion")],
    )
    keep_champion = EmptyOperator(task_id="keep_champion")
    report = notebook(
        "report",
        "07_report.ipynb",
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        outlets=[Asset("flight_delay_report", "x-mlops-lab://flight-delay/report")],
    )
    features_arrived = wait_for.override(task_id="wait_for_features")(["flights", "weather"], MONTH)
    labels_arrived = wait_for.override(task_id="wait_for_labels")(["labels"], MONTH)
    decision = decide(drift.output, performance.output)

    deliver("features") >> features_arrived >> ingest >> [drift, score]
    bootstrap >> [drift, score]
    score >> deliver("labels") >> labels_arrived >> performance
    decision >> [train_candidate, keep_champion]
    train_candidate >> compare >> report
    keep_champion >> report
