"""열의 종류를 알아봅니다. 어떤 값이 와도 멈추지 않습니다."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.drift import DriftInputError, Rule, compare, read_column

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


NUMBERS = np.random.default_rng(0).integers(10_000, 999_999, 400)
DAYS = [dt.date(2013, 1, 1) + dt.timedelta(days=each) for each in range(400)]


@pytest.mark.parametrize(
    ("texts", "kind", "says"),
    [
        ([f"{each:,}" for each in NUMBERS], "text", "천 단위를 나눈"),
        ([f"{each:,}".replace(",", ".") + ",5" for each in NUMBERS], "text", "천 단위를 나눈"),
        ([f"{each / 10}".replace(".", ",") for each in NUMBERS], "text", "소수점을 쉼표로 쓴"),
        ([f"{each / 10_000:.2f}%" for each in NUMBERS], "text", "퍼센트 기호"),
        ([f"₩{each:,}" for each in NUMBERS], "text", "통화 기호"),
        ([f"{each:,}원" for each in NUMBERS], "text", "통화 기호"),
        ([f"({each:,})" for each in NUMBERS], "text", "천 단위를 나눈"),
        (["N.A.", *map(str, NUMBERS)], "mixed", "글 'N.A.'이(가) 섞여 있습니다(글 1개)"),
        ([*map(str, NUMBERS), "<5"], "mixed", "글 '<5'"),
        ([str(10**24 + each) for each in range(400)], "identifier", "2^53보다 큰 정수"),
        (
            [f"{each:%d/%m/%Y}" for each in DAYS],
            "text",
            "'01/01/2013'을(를) 날짜로 읽을 수 없습니다. 읽는 꼴은 2013",
        ),
        ([f"{each:%Y.%m.%d}" for each in DAYS], "text", "'2013.01.01'"),
        ([f"{each:%Y-%m}" for each in DAYS], "text", "'2013-01'"),
        ([f"{each:%d-%b-%Y}" for each in DAYS], "text", "'01-Jan-2013'"),
        ([*map(str, DAYS), "0000-00-00"], "text", "'0000-00-00'을(를) 날짜로"),
        ([str([each, each / 3]) for each in NUMBERS], "identifier", "목록"),
        ([f"user-{each}" for each in range(400)], "identifier", "거의 모든 행의 값이 서로 다릅니다"),
    ],
)
def test_texts_that_are_not_categories_are_a_question(texts: list[str], kind: str, says: str) -> None:
    column = read_column(texts)
    assert (column.problem_kind, column.kind) == (kind, "categorical")
    assert says in column.problem
    result = compare({"x": texts}, {"x": texts[::-1]})
    assert (result.columns[0].verdict, result.columns[0].fault) == ("undecided", kind)
    assert "우연" not in result.columns[0].reason


@pytest.mark.parametrize(
    "levels",
    [["0%", "5%", "10%"], ["10-19", "20-29"], ["1.2.3", "1.2.4"], ["9E", "AA", "B6"], ["01", "02", "A1"],
     ["NA", "EU", "AS"], ["$0 - $9,999", "$10,000 -"], ["가", "나"], ["2.5", "N.A."], ["192.168.0.1"]],
)  # fmt: skip
def test_categories_stay_categories(levels: list[str]) -> None:
    assert not read_column(levels * 200).problem


def test_numbers_that_name_rows_are_a_question() -> None:
    for ids in (
        np.arange(1, 2_001),
        list(range(1, 2_001)),
        pd.Series(range(5, 505)),
        [2**60 + i for i in range(500)],
    ):
        assert read_column(ids).problem_kind == "identifier"
        assert compare({"x": ids}, {"x": ids}).columns[0].verdict == "undecided"
    for plain in (NUMBERS, NUMBERS * 10**12, np.arange(500.0), list(range(50)), [1, 2] * 200):
        assert not read_column(plain).problem


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us"])
def test_the_year_of_a_moment_stays(unit: str) -> None:
    for year in ("0001", "1600", "2013", "2300", "9999"):
        moment = np.datetime64(f"{year}-12-31", unit)
        expected = float(np.datetime64(f"{year}-12-31", "s").astype(int))
        assert read_column(np.array([moment])).values.tolist() == [expected]
        assert read_column([moment]).values.tolist() == [expected]
        if unit != "D":
            assert read_column(pd.Series(np.array([moment]))).values.tolist() == [expected]
            aware = pd.Series(np.array([moment])).dt.tz_localize("UTC")
            assert read_column(aware).values.tolist() == [expected]


@pytest.mark.parametrize("odd", ["9999-12-31", "1900-01-01", "1970-01-01", "2031-03-01", "0001-01-01"])
def test_one_impossible_day_never_changes_the_calibration(odd: str) -> None:
    random = np.random.default_rng(0)

    def table(start: str, days: int) -> dict:
        when = np.datetime64(start, "us") + np.repeat(np.arange(days), 40).astype("timedelta64[D]")
        return {"when": when, "x": random.normal(size=days * 40)}

    reference, current = table("2013-01-01", 84), table("2013-04-01", 7)
    plain = compare(reference, current, time="when")
    for side in (reference, current):
        side["when"] = side["when"].copy()
        side["when"][5] = np.datetime64(odd, "us")
    stained = compare(reference, current, time="when")
    assert abs(stained.columns[0].threshold - plain.columns[0].threshold) < 0.01
    assert [(fault.column, fault.kind) for fault in stained.faults] == [("when", "time")] * 2
    assert all(odd in fault.message for fault in stained.faults)
    assert not plain.faults


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([f"{each:%d/%m/%Y}" for each in DAYS], "'01/01/2013'.*읽는 꼴은 2013-03-01"),
        ([*map(str, DAYS), "0000-00-00"], "'0000-00-00'.*읽는 꼴은"),
        ([int(f"{each:%Y%m%d}") for each in DAYS], r"날짜 2013-\d\d-\d\d로 보입니다. 2013-03-01처럼"),
        ([int(f"{each:%Y%m}") for each in DAYS], r"달 2013-\d\d로 보입니다"),
        ([1_362_096_000 + each for each in range(400)], "센 초나 밀리초로 보입니다"),
        (["월", "화"] * 200, "'월'처럼 생겼습니다. 읽는 꼴은"),
        ([None] * 400, "모두 결측"),
    ],
)
def test_a_time_column_says_what_it_saw_and_what_it_reads(values: list, says: str) -> None:
    table = {"when": values, "x": [1.0] * len(values)}
    with pytest.raises(DriftInputError, match=rf"시각의 열 'when'.*{says}"):
        compare(table, table, time="when")
