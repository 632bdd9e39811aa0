"""할 일이 없으면 끝까지 쉬고, 생기면 먼저 깨어납니다. 시계는 가짜이고, 데이터베이스는 진짜 SQLite입니다."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lab.stack import _waking
from mlops_lab.stack._waking import Waking

TABLES = """
CREATE TABLE dag (dag_id, is_paused, is_stale, next_dagrun_create_after);
CREATE TABLE dag_run (dag_id, state);
CREATE TABLE asset_dag_run_queue (created_at);
CREATE TABLE callback (state);
CREATE TABLE job (latest_heartbeat);
INSERT INTO dag VALUES ('on', 0, 0, NULL), ('off', 1, 0, '2013-01-01 00:00:00.000000');
"""


class Clock:
    """잠들면 그만큼 앞으로 가는 시계. `at[초]`의 일을 그때 합니다."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at: dict[float, Callable[[], object]] = {}

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for when in [when for when in self.at if when <= self.now]:
            self.at.pop(when)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_waking, "time", clock)
    return clock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "작업 폴더" / "airflow.db"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(TABLES)
    connection.close()
    return path


def write(path: Path, sql: str) -> None:
    """다른 프로세스가 적은 것처럼 적고, WAL을 남겨 둡니다."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql)
    log = path.with_name("airflow.db-wal")
    before = os.stat(log).st_mtime_ns
    os.utime(log, ns=(before + 1_000_000, before + 1_000_000))  # 가짜 시계의 한 순간에도 시각은 다릅니다.
    connections.append(connection)


connections: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    while connections:
        connections.pop().close()


def test_with_nothing_to_do_it_sleeps_to_the_end_whoever_beats(clock: Clock, database: Path) -> None:
    write(database, "INSERT INTO job VALUES ('지금')")
    for second in (1.01, 2.02, 3.03):
        clock.at[second] = lambda: write(database, "UPDATE job SET latest_heartbeat = 'x'")
    Waking(database).sleep(5)
    assert clock.now == pytest.approx(5)
    assert clock.at == {}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO dag_run VALUES ('on', 'queued')",
        "UPDATE dag SET is_paused = 0 WHERE dag_id = 'off'",
        "INSERT INTO asset_dag_run_queue VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'))",
        "INSERT INTO callback VALUES ('pending')",
    ],
    ids=["a run", "a schedule that is due", "an asset", "a callback"],
)
def test_it_wakes_when_there_is_something_to_do(clock: Clock, database: Path, sql: str) -> None:
    clock.at[2.0] = lambda: write(database, sql)
    Waking(database).sleep(60)
    assert 2.0 <= clock.now < 2.2


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO dag_run VALUES ('off', 'running')",
        "INSERT INTO dag_run VALUES ('on', 'success')",
        "INSERT INTO asset_dag_run_queue VALUES ('2013-01-01 00:00:00.000000')",
        "INSERT INTO callback VALUES ('scheduled')",
        "INSERT INTO dag VALUES ('later', 0, 0, '9999-01-01 00:00:00.000000')",
    ],
    ids=[
        "run of a paused dag",
        "finished run",
        "asset that waits for another",
        "not missed yet",
        "not due yet",
    ],
)
def test_what_waits_for_something_else_does_not_wake_it(clock: Clock, database: Path, sql: str) -> None:
    clock.at[2.0] = lambda: write(database, sql)
    Waking(database).sleep(5)
    assert clock.now == pytest.approx(5)


def test_with_work_under_way_it_looks_again_soon_and_at_once_when_someone_writes(
    clock: Clock, database: Path
) -> None:
    write(database, "INSERT INTO dag_run VALUES ('on', 'running')")
    Waking(database).sleep(5)
    assert clock.now == pytest.approx(0.3)
    clock.at[0.35] = lambda: write(database, "UPDATE job SET latest_heartbeat = 'x'")
    Waking(database).sleep(5)
    assert clock.now < 0.45


def test_a_database_that_cannot_be_asked_means_short_sleeps(clock: Clock, tmp_path: Path) -> None:
    Waking(tmp_path / "없음.db").sleep(5)
    assert clock.now == pytest.approx(0.3)
    write_to = tmp_path / "empty.db"
    sqlite3.connect(write_to).close()
    Waking(write_to).sleep(5)
    assert clock.now == pytest.approx(0.6)
