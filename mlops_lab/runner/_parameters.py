"""parameters 셀을 파이썬의 파서(ast)로 읽고, 받은 값을 견주어 주입합니다. 커널을 띄우기 전의 일입니다."""

from __future__ import annotations

import ast
import contextlib
import difflib
import json
import keyword
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_lab.runner._conversion import (
    Convert,
    Mismatch,
    accepts_none,
    converter,
    spelled,
    type_of_default,
    typed_only,
)
from mlops_lab.runner._errors import BadNotebook, BadParameter
from mlops_lab.runner._notebook import INJECTED_TAG, PARAMETERS_TAG
from mlops_lab.runner._secrets import is_secret


@dataclass(frozen=True)
class Parameter:
    """parameters 셀에 적힌 이름 하나.

    Attributes:
        name: 이름.
        type_text: 사람에게 보여 줄 형식. 예: "int", "str | None", "아무 값". 알 수 없으면 빈 글입니다.
        required: 기본값이 없어 꼭 넘겨야 하면 참.
        convert: 받은 값을 이 형식에 맞추는 함수.
    """

    name: str
    type_text: str
    required: bool
    convert: Convert


def declared(notebook: Any) -> dict[str, Parameter] | None:
    """노트북이 받는 매개변수: `parameters` 태그가 붙은 셀, 없으면 앞선 실행이 값을 넣은 셀의 것. 둘 다 없으면 None.

    Raises:
        BadNotebook: 그런 셀이 둘 이상이거나 파이썬 문법에 맞지 않습니다.
    """
    cells = _tagged(notebook, PARAMETERS_TAG)
    if len(cells) > 1:
        raise BadNotebook(f"parameters 태그가 붙은 셀이 {len(cells)}개입니다. 하나만 두십시오.")
    cells = cells or _tagged(notebook, INJECTED_TAG)[-1:]
    return _declared(cells[0].source) if cells else None


def _tagged(notebook: Any, tag: str) -> list[Any]:
    return [
        cell for cell in notebook.cells if cell.cell_type == "code" and tag in cell.metadata.get("tags", [])
    ]


def _declared(source: str) -> dict[str, Parameter]:
    try:
        with warnings.catch_warnings():  # 셀이 실행될 때 다시 나올 경고입니다.
            warnings.simplefilter("ignore")
            tree = _parse(source)
    except SyntaxError as error:
        raise BadNotebook(
            f"parameters 셀의 {error.lineno}번째 줄이 파이썬 문법에 맞지 않습니다: {error.msg}. 그 줄을 고치십시오."
        ) from None
    except Exception as error:  # 파이썬과 IPython의 파서가 함께 내는 예외는 정해져 있지 않습니다.
        raise BadNotebook(f"parameters 셀을 읽을 수 없습니다: {error}. 셀을 고치십시오.") from None
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            found[name] = _annotated(name, statement.annotation, statement.value)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name, value in _pairs(target, statement.value):
                    found[name] = _assigned(name, value, statement.type_comment)
    return found


