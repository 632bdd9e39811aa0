"""시연의 요청 읽기와 자리 정리."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.demo import main, set_aside
from mlops_lab.flights.months import read_months


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-03", ["2013-03"]),
        ("2013-10..2013-12", ["2013-10", "2013-11", "2013-12"]),
        ("2013-03..2013-03", ["2013-03"]),
    ],
)
def test_months_are_read(text: str, expected: list[str]) -> None:
    assert read_months(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2013",
        "2013-13",
        "2013-00..2013-02",
        "2013-05..2013-03",
        "3월",
        "2013-02..2013-04",
        "2014-01",
        "2013-11..2014-02",
        "2013-03..",
    ],
)
def test_wrong_months_are_refused_before_anything_starts(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--months", text, "--home", str(tmp_path / "demo")]) == 2
    assert not (tmp_path / "demo").exists()
    assert capsys.readouterr().out.strip()


def test_earlier_demo_is_kept_once(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    for content in ("첫째", "둘째"):
        home.mkdir()
        (home / "summary.json").write_text(content, "utf-8")
        set_aside(home)
        assert not home.exists()
    assert (tmp_path / "demo.previous" / "summary.json").read_text("utf-8") == "둘째"
