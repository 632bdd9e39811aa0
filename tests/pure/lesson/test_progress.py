"""배운 자취: 한 번 맞힌 것은 남고, 깨진 파일은 지우지 않고, 두 노트북이 함께 적어도 잃지 않습니다."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lab.lesson.progress import NOT_YET, PASSED, WRONG, Record, keep, load, path
from tests.common import ROOT


def test_nothing_is_written_before_an_answer(tmp_path: Path) -> None:
    keep(tmp_path / "home", "03-1", NOT_YET)
    assert not (tmp_path / "home").exists()
    assert load(tmp_path / "home") == {}


def test_tries_are_counted_and_a_pass_stays_a_pass(tmp_path: Path) -> None:
    for state in (WRONG, PASSED):
        keep(tmp_path, "03-1", state)
    passed = load(tmp_path)["03-1"]
    assert (passed.state, passed.tries) == (PASSED, 2)
    path(tmp_path).write_text(path(tmp_path).read_text("utf-8").replace(passed.when, "2020-01-01"), "utf-8")
    keep(tmp_path, "03-1", WRONG)
    keep(tmp_path, "03-2", WRONG)
    records = load(tmp_path)
    assert records["03-1"] == Record(PASSED, 3, "2020-01-01")
    assert (records["03-2"].state, records["03-2"].tries) == (WRONG, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"03-1": 1}',
        b'{"03-1": {"state": "passed"}}',
        b'{"03-1": {"state": "passed", "tries": null, "when": "2026"}}',
        b'{"03-1": {"state": "passed", "tries": Infinity, "when": "2026"}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_kept_aside(content: bytes, tmp_path: Path) -> None:
    path(tmp_path).write_bytes(content)
    assert load(tmp_path) == {}
    keep(tmp_path, "03-1", PASSED)
    assert list(load(tmp_path)) == ["03-1"]
    assert (tmp_path / "progress.json.broken").read_bytes() == content


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    path(tmp_path).mkdir()
    assert load(tmp_path) == {}
    with pytest.raises(OSError, match="Is a directory"):
        keep(tmp_path, "03-1", PASSED)
    assert path(tmp_path).is_dir()


def test_two_notebooks_write_together_and_nothing_is_lost(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mlops_lab.lesson import progress\n"
        "for n in range(30): progress.keep(Path(sys.argv[1]), f'{sys.argv[2]}-{n}', progress.PASSED)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], cwd=ROOT) for name in ("01", "02")
    ]
    assert [writer.wait(timeout=600) for writer in writers] == [0, 0]
    assert len(load(tmp_path)) == 60
    assert sorted(each.name for each in tmp_path.iterdir()) == [".progress.lock", "progress.json"]
