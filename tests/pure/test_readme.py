"""README가 말하는 것이 정말 있는지 봅니다."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.common import ROOT
from tests.readme import BLOCKS, EXECUTED, README, block, values


def test_every_link_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) > 10
    assert [t for t in targets if not t.startswith("http") and not (ROOT / t).exists()] == []


@pytest.mark.parametrize(
    ("folder", "pattern"), [("notebooks", "*.ipynb"), ("notebooks/pipeline", "*.ipynb"), ("dags", "*.py")]
)
def test_every_notebook_and_dag_is_in_the_tables(folder: str, pattern: str) -> None:
    missing = [p.name for p in (ROOT / folder).glob(pattern) if f"({folder}/{p.name})" not in README]
    assert missing == []


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", README)) <= targets


def test_every_python_block_is_executed_in_a_lane() -> None:
    assert len(BLOCKS) == len(EXECUTED)
    for phrase, file in EXECUTED.items():
        assert block(phrase)
        assert f'block("{phrase}")' in (ROOT / file).read_text("utf-8"), (phrase, file)


def test_the_drift_block_says_what_it_says(tmp_path: Path) -> None:
    assert values(block("simulate("), tmp_path) == ["drift", "stable"]


def test_every_command_is_in_the_readme() -> None:
    from mlops_lab.cli import app

    names = [
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    ]
    assert len(names) >= 7
    assert [name for name in names if f"mlops-lab {name}" not in README] == []
