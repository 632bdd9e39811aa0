"""12의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

WRONG = {
    "12-1": [
        ({"거절": [2, 3, 4, 5], "실패": {}}, "커널이 떴다면"),
        ({"거절": [3, 5], "실패": {2: "읽기", 4: "읽기"}}, "몇 번 셀"),
        ({"거절": [3], "실패": {2: "읽기", 4: "셈하기"}}, "빠뜨리거나"),
        ({"거절": [4, 6], "실패": {3: "읽기", 5: "셈하기"}}, "빠뜨리거나"),
        ({"거절": ["셋", "다섯"], "실패": {2: "읽기", 4: "셈하기"}}, "0부터 5까지의 정수"),
        ({"거절": 3, "실패": {2: "읽기"}}, "0부터 5까지의 정수"),
        ([3, 5], "꼴을 그대로"),
        ({"거절": [3, 5], "실패": [2, 4]}, "꼴을 그대로"),
    ],
}

_HEAD = """\
from datetime import timedelta

from airflow.sdk import DAG, task

from mlops_lab.airflow import NotebookOperator

AGAIN = {"retries": 1, "retry_delay": timedelta(seconds=5)}
"""


def _report(parameters: str, options: str = "**AGAIN") -> str:
    return (
        f'{_HEAD}\nwith DAG("my_report"):\n    NotebookOperator(task_id="report", '
        f'notebook="late_report.ipynb", parameters={parameters}, {options})\n'
    )


def _summer(months: str, worst: str) -> str:
    return f"""{_HEAD}
with DAG("my_summer"):
    report = NotebookOperator.partial(task_id="report", notebook="late_report.ipynb").expand(
        parameters=[{{"month": month}} for month in {months}]
    )

    @task
    def worst(results):
        {worst}

    worst(report.output)
"""


_ALL = '["2013-06", "2013-07", "2013-08", "2013-09"]'
_PYTHON = f"""{_HEAD}
with DAG("my_report"):

    @task(**AGAIN)
    def report():
        return {{"month": "2013-07", "late_rate": 0.145}}

    report()
"""
_LOOP = f"""{_HEAD}
with DAG("my_summer"):

    @task
    def worst():
        return "2013-07"

    NotebookOperator(task_id="report", notebook="late_report.ipynb", parameters={{"month": "2013-07"}}) >> worst()
"""

WRONG_DAGS = {
    "12-2": [
        (_report('{"month": "2013-07", "late_minutes": 1}'), "몇 분입니까"),
        (_report('{"late_minutes": 60}'), "`month`로 넘기는지"),
        (_report('{"month": "2013-07", "minutes": 60}'), "매개변수 minutes"),
        (_report('{"month": "2013-07", "late_minutes": 60}', "retries=1"), "5초 뒤에"),
        (_PYTHON, "NotebookOperator"),
    ],
    "12-3": [
        (_summer(_ALL, 'return "2013-07"'), "외워 적지 않고"),
        (_summer('["2013-06", "2013-07", "2013-08"]', 'return results[0]["month"]'), "달마다 사전이 하나씩"),
        (
            _summer(_ALL, 'return max(result["late_rate"] for result in results)'),
            "`late_rate`가 가장 큰 것의 `month`",
        ),
        (_summer(_ALL, "pass").replace("worst(report.output)", "worst([])"), "순서도 생깁니다"),
        (_LOOP, "매핑되지 않았습니다"),
    ],
}
