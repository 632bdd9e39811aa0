"""같은 태스크 셋을 순서대로, 그리고 동시에 실행합니다."""

from __future__ import annotations

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

DESCRIPTION = """
### 순서대로, 그리고 동시에

`sequential`과 `parallel`은 2초 걸리는 같은 태스크 셋을 실행합니다. 다른 것은 화살표뿐입니다.
둘을 나란히 실행하고 간트 차트를 견주어 봅시다.

- 순서대로: 앞 태스크가 **성공**해야 다음 태스크를 시작합니다.
- 동시에: 서로 기다리지 않습니다. 몇 개가 함께 도는지는 자리의 수(`[core] parallelism`)가 정합니다.
"""


def count_flights() -> list[BashOperator]:
    """세 달의 항공편을 세는 흉내를 내는 태스크 셋."""
    return [
        BashOperator(task_id=f"month_{month}", bash_command=f"sleep 2; echo '{month}월을 셌습니다.'")
        for month in (3, 4, 5)
    ]


with DAG("sequential", description="태스크 셋을 순서대로 실행합니다", tags=["07"], doc_md=DESCRIPTION):
    march, april, may = count_flights()
    march >> april >> may

with DAG("parallel", description="같은 태스크 셋을 동시에 실행합니다", tags=["07"], doc_md=DESCRIPTION):
    add_up = BashOperator(task_id="add_up", bash_command="echo '셋을 더합니다.'")
    count_flights() >> add_up
