"""11. 노트북에 매개변수를의 연습문제."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab.flights.features import LATE_MINUTES
from mlops_lab.flights.landing import DATA, file_name
from mlops_lab.lesson.checking import Wrong, exercise, short
from mlops_lab.runner import BadParameter, NotebookError, NotebookRun, RunResult, run_notebook

REQUESTS: dict[str, dict[str, Any]] = {
    "A": {"month": "2013-12", "late_minutes": "30"},
    "B": {"month": "2013-12", "late_minute": 30},
    "C": {"month": "2013-13"},
    "D": {"month": 201312},
    "E": {"month": "2013-12", "airports": ["JFK"]},
    "F": {"month": "2013-12", "airports": "JFK"},
}
"""연습 11-2의 요청."""

_REFUSED = {"B", "D", "F"}
_ABOUT = {
    "A": '`late_minutes`의 형식은 `int`입니다. 글자 `"30"`을 수로 바꿀 수 있는지 생각해 봅니다.',
    "B": "이름을 한 글자씩 `parameters` 셀과 견줍니다.",
    "C": "살피는 것은 이름과 형식입니다. 그 달이 정말 있는지 알려면 무엇을 해야 하는지 생각해 봅니다.",
    "D": "`month`의 형식은 `str`입니다. 수를 알아서 글자로 바꾸면 `201312`가 어떤 글자가 될지 생각해 봅니다.",
    "E": "JSON에는 튜플이 없습니다. 목록을 튜플로 바꾸면서 잃는 것이 있는지 생각해 봅니다.",
    "F": "글자 하나가 공항의 목록인지, 공항의 이름인지 사람도 헷갈립니다.",
}
_TRIALS = (("2013-07", "B6"), ("2013-09", "DL"))


def _delays(month: str) -> pd.DataFrame:
    """도착한 항공편마다 한 행. 열은 flight_id, origin, carrier, arr_delay(분)입니다."""
    plan, labels = (pd.read_csv(DATA / file_name(kind, month)) for kind in ("flights", "labels"))
    return plan[["flight_id", "origin", "carrier"]].merge(labels, on="flight_id")


@exercise("11-1")
def very_late_from_jfk(value: Any) -> str:
    """12월 JFK에서 한 시간 넘게 늦은 비율을 run_notebook으로."""
    expected = "2013년 12월, JFK, 60분 초과로 실행한 `run_notebook`의 결과"
    if not isinstance(value, RunResult):
        raise Wrong(
            saw=short(value),
            expected=expected,
            hint="`run_notebook(...)`이 돌려준 것에서 값 하나를 꺼내지 말고 통째로 `answer`에 넣습니다.",
        )
    table = _delays("2013-12")
    table = table[table["origin"] == "JFK"]
    seen = value.results
    hints = (
        ("month", "2013-12", "달을 `month`로 넘겼는지 봅니다."),
        ("flights", len(table), "공항을 `airports`로, 한 곳이라도 목록이나 튜플로 넘겼는지 봅니다."),
        ("late_rate", round(float((table["arr_delay"] > 60).mean()), 3), "지연의 기준은 분입니다."),
    )
    for name, right, hint in hints:
        if seen.get(name) != right:
            raise Wrong(saw=f"{name}이(가) {short(seen.get(name))}", expected=expected, hint=hint)
    return "노트북은 그대로 두고 인자 셋만 바꾸었습니다. 열에 하나는 한 시간 넘게 늦었습니다."


@exercise("11-2")
def refused_before_the_kernel(value: Any) -> str:
    """커널을 띄우기 전에 거절되는 요청."""
    letters = (
        {str(each).strip().upper() for each in value} if isinstance(value, str | list | tuple | set) else None
    )
    if letters is None or not letters <= set(REQUESTS):
        raise Wrong(
            saw=short(value), expected="A부터 F까지의 글자를 담은 목록", hint='`["A", "C"]`처럼 적습니다.'
        )
    missed = sorted(letters ^ _REFUSED)
    if not missed:
        return (
            "맞습니다. C는 형식이 맞아 통과하고, 셀이 파일을 열 때에야 실패합니다. 값의 뜻은 노트북이 첫머리에서 "
            "살펴야 합니다. `flights.check_month(month)` 한 줄이면 됩니다."
        )
    raise Wrong(
        saw=f"{len(REQUESTS) - len(missed)}개를 바르게 갈랐습니다",
        expected="거절되는 요청은 모두 있고, 받아들이는 요청은 없는 목록",
        hint=f"{missed[0]}를 다시 봅니다. {_ABOUT[missed[0]]}",
    )


@exercise("11-3")
def carrier_report(value: Any) -> str:
    """배우는 사람이 만든 노트북을 정말 실행해 봅니다."""
    expected = "`month`와 `carrier`를 받아 `flights`와 `late_rate`를 넘기는 노트북"
    if not isinstance(value, str | Path) or not Path(value).is_file():
        raise Wrong(
            saw=short(str(Path(value).name) if isinstance(value, str | Path) else value),
            expected=f"{expected}의 경로",
            hint="`write_notebook`이 돌려준 경로나, 만든 노트북 파일의 경로를 `mine`에 넣습니다.",
        )
    found = []
    for month, carrier in _TRIALS:
        asked = {"month": month, "carrier": carrier}
        results = _run(Path(value), asked, expected)
        table = _delays(month)
        table = table[table["carrier"] == carrier]
        right = {"flights": len(table), "late_rate": float((table["arr_delay"] > LATE_MINUTES).mean())}
        found.append((asked, results, right))
    for asked, results, right in found:
        for name, hint in (
            ("flights", "`carrier`가 같은 항공편만 세는지, `month`의 파일을 읽는지 봅니다."),
            ("late_rate", "15분 **넘게** 늦은 항공편의 수를 도착한 항공편의 수로 나눕니다."),
        ):
            if abs(float(results[name]) - right[name]) > 0.0006:
                same = found[0][1][name] == found[1][1][name]
                raise Wrong(
                    saw=f"{asked}로 실행하니 {name}이(가) {short(results[name])}",
                    expected=f"그 달, 그 항공사의 {name}",
                    hint="다른 달과 항공사를 넣어도 같은 값이 나옵니다. 셀 어딘가에 값이 박혀 있지 않은지 봅니다."
                    if same
                    else hint,
                )
    return "노트북 한 권이 어느 달, 어느 항공사에도 답합니다. 다음 수업에서는 이것이 그대로 Airflow의 태스크가 됩니다."


def _run(notebook: Path, asked: dict[str, str], expected: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            NotebookRun(notebook, Path(folder) / "default.ipynb").prepare()
            output = Path(folder) / "out.ipynb"
            results = run_notebook(notebook, output, asked, html=False, runs=folder, timeout=60).results
        except BadParameter as error:
            hint = "`parameters` 셀에 `month`와 `carrier`를 형식과 기본값까지 적었는지 봅니다."
            raise Wrong(saw=str(error), expected=expected, hint=hint) from None
        except NotebookError as error:
            hint = "그 노트북을 `run_notebook`으로 직접 실행해, 어느 셀에서 멈추는지 봅니다."
            raise Wrong(saw=str(error), expected=expected, hint=hint) from None
    for name in ("flights", "late_rate"):
        value = results.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            given = ", ".join(results) or "없음"
            hint = f"마지막 셀에서 `record({name}=...)`로 수를 넘기는지 봅니다."
            raise Wrong(saw=f"넘긴 이름: {given}", expected=f"{name}이라는 이름의 수", hint=hint)
    return results
