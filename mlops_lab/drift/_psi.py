"""PSI(population stability index)와, 기준 표본이 정하는 구간."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ZERO_SHARE = 0.2
"""기준 표본에서 0이 이 비율을 넘는 열은 0에 구간을 따로 줍니다. 강수량처럼 거의 모두 0인 열 때문입니다."""


@dataclass(frozen=True)
class Bins:
    """기준 표본으로 정한 구간. 견주는 표본을 보고 바꾸지 않습니다.

    Attributes:
        kind: `"numeric"` 또는 `"categorical"`.
        edges: 수치 열의 안쪽 경계(오름차순). 바깥쪽은 열려 있어 범위를 벗어난 값은 맨 끝 구간에 듭니다.
        own_zero: 0에 구간을 따로 두면 참.
        low, high: 기준 표본의 최솟값과 최댓값. 범위를 벗어난 비율을 잴 때 씁니다.
        levels: 범주 열의 범주. 여기에 없는 새 범주는 범주마다 구간을 하나씩 더 줍니다.
    """

    kind: str
    edges: tuple[float, ...] = ()
    own_zero: bool = False
    low: float = float("nan")
    high: float = float("nan")
    levels: tuple[Any, ...] = ()

    @property
    def count(self) -> int:
        """구간의 수. 결측의 구간과 0의 구간을 포함하고, 새 범주의 구간은 뺍니다."""
        if self.kind == "categorical":
            return len(self.levels) + 1
        return len(self.edges) + 1 + int(self.own_zero) + 1


def fit_bins(reference: NDArray[Any], bins: int = 10) -> Bins:
    """기준 표본에서 구간을 정합니다. 수치 열(float)은 분위수, 나머지(object)는 범주마다 하나입니다.

    Args:
        reference: 1차원. float 배열(NaN은 결측)이거나 object 배열(None은 결측)입니다.
        bins: 수치 열을 나눌 구간의 수. 10이면 십분위수입니다.
    """
    if reference.dtype == object:
        return Bins(
            "categorical", levels=tuple(sorted({value for value in reference if value is not None}, key=str))
        )
    known = reference[~np.isnan(reference)]
    if not len(known):
        return Bins("numeric")
    own_zero = bool((known == 0).mean() > ZERO_SHARE)
    inner = known[known != 0] if own_zero else known
    quantiles = np.quantile(inner, np.arange(1, bins) / bins) if len(inner) else np.array([])
    edges = tuple(float(edge) for edge in np.unique(quantiles))
    return Bins("numeric", edges, own_zero, float(known.min()), float(known.max()))


def bin_counts(values: NDArray[Any], bins: Bins) -> NDArray[np.int64]:
    """구간마다의 개수. 모양은 `(bins.count + 새 범주의 수,)`이고, `bins.count - 1`번째 칸이 결측입니다.

    수치 구간은 왼쪽 끝을 포함하고 오른쪽 끝을 뺍니다(`numpy.histogram`과 같습니다).
    """
    if bins.kind == "categorical":
        known = Counter(values.tolist())
        new = sorted(set(known) - set(bins.levels) - {None}, key=str)
        return np.array([known[level] for level in (*bins.levels, None, *new)], dtype=np.int64)
    present = values[~np.isnan(values)]
    zero = present == 0 if bins.own_zero else np.zeros(len(present), dtype=bool)
    inside = np.searchsorted(np.array(bins.edges), present[~zero], side="right")
    counts = np.bincount(inside, minlength=len(bins.edges) + 1)
    tail = [int(zero.sum())] if bins.own_zero else []
    return np.concatenate([counts, tail, [len(values) - len(present)]]).astype(np.int64)


def psi(reference: NDArray[Any], current: NDArray[Any], floor: float = 1e-4) -> float:
    """구간의 개수 둘에서 PSI를 셈합니다. `sum((p - q) * ln(p / q))`이고, 비율은 `floor` 아래로 내리지 않습니다.

    양쪽이 모두 빈 구간은 세지 않습니다. 바닥값이 답을 크게 바꾸므로 늘 함께 말해야 합니다.

    Args:
        reference: 기준 표본의 구간별 개수, 모양 `(B,)`.
        current: 견주는 표본의 구간별 개수, 모양 `(B,)`. 뒤에 새 범주의 칸이 더 있어도 됩니다.
        floor: 비율의 바닥값. 0보다 커야 합니다.
    """
    width = max(len(reference), len(current))
    reference, current = (
        np.pad(np.asarray(each, dtype=float), (0, width - len(each))) for each in (reference, current)
    )
    p = np.maximum(current / current.sum(), floor)
    q = np.maximum(reference / reference.sum(), floor)
    return float(np.sum((p - q) * np.log(p / q)))
