"""노트북 빌더: 바뀐 것만 만들고, 되풀이할 수 없는 출력은 받지 않습니다."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from mlops_lab.lesson.build import find_problems, find_targets, main

PLAIN = '# %% [markdown]\n# # 제목\n\n# %% tags=["parameters"]\nx: int = 1\n\n# %%\nprint("값", x)\n'


def write(root: Path, text: str, name: str = "01_plain") -> Path:
    source = root / "notebooks" / "source" / "pipeline" / f"{name}.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    return root / "notebooks" / "pipeline" / f"{name}.ipynb"


def run(root: Path, *arguments: str) -> int:
    return main(["--root", str(root), *arguments])


def test_built_once_and_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = write(tmp_path, PLAIN)
    assert run(tmp_path, "--check") == 1
    assert run(tmp_path) == 0
    content, when = made.read_bytes(), made.stat().st_mtime_ns
    assert run(tmp_path, "--check") == 0
    assert run(tmp_path) == 0
    assert made.stat().st_mtime_ns == when
    assert run(tmp_path, "--force") == 0
    assert made.read_bytes() == content
    notebook = nbformat.read(made, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[1].metadata == {"tags": ["parameters"]}
    assert notebook.cells[2].outputs[0].text == "값 1\n"
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_a_changed_text_makes_the_notebook_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, PLAIN)
    run(tmp_path)
    write(tmp_path, PLAIN.replace("1", "2"))
    assert run(tmp_path, "--check") == 1
    assert "글과 다릅니다" in capsys.readouterr().out


def test_cleared_outputs_are_refused(tmp_path: Path) -> None:
    made = write(tmp_path, PLAIN)
    run(tmp_path)
    notebook = nbformat.read(made, as_version=4)
    for cell in notebook.cells[1:]:
        cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, made)
    assert find_problems(find_targets(tmp_path, "pipeline")[0]) == ["실행하지 않은 셀이 있습니다"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "셀이 실패했습니다"),
        ("import warnings; warnings.warn('낡았습니다')", "경고를 냈습니다"),
        ("import tempfile; print(tempfile.mkdtemp(dir='/tmp'))", "이 컴퓨터의 경로"),
        ("object()", "객체의 주소"),
    ],
)
def test_what_cannot_repeat_is_refused_and_the_old_notebook_kept(
    code: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write(tmp_path, PLAIN)
    run(tmp_path)
    content = made.read_bytes()
    write(tmp_path, f"# %%\n{code}\n")
    assert run(tmp_path) == 1
    assert message in capsys.readouterr().out
    assert made.read_bytes() == content


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(SystemExit):
        run(tmp_path, "99_nothing")


LESSON = """\
# %% [markdown]
# # 01. 작은 수업
#
# [그다음](02_next.ipynb) [DAG](../dags/07_first_dag.py) [파이프라인](pipeline/01_ingest.ipynb) [밖](https://example.org/a/b)
# <img src="../docs/images/airflow-grid.png" alt="화면"> [아래로](#정리)

# %% tags=["stub"]
answer = ...

# %% tags=["solution"]
answer = 1 + 1

# %% [markdown] tags=["solution"]
# 하나에 하나를 더합니다.

# %%
print("답", answer)

