"""열 하나와 배치 하나의 판정.

`drift`라고 하려면 둘이 함께 서야 합니다.

1. **우연이 아닐 것**: 여러 열을 함께 본 것을 고려해 고친 p-값이 `ALPHA` 미만입니다.
2. **실제로 클 것**: 효과 크기가 문턱 이상입니다.

효과 크기는 모두 "비율의 가장 큰 차이"입니다. 수치 열은 KS의 D(어떤 값 아래의 비율이 많아야 얼마나 달라졌는가), 범주 열은
전변동 거리(어떤 범주들의 비율이 많아야 얼마나 달라졌는가), 결측은 결측 비율의 차이입니다. 그래서 문턱 하나를 함께 쓰고, 0.05는
"어떤 비율이 5 %p 달라졌다"로 읽습니다.

왜 PSI 0.1이 문턱이 아닌가: 0.2 표준편차가 밀려도 십분위 PSI는 0.04뿐이라 PSI 0.1은 그것을 절대 잡지 못하고, 100행에서는
드리프트가 없어도 열에 여덟 번 넘게 0.1을 넘습니다. 같은 이동에서 D는 `2 Phi(0.1) - 1 = 0.08`로 0.05보다 크고, 1,000행이면 우연히
0.05를 넘는 일은 p-값이 막습니다. 다만 PSI는 늘 함께 적고, `min_psi`를 주면 그보다 작은 변화는 작은 변화로 봅니다.

행이 서로 독립이 아닐 때(하루 안의 행들): p-값이 거짓말을 하므로 시간 블록으로 문턱을 올립니다(`_blocks`).
문턱 = `max(min_effect, 드리프트가 없을 때 블록이 보인 효과의 상한)`입니다.

`undecided`(판단 보류)는 행이 `min_rows`보다 적을 때, 효과는 문턱을 넘었으나 우연일 수도 있을 때, 견줄 수 없을 때입니다.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mlops_lab.drift import _statistics as statistics
from mlops_lab.drift._bins import BINS, bin_counts
from mlops_lab.drift._blocks import batch_scale, block_length, span, to_effect
from mlops_lab.drift._columns import ORDERED, Column, check_table, read_column, row_days
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._profile import ColumnProfile, Profile, duplicate_share, fit_column, plan
from mlops_lab.drift._quality import (
    Fault,
    find_column_faults,
    find_duplicates,
    find_schema_faults,
)

Verdict = Literal["drift", "stable", "undecided"]

ALPHA = 0.005
"""유의수준. 열마다의 거짓 경보를 1 % 아래로 두려고 0.05보다 낮춥니다(Benjamin 외, 2018)."""

MIN_EFFECT = 0.05
"""실제로 크다고 볼 가장 작은 효과. 비율의 5 %p입니다."""

MIN_ROWS = 100
"""한쪽이라도 행이 이보다 적으면 판단을 보류합니다."""


@dataclass(frozen=True)
class ColumnDrift:
    """열 하나의 결과. 판정의 근거가 된 수를 모두 담습니다. 셀 수 없는 수는 None입니다.

    `test`는 판정을 정한 검정입니다. 값의 검정은 `"ks"`나 `"chi2"`이고, 값은 그대로인데 결측의 비율이 달라졌으면
    `"missing"`(2x2 카이제곱)입니다. `statistic`, `p_value`, `p_adjusted`, `effect`, `threshold`는 그 검정의 것입니다.

    Attributes:
        name, kind: 이름과 종류(numeric, boolean, categorical, datetime, empty, mixed).
        n_reference, n_current: 행의 수(결측 포함).
        psi, bins, floor: PSI와, 그것을 셈한 구간의 수(빈 구간 제외)와 바닥값.
        effect, threshold: 효과 크기와 그 문턱(0과 1 사이).
        alpha, min_rows, blocks: 유의수준, 최소 행, 문턱을 보정한 블록의 수.
        ks_error: 기준의 요약을 써서 D가 틀릴 수 있는 한도.
        jensen_shannon, hellinger: 구간으로 셈한 거리(밑은 2). 0과 1 사이.
        wasserstein: 기준의 표준편차로 나눈 거리. 수치와 시각 열만.
        missing_reference, missing_current: 결측의 비율.
        outside: 기준의 범위를 벗어난 값이나 새 범주의 비율.
        new, vanished: 새 범주와 사라진 범주(많아야 다섯 개씩).
        verdict, reason: 판정과 그 까닭.
        fault: 품질 결함의 종류. 없으면 None.
        labels, counts_reference, counts_current: 구간의 이름과 개수. 그림에 씁니다.
    """

    name: str
    kind: str
    n_reference: int
    n_current: int
    psi: float | None = None
    bins: int = 0
    floor: float = statistics.FLOOR
    statistic: float | None = None
    test: str | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    effect: float | None = None
    threshold: float | None = None
    alpha: float = ALPHA
    min_rows: int = MIN_ROWS
    blocks: int = 0
    ks_error: float = 0.0
    jensen_shannon: float | None = None
    hellinger: float | None = None
    wasserstein: float | None = None
    missing_reference: float = 0.0
    missing_current: float = 0.0
    outside: float = 0.0
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    verdict: Verdict = "undecided"
    reason: str = ""
    fault: str | None = None
    labels: tuple[str, ...] = field(default=(), repr=False)
    counts_reference: tuple[int, ...] = field(default=(), repr=False)
    counts_current: tuple[int, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


@dataclass(frozen=True)
class BatchDrift:
    """배치의 결과. 한 열이라도 `drift`면 `drift`, 아니고 보류한 열이 있으면 `undecided`입니다.

    `faults`는 품질 결함입니다. 하나라도 있으면 드리프트를 믿기 전에 자료부터 고쳐야 합니다.
    """

    verdict: Verdict
    columns: tuple[ColumnDrift, ...]
    faults: tuple[Fault, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전. 키는 `verdict`, `columns`, `faults`입니다."""
        return {
            "verdict": self.verdict,
            "faults": [asdict(fault) for fault in self.faults],
            "columns": [column.to_dict() for column in self.columns],
        }


