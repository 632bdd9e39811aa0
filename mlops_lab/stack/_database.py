"""Airflow의 메타데이터베이스를 들여다봅니다. 읽기만 하며, 비밀값은 읽지 않습니다.

SQLite가 읽기 전용으로 열고(mode=ro), 문장마다 무엇을 하려는지 SQLite가 물어 오면(authorizer) 읽기만 허락합니다.
Airflow가 쓰는 동안에도(WAL) 기다리지 않고 읽습니다.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from mlops_lab.stack import _config
from mlops_lab.stack._errors import QueryError

_SECRETS = {
    "connection": {"password", "extra"},
    "variable": {"val"},
    "connection_test_request": {"token", "password", "extra"},
    "trigger": {"kwargs"},
    "callback": {"data"},
    "dag_bundle": {"signed_url_template", "template_params"},
    "revoked_token": {"jti"},
}
_MEANINGS = {
    "dag": "Dag 프로세서가 찾은 DAG. 켜졌는지, 다음 실행이 언제인지",
    "dag_version": "DAG가 바뀔 때마다 하나씩 늘어나는 판",
    "serialized_dag": "스케줄러와 API 서버가 파일 대신 읽는, JSON으로 바꾼 DAG",
    "dag_code": "화면의 '코드' 탭에 나오는 DAG 파일의 글",
    "dag_bundle": "DAG 파일을 가져오는 곳(폴더)",
    "dag_tag": "DAG의 태그",
    "dag_warning": "DAG를 읽다가 생긴 경고",
    "import_error": "읽지 못한 DAG 파일과 그 이유",
    "dag_run": "DAG 실행. 상태와 데이터 구간",
    "task_instance": "DAG 실행 안의 태스크 하나. 지금 상태와 시도 번호",
    "task_instance_history": "재시도하거나 초기화하기 전의 태스크 인스턴스",
    "task_reschedule": "센서가 자리를 내놓고 다시 올 시각",
    "rendered_task_instance_fields": "템플릿에 값을 채운 태스크의 인자",
    "task_map": "동적으로 매핑된 태스크의 개수",
    "xcom": "태스크가 다음 태스크에 넘긴 값",
    "job": "스케줄러, Dag 프로세서, 트리거러의 심장 박동",
    "log": "감사 로그. 누가 언제 무엇을 했는지",
    "trigger": "트리거러가 기다려 주는 일",
    "backfill": "백필",
    "backfill_dag_run": "백필이 만든 DAG 실행",
    "asset": "에셋",
    "asset_event": "에셋이 새로워진 일",
    "slot_pool": "풀. 동시에 돌 수 있는 태스크의 수",
    "connection": "커넥션. 암호는 암호화되어 있습니다",
    "variable": "변수. 값은 암호화되어 있습니다",
    "hitl_detail": "사람에게 물은 것과 그 답",
    "deadline": "DAG 실행의 데드라인",
    "alembic_version": "데이터베이스 구조의 판",
}
_WRITES = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
}
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_READABLE_INTERNALS = {"sqlite_master", "sqlite_schema", "sqlite_sequence"}
_DESCRIBING = {"table_info", "table_list", "index_list", "foreign_key_list"}
_SECONDS = 5.0
_STEPS = 10_000
_MAX_VALUE_BYTES = 16 * 1024**2


class _Guard:
    """SQLite가 물어 오는 것 가운데 읽기만 허락하고, 거절한 까닭을 적어 둡니다."""

    def __init__(self, columns: dict[str, list[str]]) -> None:
        self._columns = columns
        self.reason: str | None = None

    def __call__(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        self.reason = self.reason or self._refusal(action, first or "", second or "")
        return sqlite3.SQLITE_DENY if self.reason else sqlite3.SQLITE_OK

    def _refusal(self, action: int, first: str, second: str) -> str | None:
        if action == sqlite3.SQLITE_READ:
            return self._refusal_to_read(first.lower(), second.lower())
        if action in _READS and second.lower() != "load_extension":
            return None
        if action == sqlite3.SQLITE_PRAGMA and first.lower() in _DESCRIBING:
            return None
        what = f"{_WRITES[action]} {first}" if action in _WRITES else "읽기가 아닌 문장"
        return (
            f"메타데이터베이스는 읽기만 할 수 있습니다. 하려던 것: {what}\n"
            "SELECT로 읽어 주세요. 바꾸는 일은 Airflow의 화면이나 REST API로 합니다."
        )

    def _refusal_to_read(self, table: str, column: str) -> str | None:
        if table.startswith("sqlite_") and table not in _READABLE_INTERNALS:
            return f"{table}은(는) 읽을 수 없습니다. SELECT로 Airflow의 테이블을 읽어 주세요."
        secret = _SECRETS.get(table, set())
        if column not in secret:
            return None
        open_columns = ", ".join(name for name in self._columns.get(table, []) if name not in secret)
        return (
            f"{table}.{column}에는 비밀값이 있을 수 있어 읽지 않습니다. 다른 열의 이름을 적어 주세요:\n"
            f"SELECT {open_columns} FROM {table}"
        )


def query(
    sql: str, home: Path | str | None = None, *, limit: int = 1000
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """메타데이터베이스에 SELECT 하나를 묻습니다.

    Args:
        sql: 읽기만 하는 SQL 한 문장
        home: 작업 폴더. 없으면 `workspace.home()`
        limit: 돌려줄 줄의 수. 그 뒤는 읽지 않습니다

    Returns:
        (열의 이름, 줄)

    Raises:
        QueryError: 데이터베이스가 없거나, 읽기가 아니거나, 비밀값이거나, 문장이 틀렸거나, 5초 안에 끝나지 않을 때.
    """
    with _opened(home) as (database, guard):
        deadline = time.monotonic() + _SECONDS
        database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            cursor = database.execute(sql)
            rows = cursor.fetchmany(limit)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise QueryError(guard.reason or _explain(error, sql, database)) from None
        return [name for name, *_ in cursor.description or ()], rows


def tables(home: Path | str | None = None) -> list[dict[str, Any]]:
    """메타데이터베이스의 테이블입니다. 이름순이며, 하나가 {table: 이름, rows: 줄의 수, meaning: 뜻(모르면 빈 글)}입니다.

    Raises:
        QueryError: 데이터베이스가 아직 없을 때.
    """
    with _opened(home) as (database, _):
        return [
            {
                "table": name,
                "rows": int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]),  # noqa: S608 - 데이터베이스가 알려 준 이름입니다.
                "meaning": _MEANINGS.get(name, ""),
            }
            for name in _table_names(database)
        ]


@contextmanager
def _opened(home: Path | str | None) -> Iterator[tuple[sqlite3.Connection, _Guard]]:
    path = _config.layout(home).airflow / "airflow.db"
    if not path.is_file():
        raise QueryError(
            f"메타데이터베이스가 아직 없습니다: {path}\n`mlops-lab up`으로 Airflow를 먼저 시작해 주세요."
        )
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_SECONDS)) as database:
            database.execute("PRAGMA query_only = ON")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
            columns = {
                name: [row[1] for row in database.execute(f'PRAGMA table_info("{name}")')]
                for name in _table_names(database)
            }
            guard = _Guard(columns)
            database.set_authorizer(guard)
            yield database, guard
    except sqlite3.Error as error:
        raise QueryError(
            f"메타데이터베이스를 읽지 못했습니다: {path}\n{error}\n`mlops-lab doctor`로 살펴보아 주세요."
        ) from error


def _table_names(database: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not name.startswith("sqlite_")
    ]


def _explain(error: Exception, sql: str, database: sqlite3.Connection) -> str:
    """SQLite의 오류를 무엇을 보았고 무엇을 하면 되는지로 바꿉니다."""
    said = str(error)
    if said == "interrupted":
        return (
            f"{_SECONDS:g}초 안에 끝나지 않아 멈췄습니다.\n"
            "줄을 줄이는 조건(WHERE)을 더하거나, 테이블을 잇는 조건(ON)이 빠지지 않았는지 보아 주세요."
        )
    if "one statement at a time" in said:
        return "한 번에 문장 하나만 물을 수 있습니다. `;` 뒤를 지우고 다시 해 주세요."
    if found := re.fullmatch(r"no such table: (\S+)", said):
        return f"{found[1]}이라는 테이블이 없습니다.{_nearest(found[1], _table_names(database))}"
    return f"SQLite가 문장을 읽지 못했습니다: {said}\n문장: {sql.strip()[:200]}"


def _nearest(word: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, names, n=1)
    return f" 혹시 {near[0]}인가요?" if near else " stack.tables()로 테이블의 이름을 보아 주세요."