# %% [markdown] tags=["quiz"]
# 1. 둘입니까?
#     - [x] 네 :: 맞습니다
#     - [ ] 아니요 :: 다시 셉니다
#     - [ ] 셋입니다 :: 다시 셉니다
"""


def write_lesson(root: Path, text: str = LESSON) -> tuple[Path, Path]:
    """수업 하나를 만들고 (배우는 사람의 것, 풀어 둔 것)의 자리를 돌려줍니다."""
    source = root / "notebooks" / "source" / "01_small.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    return root / "notebooks" / "01_small.ipynb", root / "notebooks" / "solutions" / "01_small.ipynb"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """만들어 둔 작은 수업. 고치는 시험은 `copy_of`로 베껴 씁니다."""
    root = tmp_path_factory.mktemp("수업")
    write_lesson(root)
    assert run(root) == 0
    return root


def copy_of(built: Path, root: Path) -> Path:
    shutil.copytree(built / "notebooks", root / "notebooks")
    return root


def test_one_text_two_notebooks(built: Path) -> None:
    learner, solution = (nbformat.read(path, as_version=4) for path in write_lesson(built))
    assert [cell.id for cell in learner.cells] == ["cell-00", "cell-01", "cell-04", "cell-05"]
    assert [cell.id for cell in solution.cells] == ["cell-00", "cell-02", "cell-03", "cell-04", "cell-05"]
    assert learner.cells[1].source == "answer = ..."
    assert solution.cells[1].source == "answer = 1 + 1"
    assert learner.cells[2].outputs[0].text == "답 Ellipsis\n"
    assert solution.cells[3].outputs[0].text == "답 2\n"
    assert all(cell.metadata == {} for cell in [*learner.cells, *solution.cells])
    assert learner.cells[-1].source == solution.cells[-1].source
    assert "<details><summary>네</summary>" in learner.cells[-1].source


def test_links_lead_to_the_same_place_from_both(built: Path) -> None:
    learner, solution = (nbformat.read(path, as_version=4).cells[0].source for path in write_lesson(built))
    assert "(../dags/07_first_dag.py)" in learner
    for link in (
        "(02_next.ipynb)",  # 풀어 둔 것에서는 풀어 둔 다음 수업으로
        "(../../dags/07_first_dag.py)",
        "(../pipeline/01_ingest.ipynb)",
        "(https://example.org/a/b)",
        'src="../../docs/images/airflow-grid.png"',
        "(#정리)",
    ):
        assert link in solution


def stale(root: Path) -> dict[str, list[str]]:
    return {target.name: problems for target in find_targets(root) if (problems := find_problems(target))}


def test_a_changed_answer_makes_only_its_notebook_stale(built: Path, tmp_path: Path) -> None:
    root = copy_of(built, tmp_path)
    assert stale(root) == {}
    write_lesson(root, LESSON.replace("1 + 1", "3 - 1"))
    assert list(stale(root)) == ["solutions/01_small.ipynb"]
    write_lesson(root, LESSON.replace("다시 셉니다", "다시 세어 봅니다"))
    assert list(stale(root)) == ["01_small.ipynb", "solutions/01_small.ipynb"]


@pytest.mark.parametrize("place", range(4))
def test_a_cell_changed_by_hand_is_stale(place: int, built: Path, tmp_path: Path) -> None:
    learner = copy_of(built, tmp_path) / "notebooks" / "01_small.ipynb"
    notebook = nbformat.read(learner, as_version=4)
    notebook.cells[place].source += " "
    nbformat.write(notebook, learner)
    assert list(stale(tmp_path)) == ["01_small.ipynb"]


def test_one_cleared_cell_is_stale(built: Path, tmp_path: Path) -> None:
    learner = copy_of(built, tmp_path) / "notebooks" / "01_small.ipynb"
    notebook = nbformat.read(learner, as_version=4)
    notebook.cells[2].outputs, notebook.cells[2].execution_count = [], None
    nbformat.write(notebook, learner)
    assert stale(tmp_path) == {"01_small.ipynb": ["실행하지 않은 셀이 있습니다"]}


def test_a_quiz_out_of_form_is_told_and_nothing_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learner, _ = write_lesson(tmp_path, LESSON.replace("[x]", "[ ]"))
    assert run(tmp_path, "--check") == 1
    assert run(tmp_path) == 1
    assert capsys.readouterr().out.count("하나여야") == 2
    assert not learner.exists()


def test_a_glyph_that_is_missing_in_a_picture_reaches_the_builder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        tmp_path,
        "# %%\nimport matplotlib.pyplot as plt\nfrom mlops_lab.lesson import show, use_korean\nuse_korean()\n"
        "fig, ax = plt.subplots()\nax.set_title('비행기 🛫')\nshow(fig, '제목에 비행기가 있는 빈 그림입니다.')\n",
    )
    assert run(tmp_path) == 1
    said = capsys.readouterr().out
    assert "경고를 냈습니다" in said
    assert "Glyph" in said


def test_a_changed_text_keeps_the_outputs_and_a_changed_code_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write(tmp_path, PLAIN)
    run(tmp_path)
    before = nbformat.read(made, as_version=4)
    write(tmp_path, PLAIN.replace("# # 제목", "# # 새 제목"))
    assert run(tmp_path) == 0
    assert "글만 새로 썼습니다" in capsys.readouterr().out
    after = nbformat.read(made, as_version=4)
    assert after.cells[0].source == "# 새 제목"
    assert after.cells[1:] == before.cells[1:]
    write(tmp_path, PLAIN.replace("1", "2"))
    run(tmp_path)
    assert "만들었습니다" in capsys.readouterr().out
    assert nbformat.read(made, as_version=4).cells[2].outputs[0].text == "값 2\n"


def test_text_printed_in_several_parts_is_one_output(tmp_path: Path) -> None:
    made = write(
        tmp_path,
        "# %%\nimport time\n\nfor number in range(3):\n    print(number, flush=True)\n    time.sleep(0.4)\n",
    )
    assert run(tmp_path) == 0
    (output,) = nbformat.read(made, as_version=4).cells[0].outputs
    assert output.text == "0\n1\n2\n"
