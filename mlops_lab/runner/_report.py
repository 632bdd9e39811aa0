"""있었던 일을 알리는 두 가지: 사람이 읽는 노트북의 배너와, 프로그램이 읽는 `.results.json`."""

from __future__ import annotations

import html
import json
from typing import Any

from mlops_lab.runner._errors import NotebookError
from mlops_lab.runner._notebook import BANNER_TAG, code_cells
from mlops_lab.runner._result import Cells, RunResult
from mlops_lab.runner._store import results_path, write_atomic

_WHAT_HAPPENED = {
    "cell_error": "셀이 실패했습니다",
    "timeout": "제한 시간을 넘겼습니다",
    "kernel_died": "커널이 죽었습니다",
    "kernel_not_started": "커널이 뜨지 않았습니다",
    "early_exit": "끝까지 실행되지 않았습니다",
    "interrupted": "실행을 멈추었습니다",
    "output_error": "결과를 쓰지 못했습니다",
}


def count_cells(notebook: Any) -> Cells:
    """실행한 노트북의 코드 셀을 상태별로 셉니다."""
    states = [cell.metadata.papermill.get("status", "pending") for cell in code_cells(notebook)]
    completed, failed, skipped = (states.count(state) for state in ("completed", "failed", "skipped"))
    return Cells(len(states), completed, failed, len(states) - completed - failed - skipped, skipped)


def add_banner(notebook: Any, failure: NotebookError) -> None:
    """노트북 맨 위에 무슨 일이 있었는지 적은 셀을 둡니다."""
    import nbformat

    message = html.escape(failure.message).replace("\n", "<br>")
    cells = count_cells(notebook)
    text = (
        f"<div style='border-left:6px solid #b3261e;padding:.6em 1em;background:#fdecea;color:#410e0b'>"
        f"<strong>이 실행은 실패했습니다: {_WHAT_HAPPENED.get(failure.kind, failure.kind)}</strong><br>{message}<br>"
        f"코드 셀 {cells.total}개 가운데 완료 {cells.completed}, 실패 {cells.failed}, "
        f"실행하지 않음 {cells.pending}{f', 건너뜀 {cells.skipped}' if cells.skipped else ''}.</div>"
    )
    banner = nbformat.v4.new_markdown_cell(text, metadata={"tags": [BANNER_TAG], "papermill": {}})
    notebook.cells.insert(0, banner)


def write_results(result: RunResult) -> None:
    """결과를 노트북 곁의 `.results.json`에 씁니다.

    Raises:
        OutputError: 쓸 수 없거나 디스크가 가득 찼습니다.
    """
    assert result.output is not None
    text = json.dumps(result.to_dict(), ensure_ascii=False, indent=1) + "\n"
    write_atomic(results_path(result.output), text)
