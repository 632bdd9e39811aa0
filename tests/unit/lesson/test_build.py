"""노트북 빌더: 바뀐 것만 만들고, 되풀이할 수 없는 출력은 받지 않습니다."""

from __future__ import annotations

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
