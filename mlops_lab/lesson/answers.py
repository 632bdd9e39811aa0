"""배우는 사람의 답을 다룹니다. 답은 남의 코드이므로, 무엇을 하더라도 검사를 속이거나 커널을 끝내거나 화면을 덮지 못하게 합니다.

`guarded()`가 막지 못하는 것도 있습니다: 끝나지 않는 코드(Ctrl-C로 멈춥니다), `os._exit`, 메모리를 다 쓰는 코드.
"""

from __future__ import annotations

import contextlib
import io
import re
import reprlib
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TextIO

PRINTED = 10_000
"""검사하는 동안 답의 코드가 화면에 적을 수 있는 글자의 수."""

_Walk = Callable[[Any], Any]
_BUILTIN: dict[type, Callable[[Any, _Walk], Any]] = {
    str: lambda value, _: str.__str__(value),
    bytes: lambda value, _: bytes.__getitem__(value, slice(None)),
    int: lambda value, _: int.__int__(value),
    float: lambda value, _: float.__float__(value),
    complex: lambda value, _: complex.__complex__(value),
    list: lambda value, walk: [walk(each) for each in list.__iter__(value)],
    tuple: lambda value, walk: tuple(walk(each) for each in tuple.__iter__(value)),
    set: lambda value, walk: {walk(each) for each in set.__iter__(value)},
    frozenset: lambda value, walk: frozenset(walk(each) for each in frozenset.__iter__(value)),
    dict: lambda value, walk: {walk(key): walk(each) for key, each in dict.items(value)},
}
"""파이썬의 자료형과, 물려받은 것에서 진짜 내용만 꺼내는 법. 물려받은 쪽이 고쳐 쓴 메서드는 부르지 않습니다."""

_WHOLE = frozenset({bool, str, bytes, int, float, complex, type(None), type(...)})
"""안에 다른 값이 없는 것."""

_TELLING = ("__eq__", "__ne__", "__hash__", "__class__", "__getattribute__")
_FROM_C = types.WrapperDescriptorType | types.MethodDescriptorType | types.GetSetDescriptorType


class Disguised(Exception):
    """무엇과 견주어도 같다고 하거나 다른 형식인 체할 수 있는 객체입니다."""


def plainly(value: Any) -> Any:
    """답에서 진짜 내용만 꺼냅니다.

    `==`를 고쳐 쓴 클래스는 틀린 답이 맞았다고 할 수 있습니다. 그래서 노트북에서 만든 `str`이나 `list`의 자식은 그 안의 내용으로
    바꾸고, 나머지는 거절합니다. 라이브러리의 객체(넘파이, pandas, …)는 그대로 둡니다.

    Raises:
        Disguised: 노트북에서 만든 클래스가 견주는 법을 고쳐 썼습니다.
    """
    done: dict[int, Any] = {}  # 같은 목록이 여러 자리에 있으면 한 번만 봅니다.

    def walk(value: Any) -> Any:
        if type(value) in _WHOLE:
            return value
        if id(value) not in done:
            done[id(value)] = _unwrap(value, walk)
        return done[id(value)]

    return walk(value)


def _unwrap(value: Any, walk: _Walk) -> Any:
    kind = type(value)
    if kind in _BUILTIN:
        return _BUILTIN[kind](value, walk)
    line = type.__dict__["__mro__"].__get__(kind)
    own = [base for base in line if not _is_known(base)]
    if not own:
        return value
    for base, unwrap in _BUILTIN.items():
        if any(base is each for each in line):
            return unwrap(value, walk)
    for base in own:
        written = type.__dict__["__dict__"].__get__(base)
        if any(name in written and not isinstance(written[name], _FROM_C | None) for name in _TELLING):
            raise Disguised
    return value


def _is_known(kind: type) -> bool:
    """파이썬이나 라이브러리의 클래스이면 참입니다. 스스로 적은 `__module__`은 믿지 않고 그 자리에 정말 있는지 봅니다."""
    if not kind.__flags__ & (1 << 9):  # C로 쓴 것(Py_TPFLAGS_HEAPTYPE이 아님)
        return True
    written = type.__dict__["__dict__"].__get__(kind)
    module = written.get("__module__")
    if type(module) is not str or module == "__main__":
        return False
    found: Any = sys.modules.get(module)
    for name in type.__dict__["__qualname__"].__get__(kind).split("."):
        found = getattr(found, name, None)
    return found is kind


