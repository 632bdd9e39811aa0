"""다시 학습하는 정책 네 가지를 견주는 노트북을 태스크 하나로 실행합니다. 직접 실행할 때만 돕니다."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from mlops_lab import workspace
from mlops_lab.airflow import NotebookOperator

PROJECT = workspace.project(near=__file__)

with DAG(
    "retraining_policies",
    description="재학습 정책 네 가지를 열 달의 자료로 견줍니다",
    schedule=None,
    max_active_runs=1,
    tags=["항공편", "노트북"],
    doc_md="노트북 `08_policies`를 실행합니다. 열 달의 실제 자료로 네 가지 재학습 정책을 견줍니다.",
):
    NotebookOperator(
        task_id="policies",
        notebook=PROJECT / "notebooks" / "pipeline" / "08_policies.ipynb",
        parameters={"home": str(workspace.home(near=__file__))},
        execution_timeout=timedelta(minutes=10),
    )
