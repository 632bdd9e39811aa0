"""크기: 범주가 아주 많거나 열이 아주 많아도 메모리를 조금만 더 씁니다."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from mlops_lab.drift import compare, read_column
from mlops_lab.drift._bins import bin_counts, fit_bins
from mlops_lab.drift._profile import duplicate_share


def peak_of_judging(
    reference: Mapping[str, Sequence[object]], current: Mapping[str, Sequence[object]]
) -> float:
    """판정하는 동안 더 쓴 메모리(MB)."""
    compare(reference, current)  # 처음 한 번 불러오는 것은 세지 않습니다.
    tracemalloc.start()
    try:
        compare(reference, current)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_new_levels_are_counted_and_only_the_first_five_are_named() -> None:
    before = {"이름": ["가", "나"] * 50_000}
    now = {"이름": [f"새 {i:06d}" for i in range(100_000)] + ["새 099999", "새 000007", "가"]}
    column = compare(before, now).columns[0]
    assert column.new == ("새 000007", "새 099999", "새 000000", "새 000001", "새 000002")
    assert column.vanished == ("나",)
    assert column.bins == 100_002
    assert column.verdict == "drift"


def test_a_column_of_many_levels_takes_little_memory() -> None:
    before, now = ({"이름": [f"사용자-{i + side:08d}" for i in range(50_000)] * 2} for side in (0, 25_000))
    assert peak_of_judging(before, now) < 5


def test_pooled_levels_are_counted_the_same_in_pieces() -> None:
    names = [f"v{i % 1_000}" for i in range(150_000)]
    sample = read_column(names)
    bins = fit_bins(sample)
    assert bins.pooled
    pieces = [bin_counts(read_column(names[a:b]), bins) for a, b in pairwise([0, 40_000, 110_000, 150_000])]
    np.testing.assert_array_equal(bin_counts(sample, bins), np.sum(pieces, axis=0))


def test_repeated_rows_of_many_columns_take_little_memory() -> None:
    table = {f"x{i}": [j // 2 + i for j in range(1_000)] for i in range(100)}
    names = list(table)
    tracemalloc.start()
    try:
        assert duplicate_share(table, names, False) == 0.5
        assert tracemalloc.get_traced_memory()[1] < 5e5
    finally:
        tracemalloc.stop()


def test_samples_of_a_million_rows_are_compared_in_pieces() -> None:
    random = np.random.default_rng(0)
    before, now = ({"x": random.normal(size=n)} for n in (1_000_000, 700_001))
    rows = 8 * 1_700_001 / 1e6  # 정렬한 두 표본
    spread = 8 * 1_000_000 / 1e6  # 표준편차를 셈하는 동안의 배열 하나. 현재의 표본은 그동안 이미 있습니다.
    assert peak_of_judging(before, now) < rows + spread + 2
