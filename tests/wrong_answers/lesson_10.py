"""10의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from datetime import timedelta

WRONG = {
    "10-1": [
        (6, "28일로 끝나는 달"),
        (8, "12월 31일"),
        (12, "모든 달의 끝"),
        (119, "사흘인 곳을 셌습니다"),
        (127, "실행의 수"),
        ("7", "수 하나"),
    ],
    "10-2": [
        ("0 7 * * 1", "UTC의 7시"),
        ("0 22 * * 1", "무슨 요일"),
        ("0 -2 * * 1", "어제의 몇 시"),
        ("0 22 * * *", "요일의 칸"),
        ("0 22 * * 6", "요일의 칸"),
        ("0 16 * * 1", "모두 월요일 7시인지"),
        ("30 22 * * 0", "모두 월요일 7시인지"),
        ("0 22 * 3 0", "요일의 칸"),
        ("@weekly", "다섯 칸"),
        (timedelta(days=7), "글로 적습니다"),
    ],
    "10-3": [(7, "따옴표"), (None, "따옴표"), (["weekly_summary"], "따옴표")],
}

_RIGHT = """\
import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, CronTriggerTimetable, task

SEOUL = "Asia/Seoul"

with DAG(
    "weekly_summary",
    schedule=CronDataIntervalTimetable("0 7 * * 1", timezone=SEOUL),
    start_date=pendulum.datetime(2013, 3, 4, tz=SEOUL),
    end_date=pendulum.datetime(2013, 3, 19, tz=SEOUL),
    catchup=True,
):

    @task
    def summarize(ds=None, data_interval_start=None, data_interval_end=None):
        return f"{data_interval_start.in_timezone(SEOUL):%Y-%m-%d}"

    summarize()
"""


def _but(*changes: tuple[str, str]) -> str:
    """맞는 DAG에서 몇 곳만 바꾼 것."""
    text = _RIGHT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


_VALUE = 'f"{data_interval_start.in_timezone(SEOUL):%Y-%m-%d}"'
_TIMETABLE = 'CronDataIntervalTimetable("0 7 * * 1", timezone=SEOUL)'
WRONG_DAGS = {
    "10-3": [
        (_but((_TIMETABLE, '"0 7 * * 1"')), "구간이 있는 시간표"),
        (
            _but((_TIMETABLE, 'CronDataIntervalTimetable("0 7 * * 1", timezone="UTC")')),
            "시간표의 `timezone`",
        ),
        (
            _but(
                (_TIMETABLE, 'CronTriggerTimetable("0 7 * * 1", timezone=SEOUL)'),
            ),
            "구간이 있는 시간표",
        ),
        (_but(("    catchup=True,\n", "")), "기본값은 끔"),
        (_but(("2013, 3, 4, tz=SEOUL", "2013, 3, 4")), "없으면 UTC"),
        (_but((_VALUE, "ds")), "하루씩 앞섭니다"),
        (_but(("{data_interval_start.in", "{data_interval_end.in")), "구간의 끝"),
        (_but((f"return {_VALUE}", f"print({_VALUE})")), "`return`"),
        (_but(("def summarize", "def summary"), ("    summarize()", "    summary()")), "없는 태스크"),
    ],
}
