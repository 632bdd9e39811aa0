"""Airflow 없이 볼 수 있는 것: 로그에서 태스크의 줄 고르기, 실행의 모습, 가벼운 import."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mlops_lab.lesson.runs import SEOUL, Run, Runs, TaskState, read_moment
from mlops_lab.lesson.task_log import own_lines
from mlops_lab.stack import StackError


def event(logger: str | None, text: str, **more: Any) -> dict[str, Any]:
    return {"logger": logger, "event": text, **more}


SHELL = "airflow.task.hooks.airflow.providers.standard.hooks.subprocess.SubprocessHook"
NOTEBOOK = "airflow.task.operators.mlops_lab.airflow.operator.NotebookOperator"


def test_only_what_the_task_wrote_is_kept() -> None:
    events = [
        event(None, "::group::Log message source details"),
        event(None, "/home/learner/workspace/airflow/logs/attempt=1.log"),
        event("airflow.dag_processing.dagbag.BundleDagBag", "Filling up the DagBag from /home/x/dags/a.py"),
        event("task", "Worker startup parse complete"),
        event("unusual_prefix_123_lesson", "로거로 적은 줄"),
        event("airflow.task", "Airflow의 태스크 로거로 적은 줄"),
        event("airflow.task.operators.lesson.MyOperator", "직접 만든 오퍼레이터"),
        event("airflow.task.operators.airflow.providers.standard.decorators.python.X", "Done."),
        event("task.stdout", "print한 줄"),
        event(
            "task",
            "Task failed with exception",
            error_detail=[{"exc_type": "ValueError", "exc_value": "빈 배치"}],
        ),
    ]
    assert own_lines(events) == [
        "print한 줄",
        "로거로 적은 줄",
        "Airflow의 태스크 로거로 적은 줄",
        "직접 만든 오퍼레이터",
        "ValueError: 빈 배치",
    ]


def test_of_a_shell_command_only_its_output_is_kept() -> None:
    said = ["Tmp dir root location: /tmp", "Running command: ['bash']", "Output:", "3월", "Output:", "4월"]
    events = [event(SHELL, text) for text in [*said, "Command exited with return code 0", "끝"]]
    assert own_lines(events) == ["3월", "Output:", "4월"]


def test_what_differs_between_machines_and_runs_is_removed() -> None:
    events = [
        event(
            NOTEBOOK,
            "노트북 /home/a/notebooks/01.ipynb을(를) 실행합니다. 결과: /tmp/runs/x/manual__2026-11/try-1.ipynb",
        ),
        event(NOTEBOOK, "예열 커널로 실행합니다."),
        event(NOTEBOOK, "[1/2] 완료 0.3초"),
        event("task.stdout", "2초를 기다립니다. 비율 3/4, https://example.org/a/b, 2013/03/01, a/b.csv"),
    ]
    assert own_lines(events) == [
        "2초를 기다립니다. 비율 3/4, https://example.org/a/b, 2013/03/01, a/b.csv",
        "노트북 01.ipynb을(를) 실행합니다. 결과: try-1.ipynb",
        "[1/2] 완료 …초",
    ]


def test_a_run_is_told_without_its_number_or_the_time() -> None:
    task = TaskState("ingest", "ingest [2013-03]", "up_for_retry", 0, 1)
    run = Run("d", "manual__2026-11-24T16:23:29", datetime(2025, 1, 1, 15, tzinfo=UTC), "running", (task,))
    assert repr(run) == "d (2025-01-02): 실행 중\n  ingest [2013-03]  재시도 대기 중"
    assert repr(Runs([run])) == "d (2025-01-02): 실행 중 | ingest [2013-03] 재시도 대기 중"
    assert Run("d", "x", datetime(2025, 1, 1, 0, 30, tzinfo=UTC), "queued").when == "2025-01-01 09:30"
    assert Run("d", "x", None, "queued").when == "직접 실행"
    assert repr(Runs()) == "실행이 없습니다"


def test_a_date_without_a_zone_is_seoul() -> None:
    expected = datetime(2013, 3, 1, tzinfo=SEOUL)
    assert (
        read_moment("2013-03-01")
        == read_moment(date(2013, 3, 1))
        == read_moment(datetime(2013, 3, 1))
        == expected
    )
    assert read_moment("2013-03-01T00:00:00+00:00") == datetime(2013, 3, 1, tzinfo=UTC)
    with pytest.raises(StackError, match="2013-03-01처럼"):
        read_moment("2013년 3월")


def test_the_room_is_light_until_connect_is_used() -> None:
    code = "import sys, mlops_lab.lesson\nprint([m for m in ('matplotlib', 'pandas', 'httpx') if m in sys.modules])\n"
    code += "from mlops_lab.lesson import connect, show\nprint(connect.__name__, show.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "connect show"]
