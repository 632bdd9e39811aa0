"""글의 열이 정말 범주인지 봅니다. 수나 날짜나 식별자를 범주로 세면, 변한 것을 보지 못하면서 우연이라고 말하게 됩니다."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Literal

ProblemKind = Literal["mixed", "text", "identifier"]
"""견줄 수 없게 하는 것: 종류가 섞였거나, 수나 날짜를 글로 적었거나, 행마다 새로운 식별자입니다."""

FORMS = "2013-03-01, 2013-03-01T05:00, 2013-03-01 05:00:00+09:00"
"""읽는 날짜의 꼴."""

MANY = 100
"""행이 이보다 적으면 값이 모두 달라도 식별자라고 하지 않습니다."""

_PICKED = 400
_MOST = 0.9
_MIN_NUMBERS = 20
_YEAR = r"(1[5-9]|2\d|99)\d\d"
_DATE = re.compile(
    rf"({_YEAR}[-/. ]\s?\d?\d([-/. ]\s?\d?\d\.?)?|\d?\d[-/. ]\d?\d[-/. ]{_YEAR}|\d?\d/\d?\d/\d\d|0000-00-00|"
    rf"{_YEAR}년.*|\d?\d[- ][A-Za-z]{{3,9}}[- ]{_YEAR}|[A-Za-z]{{3,9}} \d?\d,? {_YEAR})([T ].*)?"
)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MONEY = "[₩$€£¥원]|KRW|USD|EUR|JPY"
_NUMBER = re.compile(rf"\(?[+-]?\s?({_MONEY})?\s?[+-]?\d[\d.,'\s]*\s?(%|{_MONEY})?\)?")
_LIST = re.compile(r"[\[({].*[\])}]", re.DOTALL)


def find_problem(texts: Sequence[str]) -> tuple[ProblemKind, str] | None:
    """글을 보고, 범주로 셀 수 없으면 그 종류와 무엇을 보았는지 적은 문장을 돌려줍니다.

    Args:
        texts: 결측을 뺀 값.
    """
    picked = [text.strip() for text in texts[:: max(1, len(texts) // _PICKED)]]
    if _share(_DATE, picked) >= _MOST:
        odd = next((text for text in texts if not _is_iso(text)), "")
        seen = (
            f"{odd!r:.40}을(를) 날짜로 읽을 수 없습니다"
            if odd
            else f"날짜를 글로 적었습니다(예: {picked[0]!r:.40})"
        )
        return "text", f"{seen}. 읽는 꼴은 {FORMS}입니다. 그 꼴로 바꾸어 주십시오"
    plain, numbers = _share(_PLAIN, picked), _share(_NUMBER, picked)
    if max(plain, numbers) >= _MOST and len(set(picked)) > min(_MIN_NUMBERS, len(texts) // 2):
        return _about_numbers(texts)
    if len(texts) < MANY or len(set(picked)) < _MOST * len(picked) or len(set(texts)) < _MOST * len(texts):
        return None
    if _share(_LIST, picked) >= _MOST:
        advice = "칸마다 목록이 들어 있습니다. 길이나 성분처럼 견줄 것을 수의 열로 꺼내 주십시오"
    else:
        advice = "식별자나 자유로운 글이면 빼 주시고, 아니면 견줄 수 있는 범주로 묶어 주십시오"
    return "identifier", f"거의 모든 행의 값이 서로 다릅니다(예: {texts[0]!r:.40}). {advice}"


def _about_numbers(texts: Sequence[str]) -> tuple[ProblemKind, str] | None:
    words = [
        text for text in texts if not _NUMBER.fullmatch(text.strip()) and not _PLAIN.fullmatch(text.strip())
    ]
    marked = next(_marks(texts), None)
    if marked:
        what, example = marked
        return "text", f"{what} 수를 글로 적었습니다(예: {example!r:.40}). 1234.5처럼 수만 남겨 주십시오"
    if words:
        number = next(text for text in texts if _PLAIN.fullmatch(text.strip()))
        return "mixed", (
            f"수 {number!r:.40}과(와) 글 {words[0]!r:.40}이(가) 섞여 있습니다(글 {len(words):,}개). 결측이면 빈칸으로 두어 주십시오"
        )
    if any(len(text.strip()) > 15 for text in texts[:: max(1, len(texts) // _PICKED)]):
        return "identifier", big_numbers(texts[0])
    return None


def big_numbers(example: object) -> str:
    """2의 53제곱보다 큰 정수가 있을 때의 문장."""
    return (
        f"2^53보다 큰 정수라 서로 다른 값을 구별할 수 없습니다(예: {example!s:.40}). "
        "식별자이면 빼 주시고, 양이면 단위를 키워 주십시오"
    )


def _marks(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        bare = text.strip()
        if _PLAIN.fullmatch(bare) or not _NUMBER.fullmatch(bare):
            continue
        if "%" in bare:
            yield "퍼센트 기호를 붙인", text
        elif re.search(_MONEY, bare):
            yield "통화 기호를 붙인", text
        elif re.fullmatch(r"[(+-]*\d{1,3}([,.'\s]\d{3})+([.,]\d+)?\)?", bare):
            yield "천 단위를 나눈", text
        elif re.fullmatch(r"[(+-]*\d+,\d+\)?", bare):
            yield "소수점을 쉼표로 쓴", text
        else:
            yield "다른 글자가 낀", text


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / max(len(texts), 1)


def _is_iso(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.match(r"\d{4}-\d{2}-\d{2}", text))
