"""02. 왜 MLOps인가의 연습문제."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pandas as pd

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.ingest import read_ingested
from mlops_lab.flights.model import fit, predict
from mlops_lab.lesson.checking import Wrong, exercise, number, short

CELLS = (
    'table = raw[["wind_speed"]].astype(float)',
    'table["wind_speed"] = table["wind_speed"] * 1.609344',
    'table = table[table["wind_speed"] > 30]',
    "answer = len(table)",
)
"""지현 씨의 노트북: 바람이 시속 30 km보다 세게 분 시간을 셉니다. `raw`의 풍속은 시속 마일입니다."""

_MPH_TO = {"시속 킬로미터(km/h)": 1.609344, "초속 미터(m/s)": 0.44704}


def press(cells: Sequence[str], order: Sequence[int], raw: pd.DataFrame) -> Any:
    """새 커널에서 셀을 `order`(1부터)대로 누른 다음의 `answer`. 오류가 나면 그 이름, 없으면 None입니다."""
    kernel: dict[str, Any] = {"raw": raw.copy(), "pd": pd}
    for number_ in order:
        try:
            exec(cells[number_ - 1], kernel)  # noqa: S102 (배우는 사람이 자기 커널에서 적은 셀입니다)
        except Exception as error:
            return type(error).__name__
    return kernel.get("answer")


@cache
def _precision() -> tuple[float, float]:
    """3월에 확률 0.5 이상인 편 가운데 늦은 비율. 기온이 화씨일 때와 섭씨로 왔을 때입니다."""
    home = flights.home()
    for month in flights.MONTHS[:3]:
        steps.prepare(month, home, "features", "labels")
    march, late = load_labelled(["2013-03"], home)
    model = fit(*load_labelled(flights.BOOTSTRAP, home))
    in_celsius = march.assign(temp=(march["temp"] - 32) / 1.8)
    healthy, broken = (float(late[predict(model, each) >= 0.5].mean()) for each in (march, in_celsius))
    return healthy, broken


@exercise("02-1")
def precision_when_broken(value: Any) -> str:
    """기온이 섭씨로 온 3월에, 확률 0.5 이상인 편 가운데 늦은 비율."""
    expected = "섭씨로 온 날의 예측에서, 확률이 0.5 이상인 편 가운데 늦은 비율"
    seen = number(value, expected, low=0, high=1)
    healthy, truth = _precision()
    if abs(seen - truth) < 0.002:
        return (
            f"{seen:.2f}입니다. 화씨로 왔다면 {healthy:.2f}였습니다. "
            "안내할 편이 네 배 가까이 늘었는데 절반 넘게 헛걸음입니다. AUC는 이것을 말해 주지 않았습니다."
        )
    if abs(seen - healthy) < 0.002:
        hint = "멀쩡한 화씨의 예측으로 셈했습니다. `broken`을 씁니다."
    elif abs(seen - (1 - truth)) < 0.002:
        hint = "제때 온 비율입니다. 물은 것은 늦은 비율입니다."
    else:
        hint = "`broken >= 0.5`인 편만 고르고, 고른 편의 `march_late`를 평균합니다."
    raise Wrong(saw=f"{seen:.3f}", expected=expected, hint=hint)


@exercise("02-2")
def cells_that_can_be_pressed_again(value: Any) -> str:
    """어떤 순서로 눌러도 조용히 틀리지 않는 셀 네 개."""
    expected = "글 네 개의 목록. 차례로 누르면 맞고, 다른 순서로 눌러도 조용히 틀리지 않습니다"
    if not isinstance(value, list | tuple) or len(value) != len(CELLS):
        raise Wrong(saw=short(value), expected=expected, hint="`CELLS`처럼 셀 하나를 글 하나로 적습니다.")
    cells = [str(cell) for cell in value]
    home = flights.home()
    for month in ("2013-01", "2013-04"):
        steps.prepare(month, home, "features")
        raw = read_ingested("weather", month, home)
        truth, seen = press(CELLS, (1, 2, 3, 4), raw), press(cells, (1, 2, 3, 4), raw)
        if seen != truth:
            hint = "셀을 차례로 눌렀을 때 `answer`에 시간의 수가 남아야 합니다. 오류의 이름이 보이면 그것부터 고칩니다."
            if month != "2013-01":
                hint = "다른 달의 `raw`를 주면 틀립니다. 수를 적어 넣지 말고 `raw`에서 셈합니다."
            raise Wrong(saw=f"{month}을 차례로 누른 answer: {short(seen)}", expected=expected, hint=hint)
    raw = read_ingested("weather", "2013-01", home)
    truth = press(CELLS, (1, 2, 3, 4), raw)
    for rest in itertools.product((1, 2, 3, 4), repeat=4):
        seen = press(cells, (1, *rest), raw)
        if seen is not None and not isinstance(seen, str) and seen != truth:
            order = ", ".join(map(str, (1, *rest)))
            hint = (
                "같은 이름을 고쳐 쓰는 셀이 있습니다. 셀마다 새 이름에 담으면, 두 번 눌러도 같은 값이 됩니다."
            )
            raise Wrong(saw=f"{order}번 순서로 누르면 {short(seen)}", expected=expected, hint=hint)
    return (
        "256가지 순서 가운데 조용히 틀리는 것이 하나도 없습니다. 순서가 어긋나면 오류가 나서 곧바로 압니다."
    )


@exercise("02-3")
def wind_is_in_miles(value: Any) -> str:
    """풍속이 시속 마일인지 보는 검사 함수."""
    expected = "날씨 표를 받아, 풍속이 시속 마일이면 True, 아니면 False를 돌려주는 함수"
    if not callable(value):
        raise Wrong(
            saw=short(value), expected=expected, hint="`def`로 만든 함수의 이름을 괄호 없이 넣습니다."
        )
    home = flights.home()
    for month in flights.MONTHS:
        steps.prepare(month, home, "features")
        weather = read_ingested("weather", month, home)
        if not _answers(value, weather, f"{month}의 진짜 날씨", expected):
            hint = "멀쩡한 달을 막았습니다. 자료에는 잘못 적힌 값이 한두 줄 섞여 있으므로, 한 줄에 휘둘리지 않는 값을 봅니다."
            raise Wrong(saw=f"{month}의 진짜 날씨에 False", expected=expected, hint=hint)
        for unit, factor in _MPH_TO.items():
            if _answers(
                value,
                weather.assign(wind_speed=weather["wind_speed"] * factor),
                f"{unit}로 바꾼 {month}",
                expected,
            ):
                hint = (
                    "열두 달의 풍속을 진짜 단위와 바꾼 단위로 나란히 요약해 보고, 둘을 가르는 값을 찾습니다."
                )
                raise Wrong(saw=f"{unit}로 바꾼 {month}에 True", expected=expected, hint=hint)
    return "열두 달을 모두 통과시키고, 바꾼 단위 스물네 벌을 모두 막았습니다. 이것이 코드로 적은 약속입니다."


def _answers(judge: Callable[[pd.DataFrame], Any], weather: pd.DataFrame, what: str, expected: str) -> bool:
    try:
        answer = judge(weather.copy())
        if answer is None or getattr(answer, "shape", None):
            raise TypeError("True나 False 하나가 아닙니다")
        return bool(answer)
    except Exception as error:
        hint = "함수를 한 달의 날씨로 먼저 불러 봅니다. 표의 열은 `wind_speed`이고, `return`으로 답합니다."
        raise Wrong(saw=f"{what}에서 {type(error).__name__}: {error}", expected=expected, hint=hint) from None
