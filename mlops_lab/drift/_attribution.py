"""두 기간의 정답의 차이를 구성, 규칙, 우연으로 나눕니다.

정답의 평균은 `E[y] = sum P(X) E[y|X]`입니다. 그래서 두 기간의 차이는 **구성** P(X)이 바뀐 몫과 **규칙** P(y|X)이 바뀐 몫의
합입니다(Kitagawa, 1955; Oaxaca, 1973; Blinder, 1973). 앞의 규칙으로 뒤의 구성을 셈하는 것을 직접 표준화라고 합니다.

순서에 따라 몫이 다릅니다. 앞의 규칙으로 구성의 몫을 재면 `sum (P1 - P0) r0`, 뒤의 규칙으로 재면 `sum (P1 - P0) r1`이고, 규칙의
몫은 저마다 나머지입니다. 어느 쪽도 틀리지 않으므로 둘의 평균(Shapley의 몫)을 답으로 하고 둘을 함께 적습니다.

규칙의 몫에는 **표준화하지 않은 열**의 구성이 바뀐 몫이 들어 있습니다. "규칙이 바뀌었다"는 말은 `over`의 열로는 설명하지 못한다는
말입니다.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from mlops_lab._extras import require
from mlops_lab.drift._bins import BINS, fit_bins
from mlops_lab.drift._columns import KIND_NAMES, ORDERED, Sample, Table, check_table, row_values
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._interval import Interval, around, block_numbers, bootstrap

Method = Literal["cells", "boosting"]

_FEW_VALUES = 24
"""서로 다른 수가 이보다 많지 않은 수치 열은(시각의 시, 요일처럼) 구간으로 묶지 않고 값마다 칸을 둡니다."""
_MOST_CATEGORIES = 255
_FEW_SHARED = 0.95
_RESAMPLES = {"cells": 400, "boosting": 20}

_Means = Callable[[int, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class GapAttribution:
    """두 기간의 정답의 차이를 나눈 것. `gap = mix + rule`입니다.

    Attributes:
        outcome: 정답의 열.
        over: 표준화한 열.
        before, after: 두 기간의 정답의 평균.
        gap: 차이(`after - before`).
        mix, rule: 구성의 몫과 규칙의 몫. 두 순서의 평균입니다.
        mix_by_before, rule_by_before: 앞의 규칙으로 구성의 몫을 잰 것.
        mix_by_after, rule_by_after: 뒤의 규칙으로 구성의 몫을 잰 것.
        standardized: 앞의 규칙과 뒤의 구성으로 셈한 평균.
        noise: 세상이 그대로여도 블록의 흔들림만으로 생길 수 있는 차이(95 %). `gap`의 구간의 반폭입니다.
        seed_spread: 모델의 씨앗에 따른 `standardized`의 표준편차. 모델을 쓰지 않으면 None입니다.
        shared_before, shared_after: 다른 기간에도 있는 칸에 든 행의 비율. 모델을 쓰면 1입니다.
        blocks_before, blocks_after: 블록(날, 또는 행)의 수.
        method: 규칙을 칸마다의 평균(`cells`)으로 셈했는지, 모델(`boosting`)로 셈했는지.
        summary: 한국어로 적은 결론.
    """

    outcome: str
    over: tuple[str, ...]
    before: float
    after: float
    gap: Interval
    mix: Interval
    rule: Interval
    mix_by_before: Interval
    rule_by_before: Interval
    mix_by_after: Interval
    rule_by_after: Interval
    standardized: float
    noise: float
    seed_spread: float | None
    shared_before: float
    shared_after: float
    blocks_before: int
    blocks_after: int
    method: Method
    summary: str

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


def attribute_gap(
    before: Table,
    after: Table,
    outcome: str,
    over: Iterable[str],
    *,
    time: str | None = None,
    method: Method = "cells",
    bins: int = BINS,
    resamples: int | None = None,
    seeds: int = 5,
    seed: int = 0,
) -> GapAttribution:
    """두 기간의 정답의 차이를 구성의 몫과 규칙의 몫으로 나누고, 우연의 크기를 함께 잽니다.

    정답이 결측인 행은 뺍니다. 한 기간에만 있는 칸은 견줄 짝이 없어 표준화에서 빼고, 남은 칸을 그 기간 전체로 봅니다. 칸이 너무
    잘아 짝이 없는 행이 많으면(`shared_before`, `shared_after`) 열을 줄이거나 모델을 쓰십시오.
    반대로 수치 열의 구간이 넓으면 구간 안에서 움직인 몫이 규칙에 섞입니다. `bins`를 바꾸어도 답이 그대로인지 보십시오.

    Args:
        before: 앞 기간의 표.
        after: 뒤 기간의 표.
        outcome: 정답의 열(0과 1, 참거짓, 또는 수).
        over: 구성을 볼 열.
        time: 시각의 열. 주면 구간을 날을 다시 뽑아 잽니다. 주지 않으면 행이 서로 독립이라고 봅니다.
        method: `"cells"`는 `over`의 값이 같은 행을 한 칸에 모읍니다. `"boosting"`은 규칙을 그래디언트 부스팅으로 배웁니다.
            열이 많을 때 쓰고, scikit-learn이 있어야 합니다.
        bins: 서로 다른 수가 24개보다 많은 수치 열을 나눌 구간의 수. 두 기간을 합친 분위수로 나눕니다.
        resamples: 다시 뽑는 횟수. 주지 않으면 칸은 400번, 모델은 20번입니다.
        seeds: 모델의 씨앗의 수. 평균을 답으로 합니다.
        seed: 다시 뽑기의 씨앗이자 모델의 첫 씨앗.

    Returns:
        구성과 규칙의 몫, 그 구간, 우연의 크기.

    Raises:
        DriftInputError: 열이 없거나, 종류가 다르거나, 정답이 수가 아니거나, 날이 너무 적거나, 함께 있는 칸이 없습니다.
        MissingExtra: 모델을 쓰려는데 scikit-learn이 없습니다.
    """
    names = list(over)
    if not names or {outcome, time} & set(names):
        raise DriftInputError(f"구성을 볼 열이 {names}입니다. 정답과 시각이 아닌 열을 하나 이상 주십시오.")
    if method not in get_args(Method):
        raise DriftInputError(f"method가 {method!r}입니다. cells나 boosting을 주십시오.")
    resamples = _RESAMPLES[method] if resamples is None else resamples
    for word, value, least in (("bins", bins, 2), ("resamples", resamples, 2), ("seeds", seeds, 1)):
        if value < least:
            raise DriftInputError(f"{word}이(가) {value}입니다. {least} 이상이어야 합니다.")
    sides = {"앞": before, "뒤": after}
    answers, kept, blocks = [], [], []
    for side, table in sides.items():
        check_table(table, side, outcome, *names, *([time] if time else []))
        y = _read_outcome(table[outcome], outcome, side)
        kept.append(np.flatnonzero(~np.isnan(y)))
        answers.append(y[kept[-1]])
        numbers = block_numbers(table, len(y), time)[kept[-1]]
        blocks.append(np.unique(numbers, return_inverse=True)[1])
    columns = [_read_pair(before[name], after[name], name, kept) for name in names]
    shared = (1.0, 1.0)
    if method == "cells":
        means, shared = _cell_means(columns, answers, bins)
        models = 1
    else:
        means, models = _model_means(columns, answers, seed), seeds
    ones = [np.ones(len(y)) for y in answers]
    by_seed = np.array([means(number, *ones) for number in range(models)])
    half = bootstrap(
        lambda number, *weights: _split(means(models + number, *weights)),
        (blocks[0], blocks[1]),
        resamples,
        np.random.default_rng(seed),
    )
    mean = by_seed.mean(axis=0)
    intervals = [around(*each) for each in zip(_split(mean), half, strict=True)]
    gap, mix, rule, mix_by_before, rule_by_before, mix_by_after, rule_by_after = intervals
    spread = float(by_seed[:, 2].std(ddof=1)) if method == "boosting" and models > 1 else None
    return GapAttribution(
        outcome=outcome,
        over=tuple(names),
        before=float(mean[0]),
        after=float(mean[1]),
        gap=gap,
        mix=mix,
        rule=rule,
        mix_by_before=mix_by_before,
        rule_by_before=rule_by_before,
        mix_by_after=mix_by_after,
        rule_by_after=rule_by_after,
        standardized=float(mean[2]),
        noise=float(half[0]),
        seed_spread=spread,
        shared_before=shared[0],
        shared_after=shared[1],
        blocks_before=int(blocks[0].max()) + 1,
        blocks_after=int(blocks[1].max()) + 1,
        method=method,
        summary=_summarize(outcome, mean, intervals, shared, "날" if time else "행"),
    )


def _read_outcome(values: Any, name: str, side: str) -> NDArray[np.float64]:
    kind, found = row_values(values)
    if kind == "boolean":
        found = np.array([np.nan if v is None else float(v) for v in found])
    elif kind != "numeric":
        raise DriftInputError(
            f"{side} 표의 정답 {name!r}이(가) {KIND_NAMES[kind]}입니다. 0과 1이나 수가 든 열을 주십시오."
        )
    return found


def _read_pair(before: Any, after: Any, name: str, kept: list[NDArray[np.intp]]) -> NDArray[Any]:
    """두 기간의 값을 이어 붙입니다."""
    pair = [row_values(values) for values in (before, after)]
    kinds = {kind for kind, _ in pair} - {"empty"}
    if len(kinds) != 1 or "mixed" in kinds:
        seen = ", ".join(KIND_NAMES[kind] for kind, _ in pair)
        raise DriftInputError(
            f"열 {name!r}의 종류가 앞과 뒤에서 {seen}입니다. 두 표에서 종류가 같은 열을 주십시오."
        )
    (kind,) = kinds
    if kind in ORDERED:
        return np.concatenate(
            [np.asarray(values[rows], float) for (_, values), rows in zip(pair, kept, strict=True)]
        )
    return np.concatenate([values[rows] for (_, values), rows in zip(pair, kept, strict=True)])


def _split(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(앞, 뒤, 앞의 규칙과 뒤의 구성, 뒤의 규칙과 앞의 구성)`에서 차이와, 세 가지 순서의 구성과 규칙."""
    before, after, by_before, by_after = means
    mixes = np.array([by_before - before, after - by_after])
    mix = np.array([mixes.mean(), *mixes])
    gap = after - before
    return np.array([gap, *np.column_stack([mix, gap - mix]).ravel()])


