"""DAG의 그래프."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    fold,
    measure_text,
)
from mlops_lab.lesson.pictures._layout import Point, find_layers, group_of, place
from mlops_lab.lesson.plotting import use_korean
from mlops_lab.lesson.states import Look, count, look, together

Frame = tuple[float, float, float, float]
"""네모의 (왼쪽, 아래, 오른쪽, 위)."""


_PLAIN = Look("", "", "#F3F8FC", "#0072B2")

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


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """그래프의 층, 이름순으로 늘어놓습니다."""
    listed = list(tasks)
    layers = find_layers({task.task_id: task.downstream for task in listed})
    return sorted(listed, key=lambda task: (layers[task.task_id], task.task_id))


def draw_graph(
    dag_id: str, tasks: Sequence[Task], states: Mapping[str, Sequence[str | None]] | None = None
) -> Drawing:
    """DAG의 그래프. 왼쪽에서 오른쪽으로 읽습니다.

    Args:
        dag_id: DAG의 이름
        tasks: DAG의 태스크
        states: 태스크마다의 상태. 매핑된 태스크는 여러 개입니다. 주면 상태에 따라 칠하고 말로도 적습니다
    """
    use_korean()
    measure = measure_text()
    downstream = {task.task_id: task.downstream for task in tasks}
    layers = find_layers(downstream)
    deep = max(layers.values(), default=0) >= _DEEP
    contents, looks, sizes = {}, {}, {}
    for task in tasks:
        given = None if states is None else list(states.get(task.task_id) or [None])
        looks[task.task_id] = _PLAIN if given is None else look(together(given))
        rows = [(line, NAME, INK) for line in (fold(task.label, 11) if deep else [task.label])]
        if given is not None:
            rows.append((_state_line(given), SMALL, INK))
        elif task.operator and not deep:
            rows.append((task.operator, SMALL, SOFT))
        if task.is_mapped:
            rows.append(
                (f"매핑됨 [{len(given)}]" if given and given != [None] else "매핑됨 [ ]", SMALL, SOFT)
            )
        if task.trigger_rule != "all_success":
            rows += [(line, TINY, SOFT) for line in fold(task.trigger_rule, 12 if deep else 18)]
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
    figure, axes = blank(right - left, top - bottom)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    for group, (x0, y0, x1, y1) in groups:
        draw_box(
            axes, (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0,
            facecolor="#F6F6F6", edgecolor=LINE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1,
        )  # fmt: skip
        axes.text(x0 + 8, y1 - 5, group.rpartition(".")[2], size=SMALL, color=SOFT, va="top", zorder=5)
    for route in placed.routes.values():
        draw_arrow(axes, route)
    for task in tasks:
        x, y = placed.centers[task.task_id]
        width, height = sizes[task.task_id]
        style = {"facecolor": looks[task.task_id].fill, "edgecolor": looks[task.task_id].edge}
        if task.is_mapped:
            for shift in (6, 3):
                draw_box(axes, x + shift, y - shift, width, height, zorder=3, **style)
        draw_box(axes, x, y, width, height, zorder=4, **style)
        draw_lines(axes, x, y, contents[task.task_id])
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
