"""태스크와 Dag 실행의 상태를 부르는 한국어. Airflow의 한국어 화면과 같은 말입니다."""

from __future__ import annotations

LABELS = {
    "success": "성공",
    "failed": "실패",
    "upstream_failed": "업스트림 실패",
    "skipped": "건너뜀",
    "running": "실행 중",
    "queued": "대기 중",
    "scheduled": "예약됨",
    "deferred": "연기됨",
    "up_for_retry": "재시도 대기 중",
    "up_for_reschedule": "재예약 대기 중",
    "awaiting_input": "입력 대기 중",
    "restarting": "다시 시작 중",
    "removed": "제거됨",
    "none": "상태 없음",
}
"""Airflow의 상태 이름마다 하나. 말은 `airflow/ui/dist/i18n/locales/ko/common.json`의 것이며 시험이 확인합니다."""


ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
"""태스크가 더는 나아가지 않는 상태."""


def label(state: str | None) -> str:
    """상태를 부르는 말을 돌려줍니다. 모르는 상태는 Airflow의 이름 그대로입니다."""
    return LABELS.get(state or "none", str(state))
