"""도는 실행 하나의 사정: 로그, 비밀, 제한 시간, 멈춤, 커널의 프로세스, 넘겨받은 결과, 저장.

요청을 확인하는 쪽(`_run`, `_papermill`)이 만들고, 실행하는 쪽(`_engine`, `_outputs`)이 묻고 적습니다.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlops_lab.runner._notebook import OWN_TAGS
from mlops_lab.runner._processes import MARKER, descendants, kill, kill_family
from mlops_lab.runner._secrets import Mask
from mlops_lab.runner._store import write_atomic

Log = Callable[[str], None]


class Session:
    """도는 실행 하나의 사정.

    Attributes:
        output: 실행한 노트북을 쓸 경로. None이면 저장하지 않습니다.
        cwd: 커널의 작업 폴더.
        env: 커널에 줄 환경 변수 전체(실행의 표를 더하기 전).
        timeout: 노트북 전체의 제한 시간(초).
        cell_timeout: 셀 하나의 제한 시간(초).
        startup_timeout: 커널이 뜨기를 기다릴 시간(초).
        mask: 저장하고 알리는 글에서 비밀을 가리는 것.
        budget: 언제 저장할지.
        results: `record`가 넘긴 값. 이름마다 마지막 값입니다.
        stop_reason: 멈추라는 말을 들었으면 그 까닭.
        kernel_pid: 커널의 프로세스 번호. 아직 없으면 None.
    """

    def __init__(
        self,
        output: Path | None,
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cell_timeout: float | None = None,
        startup_timeout: int = 60,
        log: Log | None = None,
    ) -> None:
        self.output = output
        self.cwd = cwd
        self.env = os.environ if env is None else env
        self.timeout = timeout
        self.cell_timeout = cell_timeout
        self.startup_timeout = startup_timeout
        self.mask = Mask()
        self.budget = SaveBudget()
        self.results: dict[str, Any] = {}
        self.stop_reason: str | None = None
        self.kernel_pid: int | None = None
        self._log = log
        self._deadline: float | None = None
        self._marker = uuid.uuid4().hex
        self._family: list[Any] = []

    def log(self, line: str) -> None:
        """진행을 한 줄 알립니다. 비밀은 가립니다. 듣는 쪽이 예외를 내도 실행은 계속합니다."""
        if self._log is not None:
            with contextlib.suppress(Exception):
                self._log(self.mask.text(line))

    def save(self, notebook: Any) -> None:
        """지금까지의 노트북을 비밀을 가려 저장합니다.

        Raises:
            OutputError: 쓸 수 없거나 디스크가 가득 찼습니다.
        """
        started = time.monotonic()
        self._write(self.mask.notebook(notebook, own=OWN_TAGS))
        self.budget.spent(time.monotonic() - started)

    def _write(self, notebook: Any) -> None:
        import nbformat

        if self.output is not None:
            write_atomic(self.output, nbformat.writes(notebook) + "\n")

    # 제한 시간 -----------------------------------------------------------------
    def begin(self) -> None:
        """전체 제한 시간을 지금부터 잽니다."""
        self._deadline = None if self.timeout is None else time.monotonic() + self.timeout

    def seconds_left(self) -> float | None:
        """전체 제한 시간까지 남은 초. 제한이 없으면 None."""
        return None if self._deadline is None else self._deadline - time.monotonic()

    def seconds_for_startup(self) -> int:
        """커널이 뜨기를 기다릴 초. 전체 제한 시간이 그보다 적게 남았으면 남은 만큼입니다."""
        left = self.seconds_left()
        return self.startup_timeout if left is None else max(1, math.ceil(min(self.startup_timeout, left)))

    def seconds_for_cell(self) -> float | None:
        """다음 셀에 줄 수 있는 초. 제한이 없으면 None."""
        limits = [s for s in (self.cell_timeout, self.seconds_left()) if s is not None]
        return max(0.01, min(limits)) if limits else None

    # 커널의 프로세스와 멈추기 ------------------------------------------------------
    def kernel_environment(self) -> dict[str, str]:
        """커널에 줄 환경 변수."""
        # 노트북 안에서 또 실행해도 함께 거둡니다.
        return {**self.env, MARKER: f"{self.env.get(MARKER, '')}:{self._marker}"}

    def stop(self, reason: str) -> None:
        """실행을 멈춥니다. 커널을 곧바로 죽입니다. 신호 처리기나 다른 스레드에서 불러도 됩니다."""
        if self.stop_reason is None:
            self.stop_reason = reason
        self.kill_kernel()

    def kill_kernel(self) -> None:
        """커널과 지금 있는 자식을 죽입니다."""
        self.remember_family()
        kill(self._family)

    def remember_family(self) -> None:
        """커널과 지금 있는 자식을 적어 둡니다."""
        self._family = descendants(self.kernel_pid) or self._family

    def kill_family(self) -> None:
        """이 실행이 띄운 프로세스를 모두 죽이고 사라지기를 기다립니다."""
        kill_family(self._marker, self._family)


class SaveBudget:
    """저장에 쓰는 시간을 전체의 일부로 묶습니다.

    한 번 저장에 s초가 걸렸으면 다음 저장은 10·s초 뒤, 적어도 `every`초 뒤입니다.
    """

    def __init__(self, every: float = 2.0) -> None:
        self._every = every
        self._next = 0.0

    def due(self) -> bool:
        """저장할 때가 되었으면 참."""
        return time.monotonic() >= self._next

    def spent(self, seconds: float) -> None:
        """방금 저장에 `seconds`초가 걸렸습니다."""
        self._next = time.monotonic() + max(self._every, 10 * seconds)
