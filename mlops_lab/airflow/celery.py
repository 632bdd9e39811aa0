"""Celery 작업자가 태스크를 fork하기 전에 예열합니다.

    [celery]
    extra_celery_config = {"imports": ["mlops_lab.airflow.celery"]}

Celery는 `imports`에 적힌 모듈을 작업자가 시작할 때 읽습니다.
"""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init

from mlops_lab.airflow.warmup import warm_up


@worker_init.connect
def on_worker_init(**_: Any) -> None:
    """작업자가 자식을 fork하기 전에 Celery가 부릅니다."""
    warm_up()
