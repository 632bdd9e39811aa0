"""실행과 태스크의 격자."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlops_lab.lesson.pictures._canvas import (
    INK,
    NAME,
    SMALL,
    SOFT,
    Drawing,
    blank,
    draw_box,
    measure_text,
)
from mlops_lab.lesson.plotting import use_korean
from mlops_lab.lesson.states import LOOKS, look


@dataclass(frozen=True)
class GridRun:
    """격자의 한 열: Dag 실행 하나. `states`는 태스크마다의 상태입니다."""

    label: str
    state: str | None
    states: Mapping[str, str | None]


def draw_grid(dag_id: str, columns: Sequence[GridRun], tasks: Sequence[str]) -> Drawing:
    """실행과 태스크의 표. 왼쪽이 오래된 실행입니다."""
    use_korean()
    measure = measure_text()
    rows = ["Dag 실행", *tasks]
    widest = max((measure(column.label, SMALL) for column in columns), default=0)
    turned = len(columns) > 7
    cell_width, row, gap = (30.0 if turned else max(widest + 12, 46.0)), 25.0, 8.0
    left = max(measure(name, NAME) for name in rows) + 22
    head = 34 + (widest * 0.75 + 16 if turned else 20)
    used = {state or "none" for column in columns for state in (column.state, *column.states.values())}
    legend = [each for state, each in LOOKS.items() if state in used]
    keys = [f"{each.mark} {each.name}".strip() for each in legend]
    keys_width = sum(measure(key, SMALL) + 34 for key in keys)
    width = max(left + cell_width * len(columns) + (widest * 0.75 if turned else 12), keys_width + 24, 260.0)
    height = head + row * len(rows) + gap + 36
    figure, axes = blank(width, height)
    axes.text(10, height - 15, f"{dag_id}의 실행", size=11.5, color=INK, va="center")
    for number, name in enumerate(rows):
        y = height - head - row * (number + 0.5) - (gap if number else 0)
        axes.text(left - 10, y, name, size=NAME, color=INK, ha="right", va="center")
        for index, column in enumerate(columns):
            x = left + cell_width * (index + 0.5)
            if number and name not in column.states:
                continue
            shown = look(column.states[name] if number else column.state)
            draw_box(
                axes, x, y, min(cell_width - 6, 46), row - 5, facecolor=shown.fill, edgecolor=shown.edge,
                linewidth=1.2 if number else 2.0,
            )  # fmt: skip
            axes.text(x, y, shown.mark, size=10.5, color=INK, ha="center", va="center")
    for index, column in enumerate(columns):
        x, y = left + cell_width * (index + 0.5), height - head + 5
        turn = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if turned else {"ha": "center"}
        axes.text(x, y, column.label, size=SMALL, color=SOFT, va="bottom", **turn)
    x = 14.0
    for each, key in zip(legend, keys, strict=True):
        draw_box(axes, x + 7, 14, 14, 12, facecolor=each.fill, edgecolor=each.edge, linewidth=1.2)
        axes.text(x + 19, 14, key, size=SMALL, color=INK, va="center")
        x += measure(key, SMALL) + 34
    said = [f"{dag_id}의 실행 {len(columns)}번."]
    for column in columns:
        each_task = (f"{name} {look(column.states[name]).name}" for name in tasks if name in column.states)
        said.append(f"{column.label} {look(column.state).name}: {', '.join(each_task)}.")
    return figure, " ".join(said)
