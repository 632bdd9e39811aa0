"""드리프트의 통계량. 식, 범위, 단위, 출처를 함수마다 적습니다.

구간의 통계량(PSI, 젠센-섀넌, 헬린저, 전변동, 카이제곱)은 구간별 개수 둘을 받고, 표본의 통계량(KS, 바서슈타인)은
기준의 값과 현재의 값을 받습니다. 이미 정렬했으면 `_of_sorted`를 씁니다. 기준은 가중치가 있는 점들로 줄인 것이어도 됩니다.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mlops_lab.drift._errors import DriftInputError

FLOOR = 1e-4
"""PSI에서 빈 구간의 비율을 대신하는 바닥값."""

MIN_EXPECTED = 5.0
_CHUNK = 1 << 15
"""한 번에 훑는 행의 수. 표본이 아무리 커도 메모리를 이만큼만 더 씁니다.

이만한 배열의 내적(`numpy.dot`)은 BLAS가 스레드를 깨우고 기다리느라, 곱하고 더하는 것보다 느립니다.
"""

_STEP = 64


def psi(reference: ArrayLike, current: ArrayLike, floor: float = FLOOR) -> float:
    """PSI(population stability index). `sum((p - q) ln(p / q))`, p는 현재의 비율이고 q는 기준의 비율입니다.

    0 이상이고 단위는 냇(nat)입니다. 두 방향의 쿨백-라이블러 발산을 더한 값이라 두 표본을 바꾸어도 같습니다. 비율은
    `floor` 아래로 내리지 않습니다. 바닥값과 구간의 수가 답을 크게 바꾸므로 늘 함께 말해야 합니다. 드리프트가 없어도
    `(1/n + 1/m) * 카이제곱(B - 1)`을 따르므로(Yurdakul, 2018) 0.1이나 0.25라는 문턱은 n과 m 없이는 뜻이 없습니다.

    Args:
        reference: 기준의 구간별 개수, 모양 `(B,)`.
        current: 현재의 구간별 개수, 모양 `(B,)`.
        floor: 비율의 바닥값. 0보다 커야 합니다. 양쪽이 모두 빈 구간은 0을 더합니다.

    Returns:
        PSI(냇).

    Raises:
        ValueError: 모양이 다르거나, 음수가 있거나, 합이 0입니다.
    """
    q, p = (np.maximum(each, floor) for each in _shares(reference, current))
    return float(np.sum((p - q) * np.log(p / q)))


def jensen_shannon(reference: ArrayLike, current: ArrayLike, base: float = 2) -> float:
    """젠센-섀넌 거리. `sqrt((KL(p||m) + KL(q||m)) / 2)`, m은 p와 q의 평균입니다(Lin, 1991; Endres와 Schindelin, 2003).

    로그의 밑이 2면 0과 1 사이입니다. 밑이 e면 그 0.833배(`sqrt(ln 2)`)입니다. 도구마다 밑이 달라(Evidently는 e,
    NannyML은 2) 값만 견주면 틀립니다.

    Args:
        reference: 기준의 구간별 개수, 모양 `(B,)`.
        current: 현재의 구간별 개수, 모양 `(B,)`.
        base: 로그의 밑.

    Returns:
        거리.

    Raises:
        ValueError: 모양이 다르거나, 음수가 있거나, 합이 0입니다.
    """
    q, p = _shares(reference, current)
    middle = (p + q) / 2
    divergence = special.rel_entr(p, middle).sum() + special.rel_entr(q, middle).sum()
    return float(np.sqrt(max(divergence, 0.0) / 2 / np.log(base)))


def hellinger(reference: ArrayLike, current: ArrayLike) -> float:
    """헬린저 거리. `sqrt(1 - sum(sqrt(p q)))`(Hellinger, 1909).

    Args:
        reference: 기준의 구간별 개수, 모양 `(B,)`.
        current: 현재의 구간별 개수, 모양 `(B,)`.

    Returns:
        거리. 0(같음)과 1(겹치지 않음) 사이입니다.

    Raises:
        ValueError: 모양이 다르거나, 음수가 있거나, 합이 0입니다.
    """
    q, p = _shares(reference, current)
    return float(np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2))


def total_variation(reference: ArrayLike, current: ArrayLike) -> float:
    """전변동 거리. `sum(|p - q|) / 2`. 범주를 어떻게 묶든 비율이 이보다 더 달라질 수 없습니다.

    0과 1 사이이고, 0.05면 5 %p입니다. 수치 열의 KS D와 뜻(비율의 가장 큰 차이)이 같아 문턱을 함께 씁니다. Cramér의 V는
    두 표본의 크기가 다르면 작아지므로(1만 행과 1천 행이면 0.29배) 효과 크기로 쓰지 않습니다.

    Args:
        reference: 기준의 구간별 개수, 모양 `(B,)`.
        current: 현재의 구간별 개수, 모양 `(B,)`.

    Returns:
        거리.

    Raises:
        ValueError: 모양이 다르거나, 음수가 있거나, 합이 0입니다.
    """
    q, p = _shares(reference, current)
    return float(np.abs(p - q).sum() / 2)


def chi_square(reference: ArrayLike, current: ArrayLike) -> tuple[float, float]:
    """두 표본의 동질성 카이제곱 검정(Pearson, 1900). 자유도는 (모은 뒤의) 구간의 수 - 1입니다.

    기준을 참값으로 보는 적합도 검정이 아닙니다. 그렇게 하면 기준도 표본이라는 것을 잊어, 크기가 같은 두 표본에서 거짓
    경보가 몇 배로 늡니다. 기대 도수가 5보다 작은 구간은 한데 모읍니다(Cochran, 1954).

    Args:
        reference: 기준의 구간별 개수, 모양 `(B,)`.
        current: 현재의 구간별 개수, 모양 `(B,)`.

    Returns:
        `(통계량, p-값)`. 모은 뒤 구간이 하나뿐이거나 한쪽이 비었으면 `(0, 1)`입니다.

    Raises:
        DriftInputError: 두 개수의 모양이 다르거나, 음수나 결측이 있습니다.
    """
    table = np.array(_counts(reference, current))
    if not table.sum() > 0:
        return 0.0, 1.0
    table = table[:, table.sum(axis=0) > 0]
    share = table.sum(axis=1, keepdims=True) / table.sum()
    rare = (table.sum(axis=0) * share).min(axis=0) < MIN_EXPECTED
    if rare.any():
        table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 0.0, 1.0
    expected = table.sum(axis=0) * share
    if expected.min() < 1:  # 모으고도 거의 비어 있으면 그 칸을 가장 작은 칸과 합칩니다.
        order = np.argsort(expected.min(axis=0))
        table = np.column_stack([table[:, order[:2]].sum(axis=1), table[:, order[2:]]])
        if table.shape[1] < 2:
            return 0.0, 1.0
        expected = table.sum(axis=0) * share
    statistic = float(((table - expected) ** 2 / expected).sum())
    return statistic, float(special.chdtrc(table.shape[1] - 1, statistic))


def ks(reference: ArrayLike, current: ArrayLike, weights: ArrayLike | None = None) -> tuple[float, float]:
    """두 표본 콜모고로프-스미르노프 검정. D는 두 누적분포의 가장 큰 차이로 0과 1 사이입니다.

    p-값은 `sqrt(nm / (n + m)) D`의 점근 분포에서 셈합니다(Smirnov, 1948). 값이 몇 개뿐인 열에서는 조심스러운(큰) 값입니다.
    표본이 크면 아주 작은 D도 유의합니다. p-값만으로 드리프트라고 하지 않습니다.

    Args:
        reference: 기준 값. 순서는 상관없고, 결측이 없어야 합니다.
        current: 현재 값.
        weights: 기준 값마다의 행의 수. 주지 않으면 모두 1입니다.

    Returns:
        `(D, p-값)`.

    Raises:
        DriftInputError: 값이 없거나, 결측이 있습니다.
    """
    return ks_of_sorted(*_ascending(reference, current, weights))


def ks_of_sorted(
    reference: NDArray[np.float64], current: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> tuple[float, float]:
    """오름차순인 두 표본의 `ks`. 다시 정렬하지 않습니다."""
    n = len(reference) if weights is None else float(weights.sum())
    statistic = _largest_gap(reference, current, weights)
    return statistic, ks_p_value(statistic, n, len(current))


def ks_p_value(statistic: float, n: float, m: float) -> float:
    """KS의 D와 두 표본의 크기에서 점근 p-값을 셈합니다."""
    return float(special.kolmogorov(np.sqrt(n * m / (n + m)) * statistic))


def wasserstein(reference: ArrayLike, current: ArrayLike, weights: ArrayLike | None = None) -> float:
    """1-바서슈타인 거리를 **기준의 표준편차**로 나눈 값. `integral(|F - G|) / sd`(Kantorovich, 1942).

    0 이상이고 단위는 기준의 표준편차입니다. 분포가 통째로 0.2 표준편차 밀리면 0.2입니다. 기준이 상수이면 나눌 수 없어,
    현재도 같은 상수이면 0, 아니면 무한대입니다.

    Args:
        reference: 기준 값. 순서는 상관없고, 결측이 없어야 합니다.
        current: 현재 값.
        weights: 기준 값마다의 행의 수. 주지 않으면 모두 1입니다.

    Returns:
        거리(기준의 표준편차).

    Raises:
        DriftInputError: 값이 없거나, 결측이 있습니다.
    """
    return wasserstein_of_sorted(*_ascending(reference, current, weights))


def wasserstein_of_sorted(
    reference: NDArray[np.float64], current: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> float:
    """오름차순인 두 표본의 `wasserstein`. 다시 정렬하지 않습니다."""
    if reference[0] == reference[-1]:
        return 0.0 if current[0] == current[-1] == reference[0] else float("inf")
    area = _area(reference, current) if weights is None else _weighted_area(reference, current, weights)
    return area / _deviation(reference, weights)


def _ascending(
    reference: ArrayLike, current: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """두 표본을 오름차순으로. 가중치도 값을 따라갑니다."""
    samples = []
    for side, values in (("기준", reference), ("현재", current)):
        sample = np.asarray(values, dtype=float).ravel()
        if not len(sample):
            raise DriftInputError(f"{side}에 값이 없습니다. 하나 이상 주십시오.")
        if missing := int(np.isnan(sample).sum()):
            raise DriftInputError(f"{side}에 결측이 {missing:,}개 있습니다. 결측을 빼고 주십시오.")
        samples.append(sample)
    before, now = samples
    if weights is None:
        return np.sort(before), np.sort(now), None
    counts = np.asarray(weights, dtype=float).ravel()
    if len(counts) != len(before):
        raise DriftInputError(f"기준의 값은 {len(before):,}개인데 가중치는 {len(counts):,}개입니다.")
    order = np.argsort(before, kind="stable")
    return before[order], np.sort(now), counts[order]


def _largest_gap(
    reference: NDArray[np.float64], current: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> float:
    """두 누적분포의 가장 큰 차이. 합치지 않고, 기준의 점에서 그 점까지의 차이와 그 점 바로 앞까지의 차이만 봅니다.

    기준이 `_STEP`번째마다 어디에 있는지 먼저 보면, 그 사이에서 차이가 얼마까지 커질 수 있는지를 압니다. 지금까지 본 가장 큰
    차이보다 커질 수 없는 사이는 보지 않습니다. 그래도 답은 다 본 것과 같습니다.
    """
    upto = None if weights is None else np.append(0.0, np.cumsum(weights))
    n, m = float(len(reference) if upto is None else upto[-1]), len(current)

    def share(number: NDArray[np.intp]) -> NDArray[np.float64]:
        """기준의 앞쪽 점 `number`개까지의 기준의 비율."""
        return (number if upto is None else upto[number]) / n

    def ends(at: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """기준의 점 바로 앞까지와 그 점까지의 현재의 비율."""
        points = reference[at]
        before = np.searchsorted(current, points, "left")
        until = before.copy()
        same = np.flatnonzero(current[np.minimum(before, m - 1)] == points)  # 현재에도 있는 값
        until[same] = np.searchsorted(current, points[same], "right")
        return before / m, until / m

    def largest(at: NDArray[np.intp], before: NDArray[np.float64], until: NDArray[np.float64]) -> float:
        return float(max((share(at + 1) - until).max(), (before - share(at)).max()))

    at = np.append(np.arange(0, len(reference) - 1, _STEP), len(reference) - 1)
    before, until = ends(at)
    found = largest(at, before, until)
    limits = np.maximum(share(at[1:]) - until[:-1], before[1:] - share(at[:-1] + 1))
    order = np.argsort(-limits, kind="stable")
    for first in range(0, len(order), _CHUNK // _STEP):
        chosen = order[first : first + _CHUNK // _STEP]
        chosen = chosen[limits[chosen] > found]
        if not len(chosen):
            break
        between = (at[chosen, None] + np.arange(1, _STEP)).ravel()
        between = np.sort(between[between < len(reference)])
        if len(between):
            found = max(found, largest(between, *ends(between)))
    return found


def _area(reference: NDArray[np.float64], current: NDArray[np.float64]) -> float:
    """두 누적분포 사이의 넓이. 같은 분위수끼리 뺀 차이를 더합니다.

    큰 표본의 행 하나가 차지하는 분위수의 폭(`1 / m`)에는 작은 표본의 행이 많아야 둘 걸칩니다.
    """
    small, large = sorted((reference, current), key=len)
    n, m = len(small), len(large)
    total = 0.0
    for first in range(0, m, _CHUNK):
        row = np.arange(first, min(first + _CHUNK, m))
        left, right = row * n // m, ((row + 1) * n - 1) // m
        width = np.maximum(right * m - row * n, 0) / (n * m)
        here = large[first : first + _CHUNK]
        total += float((np.abs(here - small[left]) * width).sum())
        total += float((np.abs(here - small[right]) * (1 / m - width)).sum())
    return total


def _weighted_area(
    reference: NDArray[np.float64], current: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """`_area`와 같으나, 기준의 점마다 폭이 다릅니다. 폭은 현재의 행 하나를 단위로 셉니다."""
    m = len(current)
    upto = np.cumsum(weights)
    upto *= m / upto[-1]
    total = 0.0
    for first in range(0, m, _CHUNK):
        last = min(first + _CHUNK, m)
        inner = upto[np.searchsorted(upto, first, "right") : np.searchsorted(upto, last, "left")]
        ends = np.sort(np.concatenate([inner, np.arange(first + 1, last + 1)]))
        there = reference[np.minimum(np.searchsorted(upto, ends, "left"), len(reference) - 1)]
        here = current[np.ceil(ends).astype(int) - 1]
        total += float((np.abs(here - there) * (np.diff(ends, prepend=first) / m)).sum())
    return total


def _deviation(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> float:
    """정렬된 값의 표준편차. 제곱이 넘치지 않게 중앙값에서 벗어난 만큼을 범위로 나누어 셈합니다."""
    center = float(values[len(values) // 2])
    spread = max(float(values[-1]) - center, center - float(values[0]))
    first = second = 0.0
    for start in range(0, len(values), _CHUNK):
        away = (values[start : start + _CHUNK] - center) / spread
        heavy = away if weights is None else away * weights[start : start + _CHUNK]
        first, second = first + float(heavy.sum()), second + float((heavy * away).sum())
    n = len(values) if weights is None else float(weights.sum())
    return spread * float(np.sqrt(second / n - (first / n) ** 2))


def adjust(p_values: ArrayLike) -> NDArray[np.float64]:
    """여러 p-값을 거짓 발견율(FDR)로 고칩니다(Benjamini와 Hochberg, 1995).

    서로 독립인 열이 50개이고 유의수준이 0.05면, 드리프트가 없어도 92 %의 날에 경보가 하나는 울립니다. 그래서 고칩니다.

    Args:
        p_values: 함께 본 검정의 p-값, 모양 `(k,)`. 비어 있으면 안 됩니다.

    Returns:
        고친 p-값. 순서가 같고, 0과 1 사이이며, 원래 값보다 작지 않습니다.

    Raises:
        DriftInputError: 0과 1 사이가 아닌 값이 있습니다.
    """
    p = np.asarray(p_values, dtype=float)
    if len(p) and not 0 <= p.min() <= p.max() <= 1:
        raise DriftInputError(f"p-값이 {_some(p)}입니다. 모두 0과 1 사이여야 합니다.")
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return adjusted


def _counts(reference: ArrayLike, current: ArrayLike) -> list[NDArray[np.float64]]:
    counts = [np.asarray(each, dtype=float) for each in (reference, current)]
    if counts[0].shape != counts[1].shape or counts[0].ndim != 1:
        raise DriftInputError(
            f"구간별 개수의 모양이 {counts[0].shape}과(와) {counts[1].shape}입니다. 같은 구간으로 센 개수 둘을 주십시오."
        )
    for side, each in zip(("기준", "현재"), counts, strict=True):
        if len(each) and not 0 <= each.min() <= each.max() < np.inf:
            raise DriftInputError(f"{side}의 개수가 {_some(each)}입니다. 0 이상의 수여야 합니다.")
    return counts


def _some(values: NDArray[np.float64]) -> str:
    return str(values[:8].tolist()) + ("" if len(values) <= 8 else f" 등 {len(values):,}개")


def _shares(reference: ArrayLike, current: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counts = _counts(reference, current)
    for side, each in zip(("기준", "현재"), counts, strict=True):
        if not each.sum() > 0:
            raise DriftInputError(f"{side}의 개수가 {_some(each)}입니다. 합이 0보다 커야 합니다.")
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()
