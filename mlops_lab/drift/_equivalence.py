"""달라지지 않았다고 말할 수 있는지 봅니다: 동등성 검정.

문턱을 넘지 않은 것과 그대로인 것은 다릅니다. 행이 적거나 날마다 크게 흔들리는 열은 크게 달라져도 문턱을 넘지 못합니다. 그래서
`stable`은 **동등 한계(equivalence margin)보다 큰 차이가 없다고 99 %로 말할 수 있을 때**에만 씁니다(Wellek, 2010; Lakens, 2017).

참 효과는 어떤 집합(어떤 값 아래의 행, 어떤 범주들)의 비율의 차이 가운데 가장 큰 것입니다. 그 집합을 A라고 하면 잰 효과는 A에서 잰
차이보다 작지 않고, A에서 잰 차이는 참 차이의 둘레에 표준편차 `sqrt(1/n + 1/m) / 2` 이하로 흔들립니다. 따라서
`잰 효과 + 2.326 sqrt(1/n + 1/m) / 2`는 참 효과의 99 % 상한입니다. 날마다 함께 흔들리는 자료에서는 블록이 보인 흔들림의 상한을
더합니다(삼각 부등식).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_lab.drift._blocks import Calendar, to_effect, to_shift
from mlops_lab.drift._power import POWER, observed_variation

_LEVEL = 0.99
_BOUND = float(special.ndtri(_LEVEL)) / 2
_NOISE_SHARE = 0.8
"""달라진 것이 없을 때 배치의 효과를, 블록이 보인 상한의 이만큼까지로 봅니다. 필요한 날수를 어림할 때에만 씁니다. 답을 아는 자료에서
기준이 120일과 365일일 때 열에 여덟은 안정이 되는 값이고, 기준이 60일이면(블록 8개) 모자랍니다."""


def upper_bound(effect: float, n: float, m: float, noise: float = 0.0) -> float:
    """참 효과의 99 % 상한.

    Args:
        effect: 잰 효과.
        n: 기준에서 검정이 쓴 행의 수.
        m: 배치에서 검정이 쓴 행의 수.
        noise: 달라진 것이 없을 때 블록이 보인 효과의 상한. 행이 독립이라고 보면 0입니다.
    """
    return min(effect + max(_BOUND * math.sqrt(1 / n + 1 / m), noise), 1.0)


def to_say_stable(
    n: float,
    m: float,
    margin: float,
    shares: NDArray[np.float64] | None,
    shift: float,
    calendar: Calendar | None,
) -> str:
    """얼마나 모아야 안정이라고 말할 수 있는지, 사람이 읽는 한 문장.

    Args:
        n: 기준에서 검정이 쓴 행의 수.
        m: 배치에서 검정이 쓴 행의 수.
        margin: 동등 한계.
        shares: 범주마다의 비율. 수치와 시각 열이면 None입니다.
        shift: 블록이 보인 흔들림의 상한(`to_shift`의 표준편차).
        calendar: 블록과 기준과 배치의 길이. 블록을 쓰지 않으면 None입니다.
    """
    needs = []
    most = (margin / (_typical_effect(shares) + _BOUND)) ** 2
    if 1 / n + 1 / m > most:
        needs.append(
            f"배치에 {math.ceil(1 / (most - 1 / n)):,}행이 있으면"
            if 1 / n < most
            else f"기준과 배치에 저마다 {math.ceil(2 / most):,}행이 있으면"
        )
    if shift > 0 and calendar is not None:
        most = calendar.variance * (float(to_shift(np.array(margin / (1 + _NOISE_SHARE)))) / shift) ** 2
        if 1 / calendar.reference + 1 / max(calendar.batch, calendar.block) > most:
            needs.append(
                f"배치가 {math.ceil(1 / (most - 1 / calendar.reference)):,}일이면"
                if 1 / calendar.reference < most
                else f"기준과 배치가 저마다 {math.ceil(2 / most):,}일이면"
            )
    if not needs:
        return "행과 날은 넉넉하므로 작은 변화가 있을 수 있습니다. 다음 배치에서 다시 보십시오."
    return f"달라진 것이 없고 {', '.join(needs)} 안정이라고 할 수 있습니다(어림)."


def _typical_effect(shares: NDArray[np.float64] | None) -> float:
    """달라진 것이 없을 때 열에 여덟은 넘지 않는 효과. 단위는 `sqrt(1/n + 1/m)`입니다."""
    if shares is None:
        return float(special.kolmogi(1 - POWER))
    mean, sd = observed_variation(shares, shares, 2.0, 2.0)
    return mean + float(special.ndtri(POWER)) * sd


def block_noise(shift: float, calendar: Calendar | None) -> float:
    """블록이 보인 흔들림의 상한을 배치의 길이에 맞춘 효과. 블록을 쓰지 않으면 0입니다."""
    return to_effect(shift * calendar.scale) if calendar is not None else 0.0
