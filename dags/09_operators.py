"""오퍼레이터 셋: Bash, Python, Empty."""

from __future__ import annotations

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
DELAYS = HOME / "lessons" / "operators" / "delays.txt"

DESCRIPTION = """
### 오퍼레이터

오퍼레이터는 태스크의 틀입니다. 할 일에 맞는 것을 고릅니다.

| 태스크 | 오퍼레이터 | 하는 일 |
|---|---|---|
| `write_delays` | `BashOperator` | 셸 명령으로 지연 시간(분)을 파일에 씁니다 |
| `count_late` | `PythonOperator` | 파이썬 함수로 15분 넘게 늦은 편을 셉니다. 돌려준 값은 XCom이 됩니다 |
| `done` | `EmptyOperator` | 아무것도 하지 않습니다. 갈림길이나 끝을 표시할 때 씁니다 |
"""


def count_late_flights() -> int:
    """15분 넘게 늦은 편의 수."""
    minutes = [int(line) for line in DELAYS.read_text("utf-8").splitlines()]
    return sum(minute > 15 for minute in minutes)


with DAG(
    "operators",
    description="Bash, Python, Empty 오퍼레이터를 한 번씩 씁니다",
    max_active_runs=1,
    tags=["09"],
    doc_md=DESCRIPTION,
):
    write_delays = BashOperator(
        task_id="write_delays",
        bash_command='mkdir -p "$(dirname "$DELAYS")" && printf "%s\\n" -3 0 12 47 5 88 > "$DELAYS"',
        env={"DELAYS": str(DELAYS)},
        append_env=True,
    )
    count_late = PythonOperator(task_id="count_late", python_callable=count_late_flights)
    done = EmptyOperator(task_id="done")

    write_delays >> count_late >> done
