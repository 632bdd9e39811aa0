"""flights가 내는 예외. 모두 `FlightsError`입니다."""

from __future__ import annotations


class FlightsError(Exception):
    """flights의 모든 예외의 바탕."""


class BadMonth(FlightsError, ValueError):
    """달의 이름이 틀렸거나, 자료에 없는 달입니다."""


class NoData(FlightsError, FileNotFoundError):
    """패키지의 자료가 설치되어 있지 않습니다. wheel에는 자료가 없습니다."""


class NotArrived(FlightsError, FileNotFoundError):
    """배치가 아직 landing에 도착하지 않았습니다."""


class BadBatch(FlightsError, ValueError):
    """배치가 품질 검사를 통과하지 못했습니다. `findings`에 까닭이 하나씩 들어 있습니다."""

    def __init__(self, message: str, findings: list[str]) -> None:
        super().__init__(message)
        self.findings = findings


class BatchConflict(FlightsError):
    """이미 받은 달의 배치가 다른 내용으로 다시 왔습니다."""


class NoModel(FlightsError):
    """찾는 모델이 레지스트리에 없습니다."""


class UntrustedModel(FlightsError):
    """모델 파일이 이 작업 폴더에서 등록한 것이 아닙니다. 열지 않았습니다."""
