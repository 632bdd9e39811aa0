"""되돌리기: 항공편 파이프라인의 챔피언을 예전 챔피언으로 되돌리는 결정을 적습니다."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from mlops_lab import workspace

HOME = str(workspace.home(near=__file__))

DESCRIPTION = """
### 챔피언 되돌리기

`flight_delay`의 다음 배치가 예전 챔피언을 쓰게 합니다. 오른쪽 위의 **실행**을 누르고 까닭을 적습니다.

| 매개변수 | 뜻 |
|---|---|
| `reason` | 까닭. 기록에 남습니다. |
| `version` | 되돌아갈 버전. 비우면 바로 앞의 챔피언입니다. |
| `month` | 이 달의 배치부터 따릅니다(예: `2013-06`). 비우면 아직 예측하지 않은 첫 달입니다. |

결정은 `warehouse/<달>/rollback.json`에 남고, 레지스트리의 별칭 `champion`이 그것을 비춥니다.
"""


@task
def roll_back() -> dict[str, Any]:
    """결정을 적습니다. 되돌릴 수 없으면 아무것도 바꾸지 않고 실패합니다."""
    from mlops_lab import flights
    from mlops_lab.flights import decisions

    asked = get_current_context()["params"]
    return decisions.roll_back(
        flights.home(HOME), reason=asked["reason"], version=asked["version"], month=asked["month"]
    )


with DAG(
    "rollback",
    description="항공편 파이프라인의 챔피언을 되돌립니다",
    tags=["14"],
    doc_md=DESCRIPTION,
    max_active_runs=1,
    params={
        "reason": Param(type="string", minLength=1, title="까닭"),
        "version": Param(None, type=["null", "integer"], minimum=1, title="되돌아갈 버전"),
        "month": Param(None, type=["null", "string"], pattern=r"^\d{4}-\d{2}$", title="이 달의 배치부터"),
    },
):
    roll_back()
