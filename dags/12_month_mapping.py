"""노트북 한 권을 여러 달로: partial()과 expand()."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from mlops_lab import workspace
from mlops_lab.airflow import NotebookOperator

PROJECT = workspace.project(near=__file__)
NOTEBOOK = PROJECT / "notebooks" / "pipeline" / "01_ingest.ipynb"
HOME = str(workspace.home(near=__file__))
MONTHS = ("2013-03", "2013-04", "2013-05")

DESCRIPTION = """
### 달마다 태스크 하나

노트북은 하나이고, 달은 셋입니다. `partial()`에 같은 것을, `expand()`에 달마다 다른 것을 적으면 태스크 인스턴스가
달의 수만큼 생깁니다. 한 달이 실패해도 그 달만 지우고 다시 실행할 수 있습니다.

`add_up`은 세 달의 결과를 목록으로 받습니다.
"""


@task
def add_up(results: Any) -> dict[str, int]:
    """달마다의 행 수와 그 합."""
    rows = {result["month"]: result["rows"] for result in results}
    return {**rows, "total": sum(rows.values())}


with DAG(
    "month_mapping",
    description="노트북 한 권을 세 달에 매핑해 실행합니다",
    max_active_runs=1,
    tags=["12", "노트북"],
    doc_md=DESCRIPTION,
):
    ingest = NotebookOperator.partial(
        task_id="ingest",
        notebook=NOTEBOOK,
        map_index_template="{{ task.parameters['month'] }}",
    ).expand(parameters=[{"month": month, "home": HOME} for month in MONTHS])

    add_up(ingest.output)
