"""열 하나와 배치 하나의 판정.

판정의 규칙은 둘을 함께 요구합니다. 차이가 실제로 클 것(PSI가 문턱 이상), 그리고 우연이 아닐 것(여러 열을 함께
본 것을 고려해 고친 p-값이 유의수준 미만). 표본이 작으면 판단을 보류합니다(`undecided`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mlops_lab.drift._psi import bin_counts, fit_bins, psi

Verdict = Literal["drift", "stable", "undecided"]


class DriftInputError(ValueError):
    """견줄 수 없는 입력입니다(없는 열, 빈 열, 한쪽만 수치인 열)."""


@dataclass(frozen=True)
class ColumnDrift:
    """열 하나의 결과. 판정의 근거가 된 수를 모두 담습니다.

    Attributes:
        name: 열의 이름.
        kind: `"numeric"` 또는 `"categorical"`.
        n_reference, n_current: 행의 수(결측 포함).
        psi: 구간 `bins`개와 바닥값 `floor`로 셈한 PSI.
        statistic: 검정 통계량. 수치 열은 KS의 D, 범주 열은 동질성 카이제곱.
        test: `"ks"` 또는 `"chi2"`. 수치 열에 결측이 있으면 결측 비율의 검정과 합칩니다(본페로니).
        p_value: 검정의 p-값.
        p_adjusted: 함께 본 열의 수를 고려해 고친 p-값(Benjamini-Hochberg).
        effect: 효과 크기. 수치 열은 D, 범주 열은 Cramér의 V. 둘 다 0과 1 사이입니다.
        missing_reference, missing_current: 결측의 비율.
        outside: 기준 표본의 범위를 벗어난 값(수치)이나 새 범주(범주)의 비율.
        bins, floor, threshold, alpha, minimum: 판정에 쓴 설정.
        verdict: `drift`, `stable`, `undecided`.
    """

    name: str
    kind: str
    n_reference: int
    n_current: int
    psi: float
    statistic: float
    test: str
    p_value: float
    p_adjusted: float
    effect: float
    missing_reference: float
    missing_current: float
    outside: float
    bins: int
    floor: float
    threshold: float
    alpha: float
    minimum: int
    verdict: Verdict

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


@dataclass(frozen=True)
class BatchDrift:
    """배치의 결과. 한 열이라도 `drift`면 `drift`, 아니고 보류한 열이 있으면 `undecided`입니다."""

    verdict: Verdict
    columns: tuple[ColumnDrift, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전. 키는 `verdict`와 `columns`입니다."""
        return {"verdict": self.verdict, "columns": [column.to_dict() for column in self.columns]}


def compare(
    reference: Mapping[str, Any] | Any,
    current: Mapping[str, Any] | Any,
    columns: Iterable[str] | None = None,
    *,
    threshold: float = 0.1,
    alpha: float = 0.05,
    bins: int = 10,
    floor: float = 1e-4,
    minimum: int = 500,
) -> BatchDrift:
    """두 표를 열마다 견주어 배치 전체를 판정합니다.

    Args:
        reference: 기준 표. 열의 이름으로 1차원 값을 꺼낼 수 있으면 됩니다(DataFrame, dict).
        current: 견주는 표.
        columns: 볼 열. 주지 않으면 기준 표의 모든 열입니다.
        threshold: PSI의 문턱.
        alpha: 유의수준.
        bins: 수치 열의 구간 수.
        floor: PSI의 바닥값.
        minimum: 한쪽이라도 행이 이보다 적으면 판단을 보류합니다.

    Raises:
        DriftInputError: 열이 없거나 비었거나, 한쪽만 수치입니다.
    """
    names = list(reference.keys() if columns is None else columns)
    if not names:
        raise DriftInputError("견줄 열이 하나도 없습니다.")
    settings = {"threshold": threshold, "alpha": alpha, "bins": bins, "floor": floor, "minimum": minimum}
    for name in names:
        for side, table in (("기준", reference), ("현재", current)):
            if name not in table:
                raise DriftInputError(
                    f"{side} 표에 열 {name!r}이(가) 없습니다. 두 표에 모두 있는 열을 골라 주십시오."
                )
    single = [compare_column(reference[name], current[name], name=name, **settings) for name in names]  # type: ignore[arg-type]
    adjusted = stats.false_discovery_control([column.p_value for column in single])
    results = tuple(
        replace(column, p_adjusted=float(p), verdict=_decide(replace(column, p_adjusted=float(p))))
        for column, p in zip(single, adjusted, strict=True)
    )
    verdicts = {column.verdict for column in results}
    overall: Verdict = (
        "drift" if "drift" in verdicts else "undecided" if "undecided" in verdicts else "stable"
    )
    return BatchDrift(overall, results)


