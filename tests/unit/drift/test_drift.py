"""드리프트의 통계량과 판정. 정규분포의 정확한 값과 견줍니다."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from mlops_lab.drift import DriftInputError, bin_counts, compare, compare_column, fit_bins, psi

N = 200_000


def normal(shift: float = 0.0, n: int = N) -> np.ndarray:
    """분위수를 고르게 찍은 정규분포. 우연이 없습니다."""
    return norm.ppf((np.arange(n) + 0.5) / n) + shift


@pytest.mark.parametrize(
    ("shift", "expected_psi", "expected_ks"),
    [(0.1, 0.0096, 0.0399), (0.3, 0.0861, 0.1192), (0.5, 0.2377, 0.1974), (1.0, 0.9261, 0.3829)],
)
def test_exact_values_for_two_normals(shift: float, expected_psi: float, expected_ks: float) -> None:
    result = compare_column(normal(), normal(shift))
    assert result.psi == pytest.approx(expected_psi, abs=1e-4)
    assert result.statistic == pytest.approx(expected_ks, abs=1e-4)
    assert result.statistic == pytest.approx(2 * norm.cdf(shift / 2) - 1, abs=1e-4)
    assert result.verdict == ("drift" if expected_psi >= 0.1 else "stable")


@pytest.mark.parametrize(("floor", "expected"), [(1e-2, 3.9), (1e-4, 8.3), (1e-6, 12.4)])
def test_the_floor_decides_the_value_of_empty_bins(floor: float, expected: float) -> None:
    reference, current = np.full(10, 100), np.array([0] * 9 + [1000])
    assert psi(reference, current, floor) == pytest.approx(expected, abs=0.1)


def test_a_tiny_but_certain_difference_is_stable() -> None:
    result = compare_column(normal(), normal(0.05))
    assert result.p_value < 1e-10
    assert result.verdict == "stable"


def test_small_samples_are_undecided_however_different() -> None:
    assert compare_column(normal(), normal(5.0, n=499)).verdict == "undecided"
    assert compare_column(normal(), normal(5.0, n=500)).verdict == "drift"


def test_missing_values_have_a_bin_of_their_own() -> None:
    current = normal()
    current[: int(0.8 * N)] = np.nan
    result = compare_column(normal(), np.random.default_rng(0).permutation(current))
    assert result.missing_current == pytest.approx(0.8)
    assert result.verdict == "drift"
    only = normal().copy()
    only[::5] = np.nan
    assert compare_column(normal(), only).verdict == "drift"


def test_zeros_have_a_bin_of_their_own() -> None:
    dry, wet = np.zeros(93_000), np.linspace(0.01, 1, 7_000)
    fitted = fit_bins(np.concatenate([dry, wet]))
    assert fitted.own_zero
    counts = bin_counts(np.concatenate([dry, wet]), fitted)
    assert counts[-2] == 93_000
    rainy = compare_column(
        np.concatenate([dry, wet]), np.concatenate([dry[:60_000], np.linspace(0.01, 1, 40_000)])
    )
    assert rainy.verdict == "drift"


def test_values_outside_the_reference_are_counted() -> None:
    result = compare_column(normal(), np.concatenate([normal(n=N - 1000), np.full(1000, 99.0)]))
    assert result.outside == pytest.approx(0.005)


def test_new_categories_count_each_and_known_ones_keep_their_bins() -> None:
    reference = ["ICN"] * 600 + ["JFK"] * 400
    same = compare_column(reference, reference[::-1])
    assert (same.psi, same.p_value, same.verdict) == (0.0, 1.0, "stable")
    new = compare_column(reference, ["ICN"] * 500 + ["JFK"] * 300 + ["LAX"] * 100 + [None] * 100)
    assert new.verdict == "drift"
    assert new.outside == pytest.approx(0.1)
    assert new.missing_current == pytest.approx(0.1)
    expected = (
        (0.5 - 0.6) * np.log(0.5 / 0.6)
        + (0.3 - 0.4) * np.log(0.3 / 0.4)
        + 2 * (0.1 - 1e-4) * np.log(0.1 / 1e-4)
    )
    assert new.psi == pytest.approx(expected)


def test_chi_square_is_homogeneity_not_goodness_of_fit() -> None:
    def spread(counts: list[int]) -> list[str]:
        return [str(level) for level, count in enumerate(counts) for _ in range(count)]

    result = compare_column(spread([16, 16, 16, 16, 16, 8]), spread([16, 18, 16, 14, 12, 12]))
    assert result.p_value == pytest.approx(0.89853, abs=1e-5)


def test_many_columns_are_adjusted_for() -> None:
    random = np.random.default_rng(3)
    reference = {f"x{i}": random.normal(size=600) for i in range(50)}
    current = {f"x{i}": random.normal(size=600) for i in range(50)}
    result = compare(reference, current, threshold=0.0)
    assert any(column.p_value < 0.05 for column in result.columns)
    assert all(column.p_adjusted >= column.p_value for column in result.columns)
    assert all(column.verdict == "undecided" for column in result.columns)


def test_the_batch_verdict_and_its_json() -> None:
    reference = pd.DataFrame({"a": normal(n=2000), "b": ["x", "y"] * 1000})
    moved = reference.assign(a=reference["a"] + 1)
    result = compare(reference, moved)
    assert result.verdict == "drift"
    assert compare(reference, reference).verdict == "stable"
    assert compare(reference, reference.head(10)).verdict == "undecided"
    promised = {
        "name",
        "kind",
        "n_reference",
        "n_current",
        "psi",
        "statistic",
        "test",
        "p_value",
        "p_adjusted",
    }
    promised |= {"effect", "missing_reference", "missing_current", "verdict"}
    text = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert set(text) == {"verdict", "columns"}
    assert all(promised <= set(column) for column in text["columns"])


def test_nullable_and_integer_columns_are_numeric() -> None:
    values = pd.Series([1, 2, None] * 300, dtype="Int64")
    result = compare_column(values, values)
    assert (result.kind, result.missing_reference) == ("numeric", pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("reference", "current", "message"),
    [
        ({"a": [1.0]}, {"b": [1.0]}, "현재 표에 열 'a'"),
        ({"a": []}, {"a": [1.0]}, "비어 있습니다"),
        ({"a": [1.0, 2.0]}, {"a": ["x", "y"]}, "한쪽에서만 수치"),
        ({}, {"a": [1.0]}, "열이 하나도 없습니다"),
    ],
)
def test_what_cannot_be_compared(reference: dict, current: dict, message: str) -> None:
    with pytest.raises(DriftInputError, match=message):
        compare(reference, current)


def test_an_entirely_missing_reference() -> None:
    result = compare_column(np.full(1000, np.nan), normal(n=1000))
    assert result.verdict == "drift"
    assert result.missing_reference == 1.0
