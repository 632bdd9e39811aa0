"""어느 연습문제를 풀었는지 배우는 사람의 작업 폴더(`<MLOPS_LAB_HOME>/progress.json`)에 적습니다. 밖으로 나가지 않습니다."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

PASSED, WRONG, NOT_YET = "passed", "wrong", "not_yet"


@dataclass(frozen=True)
class Record:
    """연습문제 하나의 기록입니다.

    state: passed(맞음), wrong(아직 틀림). 한 번 맞으면 나중에 틀려도 passed입니다
    tries: 답을 검사한 횟수. 풀지 않은 것은 세지 않습니다
    when:  마지막으로 상태가 바뀐 때(UTC, ISO 8601)
    """

    state: str
    tries: int
    when: str


def path(home: Path) -> Path:
    """기록 파일의 자리입니다."""
    return home / "progress.json"


def load(home: Path) -> dict[str, Record]:
    """{연습문제: 기록}. 파일이 없거나 깨졌으면 비어 있습니다."""
    try:
        saved = json.loads(path(home).read_text("utf-8"))
        return {str(name): Record(**record) for name, record in saved.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(home: Path, name: str, state: str) -> None:
    """검사한 결과를 적습니다. 깨진 기록 파일은 지우지 않고 `progress.json.broken`으로 옮겨 둡니다.

    Raises:
        OSError: 작업 폴더에 쓸 수 없습니다.
    """
    if state == NOT_YET:
        return
    home.mkdir(parents=True, exist_ok=True)
    file = path(home)
    with _locked(home):
        records = load(home)
        if not records and file.exists() and file.read_bytes().strip() not in {b"", b"{}"}:
            file.replace(file.with_name(f"{file.name}.broken"))
        before = records.get(name)
        passed = state == PASSED or (before is not None and before.state == PASSED)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        records[name] = Record(
            state=PASSED if passed else WRONG,
            tries=(before.tries if before else 0) + 1,
            when=before.when if before and before.state == PASSED else now,
        )
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        text = json.dumps({key: asdict(records[key]) for key in sorted(records)}, indent=1)
        beside.write_text(text + "\n", "utf-8")
        os.replace(beside, file)


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """노트북 두 권이 함께 적어도 서로의 것을 잃지 않습니다."""
    with (home / ".progress.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
