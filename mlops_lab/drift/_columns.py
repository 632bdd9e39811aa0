"""표의 열을 표본으로 읽습니다. 수치, 불리언, 범주, 시각 가운데 하나이고, 모두 결측이거나 섞였으면 그렇다고 합니다."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._errors import DriftInputError

Kind = Literal["numeric", "boolean", "categorical", "datetime", "empty", "mixed"]
ORDERED = ("numeric", "datetime")
"""크기를 견줄 수 있는 종류. float 배열로 나르고 KS로 검정합니다. 나머지는 범주로 다룹니다."""

KIND_NAMES: dict[Kind, str] = {
    "numeric": "수치",
    "boolean": "불리언",
    "categorical": "범주",
    "datetime": "시각",
    "empty": "모두 결측",
    "mixed": "섞임",
}


class Table(Protocol):
    """열의 이름을 알려 주고(`keys`), 이름으로 1차원 값을 꺼내 주는 표. DataFrame과 dict가 그렇습니다."""

    def keys(self) -> Iterable[Any]: ...

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Sample:
    """열 하나에서 읽은 표본.

    Attributes:
        kind: 종류. 값이 하나도 없으면 `"empty"`, 수와 글자처럼 섞여 있으면 `"mixed"`입니다.
        values: 결측을 뺀 값. 수치는 오름차순 float, 시각은 오름차순 UTC 초(float), 나머지는 object입니다.
        n: 행의 수(결측 포함).
        infinite: 결측으로 본 무한대의 수.
        problem: 섞였을 때 무엇을 보았는지 적은 문장. 아니면 빈 문자열입니다.
        distinct: 참이면 모든 행의 값이 서로 다릅니다(수치와 시각만 봅니다).
        aware: 시간대가 있는 시각이면 참.
    """

    kind: Kind
    values: NDArray[Any] = field(repr=False)
    n: int
    infinite: int = 0
    problem: str = ""
    distinct: bool = False
    aware: bool = False

    @property
    def missing(self) -> float:
        """결측의 비율."""
        return 1 - len(self.values) / self.n


def check_table(table: Table, side: str, *needed: str) -> list[str]:
    """표를 살펴보고 열의 이름을 돌려줍니다.

    Args:
        table: 살펴볼 표.
        side: 오류에 적을 표의 이름("기준", "현재").
        needed: 반드시 있어야 하는 열.

    Raises:
        DriftInputError: 표가 아니거나, 비었거나, 열이 없거나, 이름이 겹치거나, 열마다 길이가 다릅니다.
    """
    if not hasattr(table, "keys"):
        raise DriftInputError(
            f"{side} 표가 {type(table).__name__}입니다. DataFrame이나 {{이름: 값들}} 꼴의 dict를 주십시오."
        )
    names = list(table.keys())
    repeated = sorted({str(name) for name in names if names.count(name) > 1})
    if repeated:
        raise DriftInputError(
            f"{side} 표에 열 이름 {', '.join(map(repr, repeated))}이(가) 두 번 넘게 있습니다. 이름을 하나씩만 남겨 주십시오."
        )
    if not names:
        raise DriftInputError(f"{side} 표에 열이 하나도 없습니다. 열이 있는 표를 주십시오.")
    for name in needed:
        if name not in names:
            raise DriftInputError(
                f"{side} 표에 열 {name!r}이(가) 없습니다. 있는 열은 {', '.join(map(str, names))}입니다."
            )
    lengths = {len(table[name]) for name in names}
    if lengths == {0}:
        raise DriftInputError(f"{side} 표에 행이 없습니다. 한 행 이상 있는 표를 주십시오.")
    if len(lengths) > 1:
        raise DriftInputError(
            f"{side} 표의 열마다 행의 수가 다릅니다({sorted(lengths)}). 같은 길이의 열을 주십시오."
        )
    return names


def read_column(values: Any) -> Sample:
    """열 하나를 표본으로 읽습니다. 어떤 값이 들어 있어도 멈추지 않습니다.

    Args:
        values: 1차원 값(배열, 리스트, Series).

    Returns:
        결측을 뺀 표본. 종류가 섞였으면 `kind`가 `"mixed"`이고 무엇을 보았는지 `problem`에 있습니다.
    """
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", "O")
    if kind in "iuf":
        array = (
            values.to_numpy(dtype=float, na_value=np.nan)
            if hasattr(values, "to_numpy")
            else np.asarray(values, dtype=float)
        )
        return _ordered(array, "numeric")
    if kind == "M":
        column = _ordered(_seconds(values, "datetime64[ns]"), "datetime")
        return replace(column, aware=getattr(dtype, "tz", None) is not None)
    if kind == "m":
        return _ordered(_seconds(values, "timedelta64[ns]"), "numeric")
    plain = list(values)
    present = [value for value in plain if type(value) is str or not _is_missing(value)]
    kinds = {_kind_of(found) for found in set(map(type, present))}
    if not kinds:
        return Sample("empty", np.array([], dtype=object), len(plain))
    if len(kinds) > 1:
        return _mixed(plain, present)
    (found,) = kinds
    if found == "numeric":
        return _ordered(np.array([_to_float(v) for v in present], dtype=float), "numeric", len(plain))
    if found == "datetime":
        aware = {_moment(value).tzinfo is not None for value in present}
        if len(aware) > 1:
            return _mixed(plain, present, "시간대가 있는 시각과 없는 시각이 섞여 있습니다")
        seconds = np.array([_to_seconds(_moment(v)) for v in present], dtype=float)
        return replace(_ordered(seconds, "datetime", len(plain)), aware=aware == {True})
    array = np.empty(len(present), dtype=object)
    array[:] = present if found == "boolean" else [v if isinstance(v, str) else str(v) for v in present]
    return Sample("boolean" if found == "boolean" else "categorical", array, len(plain))


def _ordered(array: NDArray[np.float64], kind: Kind, n: int | None = None) -> Sample:
    """결측과 무한대를 빼고 정렬합니다. 뒤의 모든 셈(구간, KS, 바서슈타인)이 이 정렬 한 번을 씁니다."""
    total = len(array) if n is None else n
    finite = np.isfinite(array)
    infinite = 0
    if not finite.all():
        infinite = int(np.isinf(array).sum())
        array = array[finite]
    if not len(array):
        return Sample("empty", np.array([], dtype=object), total, infinite)
    array = np.sort(array)
    return Sample(
        kind, array, total, infinite, distinct=bool(len(array) == total and (array[1:] > array[:-1]).all())
    )


def _seconds(values: Any, unit: str) -> NDArray[np.float64]:
    array = values.to_numpy(dtype=unit) if hasattr(values, "to_numpy") else np.asarray(values).astype(unit)
    seconds = array.astype("int64") / 1e9
    seconds[np.isnat(array)] = np.nan
    return seconds


def _mixed(plain: list[Any], present: list[Any], problem: str = "") -> Sample:
    if not problem:
        examples: dict[Kind, Any] = {}
        for value in present:
            examples.setdefault(_kind_of(type(value)), value)
        seen = ", ".join(f"{KIND_NAMES[kind]} {value!r:.40}" for kind, value in examples.items())
        problem = f"종류가 다른 값이 섞여 있습니다({seen})"
    values = np.empty(len(present), dtype=object)
    values[:] = present
    return Sample("mixed", values, len(plain), problem=problem)


def _kind_of(found: type) -> Kind:
    if issubclass(found, (bool, np.bool_)):
        return "boolean"
    if issubclass(found, numbers.Real) or found.__name__ == "Decimal":
        return "numeric"
    if issubclass(found, (dt.date, np.datetime64)):
        return "datetime"
    return "categorical"


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    try:
        return bool(value != value)
    except ArithmeticError:  # Decimal('sNaN')
        return True
    except (TypeError, ValueError):  # 배열처럼 참거짓을 정할 수 없는 값
        return False


def _to_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # float보다 큰 정수
        return float("inf")


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


def _to_seconds(moment: dt.datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def row_days(values: Any, name: str) -> NDArray[np.float64]:
    """시각의 열을 행마다의 날수로 바꿉니다. 시각이면 1970년부터 센 UTC 날수, 수치이면 그 값이 곧 날수입니다."""
    sample = read_column(values)
    if sample.kind not in ORDERED:
        raise DriftInputError(
            f"시각의 열 {name!r}이(가) {KIND_NAMES[sample.kind]}입니다. {sample.problem or '시각이나 날수가 든 열을 골라 주십시오.'}"
        )
    if getattr(getattr(values, "dtype", None), "kind", "O") == "M":
        return _seconds(values, "datetime64[ns]") / 86_400
    days = [
        float("nan")
        if _is_missing(v)
        else _to_seconds(_moment(v)) / 86_400
        if sample.kind == "datetime"
        else _to_float(v)
        for v in values
    ]
    return np.array(days, dtype=float)


def row_values(values: Any) -> tuple[Kind, NDArray[Any]]:
    """열을 행의 순서대로 읽습니다. 수치와 시각(UTC 초)은 float이고 결측은 NaN, 나머지는 object이고 결측은 None입니다."""
    kind = read_column(values).kind
    code = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind not in ORDERED:
        array = np.empty(len(values), dtype=object)
        array[:] = [
            None if _is_missing(v) else v if kind == "boolean" or isinstance(v, str) else str(v)
            for v in values
        ]
        return kind, array
    if code in "iuf":
        array = (
            values.to_numpy(dtype=float, na_value=np.nan)
            if hasattr(values, "to_numpy")
            else np.asarray(values, dtype=float)
        )
    elif code in "mM":
        array = _seconds(values, "datetime64[ns]" if code == "M" else "timedelta64[ns]")
    else:
        read = _to_float if kind == "numeric" else lambda v: _to_seconds(_moment(v))
        array = np.array([float("nan") if _is_missing(v) else read(v) for v in values], dtype=float)
    return kind, np.where(np.isfinite(array), array, np.nan)
