"""값을 노트북에 적힌 형식에 맞춥니다. 형식은 ast로 읽기만 하고, 노트북의 코드는 실행하지 않습니다."""

from __future__ import annotations

import ast
import datetime as dt
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from mlops_lab.runner._json import plain

Convert = Callable[[Any], Any]
"""값을 받아 형식에 맞춘 값을 돌려주는 함수. 맞지 않으면 Mismatch를, JSON으로 나를 수 없으면 plain의 예외를 냅니다."""

_TRUE = {"true", "1", "yes", "on", "참", "예"}
_FALSE = {"false", "0", "no", "off", "거짓", "아니오"}
_NONE = {"None", "none", "null"}
_SAME = {
    "List": "list",
    "Sequence": "list",
    "Iterable": "list",
    "Tuple": "tuple",
    "Dict": "dict",
    "Mapping": "dict",
    "object": "Any",
    "PosixPath": "Path",
    "PurePath": "Path",
}
"""같은 값을 받는 형식의 다른 이름."""


class Mismatch(Exception):
    """값이 형식에 맞지 않습니다."""


class Expression(str):
    """JSON으로는 글이고, 주입한 셀에는 파이썬 식(`code`)으로 적히는 값. 날짜처럼 JSON에 없는 형식이 이렇게 갑니다."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, text: str, code: str) -> Expression:
        value = super().__new__(cls, text)
        value.code = code
        return value

    def __repr__(self) -> str:
        return self.code


def converter(annotation: ast.expr) -> Convert:
    """형식을 적은 식(`list[int]`, `dt.date | None`)에서, 값을 그 형식에 맞추는 함수를 만듭니다.

    읽을 수 없는 형식이면 어떤 값도 받지 않는 함수입니다.
    """
    try:
        return _union(annotation)
    except (ValueError, TypeError, SyntaxError, IndexError, RecursionError, MemoryError):
        return _refuse(annotation)


def spelled(annotation: ast.expr) -> str:
    """사람에게 보여 줄 형식."""
    try:
        return ast.unparse(annotation)
    except (ValueError, RecursionError):
        return "적힌"


def accepts_none(annotation: ast.expr) -> bool:
    """None도 받는 형식이면 참."""
    try:
        return any(_is_none(member) or _kind(member) == "Any" for member in _members(annotation))
    except (ValueError, SyntaxError, IndexError, RecursionError, MemoryError):
        return False


def type_of_default(value: ast.expr) -> ast.expr | None:
    """기본값의 형식을 적은 식. 실행해 보아야 알 수 있으면 None입니다."""
    match value:
        case ast.Constant():
            return None if value.value in (None, ...) else ast.Name(type(value.value).__name__)
        case ast.JoinedStr():
            return ast.Name("str")
        case ast.List() | ast.ListComp():
            return ast.Name("list")
        case ast.Dict() | ast.DictComp():
            return ast.Name("dict")
        case ast.Tuple():
            return ast.Name("tuple")
        case ast.Set() | ast.SetComp():
            return ast.Name("set")
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return ast.Name("bool")
        case ast.IfExp():
            return _common_type([value.body, value.orelse])
        case ast.BoolOp():
            return _common_type(value.values)
        case ast.Subscript() if ast.unparse(value.value) in _ENVIRONMENTS:
            return ast.Name("str")
        case ast.UnaryOp():
            return type_of_default(value.operand)
        case ast.BinOp():
            return _type_of_operation(value)
        case ast.Call(func=ast.Name(id=name)) if name in {*_SIMPLE, "set", "bytes"}:
            return value.func
        case ast.Call(args=[_, *_]) | ast.Call(keywords=[_, *_]) if _kind(value.func) in _CLASSES:
            return value.func  # 인자가 없으면 time.time()이나 stamp.date() 같은 함수입니다.
        case ast.Call() if ast.unparse(value.func) in _RESULTS:
            return ast.Name(_RESULTS[ast.unparse(value.func)])
    return None


_ENVIRONMENTS = {"os.environ", "environ"}
_RESULTS = {
    "len": "int",
    "ord": "int",
    "sorted": "list",
    "chr": "str",
    "repr": "str",
    "os.getenv": "str",
    "getenv": "str",
    "os.environ.get": "str",
    "environ.get": "str",
}
"""결과의 형식이 늘 같은 함수."""


def _common_type(values: list[ast.expr]) -> ast.expr | None:
    found = [type_of_default(value) for value in values]
    known = {ast.unparse(each) for each in found if each is not None}
    return found[0] if None not in found and len(known) == 1 else None


def _type_of_operation(node: ast.BinOp) -> ast.expr | None:
    left, right = type_of_default(node.left), type_of_default(node.right)
    if left is None or right is None:
        return None
    kinds = {_kind(left), _kind(right)}
    if kinds <= {"int", "float", "bool"}:
        to_fraction = isinstance(node.op, ast.Div) or (
            isinstance(node.op, ast.Pow) and isinstance(node.right, ast.UnaryOp)
        )
        return ast.Name("float" if "float" in kinds or to_fraction else "int")
    if isinstance(node.op, ast.Div) and _kind(left) == "Path":
        return left
    return left if len(kinds) == 1 and isinstance(node.op, ast.Add) and kinds <= _SIMPLE.keys() else None


# 형식을 적은 식 -----------------------------------------------------------------
def _kind(node: ast.expr) -> str:
    """식에 적힌 이름의 마지막 부분. `typing.Optional`이면 "Optional"."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return _SAME.get(name, name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _inside(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _members(node: ast.expr) -> list[ast.expr]:
    """합집합의 구성원. 합집합이 아니면 자기 자신 하나."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # 따옴표로 적은 형식
        return _members(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _members(node.left) + _members(node.right)
    if isinstance(node, ast.Subscript):
        match _kind(node.value):
            case "Union":
                return [member for part in _inside(node) for member in _members(part)]
            case "Optional":
                return [*_members(node.slice), ast.Constant(None)]
            case "Annotated" | "Final" | "ClassVar":
                return _members(_inside(node)[0])
    return [node]


def _union(node: ast.expr) -> Convert:
    members = _members(node)
    options = [_single(member) for member in members if not _is_none(member)]
    has_none = len(options) < len(members)

    def convert(value: Any) -> Any:
        if has_none and (value is None or (isinstance(value, str) and value.strip() in _NONE)):
            return None
        for option in options[:-1]:
            try:
                return option(value)
            except Mismatch:
                continue
        if not options:
            raise Mismatch
        return options[-1](value)

    return convert


def _single(node: ast.expr) -> Convert:
    kind = _kind(node.value if isinstance(node, ast.Subscript) else node)
    if isinstance(node, ast.Subscript):
        inside = _inside(node)
        if kind == "Literal":
            return _literal([ast.literal_eval(item) for item in inside])
        if kind == "list":
            return _list_of(_union(inside[0]))
        if kind == "tuple":
            if len(inside) == 2 and isinstance(inside[1], ast.Constant) and inside[1].value is Ellipsis:
                return _tuple_of(_union(inside[0]))
            return _fixed_tuple([_union(item) for item in inside])
        if kind == "dict" and len(inside) == 2:
            return _dict_of(_union(inside[1]))
        return _refuse(node)
    if kind in _CLASSES:
        return _instance(kind, ast.unparse(node))
    return _SIMPLE.get(kind) or _refuse(node)


# 값을 맞추는 함수 ---------------------------------------------------------------
def _refuse(node: ast.expr) -> Convert:
    text = spelled(node)

    def convert(value: Any) -> Any:
        raise Mismatch(
            f"{text} 형식은 JSON으로 나를 수 없어 밖에서 넘길 수 없습니다. str로 받아 노트북 안에서 바꾸십시오."
        )

    return convert


def _any(value: Any) -> Any:
    return plain(value, "값")


def typed_only(value: Any) -> Any:
    """형식을 알 수 없는 기본값 자리의 값. 형식이 있는 값은 그대로 받고, 글은 무엇을 뜻하는지 알 수 없어 거절합니다."""
    if isinstance(value, str):
        raise Mismatch(
            "기본값이 실행해 보아야 아는 식이라 이 글을 무엇으로 읽을지 알 수 없습니다. "
            "parameters 셀에 x: int = ...처럼 형식을 적으십시오."
        )
    return _any(value)


def _int(value: Any) -> int:
    value = _any(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", value.strip()) and len(value) < 4000:
        return int(value)
    raise Mismatch


def _float(value: Any) -> float:
    value = _any(value)
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (OverflowError, ValueError):
            raise Mismatch from None
        if math.isfinite(number):
            return number
    raise Mismatch


def _bool(value: Any) -> bool:
    value = _any(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise Mismatch("참거짓은 true나 false로 적습니다.")


def _str(value: Any) -> str:
    value = _any(value)
    if isinstance(value, str):
        return value
    raise Mismatch


def _literal(choices: list[Any]) -> Convert:
    def convert(value: Any) -> Any:
        value = _any(value)
        for choice in choices:
            if type(choice) is type(value) and choice == value:
                return choice
        for choice in choices:
            if isinstance(value, str) and str(choice) == value.strip():
                return choice
        raise Mismatch(f"고를 수 있는 값: {', '.join(map(repr, choices))}.")

    return convert


def _instance(kind: str, name: str) -> Convert:
    """글로 적을 수 있는 클래스의 값. 주입할 때는 노트북이 그 클래스를 부르는 이름(`name`)으로 적습니다."""
    read, example = _CLASSES[kind]

    def convert(value: Any) -> Expression:
        text = str(value) if type(value).__name__ == kind else _str(value)
        try:
            text, call = read(text.strip())
        except (ValueError, OverflowError, InvalidOperation):
            raise Mismatch(f"{example}처럼 적습니다.") from None
        return Expression(text, f"{name}{call}")

    return convert


def _parsed(text: str) -> Any:
    """JSON, 또는 Jinja가 찍어 낸 파이썬 값을 읽습니다. 코드는 실행하지 않습니다."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return _any(parse(text))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    raise Mismatch("JSON으로 읽을 수 없습니다.")


