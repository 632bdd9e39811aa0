"""한 달의 실행이 남긴 것: 보고서 노트북이 넘긴 결과를 읽습니다."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DECISIONS = {"promote": "바꿈", "keep": "그대로", "no_candidate": "후보 없음"}
"""챔피언을 어떻게 했는지를 부르는 말."""


@dataclass(frozen=True)
class Score:
    """한 모델의 성적입니다. auc는 클수록, brier는 작을수록 좋습니다."""

    auc: float
    brier: float


@dataclass(frozen=True)
class MonthRow:
    """한 달의 실행이 남긴 것입니다. 실행되지 않은 단계의 값은 None입니다.

    Attributes:
        rows: 정답이 온 항공편의 수
        late_rate: 15분 넘게 늦게 도착한 비율(0~1)
        drift: 특징의 판정(drift, stable, undecided)
        declined: 성능이 기준보다 떨어졌는지
        decision: promote, keep, no_candidate(`DECISIONS`)
        seconds: DAG 실행의 시작부터 끝까지(초)
    """

    month: str
    state: str
    rows: int | None
    late_rate: float | None
    drift: str | None
    declined: bool | None
    champion: Score | None
    challenger: Score | None
    decision: str | None
    seconds: float


def read_month(month: str, state: str, reported: dict[str, Any], seconds: float) -> MonthRow:
    """보고서의 결과에서 표의 한 줄을 만듭니다. 챌린저가 없던 달의 챌린저는 None입니다."""
    return MonthRow(
        month=month,
        state=state,
        rows=reported.get("rows"),
        late_rate=reported.get("late_rate"),
        drift=reported.get("drift"),
        declined=reported.get("declined"),
        champion=_read_score(reported.get("champion")),
        challenger=_read_score(reported.get("challenger")),
        decision=reported.get("decision"),
        seconds=round(seconds, 1),
    )


def _read_score(value: dict[str, float | None] | None) -> Score | None:
    if not value or value["auc"] is None or value["brier"] is None:
        return None
    return Score(value["auc"], value["brier"])
