"""항공편 DAG: 모양, 서울의 달, 갈림길. 실제로 도는 것은 make demo의 시험에서 봅니다."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pendulum
import pytest

from tests.common import ROOT

DAGS = ROOT / "dags"


@pytest.fixture(scope="module")
def pipeline() -> ModuleType:
    spec = importlib.util.spec_from_file_location("flight_delay_dag", DAGS / "13_flight_delay_pipeline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render(template: str, **context: Any) -> str:
    return jinja2.Environment().from_string(template).render(**context)


@pytest.mark.parametrize("month", range(3, 13))
def test_the_month_is_that_of_seoul_although_templates_are_utc(pipeline: ModuleType, month: int) -> None:
    start = pendulum.datetime(2013, month, 1, tz="Asia/Seoul").in_timezone("UTC")
    assert (start.hour, start.strftime("%Y-%m") == f"2013-{month:02d}") == (15, False)
    rendered = render(pipeline.MONTH, params={"month": None}, data_interval_start=start)
    assert rendered == f"2013-{month:02d}"


def test_a_month_given_by_hand_needs_no_interval(pipeline: ModuleType) -> None:
    assert render(pipeline.MONTH, params={"month": "2013-05"}) == "2013-05"


def test_shape(pipeline: ModuleType) -> None:
    dag = pipeline.report.dag
    assert dag.max_active_runs == 1
    assert not dag.catchup
    assert dag.timezone.name == "Asia/Seoul"
    upstream = {task.task_id: task.upstream_task_ids for task in dag.tasks}
    assert upstream["ingest"] == {"wait_for_features"}
    assert upstream["score"] == {"ingest", "bootstrap"}
    assert upstream["deliver_labels"] == {"score"}
    assert "wait_for_labels" in upstream["performance"]
    assert upstream["decide"] == {"drift", "performance"}
    assert upstream["report"] == {"keep_champion", "compare_promote"}
    assert dag.get_task("wait_for_labels").mode == "reschedule"
    assert dag.doc_md


def test_every_notebook_of_the_dag_exists(pipeline: ModuleType) -> None:
    notebooks = [task.notebook for task in pipeline.report.dag.tasks if hasattr(task, "notebook")]
    assert len(notebooks) == 8
    assert all(Path(each).is_file() for each in notebooks)


@pytest.mark.parametrize(
    ("drift", "declined", "expected"),
    [
        ("stable", False, "keep_champion"),
        ("undecided", False, "keep_champion"),
        ("drift", False, "train_candidate"),
        ("stable", True, "train_candidate"),
    ],
)
def test_the_branch(pipeline: ModuleType, drift: str, declined: bool, expected: str) -> None:
    decide = pipeline.report.dag.get_task("decide").python_callable
    assert decide({"drift": drift}, {"declined": declined}) == expected


def test_the_sensor_looks_for_every_file(
    pipeline: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "HOME", str(tmp_path))
    waits = pipeline.report.dag.get_task("wait_for_features").python_callable
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "flights-2013-03.csv.gz").touch()
    assert not waits(["flights", "weather"], "2013-03")
    (tmp_path / "landing" / "weather-2013-03.csv.gz").touch()
    assert waits(["flights", "weather"], "2013-03")


def test_delivering_by_command_is_idempotent_and_refuses_a_wrong_month(tmp_path: Path) -> None:
    def deliver(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mlops_lab.flights", "deliver", *arguments, "--home", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert deliver("2013-03", "features").returncode == 0
    broken = tmp_path / "landing" / "flights-2013-03.csv.gz"
    broken.write_bytes(b"")
    assert "이미 와 있습니다" in deliver("2013-03", "features").stdout
    assert broken.read_bytes() == b""
    assert deliver("2013-03", "features", "--again").returncode == 0
    assert broken.stat().st_size > 1000
    wrong = deliver("2014-01", "labels")
    assert wrong.returncode == 2
    assert "2014-01의 자료는 없습니다" in wrong.stderr