def compare(
    reference: Mapping[str, Any] | Any,
    current: Mapping[str, Any] | Any,
    columns: Iterable[str] | None = None,
    *,
    time: str | None = None,
    block_days: float | None = None,
    same_season: bool = False,
    bins: int = BINS,
    progress: Callable[[str], None] | None = None,
    **settings: Any,
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
        progress: 열마다 한 줄을 받는 함수.
        **settings: `judge`의 설정(`alpha`, `min_effect`, `min_rows`, `min_psi`, `floor`).

    Raises:
        DriftInputError: 표가 비었거나, 함께 있는 열이 없거나, 열 이름이 겹칩니다.
    """
    wanted = None if columns is None else list(columns)
    check_table(current, "현재", *(wanted or []), *([time] if time else []))
    if same_season:
        if time is None:
            raise DriftInputError("같은 계절의 기준을 고르려면 시각의 열(time)을 주어야 합니다.")
        check_table(reference, "기준", time)
        mask = _same_months(reference[time], current[time], time)
        reference = {name: np.asarray(reference[name], dtype=object)[mask] for name in reference}
    scale = 1.0
    if time:
        check_table(reference, "기준", time)
        whole, batch = (span(row_days(side[time], time)) for side in (reference, current))
        block_days = block_days or block_length(whole, batch)
        scale = batch_scale(block_days, whole, batch)
    chosen, blocks = plan(reference, wanted, time, block_days or 0)
    return _judge(
        chosen,
        lambda name: fit_column(name, reference[name], bins, None, blocks),
        lambda distinct: duplicate_share(reference, chosen, distinct),
        current,
        blocks=len(blocks),
        scale=scale,
        time=time,
        progress=progress,
        **settings,
    )


def compare_column(reference: Any, current: Any, *, name: str = "값", **settings: Any) -> ColumnDrift:
    """열 하나를 견줍니다. 인자는 `compare`와 같고, `reference`와 `current`는 1차원입니다."""
    return compare({name: reference}, {name: current}, **settings).columns[0]


def judge(
    profile: Profile,
    current: Mapping[str, Any] | Any,
    *,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_rows: int = MIN_ROWS,
    min_psi: float = 0.0,
    floor: float = statistics.FLOOR,
    progress: Callable[[str], None] | None = None,
) -> BatchDrift:
    """기준의 요약과 새 배치를 견주어 판정합니다. 기준의 원본은 읽지 않습니다.

    Args:
        profile: `fit_profile`이나 `load_profile`이 돌려준 요약.
        current: 새 배치(DataFrame이나 dict).
        alpha: 유의수준. 고친 p-값이 이보다 작아야 드리프트입니다.
        min_effect: 효과 크기의 문턱의 바닥. 시간 블록으로 보정한 값이 더 크면 그것을 씁니다.
        min_rows: 한쪽이라도 (결측을 뺀) 행이 이보다 적으면 보류합니다.
        min_psi: PSI가 이보다 작으면 실제로 큰 변화로 보지 않습니다. 0이면 보지 않습니다.
        floor: PSI의 바닥값.
        progress: 열마다 한 줄을 받는 함수.

    Raises:
        DriftInputError: 표가 비었거나, 기준과 함께 있는 열이 하나도 없습니다.
    """
    scale = 1.0
    if profile.time and profile.block_days:
        names = check_table(current, "현재")
        if profile.time in names:
            batch = span(row_days(current[profile.time], profile.time))
            scale = batch_scale(profile.block_days, profile.days, batch)
    return _judge(
        list(profile.columns),
        profile.columns.__getitem__,
        lambda _: profile.duplicates,
        current,
        blocks=profile.blocks,
        scale=scale,
        alpha=alpha,
        min_effect=min_effect,
        min_rows=min_rows,
        min_psi=min_psi,
        floor=floor,
        time=profile.time,
        progress=progress,
    )


def _judge(
    chosen: list[str],
    fit: Callable[[str], ColumnProfile],
    reference_duplicates: Callable[[bool], float],
    current: Mapping[str, Any] | Any,
    *,
    blocks: int,
    scale: float = 1.0,
    alpha: float = ALPHA,
    min_effect: float = MIN_EFFECT,
    min_rows: int = MIN_ROWS,
    min_psi: float = 0.0,
    floor: float = statistics.FLOOR,
    time: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> BatchDrift:
    """열을 하나씩 요약하고 재고 놓습니다. 그래서 열이 아무리 많아도 메모리는 열 하나의 몫만 더 듭니다."""
    names = check_table(current, "현재")
    if not set(chosen) & set(names):
        raise DriftInputError(
            f"기준의 열({', '.join(map(str, chosen))})과 현재 표의 열({', '.join(map(str, names))})이 하나도 "
            "겹치지 않습니다. 같은 이름의 열이 있는 표를 주십시오."
        )
    rows = len(current[names[0]])
    faults = find_schema_faults(chosen, [name for name in names if name != time])
    judged: list[_Judged] = []
    distinct = {"기준": False, "현재": False}
    for number, name in enumerate(chosen, start=1):
        if progress:
            progress(f"[{number}/{len(chosen)}] {name}")
        reference = fit(name)
        distinct["기준"] |= reference.distinct
        if name not in names:
            bare = ColumnDrift(name, reference.bins.kind, reference.n, rows, fault="schema")
            judged.append(_Judged(replace(bare, reason="현재 표에 열이 없습니다.", missing_current=1.0)))
            continue
        column = read_column(current[name])
        distinct["현재"] |= column.distinct
        judged.append(_measure(reference, column, floor, min_effect, min_psi, scale))
        faults += judged[-1].faults
        del reference, column  # 다음 열을 정렬하기 전에 놓습니다.
    # 결측이 늘거나 열이 달라지면 겹치는 행도 따라서 늘므로, 다른 결함이 없을 때만 봅니다.
    if len(chosen) > 1 and not faults and not distinct["현재"]:
        now = duplicate_share(current, chosen, False)
        faults += find_duplicates(reference_duplicates(distinct["기준"]), now)
    shared = {"floor": floor, "alpha": alpha, "min_rows": min_rows, "blocks": blocks}
    results = tuple(_decide(judged, shared))
    verdicts = {column.verdict for column in results}
    overall: Verdict = (
        "drift" if "drift" in verdicts else "undecided" if "undecided" in verdicts else "stable"
    )
    return BatchDrift(overall, results, tuple(faults))


@dataclass(frozen=True)
class _Test:
    """가설 하나. `n`은 두 표본 가운데 작은 쪽에서 이 검정이 쓴 행의 수입니다."""

    test: str
    statistic: float
    p_value: float
    effect: float
    threshold: float
    n: int
    small_psi: str = ""


@dataclass(frozen=True)
class _Judged:
    column: ColumnDrift
    tests: tuple[_Test, ...] = ()
    faults: tuple[Fault, ...] = ()


def _measure(
    profile: ColumnProfile, column: Column, floor: float, min_effect: float, min_psi: float, scale: float
) -> _Judged:
    """열 하나의 통계량과 가설을 셈합니다. 판정은 모든 열을 본 뒤에 합니다."""
    known = len(column.values)
    result = ColumnDrift(
        profile.name,
        profile.bins.kind if profile.bins.kind != "empty" else column.kind,
        profile.n,
        column.n,
        missing_reference=profile.missing / profile.n,
        missing_current=column.missing,
    )
    problem = profile.problem or column.problem
    if problem:
        side = "기준" if profile.problem else "현재"
        message = f"{side} 표의 열에 {problem}. 한 종류로 맞추어 주십시오."
        fault = Fault(profile.name, "mixed", message)
        return _Judged(replace(result, kind="mixed", reason=message, fault="mixed"), (), (fault,))
    if "empty" not in (profile.bins.kind, column.kind) and profile.bins.kind != column.kind:
        was = Column(profile.bins.kind, np.array([]), 1).kind_name
        message = f"기준에서는 {was}인데 현재는 {column.kind_name}입니다. 두 표의 형식을 맞추어 주십시오."
        return _Judged(
            replace(result, reason=message, fault="schema"), (), (Fault(profile.name, "schema", message),)
        )
    if profile.bins.kind == column.kind == "datetime" and profile.bins.aware != column.aware:
        message = "한쪽의 시각에만 시간대가 있습니다. 두 표의 시간대를 맞추어 주십시오."
        return _Judged(
            replace(result, reason=message, fault="schema"), (), (Fault(profile.name, "schema", message),)
        )
    tests = []
    if "empty" not in (profile.bins.kind, column.kind):
        result, test = _measure_values(profile, column, result, floor, min_effect, scale)
        if result.psi is not None and result.psi < min_psi:
            test = replace(test, small_psi=f"PSI {result.psi:.3f}이(가) 문턱 {min_psi:g}보다 작습니다.")
        tests.append(test)
    if profile.missing or known < column.n:
        table = np.array([[profile.missing, profile.n - profile.missing], [column.n - known, known]])
        statistic, p_value = statistics.chi_square(*table)
        difference = abs(result.missing_current - result.missing_reference)
        limit = max(min_effect, to_effect(profile.block_missing * scale))
        tests.append(_Test("missing", statistic, p_value, difference, limit, min(profile.n, column.n)))
    statistic = tests[0].statistic if tests and tests[0].test == "ks" else 0.0
    faults = tuple(find_column_faults(profile, column, statistic))
    return _Judged(replace(result, fault=faults[0].kind if faults else None), tuple(tests), faults)


def _measure_values(
    profile: ColumnProfile, column: Column, result: ColumnDrift, floor: float, min_effect: float, scale: float
) -> tuple[ColumnDrift, _Test]:
    bins = profile.bins
    before, now = profile.counts, bin_counts(column, bins)
    n = profile.n - profile.missing
    distance = None
    new: dict[str, int] = {}
    vanished: list[str] = []
    wide_before, wide_now = before, now
    if bins.kind in ORDERED:
        name = "ks"
        with np.errstate(over="ignore", invalid="ignore"):  # float의 끝에 있는 값은 거리가 무한대입니다.
            effect, spread = statistics.ks_and_wasserstein(profile.points, column.values, profile.weights)
        distance = spread if math.isfinite(spread) else None
        p_value = statistics.ks_p_value(effect, n, len(column.values))
        statistic = effect
    else:
        name = "chi2"
        if not bins.pooled:  # 새 범주는 하나마다 구간을 하나씩 줍니다.
            vanished = [label for label, count in zip(bins.labels, now[:-2], strict=False) if count == 0]
            new = {str(level): count for level, count in Counter(column.values.tolist()).items()}
            for level in bins.levels:
                new.pop(str(level), None)
            new = dict(sorted(new.items(), key=lambda item: (-item[1], item[0])))
            wide_before = np.concatenate([before[:-2], np.zeros(len(new), dtype=int), before[-1:]])
            wide_now = np.concatenate([now[:-2], np.array(list(new.values()), dtype=int), now[-1:]])
        statistic, p_value = statistics.chi_square(wide_before[:-1], wide_now[:-1])
        effect = statistics.total_variation(wide_before[:-1], wide_now[:-1])
    result = replace(
        result,
        psi=statistics.psi(wide_before, wide_now, floor),
        bins=int(((wide_before > 0) | (wide_now > 0)).sum()),
        ks_error=profile.ks_error,
        jensen_shannon=statistics.jensen_shannon(wide_before, wide_now),
        hellinger=statistics.hellinger(wide_before, wide_now),
        wasserstein=distance,
        outside=float(now[bins.outside].sum() / column.n),
        new=tuple(new)[:5],
        vanished=tuple(vanished[:5]),
        labels=tuple(bins.labels),
        counts_reference=tuple(before.tolist()),
        counts_current=tuple(now.tolist()),
    )
    limit = max(min_effect, to_effect(profile.block_shift * scale))
    return result, _Test(name, statistic, p_value, effect, limit, min(n, len(column.values)))


def _decide(judged: list[_Judged], shared: dict[str, Any]) -> Iterable[ColumnDrift]:
    """모든 가설의 p-값을 함께 고친 다음, 열마다 판정을 정한 가설을 골라 적습니다."""
    p_values = [test.p_value for each in judged for test in each.tests]
    adjusted = iter(statistics.adjust(p_values).tolist() if p_values else [])
    for each in judged:
        column = replace(each.column, **shared)
        options = []
        for test in each.tests:
            p = next(adjusted)
            verdict, reason = _verdict_of(test, p, shared["alpha"], shared["min_rows"])
            options.append((("drift", "undecided", "stable").index(verdict), verdict, reason, test, p))
        if not options:
            yield replace(column, reason=column.reason or "값이 하나도 없어 견줄 수 없습니다.")
            continue
        _, verdict, reason, test, p = min(options, key=lambda option: option[0])
        if column.kind == "datetime" and verdict == "drift":
            reason += " 행이 생긴 때를 적은 열이라면 늘 흐르므로, 시각의 열(time)로 주십시오."
        yield replace(
            column,
            statistic=test.statistic,
            test=test.test,
            p_value=test.p_value,
            p_adjusted=p,
            effect=test.effect,
            threshold=test.threshold,
            verdict=verdict,
            reason=reason,
        )


def _verdict_of(test: _Test, p_adjusted: float, alpha: float, min_rows: int) -> tuple[Verdict, str]:
    what = "결측 비율의 차이" if test.test == "missing" else "효과"
    if test.n < min_rows:
        return "undecided", f"행이 {test.n:,}개뿐입니다. {min_rows:,}개는 있어야 판단합니다."
    if test.effect < test.threshold:
        return "stable", f"{what} {test.effect:.3f}이(가) 문턱 {test.threshold:.3f}보다 작습니다."
    if test.small_psi:
        return "stable", test.small_psi
    if p_adjusted < alpha:
        return "drift", f"{what} {test.effect:.3f}이(가) 문턱 {test.threshold:.3f} 이상이고 우연이 아닙니다."
    return (
        "undecided",
        f"{what} {test.effect:.3f}은(는) 크지만 우연일 수도 있습니다(고친 p {p_adjusted:.3f}).",
    )


def _same_months(reference: Any, current: Any, name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """기준의 행 가운데 현재와 몇 월인지가 같은 행."""
    sides = []
    for values in (reference, current):
        if read_column(values).kind != "datetime":
            raise DriftInputError(f"같은 계절을 고르려면 열 {name!r}이(가) 시각이어야 합니다.")
        days = row_days(values, name)
        months = (np.nan_to_num(days) * 86_400).astype("datetime64[s]").astype("datetime64[M]").astype(
            int
        ) % 12
        sides.append(np.where(np.isnan(days), -1, months))
    mask = np.isin(sides[0], np.unique(sides[1][sides[1] >= 0]))
    if not mask.any():
        raise DriftInputError(
            "기준에 현재와 같은 달의 행이 없습니다. 더 긴 기준을 주거나 same_season을 빼 주십시오."
        )
    return mask


def read_result(content: Mapping[str, Any]) -> BatchDrift:
    """`BatchDrift.to_dict`의 사전(예: 저장해 둔 JSON)을 되돌립니다. 모르는 키가 있으면 `DriftInputError`입니다."""
    try:
        columns = []
        for each in content["columns"]:
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in each.items()}
            columns.append(ColumnDrift(**values))
        return BatchDrift(
            content["verdict"], tuple(columns), tuple(Fault(**each) for each in content.get("faults", ()))
        )
    except (KeyError, TypeError) as error:
        raise DriftInputError(
            f"저장한 판정을 읽을 수 없습니다({error}). 같은 판의 mlops-lab이 쓴 것이어야 합니다. 다시 판정해 주십시오."
        ) from error
