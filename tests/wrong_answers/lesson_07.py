"""07의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from mlops_lab.lesson.exercises.lesson_07 import CARRIER_FILES

WRONG = {
    "07-1": [
        (42, "하나씩 차례로"),
        (12, "업스트림을 기다린 다음에야"),
        (25, "둘 다 끝나야"),
        (30, "차례로 더하지"),
        ("27분", "수 하나"),
    ],
    "07-2": [(["monday_report"], "따옴표로 감싼 이름")],
    "07-3": [(None, "따옴표로 감싼 이름")],
}

MONDAY = """\
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

FLIGHTS = '"$MLOPS_LAB_HOME/warehouse/2013-03/flights.csv.gz"'
with DAG(
    "monday_report",
    schedule="0 7 * * 1",
    start_date=pendulum.datetime(2025, 1, 6, tz="Asia/Seoul"),
    default_args={"owner": "analyst"},
    tags=["07"],
):
    begin = BashOperator(task_id="begin", bash_command="true")
    flights = BashOperator(task_id="count_flights", bash_command=f"gzip -dc {FLIGHTS} | tail -n +2 | wc -l")
    carriers = BashOperator(task_id="count_carriers", bash_command="echo 15")
    finish = BashOperator(task_id="finish", bash_command="true")
    begin >> [flights, carriers] >> finish
"""


def monday(old: str, new: str) -> str:
    assert old in MONDAY
    return MONDAY.replace(old, new)


READABLE = CARRIER_FILES.replace("python_callabel", "python_callable")

WRONG_DAGS = {
    "07-2": [
        (
            monday("begin >> [flights, carriers] >> finish", "begin >> flights >> carriers >> finish"),
            "기다립니다",
        ),
        (
            monday("begin >> [flights, carriers] >> finish", "begin >> [flights, carriers]"),
            "기다리지 않습니다",
        ),
        (monday("0 7 * * 1", "0 7 * * *"), "2025-01-07(화) 07:00"),
        (monday("0 7 * * 1", "7 0 * * 1"), "분, 시, 일, 월, 요일"),
        (monday(', tz="Asia/Seoul"', ""), "시간대가 UTC"),
        (monday("2025, 1, 6", "2024, 1, 1"), "시작일: 2024-01-01"),
        (monday('    tags=["07"],\n', '    tags=["07"],\n    catchup=True,\n'), "캐치업이 켜져"),
        (monday('    default_args={"owner": "analyst"},\n', ""), "소유자: airflow"),
        (monday('["07"]', '["monday"]'), "태그: monday"),
        (monday("tail -n +2 | ", ""), "열의 이름"),
        (monday("echo 15", "echo 항공사 15곳"), "센 수 하나"),
        (monday("echo 15", "echo 12"), "pandas로 읽어"),
        (monday('"echo 15"', '"exit 4"'), "count_carriers` 태스크가 실패"),
        (monday('task_id="finish"', 'task_id="end"'), "없는 태스크: `finish`"),
    ],
    "07-3": [
        (CARRIER_FILES, "python_callabel"),
        (READABLE, "무엇을 먼저 해야"),
        (READABLE.replace("split >> empty >> count", "empty >> split >> count"), "파일의 이름을 견줍니다"),
        (READABLE.replace("split >> empty >> count", "empty >> split"), "기다리지 않습니다"),
        (
            READABLE.replace("split >> empty >> count", "empty >> split >> count").replace("*.csv", "A*.txt"),
            "무엇을 세는지",
        ),
    ],
}
