"""표의 열을 표본으로 읽습니다. 수치, 불리언, 범주, 시각 가운데 하나이고, 모두 결측이거나 섞였으면 그렇다고 합니다."""

from __future__ import annotations

import datetime as dt
import numbers
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._texts import FORMS, MANY, ProblemKind, big_numbers, find_problem

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
        problem: 이대로는 견줄 수 없을 때 무엇을 보았는지 적은 문장. 아니면 빈 문자열입니다.
        problem_kind: 그것의 종류.
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
    problem_kind: ProblemKind = "mixed"

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
    repeated = sorted(str(name) for name, times in Counter(names).items() if times > 1)
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
        결측을 뺀 표본. 종류가 섞였으면 `kind`가 `"mixed"`이고, 이대로는 견줄 수 없으면 무엇을 보았는지 `problem`에 있습니다.
    """
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", "O")
    if kind in "iuf":
        array = (
            values.to_numpy(dtype=float, na_value=np.nan)
            if hasattr(values, "to_numpy")
            else np.asarray(values, dtype=float)
        )
        column = _ordered(array, "numeric")
        return column if kind == "f" else _with_integer_problem(column, values)
    if kind == "M":
        column = _ordered(_seconds(values), "datetime")
        return replace(column, aware=getattr(dtype, "tz", None) is not None)
    if kind == "m":
        return _ordered(_seconds(values), "numeric")
    plain = list(values)
    present = [value for value in plain if type(value) is str or not _is_missing(value)]
    kinds = {_kind_of(found) for found in set(map(type, present))}
    if not kinds:
        return Sample("empty", np.array([], dtype=object), len(plain))
    if len(kinds) > 1:
        return _mixed(plain, present)
    (found,) = kinds
    if found == "numeric":
        column = _ordered(np.array([_to_float(v) for v in present], dtype=float), "numeric", len(plain))
        return _with_integer_problem(column, present) if set(map(type, present)) == {int} else column
    if found == "datetime":
        aware = {getattr(value, "tzinfo", None) is not None for value in present}
        if len(aware) > 1:
            return _mixed(plain, present, "시간대가 있는 시각과 없는 시각이 섞여 있습니다")
        seconds = np.array([_to_seconds(v) for v in present], dtype=float)
        return replace(_ordered(seconds, "datetime", len(plain)), aware=aware == {True})
    array = np.empty(len(present), dtype=object)
    array[:] = present if found == "boolean" else [v if isinstance(v, str) else str(v) for v in present]
    if found == "boolean":
        return Sample("boolean", array, len(plain))
    sample = Sample("categorical", array, len(plain))
    problem = find_problem(array.tolist())
    return replace(sample, problem_kind=problem[0], problem=problem[1]) if problem else sample


def is_plain_number(values: Any) -> bool:
    """numpy의 수로 된 열이면 참. 파이썬의 객체를 훑지 않고 정렬할 수 있습니다."""
    dtype = getattr(values, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"


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


def _with_integer_problem(sample: Sample, values: Any) -> Sample:
    """정수가 행의 번호이거나, float로 구별할 수 없을 만큼 크면 그렇다고 적습니다."""
    known = sample.values
    if len(known) < MANY:
        return sample
    low, high = float(known[0]), float(known[-1])
    if max(abs(low), abs(high)) > 2**53:
        different = set(values.dropna().tolist() if hasattr(values, "dropna") else list(values))
        if len(np.unique(known)) < 0.99 * len(different):
            return replace(
                sample,
                problem_kind="identifier",
                problem=big_numbers(values[0] if isinstance(values, list) else next(iter(different))),
            )
    elif sample.distinct and high - low + 1 == len(known):
        problem = f"{low:.0f}부터 {high:.0f}까지의 정수가 하나씩 있습니다. 행의 번호나 식별자이면 빼 주십시오"
        return replace(sample, problem_kind="identifier", problem=problem)
    return sample


_PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9, "ps": 1e12, "fs": 1e15, "as": 1e18}


def _seconds(values: Any) -> NDArray[np.float64]:
    """초로 바꿉니다. 적힌 단위대로 셈하므로 9999년도 9999년입니다(나노초로는 1677년부터 2262년까지입니다)."""
    dtype = values.dtype
    if hasattr(values, "to_numpy"):
        unit = getattr(dtype, "unit", None) or np.datetime_data(dtype)[0]
        array = values.to_numpy(dtype=f"{'datetime' if dtype.kind == 'M' else 'timedelta'}64[{unit}]")
    else:
        array = np.asarray(values)
    unit, step = np.datetime_data(array.dtype)
    if unit not in _PER_SECOND:
        array, unit, step = array.astype(f"{array.dtype.kind}8[s]"), "s", 1
    seconds: NDArray[np.float64] = array.astype("int64") * step / _PER_SECOND.get(unit, 1.0)
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


def _to_seconds(value: Any) -> float:
    if isinstance(value, np.datetime64):
        return float(_seconds(np.array([value]))[0])
    moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def row_days(values: Any, name: str) -> NDArray[np.float64]:
    """시각의 열을 행마다의 날수로 바꿉니다. 시각이면 1970년부터 센 UTC 날수, 수치이면 그 값이 곧 날수입니다.

    나머지와 동떨어진 날(`stray_days`)은 결측으로 둡니다. 잘못 적은 날 하나가 보정을 바꾸지 못하게 합니다.
    """
    days, moments = _all_days(values, name)
    days[_strays(days, moments)] = np.nan
    return days


def stray_days(values: Any, name: str) -> list[str]:
    """시각의 열에서 나머지와 동떨어져 있어 보정에서 뺀 값들. 사람이 읽을 글입니다."""
    days, moments = _all_days(values, name)
    found = days[_strays(days, moments)].tolist()
    return [str(np.datetime64(int(day // 1), "D")) if moments else f"{day:g}" for day in found]


def _all_days(values: Any, name: str) -> tuple[NDArray[np.float64], bool]:
    sample = read_column(values)
    if sample.kind not in ORDERED:
        seen = sample.problem
        if not seen and len(sample.values):
            seen = f"값이 {sample.values[0]!r:.40}처럼 생겼습니다. 읽는 꼴은 {FORMS}이나 날수입니다"
        raise DriftInputError(
            f"시각의 열 {name!r}이(가) {KIND_NAMES[sample.kind]}입니다. {seen or '값이 있는 열이어야 합니다'}. "
            "값을 고치거나 시각이 든 열을 골라 주십시오."
        )
    if sample.kind == "numeric":
        _check_day_numbers(sample.values, name)
    if getattr(getattr(values, "dtype", None), "kind", "O") == "M":
        return _seconds(values) / 86_400, True
    moments = sample.kind == "datetime"
    days = [
        float("nan") if _is_missing(v) else _to_seconds(v) / 86_400 if moments else _to_float(v)
        for v in values
    ]
    return np.array(days, dtype=float), moments


def _check_day_numbers(values: NDArray[np.float64], name: str) -> None:
    """날수가 아니라 날짜나 유닉스 시각을 수로 적은 것인지 봅니다."""
    typical = float(values[len(values) // 2])
    month, day = (typical // 100) % 100, typical % 100
    if 15_000_000 < typical < 99_991_232 and 1 <= month <= 12 and 1 <= day <= 31 and typical == typical // 1:
        what = f"날짜 {typical // 10_000:.0f}-{month:02.0f}-{day:02.0f}"
    elif 150_001 <= typical <= 999_912 and 1 <= day <= 12 and typical == typical // 1:
        what = f"달 {typical // 100:.0f}-{day:02.0f}"
    elif abs(typical) > 1_000_000:
        what = "1970년부터 센 초나 밀리초"
    else:
        return
    raise DriftInputError(
        f"시각의 열 {name!r}의 값 {typical:.0f}은(는) 날수가 아니라 {what}로 보입니다. 2013-03-01처럼 적어 주십시오."
    )


def _strays(days: NDArray[np.float64], moments: bool) -> NDArray[np.bool_]:
    """나머지와 동떨어진 날. 1900년부터 2200년까지를 벗어났거나, 가운데 98 %에서 그 폭의 세 배와 반년 넘게 떨어졌습니다."""
    far: NDArray[np.bool_] = np.isinf(days)
    if moments:
        odd = (days < -25_566) | (days > 84_005)
        if odd.sum() < 0.5 * np.isfinite(days).sum():
            far |= odd
    rest = days[~far & ~np.isnan(days)]
    if len(rest) >= MANY:
        low, high = np.quantile(rest, (0.01, 0.99))
        reach = max(3 * (high - low + 1), 180.0)
        far |= (days < low - reach) | (days > high + reach)
    return far


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
        array = _seconds(values)
    else:
        read = _to_float if kind == "numeric" else _to_seconds
        array = np.array([float("nan") if _is_missing(v) else read(v) for v in values], dtype=float)
    return kind, np.where(np.isfinite(array), array, np.nan)
