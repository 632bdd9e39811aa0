"""데드라인: 실패하지는 않았지만 늦은 실행을 알립니다."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, DeadlineAlert, DeadlineReference, SyncCallback

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
ALERTS = HOME / "lessons" / "deadline" / "alerts.txt"

DESCRIPTION = """
### 데드라인

대기열에 등록된 뒤 5초 안에 끝나야 하는데, 태스크가 15초 걸립니다. Dag 실행은 **성공**하지만 데드라인은 **초과**입니다.
스케줄러가 그 순간에 콜백을 부르고, 실행은 멈추지 않습니다. 늦었다는 것과 실패했다는 것은 다릅니다.

콜백은 작업 폴더의 `lessons/deadline/alerts.txt`에 한 줄을 적습니다. Airflow 2의 SLA를 대신하는 기능입니다.
"""


def tell_late(context: Any) -> None:
    """늦은 실행을 한 줄 적습니다."""
    run = context["dag_run"]
    ALERTS.parent.mkdir(parents=True, exist_ok=True)
    with ALERTS.open("a", encoding="utf-8") as file:
        file.write(f"데드라인 초과: {run['dag_id']} {run['dag_run_id']}\n")


with DAG(
    "deadline",
    description="5초 안에 끝나야 하는데 15초 걸립니다",
    max_active_runs=1,
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=5),
        callback=SyncCallback(tell_late),
    ),
    tags=["14"],
    doc_md=DESCRIPTION,
):
    BashOperator(task_id="slow", bash_command="sleep 15")
