"""파이썬 값을 JSON이 나를 수 있는 값으로 바꾸거나, 바꿀 수 없으면 이유를 말합니다."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import PurePath
from typing import Any

_INTEGER_BITS = 10_000
"""파이썬은 4,300자리(약 14,000비트)를 넘는 정수를 글로 바꾸지 않습니다."""


def plain(value: Any, where: str) -> Any:
    """`value`를 None, bool, int, float, str, list, dict만으로 이루어진 값으로 바꿉니다.

    numpy 스칼라와 배열, Path, 날짜와 시각, 튜플은 바꿉니다. 그 밖의 것은 조용히 문자열로 만들지 않고 거절합니다.

    Args:
        value: 바꿀 값.
        where: 오류 문장에 쓸 이름. 예: "매개변수 'month'".

    Raises:
        ValueError: NaN, 무한대, 너무 깊은 중첩.
        TypeError: JSON에 자리가 없는 형식, 문자열이 아닌 사전 키.
    """
    return _plain(value, where, 0)


def _plain(value: Any, where: str, depth: int) -> Any:
    if depth > 50:
        raise ValueError(f"{where}의 중첩이 50단계를 넘습니다(자기 자신을 담고 있는지 확인하십시오).")
    # 부분 클래스(numpy.str_, IntEnum 등)도 순수한 내장형으로 만듭니다.
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > _INTEGER_BITS:
            raise ValueError(
                f"{where}에 {_INTEGER_BITS:,}비트를 넘는 정수가 있습니다. 글이나 float으로 바꾸십시오."
            )
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(
                f"{where}에 {value}가 있습니다. JSON에는 NaN과 무한대가 없으므로 None이나 유한한 수로 바꾸십시오."
            )
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, where, depth + 1) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(
                    f"{where}의 키 {key!r}는 {type(key).__name__}입니다. JSON의 키는 문자열이어야 합니다."
                )
        return {str(key): _plain(item, where, depth + 1) for key, item in value.items()}
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    # numpy를 읽지 않고 알아봅니다: 스칼라는 item(), 배열은 tolist().
    if type(value).__module__ == "numpy":
        if hasattr(value, "ndim") and value.ndim == 0 and hasattr(value, "item"):
            inner = value.item()
            if type(inner).__module__ != "numpy":
                return _plain(inner, where, depth + 1)
        elif hasattr(value, "tolist"):
            return _plain(value.tolist(), where, depth + 1)
    raise TypeError(
        f"{where}의 형식 {type(value).__name__}은(는) JSON으로 나를 수 없습니다. "
        "수, 문자열, 참거짓, None과 이들의 리스트나 사전으로 바꾸십시오(큰 자료는 파일로 쓰고 경로를 넘깁니다)."
    )