def _codes(column: NDArray[Any], bins: int) -> NDArray[np.intp]:
    """값을 칸의 번호로 바꿉니다. 결측과 (많으면) 0은 제 칸이 있습니다."""
    if column.dtype == object:
        order = {level: number for number, level in enumerate(dict.fromkeys(column.tolist()))}
        return np.array([order[level] for level in column.tolist()], dtype=np.intp)
    known = np.sort(column[~np.isnan(column)])
    values = np.unique(known)
    if len(values) > _FEW_VALUES:
        fitted = fit_bins(Sample("numeric", known, len(column)), bins)
        codes = np.searchsorted(fitted.edges, column, "right")
        if fitted.own_zero:
            codes[column == 0] = len(fitted.edges) + 1
    else:
        codes = np.searchsorted(values, column)
    codes[np.isnan(column)] = -1
    return codes


def _cell_means(
    columns: list[NDArray[Any]], answers: list[NDArray[np.float64]], bins: int
) -> tuple[_Means, tuple[float, float]]:
    cells = np.zeros(len(columns[0]), dtype=np.intp)
    for column in columns:
        codes = _codes(column, bins) + 1
        cells = np.unique(cells * (codes.max() + 1) + codes, return_inverse=True)[1].ravel()
    first, second = answers
    count = int(cells.max()) + 1
    sides = cells[: len(first)], cells[len(first) :]
    rows = [np.bincount(side, minlength=count) for side in sides]
    both = (rows[0] > 0) & (rows[1] > 0)
    if not both.any():
        raise DriftInputError("두 기간에 함께 있는 칸이 하나도 없습니다. 열이나 구간의 수를 줄여 주십시오.")

    def means(_: int, w0: NDArray[np.float64], w1: NDArray[np.float64]) -> NDArray[np.float64]:
        mix = [np.bincount(side, w, count)[both] for side, w in zip(sides, (w0, w1), strict=True)]
        late = [
            np.bincount(side, w * y, count)[both] for side, w, y in zip(sides, (w0, w1), answers, strict=True)
        ]
        return np.array(
            [
                np.average(first, weights=w0),
                np.average(second, weights=w1),
                np.average(late[0] / mix[0], weights=mix[1]),
                np.average(late[1] / mix[1], weights=mix[0]),
            ]
        )

    return means, (float(rows[0][both].sum() / len(first)), float(rows[1][both].sum() / len(second)))


