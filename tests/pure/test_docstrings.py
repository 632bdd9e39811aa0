"""docstring의 꼴은 Google의 것 하나입니다. 인자를 모두 적었는지는 ruff(D417)가 봅니다."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.common import ROOT

FILES = sorted((ROOT / "mlops_lab").rglob("*.py"))
SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Examples):$", re.MULTILINE)


def loose(source: str) -> Iterator[str]:
    """`Args:`나 `Attributes:` 아래가 아닌 데에 `이름: 설명`으로 적은 인자와 필드."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.ClassDef):
            made = [
                each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"
            ]
            names = {
                each.target.id
                for each in node.body
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
            }
            names |= {each.arg for init in made for each in init.args.args + init.args.kwonlyargs}
        else:
            names = {each.arg for each in node.args.args + node.args.kwonlyargs}
        head = SECTION.split(ast.get_docstring(node) or "", maxsplit=1)[0]
        for line in head.splitlines():
            if (found := re.match(r"(\w+)(?:, ?\w+)*:\s+\S", line)) and found[1] in names:
                yield f"{node.name}: {line}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arguments_are_told_in_one_style(path: Path) -> None:
    assert list(loose(path.read_text("utf-8"))) == []


def test_another_style_is_seen() -> None:
    source = 'def read(path, limit):\n    """읽습니다.\n\n    path:  파일\n\n    Args:\n        limit: 줄의 수\n    """\n'
    assert list(loose(source)) == ["read: path:  파일"]
