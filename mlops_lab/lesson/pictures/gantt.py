"""간트 차트."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mlops_lab.lesson.pictures._canvas import (
    INK,
    LINE,
    NAME,
    SMALL,
    Drawing,
    measure_text,
)
from mlops_lab.lesson.plotting import use_korean
from mlops_lab.lesson.states import LOOKS, look


@dataclass(frozen=True)
class Bar:
    """간트 차트의 막대. 실행이 시작된 때부터 잰 초입니다. `queued`는 대기열에 든 때이고, 없으면 None입니다."""

    label: str
    state: str | None
    queued: float | None
    start: float
    end: float


def draw_gantt(title: str, bars: Sequence[Bar]) -> Drawing:
    """태스크가 대기열에 있던 시간과 실행된 시간. 막대는 주어진 차례로 위에서 아래로 놓습니다."""
    use_korean()
    measure = measure_text()
    labels = [bar.label for bar in bars]
    names = list(dict.fromkeys(labels))
    left = max((measure(name, NAME) for name in names), default=0) + 22
    head, foot, row = 40.0, 44.0, 26.0
    width, height = 690.0, head + foot + row * max(len(names), 1)
    end = max((bar.end for bar in bars), default=1.0) or 1.0
    said = [
        f"{look(bar.state).mark} {look(bar.state).name}"
        + (f" {bar.end - bar.start:.1f}초" if bar.end > bar.start else "")
        for bar in bars
    ]
    room = max((measure(text, SMALL) for text in said), default=0) + 16
    scale = (width - left - 14 - room) / end  # 마지막 막대 뒤에도 글이 들어갈 자리
    use = {bar.state or "none" for bar in bars}

    figure = Figure(figsize=(width / 72, height / 72), facecolor="white", layout="none")  # type: ignore[arg-type]
    axes = figure.add_axes(
        (left / width, foot / height, (width - left - 14) / width, 1 - (head + foot) / height)
    )
    axes.set(xlim=(0, (width - left - 14) / scale), ylim=(max(len(names), 1) - 0.5, -0.5))
    last = {bar.label: number for number, bar in enumerate(bars)}
    for number, (bar, text) in enumerate(zip(bars, said, strict=True)):
        y, shown = names.index(bar.label), look(bar.state)
        if bar.queued is not None and bar.queued < bar.start:
            axes.barh(
                y, bar.start - bar.queued, left=bar.queued, height=0.34,
                color="#FFFFFF", edgecolor=LINE, hatch="/////", linewidth=0.8,
            )  # fmt: skip
        axes.barh(
            y, max(bar.end - bar.start, end * 0.003), left=bar.start, height=0.62,
            color=shown.fill, edgecolor=shown.edge, linewidth=1.4,
        )  # fmt: skip
        if last[bar.label] == number:
            axes.text(bar.end + 6 / scale, y, text, size=SMALL, va="center", color=INK)
    axes.set_yticks(range(len(names)), names, size=NAME)
    axes.set_xticks([moment for moment in axes.get_xticks() if moment <= axes.get_xlim()[1]])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.grid(False, axis="y")
    axes.set_xlabel("Dag 실행이 시작된 뒤 지난 시간(초)", size=SMALL)
    figure.text(10 / width, 1 - 16 / height, f"{title}의 간트 차트", size=11.5, va="center", color=INK)
    legend = [Patch(facecolor="#FFFFFF", edgecolor=LINE, hatch="/////", label="대기열에서 기다림")]
    legend += [
        Patch(facecolor=each.fill, edgecolor=each.edge, label=f"실행({each.mark} {each.name})")
        for state, each in LOOKS.items()
        if state in use
    ]
    figure.legend(
        handles=legend, loc="upper right", ncols=len(legend), frameon=False, fontsize=SMALL,
        bbox_to_anchor=(1 - 6 / width, 1 - 4 / height), handlelength=1.6, columnspacing=1.4,
    )  # fmt: skip
    final = {bar.label: look(bar.state).name for bar in bars}
    listed = ", ".join(f"{name} {final[name]}" for name in sorted(final))
    alt = (
        f"{title}의 간트 차트. 가로축은 시간이고, 태스크마다 대기열에서 기다린 시간과 실행된 시간이 막대로 있습니다. "
        f"태스크 {len(names)}개: {listed or '없음'}."
    )
    return figure, alt
