"""기록을 다시 돌려 재기: 답을 아는 기록에서 답이 나옵니다."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from mlops_lab.drift import (
    Alarms,
    Calibration,
    DriftInputError,
    Rule,
    Scenario,
    calibrate,
    calibration_to_terminal,
    fit_profile,
    judge,
    simulate,
)

NAMES = ["x1", "x2", "group"]


def history(batches: int = 12, **given: Any) -> dict[str, np.ndarray]:
    """시뮬레이터의 배치를 이은 기록. 배치 하나는 열흘, 2,000행입니다."""
    given = {"rows": 2_000, "days": 10, "onset": 9, **given}
    made = [simulate(Scenario(**given), batch) for batch in range(batches)]
    return {name: np.concatenate([each[name] for each in made]) for name in made[0]}


@pytest.fixture(scope="module")
def quiet() -> Calibration:
    return calibrate(history(), "day", NAMES, days=[1, 5])


def test_no_drift_no_alarms_and_the_bound_is_exact(quiet: Calibration) -> None:
    for size, batches in zip(quiet.sizes, (60, 12), strict=True):
        assert (size.placebo.batches, size.history.batches) == (batches, batches)
        for alarms in (size.history, size.placebo, *(c.placebo for c in size.columns)):
            assert alarms.alarms <= 1
        assert size.columns[1].placebo.alarms == 0
    assert Alarms(60, 0).upper == pytest.approx(1 - 0.05 ** (1 / 60))
    assert Alarms(10, 10).upper == 1.0
    assert Alarms(1, 0).upper == pytest.approx(0.95)


def test_larger_batches_find_smaller_shifts(quiet: Calibration) -> None:
    for day, week in zip(quiet.sizes[0].columns, quiet.sizes[1].columns, strict=True):
        assert day.detectable is not None
        assert week.detectable is not None
        assert week.detectable < day.detectable
    x1, _, group = quiet.sizes[1].columns
    assert 0.1 < (x1.detectable or 0) < 0.3  # 독립인 1,000행의 셈은 0.17에서 0.2 사이입니다.
    assert 0.05 < (group.detectable or 0) < 0.15


def test_dependent_days_hold_and_only_larger_shifts_are_found(quiet: Calibration) -> None:
    result = calibrate(history(day_effect=0.3), "day", NAMES, days=[1])
    (size,) = result.sizes
    assert size.placebo.rate <= 0.05
    assert size.history.rate <= 0.05
    assert (size.columns[0].detectable or 0) > 2 * (quiet.sizes[0].columns[0].detectable or 0)
    assert (size.columns[1].detectable or 0) < 0.5


def test_a_drift_in_the_history_alarms_there_and_not_in_the_placebo() -> None:
    result = calibrate(history(kind="covariate", magnitude=1.0), "day", NAMES, days=[1])
    x1, x2, _ = result.sizes[0].columns
    assert x1.history.alarms == 15  # 마지막 30일이 밀렸고, 그 15일째에 기준을 다시 맞춥니다.
    assert x1.placebo.rate <= 0.05
    assert x2.history.alarms <= 1


def test_a_known_shift_of_that_size_is_found() -> None:
    """답으로 나온 크기를 새 배치에 넣으면 열에 여덟 번쯤 찾습니다. 기록 하나로 잰 크기라 넉넉히 봅니다."""
    past = history()
    (size,) = calibrate(past, "day", ["x2"], days=[5]).sizes
    shift = size.columns[0].detectable
    assert shift is not None
    profile = fit_profile(past, ["x2"], time="day", block_days=5)
    found = dict.fromkeys((0.5, 1.0, 1.5), 0)
    for run in range(100):
        new = simulate(Scenario(rows=1_000, days=5, seed=100 + run), 24)
        for part in found:
            now = {"x2": new["x2"] + part * shift, "day": new["day"]}
            found[part] += judge(profile, now).verdict == "drift"
    assert found[0.5] < 40
    assert 60 <= found[1.0] <= 97
    assert found[1.5] >= 97


def test_batches_by_rows_and_a_stricter_rule() -> None:
    past = history(batches=8)
    loose, strict = (
        calibrate(past, "day", ["x2"], rows=[500], rule=rule, reference_days=30)
        for rule in (Rule(), Rule(min_effect=0.3))
    )
    assert (loose.sizes[0].unit, loose.sizes[0].size, loose.sizes[0].rows) == ("rows", 500, 500)
    assert loose.reference_days == 30
    assert (strict.sizes[0].columns[0].detectable or 0) > (loose.sizes[0].columns[0].detectable or 0)
    assert (strict.sizes[0].columns[0].detectable or 0) > 0.7


def test_the_default_sizes_fit_the_history_and_progress_is_told() -> None:
    lines: list[str] = []
    result = calibrate(history(batches=8), "day", ["x2"], progress=lines.append)
    assert [size.size for size in result.sizes] == [1, 7]
    assert any("뒤섞은 기록" in line for line in lines)


def test_the_result_is_reproducible_and_is_json(quiet: Calibration) -> None:
    again = calibrate(history(), "day", NAMES, days=[1, 5])
    assert again == quiet
    text = json.loads(json.dumps(quiet.to_dict(), allow_nan=False))
    assert text["rule"]["alpha"] == 0.005
    assert text["sizes"][0]["columns"][0]["placebo"].keys() == {"batches", "alarms", "rate", "upper"}
    mixed = np.random.default_rng(0).permutation(24_000)
    shuffled = {name: values[mixed] for name, values in history().items()}
    other = calibrate(shuffled, "day", ["x2"], days=[5])
    assert other.sizes[0].placebo == calibrate(history(), "day", ["x2"], days=[5]).sizes[0].placebo


def test_people_can_read_it(quiet: Calibration) -> None:
    from rich.console import Console

    console = Console(width=120, markup=False, file=io.StringIO())
    console.print(calibration_to_terminal(quiet))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "배치 1일" in text
    assert "드리프트가 없었다고 볼 때만" in text


def test_odd_columns_do_not_stop_it() -> None:
    past = history(batches=6)
    n = len(past["day"])
    random = np.random.default_rng(1)
    odd = {
        "day": np.where(np.arange(n) == 7, np.nan, past["day"].astype(float)),
        "one": np.full(n, 3.0),
        "same": np.array(["a"] * n, dtype=object),
        "empty": np.full(n, np.nan),
        "mixed": np.array([1, "둘"] * (n // 2), dtype=object),
        "flag": random.random(n) < 0.3,
        "holes": np.where(random.random(n) < 0.2, np.nan, random.normal(size=n)),
    }
    result = calibrate(odd, "day", days=[2])
    assert result.rows == n - 1
    found = {column.name: column for column in result.sizes[0].columns}
    assert all(column.placebo.alarms <= 1 for column in found.values())
    assert [name for name, column in found.items() if column.detectable is None] == ["one", "empty", "mixed"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"time": "whne"}, "열 'whne'이"),
        ({"columns": ["없음"]}, "열 '없음'이"),
        ({"days": [40]}, "배치가 40일인데"),
        ({"days": [0]}, "배치가 0일인데"),
        ({"rows": [9_000]}, "배치가 9000행인데"),
        ({"time": "group"}, "범주입니다"),
        ({"columns": []}, "볼 열이 하나도 없습니다"),
    ],
)
def test_wrong_requests(given: dict[str, Any], says: str) -> None:
    with pytest.raises(DriftInputError, match=says):
        calibrate(history(batches=6), **{"time": "day", **given})


def test_a_gap_in_the_history_is_not_a_day() -> None:
    past = history(batches=12)
    late = past | {"day": np.where(past["day"] >= 80, past["day"] + 300, past["day"])}
    (size,) = calibrate(late, "day", ["x2"], days=[1]).sizes
    assert size.history.batches == 40
    assert size.placebo.batches >= 40
    assert size.placebo.alarms == 0
    far = past | {"day": np.where(np.arange(24_000) == 23_999, 2_932_896, past["day"])}
    assert calibrate(far, "day", ["x2"], days=[1]).sizes[0].history.batches > 40  # 동떨어진 날은 뺍니다.
