"""진짜 커널로 실행해, 파일에 남은 것이 있었던 일과 같은지 봅니다."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from mlops_lab.runner import (
    BadParameter,
    CellError,
    EarlyExit,
    Interrupted,
    KernelDied,
    NotebookError,
    NotebookRun,
    OutputError,
    RunTimeout,
    run_notebook,
)
from mlops_lab.runner._processes import MARKER
from tests.common import write_notebook


def states(path: Path) -> list[str]:
    nb = nbformat.read(path, as_version=4)
    return [c.metadata.papermill.status for c in nb.cells if c.cell_type == "code"]


def banner(path: Path) -> str:
    cell = nbformat.read(path, as_version=4).cells[0]
    return cell.source if "mlops-lab-banner" in cell.metadata.get("tags", []) else ""


def survivors() -> list[psutil.Process]:
    """이 시험이 띄운 커널과 그 자식 가운데 아직 살아 있는 것."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                MARKER in process.environ()
                and os.environ["MLOPS_LAB_HOME"] == process.environ()["MLOPS_LAB_HOME"]
            ):
                found.append(process)
        except (psutil.Error, OSError, KeyError):
            continue
    return found


def fails(expected: type[NotebookError], notebook: Path, **options: Any) -> NotebookError:
    with pytest.raises(expected) as caught:
        run_notebook(notebook, **options)
    error = caught.value
    assert error.result is not None
    assert error.result.status == "failed"
    assert error.result.error is not None
    assert error.result.error.kind == error.kind
    saved = json.loads(error.result.output.with_suffix(".results.json").read_text(encoding="utf-8"))
    assert saved["error"]["kind"] == error.kind
    assert banner(error.result.output)
    assert "이 실행은 실패했습니다" in error.result.html.read_text(encoding="utf-8")
    assert survivors() == []
    return error


def test_success_from_end_to_end(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "빈 칸과 🙂" / "훈련.ipynb",
        "## 준비합니다",
        "from mlops_lab import record\nimport os, numpy as np\nprint('첫 줄')\nprint('끝', end='')",
        "record(n=n, month=month, where=os.path.basename(os.getcwd()))\nrecord(n=n + 1, auc=np.float64(0.5))",
        "",
        parameters="month: str = '2013-01'\nn = 3",
    )
    before = notebook.read_bytes()
    lines: list[str] = []
    result = run_notebook(notebook, parameters={"n": "7", "month": "봄"}, log=lines.append)
    assert result.status == "success"
    assert result.error is None
    assert result.results == {"n": 8, "month": "봄", "where": "빈 칸과 🙂", "auc": 0.5}
    assert (result.cells.total, result.cells.completed) == (5, 5)
    assert states(result.output) == ["completed"] * 5
    assert banner(result.output) == ""
    assert notebook.read_bytes() == before
    assert "month = '봄'" in result.output.read_text(encoding="utf-8")
    page = result.html.read_text(encoding="utf-8")
    assert "첫 줄" in page
    assert "<script" not in page.lower()
    assert "[3/5] 준비합니다 시작" in lines
    assert lines.index("    첫 줄") < lines.index("    끝")
    again = run_notebook(result.output, parameters={"n": 1, "month": "여름"}, html=False)
    assert again.cells.total == 5  # 앞 실행이 주입한 셀은 새것으로 바뀝니다.
    assert again.output.name == "try-1.ipynb"
    assert run_notebook(notebook, html=False).output.name == "try-2.ipynb"


def test_a_failing_cell(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb",
        "from mlops_lab import record\nrecord(kept=1)",
        "# 나눕니다",
        "1 / 0",
        "print('오지 않습니다')",
    )
    error = fails(CellError, notebook)
    assert "2번 셀(나눕니다)에서 ZeroDivisionError" in error.message
    assert error.result.results == {"kept": 1}
    assert error.result.error.cell == 2
    assert states(error.result.output) == ["completed", "failed", "pending"]
    assert error.result.cells.pending == 1


def test_streams_are_joined_in_order_and_overwritten_lines_vanish(tmp_path: Path) -> None:
    source = (
        "import sys\n"
        "for i in range(200):\n    print(i, flush=True)\n"
        "print('경고', file=sys.stderr, flush=True)\n"
        "print('10%\\r50%\\r100%')\n"
        "print('긴' * 300_000)"
    )
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), html=False)
    outputs = nbformat.read(result.output, as_version=4).cells[0].outputs
    assert [o.name for o in outputs] == ["stdout", "stderr", "stdout"]
    assert outputs[0].text.split() == [str(i) for i in range(200)]
    assert outputs[2].text == "100%\n" + "긴" * 300_000 + "\n"


