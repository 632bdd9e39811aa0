"""태스크를 fork하는 프로세스에서, 노트북 태스크가 쓸 것을 미리 읽어 둡니다.

LocalExecutor의 스케줄러는 Airflow의 listener(`on_starting`)가, Celery 작업자는 `mlops_lab.airflow.celery`가 알려 줍니다.
그 밖의 Airflow 명령에서는 아무것도 하지 않습니다.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from airflow.listeners import hookimpl
from airflow.sdk.configuration import conf

from mlops_lab import workspace

SECTION = "mlops_lab"
_started: list[subprocess.Popen[bytes]] = []


@hookimpl
def on_starting(component: Any) -> None:
    """스케줄러가 작업자를 fork하기 전에 Airflow가 부릅니다.

    이때의 `component`에는 아직 종류가 적혀 있지 않으므로, 스케줄러인지는 명령줄에서 봅니다.
    """
    if sys.argv[1:2] == ["scheduler"] and "LocalExecutor" in conf.get("core", "executor"):
        warm_up()


def warm_up(*, private: bool = False) -> None:
    """이 프로세스에 papermill과 nbconvert를 읽어 두고, 커널을 fork해 줄 예열 프로세스를 띄웁니다.

    `private`이면 이 프로세스의 자식만 찾을 수 있는 자리에 띄웁니다.

    예열 프로세스는 `[mlops_lab] preload`의 모듈을 읽습니다. `[mlops_lab] warm_kernels`가 False면 아무것도 하지 않습니다.
    """
    from mlops_lab.runner import preload, warm

    if _started or not conf.getboolean(SECTION, "warm_kernels", fallback=True):
        return
    from mlops_lab.airflow.operator import kernel_environment

    names = conf.get(SECTION, "preload", fallback=",".join(warm.MODULES))
    process = warm.start(
        path := _private_socket() if private else _socket(warm),
        [name.strip() for name in names.split(",") if name.strip()],
        kernel_environment(),
    )
    if process is not None:
        _started.append(process)
        os.environ[warm.SOCKET_VARIABLE] = str(path)
    preload()


def _socket(warm: Any) -> Path:
    """작업 폴더가 정해져 있으면 `mlops-lab run`도 찾을 수 있는 자리, 아니면 아무도 모르는 임시 폴더."""
    chosen: Path | None = warm.default_socket()
    if chosen is not None and {warm.SOCKET_VARIABLE, workspace.HOME} & set(os.environ):
        return chosen
    return _private_socket()


def _private_socket() -> Path:
    return Path(tempfile.mkdtemp(prefix="mlops-lab-warm-")) / "kernels.sock"
