"""품질 검사. 배치의 바이트를 읽어 표로 만들고, 받을 수 없는 까닭을 찾습니다.

단위는 값의 범위만으로 알기 어렵습니다(겨울의 화씨와 여름의 섭씨는 겹칩니다). 그래서 물리와 이미 아는 값으로
확인합니다. 기온과 이슬점에서 셈한 상대습도가 적힌 습도와 맞는지, 잘 아는 노선의 거리가 맞는지 봅니다.
"""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_lab._bounded import TooLarge, check_csv, show

LIMIT = 256 << 20
"""배치 하나를 읽는 데 쓰는 메모리의 한도(바이트). 가장 큰 달의 스무 배가 넘습니다. 파일의 크기도 이것을 넘으면 읽지 않습니다."""


@dataclass(frozen=True)
class Column:
    """열 하나의 약속. `low`와 `high`는 허용하는 범위(양 끝 포함), `missing`은 허용하는 결측 비율의 상한입니다."""

    number: bool = True
    low: float = -np.inf
    high: float = np.inf
    missing: float = 0.0


_TEXT = Column(number=False)
_SCHEMAS: dict[str, dict[str, Column]] = {
    "flights": {
        "flight_id": Column(low=1),
        "date": _TEXT,
        "sched_dep_time": Column(low=0, high=2400),
        "sched_arr_time": Column(low=0, high=2400),
        "carrier": _TEXT,
        "flight": Column(low=1),
        "origin": _TEXT,
        "dest": _TEXT,
        "distance": Column(low=1, high=20_000),
    },
    "weather": {
        "origin": _TEXT,
        "date": _TEXT,
        "hour": Column(low=0, high=23),
        "temp": Column(low=-60, high=140, missing=0.3),
        "dewp": Column(low=-80, high=100, missing=0.3),
        "humid": Column(low=0, high=100, missing=0.3),
        "wind_dir": Column(low=0, high=360, missing=0.3),
        "wind_speed": Column(low=0, high=1_100, missing=0.3),  # 원본에 1,048 mph인 행이 하나 있습니다.
        "wind_gust": Column(low=0, high=1_300, missing=1.0),  # 돌풍이 없으면 비어 있습니다.
        "precip": Column(low=0, high=10, missing=0.3),
        "pressure": Column(low=900, high=1_100, missing=0.3),
        "visib": Column(low=0, high=10, missing=0.3),
    },
    "labels": {
        "flight_id": Column(low=1),
        "arr_delay": Column(low=-300, high=3_000),
    },
}
_KEYS = {"flights": ["flight_id"], "weather": ["origin", "date", "hour"], "labels": ["flight_id"]}
_ROUTES = {("EWR", "BOS"): 200, ("JFK", "LAX"): 2_475, ("LGA", "ORD"): 733}
"""잘 아는 노선의 거리(마일). 단위를 확인하는 데 씁니다."""

_MIN_LABELLED = 0.5
"""정답이 있는 항공편의 비율이 이보다 낮으면 받지 않습니다. 실제로는 94 % 아래로 내려간 달이 없습니다."""


def read(content: bytes, kind: str) -> tuple[pd.DataFrame | None, list[str]]:
    """csv.gz의 바이트를 표로 읽습니다. 읽을 수 없으면 표 대신 까닭을 돌려줍니다."""
    if not content:
        return None, ["빈 파일(0바이트)입니다. 보내다 끊겼을 수 있으니 다시 받아 주십시오."]
    if len(content) > LIMIT:
        return None, [f"파일이 {show(LIMIT)}를 넘습니다. 한 달의 배치가 맞는지 보아 주십시오."]
    try:
        with gzip.open(io.BytesIO(content)) as file:
            check_csv(file.read, LIMIT)
        raw = gzip.decompress(content)
    except TooLarge as error:
        return None, [f"{error}. 한 달의 배치가 맞는지 보아 주십시오."]
    except (OSError, EOFError, zlib.error):
        return None, ["gzip 압축이 깨졌거나 중간에 잘렸습니다. 파일 전체를 다시 받아 주십시오."]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        guess = " CP949로 저장한 것 같습니다." if _decodes(raw, "cp949") else ""
        return None, [f"UTF-8이 아닙니다({error.start}번째 바이트).{guess} UTF-8로 다시 저장해 주십시오."]
    try:
        table = pd.read_csv(
            io.StringIO(text), dtype_backend="numpy_nullable", keep_default_na=False, na_values=["", "NA"]
        )
    except pd.errors.EmptyDataError:
        return None, ["압축을 풀면 아무것도 없습니다. 열 이름이 적힌 CSV여야 합니다."]
    except pd.errors.ParserError as error:
        return None, [f"CSV로 읽을 수 없습니다({error}). 줄마다 열의 수가 같아야 합니다."]
    missing = [name for name in _SCHEMAS[kind] if name not in table.columns]
    if missing:
        there = ", ".join(str(name)[:40] for name in table.columns[:20])
        rest = f" 등 {len(table.columns):,}개" if len(table.columns) > 20 else ""
        return None, [f"열이 없습니다: {', '.join(missing)}. 있는 열은 {there}{rest}입니다."]
    if table.empty:
        return None, ["열 이름만 있고 행이 없습니다. 한 달 치 행이 있어야 합니다."]
    return table[list(_SCHEMAS[kind])], []


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def check(table: pd.DataFrame, kind: str, month: str) -> list[str]:
    """`kind`의 약속에 어긋나는 것을 모두 찾아 한 줄에 하나씩 돌려줍니다. 빈 목록이면 통과입니다."""
    findings = [
        finding for name, column in _SCHEMAS[kind].items() for finding in _check_column(table[name], column)
    ]
    if findings:  # 값이 믿을 만하지 않으면 그 값으로 하는 아래의 검사는 뜻이 없습니다.
        return findings
    repeated = int(table.duplicated(_KEYS[kind]).sum())
    if repeated:
        findings.append(
            f"{', '.join(_KEYS[kind])}이(가) 겹치는 행이 {repeated:,}개 있습니다. 한 번씩만 있어야 합니다."
        )
    if "date" in table:
        strange = table.loc[~table["date"].str.fullmatch(rf"{month}-\d{{2}}"), "date"]
        if len(strange):
            findings.append(
                f"date에 {month}이 아닌 값이 {len(strange):,}개 있습니다(예: {strange.iloc[0][:40]})."
            )
    if kind == "flights":
        findings += _check_clock(table) + _check_distance(table)
    if kind == "weather":
        findings += _check_temperature(table)
    return findings


