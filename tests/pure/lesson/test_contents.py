"""수업의 차례: 글의 머리에서 읽고, README의 표와 `mlops-lab progress`가 그것을 씁니다."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from mlops_lab.lesson import progress
from mlops_lab.lesson.build import main
from mlops_lab.lesson.contents import (
    BEGIN,
    END,
    ContentsError,
    find_lessons,
    read_lesson,
    write_contents,
)
from tests.common import ROOT

TEXT = """\
# %% [markdown]
# # 07. 첫 DAG: 네 단계
#
# **시간** 45분 · **먼저 읽을 것** [06. 배치](06_batch.ipynb)
#
# - 첫째 목표가
#   두 줄입니다.
# - 둘째 목표입니다.

# %% [markdown]
# ### 연습 07-1
#
# 적습니다.

# %% tags=["stub"]
# 연습 07-9처럼 보이는 주석입니다.
answer = ...

# %% [markdown]
# ### 연습 07-2
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "notebooks" / "source"
    source.mkdir(parents=True)
    (tmp_path / "dags").mkdir()
    (source / "07_first.py").write_text(TEXT, "utf-8")
    (source / "08_next.py").write_text(TEXT.replace("07", "08").replace("첫 DAG: 네 단계", "다음"), "utf-8")
    (tmp_path / "README.md").write_text(f"# 앞\n{BEGIN}\n낡은 표\n{END}\n뒤\n", "utf-8")
    monkeypatch.chdir(source)
    return tmp_path


def test_the_head_of_a_text_is_read(project: Path) -> None:
    first, _ = find_lessons(project)
    assert (first.number, first.title, first.minutes) == ("07", "첫 DAG: 네 단계", 45)
    assert first.objective == "첫째 목표가 두 줄입니다."
    assert first.exercises == ("07-1", "07-2")


@pytest.mark.parametrize("part", ["# # 07. 첫", "**시간** 45분", "# - "])
def test_a_head_out_of_form_is_told(part: str, project: Path) -> None:
    source = project / "notebooks" / "source" / "07_first.py"
    source.write_text(TEXT.replace(part, ""), "utf-8")
    with pytest.raises(ContentsError, match=r"07_first\.py의 머리"):
        read_lesson(source)


def test_the_table_is_written_between_its_marks_once(project: Path) -> None:
    readme = project / "README.md"
    assert write_contents(readme, find_lessons(project))
    text = readme.read_text("utf-8")
    row = "| 07 | [첫 DAG: 네 단계](notebooks/07_first.ipynb) | 45분 | 첫째 목표가 두 줄입니다. |"
    assert row in text
    assert "낡은 표" not in text
    assert text.startswith("# 앞\n")
    assert text.endswith("\n뒤\n")
    assert not write_contents(readme, find_lessons(project))
    readme.write_text("# 표시 없음\n", "utf-8")
    with pytest.raises(ContentsError, match="하나씩"):
        write_contents(readme, [])


def test_the_builder_writes_the_table(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for source in (project / "notebooks" / "source").iterdir():
        source.write_text(
            source.read_text("utf-8").split("# %% tags")[0], "utf-8"
        )  # 코드 셀이 없으면 빠릅니다.
    assert main(["--root", str(project)]) == 0
    assert "README.md: 수업의 차례를 썼습니다" in capsys.readouterr().out
    assert "[다음](notebooks/08_next.ipynb)" in (project / "README.md").read_text("utf-8")


def test_the_readme_of_this_project_is_up_to_date(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_bytes((ROOT / "README.md").read_bytes())
    assert not write_contents(copy, find_lessons(ROOT)), "make notebooks를 실행해 차례를 새로 써 주십시오"


def show_progress(*words: str) -> str:
    done = CliRunner().invoke(app, ["progress", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_progress_tells_what_is_left_and_what_is_next(project: Path) -> None:
    home = project / "workspace"
    for name, state in (("07-1", progress.PASSED), ("07-2", progress.WRONG), ("77-7", progress.PASSED)):
        progress.keep(home, name, state)
    shown = json.loads(show_progress("--json"))
    assert shown == {
        "lessons": [
            {
                "number": "07",
                "title": "첫 DAG: 네 단계",
                "notebook": "notebooks/07_first.ipynb",
                "exercises": {"07-1": "passed", "07-2": "wrong"},
            },
            {
                "number": "08",
                "title": "다음",
                "notebook": "notebooks/08_next.ipynb",
                "exercises": {"08-1": "not_yet", "08-2": "not_yet"},
            },
        ],
        "totals": {"passed": 1, "wrong": 1, "not_yet": 2},
        "next": {"exercise": "07-2", "notebook": "notebooks/07_first.ipynb"},
    }
    text = show_progress()
    assert "07. 첫 DAG: 네 단계\n    07-1 맞힘  07-2 해 봄\n" in text
    assert text.endswith("맞힘 1, 해 봄 1, 아직 2\n다음: 07-2 (notebooks/07_first.ipynb)\n")


def test_progress_when_all_is_done(project: Path) -> None:
    for name in ("07-1", "07-2", "08-1", "08-2"):
        progress.keep(project / "workspace", name, progress.PASSED)
    assert json.loads(show_progress("--json"))["next"] is None
    assert show_progress().endswith("맞힘 4, 해 봄 0, 아직 0\n모두 맞혔습니다.\n")


def test_progress_outside_of_the_project_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["progress"])
    assert done.exit_code == 2
    assert "프로젝트 폴더" in done.stderr
