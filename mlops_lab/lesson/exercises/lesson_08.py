"""08. Airflow의 구성 요소의 연습문제."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab import flights
from mlops_lab.lesson.checking import Wrong, exercise, number, one_of, short
from mlops_lab.lesson.dag_checks import Dag, expect_success, expect_tasks, read_dag, run_to_end
from mlops_lab.stack import DagFileError, StackError

_COMPONENTS = ("scheduler", "dag-processor", "triggerer", "api-server")
_DEAD, _LAST_BEAT = "triggerer", "2026-03-10 04:17:22"
_STATES = {"success": 31, "deferred": 9, "up_for_reschedule": 4, "running": 3, "queued": 1, "skipped": 2}


@contextmanager
def _watched(path: Path, content: str) -> Iterator[list[str]]:
    """path를 이름 있는 파이프로 바꾸어, 누가 열었는지 알아냅니다. 연 쪽은 content를 읽습니다.

    Yields:
        열릴 때마다 하나씩 늘어나는 목록
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    opened: list[str] = []
    done = threading.Event()

    def answer() -> None:
        while not done.wait(0.05):
            try:
                pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno not in (errno.ENXIO, errno.ENOENT):  # 읽는 쪽이 없습니다.
                    raise
                continue
            opened.append(path.name)
            os.write(pipe, content.encode())
            os.close(pipe)

    watcher = threading.Thread(target=answer)
    watcher.start()
    try:
        yield opened
    finally:
        done.set()
        watcher.join()
        path.unlink(missing_ok=True)


@exercise("08-1")
def sturdy(value: Any) -> str:
    """Dag 프로세서가 읽을 때는 기준값 파일을 열지 않고, 실행할 때마다 그때의 기준값을 따르는 DAG."""
    dag = read_dag(value)
    expect_tasks(dag, ["decide"])
    home = flights.home()
    limit = home / "lessons" / "sturdy" / "limit.txt"
    path = home / "dags" / str(dag.details["relative_fileloc"])
    source = path.read_text("utf-8")
    with _watched(limit, "0.3") as opened:
        broken = ""
        try:
            dag.lab.write_dag(path.name, source)
        except DagFileError as error:
            broken = str(error).splitlines()[0]
    if opened or broken:
        raise Wrong(
            saw="Dag 프로세서가 파일을 읽는 동안 `limit.txt`를 열었습니다" if opened else broken,
            expected="파일을 읽을 때는 열지 않고, 태스크가 실행될 때 여는 DAG",
            hint="기준값 파일을 여는 줄이 언제 실행되는지 봅니다. 오류를 삼켜도 여는 것은 여는 것입니다.",
        )
    for content, expected in (("0.5", "그대로"), ("0.3", "다시 학습")):
        limit.write_text(content, "utf-8")
        seen = _decide(dag)
        if seen != expected:
            raise Wrong(
                saw=f"기준값이 {content}일 때 `decide`가 {short(seen)}을(를) 돌려주었습니다",
                expected="12월의 지연율 0.326이 그때의 기준값보다 크면 `다시 학습`, 아니면 `그대로`",
                hint="기준값을 DAG에 적어 두지 않았는지, 실행할 때마다 파일에서 새로 읽는지 봅니다.",
            )
    return "기준값 파일이 사라져도 DAG는 멀쩡하고, 실행할 때마다 그때의 기준값을 따릅니다."


def _decide(dag: Dag) -> Any:
    run = run_to_end(dag)
    expect_success(run)
    try:
        return dag.lab.xcom(run, "decide")
    except StackError:  # 아무것도 돌려주지 않았습니다.
        return None


_SUSPECTS = {
    "A": "scheduler",
    "B": "none",
    "C": "dag-processor",
    "D": "api-server",
    "E": "triggerer",
}
_CLUES = {
    "A": "모든 DAG가 그렇고, 버튼은 눌립니다. 적는 것은 되는데 집는 것이 안 됩니다.",
    "B": "이 DAG만 그렇습니다. 이 DAG에만 다른 것이 무엇입니까?",
    "C": "새 파일만 보이지 않습니다. 파일을 보는 것은 누구입니까?",
    "D": "로그가 없다는 것은 코드가 시작하지 못했다는 뜻입니다. 태스크는 시작과 끝을 누구에게 알립니까?",
    "E": "작업자를 붙들고 스스로 기다린 것은 끝났습니다. 남에게 기다림을 맡긴 것만 남았습니다.",
}


