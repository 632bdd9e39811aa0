"""이 기준과 이 크기의 배치라면 얼마나 큰 변화부터 찾는지(검정력) 셈합니다.

최소 탐지 효과(minimum detectable effect)는 **검정력 0.8로 드리프트라고 할 가장 작은 참 효과**입니다. 드리프트라고 하려면 잰
효과가 문턱 이상이고 p-값도 작아야 하므로, 둘 가운데 더 까다로운 쪽을 넘을 확률이 0.8인 효과를 찾습니다. 함께 검정하는 가설이
K개이면 유의수준은 `alpha / K`입니다. 나머지가 모두 그대로일 때 Benjamini-Hochberg가 이 열에 요구하는 값입니다.

행은 독립이라고 봅니다. 날마다 함께 흔들리는 자료에서는 문턱만 시간 블록을 알 뿐이라 실제로는 더 큰 변화라야 찾습니다.
그때는 `calibrate`로 자료에서 직접 재십시오.

**수치와 시각(KS).** `N = nm / (n + m)`이고 참 D가 Delta이면, 두 누적분포가 가장 벌어진 자리에서 `sqrt(N) D`는 평균이
`sqrt(N) Delta`이고 표준편차가 `sqrt(1 - Delta^2) / 2`인 정규분포를 따릅니다(정규분포가 통째로 밀렸을 때). 그런데 D는 둘레까지
훑은 최댓값이라 이보다 큽니다. 그 자리의 둘레는 브라운 운동에서 포물선 `a s^2`을 뺀 것이고
(`a = sqrt(N) d / (2 phi(d / 2))`, d는 표준편차로 잰 이동), 그 최댓값은 `a^(-1/3)`에 비례합니다(Chernoff, 1964; Groeneboom, 1989).
비례 상수 0.78은 이동이 있는 브라운 다리를 2만 번 흉내 내어 `sqrt(N) D`의 임계값 1.4부터 20까지에서 잰 것입니다(0.76~0.79).
기준의 모양이 정규분포와 다르면 검정력도 0.8에서 벗어납니다(1,000행끼리: 로그정규와 지수분포 0.79, 자유도 3의 t 0.74, 균등분포 0.96).
값이 몇 개뿐인 열은 둘레를 띄엄띄엄 보므로 `0.583 sqrt(값 하나의 몫)`만큼 덜 커집니다(Broadie, Glasserman과 Kou, 1997).

**범주와 결측(전변동 거리와 카이제곱).** 변화의 방향을 모르므로 카이제곱이 가장 못 찾는 방향을 봅니다. 전변동 거리가 같을
때 비중심도는, 범주를 비율의 합이 반반에 가깝게 둘로 나누고 한쪽에서 다른 쪽으로 비율에 비례하여 옮길 때 가장 작습니다(Cauchy-Schwarz).
p-값은 비중심 카이제곱에서(Cohen, 1988), 잰 전변동 거리의 평균과 분산은 접힌 정규분포(Leone 외, 1961)에서 옵니다. `|X|`와 X의
공분산은 `(1 - 2 Phi(-mu / sigma)) sigma^2`(Stein, 1981)이라, 범주끼리의 상관은 이 선형 부분으로 셈합니다.

`min_psi`가 있으면 PSI도 그만큼이어야 합니다. `PSI >= 4 (전변동 거리)^2`(Pinsker의 부등식)이므로 효과가 `sqrt(min_psi) / 2`이면
넉넉합니다.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mlops_lab.drift._result import ColumnDrift, TestName
from mlops_lab.drift._rule import Rule
from mlops_lab.drift._statistics import MIN_EXPECTED

POWER = 0.8
_Z = float(special.ndtri(POWER))
_EXCESS = 0.78
_DISCRETE = 0.583
_OUTLINE = 257
_MOST_ROWS = 1 << 40


def detectable_effect(
    n: float,
    m: float,
    *,
    threshold: float,
    alpha: float,
    shares: ArrayLike | None = None,
    atom: float = 0.0,
) -> float | None:
    """검정력 0.8로 찾는 가장 작은 효과.

    Args:
        n: 기준에서 검정이 쓰는 행의 수(결측 제외).
        m: 배치에서 검정이 쓰는 행의 수.
        threshold: 효과의 문턱.
        alpha: 이 가설 하나의 유의수준. 가설 K개를 함께 보면 `Rule.alpha / K`입니다.
        shares: 기준의 범주마다의 비율. 결측이면 `[결측의 비율, 나머지]`입니다. 주지 않으면 수치 열(KS)입니다.
        atom: 수치 열에서 값 하나가 차지하는 몫. 연속이면 0입니다.

    Returns:
        효과(D, 전변동 거리, 결측 비율의 차이). 아무리 크게 달라져도 찾지 못하면 None입니다.
    """
    if n < 1 or m < 1:
        return None
    if shares is None:
        return _detectable_d(n, m, threshold, alpha, atom)
    return _detectable_variation(np.asarray(shares, dtype=float), n, m, threshold, alpha)


def rows_needed(
    effect: float,
    n: float,
    *,
    threshold: float,
    alpha: float,
    shares: ArrayLike | None = None,
    atom: float = 0.0,
    min_rows: int = 1,
) -> int | None:
    """크기가 `effect`인 변화를 검정력 0.8로 찾으려면 배치에 있어야 하는 행의 수.

    Args:
        effect: 찾으려는 효과.
        n: 기준의 행의 수(결측 제외).
        threshold: 효과의 문턱.
        alpha: 이 가설 하나의 유의수준(`detectable_effect`와 같습니다).
        shares: 범주 열이면 기준의 비율.
        atom: 수치 열에서 값 하나가 차지하는 몫.
        min_rows: 판정에 필요한 가장 적은 행의 수. 답은 이보다 작지 않습니다.

    Returns:
        행의 수. 문턱에 가리거나 기준이 작아, 배치가 아무리 커도 찾지 못하면 None입니다.
    """

    def found(m: int) -> bool:
        seen = detectable_effect(n, m, threshold=threshold, alpha=alpha, shares=shares, atom=atom)
        return seen is not None and seen <= effect

    low, high = 0, max(min_rows, 1)
    if n < min_rows:
        return None
    while not found(high):
        low, high = high, high * 2
        if high > _MOST_ROWS:
            return None
    while high - low > 1 and high > min_rows:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return max(high, min_rows)


def _detectable_d(n: float, m: float, threshold: float, alpha: float, atom: float) -> float | None:
    root = math.sqrt(n * m / (n + m))
    critical = max(threshold, float(special.kolmogi(alpha)) / root)
    if critical >= 1:
        return None
    effect = critical
    for _ in range(12):
        effect = min(max(effect, 1e-9), 1 - 1e-9)
        d = 2 * float(special.ndtri((1 + effect) / 2))
        bend = root * d / 2 * math.sqrt(2 * math.pi) * math.exp(min(d * d / 8, 600.0))
        excess = max(0.0, _EXCESS * bend ** (-1 / 3) - _DISCRETE * math.sqrt(atom))
        effect = critical + (_Z / 2 * math.sqrt(1 - effect * effect) - excess) / root
    return min(max(effect, 0.0), 1.0)


def _detectable_variation(
    shares: NDArray[np.float64], n: float, m: float, threshold: float, alpha: float
) -> float | None:
    p, rising = split_levels(shares)
    room = float(p[~rising].sum())

    def found(effect: float) -> bool:
        q = moved(p, rising, effect)
        pooled = (n * p + m * q) / (n + m)
        rare = min(n, m) * pooled < MIN_EXPECTED  # 검정도 이런 구간은 한데 모읍니다.
        gaps, weights = (np.append(each[~rare], each[rare].sum()) for each in (q - p, pooled))
        if not rare.any():
            gaps, weights = gaps[:-1], weights[:-1]
        if len(gaps) < 2:
            return False
        spread = float((gaps**2 / weights).sum()) * n * m / (n + m)
        freedom = len(gaps) - 1
        critical = float(special.chdtri(freedom, alpha))
        if float(special.chndtr(critical, freedom, spread)) > 1 - POWER:
            return False
        mean, sd = observed_variation(p, q, n, m)
        return mean - _Z * sd >= threshold

    if not found(room):
        return None
    low, high = 0.0, room
    for _ in range(11):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def split_levels(shares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """범주를 비율의 합이 반반에 가깝게 둘로 나눕니다. 합이 작은 쪽이 늘어날 쪽입니다.

    Args:
        shares: 기준의 범주마다의 비율. 범주가 하나뿐이면 새 범주를 하나 더 둡니다.

    Returns:
        `(비율, 늘어날 쪽이면 참)`.
    """
    p = shares / shares.sum()
    p = p[p > 0] if (p > 0).sum() > 1 else np.array([p.max(), 0.0])
    sides, totals = np.zeros(len(p), dtype=bool), [0.0, 0.0]
    for i in np.argsort(-p, kind="stable"):
        lighter = totals[1] < totals[0]
        sides[i] = lighter
        totals[lighter] += float(p[i])
    return p, sides if totals[1] <= totals[0] else ~sides


def moved(p: NDArray[np.float64], rising: NDArray[np.bool_], effect: float) -> NDArray[np.float64]:
    """전변동 거리가 `effect`가 되도록, 줄어들 쪽에서 늘어날 쪽으로 비율에 비례하여 옮긴 비율."""
    up = p[rising] / p[rising].sum() if p[rising].sum() > 0 else 1 / int(rising.sum())
    q = p.copy()
    q[rising] += effect * up
    q[~rising] -= effect * p[~rising] / p[~rising].sum()
    return np.maximum(q, 0.0)


def observed_variation(
    p: NDArray[np.float64], q: NDArray[np.float64], n: float, m: float
) -> tuple[float, float]:
    """참 비율이 p와 q일 때 잰 전변동 거리의 평균과 표준편차."""
    mean = q - p
    variance = np.maximum(p * (1 - p) / n + q * (1 - q) / m, 1e-300)
    sigma = np.sqrt(variance)
    sign = 1 - 2 * special.ndtr(-mean / sigma)
    folded = sigma * math.sqrt(2 / math.pi) * np.exp(-((mean / sigma) ** 2) / 2) + mean * sign
    linear = sum(float((sign**2 * s).sum() - (sign * s).sum() ** 2) / size for s, size in ((p, n), (q, m)))
    rest = np.maximum(mean**2 + variance - folded**2 - sign**2 * variance, 0.0).sum()
    return float(folded.sum()) / 2, math.sqrt(max(linear + float(rest), 0.0)) / 2


def outline(points: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """기준의 분위수 257개. 단위는 기준의 표준편차이고, 기준이 상수이거나 너무 커서 셈할 수 없으면 비어 있습니다.

    Args:
        points: 오름차순 값.
        weights: 점마다의 행의 수. None이면 모두 1입니다.
    """
    if not len(points):
        return np.array([])
    places = np.linspace(0, 1, _OUTLINE)
    with np.errstate(over="ignore", invalid="ignore"):
        if weights is None:
            found = points[(places * (len(points) - 1)).astype(int)]
            away = points - points[len(points) // 2]  # numpy.std보다 덜 훑습니다.
            mean = float(away.sum()) / len(points)
            sd = math.sqrt(max(float(np.dot(away, away)) / len(points) - mean * mean, 0.0))
        else:
            upto = np.cumsum(weights)
            found = points[np.minimum(np.searchsorted(upto, places * upto[-1]), len(points) - 1)]
            mean = float(np.average(points, weights=weights))
            sd = math.sqrt(float(np.average((points - mean) ** 2, weights=weights)))
        return found / sd if 0 < sd < math.inf else np.array([])


def to_sd(quantiles: NDArray[np.float64], effect: float, n: float) -> float | None:
    """기준이 통째로 밀릴 때 D가 `effect`가 되는 이동(기준의 표준편차).

    밀린 누적분포와의 가장 큰 차이는 `sup P(x - s < X <= x)`(집중 함수; Lévy, 1937)이므로, 답은 확률을 `effect`만큼 담는 가장
    짧은 구간의 길이입니다. 표본에서 짧은 구간의 최솟값은 우연히 몰린 곳을 고르므로, 확률을 적어도 `1.3 n^(-1/5)`(많아야 0.5)만큼 담는 구간에서
    재어 비례로 줄입니다. 서랍 원리에 따라 참값보다 짧지 않은 쪽입니다.

    Args:
        quantiles: `outline`의 결과.
        effect: D.
        n: 기준의 행의 수.

    Returns:
        이동. 기준이 상수이거나, 한 값에 그만큼 몰려 있어 이동으로 말할 수 없으면 None입니다.
    """
    if not len(quantiles) or effect <= 0:
        return None
    mass = min(max(effect, min(1.3 * n**-0.2, 0.5)), 1.0)
    places = np.linspace(0, 1, len(quantiles))
    starts = places[places <= 1 - mass]
    widths = np.interp(starts + mass, places, quantiles) - quantiles[: len(starts)]
    return float(widths.min()) * effect / mass or None


def atom_share(quantiles: NDArray[np.float64]) -> float:
    """값 하나가 차지하는 몫의 평균(비율의 제곱의 합). 값이 모두 다르면 0입니다."""
    if not len(quantiles):
        return 0.0
    counts = np.unique(quantiles, return_counts=True)[1] / len(quantiles)
    return float((counts**2).sum() - 1 / len(quantiles))


def add_detectable(
    column: ColumnDrift,
    thresholds: Sequence[tuple[TestName, float]],
    quantiles: NDArray[np.float64],
    rule: Rule,
    tests: int,
) -> ColumnDrift:
    """판정에 최소 탐지 효과를 적습니다.

    Args:
        column: 판정을 마친 열.
        thresholds: 이 열의 가설마다의 검정과 문턱.
        quantiles: 수치와 시각 열이면 기준의 `outline`.
        rule: 판정의 규칙.
        tests: 함께 검정한 가설의 수(모든 열).
    """
    found: dict[str, Any] = {}
    for test, threshold in thresholds:
        n, m = float(column.n_reference), float(column.n_current)
        if test != "missing":
            n, m = n * (1 - column.missing_reference), m * (1 - column.missing_current)
        if round(min(n, m)) < rule.min_rows:
            continue
        alpha, least = rule.alpha / tests, max(threshold, math.sqrt(rule.min_psi) / 2)
        if test == "ks":
            seen = detectable_effect(n, m, threshold=least, alpha=alpha, atom=atom_share(quantiles))
            found["detectable"] = seen
            found["detectable_shift"] = None if seen is None else to_sd(quantiles, seen, n)
        elif test == "chi2":
            shares = np.array(column.counts_reference[:-1], dtype=float)
            found["detectable"] = detectable_effect(n, m, threshold=least, alpha=alpha, shares=shares)
        else:
            shares = np.array([column.missing_reference, 1 - column.missing_reference])
            seen = detectable_effect(n, m, threshold=threshold, alpha=alpha, shares=shares)
            found["detectable_missing"] = seen
    return replace(column, **found)
