"""03의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

import pandas as pd

WRONG = {
    "03-1": [
        (15, "15곳"),
        (0, "부호"),
        (True, "수 하나"),
        (pd.Series([True] * 16), "수 하나"),
        (0.132, "참의 수를 셉니다"),
        (160, "무엇을 세었는지"),
    ],
    "03-2": [
        ({"A": "covariate", "B": "covariate", "C": "concept"}, "A가 다릅니다"),
        ({"A": "concept", "B": "prior", "C": "concept"}, "B가 다릅니다"),
        ({"A": "concept", "B": "covariate", "C": "prior"}, "C가 다릅니다"),
        ({"A": "개념", "B": "covariate", "C": "concept"}, "가운데 하나"),
        (["concept", "covariate", "concept"], "사전"),
    ],
    "03-3": [("sudden", "뛰고"), ("incremental", "그 뒤는"), ("gradual", "섞여"), ("계절", "가운데 하나")],
}
