"""stack이 내는 오류입니다. 메시지는 무엇을 보았고, 무엇이 필요하며, 다음에 무엇을 하면 되는지 말합니다."""

from __future__ import annotations

import errno
from pathlib import Path

_DISK_ADVICE = {
    errno.ENOSPC: "디스크에 남은 공간이 없습니다. 공간을 비우거나 MLOPS_LAB_HOME을 다른 디스크로 정해 주세요.",
    errno.EROFS: "읽기 전용 파일 시스템입니다. MLOPS_LAB_HOME을 쓸 수 있는 폴더로 정해 주세요.",
    errno.EACCES: "쓸 권한이 없습니다. 폴더의 소유자와 권한을 확인하거나 MLOPS_LAB_HOME을 바꿔 주세요.",
    errno.EPERM: "쓸 권한이 없습니다. 폴더의 소유자와 권한을 확인하거나 MLOPS_LAB_HOME을 바꿔 주세요.",
    errno.ENOTDIR: "폴더여야 할 자리에 파일이 있습니다. 그 파일을 옮기거나 MLOPS_LAB_HOME을 바꿔 주세요.",
    errno.EEXIST: "폴더여야 할 자리에 파일이 있습니다. 그 파일을 옮기거나 MLOPS_LAB_HOME을 바꿔 주세요.",
}


class StackError(RuntimeError):
    """Airflow를 시작하거나 멈추거나 들여다보지 못했습니다."""

    def _render_traceback_(self) -> list[str]:
        """노트북에서는 파이썬의 긴 자취 없이 메시지만 보입니다(IPython의 약속)."""
        return str(self).splitlines()


class HomeError(StackError):
    """작업 폴더(home)에 쓸 수 없습니다."""

    @classmethod
    def from_os(cls, home: Path, error: OSError) -> HomeError:
        """OSError를 한국어 안내로 바꿉니다."""
        advice = _DISK_ADVICE.get(error.errno or 0, f"운영체제가 알린 이유: {error.strerror or error}")
        where = error.filename or home
        return cls(f"작업 폴더에 쓸 수 없습니다: {where}\n{advice}")


class StackBusyError(StackError):
    """같은 home의 Airflow를 다른 프로그램이 이미 쓰고 있습니다."""


class ComponentDiedError(StackError):
    """구성 요소가 뜻하지 않게 끝났습니다."""


class QueryError(StackError):
    """메타데이터베이스에 물은 것이 거절되었거나 틀렸습니다."""


class DagFileError(StackError):
    """DAG 파일이 잘못되었습니다.

    Attributes:
        kind: filename, syntax, import, error(읽다가 난 예외), cycle, duplicate_dag, duplicate_task, no_dag, start_date,
            timeout(다 읽지 못함), stopped(Dag 프로세서가 멈춤)
        filename: DAG 폴더에서 본 경로
        advice: 무엇이 잘못되었고 어떻게 고치는지
        line: 고칠 줄. 알 수 없으면 None
        text: 그 줄의 글
    """

    def __init__(
        self, kind: str, filename: str, advice: str, line: int | None = None, text: str | None = None
    ) -> None:
        where = f"{filename} {line}번째 줄: {(text or '').strip()}" if line else filename
        super().__init__(f"{where}\n{advice}")
        self.kind, self.filename, self.advice, self.line, self.text = kind, filename, advice, line, text

    def adding(self, sentence: str) -> DagFileError:
        """끝에 한 문장을 더한 것입니다."""
        return DagFileError(self.kind, self.filename, f"{self.advice}\n{sentence}", self.line, self.text)


class ApiError(StackError):
    """REST API가 요청을 거절했거나 응답하지 않습니다. `status`는 HTTP 상태 코드이며 응답이 없으면 None입니다."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
