"""추정값의 95 % 구간. 행이 아니라 블록(날)을 다시 뽑습니다. 하루 안의 행은 서로 독립이 아니기 때문입니다."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_lab.drift._blocks import MIN_BLOCKS
from mlops_lab.drift._columns import Table, row_days
from mlops_lab.drift._errors import DriftInputError

_LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """추정값과 그 95 % 구간.

    Attributes:
        estimate: 추정값.
        low, high: 구간의 양 끝.
    """

    estimate: float
    low: float
    high: float

    def contains(self, value: float) -> bool:
        """구간이 `value`를 담으면 참."""
        return self.low <= value <= self.high


def block_numbers(table: Table, rows: int, time: str | None) -> NDArray[np.intp]:
    """행마다 0부터 센 블록의 번호. 시각의 열이 있으면 블록은 날이고, 없으면 행 하나하나입니다."""
    if time is None:
        return np.arange(rows)
    return np.unique(np.floor(row_days(table[time], time)), return_inverse=True)[1].ravel()


def bootstrap(
    estimate: Callable[[int, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    blocks: tuple[NDArray[np.intp], NDArray[np.intp]],
    resamples: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """베이즈 부트스트랩(Rubin, 1981)으로 잰 추정값들의 95 % 구간의 반폭.

    블록을 뽑거나 빼는 대신 블록마다 무게를 줍니다. 어느 블록도 무게가 0이 되지 않으므로, 드문 칸이 사라지지 않습니다.

    Args:
        estimate: 몇 번째인지와 두 표의 행마다의 무게를 받아 추정값들을 돌려주는 함수.
        blocks: 두 표의 행마다의 블록의 번호.
        resamples: 되풀이하는 횟수.
        random: 난수.

    Raises:
        DriftInputError: 블록이 너무 적어 흔들림을 잴 수 없습니다.
    """
    counts = [int(each.max()) + 1 for each in blocks]
    fewest = min(counts)
    if fewest < MIN_BLOCKS:
        raise DriftInputError(
            f"두 표의 날(시각의 열을 주지 않았으면 행)이 {counts[0]}개와 {counts[1]}개입니다. 흔들림을 재려면 "
            f"{MIN_BLOCKS}개씩은 있어야 합니다. 더 긴 기간을 주거나, 행이 서로 독립이면 시각의 열을 빼 주십시오."
        )
    drawn = []
    for number in range(resamples):
        weights = []
        for numbers, count in zip(blocks, counts, strict=True):
            weight = random.exponential(size=count)
            weights.append((weight / weight.mean())[numbers])
        drawn.append(estimate(number, *weights))
    # 이렇게 뽑은 분산은 치우치지 않은 분산의 (B - 1) / (B + 1)배입니다.
    spread = np.std(drawn, axis=0, ddof=1) * np.sqrt((fewest + 1) / (fewest - 1))
    half: NDArray[np.float64] = special.stdtrit(fewest - 1, (1 + _LEVEL) / 2) * spread
    return half


def around(estimate: float, half: float) -> Interval:
    """추정값과 반폭으로 구간을 만듭니다."""
    return Interval(float(estimate), float(estimate - half), float(estimate + half))
