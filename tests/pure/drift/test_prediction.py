"""열 하나가 움직여 예측이 얼마나 달라지는지."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lab.drift import DriftInputError, Scenario, prediction_shift, score_shift, simulate

RANDOM = np.random.default_rng(0)
N = 2_000
BEFORE = {
    "x": RANDOM.normal(size=N),
    "z": RANDOM.normal(size=N),
    "c": RANDOM.choice(["a", "b"], N, p=[0.8, 0.2]),
}
NOW = {
    "x": RANDOM.normal(1, 1, N),
    "z": RANDOM.normal(size=N),
    "c": RANDOM.choice(["a", "d"], N, p=[0.5, 0.5]),
}


def linear(table: Any) -> np.ndarray:
    return 0.5 * np.asarray(table["x"], dtype=float) + 2 * np.asarray(table["z"], dtype=float)


@pytest.mark.parametrize("shape", [dict, pd.DataFrame])
def test_a_linear_model_moves_by_its_slope(shape: Any) -> None:
    found = prediction_shift(linear, shape(BEFORE), shape(NOW), "x")
    exact = 0.5 * (NOW["x"].mean() - BEFORE["x"].mean())
    assert found.change.estimate == pytest.approx(exact, abs=1e-9)
    assert found.change.contains(0.5)
    assert found.change.high - found.change.low < 0.15
    assert found.moved == 1.0
    assert found.summary.startswith("x의 분포만 바꾸면: 예측의 평균")
    assert json.loads(json.dumps(found.to_dict()))["column"] == "x"


def test_ranks_are_kept_and_the_other_columns_too() -> None:
    seen: list[Any] = []

    def watch(table: Any) -> np.ndarray:
        seen.append(table)
        return np.zeros(N)

    before = {name: values.copy() for name, values in BEFORE.items()}
    found = prediction_shift(watch, before, NOW, "x", resamples=2)
    assert (np.argsort(seen[1]["x"]) == np.argsort(BEFORE["x"])).all()
    assert seen[1]["z"] is before["z"]
    assert np.sort(seen[1]["x"]) == pytest.approx(np.sort(NOW["x"]))
    assert all((before[name] == BEFORE[name]).all() for name in BEFORE)
    assert (found.ks, found.moved) == (0.0, 0.0)


def test_as_few_levels_change_as_can() -> None:
    seen: list[Any] = []

    def watch(table: Any) -> np.ndarray:
        seen.append(np.asarray(table["c"]))
        return (np.asarray(table["c"]) == "d").astype(float)

    found = prediction_shift(watch, BEFORE, NOW, "c", resamples=2)
    share = {level: float(np.mean(NOW["c"] == level)) for level in "ad"}
    assert {level: float(np.mean(seen[1] == level)) for level in "ad"} == share
    kept = (seen[1] == BEFORE["c"]).mean()
    assert kept == share["a"]  # a였던 행 가운데 남은 것은 모두 그대로입니다.
    assert found.change.estimate == share["d"]


@pytest.mark.parametrize("column", ["x", "c"])
def test_the_same_distribution_moves_nothing(column: str) -> None:
    found = prediction_shift(linear, BEFORE, BEFORE, column, resamples=5)
    assert (found.change.estimate, found.moved, found.ks) == (0.0, 0.0, 0.0)
    assert "우연과 구별되지 않습니다" in found.summary


@pytest.mark.parametrize(("old", "new"), [(0.0, 0.3), (0.3, 0.0), (0.1, 1.0), (1.0, 0.2)])
@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_the_missing_share_moves_too(kind: str, old: float, new: float) -> None:
    def table(share: float) -> dict[str, Any]:
        values = np.arange(100.0) if kind == "numeric" else np.array(["a"] * 100, dtype=object)
        values[: round(100 * share)] = np.nan if kind == "numeric" else None
        return {"v": values}

    found = prediction_shift(lambda t: pd.isna(pd.Series(t["v"])), table(old), table(new), "v", resamples=2)
    assert (found.before, found.after) == (old, pytest.approx(new))


def test_times_and_categories_stay_what_they_were() -> None:
    before = pd.DataFrame(
        {"at": pd.date_range("2026-01-01", periods=50), "c": pd.Categorical(["a", "b"] * 25)}
    )
    now = pd.DataFrame({"at": pd.date_range("2026-03-01", periods=50), "c": pd.Categorical(["a"] * 50)})
    seen: list[pd.DataFrame] = []

    def watch(table: pd.DataFrame) -> np.ndarray:
        seen.append(table)
        return np.zeros(50)

    for column in ("at", "c"):
        prediction_shift(watch, before, now, column, resamples=2)
        assert (seen[-1].dtypes == before.dtypes).all()
    assert (seen[1]["at"] == now["at"]).all()


def test_two_sets_of_scores() -> None:
    found = score_shift([0.1, 0.2, 0.3, 0.4, 0.5], [0.2, 0.3, 0.4, 0.5, 0.6])
    assert (found.before, found.after, found.column, found.moved) == (
        pytest.approx(0.3),
        pytest.approx(0.4),
        None,
        None,
    )
    assert found.ks == pytest.approx(1 / 5)
    assert found.quantiles_before[2] == pytest.approx(0.3)


def test_the_interval_covers_and_days_are_counted() -> None:
    covered = []
    for seed in range(100):
        scenario = Scenario(onset=1, day_effect=0.7, rows=500, seed=seed)
        before, now = (simulate(scenario, batch) for batch in (0, 1))
        found = score_shift(before["x1"], now["x1"], days=(before["day"], now["day"]), resamples=100)
        covered.append(found.change.contains(0))
    assert 0.88 <= np.mean(covered) <= 0.99


@pytest.mark.parametrize(
    ("predict", "column", "said"),
    [
        (lambda _: [0.5], "x", r"모양이 \(1,\)"),
        (lambda _: ["높음"] * N, "x", "수로 읽을 수 없습니다"),
        (lambda _: [np.nan] * N, "x", "결측이나 무한대"),
        (linear, "w", "열 'w'"),
        (linear, "k", "종류가 같은 값"),
    ],
)
def test_what_cannot_be_measured_is_told(predict: Any, column: str, said: str) -> None:
    before, now = {**BEFORE, "k": np.zeros(N)}, {**NOW, "k": ["a"] * N}
    with pytest.raises(DriftInputError, match=said):
        prediction_shift(predict, before, now, column)


def test_too_few_days_or_resamples_are_told() -> None:
    with pytest.raises(DriftInputError, match="1개와 1개입니다"):
        score_shift([0.1, 0.2], [0.1, 0.2], days=([0, 0], [0, 0]))
    with pytest.raises(DriftInputError, match="행의 수가 다릅니다"):
        score_shift([0.1, 0.2], [0.1, 0.2], days=([0], [0, 0]))
    with pytest.raises(DriftInputError, match="resamples"):
        score_shift([0.1], [0.2], resamples=1)
