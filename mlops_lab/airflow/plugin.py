"""Airflow 플러그인. 실행된 노트북을 보여 주는 페이지를 API 서버에 붙이고, 스케줄러를 예열합니다.

플러그인은 스케줄러와 태스크에서도 읽히므로, 페이지(FastAPI, nbconvert)는 첫 요청이 올 때 읽습니다.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from mlops_lab.airflow import warmup
from mlops_lab.airflow.link import URL_PREFIX

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def page_app(scope: Scope, receive: Receive, send: Send) -> None:
    """노트북 페이지의 ASGI 앱."""
    from mlops_lab.airflow.page import app

    await app(scope, receive, send)


class NotebookPlugin(AirflowPlugin):
    """`/mlops-lab/notebooks/...`에 노트북 페이지를 엽니다. 로그인과 DAG별 권한은 페이지가 확인합니다."""

    name = "mlops_lab"
    fastapi_apps: list[Any] = [  # noqa: RUF012 - Airflow의 기반 클래스가 이렇게 선언합니다.
        {"name": "mlops-lab", "app": page_app, "url_prefix": URL_PREFIX},
    ]
    listeners: list[Any] = [warmup]  # noqa: RUF012 - 위와 같습니다.
