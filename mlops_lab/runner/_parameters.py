"""parameters 셀을 파이썬의 파서(ast)로 읽고, 받은 값을 그 형식에 맞춥니다. 커널을 띄우기 전의 일입니다."""

from __future__ import annotations

import ast
import difflib
import json
import keyword
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_lab.runner._errors import BadNotebook, BadParameter
from mlops_lab.runner._json import plain
from mlops_lab.runner._notebook import INJECTED_TAG, PARAMETERS_TAG
from mlops_lab.runner._secrets import is_secret

_TRUE = {"true", "1", "yes", "on", "참", "예"}
_FALSE = {"false", "0", "no", "off", "거짓", "아니오"}
_NONE = {"None", "none", "null"}

Convert = Callable[[Any], Any]
"""값을 받아 형식에 맞춘 값을 돌려주거나 _Mismatch를 내는 함수."""


class _Mismatch(Exception):
    """값이 형식에 맞지 않습니다. 부르는 쪽에서 BadParameter로 바뀝니다."""


@dataclass(frozen=True)
class Parameter:
    """parameters 셀에 적힌 이름 하나.

    Attributes:
        name: 이름.
        type_text: 사람에게 보여 줄 형식. 예: "int", "str | None", "모름".
        required: 기본값이 없어 꼭 넘겨야 하면 참.
        convert: 받은 값을 이 형식으로 바꾸는 함수.
    """

    name: str
    type_text: str
    required: bool
    convert: Convert


def declared(notebook: Any) -> dict[str, Parameter] | None:
    """노트북이 받는 매개변수. `parameters` 태그가 붙은 코드 셀이 없으면 None.

    Raises:
        BadNotebook: 그런 셀이 둘 이상이거나 파이썬 문법에 맞지 않습니다.
    """
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and PARAMETERS_TAG in cell.metadata.get("tags", [])
    ]
    if not cells:
        return None
    if len(cells) > 1:
        raise BadNotebook(f"parameters 태그가 붙은 셀이 {len(cells)}개입니다. 하나만 두십시오.")
    source = "\n".join(
        "" if line.lstrip()[:1] in {"%", "!"} else line for line in cells[0].source.splitlines()
    )
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BadNotebook(
            f"parameters 셀의 {error.lineno}번째 줄이 파이썬 문법에 맞지 않습니다: {error.msg}. 그 줄을 고치십시오."
        ) from None
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            found[name] = _annotated(name, statement.annotation, statement.value)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name, value in _pairs(target, statement.value):
                    found[name] = _by_default(name, value)
    return found


def bind(notebook: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """받은 값을 노트북의 선언에 맞추어 돌려줍니다. 주입할 값만 들어 있습니다.

    문자열로 온 값(명령줄, Jinja)은 선언된 형식으로 바꾸고, 바꿀 수 없으면 거절합니다.

    Raises:
        BadParameter: 파이썬 이름이 아닌 이름, 없는 이름, 빠진 이름, 형식이 다른 값, JSON에 자리가 없는 값.
        BadNotebook: 값을 받았는데 parameters 셀이 없습니다.
    """
    for name in given:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise BadParameter(
                f"매개변수의 이름 {name!r}은(는) 파이썬 이름이 아닙니다. "
                "글자, 숫자, 밑줄만 쓰고 숫자나 예약어로 시작하지 마십시오."
            )
    parameters = declared(notebook)
    if parameters is None:
        if given:
            raise BadNotebook(
                f"매개변수 {', '.join(given)}을(를) 받았지만, 노트북에 parameters 셀이 없습니다. "
                "값을 받을 셀에 parameters 태그를 붙이십시오(JupyterLab 오른쪽의 톱니바퀴에서 붙입니다)."
            )
        return {}
    for name in given:
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.5)
            hint = f" 혹시 {near[0]}?" if near else ""
            names = ", ".join(parameters) or "없음"
            raise BadParameter(f"노트북에 매개변수 {name}이(가) 없습니다.{hint} 받을 수 있는 이름: {names}.")
    missing = [p.name for p in parameters.values() if p.required and p.name not in given]
    if missing:
        raise BadParameter(
            f"꼭 넘겨야 하는 매개변수가 빠졌습니다: {', '.join(missing)}. 기본값이 없으므로 값을 주십시오."
        )
    return {name: _bind_one(parameters[name], value) for name, value in given.items()}


