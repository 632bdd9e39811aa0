"""`papermill --engine mlops-lab`: 진짜 papermill 명령으로 실행해, 파일과 끝 상태가 사실인지 봅니다."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import papermill_io

from mlops_lab.runner import warm
from mlops_lab.runner._notebook import BANNER_TAG
from tests.common import wait_until, write_notebook


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`folder`에서 papermill 명령을 실행합니다."""
    command = [sys.executable, "-m", "papermill", "--engine", "mlops-lab", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
    )


def states(notebook: Any) -> list[str]:
    return [c.metadata.papermill.status for c in notebook.cells if c.cell_type == "code"]


def banners(notebook: Any) -> list[str]:
    return [c.source for c in notebook.cells if BANNER_TAG in c.metadata.get("tags", [])]


def test_success_with_parameters(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "# 제목", "print(x + 1, month)", "", parameters="x = 1\nmonth = ''")
    (tmp_path / "sub").mkdir()
    done = run(
        tmp_path, "a.ipynb", "out.ipynb", "-p", "x", "6", "-p", "month", "봄", "--cwd", "sub", "--log-output"
    )
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(
        tmp_path / "out.ipynb", as_version=4
    )  # 상대 경로는 명령을 시작한 폴더에서 봅니다.
    assert notebook.cells[3].outputs[0].text == "7 봄\n"
    assert states(notebook) == ["completed"] * 4
    assert banners(notebook) == []
    assert notebook.metadata.papermill.parameters == {"x": 6, "month": "봄"}
    assert notebook.metadata.papermill.exception is None
    for line in ("[3/4] 제목 시작", "    7 봄"):
        assert line in done.stderr
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.ipynb", "out.ipynb", "sub"]


def test_a_failing_cell(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "print('앞')", "1 / 0", "print('뒤')")
    done = run(tmp_path, "a.ipynb", "out.ipynb")
    assert done.returncode == 1
    assert "PapermillExecutionError" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert states(notebook) == ["completed", "failed", "pending"]
    (banner,) = banners(notebook)
    assert "2번 셀에서 ZeroDivisionError" in banner
    assert "완료 1, 실패 1, 실행하지 않음 1" in banner


def test_a_killed_kernel(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "1", "import os; os.kill(os.getpid(), 9)", "3")
    done = run(tmp_path, "a.ipynb", "out.ipynb")
    assert done.returncode == 138  # papermill이 죽은 커널에 쓰는 끝 상태
    assert "2번 셀에서 커널이 죽었습니다" in done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert states(notebook) == ["completed", "failed", "pending"]
    assert "커널이 죽었습니다" in banners(notebook)[0]


def test_leaving_early_is_a_failure(tmp_path: Path) -> None:
    """papermill은 sys.exit(0)으로 끝낸 노트북을 성공이라고 알립니다."""
    write_notebook(tmp_path / "a.ipynb", "import sys; sys.exit(0)", "print('뒤')")
    done = run(tmp_path, "a.ipynb", "out.ipynb")
    assert done.returncode == 1
    assert "PapermillExecutionError" in done.stderr
    assert "뒤의 셀이 실행되지 않았습니다" in done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert states(notebook) == ["failed", "pending"]
    assert "끝까지 실행되지 않았습니다" in banners(notebook)[0]


def execute(notebook: Path, **options: Any) -> Any:
    """이 프로세스에서 `papermill.execute_notebook`으로 실행하고, 저장된 노트북을 읽습니다."""
    output = notebook.with_name("out.ipynb")
    try:
        papermill.execute_notebook(notebook, output, engine_name="mlops-lab", progress_bar=False, **options)
    finally:
        notebook = nbformat.read(output, as_version=4)
    return notebook


@pytest.mark.parametrize("leave", ["exit()", "raise SystemExit('그만')"])
def test_other_ways_to_leave_early(tmp_path: Path, leave: str) -> None:
    with pytest.raises(PapermillExecutionError) as caught:
        execute(write_notebook(tmp_path / "a.ipynb", "1", leave, "3"))
    assert caught.value.source == leave
    assert "뒤의 셀이 실행되지 않았습니다" in str(caught.value)
    assert states(nbformat.read(tmp_path / "out.ipynb", as_version=4)) == ["completed", "failed", "pending"]


