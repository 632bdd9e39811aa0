"""태스크와 Dag 실행의 상태를 Airflow의 한국어 화면과 같은 말로 부르고, 색이 보이지 않아도 구별되게 그립니다."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mlops_lab.airflow.states import label


@dataclass(frozen=True)
class Look:
    """상태 하나의 겉모습.

    Attributes:
        name: Airflow의 한국어 화면(`states`)과 같은 말
        mark: 색 대신 구별하는 표식
        fill: 바탕색
        edge: 테두리색
    """

    name: str
    mark: str
    fill: str
    edge: str


_DRAWN = {
    "success": ("✓", "#D9F2EA", "#009E73"),
    "failed": ("✗", "#FBDCC8", "#D55E00"),
    "upstream_failed": ("!", "#FCEBC9", "#B87700"),
    "skipped": ("»", "#F8E6F0", "#B0578A"),
    "running": ("▶", "#DDF0FB", "#2B8CC4"),
    "queued": ("…", "#ECECEC", "#6E6E6E"),
    "scheduled": ("○", "#F4F1EA", "#8A7B5C"),
    "deferred": ("◷", "#D6E6F2", "#0072B2"),
    "up_for_retry": ("↻", "#FCEBC9", "#B87700"),
    "up_for_reschedule": ("◔", "#DDF0FB", "#2B8CC4"),
    "awaiting_input": ("?", "#D6E6F2", "#0072B2"),
    "restarting": ("↷", "#ECECEC", "#6E6E6E"),
    "removed": ("–", "#ECECEC", "#6E6E6E"),
    "none": ("", "#FFFFFF", "#6E6E6E"),
}

LOOKS = {state: Look(label(state), *drawn) for state, drawn in _DRAWN.items()}
"""Airflow의 상태 이름마다 하나."""

_WORST_FIRST = [
    "failed",
    "upstream_failed",
    "up_for_retry",
    "restarting",
    "running",
    "awaiting_input",
    "deferred",
    "up_for_reschedule",
    "queued",
    "scheduled",
    "none",
    "removed",
    "skipped",
    "success",
]


def look(state: str | None) -> Look:
    """상태의 겉모습. 모르는 상태는 Airflow의 이름 그대로 부릅니다."""
    return LOOKS.get(state or "none") or Look(str(state), "", "#FFFFFF", "#6E6E6E")


def together(states: Iterable[str | None]) -> str:
    """매핑된 태스크의 여러 상태를 하나로 나타냅니다. 하나라도 실패했으면 실패입니다."""
    present = {state or "none" for state in states}
    return next((state for state in _WORST_FIRST if state in present), next(iter(present), "none"))


def count(states: Iterable[str | None]) -> str:
    """`성공 2, 실패 1`처럼 셉니다."""
    return ", ".join(
        f"{look(state).name} {n}" for state, n in sorted(Counter(s or "none" for s in states).items())
    )
