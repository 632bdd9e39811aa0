"""분기: 앞의 결과를 보고 갈 길을 고릅니다."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.sdk import DAG, Param, TriggerRule

DESCRIPTION = """
### 분기

`decide`가 돌려준 `task_id`만 실행하고, 고르지 않은 길은 **건너뜀**이 됩니다.
지연율(`late_rate`)을 바꾸어 실행하고, 그래프에서 길이 어떻게 달라지는지 봅시다.

`report`는 두 길이 다시 만나는 곳입니다. 트리거 규칙이 기본값(`all_success`)이면 건너뛴 길 때문에 `report`도
건너뜁니다. 그래서 `none_failed_min_one_success`를 씁니다.
"""


def choose(params: dict[str, Any]) -> str:
    """지연율이 0.25보다 높으면 다시 학습합니다."""
    return "retrain" if params["late_rate"] > 0.25 else "keep_model"


with DAG(
    "branching",
    description="지연율을 보고 다시 학습할지 고릅니다",
    params={"late_rate": Param(0.31, type="number", minimum=0, maximum=1, title="지연율")},
    tags=["09"],
    doc_md=DESCRIPTION,
):
    decide = BranchPythonOperator(task_id="decide", python_callable=choose)
    retrain = EmptyOperator(task_id="retrain")
    keep_model = EmptyOperator(task_id="keep_model")
    report = EmptyOperator(task_id="report", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)

    decide >> [retrain, keep_model] >> report
