"""03. 데이터 드리프트 ①의 연습문제."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlops_lab import drift
from mlops_lab.lesson.checking import Wrong, exercise, number, one_of

_HIDDEN = {
    "A": drift.Scenario(kind="concept", onset=1, magnitude=0.8, rows=8000, seed=31),
    "B": drift.Scenario(kind="covariate", onset=1, magnitude=0.7, rows=8000, seed=32),
    "C": drift.Scenario(kind="concept", onset=1, magnitude=-1.0, rows=8000, seed=33),
}
_CARRIERS = 16


def mystery(letter: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """연습 03-2의 배치: 변하기 전과 후의 표. 행은 8,000개씩이고 열은 x1, x2, group, y입니다."""
    tables = (pd.DataFrame(drift.simulate(_HIDDEN[letter], batch)) for batch in (0, 1))
    before, after = (table[["x1", "x2", "group", "y"]] for table in tables)
    return before, after


@exercise("03-1")
def fallen_carriers(value: Any) -> str:
    """8월보다 9월에 지연율이 낮아진 항공사의 수."""
    seen = number(value, "항공사의 수", low=0, high=_CARRIERS)
    if seen == _CARRIERS:
        return "열여섯 곳 모두 낮아졌습니다. 어느 한 항공사의 일이 아니었습니다."
    if seen == 0:
        hint = "9월에서 8월을 뺐는지, 8월에서 9월을 뺐는지 부호를 다시 봅니다."
    else:
        hint = "`by_carrier`의 두 열을 견주면 항공사마다 참과 거짓이 나옵니다. 참의 수를 셉니다."
    raise Wrong(saw=f"{seen:g}곳", expected="9월의 지연율이 8월보다 낮은 항공사의 수", hint=hint)


@exercise("03-2")
def mystery_kinds(value: Any) -> str:
    """가린 배치 셋에서 무엇이 변했는지."""
    if not isinstance(value, dict) or set(value) != set(_HIDDEN):
        raise Wrong(
            saw=repr(value)[:80],
            expected='열쇠가 "A", "B", "C"인 사전',
            hint="`answers`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    given = {letter: one_of(value[letter], ("covariate", "prior", "concept")) for letter in _HIDDEN}
    missed = [letter for letter, kind in given.items() if kind != _HIDDEN[letter].kind]
    if not missed:
        return "셋 다 맞혔습니다. 분포가 그대로인데 기울기가 달라지면 규칙이 변한 것입니다."
    hints = {
        "covariate": "`x1`의 평균이 움직였는지부터 봅니다. 움직였다면 `x1`마다 `y`의 비율도 움직였는지 봅니다.",
        "concept": "`x1`의 분포가 그대로인지 봅니다. 그대로라면 `x1`이 클 때와 작을 때 `y`의 비율이 어떻게 다른지 견줍니다.",
    }
    raise Wrong(
        saw=f"{len(given) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected="분포와 규칙 가운데 움직인 것의 이름",
        hint=hints[_HIDDEN[missed[0]].kind],
    )


@exercise("03-3")
def shape_of_temperature(value: Any) -> str:
    """기온이 변하는 모양."""
    seen = one_of(value, ("sudden", "incremental", "gradual", "recurring"))
    if seen == "recurring":
        return "계절은 해마다 돌아옵니다. 그래서 지난해의 같은 달과 견주는 감시도 있습니다."
    hints = {
        "sudden": "기온이 한 달 만에 뛰고 그 뒤로 그대로입니까? 그림을 다시 봅니다.",
        "incremental": "7월까지는 그렇게 보입니다. 그 뒤는 어떻습니까?",
        "gradual": "겨울의 기온과 여름의 기온이 한 달에 섞여 있다가 여름만 남습니까?",
    }
    raise Wrong(saw=seen, expected="한 해가 지나도 맞는 이름", hint=hints[seen])
