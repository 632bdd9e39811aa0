"""판정: 크고 우연이 아닐 때만 드리프트, 모르면 보류."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from mlops_lab.drift import (
    BatchDrift,
    DriftInputError,
    Rule,
    Scenario,
    compare,
    compare_column,
    fit_profile,
    judge,
    read_result,
    simulate,
)

N = 20_000
PROMISED = {"name", "kind", "n_reference", "n_current", "psi", "statistic", "test", "p_value", "p_adjusted"}
PROMISED |= {"effect", "missing_reference", "missing_current", "verdict"}


def normal(shift: float = 0.0, n: int = N) -> np.ndarray:
    """분위수를 고르게 찍은 정규분포. 우연이 없습니다."""
    return norm.ppf((np.arange(n) + 0.5) / n) + shift


def alarm_rate(n: int, shift: float = 0.0, runs: int = 400) -> float:
    """기준 1만 행에 견준 n행의 배치에서 드리프트라고 한 비율."""
    hits = 0
    for run in range(runs):
        random = np.random.default_rng([5, run, n])
        hits += compare_column(random.normal(size=10_000), random.normal(shift, 1, n)).verdict == "drift"
    return hits / runs


@pytest.mark.parametrize("n", [100, 300, 1_000, 10_000])
def test_false_alarms_without_drift(n: int) -> None:
    assert alarm_rate(n) <= 0.01


def test_power_at_a_fifth_of_a_standard_deviation() -> None:
    assert alarm_rate(1_000, 0.2, runs=200) >= 0.9


def test_many_columns_do_not_alarm_more_and_keep_the_power() -> None:
    found = wrong = 0
    for run in range(60):
        random = np.random.default_rng([6, run])
        before = {f"x{i}": random.normal(size=10_000) for i in range(10)}
        now = {f"x{i}": random.normal(0.2 * (i == 0), 1, 1_000) for i in range(10)}
        verdicts = [column.verdict for column in compare(before, now).columns]
        found += verdicts[0] == "drift"
        wrong += verdicts[1:].count("drift")
    assert found >= 54
    assert wrong <= 5


def test_p_values_are_adjusted_over_all_columns() -> None:
    random = np.random.default_rng(0)
    tables = [{f"x{i}": random.normal(size=600) for i in range(50)} for _ in range(2)]
    columns = compare(*tables, rule=Rule(min_effect=0.0, alpha=0.05)).columns
    p_values = [column.p_value for column in columns]
    assert min(p for p in p_values if p is not None) < 0.05
    assert [column.p_adjusted for column in columns] == pytest.approx(false_discovery_control(p_values))
    assert [column.verdict for column in columns].count("drift") == 0


def days(shape: tuple[int, int], first: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """날마다 함께 0.3 표준편차씩 흔들리는 행들."""
    count, rows = shape
    day = np.repeat(np.arange(count), rows)
    return {"x": random.normal(size=len(day)) + 0.3 * random.normal(size=count)[day], "day": day + first}


@pytest.mark.parametrize("batch", [(1, 300), (5, 200), (20, 200)])
def test_dependent_days_need_blocks(batch: tuple[int, int]) -> None:
    blind = aware = 0
    for run in range(150):
        random = np.random.default_rng([7, run, *batch])
        before, now = days((50, 200), 0, random), days(batch, 50, random)
        blind += compare(before, now, ["x"]).verdict == "drift"
        aware += compare(before, now, time="day").verdict == "drift"
    assert aware / 150 <= 0.02
    assert blind / 150 > 0.05


def test_blocks_cost_little_power_when_days_are_independent() -> None:
    hits = 0
    for run in range(100):
        random = np.random.default_rng([8, run])
        before = {"x": random.normal(size=10_000), "day": np.repeat(np.arange(50), 200)}
        now = {"x": random.normal(0.25, 1, 1_000), "day": np.repeat(np.arange(50, 55), 200)}
        hits += compare(before, now, time="day").verdict == "drift"
    assert hits >= 90


def test_a_batch_of_a_huge_effect_can_still_exceed_its_threshold() -> None:
    random = np.random.default_rng(9)
    day = np.arange(2_000) // 40
    before = {"x": random.normal(size=2_000) + 3 * random.normal(size=50)[day], "day": day}
    now = {"x": random.normal(40, 1, 400), "day": np.repeat(np.arange(50, 60), 40)}
    column = compare(before, now, time="day").columns[0]
    assert 0.3 < (column.threshold or 0) < 1
    assert column.verdict == "drift"


def test_significant_but_small_is_stable() -> None:
    result = compare_column(normal(n=300_000), normal(0.05, n=300_000))
    assert result.p_value is not None
    assert result.p_value < 1e-9
    assert result.verdict == "stable"
    assert "문턱 0.050보다 작습니다" in result.reason


def test_large_but_uncertain_is_undecided() -> None:
    result = compare_column(normal(), normal(0.2, n=100))
    assert result.effect is not None
    assert result.effect > 0.05
    assert (result.verdict, "우연일 수도" in result.reason) == ("undecided", True)


def test_too_few_rows_are_undecided_however_different() -> None:
    assert compare_column(normal(), normal(5.0, n=99)).verdict == "undecided"
    assert compare_column(normal(), normal(5.0, n=100)).verdict == "drift"
    assert "99개뿐입니다" in compare_column(normal(n=99), normal(5.0)).reason
    assert compare_column([1.0], [2.0]).verdict == "undecided"


def test_a_minimum_psi_can_be_asked_for() -> None:
    assert compare_column(normal(), normal(0.2)).verdict == "drift"
    quiet = compare_column(normal(), normal(0.2), rule=Rule(min_psi=0.1))
    assert quiet.verdict == "stable"
    assert quiet.reason.startswith("PSI 0.038이(가) 문턱 0.1보다 작습니다. 99 % 상한 0.0")
    assert compare_column(normal(), normal(0.5), rule=Rule(min_psi=0.1)).verdict == "drift"


def test_missing_values_are_a_test_of_their_own() -> None:
    random = np.random.default_rng(0)
    current = np.where(random.random(N) < 0.8, np.nan, random.normal(size=N))
    result = compare_column(normal(), current)
    assert (result.verdict, result.test, result.fault) == ("drift", "missing", "missing")
    assert result.missing_current == pytest.approx(0.8, abs=0.01)
    assert result.effect == pytest.approx(0.8, abs=0.01)
    assert compare_column(current, current).verdict == "stable"
    gone = compare_column(normal(), np.full(500, np.nan))
    assert (gone.verdict, gone.test) == ("drift", "missing")


@pytest.mark.parametrize(
    ("reference", "current", "verdict"),
    [
        ([True, False] * 500, [True, False] * 300, "stable"),
        ([True, False] * 500, [True, True, False] * 300, "drift"),
        (["ICN"] * 600 + ["JFK"] * 400, ["ICN"] * 590 + ["JFK"] * 410, "stable"),
        (["ICN"] * 600 + ["JFK"] * 400, ["ICN"] * 500 + ["LAX"] * 500, "drift"),
        ([3.0] * 500, [3.0] * 500, "stable"),
        ([3.0] * 500, [4.0] * 500, "drift"),
        (
            pd.date_range("2013-01-01", periods=900, freq="h"),
            pd.date_range("2013-06-01", periods=900),
            "drift",
        ),
    ],
)
def test_kinds_of_columns(reference: object, current: object, verdict: str) -> None:
    assert compare_column(reference, current).verdict == verdict


def test_a_clock_that_drifts_says_what_to_do() -> None:
    hours = pd.date_range("2013-01-01", periods=900, freq="h")
    assert "시각의 열(time)로" in compare_column(hours, hours + pd.Timedelta(days=90)).reason


def test_new_and_vanished_levels_are_named_and_counted_one_by_one() -> None:
    result = compare_column(
        ["ICN"] * 600 + ["JFK"] * 400, ["ICN"] * 500 + ["LAX"] * 300 + ["SFO"] * 100 + [None] * 100
    )
    assert (result.new, result.vanished) == (("LAX", "SFO"), ("JFK",))
    assert result.outside == pytest.approx(0.4)
    parts = [(0.5, 0.6), (1e-4, 0.4), (0.3, 1e-4), (0.1, 1e-4), (0.1, 1e-4)]
    assert result.psi == pytest.approx(sum((p - q) * np.log(p / q) for p, q in parts))


def test_an_identifier_is_undecided_not_drift() -> None:
    for n in (300, 2_000):
        result = compare_column([f"a{i}" for i in range(n)], [f"b{i}" for i in range(n)])
        assert result.verdict == "undecided"


def test_the_same_season_of_the_reference() -> None:
    when = pd.date_range("2012-01-01", "2013-12-31", freq="6h")
    season = 10 * np.cos(2 * np.pi * when.day_of_year / 365)
    reference = {"temp": season + np.random.default_rng(0).normal(size=len(when)), "when": when}
    july = pd.date_range("2014-07-01", "2014-07-31", freq="h")
    now = 10 * np.cos(2 * np.pi * july.day_of_year / 365) + np.random.default_rng(1).normal(size=len(july))
    current = {"temp": now, "when": july}
    assert compare(reference, current, ["temp"]).verdict == "drift"
    fair = compare(reference, current, ["temp"], time="when", same_season=True, block_days=400 / 60)
    assert fair.verdict == "undecided"  # 기준이 248행뿐이라 안정이라고도 할 수 없습니다.
    assert fair.columns[0].n_reference == 2 * 31 * 4
    with pytest.raises(DriftInputError, match="time"):
        compare(reference, current, same_season=True)
    march = {"temp": now, "when": july - pd.Timedelta(days=120)}
    with pytest.raises(DriftInputError, match="같은 달의 행이 없습니다"):
        compare({"temp": now, "when": july}, march, time="when", same_season=True)


def test_the_json_says_everything_the_verdict_rests_on() -> None:
    reference = pd.DataFrame({"a": normal(n=2000), "b": ["x", "y"] * 1000})
    result = compare(reference, reference.assign(a=reference["a"] + 1))
    assert result.verdict == "drift"
    text = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert {"verdict", "columns"} <= set(text)
    wanted = PROMISED | {"bins", "floor", "threshold", "alpha", "min_rows", "reason"}
    assert all(wanted <= set(column) for column in text["columns"])
    assert all(column["p_adjusted"] >= column["p_value"] for column in text["columns"])
    assert read_result(text) == result
    with pytest.raises(DriftInputError, match="다시 판정"):
        read_result({"verdict": "drift", "columns": [{"nmae": 1}]})


def test_progress_is_told_column_by_column() -> None:
    lines: list[str] = []
    table = {"a": [1.0] * 5, "b": [2.0] * 5}
    compare(table, table, progress=lines.append)
    assert lines == ["[1/2] a", "[2/2] b"]


tables = st.dictionaries(
    st.sampled_from("abc"),
    st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=2)), min_size=12, max_size=12),
    min_size=1,
)


@given(tables)
def test_a_table_never_drifts_from_itself(table: dict) -> None:
    result = compare(table, table, rule=Rule(min_rows=1))
    assert all(column.verdict != "drift" for column in result.columns)
    assert all(column.effect in (0.0, None) for column in result.columns)


def test_the_order_of_columns_and_rows_does_not_matter() -> None:
    before, now = simulate(Scenario(), 0), simulate(Scenario("covariate", onset=0), 1)
    names = ["x1", "x2", "group"]
    mixed = {name: values[::-1] for name, values in now.items()}
    one, other = compare(before, now, names), compare(before, mixed, names[::-1])
    assert sorted(one.columns, key=lambda c: c.name) == sorted(other.columns, key=lambda c: c.name)


@pytest.mark.parametrize(
    ("reference", "current", "columns", "message"),
    [
        ({"a": [1.0]}, {"b": [1.0]}, None, "하나도 겹치지 않습니다"),
        ({"a": [1.0]}, {"b": [1.0]}, ["a"], "현재 표에 열 'a'"),
        ({"a": [1.0]}, {"a": [1.0], "b": [1.0]}, ["b"], "기준 표에 열 'b'"),
        ({"a": []}, {"a": [1.0]}, None, "기준 표에 행이 없습니다"),
        ({"a": [1.0]}, {"a": []}, None, "현재 표에 행이 없습니다"),
        ({}, {"a": [1.0]}, None, "열이 하나도 없습니다"),
        ({"a": [1.0], "b": [1.0, 2.0]}, {"a": [1.0]}, None, "행의 수가 다릅니다"),
        ([1.0], {"a": [1.0]}, None, "기준 표가 list입니다"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {"a": [1.0]}, None, "'a'.* 두 번 넘게"),
    ],
)
def test_what_cannot_be_compared(
    reference: object, current: object, columns: list[str] | None, message: str
) -> None:
    with pytest.raises(DriftInputError, match=message):
        compare(reference, current, columns)


def undecided(result: BatchDrift, says: str) -> None:
    (column,) = (c for c in result.columns if c.name == "a")
    assert column.verdict == "undecided"
    assert says in column.reason
    assert json.dumps(result.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("reference", "current", "says"),
    [
        ([1.0, 2.0] * 100, ["x", "y"] * 100, "기준에서는 수치인데 현재는 범주"),
        ([1.0, 2.0] * 100, [1, "없음"] * 100, "종류가 다른 값이 섞여"),
        ([1.0] * 200, [float("nan")] * 50, "50개뿐입니다"),
        ([float("nan")] * 200, [float("nan")] * 200, "값이 하나도 없어"),
        ([float("inf")] * 200, [float("nan")] * 200, "값이 하나도 없어"),
        (
            pd.date_range("2013-01-01", periods=200),
            pd.date_range("2013-01-01", periods=200, tz="UTC"),
            "한쪽의 시각에만 시간대",
        ),
    ],
)
def test_what_cannot_be_judged_is_undecided_with_its_reason(
    reference: object, current: object, says: str
) -> None:
    result = compare({"a": reference}, {"a": current})
    if "값이 하나도" in says:
        assert result.columns[0].missing_current == 1.0
        assert result.columns[0].verdict != "drift"
        return
    undecided(result, says)


def test_a_mixed_column_still_tells_its_missing_share() -> None:
    (column,) = compare({"a": [1, "둘", None, None]}, {"a": [1.0, None, "셋", 4]}).columns
    assert (column.kind, column.missing_reference, column.missing_current) == ("mixed", 0.5, 0.25)


def test_columns_that_differ_are_named() -> None:
    result = compare({"a": normal(), "b": normal()}, {"b": normal(), "c": normal()})
    undecided(result, "현재 표에 열이 없습니다")
    assert {(f.column, f.kind) for f in result.faults} == {("a", "schema"), ("c", "schema")}
    assert result.verdict == "undecided"


def test_a_profile_gives_the_same_verdict_as_the_whole_reference() -> None:
    reference = simulate(Scenario(rows=10_000), 0)
    for batch in (6, 7):
        current = simulate(Scenario("covariate", magnitude=0.3), batch)
        whole = compare(reference, current, ["x1", "x2", "group"])
        short = judge(fit_profile(reference, ["x1", "x2", "group"]), current)
        for one, other in zip(whole.columns, short.columns, strict=True):
            assert other.psi == pytest.approx(one.psi)
            assert abs((one.statistic or 0) - (other.statistic or 0)) <= other.ks_error + 1e-12
            assert one.verdict == other.verdict
