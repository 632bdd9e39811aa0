"""연습문제의 답을 검사합니다.

    check("03-1", september_rate)

무엇을 보았고, 무엇을 기대했고, 다음에 무엇을 해 볼지 한국어로 말합니다. 배우는 사람에게 예외를 던지지 않으므로 노트북은
끝까지 실행됩니다. 문제마다의 검사는 `mlops_lab/lesson/exercises/lesson_NN.py`에 있습니다.

    @exercise("03-1")
    def september_rate(value):
        if value != ...:
            raise Wrong(saw="0.238", expected="9월의 지각률", hint="`month`가 9인 행만 골랐는지 봅니다.")
        return "9월에는 열 편 가운데 한 편만 늦었습니다."
"""

from __future__ import annotations

import html
import importlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

from mlops_lab import flights
from mlops_lab.lesson import progress
from mlops_lab.lesson.answers import Disguised, guarded, plain, plainly
from mlops_lab.lesson.answers import short as short  # 연습문제의 검사가 여기에서 가져다 씁니다.

Judge = Callable[[Any], str]
_JUDGES: dict[str, Judge] = {}
_TITLES = {
    progress.PASSED: "맞습니다",
    progress.WRONG: "다시 해 봅시다",
    progress.NOT_YET: "아직 풀지 않았습니다",
}
# 흰 바탕과 어두운 바탕에서 모두 보이는 색(Okabe와 Ito). 상태는 글로도 적으므로 색에 기대지 않습니다.
_COLOURS = {progress.PASSED: "#009E73", progress.WRONG: "#D55E00", progress.NOT_YET: "#888888"}

_LONGEST = 600
"""결과의 한 줄은 이 글자 수까지입니다. 검사가 답을 그대로 되풀이해 적더라도 화면을 덮지 않습니다."""


class Wrong(Exception):
    """답이 틀렸습니다.

    Attributes:
        saw: 무엇을 보았는지
        expected: 무엇을 기대했는지. 답 자체를 적지 않습니다
        hint: 다음에 해 볼 것
    """

    def __init__(self, *, saw: str, expected: str, hint: str) -> None:
        super().__init__(saw, expected, hint)
        self.saw, self.expected, self.hint = saw, expected, hint


class NotYet(Exception):
    """아직 답을 적지 않았습니다. 메시지는 무엇을 하면 되는지 말합니다."""


@dataclass(frozen=True)
class Outcome:
    """검사의 결과입니다. state는 progress의 PASSED, WRONG, NOT_YET 가운데 하나입니다."""

    name: str
    state: str
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        # 답을 되풀이해 적는 설명에는 UTF-8로 쓸 수 없는 글자(짝 없는 서로게이트)가 들어 있을 수 있습니다.
        object.__setattr__(self, "lines", tuple(_writable(line) for line in self.lines))
        object.__setattr__(self, "name", _writable(self.name))

    def __repr__(self) -> str:
        return "\n".join([f"{self.name} {_TITLES[self.state]}.", *(f"  {line}" for line in self.lines)])

    def _repr_html_(self) -> str:
        lines = "".join(f"<br>{_inline(line)}" for line in self.lines)
        style = f"border-left: 5px solid {_COLOURS[self.state]}; padding: 0.3em 0.8em"
        return f'<div role="status" style="{style}"><b>{self.name} {_TITLES[self.state]}.</b>{lines}</div>'


def _writable(text: str) -> str:
    whole = str.__str__(text)
    kept = whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"
    return kept.encode("utf-8", "backslashreplace").decode("utf-8")


def exercise(name: str) -> Callable[[Judge], Judge]:
    """연습문제 name("03-1")의 검사 함수로 등록합니다. 함수는 답을 받아 칭찬이나 설명을 돌려주거나 Wrong을 던집니다."""

    def register(judge: Judge) -> Judge:
        _JUDGES[name] = judge
        return judge

    return register


