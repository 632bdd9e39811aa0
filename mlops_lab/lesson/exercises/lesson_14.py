"""14. 운영의 연습문제."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab import flights
from mlops_lab.lesson.checking import Wrong, exercise, short
from mlops_lab.lesson.dag_checks import expect_success, expect_tasks, read_dag, run_to_end

_WORTH = {"A": True, "B": False, "C": True, "D": False, "E": True, "F": False, "G": False}
_WHY = {
    "A": "바깥의 서버입니다. 조금 뒤에도 끊길까요?",
    "B": "없는 열은 몇 번을 읽어도 없습니다.",
    "C": "서버가 무엇을 하라고 했습니까? 쉬는 시간을 그보다 길게 두면 됩니다.",
    "D": "괄호 안을 봅니다. 사람이 새로 받기 전에 저절로 나아집니까?",
    "E": "괄호 안을 봅니다. 그 태스크가 끝난 뒤에도 메모리가 모자랄까요?",
    "F": "13월은 다시 실행해도 13월입니다.",
    "G": "괄호 안을 봅니다. 재시도가 디스크를 비워 줍니까?",
}


@exercise("14-1")
def worth_a_retry(value: Any) -> str:
    """다시 하면 될 실패인지."""
    if not isinstance(value, dict) or set(value) != set(_WORTH):
        raise Wrong(
            saw=short(value),
            expected='열쇠가 "A"부터 "G"까지인 사전',
            hint="`worth_a_retry`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    for letter, given in value.items():
        if not isinstance(given, bool):
            raise Wrong(
                saw=f"{letter}: {short(given)}",
                expected="`True`나 `False`",
                hint="따옴표 없이 첫 글자를 크게 적습니다.",
            )
    missed = [letter for letter, right in _WORTH.items() if value[letter] != right]
    if not missed:
        return "일곱 다 맞혔습니다. 묻는 것은 하나입니다. 아무도 손대지 않아도 다음에는 달라질까요?"
    raise Wrong(
        saw=f"{len(_WORTH) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected="아무도 손대지 않아도 다음 시도에는 될 만한 것만 `True`",
        hint=f"{missed[0]}: {_WHY[missed[0]]}",
    )


def _line(month: str) -> str:
    path = Path(flights.__file__).parent / "data" / f"flights-{month}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return f"{month},{sum(1 for _ in lines) - 1}"


@exercise("14-2")
def safe_ledger(value: Any) -> str:
    """같은 달을 다시 실행해도 한 줄이고, 다른 달의 줄을 건드리지 않는 DAG."""
    dag = read_dag(value)
    expect_tasks(dag, ["write"])
    folder = flights.home() / "lessons" / "safe_ledger"
    shutil.rmtree(folder, ignore_errors=True)
    march, april = _line("2013-03"), _line("2013-04")
    steps = [
        ("2013-03", [march], "3월을 한 번 실행한 뒤", "`.csv` 파일에 그 달의 줄이 있는지 봅니다."),
        (
            "2013-04",
            [march, april],
            "3월 다음에 4월을 실행한 뒤",
            "다른 달의 줄을 지우지 않았는지, `month`를 매개변수에서 받는지 봅니다.",
        ),
        (
            "2013-03",
            [march, april],
            "3월을 다시 실행한 뒤",
            "덧붙이지 말고, 그 달의 몫을 통째로 바꾸어 씁니다.",
        ),
    ]
    for month, expected, when, hint in steps:
        expect_success(run_to_end(dag, {"month": month}))
        seen = sorted(
            line.strip()
            for path in folder.glob("**/*.csv")
            for line in path.read_text("utf-8").splitlines()
            if line.strip()
        )
        if seen != expected:
            raise Wrong(
                saw=f"{when} {len(seen)}줄: {short(', '.join(seen)) if seen else '없음'}",
                expected=f"달마다 한 줄씩 {len(expected)}줄",
                hint=hint,
            )
    return "3월을 두 번, 4월을 한 번 실행했는데 달마다 한 줄입니다. 마음 놓고 지우고 다시 실행해도 됩니다."


def red_morning() -> pd.DataFrame:
    """연습 14-3의 격자: 지난밤 실행의 태스크와 상태. 연습용으로 꾸민 것입니다."""
    rows = [
        ("wait_month", "", "success"),
        ("ingest", "wait_month", "success"),
        ("fetch_weather", "", "failed"),
        ("join_weather", "ingest, fetch_weather", "upstream_failed"),
        ("drift", "join_weather", "upstream_failed"),
        ("score", "ingest", "success"),
        ("performance", "score", "failed"),
        ("compare", "drift, performance", "upstream_failed"),
        ("promote", "compare", "upstream_failed"),
        ("clean_up", "score", "skipped"),
        ("notify", "promote", "upstream_failed"),
        ("report", "promote", "success"),
    ]
    return pd.DataFrame(rows, columns=["task_id", "upstream", "state"])


@exercise("14-3")
def to_read(value: Any) -> str:
    """로그를 먼저 읽어야 할 태스크."""
    morning = red_morning()
    states = dict(zip(morning["task_id"], morning["state"], strict=True))
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise Wrong(
            saw=short(value),
            expected="태스크 이름의 목록",
            hint='`["이름", "이름"]`처럼 대괄호로 묶습니다. 하나가 아닐 수도 있습니다.',
        )
    given = {str(each) for each in value}
    if unknown := sorted(given - set(states)):
        raise Wrong(
            saw=", ".join(unknown), expected="`task_id` 열에 있는 이름", hint="글자를 하나씩 견줍니다."
        )
    needed = {task for task, state in states.items() if state == "failed"}
    if extra := sorted(given - needed):
        kinds = {states[task] for task in extra}
        raise Wrong(
            saw=f"읽지 않아도 되는 태스크: {', '.join(extra)}",
            expected="스스로 실패한 태스크",
            hint="업스트림 실패는 시작한 적이 없어 로그가 없습니다."
            if "upstream_failed" in kinds
            else "빨간 태스크만 고릅니다.",
        )
    if missing := needed - given:
        raise Wrong(
            saw=f"{len(given)}개를 골랐습니다",
            expected="스스로 실패한 태스크 모두",
            hint=f"{len(missing)}개가 빠졌습니다. 하나를 고쳐도 다른 하나가 남아 있으면 다시 빨개집니다.",
        )
    return "빨간 칸이 일곱이어도 읽을 로그는 둘입니다. 두 원인은 서로 다른 길에 있습니다."
