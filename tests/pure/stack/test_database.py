"""메타데이터베이스 들여다보기: 읽기만, 비밀값은 빼고, 끝나지 않는 물음은 멈춥니다."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mlops_lab.stack import QueryError, _config, _database, query, tables


@pytest.fixture(autouse=True)
def database() -> Path:
    place = _config.layout()
    _config.prepare(place)
    path = place.airflow / "airflow.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(
            "PRAGMA journal_mode = wal;"
            "CREATE TABLE dag (dag_id TEXT, is_paused INTEGER);"
            "INSERT INTO dag VALUES ('첫 DAG', 0), ('둘째', 1), ('셋째', 1);"
            "CREATE TABLE connection (conn_id TEXT, password TEXT, extra TEXT);"
            "INSERT INTO connection VALUES ('db', 'p4ssword', '{}');"
            "CREATE TABLE variable (key TEXT, val TEXT);"
            "INSERT INTO variable VALUES ('토큰', 's3cret');"
        )
    return path


def test_rows_come_with_their_columns_up_to_the_limit() -> None:
    assert query("SELECT dag_id AS 이름 FROM dag WHERE is_paused = 0") == (["이름"], [("첫 DAG",)])
    assert query("SELECT dag_id FROM dag", limit=2)[1] == [("첫 DAG",), ("둘째",)]
    assert query("WITH on_ AS (SELECT * FROM dag WHERE is_paused = 0) SELECT count(*) FROM on_")[1] == [(1,)]
    assert [table["table"] for table in tables()] == ["connection", "dag", "variable"]
    assert tables()[1]["rows"] == 3


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO dag VALUES ('x', 1)",
        "UPDATE dag SET is_paused = 0",
        "DELETE FROM dag",
        "DROP TABLE dag",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "ALTER TABLE dag RENAME TO x",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = delete",
        "PRAGMA writable_schema = ON",
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "BEGIN IMMEDIATE",
        "SELECT load_extension('x')",
    ],
)
def test_nothing_but_reading_is_allowed(sql: str, database: Path) -> None:
    before = database.read_bytes()
    with pytest.raises(QueryError, match="읽기만 할 수 있습니다"):
        query(sql)
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT password FROM connection",
        "SELECT * FROM connection",
        'SELECT "EXTRA" FROM Connection AS c',
        "SELECT conn_id FROM connection WHERE password LIKE 'p%'",
        "SELECT (SELECT val FROM variable)",
        "SELECT count(*) FROM connection GROUP BY password",
        "SELECT conn_id FROM connection ORDER BY extra",
        "SELECT json_group_array(val) FROM variable",
    ],
)
def test_secrets_are_not_read(sql: str) -> None:
    with pytest.raises(QueryError, match="비밀값") as told:
        query(sql)
    assert "p4ssword" not in str(told.value)
    suggested = str(told.value).splitlines()[-1]
    assert query(suggested)[1]  # 알려 준 문장은 그대로 실행됩니다.


def test_pages_of_the_file_are_not_read_around_the_guard() -> None:
    with pytest.raises(QueryError):
        query("SELECT data FROM sqlite_dbpage")


def test_endless_query_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_database, "_SECONDS", 0.2)
    with pytest.raises(QueryError, match=r"0.2초 안에 끝나지 않아 멈췄습니다"):
        query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")


def test_wrong_statements_are_explained(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="혹시 dag인가요"):
        query("SELECT * FROM dags")
    with pytest.raises(QueryError, match="문장 하나만"):
        query("SELECT 1; SELECT 2")
    with pytest.raises(QueryError, match="syntax error"):
        query("SELEC 1")
    with pytest.raises(QueryError, match=r"아직 없습니다.*\n.*mlops-lab up"):
        query("SELECT 1", tmp_path / "empty")
