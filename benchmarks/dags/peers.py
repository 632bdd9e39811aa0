"""같은 노트북을 공식 PapermillOperator와, `@task` 안의 papermill로 실행하는 견줌용 DAG."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.sdk import DAG, task

NOTEBOOKS = Path(os.environ["BENCH_NOTEBOOKS"])
OUTPUTS = Path(os.environ["BENCH_OUTPUTS"])


def official(name: str, task_id: str = "measured", **kwargs: Any) -> PapermillOperator:
    """공식 오퍼레이터로 실행하는 노트북 태스크."""
    return PapermillOperator(
        task_id=task_id,
        input_nb=str(NOTEBOOKS / f"{name}.ipynb"),
        output_nb=str(OUTPUTS / f"{name}-{task_id}.ipynb"),
        **kwargs,
    )


for name in ("three_cells", "sklearn"):
    with DAG(f"official_{name}"):
        official(name, parameters={"n": 2})

    with DAG(f"papermill_{name}"):

        @task
        def measured(name: str) -> None:
            """Papermill을 파이썬 태스크에서 그대로 부릅니다."""
            import papermill

            papermill.execute_notebook(
                str(NOTEBOOKS / f"{name}.ipynb"),
                str(OUTPUTS / f"{name}-task.ipynb"),
                parameters={"n": 2},
                progress_bar=False,
            )

        measured(name)

with DAG("official_four"):
    for number in range(4):
        official("four", f"measured_{number}", parameters={"n": 2})
