"""`NotebookOperator`를 진짜 스케줄러에서 시험하는 DAG들. 노트북은 conftest가 곁에 만들어 둡니다."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset

from mlops_lab.airflow import NotebookOperator

model = Asset(name="model", uri="x-mlops-lab://model")

with DAG("chain"):
    train = NotebookOperator(
        task_id="train",
        notebook="notebooks/train.ipynb",
        parameters={"year": "{{ 2012 + 1 }}", "api_token": "sk-never-show-this"},
        env={"FOR_KERNEL": "{{ dag.dag_id }}", "WAREHOUSE_PASSWORD": "pw-never-show-this"},
        outlets=[model],
    )
    report = NotebookOperator(
        task_id="report",
        notebook="notebooks/{{ 'report' }}.ipynb",
        parameters={
            "auc": "{{ ti.xcom_pull('train')['auc'] }}",
            "rows": "{{ ti.xcom_pull('train')['rows'] }}",
            "drifted": "{{ ti.xcom_pull('train')['drifted'] }}",
            "columns": ["{{ ti.xcom_pull('train')['rows'] }}", "끝"],
        },
    )
    months = NotebookOperator.partial(task_id="month", notebook="notebooks/month.ipynb").expand(
        parameters=[{"month": month} for month in (3, 4, 5)]
    )
    train >> [report, months]

with DAG("typo"):
    NotebookOperator(
        task_id="nb",
        notebook="notebooks/train.ipynb",
        parameters={"yaer": 2013},
        retries=3,
        retry_delay=timedelta(0),
    )

with DAG("broken"):
    NotebookOperator(task_id="nb", notebook="notebooks/broken.ipynb")

with DAG("killed"):
    NotebookOperator(
        task_id="nb",
        notebook="notebooks/killed.ipynb",
        parameters={"try_number": "{{ ti.try_number }}"},
        retries=1,
        retry_delay=timedelta(0),
    )

with DAG("late"):
    NotebookOperator(
        task_id="nb",
        notebook="notebooks/sleep.ipynb",
        parameters={"name": "late"},
        execution_timeout=timedelta(seconds=30),
    )

with DAG("stopped"):
    NotebookOperator(task_id="nb", notebook="notebooks/sleep.ipynb", parameters={"name": "stopped"})
