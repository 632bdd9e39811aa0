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
    """작업자가 자식을 fork하기 전에 Celery가 부릅니다.

    여러 작업자가 작업 폴더 하나를 함께 쓰므로, 남의 예열 프로세스와 섞이지 않게 자기만의 자리에 띄웁니다.
    """
    warm_up(private=True)
