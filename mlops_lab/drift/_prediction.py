"""열 하나가 움직여 모델의 예측이 얼마나 달라지는지 잽니다. 정답은 필요 없습니다."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlops_lab.drift._columns import KIND_NAMES, ORDERED, Kind, Table, check_table, row_values
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._interval import Interval, around, block_numbers, bootstrap
from mlops_lab.drift._statistics import ks

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class PredictionShift:
    """예측의 분포가 움직인 크기.

    Attributes:
        column: 분포를 바꾼 열. 점수 둘을 바로 견주었으면 None입니다.
        before, after: 예측의 평균.
        change: 평균의 변화와 95 % 구간.
        ks: 두 예측의 분포의 KS D(0과 1 사이).
        quantiles_before, quantiles_after: 예측의 5, 25, 50, 75, 95 % 분위수.
        moved: 예측이 조금이라도 달라진 행의 비율. 점수 둘을 바로 견주었으면 짝이 없으므로 None입니다.
        summary: 한국어 한 문장.
    """

    column: str | None
    before: float
    after: float
    change: Interval
    ks: float
    quantiles_before: tuple[float, ...]
    quantiles_after: tuple[float, ...]
    moved: float | None
    summary: str

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


def score_shift(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    days: tuple[ArrayLike, ArrayLike] | None = None,
    resamples: int = 400,
    seed: int = 0,
) -> PredictionShift:
    """두 기간의 예측(점수)이 얼마나 달라졌는지 잽니다.

    Args:
        reference: 기준 기간의 점수.
        current: 현재 기간의 점수.
        days: 기준과 현재의 행마다의 시각이나 날수. 주면 구간을 날을 다시 뽑아 잽니다. 주지 않으면 행이 서로 독립이라고 봅니다.
        resamples: 다시 뽑는 횟수.
        seed: 다시 뽑기의 씨앗.

    Returns:
        평균의 변화와 구간, 분포의 차이.

    Raises:
        DriftInputError: 점수가 비었거나, 결측이거나, 수가 아니거나, 날의 수가 너무 적습니다.
    """
    _check_resamples(resamples)
    scores = [_read_scores(each, side) for each, side in ((reference, "기준"), (current, "현재"))]
    blocks = []
    for index, side in enumerate(("기준", "현재")):
        table: dict[str, Any] = {"점수": scores[index]}
        if days is not None:
            table["날"] = days[index]
        check_table(table, side)
        blocks.append(block_numbers(table, len(scores[index]), None if days is None else "날"))
    half = bootstrap(
        lambda _, w0, w1: np.array([np.average(scores[1], weights=w1) - np.average(scores[0], weights=w0)]),
        (blocks[0], blocks[1]),
        resamples,
        np.random.default_rng(seed),
    )
    return _make(None, scores[0], scores[1], float(half[0]), None)


def prediction_shift(
    predict: Callable[[Any], ArrayLike],
    reference: Table,
    current: Table,
    column: str,
    *,
    time: str | None = None,
    resamples: int = 40,
    seed: int = 0,
) -> PredictionShift:
    """기준의 행에서 열 하나의 분포만 현재의 것으로 바꾸면 예측이 얼마나 달라지는지 잽니다.

    수치와 시각은 순위를 지킨 채 현재의 같은 분위수로 바꿉니다. 범주와 결측은 줄어든 것에서 넘치는 행만 골라 늘어난 것으로
    바꿉니다. 나머지 열은 그대로입니다.

    **이것은 원인의 크기가 아닙니다.** 실제로 이 열이 움직일 때에는 함께 움직이는 열(기온과 이슬점처럼)이 있는데 그것을 붙잡아
    두므로, 있을 수 없는 행이 생길 수 있고 열마다의 변화를 더해도 전체의 변화(`score_shift`)가 되지 않습니다. "모델이 이 열만
    새 값을 받으면 얼마나 다르게 답하는가"로 읽으십시오. 정답이 달라졌는지는 말하지 않습니다.

    Args:
        predict: 표를 받아 행마다의 점수를 돌려주는 함수. 표는 기준이 DataFrame이면 DataFrame, 아니면 dict입니다.
        reference: 기준 표.
        current: 현재 표. `column`(과 `time`)만 읽습니다.
        column: 분포를 바꿀 열.
        time: 시각의 열. 주면 구간을 날을 다시 뽑아 잽니다. 주지 않으면 행이 서로 독립이라고 봅니다.
        resamples: 다시 뽑는 횟수. 그때마다 예측을 한 번 합니다.
        seed: 다시 뽑기와, 어느 행의 범주를 바꿀지 고르는 씨앗.

    Returns:
        평균의 변화와 구간, 분포의 차이.

    Raises:
        DriftInputError: 열이 없거나, 종류가 다르거나, 예측이 행마다 수 하나가 아니거나, 날의 수가 너무 적습니다.
    """
    _check_resamples(resamples)
    pair, blocks = [], []
    for side, table in (("기준", reference), ("현재", current)):
        check_table(table, side, column, *([time] if time else []))
        pair.append(row_values(table[column]))
        blocks.append(block_numbers(table, len(table[column]), time))
    kinds = {kind for kind, _ in pair}
    if kinds & {"mixed"} or len(kinds - {"empty"}) != 1:
        seen = "과(와) ".join(KIND_NAMES[kind] for kind, _ in pair)
        raise DriftInputError(
            f"열 {column!r}이(가) 기준과 현재에서 {seen}입니다. 양쪽에 종류가 같은 값이 있어야 바꿉니다."
        )
    (kind,) = kinds - {"empty"}
    old, new = (values for _, values in pair)
    if kind in ORDERED:
        old, new = old.astype(float), new.astype(float)
    move = _move_values if kind in ORDERED else _move_levels
    random = np.random.default_rng(seed)

    def predict_with(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = move(old, new, weights, random)
        return _read_scores(predict(_with_column(reference, column, moved, kind)), "바꾼 기준", len(old))

    before = _read_scores(predict(reference), "기준", len(old))
    after = predict_with(np.ones(len(new)))
    half = bootstrap(
        lambda _, w0, w1: np.array([np.average(predict_with(w1) - before, weights=w0)]),
        (blocks[0], blocks[1]),
        resamples,
        random,
    )
    return _make(column, before, after, float(half[0]), float(np.mean(after != before)))


def _check_resamples(resamples: int) -> None:
    if resamples < 2:
        raise DriftInputError(f"resamples이(가) {resamples}입니다. 2 이상이어야 합니다.")


def _read_scores(scores: ArrayLike, side: str, rows: int | None = None) -> NDArray[np.float64]:
    try:
        array = np.asarray(scores, dtype=float)
    except (TypeError, ValueError) as error:
        raise DriftInputError(
            f"{side}의 점수를 수로 읽을 수 없습니다({error}). 행마다 수 하나를 주십시오."
        ) from None
    if array.ndim != 1 or not len(array) or (rows is not None and len(array) != rows):
        wanted = "행마다 수 하나" if rows is None else f"({rows},)"
        raise DriftInputError(f"{side}의 점수의 모양이 {array.shape}입니다. {wanted}여야 합니다.")
    wrong = int((~np.isfinite(array)).sum())
    if wrong:
        raise DriftInputError(f"{side}의 점수에 결측이나 무한대가 {wrong}개 있습니다. 빼고 주십시오.")
    return array


def _move_values(
    old: NDArray[np.float64],
    new: NDArray[np.float64],
    weights: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """순위를 지킨 채 새 분포의 같은 분위수로 바꿉니다. 결측의 비율도 새것에 맞춥니다."""
    absent = np.isnan(new)
    wanted = round(float(np.average(absent, weights=weights)) * len(old))
    missing, known = np.flatnonzero(np.isnan(old)), np.flatnonzero(~np.isnan(old))
    if len(missing) > wanted:  # 값을 얻는 행은 순위가 없으므로 아무 데나 놓습니다.
        gained = random.choice(missing, len(missing) - wanted, replace=False)
        ranks = np.concatenate([old[known], random.choice(old[known], len(gained)) if len(known) else gained])
        known = np.concatenate([known, gained])
    else:
        known = np.sort(random.permutation(known)[: len(known) - (wanted - len(missing))])
        ranks = old[known]
    moved = np.full(len(old), np.nan)
    if not len(known):
        return moved
    order = np.lexsort((random.random(len(known)), ranks))  # 같은 값끼리는 아무 순서로 세웁니다.
    present = np.flatnonzero(~absent)
    present = present[np.argsort(new[present])]
    reached = np.cumsum(weights[present])
    places = (np.arange(len(known)) + 0.5) / len(known) * reached[-1]
    moved[known[order]] = new[present][np.searchsorted(reached, places)]
    return moved


def _move_levels(
    old: NDArray[Any], new: NDArray[Any], weights: NDArray[np.float64], random: np.random.Generator
) -> NDArray[Any]:
    """줄어든 범주에서 넘치는 행만 골라, 늘어난 범주로 바꿉니다. 결측도 범주 하나로 봅니다."""
    levels = list(dict.fromkeys([*old.tolist(), *new.tolist()]))
    number = {level: index for index, level in enumerate(levels)}
    here, there = (np.array([number[level] for level in each.tolist()]) for each in (old, new))
    exact = np.bincount(there, weights, len(levels)) / weights.sum() * len(old)
    wanted = np.floor(exact + 1e-9).astype(int)
    short = len(old) - int(wanted.sum())
    wanted[np.argsort(wanted - exact, kind="stable")[:short]] += 1
    surplus = np.bincount(here, minlength=len(levels)) - wanted
    freed = [
        random.choice(np.flatnonzero(here == level), surplus[level], replace=False)
        for level in np.flatnonzero(surplus > 0)
    ]
    moved = old.copy()
    if freed:
        takers = np.repeat(np.arange(len(levels)), np.maximum(-surplus, 0))
        rows = random.permutation(np.concatenate(freed))
        for row, level in zip(rows.tolist(), takers.tolist(), strict=True):
            moved[row] = levels[level]
    return moved


def _with_column(table: Table, name: str, values: NDArray[Any], kind: Kind) -> Any:
    """열 하나를 바꾼 표. 원래의 표는 건드리지 않습니다."""
    if kind == "datetime":
        values = (values * 1e6).round().astype("datetime64[us]")
    if not hasattr(table, "assign"):
        return {each: values if each == name else table[each] for each in table.keys()}  # noqa: SIM118
    changed = table.assign(**{name: values})
    if kind == "numeric":  # 정수였어도 결측이 생길 수 있으므로 float으로 둡니다.
        return changed
    try:
        return changed.astype({name: table[name].dtype})
    except (TypeError, ValueError):  # 결측을 담지 못하는 형
        return changed


def _make(
    column: str | None,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    half: float,
    moved: float | None,
) -> PredictionShift:
    means = float(before.mean()), float(after.mean())
    change = around(means[1] - means[0], half)
    statistic, _ = ks(before, after)
    told = f"{change.estimate:+.4f}({change.low:+.4f} ~ {change.high:+.4f})"
    text = f"예측의 평균 {means[0]:.4f} → {means[1]:.4f}, 변화 {told}, KS D {statistic:.3f}."
    if change.contains(0):
        text += " 평균의 변화는 우연과 구별되지 않습니다."
    quantiles = [tuple(np.quantile(each, _QUANTILES).tolist()) for each in (before, after)]
    return PredictionShift(
        column,
        *means,
        change,
        statistic,
        quantiles[0],
        quantiles[1],
        moved,
        text if column is None else f"{column}의 분포만 바꾸면: {text}",
    )
