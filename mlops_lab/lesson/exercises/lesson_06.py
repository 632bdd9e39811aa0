"""06. 배치 처리와 Airflow의 연습문제."""

from __future__ import annotations

import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab.lesson.checking import Wrong, exercise, number, short

OFF = (
    (datetime(2013, 1, 25, 18, 0), datetime(2013, 1, 28, 9, 0)),
    (datetime(2013, 3, 8, 3, 30), datetime(2013, 3, 8, 23, 0)),
    (datetime(2013, 5, 3, 18, 0), datetime(2013, 5, 6, 3, 0)),
    (datetime(2013, 8, 1, 2, 59), datetime(2013, 8, 15, 2, 59)),
    (datetime(2013, 11, 27, 3, 0), datetime(2013, 12, 2, 9, 0)),
)
"""연습 06-1: 컴퓨터가 꺼져 있던 때. [끈 때, 켠 때)입니다."""

_NEEDS = {
    "flights": set(),
    "weather": set(),
    "join": {"flights", "weather"},
    "train": {"join"},
    "drift": {"join"},
    "report": {"train", "drift"},
}
_WRITES = (("2013-03-01", 944, 186), ("2013-03-02", 754, 152))
_CORRECTED = ("2013-03-01", 950, 190)


def _missed(start: datetime, end: datetime) -> int:
    """[start, end)에 든 새벽 3시의 수."""
    days = (end.date() - start.date()).days + 1
    threes = (datetime.combine(start.date() + timedelta(days=n), time(3)) for n in range(days))
    return sum(start <= moment < end for moment in threes)


@exercise("06-1")
def missed_runs(value: Any) -> str:
    """한 해 동안 실행되지 못한 횟수."""
    seen = number(value, "실행되지 못한 횟수", low=0, high=365)
    right = sum(_missed(start, end) for start, end in OFF)
    if seen == right:
        return f"{right}번입니다. 한 해의 장부에서 이만큼의 날이 소리 없이 빠집니다."
    if seen == 365 - right:
        hint = "실행된 것을 세었습니다. 실행되지 못한 것을 셉니다."
    elif seen == sum((end.date() - start.date()).days + 1 for start, end in OFF):
        hint = "꺼져 있던 날을 세었습니다. 그날의 3시에 꺼져 있었는지를 보아야 합니다."
    elif abs(seen - right) == 1:
        hint = "정확히 3시에 끄거나 켠 때를 다시 봅니다. 켜는 순간이 3시이면 실행됩니다."
    else:
        hint = "`croniter_range`로 한 해의 때를 모두 구하고, 때마다 어느 구간에 드는지 봅니다."
    raise Wrong(saw=f"{seen:g}번", expected="꺼져 있는 동안 지나간 3시의 수", hint=hint)


