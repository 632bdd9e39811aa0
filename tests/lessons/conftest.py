"""수업들이 차례로 함께 쓰는 작업 폴더와, 그 안의 진짜 Airflow 한 벌."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab import stack
from mlops_lab.lesson.build import stop_airflow
from mlops_lab.lesson.machine import AIRFLOW
from tests.common import ROOT


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """앞의 수업이 남긴 것이 있어도 출력이 같아야 하므로, 작업 폴더 하나를 끝까지 씁니다.

    08은 API 서버를 멈췄다 켭니다. 그 사이에 나란히 도는 다른 시험의 Airflow가 포트를 가져가지 않게, 정한 포트에 띄워 둡니다.
    """
    folder = tmp_path_factory.mktemp("작업 폴더")
    stack.up(folder, ROOT / "dags", port=8500, **AIRFLOW)
    yield folder
    stop_airflow(folder)
