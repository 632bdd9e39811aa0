"""DAG를 쓰는 연습문제: 그럴듯하게 틀린 DAG를 진짜 Airflow에 쓰고, 검사가 알아보고 도움이 되는 말을 하는지 봅니다.

맞는 DAG가 맞다고 나오는지는 풀어 둔 노트북이 보여 줍니다(tests/pure/notebooks/test_exercises.py).
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlops_lab.lesson import connect, progress
from mlops_lab.lesson.checking import NotYet, Wrong, grade
from mlops_lab.lesson.dag_checks import (
    expect_order,
    expect_schedule,
    expect_success,
    expect_tasks,
    read_dag,
    run_to_end,
)
from mlops_lab.lesson.live import Airflow
from mlops_lab.stack import DagFileError, Stack
from tests.common import ROOT

WRONG = ROOT / "tests" / "wrong_answers"

CASES = [
    pytest.param(path.stem[-2:], name, source, words, id=f"{name}-{number}")
    for path in sorted(WRONG.glob("lesson_*.py"))
    for name, answers in runpy.run_path(str(path)).get("WRONG_DAGS", {}).items()
    for number, (source, words) in enumerate(answers)
]

NUMBERS = [int(str(case.id).rpartition("-")[2]) for case in CASES]

HEAD = """\
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

def step(name, command="true"):
    return BashOperator(task_id=name, bash_command=command)
"""
DIAMOND = (
    HEAD
    + """
with DAG(
    "diamond",
    schedule="30 7 * * *",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Seoul"),
    default_args={"owner": "learner"},
    tags=["mine"],
):
    a, b, c, d = map(step, "abcd")
    a >> [b, c] >> d
    a >> d
