"""실행 한 번의 결과. `mlops-lab run --json`과 results.json이 이 모양입니다."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Cells:
    """저장된 노트북의 코드 셀 수(개). 주입한 매개변수 셀도 셉니다. 나머지 넷을 더하면 total입니다.

    Attributes:
        total: 모두.
        completed: 끝까지 실행한 것(빈 셀도 셉니다).
        failed: 실패한 것.
        pending: 실행하지 못한 것.
        skipped: `skip-execution` 태그가 붙어 건너뛴 것.
    """

    total: int
    completed: int
    failed: int
    pending: int
    skipped: int = 0


@dataclass(frozen=True)
class ErrorInfo:
    """실패의 종류(kind), 코드 셀의 번호(1부터, 없으면 None), 한국어 설명."""

    kind: str
    cell: int | None
    message: str


@dataclass(frozen=True)
class RunResult:
    """노트북 실행 한 번의 결과.

    Attributes:
        status: "success" 또는 "failed".
        output: 저장된 노트북. 실행 전에 멈췄으면 None.
        html: 함께 만든 HTML. 만들지 않았거나 만들지 못했으면 None.
        results: `record`가 넘긴 값. 이름마다 마지막 값입니다.
        seconds: 걸린 시간(초).
        cells: 코드 셀의 상태별 개수.
        error: 실패의 내용. 성공이면 None.
    """

    status: str
    output: Path | None
    html: Path | None
    results: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cells: Cells = field(default_factory=lambda: Cells(0, 0, 0, 0))
    error: ErrorInfo | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 쓸 수 있는 사전."""
        data = asdict(self)
        data["output"] = None if self.output is None else str(self.output)
        data["html"] = None if self.html is None else str(self.html)
        data["seconds"] = round(self.seconds, 3)
        return data
