"""스케줄이 정한 시각과 데이터 구간을 눈으로 봅니다. 셈은 모두 Airflow의 시간표가 합니다.

    upcoming("0 0 */3 * *", datetime(2013, 2, 20), 4)
    side_by_side({"cron": "0 0 */3 * *", "timedelta": timedelta(days=3)}, datetime(2013, 2, 20), 4)

Airflow가 돌고 있지 않아도 되고, AIRFLOW_HOME을 만들지 않습니다.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
_WEEKDAYS = "월화수목금토일"

Row = dict[str, str]


def upcoming(schedule: Any, start: datetime, n: int = 5) -> list[Row]:
    """schedule이 start부터 만들 DAG 실행 n개입니다. 실행이 모자라면 있는 만큼만 돌려줍니다.

    한 줄에는 실행되는 때(서울)와 데이터 구간의 시작과 끝(서울, UTC)이 글로 들어 있습니다. 구간은 [시작, 끝)이고, 데이터
    구간이 없는 시간표는 구간을 "-"로 적습니다.

    Args:
        schedule: `DAG(schedule=...)`에 적는 것. cron 글, `@daily` 같은 프리셋, timedelta, 시간표, None
        start: DAG의 start_date. 시간대가 없으면 서울의 시각으로 봅니다. cron은 이 시간대의 시각으로 읽습니다
        n: 보일 실행의 수

    Raises:
        ValueError: schedule을 Airflow가 읽지 못하거나 n이 1보다 작을 때.
    """
    return [_row(info) for info in _infos(schedule, start, n)]


def planned(timetable: dict[str, Any], start: datetime, n: int = 5) -> list[Row]:
    """등록된 DAG의 시간표가 start부터 만들 DAG 실행 n개입니다. 꼴은 `upcoming`과 같습니다.

    Args:
        timetable: 메타데이터베이스의 `serialized_dag`에 적힌 그대로의 시간표
        start: 여기부터 셉니다
        n: 돌려줄 실행의 수
    """
    _import_airflow()
    from airflow.serialization.decoders import decode_timetable

    return [_row(info) for info in _walk(decode_timetable(timetable), start, n)]


def side_by_side(schedules: Mapping[str, Any], start: datetime, n: int = 5) -> list[Row]:
    """여러 스케줄의 실행되는 때(서울)를 나란히 놓습니다. 한 줄은 {"": 차례, 이름: 때, ...}입니다."""
    columns = [[_show(info.run_after, SEOUL) for info in _infos(s, start, n)] for s in schedules.values()]
    return [
        {"": str(number), **dict(zip(schedules, moments, strict=True))}
        for number, moments in enumerate(zip_longest(*columns, fillvalue="-"), start=1)
    ]


def _infos(schedule: Any, start: datetime, n: int) -> list[Any]:
    if n < 1:
        raise ValueError(f"n은 1 이상이어야 합니다. 받은 값: {n}")
    _import_airflow()
    from airflow.exceptions import AirflowTimetableInvalid
    from airflow.sdk import DAG
    from airflow.serialization.encoders import coerce_to_core_timetable

    try:
        dag = DAG("upcoming", schedule=schedule, start_date=_in_seoul(start), max_active_runs=1)
        timetable = coerce_to_core_timetable(dag.timetable)
        timetable.validate()
        return _walk(timetable, start, n)
    except (AirflowTimetableInvalid, ValueError, TypeError) as error:
        raise ValueError(
            f"스케줄 {schedule!r}을(를) Airflow가 읽지 못했습니다: {error}\n"
            '"0 0 * * *" 같은 cron 글, "@daily" 같은 프리셋, timedelta(days=3), 시간표 가운데 하나를 적어 주세요.'
        ) from error


def _walk(timetable: Any, start: datetime, n: int) -> list[Any]:
    """Airflow의 스케줄러가 캐치업할 때 묻는 그대로 시간표에 묻습니다."""
    from airflow.timetables.base import TimeRestriction

    asked = TimeRestriction(earliest=_in_seoul(start), latest=None, catchup=True)
    found: list[Any] = []
    while len(found) < n:
        info = timetable.next_dagrun_info_v2(last_dagrun_info=found[-1] if found else None, restriction=asked)
        if info is None:
            break
        found.append(info)
    return found


def _in_seoul(moment: datetime) -> Any:
    """시간대가 없으면 서울의 시각으로 봅니다."""
    import pendulum

    return pendulum.instance(moment if moment.tzinfo else moment.replace(tzinfo=SEOUL))


def _row(info: Any) -> Row:
    return {
        "실행(서울)": _show(info.run_after, SEOUL),
        "구간 시작(서울)": _show(info.data_interval and info.data_interval.start, SEOUL),
        "구간 끝(서울)": _show(info.data_interval and info.data_interval.end, SEOUL),
        "구간 시작(UTC)": _show(info.data_interval and info.data_interval.start, UTC),
        "구간 끝(UTC)": _show(info.data_interval and info.data_interval.end, UTC),
    }


def _import_airflow() -> None:
    """Airflow는 처음 읽힐 때 로그 폴더를 만듭니다. 배우는 사람의 홈에 만들지 않게, 그동안만 임시 폴더를 알려 줍니다."""
    if "airflow" in sys.modules:
        return
    name = "AIRFLOW__LOGGING__BASE_LOG_FOLDER"
    before = os.environ.get(name)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[name] = folder
        try:
            import airflow  # noqa: F401
        finally:
            os.environ.pop(name)
            if before is not None:
                os.environ[name] = before


def _show(moment: datetime | None, zone: Any) -> str:
    if moment is None:
        return "-"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"
