"""11의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from mlops_lab.runner import RunResult

FOLDER = Path(tempfile.mkdtemp(prefix="mlops-lab-11-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
BOTH = 'month: str = "2013-03"\ncarrier: str = "UA"'


def notebook(name: str, parameters: str, body: str, tags: list[str]) -> Path:
    cells = [
        new_code_cell(parameters, metadata={"tags": tags}),
        new_code_cell(f"from mlops_lab import record\n{body}"),
    ]
    path = FOLDER / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


def result(**results: Any) -> RunResult:
    return RunResult("success", None, None, results)


WRONG = {
    "11-1": [
        (result(month="2013-03", flights=9000, late_rate=0.1), "`month`로 넘겼는지"),
        (result(month="2013-12", flights=27020, late_rate=0.1), "`airports`로"),
        (result(month="2013-12", flights=8923, late_rate=0.284), "기준은 분입니다"),
        ({"month": "2013-12", "late_rate": 0.1}, "통째로"),
        (0.1, "통째로"),
    ],
    "11-2": [
        (["B"], "D를 다시 봅니다"),
        (["B", "C", "D", "F"], "C를 다시 봅니다"),
        (["A", "B", "D", "F"], "A를 다시 봅니다"),
        (["A", "C", "E"], "0개를 바르게"),
        (["B", "G"], "A부터 F까지"),
        (3, "A부터 F까지"),
    ],
    "11-3": [
        (notebook("no_tag", BOTH, "record(flights=1, late_rate=0.1)", []), "parameters 셀이 없습니다"),
        (
            notebook(
                "no_carrier", 'month: str = "2013-03"', "record(flights=1, late_rate=0.1)", ["parameters"]
            ),
            "carrier이(가) 없습니다",
        ),
        (notebook("no_record", BOTH, "print(0.1)", ["parameters"]), "넘긴 이름: 없음"),
        (
            notebook("fixed", BOTH, "record(flights=4984, late_rate=0.2)", ["parameters"]),
            "값이 박혀 있지 않은지",
        ),
        (
            notebook(
                "every_carrier",
                BOTH,
                "record(flights={'2013-07': 28293, '2013-09': 27010}[month], late_rate=0.2)",
                ["parameters"],
            ),
            "`carrier`가 같은 항공편만",
        ),
        (notebook("broken", BOTH, "carriers", ["parameters"]), "NameError"),
        ("carrier_report.ipynb", "경로"),
        (0.2, "경로"),
    ],
}
