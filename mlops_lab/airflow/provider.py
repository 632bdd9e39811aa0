"""Airflow 프로바이더 정보. entry point `apache_airflow_provider`가 이 함수를 부릅니다."""

from __future__ import annotations

from typing import Any

from mlops_lab.runner.warm import MODULES


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
        "config": {
            "mlops_lab": {
                "description": "노트북 태스크의 예열 커널.",
                "options": {
                    "warm_kernels": {
                        "description": "미리 읽어 둔 프로세스에서 커널을 fork할지. 끄면 늘 보통 커널로 실행합니다.",
                        "version_added": None,
                        "type": "boolean",
                        "example": None,
                        "default": "True",
                    },
                    "preload": {
                        "description": "미리 읽을 파이썬 모듈의 이름. 쉼표로 나눕니다.",
                        "version_added": None,
                        "type": "string",
                        "example": "pandas,sklearn.ensemble",
                        "default": ",".join(MODULES),
                    },
                },
            }
        },
    }
