"""어디에서 달라졌는지: 범주, 범위, 결측, 날."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from mlops_lab.drift import DriftInputError, compare, explain, explain_batch, fit_profile


def levels(**counts: int) -> dict[str, list[str]]:
    return {"c": [level for level, count in counts.items() for _ in range(count)]}


def test_levels_are_ranked_by_what_they_moved() -> None:
    found = explain(levels(a=500, b=300, c=200), levels(a=200, b=300, c=400, d=100), "c")
    told = [(each.name, each.reference, each.current, each.part) for each in found.segments]
    assert told == [
        ("a", 0.5, 0.2, 0.5),
        ("c", 0.2, 0.4, pytest.approx(1 / 3)),
        ("d", 0.0, 0.1, pytest.approx(1 / 6)),
    ]
    assert found.effect == pytest.approx(0.3)
    assert found.summary == "c: a 50.0% → 20.0%, c 20.0% → 40.0%, d 0.0% → 10.0%(변화의 100%)."
    assert json.loads(json.dumps(found.to_dict()))["segments"][0]["name"] == "a"


def test_a_column_that_is_no_question_of_drift_is_refused() -> None:
    users = {"c": [f"사용자 {i}" for i in range(2_000)]}
    with pytest.raises(DriftInputError, match="견줄 수 없습니다"):
        explain(users, users, "c")


def test_booleans_have_korean_names() -> None:
    found = explain({"b": [True] * 50 + [False] * 50}, {"b": [True] * 90 + [False] * 10}, "b")
    assert {each.name for each in found.segments} == {"참", "거짓"}


def test_a_level_is_found_among_too_many_to_bin() -> None:
    before = {"c": [f"상점 {i}" for i in range(2_000)] * 2}
    found = explain(before, {"c": before["c"] + ["상점 7"] * 1_000}, "c")
    assert found.segments[0].name == "상점 7"
    assert found.segments[0].current == pytest.approx(1_002 / 5_000)


def test_no_level_is_blamed_when_all_of_them_moved_a_little() -> None:
    names = [f"상점 {i}" for i in range(1_000)]
    found = explain({"c": names * 2}, {"c": names[:500] * 2}, "c")
    assert found.summary.startswith("c: 여러 범주에 흩어져 움직였습니다(")


@pytest.mark.parametrize(
    ("now", "name", "before", "after"),
    [
        (np.arange(500, 1_000), "499.5 이상", 0.5, 1.0),
        (np.arange(1_000, 2_000), "999 초과", 0.0, 1.0),
        (np.arange(-100, 0), "0 미만", 0.0, 1.0),
        (np.arange(400, 600), "399.6 이상 599.4 미만", 0.2, 1.0),
    ],
)
def test_the_range_where_values_gathered(now: np.ndarray, name: str, before: float, after: float) -> None:
    # 정수가 하나씩이면 행의 번호로 보므로 둘씩 둡니다.
    found = explain({"x": np.repeat(np.arange(1_000.0), 2)}, {"x": np.repeat(now, 2)}, "x")
    gained = next(each for each in found.segments if each.current > each.reference)
    assert (gained.name, gained.reference, gained.current) == (
        name,
        pytest.approx(before),
        pytest.approx(after),
    )


def test_zero_is_a_place_of_its_own() -> None:
    wet = np.arange(1.0, 101)
    found = explain(
        {"rain": np.r_[np.zeros(900), wet]}, {"rain": np.r_[np.zeros(500), np.tile(wet, 5)]}, "rain"
    )
    assert (found.segments[0].name, found.segments[0].reference, found.segments[0].current) == ("0", 0.9, 0.5)
    assert (found.segments[1].name, found.segments[1].part) == ("0이 아닌 값", pytest.approx(0.5))


def test_a_constant_that_moved() -> None:
    found = explain({"x": [3.0] * 100}, {"x": [5.0] * 100}, "x")
    assert {each.name: (each.reference, each.current) for each in found.segments} == {
        "3 이하": (1.0, 0.0),
        "3 초과": (0.0, 1.0),
    }


def test_missing_is_told_when_it_moved_more_than_the_values() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=1_000), random.normal(size=1_000)
    now[:400] = np.nan
    found = explain({"x": before}, {"x": now}, "x")
    assert [(each.name, each.reference, each.current) for each in found.segments] == [("결측", 0.0, 0.4)]
    assert explain({"x": before}, {"x": [None] * 100}, "x").segments[0].name == "결측"
    assert explain({"x": [None] * 100}, {"x": before}, "x").effect == 1.0


def days(rows: int, count: int) -> np.ndarray:
    return np.repeat(np.arange(count), rows)


def test_one_day_carries_it() -> None:
    random = np.random.default_rng(1)
    before = {"x": random.normal(size=10_000)}
    x = random.normal(size=3_000)
    x[days(100, 30) == 12] += 10
    x[days(100, 30) == 20] += 10
    found = explain(before, {"x": x, "day": days(100, 30)}, "x", time="day")
    assert found.days_total == 30
    assert {each.name for each in found.days} == {"12", "20"}
    assert found.effect_rest is not None
    assert found.effect_rest < found.effect / 2
    assert all(each.effect_without < found.effect and each.part > 0.3 for each in found.days)
    assert "30일 가운데 2일(" in found.summary


@pytest.mark.parametrize("kind", ["numeric", "categorical", "missing"])
def test_the_day_is_named_whatever_moved(kind: str) -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    times = [start + timedelta(days=int(day)) for day in days(100, 10)]
    third = days(100, 10) == 2
    x: object = np.tile(np.arange(100.0), 10)
    if kind == "numeric":
        x = np.where(third, 99.0, x)
    elif kind == "categorical":
        x = np.where(third, "b", "a")
    else:
        x = np.where(third, np.nan, x)
    before = {"x": ["a"] * 990 + ["b"] * 10} if kind == "categorical" else {"x": np.arange(100.0)}
    found = explain(before, {"x": x, "at": times}, "x", time="at")
    assert [each.name for each in found.days] == ["2026-03-03"]


def test_a_shift_of_every_day_is_spread() -> None:
    random = np.random.default_rng(2)
    now = {"x": random.normal(1, 1, size=3_000), "day": days(100, 30)}
    found = explain({"x": random.normal(size=10_000)}, now, "x", time="day")
    assert (found.days, found.effect_rest, found.days_total) == ((), None, 30)
    assert found.summary.endswith("30일에 고루 퍼져 있습니다.")


def test_nothing_moved() -> None:
    table = {"x": np.arange(100.0), "day": days(10, 10)}
    found = explain(table, table, "x", time="day")
    assert (found.segments, found.days, found.effect) == ((), (), 0.0)


def test_a_batch_explains_what_drifted_and_nothing_else() -> None:
    random = np.random.default_rng(3)
    before = pd.DataFrame(
        {"x": random.normal(size=6_000), "z": random.normal(size=6_000), "day": days(100, 60)}
    )
    now = pd.DataFrame(
        {"x": random.normal(1, 1, 3_000), "z": random.normal(size=3_000), "day": days(100, 30)}
    )
    result = compare(before, now, time="day")
    direct = explain_batch(before, now, result, time="day")
    assert [each.column for each in direct] == ["x"]
    profile = fit_profile(before, time="day")
    assert explain_batch(profile, now, result) == direct
    assert explain_batch(before, before, compare(before, before)) == ()


@pytest.mark.parametrize(
    ("reference", "current", "column", "said"),
    [
        ({"x": [1.0]}, {"x": ["a"]}, "x", "수치과\\(와\\) 범주"),
        ({"x": [1.0]}, {"x": [1.0]}, "y", "열 'y'"),
        ({"x": [None]}, {"x": [None]}, "x", "모두 결측"),
        ({"x": [1, "a"]}, {"x": [1.0]}, "x", "섞임"),
    ],
)
def test_what_cannot_be_explained_is_told(reference: object, current: object, column: str, said: str) -> None:
    with pytest.raises(DriftInputError, match=said):
        explain(reference, current, column)  # type: ignore[arg-type]


def test_a_column_unknown_to_the_profile_is_told() -> None:
    profile = fit_profile({"x": np.arange(100.0)})
    with pytest.raises(DriftInputError, match="요약에 열 'y'"):
        explain(profile, {"y": [1.0]}, "y")
