"""구간: 기준이 정하고, 결측과 0과 범위 밖이 제자리를 갖습니다."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.drift import bin_counts, chi_square, fit_bins, psi, read_column

numbers = st.lists(
    st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)), min_size=1, max_size=80
)


def counted(reference: list, current: list) -> dict[str, int]:
    bins = fit_bins(read_column(reference))
    return dict(zip(bins.labels, bin_counts(read_column(current), bins).tolist(), strict=True))


def test_missing_and_outside_have_their_own_bins() -> None:
    bins = fit_bins(read_column(np.arange(100.0)))
    counts = bin_counts(read_column([-5, -4, None, 200, 50, float("inf")]), bins)
    assert counts.tolist() == [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2]
    assert counts[bins.outside].sum() == 3
    assert bins.labels[0] == "범위 아래"
    assert bins.labels[-1] == "결측"


def test_bins_are_left_closed_and_the_maximum_stays_inside() -> None:
    bins = fit_bins(read_column(np.arange(101.0)))
    edges = np.array([*bins.edges, bins.high])
    assert bin_counts(read_column(edges), bins).tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 0]
    assert bin_counts(read_column(np.arange(101.0)), bins)[1:-2].tolist() == [10] * 9 + [11]


@pytest.mark.parametrize(("now", "expected"), [(0.043, 0.013), (0.40, 0.9)])
def test_a_column_that_is_mostly_zero_is_not_blind(now: float, expected: float) -> None:
    def rain(wet: float) -> np.ndarray:
        count = round(10_000 * wet)
        return np.concatenate([np.zeros(10_000 - count), np.linspace(0.01, 1, count)])

    reference = read_column(rain(0.071))
    bins = fit_bins(reference)
    assert bins.own_zero
    value = psi(bin_counts(reference, bins), bin_counts(read_column(rain(now)), bins))
    assert value == pytest.approx(expected, rel=0.3)


def test_zeros_below_between_and_above_the_range() -> None:
    for low, high in ((-3.0, 3.0), (0.5, 3.0), (-3.0, -0.5)):
        values = [*np.linspace(low, high, 60), *[0.0] * 40]
        counts = counted(values, [*values, None])
        assert counts["0"] == 40
        assert counts["결측"] == 1
        assert sum(counts.values()) == 101
        assert min(counts.values()) >= 0


def test_levels_new_and_vanished() -> None:
    assert counted(["나", "가", "가"], ["다", "가", None]) == {"가": 1, "나": 0, "그 밖": 1, "결측": 1}
    assert counted([True, False], [True, True]) == {"거짓": 0, "참": 2, "그 밖": 0, "결측": 0}


def test_too_many_levels_are_hashed_not_chosen_by_their_count() -> None:
    random = np.random.default_rng(0)
    before, now = (read_column([f"v{i}" for i in random.integers(0, 1_000, 10_000)]) for _ in range(2))
    bins = fit_bins(before)
    assert bins.pooled
    assert bins.count == len(bins.labels) == 102
    table = [bin_counts(each, bins) for each in (before, now)]
    assert table[1][bins.outside].sum() == 0
    assert [each.sum() for each in table] == [10_000, 10_000]
    assert chi_square(*table)[1] > 0.01


def test_a_constant_column_has_one_bin() -> None:
    assert counted([7, 7, 7], [7, 8, 6]) == {"범위 아래": 1, "7": 1, "범위 위": 1, "결측": 0}


@given(numbers, numbers)
def test_every_row_is_counted_once(reference: list, current: list) -> None:
    before, now = read_column(reference), read_column(current)
    if before.kind != "numeric" or now.kind not in ("numeric", "empty"):
        return
    bins = fit_bins(before)
    for column in (before, now):
        counts = bin_counts(column, bins)
        assert counts.shape == (bins.count,) == (len(bins.labels),)
        assert counts.min() >= 0
        assert counts.sum() == column.n
    assert bin_counts(before, bins)[bins.outside].sum() == 0
