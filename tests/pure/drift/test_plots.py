"""그림: 한글이 나오고, 색 없이도 구별됩니다."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mlops_lab.drift import BatchDrift, DriftInputError, Scenario, compare, plots, simulate
from mlops_lab.lesson.plotting import use_korean


@pytest.fixture(scope="module")
def results() -> dict[str, BatchDrift]:
    scenario = Scenario("covariate", "incremental", onset=2, rows=2_000)
    reference = simulate(Scenario(rows=10_000, seed=9), 0)
    names = ["x1", "x2", "group"]
    return {f"2013-{b + 1:02d}": compare(reference, simulate(scenario, b), names) for b in range(6)}


@pytest.fixture(autouse=True)
def korean() -> Iterator[None]:
    with plt.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        use_korean()
        yield
        plt.close("all")


def lightness(color: object) -> float:
    return float(np.dot(to_rgb(color), (0.2126, 0.7152, 0.0722)))  # type: ignore[arg-type]


def test_distributions_side_by_side(results: dict[str, BatchDrift]) -> None:
    figure = plots.plot_distributions(results["2013-06"].columns)
    figure.canvas.draw()
    axes = [each for each in figure.axes if each.get_visible()]
    assert [each.get_title().split(" (")[0] for each in axes] == ["x1: 드리프트", "x2: 안정", "group: 안정"]
    before, now = axes[0].containers
    assert sum(bar.get_height() for bar in before) == pytest.approx(1)
    assert sum(bar.get_height() for bar in now) == pytest.approx(1)
    assert before[0].get_hatch()
    assert not now[0].get_hatch()
    assert lightness(before[0].get_facecolor()) - lightness(now[0].get_facecolor()) > 0.3


def test_many_levels_are_cut_to_the_ones_that_moved(results: dict[str, BatchDrift]) -> None:
    random = np.random.default_rng(0)
    levels = np.array([f"v{i:02d}" for i in range(40)], dtype=object)
    before, now = random.choice(levels, 4_000), np.append(random.choice(levels, 3_000), ["v07"] * 1_000)
    figure = plots.plot_distributions(compare({"c": before}, {"c": now}).columns)
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert len(ticks) == 12
    assert "v07" in ticks


@pytest.mark.parametrize("measure", ["effect", "psi", "missing_current"])
def test_over_time_and_heatmap(results: dict[str, BatchDrift], measure: plots.Measure) -> None:
    lines = plots.plot_over_time(results, measure=measure)
    lines.canvas.draw()
    shown = [line for line in lines.axes[0].lines if line.get_linestyle() not in ("None", "none")]
    styles = {(line.get_linestyle(), line.get_marker()) for line in shown[:3]}
    assert len(styles) == 3
    grid = plots.plot_heatmap(results, measure=measure)
    grid.canvas.draw()
    axes = grid.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["x1", "x2", "group"]
    assert [t.get_text() for t in axes.get_xticklabels()] == list(results)
    assert len(axes.texts) == 18
    drifted = sum(c.verdict == "drift" for r in results.values() for c in r.columns)
    assert len(axes.patches) == 2 * drifted >= 8


def test_columns_that_come_and_go_leave_an_empty_cell(results: dict[str, BatchDrift]) -> None:
    first = BatchDrift("stable", results["2013-01"].columns[:1])
    grid = plots.plot_heatmap({"하나": first, "둘": results["2013-02"]})
    assert [t.get_text() for t in grid.axes[0].texts].count("-") == 2


def test_nothing_to_draw(results: dict[str, BatchDrift]) -> None:
    for draw in (plots.plot_heatmap, plots.plot_over_time):
        with pytest.raises(DriftInputError, match="배치가 없습니다"):
            draw({})
    with pytest.raises(DriftInputError, match="그릴 열이 없습니다"):
        plots.plot_distributions([])
    with pytest.raises(DriftInputError, match="effect, psi"):
        plots.plot_heatmap(results, measure="ks")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["Ba$$in", "$0 - $9,999", "$x_1^2$", r"\alpha", "$", "100%$", "{a}"])
def test_names_and_levels_are_text_and_not_mathematics(text: str) -> None:
    import io

    import pandas as pd

    before, now = (pd.DataFrame({text: [text, level] * 200}) for level in ("other", f"{text} {text}"))
    results = {text: compare(before, now)}
    for figure in (
        plots.plot_distributions(list(results[text].columns)),
        plots.plot_over_time(results),
        plots.plot_heatmap(results),
    ):
        figure.savefig(io.BytesIO())
        assert not any(
            words.get_parse_math() for words in figure.findobj(plt.Text) if "$" in words.get_text()
        )
        plt.close(figure)


def test_of_many_columns_the_ones_that_moved_are_drawn() -> None:
    random = np.random.default_rng(3)
    before = {f"x{i}": random.normal(size=400) for i in range(30)}
    shifts = {"x28": 2.0, "x7": 0.8}
    now = {name: values + shifts.get(name, 0) for name, values in before.items()}
    result = compare(before, now)
    figure = plots.plot_distributions(result.columns)
    titles = [each.get_title().split(" (")[0] for each in figure.axes if each.get_visible()]
    assert len(titles) == 24
    assert titles[:2] == ["x28: 드리프트", "x7: 드리프트"]
    grid = plots.plot_heatmap({f"{day}일": result for day in range(40)})
    rows = [label.get_text() for label in grid.axes[0].get_yticklabels()]
    assert len(rows) == 24
    assert rows[:2] == ["x28", "x7"]
    assert [label.get_text() for label in grid.axes[0].get_xticklabels()] == [f"{d}일" for d in range(4, 40)]
    lines = plots.plot_over_time({f"{day}일": result for day in range(100)})
    assert len(lines.axes[0].get_xticklabels()) == 34
