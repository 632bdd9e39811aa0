"""스케줄러가 할 일이 없을 때에는 길게 쉬고, 생기면 곧바로 깨어나게 합니다.

Airflow의 스케줄러는 쉬는 시간(`scheduler_idle_sleep_time`)마다 깨어나 데이터베이스를 스무 번쯤 묻습니다. 짧게 쉬면 아무 일이 없어도
코어의 10 %를 쓰고, 길게 쉬면 태스크 사이가 벌어집니다. SQLite에서는 파일이 바뀐 시각만 보아도 누가 무엇을 적었는지 알 수 있으므로,
그때 할 일이 있는지 한 번만 묻습니다. 다른 데이터베이스이거나 물을 수 없으면 짧게 쉽니다.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import types
from pathlib import Path

_LOOK_SECONDS = 0.05
_BUSY_SECONDS = 0.3
"""할 일이 있는데 아무도 적지 않을 때(정해진 시각을 기다릴 때) 쉬는 시간입니다."""

_ASK_SECONDS = 1.0
"""아무도 적지 않아도 시각이 되어 할 일이 생겼는지 묻는 간격입니다."""

_WORK = """
SELECT EXISTS (
    SELECT 1 FROM dag_run JOIN dag USING (dag_id)
    WHERE dag_run.state IN ('queued', 'running') AND NOT dag.is_paused
) OR EXISTS (
    SELECT 1 FROM dag WHERE NOT is_paused AND NOT is_stale
    AND next_dagrun_create_after <= strftime('%Y-%m-%d %H:%M:%f', 'now')
) OR EXISTS (
    SELECT 1 FROM asset_dag_run_queue WHERE created_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-10 seconds')
) OR EXISTS (SELECT 1 FROM callback WHERE state IN ('pending', 'queued'))
"""
"""스케줄러가 할 일: 켜진 DAG의 끝나지 않은 실행, 때가 된 스케줄, 방금 갱신된 에셋, 부를 콜백.

다른 에셋까지 기다리는 DAG의 에셋은 오래 남아 있으므로 방금 것만 봅니다.
"""


class Waking:
    """데이터베이스 파일을 지켜보며 쉽니다.

    Args:
        database: SQLite 파일
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._log = database.with_name(f"{database.name}-wal")

    def sleep(self, seconds: float) -> None:
        """`seconds`초까지 쉽니다. 할 일이 생기면 먼저 돌아옵니다."""
        before = self._stamp()
        if self._is_work():
            # 태스크가 끝나기를 기다립니다. 누가 적으면 곧바로, 아니면 조금 뒤에 다시 봅니다.
            self._watch(before, min(seconds, _BUSY_SECONDS))
            return
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._watch(before, min(left, _ASK_SECONDS))
            before = self._stamp()
            if self._is_work():
                return

    def _watch(self, before: tuple[int, ...], seconds: float) -> None:
        """파일이 `before`와 달라지거나 `seconds`초가 지나면 돌아옵니다."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(_LOOK_SECONDS, left))
            if self._stamp() != before:
                return

    def _stamp(self) -> tuple[int, ...]:
        try:
            status = self._log.stat()
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_size

    def _is_work(self) -> bool:
        """할 일이 있으면 참입니다. 물을 수 없을 때에도 참입니다."""
        try:
            address = f"{self._database.resolve().as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(address, uri=True, timeout=0.2)) as connection:
                return bool(connection.execute(_WORK).fetchone()[0])
        except sqlite3.Error:
            return True


def install(address: str) -> None:
    """이 프로세스의 스케줄러가 쉬는 방법을 바꿉니다.

    Args:
        address: `[database] sql_alchemy_conn`의 값
    """
    from airflow.jobs import scheduler_job_runner
    from sqlalchemy.engine import make_url

    url = make_url(address)
    if url.get_backend_name() == "sqlite" and url.database:
        sleep = Waking(Path(url.database)).sleep
    else:

        def sleep(seconds: float) -> None:
            time.sleep(min(seconds, _BUSY_SECONDS))

    clock = types.ModuleType("time")
    clock.__dict__.update(vars(time))
    clock.sleep = sleep  # type: ignore[attr-defined]
    scheduler_job_runner.time = clock  # type: ignore[attr-defined]
