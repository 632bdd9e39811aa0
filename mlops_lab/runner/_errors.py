"""노트북 실행이 실패하는 까닭마다 예외 하나씩. 모두 `NotebookError` 아래에 있습니다."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from mlops_lab.runner._result import RunResult


class NotebookError(Exception):
    """노트북을 실행하지 못했거나 실행이 실패했습니다.

    Attributes:
        kind: 실패의 종류. `mlops-lab run --json`의 `error.kind`와 같습니다.
        is_request_error: 요청이 잘못되어 커널을 띄우기 전에 멈췄으면 참. 다시 시도해도 결과가 같습니다.
        result: 끝까지의 기록. 커널을 띄우기 전에 멈췄으면 None입니다.
        cell: 원인이 된 코드 셀의 번호(1부터). 알 수 없으면 None입니다.
    """

    kind: ClassVar[str]

    def __init__(self, message: str, *, cell: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cell = cell
        self.is_request_error = False
        self.result: RunResult | None = None


class BadParameter(NotebookError):
    """매개변수의 이름, 형식, 값이 노트북의 parameters 셀과 맞지 않습니다."""

    kind = "bad_parameter"


class BadNotebook(NotebookError):
    """노트북 파일이 없거나, 읽을 수 없거나, 파이썬 노트북이 아닙니다."""

    kind = "bad_notebook"


class OutputError(NotebookError):
    """결과를 쓸 수 없습니다: runs 폴더 밖, 쓰기 금지, 디스크 부족."""

    kind = "output_error"


class CellError(NotebookError):
    """셀이 예외를 냈습니다."""

    kind = "cell_error"


class RunTimeout(NotebookError):
    """셀 하나 또는 노트북 전체가 제한 시간을 넘겼습니다."""

    kind = "timeout"


class KernelDied(NotebookError):
    """커널 프로세스가 죽었습니다(메모리 부족, 강제 종료 등). 다시 시도하면 될 수도 있습니다."""

    kind = "kernel_died"


class KernelNotStarted(NotebookError):
    """커널 프로세스가 첫 셀을 받기 전에 스스로 끝났습니다(ipykernel이 없는 환경 등). 다시 시도해도 같습니다."""

    kind = "kernel_not_started"


class EarlyExit(NotebookError):
    """뒤에 셀이 남았는데 `sys.exit`나 `exit()`로 끝냈습니다."""

    kind = "early_exit"


class Interrupted(NotebookError):
    """밖에서 실행을 멈췄습니다(Ctrl-C, SIGTERM, Airflow의 정지)."""

    kind = "interrupted"
