"""10. 스케줄의 연습문제."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from mlops_lab.lesson.checking import Wrong, exercise, number, short
from mlops_lab.lesson.dag_checks import Dag, expect_schedule, expect_success, expect_tasks, read_dag
from mlops_lab.lesson.runs import SEOUL, Run
from mlops_lab.lesson.schedules import upcoming

_CRON = "0 0 */3 * *"
_WEEKS = ["2013-03-04", "2013-03-11", "2013-03-18"]
_SECONDS = 120.0


@exercise("10-1")
def broken_promises(value: Any) -> str:
    """2013년에 간격이 사흘이 아닌 곳의 수."""
    seen = number(value, "간격이 사흘이 아닌 곳의 수", low=0, high=365)
    rows = upcoming(_CRON, datetime(2013, 1, 1), n=140)
    days = [datetime.fromisoformat(row["실행(서울)"][:10]) for row in rows]
    days = [day for day in days if day.year == 2013]
    gaps = [(after - before).days for before, after in pairwise(days)]
    truth = sum(gap != 3 for gap in gaps)
    if seen == truth:
        return "일곱 번입니다. 31일까지 있는 여섯 달과, 28일로 끝나는 2월의 뒤입니다. 해가 바뀔 때도 한 번 더 있습니다."
    hints = {
        truth - 1: "31일까지 있는 달만 셌습니까? 28일로 끝나는 달 뒤에는 어떻게 됩니까?",
        truth
        + 1: "12월 31일과 이듬해 1월 1일의 사이는 세지 않습니다. 두 실행이 모두 2013년에 있어야 합니다.",
        len(gaps) - truth: "사흘인 곳을 셌습니다. 사흘이 아닌 곳을 셉니다.",
        len(days): "실행의 수를 셌습니다. 이웃한 두 실행의 간격을 봅니다.",
    }
    raise Wrong(
        saw=f"{seen:g}곳",
        expected="2013년의 이웃한 두 실행 가운데 간격이 사흘이 아닌 것의 수",
        hint=hints.get(
            int(seen),
            "`dates(CRON, …)`로 2013년의 실행을 모두 얻고, 앞 실행과의 차이를 날짜로 셈합니다. 모든 달의 끝에서 어긋나는 것은 아닙니다.",
        ),
    )


@exercise("10-2")
def monday_in_utc(value: Any) -> str:
    """UTC로 읽는 cron 식으로 서울의 월요일 7시."""
    expected = "서울의 월요일 7시에, 한 주에 한 번 실행되는 cron 식(글)"
    if not isinstance(value, str):
        raise Wrong(saw=short(value), expected=expected, hint="다섯 칸을 따옴표로 감싸 글로 적습니다.")
    if len(value.split()) != 5:
        raise Wrong(
            saw=repr(value), expected=expected, hint="분, 시, 일, 월, 요일의 다섯 칸을 빈칸으로 나눕니다."
        )
    start = datetime(2013, 3, 1, tzinfo=UTC)
    try:
        seen = [row["실행(서울)"] for row in upcoming(value, start, n=60)]
    except ValueError as error:
        raise Wrong(
            saw=str(error).splitlines()[0],
            expected=expected,
            hint="시는 0부터 23까지입니다. 7에서 9를 빼면 어제가 됩니다. 어제의 몇 시인지 셈합니다.",
        ) from None
    first = datetime(2013, 3, 4, 7, tzinfo=SEOUL)
    wanted = [f"{first + timedelta(weeks=week):%Y-%m-%d}(월) 07:00" for week in range(60)]
    if seen == wanted:
        return "시각뿐 아니라 요일도 하루 앞으로 옮겨 갔습니다. 시간대를 서울로 적을 수 있다면 이런 셈을 하지 않아도 됩니다."
    if all(moment.endswith("16:00") for moment in seen):
        hint = "그대로 적으면 UTC의 7시입니다. 서울은 그보다 아홉 시간 뒤입니다."
    elif all(moment.endswith("07:00") for moment in seen) and all("(화)" in moment for moment in seen):
        hint = "시각은 맞고 요일이 하루 늦습니다. 그 순간 UTC는 무슨 요일입니까?"
    elif all(moment.endswith("07:00") for moment in seen):
        hint = "시각은 맞습니다. 요일의 칸을 다시 봅니다. 일요일은 0, 월요일은 1입니다."
    else:
        hint = "`upcoming`으로 미리 보고, 서울의 시각이 모두 월요일 7시인지 봅니다. 서울에서 9시간을 빼면 UTC입니다."
    raise Wrong(saw=f"실행되는 때(서울): {', '.join(seen[:3])} …", expected=expected, hint=hint)


@exercise("10-3")
def weekly_summary(value: Any) -> str:
    """월요일 7시마다 지난 한 주를 맡는 DAG. 진짜 스케줄러가 세 주를 실행합니다."""
    dag = read_dag(value)
    expect_tasks(dag, ["summarize"])
    start = datetime(2013, 3, 4, tzinfo=SEOUL)
    end = datetime(2013, 3, 19, tzinfo=SEOUL)
    first = [row["실행(서울)"] for row in dag.first_runs(2, start)]
    if first == ["2013-03-04(월) 07:00", "2013-03-11(월) 07:00"]:
        raise Wrong(
            saw=f"첫 실행이 {first[0]}이고 데이터 구간의 길이가 0입니다",
            expected="지난 월요일 7시부터 이번 월요일 7시까지를 맡은 실행",
            hint="cron 글만 적으면 정한 때에 실행할 뿐 구간이 없습니다. 구간이 있는 시간표를 적습니다.",
        )
    expect_schedule(
        dag,
        _weekly(),
        start=start,
        expected="서울의 월요일 7시마다. 첫 실행은 첫 구간이 끝난 3월 11일 7시",
        hint="cron 식의 다섯 칸과 시간표의 `timezone`을 봅니다. 첫 구간은 3월 4일 7시에 시작합니다.",
    )
    rows = dag.first_runs(1, start)
    if rows != upcoming(_weekly(), start, 1):
        raise Wrong(
            saw=f"첫 실행의 데이터 구간: {rows[0]['구간 시작(서울)']}부터 {rows[0]['구간 끝(서울)']}까지",
            expected="지난 월요일 7시부터 이번 월요일 7시까지",
            hint="정한 때에 실행하는 시간표가 아니라 구간이 있는 시간표를 씁니다.",
        )
    if (dag.start_date, dag.end_date) != (start, end):
        raise Wrong(
            saw=f"시작일 {dag.start_date}, 종료일 {dag.end_date}(서울)",
            expected=f"시작일 {start}, 종료일 {end}(서울)",
            hint='`pendulum.datetime(2013, 3, 4, tz="Asia/Seoul")`처럼 시간대까지 적습니다. 없으면 UTC입니다.',
        )
    if not dag.catchup:
        raise Wrong(
            saw="캐치업이 꺼져 있습니다. 켜도 지난 몫이 실행되지 않습니다",
            expected="켜면 지난 몫을 모두 실행하는 DAG",
            hint="DAG의 인자 하나가 빠졌습니다. 기본값은 끔입니다.",
        )
    runs = _run_all(dag)
    for run in runs:
        expect_success(run)
    seen = [dag.lab.xcom(run, "summarize") if _has_result(dag, run) else None for run in runs]
    if seen == _WEEKS:
        return "세 주가 빠짐없이 실행되었고, 저마다 자기 구간의 서울 날짜를 압니다."
    if seen == ["2013-03-03", "2013-03-10", "2013-03-17"]:
        hint = "하루씩 앞섭니다. 서울의 월요일 7시는 UTC로 무슨 요일입니까? 서울의 시각으로 바꾼 다음 날짜를 적습니다."
    elif seen == ["2013-03-11", "2013-03-18", "2013-03-25"]:
        hint = "구간의 끝을 적었습니다. 시작을 적습니다."
    elif None in seen:
        hint = "`summarize`가 아무것도 돌려주지 않았습니다. `return`이 있는지 봅니다."
    else:
        hint = "`data_interval_start`를 받아 서울의 시각으로 바꾸고, `2013-03-04` 꼴의 글로 돌려줍니다."
    raise Wrong(
        saw=f"`summarize`가 돌려준 값: {', '.join(short(each) for each in seen)}",
        expected="세 실행이 저마다 맡은 구간이 시작한 날(서울)",
        hint=hint,
    )


def _weekly() -> Any:
    from airflow.sdk import CronDataIntervalTimetable

    return CronDataIntervalTimetable("0 7 * * 1", timezone="Asia/Seoul")


def _run_all(dag: Dag) -> list[Run]:
    """지난 실행을 지우고 켜서, 스케줄러가 캐치업으로 만든 실행을 모두 기다립니다. 끝나면 다시 끕니다."""
    lab, dag_id = dag.lab, dag.dag_id
    lab.forget(dag_id)
    lab.client.unpause(dag_id)
    try:
        deadline = time.monotonic() + _SECONDS
        while len(found := lab.runs(dag_id)) < len(_WEEKS):
            if time.monotonic() > deadline:
                raise Wrong(
                    saw=f"스케줄러가 만든 실행 {len(found)}개({', '.join(run.when for run in found) or '없음'})",
                    expected=f"실행 {len(_WEEKS)}개",
                    hint="화면에서 DAG가 켜지는지, 그리드에 실행이 나타나는지 봅니다.",
                )
            time.sleep(0.4)
        return [lab.wait(run) for run in found]
    finally:
        lab.client.pause(dag_id)


def _has_result(dag: Dag, run: Run) -> bool:
    entries = dag.lab.client.get(
        f"/dags/{dag.dag_id}/dagRuns/{run.run_id}/taskInstances/summarize/xcomEntries"
    )["xcom_entries"]
    return any(entry["key"] == "return_value" for entry in entries)
