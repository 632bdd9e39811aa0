"""Airflow의 그림: 글이 겹치거나 잘리지 않고, 상태가 색 말고도 구별되고, 대체 텍스트가 되풀이됩니다."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mlops_lab.airflow.states import LABELS
from mlops_lab.lesson import pictures
from mlops_lab.lesson.pictures import Bar, GridRun, Task
from mlops_lab.lesson.pictures._layout import Placed, place
from mlops_lab.lesson.states import LOOKS, look, together

FIRST = [Task("prepare", ("train",), "BashOperator"), Task("train", ("report",)), Task("report")]
BRANCHING = [
    Task("decide", ("retrain", "keep_model"), "BranchPythonOperator"),
    Task("retrain", ("report",), "EmptyOperator"),
    Task("keep_model", ("report",), "EmptyOperator"),
    Task("report", (), "EmptyOperator", "none_failed_min_one_success"),
]
GROUPS = [
    Task("a", ("g.b", "g.h.c", "z")),
    Task("g.b", ("g.h.d",)),
    Task("g.h.c", ("g.h.d",)),
    Task("g.h.d", ("z",)),
    Task("outside", ("z",)),
    Task("z"),
]
MAPPED = [Task("ingest", ("add_up",), "NotebookOperator", is_mapped=True), Task("add_up", (), "@task")]
DEEP = [
    Task("deliver_features", ("wait_for_features",)),
    Task("wait_for_features", ("ingest",)),
    Task("ingest", ("drift", "score")),
    Task("bootstrap", ("drift", "score")),
    Task("drift", ("decide",)),
    Task("score", ("deliver_labels",)),
    Task("deliver_labels", ("wait_for_labels",)),
    Task("wait_for_labels", ("performance",)),
    Task("performance", ("decide",)),
    Task("decide", ("train_candidate", "keep_champion")),
    Task("train_candidate", ("compare_promote",)),
    Task("keep_champion", ("report",)),
    Task("compare_promote", ("report",)),
    Task("report", (), "NotebookOperator", "none_failed_min_one_success"),
]
GRAPHS = {
    "first": FIRST,
    "branching": BRANCHING,
    "groups": GROUPS,
    "mapped": MAPPED,
    "deep": DEEP,
    "none": [],
}
DATES = [f"2013-{month:02d}-01" for month in range(3, 13)]


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    with mpl.rc_context():
        yield


def columns(labels: list[str]) -> list[GridRun]:
    return [
        GridRun(label, "failed", {"prepare": "success", "train": "failed", "report": "upstream_failed"})
        for label in labels
    ]


def every_picture() -> dict[str, Any]:
    states: dict[str, list[str | None]] = {
        task.task_id: [list(LOOKS)[number % len(LOOKS)]] for number, task in enumerate(DEEP)
    }
    bars = [
        Bar("unstable_network", "failed", 0.1, 0.4, 0.5),
        Bar("unstable_network", "success", 3.1, 3.4, 9.5),
        Bar("wrong_input", "failed", None, 0.4, 0.4),
        Bar("아주_긴_이름의_태스크입니다_끝까지_보입니다", "up_for_reschedule", 0.0, 9.0, 9.4),
    ]
    health = {"scheduler": "absent", "api-server": "healthy", "dag-processor": "unhealthy"}
    return {
        **{f"graph-{name}": pictures.draw_graph(name, tasks) for name, tasks in GRAPHS.items()},
        "graph-states": pictures.draw_graph("deep", DEEP, states),
        "graph-mapped-states": pictures.draw_graph("mapped", MAPPED, {"ingest": ["success", "failed", None]}),
        "gantt": pictures.draw_gantt("retries (직접 실행)", bars),
        "gantt-empty": pictures.draw_gantt("retries", []),
        "grid-ten": pictures.draw_grid("first_dag", columns(DATES), ["prepare", "train", "report"]),
        "grid-one": pictures.draw_grid("first_dag", columns(["직접 실행"]), ["prepare", "train", "report"]),
        "grid-empty": pictures.draw_grid("first_dag", [], ["prepare"]),
        "components": pictures.draw_components({**health, "triggerer": "healthy", "database": "healthy"}),
    }


def test_no_text_is_cut_off_or_drawn_over_another() -> None:
    for name, (figure, _) in every_picture().items():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        width, height = canvas.get_width_height()
        texts = [
            (text.get_text(), text.get_window_extent(renderer))
            for text in figure.findobj(mpl.text.Text)
            if text.get_visible() and text.get_text().strip() and text.get_rotation() == 0
        ]
        for text, box in texts:
            assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, (name, text)
        for (one, first), (other, second) in combinations(texts, 2):
            inner = first.padded(-1).overlaps(second.padded(-1))
            assert not inner, (name, one, other)


def test_every_state_of_airflow_is_called_as_in_its_korean_screen() -> None:
    from airflow.utils.state import DagRunState, TaskInstanceState

    spec = find_spec("airflow")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "ui" / "dist" / "i18n" / "locales" / "ko"
    states = json.loads((folder / "common.json").read_text("utf-8"))["states"]
    assert {name: states[name] for name in LABELS} == LABELS
    assert {name: each.name for name, each in LOOKS.items()} == LABELS
    assert {str(state.value) for kind in (DagRunState, TaskInstanceState) for state in kind} <= set(LOOKS)

    health = json.loads((folder / "dashboard.json").read_text("utf-8"))["health"]
    assert pictures.HEALTH["healthy"].name == health["healthy"]
    assert pictures.HEALTH["unhealthy"].name == health["unhealthy"]
    ours = {"scheduler": "scheduler", "dag-processor": "dagProcessor", "triggerer": "triggerer"}
    ours["database"] = "metaDatabase"
    assert {pictures.COMPONENTS[name] for name in ours} == {health[theirs] for theirs in ours.values()}


def test_states_differ_without_colour() -> None:
    for looks in (LOOKS, pictures.HEALTH):
        marks = [each.mark for each in looks.values()]
        assert len(set(marks)) == len(marks)


def test_a_mapped_task_is_as_bad_as_its_worst_instance() -> None:
    assert together(["success", "failed", "skipped"]) == "failed"
    assert together(["success", "running"]) == "running"
    assert together([]) == "none"
    assert look("something_new").name == "something_new"


def test_alternative_text_tells_what_the_graph_tells() -> None:
    _, alt = pictures.draw_graph("branching", BRANCHING, {"decide": ["success"], "keep_model": ["skipped"]})
    assert alt == (
        "branching의 그래프. 태스크 4개. 시작: decide. decide 다음에 keep_model, retrain. keep_model 다음에 report. "
        "retrain 다음에 report. report의 트리거 규칙: none_failed_min_one_success. "
        "상태: decide 성공, keep_model 건너뜀, retrain 상태 없음, report 상태 없음."
    )
    assert "태스크 그룹: g, g.h." in pictures.draw_graph("groups", GROUPS)[1]
    assert "매핑된 태스크: ingest." in pictures.draw_graph("mapped", MAPPED)[1]


def test_the_order_in_which_tasks_are_given_does_not_matter() -> None:
    shuffled = random.Random(7).sample(DEEP, len(DEEP))
    assert pictures.draw_graph("deep", shuffled)[1] == pictures.draw_graph("deep", DEEP)[1]
    assert pictures.in_order(shuffled) == pictures.in_order(DEEP)


def test_the_text_of_a_gantt_chart_does_not_depend_on_time() -> None:
    once = [Bar("a", "success", 0.1, 0.2, 3.0), Bar("b", "failed", None, 3.1, 3.2)]
    again = [
        Bar("b", "failed", 1.0, 2.1, 8.2),
        Bar("a", "failed", 0.0, 0.1, 0.2),
        Bar("a", "success", 1, 2, 3),
    ]
    alt = pictures.draw_gantt("x", once)[1]
    assert alt == pictures.draw_gantt("x", again)[1]
    assert alt.endswith("태스크 2개: a 성공, b 실패.")


def test_a_long_arrow_goes_around_the_boxes() -> None:
    chain = {"a": ("b", "d"), "b": ("c",), "c": ("d",), "d": ()}
    sizes = dict.fromkeys(chain, (60.0, 30.0))
    placed = place(sizes, chain, 30)
    for x, y in placed.routes["a", "d"][1:-1]:
        for name in "bc":
            cx, cy = placed.centers[name]
            assert abs(x - cx) > 30 or abs(y - cy) > 15


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    count = draw(st.integers(1, 12))
    names = [draw(st.sampled_from(["", "g.", "g.h.", "k."])) + f"t{n}" for n in range(count)]
    return {
        name: tuple(sorted(draw(st.sets(st.sampled_from(names[n + 1 :]))))) if names[n + 1 :] else ()
        for n, name in enumerate(names)
    }


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_arrows_go_to_the_right(downstream: dict[str, tuple[str, ...]]) -> None:
    sizes = {name: (50.0 + 5 * number, 24.0 + 3 * (number % 4)) for number, name in enumerate(downstream)}
    placed: Placed = place(sizes, downstream, 20)
    assert placed == place(sizes, downstream, 20)
    for one, other in combinations(sizes, 2):
        (x0, y0), (x1, y1) = placed.centers[one], placed.centers[other]
        apart_x = abs(x0 - x1) - (sizes[one][0] + sizes[other][0]) / 2
        apart_y = abs(y0 - y1) - (sizes[one][1] + sizes[other][1]) / 2
        assert apart_x > 1 or apart_y > 1, (one, other)
    assert set(placed.routes) == {(a, b) for a, targets in downstream.items() for b in targets}
    for route in placed.routes.values():
        xs = [x for x, _ in route]
        assert xs == sorted(xs)
