"""첫 DAG: DAG 객체, 태스크, 순서, 화면. 네 단계로 만듭니다."""

from __future__ import annotations

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

DESCRIPTION = """
### 첫 DAG

1. **DAG 객체**를 만듭니다. 이름, 스케줄, 시작일, 소유자를 적습니다.
2. **태스크**를 만듭니다. 할 일에 맞는 오퍼레이터를 고르고 `task_id`를 붙입니다.
3. **순서**를 정합니다.
4. **화면**에서 켜고, Dag 실행을 봅니다.

켜면 곧바로 한 번 실행됩니다. 오늘 0시의 몫입니다. 캐치업이 꺼져 있으므로 지난날의 몫은 실행하지 않습니다.
"""

# 1단계: DAG를 대표하는 객체
with DAG(
    "first_dag",
    description="네 단계로 만드는 첫 DAG입니다",
    schedule="@daily",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Seoul"),
    catchup=False,
    default_args={"owner": "mlops-lab"},
    tags=["07"],
    doc_md=DESCRIPTION,
):
    # 2단계: 태스크
    prepare = BashOperator(task_id="prepare", bash_command="echo '자료를 준비합니다.'")
    train = BashOperator(task_id="train", bash_command="echo '모델을 학습합니다.'")
    report = BashOperator(task_id="report", bash_command="echo '결과를 알립니다.'")

    # 3단계: 순서
    prepare >> train >> report

# 4단계는 화면에서 합니다.
