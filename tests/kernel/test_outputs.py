"""길고 큰 출력: 노트북에는 한도까지, 전체는 파일에, 걸리는 것은 길이에 비례합니다."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlops_lab.runner import CellError, run_notebook
from mlops_lab.runner._outputs import LOG_LINES, TEXT_LIMIT, CellOutputs
from mlops_lab.runner._session import Session
from tests.common import write_notebook


def cell(path: Path, number: int = 0) -> Any:
    return nbformat.read(path, as_version=4).cells[number]


def test_a_million_lines(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "for i in range(1_000_000): print(i)", "print('다음 셀')")
    lines: list[str] = []
    result = run_notebook(notebook, tmp_path / "out.ipynb", log=lines.append)
    kept, note = cell(result.output).outputs
    whole = "".join(f"{i}\n" for i in range(1_000_000))
    assert kept.text == whole[:TEXT_LIMIT]
    assert (tmp_path / "out.cell-1.txt").read_text("utf-8") == whole
    assert f"출력이 {len(whole):,}자로 한도 {TEXT_LIMIT:,}자를 넘어 여기서 잘랐습니다" in note.text
    assert "out.cell-1.txt" in note.text
    shown = [line.strip() for line in lines if line.startswith("    ") and line.strip().isdigit()]
    assert shown == [str(i) for i in range(LOG_LINES)]
    assert any("나머지는 로그에 싣지 않습니다" in line for line in lines)
    assert "    다음 셀" in lines
    assert "잘랐습니다" in result.html.read_text("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.ipynb", "out.cell-1.txt", "out.html", "out.ipynb", "out.results.json",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["print('가' * 50_000_000)", "for i in range(500_000): print('x' * 99)"])
def test_fifty_megabytes_take_memory_for_one_message_not_for_copies(tmp_path: Path, source: str) -> None:
    """한 글자에 4바이트까지 쓰므로 한 번에 찍은 5천만 자는 그 자체로 200 MB입니다. 사본을 쌓으면 1 GB를 넘습니다."""
    notebook = write_notebook(tmp_path / "a.ipynb", source)
    code = (
        "import resource, sys\nfrom mlops_lab import run_notebook\n"
        "run_notebook(sys.argv[1], sys.argv[2])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, str(notebook), str(tmp_path / "out.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) / 1024 < 1000
    assert (tmp_path / "out.ipynb").stat().st_size < 4 * TEXT_LIMIT
    assert (tmp_path / "out.cell-1.txt").stat().st_size >= 50_000_000


def test_a_thousand_cells_are_saved_a_few_times_not_two_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = []
    real = Session.save
    monkeypatch.setattr(Session, "save", lambda self, nb: (saves.append(1), real(self, nb)))
    notebook = write_notebook(tmp_path / "a.ipynb", *(f"x = {i}" for i in range(1000)), "print(x)")
    result = run_notebook(notebook, html=False)
    assert result.cells.completed == 1001
    assert cell(result.output, -1).outputs[0].text == "999\n"
    # 2초에 한 번이 넘지 않습니다. 느린 컴퓨터에서 5분이 걸려도 이보다 적습니다.
    assert len(saves) < 150


def test_big_rich_outputs_go_to_files(tmp_path: Path) -> None:
    source = (
        "from IPython.display import HTML, SVG, display\n"
        "display(HTML('<p>' + '가' * 1_500_000 + '</p>'))\n"
        "display({'image/png': 'QUJD' * 6_000_000}, raw=True)\n"
        "display(HTML('<p>작은 것</p>'))"
    )
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), tmp_path / "out.ipynb", html=False)
    html, png, small = cell(result.output).outputs
    assert "1,500,007자로 한도" in html.data["text/html"]
    assert (tmp_path / "out.cell-1.html").read_text("utf-8") == "<p>" + "가" * 1_500_000 + "</p>"
    assert "image/png" not in png.data
    assert "out.cell-1.png" in png.data["text/plain"]
    assert (tmp_path / "out.cell-1.png").read_bytes() == b"ABC" * 6_000_000
    assert small.data["text/html"] == "<p>작은 것</p>"


def test_a_long_message_of_an_exception_is_shortened(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "raise ValueError('가' * 3_000_000)")
    with pytest.raises(CellError) as caught:
        run_notebook(notebook, tmp_path / "out.ipynb", html=False)
    assert len(caught.value.message) < 3_000
    assert "3,000,000자" in caught.value.message
    assert (tmp_path / "out.ipynb").stat().st_size < 10 * TEXT_LIMIT


def test_a_progress_bar_does_not_use_up_the_limit(tmp_path: Path) -> None:
    source = "for i in range(200_000): print(f'\\r{i:9d}', end='')\nprint('\\n끝')"
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), tmp_path / "out.ipynb", html=False)
    (output,) = cell(result.output).outputs
    assert output.text == "   199999\n끝\n"
    assert not (tmp_path / "out.cell-1.txt").exists()


@pytest.mark.parametrize("size", [7, 999_990, 3_000_000])
def test_however_a_progress_bar_arrives_it_does_not_use_up_the_limit(size: int) -> None:
    """커널이 모아 보내는 크기는 컴퓨터의 빠르기에 달렸습니다."""
    text = "".join(f"\r{i:9d}" for i in range(150_000)) + "\n끝\n"
    outputs = CellOutputs(Session(None, cwd=Path()), 1)
    outs: list[Any] = []
    for start in range(0, len(text), size):
        kept = outputs.admit(outs, text[start : start + size])
        if kept and not outputs.continues(outs, "stdout", kept):
            outs.append(nbformat.v4.new_output("stream", text=kept))
    outputs.close(outs)
    assert [output.text for output in outs] == ["   149999\n끝\n"]


def test_clearing_makes_room_again(tmp_path: Path) -> None:
    source = (
        "from IPython.display import clear_output\n"
        "for i in range(4):\n    clear_output(wait=True)\n    print(str(i) * 400_000)"
    )
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), tmp_path / "out.ipynb", html=False)
    (output,) = cell(result.output).outputs
    assert output.text == "3" * 400_000 + "\n"


def test_a_secret_is_masked_in_the_file_of_the_whole_too(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb", "for i in range(150_000): print(i, api_token)", parameters="api_token = ''"
    )
    run_notebook(notebook, tmp_path / "out.ipynb", {"api_token": "s3cr3t-값"}, html=False)
    assert (tmp_path / "out.cell-3.txt").stat().st_size > TEXT_LIMIT
    for path in tmp_path.glob("out*"):
        assert "s3cr3t" not in path.read_text("utf-8"), path.name


def test_when_the_whole_cannot_be_written_the_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: CellOutputs, suffix: str) -> Path:
        return tmp_path / "없는 폴더" / f"x{suffix}"

    monkeypatch.setattr(CellOutputs, "_place", refuse)
    notebook = write_notebook(tmp_path / "a.ipynb", "print('x' * 1_200_000)")
    result = run_notebook(notebook, tmp_path / "out.ipynb", html=False)
    assert result.status == "success"
    assert "전체를 파일에 쓰지 못했습니다(No such file" in cell(result.output).outputs[-1].text


def test_output_that_takes_long_to_receive_is_not_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """바쁜 컴퓨터에서 큰 출력을 받는 데 5초가 걸린 것과 같습니다. nbclient는 4초까지만 기다립니다."""
    real = CellOutputs.admit

    def slow(self: CellOutputs, outs: list[Any], text: str) -> str:
        time.sleep(5)
        return real(self, outs, text)

    monkeypatch.setattr(CellOutputs, "admit", slow)
    assert run_notebook(write_notebook(tmp_path / "a.ipynb", "print(1)"), html=False).status == "success"