def _model_means(columns: list[NDArray[Any]], answers: list[NDArray[np.float64]], seed: int) -> _Means:
    require("flights", "sklearn")
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    features = np.column_stack(
        [_codes(each, BINS) if each.dtype == object else each for each in columns]
    ).astype(float)
    categorical = [each.dtype == object and len(set(each.tolist())) <= _MOST_CATEGORIES for each in columns]
    first, second = answers
    sides = features[: len(first)], features[len(first) :]
    binary = all(set(np.unique(y)) == {0.0, 1.0} for y in answers)
    kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor

    def means(number: int, w0: NDArray[np.float64], w1: NDArray[np.float64]) -> NDArray[np.float64]:
        crossed = []
        with threadpool_limits(1, user_api="openmp"):
            for here, there, y, w, other in (
                (sides[0], sides[1], first, w0, w1),
                (sides[1], sides[0], second, w1, w0),
            ):
                model = kind(
                    categorical_features=categorical,
                    early_stopping=False,
                    max_features=0.5,  # 씨앗마다 다른 나무가 나와, 모델의 흔들림이 보입니다.
                    random_state=seed + number,
                ).fit(here, y, sample_weight=w)
                guess = model.predict_proba(there)[:, 1] if binary else model.predict(there)
                crossed.append(np.average(guess, weights=other))
        return np.array([np.average(first, weights=w0), np.average(second, weights=w1), *crossed])

    return means


def _summarize(
    outcome: str,
    mean: NDArray[np.float64],
    intervals: list[Interval],
    shared: tuple[float, float],
    block: str,
) -> str:
    gap, mix, rule, mix_by_before, _, mix_by_after, _ = intervals
    show = "{0.estimate:+.3f}({0.low:+.3f} ~ {0.high:+.3f})".format
    parts = f"구성의 몫 {show(mix)}, 규칙의 몫 {show(rule)}"
    text = f"{outcome} {mean[0]:.3f} → {mean[1]:.3f}, 차이 {show(gap)}: {parts}."
    ends = sorted((mix_by_before.estimate, mix_by_after.estimate))
    text += f" 셈하는 순서에 따라 구성의 몫은 {ends[0]:+.3f} ~ {ends[1]:+.3f}입니다."
    unclear = [name for name, each in (("구성", mix), ("규칙", rule)) if each.contains(0)]
    if unclear:
        text += f" {'과 '.join(unclear)}의 몫은 {block}의 흔들림과 구별되지 않습니다."
    if min(shared) < _FEW_SHARED:
        text += f" 짝이 없는 칸의 행이 {1 - min(shared):.0%}입니다. 열을 줄이거나 모델을 쓰십시오."
    return text
