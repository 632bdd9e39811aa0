"""센서: 파일 하나를 세 가지 방식으로 기다립니다."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.sdk import DAG

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
BATCH = HOME / "lessons" / "file_sensor" / "batch.csv"

# FileSensor는 파일 시스템의 커넥션을 찾습니다. 커넥션은 이렇게 환경 변수로도 정할 수 있습니다.
os.environ.setdefault("AIRFLOW_CONN_FS_DEFAULT", '{"conn_type": "fs"}')

DESCRIPTION = """
### 센서

센서 셋이 같은 파일을 기다립니다. 실행해 두고, 파일을 만들기 전에 태스크의 상태를 견주어 봅시다.

| 태스크 | 기다리는 동안의 상태 | 기다리는 곳 |
|---|---|---|
| `poke` | 실행 중 | 자리를 **계속** 차지합니다. 금방 끝날 일에 씁니다 |
| `reschedule` | 재예약 대기 중 | 살펴볼 때만 자리를 차지합니다. 드문드문 살펴볼 일에 씁니다 |
| `deferrable` | 연기됨 | 트리거러가 대신 기다립니다. 자리를 차지하지 않습니다 |

기다리던 파일은 작업 폴더의 `lessons/file_sensor/batch.csv`입니다. 터미널에서 만들어 줍시다.

    touch workspace/lessons/file_sensor/batch.csv

셋이 모두 찾으면 `take_in`이 파일을 치웁니다. 그래서 다시 실행하면 다시 기다립니다.
"""

with DAG(
    "file_sensor",
    description="파일 하나를 세 가지 방식으로 기다립니다",
    max_active_runs=1,
    default_args={
        "env": {"BATCH": str(BATCH)},
        "append_env": True,
        # 스케줄러가 몹시 바쁘면 막 깨어난 센서를 실패로 잘못 보기도 합니다. 그때는 다시 기다립니다.
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
    },
    tags=["09"],
    doc_md=DESCRIPTION,
):
    make_folder = BashOperator(task_id="make_folder", bash_command='mkdir -p "$(dirname "$BATCH")"')
    wait = {"filepath": str(BATCH), "timeout": timedelta(hours=1).total_seconds()}
    poke = FileSensor(task_id="poke", mode="poke", poke_interval=5, **wait)
    reschedule = FileSensor(task_id="reschedule", mode="reschedule", poke_interval=15, **wait)
    deferrable = FileSensor(task_id="deferrable", deferrable=True, poke_interval=5, **wait)
    take_in = BashOperator(task_id="take_in", bash_command='mv "$BATCH" "$BATCH.taken"')

    make_folder >> [poke, reschedule, deferrable] >> take_in
