"""시험의 갈래: 어느 시험도 갈래 밖에 있지 않고, 사라진 시험과 실패한 시험은 빨갛게 됩니다."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import lanes
from tests.common import ROOT


def test_every_test_file_is_in_a_lane() -> None:
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders == set(lanes.LANES)


def test_the_committed_counts_name_every_lane() -> None:
    counts = json.loads(lanes.COUNTS.read_text("utf-8"))
    assert set(counts) == set(lanes.LANES)
    assert all(number > 0 for number in counts.values())


@pytest.fixture
def make_lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], lanes.Lane]:
    """시험의 글에서 갈래를 만듭니다."""
    monkeypatch.setattr(lanes, "LOGS", ROOT / "build" / "lanes" / tmp_path.name)

    def make(source: str) -> lanes.Lane:
        (tmp_path / "test_it.py").write_text(source, "utf-8")
        return lanes.Lane(
            "it", "", (str(tmp_path / "test_it.py"), "-c", "/dev/null", f"--rootdir={tmp_path}")
        )

    return make


def test_what_ci_runs_leaves_out_only_what_takes_long() -> None:
    assert set(lanes.QUICK) < set(lanes.TEST) < set(lanes.ALL) == set(lanes.LANES)


@pytest.mark.parametrize(
    ("source", "expected", "told"),
    [
        ("def test_a(): pass\ndef test_b(): pass\n", 2, ()),
        ("def test_a(): pass\n", 2, ("시험이 1개입니다. lanes.json에는 2개",)),
        ("def test_a(): pass\ndef test_b(): assert 0\n", 2, ("pytest가 1",)),
        ("import nosuch\n", 1, ("pytest가 2",)),
        ("", 1, ("pytest가 5", "시험이 0개입니다")),
    ],
    ids=["all there", "one lost", "one failed", "cannot be read", "none"],
)
def test_a_lane_turns_red(
    source: str,
    expected: int,
    told: tuple[str, ...],
    make_lane: Callable[[str], lanes.Lane],
    capsys: pytest.CaptureFixture[str],
) -> None:
    problems = lanes.say(lanes.run(make_lane(source), {}), expected)
    assert len(problems) == len(told), problems
    assert all(word in problem for word, problem in zip(told, problems, strict=True)), problems
    assert "it " in capsys.readouterr().out


HANGING = "import time\ndef test_first(): pass\ndef test_waits(): time.sleep(600)\ndef test_last(): pass\n"


@pytest.mark.parametrize(
    ("options", "longest", "passed", "told"),
    [
        (("-o", "timeout=1"), 60, 2, "Timeout"),  # 시험 하나만 실패하고, 나머지는 돕니다.
        ((), 5, 0, "5초 안에 끝나지 않아 멈췄습니다"),
    ],
    ids=["one test", "the lane"],
)
def test_what_never_ends_is_red_and_says_where_it_was(
    options: tuple[str, ...],
    longest: float,
    passed: int,
    told: str,
    make_lane: Callable[[str], lanes.Lane],
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = lanes.run(make_lane(HANGING), {}, *options, longest=longest)
    assert outcome.counts["passed"] == passed
    assert lanes.say(outcome, None)
    said = capsys.readouterr().out
    assert told in said
    if options:
        assert "test_waits" in said
