"""답의 검사: 무엇을 받아도 배우는 사람의 노트북을 멈추지 않고, 맞는 값은 어떤 꼴이어도 받습니다."""

from __future__ import annotations

import decimal
import fractions
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlops_lab.lesson import checking, dag_checks, progress
from mlops_lab.lesson.build import find_targets
from mlops_lab.lesson.checking import (
    NotYet,
    Wrong,
    check,
    exercise,
    exercises,
    grade,
    number,
    one_of,
    reveal,
    short,
)  # fmt: skip
from mlops_lab.stack import StackError
from tests.common import FUZZ, ROOT

LESSONS = [target.source.stem[:2] for target in find_targets(ROOT, "learner")]


class Hostile:
    """무엇을 물어도 예외를 던지는 값."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"__class__", "__dict__"}:
            return object.__getattribute__(self, name)
        raise RuntimeError("묻지 마십시오")

    def __repr__(self) -> str:
        raise RuntimeError("적을 수 없습니다")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("견줄 수 없습니다")

    def __hash__(self) -> int:
        raise RuntimeError("사전에 넣을 수 없습니다")


def looped() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


STRANGE = [
    Hostile(),
    [Hostile()],
    {"A": Hostile(), "B": ...},
    looped(),
    np.add,
    np.array([[1, 2]]),
    np.datetime64("NaT"),
    np.ma.masked,
    pd.NA,
    pd.DataFrame({"x": [1]}),
    pd.Series([1, 2]),
    10**400,
    1j,
    "\ud800",
    {...},
    object,
    lambda: 1 / 0,
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.just(...)
    | st.integers(0, len(STRANGE) - 1).map(lambda place: STRANGE[place]),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], str]], str]:
    """시험용 연습 "99-1"을 등록하는 함수."""
    module = "mlops_lab.lesson.exercises.lesson_99"
    monkeypatch.setitem(sys.modules, module, ModuleType(module))
    monkeypatch.setattr(checking, "_JUDGES", dict(checking._JUDGES))

    def register(judge: Callable[[Any], str]) -> str:
        exercise("99-1")(judge)
        return "99-1"

    return register


@pytest.fixture
def no_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """시작하지 못하는 Airflow. 글을 답하면 검사가 그 이름의 DAG를 찾으려고 Airflow를 시작합니다."""

    def connect(**_: Any) -> None:
        raise StackError("시작하지 못했습니다.")

    monkeypatch.setattr(dag_checks, "connect", connect)


def test_an_airflow_that_does_not_start_is_not_a_wrong_answer(no_airflow: None) -> None:
    outcome = grade("07-2", "my_dag")
    assert outcome.state == progress.NOT_YET
    assert "Airflow에 닿지 못해 검사하지 못했습니다. 시작하지 못했습니다." in repr(outcome)


@pytest.mark.usefixtures("no_airflow")
@pytest.mark.parametrize("lesson", LESSONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=ANYTHING)
@example(value="\ud800")  # 짝 없는 서로게이트는 UTF-8로 쓸 수 없습니다.
def test_no_value_whatever_raises_at_the_learner(lesson: str, value: Any) -> None:
    for name in exercises(lesson):
        outcome = grade(name, value)
        assert outcome.state in (progress.PASSED, progress.WRONG, progress.NOT_YET)
        (repr(outcome) + outcome._repr_html_()).encode("utf-8")


@pytest.mark.parametrize("place", range(len(STRANGE)))  # pytest도 Hostile에게는 이름을 묻지 못합니다.
def test_a_strange_value_is_only_a_wrong_answer(
    place: int, judged: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    value = STRANGE[place]
    name = judged(lambda value: f"{number(value, '수')} {one_of(value, ('a', 'b'))}")
    check(name, value)
    assert "검사하다가" not in short(value)
    assert len(short(value)) <= 120
    assert capsys.readouterr().out.startswith("99-1 ")


def test_what_the_judge_did_not_foresee_is_told(judged: Callable[..., str]) -> None:
    outcome = grade(judged(lambda value: f"{value['없는 열']}"), {"a": 1})
    assert outcome.state == progress.WRONG
    assert "본 것: {'a': 1}" in repr(outcome)
    assert "KeyError('없는 열')" in repr(outcome)


def test_a_judge_that_exits_does_not_end_the_kernel(judged: Callable[..., str]) -> None:
    assert grade(judged(lambda value: value()), lambda: exit(1)).state == progress.WRONG


def test_the_three_outcomes_in_text_and_html(judged: Callable[..., str]) -> None:
    def judge(value: Any) -> str:
        if value == "아직":
            raise NotYet("DAG를 먼저 실행합니다.")
        if value != 3:
            raise Wrong(saw=f"<{value}>", expected="셋", hint="`len`으로 셉니다.")
        return "셋입니다."

    name = judged(judge)
    assert repr(grade(name, 3)) == "99-1 맞습니다.\n  셋입니다."
    assert repr(grade(name, "아직")) == "99-1 아직 풀지 않았습니다.\n  DAG를 먼저 실행합니다."
    wrong = grade(name, 4)
    assert repr(wrong) == "99-1 다시 해 봅시다.\n  본 것: <4>\n  기대한 것: 셋\n  해 볼 것: `len`으로 셉니다."
    html = wrong._repr_html_()
    assert "<b>99-1 다시 해 봅시다.</b>" in html
    assert "&lt;4&gt;" in html
    assert "<code>len</code>" in html
    assert 'role="status"' in html


@pytest.mark.parametrize(
    "value", [..., [1, ...], (..., 1), {"A": 1, "B": ...}, {"A": [..., 1]}, {...}, [[...], []]]
)
def test_a_blank_left_anywhere_is_not_yet_solved(value: Any, judged: Callable[..., str]) -> None:
    assert grade(judged(lambda value: "맞았습니다"), value).state == progress.NOT_YET


def test_an_unknown_exercise_is_told_and_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    check("98-7", 1)
    assert "그런 문제가 없습니다" in capsys.readouterr().out
    from mlops_lab import flights

    assert progress.load(flights.home()) == {}


def test_check_keeps_the_progress_in_the_home(
    judged: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(judged(lambda value: "좋습니다."), 1)
    assert capsys.readouterr().out == "99-1 맞습니다.\n  좋습니다.\n"
    assert progress.load(tmp_path / "workspace")["99-1"].state == progress.PASSED


def test_a_home_that_cannot_be_written_is_only_said(
    judged: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("폴더가 아닙니다", "utf-8")  # root도 파일 안에는 폴더를 만들지 못합니다.
    monkeypatch.setenv("MLOPS_LAB_HOME", str(tmp_path / "file" / "home"))
    check(judged(lambda value: "좋습니다."), 1)
    said = capsys.readouterr().out
    assert said.startswith("99-1 맞습니다.")
    assert "결과를 적어 두지 못했습니다(Not a directory)" in said


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int64(3), np.float32(3), np.array(3), fractions.Fraction(3), pd.Series([3])[0]]
)
def test_a_number_in_any_form_is_taken(value: Any) -> None:
    assert number(value, "수", low=0, high=3) == 3.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("3", "수 하나"),
        (True, "수 하나"),
        (np.True_, "수 하나"),
        ([3], "수 하나"),
        (np.array([3]), "수 하나"),
        (decimal.Decimal("NaN"), "수 하나"),
        (float("nan"), "결측"),
        (np.nan, "결측"),
        (float("inf"), "0으로 나누지"),
        (10**400, "0으로 나누지"),
        (-1, "단위"),
        (3.5, "0부터 3까지"),
    ],
)
def test_what_is_not_a_number_in_the_range_is_refused(value: Any, words: str) -> None:
    with pytest.raises(Wrong) as caught:
        number(value, "수", low=0, high=3)
    assert words in caught.value.expected + caught.value.hint


@pytest.mark.parametrize("value", ["a", " A ", np.str_("a"), np.array("a")])
def test_a_choice_is_taken_in_any_case(value: Any) -> None:
    assert one_of(value, ("a", "b")) == "a"


@pytest.mark.parametrize("value", ["c", 1, None, ["a"], np.array(["a", "b"]), pd.Series(["a"])])
def test_another_choice_is_refused(value: Any) -> None:
    with pytest.raises(Wrong, match="a, b 가운데 하나"):
        one_of(value, ("a", "b"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (np.float64(0.5), "0.5"),
        (pd.DataFrame({"x": [1, 2]}), "DataFrame(모양 (2, 1))"),
        ("가\n나", "'가\\n나'"),
        ([1, 2], "[1, 2]"),
        (object(), "<object object>"),
        ("가" * 200, "'" + "가" * 118 + "…"),
    ],
)
def test_a_value_on_one_short_line(value: Any, text: str) -> None:
    assert short(value) == text


ENDINGS = [
    SystemExit(1),
    KeyboardInterrupt(),
    GeneratorExit(),
    BaseException("끝"),
    MemoryError(),
    RecursionError(),
]


def hostile(ending: BaseException | None, said: Any = "x") -> list[Any]:
    """노트북에서 만들었을 법한 객체들. 무엇을 물어도 `ending`을 던지거나, 없으면 언제나 같다고 하고 `said`라고 적습니다."""

    def answer(*_: Any, **__: Any) -> Any:
        if ending is not None:
            raise ending
        return True

    def write(*_: Any, **__: Any) -> Any:
        print("가" * 100_000)
        return said if ending is None else answer()

    lies = dict.fromkeys(
        ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__contains__", "__call__",
         "__float__", "__getitem__", "__iter__", "__len__"],
        answer,
    ) | {"__hash__": lambda _: 0, "__repr__": write, "__str__": write, "__format__": write}  # fmt: skip
    text = dict.fromkeys(["strip", "lower", "split", "upper"], lambda self, *_: self)
    made = [type("Answer", (), lies)(), type("Class", (), {**lies, "__class__": property(lambda _: dict)})()]
    for base, content in (
        ("str", "x"),
        ("int", 8_191),
        ("float", 0.125),
        ("list", [1]),
        ("dict", {"A": 1}),
        ("tuple", (1, 2)),
    ):
        kind = type(base, ({"str": str, "int": int, "float": float, "list": list, "dict": dict, "tuple": tuple}[base],),
                    lies | (text if base == "str" else {}))  # fmt: skip
        made.append(kind(content))
    return [*made, answer, write]


HOSTILE = [
    *(each for ending in (None, *ENDINGS) for each in hostile(ending)),
    *(hostile(None, said)[0] for said in ("x" * 1_600_000, "\n" * 1_600_000, 3, None, type("Text", (str,), {"split": 1})("y"))),
    10**5_000,
    -(10**5_000),
    "x" * 1_600_000,
    "\n" * 1_600_000,
    ["x" * 100_000] * 100,
    list(range(20_000)),
    {str(place): place for place in range(10_000)},
    np.zeros((1_000, 1_000)),
]  # fmt: skip
LONGEST = 3 * checking._LONGEST + 100


def wrapped(value: Any) -> list[Any]:
    """답과, 답이 여러 자리에 든 것."""
    letters = [
        dict.fromkeys(names, value)
        for names in (["A", "B", "C"], ["A", "B", "C", "D", "E"], ["component", "when", "stuck"])
    ]
    return [value, [value], (value,) * 3, {"A": value}, [[value]], *letters]


def bounded(outcome: checking.Outcome) -> None:
    assert len(repr(outcome)) < LONGEST
    assert len(outcome._repr_html_()) < 6 * LONGEST


@pytest.mark.usefixtures("no_airflow")
@pytest.mark.parametrize("lesson", LESSONS)
def test_no_code_of_the_answer_ends_or_fools_the_check(
    lesson: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in exercises(lesson):
        for place in range(len(hostile(None))):
            for ending in (None, *ENDINGS[:2]):
                for value in wrapped(hostile(ending)[place]):
                    outcome = grade(name, value)
                    assert outcome.state != progress.PASSED, (name, place, ending)
                    bounded(outcome)
                    assert len(capsys.readouterr().out) < 11_000


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_what_a_hostile_answer_shows_is_bounded(place: int, judged: Callable[..., str]) -> None:
    """검사가 답을 그대로 적거나, 부르거나, 견주더라도."""

    def careless(value: Any) -> str:
        if value == "맞는 답":
            return "맞았습니다"
        raise Wrong(saw=f"{value} {value!r}", expected="셋", hint="")

    def calls(value: Any) -> str:
        return f"{value()}"

    for judge in (careless, calls, lambda value: f"{number(value, '수', low=9, high=9)}"):
        name = judged(judge)
        for value in wrapped(HOSTILE[place]):
            outcome = grade(name, value)
            assert outcome.state != progress.PASSED or judge is calls
            bounded(outcome)
            assert len(short(value)) <= 120
            assert type(short(value)) is str


def test_an_answer_that_is_equal_to_everything_is_told_as_such(judged: Callable[..., str]) -> None:
    outcome = grade(judged(lambda value: "맞습니다" if value == 3 else "?"), hostile(None)[0])
    assert outcome.state == progress.WRONG
    assert "견주는 법(`__eq__` 등)을 고쳐 쓴 클래스" in repr(outcome)


def test_a_child_of_a_builtin_type_is_judged_by_what_it_holds(judged: Callable[..., str]) -> None:
    class Word(str):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    name = judged(lambda value: "좋습니다" if value == ["a"] else NotYet)
    assert grade(name, [Word("a")]).state == progress.PASSED
    assert grade(name, [Word("b")]).state == progress.WRONG


@pytest.mark.parametrize(
    "value",
    [np.int64(3), np.array([1, 2]), pd.DataFrame({"x": [1]}), pd.Timestamp("2013-01-01"), decimal.Decimal(3),
     fractions.Fraction(3), Path("a"), pd.NA, np.str_("a"), lambda: 1, object, progress.Record("a", 1, "b")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_libraries_make_arrives_as_it_is(value: Any, judged: Callable[..., str]) -> None:
    seen: list[Any] = []

    def judge(value: Any) -> str:
        seen.append(value[0])
        return "좋습니다"

    assert grade(judged(judge), [value]).state == progress.PASSED
    assert seen[0] is value


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda error: type(error).__name__)
def test_a_guess_is_revealed_whatever_it_does(
    ending: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in (*hostile(ending), looped(), 10**5_000):
        reveal(value, value)
        assert capsys.readouterr().out.count("\n실제: ") == 1
    reveal([1, ...], 1)
    assert capsys.readouterr().out == "예상: 아직 적지 않았습니다\n실제: 1\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**5_000, "약 10**5000"),
        ([-(10**5_000)], "[-약 10**5000]"),
        ({"나": 1, "가": [2]}, "{'나': 1, '가': [2]}"),
        ({"나"}, "{'나'}"),
        (set(), "set()"),
        ((1,), "(1,)"),
        (frozenset([1]), "frozenset({1})"),
        (list(range(1_000)), str(list(range(1_000)))[:119] + "…"),
        ("x" * 1_000, "'" + "x" * 118 + "…"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_long_values_are_cut_and_keep_their_order(value: Any, text: str) -> None:
    assert short(value) == text


def test_a_small_answer_that_grows_is_told_at_once(judged: Callable[..., str]) -> None:
    """목록 마흔 개이지만, 펼치면 10의 40제곱 칸입니다."""
    value: Any = "x"
    for _ in range(40):
        value = [value] * 10
    name = judged(lambda value: one_of(value, ("a", "b")))
    assert grade(name, value).state == progress.WRONG
    assert len(short(value)) == 120
    reveal(value, value)


def test_ctrl_c_is_not_swallowed(judged: Callable[..., str]) -> None:
    """사람이 누른 것은, 답의 코드가 삼켰더라도 검사를 멈춥니다."""

    def swallow() -> str:
        try:
            signal.raise_signal(signal.SIGINT)
        except BaseException:
            return "삼켰습니다"
        return "오지 않았습니다"

    before = signal.getsignal(signal.SIGINT)
    for judge in (lambda value: signal.raise_signal(signal.SIGINT), lambda value: value()):
        with pytest.raises(KeyboardInterrupt):
            grade(judged(judge), swallow)
    assert signal.getsignal(signal.SIGINT) is before
    assert grade(judged(lambda value: "좋습니다"), 1).state == progress.PASSED


def test_the_check_works_beside_the_main_thread(judged: Callable[..., str]) -> None:
    """JupyterLab의 하위 셸은 다른 스레드에서 셀을 실행합니다."""
    import threading

    seen: list[str] = []
    name = judged(lambda value: value())
    thread = threading.Thread(target=lambda: seen.append(grade(name, hostile(KeyboardInterrupt())[-1]).state))
    thread.start()
    thread.join()
    assert seen == [progress.WRONG]


PIECES = st.sampled_from(range(len(HOSTILE))).map(lambda place: HOSTILE[place])
HOSTILE_ANSWERS = st.recursive(
    ANYTHING | PIECES | st.integers() | st.dates() | st.decimals() | st.fractions(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(
            st.sampled_from(["A", "B", "C", "D", "E", "month", "when", "실패", "거절"]), inner, max_size=5
        )
    ),
    max_leaves=4,
)


@pytest.mark.usefixtures("no_airflow")
@settings(
    max_examples=FUZZ,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(data=st.data())
def test_any_answer_is_told_in_bounded_words(data: st.DataObject, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = data.draw(st.sampled_from(LESSONS))
    names = sorted(exercises(lesson))
    value = data.draw(HOSTILE_ANSWERS)
    for name in names:
        outcome = grade(name, value)
        assert outcome.state in (progress.PASSED, progress.WRONG, progress.NOT_YET)
        bounded(outcome)
        (repr(outcome) + outcome._repr_html_()).encode("utf-8")
    assert len(capsys.readouterr().out) < 11_000 * len(names)