@exercise("08-2")
def suspects(value: Any) -> str:
    """증상마다 먼저 살펴볼 구성 요소."""
    if not isinstance(value, dict) or set(value) != set(_SUSPECTS):
        raise Wrong(
            saw=short(value),
            expected='열쇠가 "A"부터 "E"까지인 사전',
            hint="`suspects`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    given = {letter: one_of(value[letter], (*_COMPONENTS, "none")) for letter in _SUSPECTS}
    missed = [letter for letter, right in _SUSPECTS.items() if given[letter] != right]
    if not missed:
        return "다섯 다 맞혔습니다. 고장의 범위(모두인지, 새것만인지, 기다리는 것만인지)가 범인을 가리킵니다."
    raise Wrong(
        saw=f"{len(given) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected="그 증상을 낼 수 있는 구성 요소",
        hint=f"{missed[0]}: {_CLUES[missed[0]]}",
    )


def last_night() -> tuple[pd.DataFrame, pd.DataFrame]:
    """연습 08-3의 테이블: (job, task_instance). 연습용으로 꾸민 것이고 시각은 서울입니다."""
    job = pd.DataFrame(
        [
            ("SchedulerJob", "success", "2026-03-10 02:00:31"),
            ("DagProcessorJob", "running", "2026-03-10 06:59:51"),
            ("TriggererJob", "running", _LAST_BEAT),
            ("SchedulerJob", "running", "2026-03-10 06:59:57"),
        ],
        columns=["job_type", "state", "latest_heartbeat"],
    )
    states = [state for state, count in _STATES.items() for _ in range(count)]
    order = [(7 * number) % len(states) for number in range(len(states))]
    rows = [
        (f"dag_{number % 6}", f"task_{number:02d}", states[place])
        for number, place in enumerate(order, start=1)
    ]
    return job, pd.DataFrame(rows, columns=["dag_id", "task_id", "state"])


@exercise("08-3")
def who_died(value: Any) -> str:
    """테이블에서 찾은, 갑자기 죽은 구성 요소와 그때와 멈춘 태스크의 수."""
    if not isinstance(value, dict) or set(value) != {"component", "when", "stuck"}:
        raise Wrong(
            saw=short(value),
            expected='열쇠가 "component", "when", "stuck"인 사전',
            hint="`found`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    component = one_of(value["component"], _COMPONENTS)
    if component != _DEAD:
        hints = {
            "scheduler": "얌전히 끝난 것은 `state`를 고쳐 적고 갑니다. 그렇게 적을 틈도 없던 것을 찾습니다.",
            "api-server": "API 서버는 심장 박동을 적지 않습니다. `job`에 있는 것 가운데에서 찾습니다.",
        }
        raise Wrong(
            saw=component,
            expected="갑자기 죽은 구성 요소",
            hint=hints.get(component, "07:00에 가까운 심장 박동이 있으면 살아 있습니다."),
        )
    if value["when"] != _LAST_BEAT[11:16]:
        raise Wrong(
            saw=short(value["when"]),
            expected="그 구성 요소의 마지막 심장 박동. 시와 분만 적은 글",
            hint="`job`에서 그 구성 요소의 줄을 찾고, `latest_heartbeat`의 시와 분을 옮깁니다.",
        )
    seen = number(value["stuck"], "멈춰 있는 태스크 인스턴스의 수", low=0, high=sum(_STATES.values()))
    if seen == _STATES["deferred"]:
        return "맞혔습니다. 구성 요소를 다시 시작하면 이 태스크들이 저절로 깨어납니다."
    raise Wrong(
        saw=f"{seen:g}개",
        expected="죽은 구성 요소가 맡고 있던 태스크 인스턴스의 수",
        hint="끝나지 않은 것이 모두 그 탓은 아닙니다. 그 구성 요소에 기다림을 맡긴 태스크는 어떤 상태입니까?",
    )
