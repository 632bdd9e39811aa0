"""Airflow의 구성 요소와, 누가 누구와 이야기하는지."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from mlops_lab.lesson.pictures._canvas import (
    INK,
    LINE,
    NAME,
    SMALL,
    SOFT,
    TINY,
    Drawing,
    blank,
    draw_arrow,
    draw_box,
    draw_lines,
)
from mlops_lab.lesson.pictures._layout import Point
from mlops_lab.lesson.states import Look
from mlops_lab.stack import HEALTH as HEALTH_LABELS

HEALTH = {
    "healthy": Look(HEALTH_LABELS["healthy"], "✓", "#D9F2EA", "#009E73"),
    "unhealthy": Look(HEALTH_LABELS["unhealthy"], "!", "#FCEBC9", "#B87700"),
    "absent": Look(HEALTH_LABELS["absent"], "✗", "#FBDCC8", "#D55E00"),
}
"""구성 요소의 상태의 겉모습."""

COMPONENTS = {
    "scheduler": "스케줄러",
    "api-server": "API 서버",
    "dag-processor": "Dag 프로세서",
    "triggerer": "트리거러",
    "database": "메타데이터베이스",
}
"""구성 요소의 한국어 이름."""

_OUTSIDE = Look("", "", "#FFFFFF", "#7A7A7A")
_SPOTS: dict[str, tuple[float, float, str]] = {
    "browser": (76, 228, "브라우저"),
    "folder": (76, 40, "DAG 폴더"),
    "api-server": (271, 228, "API 서버"),
    "dag-processor": (271, 40, "Dag 프로세서"),
    "database": (466, 134, "메타데이터베이스"),
    "scheduler": (661, 40, "스케줄러"),
    "triggerer": (661, 134, "트리거러"),
    "workers": (661, 228, "태스크 프로세스"),
}
_NOTES = {
    "browser": "사람이 봅니다",
    "folder": "파이썬 파일",
    "workers": "실행기가 띄웁니다",
}


def draw_components(health: Mapping[str, str], executor: str = "LocalExecutor") -> Drawing:
    """구성 요소와, 누가 누구와 이야기하는지.

    Args:
        health: {"scheduler" 등: healthy, unhealthy, absent}
        executor: 실행기의 이름(예: LocalExecutor)
    """
    figure, axes = blank(762, 268)
    width, height = 128.0, 54.0

    def side(name: str, dx: float, dy: float = 0.0) -> Point:
        x, y, _ = _SPOTS[name]
        return x + dx * width / 2, y + dy * height / 2

    both = {"arrowstyle": "<|-|>"}
    talks: list[tuple[list[Point], str, Point, dict[str, Any]]] = [
        ([side("browser", 1), side("api-server", -1)], "화면, REST", (173.5, 238), both),
        ([side("folder", 1), side("dag-processor", -1)], "읽음", (173.5, 50), {}),
        ([side("dag-processor", 1), side("database", -1, -0.4)], "DAG를 적음", (368.5, 70), {}),
        ([side("api-server", 1, -0.3), side("database", -1, 0.4)], "읽고 적음", (368.5, 198), both),
        ([side("scheduler", -1), side("database", 1, -0.4)], "읽고 적음", (563.5, 70), both),
        ([side("triggerer", -1), side("database", 1)], "읽고 적음", (563.5, 144), both),
        ([side("workers", -1, 0.3), side("api-server", 1, 0.3)], "상태, XCom(실행 API)", (466, 246), both),
    ]
    for points, text, (x, y), style in talks:
        draw_arrow(axes, points, **style)
        axes.text(x, y, text, size=8, color=SOFT, ha="center", va="center", zorder=6,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip
    # 스케줄러 안의 실행기가 태스크 프로세스를 띄웁니다. 트리거러를 비켜 오른쪽으로 돕니다.
    right, low, high = 661 + width / 2, 40, 228
    axes.add_patch(
        FancyArrowPatch(
            path=Path([(right, low), (right + 20, low), (right + 20, high), (right, high)],
                      [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO]),
            arrowstyle="-|>", mutation_scale=9, color=LINE, linewidth=1.2, shrinkA=0, shrinkB=0, zorder=2,
        )
    )  # fmt: skip
    for name, (x, y, label) in _SPOTS.items():
        state = health.get(name)
        shown = HEALTH[state] if state else _OUTSIDE
        dashed = {} if state else {"linestyle": (0, (4, 2))}
        draw_box(axes, x, y, width, height, facecolor=shown.fill, edgecolor=shown.edge, zorder=4, **dashed)
        rows = [(label, NAME + 0.5, INK)]
        if name == "scheduler":
            rows.append((f"실행기: {executor}", TINY, SOFT))
        rows.append((f"{shown.mark} {shown.name}" if state else _NOTES[name], SMALL, INK if state else SOFT))
        draw_lines(axes, x, y, rows)
    said = ", ".join(
        f"{COMPONENTS[name]} {HEALTH[state].name}" for name, state in health.items() if name in COMPONENTS
    )
    alt = (
        f"Airflow의 구성 요소. {said}. "
        "브라우저는 API 서버와, Dag 프로세서는 DAG 폴더와 이야기합니다. "
        "API 서버, Dag 프로세서, 스케줄러, 트리거러는 메타데이터베이스를 읽고 적습니다. "
        f"스케줄러 안의 실행기({executor})가 태스크 프로세스를 띄우고, 태스크 프로세스는 API 서버에 상태와 XCom을 알립니다."
    )
    return figure, alt