"""
)


@pytest.fixture
def lab(airflow: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """배우는 사람의 Airflow. 이 시험이 쓴 DAG 파일은 남기지 않습니다."""
    monkeypatch.setenv("MLOPS_LAB_HOME", str(airflow.home))
    before = set(airflow.place.own_dags.glob("*.py*"))
    yield connect(say=lambda _: None)
    for path in set(airflow.place.own_dags.glob("*.py*")) - before:
        path.unlink()


def dag_id_of(lesson: str, exercise: str) -> str:
    """수업의 글이 `check("07-2", "dag_id")`로 넘기는 dag_id."""
    (source,) = (ROOT / "notebooks" / "source").glob(f"{lesson}_*.py")
    found = re.search(rf'^check\("{exercise}", "(\w+)"\)', source.read_text("utf-8"), re.MULTILINE)
    assert found, f'{source.name}에 check("{exercise}", "dag_id")가 없습니다'
    return found[1]


@pytest.fixture(scope="module")
def heard(airflow: Stack) -> Iterator[dict[tuple[str, int], str]]:
    """{(문제, 몇째): 틀린 DAG에 들은 말}.

    틀린 DAG를 한꺼번에 쓰고 한 번에 읽힙니다. 검사는 문제마다 차례로, 서로 다른 문제는 나란히 합니다. 같은 문제의 DAG는 같은 폴더에
    쓰기도 하기 때문입니다.
    """
    found: dict[tuple[str, int], str] = {}
    with (
        pytest.MonkeyPatch.context() as patch,
        ThreadPoolExecutor(8) as writers,
        ThreadPoolExecutor(2) as judges,
    ):
        patch.setenv("MLOPS_LAB_HOME", str(airflow.home))
        lab = connect(say=lambda _: None)
        cases = {(case.values[1], number): case.values for case, number in zip(CASES, NUMBERS, strict=True)}
        for place, said in zip(
            cases, writers.map(lambda place: written(lab, place, cases[place]), cases), strict=True
        ):
            if said is not None:
                found[place] = said
        groups: dict[str, list[tuple[str, int]]] = {}
        for place in cases:
            if place not in found:
                groups.setdefault(place[0], []).append(place)

        def judge(places: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
            return {place: judged(place, cases[place][0]) for place in places}

        for outcome in judges.map(judge, groups.values()):
            found |= outcome
        yield found
    for path in airflow.place.own_dags.glob("wrong_*"):
        path.unlink()


def name_of(place: tuple[str, int], lesson: str) -> str:
    """다른 틀린 답과 섞이지 않는 dag_id."""
    return f"{dag_id_of(lesson, place[0])}_wrong_{place[1]}"


def written(lab: Airflow, place: tuple[str, int], case: Any) -> str | None:
    """틀린 DAG를 다른 이름으로 씁니다. 읽지 못하는 파일이면 `%%write_dag`가 말한 까닭을 돌려줍니다."""
    lesson, exercise, source, _ = case
    # 폴더의 이름에도 같은 말이 있으므로, DAG의 이름인 자리만 바꿉니다.
    where = rf'(DAG\(\s*"|^def |^){dag_id_of(lesson, exercise)}(?="|\()'
    mine = re.sub(where, rf"\g<1>{name_of(place, lesson)}", source, flags=re.MULTILINE)
    try:
        lab.write_dag(f"wrong_{exercise.replace('-', '_')}_{place[1]}.py", mine)
    except DagFileError as error:
        return str(error)
    return None


def judged(place: tuple[str, int], lesson: str) -> str:
    """검사가 한 말."""
    outcome = grade(place[0], name_of(place, lesson))
    assert outcome.state != progress.PASSED, outcome
    return repr(outcome)


@pytest.mark.parametrize(("lesson", "exercise", "source", "words"), CASES)
def test_a_wrong_dag_is_refused_with_words_that_help(
    heard: dict[tuple[str, int], str],
    lesson: str,
    exercise: str,
    source: str,
    words: str,
    request: pytest.FixtureRequest,
) -> None:
    number = int(request.node.callspec.id.rpartition("-")[2])
    said = heard[exercise, number]
    assert words in said
    assert "검사하다가" not in said, "검사가 미처 생각하지 못한 답입니다"


def test_what_is_registered_is_read(lab: Airflow) -> None:
    with pytest.raises(NotYet, match="`diamond`가 아직 없습니다"):
        read_dag("diamond")
    with pytest.raises(NotYet, match="아직 없습니다"):
        read_dag("first_dag")  # 수업이 준 것은 배우는 사람의 것이 아닙니다.
    lab.write_dag("diamond.py", DIAMOND)
    with pytest.raises(NotYet, match="`diamonds`가 아직 없습니다"):
        read_dag("diamonds")
    with pytest.raises(Wrong, match="DAG 객체가 아니라"):
        read_dag(any)
    dag = read_dag("diamond")
    assert (dag.owners, dag.tags, dag.catchup, dag.end_date) == (["learner"], ["mine"], False, None)
    assert dag.start_date is not None
    assert f"{dag.start_date:%F %H:%M}" == "2025-01-01 00:00"
    assert [row["실행(서울)"] for row in dag.first_runs(2)] == [
        "2025-01-01(수) 07:30",
        "2025-01-02(목) 07:30",
    ]


def test_structure_is_compared_by_what_it_means(lab: Airflow) -> None:
    lab.write_dag("diamond.py", DIAMOND)
    dag = read_dag("diamond")
    expect_tasks(dag, "abcd")
    expect_order(dag, {"b": "a", "c": "a", "d": "bc"})
    expect_schedule(dag, "30 7 * * 0-6", expected="", hint="")
    for names, words in (("abc", "더 있는 태스크: `d`"), ("abcde", "없는 태스크: `e`")):
        with pytest.raises(Wrong) as wrong:
            expect_tasks(dag, names)
        assert words in wrong.value.hint
    orders: list[tuple[dict[str, Any], str]] = [
        ({"b": "a", "c": "b", "d": "c"}, "`c` 태스크가 `b` 태스크를 기다리지 않습니다"),
        ({"c": "a", "d": "bc"}, "`b` 태스크가 `a` 태스크를 기다립니다"),
    ]
    for waits, words in orders:
        with pytest.raises(Wrong) as wrong:
            expect_order(dag, waits)
        assert words in wrong.value.saw
    with pytest.raises(Wrong) as wrong:
        expect_schedule(dag, "0 7 * * *", expected="", hint="")
    assert "2025-01-01(수) 07:30, 2025-01-02(목) 07:30" in wrong.value.saw

    lab.write_dag("plain.py", HEAD + '\nwith DAG("plain"):\n    step("a")\n')
    with pytest.raises(Wrong, match="사람이 실행시켜야만"):
        expect_schedule(read_dag("plain"), "0 7 * * *", expected="", hint="")
    utc = 'with DAG("utc", schedule="0 7 * * *", start_date=pendulum.datetime(2025, 1, 1)):\n    step("a")\n'
    lab.write_dag("utc.py", f"{HEAD}\n{utc}")
    with pytest.raises(Wrong, match="시간대가 UTC입니다"):
        expect_schedule(read_dag("utc"), "0 7 * * *", expected="", hint="")


def test_a_check_runs_the_dag_and_leaves_no_trace_of_its_own(lab: Airflow) -> None:
    """꺼져 있던 DAG는 다시 꺼지고, 켜진 동안 스케줄러가 만든 실행은 사라지고, 배우는 사람의 실행은 남습니다."""

    def run_ids() -> set[str]:
        return {run.run_id for run in lab.runs("diamond")}

    lab.write_dag("diamond.py", DIAMOND)
    lab.forget("diamond")
    run = run_to_end(read_dag("diamond"))
    expect_success(run)
    assert lab.client.dag("diamond")["is_paused"]
    assert run_ids() == {run.run_id}

    learners = lab.wait(lab.trigger("diamond", logical_date="2025-02-01"))
    again = run_to_end(read_dag("diamond"))
    assert not lab.client.dag("diamond")["is_paused"]
    assert run_ids() >= {run.run_id, learners.run_id, again.run_id}
    lab.forget("diamond")


def test_a_failed_run_says_what_the_task_said_last(lab: Airflow) -> None:
    lab.write_dag(
        "fails.py", HEAD + '\nwith DAG("fails"):\n    step("a", "echo 무게를 못 찾음; exit 3") >> step("b")\n'
    )
    run = run_to_end(read_dag("fails"))
    with pytest.raises(Wrong, match=r"`a` 태스크가 실패했습니다: AirflowException.*exit code 3"):
        expect_success(run)


def test_a_run_that_does_not_end_is_told(lab: Airflow) -> None:
    lab.write_dag("endless.py", HEAD + '\nwith DAG("endless"):\n    step("a", "sleep 600")\n')
    with pytest.raises(Wrong, match="끝나지 않았습니다"):
        run_to_end(read_dag("endless"), timeout=0)
    lab.forget("endless")
