"""예측이 얼마나 맞았는지 잽니다."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score


@dataclass(frozen=True)
class Scores:
    """한 달의 성적.

    Attributes:
        n: 정답이 있는 항공편의 수.
        late_rate: 실제 지연율.
        predicted_rate: 예측한 확률의 평균.
        brier: 확률과 정답의 차이를 제곱한 평균(Brier 점수). 낮을수록 좋습니다.
        auc: ROC 곡선 아래 넓이. 높을수록 좋고, 0.5면 찍는 것과 같습니다.
    """

    n: int
    late_rate: float
    predicted_rate: float
    brier: float
    auc: float

    def to_dict(self) -> dict[str, Any]:
        """소수점 여섯째 자리까지 반올림한 사전."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def evaluate(late: Any, probability: Any) -> Scores:
    """정답(0 또는 1)과 확률을 견줍니다. 둘 다 모양은 `(n,)`입니다."""
    late, probability = np.asarray(late), np.asarray(probability)
    return Scores(
        n=len(late),
        late_rate=float(late.mean()),
        predicted_rate=float(probability.mean()),
        brier=float(brier_score_loss(late, probability)),
        auc=float(roc_auc_score(late, probability)),
    )
