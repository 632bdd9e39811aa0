"""판정의 규칙: 틀린 값은 거절하고, 기준의 요약이 기억합니다."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from mlops_lab.drift import DriftInputError, Rule, compare, compare_column, fit_profile, judge, load_profile

REFERENCE = {"x": norm.ppf((np.arange(2_000) + 0.5) / 2_000)}
CURRENT = {"x": REFERENCE["x"] + 0.3}
STRICT = Rule(alpha=0.001, min_effect=0.2, min_rows=50, min_psi=0.2, floor=1e-3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"alpha": 0.0}, "alpha이\\(가\\) 0.0입니다. 0보다 크고 1보다 작아야"),
        ({"alpha": 5}, "alpha이"),
        ({"alpha": float("nan")}, "alpha이\\(가\\) nan"),
        ({"min_effect": -0.1}, "min_effect이\\(가\\) -0.1입니다. 0 이상 1 이하"),
        ({"min_effect": 5}, "min_effect이"),
        ({"margin": 0.0}, "margin이\\(가\\) 0.0입니다. 0보다 크고 1 이하"),
        ({"margin": 1.1}, "margin이"),
        ({"min_rows": 0}, "min_rows이\\(가\\) 0입니다. 1 이상"),
        ({"min_psi": -1.0}, "min_psi이"),
        ({"min_psi": float("inf")}, "min_psi이"),
        ({"floor": 0.0}, "floor이"),
        ({"floor": 1.0}, "floor이"),
    ],
)
def test_wrong_rules(wrong: dict, message: str) -> None:
    with pytest.raises(DriftInputError, match=message):
        Rule(**wrong)


def test_a_rule_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Rule().alpha = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("rule", "verdict", "says"),
    [
        (Rule(), "drift", "우연이 아닙니다"),
        (Rule(min_effect=0.2), "stable", "문턱 0.200보다 작습니다"),
        (Rule(min_effect=0.2, margin=0.15), "undecided", "0.150만 한 차이가 없다고도"),
        (Rule(min_rows=2_001), "undecided", "2,001개는 있어야"),
        (Rule(min_psi=0.2), "stable", "PSI 0.086이(가) 문턱 0.2보다"),
        (Rule(alpha=1e-30), "undecided", "우연일 수도"),
    ],
)
def test_each_number_decides(rule: Rule, verdict: str, says: str) -> None:
    for column in (
        compare(REFERENCE, CURRENT, rule=rule).columns[0],
        compare_column(REFERENCE["x"], CURRENT["x"], rule=rule),
        judge(fit_profile(REFERENCE, rule=rule), CURRENT).columns[0],
    ):
        assert (column.verdict, says in column.reason) == (verdict, True), column.reason


def test_the_floor_of_the_rule_is_the_floor_of_the_psi() -> None:
    current = {"x": REFERENCE["x"] + 9}
    low, high = (compare(REFERENCE, current, rule=Rule(floor=floor)).columns[0] for floor in (1e-4, 1e-2))
    assert (low.psi or 0) > (high.psi or 0) > 0
    assert (low.floor, high.floor) == (1e-4, 1e-2)


def test_a_profile_remembers_its_rule(tmp_path: Path) -> None:
    path = fit_profile(REFERENCE, rule=STRICT).save(tmp_path / "요약.json")
    profile = load_profile(path)
    assert profile.rule == STRICT
    (column,) = judge(profile, CURRENT).columns
    assert (column.verdict, column.alpha, column.min_rows, column.floor) == ("stable", 0.001, 50, 1e-3)
    assert judge(profile, CURRENT, rule=Rule()).verdict == "drift"
    assert load_profile(fit_profile(REFERENCE).save(path)).rule == Rule()
