"""커널과 그 자식 프로세스를 남기지 않습니다."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARKER = "MLOPS_LAB_RUN_MARKER"
"""커널의 환경에 넣는 표. 부모를 잃은 자식도 이 표로 찾습니다."""


def descendants(pid: int | None) -> list[psutil.Process]:
    """`pid`와 그 아래의 모든 프로세스. 새 세션을 만들어 떠난 자식도 들어 있습니다."""
    import psutil

    if pid is None:
        return []
    with contextlib.suppress(psutil.Error):
        kernel = psutil.Process(pid)
        return [kernel, *kernel.children(recursive=True)]
    return []


def kill(processes: list[psutil.Process]) -> None:
    """곧바로 죽입니다. 신호 처리기 안에서 불러도 됩니다. psutil이 다시 쓰인 번호를 가려냅니다."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def kill_family(marker: str, known: list[psutil.Process]) -> None:
    """`known`과, 이 실행의 표를 지닌 프로세스를 모두 죽이고 사라질 때까지 기다립니다(길어야 3초)."""
    import psutil

    family = list(known)
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError):
            if marker in process.environ().get(MARKER, ""):
                family.append(process)
    kill(family)
    psutil.wait_procs(family, timeout=3)
