"""01의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from mlops_lab.flights.model import make_model

_MAY = {"month": "2013-05", "champion": {"through": "2013-03"}, "scores": {"auc": 0.72}}

WRONG = {
    "01-1": [
        (28, "먼저 100편을 고르고"),
        (0.57, "비율이 아니라"),
        (12, "줄 세워"),
        (4000, "무엇을 세었는지"),
        ("57편", "수 하나"),
    ],
    "01-2": [
        (0.72, "performance"),
        ({"month": "2013-05", "predicted_rate": 0.2, "rows": 1}, "예측한 결과"),
        ({**_MAY, "month": "2013-04"}, "2013-04의 결과"),
        (_MAY, "5월의 예측이나 정답이 없습니다"),
    ],
    "01-3": [
        (1, "레지스트리에서 모델을 엽니다"),
        ("champion", "레지스트리에서 모델을 엽니다"),
        (make_model(), "되돌리는 결정을 적습니다"),
    ],
}
