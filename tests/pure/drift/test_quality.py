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
