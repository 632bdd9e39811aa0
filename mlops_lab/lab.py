"""`make lab`: 한국어 JupyterLab과 Airflow를 함께 띄웁니다. 둘 다 이 컴퓨터(127.0.0.1)에서만 열립니다.

    python -m mlops_lab.lab

설정은 `workspace/jupyter`(0700)에만 씁니다. Ctrl-C를 누르면 둘 다 멈춥니다.
"""

from __future__ import annotations

import contextlib
import sys
import time
from types import FrameType

import psutil
from rich.console import Console

from mlops_lab import workspace
from mlops_lab._signals import ignore_stop, on_stop
from mlops_lab.lesson.jupyter import jupyter
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.stack import StackError, start, stop


class _Stopped(BaseException):
    """Ctrl-C나 SIGTERM을 받았습니다."""


def _interrupt(_: int, __: FrameType | None) -> None:
    ignore_stop()
    raise _Stopped


def main() -> int:
    """명령줄 입구입니다. Ctrl-C로 멈추면 0, 시작하지 못하면 1입니다."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        project = workspace.require_project()
    except workspace.ProjectNotFoundError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    home = workspace.home()
    on_stop(_interrupt)
    try:
        console.print("Airflow와 JupyterLab을 시작합니다.")
        with (
            start(home, project / "dags", say=console.print, **AIRFLOW) as stack,
            jupyter(home, project) as lab,
        ):
            console.print(f"JupyterLab  {lab.url}", markup=False)
            console.print(
                f"Airflow     {stack.url}  (사용자 {stack.username}, 암호 {stack.password})", markup=False
            )
            console.print("멈추려면 Ctrl-C를 누르세요.")
            while lab.process.is_running() and lab.process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.5)
            raise StackError(f"JupyterLab이 끝났습니다. 로그: {home / 'jupyter' / 'jupyterlab.log'}")
    except _Stopped:
        console.print("JupyterLab과 Airflow를 모두 멈췄습니다.")
        return 0
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    finally:
        # 시작하는 도중에 멈춘 것까지 거둡니다.
        with contextlib.suppress(StackError):
            stop(home, only_mine=True)


if __name__ == "__main__":
    sys.exit(main())
