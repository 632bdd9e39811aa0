"""모든 시험이 함께 쓰는 것: 프로젝트의 폴더, 기다리기, 작은 노트북."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[1]
"""프로젝트의 맨 위 폴더."""
FUZZ = int(os.environ.get("MLOPS_LAB_FUZZ", "50"))
"""아무 입력이나 넣어 보는 시험이 한 번에 넣어 볼 수. `make test-all`은 10,000입니다."""


def wait_until(
    condition: Callable[[], Any],
    timeout: float = 240.0,
    *,
    pause: float = 0.05,
    explain: Callable[[], str] = lambda: "",
) -> Any:
    """`condition`이 참이 될 때까지 기다리고 그 값을 돌려줍니다.

    `timeout`(초)은 일어나지 않을 때의 한계일 뿐입니다. 컴퓨터가 아무리 바빠도 지나가야 하므로 넉넉하게 둡니다.
    `explain`은 일어나지 않았을 때 덧붙일 말입니다.
    """
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{timeout:g}초 안에 일어나지 않았습니다\n{explain()}"
        time.sleep(pause)
    return value


def write_notebook(
    path: Path, *cells: str, parameters: str | None = None, metadata: dict[str, Any] | None = None
) -> Path:
    """코드 셀 `cells`로 노트북을 씁니다. "# 제목"처럼 #으로 시작하는 한 줄은 마크다운 제목이 됩니다."""
    new = nbformat.v4
    notebook = new.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook.metadata.update(metadata or {})
    if parameters is not None:
        notebook.cells.append(new.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for source in cells:
        is_heading = source.startswith("#") and "\n" not in source
        notebook.cells.append(new.new_markdown_cell(source) if is_heading else new.new_code_cell(source))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path
