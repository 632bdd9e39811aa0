"""노트북 한 권을 태스크로: 우리 오퍼레이터와, 설치되어 있으면 공식 오퍼레이터."""

from __future__ import annotations

from importlib.util import find_spec

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseOperator

from mlops_lab import workspace
from mlops_lab.airflow import NotebookOperator

PROJECT = workspace.project(near=__file__)
NOTEBOOK = PROJECT / "notebooks" / "pipeline" / "01_ingest.ipynb"
HOME = workspace.home(near=__file__)
PARAMETERS = {"month": "2013-03", "home": str(HOME)}

DESCRIPTION = """
### 노트북을 태스크로

노트북 `01_ingest`에 달(`month`)을 매개변수로 넣어 실행합니다.

| | `ours` | `official` |
|---|---|---|
| 오퍼레이터 | `NotebookOperator` | `PapermillOperator` |
| 이름이 틀린 매개변수 | 실행하기 전에 실패합니다 | 경고만 하고 기본값으로 실행합니다 |
| XCom | `record`로 넘긴 결과 | 결과 파일의 경로 |
| 결과를 보는 곳 | 태스크의 "노트북 보기" 링크 | 결과 파일을 찾아서 엽니다 |

`official`은 공식 프로바이더(`apache-airflow-providers-papermill`)가 설치된 환경에서만 나타납니다.
"""


def official() -> BaseOperator:
    """공식 오퍼레이터의 태스크. 불러오는 데만 몇 초가 걸려, 설치되어 있을 때 여기에서 불러옵니다."""
    from airflow.providers.papermill.operators.papermill import PapermillOperator

    return PapermillOperator(
        task_id="official",
        input_nb=str(NOTEBOOK),
        output_nb=str(HOME / "lessons" / "notebook_task" / "official.ipynb"),
        parameters=PARAMETERS,
        kernel_name="python3",
        language_name="python",
    )


with DAG(
    "notebook_task",
    description="노트북 한 권에 매개변수를 넣어 태스크로 실행합니다",
    max_active_runs=1,
    tags=["12", "노트북"],
    doc_md=DESCRIPTION,
):
    ours = NotebookOperator(task_id="ours", notebook=NOTEBOOK, parameters=PARAMETERS)

    if find_spec("airflow.providers.papermill"):
        # 공식 오퍼레이터는 결과를 둘 폴더를 만들지 않습니다.
        make_folder = BashOperator(
            task_id="make_folder",
            bash_command='mkdir -p "$FOLDER"',
            env={"FOLDER": str(HOME / "lessons" / "notebook_task")},
            append_env=True,
        )
        ours >> make_folder >> official()
