"""하나씩 오는 값의 탐지기. river와 견줍니다.

아래의 값은 river 0.26.1(pandas 3과 함께 설치됩니다)이 냈습니다. 다시 내려면:

    uv venv build/peers/river && uv pip install --python build/peers/river/bin/python river==0.26.1
    build/peers/river/bin/python benchmarks/river_values.py
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mlops_lab.drift import adwin, ddm, page_hinkley

RIVER = {
    0: {"ddm": [5599], "page_hinkley": [5393], "adwin": [5375]},
    1: {"ddm": [279, 2796, 5394], "page_hinkley": [5223], "adwin": [5407]},
    2: {"ddm": [], "page_hinkley": [5358], "adwin": [5247]},
}


def errors(seed: int) -> list[int]:
    """5,000째부터 오류율이 0.20에서 0.35로 오릅니다."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.random(5000) < 0.2, random.random(5000) < 0.35]).astype(int).tolist()


@pytest.mark.parametrize("seed", RIVER)
def test_the_same_alarms_as_river(seed: int) -> None:
    stream = errors(seed)
    assert list(ddm(stream)) == RIVER[seed]["ddm"]
    assert list(page_hinkley(stream)) == RIVER[seed]["page_hinkley"]
    # river의 ADWIN은 창을 지수 히스토그램으로 줄여 자를 자리가 적습니다. 한 번 보는 간격(32)만큼 다를 수 있습니다.
    ours, theirs = list(adwin(stream)), RIVER[seed]["adwin"]
    assert len(ours) == len(theirs)
    assert all(abs(a - b) <= 32 for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("detector", [ddm, page_hinkley, adwin])
def test_detectors_are_lazy_and_quiet_on_constants(detector: object) -> None:
    assert list(detector([])) == []  # type: ignore[operator]
    assert list(detector([0] * 2_000)) == []  # type: ignore[operator]
    jump = itertools.chain([0] * 1_000, itertools.repeat(1))
    assert 1_000 <= next(iter(detector(jump))) < 1_200  # type: ignore[operator]


def test_adwin_and_page_hinkley_see_a_fall_too() -> None:
    stream = errors(0)[::-1]
    assert [5000 <= index < 5700 for index in adwin(stream)] == [True]
    assert [5000 <= index < 6000 for index in page_hinkley(stream)] == [True]
