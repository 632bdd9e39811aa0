"""노트북의 파일과 parameters 셀에 아무것이나 넣어도, 읽거나 까닭을 말하며 거절합니다."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_lab.runner import BadNotebook, BadParameter
from mlops_lab.runner._notebook import headings, read_notebook
from mlops_lab.runner._parameters import bind, inject
from tests.common import FUZZ

pytestmark = pytest.mark.usefixtures("bounded")
fuzz = settings(max_examples=FUZZ, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_KEYS = [
    "nbformat",
    "nbformat_minor",
    "metadata",
    "cells",
    "worksheets",
    "cell_type",
    "source",
    "input",
    "metadata",
    "outputs",
    "execution_count",
    "id",
    "attachments",
    "tags",
    "kernelspec",
    "language_info",
    "name",
    "display_name",
    "language",
    "level",
    "output_type",
    "data",
    "text",
]
_WORDS = [
    "code",
    "markdown",
    "raw",
    "heading",
    "html",
    "parameters",
    "injected-parameters",
    "mlops-lab-banner",
    "python3",
    "python",
    "R",
    "x",
    "1",
    "4",
]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(_WORDS)
    | st.text(max_size=8)
    | st.sampled_from([1, 2, 3, 4, 5, 10**400]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)


@st.composite
def damaged_notebooks(draw: st.DrawFn) -> Any:
    """온전한 노트북의 몇 군데를 아무 JSON 값으로 바꾼 것."""
    new = nbformat.v4
    cells = [new.new_code_cell("x = 1", metadata={"tags": ["parameters"]}), new.new_markdown_cell("# 제목")]
    notebook = json.loads(nbformat.writes(new.new_notebook(cells=cells)))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = notebook
        while isinstance(place, (dict, list)) and place:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if draw(st.booleans()) or not isinstance(place[key], (dict, list)):
                place[key] = draw(json_values)
                break
            place = place[key]
    return notebook


@fuzz
@given(
    content=st.binary(max_size=200)
    | (damaged_notebooks() | json_values | json_values.map(lambda cells: {"nbformat": 4, "cells": [cells]})).map(
        lambda value: json.dumps(value).encode()
    )
    | st.tuples(st.integers(0, 200), st.binary(max_size=3)).map(
        lambda cut: b'{"nbformat": 4, "metadata": {}, "cells": []}'[: cut[0]] + cut[1]
    )
)  # fmt: skip
def test_any_file_is_read_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    try:
        notebook = read_notebook(path)
    except BadNotebook:
        return
    nbformat.validate(notebook)
    assert len(headings(notebook)) == len(notebook.cells)


_PIECES = st.sampled_from(
    [
        "x",
        "y",
        "값",
        "=",
        ":",
        "==",
        "1",
        "2.5",
        "-3",
        "1j",
        "10**5000",
        "'a'",
        '"나"',
        "b'c'",
        "f'{x}'",
        "'''",
        '"""',
        "None",
        "...",
        "True",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "*",
        "**",
        "|",
        "@",
        "%",
        "!",
        "?",
        "??\n",
        "",
        "",
        "",
        "%%time",
        "%matplotlib",
        "!ls",
        "int",
        "str",
        "float",
        "bool",
        "list",
        "dict",
        "set",
        "tuple",
        "date",
        "datetime",
        "Path",
        "Decimal",
        "Literal",
        "Optional",
        "Union",
        "Any\n",
        "",
        "",
        "",
        "list[int]",
        "dict[str,int]",
        "Literal['a']",
        "Annotated[int,1]",
        "typing.Optional[int]",
        "#",
        "type:",
        "lambda",
        "if",
        "else",
        "for",
        "in",
        "await",
        "async\n",
        "",
        "",
        "",
        "import",
        "os.",
        "os.environ['A']",
        "len(",
        "range(3)",
        "\\",
        "\\n",
        "\\t",
        ";",
        ":=",
        "->",
        "def",
        "class",
        "try",
        "del",
        "\x00",
        "\u202e",
    ]
)
cells = st.lists(_PIECES | st.just("\n") | st.text(max_size=3), max_size=25).map(" ".join) | st.builds(
    "x: {} = {}".format,
    st.lists(_PIECES, min_size=1, max_size=4).map("".join),
    st.lists(_PIECES, min_size=1, max_size=4).map("".join),
)
given_values = json_values | st.binary(max_size=3) | st.just(10**5000) | st.complex_numbers() | st.dates()


@fuzz
@given(source=cells, values=st.dictionaries(st.sampled_from(["x", "y", "값", "z"]), given_values, max_size=2))
def test_any_parameters_cell_is_read_or_refused(source: str, values: dict[str, Any]) -> None:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    try:
        bound = bind(notebook, values)
    except (BadNotebook, BadParameter):
        return
    inject(notebook, bound)
    assert set(bound) == set(values)
    json.dumps(bound)
    if bound:
        written = ast.parse(notebook.cells[1].source)
        assert [statement.targets[0].id for statement in written.body] == list(bound)  # type: ignore[attr-defined]
