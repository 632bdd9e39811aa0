"""DAG 폴더를 바뀌었을 때에만 훑는 DAG 번들입니다. `airflow.cfg`의 `dag_bundle_config_list`에 적습니다."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from airflow.dag_processing.bundles.local import LocalDagBundle

_WATCHED = (".py", ".zip", ".yaml", ".yml", ".toml", ".sql", ".airflowignore")
"""DAG의 모양을 바꿀 수 있는 파일입니다. 노트북이 곁에 쓰는 자료와 기록은 보지 않습니다."""

_SKIPPED = {"__pycache__", "node_modules"}
_COST = 0.01
"""폴더를 들여다보는 데 쓸 시간의 몫입니다. 파일이 아주 많으면 그만큼 드물게 봅니다."""

_Snapshot = frozenset[tuple[str, int, int]]


class WatchedDagBundle(LocalDagBundle):
    """폴더 하나의 DAG 파일입니다. 파일이 생기거나 바뀌거나 사라지면 다음 차례(1초)에 Dag 프로세서가 알아챕니다.

    Airflow의 LocalDagBundle은 정한 시간마다 폴더의 파일을 모두 읽어 DAG가 있는지 보고, 정한 시간마다 모든 DAG 파일을 다시 실행합니다.
    아무 일이 없어도 코어의 몇 %를 씁니다. 여기에서는 파일 시스템이 알려 주는 시각과 크기만 봅니다. DAG 파일이 읽어 쓰는 곁의 파일이
    바뀌면 그 폴더의 DAG 파일을 모두 다시 읽게 합니다.
    """

    def __init__(self, **options: Any) -> None:
        self._seen: _Snapshot | None = None
        self._next_look = 0.0
        super().__init__(**options)

    @property
    def refresh_interval(self) -> int:
        """다시 훑을 때까지의 시간(초). 바뀐 것이 있으면 0입니다. Dag 프로세서가 차례마다 묻습니다."""
        began = time.monotonic()
        if self._seen is None or began < self._next_look:
            return self._patience
        changed = self._snapshot() != self._seen
        self._next_look = began + (time.monotonic() - began) / _COST
        return 0 if changed else self._patience

    @refresh_interval.setter
    def refresh_interval(self, seconds: int) -> None:
        self._patience = seconds

    def refresh(self) -> None:
        """바뀐 것을 적어 둡니다. DAG 파일이 아닌 것이 바뀌었으면 모든 DAG 파일을 다시 읽게 합니다."""
        now = self._snapshot()
        if self._seen is not None:
            self._reparse_if_beside(now)
        self._seen = now
        super().refresh()

    def _reparse_if_beside(self, now: _Snapshot) -> None:
        from airflow.models.dagbag import DagPriorityParsingRequest
        from airflow.utils.file import list_py_file_paths
        from airflow.utils.session import create_session
        from sqlalchemy import select

        assert self._seen is not None
        changed = {name for name, _, _ in now ^ self._seen}
        dag_files = {os.path.relpath(path, self.path) for path in list_py_file_paths(self.path)}
        gone = {name for name in changed if name.endswith(".py")} - {name for name, _, _ in now}
        if not changed - dag_files - gone:
            return
        with create_session() as session:
            asked = select(DagPriorityParsingRequest.relative_fileloc).where(
                DagPriorityParsingRequest.bundle_name == self.name
            )
            for name in sorted(dag_files - set(session.scalars(asked))):
                session.add(DagPriorityParsingRequest(self.name, name))

    def _snapshot(self) -> _Snapshot:
        return frozenset(self._files(os.fspath(self.path), ""))

    def _files(self, folder: str, prefix: str) -> Iterator[tuple[str, int, int]]:
        """(이름, 바뀐 시각, 크기)."""
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            try:
                if entry.name.endswith(_WATCHED):
                    status = entry.stat()
                    yield f"{prefix}{entry.name}", status.st_mtime_ns, status.st_size
                elif entry.is_dir() and entry.name not in _SKIPPED and not entry.name.startswith("."):
                    yield from self._files(entry.path, f"{prefix}{entry.name}/")
            except OSError:
                continue