class _Short(reprlib.Repr):
    """긴 자료는 앞부분만 적습니다. 파이썬의 것은 순서를 바꾸고 가운데를 줄이므로 조금 고칩니다."""

    left = 0

    def repr1(self, x: Any, level: int) -> str:
        self.left -= 1
        return super().repr1(x, level) if self.left > 0 else "…"

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        pairs = (
            f"{self.repr1(key, level - 1)}: {self.repr1(each, level - 1)}" for key, each in dict.items(x)
        )
        return "{" + ", ".join(islice(pairs, self.maxdict)) + "}" if level > 0 else "{…}"

    def repr_set(self, x: set[Any], level: int) -> str:
        if not x or level <= 0:
            return "set()" if not x else "{…}"
        return "{" + ", ".join(self.repr1(each, level - 1) for each in islice(x, self.maxset)) + "}"

    def repr_int(self, x: int, level: int) -> str:
        try:
            return int.__repr__(x)
        except ValueError:  # 파이썬은 수천 자리가 넘는 수를 글로 적지 않습니다.
            return f"{'-' if x < 0 else ''}약 10**{int(x.bit_length() * 0.30103)}"

    def repr_instance(self, x: Any, level: int) -> str:
        return str.__str__(repr(x))[: self.maxother]


def short(value: Any, width: int = 120) -> str:
    """값을 한 줄로 짧게 적습니다. 객체의 주소는 뺍니다. 어떤 값을 받아도 예외를 던지지 않습니다."""
    try:
        text = _written(value, width)
    except BaseException:  # 글로 적을 수 없는 값입니다. 남의 __repr__은 SystemExit도 던집니다.
        text = type.__dict__["__name__"].__get__(type(value))
    text = " ".join(text[: 100 * width].split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _written(value: Any, width: int) -> str:
    value = plain(value)
    if isinstance(value, float):
        return str.__str__(f"{value:.4g}")
    if isinstance(shape := getattr(value, "shape", None), tuple):
        return f"{type(value).__name__}(모양 {short(shape, width)})"
    shorten = _Short()
    shorten.maxlevel, shorten.left = 20, 2 * width  # 값마다 한 글자는 적습니다.
    shorten.maxlist = shorten.maxtuple = shorten.maxset = shorten.maxfrozenset = shorten.maxdict = width
    shorten.maxstring = shorten.maxother = 100 * width
    text = (
        shorten.repr(value)
        if type(value) in _BUILTIN or type(value) in _WHOLE
        else shorten.repr_instance(value, 1)
    )
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def plain(value: Any) -> Any:
    """넘파이의 값 하나(np.int64(3), 0차원 배열)를 파이썬의 값으로 바꿉니다. 나머지는 그대로입니다."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


class _Limited(io.TextIOBase):
    """`PRINTED` 글자까지만 적고 나머지는 버립니다."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._left = PRINTED

    def write(self, text: str, /) -> int:
        if self._left > 0:
            self._target.write(text[: self._left])
            self._left -= len(text)
            if self._left <= 0:
                self._target.write("\n… 답의 코드가 적은 것이 너무 길어 여기까지만 보입니다.\n")
        return len(text)

    def flush(self) -> None:
        self._target.flush()


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """답의 코드를 부르는 동안 화면을 지키고, 사람이 누른 Ctrl-C를 잊지 않습니다.

    답의 코드가 던진 KeyboardInterrupt와 사람이 누른 것은 신호가 왔는지로 가립니다. 신호가 왔으면, 답의 코드가 그것을 삼켰더라도
    끝날 때 다시 던집니다.

    Raises:
        KeyboardInterrupt: 그동안 Ctrl-C가 눌렸습니다.
    """
    pressed = False

    def press(number: int, frame: types.FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    # 신호는 주 스레드에만 오고, 무시하게 둔 것은 그대로 둡니다.
    listening = threading.current_thread() is threading.main_thread() and callable(
        before := signal.getsignal(signal.SIGINT)
    )
    if listening:
        signal.signal(signal.SIGINT, press)
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Limited(out), _Limited(err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        if listening:
            signal.signal(signal.SIGINT, before)
        if pressed:
            raise KeyboardInterrupt
