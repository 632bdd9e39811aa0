"""누가 챔피언인지: 기록한 결정이 정하고, 별칭은 그것을 비춥니다."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from mlops_lab.flights import decisions, registry, steps
from mlops_lab.flights._files import month_folder, read_json, write_json
from mlops_lab.flights.errors import BadMonth, FlightsError
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest, fit

REFERENCE = {"auc": 0.7, "brier": 0.16}


@pytest.fixture(scope="session")
def decided(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """버전 셋이 차례로 챔피언이 된 작업 폴더: 처음(1), 3월의 겨루기(2), 5월의 겨루기(3). 6월까지 예측했습니다."""
    home = tmp_path_factory.mktemp("결정 🛫")
    features, late = load_labelled(["2013-01"], finished)
    made = []
    for rows, through in ((1_000, "2013-02"), (1_500, "2013-03"), (2_000, "2013-05")):
        model = fit(features.head(rows), late.head(rows))
        made.append(
            registry.register(
                model, through=through, seed=1, sha256=digest(model), metrics={}, home=home
            ).to_dict()
        )
    write_json(decisions.bootstrap_path(home), {"champion": made[0], "reference": REFERENCE})
    standing = made[0]
    for month, after in (("2013-03", made[1]), ("2013-04", made[1]), ("2013-05", made[2])):
        decision = {
            "month": month,
            "decision": "promote" if after != standing else "keep",
            "reason": "시험",
            "champion_before": standing,
            "champion_after": after,
            "reference_after": {**REFERENCE, "brier": 0.16 - after["version"] / 100},
        }
        write_json(month_folder(home, month) / "decision.json", decision)
        standing = after
    for month in ("2013-03", "2013-04", "2013-05", "2013-06"):
        now = decisions.standing(home, month)
        assert now is not None
        write_json(month_folder(home, month) / "score.json", {"champion": now["champion"]})
    return home


@pytest.fixture
def place(decided: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`decided`. MLflow가 절대 경로를 적어 두므로 복사하지 않고, 고친 것을 되돌립니다."""
    folders = ("mlflow/artifacts", "warehouse")
    for name in folders:
        shutil.copytree(decided / name, tmp_path / "kept" / name)
    registry.set_alias(registry.CHAMPION, 3, decided)
    monkeypatch.setenv("MLOPS_LAB_HOME", str(decided))
    yield decided
    for name in folders:
        shutil.rmtree(decided / name)
        shutil.copytree(tmp_path / "kept" / name, decided / name)


def champion(home: Path, month: str | None = None) -> int:
    standing = decisions.standing(home, month)
    assert standing is not None
    return int(standing["champion"]["version"])


def alias(home: Path) -> int | None:
    return registry.get_alias(registry.CHAMPION, home)


def test_each_month_has_the_champion_of_the_decisions_before_it(place: Path) -> None:
    assert [champion(place, f"2013-{month:02d}") for month in range(3, 8)] == [1, 2, 2, 3, 3]
    assert champion(place) == alias(place) == 3
    assert decisions.standing(place / "nowhere") is None


def test_a_rollback_holds_for_the_next_batch_and_after_it(place: Path) -> None:
    told = decisions.roll_back(place, reason=" 안내 화면이 이상합니다 ")
    assert (told["month"], told["again"], told["reason"]) == ("2013-07", [], "안내 화면이 이상합니다")
    assert (told["champion_before"]["version"], told["champion_after"]["version"]) == (3, 2)
    assert told["reference_after"]["brier"] == pytest.approx(0.14)  # 2번이 챔피언이 될 때의 것입니다.
    assert [champion(place, f"2013-{month:02d}") for month in (5, 6, 7, 8, 12)] == [2, 3, 2, 2, 2]
    assert champion(place) == alias(place) == 2


def test_the_next_contest_goes_on_from_the_rollback(place: Path) -> None:
    decisions.roll_back(place, reason="시험", version=1, month="2013-07")
    first = decisions.standing(place, "2013-07")
    assert first is not None
    sides = {"champion_before": first["champion"], "champion_after": first["champion"]}
    kept = {"month": "2013-07", "reference_after": REFERENCE, "reason": "그대로", **sides}
    write_json(month_folder(place, "2013-07") / "decision.json", kept)
    assert champion(place, "2013-08") == champion(place) == 1
    third = read_json(month_folder(place, "2013-05") / "decision.json")["champion_after"]
    assert decisions.was_rolled_back(third["sha256"], place, "2013-07")
    assert not decisions.was_rolled_back(third["sha256"], place, "2013-06")
    assert not decisions.was_rolled_back(first["champion"]["sha256"], place, "2013-12")


def test_a_rollback_of_a_month_that_was_predicted_says_what_to_do_again(place: Path) -> None:
    told = decisions.roll_back(place, reason="시험", month="2013-06")
    assert told["again"] == ["2013-06"]
    assert champion(place, "2013-06") == 2
    with pytest.raises(FlightsError, match=r"2013-06의 예측은 버전 3.*버전 2입니다.*03_score부터"):
        steps.measure_performance("2013-06", place)


