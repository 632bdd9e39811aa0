"""스케줄: 사흘마다를 크론과 timedelta로 적으면 달의 끝에서 갈립니다. 프리셋도 하나 둡니다."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

DESCRIPTION = """
### 스케줄 적는 법 셋

| dag_id | `schedule` | 뜻 |
|---|---|---|
| `schedule_cron` | `"0 0 */3 * *"` | 1, 4, 7, …, 28, 31**일마다** |
| `schedule_timedelta` | `timedelta(days=3)` | 시작일부터 **사흘마다** |
| `schedule_preset` | `"@monthly"` | 달마다 1일 0시. 크론 `0 0 1 * *`의 다른 이름입니다 |

크론은 날짜를 고를 뿐, 빈도를 세지 않습니다. 달이 바뀌면 1일부터 다시 시작하므로 1월 31일 다음은 2월 1일입니다.
프리셋에는 `@once`, `@continuous`, `@hourly`, `@daily`, `@weekly`, `@monthly`, `@quarterly`, `@yearly`가 있습니다.

2013년 1월 25일부터 2월 10일까지만 실행하도록 시작일과 종료일을 적고 캐치업을 켰습니다. 세 DAG를 켜고 그리드에서
논리적 날짜를 견주어 봅시다.
"""

RANGE: dict[str, Any] = {
    "start_date": pendulum.datetime(2013, 1, 25, tz="Asia/Seoul"),
    "end_date": pendulum.datetime(2013, 2, 10, tz="Asia/Seoul"),
    "catchup": True,
    "tags": ["10"],
    "doc_md": DESCRIPTION,
}

with DAG("schedule_cron", description="크론으로 적은 사흘마다", schedule="0 0 */3 * *", **RANGE):
    EmptyOperator(task_id="tick")

with DAG("schedule_timedelta", description="timedelta로 적은 사흘마다", schedule=timedelta(days=3), **RANGE):
    EmptyOperator(task_id="tick")

with DAG("schedule_preset", description="프리셋으로 적은 달마다", schedule="@monthly", **RANGE):
    EmptyOperator(task_id="tick")
