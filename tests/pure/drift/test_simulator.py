"""시뮬레이터: 순서와 재시도에 상관없고, 정한 것만 정한 때에 변합니다."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import logit

from mlops_lab.drift import DriftInputError, Scenario, compare, simulate, truth

BIG = {"rows": 40_000, "onset": 2}


def same(one: dict, other: dict) -> bool:
    return all(np.array_equal(one[k], other[k], equal_nan=one[k].dtype.kind == "f") for k in (*one, *other))


def test_a_batch_does_not_depend_on_order_or_retries() -> None:
    scenario = Scenario("covariate", "gradual", seed=7, day_effect=0.3, season=0.5)
    forward = [simulate(scenario, b) for b in range(5)]
    backward = [simulate(scenario, b) for b in reversed(range(5))][::-1]
    assert all(same(a, b) for a, b in zip(forward, backward, strict=True))
    assert not np.array_equal(forward[0]["x2"], forward[1]["x2"])
    assert not same(forward[0], simulate(Scenario("covariate", "gradual", seed=8), 0))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sudden", [0, 0, 1, 1, 1, 1, 1, 1]),
        ("incremental", [0, 0, 0.5, 1, 1, 1, 1, 1]),
        ("gradual", [0, 0, 0.5, 1, 1, 1, 1, 1]),
        ("recurring", [0, 0, 1, 1, 0, 0, 1, 1]),
    ],
)
def test_patterns(pattern: str, expected: list[float]) -> None:
    scenario = Scenario("covariate", pattern, onset=2, duration=2, **{"rows": 40_000})  # type: ignore[arg-type]
    assert [scenario.strength(b) for b in range(8)] == expected
    assert [b["drift"] for b in truth(scenario, 8)["batches"]] == [s > 0 for s in expected]
    means = [simulate(scenario, b)["x1"].mean() for b in range(8)]
    assert means == pytest.approx(expected, abs=0.03)


def test_gradual_is_a_mixture_and_incremental_is_not() -> None:
    shift = {"onset": 0, "duration": 2, "rows": 40_000, "magnitude": 4.0}
    mixed, between = (
        simulate(Scenario("covariate", p, **shift), 0)["x1"] for p in ("gradual", "incremental")
    )
    assert mixed.mean() == pytest.approx(between.mean(), abs=0.05)
    assert mixed.std() == pytest.approx(np.sqrt(1 + 4), abs=0.05)
    assert between.std() == pytest.approx(1, abs=0.02)


def test_each_kind_changes_what_it_says_and_nothing_else() -> None:
    before = simulate(Scenario("none", **BIG), 3)

    def after(kind: str) -> dict:
        return simulate(Scenario(kind, **BIG), 3)  # type: ignore[arg-type]

    def late(table: dict, near: float) -> float:
        """x1이 near 가까이인 행에서 y의 비율."""
        return float(table["y"][np.abs(table["x1"] - near) < 0.25].mean())

    def given(table: dict, label: int) -> float:
        return float(table["x1"][table["y"] == label].mean())

    covariate, prior, concept = after("covariate"), after("prior"), after("concept")
    assert covariate["x1"].mean() - before["x1"].mean() == pytest.approx(1, abs=0.03)
    assert late(covariate, 1) == pytest.approx(late(before, 1), abs=0.03)
    assert logit(prior["y"].mean()) - logit(before["y"].mean()) == pytest.approx(1, abs=0.05)
    assert [given(prior, y) for y in (0, 1)] == pytest.approx([given(before, y) for y in (0, 1)], abs=0.03)
    assert concept["x1"].mean() == pytest.approx(before["x1"].mean(), abs=0.03)
    assert late(concept, 1) < late(before, 1) - 0.1
    quality, skew = after("quality"), after("skew")
    assert np.isnan(quality["x1"]).mean() == pytest.approx(0.3, abs=0.01)
    assert (skew["x2"] - skew["x2_offline"]).mean() == pytest.approx(1)
    assert np.array_equal(before["x2"], before["x2_offline"])


def test_season_and_days_are_not_drift_but_they_move_the_rows() -> None:
    scenario = Scenario("none", season=0.8, rows=20_000)
    assert [simulate(scenario, b)["x1"].mean() for b in (0, 3, 9)] == pytest.approx([0, 0.8, -0.8], abs=0.03)
    table = simulate(Scenario("none", day_effect=0.5, rows=20_000, days=20), 0)
    means = [table["x1"][table["day"] == day].mean() for day in np.unique(table["day"])]
    assert np.std(means) > 0.3
    assert len(means) == 20


def test_the_verdict_finds_the_onset() -> None:
    scenario = Scenario("covariate", onset=3, magnitude=0.4, rows=4_000)
    reference = simulate(Scenario(rows=10_000, seed=99), 0)
    verdicts = []
    for batch in range(6):
        result = compare(reference, simulate(scenario, batch), ["x1", "x2", "group"])
        verdicts.append({column.name: column.verdict for column in result.columns})
    assert [v["x1"] for v in verdicts] == ["stable"] * 3 + ["drift"] * 3
    assert all(v["x2"] == v["group"] == "stable" for v in verdicts)


def test_the_truth_says_what_moves_and_when_the_labels_arrive() -> None:
    answer = truth(Scenario("concept", onset=1, label_delay=2, rows=50), 3)
    assert [b["labels_arrive"] for b in answer["batches"]] == [2, 3, 4]
    assert [b["strength"] for b in answer["batches"]] == [0.0, 1.0, 1.0]
    assert answer["touches"] == ["y given x1"]
    assert answer["scenario"]["magnitude"] == 1.0
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "drift"}, "none, covariate"),
        ({"pattern": "fast"}, "sudden, gradual"),
        ({"rows": 0}, "rows이"),
        ({"onset": -1}, "onset이"),
    ],
)
def test_wrong_scenarios(wrong: dict, message: str) -> None:
    with pytest.raises(DriftInputError, match=message):
        Scenario(**wrong)
    with pytest.raises(DriftInputError, match="배치 번호"):
        simulate(Scenario(), -1)
