"""우리 오퍼레이터로 실행하는 견줌용 DAG와, 견줄 기준이 되는 빈 태스크."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG, task

from mlops_lab.airflow import NotebookOperator

NOTEBOOKS = Path(os.environ["BENCH_NOTEBOOKS"])

for name in ("three_cells", "sklearn"):
    with DAG(f"ours_{name}"):
        NotebookOperator(task_id="measured", notebook=NOTEBOOKS / f"{name}.ipynb", parameters={"n": 2})

with DAG("ours_four"):
    for number in range(4):
        NotebookOperator(task_id=f"measured_{number}", notebook=NOTEBOOKS / "four.ipynb", parameters={"n": 2})

with DAG("empty"):

    @task
    def measured() -> None:
        """아무 일도 하지 않습니다."""

    measured()