def _bind_one(parameter: Parameter, value: Any) -> Any:
    shown = "(가린 값)" if is_secret(parameter.name) else _short(value)
    try:
        checked = plain(value, f"매개변수 {parameter.name}")
        json.dumps(checked, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise BadParameter(
            f"매개변수 {parameter.name}에 UTF-8로 쓸 수 없는 글자가 있습니다. 값을 다시 입력하십시오."
        ) from None
    except (TypeError, ValueError) as error:
        raise BadParameter(str(error)) from None
    try:
        return parameter.convert(checked)
    except _Mismatch as error:
        detail = f" {error}" if str(error) else ""
        raise BadParameter(
            f"매개변수 {parameter.name}에 {shown}을(를) 받았습니다. 노트북이 기대한 형식은 "
            f"{parameter.type_text}입니다.{detail} 값을 고치거나 parameters 셀의 형식을 고치십시오."
        ) from None


def inject(notebook: Any, values: Mapping[str, Any]) -> None:
    """Parameters 셀 바로 뒤에 값을 담은 셀을 넣습니다. 한글은 읽히는 그대로 적힙니다."""
    if not values:
        return
    import nbformat

    lines = ["# 넘겨받은 매개변수", *(f"{name} = {value!r}" for name, value in values.items())]
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": [INJECTED_TAG]})
    index = next(
        i
        for i, c in enumerate(notebook.cells)
        if c.cell_type == "code" and PARAMETERS_TAG in c.metadata.get("tags", [])
    )
    notebook.cells.insert(index + 1, cell)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr | None]]:
    """대입 하나에서 (이름, 기본값) 쌍. 풀어 쓴 대입의 값을 짝지을 수 없으면 기본값은 None입니다."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, (ast.Tuple, ast.List)):
        names = target.elts
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(names):
            return [pair for n, v in zip(names, value.elts, strict=True) for pair in _pairs(n, v)]
        return [(n.id, None) for n in names if isinstance(n, ast.Name)]
    return []


def _annotated(name: str, annotation: ast.expr, value: ast.expr | None) -> Parameter:
    convert = _from_annotation(annotation)
    text = ast.unparse(annotation)
    if value is not None and _is_none(value) and not _accepts_none(annotation):
        return Parameter(name, f"{text} | None", False, _optional(convert))
    return Parameter(name, text, value is None, convert)


def _by_default(name: str, value: ast.expr | None) -> Parameter:
    try:
        default = ast.literal_eval(value) if value is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        default = None
    known = _BUILTIN.get(type(default).__name__)
    if default is None or known is None:
        return Parameter(name, "아무 값", False, _any)
    return Parameter(name, type(default).__name__, False, known)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _name_of(node: ast.expr) -> str:
    """주석에 적힌 이름의 마지막 부분. `typing.Optional`이면 "Optional"."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _resolve(node: ast.expr) -> ast.expr:
    """따옴표로 적은 주석("int | None")을 풉니다."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _resolve(ast.parse(node.value, mode="eval").body)
        except SyntaxError:
            return node
    return node


def _members(node: ast.expr) -> list[ast.expr]:
    """합집합 주석의 구성원. 합집합이 아니면 자기 자신 하나."""
    node = _resolve(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _members(node.left) + _members(node.right)
    if isinstance(node, ast.Subscript):
        name = _name_of(node.value)
        inside = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Union":
            return [m for part in inside for m in _members(part)]
        if name == "Optional":
            return [*_members(inside[0]), ast.Constant(None)]
        if name in {"Annotated", "Final", "ClassVar"}:
            return _members(inside[0])
    return [node]


def _accepts_none(annotation: ast.expr) -> bool:
    return any(_is_none(m) or _name_of(m) in {"Any", "object", "None"} for m in _members(annotation))


def _from_annotation(annotation: ast.expr) -> Convert:
    members = _members(annotation)
    options = [_single(m) for m in members if not _is_none(m)]
    convert = options[0] if len(options) == 1 else _first_of(options)
    return _optional(convert) if len(options) < len(members) else convert


def _single(node: ast.expr) -> Convert:
    if isinstance(node, ast.Subscript):
        name = _name_of(node.value)
        inside = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return _literal([ast.literal_eval(item) for item in inside])
        if name in {"list", "List", "Sequence", "Iterable"}:
            return _items(_list, _from_annotation(inside[0]))
        if name in {"tuple", "Tuple"}:
            variadic = (
                len(inside) == 2 and isinstance(inside[1], ast.Constant) and inside[1].value is Ellipsis
            )
            return _tuple_of([_from_annotation(i) for i in inside[: 1 if variadic else None]], variadic)
        if name in {"dict", "Dict", "Mapping"} and len(inside) == 2:
            return _values(_from_annotation(inside[1]))
        return _refuse(ast.unparse(node))
    name = _name_of(node)
    aliases = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Sequence": "list", "Mapping": "dict"}
    if name in {"Any", "object"}:
        return _any
    return _BUILTIN.get(aliases.get(name, name)) or _refuse(ast.unparse(node))


def _any(value: Any) -> Any:
    return value


def _refuse(text: str) -> Convert:
    def convert(value: Any) -> Any:
        raise _Mismatch(
            f"{text} 형식은 JSON으로 나를 수 없어 밖에서 넘길 수 없습니다. str로 받아 노트북 안에서 바꾸십시오."
        )

    return convert


def _optional(inner: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip() in _NONE):
            return None
        return inner(value)

    return convert


def _first_of(options: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for option in options:
            try:
                return option(value)
            except _Mismatch:
                continue
        raise _Mismatch

    return convert


def _literal(choices: list[Any]) -> Convert:
    def convert(value: Any) -> Any:
        for choice in choices:
            if type(choice) is type(value) and choice == value:
                return choice
        for choice in choices:
            if isinstance(value, str) and str(choice) == value.strip():
                return choice
        raise _Mismatch(f"고를 수 있는 값: {', '.join(map(repr, choices))}.")

    return convert


def _int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", value.strip()) and len(value) < 4000:
        return int(value)
    raise _Mismatch


def _float(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise _Mismatch from None
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            raise _Mismatch from None
        if math.isfinite(number):
            return number
    raise _Mismatch


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise _Mismatch("참거짓은 true나 false로 적습니다.")


def _str(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _Mismatch


def _collection(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if isinstance(value, str):
            value = _parsed(value)
        if isinstance(value, kind):
            return value
        raise _Mismatch("JSON으로 적습니다. 예: " + ("[1, 2]" if kind is list else '{"a": 1}') + ".")

    return convert


def _parsed(text: str) -> Any:
    """JSON, 또는 Jinja가 찍어 낸 파이썬 값을 읽습니다. 코드는 실행하지 않습니다."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return plain(parse(text), "값")
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    raise _Mismatch("JSON으로 읽을 수 없습니다.")


_list = _collection(list)
_dict = _collection(dict)


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(_list(value))


def _items(collection: Convert, inner: Convert) -> Convert:
    return lambda value: [inner(item) for item in collection(value)]


def _values(inner: Convert) -> Convert:
    return lambda value: {key: inner(item) for key, item in _dict(value).items()}


def _tuple_of(inner: list[Convert], variadic: bool) -> Convert:
    def convert(value: Any) -> tuple[Any, ...]:
        items = _list(value)
        converters = inner * len(items) if variadic else inner
        if len(items) != len(converters):
            raise _Mismatch(f"값 {len(items)}개를 받았습니다.")
        return tuple(c(item) for c, item in zip(converters, items, strict=True))

    return convert


_BUILTIN: dict[str, Convert] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "list": _list,
    "dict": _dict,
    "tuple": _tuple,
}
