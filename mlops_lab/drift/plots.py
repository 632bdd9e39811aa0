"""드리프트의 그림. matplotlib은 그릴 때에만 불러옵니다.

한글 글꼴은 부르는 쪽이 정합니다(`mlops_lab.lesson.plotting.use_korean`). 회색으로 인쇄하거나 색을 구별하지 못해도 읽히도록,
색의 밝기를 크게 달리하고 무늬와 글자를 함께 씁니다.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, ParamSpec

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._result import VERDICT_LABELS, BatchDrift, ColumnDrift

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_REFERENCE, _CURRENT, _ALARM = "#BDBDBD", "#0072B2", "#D55E00"
_MEASURES = {"effect": "효과 크기", "psi": "PSI", "missing_current": "결측 비율"}
Measure = Literal["effect", "psi", "missing_current"]
MOST_COLUMNS, MOST_BATCHES = 24, 36
"""그림 하나에 그리는 열과 배치의 수. 더 그리면 읽을 수 없고, 열이 수천 개면 그리는 데 몇십 분이 걸립니다."""

_MAX_BARS = 12
_MAX_WIDTH = 40
P = ParamSpec("P")


def _names_are_text(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """열의 이름과 값에 든 `$`를 matplotlib이 수식으로 읽지 않게 합니다."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> Figure:
        import matplotlib as mpl

        with mpl.rc_context({"text.parse_math": False}):
            return draw(*args, **options)

    return drawn


def _most_moved(columns: Sequence[ColumnDrift], most: int) -> list[ColumnDrift]:
    """많이 달라진 열. 드리프트로 판정한 열이 먼저이고, 그다음은 효과가 큰 순서입니다."""
    if len(columns) <= most:
        return list(columns)
    return sorted(columns, key=lambda each: (each.verdict != "drift", -(each.effect or 0.0)))[:most]


