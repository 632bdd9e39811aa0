"""풀어 둔 수업의 지문: 출력이 달라질 수 있는 것이 바뀌면 바뀌고, 주석과 docstring만 바뀌면 그대로입니다."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlops_lab.lesson.build import Target, find_targets
from tests.common import ROOT
from tests.solved import fingerprints


def target(number: str) -> Target:
    return next(each for each in find_targets(ROOT, "solution") if each.source.stem.startswith(number))


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """지문이 읽는 파일의 사본. 마음대로 고칠 수 있습니다."""
    read_bytes, read_text = Path.read_bytes, Path.read_text

    def copied(path: Path) -> Path:
        inside = tmp_path / path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        return inside if inside.exists() else path

    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(copied(path)))
    monkeypatch.setattr(Path, "read_text", lambda path, *rest, **more: read_text(copied(path), *rest, **more))
    return tmp_path


@pytest.mark.parametrize(
    ("number", "file", "old", "new", "changes"),
    [
        ("03", "mlops_lab/lesson/exercises/lesson_03.py", '"""', '"""', False),
        (
            "03",
            "mlops_lab/lesson/exercises/lesson_03.py",
            "from __future__",
            "# 주석\nfrom __future__",
            False,
        ),
        ("03", "mlops_lab/lesson/exercises/lesson_03.py", "import ", "import os\nimport ", True),
        ("03", "mlops_lab/drift/_statistics.py", "import ", "import os\nimport ", True),
        ("03", "mlops_lab/stack/_stack.py", "import ", "import os\nimport ", False),
        ("07", "mlops_lab/stack/_stack.py", "import ", "import os\nimport ", True),
        ("07", "dags/07_first_dag.py", "import ", "import os\nimport ", True),
        ("03", "dags/07_first_dag.py", "import ", "import os\nimport ", False),
    ],
)
def test_only_what_can_change_the_output_changes_it(
    copies: Path, number: str, file: str, old: str, new: str, changes: bool
) -> None:
    lesson = target(number)
    before = fingerprints.fingerprint(lesson)
    (copies / file).parent.mkdir(parents=True)
    shutil.copy(ROOT / file, copies / file)
    text = (ROOT / file).read_bytes().decode()
    place = text.index(old, text.index("from __future__") + 40 if old == "import " else 0)
    (copies / file).write_text(text[:place] + new + text[place + len(old) :], "utf-8")
    assert (fingerprints.fingerprint(lesson) != before) is changes
