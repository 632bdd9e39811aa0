"""parameters 셀을 읽고 값을 맞추는 일. 커널은 띄우지 않습니다."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import json
import unicodedata
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.runner import BadNotebook, BadParameter
from mlops_lab.runner._parameters import bind, declared, inject

KST = dt.timezone(dt.timedelta(hours=9))

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
frame: pd.DataFrame = None
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
        ("made", 1.5, 1.5),
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
        ("when", "2013"),
        ("when", 20130101),
        ("frame", "2013-01-01"),
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


@pytest.mark.parametrize(
    ("declaration", "given_value", "expected"),
    [
        ("x: date = None", "2013-03-01", dt.date(2013, 3, 1)),
        ("x: date", dt.date(2013, 3, 1), dt.date(2013, 3, 1)),
        ("x: 'date | None' = None", "None", None),
        ("x: date | str = ''", "봄", "봄"),
        ("x: when.datetime = None", "2013-03-01T09:00+09:00", dt.datetime(2013, 3, 1, 9, tzinfo=KST)),
        ("x: when.datetime = None", "2013-03-01 09:00", dt.datetime(2013, 3, 1, 9)),
        ("x: when.time = None", "09:30", dt.time(9, 30)),
        ("x: when.timedelta = None", "PT1H30M", dt.timedelta(minutes=90)),
        ("x: when.timedelta = None", "P1W", dt.timedelta(weeks=1)),
        ("x: when.timedelta = None", "P1DT0.5S", dt.timedelta(days=1, seconds=0.5)),
        ("x: when.timedelta = None", dt.timedelta(days=-1, hours=2), dt.timedelta(days=-1, hours=2)),
        ("x: Decimal = None", "0.10", decimal.Decimal("0.10")),
        ("x: Decimal = None", decimal.Decimal("1E+3"), decimal.Decimal("1E+3")),
        ("x: Path = None", "가/it's \\ 나", Path("가/it's \\ 나")),
        ("x: Path = None", Path("가"), Path("가")),
        ("x: list[date] = []", '["2013-03-01"]', [dt.date(2013, 3, 1)]),
        ("x: dict[str, tuple[date, ...]] = {}", {"a": ["2013-03-01"]}, {"a": (dt.date(2013, 3, 1),)}),
        ("x: list[Decimal] = []", [decimal.Decimal("0.1")], [decimal.Decimal("0.1")]),
        # 적지 않은 형식은 기본값에서 읽습니다. 식을 실행하지 않아도 알 수 있으면 됩니다.
        ("x = date(2013, 1, 1)", "2013-03-01", dt.date(2013, 3, 1)),
        ("x = Path('data') / 'a.csv'", "b.csv", Path("b.csv")),
        ("x = when.timedelta(hours=1)", "2:00:00", dt.timedelta(hours=2)),
        ("x = 60 * 60", "30", 30),
        ("x = 1 / 3", "1", 1.0),
        ("x = 10 ** -3", "0.1", 0.1),
        ("x = -(2 ** 3) + 1.0", 2, 2.0),
        ("x = 'a' + 'b'", "5", "5"),
        ("x = f'{1}'", "5", "5"),
        ("x = 1 < 2", "false", False),
        ("x = not True", "true", True),
        ("x = dict(a=1)", '{"a": 2}', {"a": 2}),
        ("x = [n for n in range(3)]", "[1]", [1]),
        ("x = int('5')", "07", 7),
        ("x = 1 + unknown", 5, 5),
        ("x = 'a' if unknown else 'b'", "c", "c"),
        ("x = 1 if unknown else 2", "5", 5),
        ("x = unknown and 3 or 4", 5, 5),
        ("x = 3 or 4", "5", 5),
        ("x = len('abc')", "5", 5),
        ("x = os.environ.get('HOME', '')", "5", "5"),
        ("x = os.environ['HOME']", "5", "5"),
        ("x = time.time()", 0.5, 0.5),
        ("x = Timestamp('2013').date()", None, None),
        ("x = model.float()", 2.5, 2.5),
        # papermill의 문서에 있는 형식 주석
        ("x = None  # type: int", "5", 5),
        ("x = None  # type: int", None, None),
        ("x = []  # type: list[int]", '["1"]', [1]),
        ("x = 1  # type: 정수를 적습니다", "5", 5),
        ("x = 1\n# type: 여기는 그저 주석", "5", 5),
    ],
)
def test_the_injected_code_makes_the_value_with_the_names_of_the_notebook(
    declaration: str, given_value: Any, expected: Any
) -> None:
    nb = notebook(declaration)
    values = bind(nb, {"x": given_value})
    inject(nb, values)
    namespace: dict[str, Any] = {"date": dt.date, "when": dt, "Decimal": decimal.Decimal, "Path": Path}
    exec(nb.cells[1].source, namespace)
    assert namespace["x"] == expected
    assert type(namespace["x"]) is type(expected)
    assert str(namespace["x"]) == str(expected)
    json.dumps(values)  # 노트북의 메타데이터에도 실립니다.


def test_the_injected_code_reads_like_the_notebook() -> None:
    nb = notebook("x: dt.date\ny: list[Path] = []\nz: dt.timedelta = None")
    inject(nb, bind(nb, {"x": "2013-03-01", "y": ["봄.csv"], "z": "PT1H30M"}))
    assert nb.cells[1].source.splitlines()[1:] == [
        "x = dt.date.fromisoformat('2013-03-01')",
        "y = [Path('봄.csv')]",
        "z = dt.timedelta(seconds=5400)",
    ]


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ("x: date = None", "2013-03"),
        ("x: date = None", "2013-03-01T09:00"),
        ("x: datetime = None", "2013"),  # 1970년의 2013초가 아닙니다.
        ("x: datetime = None", "1362096000"),
        ("x: time = None", "9시"),
        ("x: timedelta = None", "P1M"),  # 한 달은 며칠인지 모릅니다.
        ("x: timedelta = None", "90"),
        ("x: timedelta = None", "P"),
        ("x: timedelta = None", "P99999999999D"),
        ("x: Decimal = None", "nan"),
        ("x: Decimal = None", 0.1),
        ("x: Path = None", 1),
        ("x: list[date] = []", '["어제"]'),
        ("x = {1, 2}", "{3}"),
        ("x = b'a'", "b"),
        ("x = 60 * 60", "삼십"),
        ("x = dict(a=1)", "[1]"),
        ("x = None  # type: int", "다섯"),
        # 기본값이 실행해 보아야 아는 식이면, 글이 무엇을 뜻하는지 알 수 없습니다.
        ("x = math.sqrt(2)", "1.5"),
        ("x = abs(-3)", "4"),
        ("x = 1 + unknown", "5"),
        ("x = 1 if unknown else 'a'", "5"),
        ("x = frozenset({1})", "{2}"),
        ("x = lambda: 3", "3"),
        ("x, y = unknown()", "3"),
    ],
)
def test_what_is_not_of_the_declared_class_is_refused(declaration: str, value: Any) -> None:
    with pytest.raises(BadParameter, match="매개변수 x"):
        bind(notebook(declaration), {"x": value})


@pytest.mark.parametrize(
    "annotation",
    [
        "Literal[K.A]",
        "Literal[()]",
        "Optional[()]",
        "list[()]",
        "Annotated[()]",
        "Union[()]",
        "'('",
        "'a\\0b'",
        "''",
        "1",
        "lambda: 0",
        "K[int]",
        "dict[int]",
        "[int]",
        "-1",
        "None",
        "Optional",
        "Literal",
        " | ".join(["int"] * 500),
        "list[" * 80 + "int" + "]" * 80,
    ],
)
def test_no_annotation_stops_the_others(annotation: str) -> None:
    nb = notebook(f"y = 1\nk: {annotation} = 0")
    assert bind(nb, {"y": "2"}) == {"y": 2}
    with contextlib.suppress(BadParameter):
        bind(nb, {"k": "값"})


@pytest.mark.parametrize(
    "source",
    [
        'q = """\na\n%(b)s"""\nx = 1',
        "files = !ls\nx = 1",
        "x = 1\nint?",
        "%time\nx = 1",
        "x = 1\n%matplotlib inline",
    ],
)
def test_whatever_ipython_runs_is_read(source: str) -> None:
    assert bind(notebook(source), {"x": "2"}) == {"x": 2}


def test_names_are_the_same_in_every_unicode_form() -> None:
    decomposed = unicodedata.normalize("NFD", "값")
    assert bind(notebook("값 = 1"), {decomposed: "2"}) == {"값": 2}
    assert bind(notebook(f"{decomposed} = 1"), {"값": "2"}) == {"값": 2}
    with pytest.raises(BadParameter, match="두 번"):
        bind(notebook("값 = 1"), {decomposed: 1, "값": 2})


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


@pytest.mark.parametrize("declaration", ["x = 1", "x = ''", "x = None", "x: list = None", "x: Path = None"])
def test_an_integer_that_python_cannot_write_is_refused(declaration: str) -> None:
    with pytest.raises(BadParameter, match="정수"):
        bind(notebook(declaration), {"x": 10**5000})
