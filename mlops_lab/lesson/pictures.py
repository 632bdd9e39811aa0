"""Airflow를 그림으로: 그래프, 간트 차트, 격자, 구성 요소. 그림과 대체 텍스트를 함께 돌려줍니다.

자료만 받으므로 Airflow가 없어도 그릴 수 있습니다. 대체 텍스트에는 다시 실행해도 같은 것만 적습니다.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from mlops_lab.lesson._layout import Point, find_layers, group_of, place
from mlops_lab.lesson.plotting import use_korean
from mlops_lab.lesson.states import LOOKS, Look, count, look, together
from mlops_lab.stack import HEALTH as HEALTH_LABELS

Drawing = tuple[Figure, str]
"""그림과 대체 텍스트."""

Frame = tuple[float, float, float, float]
"""네모의 (왼쪽, 아래, 오른쪽, 위)."""

_INK, _SOFT, _LINE = "#1A1A1A", "#555555", "#7A7A7A"
_PLAIN = Look("", "", "#F3F8FC", "#0072B2")
_NAME, _SMALL, _TINY = 10.0, 8.5, 7.5
_DEEP = 6
"""이보다 층이 많으면 이름을 두 줄로 접고 오퍼레이터를 적지 않아, 노트북의 너비에 맞춥니다."""


@dataclass(frozen=True)
class Task:
    """그래프에 그릴 태스크. `trigger_rule`이 `all_success`이면 적지 않습니다."""

    task_id: str
    downstream: tuple[str, ...] = ()
    operator: str = ""
    trigger_rule: str = "all_success"
    is_mapped: bool = False

    @property
    def label(self) -> str:
        return self.task_id.rpartition(".")[2]


@dataclass(frozen=True)
class Bar:
    """간트 차트의 막대. 실행이 시작된 때부터 잰 초입니다. `queued`는 대기열에 든 때이고, 없으면 None입니다."""

    label: str
    state: str | None
    queued: float | None
    start: float
    end: float


@dataclass(frozen=True)
class Column:
    """격자의 한 열: Dag 실행 하나. `states`는 태스크마다의 상태입니다."""

    label: str
    state: str | None
    states: Mapping[str, str | None]


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """그래프의 층, 이름순으로 늘어놓습니다."""
    listed = list(tasks)
    layers = find_layers({task.task_id: task.downstream for task in listed})
    return sorted(listed, key=lambda task: (layers[task.task_id], task.task_id))


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """1이 1포인트인 빈 종이."""
    use_korean()
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white", layout="none")  # type: ignore[arg-type]
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def _measure() -> Callable[[str, float], float]:
    """글의 너비(포인트)를 재는 함수."""
    renderer = RendererAgg(1, 1, 72)
    return lambda text, size: float(
        renderer.get_text_width_height_descent(text, FontProperties(size=size), False)[0]
    )


def _fold(name: str, limit: int) -> list[str]:
    """긴 이름을 밑줄 뒤에서 접습니다."""
    lines = [""]
    parts = name.split("_")
    for number, part in enumerate(parts):
        piece = part + ("_" if number < len(parts) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(part) > limit:
            lines.append("")
        lines[-1] += piece
    return lines


def _box(axes: Axes, x: float, y: float, width: float, height: float, **style: Any) -> None:
    style = {"boxstyle": "round,pad=0,rounding_size=5", "linewidth": 1.3, **style}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, **style))


def _lines(axes: Axes, x: float, y: float, lines: Sequence[tuple[str, float, str]]) -> None:
    """가운데를 맞춘 여러 줄. 한 줄은 (글, 크기, 색)입니다."""
    top = y + sum(size for _, size, _ in lines) * 0.68
    for text, size, colour in lines:
        axes.text(x, top - size * 0.68, text, size=size, color=colour, ha="center", va="center", zorder=5)
        top -= size * 1.36


def _arrow(axes: Axes, points: Sequence[Point], **style: Any) -> None:
    """점들을 지나며, 가로로 나가고 가로로 들어오는 부드러운 화살표."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        vertices += [(half, y0), (half, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    style = {"color": _LINE, "linewidth": 1.2, "arrowstyle": "-|>", "mutation_scale": 9, **style}
    axes.add_patch(FancyArrowPatch(path=Path(vertices, codes), zorder=2, shrinkA=0, shrinkB=0, **style))


