"""02의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from mlops_lab.lesson.exercises.lesson_02 import CELLS

_TWICE_CONVERTED = [CELLS[0], 'kilo = table["wind_speed"] * 1.609344', *CELLS[2:]]
_HARD_CODED = ["", "", "", "answer = 214"]

WRONG = {
    "02-1": [
        (0.586, "멀쩡한 화씨"),
        (0.549, "제때 온 비율"),
        (0.345, "`broken >= 0.5`"),
        (45.1, "퍼센트"),
        (5979, "퍼센트"),
    ],
    "02-2": [
        (list(CELLS), "번 순서로 누르면"),
        (_TWICE_CONVERTED, "차례로 눌렀을 때"),
        ([*CELLS[:3], "answer = len(tabel)"], "NameError"),
        (_HARD_CODED, "수를 적어 넣지 말고"),
        ("\n".join(CELLS), "셀 하나를 글 하나로"),
    ],
    "02-3": [
        (True, "괄호 없이"),
        (lambda weather: True, "시속 킬로미터(km/h)로 바꾼 2013-01에 True"),
        (lambda weather: weather["wind_speed"].max() < 50, "초속 미터"),
        (lambda weather: weather["wind_speed"].mean() < 13.4, "초속 미터"),
        (lambda weather: weather["wind_speed"].between(0, 12).all(), "진짜 날씨에 False"),
        (lambda weather: weather["speed"].mean() < 13, "KeyError"),
        (lambda weather: weather["wind_speed"] < 13, "True나 False 하나가 아닙니다"),
    ],
}
