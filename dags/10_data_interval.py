"""데이터 구간: 언제 실행되는지와 어느 기간의 자료를 다루는지는 다릅니다."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, CronTriggerTimetable, task

SEOUL = "Asia/Seoul"
MONTHLY = "0 0 1 * *"

DESCRIPTION = """
### 데이터 구간

두 DAG의 크론은 같습니다. 달마다 1일 0시, 서울 시각입니다.

- `trigger_at`(`CronTriggerTimetable`): 그 시각에 실행합니다. 데이터 구간의 시작과 종료가 **같습니다**.
  크론 문자열만 적었을 때 쓰이는 시간표(timetable)입니다.
- `data_interval`(`CronDataIntervalTimetable`): 한 달이 **끝난 뒤에** 그 한 달의 몫을 실행합니다.

템플릿의 시각은 **UTC**입니다. 서울의 2월 1일 0시는 UTC로 1월 31일 15시이므로, `ds`는 하루 전 날짜가 됩니다.
달이나 날을 뽑을 때는 먼저 서울 시각으로 바꿉니다. XCom에서 `ds`와 `month`를 견주어 봅시다.
"""


@task
def show_interval(
    ds: str | None = None,
    data_interval_start: pendulum.DateTime | None = None,
    data_interval_end: pendulum.DateTime | None = None,
) -> dict[str, str]:
    """데이터 구간을 서울 시각으로 보여 줍니다."""
    if ds is None or data_interval_start is None or data_interval_end is None:
        # 논리적 날짜 없이 실행하면 ds도 데이터 구간도 없습니다.
        return {}
    start, end = data_interval_start.in_timezone(SEOUL), data_interval_end.in_timezone(SEOUL)
    return {
        "ds": ds,
        "month": f"{start:%Y-%m}",
        "start": f"{start:%Y-%m-%d %H:%M}",
        "end": f"{end:%Y-%m-%d %H:%M}",
    }


RANGE: dict[str, Any] = {
    "start_date": pendulum.datetime(2013, 2, 1, tz=SEOUL),
    "end_date": pendulum.datetime(2013, 3, 1, tz=SEOUL),
    "catchup": True,
    "tags": ["10"],
    "doc_md": DESCRIPTION,
}

with DAG(
    "trigger_at",
    description="정한 시각에 실행합니다. 데이터 구간의 길이는 0입니다",
    schedule=CronTriggerTimetable(MONTHLY, timezone=SEOUL),
    **RANGE,
):
    show_interval()

with DAG(
    "data_interval",
    description="한 달이 끝난 뒤 그 한 달의 몫을 실행합니다",
    schedule=CronDataIntervalTimetable(MONTHLY, timezone=SEOUL),
    **RANGE,
):
    show_interval()