def exercises(lesson: str) -> dict[str, Judge]:
    """수업 번호("03")의 연습문제들입니다. 그런 수업이 없으면 비어 있습니다."""
    try:
        importlib.import_module(f"mlops_lab.lesson.exercises.lesson_{lesson}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("mlops_lab.lesson.exercises.lesson_"):
            return {}
        raise
    return {name: judge for name, judge in sorted(_JUDGES.items()) if name.startswith(f"{lesson}-")}


def grade(name: str, value: Any) -> Outcome:
    """답을 검사한 결과입니다. 어떤 답을 받아도 예외를 던지지 않습니다.

    Args:
        name: 문제 번호. 예: "03-1"
        value: 답.

    Returns:
        결과. 글의 길이는 답과 상관없이 한도가 있습니다.

    Raises:
        KeyboardInterrupt: 검사하는 동안 사람이 Ctrl-C를 눌렀습니다. 답의 코드가 스스로 던진 것은 틀린 답입니다.
    """
    with guarded():
        return _grade(name, value)


def _grade(name: str, value: Any) -> Outcome:
    shown = name if isinstance(name, str) else short(name)
    try:
        found = exercises(name.partition("-")[0]).get(name)
        if found is None:
            raise NotYet("그런 문제가 없습니다. 문제 번호를 확인합니다.")
        answer = plainly(value)
        if _is_blank(answer):
            raise NotYet("위 셀의 `...`을 여러분의 답으로 바꾸고, 그 셀과 이 셀을 다시 실행합니다.")
        return Outcome(shown, progress.PASSED, (found(answer),))
    except NotYet as reason:
        return Outcome(shown, progress.NOT_YET, (str(reason),))
    except Wrong as wrong:
        lines = (f"본 것: {wrong.saw}", f"기대한 것: {wrong.expected}", f"해 볼 것: {wrong.hint}")
        return Outcome(shown, progress.WRONG, lines)
    except Disguised:
        lines = (
            f"본 것: 견주는 법(`__eq__` 등)을 고쳐 쓴 클래스 {short(type(value))}의 객체",
            "기대한 것: 수, 글, 목록, 표처럼 파이썬이나 라이브러리에 있는 값",
            "해 볼 것: 그 객체가 담은 값을 꺼내어 넣습니다.",
        )
        return Outcome(shown, progress.WRONG, lines)
    except BaseException as error:
        # 검사가 미처 생각하지 못한 답입니다. 배우는 사람의 노트북을 멈추지 않고, 무엇을 보았는지 말합니다. 답의 코드는
        # SystemExit나 KeyboardInterrupt도 던집니다.
        lines = (
            f"본 것: {short(value)}",
            f"기대한 것: 문제가 말한 꼴의 값. 검사하다가 {short(error)}이(가) 났습니다.",
            "해 볼 것: 값의 꼴(수, 목록, 표 …)이 문제가 말한 것과 같은지 봅니다.",
        )
        return Outcome(shown, progress.WRONG, lines)


def check(name: str, value: Any = ...) -> None:
    """답을 검사해 결과를 보여 주고, 배우는 사람의 작업 폴더에 적습니다.

    Args:
        name: 문제 번호. 예: "03-1"
        value: 여러분의 답. 값이나 DAG의 이름(dag_id)
    """
    from IPython.display import display

    outcome = grade(name, value)
    display(outcome)
    try:
        progress.keep(flights.home(), name, outcome.state)
    except OSError as error:
        print(f"결과를 적어 두지 못했습니다({error.strerror or error}). 답의 검사에는 문제가 없습니다.")


def reveal(guess: Any, truth: Any) -> None:
    """예상과 실제를 나란히 보여 줍니다. 예상은 맞히려는 것이 아니라, 무엇이 뜻밖이었는지 알려고 적습니다."""
    with guarded():
        try:
            blank = _is_blank(plainly(guess))
        except BaseException:  # 남의 코드이므로 무엇이든 던질 수 있습니다.
            blank = False
        shown = "아직 적지 않았습니다" if blank else short(guess)
        actual = short(truth)
    print(f"예상: {shown}\n실제: {actual}")


def _is_blank(value: Any) -> bool:
    """빈칸(`...`)이거나, 목록이나 사전 안에 빈칸이 남아 있는지 봅니다."""
    seen: set[int] = set()

    def walk(value: Any) -> bool:
        if isinstance(value, dict | list | tuple | set) and id(value) not in seen:
            seen.add(id(value))
            return any(walk(each) for each in (value.values() if isinstance(value, dict) else value))
        return value is ...

    return walk(value)


def _inline(line: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line))


def number(value: Any, what: str, *, low: float | None = None, high: float | None = None) -> float:
    """답이 수인지 보고 float로 돌려줍니다. low와 high는 있을 수 있는 범위입니다.

    Raises:
        Wrong: 수가 아니거나(참과 거짓, NaN, 무한대도 수로 보지 않습니다) 범위를 벗어났을 때.
    """
    expected = f"{what}(수 하나)"
    bare = plain(value)
    if isinstance(bare, bool) or not isinstance(bare, Real):
        hint = "수 하나만 남도록 셈합니다. 표나 목록이면 한 칸을 고르거나 개수를 셉니다."
        raise Wrong(saw=short(value), expected=expected, hint=hint)
    try:
        seen = float(bare)
    except OverflowError:
        seen = math.inf
    if not math.isfinite(seen):
        hint = "결측이 섞인 열로 셈하지 않았는지, 0으로 나누지 않았는지 봅니다."
        raise Wrong(saw="NaN(수가 아님)이나 무한대", expected=expected, hint=hint)
    if (low is not None and seen < low) or (high is not None and seen > high):
        limits = f"{'-∞' if low is None else f'{low:g}'}부터 {'∞' if high is None else f'{high:g}'}까지"
        hint = "단위(비율인지 퍼센트인지, 분인지 시간인지)와 무엇을 세었는지 다시 봅니다."
        raise Wrong(saw=f"{seen:g}", expected=f"{what}. {limits}의 수", hint=hint)
    return seen


def one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """답이 보기 가운데 하나인지 봅니다. 앞뒤의 빈칸과 대소문자는 따지지 않습니다.

    Raises:
        Wrong: 보기에 없는 것일 때.
    """
    bare = plain(value)
    if isinstance(bare, str) and (seen := bare.strip().lower()) in allowed:
        return seen
    raise Wrong(
        saw=short(value),
        expected=f"{', '.join(allowed)} 가운데 하나",
        hint="따옴표로 감싼 글로, 보기에 있는 이름 그대로 적습니다.",
    )
