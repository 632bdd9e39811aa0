"""TaskFlow: 함수가 곧 태스크이고, 돌려준 값이 XCom입니다."""

from __future__ import annotations

from airflow.sdk import dag, task, task_group

DESCRIPTION = """
### TaskFlow

오퍼레이터를 만들고 화살표를 긋는 대신, 함수에 `@task`를 붙이고 부릅니다.

- 돌려준 값은 **XCom**이 됩니다. XCom은 메타데이터베이스에 저장되므로 작은 값만 넘깁니다.
- 다른 태스크의 값을 인자로 주면 **순서**가 저절로 정해집니다.
- `@task_group`은 태스크를 묶습니다. 그래프에서 접고 펼 수 있습니다.

`09_operators.py`와 같은 일입니다. 나란히 놓고 읽어 봅시다.
"""


@task
def read_delays() -> list[int]:
    """지연 시간(분)."""
    return [-3, 0, 12, 47, 5, 88]


@task
def count_late(delays: list[int]) -> int:
    """15분 넘게 늦은 편의 수."""
    return sum(minutes > 15 for minutes in delays)


@task
def find_worst(delays: list[int]) -> int:
    """가장 늦은 편의 지연 시간(분)."""
    return max(delays)


@task_group
def summarize(delays: list[int]) -> dict[str, int]:
    """지연을 두 가지로 요약합니다. 둘은 서로 기다리지 않습니다."""
    return {"late": count_late(delays), "worst": find_worst(delays)}


@task
def report(summary: dict[str, int]) -> str:
    """사람이 읽을 한 문장."""
    return f"15분 넘게 늦은 편 {summary['late']}편, 가장 늦은 편 {summary['worst']}분"


@dag(description="함수를 태스크로 쓰고 XCom으로 값을 넘깁니다", tags=["09"], doc_md=DESCRIPTION)
def taskflow() -> None:
    report(summarize(read_delays()))


taskflow()
