"""시연의 실패와 중단을 시험하는 DAG입니다. 환경 변수 FAULT가 노트북이 할 일을 정합니다(ok, fail, sleep)."""

import os

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from mlops_lab.airflow import NotebookOperator

SEOUL = "Asia/Seoul"

with DAG(
    dag_id="flight_delay",
    schedule=CronDataIntervalTimetable("0 0 1 * *", timezone=SEOUL),
    start_date=pendulum.datetime(2013, 1, 1, tz=SEOUL),
    end_date=pendulum.datetime(2013, 12, 1, tz=SEOUL),
    catchup=False,
):
    first = NotebookOperator(
        task_id="first", notebook="faulty.ipynb", parameters={"fault": os.environ.get("FAULT", "ok")}
    )
    first >> NotebookOperator(task_id="report", notebook="faulty.ipynb")
