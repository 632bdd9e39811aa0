"""04의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

import numpy as np

_BY_PSI = {"A": "drift", "B": "stable", "C": "stable", "D": "stable"}
_BY_P = {"A": "stable", "B": "drift", "C": "drift", "D": "drift"}

WRONG = {
    "04-1": [
        (2000, "하나 적은"),
        (900, "둘 다 더했는지"),
        (180, "평균은 0.1000"),
        (0.18, "무엇을 세었는지"),
        ("1800행", "수 하나"),
        (1797, "확인합니다"),
    ],
    "04-2": [
        (0.0, "십분위"),
        (0.0998, "구간 하나만"),
        (0.0042, "구간 하나만"),
        (-0.104, "음수"),
        (0.0452, "자연로그"),
        (0.1789, "더해서 1"),
        (7.5, "비율로"),
        (np.array([0.004, 0.0998]), "수 하나"),
    ],
    "04-3": [
        (_BY_PSI, "A, C, D가 다릅니다"),
        (_BY_P, "행이 몇인지"),
        ({"A": "undecided", "B": "drift", "C": "drift", "D": "undecided"}, "행이 많아서"),
        ({"A": "undecided", "B": "stable", "C": "stable", "D": "undecided"}, "PSI 말고"),
        ({"A": "undecided", "B": "stable", "C": "drift", "D": "drift"}, "표에 적힌 값"),
        ({"A": "보류", "B": "stable", "C": "drift", "D": "drift"}, "가운데 하나"),
        (["undecided", "stable", "drift", "undecided"], "사전"),
    ],
}