def _width(text: str) -> int:
    """글의 너비. 한글처럼 넓은 글자는 둘로 셉니다."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def _short(text: str) -> str:
    """그림에 적을 이름. 너무 길면 뒤를 줄입니다."""
    text = " ".join(text.splitlines())
    ends = np.cumsum([_width(letter) for letter in text])
    if not len(ends) or ends[-1] <= _MAX_WIDTH:
        return text
    return text[: int(np.searchsorted(ends, _MAX_WIDTH))] + "…"


@_names_are_text
def plot_distributions(
    columns: Sequence[ColumnDrift], *, across: int = 3, most: int = MOST_COLUMNS
) -> Figure:
    """열마다 기준과 현재의 분포를 나란히 그립니다. 범주가 많으면 가장 많이 달라진 열두 개만 그립니다.

    Args:
        columns: 그릴 열. 구간의 개수가 있는 것만 그립니다.
        across: 한 줄에 놓을 그림의 수.
        most: 그릴 열의 수. 열이 더 많으면 가장 많이 달라진 것부터 그립니다.

    Returns:
        그림.

    Raises:
        DriftInputError: 그릴 열이 없습니다.
    """
    import matplotlib.pyplot as plt

    shown = _most_moved([column for column in columns if column.counts_reference], most)
    if not shown:
        raise DriftInputError("그릴 열이 없습니다. 견줄 수 있었던 열이 하나는 있어야 합니다.")
    down = -(-len(shown) // across)
    figure, grid = plt.subplots(down, across, figsize=(3.9 * across, 2.9 * down), squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, column in zip(grid.flat, shown, strict=False):
        before = np.array(column.counts_reference) / column.n_reference
        now = np.array(column.counts_current) / column.n_current
        kept = np.flatnonzero((before > 0) | (now > 0))
        if len(kept) > _MAX_BARS:
            kept = np.sort(kept[np.argsort(-np.abs(before - now)[kept], kind="stable")[:_MAX_BARS]])
        place = np.arange(len(kept))
        axes.bar(
            place - 0.2,
            before[kept],
            0.4,
            color=_REFERENCE,
            edgecolor="black",
            hatch="//",
            linewidth=0.5,
            label="기준",
        )
        axes.bar(place + 0.2, now[kept], 0.4, color=_CURRENT, edgecolor="black", linewidth=0.5, label="현재")
        axes.set_xticks(place, [_short(column.labels[i]) for i in kept], rotation=60, ha="right", fontsize=7)
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
        effect = "-" if column.effect is None else f"{column.effect:.3f}"
        axes.set_title(
            f"{_short(str(column.name))}: {VERDICT_LABELS[column.verdict]} (효과 {effect})", fontsize=9
        )
    grid[0][0].set_ylim(top=grid[0][0].get_ylim()[1] * 1.2)
    grid[0][0].legend(fontsize=8, ncols=2, loc="upper center")
    return figure


@_names_are_text
def plot_over_time(
    results: Mapping[str, BatchDrift], *, measure: Measure = "effect", most: int = 6
) -> Figure:
    """배치마다의 값을 선으로 잇습니다. 가장 크게 움직인 열만 그리고, 드리프트로 판정한 점은 크게 채웁니다.

    Args:
        results: 배치의 이름에서 판정으로. 시간 순서여야 합니다.
        measure: 그릴 값. 효과 크기, PSI, 현재의 결측 비율 가운데 하나입니다.
        most: 그릴 열의 수.

    Returns:
        그림.

    Raises:
        DriftInputError: 배치가 없거나, 그릴 수 없는 값입니다.
    """
    import matplotlib.pyplot as plt

    periods, names, values = _table(results, measure)
    drift = _drift_mask(results, names)
    moving = list(np.argsort(-np.nanmax(np.nan_to_num(values), axis=1), kind="stable")[:most])
    figure, axes = plt.subplots(figsize=(8.5, 4.2))
    styles = [("#000000", "-", "o"), ("#D55E00", "--", "s"), ("#0072B2", "-.", "^")]
    styles += [("#009E73", ":", "D"), ("#CC79A7", "-", "v"), ("#E69F00", "--", "P")]
    across = np.arange(len(periods))
    for rank, i in enumerate(moving):
        color, line, marker = styles[rank % len(styles)]
        axes.plot(
            across,
            values[i],
            color=color,
            linestyle=line,
            marker=marker,
            markerfacecolor="white",
            label=_short(names[i]),
        )
        axes.plot(
            across[drift[i]], values[i][drift[i]], color=color, linestyle="none", marker=marker, markersize=8
        )
    if measure == "effect":
        limits = [
            c.threshold for result in results.values() for c in result.columns if c.threshold is not None
        ]
        if limits:
            axes.axhline(min(limits), color="black", linewidth=1, linestyle=(0, (1, 3)))
            axes.annotate(
                f"가장 낮은 문턱 {min(limits):g}",
                (len(periods) - 1, min(limits)),
                xytext=(0, -3),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=8,
            )
    marked = across[:: -(-len(periods) // MOST_BATCHES)]
    axes.set_xticks(marked, [_short(periods[i]) for i in marked], rotation=45, ha="right")
    axes.set_ylabel(_MEASURES[measure])
    axes.set_title(f"배치마다의 {_MEASURES[measure]} (채운 점은 드리프트)")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@_names_are_text
def plot_heatmap(
    results: Mapping[str, BatchDrift],
    *,
    measure: Measure = "effect",
    most: int = MOST_COLUMNS,
    latest: int = MOST_BATCHES,
) -> Figure:
    """열 x 배치의 지도. 밝기가 값이고, 숫자를 함께 적으며, 드리프트로 판정한 칸은 굵은 테두리로 두릅니다.

    Args:
        results: 배치의 이름에서 판정으로. 시간 순서여야 합니다.
        measure: 그릴 값. 효과 크기, PSI, 현재의 결측 비율 가운데 하나입니다.
        most: 그릴 열의 수. 열이 더 많으면 드리프트가 있던 열부터, 값이 컸던 순서로 그립니다.
        latest: 그릴 배치의 수. 배치가 더 많으면 마지막 것들만 그립니다.

    Returns:
        그림.

    Raises:
        DriftInputError: 배치가 없거나, 그릴 수 없는 값입니다.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    results = dict(list(results.items())[-latest:])
    periods, names, values = _table(results, measure)
    drift = _drift_mask(results, names)
    if len(names) > most:
        chosen = np.lexsort((-np.nan_to_num(values).max(axis=1), ~drift.any(axis=1)))[:most]
        names, values, drift = [names[i] for i in chosen], values[chosen], drift[chosen]
    periods, names = [_short(each) for each in periods], [_short(each) for each in names]
    side, foot = max(map(_width, names)) - 20, max(map(_width, periods)) - 10  # 이름이 길면 자리를 더 냅니다.
    size = (
        1.9 + 0.72 * len(periods) + 0.07 * max(side, 0),
        1.3 + 0.36 * len(names) + 0.06 * max(foot, 0),
    )
    figure, axes = plt.subplots(figsize=size)
    # 효과와 비율은 언제나 1까지의 눈금으로 그려, 어느 그림에서나 같은 밝기가 같은 값입니다.
    top = max(float(np.nanmax(np.nan_to_num(values))), 0.1) if measure == "psi" else 1.0
    image = axes.imshow(np.ma.masked_invalid(values), cmap="Greys", vmin=0, vmax=top * 1.15, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        text = "-" if np.isnan(value) else f"{value:.2f}"
        axes.text(
            j, i, text, ha="center", va="center", fontsize=8, color="white" if value > top * 0.6 else "black"
        )
        if drift[i, j]:
            for color, width in (("white", 4.5), (_ALARM, 2.2)):  # 흰 테를 깔아 어두운 칸에서도 보입니다.
                box = Rectangle((j - 0.45, i - 0.41), 0.9, 0.82, fill=False, edgecolor=color, linewidth=width)
                axes.add_patch(box)
    axes.set_xticks(range(len(periods)), periods, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.set_title(f"열마다, 배치마다의 {_MEASURES[measure]} (테두리는 드리프트)", fontsize=10)
    figure.colorbar(image, ax=axes, label=_MEASURES[measure], fraction=0.04)
    return figure


def _table(
    results: Mapping[str, BatchDrift], measure: Measure
) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """`(배치, 열, 값)`. 값의 모양은 `(열, 배치)`이고 없는 칸은 NaN입니다."""
    if not results:
        raise DriftInputError("그릴 배치가 없습니다. 판정한 배치를 하나 이상 주십시오.")
    if measure not in _MEASURES:
        raise DriftInputError(
            f"{measure!r}은(는) 그릴 수 없습니다. {', '.join(_MEASURES)} 가운데 하나여야 합니다."
        )
    names = list(dict.fromkeys(str(column.name) for result in results.values() for column in result.columns))
    place = {name: i for i, name in enumerate(names)}
    values = np.full((len(names), len(results)), np.nan)
    for j, result in enumerate(results.values()):
        for column in result.columns:
            value = getattr(column, measure)
            values[place[str(column.name)], j] = np.nan if value is None else value
    return list(results), names, values


def _drift_mask(results: Mapping[str, BatchDrift], names: list[str]) -> NDArray[np.bool_]:
    drifted = [{str(c.name) for c in result.columns if c.verdict == "drift"} for result in results.values()]
    return np.array([[name in each for each in drifted] for name in names])
