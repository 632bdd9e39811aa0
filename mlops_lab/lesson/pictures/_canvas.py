"""그림의 재료: 빈 종이, 네모, 글, 화살표."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from mlops_lab.lesson.pictures._layout import Point
from mlops_lab.lesson.plotting import use_korean

Drawing = tuple[Figure, str]
"""그림과 대체 텍스트."""

INK, SOFT, LINE = "#1A1A1A", "#555555", "#7A7A7A"

NAME, SMALL, TINY = 10.0, 8.5, 7.5


def blank(width: float, height: float) -> tuple[Figure, Axes]:
    """1이 1포인트인 빈 종이."""
    use_korean()
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white", layout="none")  # type: ignore[arg-type]
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def measure_text() -> Callable[[str, float], float]:
    """글의 너비(포인트)를 재는 함수."""
    renderer = RendererAgg(1, 1, 72)
    return lambda text, size: float(
        renderer.get_text_width_height_descent(text, FontProperties(size=size), False)[0]
    )


def fold(name: str, limit: int) -> list[str]:
    """긴 이름을 밑줄 뒤에서 접습니다."""
    lines = [""]
    parts = name.split("_")
    for number, part in enumerate(parts):
        piece = part + ("_" if number < len(parts) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(part) > limit:
            lines.append("")
        lines[-1] += piece
    return lines


def draw_box(axes: Axes, x: float, y: float, width: float, height: float, **style: Any) -> None:
    style = {"boxstyle": "round,pad=0,rounding_size=5", "linewidth": 1.3, **style}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, **style))


def draw_lines(axes: Axes, x: float, y: float, lines: Sequence[tuple[str, float, str]]) -> None:
    """가운데를 맞춘 여러 줄. 한 줄은 (글, 크기, 색)입니다."""
    top = y + sum(size for _, size, _ in lines) * 0.68
    for text, size, colour in lines:
        axes.text(x, top - size * 0.68, text, size=size, color=colour, ha="center", va="center", zorder=5)
        top -= size * 1.36


def draw_arrow(axes: Axes, points: Sequence[Point], **style: Any) -> None:
    """점들을 지나며, 가로로 나가고 가로로 들어오는 부드러운 화살표."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        vertices += [(half, y0), (half, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    style = {"color": LINE, "linewidth": 1.2, "arrowstyle": "-|>", "mutation_scale": 9, **style}
    axes.add_patch(FancyArrowPatch(path=Path(vertices, codes), zorder=2, shrinkA=0, shrinkB=0, **style))