def test_leaving_in_the_last_cell_is_not(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1", "import sys; sys.exit(0)")
    assert states(execute(notebook)) == ["completed", "completed"]


def test_a_cell_out_of_time(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "import time; time.sleep(600)", "2")
    with pytest.raises(CellTimeoutError) as caught:
        execute(notebook, execution_timeout=2)
    assert "셀의 제한 시간 2초를 넘겼습니다" in caught.value.__notes__[0]
    saved = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert states(saved) == ["failed", "pending"]
    assert "셀의 제한 시간 2초를 넘겼습니다" in banners(saved)[0]


def test_the_banner_of_an_earlier_run_goes(tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError):
        execute(write_notebook(tmp_path / "a.ipynb", "1 / 0"))
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source = "1"
    nbformat.write(notebook, tmp_path / "fixed.ipynb")
    again = execute(tmp_path / "fixed.ipynb")
    assert [cell.source for cell in again.cells] == ["1"]
    assert states(again) == ["completed"]


def test_to_standard_output_the_truth_is_written_once(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "import sys; sys.exit(0)", "2")
    done = run(tmp_path, "a.ipynb", "-")
    assert done.returncode == 1
    assert states(nbformat.from_dict(json.loads(done.stdout))) == ["failed", "pending"]


def test_an_output_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "1")
    done = run(tmp_path, "a.ipynb", "없음/out.ipynb")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "없음" / "out.ipynb").is_file()


def test_an_output_that_cannot_be_written_starts_no_kernel(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "open('여기', 'w')")
    (tmp_path / "파일").touch()
    done = run(tmp_path, "a.ipynb", "파일/out.ipynb")
    assert done.returncode == 1
    assert "쓸 수 없습니다" in done.stderr
    assert not (tmp_path / "여기").exists()


def test_a_warm_kernel(tmp_path: Path) -> None:
    path = tmp_path / "w" / "kernels.sock"
    process = warm.start(path, ["json"])
    assert process is not None
    write_notebook(tmp_path / "a.ipynb", "import os, psutil; psutil.Process(os.getppid()).ppid()")
    try:
        wait_until(path.exists)
        done = run(tmp_path, "a.ipynb", "out.ipynb", "--log-output", **{warm.SOCKET_VARIABLE: str(path)})
    finally:
        process.terminate()
        process.wait()
    assert done.returncode == 0, done.stderr
    assert "예열 커널로 실행합니다." in done.stderr
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert notebook.cells[0].outputs[0].data["text/plain"] == str(
        process.pid
    )  # 예열 프로세스의 자식인 감독의 자식입니다.


@pytest.mark.parametrize("source", ["x", "1 / 0"])
def test_an_older_notebook_is_saved_as_a_valid_one(tmp_path: Path, source: str) -> None:
    path = write_notebook(tmp_path / "a.ipynb", source, parameters="x = 1")
    raw = json.loads(path.read_text("utf-8"))
    raw["nbformat_minor"] = 4
    for cell in raw["cells"]:
        del cell["id"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    run(tmp_path, "a.ipynb", "out.ipynb", "-p", "x", "2")
    saved = json.loads((tmp_path / "out.ipynb").read_text("utf-8"))
    nbformat.validate(saved)
    assert len(saved["cells"]) >= 3


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb", "print(api_token)", "raise ValueError(api_token)", parameters="api_token = ''"
    )
    with pytest.raises(PapermillExecutionError) as caught:
        execute(notebook, parameters={"api_token": 's3cr3t-값"'})
    saved = (tmp_path / "out.ipynb").read_text("utf-8")
    assert "ValueError: ***" in str(caught.value)
    assert "***" in saved
    assert "s3cr3t" not in saved


class Memory:
    """papermill이 아는 다른 저장소(S3 등)의 자리."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str, path: str) -> None:
        self.written.append(text)

    def pretty_path(self, path: str) -> str:
        return path


def test_elsewhere_papermill_does_the_writing(tmp_path: Path) -> None:
    store = Memory()
    papermill_io.register("memory://", store)
    notebook = write_notebook(tmp_path / "a.ipynb", "print('x' * 1_100_000)", "1 / 0", "3")
    try:
        with pytest.raises(PapermillExecutionError) as caught:
            papermill.execute_notebook(
                str(notebook), "memory://out.ipynb", engine_name="mlops-lab", progress_bar=False
            )
    finally:
        papermill_io._handlers = [(s, h) for s, h in papermill_io._handlers if h is not store]
    assert caught.value.source == "1 / 0"
    assert states(nbformat.reads(store.written[0], as_version=4)) == ["pending"] * 3
    last = nbformat.reads(store.written[-1], as_version=4)
    assert states(last) == ["completed", "failed", "pending"]
    assert "이 컴퓨터의 파일로 저장하지 않습니다" in store.written[-1]
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["a.ipynb"]


def test_papermill_finds_the_engine_whoever_is_imported_first() -> None:
    for first in ("papermill", "mlops_lab.runner._engine"):
        code = (
            f"import sys, {first}\nfrom papermill.engines import papermill_engines\n"
            "print(papermill_engines.get_engine('mlops-lab').__name__, 'nbconvert' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.split() == ["NotebookEngine", "False"], done.stderr
