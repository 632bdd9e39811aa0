"""안정: 문턱을 넘지 않은 것이 아니라, 큰 차이가 없다고 말할 수 있는 것."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_lab.drift import Rule, Scenario, compare, compare_column, fit_profile, judge, simulate
from mlops_lab.drift._rule import DEFAULT_RULE

TIMES = 200
Draw = Callable[[np.random.Generator, int, bool], Any]


def normal(random: np.random.Generator, size: int, moved: bool) -> Any:
    return random.normal(0.3 if moved else 0.0, size=size)


def skewed(random: np.random.Generator, size: int, moved: bool) -> Any:
    """로그정규. 옮긴 쪽은 D가 0.12입니다."""
    return np.exp(random.normal(0.302 if moved else 0.0, size=size))


def coins(random: np.random.Generator, size: int, moved: bool) -> Any:
    return random.random(size) < (0.62 if moved else 0.5)


def levels(random: np.random.Generator, size: int, moved: bool) -> Any:
    p = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    return random.choice(list("abcde"), size, p=p + (np.array([-0.12, 0, 0.04, 0.04, 0.04]) if moved else 0))


def gaps(random: np.random.Generator, size: int, moved: bool) -> Any:
    """결측의 비율이 10 %에서 22 %로."""
    return np.where(random.random(size) < (0.22 if moved else 0.1), np.nan, random.normal(size=size))


DRAWS = [normal, skewed, coins, levels, gaps]


def verdicts(draw: Draw, n: int, m: int, moved: bool) -> list[str]:
    random = np.random.default_rng([n, m, moved])
    return [compare_column(draw(random, n, False), draw(random, m, moved)).verdict for _ in range(TIMES)]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("n", "m"), [(200, 200), (1_000, 300), (1_000, 1_000), (8_000, 500), (3_000, 3_000)])
def test_a_moved_column_is_never_called_stable(draw: Draw, n: int, m: int) -> None:
    assert verdicts(draw, n, m, moved=True).count("stable") <= TIMES // 100


@pytest.mark.parametrize("draw", DRAWS)
def test_an_unmoved_column_is_called_stable_where_there_are_rows(draw: Draw) -> None:
    assert verdicts(draw, 10_000, 2_000, moved=False).count("stable") >= 0.98 * TIMES
    few = verdicts(draw, 250, 250, moved=False)
    assert few.count("stable") == 0  # 무엇을 보았든 0.1의 차이를 배제할 수 없습니다.
    assert few.count("drift") <= TIMES // 100


@pytest.mark.parametrize("draw", [normal, coins, levels])
@pytest.mark.parametrize("n", [900, 1_500, 8_000])
def test_the_rows_it_asks_for_are_enough(draw: Draw, n: int) -> None:
    """ "N행이 있으면"은 열에 여덟입니다. 기준이 모자라면 둘 다 늘리라고 합니다."""
    random = np.random.default_rng(n)
    column = compare_column(draw(random, n, False), draw(random, 150, False))
    assert column.verdict == "undecided"
    found = re.search(r"(배치에|기준과 배치에 저마다) ([\d,]+)행", column.reason)
    assert found, column.reason
    m = int(found[2].replace(",", ""))
    share = verdicts(draw, n if found[1] == "배치에" else m, m, moved=False).count("stable") / TIMES
    assert 0.7 <= share <= 0.93, (m, share)


@pytest.mark.parametrize("day_effect", [0.1, 0.3])
@pytest.mark.parametrize("days", [5, 20, 60])
def test_days_that_move_together_are_not_called_stable(day_effect: float, days: int) -> None:
    """날마다 함께 흔들리는 열이 0.3 표준편차 밀린 것을, 배치가 며칠이든 안정이라고 하지 않습니다."""
    called = 0
    for seed in range(40):
        year = simulate(Scenario(days=80, rows=8_000, day_effect=day_effect, seed=seed), 0)
        moved = Scenario(
            "covariate", onset=0, magnitude=0.3, days=days, rows=days * 100, day_effect=day_effect
        )
        batch = simulate(moved, 1_000 + seed)
        batch["day"] = batch["day"] - batch["day"].min() + 80
        tables = [
            pd.DataFrame({"x1": t["x1"], "day": pd.Timestamp("2013-01-01") + pd.to_timedelta(t["day"], "D")})
            for t in (year, batch)
        ]
        called += compare(*tables, ["x1"], time="day").verdict == "stable"
    assert called == 0


@pytest.mark.parametrize(("length", "day_effect"), [(120, 0.1), (365, 0.2)])
def test_the_days_it_asks_for_are_enough(length: int, day_effect: float) -> None:
    def draw(days: int, seed: int) -> pd.DataFrame:
        table = simulate(Scenario(days=days, rows=days * 100, day_effect=day_effect, seed=seed), 0)
        when = pd.Timestamp("2013-01-01") + pd.to_timedelta(table["day"], "D")
        return pd.DataFrame({"x1": table["x1"], "day": when})

    profile = fit_profile(draw(length, 1), ["x1"], time="day", block_days=5)
    column = judge(profile, draw(5, 2)).columns[0]
    assert column.verdict == "undecided"
    found = re.search(r"배치가 ([\d,]+)일이면", column.reason)
    assert found, column.reason
    days = int(found[1].replace(",", ""))
    assert 5 < days < 60
    said = [judge(profile, draw(days, 200 + seed)).verdict for seed in range(30)]
    assert said.count("stable") >= 20
    assert "drift" not in said
    assert [judge(profile, draw(5, 200 + seed)).verdict for seed in range(30)].count("stable") <= 10


def test_a_summary_says_the_same() -> None:
    random = np.random.default_rng(0)
    reference, now = {"x": random.normal(size=20_000)}, {"x": random.normal(size=2_000)}
    direct, kept = compare(reference, now).columns[0], judge(fit_profile(reference), now).columns[0]
    assert direct.verdict == kept.verdict == "stable"
    assert direct.upper is not None
    assert kept.upper is not None
    assert kept.upper == pytest.approx(direct.upper, abs=2e-3)
    assert kept.margin == DEFAULT_RULE.equivalence_margin == 0.1


@pytest.mark.parametrize(
    ("rule", "margin"),
    [
        (Rule(), 0.1),
        (Rule(min_effect=0.2), 0.4),
        (Rule(min_effect=0.0), 0.1),
        (Rule(min_effect=0.9), 1.0),
        (Rule(min_psi=0.25), 0.25),
        (Rule(min_effect=0.2, margin=0.1), 0.1),
    ],
)
def test_the_margin_follows_the_rule(rule: Rule, margin: float) -> None:
    assert rule.equivalence_margin == pytest.approx(margin)
