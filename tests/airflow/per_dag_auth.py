"""DAG마다 권한이 다른 인증 관리자. Airflow의 확장 자리(`[core] auth_manager`)에 끼워 페이지의 권한 확인을 시험합니다."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

STUDENT = "student"
STUDENT_DAG = "chain"


class PerDagAuthManager(SimpleAuthManager):
    """학생은 `chain`만 볼 수 있고, 나머지는 SimpleAuthManager와 같습니다."""

    def is_authorized_dag(
        self, *, method: Any, user: Any, access_entity: Any = None, details: Any = None
    ) -> bool:
        if user.username == STUDENT and (details is None or details.id != STUDENT_DAG):
            return False
        return super().is_authorized_dag(
            method=method, user=user, access_entity=access_entity, details=details
        )
