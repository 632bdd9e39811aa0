"""12. 노트북을 Airflow 태스크로의 연습문제와, 수업이 태스크로 쓰는 노트북."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.flights.landing import DATA, file_name
from mlops_lab.lesson.checking import Wrong, exercise, short

REQUESTS: list[dict[str, Any]] = [
    {"month": "2013-04"},
    {"month": "2013-05", "late_minutes": "45"},
    {"month": "2013-6"},
    {"month": "2013-07", "late_minutes": "반시간"},
    {"month": "2013-09", "late_minutes": -60},
    {"months": "2013-10"},
]
"""연습 12-1의 요청."""

PARAMETERS = """month: str = "2013-03"
late_minutes: int = 15"""

READ = """import pandas as pd
from mlops_lab import flights, record

labels = pd.read_csv(flights.home() / "warehouse" / month / "labels.csv.gz")
print(f"{month}: 도착한 항공편 {len(labels):,}편")"""

COUNT = """late_rate = float((labels["arr_delay"] > late_minutes).mean())
print(f"{late_minutes}분 넘게 늦은 비율 {late_rate:.3f}")
if late_rate > 0.5:
    raise ValueError("절반 넘게 늦었다면 셈이 잘못된 것입니다")"""

HAND_ON = "record(month=month, flights=len(labels), late_rate=round(late_rate, 3))"

LATE_REPORT = {"매개변수": PARAMETERS, "읽기": READ, "셈하기": COUNT, "넘기기": HAND_ON}
"""한 달의 지연을 정리하는 노트북: {절의 제목: 코드}."""

_REFUSED = [3, 5]
_FAILED = {2: "읽기", 4: "셈하기"}
_SUMMER = ["2013-06", "2013-07", "2013-08", "2013-09"]


def write_notebook(name: str, cells: Mapping[str, str]) -> Path:
    """{절의 제목: 코드}로 노트북을 만들어 배우는 사람의 DAG 폴더에 씁니다. 첫 절이 parameters 셀입니다."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    notebook = new_notebook(cells=[new_markdown_cell(f"# {name}")])
    for number, (title, code) in enumerate(cells.items()):
        metadata: dict[str, Any] = {} if number else {"tags": ["parameters"]}
        notebook.cells += [new_markdown_cell(f"## {title}"), new_code_cell(code, metadata=metadata)]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = flights.home() / "dags" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def late_rate(month: str, minutes: int) -> float:
    """month에 minutes분 넘게 늦은 비율. 소수 셋째 자리까지."""
    return round(float((pd.read_csv(DATA / file_name("labels", month))["arr_delay"] > minutes).mean()), 3)


@exercise("12-1")
def what_went_wrong(value: Any) -> str:
    """여섯 요청 가운데 무엇이 어디에서 실패했는지."""
    expected = '"거절"에는 번호의 목록, "실패"에는 {번호: "절의 제목"}을 넣은 사전'
    if not isinstance(value, dict) or set(value) != {"거절", "실패"} or not isinstance(value["실패"], dict):
        hint = "`answer`의 꼴을 그대로 두고 `...`만 바꿉니다."
        raise Wrong(saw=short(value), expected=expected, hint=hint)
    try:
        refused = sorted({int(each) for each in value["거절"]})
        failed = {int(key): str(title).strip() for key, title in value["실패"].items()}
    except (TypeError, ValueError):
        hint = '번호는 0부터 5까지의 정수입니다. 목록은 `[0, 1]`, 사전은 `{0: "읽기"}`처럼 적습니다.'
        raise Wrong(saw=short(value), expected=expected, hint=hint) from None
    if refused == _REFUSED and failed == _FAILED:
        return "여섯 가운데 둘은 커널도 뜨지 않았고, 둘은 셀까지 가서 실패했습니다. 고칠 사람도 다릅니다."
    seen = f"거절 {refused}, 실패 {failed}"
    wrong = sorted(set(refused) | set(failed))
    right = sorted({*_REFUSED, *_FAILED})
    if wrong != right:
        hint = "`inbox`를 출력한 것에서 실패한 번호부터 모두 찾습니다. 빠뜨리거나 더 넣지 않았는지 봅니다."
    elif refused != _REFUSED:
        hint = "커널이 떴다면 로그에 셀의 번호가 있고 `runs`에 노트북이 남습니다. 실패한 번호마다 어느 쪽인지 봅니다."
    else:
        hint = "로그의 마지막 줄에 몇 번 셀, 어느 절에서 멈췄는지 적혀 있습니다."
    raise Wrong(saw=seen, expected="실패한 네 요청을 두 가지로 바르게 나눈 것", hint=hint)


