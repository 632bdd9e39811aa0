"""재시도: 다시 하면 될 실패와, 다시 해도 안 될 실패."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException

DESCRIPTION = """
### 재시도

**일부러 실패하는** DAG입니다. 두 태스크 모두 재시도를 세 번까지 허락받았습니다.

- `unstable_network`: 두 번 실패하고 세 번째에 성공합니다. 사이에는 **재시도 대기 중**입니다.
- `wrong_input`: `AirflowFailException`을 일으켜 **곧바로** 실패합니다. 잘못된 입력은 다시 해도 잘못된 입력입니다.
- `publish`: 앞 태스크가 실패했으므로 실행되지 않고 **업스트림 실패**가 됩니다.
"""

with DAG(
    "retries",
    description="일부러 실패합니다: 재시도하면 되는 것과 안 되는 것",
    default_args={"retries": 3, "retry_delay": timedelta(seconds=3)},
    tags=["14"],
    doc_md=DESCRIPTION,
):

    @task
    def unstable_network(ti: Any = None) -> str:
        """세 번째 시도에 성공합니다."""
        if ti.try_number < 3:
            raise ConnectionError(f"{ti.try_number}번째 시도에서 연결이 끊겼습니다.")
        return f"{ti.try_number}번째 시도에 성공했습니다."

    @task
    def wrong_input() -> None:
        """재시도하지 않고 실패합니다."""
        raise AirflowFailException("지연율이 1보다 큽니다. 다시 해도 달라지지 않습니다.")

    @task
    def publish() -> None:
        """앞 태스크가 실패하면 실행되지 않습니다."""

    unstable_network()
    wrong_input() >> publish()
