"""배우는 사람의 수업을 모두 nbval로 다시 실행해 출력을 한 글자까지 견줍니다. Airflow를 쓰는 수업은 진짜 Airflow에서 합니다."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.lesson.build import Target, find_targets
from tests.common import ROOT
from tests.lessons.comparing import check_under_nbval


@pytest.mark.parametrize("target", find_targets(ROOT, "learner"), ids=lambda target: target.source.stem)
def test_learner(target: Target, home: Path) -> None:
    check_under_nbval(target, home)