def draw_graph(
    dag_id: str, tasks: Sequence[Task], states: Mapping[str, Sequence[str | None]] | None = None
) -> Drawing:
    """DAG의 그래프. 왼쪽에서 오른쪽으로 읽습니다.

    states: 태스크마다의 상태. 매핑된 태스크는 여러 개입니다. 주면 상태에 따라 칠하고 말로도 적습니다
    """
    use_korean()
    measure = _measure()
    downstream = {task.task_id: task.downstream for task in tasks}
    layers = find_layers(downstream)
    deep = max(layers.values(), default=0) >= _DEEP
    contents, looks, sizes = {}, {}, {}
    for task in tasks:
        given = None if states is None else list(states.get(task.task_id) or [None])
        looks[task.task_id] = _PLAIN if given is None else look(together(given))
        rows = [(line, _NAME, _INK) for line in (_fold(task.label, 11) if deep else [task.label])]
        if given is not None:
            rows.append((_state_line(given), _SMALL, _INK))
        elif task.operator and not deep:
            rows.append((task.operator, _SMALL, _SOFT))
        if task.is_mapped:
            rows.append(
                (f"매핑됨 [{len(given)}]" if given and given != [None] else "매핑됨 [ ]", _SMALL, _SOFT)
            )
        if task.trigger_rule != "all_success":
            rows += [(line, _TINY, _SOFT) for line in _fold(task.trigger_rule, 12 if deep else 18)]
        contents[task.task_id] = rows
        width = max(measure(text, size) for text, size, _ in rows) + 16
        sizes[task.task_id] = (max(width, 52.0), sum(size for _, size, _ in rows) * 1.36 + 12)
    gap = (20.0 if deep else 34.0) + (14.0 if any(group_of(name) for name in downstream) else 0.0)
    placed = place(sizes, downstream, gap)
    groups = _group_frames(tasks, layers, placed.centers, sizes)

    boxes = [(x, y, *sizes[name]) for name, (x, y) in placed.centers.items()]
    edges = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in boxes] + [
        frame for _, frame in groups
    ]
    points = [point for route in placed.routes.values() for point in route]
    left = min((e[0] for e in edges), default=0) - 12
    right = max((e[2] for e in edges), default=0) + 16
    bottom = min([e[1] for e in edges] + [y for _, y in points], default=0) - 12
    top = max([e[3] for e in edges] + [y for _, y in points], default=0) + 12
    figure, axes = _canvas(right - left, top - bottom)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    for group, (x0, y0, x1, y1) in groups:
        _box(
            axes, (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0,
            facecolor="#F6F6F6", edgecolor=_LINE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1,
        )  # fmt: skip
        axes.text(x0 + 8, y1 - 5, group.rpartition(".")[2], size=_SMALL, color=_SOFT, va="top", zorder=5)
    for route in placed.routes.values():
        _arrow(axes, route)
    for task in tasks:
        x, y = placed.centers[task.task_id]
        width, height = sizes[task.task_id]
        style = {"facecolor": looks[task.task_id].fill, "edgecolor": looks[task.task_id].edge}
        if task.is_mapped:
            for shift in (6, 3):
                _box(axes, x + shift, y - shift, width, height, zorder=3, **style)
        _box(axes, x, y, width, height, zorder=4, **style)
        _lines(axes, x, y, contents[task.task_id])
    return figure, _describe_graph(dag_id, tasks, states)


def _state_line(states: Sequence[str | None]) -> str:
    if len(states) == 1:
        shown = look(states[0])
        return f"{shown.mark} {shown.name}".strip()
    worst = look(together(states))
    number = sum(look(state) == worst for state in states)
    return (
        f"{worst.mark} {worst.name} {number}/{len(states)}"
        if number < len(states)
        else f"{worst.mark} {worst.name}"
    )


def _group_frames(
    tasks: Sequence[Task], layers: Mapping[str, int], centers: Mapping[str, Point], sizes: Mapping[str, Point]
) -> list[tuple[str, Frame]]:
    """태스크 그룹마다의 둘레. 바깥 그룹부터입니다. 둘레에 남의 태스크가 들면 층마다 나누어 두릅니다."""
    groups = {group_of(task.task_id) for task in tasks} - {""}
    groups = {".".join(name.split(".")[: n + 1]) for name in groups for n in range(name.count(".") + 1)}
    deepest = max((name.count(".") for name in groups), default=0)

    def around(names: Sequence[str], margin: float) -> Frame:
        return (
            min(centers[name][0] - sizes[name][0] / 2 for name in names) - margin,
            min(centers[name][1] - sizes[name][1] / 2 for name in names) - margin,
            max(centers[name][0] + sizes[name][0] / 2 for name in names) + margin,
            max(centers[name][1] + sizes[name][1] / 2 for name in names) + margin + 12,
        )

    frames = []
    for group in sorted(groups, key=lambda name: (name.count("."), name)):
        margin = 9 + 9 * (deepest - group.count("."))
        inside = [task.task_id for task in tasks if task.task_id.startswith(f"{group}.")]
        outside = [around([task.task_id], 0) for task in tasks if task.task_id not in inside]
        whole = around(inside, margin)
        if any(_overlap(whole, other) for other in outside):
            columns = sorted({layers[name] for name in inside})
            parts = [[name for name in inside if layers[name] == number] for number in columns]
            frames += [(group, around(part, margin)) for part in parts]
        else:
            frames.append((group, whole))
    return frames


def _overlap(one: Frame, other: Frame) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _describe_graph(
    dag_id: str,
    tasks: Sequence[Task],
    states: Mapping[str, Sequence[str | None]] | None,
) -> str:
    order = in_order(tasks)
    said = [f"{dag_id}의 그래프. 태스크 {len(tasks)}개."]
    if firsts := [
        task.task_id for task in order if not any(task.task_id in each.downstream for each in tasks)
    ]:
        said.append(f"시작: {', '.join(firsts)}.")
    said += [
        f"{task.task_id} 다음에 {', '.join(sorted(task.downstream))}." for task in order if task.downstream
    ]
    if groups := sorted({group_of(task.task_id) for task in tasks} - {""}):
        said.append(f"태스크 그룹: {', '.join(groups)}.")
    if mapped := [task.task_id for task in order if task.is_mapped]:
        said.append(f"매핑된 태스크: {', '.join(mapped)}.")
    said += [
        f"{task.task_id}의 트리거 규칙: {task.trigger_rule}."
        for task in order
        if task.trigger_rule != "all_success"
    ]
    if states is not None:
        shown = (f"{task.task_id} {_say(states.get(task.task_id) or [None])}" for task in order)
        said.append(f"상태: {', '.join(shown)}.")
    return " ".join(said)


def _say(states: Sequence[str | None]) -> str:
    return look(states[0]).name if len(states) == 1 else f"({count(states)})"


def draw_gantt(title: str, bars: Sequence[Bar]) -> Drawing:
    """태스크가 대기열에 있던 시간과 실행된 시간. 막대는 주어진 차례로 위에서 아래로 놓습니다."""
    use_korean()
    measure = _measure()
    labels = [bar.label for bar in bars]
    names = list(dict.fromkeys(labels))
    left = max((measure(name, _NAME) for name in names), default=0) + 22
    head, foot, row = 40.0, 44.0, 26.0
    width, height = 690.0, head + foot + row * max(len(names), 1)
    end = max((bar.end for bar in bars), default=1.0) or 1.0
    said = [
        f"{look(bar.state).mark} {look(bar.state).name}"
        + (f" {bar.end - bar.start:.1f}초" if bar.end > bar.start else "")
        for bar in bars
    ]
    room = max((measure(text, _SMALL) for text in said), default=0) + 16
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
                color="#FFFFFF", edgecolor=_LINE, hatch="/////", linewidth=0.8,
            )  # fmt: skip
        axes.barh(
            y, max(bar.end - bar.start, end * 0.003), left=bar.start, height=0.62,
            color=shown.fill, edgecolor=shown.edge, linewidth=1.4,
        )  # fmt: skip
        if last[bar.label] == number:
            axes.text(bar.end + 6 / scale, y, text, size=_SMALL, va="center", color=_INK)
    axes.set_yticks(range(len(names)), names, size=_NAME)
    axes.set_xticks([moment for moment in axes.get_xticks() if moment <= axes.get_xlim()[1]])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=_SMALL)
    axes.grid(False, axis="y")
    axes.set_xlabel("Dag 실행이 시작된 뒤 지난 시간(초)", size=_SMALL)
    figure.text(10 / width, 1 - 16 / height, f"{title}의 간트 차트", size=11.5, va="center", color=_INK)
    legend = [Patch(facecolor="#FFFFFF", edgecolor=_LINE, hatch="/////", label="대기열에서 기다림")]
    legend += [
        Patch(facecolor=each.fill, edgecolor=each.edge, label=f"실행({each.mark} {each.name})")
        for state, each in LOOKS.items()
        if state in use
    ]
    figure.legend(
        handles=legend, loc="upper right", ncols=len(legend), frameon=False, fontsize=_SMALL,
        bbox_to_anchor=(1 - 6 / width, 1 - 4 / height), handlelength=1.6, columnspacing=1.4,
    )  # fmt: skip
    final = {bar.label: look(bar.state).name for bar in bars}
    listed = ", ".join(f"{name} {final[name]}" for name in sorted(final))
    alt = (
        f"{title}의 간트 차트. 가로축은 시간이고, 태스크마다 대기열에서 기다린 시간과 실행된 시간이 막대로 있습니다. "
        f"태스크 {len(names)}개: {listed or '없음'}."
    )
    return figure, alt