def test_contests_of_another_champion_are_not_followed(place: Path) -> None:
    """5월을 버전 1로 되돌리면, 버전 2가 나섰던 5월의 겨루기는 다시 겨룰 때까지 없는 것입니다."""
    decisions.roll_back(place, reason="시험", month="2013-05", version=1)
    assert [champion(place, f"2013-{month:02d}") for month in (3, 4, 5, 6, 7)] == [1, 2, 1, 1, 1]
    assert champion(place) == alias(place) == 1
    assert [each["kind"] for each in decisions.records(place)] == [
        "rollback", "contest", "contest", "bootstrap"
    ]  # fmt: skip


def test_the_same_rollback_twice_is_one(place: Path) -> None:
    first = decisions.roll_back(place, reason="시험", month="2013-07")
    assert decisions.roll_back(place, reason="시험", month="2013-07") == first
    assert champion(place) == 2
    decisions.roll_back(place, reason="더 앞으로", version=1, month="2013-07")
    assert champion(place) == alias(place) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"reason": "  "}, "까닭이 비어"),
        ({"version": 9}, r"버전 9.*되돌아갈 수 있는 버전: 1, 2, 3"),
        ({"version": 3}, "이미 버전 3"),
        ({"month": "2013-02"}, "2013-03부터"),
        ({"month": "2013-03"}, "앞선 챔피언이 없어"),
        ({"month": "2013-03", "version": 2}, "챔피언이었던 적이 없습니다"),
    ],
)
def test_what_cannot_be_rolled_back_changes_nothing(place: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(FlightsError, match=says):
        decisions.roll_back(place, **{"reason": "시험", **options})
    assert not list(place.rglob("rollback.json"))
    assert champion(place) == alias(place) == 3


@pytest.mark.parametrize("month", ["2014-01", "6월", "2013-13"])
def test_a_month_that_is_not_there(place: Path, month: str) -> None:
    with pytest.raises(BadMonth):
        decisions.roll_back(place, reason="시험", month=month)


def test_when_all_was_predicted_the_month_must_be_named(place: Path) -> None:
    for month in range(7, 13):
        write_json(month_folder(place, f"2013-{month:02d}") / "score.json", {"champion": {}})
    with pytest.raises(FlightsError, match="어느 달의 배치부터"):
        decisions.roll_back(place, reason="시험")


def test_nothing_to_roll_back_in_an_empty_workspace(tmp_path: Path) -> None:
    with pytest.raises(FlightsError, match="00_bootstrap"):
        decisions.roll_back(tmp_path, reason="시험")


def test_a_model_that_does_not_open_is_not_gone_back_to(place: Path) -> None:
    next((place / "mlflow" / "artifacts").rglob("model.skops")).unlink()
    for path in (place / "mlflow" / "artifacts").rglob("model.skops"):
        path.unlink()
    with pytest.raises(FlightsError, match="읽을 수 없습니다"):
        decisions.roll_back(place, reason="시험")
    assert not list(place.rglob("rollback.json"))


def test_an_alias_moved_by_hand_is_put_back_and_told(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    registry.set_alias(registry.CHAMPION, 1, place)
    assert champion(place) == 3  # 다음 배치는 별칭이 아니라 결정을 따릅니다.
    with caplog.at_level(logging.WARNING):
        decisions.repair_alias(place)
    assert alias(place) == 3
    assert "버전 1" in caplog.text
    assert "mlops-lab rollback" in caplog.text
    caplog.clear()
    decisions.repair_alias(place)
    assert not caplog.text


def test_a_workspace_without_its_registry_is_left_alone(place: Path) -> None:
    shutil.rmtree(place / "warehouse" / "models")
    registry.set_alias(registry.CHAMPION, 1, place)
    assert decisions.mirror_alias(place) is None
    assert alias(place) == 1


def test_the_command(place: Path) -> None:
    done = CliRunner().invoke(app, ["rollback", "--reason", "안내 화면이 이상합니다"])
    assert done.exit_code == 0, done.output
    assert "버전 3" in done.output
    assert "버전 2" in done.output
    assert "2013-07의 배치부터" in done.output
    assert champion(place) == alias(place) == 2
    shown = CliRunner().invoke(app, ["decisions"])
    assert "되돌림" in shown.output
    assert "안내 화면이 이상합니다" in shown.output
    assert [each["kind"] for each in json.loads(CliRunner().invoke(app, ["decisions", "--json"]).stdout)] == [
        "rollback", "contest", "contest", "contest", "bootstrap"
    ]  # fmt: skip
    wrong = CliRunner().invoke(app, ["rollback", "--reason", "시험", "--to", "9"])
    assert wrong.exit_code == 2
    assert "되돌아갈 수 있는 버전" in wrong.output
    late = CliRunner().invoke(app, ["rollback", "--reason", "시험", "--to", "1", "--month", "2013-06"])
    assert "다시 예측할 달: 2013-06" in late.output
