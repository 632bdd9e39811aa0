"""통계량: 정규분포의 정확한 값, scipy, 손으로 센 값과 견줍니다."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import norm

from mlops_lab.drift import (
    DriftInputError,
    adjust,
    chi_square,
    hellinger,
    jensen_shannon,
    ks,
    psi,
    total_variation,
    wasserstein,
)

N = 200_000
FINE = np.linspace(-8, 9, 4_001)

counts = st.lists(st.integers(0, 1_000), min_size=2, max_size=30).filter(any)
pairs = st.integers(2, 30).flatmap(
    lambda k: st.tuples(*[st.lists(st.integers(0, 1_000), min_size=k, max_size=k).filter(any)] * 2)
)
samples = st.lists(st.integers(-50, 50), min_size=1, max_size=60).map(lambda v: np.sort(np.array(v, float)))


def normal(shift: float = 0.0, n: int = N) -> np.ndarray:
    """분위수를 고르게 찍은 정규분포. 우연이 없습니다."""
    return norm.ppf((np.arange(n) + 0.5) / n) + shift


@pytest.mark.parametrize(
    ("shift", "a_psi", "a_ks", "a_hellinger", "a_js"),
    [
        (0.1, 0.0096, 0.0399, 0.0353, 0.0424),
        (0.3, 0.0861, 0.1192, 0.1058, 0.1267),
        (0.5, 0.2377, 0.1974, 0.1754, 0.2091),
        (1.0, 0.9261, 0.3829, 0.3428, 0.4009),
    ],
)
def test_exact_values_for_two_normals(
    shift: float, a_psi: float, a_ks: float, a_hellinger: float, a_js: float
) -> None:
    deciles = norm.ppf(np.arange(0, 1.01, 0.1))
    tenths = [np.diff(norm.cdf(deciles - d)) for d in (0.0, shift)]
    assert psi(*tenths, floor=1e-12) == pytest.approx(a_psi, abs=5e-5)
    fine = [np.diff(norm.cdf(FINE - d)) for d in (0.0, shift)]
    assert hellinger(*fine) == pytest.approx(a_hellinger, abs=5e-5)
    assert jensen_shannon(*fine) == pytest.approx(a_js, abs=5e-5)
    assert jensen_shannon(*fine, base=np.e) == pytest.approx(a_js * 0.8326, abs=5e-5)
    assert ks(normal(), normal(shift))[0] == pytest.approx(a_ks, abs=5e-5)
    assert wasserstein(normal(), normal(shift)) == pytest.approx(shift, rel=1e-3)


@pytest.mark.parametrize(("floor", "expected"), [(1e-2, 3.9), (1e-4, 8.3), (1e-6, 12.4)])
def test_the_floor_decides_the_value_of_empty_bins(floor: float, expected: float) -> None:
    assert psi(np.full(10, 100), np.array([0] * 9 + [1000]), floor) == pytest.approx(expected, abs=0.1)


def test_chi_square_is_homogeneity_not_goodness_of_fit() -> None:
    before, now = [16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]
    assert chi_square(before, now)[1] == pytest.approx(0.89853, abs=1e-5)
    assert stats.chisquare(now, before).pvalue == pytest.approx(0.67309, abs=1e-5)
    assert chi_square(before, now) == pytest.approx(
        tuple(stats.chi2_contingency([before, now], correction=False)[:2])
    )


def test_rare_levels_are_pooled_and_do_not_alarm() -> None:
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(300):
        levels = random.zipf(1.5, 800) % 1_000
        table = [np.bincount(part, minlength=1_000) for part in np.split(levels, [500])]
        alarms += chi_square(*table)[1] < 0.01
    assert alarms <= 9
    assert chi_square([1] * 50, [1] * 50) == (0.0, 1.0)


@given(samples, samples)
def test_ks_and_wasserstein_agree_with_scipy(a: np.ndarray, b: np.ndarray) -> None:
    assert ks(a, b)[0] == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-12)
    if a[0] < a[-1]:
        assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b) / a.std(), abs=1e-9)
    values, weights = np.unique(a, return_counts=True)
    assert ks(values, b, weights) == pytest.approx(ks(a, b), abs=1e-12)


@pytest.mark.parametrize("decimals", [1, 2, 12])
def test_long_samples_are_swept_in_chunks(decimals: int) -> None:
    random = np.random.default_rng(2)
    a, b = (np.sort(random.normal(d, 1, k).round(decimals)) for d, k in ((0, 90_000), (0.1, 70_000)))
    assert ks(a, b)[0] == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-12)
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b) / a.std(), rel=1e-9)
    assert wasserstein(a + 1e9, b + 1e9) == pytest.approx(wasserstein(a, b), rel=1e-5)


def test_the_ks_p_value_is_the_asymptotic_one() -> None:
    random = np.random.default_rng(1)
    a, b = np.sort(random.normal(size=3_000)), np.sort(random.normal(0.05, size=2_000))
    statistic, p_value = ks(a, b)
    root = np.sqrt(3_000 * 2_000 / 5_000)
    assert p_value == pytest.approx(stats.kstwobign.sf(root * statistic), rel=1e-9)
    assert p_value == pytest.approx(stats.ks_2samp(a, b).pvalue, rel=0.05)


def test_a_constant_reference_has_no_standard_deviation() -> None:
    same = np.full(10, 0.1)
    assert wasserstein(same, same) == 0.0
    assert wasserstein(same, same + 1) == float("inf")


@given(pairs)
def test_binned_measures_are_symmetric_and_bounded(pair: tuple[list[int], list[int]]) -> None:
    one, other = pair
    for measure in (psi, jensen_shannon, hellinger, total_variation):
        assert measure(one, other) == pytest.approx(measure(other, one), abs=1e-12)
        assert measure(one, one) == 0.0
        assert measure(one, other) >= 0.0
    assert max(m(one, other) for m in (jensen_shannon, hellinger, total_variation)) <= 1 + 1e-12
    assert 0 <= chi_square(one, other)[1] <= 1


@given(st.floats(0, 3), st.floats(0.01, 2))
def test_measures_grow_with_the_shift(small: float, more: float) -> None:
    base, near, far = (np.diff(norm.cdf(FINE - d)) for d in (0.0, small, small + more))
    for measure in (psi, jensen_shannon, hellinger, total_variation):
        assert measure(base, near) < measure(base, far)
    grid = normal(n=500)
    assert ks(grid, grid + small)[0] <= ks(grid, grid + small + more)[0]
    assert wasserstein(grid, grid + small) < wasserstein(grid, grid + small + more)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_adjusted_p_values_agree_with_scipy(p_values: list[float]) -> None:
    assert adjust(p_values) == pytest.approx(stats.false_discovery_control(p_values), abs=1e-12)


@pytest.mark.parametrize(
    ("reference", "current", "message"),
    [
        ([1, 2], [1, 2, 3], "같은 구간으로 센"),
        ([0, 0], [1, 2], "기준의 개수"),
        ([1, 2], [1, -2], "현재의 개수"),
    ],
)
def test_counts_that_cannot_be_compared(reference: list[int], current: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        psi(reference, current)


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=300),
    st.lists(st.integers(-3, 3), min_size=1, max_size=300),
    st.integers(0, 2),
)
def test_the_largest_gap_is_found_without_looking_everywhere(
    before: list[int], now: list[int], digits: int
) -> None:
    """값이 많이 겹치거나 하나도 겹치지 않아도, 모든 점에서 견준 것과 같습니다."""
    a = np.sort(np.array(before) + np.arange(len(before)) % 7 / 10**digits)
    b = np.sort(np.array(now, dtype=float))
    weights = 0.5 + np.arange(len(a)) % 3
    points = np.concatenate([a, b])
    for given_weights in (None, weights):
        total = np.append(0, np.cumsum(np.ones(len(a)) if given_weights is None else given_weights))
        there = total[np.searchsorted(a, points, "right")] / total[-1]
        here = np.searchsorted(b, points, "right") / len(b)
        order = np.argsort(points)
        area = np.dot(np.abs(there - here)[order][:-1], np.diff(points[order]))
        assert ks(a, b, given_weights)[0] == np.abs(there - here).max()
        if a[0] < a[-1]:
            mean = np.average(a, weights=given_weights)
            deviation = np.sqrt(np.average((a - mean) ** 2, weights=given_weights))
            assert wasserstein(a, b, given_weights) == pytest.approx(area / deviation, abs=1e-9)


@pytest.mark.parametrize("kind", [list, np.array, tuple])
def test_samples_in_any_order_give_the_same(kind: Any) -> None:
    """정렬하지 않은 값을 주면 틀린 D가 조용히 나오던 것입니다."""
    random = np.random.default_rng(0)
    a, b, weights = random.normal(size=500), random.normal(0.3, size=400), random.integers(1, 9, 500)
    expected = stats.ks_2samp(a, b, method="asymp").statistic
    assert ks(kind(a), kind(b))[0] == pytest.approx(expected, abs=1e-12)
    assert ks(kind(np.sort(a)), kind(np.sort(b)))[0] == pytest.approx(expected, abs=1e-12)
    assert wasserstein(kind(a), kind(b)) == pytest.approx(stats.wasserstein_distance(a, b) / a.std())
    repeated = np.repeat(a, weights)
    assert ks(kind(a), kind(b), kind(weights)) == pytest.approx(ks(repeated, b), abs=1e-12)
    assert wasserstein(kind(a), kind(b), kind(weights)) == pytest.approx(wasserstein(repeated, b))


@pytest.mark.parametrize("statistic", [ks, wasserstein])
@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (([], [1.0]), "기준에 값이 없습니다"),
        (([1.0], []), "현재에 값이 없습니다"),
        (([1.0, np.nan], [1.0]), "기준에 결측이 1개"),
        (([1.0], [np.nan, np.nan]), "현재에 결측이 2개"),
        (([1.0, 2.0], [1.0], [1.0]), "값은 2개인데 가중치는 1개"),
    ],
)
def test_samples_that_cannot_be_compared(statistic: Any, samples: tuple[Any, ...], says: str) -> None:
    with pytest.raises(DriftInputError, match=says):
        statistic(*samples)


@pytest.mark.parametrize("statistic", [psi, chi_square, total_variation, jensen_shannon, hellinger])
@pytest.mark.parametrize(
    "counted",
    [
        ([1, 2], [1, 2, 3]),
        ([np.nan, 1], [1, 1]),
        ([-1, 2], [1, 1]),
        ([1, np.inf], [1, 1]),
        ([[1, 2]], [[1, 2]]),
    ],
    ids=str,
)
def test_no_statistic_answers_counts_that_cannot_be_compared(
    statistic: Any, counted: tuple[Any, Any]
) -> None:
    """카이제곱은 이런 것에 조용히 (0, 1), 곧 "다르지 않다"고 답했습니다."""
    with pytest.raises(DriftInputError, match="개수"):
        statistic(*counted)


def test_the_chi_square_of_an_empty_side_is_no_difference() -> None:
    assert chi_square([0, 0], [3, 4]) == chi_square([0, 0], [0, 0]) == chi_square([5], [9]) == (0.0, 1.0)


@pytest.mark.parametrize("p_values", [[0.1, np.nan], [-0.1, 0.5], [0.5, 1.5]])
def test_p_values_that_are_none(p_values: list[float]) -> None:
    with pytest.raises(DriftInputError, match="p-값"):
        adjust(p_values)
