"""드리프트가 어디에서 왔는지: 어느 범주, 어느 값의 범위, 어느 날."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._bins import BINS, Bins, bin_counts
from mlops_lab.drift._columns import (
    KIND_NAMES,
    ORDERED,
    Kind,
    Sample,
    Table,
    check_table,
    read_column,
    row_days,
    row_values,
)
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._profile import ColumnProfile, Profile, fit_column
from mlops_lab.drift._result import BatchDrift
from mlops_lab.drift._statistics import total_variation

_MOST = 5
_TOLD = 3
_SMALL_PART = 0.05
_SCATTERED = 0.02


@dataclass(frozen=True)
class Segment:
    """분포가 움직인 자리 하나.

    Attributes:
        name: 범주의 이름이나 값의 범위.
        reference, current: 결측을 뺀 행 가운데 이 자리의 비율.
        part: 열 전체에서 움직인 비율(`sum |p - q|`) 가운데 이 자리의 몫(0과 1 사이).
    """

    name: str
    reference: float
    current: float
    part: float


@dataclass(frozen=True)
class Day:
    """드리프트를 이끈 날 하나.

    Attributes:
        name: 날짜. 시각의 열이 수치이면 그 수입니다.
        rows: 그날의 행의 수.
        part: 효과 가운데 그날의 몫. 모든 날의 몫을 더하면 1이고, 반대로 움직인 날은 음수입니다.
        effect_without: 그날만 빼고 다시 잰 효과.
    """

    name: str
    rows: int
    part: float
    effect_without: float


@dataclass(frozen=True)
class Explanation:
    """열 하나가 어디에서 달라졌는지.

    Attributes:
        column, kind: 열의 이름과 종류.
        effect: 값의 효과(비율의 가장 큰 차이). 구간(수치)이나 범주의 개수로 잰 전변동 거리입니다.
        segments: 움직인 자리. 많이 움직인 것부터 다섯 개까지입니다.
        missing_reference, missing_current: 결측의 비율.
        days_total: 배치의 날의 수. 시각의 열이 없으면 0입니다.
        days: 효과의 절반 이상을 이끈 가장 적은 날. 절반이 넘는 날이 있어야 그렇게 되면 고루 퍼진 것이고 비어 있습니다.
        effect_rest: `days`를 모두 빼고 다시 잰 효과. `days`가 비어 있으면 None입니다.
        summary: 한국어 한 문장.
    """

    column: str
    kind: Kind
    effect: float
    segments: tuple[Segment, ...]
    missing_reference: float
    missing_current: float
    days_total: int
    days: tuple[Day, ...]
    effect_rest: float | None
    summary: str

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


def explain(
    reference: Table | Profile, current: Table, column: str, *, time: str | None = None
) -> Explanation:
    """열 하나의 분포가 어디에서 움직였는지 찾습니다. 드리프트인지는 판정하지 않습니다(`compare`).

    수치와 시각은 기준의 십분위 구간에서, 한 방향으로 함께 움직인 이웃 구간들을 한 범위로 묶습니다. 범주는 하나하나 봅니다.
    결측의 비율이 값의 분포보다 더 달라졌으면 움직인 자리는 결측 하나입니다.

    날은 늘어난 자리들에서 날마다의 몫을 셈하고, 몫이 큰 날부터 빼며 효과가 절반이 되는지 봅니다.

    Args:
        reference: 기준 표(DataFrame이나 dict)나 기준의 요약(`fit_profile`).
        current: 새 배치.
        column: 볼 열.
        time: 배치의 시각의 열. 주면 어느 날이 이끌었는지도 찾습니다.

    Returns:
        움직인 자리와 날.

    Raises:
        DriftInputError: 열이 없거나, 종류가 다르거나, 양쪽 모두 값이 없습니다.
    """
    check_table(current, "현재", column, *([time] if time else []))
    before = _profile_of(reference, column)
    now = read_column(current[column])
    kinds = (before.bins.kind, now.kind)
    if "mixed" in kinds or len(set(kinds) - {"empty"}) != 1:
        seen = "과(와) ".join(KIND_NAMES[kind] for kind in kinds)
        raise DriftInputError(
            f"열 {column!r}이(가) 기준과 현재에서 {seen}입니다. 양쪽에 종류가 같은 값이 있어야 견줍니다."
        )
    if problem := before.problem or now.problem:
        raise DriftInputError(f"열 {column!r}은(는) 견줄 수 없습니다: {problem}.")
    missing = before.missing / before.n, now.missing
    bins = before.bins
    more = abs(missing[1] - missing[0])
    values = None if "empty" in kinds else (before.counts[:-1], bin_counts(now, bins)[:-1])
    if values is None or more > total_variation(*values):
        values = None
        segments: tuple[Segment, ...] = (Segment("결측", *missing, 1.0),)
    elif bins.kind in ORDERED:
        segments = _rank(_ranges(bins, *_shares(values)))
    else:
        known = None if isinstance(reference, Profile) else reference[column]
        segments = _rank(_levels(bins, values, known, now))
    effect = more if values is None else total_variation(*values)
    total = 0
    days: tuple[Day, ...] = ()
    rest = None
    if time:
        names, counts = _count_by_day(current, column, time, None if values is None else bins)
        total = len(names)
        first = np.array([before.n - before.missing, before.missing]) if values is None else values[0]
        days, rest = _find_days(first, names, counts)
    summary = _summarize(column, segments, effect, total, days, rest)
    kind = now.kind if bins.kind == "empty" else bins.kind
    return Explanation(column, kind, effect, segments, *missing, total, days, rest, summary)


def explain_batch(
    reference: Table | Profile, current: Table, result: BatchDrift, *, time: str | None = None
) -> tuple[Explanation, ...]:
    """배치에서 드리프트라고 판정한 열마다 어디에서 달라졌는지 찾습니다.

    Args:
        reference: 판정한 기준 표나 기준의 요약.
        current: 판정한 새 배치.
        result: `compare`나 `judge`의 결과.
        time: 시각의 열. 주지 않으면 기준의 요약이 기억하는 것입니다.

    Returns:
        드리프트인 열의 순서대로의 설명. 드리프트가 없으면 비어 있습니다.

    Raises:
        DriftInputError: 결과가 이 표들의 것이 아니라 열이 없습니다.
    """
    if time is None and isinstance(reference, Profile) and reference.time in current.keys():  # noqa: SIM118
        time = reference.time
    return tuple(
        explain(reference, current, column.name, time=time)
        for column in result.columns
        if column.verdict == "drift"
    )


def _profile_of(reference: Table | Profile, column: str) -> ColumnProfile:
    if not isinstance(reference, Profile):
        check_table(reference, "기준", column)
        return fit_column(column, reference[column], BINS, None, [])
    if column not in reference.columns:
        raise DriftInputError(
            f"기준의 요약에 열 {column!r}이(가) 없습니다. 있는 열은 {', '.join(map(str, reference.columns))}입니다."
        )
    return reference.columns[column]


def _shares(
    counts: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()


def _rank(segments: Iterable[tuple[str, float, float]]) -> tuple[Segment, ...]:
    found = list(segments)
    moved = sum(abs(now - before) for _, before, now in found) or 1.0
    parts = [Segment(name, before, now, abs(now - before) / moved) for name, before, now in found]
    ranked = sorted(parts, key=lambda each: -each.part)
    return tuple(each for each in ranked[:_MOST] if each.part)


def _ranges(
    bins: Bins, before: NDArray[np.float64], now: NDArray[np.float64]
) -> Iterator[tuple[str, float, float]]:
    """한 방향으로 함께 움직인 이웃 구간들. 비율이 같은 구간은 앞의 것에 붙입니다."""
    before, now = before.astype(float), now.astype(float)
    if bins.own_zero:
        yield "0", float(before[-1]), float(now[-1])
        before, now = before[:-1], now[:-1]
    signs = np.sign(now - before)
    for i in [*range(1, len(signs)), *range(len(signs) - 2, -1, -1)]:  # 앞에서 뒤로, 뒤에서 앞으로 채웁니다.
        if signs[i] == 0:
            signs[i] = signs[i - 1] if i and signs[i - 1] else signs[min(i + 1, len(signs) - 1)]
    cuts = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), len(signs)]
    for start, end in itertools.pairwise(cuts):
        yield _range_name(bins, start, end), float(before[start:end].sum()), float(now[start:end].sum())


def _range_name(bins: Bins, start: int, end: int) -> str:
    """`[범위 아래, 안쪽 구간들, 범위 위]`에서 `start`부터 `end` 앞까지의 구간의 이름."""
    ends = bins.ends
    last = len(ends) + 1
    if (start, end) == (0, last):
        return "0이 아닌 값" if bins.own_zero else "모든 값"
    if end == last:
        return f"{ends[-1]} 초과" if start == last - 1 else f"{ends[start - 1]} 이상"
    right = f"{ends[end - 1]} {'이하' if end == last - 1 else '미만'}"
    if start == 0:
        return right
    return ends[start - 1] if ends[start - 1] == ends[end - 1] else f"{ends[start - 1]} 이상 {right}"


def _levels(
    bins: Bins, counts: tuple[NDArray[np.int64], NDArray[np.int64]], reference: Any, now: Sample
) -> Iterator[tuple[str, float, float]]:
    """범주마다의 비율. 새 범주는 하나하나 봅니다."""
    n, m = (int(each.sum()) for each in counts)
    if bins.pooled and reference is None:  # 요약에는 묶음의 개수만 있습니다.
        for name, before, after in zip(bins.labels, *counts, strict=False):
            yield name, before / n, after / m
        return
    found = Counter(now.values.tolist())
    if bins.pooled:
        known = Counter(read_column(reference).values.tolist())
    else:
        known = Counter(dict(zip(bins.levels, counts[0].tolist(), strict=False)))
    for level in known | found:
        name = ("참" if level else "거짓") if isinstance(level, bool | np.bool_) else str(level)
        yield name, known[level] / n, found[level] / m


def _count_by_day(
    current: Table, column: str, time: str, bins: Bins | None
) -> tuple[list[str], NDArray[np.int64]]:
    """날마다의 구간별 개수(결측 제외). `bins`가 없으면 `(값, 결측)`의 개수입니다. 시각을 모르는 행은 뺍니다."""
    days = np.floor(row_days(current[time], time))
    known = np.flatnonzero(~np.isnan(days))
    order = known[np.argsort(days[known], kind="stable")]
    found, starts = np.unique(days[order], return_index=True)
    _, values = row_values(current[column])
    counts = []
    for rows in np.split(order, starts[1:]):
        sample = read_column(values[rows])
        have = len(sample.values)
        counts.append([have, sample.n - have] if bins is None else bin_counts(sample, bins)[:-1])
    is_moment = read_column(current[time]).kind == "datetime"
    names = [str(np.datetime64(int(day), "D")) if is_moment else str(int(day)) for day in found]
    return names, np.array(counts, dtype=np.int64)


def _find_days(
    before: NDArray[np.int64], names: list[str], counts: NDArray[np.int64]
) -> tuple[tuple[Day, ...], float | None]:
    total = counts.sum(axis=0)
    if len(names) < 2 or not total.sum():
        return (), None
    whole = total_variation(before, total)
    shares, old = total / total.sum(), before / before.sum()
    gained = shares > old
    rows = counts.sum(axis=1)
    parts = counts[:, gained].sum(axis=1) - rows * old[gained].sum()
    order = np.argsort(-parts, kind="stable")
    if whole == 0:
        return (), None
    for taken in range(1, len(names) // 2 + 1):
        rest = total - counts[order[:taken]].sum(axis=0)
        effect = total_variation(before, rest) if rest.sum() else whole
        if effect <= whole / 2:
            break
    else:
        return (), None
    days = []
    for day in order[:taken]:
        without = total - counts[day]
        days.append(
            Day(
                names[day],
                int(rows[day]),
                float(parts[day] / total.sum() / whole),
                total_variation(before, without) if without.sum() else 0.0,
            )
        )
    return tuple(days), effect


def _summarize(
    column: str,
    segments: Sequence[Segment],
    effect: float,
    total: int,
    days: Sequence[Day],
    rest: float | None,
) -> str:
    if not segments:
        return f"{column}: 움직인 자리가 없습니다."
    if segments[0].part < _SCATTERED:
        text = f"{column}: 여러 범주에 흩어져 움직였습니다({segments[0].name}이(가) 가장 크지만 변화의 {segments[0].part:.1%}입니다)"
    else:
        text = _tell(column, segments)
    if days:
        names = ", ".join(each.name for each in days[:_MOST]) + (" 등" if len(days) > _MOST else "")
        return f"{text}, {total}일 가운데 {len(days)}일({names})이 이끌었고, 빼면 차이가 {effect:.3f} → {rest:.3f}입니다."
    return f"{text}, {total}일에 고루 퍼져 있습니다." if total > 1 else f"{text}."


def _tell(column: str, segments: Sequence[Segment]) -> str:
    told = [segments[0], *(each for each in segments[1:_TOLD] if each.part >= _SMALL_PART)]
    text = ", ".join(f"{each.name} {each.reference:.1%} → {each.current:.1%}" for each in told)
    return f"{column}: {text}(변화의 {sum(each.part for each in told):.0%})"
