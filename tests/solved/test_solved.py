"""풀어 둔 수업을 우리의 실행기(papermill)로 다시 실행해 출력을 한 글자까지 견줍니다.

배우는 사람의 것과 몇 셀만 다르므로, `make test`는 글이나 검사나 그것이 부르는 코드가 바뀐 수업만 실행하고 `make test-all`은 모두
실행합니다. 실행해서 같았으면 그때의 지문을 `solved.json`에 적으므로, 함께 커밋합니다.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlops_lab.lesson.build import Target, find_targets
from tests.common import ROOT
from tests.lessons.comparing import check_by_our_runner
from tests.solved.fingerprints import fingerprint, keep, kept


@pytest.mark.parametrize("target", find_targets(ROOT, "solution"), ids=lambda target: target.source.stem)
def test_solved(
    target: Target, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = fingerprint(target)
    if kept().get(target.source.stem) == now and not os.environ.get("MLOPS_LAB_TEST_ALL"):
        pytest.skip(
            "글도 검사도 그것이 부르는 코드도 마지막으로 실행해 같았을 때 그대로입니다. make test-all은 실행합니다."
        )
    home = request.getfixturevalue("home")  # 실행할 수업이 있을 때에만 Airflow를 띄웁니다.
    # 그 폴더의 Airflow가 떠 있으면 실행기가 예열 커널을 찾아 씁니다.
    monkeypatch.setenv("MLOPS_LAB_HOME", str(home))
    check_by_our_runner(target, home, tmp_path / "ran.ipynb")
    keep(target.source.stem, now)
