"""품질 결함을 드리프트보다 먼저 이름 붙입니다."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_lab.drift import BatchDrift, compare

RANDOM = np.random.default_rng(0)
MILES = RANDOM.gamma(2, 500, 4_000)
FAHRENHEIT = RANDOM.normal(55, 15, 4_000)


def kinds(result: BatchDrift) -> set[tuple[str | None, str]]:
    return {(fault.column, fault.kind) for fault in result.faults}


def draw(values: np.ndarray) -> np.ndarray:
    return np.random.default_rng(1).choice(values, 1_500) + np.random.default_rng(2).normal(0, 1e-6, 1_500)


@pytest.mark.parametrize(
    ("reference", "current", "says"),
    [
        (MILES, draw(MILES) * 1.609344, "마일과 킬로미터)로 나누면"),
        (MILES, draw(MILES) / 1.609344, "마일과 킬로미터)을 곱하면"),
        (MILES / 3000, draw(MILES) / 30, "퍼센트)로 나누면"),
        (FAHRENHEIT, (draw(FAHRENHEIT) - 32) / 1.8, "섭씨로 보고 화씨로"),
    ],
)
def test_units(reference: np.ndarray, current: np.ndarray, says: str) -> None:
    result = compare({"x": reference}, {"x": current})
    assert kinds(result) == {("x", "units")}
    assert says in result.faults[0].message
    assert (result.columns[0].verdict, result.columns[0].fault) == ("drift", "units")


def test_an_ordinary_shift_is_not_a_unit() -> None:
    for shift in (0.0, 5.0, 15.0):
        assert kinds(compare({"x": FAHRENHEIT}, {"x": draw(FAHRENHEIT) + shift})) == set()


def test_infinite_missing_and_constant() -> None:
    current = draw(FAHRENHEIT)
    assert kinds(compare({"x": FAHRENHEIT}, {"x": np.where(np.arange(1_500) < 3, np.inf, current)})) == {
        ("x", "infinite")
    }
    assert kinds(compare({"x": FAHRENHEIT}, {"x": np.where(np.arange(1_500) < 600, np.nan, current)})) == {
        ("x", "missing")
    }
    assert kinds(compare({"x": FAHRENHEIT}, {"x": np.full(1_500, 55.0)})) == {("x", "constant")}


def test_duplicates() -> None:
    table = pd.DataFrame({"x": RANDOM.integers(0, 10_000, 2_000), "y": RANDOM.integers(0, 10_000, 2_000)})
    twice = pd.concat([table.head(1_000), table.head(1_000)])
    assert kinds(compare(table, twice)) == {(None, "duplicates")}
    assert kinds(compare(table, table.tail(1_000))) == set()
    as_dict = {name: twice[name].to_list() for name in twice}
    assert kinds(compare({name: table[name].to_list() for name in table}, as_dict)) == {(None, "duplicates")}
    lists = pd.DataFrame({"x": [[1], [2]] * 200})
    assert kinds(compare(lists, lists)) == set()


def test_mixed_and_schema() -> None:
    assert kinds(compare({"x": FAHRENHEIT}, {"x": [1.0, "둘"] * 100})) == {("x", "mixed")}
    assert kinds(compare({"x": FAHRENHEIT}, {"x": ["하나", "둘"] * 100})) == {("x", "schema")}
    assert kinds(compare({"x": FAHRENHEIT, "y": FAHRENHEIT}, {"x": FAHRENHEIT, "z": FAHRENHEIT})) == {
        ("y", "schema"),
        ("z", "schema"),
    }


@pytest.mark.parametrize("code", [-999.0, 9999.0, -1e30, 1e20])
def test_a_far_value_that_repeats_is_named(code: float) -> None:
    stained = np.where(np.arange(1_500) % 100 == 0, code, draw(FAHRENHEIT))
    for reference, current in ((FAHRENHEIT, stained), (stained, draw(FAHRENHEIT))):
        (fault,) = compare({"x": reference}, {"x": current}).faults
        assert fault.kind == "sentinel"
        assert f"{code:g}이(가) 15번" in fault.message
    once = np.where(np.arange(1_500) == 7, code, draw(FAHRENHEIT))
    assert kinds(compare({"x": FAHRENHEIT}, {"x": once})) == set()


def test_ordinary_ends_are_not_named() -> None:
    rain = np.where(RANDOM.random(2_000) < 0.9, 0.0, RANDOM.gamma(1, 3, 2_000) + 100)
    for values in (rain, RANDOM.integers(0, 2, 2_000), RANDOM.poisson(3, 2_000), np.minimum(MILES, 2_000)):
        assert kinds(compare({"x": values}, {"x": values})) == set()


@pytest.mark.parametrize("other", ["yes", "YES", "Yes ", " Yes", "Ｙｅｓ"])
def test_levels_that_differ_in_spelling_alone_are_named(other: str) -> None:
    result = compare({"x": ["Yes", "No"] * 200}, {"x": [other, "No"] * 200})
    assert kinds(result) == {("x", "spelling")}
    assert "대소문자나 빈칸만 다릅니다" in result.faults[0].message
    assert kinds(compare({"x": ["Yes", "No"] * 200}, {"x": ["Maybe", "No"] * 200})) == set()


def test_the_end_of_float_is_no_warning() -> None:
    ends = np.array([1.7e308, -1.7e308, 1e308, 5e-324] * 100) * RANDOM.uniform(0.5, 1, 400)
    assert compare({"x": ends}, {"x": ends}).columns[0].verdict in ("stable", "undecided")
    assert compare({"x": FAHRENHEIT}, {"x": ends}).columns[0].verdict == "drift"
    assert compare({"x": ends}, {"x": draw(FAHRENHEIT)}).columns[0].verdict == "drift"