@exercise("06-2")
def idempotent_ledger(value: Any) -> str:
    """배우는 사람의 함수를 정말 불러 보고, 장부를 읽습니다."""
    if not callable(value):
        raise Wrong(
            saw=short(value),
            expected="함수",
            hint="`write_day(...)`를 부른 결과가 아니라 함수의 이름을 그대로 넘깁니다.",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.csv"
        for row in _WRITES:
            _call(value, path, row)
        _expect(path, _WRITES, "두 날을 한 번씩 부른 뒤")
        for row in _WRITES:
            _call(value, path, row)
        _expect(path, _WRITES, "같은 두 날을 한 번 더 부른 뒤")
        _call(value, path, _CORRECTED)
        _expect(path, (_CORRECTED, _WRITES[1]), "3월 1일을 고친 수로 부른 뒤")
    return "몇 번을 불러도 한 날에 한 줄이고, 고친 수가 남습니다. 이 작업이라면 언제든 다시 실행해도 됩니다."


def _call(write_day: Any, path: Path, row: tuple[str, int, int]) -> None:
    try:
        write_day(path, *row)
    except Exception as error:
        raise Wrong(
            saw=f"write_day(path, {', '.join(map(repr, row))})가 {type(error).__name__}({error})을(를) 냈습니다",
            expected="오류 없이 장부에 적기",
            hint="파일이 아직 없을 때와 이미 있을 때를 모두 생각합니다.",
        ) from None


def _expect(path: Path, rows: Any, when: str) -> None:
    """장부의 날마다의 수가 rows와 같은지 봅니다."""
    expected = "열이 day, flights, late이고 한 날에 한 줄인 장부"
    try:
        table = pd.read_csv(path, dtype={"day": str})
    except (OSError, ValueError):
        hint = "함수가 받은 `path`에 쓰는지 봅니다. 다른 이름의 파일에 쓰면 안 됩니다."
        raise Wrong(saw=f"{when} 읽을 수 있는 장부가 없습니다", expected=expected, hint=hint) from None
    if list(table.columns) != ["day", "flights", "late"]:
        hint = "첫 줄에 열의 이름을 쓰고, 순번(index) 열은 쓰지 않습니다."
        raise Wrong(saw=f"{when} 열이 {list(table.columns)}", expected=expected, hint=hint)
    wanted = {day: (flights, late) for day, flights, late in rows}
    found = {day: (flights, late) for day, flights, late in table.itertuples(index=False)}
    if table["day"].duplicated().any():
        saw, hint = f"{when} 한 날이 여러 줄입니다", "덧붙이기 전에 그날의 줄이 이미 있는지 봅니다."
    elif set(found) != set(wanted):
        saw, hint = f"{when} 날이 {sorted(found)}뿐입니다", "다른 날의 줄을 먼저 읽어 두었다가 함께 씁니다."
    elif found != wanted:
        saw = f"{when} 수가 {found}입니다"
        hint = "이미 있다고 건너뛰면 고친 수가 들어가지 않습니다. 새 수로 바꿉니다."
    else:
        return
    raise Wrong(saw=saw, expected=expected, hint=hint)


@exercise("06-3")
def six_tasks(value: Any) -> str:
    """DAG 객체의 화살표가 말한 것과 같은지 봅니다."""
    expected = "여섯 태스크와, 기다려야 할 것만 기다리는 화살표"
    if not hasattr(value, "task_dict"):
        hint = '`with DAG("mine") as mine:`처럼 만든 DAG 객체를 넘깁니다.'
        raise Wrong(saw=short(type(value).__name__), expected="DAG 객체", hint=hint)
    needs = {name: set(task.upstream_task_ids) for name, task in value.task_dict.items()}
    if set(needs) != set(_NEEDS):
        different = ", ".join(sorted(set(needs) ^ set(_NEEDS)))
        hint = f"`task_id`를 문제의 굵은 글씨와 견줍니다. 다른 것: {different}."
        raise Wrong(
            saw=f"태스크 {len(needs)}개", expected="flights, weather, join, train, drift, report", hint=hint
        )
    waits = {name: _ancestors(name, needs) for name in needs}
    wanted = {name: _ancestors(name, _NEEDS) for name in _NEEDS}
    for name in _NEEDS:
        if name in waits[name]:
            hint = "화살표를 따라가면 떠난 곳으로 돌아옵니다. 화살표의 방향을 하나씩 봅니다."
            raise Wrong(saw=f"{name}이(가) 자기 자신을 기다립니다(순환)", expected=expected, hint=hint)
    for name in _NEEDS:
        if missing := sorted(wanted[name] - waits[name]):
            hint = f"{name}을(를) 시작할 때 {missing[0]}이(가) 끝나 있어야 하는지, 문제의 글을 다시 읽습니다."
            raise Wrong(
                saw=f"{name}이(가) {', '.join(missing)}을(를) 기다리지 않습니다", expected=expected, hint=hint
            )
        if extra := sorted(waits[name] - wanted[name]):
            hint = (
                f"{name}은(는) {extra[0]}의 결과를 쓰지 않습니다. 나란히 실행할 수 있는 것은 잇지 않습니다."
            )
            raise Wrong(saw=f"{name}이(가) {', '.join(extra)}을(를) 기다립니다", expected=expected, hint=hint)
    return "받는 일 둘은 나란히, 학습과 판정도 나란히 실행됩니다. 순서는 꼭 필요한 만큼만 정했습니다."


def _ancestors(name: str, needs: dict[str, set[str]]) -> set[str]:
    """name이 곧바로든 건너서든 기다리는 태스크."""
    found: set[str] = set()
    waiting = list(needs[name])
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(needs[each])
    return found
