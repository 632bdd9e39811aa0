"""두 표를 견주거나, 기준의 요약과 새 배치를 견줍니다. 열을 하나씩 재고, 다 잰 뒤에 함께 판정합니다."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._bins import BINS
from mlops_lab.drift._blocks import Calendar, block_length, span
from mlops_lab.drift._columns import Table, check_table, is_plain_number, read_column, row_days
from mlops_lab.drift._decide import decide, gravest
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._measure import Measured, measure
from mlops_lab.drift._power import add_detectable, outline
from mlops_lab.drift._profile import ColumnProfile, Profile, duplicate_share, fit_column, plan
from mlops_lab.drift._quality import find_duplicates, find_schema_faults, find_stray_days
from mlops_lab.drift._result import BatchDrift, ColumnDrift, Fault
from mlops_lab.drift._rule import DEFAULT_RULE, Rule

_MANY_ROWS = 50_000
"""현재의 행이 이만큼 있으면 두 표의 수치 열을 함께 정렬합니다. numpy는 정렬하는 동안 다른 스레드를 막지 않습니다."""


def compare(
    reference: Table,
    current: Table,
    columns: Iterable[str] | None = None,
    *,
    time: str | None = None,
    block_days: float | None = None,
    same_season: bool = False,
    bins: int = BINS,
    rule: Rule = DEFAULT_RULE,
    progress: Callable[[str], None] | None = None,
) -> BatchDrift:
    """두 표를 열마다 견주어 배치 전체를 판정합니다.

    Args:
        reference: 기준 표. DataFrame이거나, 이름에서 1차원 값으로 가는 dict입니다.
        current: 견주는 표.
        columns: 볼 열. 주지 않으면 기준 표의 모든 열입니다(`time`은 뺍니다).
        time: 시각의 열. 주면 기준을 시간 블록으로 나누어 문턱을 보정합니다.
        block_days: 블록의 길이(일). 주지 않으면 배치와 같게 하되, 블록이 8개는 나오도록 줄입니다.
        same_season: 참이면 기준에서 현재와 같은 달(몇 월)의 행만 씁니다. `time`이 있어야 합니다.
        bins: 수치 열의 구간의 수.
        rule: 판정의 규칙.
        progress: 열마다 한 줄을 받는 함수.

    Returns:
        배치의 판정과 열마다의 판정.

    Raises:
        DriftInputError: 표가 비었거나, 함께 있는 열이 없거나, 열 이름이 겹치거나, 블록이 너무 적습니다.

    Examples:
        >>> compare({"x": [1, 2] * 100}, {"x": [1, 1] * 100}, rule=Rule(min_effect=0.6)).verdict
        'stable'
    """
    wanted = None if columns is None else list(columns)
    check_table(current, "현재", *(wanted or []), *([time] if time else []))
    if same_season:
        if time is None:
            raise DriftInputError("같은 계절의 기준을 고르려면 시각의 열(time)을 주어야 합니다.")
        check_table(reference, "기준", time)
        mask = _same_months(reference[time], current[time], time)
        reference = {name: np.asarray(reference[name], dtype=object)[mask] for name in reference.keys()}  # noqa: SIM118
    calendar = None
    strays: list[Fault] = []
    if time:
        check_table(reference, "기준", time)
        for side, table in (("기준", reference), ("현재", current)):
            strays += find_stray_days(table[time], time, side)
        whole, batch = (span(row_days(side[time], time)) for side in (reference, current))
        block_days = block_days or block_length(whole, batch)
        calendar = Calendar(block_days, whole, batch)
    chosen, blocks = plan(reference, wanted, time, block_days or 0)
    return _judge(
        chosen,
        lambda name: fit_column(name, reference[name], bins, None, blocks),
        lambda distinct: duplicate_share(reference, chosen, distinct),
        current,
        blocks=len(blocks),
        calendar=calendar,
        time=time,
        strays=strays,
        rule=rule,
        progress=progress,
    )


def compare_column(
    reference: Any, current: Any, *, name: str = "값", bins: int = BINS, rule: Rule = DEFAULT_RULE
) -> ColumnDrift:
    """열 하나를 견줍니다.

    Args:
        reference: 기준의 1차원 값(배열, 리스트, Series).
        current: 견주는 1차원 값.
        name: 결과에 적을 열의 이름.
        bins: 수치 열의 구간의 수.
        rule: 판정의 규칙.

    Returns:
        열의 판정.

    Raises:
        DriftInputError: 값이 하나도 없습니다.
    """
    return compare({name: reference}, {name: current}, bins=bins, rule=rule).columns[0]


def judge(
    profile: Profile,
    current: Table,
    *,
    rule: Rule | None = None,
    progress: Callable[[str], None] | None = None,
) -> BatchDrift:
    """기준의 요약과 새 배치를 견주어 판정합니다. 기준의 원본은 읽지 않습니다.

    Args:
        profile: `fit_profile`이나 `load_profile`이 돌려준 요약.
        current: 새 배치(DataFrame이나 dict).
        rule: 판정의 규칙. 주지 않으면 요약이 기억하는 규칙입니다.
        progress: 열마다 한 줄을 받는 함수.

    Returns:
        배치의 판정과 열마다의 판정.

    Raises:
        DriftInputError: 표가 비었거나, 기준과 함께 있는 열이 하나도 없습니다.
    """
    calendar = None
    strays: list[Fault] = []
    if profile.time and profile.block_days:
        names = check_table(current, "현재")
        batch = profile.block_days
        if profile.time in names:
            batch = span(row_days(current[profile.time], profile.time))
            strays = find_stray_days(current[profile.time], profile.time, "현재")
        calendar = Calendar(profile.block_days, profile.days, batch)
    return _judge(
        list(profile.columns),
        profile.columns.__getitem__,
        lambda _: profile.duplicates,
        current,
        blocks=profile.blocks,
        calendar=calendar,
        time=profile.time,
        strays=strays,
        rule=rule or profile.rule,
        progress=progress,
    )


def _judge(
    chosen: list[str],
    fit: Callable[[str], ColumnProfile],
    reference_duplicates: Callable[[bool], float],
    current: Table,
    *,
    blocks: int,
    calendar: Calendar | None,
    time: str | None,
    strays: list[Fault],
    rule: Rule,
    progress: Callable[[str], None] | None,
) -> BatchDrift:
    """열을 하나씩 요약하고 재고 놓습니다. 그래서 열이 아무리 많아도 메모리는 열 하나의 몫만 더 듭니다."""
    names = check_table(current, "현재")
    present = set(names)
    if not present.intersection(chosen):
        raise DriftInputError(
            f"기준의 열({', '.join(map(str, chosen))})과 현재 표의 열({', '.join(map(str, names))})이 하나도 "
            "겹치지 않습니다. 같은 이름의 열이 있는 표를 주십시오."
        )
    rows = len(current[names[0]])
    faults = strays + find_schema_faults(chosen, [name for name in names if name != time])
    measured: list[Measured] = []
    outlines: list[NDArray[np.float64]] = []
    distinct = {"기준": False, "현재": False}
    with ThreadPoolExecutor(1) as pool:
        for number, name in enumerate(chosen, start=1):
            if progress:
                progress(f"[{number}/{len(chosen)}] {name}")
            reading = None
            if name in present and rows >= _MANY_ROWS and is_plain_number(current[name]):
                reading = pool.submit(read_column, current[name])
            reference = fit(name)
            distinct["기준"] |= reference.distinct
            outlines.append(outline(reference.points, reference.weights))
            if name not in present:
                absent = ColumnDrift(name, reference.bins.kind, reference.n, rows, fault="schema")
                measured.append(
                    Measured(replace(absent, reason="현재 표에 열이 없습니다.", missing_current=1.0))
                )
                continue
            sample = read_column(current[name]) if reading is None else reading.result()
            distinct["현재"] |= sample.distinct
            measured.append(measure(reference, sample, rule, calendar))
            faults += measured[-1].faults
            del reference, sample, reading  # 다음 열을 정렬하기 전에 놓습니다.
    # 결측이 늘거나 열이 달라지면 겹치는 행도 따라서 늘므로, 다른 결함이 없을 때만 봅니다.
    if len(chosen) > 1 and not faults and not distinct["현재"]:
        now = duplicate_share(current, chosen, False)
        faults += find_duplicates(reference_duplicates(distinct["기준"]), now)
    tests = sum(len(each.hypotheses) for each in measured)
    columns = tuple(
        add_detectable(column, [(h.test, h.threshold) for h in each.hypotheses], quantiles, rule, tests)
        for column, each, quantiles in zip(decide(measured, rule, blocks), measured, outlines, strict=True)
    )
    return BatchDrift(gravest(columns), columns, tuple(faults))


def _same_months(reference: Any, current: Any, name: str) -> NDArray[np.bool_]:
    """기준의 행 가운데 현재와 몇 월인지가 같은 행."""
    sides = []
    for values in (reference, current):
        if read_column(values).kind != "datetime":
            raise DriftInputError(f"같은 계절을 고르려면 열 {name!r}이(가) 시각이어야 합니다.")
        days = row_days(values, name)
        seconds = (np.nan_to_num(days) * 86_400).astype("datetime64[s]")
        months = seconds.astype("datetime64[M]").astype(int) % 12
        sides.append(np.where(np.isnan(days), -1, months))
    mask: NDArray[np.bool_] = np.isin(sides[0], np.unique(sides[1][sides[1] >= 0]))
    if not mask.any():
        raise DriftInputError(
            "기준에 현재와 같은 달의 행이 없습니다. 더 긴 기준을 주거나 same_season을 빼 주십시오."
        )
    return mask
