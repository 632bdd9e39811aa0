"""파이프라인 노트북을 비어 있는 작업 폴더에서 다시 실행해도 출력이 같습니다."""

from __future__ import annotations

from pathlib import Path

from mlops_lab.lesson.build import find_targets
from tests.common import ROOT
from tests.lessons.comparing import nbval

TARGETS = find_targets(ROOT, "pipeline")


def test_outputs_repeat_exactly_in_an_empty_workspace(tmp_path: Path) -> None:
    """nbval의 엄격한 비교. 두 번째 실행에서도 같아야 하므로, 앞 노트북이 남긴 워크스페이스를 함께 씁니다."""
    done = nbval([target.notebook for target in TARGETS], tmp_path / "작업 폴더")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
