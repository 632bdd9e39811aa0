"""달의 이름(`"2013-03"`)을 다룹니다."""

from __future__ import annotations

import re

from mlops_lab.flights.errors import BadMonth

MONTHS = [f"2013-{number:02d}" for number in range(1, 13)]
"""자료가 있는 달. 순서대로 열두 달입니다."""

BOOTSTRAP = MONTHS[:2]
"""첫 모델을 학습하는 달."""

MONITORED = MONTHS[2:]
"""파이프라인이 한 달씩 도는 달. 3월부터 12월까지입니다."""


def check_month(month: str) -> str:
    """`month`가 자료에 있는 달이면 그대로 돌려줍니다.

    Raises:
        BadMonth: 형식이 `YYYY-MM`이 아니거나, 2013-01부터 2013-12까지에 들지 않습니다.
    """
    if not isinstance(month, str) or not re.fullmatch(r"\d{4}-\d{2}", month):
        raise BadMonth(
            f"달 {month!r}을(를) 읽을 수 없습니다. '2013-03'처럼 네 자리 연도와 두 자리 월로 적어 주십시오."
        )
    if month not in MONTHS:
        raise BadMonth(f"{month}의 자료는 없습니다. {MONTHS[0]}부터 {MONTHS[-1]}까지에서 골라 주십시오.")
    return month


def months_before(month: str) -> list[str]:
    """`month`보다 앞선 모든 달. 오래된 달부터입니다."""
    return MONTHS[: MONTHS.index(check_month(month))]


def read_months(text: str) -> list[str]:
    """`2013-03..2013-05` 또는 `2013-03`을 파이프라인이 도는 달의 목록으로 바꿉니다.

    Raises:
        BadMonth: 달을 읽을 수 없거나, 파이프라인이 돌지 않는 달이거나, 순서가 뒤바뀌었습니다.
    """
    first, to, last = text.partition("..")
    ends = [check_month(first), check_month(last if to else first)]
    if wrong := [month for month in ends if month not in MONITORED]:
        raise BadMonth(
            f"{', '.join(wrong)}은(는) 첫 모델을 학습하는 달입니다. "
            f"{MONITORED[0]}부터 {MONITORED[-1]}까지에서 골라 주십시오."
        )
    months = MONITORED[MONITORED.index(ends[0]) : MONITORED.index(ends[1]) + 1]
    if not months:
        raise BadMonth(
            f"{text}은(는) 끝나는 달이 시작하는 달보다 빠릅니다. {ends[1]}..{ends[0]}처럼 적어 주십시오."
        )
    return months
