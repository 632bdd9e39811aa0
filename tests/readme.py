"""README의 파이썬 블록을 새 프로세스에서 실행합니다. 블록마다 어느 갈래에서 실행하는지는 `EXECUTED`에 있습니다."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.common import ROOT

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", README, re.S)
EXECUTED = {  # 블록에만 있는 글: 그 블록을 실행하는 시험
    "NotebookOperator(": "tests/install/test_wheel.py",
    "depth: int = 4": "tests/install/test_wheel.py",
    "record(auc=": "tests/install/test_wheel.py",
    "run_notebook(": "tests/kernel/test_readme.py",
    "simulate(": "tests/pure/test_readme.py",
    "side_by_side(": "tests/kernel/test_readme.py",
    "stack.write_dag(": "tests/airflow/test_live.py",
    "lab.trigger(": "tests/airflow/test_live.py",
}
_RUN = """
import ast, json, sys
names, values = {}, []
for node in ast.parse(sys.stdin.read()).body:
    if isinstance(node, ast.Expr):
        values.append(eval(compile(ast.Expression(node.value), "README.md", "eval"), names))
    else:
        exec(compile(ast.Module([node], []), "README.md", "exec"), names)
print(json.dumps([value if isinstance(value, (str, float, list)) else repr(value) for value in values]))
"""


def block(phrase: str) -> str:
    """`phrase`가 든 단 하나의 블록."""
    (found,) = [each for each in BLOCKS if phrase in each]
    return found


def values(source: str, cwd: Path) -> list[object]:
    """`source`를 새 프로세스에서 실행하고, 식마다 그 값(글, 수, 목록이 아니면 repr)을 돌려줍니다."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        input=source,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout.splitlines()[-1])
    return found
