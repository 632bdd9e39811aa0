"""스케줄러가 쉬는 자리에 우리의 쉬기가 정말 끼워지는지."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest


def test_the_schedulers_loop_sleeps_by_the_name_that_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from airflow.jobs import scheduler_job_runner

    from mlops_lab.stack import _waking

    loop = inspect.getsource(scheduler_job_runner.SchedulerJobRunner._run_scheduler_loop)
    assert "time.sleep(min(self._scheduler_idle_sleep_time, next_event or 0))" in loop
    monkeypatch.setattr(scheduler_job_runner, "time", scheduler_job_runner.time)
    slept: list[float] = []
    monkeypatch.setattr(_waking.Waking, "sleep", lambda self, seconds: slept.append(seconds))
    _waking.install(f"sqlite:///{tmp_path / 'airflow.db'}?timeout=15")
    scheduler_job_runner.time.sleep(5)
    assert slept == [5]
    assert scheduler_job_runner.time.monotonic() > 0
    _waking.install("postgresql+psycopg://someone@db.invalid/airflow")
    monkeypatch.setattr(_waking, "_BUSY_SECONDS", 0.0)
    scheduler_job_runner.time.sleep(5)
    assert slept == [5]
