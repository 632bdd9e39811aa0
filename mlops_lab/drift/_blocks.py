"""시간 블록으로 문턱을 보정합니다.

하루 안의 행은 서로 닮았습니다(그날의 날씨, 그날의 행사). 행이 모두 독립이라고 보는 검정은 이것을 모르므로, 하루치
300행이 오면 날마다 드리프트라고 합니다. 그래서 기준 기간을 블록으로 나누고, 블록 하나를 나머지와 견주어 **드리프트가 없을 때
블록이 얼마나 다른지**를 먼저 봅니다. 새 배치는 그보다 더 달라야 드리프트입니다.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_lab.drift._bins import Bins, bin_counts
from mlops_lab.drift._columns import ORDERED, read_column
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._statistics import total_variation

MIN_BLOCKS = 5
_WANTED_BLOCKS = 8
_LEVEL = 0.999


def span(days: NDArray[np.float64]) -> float:
    """첫날부터 마지막 날까지의 날수(양 끝 포함)."""
    return float(np.nanmax(np.floor(days)) - np.nanmin(np.floor(days)) + 1)


def block_length(reference_days: float, batch_days: float) -> float:
    """블록의 길이(일). 배치와 같은 길이가 좋지만, 기준에서 블록이 8개는 나오도록 줄입니다."""
    return min(batch_days, reference_days / _WANTED_BLOCKS)


def split_blocks(days: NDArray[np.float64], length: float) -> list[NDArray[np.intp]]:
    """행의 번호를 `length`일 단위의 블록으로 나눕니다. 보통 블록의 절반보다 작은 자투리는 뺍니다.

    Raises:
        DriftInputError: 블록이 5개보다 적습니다.
    """
    if not length > 0:
        raise DriftInputError(f"블록의 길이가 {length}일입니다. 0보다 커야 합니다.")
    known = np.flatnonzero(~np.isnan(days))
    number = np.floor((days[known] - days[known].min()) / length).astype(int)
    blocks = [known[number == each] for each in np.unique(number)]
    typical = np.median([len(block) for block in blocks])
    blocks = [block for block in blocks if len(block) >= typical / 2]
    if len(blocks) < MIN_BLOCKS:
        raise DriftInputError(
            f"기준에서 {length:g}일짜리 블록이 {len(blocks)}개 나왔습니다. 문턱을 보정하려면 {MIN_BLOCKS}개는 있어야 "
            "합니다. 더 짧은 블록이나 더 긴 기준 기간을 주십시오."
        )
    return blocks


def leave_one_out(
    values: Any, blocks: Sequence[NDArray[np.intp]], bins: Bins, grid: NDArray[np.float64]
) -> tuple[float, float]:
    """블록 하나와 나머지를 견준 효과의 상한. `(값의 상한, 결측 비율의 상한)`이고, 단위는 `to_shift`의 표준편차입니다.

    상한은 지금까지 본 가장 큰 값과, 블록을 하나 더 보았을 때의 99.9 % 예측 상한(`mean + t sd sqrt(1 + 1/B)`; Hahn과
    Meeker, 1991) 가운데 큰 쪽입니다. 블록이 적으면 t가 커져 저절로 조심스러워집니다.

    Args:
        values: 기준의 열. 행의 번호로 꺼낼 수 있어야 합니다.
        blocks: 블록마다의 행의 번호.
        bins: 기준의 구간.
        grid: 수치 열의 누적분포를 견줄 점(오름차순).
    """
    array = values.to_numpy() if hasattr(values, "to_numpy") else values
    if not isinstance(array, np.ndarray):
        array = np.array(list(array), dtype=object)
    parts = [read_column(array[block]) for block in blocks]
    if bins.kind in ORDERED:
        counts = np.array([np.searchsorted(each.values.astype(float), grid, "right") for each in parts])
    else:
        counts = np.array([bin_counts(each, bins)[:-1] for each in parts])
    present = np.array([len(each.values) for each in parts])
    rows = np.array([each.n for each in parts])
    effects, missing = [], []
    for i in range(len(parts)):
        rest = np.arange(len(parts)) != i
        missing.append(abs(present[i] / rows[i] - present[rest].sum() / rows[rest].sum()))
        if not present[i] or not present[rest].sum():
            continue
        if bins.kind in ORDERED:
            here, there = counts[i] / present[i], counts[rest].sum(axis=0) / present[rest].sum()
            effects.append(float(np.abs(here - there).max()))
        else:
            effects.append(total_variation(counts[rest].sum(axis=0), counts[i]))
    return _upper_limit(effects), _upper_limit(missing)


def _upper_limit(effects: list[float]) -> float:
    if len(effects) < 2:
        return 0.0
    shifts, b = to_shift(np.array(effects)), len(effects)
    t = float(special.stdtrit(b - 1, _LEVEL))
    limit = float(shifts.mean()) + t * float(shifts.std(ddof=1)) * np.sqrt(1 + 1 / b)
    return float(max(limit, shifts.max()))


def to_shift(effect: NDArray[np.float64]) -> NDArray[np.float64]:
    """효과(0과 1 사이)를, 같은 D를 만드는 정규분포의 이동(표준편차)으로 바꿉니다. `D = 2 Phi(d / 2) - 1`의 역입니다.

    효과는 1을 넘지 못하므로 상한을 바로 셈하면 1을 넘을 수 있습니다. 이동의 눈금에서 셈하고 되돌립니다.
    """
    shift: NDArray[np.float64] = 2 * special.ndtri((1 + np.minimum(effect, 1 - 1e-9)) / 2)
    return shift


def to_effect(shift: float) -> float:
    """`to_shift`의 역."""
    return float(2 * special.ndtr(shift / 2) - 1)


@dataclass(frozen=True)
class Calendar:
    """시간으로 견줄 때의 길이(일).

    Attributes:
        block: 블록의 길이.
        reference: 기준의 길이.
        batch: 배치의 길이.
    """

    block: float
    reference: float
    batch: float

    @property
    def variance(self) -> float:
        """블록 하나와 나머지 기준의 평균이 다른 만큼의 분산. 블록끼리 독립이라고 보면 `1/b + 1/(K - b)`에 비례합니다."""
        return 1 / self.block + 1 / max(self.reference - self.block, self.block)

    @property
    def scale(self) -> float:
        """블록보다 긴 배치에 맞게 상한을 줄이는 비율. 배치가 블록보다 짧거나 같으면 1입니다.

        날마다의 흔들림은 길게 모을수록 평균에서 지워집니다. 블록은 나머지 기준(K - b일)과, 배치는 기준 전체(K일)와 견줍니다.
        """
        if self.batch <= self.block or self.reference <= self.block:
            return 1.0
        return math.sqrt((1 / self.batch + 1 / self.reference) / self.variance)
