"""04. 데이터 드리프트 ②의 연습문제."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_lab import drift, flights
from mlops_lab.flights import steps
from mlops_lab.flights.features import load_features
from mlops_lab.lesson.checking import Wrong, exercise, number, one_of

_BINS, _WANTED = 10, 0.01
_SEPTEMBER = "2013-09"
_HIDDEN = {"A": (70, 0.0, 50), "B": (60_000, 0.03, 42), "C": (5_000, 0.3, 43), "D": (300, 0.1, 53)}
"""글자마다 (현재의 행의 수, 밀린 정도(표준편차), 씨앗)."""


def mystery(letter: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """연습 04-3의 배치: 기준과 현재의 값. 기준은 20,000행입니다."""
    rows, shift, seed = _HIDDEN[letter]
    reference = np.random.default_rng(0).normal(size=20_000)
    return reference, np.random.default_rng(seed).normal(shift, 1, rows)


@exercise("04-1")
def rows_for_a_quiet_psi(value: Any) -> str:
    """드리프트가 없을 때 PSI의 평균이 0.01이 되는 한쪽의 행의 수."""
    seen = number(value, "한쪽의 행의 수", low=1)
    expected = 2 * (_BINS - 1) / seen
    if abs(seen * _WANTED - 2 * (_BINS - 1)) <= _WANTED:
        return (
            "문턱은 행의 수를 보고 정해야 합니다. 이보다 적은 행에 0.01이라는 문턱을 쓰면 우연만 재게 됩니다."
        )
    if abs(seen * _WANTED - 2 * _BINS) <= _WANTED:
        hint = "식에 들어가는 것은 구간의 수 B가 아니라 그보다 하나 적은 수입니다."
    elif abs(seen * _WANTED - (_BINS - 1)) <= _WANTED:
        hint = "기준도 표본입니다. 1/n과 1/m을 둘 다 더했는지 봅니다."
    else:
        hint = (
            "식의 왼쪽에 0.01을, n과 m에 같은 수를 넣고 풉니다. `psi_without_drift(n).mean()`으로 확인합니다."
        )
    raise Wrong(
        saw=f"{seen:,.10g}행. 이때 PSI의 평균은 {expected:.4f}쯤입니다",
        expected="평균이 0.01이 되는 행의 수",
        hint=hint,
    )


def _rain_psi(log: Any = np.log) -> tuple[float, float]:
    """강수량의 두 구간(0, 0보다 큼)이 PSI에 더하는 값. 기준은 1월과 2월, 현재는 9월입니다."""
    home = flights.home()
    shares = []
    for months in (flights.BOOTSTRAP, [_SEPTEMBER]):
        for month in months:
            steps.prepare(month, home, "features")
        rain = load_features(months, home)["precip"].dropna()
        shares.append(float((rain > 0).mean()))
    q, p = shares
    dry = ((1 - p) - (1 - q)) * log((1 - p) / (1 - q))
    return float(dry), float((p - q) * log(p / q))


@exercise("04-2")
def psi_of_rain(value: Any) -> str:
    """두 구간으로 나눈 강수량의 PSI."""
    seen = number(value, "강수량의 PSI", low=-1, high=10)
    dry, wet = _rain_psi()
    near = 0.0006
    if abs(seen - (dry + wet)) <= near:
        return f"{dry + wet:.3f}입니다. 십분위로는 0이던 변화가 구간 둘로 드러났습니다."
    if abs(seen) < 1e-9:
        hint = "십분위의 경계를 쓰지 않았는지 봅니다. 구간은 둘이고, 0보다 큰지로 나눕니다."
    elif abs(seen + dry + wet) <= near:
        hint = "PSI는 음수가 되지 않습니다. `(p - q)`와 `log(p / q)`에서 p와 q의 자리가 서로 바뀌지 않았는지 봅니다."
    elif abs(seen - wet) <= near or abs(seen - dry) <= near:
        hint = "구간 하나만 셌습니다. 비가 오지 않은 편의 구간도 제 몫을 더합니다."
    elif abs(seen - sum(_rain_psi(np.log10))) <= near:
        hint = "밑이 10인 로그를 썼습니다. PSI는 자연로그를 씁니다."
    elif seen > 10 * (dry + wet):
        hint = "개수가 아니라 비율로 셈합니다. 비율은 저마다의 행의 수로 나눈 값입니다."
    else:
        hint = (
            "두 구간의 비율이 저마다 더해서 1이 되는지, 결측을 뺀 `rain`과 `rain_september`를 썼는지 봅니다."
        )
    raise Wrong(saw=f"{seen:.4g}", expected="구간 둘로 셈한 PSI", hint=hint)


@exercise("04-3")
def mystery_verdicts(value: Any) -> str:
    """가린 배치 넷의 판정."""
    if not isinstance(value, dict) or set(value) != set(_HIDDEN):
        raise Wrong(
            saw=repr(value)[:80],
            expected='열쇠가 "A", "B", "C", "D"인 사전',
            hint="`verdicts`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    given = {letter: one_of(value[letter], ("drift", "stable", "undecided")) for letter in _HIDDEN}
    judged = {letter: drift.compare_column(*mystery(letter)) for letter in _HIDDEN}
    missed = [letter for letter, said in given.items() if said != judged[letter].verdict]
    if not missed:
        return "넷 다 맞혔습니다. PSI 0.1은 A에서 헛울리고 C를 놓치며, p 0.05는 B와 D에서 헛울립니다."
    first = judged[missed[0]]
    hints = {
        "A": "행이 몇인지부터 봅니다. 표의 첫 줄입니다.",
        "B": "p가 작은 까닭이 차이가 커서인지, 행이 많아서인지 봅니다. 효과를 문턱과 견줍니다.",
        "C": "PSI 말고 효과와 p를 봅니다. 둘 다 표의 조건을 채우는지 봅니다.",
        "D": "효과는 문턱을 넘습니까? p는 0.05가 아니라 표에 적힌 값과 견줍니다.",
    }
    raise Wrong(
        saw=f"{len(given) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected=f"{missed[0]}(현재 {first.n_current:,}행)를 위의 표로 판정한 것",
        hint=f"`drift.ks`나 `drift.compare_column`으로 효과와 p를 잽니다. {hints[missed[0]]}",
    )
