"""열 하나를 잽니다. 통계량과 가설을 셈하고, 판정은 모든 열을 본 뒤에 합니다(`_decide`).

효과 크기는 모두 "비율의 가장 큰 차이"입니다. 수치 열은 KS의 D(어떤 값 아래의 비율이 많아야 얼마나 달라졌는가), 범주 열은
전변동 거리(어떤 범주들의 비율이 많아야 얼마나 달라졌는가), 결측은 결측 비율의 차이입니다. 그래서 문턱 하나를 함께 쓰고, 0.05는
"어떤 비율이 5 %p 달라졌다"로 읽습니다.

행이 서로 독립이 아닐 때(하루 안의 행들)는 p-값이 거짓말을 하므로 시간 블록으로 문턱을 올립니다(`_blocks`).
문턱 = `max(rule.min_effect, 드리프트가 없을 때 블록이 보인 효과의 상한)`입니다.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift import _statistics as statistics
from mlops_lab.drift._bins import bin_counts
from mlops_lab.drift._blocks import Calendar
from mlops_lab.drift._columns import ORDERED, Sample
from mlops_lab.drift._equivalence import block_noise, to_say_stable, upper_bound
from mlops_lab.drift._profile import ColumnProfile
from mlops_lab.drift._quality import find_column_faults, find_mismatch
from mlops_lab.drift._result import ColumnDrift, Fault, TestName
from mlops_lab.drift._rule import Rule

_MOST_LEVELS = 5


@dataclass(frozen=True)
class Hypothesis:
    """가설 하나를 검정한 결과.

    Attributes:
        test, statistic, p_value: 검정의 이름, 통계량, 고치지 않은 p-값.
        effect, threshold: 효과 크기와 그 문턱.
        n: 두 표본 가운데 작은 쪽에서 이 검정이 쓴 행의 수.
        upper: 참 효과의 99 % 상한.
        needs: 상한이 동등 한계보다 작지 않으면, 얼마나 모아야 하는지 적은 문장. 아니면 빈 문자열입니다.
        small_psi: PSI가 규칙의 `min_psi`보다 작으면 그렇다고 적은 문장. 아니면 빈 문자열입니다.
    """

    test: TestName
    statistic: float
    p_value: float
    effect: float
    threshold: float
    n: int
    upper: float
    needs: str = ""
    small_psi: str = ""


@dataclass(frozen=True)
class Measured:
    """재었으나 아직 판정하지 않은 열.

    Attributes:
        column: 판정만 비어 있는 결과.
        hypotheses: 값의 가설과 결측의 가설. 견줄 수 없으면 비어 있습니다.
        faults: 이 열의 품질 결함.
    """

    column: ColumnDrift
    hypotheses: tuple[Hypothesis, ...] = ()
    faults: tuple[Fault, ...] = ()


def measure(reference: ColumnProfile, current: Sample, rule: Rule, calendar: Calendar | None) -> Measured:
    """열 하나의 통계량과 가설을 셈합니다.

    Args:
        reference: 기준 열의 요약.
        current: 현재의 표본.
        rule: 판정의 규칙.
        calendar: 블록과 기준과 배치의 길이. 시각을 모르면 None입니다.
    """
    known = len(current.values)
    result = ColumnDrift(
        reference.name,
        reference.bins.kind if reference.bins.kind != "empty" else current.kind,
        reference.n,
        current.n,
        missing_reference=reference.missing / reference.n,
        missing_current=current.missing,
    )
    mismatch = find_mismatch(reference, current)
    if mismatch:
        kind = "mixed" if mismatch.kind == "mixed" else result.kind
        result = replace(result, kind=kind, reason=mismatch.message, fault=mismatch.kind)
        return Measured(result, faults=(mismatch,))
    hypotheses = []
    if "empty" not in (reference.bins.kind, current.kind):
        result, hypothesis = _measure_values(reference, current, result, rule, calendar)
        hypotheses.append(hypothesis)
    if reference.missing or known < current.n:
        table = np.array([[reference.missing, reference.n - reference.missing], [current.n - known, known]])
        statistic, p_value = statistics.chi_square(*table)
        difference = abs(result.missing_current - result.missing_reference)
        shares = np.array([result.missing_reference, 1 - result.missing_reference])
        rows = (reference.n, current.n)
        threshold, upper, needs = _limits(difference, rows, shares, reference.block_missing, rule, calendar)
        hypotheses.append(
            Hypothesis("missing", statistic, p_value, difference, threshold, min(rows), upper, needs)
        )
    d = hypotheses[0].statistic if hypotheses and hypotheses[0].test == "ks" else 0.0
    faults = tuple(find_column_faults(reference, current, d))
    return Measured(replace(result, fault=faults[0].kind if faults else None), tuple(hypotheses), faults)


def _measure_values(
    reference: ColumnProfile, current: Sample, result: ColumnDrift, rule: Rule, calendar: Calendar | None
) -> tuple[ColumnDrift, Hypothesis]:
    bins = reference.bins
    before, now = reference.counts, bin_counts(current, bins)
    n, m = reference.n - reference.missing, len(current.values)
    distance = None
    new: list[tuple[str | bool, int]] = []
    vanished: list[str] = []
    wide_before, wide_now = before, now
    test: TestName
    if bins.kind in ORDERED:
        test = "ks"
        with np.errstate(over="ignore", invalid="ignore"):  # float의 끝에 있는 값은 거리가 무한대입니다.
            effect, p_value = statistics.ks_of_sorted(reference.points, current.values, reference.weights)
            spread = statistics.wasserstein_of_sorted(reference.points, current.values, reference.weights)
        distance = spread if math.isfinite(spread) else None
        statistic = effect
    else:
        test = "chi2"
        if not bins.pooled:  # 새 범주는 하나마다 구간을 하나씩 줍니다.
            vanished = [label for label, count in zip(bins.labels, now[:-2], strict=False) if count == 0]
            found = Counter(current.values.tolist())
            for level in bins.levels:
                found.pop(level, None)
            new = heapq.nsmallest(_MOST_LEVELS, found.items(), key=lambda item: (-item[1], str(item[0])))
            counts = np.sort(np.fromiter(found.values(), dtype=int, count=len(found)))[::-1]
            wide_before = np.concatenate([before[:-2], np.zeros(len(counts), dtype=int), before[-1:]])
            wide_now = np.concatenate([now[:-2], counts, now[-1:]])
        statistic, p_value = statistics.chi_square(wide_before[:-1], wide_now[:-1])
        effect = statistics.total_variation(wide_before[:-1], wide_now[:-1])
    psi = statistics.psi(wide_before, wide_now, rule.floor)
    result = replace(
        result,
        psi=psi,
        bins=int(((wide_before > 0) | (wide_now > 0)).sum()),
        ks_error=reference.ks_error,
        jensen_shannon=statistics.jensen_shannon(wide_before, wide_now),
        hellinger=statistics.hellinger(wide_before, wide_now),
        wasserstein=distance,
        outside=float(now[bins.outside].sum() / current.n),
        new=tuple(str(level) for level, _ in new),
        vanished=tuple(vanished[:_MOST_LEVELS]),
        labels=tuple(bins.labels),
        counts_reference=tuple(before.tolist()),
        counts_current=tuple(now.tolist()),
    )
    shares = None if test == "ks" else wide_before[:-1] / wide_before[:-1].sum()
    most = effect + (reference.ks_error if test == "ks" else 0.0)
    threshold, upper, needs = _limits(most, (n, m), shares, reference.block_shift, rule, calendar)
    small_psi = f"PSI {psi:.3f}이(가) 문턱 {rule.min_psi:g}보다 작습니다." if psi < rule.min_psi else ""
    return result, Hypothesis(test, statistic, p_value, effect, threshold, min(n, m), upper, needs, small_psi)


def _limits(
    effect: float,
    rows: tuple[int, int],
    shares: NDArray[np.float64] | None,
    shift: float,
    rule: Rule,
    calendar: Calendar | None,
) -> tuple[float, float, str]:
    """(문턱, 효과의 99 % 상한, 상한이 동등 한계보다 작지 않으면 얼마나 모아야 하는지)."""
    noise = block_noise(shift, calendar)
    upper, margin = upper_bound(effect, *rows, noise), rule.equivalence_margin
    needs = to_say_stable(*rows, margin, shares, shift, calendar) if upper >= margin else ""
    return max(rule.min_effect, noise), upper, needs