def _items(value: Any) -> list[Any]:
    if isinstance(value, str):
        value = _parsed(value)
    elif not isinstance(value, (list, tuple)):  # numpy 배열
        value = _any(value)
    if isinstance(value, (list, tuple)):
        return list(value)
    raise Mismatch("JSON으로 적습니다. 예: [1, 2].")


def _list_of(inner: Convert) -> Convert:
    return lambda value: [inner(item) for item in _items(value)]


def _tuple_of(inner: Convert) -> Convert:
    return lambda value: tuple(inner(item) for item in _items(value))


def _fixed_tuple(inner: list[Convert]) -> Convert:
    def convert(value: Any) -> tuple[Any, ...]:
        items = _items(value)
        if len(items) != len(inner):
            raise Mismatch(f"값 {len(items)}개를 받았습니다.")
        return tuple(one(item) for one, item in zip(inner, items, strict=True))

    return convert


def _dict_of(inner: Convert) -> Convert:
    def convert(value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            value = _parsed(value)
        if not isinstance(value, dict):
            raise Mismatch('JSON으로 적습니다. 예: {"a": 1}.')
        for key in value:
            _any({key: None})  # 글이 아닌 키는 JSON에 없습니다.
        return {key: inner(item) for key, item in value.items()}

    return convert


_SIMPLE: dict[str, Convert] = {
    "Any": _any,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "list": _list_of(_any),
    "tuple": _tuple_of(_any),
    "dict": _dict_of(_any),
}


def _iso(kind: type[dt.date] | type[dt.time]) -> Read:
    def read(text: str) -> tuple[str, str]:
        text = kind.fromisoformat(text).isoformat()
        return text, f".fromisoformat({text!r})"

    return read


def _duration(text: str) -> tuple[str, str]:
    """ISO 8601(PT1H30M) 또는 파이썬이 찍는 꼴(1 day, 2:30:00). 길이가 그때그때 다른 해와 달은 받지 않습니다."""
    seconds = r"(?P<seconds>\d+(?:\.\d+)?)"
    iso = rf"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:{seconds}S)?)?"
    printed = rf"(?:(?P<days>-?\d+) days?, )?(?P<hours>\d+):(?P<minutes>\d\d):{seconds}"
    found = re.fullmatch(iso, text) or re.fullmatch(printed, text)
    parts = {unit: float(number) for unit, number in found.groupdict().items() if number} if found else {}
    if not parts:
        raise ValueError(text)
    length = dt.timedelta(**parts)
    return str(length), repr(length).removeprefix("datetime.timedelta")


def _decimal(text: str) -> tuple[str, str]:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return str(number), f"({str(number)!r})"


Read = Callable[[str], tuple[str, str]]
"""글을 읽어 (고른 글, 클래스의 이름 뒤에 붙일 호출)을 돌려주는 함수. 글이 틀리면 예외를 냅니다."""

_CLASSES: dict[str, tuple[Read, str]] = {
    "date": (_iso(dt.date), "2013-03-01"),
    "datetime": (_iso(dt.datetime), "2013-03-01T09:00:00"),
    "time": (_iso(dt.time), "09:00:00"),
    "timedelta": (_duration, "PT1H30M이나 1:30:00"),
    "Decimal": (_decimal, "0.1"),
    "Path": (lambda text: (text, f"({text!r})"), "data/2013-03.csv"),
}
"""JSON에는 없지만 글로 적을 수 있는 클래스: 읽는 함수와 적는 보기."""
