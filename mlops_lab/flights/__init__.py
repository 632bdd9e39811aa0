"""실제 문제: 뉴욕을 떠난 항공편이 15분 넘게 늦게 도착할지 예측합니다.

2013년의 항공편과 날씨(CC0)를 한 달씩 받아 검사하고, 드리프트와 성능을 보고, 다시 학습할지 정합니다.
"""

from __future__ import annotations

from mlops_lab.flights.months import BOOTSTRAP, MONITORED, MONTHS, check_month, months_before
from mlops_lab.workspace import home

__all__ = ["BOOTSTRAP", "MONITORED", "MONTHS", "check_month", "home", "months_before"]
