"""Airflow 프로바이더 정보. entry point `apache_airflow_provider`가 이 함수를 부릅니다."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """`airflow providers list`와 `airflow providers links`에 나오는 정보.

    페이지 플러그인은 entry point `airflow.plugins`로 알립니다. 여기에도 적으면 두 번 등록됩니다.
    """
    integration = "노트북"
    return {
        "package-name": "mlops-lab",
        "name": "mlops-lab",
        "description": "매개변수를 받는 노트북을 Airflow 태스크로 실행하고, 실행된 노트북을 UI에서 보여 줍니다.",
        "integrations": [
            {
                "integration-name": integration,
                "external-doc-url": "https://jupyter.org/",
                "tags": ["software"],
            }
        ],
        "operators": [
            {"integration-name": integration, "python-modules": ["mlops_lab.airflow.operator"]},
        ],
        "extra-links": ["mlops_lab.airflow.link.NotebookLink"],
    }
