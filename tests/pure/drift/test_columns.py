"""열의 종류를 알아봅니다. 어떤 값이 와도 멈추지 않습니다."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.drift import Rule, compare, read_column

UTC = dt.UTC
DAY = dt.datetime(2013, 3, 1)

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))),
    st.decimals(),
    st.lists(st.integers(), max_size=2),
)


@pytest.mark.parametrize(
    ("values", "kind", "known"),
    [
        ([1, 2.5, None], "numeric", [1, 2.5]),
        (np.array([3, 1], dtype="uint8"), "numeric", [1, 3]),
        (pd.Series([1, None, 0], dtype="Int64"), "numeric", [0, 1]),
        ([Decimal("1.5"), 10**400], "numeric", [1.5]),
        ([float("inf"), 1.0, float("nan")], "numeric", [1]),
        ([True, None, False], "boolean", [True, False]),
        (pd.Series([True, None], dtype="boolean"), "boolean", [True]),
        (["가", "나", None], "categorical", ["가", "나"]),
        (pd.Series(["a", "b"], dtype="category"), "categorical", ["a", "b"]),
        ([(1, 2), (3,)], "categorical", ["(1, 2)", "(3,)"]),
        (pd.to_datetime(pd.Series(["1970-01-02", None])), "datetime", [86_400]),
        (
            pd.Series([DAY]).dt.tz_localize("Asia/Seoul"),
            "datetime",
            [DAY.replace(tzinfo=UTC).timestamp() - 32_400],
        ),
        ([dt.date(1970, 1, 2), np.datetime64("1970-01-01")], "datetime", [0, 86_400]),
        (pd.Series(pd.to_timedelta([2, None], unit="s")), "numeric", [2]),
        ([None, float("nan"), pd.NaT, pd.NA], "empty", []),
        ([], "empty", []),
    ],
)
def test_kinds(values: object, kind: str, known: list) -> None:
    column = read_column(values)
    assert column.kind == kind
    assert column.values.tolist() == known
    assert column.n == len(values)  # type: ignore[arg-type]


def test_infinities_are_counted_and_read_as_missing() -> None:
    column = read_column([1.0, float("inf"), -float("inf"), None])
    assert (column.infinite, column.missing) == (2, 0.75)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1, "둘"], "수치 1, 범주 '둘'"),
        ([True, "예"], "불리언 True"),
        ([DAY, DAY.replace(tzinfo=UTC)], "시간대가 있는 시각과 없는 시각"),
        ([DAY, 3], "시각 datetime"),
    ],
)
def test_mixed_columns_say_what_they_hold(values: list, says: str) -> None:
    column = read_column(values)
    assert column.kind == "mixed"
    assert says in column.problem


@given(st.lists(anything, min_size=1, max_size=30), st.lists(anything, min_size=1, max_size=30))
def test_no_column_crashes_a_verdict(before: list, now: list) -> None:
    result = compare({"x": before}, {"x": now}, rule=Rule(min_rows=1))
    assert result.columns[0].verdict in ("drift", "stable", "undecided")
    assert result.columns[0].reason
    result.to_dict()
