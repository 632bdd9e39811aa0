"""어느 연습문제를 풀었는지 배우는 사람의 작업 폴더(`<MLOPS_LAB_HOME>/progress.json`)에 적습니다. 밖으로 나가지 않습니다."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lab import workspace
from mlops_lab._files import write_atomic

if TYPE_CHECKING:
    from mlops_lab.lesson.contents import Lesson

PASSED, WRONG, NOT_YET = "passed", "wrong", "not_yet"
MARKS = {PASSED: "맞힘", WRONG: "해 봄", NOT_YET: "아직"}
"""상태를 부르는 말."""


@dataclass(frozen=True)
class Record:
    """연습문제 하나의 기록입니다.

    Attributes:
        state: passed(맞음), wrong(아직 틀림). 한 번 맞으면 나중에 틀려도 passed입니다
        tries: 답을 검사한 횟수. 풀지 않은 것은 세지 않습니다
        when: 맞힌 때, 아직 틀렸으면 마지막으로 검사한 때(UTC, ISO 8601)
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
        return _read(home)
    except (OSError, ValueError):
        return {}


def keep(home: Path, name: str, state: str) -> None:
    """검사한 결과를 적습니다. 깨진 기록 파일은 지우지 않고 `progress.json.broken`으로 옮겨 둡니다.

    Raises:
        OSError: 작업 폴더에 쓸 수 없습니다.
    """
    if state == NOT_YET:
        return
    workspace.make(home)
    file = path(home)
    with _locked(home):
        try:
            records = _read(home)
        except FileNotFoundError:
            records = {}
        except ValueError:
            file.replace(file.with_name(f"{file.name}.broken"))
            records = {}
        before = records.get(name)
        if before is None or before.state != PASSED:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            before = Record(state, before.tries if before else 0, now)
        records[name] = replace(before, tries=before.tries + 1)
        text = json.dumps({key: asdict(records[key]) for key in sorted(records)}, indent=1)
        write_atomic(file, text + "\n")


def summarize(lessons: Iterable[Lesson], records: Mapping[str, Record]) -> dict[str, Any]:
    """수업마다 연습문제의 상태, 상태마다의 수, 다음에 할 것.

    Returns:
        `mlops-lab progress --json`이 찍는 사전. `lessons`, `totals`, `next`(없으면 None).
    """
    shown: list[dict[str, Any]] = [
        {
            "number": lesson.number,
            "title": lesson.title,
            "notebook": lesson.notebook,
            "exercises": {
                name: records[name].state if name in records else NOT_YET for name in lesson.exercises
            },
        }
        for lesson in lessons
    ]
    each = [
        (name, lesson["notebook"], state) for lesson in shown for name, state in lesson["exercises"].items()
    ]
    return {
        "lessons": shown,
        "totals": {mark: sum(state == mark for *_, state in each) for mark in MARKS},
        "next": next(
            ({"exercise": name, "notebook": notebook} for name, notebook, state in each if state != PASSED),
            None,
        ),
    }


def _read(home: Path) -> dict[str, Record]:
    """기록 파일을 읽습니다.

    Raises:
        OSError: 파일이 없거나 읽을 수 없습니다.
        ValueError: 우리가 적은 꼴이 아닙니다.
    """
    text = path(home).read_text("utf-8")
    try:
        return {
            name: Record(PASSED if each["state"] == PASSED else WRONG, int(each["tries"]), str(each["when"]))
            for name, each in json.loads(text).items()
        }
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(f"연습문제의 기록이 아닙니다: {error}") from error


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    """노트북 두 권이 함께 적어도 서로의 것을 잃지 않습니다."""
    with (home / ".progress.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