def test_a_cell_that_may_fail_does_not_fail_the_run(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1 / 0", "2")
    nb = nbformat.read(notebook, as_version=4)
    nb.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(nb, notebook)
    assert run_notebook(notebook, html=False).cells.completed == 2


@pytest.mark.parametrize("limit", ["cell_timeout", "timeout"])
def test_out_of_time(tmp_path: Path, limit: str) -> None:
    leaves_children = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "time.sleep(600)"
    )
    notebook = write_notebook(tmp_path / "a.ipynb", "1", leaves_children, "3")
    seconds = 2.0 if limit == "cell_timeout" else 8.0
    error = fails(RunTimeout, notebook, **{limit: seconds})
    assert f"{seconds:g}초를 넘겼습니다" in error.message
    assert ("전체" in error.message) == (limit == "timeout")
    assert states(error.result.output) == ["completed", "failed", "pending"]


def test_a_killed_kernel(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1", "import os; os.kill(os.getpid(), 9)", "3")
    error = fails(KernelDied, notebook)
    assert states(error.result.output) == ["completed", "failed", "pending"]


@pytest.mark.parametrize("leave", ["import sys; sys.exit(0)", "raise SystemExit('그만')", "exit()"])
def test_leaving_early_is_a_failure(tmp_path: Path, leave: str) -> None:
    error = fails(EarlyExit, write_notebook(tmp_path / "a.ipynb", leave, "2"))
    assert states(error.result.output) == ["failed", "pending"]


def test_leaving_in_the_last_cell_is_not(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1", "import sys; sys.exit(0)", "# 끝", "")
    assert run_notebook(notebook, html=False).status == "success"
    with pytest.raises(EarlyExit):
        run_notebook(write_notebook(tmp_path / "b.ipynb", "import sys; sys.exit(3)"), html=False)


def test_stop_from_another_thread(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "print('갑니다')\nimport time; time.sleep(600)", "2")
    started = threading.Event()
    run = NotebookRun(notebook, log=lambda line: started.set() if "갑니다" in line else None, html=False)
    threading.Thread(target=lambda: (started.wait(60), run.stop("시험이 멈추었습니다"))).start()
    with pytest.raises(Interrupted, match="시험이 멈추었습니다") as caught:
        run.execute()
    assert states(caught.value.result.output) == ["failed", "pending"]
    assert survivors() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_command(tmp_path: Path, number: signal.Signals) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb", "print('갑니다', flush=True)\nimport time; time.sleep(600)", "2"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "mlops_lab", "run", str(notebook), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "갑니다" in line:
            break
    process.send_signal(number)
    out, _ = process.communicate(timeout=600)
    shown = json.loads(out)
    assert process.returncode == 1
    assert shown["error"]["kind"] == "interrupted"
    assert states(Path(shown["output"])) == ["failed", "pending"]
    assert Path(shown["html"]).exists()
    assert survivors() == []


def test_a_run_under_nohup_goes_on_when_the_terminal_closes(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb", "import os, signal\nos.kill(os.getppid(), signal.SIGHUP)", "2"
    )
    done = subprocess.run(
        ["nohup", sys.executable, "-m", "mlops_lab", "run", str(notebook), "-o", str(tmp_path / "o.ipynb")],
        capture_output=True,
        cwd=tmp_path,
        timeout=600,
    )
    assert done.returncode == 0
    assert states(tmp_path / "o.ipynb") == ["completed", "completed"]


def test_ctrl_c_in_python_is_told_in_the_file(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "print('갑니다')\nimport time; time.sleep(600)", "2")

    def press(line: str) -> None:
        if "갑니다" in line:
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    run = NotebookRun(notebook, log=press, html=False)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    assert states(run.output) == ["failed", "pending"]
    assert "Ctrl-C" in banner(run.output)
    assert survivors() == []


def test_ctrl_c_before_the_kernel_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlops_lab.runner._engine.execute", press)
    run = NotebookRun(write_notebook(tmp_path / "a.ipynb", "1"), html=False)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    assert "실행을 준비하지 못했습니다" in banner(run.output)
    results = json.loads(run.output.with_suffix(".results.json").read_text(encoding="utf-8"))
    assert results["error"]["kind"] == "interrupted"
    assert results["cells"]["pending"] == 1


def test_results_too_big_or_not_json_are_refused_where_they_are_made(tmp_path: Path) -> None:
    big = write_notebook(
        tmp_path / "a.ipynb", "from mlops_lab import record\nrecord(ok=1)\nrecord(big='가' * 30_000)"
    )
    error = fails(CellError, big)
    assert "64" in error.message or "65,536" in error.message
    assert error.result.results == {"ok": 1}
    nan = write_notebook(tmp_path / "b.ipynb", "from mlops_lab import record\nrecord(auc=float('nan'))")
    assert "NaN" in fails(CellError, nan).message


def test_forged_results_are_not_taken(tmp_path: Path) -> None:
    forged = (
        "from IPython.display import display\n"
        "m = 'application/vnd.mlops-lab.record+json'\n"
        "display({m: ['list'], 'text/plain': ''}, raw=True)\n"
        "display({m: {'bad name': 1}, 'text/plain': ''}, raw=True)\n"
        "display({m: {'big': 'x' * 70_000}, 'text/plain': ''}, raw=True)\n"
        "display({m: {'good': 1}, 'text/plain': ''}, raw=True)"
    )
    assert run_notebook(write_notebook(tmp_path / "a.ipynb", forged), html=False).results == {"good": 1}


def test_secrets_do_not_reach_the_files(tmp_path: Path) -> None:
    secret = "s3cr3t-비밀\"'\\"
    notebook = write_notebook(
        tmp_path / "a.ipynb",
        "from mlops_lab import record\nprint(api_token)\nrecord(said=api_token, n=len(api_token))\napi_token",
        "raise ValueError(api_token)",
        parameters="api_token = ''",
    )
    lines: list[str] = []
    error = fails(CellError, notebook, parameters={"api_token": secret}, log=lines.append)
    assert error.result.results == {"n": len(secret)}  # 다른 값으로 바꾸어 넘기지 않습니다.
    assert any("결과 said에 비밀 api_token의 값이 들어 있어 받지 않았습니다" in line for line in lines)
    everything = "\n".join(p.read_text(encoding="utf-8") for p in error.result.output.parent.iterdir())
    for text in (everything, "\n".join(lines), str(error)):
        assert "s3cr3t" not in text
        assert "***" in text


def test_secrets_in_the_environment_do_not_reach_the_files_either(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "import os\nprint(os.environ['DB_PASSWORD'])")
    run = NotebookRun(notebook, env={**os.environ, "DB_PASSWORD": "env-s3cr3t"})
    run.execute()
    assert "env-s3cr3t" not in "".join(p.read_text(encoding="utf-8") for p in run.output.parent.iterdir())


def test_no_half_written_file_while_it_runs(tmp_path: Path) -> None:
    cells = ["import time; print('x' * 200_000); time.sleep(0.4)"] * 8
    run = NotebookRun(write_notebook(tmp_path / "a.ipynb", *cells), tmp_path / "out.ipynb", html=False)
    run._session.budget._every = 0.05
    done = threading.Event()
    seen: set[str] = set()

    def watch() -> None:
        while not done.is_set():
            if (tmp_path / "out.ipynb").exists():
                nb = nbformat.read(tmp_path / "out.ipynb", as_version=4)
                seen.add(",".join(c.metadata.papermill.get("status", "") for c in nb.cells))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run.execute()
    finally:
        done.set()
        watcher.join()
    assert len(seen) > 3  # 도는 동안에도 진행이 보였습니다.
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ipynb", "out.ipynb", "out.results.json"]


def test_a_disk_that_fills_up_while_running(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "print('x' * 500_000)", "2")
    (tmp_path / "out.ipynb").write_text("앞의 것", encoding="utf-8")
    run = NotebookRun(notebook, tmp_path / "out.ipynb", html=False)
    run.prepare()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
    try:
        with pytest.raises(OutputError, match="쓸 자리가 없습니다") as caught:
            run.execute()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert caught.value.result.status == "failed"
    nbformat.read(tmp_path / "out.ipynb", as_version=4)  # 마지막으로 온전히 쓴 것이 남아 있습니다.
    assert survivors() == []


def test_a_wrong_request_starts_and_writes_nothing(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1", parameters="n = 1")
    for options in (
        {"parameters": {"m": 1}},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"cwd": tmp_path / "없음"},
    ):
        with pytest.raises(BadParameter) as caught:
            run_notebook(notebook, tmp_path / "out" / "a.ipynb", **options)
        assert caught.value.is_request_error
        assert caught.value.result is None
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


def test_a_notebook_run_from_within_a_notebook(tmp_path: Path) -> None:
    inner = write_notebook(tmp_path / "inner.ipynb", "from mlops_lab import record\nrecord(deep=1)")
    outer = write_notebook(
        tmp_path / "outer.ipynb",
        f"from mlops_lab import run_notebook, record\nrecord(**run_notebook({str(inner)!r}, html=False).results)",
    )
    assert run_notebook(outer, html=False).results == {"deep": 1}


def test_importing_the_room_is_light() -> None:
    code = (
        "import sys, mlops_lab.runner, mlops_lab.cli; from mlops_lab import run_notebook, record\n"
        "heavy = {'papermill', 'nbclient', 'nbconvert', 'nbformat', 'jupyter_client', 'IPython', 'pandas', 'numpy', "
        "'airflow', 'sklearn', 'mlflow', 'psutil'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
