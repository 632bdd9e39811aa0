"""풀어 둔 수업들이 차례로 함께 쓰는 작업 폴더와, 그 안의 진짜 Airflow 한 벌."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lessons.comparing import workspace


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with workspace(tmp_path_factory.mktemp("작업 폴더"), 8530) as folder:
        yield folder
