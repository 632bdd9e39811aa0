"""parameters 셀을 읽고 값을 맞추는 일. 커널은 띄우지 않습니다."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.runner import BadNotebook, BadParameter
from mlops_lab.runner._parameters import bind, declared, inject
from mlops_lab.runner._secrets import is_secret

SOURCE = """
%matplotlib inline
import math  # 대입이 아닌 것은 매개변수가 아닙니다
month: str = "2013-01"   # 달
n = 3
rate = 0.5
flag = False
names = ["가"]
table = {"a": 1}
pair = (1, 2)
free = None
made = math.sqrt(2)
optional: int | None = None
old_style: "Optional[float]" = None
implicit: str = None
choice: Literal["low", "high", 3] = "low"
many: list[int] = [1]
by_name: dict[str, float] = {}
size: tuple[int, ...] = (1,)
either: Union[int, str] = 1
negative = -1
a = b = 2
x, y = 1, "둘"
when: datetime.date = None
"""


def notebook(source: str | None, tag: str = "parameters") -> Any:
    nb = nbformat.v4.new_notebook()
    if source is not None:
        nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}))
    nb.cells.append(nbformat.v4.new_code_cell("1"))
    return nb


def bound(name: str, value: Any, source: str = SOURCE) -> Any:
    return bind(notebook(source), {name: value})[name]


@pytest.mark.parametrize(
    ("name", "given_value", "expected"),
    [
        ("month", "2013-03", "2013-03"),
        ("month", dt.date(2013, 3, 1), "2013-03-01"),
        ("month", Path("가/나"), "가/나"),
        ("n", "7", 7),
        ("n", " -7 ", -7),
        ("n", np.int64(7), 7),
        ("rate", "1e-3", 0.001),
        ("rate", 1, 1.0),
        ("rate", np.float32(0.5), 0.5),
        ("flag", "True", True),
        ("flag", "거짓", False),
        ("flag", np.bool_(True), True),
        ("names", '["나", "다"]', ["나", "다"]),
        ("names", "['나', 'it\\'s']", ["나", "it's"]),
        ("names", ("나",), ["나"]),
        ("table", '{"b": null}', {"b": None}),
        ("pair", "[3, 4]", (3, 4)),
        ("free", "5", "5"),
        ("free", 5, 5),
        ("made", "무엇이든", "무엇이든"),
        ("optional", "None", None),
        ("optional", "4", 4),
        ("old_style", "2.5", 2.5),
        ("implicit", None, None),
        ("implicit", "글", "글"),
        ("choice", "high", "high"),
        ("choice", "3", 3),
        ("many", "[1, 2]", [1, 2]),
        ("by_name", '{"a": 1}', {"a": 1.0}),
        ("size", [3, 4, 5], (3, 4, 5)),
        ("either", "글", "글"),
        ("either", "8", 8),
        ("negative", "5", 5),
        ("b", "9", 9),
        ("y", "셋", "셋"),
    ],
)
def test_values_become_the_declared_type(name: str, given_value: Any, expected: Any) -> None:
    value = bound(name, given_value)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", "3.0"),
        ("n", "셋"),
        ("n", 3.0),
        ("n", True),
        ("n", None),
        ("n", "__import__('os').system('true')"),
        ("rate", "nan"),
        ("rate", "많이"),
        ("rate", True),
        ("flag", "maybe"),
        ("flag", 1),
        ("month", 3),
        ("month", None),
        ("names", "나"),
        ("names", '{"a": 1}'),
        ("table", "[1]"),
        ("choice", "middle"),
        ("choice", 4),
        ("many", '["글"]'),
        ("size", '["글"]'),
        ("optional", "2.5"),
        ("when", "2013-01-01"),
        ("free", float("nan")),
        ("free", {1: "정수 키"}),
        ("free", {"집합": {1}}),
        ("free", b"bytes"),
        ("free", decimal.Decimal("0.1")),
        ("free", object()),
        ("month", "짝 없는 \ud800"),
    ],
)
def test_values_of_another_type_are_refused(name: str, value: Any) -> None:
    with pytest.raises(BadParameter) as caught:
        bound(name, value)
    assert name in caught.value.message


def test_a_misspelt_name_is_refused_with_the_nearest_right_one() -> None:
    with pytest.raises(BadParameter, match=r"mnoth.*혹시 month\?.*받을 수 있는 이름"):
        bind(notebook(SOURCE), {"mnoth": "2013-01"})


def test_an_import_is_not_a_parameter() -> None:
    with pytest.raises(BadParameter, match="math"):
        bind(notebook(SOURCE), {"math": 1})


@pytest.mark.parametrize("name", ["a b", "1a", "class", "a;import os", "", "n\n=1"])
def test_names_that_are_no_identifiers_are_refused(name: str) -> None:
    with pytest.raises(BadParameter, match="파이썬 이름이 아닙니다"):
        bind(notebook(SOURCE), {name: 1})


def test_a_parameter_without_default_is_required() -> None:
    nb = notebook("month: str\nn: int = 1")
    with pytest.raises(BadParameter, match="빠졌습니다: month"):
        bind(nb, {"n": 2})
    assert bind(nb, {"month": "2013-01"}) == {"month": "2013-01"}


def test_without_a_parameters_cell_nothing_can_be_passed() -> None:
    assert bind(notebook(None), {}) == {}
    with pytest.raises(BadNotebook, match="parameters 셀이 없습니다"):
        bind(notebook(None), {"n": 1})
    with pytest.raises(BadNotebook, match="parameters 셀이 없습니다"):
        bind(notebook("n = 1", tag="Parameters "), {"n": 1})


def test_two_parameters_cells_and_a_broken_one_are_refused() -> None:
    twice = notebook("n = 1")
    twice.cells.append(twice.cells[0])
    with pytest.raises(BadNotebook, match="2개"):
        declared(twice)
    with pytest.raises(BadNotebook, match="1번째 줄"):
        declared(notebook("n = = 1"))


def test_the_injected_cell_stands_behind_the_parameters_and_reads_in_hangul() -> None:
    nb = notebook("month = ''")
    inject(nb, {"month": '봄 "따옴표" \\ 끝\n줄', "n": None})
    cell = nb.cells[1]
    assert cell.metadata.tags == ["injected-parameters"]
    assert "봄" in cell.source
    namespace: dict[str, Any] = {}
    exec(cell.source, namespace)
    assert namespace["month"] == '봄 "따옴표" \\ 끝\n줄'
    assert namespace["n"] is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_whatever_json_carries_arrives_unchanged(value: Any) -> None:
    nb = notebook("free = None")
    try:
        inject(nb, bind(nb, {"free": value}))
    except BadParameter:
        assert "\\ud" in ascii(value)  # 짝 없는 대리 문자만 거절됩니다.
        return
    namespace: dict[str, Any] = {}
    exec(nb.cells[1].source, namespace)
    expected = None if isinstance(value, str) and value in {"None", "none", "null"} else value
    assert namespace["free"] in (value, expected)
    assert type(namespace["free"]) in (type(value), type(expected))


@pytest.mark.parametrize(
    "name", ["password", "db_password", "API_KEY", "apikey", "access_token", "client_secret"]
)
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["month", "tokenizer", "key", "compass"])
def test_ordinary_names(name: str) -> None:
    assert not is_secret(name)
