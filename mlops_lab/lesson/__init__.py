"""수업이 함께 쓰는 것: 돌고 있는 Airflow와 그 그림, 답의 검사, 퀴즈, 한글 그림, 스케줄, 노트북 빌더.

노트북의 첫 셀은 여기에서 이름을 가져옵니다. 무거운 것은 그 이름을 쓸 때에 읽습니다.

    from mlops_lab.lesson import check, connect, reveal, show, use_korean
"""

from __future__ import annotations

import importlib
from typing import Any

PRELOAD = ("mlops_lab.flights.preload", "mlops_lab.lesson.plotting")
"""Airflow의 예열 프로세스가 읽어 둘 모듈(`[mlops_lab] preload`)."""

_WHERE = {
    "check": "checking",
    "connect": "live",
    "doctor": "machine",
    "reveal": "checking",
    "show": "plotting",
    "use_korean": "plotting",
    "side_by_side": "schedules",
    "upcoming": "schedules",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(
            f"mlops_lab.lesson에 {name!r}이(가) 없습니다. 있는 것: {', '.join(sorted(_WHERE))}"
        )
    return getattr(importlib.import_module(f"mlops_lab.lesson.{_WHERE[name]}"), name)
