"""기준의 요약: 작고, 판을 말하고, 바뀌면 알아챕니다."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from mlops_lab.drift import DriftInputError, ProfileError, fit_profile, judge, load_profile

RANDOM = np.random.default_rng(0)
REFERENCE = pd.DataFrame(
    {
        "x": RANDOM.normal(size=6_000),
        "rain": np.where(RANDOM.random(6_000) < 0.9, 0.0, RANDOM.random(6_000)),
        "count": RANDOM.poisson(3, 6_000),
        "city": RANDOM.choice(["서울", "부산"], 6_000),
        "flag": RANDOM.random(6_000) < 0.3,
        "gone": np.nan,
        "odd": [1, "둘"] * 3_000,
        "when": pd.date_range("2013-01-01", periods=6_000, freq="min"),
        "day": np.arange(6_000) // 100,
    }
)


def test_it_comes_back_from_the_file_and_judges_alike(tmp_path: Path) -> None:
    profile = fit_profile(REFERENCE, time="day", block_days=5)
    path = profile.save(tmp_path / "기준" / "profile.json")
    assert path.stat().st_size < 100_000
    assert [p.name for p in path.parent.iterdir()] == ["profile.json"]
    again = load_profile(path)
    assert (again.blocks, again.days, again.time) == (12, 60, "day")
    current = REFERENCE.sample(2_000, random_state=1).assign(x=lambda t: t["x"] + 0.5)
    assert judge(again, current) == judge(profile, current)
    assert {c.name for c in judge(again, current).columns if c.verdict == "drift"} == {"x"}
    first = path.read_bytes()
    assert fit_profile(REFERENCE, time="day", block_days=5).save(path).read_bytes() == first


@given(
    st.lists(st.integers(-300, 300), min_size=1, max_size=900),
    st.lists(st.integers(-300, 300), min_size=1, max_size=300),
    st.integers(2, 40),
)
def test_the_stated_ks_error_is_never_exceeded(before: list[int], now: list[int], sketch: int) -> None:
    profile = fit_profile({"x": [float(v) for v in before]}, sketch=sketch)
    column = judge(profile, {"x": [float(v) for v in now]}).columns[0]
    exact = ks_2samp(before, now, method="asymp").statistic
    assert column.statistic is not None
    assert abs(column.statistic - exact) <= column.ks_error + 1e-12
    weights = profile.columns["x"].weights
    assert weights is not None
    assert weights.sum() == pytest.approx(len(before))
    assert len(weights) <= max(sketch, 1)


def test_the_default_sketch_is_close_enough() -> None:
    column = fit_profile({"x": np.random.default_rng(1).normal(size=100_000)}).columns["x"]
    assert column.ks_error <= 0.001
    assert len(column.points) == 512


def damage(text: str, how: str) -> str:
    content = json.loads(text)
    if how == "잘림":
        return text[: len(text) // 2]
    if how == "다른 판":
        content["version"] = 1
    elif how == "다른 파일":
        content = {"columns": []}
    elif how == "목록":
        return "[]"
    else:
        content["columns"][0]["counts"][0] += 1
    return json.dumps(content)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("잘림", "JSON이 아닙니다"),
        ("다른 판", "1판 요약입니다.*2판을 읽습니다"),
        ("다른 파일", "기준의 요약이 아닙니다"),
        ("목록", "기준의 요약이 아닙니다"),
        ("고침", "sha256과 다릅니다"),
    ],
)
def test_a_damaged_profile_is_refused(how: str, message: str, tmp_path: Path) -> None:
    path = fit_profile(REFERENCE[["x"]]).save(tmp_path / "p.json")
    path.write_text(damage(path.read_text(encoding="utf-8"), how), encoding="utf-8")
    with pytest.raises(ProfileError, match=message):
        load_profile(path)


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="열 수 없습니다"):
        load_profile(tmp_path / "없음.json")


def test_a_profile_of_every_value_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="sketch"):
        fit_profile(REFERENCE[["x"]], sketch=None).save(tmp_path / "p.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"time": "day", "block_days": 30}, "블록이 2개"),
        ({"time": "day", "block_days": 0}, "0보다 커야"),
        ({"time": "city"}, "범주입니다"),
        ({"time": "odd"}, "섞여 있습니다"),
        ({"time": "없음"}, "열 '없음'"),
        ({"columns": []}, "하나도 없습니다"),
    ],
)
def test_what_cannot_be_summarised(given_: dict, message: str) -> None:
    with pytest.raises(DriftInputError, match=message):
        fit_profile(REFERENCE, **given_)


def test_blocks_can_be_days_of_datetimes() -> None:
    profile = fit_profile(REFERENCE[["x", "when"]], time="when", block_days=0.5)
    assert profile.blocks == 8
    assert profile.columns["x"].block_shift > 0
