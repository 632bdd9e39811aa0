"""구간(bin). 기준 표본이 한 번 정하고, 견주는 표본을 보고 바꾸지 않습니다."""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._columns import ORDERED, Kind, Sample

BINS = 10
MAX_LEVELS = 500
"""범주가 이보다 많으면 따로 세지 않고, 이름의 해시로 `BUCKETS`개의 묶음에 나눕니다.

많은 것부터 고르면 안 됩니다. 기준에서 우연히 많았던 범주만 골라져, 드리프트가 없어도 현재에서는 줄어든 것처럼 보입니다.
"""

BUCKETS = 100
_CHUNK = 1 << 14
"""범주를 한 번에 세는 행의 수. 범주가 백만 개여도 메모리를 이만큼만 더 씁니다."""


@dataclass(frozen=True)
class Bins:
    """구간의 경계.

    수치와 시각은 `[범위 아래, 안쪽 구간들, 범위 위, (0), 결측]`, 나머지는 `[범주들, 그 밖, 결측]`의 순서로 셉니다.
    "그 밖"은 기준에 없던 새 범주입니다.

    Attributes:
        kind: 열의 종류.
        edges: 안쪽 구간의 경계(오름차순). 구간은 왼쪽 끝을 포함하고 오른쪽 끝을 뺍니다.
        low, high: 기준 표본의 최솟값과 최댓값.
        own_zero: 0에 구간을 따로 두면 참. 0이 한 구간의 몫보다 많을 때입니다(강수량처럼).
        levels: 따로 세는 범주.
        pooled: 범주가 너무 많아 해시로 묶었으면 참. 그때는 새 범주를 알 수 없습니다.
        aware: 시간대가 있는 시각이면 참.
    """

    kind: Kind
    edges: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    own_zero: bool = False
    levels: tuple[str | bool, ...] = ()
    pooled: bool = False
    aware: bool = False

    @property
    def count(self) -> int:
        """구간의 수."""
        if self.kind in ORDERED:
            return len(self.edges) + 4 + int(self.own_zero)
        return len(self.levels) + 2

    @property
    def outside(self) -> slice:
        """기준의 범위를 벗어난 값이나 새 범주를 세는 칸. `counts[bins.outside].sum()`처럼 씁니다."""
        if self.kind in ORDERED:
            return slice(0, len(self.edges) + 3, len(self.edges) + 2)
        return slice(len(self.levels), len(self.levels) + 1)

    @property
    def ends(self) -> list[str]:
        """수치와 시각의 안쪽 구간들의 양 끝을 글자로. 길이는 안쪽 구간의 수 + 1입니다."""
        show = _moment if self.kind == "datetime" else "{:.4g}".format
        return [show(edge) for edge in (self.low, *self.edges, self.high)]

    @property
    def labels(self) -> list[str]:
        """구간의 한국어 이름. 길이는 `count`입니다."""
        if self.kind not in ORDERED:
            words = {True: "참", False: "거짓"}
            levels = [
                words.get(level, str(level)) if isinstance(level, bool) else level for level in self.levels
            ]
            return [*levels, "그 밖", "결측"]
        inner = [
            left if left == right else f"{left}~{right}" for left, right in itertools.pairwise(self.ends)
        ]
        return ["범위 아래", *inner, "범위 위", *(["0"] if self.own_zero else []), "결측"]


def _moment(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")


def fit_bins(reference: Sample, bins: int = BINS) -> Bins:
    """기준 표본에서 구간을 정합니다. 수치와 시각은 분위수(10이면 십분위수), 나머지는 범주마다 하나입니다.

    Args:
        reference: 기준 표본(`read_column`).
        bins: 수치와 시각을 나눌 구간의 수.

    Returns:
        현재 표본을 세는 데에도 그대로 쓸 구간.
    """
    values = reference.values
    if reference.kind in ORDERED:
        zeros = _share_of_zero(values)
        own_zero = reference.kind == "numeric" and 1 / bins < zeros < 1
        inner = values[values != 0] if own_zero else values
        places = np.arange(1, bins) / bins * (len(inner) - 1)  # 정렬되어 있어 numpy.quantile보다 빠릅니다.
        left = places.astype(int)
        right = np.minimum(left + 1, len(inner) - 1)
        edges = np.unique(inner[left] + (inner[right] - inner[left]) * (places - left))
        edges = edges[edges > values[0]]  # 최솟값이 경계이면 그 왼쪽은 언제나 비어 있습니다.
        ends = (float(values[0]), float(values[-1]))
        return Bins(reference.kind, tuple(edges.tolist()), *ends, own_zero, aware=reference.aware)
    levels: set[str | bool] = set()
    for first in range(0, len(values), _CHUNK):
        levels.update(values[first : first + _CHUNK].tolist())
        if len(levels) > MAX_LEVELS:
            return Bins(reference.kind, levels=tuple(f"묶음 {i}" for i in range(BUCKETS)), pooled=True)
    return Bins(reference.kind, levels=tuple(sorted(levels, key=str)))


def _share_of_zero(values: NDArray[np.float64]) -> float:
    left, right = np.searchsorted(values, 0.0, "left"), np.searchsorted(values, 0.0, "right")
    return float((right - left) / len(values))


def bin_counts(sample: Sample, bins: Bins) -> NDArray[np.int64]:
    """구간마다의 행의 수를 셉니다.

    Args:
        sample: 셀 표본(`read_column`).
        bins: 기준이 정한 구간(`fit_bins`).

    Returns:
        개수. 모양은 `(bins.count,)`이고 합은 `sample.n`입니다.
    """
    missing = sample.n - len(sample.values)
    if bins.kind not in ORDERED:
        if bins.pooled:
            buckets = [0] * bins.count
            for first in range(0, len(sample.values), _CHUNK):
                for level, count in Counter(sample.values[first : first + _CHUNK].tolist()).items():
                    buckets[zlib.crc32(str(level).encode()) % BUCKETS] += count
            buckets[-1] = missing
            return np.array(buckets, dtype=np.int64)
        known = Counter(sample.values.tolist())
        seen = [known[level] for level in bins.levels]
        return np.array([*seen, len(sample.values) - sum(seen), missing], dtype=np.int64)
    values = sample.values
    cuts = [np.searchsorted(values, bins.low, "left"), *np.searchsorted(values, bins.edges, "left")]
    cuts.append(np.searchsorted(values, bins.high, "right"))
    counts = np.diff([0, *cuts, len(values)])
    if not bins.own_zero:
        return np.array([*counts, missing], dtype=np.int64)
    zeros = int(np.searchsorted(values, 0.0, "right") - np.searchsorted(values, 0.0, "left"))
    if zeros:
        position = 1 + int(np.searchsorted(bins.edges, 0.0, "right"))
        counts[position if bins.low <= 0 <= bins.high else (0 if bins.low > 0 else len(counts) - 1)] -= zeros
    return np.array([*counts, zeros, missing], dtype=np.int64)