def compare_column(
    reference: Any,
    current: Any,
    *,
    name: str = "값",
    threshold: float = 0.1,
    alpha: float = 0.05,
    bins: int = 10,
    floor: float = 1e-4,
    minimum: int = 500,
) -> ColumnDrift:
    """열 하나를 견줍니다. 인자는 `compare`와 같고, `reference`와 `current`는 1차원입니다."""
    before, now = _array(reference, name), _array(current, name)
    if (before.dtype == object) != (now.dtype == object):
        raise DriftInputError(f"열 {name!r}이(가) 한쪽에서만 수치입니다. 두 표의 형식을 맞추어 주십시오.")
    fitted = fit_bins(before, bins)
    counts, counts_now = bin_counts(before, fitted), bin_counts(now, fitted)
    counts = np.pad(counts, (0, len(counts_now) - len(counts)))
    here = fitted.count - 1
    missing, missing_now = counts[here] / len(before), counts_now[here] / len(now)
    if fitted.kind == "numeric":
        test, outside = "ks", float(((now < fitted.low) | (now > fitted.high)).mean())
        statistic, p_value = _ks(before, now)
        effect = statistic
        if counts[here] or counts_now[here]:
            kept = [
                [counts[here], len(before) - counts[here]],
                [counts_now[here], len(now) - counts_now[here]],
            ]
            p_value = min(1.0, 2 * min(p_value, _chi2(np.array(kept))[1]))
    else:
        test, outside = "chi2", float(counts_now[fitted.count :].sum() / len(now))
        statistic, p_value = _chi2(np.array([counts, counts_now]))
        effect = math.sqrt(statistic / (len(before) + len(now)))
    column = ColumnDrift(
        name=name,
        kind=fitted.kind,
        n_reference=len(before),
        n_current=len(now),
        psi=psi(counts, counts_now, floor),
        statistic=statistic,
        test=test,
        p_value=p_value,
        p_adjusted=p_value,
        effect=effect,
        missing_reference=float(missing),
        missing_current=float(missing_now),
        outside=outside,
        bins=int(((counts > 0) | (counts_now > 0)).sum()),
        floor=floor,
        threshold=threshold,
        alpha=alpha,
        minimum=minimum,
        verdict="undecided",
    )
    return replace(column, verdict=_decide(column))


def _decide(column: ColumnDrift) -> Verdict:
    if min(column.n_reference, column.n_current) < column.minimum:
        return "undecided"
    if column.psi < column.threshold:
        return "stable"
    return "drift" if column.p_adjusted < column.alpha else "undecided"


def _ks(before: NDArray[Any], now: NDArray[Any]) -> tuple[float, float]:
    before, now = before[~np.isnan(before)], now[~np.isnan(now)]
    if not len(before) or not len(now):
        return 0.0, 1.0
    result = stats.ks_2samp(before, now, method="asymp")
    return float(result.statistic), float(result.pvalue)


def _chi2(table: NDArray[np.int64]) -> tuple[float, float]:
    """두 표본의 동질성 카이제곱. 양쪽이 모두 빈 칸은 뺍니다."""
    kept = table[:, table.sum(axis=0) > 0]
    if kept.shape[1] < 2:
        return 0.0, 1.0
    statistic, p_value, *_ = stats.chi2_contingency(kept, correction=False)
    return float(statistic), float(p_value)


def _array(values: Any, name: str) -> NDArray[Any]:
    """수치면 float 배열(NaN이 결측), 아니면 object 배열(None이 결측)로 바꿉니다."""
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind in "biuf" if kind else False:
        array = (
            values.to_numpy(dtype=float, na_value=np.nan)
            if hasattr(values, "to_numpy")
            else np.asarray(values, float)
        )
    else:
        plain = list(values)
        if (
            plain
            and all(isinstance(v, (int, float)) or v is None for v in plain)
            and any(v is not None for v in plain)
        ):
            array = np.array([np.nan if v is None else v for v in plain], dtype=float)
        else:
            array = np.empty(len(plain), dtype=object)
            array[:] = [None if _is_missing(value) else value for value in plain]
    if array.ndim != 1 or not len(array):
        raise DriftInputError(f"열 {name!r}이(가) 비어 있습니다. 행이 하나 이상 있어야 견줄 수 있습니다.")
    return array


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value