def draw_grid(dag_id: str, columns: Sequence[Column], tasks: Sequence[str]) -> Drawing:
    """실행과 태스크의 표. 왼쪽이 오래된 실행입니다."""
    use_korean()
    measure = _measure()
    rows = ["Dag 실행", *tasks]
    widest = max((measure(column.label, _SMALL) for column in columns), default=0)
    turned = len(columns) > 7
    cell_width, row, gap = (30.0 if turned else max(widest + 12, 46.0)), 25.0, 8.0
    left = max(measure(name, _NAME) for name in rows) + 22
    head = 34 + (widest * 0.75 + 16 if turned else 20)
    used = {state or "none" for column in columns for state in (column.state, *column.states.values())}
    legend = [each for state, each in LOOKS.items() if state in used]
    keys = [f"{each.mark} {each.name}".strip() for each in legend]
    keys_width = sum(measure(key, _SMALL) + 34 for key in keys)
    width = max(left + cell_width * len(columns) + (widest * 0.75 if turned else 12), keys_width + 24, 260.0)
    height = head + row * len(rows) + gap + 36
    figure, axes = _canvas(width, height)
    axes.text(10, height - 15, f"{dag_id}의 실행", size=11.5, color=_INK, va="center")
    for number, name in enumerate(rows):
        y = height - head - row * (number + 0.5) - (gap if number else 0)
        axes.text(left - 10, y, name, size=_NAME, color=_INK, ha="right", va="center")
        for index, column in enumerate(columns):
            x = left + cell_width * (index + 0.5)
            if number and name not in column.states:
                continue
            shown = look(column.states[name] if number else column.state)
            _box(
                axes, x, y, min(cell_width - 6, 46), row - 5, facecolor=shown.fill, edgecolor=shown.edge,
                linewidth=1.2 if number else 2.0,
            )  # fmt: skip
            axes.text(x, y, shown.mark, size=10.5, color=_INK, ha="center", va="center")
    for index, column in enumerate(columns):
        x, y = left + cell_width * (index + 0.5), height - head + 5
        turn = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if turned else {"ha": "center"}
        axes.text(x, y, column.label, size=_SMALL, color=_SOFT, va="bottom", **turn)
    x = 14.0
    for each, key in zip(legend, keys, strict=True):
        _box(axes, x + 7, 14, 14, 12, facecolor=each.fill, edgecolor=each.edge, linewidth=1.2)
        axes.text(x + 19, 14, key, size=_SMALL, color=_INK, va="center")
        x += measure(key, _SMALL) + 34
    said = [f"{dag_id}의 실행 {len(columns)}번."]
    for column in columns:
        each_task = (f"{name} {look(column.states[name]).name}" for name in tasks if name in column.states)
        said.append(f"{column.label} {look(column.state).name}: {', '.join(each_task)}.")
    return figure, " ".join(said)


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

    health: {"scheduler" 등: healthy, unhealthy, absent}
    """
    figure, axes = _canvas(762, 268)
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
        _arrow(axes, points, **style)
        axes.text(x, y, text, size=8, color=_SOFT, ha="center", va="center", zorder=6,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip
    # 스케줄러 안의 실행기가 태스크 프로세스를 띄웁니다. 트리거러를 비켜 오른쪽으로 돕니다.
    right, low, high = 661 + width / 2, 40, 228
    axes.add_patch(
        FancyArrowPatch(
            path=Path([(right, low), (right + 20, low), (right + 20, high), (right, high)],
                      [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO]),
            arrowstyle="-|>", mutation_scale=9, color=_LINE, linewidth=1.2, shrinkA=0, shrinkB=0, zorder=2,
        )
    )  # fmt: skip
    for name, (x, y, label) in _SPOTS.items():
        state = health.get(name)
        shown = HEALTH[state] if state else _OUTSIDE
        dashed = {} if state else {"linestyle": (0, (4, 2))}
        _box(axes, x, y, width, height, facecolor=shown.fill, edgecolor=shown.edge, zorder=4, **dashed)
        rows = [(label, _NAME + 0.5, _INK)]
        if name == "scheduler":
            rows.append((f"실행기: {executor}", _TINY, _SOFT))
        rows.append(
            (f"{shown.mark} {shown.name}" if state else _NOTES[name], _SMALL, _INK if state else _SOFT)
        )
        _lines(axes, x, y, rows)
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
