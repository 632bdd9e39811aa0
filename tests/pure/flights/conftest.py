"""항공편 시험이 함께 쓰는 것: 모든 단계를 3월과 4월까지 실제로 실행한 워크스페이스 하나."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlops_lab.flights import steps


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3월과 4월을 끝까지 실행한 워크스페이스. 읽기만 합니다."""
    home = tmp_path_factory.mktemp("작업 폴더 🛫")
    for month in ("2013-03", "2013-04"):
        steps.prepare(month, home, "features", "drift", "scores", "labels", "performance", "candidate")
        steps.compare_and_promote(month, home)
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """`finished`를 복사한 워크스페이스. 마음대로 고칠 수 있습니다."""
    shutil.copytree(finished / "landing", tmp_path / "landing")
    shutil.copytree(finished / "warehouse", tmp_path / "warehouse")
    return tmp_path
