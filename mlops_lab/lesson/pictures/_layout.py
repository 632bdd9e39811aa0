"""화살표가 왼쪽에서 오른쪽으로 가도록 태스크를 층층이 놓습니다(Sugiyama의 층 배치). 단위는 포인트입니다."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

Point = tuple[float, float]
Edge = tuple[str, str]

_ROW_GAP = 14.0
_GROUP_GAP = 26.0
_SWEEPS = 12
_BEND = "\0"
"""화살표가 지나가는 자리의 이름은 이 글자로 시작합니다. task_id에는 쓸 수 없는 글자입니다."""


@dataclass(frozen=True)
class Placed:
    """놓은 자리.

    Attributes:
        centers: 상자마다의 가운데 (x, y). y는 위로 갈수록 큽니다
        routes: 화살표마다 지나갈 점. 가로로 들어가고 가로로 나옵니다
    """

    centers: dict[str, Point]
    routes: dict[Edge, list[Point]]


def group_of(task_id: str) -> str:
    """태스크 그룹의 이름. `a.b.task`이면 `a.b`, 그룹이 없으면 빈 글입니다."""
    return "" if task_id.startswith(_BEND) else task_id.rpartition(".")[0]


def find_layers(downstream: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """태스크마다 몇 번째 층인지. 화살표는 늘 작은 층에서 큰 층으로 갑니다."""
    upstream: dict[str, list[str]] = {task: [] for task in downstream}
    for task, targets in downstream.items():
        for target in targets:
            upstream[target].append(task)
    order = list(TopologicalSorter(upstream).static_order())
    layer: dict[str, int] = {}
    for task in order:
        layer[task] = max((layer[each] + 1 for each in upstream[task]), default=0)
    for task in reversed(order):
        # 기다리기만 하는 앞쪽 태스크는 쓰이는 곳 가까이로 옮깁니다.
        if len(downstream[task]) > len(upstream[task]):
            layer[task] = min(layer[each] for each in downstream[task]) - 1
    return layer


def place(sizes: Mapping[str, Point], downstream: Mapping[str, Sequence[str]], gap: float) -> Placed:
    """상자의 크기와 화살표를 받아 자리를 정합니다. 같은 것을 주면 같은 자리가 나옵니다.

    Args:
        sizes: 상자의 (너비, 높이)
        downstream: {상자: 화살표가 닿는 상자}
        gap: 층 사이의 너비
    """
    layer = find_layers(downstream)
    boxes = dict(sizes)
    chains: dict[Edge, list[str]] = {}
    links: list[Edge] = []
    for task in sorted(downstream):
        for target in sorted(downstream[task]):
            # 층을 건너뛰는 화살표는 지나는 층마다 자리를 하나 차지해, 상자를 가로지르지 않습니다.
            middle = [
                f"{_BEND}{task}{_BEND}{target}{_BEND}{n}" for n in range(layer[task] + 1, layer[target])
            ]
            for number, name in enumerate(middle, start=layer[task] + 1):
                layer[name], boxes[name] = number, (0.0, 4.0)
            chains[task, target] = middle
            links += zip([task, *middle], [*middle, target], strict=True)
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in sorted(layer):
        columns[layer[name]].append(name)
    columns = _order(columns, links)
    y = _rows(columns, links, boxes)

    centers, spans, left = {}, [], 0.0
    for column in columns:
        width = max(boxes[name][0] for name in column)
        spans.append((left, left + width))
        centers.update({name: (left + width / 2, y[name]) for name in column})
        left += width + gap
    routes = {}
    for (task, target), middle in chains.items():
        through = [(x, y[name]) for name in middle for x in spans[layer[name]]]
        start = (centers[task][0] + boxes[task][0] / 2, y[task])
        end = (centers[target][0] - boxes[target][0] / 2, y[target])
        routes[task, target] = [start, *through, end]
    return Placed({task: centers[task] for task in sizes}, routes)


def _neighbours(links: Sequence[Edge], names: Sequence[str], *, before: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in names}
    for one, other in links:
        name, neighbour = (other, one) if before else (one, other)
        if name in found:
            found[name].append(neighbour)
    return found


def _order(columns: list[list[str]], links: Sequence[Edge]) -> list[list[str]]:
    """화살표가 덜 엇갈리는 차례를 찾습니다. 태스크 그룹은 흩어지지 않습니다."""
    best, fewest = columns, _crossings(columns, links)
    current = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        walk = range(1, len(current)) if forward else range(len(current) - 2, -1, -1)
        for index in walk:
            column, fixed = current[index], current[index - 1 if forward else index + 1]
            position = {name: n for n, name in enumerate(fixed)}
            near = _neighbours(links, column, before=forward)
            own = {
                name: sum(position[each] for each in near[name]) / len(near[name])
                if near[name]
                else float(column.index(name))
                for name in column
            }
            together: dict[str, list[float]] = {}
            for name in column:
                together.setdefault(group_of(name) or name, []).append(own[name])
            mean = {group: sum(values) / len(values) for group, values in together.items()}
            key = {name: (mean[group_of(name) or name], group_of(name), own[name]) for name in column}
            column.sort(key=lambda name, key=key: (*key[name], name))  # type: ignore[misc]
        crossings = _crossings(current, links)
        if crossings < fewest:
            best, fewest = [list(column) for column in current], crossings
    return best


def _crossings(columns: list[list[str]], links: Sequence[Edge]) -> int:
    position = {name: n for column in columns for n, name in enumerate(column)}
    index = {name: n for n, column in enumerate(columns) for name in column}
    total = 0
    for n in range(len(columns)):
        pairs = [(position[a], position[b]) for a, b in links if index[a] == n]
        total += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(pairs) for c, d in pairs[i + 1 :])
    return total


def _rows(columns: list[list[str]], links: Sequence[Edge], boxes: Mapping[str, Point]) -> dict[str, float]:
    """이웃의 높이에 가까워지도록 되풀이해 옮깁니다. 차례와 간격은 지킵니다."""
    y = {}
    for column in columns:
        offsets = _offsets(column, boxes)
        y.update({name: offsets[-1] / 2 - offset for name, offset in zip(column, offsets, strict=True)})
    names = [name for column in columns for name in column]
    before = _neighbours(links, names, before=True)
    after = _neighbours(links, names, before=False)
    for sweep in range(_SWEEPS * 2):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = []
            for name in column:
                near = [*before[name], *after[name]]
                wanted.append(sum(y[each] for each in near) / len(near) if near else y[name])
            y.update(zip(column, _keep_apart(wanted, _offsets(column, boxes)), strict=True))
    return y


def _offsets(column: Sequence[str], boxes: Mapping[str, Point]) -> list[float]:
    """맨 위의 상자에서 아래로 적어도 이만큼 떨어져야 합니다."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        gap = _ROW_GAP if group_of(upper) == group_of(lower) else _GROUP_GAP
        offsets.append(offsets[-1] + (boxes[upper][1] + boxes[lower][1]) / 2 + gap)
    return offsets


def _keep_apart(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """간격을 지키면서 바라는 자리에 가장 가까운 자리(최소 제곱, 이웃을 합쳐 가는 단조 회귀)."""
    blocks: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, size = value + offset, 1
        while blocks and blocks[-1][0] < mean:
            previous, many = blocks.pop()
            mean, size = (previous * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    flat = [mean for mean, size in blocks for _ in range(size)]
    return [value - offset for value, offset in zip(flat, offsets, strict=True)]
