"""스케줄을 눈으로 보기: 월말의 cron과 timedelta, 데이터 구간, 서울과 UTC."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlops_lab.lesson.schedules import side_by_side, upcoming
from tests.common import ROOT

EVERY_THIRD_DAY = {"cron": "0 0 */3 * *", "timedelta": timedelta(days=3)}


@pytest.mark.parametrize(
    ("start", "cron", "delta"),
    [
        # 31일까지 있는 달: cron은 31일 다음 날인 1일에 또 실행됩니다.
        (datetime(2013, 1, 25), "01-25 01-28 01-31 02-01 02-04", "01-25 01-28 01-31 02-03 02-06"),
        # 30일까지 있는 달
        (datetime(2013, 4, 25), "04-25 04-28 05-01 05-04 05-07", "04-25 04-28 05-01 05-04 05-07"),
        # 평년의 2월
        (datetime(2013, 2, 22), "02-22 02-25 02-28 03-01 03-04", "02-22 02-25 02-28 03-03 03-06"),
        # 윤년의 2월
        (datetime(2024, 2, 22), "02-22 02-25 02-28 03-01 03-04", "02-22 02-25 02-28 03-02 03-05"),
    ],
)
def test_every_third_day_across_the_end_of_a_month(start: datetime, cron: str, delta: str) -> None:
    rows = side_by_side(EVERY_THIRD_DAY, start, 5)
    assert [list(row) for row in rows] == [["", "cron", "timedelta"]] * 5
    assert " ".join(row["cron"][5:10] for row in rows) == cron
    assert " ".join(row["timedelta"][5:10] for row in rows) == delta
    assert all(row["cron"].endswith(" 00:00") for row in rows)


def test_a_plain_cron_has_an_interval_of_no_length_and_midnight_in_seoul_is_the_day_before_in_utc() -> None:
    (row,) = upcoming("@daily", datetime(2013, 3, 1), 1)
    assert row == {
        "실행(서울)": "2013-03-01(금) 00:00",
        "구간 시작(서울)": "2013-03-01(금) 00:00",
        "구간 끝(서울)": "2013-03-01(금) 00:00",
        "구간 시작(UTC)": "2013-02-28(목) 15:00",
        "구간 끝(UTC)": "2013-02-28(목) 15:00",
    }


def test_a_data_interval_timetable_runs_when_the_month_is_over() -> None:
    from airflow.sdk import CronDataIntervalTimetable

    rows = upcoming(CronDataIntervalTimetable("@monthly", "Asia/Seoul"), datetime(2013, 1, 1), 2)
    assert [row["실행(서울)"] for row in rows] == ["2013-02-01(금) 00:00", "2013-03-01(금) 00:00"]
    assert [row["구간 시작(서울)"] for row in rows] == ["2013-01-01(화) 00:00", "2013-02-01(금) 00:00"]
    assert [row["구간 끝(UTC)"] for row in rows] == ["2013-01-31(목) 15:00", "2013-02-28(목) 15:00"]


def test_other_timetables_are_asked_too() -> None:
    from airflow.sdk import DeltaDataIntervalTimetable, MultipleCronTriggerTimetable

    rows = upcoming(DeltaDataIntervalTimetable(timedelta(days=3)), datetime(2013, 2, 26), 2)
    assert [row["구간 끝(서울)"][:10] for row in rows] == ["2013-03-01", "2013-03-04"]
    twice = MultipleCronTriggerTimetable("0 9 * * *", "0 18 * * 1-5", timezone="Asia/Seoul")
    rows = upcoming(twice, datetime(2013, 3, 1), 4)
    assert [row["실행(서울)"] for row in rows] == [
        "2013-03-01(금) 09:00",
        "2013-03-01(금) 18:00",
        "2013-03-02(토) 09:00",
        "2013-03-03(일) 09:00",
    ]


def test_the_time_zone_of_start_decides_how_cron_is_read() -> None:
    (row,) = upcoming("@daily", datetime(2013, 3, 1, tzinfo=UTC), 1)
    assert row["실행(서울)"] == "2013-03-01(금) 09:00"


def test_schedules_that_run_once_or_never() -> None:
    start = datetime(2013, 3, 1)
    assert len(upcoming("@once", start)) == 1
    assert upcoming(None, start) == []
    assert side_by_side({"한 번": "@once", "날마다": "@daily"}, start, 2)[1] == {
        "": "2",
        "한 번": "-",
        "날마다": "2013-03-02(토) 00:00",
    }


@pytest.mark.parametrize("schedule", ["매일", "0 0 31 2 *", timedelta(0), timedelta(days=-1), "* * *"])
def test_a_schedule_airflow_cannot_read_is_told(schedule: object) -> None:
    with pytest.raises(ValueError, match="Airflow가 읽지 못했습니다"):
        upcoming(schedule, datetime(2013, 3, 1))


def test_less_than_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="1 이상"):
        upcoming("@daily", datetime(2013, 3, 1), 0)


def test_nothing_is_made_in_the_home_of_the_learner(tmp_path: Path) -> None:
    code = (
        "from datetime import datetime\nfrom mlops_lab.lesson.schedules import upcoming\n"
        "print(len(upcoming('@daily', datetime(2013, 3, 1))))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout == "5\n", done.stderr
    assert list(tmp_path.iterdir()) == []
