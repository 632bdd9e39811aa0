"""01의 되돌리기: 결정과 레지스트리와 모델이 모두 맞아야 통과합니다."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_lab import flights
from mlops_lab.flights import decisions, registry, steps
from mlops_lab.flights._files import month_folder, write_json
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest, fit
from mlops_lab.lesson import progress
from mlops_lab.lesson.checking import grade

REASON = {"reason": "전화"}


@pytest.fixture
def home() -> Path:
    """4월의 겨루기에서 버전 2가 이긴 작업 폴더."""
    home = flights.home() / "lessons" / "01"
    steps.prepare("2013-01", home, "features", "labels")
    features, late = load_labelled(["2013-01"], home)
    made = []
    for rows, through in ((2_000, "2013-02"), (3_000, "2013-03")):
        model = fit(features.head(rows), late.head(rows))
        made.append(
            registry.register(
                model, through=through, seed=1, sha256=digest(model), metrics={}, home=home
            ).to_dict()
        )
    write_json(decisions.bootstrap_path(home), {"champion": made[0], "reference": {}})
    decision = {"month": "2013-04", "champion_before": made[0], "champion_after": made[1], "reason": "이김"}
    write_json(month_folder(home, "2013-04") / "decision.json", {**decision, "reference_after": {}})
    decisions.mirror_alias(home)
    return home


def refused(value: Any, says: str) -> None:
    outcome = grade("01-3", value)
    assert outcome.state == progress.WRONG
    assert says in repr(outcome)


def test_the_rollback_is_a_decision_and_the_model_is_read_again(home: Path) -> None:
    old, new = (registry.load(each.version, home) for each in registry.list_versions(home))
    refused(old, "2013-03까지 배운 모델")
    registry.set_alias("champion", 1, home)
    refused(registry.load("champion", home), "결정대로라면 2013-06의 챔피언은 2013-03까지")
    decisions.roll_back(home, version=1, month="2013-06", **REASON)
    refused(new, "다시 열었는지")
    assert grade("01-3", registry.load("champion", home)).state == progress.PASSED


@pytest.mark.parametrize(
    ("month", "says"),
    [("2013-05", "2013-05의 예측까지"), ("2013-07", "2013-06의 챔피언은 2013-03까지")],
    ids=["too early", "too late"],
)
def test_a_rollback_from_another_month_is_refused(home: Path, month: str, says: str) -> None:
    decisions.roll_back(home, version=1, month=month, **REASON)
    refused(registry.load("champion", home), says)
