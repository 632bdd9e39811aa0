"""콜백: 실패를 사람에게 알립니다."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
ALERTS = HOME / "lessons" / "callbacks" / "alerts.txt"

DESCRIPTION = """
### 콜백

**일부러 실패하는** DAG입니다. 두 번 시도하고 두 번 다 실패합니다. 그때마다 불리는 함수가 다릅니다.

| 콜백 | 언제 | 어디에서 |
|---|---|---|
| `on_retry_callback` | 다시 시도하기로 했을 때 | 태스크를 실행한 프로세스 |
| `on_failure_callback`(태스크) | 더는 시도하지 않을 때 | 태스크를 실행한 프로세스 |
| `on_failure_callback`(DAG) | Dag 실행이 실패로 끝났을 때 | Dag 프로세서 |

여기서는 메신저 대신 작업 폴더의 `lessons/callbacks/alerts.txt`에 한 줄씩 적습니다.
"""


def tell(line: str) -> None:
    """알림을 한 줄 적습니다."""
    ALERTS.parent.mkdir(parents=True, exist_ok=True)
    with ALERTS.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def tell_retry(context: Any) -> None:
    """태스크를 다시 시도합니다."""
    tell(f"재시도: {context['ti'].task_id}, {context['ti'].try_number}번째 시도, {context['exception']}")


def tell_failure(context: Any) -> None:
    """태스크가 실패했습니다."""
    tell(f"태스크 실패: {context['ti'].task_id}, {context['ti'].try_number}번째 시도, {context['exception']}")


def tell_run_failure(context: Any) -> None:
    """Dag 실행이 실패했습니다."""
    tell(f"Dag 실행 실패: {context['dag'].dag_id}, {context['reason']}")


with DAG(
    "callbacks",
    description="일부러 실패합니다: 재시도와 실패를 알립니다",
    max_active_runs=1,
    on_failure_callback=tell_run_failure,
    tags=["14"],
    doc_md=DESCRIPTION,
):

    @task(
        retries=1,
        retry_delay=timedelta(seconds=2),
        on_retry_callback=tell_retry,
        on_failure_callback=tell_failure,
    )
    def broken() -> None:
        """늘 실패합니다."""
        raise ValueError("빈 배치가 왔습니다.")

    broken()
