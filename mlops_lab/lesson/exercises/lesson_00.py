"""00. 시작하기의 연습문제."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlops_lab import flights
from mlops_lab.flights.landing import DATA, file_name
from mlops_lab.lesson.checking import Wrong, exercise, number, short

_DAG = "first_dag"


@exercise("00-1")
def carriers(value: Any) -> str:
    """2013년에 뉴욕을 떠난 항공사의 수."""
    seen = number(value, "항공사의 수", low=1, high=len(flights.MONTHS) * 10)
    names = [set(pd.read_csv(DATA / file_name("flights", month))["carrier"]) for month in flights.MONTHS]
    right = len(set().union(*names))
    if seen == right:
        return "첫 연습을 풀었습니다. 이 항공사의 이름을 앞으로 자주 만납니다."
    hint = '`year["carrier"]`에서 서로 다른 이름이 몇 가지인지 셉니다. pandas의 `unique`나 `nunique`를 찾아봅니다.'
    raise Wrong(saw=f"{seen:g}곳", expected="한 해 동안 한 편이라도 띄운 항공사의 수", hint=hint)


@exercise("00-2")
def first_run(value: Any) -> str:
    """first_dag를 끝까지 실행한 것."""
    from mlops_lab.lesson.runs import Run

    expected = f"`{_DAG}`가 끝까지 간 실행"
    if not isinstance(value, Run):
        hint = "`lab.trigger(...)`와 `lab.wait(...)`가 돌려주는 것을 그대로 `my_run`에 넣습니다."
        raise Wrong(saw=short(value), expected=expected, hint=hint)
    if value.dag_id != _DAG:
        hint = "DAG의 이름은 `lab.trigger`의 첫 인자입니다."
        raise Wrong(saw=f"`{value.dag_id}`의 실행", expected=expected, hint=hint)
    if value.raw_state not in ("success", "failed"):
        hint = "`lab.trigger`는 시작만 시키고 돌아옵니다. 끝나기를 기다리는 함수에 넘깁니다."
        raise Wrong(saw=f"아직 끝나지 않은 실행({value.state})", expected=expected, hint=hint)
    if value.raw_state == "failed":
        hint = "어느 태스크가 실패했는지 `my_run`을 출력해 보고, `mlops-lab doctor`도 실행해 봅니다."
        raise Wrong(saw="실패로 끝난 실행", expected="성공으로 끝난 실행", hint=hint)
    return "진짜 Airflow가 여러분의 부탁으로 DAG를 실행했습니다. 07에서 이런 것을 직접 만듭니다."