@exercise("12-2")
def my_report(value: Any) -> str:
    """배우는 사람의 DAG가 7월의 보고서를 만드는지."""
    from mlops_lab.lesson.dag_checks import expect_success, expect_tasks, read_dag, run_to_end

    dag = read_dag(value)
    expect_tasks(dag, ["report"])
    _expect_notebook_task(dag.tasks["report"], mapped=False)
    retries, delay = dag.tasks["report"]["retries"], dag.tasks["report"]["retry_delay"]
    seconds = delay and delay["days"] * 86_400 + delay["seconds"]
    if (retries, seconds) != (1, 5):
        raise Wrong(
            saw=f"다시 하는 횟수 {retries:g}, 기다리는 시간 {seconds:g}초",
            expected="한 번 더, 5초 뒤에",
            hint="`retries`와 `retry_delay`를 태스크나 `default_args`에 적습니다. 시간은 `timedelta`입니다.",
        )
    _ready(["2013-03", "2013-07"])
    run = run_to_end(dag)
    expect_success(run)
    results = dag.lab.xcom(run, "report")
    for name, right, hint in (
        ("month", "2013-07", "달을 `parameters`의 `month`로 넘기는지 봅니다."),
        (
            "late_rate",
            late_rate("2013-07", 60),
            "한 시간은 몇 분입니까? 그 수를 `late_minutes`로 넘기는지 봅니다.",
        ),
    ):
        if results.get(name) != right:
            raise Wrong(
                saw=f"실행은 성공했고, 넘긴 {name}이(가) {short(results.get(name))}",
                expected="2013년 7월에 한 시간 넘게 늦은 비율",
                hint=hint,
            )
    return f"진짜 스케줄러가 실행했습니다. 7월에는 {results['late_rate']:.1%}가 한 시간 넘게 늦었습니다."


@exercise("12-3")
def my_summer(value: Any) -> str:
    """네 달에 매핑하고, 그 결과에서 가장 나쁜 달을 고르는지."""
    from mlops_lab.lesson.dag_checks import expect_order, expect_success, expect_tasks, read_dag, run_to_end

    dag = read_dag(value)
    expect_tasks(dag, ["report", "worst"])
    _expect_notebook_task(dag.tasks["report"], mapped=True)
    expect_order(dag, {"worst": ["report"]}, hint="`worst(report.output)`처럼 결과를 넘기면 순서도 생깁니다.")
    _ready(_SUMMER)
    # 답을 외워 적은 태스크가 통과하지 않도록, 비율을 뒤집어 넘기는 노트북으로 잠깐 바꾸어 실행합니다.
    turned = HAND_ON.replace("round(late_rate, 3)", "round(1 - late_rate, 3)")
    write_notebook("late_report", {**LATE_REPORT, "넘기기": turned})
    try:
        run = run_to_end(dag)
    finally:
        write_notebook("late_report", LATE_REPORT)
    expect_success(run)
    results = dag.lab.xcom(run, "report")
    months = sorted(each["month"] for each in results)
    if months != _SUMMER:
        raise Wrong(
            saw=f"실행한 달: {', '.join(months)}",
            expected=f"{', '.join(_SUMMER)}를 한 번씩",
            hint="`expand(parameters=[...])`의 목록에 달마다 사전이 하나씩 있는지 봅니다.",
        )
    right = max(results, key=lambda each: float(each["late_rate"]))["month"]
    seen = dag.lab.xcom(run, "worst")
    if seen != right:
        raise Wrong(
            saw=f"`worst`가 돌려준 것: {short(seen)}",
            expected="받은 결과 가운데 `late_rate`가 가장 큰 것의 `month`",
            hint="검사는 지연율을 뒤집어 넘기는 노트북으로 실행했습니다. 달을 외워 적지 않고, 받은 결과에서 고르는지 봅니다.",
        )
    return (
        "네 달이 나란히 실행되고, `worst`가 그 결과에서 골랐습니다. 노트북을 바꾸어 보아도 맞게 골랐습니다."
    )


def _expect_notebook_task(task: Mapping[str, Any], *, mapped: bool) -> None:
    expected = "`NotebookOperator`로 만든 태스크" + ("(매핑됨)" if mapped else "")
    if task["operator_name"] != "NotebookOperator":
        raise Wrong(
            saw=f"`{task['task_id']}` 태스크의 오퍼레이터: {task['operator_name']}",
            expected=expected,
            hint="`from mlops_lab.airflow import NotebookOperator`로 가져와 씁니다.",
        )
    if bool(task["is_mapped"]) != mapped:
        raise Wrong(
            saw=f"`{task['task_id']}` 태스크가 {'매핑되지 않았습니다' if mapped else '매핑되었습니다'}",
            expected=expected,
            hint="매핑은 `NotebookOperator.partial(...).expand(parameters=[...])`입니다. 하나만 실행할 때는 `NotebookOperator(...)`입니다.",
        )


def _ready(months: list[str]) -> None:
    """수업의 노트북을 처음의 것으로 되돌리고, 쓸 달의 자료를 들입니다."""
    write_notebook("late_report", LATE_REPORT)
    for month in months:
        steps.prepare(month, flights.home(), "features", "labels")
