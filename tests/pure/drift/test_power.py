"""최소 탐지 효과: 셈한 크기의 변화를 넣으면 열에 여덟 번 찾습니다."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlops_lab.drift import (
    Rule,
    chi_square,
    compare,
    compare_column,
    detectable_effect,
    fit_profile,
    judge,
    ks,
    rows_needed,
    total_variation,
)
from mlops_lab.drift._power import moved, outline, split_levels, to_sd

SIZES = [(300, 300), (1_000, 1_000), (5_000, 500)]
RUNS = 400
ALPHA = Rule().alpha


def right(hits: int) -> bool:
    return 0.72 <= hits / RUNS <= 0.88


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.6])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_power_at_the_claimed_shift_of_a_number(n: int, m: int, threshold: float) -> None:
    random = np.random.default_rng([1, n, m])
    effect = detectable_effect(n, m, threshold=threshold, alpha=ALPHA)
    assert effect is not None
    shift = to_sd(outline(np.sort(random.normal(size=400_000)), None), effect, 400_000)
    assert shift is not None
    hits = 0
    for _ in range(RUNS):
        d, p = ks(np.sort(random.normal(size=n)), np.sort(random.normal(shift, 1, m)))
        hits += d >= threshold and p < ALPHA
    assert right(hits), hits


@pytest.mark.parametrize("threshold", [0.05, 0.2])
@pytest.mark.parametrize(
    "shares",
    [[0.5, 0.5], [0.9, 0.1], [0.5, 0.3, 0.2], [0.1] * 10, [0.02, 0.98], [0.0, 1.0]],
    ids=["half", "nine to one", "three", "ten", "missing", "none missing"],
)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_power_at_the_claimed_shift_of_shares(
    n: int, m: int, shares: list[float], threshold: float
) -> None:
    random = np.random.default_rng([2, n, m, len(shares)])
    effect = detectable_effect(n, m, threshold=threshold, alpha=ALPHA, shares=shares)
    assert effect is not None
    p, rising = split_levels(np.array(shares))
    q = moved(p, rising, effect)
    assert np.abs(q - p).sum() / 2 == pytest.approx(effect)
    hits = 0
    for _ in range(RUNS):
        before, now = random.multinomial(n, p), random.multinomial(m, q / q.sum())
        hits += total_variation(before, now) >= threshold and chi_square(before, now)[1] < ALPHA
    assert right(hits), hits


def test_a_verdict_says_what_it_would_have_found() -> None:
    """열 열 개를 함께 볼 때, 한 열만 그만큼 밀리면 열에 여덟 번 찾습니다."""
    random = np.random.default_rng(3)

    def table(shift: float = 0.0) -> dict[str, np.ndarray]:
        return {f"x{i}": random.normal(shift * (i == 0), 1, 1_000) for i in range(10)}

    first = compare(table(), table()).columns[0]
    assert first.detectable is not None
    assert first.detectable_shift is not None
    assert first.detectable == pytest.approx(
        detectable_effect(1_000, 1_000, threshold=0.05, alpha=ALPHA / 10) or 0, abs=0.005
    )
    hits = sum(
        compare(table(), table(first.detectable_shift)).columns[0].verdict == "drift" for _ in range(120)
    )
    assert 0.68 <= hits / 120 <= 0.92


def test_the_shift_of_a_normal_column_is_the_closed_form() -> None:
    random = np.random.default_rng(4)
    quantiles = outline(np.sort(random.normal(7, 3, 400_000)), None)
    for d, effect in ((0.1, 0.0399), (0.3, 0.1192), (0.5, 0.1974), (1.0, 0.3829)):
        assert to_sd(quantiles, effect, 400_000) == pytest.approx(d, rel=0.06)
    assert to_sd(outline(np.full(9, 5.0), None), 0.1, 9) is None
    assert len(outline(np.array([0.0, 2.7e154]), None)) == 0
    assert to_sd(outline(np.repeat([0.0, 1.0], 50), None), 0.1, 100) is None


def test_missing_values_and_a_profile_say_it_too() -> None:
    random = np.random.default_rng(5)
    before = {"x": np.where(random.random(5_000) < 0.02, np.nan, random.normal(size=5_000))}
    now = {"x": random.normal(size=500)}
    whole, short = compare(before, now).columns[0], judge(fit_profile(before), now).columns[0]
    assert whole.detectable_missing == pytest.approx(0.066, abs=0.01)
    assert short.detectable_missing == whole.detectable_missing
    assert short.detectable == pytest.approx(whole.detectable, abs=1e-3)
    assert short.detectable_shift == pytest.approx(whole.detectable_shift, rel=0.05)
    assert (
        json.loads(json.dumps(compare(before, now).to_dict()))["columns"][0]["detectable"] == whole.detectable
    )


def test_more_demanding_rules_find_only_larger_shifts() -> None:
    random = np.random.default_rng(6)
    x, y = random.normal(size=2_000), random.normal(size=2_000)
    found = [
        compare_column(x, y, rule=rule).detectable or 0
        for rule in (Rule(), Rule(alpha=1e-6), Rule(min_psi=0.1), Rule(min_effect=0.3))
    ]
    assert found == sorted(found)
    assert found[0] < found[1] < found[2] < found[3]


def test_nothing_is_claimed_where_nothing_can_be_found() -> None:
    assert detectable_effect(5, 5, threshold=0.05, alpha=ALPHA) is None
    assert detectable_effect(1_000, 1_000, threshold=1.0, alpha=ALPHA) is None
    assert detectable_effect(1_000, 1_000, threshold=0.6, alpha=ALPHA, shares=[0.5, 0.5]) is None
    assert compare_column([1.0, 2.0] * 200, [1.0, 2.0] * 20).detectable is None
    assert compare_column([3.0] * 500, [3.0] * 500).detectable_shift is None


@pytest.mark.parametrize("shares", [None, [0.5, 0.3, 0.2]])
def test_the_rows_needed_are_the_fewest_that_find_it(shares: list[float] | None) -> None:
    def found(m: int, effect: float) -> bool:
        seen = detectable_effect(20_000, m, threshold=0.05, alpha=ALPHA, shares=shares)
        return seen is not None and seen <= effect

    for effect in (0.06, 0.1, 0.3):
        m = rows_needed(effect, 20_000, threshold=0.05, alpha=ALPHA, shares=shares)
        assert m is not None
        assert found(m, effect)
        assert not found(m - 1, effect)
    assert rows_needed(0.3, 20_000, threshold=0.05, alpha=ALPHA, shares=shares, min_rows=5_000) == 5_000


def test_no_number_of_rows_finds_what_the_threshold_hides() -> None:
    assert rows_needed(0.04, 20_000, threshold=0.05, alpha=ALPHA) is None
    assert rows_needed(0.1, 100, threshold=0.05, alpha=ALPHA) is None  # 기준이 작습니다.
    assert rows_needed(0.3, 50, threshold=0.05, alpha=ALPHA, min_rows=100) is None
