"""05. 드리프트와 성능 ③의 연습문제.

답을 셈하려면 모델을 열 개 넘게 학습해야 하므로 적어 둡니다. 풀어 둔 노트북이 자료에서 셈한 답으로 이 검사를 지납니다.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlops_lab import flights
from mlops_lab.lesson.checking import Wrong, exercise, number, short

_LOST = {"2013-10"}
_LOST_TO_THE_OWN_RATE = {"2013-09", "2013-10"}
_FEW_DAYS = 3
_DAYS = 30
_EXAMS = ("2013-05", "2013-07", "2013-09", "2013-11")
_PROMOTIONS = {"2013-07"}


def _months(value: Any, allowed: Iterable[str]) -> set[str]:
    """답이 달의 모음인지 보고 집합으로 돌려줍니다."""
    known = set(allowed)
    try:
        if isinstance(value, str | dict):
            raise TypeError
        seen = {str(month) for month in value}
    except TypeError:
        hint = '달이 하나여도 대괄호로 감쌉니다. 예: `["2013-03"]`'
        raise Wrong(saw=short(value), expected="달의 이름이 든 목록", hint=hint) from None
    if strange := sorted(seen - known):
        raise Wrong(
            saw=f"{', '.join(strange)[:80]}이(가) 들어 있습니다",
            expected=f"{min(known)}부터 {max(known)}까지, 문제가 말한 달의 이름",
            hint='"2013-03"처럼 네 자리 연도와 두 자리 달로 적습니다.',
        )
    return seen


def _shown(months: set[str]) -> str:
    return ", ".join(sorted(months)) or "빈 목록"


@exercise("05-1")
def lost_to_a_constant(value: Any) -> str:
    """모델이 상수 예측에게 진 달."""
    seen = _months(value, flights.MONITORED)
    if seen == _LOST:
        return "한 달뿐입니다. 그 달에는 날씨와 시각을 모두 보고도, 눈을 감고 한 수만 말하느니만 못했습니다."
    if seen == _LOST_TO_THE_OWN_RATE:
        hint = "그 달의 지연율은 그 달이 끝나야 압니다. 상수는 1월과 2월의 지연율 하나입니다."
    elif seen == set(flights.MONITORED) - _LOST:
        hint = "부등호의 방향을 봅니다. Brier는 낮을수록 좋습니다."
    elif not seen:
        hint = "상수 예측의 Brier는 `((상수 - 정답) ** 2).mean()`입니다. 달마다 셈해 `scores[달].brier`와 견줍니다."
    else:
        hint = "달마다 두 Brier를 나란히 적어 봅니다. AUC나 어긋남이 아니라 Brier로 견줍니다."
    raise Wrong(saw=_shown(seen), expected="모델의 Brier가 상수 예측의 Brier보다 큰 달의 목록", hint=hint)


@exercise("05-2")
def days_that_decide(value: Any) -> str:
    """빼면 승부가 뒤집히는 날의 수."""
    seen = number(value, "빼는 날의 수", low=0, high=_DAYS)
    if seen == _FEW_DAYS:
        return "사흘입니다. 한 달의 승부가 그 사흘에 달려 있었습니다."
    if seen != int(seen):
        hint = "날의 수이므로 정수입니다."
    elif seen < _FEW_DAYS:
        hint = "그만큼 빼고 남은 날의 평균을 찍어 봅니다. 아직 0보다 큽니다."
    elif seen in (12, 18):
        hint = "나빠진 날이나 나아진 날을 센 수입니다. 가장 나쁜 날부터 하나씩 빼며 평균을 봅니다."
    else:
        hint = "더 적게 빼도 뒤집힙니다. 큰 값부터 늘어놓았는지(`sort_values(ascending=False)`) 봅니다."
    raise Wrong(saw=f"{seen:g}일", expected="남은 날의 평균이 0보다 작아지는 가장 적은 수", hint=hint)


@exercise("05-3")
def promotions_that_hold(value: Any) -> str:
    """T 값으로 겨룰 때 챔피언이 바뀐 달."""
    seen = _months(value, _EXAMS)
    if seen == _PROMOTIONS:
        return "한 번만 바뀌었습니다. 여름을 배운 모델만이 흔들림을 넘어 이겼습니다."
    if seen == set(_EXAMS):
        hint = "평균만 보았습니다. 평균을 표준 오차로 나눈 값이 -2보다 작아야 합니다."
    elif seen == {"2013-07", "2013-09"}:
        hint = "챔피언이 바뀌면 다음 달의 상대도 바뀝니다. 반복문 안에서 `champion`을 새로 적었는지 봅니다."
    elif not seen:
        hint = "`by_day`에 넣는 차례를 봅니다. 챔피언이 먼저이고, 챌린저가 나으면 차이가 음수입니다."
    else:
        hint = "달마다 `champion`, `challenger`, t 값을 찍어 봅니다. 첫 챔피언은 `tuple(flights.BOOTSTRAP)`입니다."
    raise Wrong(saw=_shown(seen), expected="t 값이 -2보다 작아 챔피언이 바뀐 달의 목록", hint=hint)
