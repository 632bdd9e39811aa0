"""사람의 승인: 사람이 답할 때까지 기다렸다가, 답에 따라 갑니다."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, TriggerRule, task

DESCRIPTION = """
### 사람의 승인

챌린저 모델이 이겼다고 곧바로 바꾸지 않고, 사람에게 묻습니다. `approve`는 **입력 대기 중**이 되고, 기다리는 동안
자리를 차지하지 않습니다. 태스크 화면의 "필수 작업"이나 메뉴 "탐색 > 필수 작업"에서 답합시다.

- Approve: `promote`를 실행합니다.
- Reject: `promote`를 건너뜁니다. 거절은 실패가 아닙니다.
- 하루 안에 답이 없으면 거절한 것으로 봅니다(`defaults`).

승인하면 누가 언제 무엇을 골랐는지가 XCom에 남습니다. 거절하면 XCom은 없고, 화면의 "필수 작업"에 남습니다.
"""


@task
def compare() -> dict[str, float]:
    """챔피언과 챌린저의 AUC."""
    return {"champion": 0.713, "challenger": 0.752}


with DAG(
    "approval",
    description="챔피언을 바꾸기 전에 사람에게 묻습니다",
    tags=["14"],
    doc_md=DESCRIPTION,
):
    scores = compare()
    approve = ApprovalOperator(
        task_id="approve",
        subject="챔피언을 바꿀까요?",
        body="AUC: 챔피언 {{ ti.xcom_pull('compare')['champion'] }}, "
        "챌린저 {{ ti.xcom_pull('compare')['challenger'] }}",
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=1),
    )
    promote = EmptyOperator(task_id="promote")
    report = EmptyOperator(task_id="report", trigger_rule=TriggerRule.NONE_FAILED)

    scores >> approve >> promote >> report