def _parse(source: str) -> ast.Module:
    """셀을 파이썬의 파서로 읽습니다. 매직(%)과 셸(!)이 들어 있으면 IPython이 하듯이 먼저 파이썬으로 바꿉니다."""
    try:
        return _parse_python(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager  # 드문 일이고, 읽는 데 0.3초가 듭니다.

        return _parse_python(TransformerManager().transform_cell(source))


def _parse_python(source: str) -> ast.Module:
    try:
        return ast.parse(source, type_comments=True)
    except SyntaxError:  # 엉뚱한 자리의 "# type:"은 그저 주석입니다.
        return ast.parse(source)


def bind(notebook: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """받은 값을 노트북의 선언에 맞추어 돌려줍니다. 주입할 값만 들어 있습니다.

    문자열로 온 값(명령줄, Jinja)은 선언된 형식으로 바꾸고, 바꿀 수 없으면 거절합니다. 이름은 파이썬이 하듯이 NFKC로 고릅니다.

    Raises:
        BadParameter: 파이썬 이름이 아닌 이름, 없는 이름, 빠진 이름, 형식이 다른 값, JSON에 자리가 없는 값.
        BadNotebook: 값을 받았는데 parameters 셀이 없습니다.
    """
    values: dict[str, Any] = {}
    for raw, value in given.items():
        name = unicodedata.normalize("NFKC", raw) if isinstance(raw, str) else raw
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise BadParameter(
                f"매개변수의 이름 {raw!r}은(는) 파이썬 이름이 아닙니다. "
                "글자, 숫자, 밑줄만 쓰고 숫자나 예약어로 시작하지 마십시오."
            )
        if name in values:
            raise BadParameter(f"매개변수 {name}을(를) 두 번 받았습니다. 한 번만 주십시오.")
        values[name] = value
    parameters = declared(notebook)
    if parameters is None:
        if values:
            raise BadNotebook(
                f"매개변수 {', '.join(values)}을(를) 받았지만, 노트북에 parameters 셀이 없습니다. "
                "값을 받을 셀에 parameters 태그를 붙이십시오(JupyterLab 오른쪽의 톱니바퀴에서 붙입니다)."
            )
        return {}
    for name in values:
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1, cutoff=0.5)
            hint = f" 혹시 {near[0]}?" if near else ""
            names = ", ".join(parameters) or "없음"
            raise BadParameter(f"노트북에 매개변수 {name}이(가) 없습니다.{hint} 받을 수 있는 이름: {names}.")
    # 받은 값이 없으면 앞선 실행이 넣은 값이 그대로 쓰입니다.
    kept = (
        {}
        if values
        else {n: p for c in _tagged(notebook, INJECTED_TAG) for n, p in _declared(c.source).items()}
    )
    missing = [p.name for p in parameters.values() if p.required and p.name not in {**values, **kept}]
    if missing:
        raise BadParameter(
            f"꼭 넘겨야 하는 매개변수가 빠졌습니다: {', '.join(missing)}. 기본값이 없으므로 값을 주십시오."
        )
    return {name: _bind_one(parameters[name], value) for name, value in values.items()}


def _bind_one(parameter: Parameter, value: Any) -> Any:
    try:
        bound = parameter.convert(value)
        json.dumps(bound, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise BadParameter(
            f"매개변수 {parameter.name}에 UTF-8로 쓸 수 없는 글자가 있습니다. 값을 다시 입력하십시오."
        ) from None
    except Mismatch as error:
        shown = "(가린 값)" if is_secret(parameter.name) else _short(value)
        detail = f" {error}" if str(error) else ""
        expected = (
            f"노트북이 기대한 형식은 {parameter.type_text}입니다.{detail} 값을 고치거나 parameters 셀의 형식을 고치십시오."
            if parameter.type_text
            else f"{error}"
        )
        raise BadParameter(f"매개변수 {parameter.name}에 {shown}을(를) 받았습니다. {expected}") from None
    except (TypeError, ValueError) as error:
        raise BadParameter(f"매개변수 {parameter.name}: {error}") from None
    return bound


def inject(notebook: Any, values: Mapping[str, Any]) -> None:
    """Parameters 셀 바로 뒤에 값을 담은 셀을 넣습니다. 앞선 실행이 넣은 셀은 값을 받았을 때에만 바꿉니다."""
    if not values:
        return
    import nbformat

    lines = ["# 넘겨받은 매개변수", *(f"{name} = {value!r}" for name, value in values.items())]
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": [INJECTED_TAG]})
    first = (_tagged(notebook, PARAMETERS_TAG) or _tagged(notebook, INJECTED_TAG))[0]
    notebook.cells.insert(next(i for i, c in enumerate(notebook.cells) if c is first) + 1, cell)
    notebook.cells = [
        c for c in notebook.cells if c is cell or INJECTED_TAG not in c.metadata.get("tags", [])
    ]


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # 파이썬은 너무 긴 정수를 글로 바꾸지 않습니다.
        return f"{type(value).__name__}(글로 바꿀 수 없음: {type(error).__name__})"
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
    text = spelled(annotation)
    if value is not None and _is_none(value) and not accepts_none(annotation):  # x: int = None
        text, annotation = f"{text} | None", ast.BinOp(annotation, ast.BitOr(), ast.Constant(None))
    return Parameter(name, text, value is None, converter(annotation))


def _assigned(name: str, value: ast.expr | None, comment: str | None) -> Parameter:
    """주석 없이 대입한 이름. `x = None  # type: int`의 형식도 읽습니다."""
    if comment is not None and value is not None:
        with contextlib.suppress(SyntaxError, ValueError):
            return _annotated(name, ast.parse(comment, mode="eval").body, value)
    return _by_default(name, value)


def _by_default(name: str, value: ast.expr | None) -> Parameter:
    if isinstance(value, ast.Constant) and value.value in (None, ...):
        return Parameter(name, "아무 값", False, converter(ast.Name("Any")))
    annotation = None if value is None else type_of_default(value)
    if annotation is None:
        return Parameter(name, "", False, typed_only)
    return Parameter(name, spelled(annotation), False, converter(annotation))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
