"""캐치업: 켜면 지난 몫을 모두 실행하고, 끄면 가장 가까운 몫만 실행합니다."""

from __future__ import annotations

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

DESCRIPTION = """
### 캐치업

두 DAG 모두 2013년 1월부터 달마다 실행하도록 적었습니다. 켜는 순간 무엇이 달라질까요?

- `catchup_on`: 지난 몫을 **모두** 실행합니다. 종료일이 3월 1일이므로 세 번입니다. 종료일이 없으면 오늘까지 백 번이
  넘게 밀려듭니다.
- `catchup_off`: 지난 몫은 건너뛰고 **가장 가까운** 몫 하나만 실행합니다. 기본값입니다.

지난 몫이 필요해지면 캐치업을 켜는 대신 **백필**을 합니다. 기간을 사람이 정하기 때문입니다. `catchup_off`의 화면에서
"트리거"를 누르고 "백필"을 골라, 2013년 1월 1일부터 3월 1일까지 실행해 봅시다.
"""

START = pendulum.datetime(2013, 1, 1, tz="Asia/Seoul")

with DAG(
    "catchup_on",
    description="지난 세 달의 몫을 모두 실행합니다",
    schedule="@monthly",
    start_date=START,
    end_date=pendulum.datetime(2013, 3, 1, tz="Asia/Seoul"),
    catchup=True,
    tags=["10"],
    doc_md=DESCRIPTION,
):
    EmptyOperator(task_id="tick")

with DAG(
    "catchup_off",
    description="가장 가까운 몫만 실행합니다",
    schedule="@monthly",
    start_date=START,
    catchup=False,
    tags=["10"],
    doc_md=DESCRIPTION,
):
    EmptyOperator(task_id="tick")
