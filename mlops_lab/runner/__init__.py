"""매개변수를 받는 노트북 한 권을 실행하고, 있었던 일을 그대로 남깁니다.

셀의 상태는 papermill이 적는 꼴로 적고, 커널은 nbclient가 다룹니다. 같은 엔진을 papermill에서도 고를 수 있습니다
(`papermill --engine mlops-lab`). 이 방은 Airflow를 알지 못합니다.
"""

from __future__ import annotations

from typing import Any

from mlops_lab.runner._errors import (
    BadNotebook,
    BadParameter,
    CellError,
    EarlyExit,
    Interrupted,
    KernelDied,
    KernelNotStarted,
    NotebookError,
    OutputError,
    RunTimeout,
)
from mlops_lab.runner._record import record
from mlops_lab.runner._result import Cells, ErrorInfo, RunResult
from mlops_lab.runner._run import NotebookRun, preload, run_notebook
from mlops_lab.runner._store import next_try, run_path
from mlops_lab.workspace import runs as runs_folder

__all__ = [
    "BadNotebook",
    "BadParameter",
    "CellError",
    "Cells",
    "EarlyExit",
    "ErrorInfo",
    "Interrupted",
    "KernelDied",
    "KernelNotStarted",
    "NotebookError",
    "NotebookRun",
    "OutputError",
    "RunResult",
    "RunTimeout",
    "WarmKernelSpecManager",
    "next_try",
    "preload",
    "record",
    "render_html",
    "run_notebook",
    "run_path",
    "runs_folder",
]


def __getattr__(name: str) -> Any:
    # nbconvert와 jupyter_client는 읽는 데 오래 걸리므로 처음 쓸 때 불러옵니다.
    if name == "render_html":
        from mlops_lab.runner._render import render_html

        return render_html
    if name == "WarmKernelSpecManager":
        from mlops_lab.runner._provisioner import WarmKernelSpecManager

        return WarmKernelSpecManager
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
