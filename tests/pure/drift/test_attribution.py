"""두 기간의 차이를 나눈 것이, 답을 아는 세상에서 맞는지."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest

from mlops_lab.drift import DriftInputError, GapAttribution, Scenario, attribute_gap, simulate


def test_it_is_the_arithmetic_of_two_cells() -> None:
    """구성 .5/.5 → .2/.8, 규칙 .4, .2 → .3, .1. 손으로 셈한 값입니다."""
    before = {"c": ["a"] * 500 + ["b"] * 500, "y": [1] * 200 + [0] * 300 + [1] * 100 + [0] * 400}
    after = {"c": ["a"] * 200 + ["b"] * 800, "y": [1] * 60 + [0] * 140 + [1] * 80 + [0] * 720}
    found = attribute_gap(before, after, "y", ["c"])
    estimates = {name: getattr(found, name).estimate for name in ("gap", "mix", "rule")}
    assert estimates == pytest.approx({"gap": 0.14 - 0.3, "mix": -0.06, "rule": -0.1})
    assert found.standardized == pytest.approx(0.4 * 0.2 + 0.2 * 0.8)
    assert (found.shared_before, found.shared_after, found.seed_spread) == (1.0, 1.0, None)
    assert found.noise == pytest.approx(found.gap.high - found.gap.estimate)
    assert found.summary.startswith("y 0.300 → 0.140, 차이 -0.160(")
    assert json.loads(json.dumps(found.to_dict()))["mix"]["estimate"] == found.mix.estimate


def test_the_order_matters_and_both_are_told() -> None:
    """두 가지가 함께 움직이면 순서에 따라 몫이 다릅니다. 답은 둘의 평균입니다."""
    before = {"c": ["a"] * 500 + ["b"] * 500, "y": [1] * 400 + [0] * 100 + [1] * 100 + [0] * 400}
    after = {"c": ["a"] * 200 + ["b"] * 800, "y": [1] * 80 + [0] * 120 + [1] * 160 + [0] * 640}
    found = attribute_gap(before, after, "y", ["c"])
    assert found.mix_by_before.estimate == pytest.approx(-0.3 * 0.8 + 0.3 * 0.2)
    assert found.mix_by_after.estimate == pytest.approx(-0.3 * 0.4 + 0.3 * 0.2)
    assert found.mix.estimate == pytest.approx(
        (found.mix_by_before.estimate + found.mix_by_after.estimate) / 2
    )
    for mix, rule in (
        ("mix", "rule"),
        ("mix_by_before", "rule_by_before"),
        ("mix_by_after", "rule_by_after"),
    ):
        assert getattr(found, mix).estimate + getattr(found, rule).estimate == pytest.approx(
            found.gap.estimate
        )


def attributed(kind: str, seed: int, rows: int, resamples: int = 200, **settings: float) -> GapAttribution:
    scenario = Scenario(kind=kind, onset=1, rows=rows, seed=seed, **settings)  # type: ignore[arg-type]
    before, after = (simulate(scenario, batch) for batch in (0, 1))
    return attribute_gap(before, after, "y", ["x1"], time="day", bins=20, resamples=resamples, seed=seed)


def test_a_moved_mix_is_mix() -> None:
    found = attributed("covariate", 1, 20_000)
    assert found.rule.contains(0)
    assert not found.mix.contains(0)
    assert abs(found.rule.estimate) < 0.1 * found.mix.estimate
    assert "규칙의 몫은 날의 흔들림과 구별되지 않습니다" in found.summary


def test_a_moved_rule_is_rule() -> None:
    found = attributed("concept", 1, 20_000)
    assert found.mix.contains(0)
    assert not found.rule.contains(0)


def test_nothing_moved() -> None:
    found = attributed("none", 1, 20_000)
    assert found.mix.contains(0)
    assert found.rule.contains(0)
    assert found.gap.contains(0)
    assert "구성과 규칙의 몫은" in found.summary


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("covariate", {}), ("concept", {}), ("none", {"day_effect": 0.5})],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_interval_covers_the_truth(kind: str, settings: dict[str, float]) -> None:
    whole = Scenario(kind=kind, onset=1, rows=400_000, days=4_000, seed=9, **settings)  # type: ignore[arg-type]
    gap = 0.0 if kind == "none" else simulate(whole, 1)["y"].mean() - simulate(whole, 0)["y"].mean()
    mix, rule = (gap, 0.0) if kind == "covariate" else (0.0, gap)
    runs = [attributed(kind, seed, 1_000, 50, **settings) for seed in range(100)]
    for name, truth in (("mix", mix), ("rule", rule), ("gap", gap)):
        covered = np.mean([getattr(run, name).contains(truth) for run in runs])
        assert 0.88 <= covered <= 0.99, (name, covered)


def test_days_make_the_interval_wider() -> None:
    """하루의 행이 함께 흔들리면, 행이 독립이라고 본 구간은 너무 좁습니다."""
    scenario = Scenario(onset=1, rows=5_000, day_effect=1.0, seed=4)
    before, after = (simulate(scenario, batch) for batch in (0, 1))
    by_day = attribute_gap(before, after, "y", ["x1"], time="day")
    by_row = attribute_gap(before, after, "y", ["x1"])
    assert by_day.noise > 2 * by_row.noise
    assert (by_day.blocks_before, by_row.blocks_before) == (10, 5_000)


def test_the_same_seed_gives_the_same_answer() -> None:
    assert attributed("none", 3, 500) == attributed("none", 3, 500)


def test_missing_values_are_a_cell_and_missing_answers_are_left_out() -> None:
    before = pd.DataFrame({"c": ["a", None] * 50, "x": [1.0, np.nan] * 50, "y": [1.0, 0.0] * 50})
    after = pd.DataFrame(
        {"c": ["a", None] * 50, "x": [1.0, np.nan] * 50, "y": [1.0, 0.0] * 49 + [np.nan] * 2}
    )
    found = attribute_gap(before, after, "y", ["c", "x"])
    assert found.gap.estimate == 0
    assert found.shared_after == 1.0
    assert found.blocks_after == 98


def test_missing_is_not_mixed_with_the_largest_values() -> None:
    """결측의 비율만 바뀌었고, 결측이면 늘 1입니다. 규칙은 그대로입니다."""
    values = np.arange(100.0)
    tables = [
        {"x": np.r_[values, np.full(missing, np.nan)], "y": np.r_[np.zeros(100), np.ones(missing)]}
        for missing in (10, 100)
    ]
    found = attribute_gap(*tables, "y", ["x"])
    assert found.mix.estimate == pytest.approx(100 / 200 - 10 / 110)
    assert found.rule.estimate == pytest.approx(0, abs=1e-12)


def test_cells_without_a_partner_are_told() -> None:
    before = {"c": ["a"] * 80 + ["b"] * 20, "y": [0, 1] * 50}
    after = {"c": ["a"] * 100, "y": [False, True] * 50}
    found = attribute_gap(before, after, "y", ["c"])
    assert (found.shared_before, found.shared_after) == (0.8, 1.0)
    assert "짝이 없는 칸의 행이 20%" in found.summary


def test_a_model_finds_the_mix_that_cells_would_cut_too_fine() -> None:
    scenario = Scenario(kind="covariate", onset=1, rows=1_000, seed=5)
    before, after = (simulate(scenario, batch) for batch in (0, 1))
    found = attribute_gap(
        before, after, "y", ["x1", "x2", "group"], time="day", method="boosting", resamples=3, seeds=2
    )
    assert found.rule.contains(0)
    assert not found.mix.contains(0)
    assert found.seed_spread is not None
    assert 0 < found.seed_spread < 0.05


def test_without_scikit_learn_the_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    table = {"c": ["a", "b"] * 50, "y": [0, 1] * 50}
    with pytest.raises(ImportError, match=r"mlops-lab\[flights\]"):
        attribute_gap(table, table, "y", ["c"], method="boosting")


TABLE = {"c": ["a", "b"] * 50, "x": [0.5] * 100, "y": [0, 1] * 50, "day": [0, 1] * 50}


@pytest.mark.parametrize(
    ("changes", "settings", "said"),
    [
        ({}, {"over": []}, "열을 하나 이상"),
        ({}, {"over": ["y"]}, "정답과 시각이 아닌"),
        ({}, {"over": ["z"]}, "앞 표에 열 'z'"),
        ({}, {"outcome": "c", "over": ["x"]}, "정답 'c'"),
        ({}, {"method": "magic"}, "cells나 boosting"),
        ({}, {"bins": 1}, "bins"),
        ({}, {"time": "day"}, "2개와 2개입니다"),
        ({"c": [1.0] * 100}, {}, "열 'c'의 종류가"),
        ({"c": ["z"] * 100}, {}, "함께 있는 칸"),
        ({"y": [None] * 100}, {}, "정답 'y'"),
        ({"y": [np.nan] * 100}, {}, "정답 'y'"),
    ],
)
def test_what_cannot_be_attributed_is_told(
    changes: dict[str, object], settings: dict[str, object], said: str
) -> None:
    arguments = {"outcome": "y", "over": ["c"], **settings}
    with pytest.raises(DriftInputError, match=said):
        attribute_gap(TABLE, {**TABLE, **changes}, **arguments)  # type: ignore[arg-type]