def check_labels(labels: pd.DataFrame, flights: pd.DataFrame) -> list[str]:
    """정답의 항공편이 그 달의 항공편인지, 충분히 왔는지 봅니다."""
    unknown = int((~labels["flight_id"].isin(flights["flight_id"])).sum())
    if unknown:
        return [
            f"그 달의 항공편에 없는 flight_id가 {unknown:,}개 있습니다. 다른 달의 정답이 아닌지 보아 주십시오."
        ]
    share = len(labels) / len(flights)
    if share < _MIN_LABELLED:
        return [
            f"정답이 항공편의 {share:.0%}에만 있습니다. {_MIN_LABELLED:.0%} 이상이어야 합니다. 나머지가 올 때까지 기다려 주십시오."
        ]
    return []


def _check_column(values: pd.Series, column: Column) -> list[str]:
    name = values.name
    share = float(values.isna().mean())
    if share > column.missing:
        allowed = f"{column.missing:.0%}까지만 받습니다" if column.missing else "하나도 비어 있으면 안 됩니다"
        return [f"{name}의 {share:.0%}가 비어 있습니다. {allowed}."]
    if not column.number:
        if not pd.api.types.is_string_dtype(values):
            return [f"{name}이(가) 글자가 아닙니다(예: {str(values.dropna().iloc[0])[:40]!r})."]
        return []
    if not pd.api.types.is_numeric_dtype(values):
        if values.isna().all():
            return []
        strange = values[pd.to_numeric(values, errors="coerce").isna() & values.notna()]
        return [f"{name}에 숫자가 아닌 값이 있습니다(예: {str(strange.iloc[0])[:40]!r})."]
    outside = values[(values < column.low) | (values > column.high)]
    if len(outside):
        return [
            f"{name}에 {column.low:g}~{column.high:g}을 벗어난 값이 {len(outside):,}개 있습니다"
            f"(예: {outside.iloc[0]:g}). 단위를 확인해 주십시오."
        ]
    return []


def _check_clock(flights: pd.DataFrame) -> list[str]:
    return [
        f"{name}에 분이 60 이상인 시각이 {wrong:,}개 있습니다. 517은 5시 17분이라는 hhmm이어야 하는데, "
        "자정부터 센 분으로 적은 것 같습니다."
        for name in ("sched_dep_time", "sched_arr_time")
        if (wrong := int((flights[name] % 100 >= 60).sum()))
    ]


def _check_distance(flights: pd.DataFrame) -> list[str]:
    for (origin, dest), miles in _ROUTES.items():
        seen = flights.loc[(flights["origin"] == origin) & (flights["dest"] == dest), "distance"]
        if len(seen) and abs(float(seen.median()) / miles - 1) > 0.05:
            guess = (
                " 킬로미터로 적은 것 같습니다."
                if abs(float(seen.median()) / miles / 1.609 - 1) < 0.05
                else ""
            )
            return [f"{origin}에서 {dest}까지가 {seen.median():g}입니다. {miles}마일이어야 합니다.{guess}"]
    return []


def _check_temperature(weather: pd.DataFrame) -> list[str]:
    known = weather[["temp", "dewp", "humid"]].dropna().astype(float)
    fahrenheit = (known - 32) / 1.8
    error_f = (_humidity(fahrenheit["temp"], fahrenheit["dewp"]) - known["humid"]).abs().median()
    if error_f <= 3:
        return []
    error_c = (_humidity(known["temp"], known["dewp"]) - known["humid"]).abs().median()
    guess = "섭씨로 적은 것 같습니다." if error_c <= 3 else "temp와 dewp의 단위가 서로 다른 것 같습니다."
    return [
        f"화씨로 읽은 temp와 dewp에서 셈한 습도가 humid와 {error_f:.0f} %p 어긋납니다. {guess} 화씨여야 합니다."
    ]


def _humidity(temp: pd.Series, dewp: pd.Series) -> pd.Series:
    """섭씨 기온과 이슬점에서 상대습도(%)를 셈합니다. Magnus 식(Alduchov와 Eskridge, 1996)입니다."""
    return 100 * np.exp(17.625 * dewp / (243.04 + dewp) - 17.625 * temp / (243.04 + temp))
