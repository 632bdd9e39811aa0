"""01의 되돌리기: 진짜 레지스트리에서 별칭과 모델이 모두 맞아야 통과합니다."""

from __future__ import annotations

from mlops_lab import flights
from mlops_lab.flights import registry, steps
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest, fit
from mlops_lab.lesson import progress
from mlops_lab.lesson.checking import grade


def test_the_rollback_is_done_only_when_the_alias_has_moved_and_the_model_is_read_again() -> None:
    home = flights.home() / "lessons" / "01"
    steps.prepare("2013-01", home, "features", "labels")
    features, late = load_labelled(["2013-01"], home)
    for rows, through in ((2_000, "2013-02"), (3_000, "2013-03")):
        model = fit(features.head(rows), late.head(rows))
        registry.register(model, through=through, seed=1, sha256=digest(model), metrics={}, home=home)
    old, new = (registry.load(each.version, home) for each in registry.list_versions(home))

    registry.set_alias("champion", 2, home)
    assert "2013-03까지 배운 모델" in repr(outcome := grade("01-3", old))
    assert outcome.state == progress.WRONG
    registry.set_alias("champion", 1, home)
    assert "다시 열었는지" in repr(outcome := grade("01-3", new))
    assert outcome.state == progress.WRONG
    assert grade("01-3", registry.load("champion", home)).state == progress.PASSED
