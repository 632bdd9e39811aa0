"""노트북이 한 일과 우리가 말한 것이 어긋나기 쉬운 곳: 커널의 출력, 곁의 파일, 시도의 번호, 결과, 건너뛴 셀, 뜨지 않는 커널."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mlops_lab.runner import (
    BadNotebook,
    CellError,
    KernelDied,
    KernelNotStarted,
    OutputError,
    run_notebook,
)
from tests.common import wait_until, write_notebook

RECORD = "from mlops_lab import record\n"
MIME = "application/vnd.mlops-lab.record+json"
OUTPUT_WIDGET = """import uuid
kernel, widget = get_ipython().kernel, uuid.uuid4().hex
parent = kernel.get_parent("shell")
def send(kind, **content): kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
state = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "msg_id": "", "outputs": []}
send("comm_open", comm_id=widget, target_name="jupyter.widget", data={"state": state, "buffer_paths": []})
taking = {"msg_id": parent["header"]["msg_id"]}
send("comm_msg", comm_id=widget, data={"method": "update", "state": taking, "buffer_paths": []})
"""
"""ipywidgets의 `with Output():`이 보내는 소식. 그 뒤의 출력은 셀이 아니라 위젯으로 갑니다."""


def command(notebook: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "mlops_lab", "run", str(notebook), *options]
    return subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=600, env={**os.environ, **env}
    )


def kernel(folder: Path, name: str, *argv: str, language: str = "python") -> None:
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    spec = {"argv": list(argv), "display_name": name, "language": language}
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


# 커널의 출력 --------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "import subprocess; subprocess.Popen(['sh', '-c', 'echo $MY_API_TOKEN; echo $MY_API_TOKEN >&2']).wait()",
        "import os; os.system('echo $MY_API_TOKEN')",
        "import os; os.write(1, os.environ['MY_API_TOKEN'].encode()); os.write(2, b'x')",
        "import ctypes; c = ctypes.CDLL(None); c.puts(b'native'); c.fflush(None)",
        "import sys; print('original', file=sys.__stdout__, flush=True)",
        "import subprocess; subprocess.Popen('sleep 0.3; echo late', shell=True)",
    ],
)
def test_what_a_cell_writes_is_in_the_notebook_and_not_on_our_output(tmp_path: Path, source: str) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", source)
    done = command(notebook, "-o", str(tmp_path / "o.ipynb"), "--json", MY_API_TOKEN="s3cr3t-token")
    assert json.loads(done.stdout)["status"] == "success"
    everything = done.stdout + done.stderr + "".join(p.read_text("utf-8") for p in tmp_path.glob("o.*"))
    assert "s3cr3t-token" not in everything


def test_a_dying_kernel_says_nothing_on_our_terminal(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "import time\nprint('x', flush=True)\ntime.sleep(600)")
    done = command(notebook, "-o", str(tmp_path / "o.ipynb"), "--cell-timeout", "1")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "Traceback" not in done.stdout


# 곁의 파일과 시도의 번호 -----------------------------------------------------------
def test_a_new_run_clears_what_an_earlier_one_left_beside_it(tmp_path: Path) -> None:
    source = "import os, time\nprint('x' * 1_100_000)\ntime.sleep(float(os.environ['PAUSE']))"
    notebook = write_notebook(tmp_path / "a.ipynb", source)
    output = tmp_path / "o.ipynb"
    run_notebook(notebook, output, env={**os.environ, "PAUSE": "0"})
    beside = {p.name for p in tmp_path.glob("o.*")}
    assert beside == {"o.ipynb", "o.html", "o.results.json", "o.cell-1.txt"}
    words = [sys.executable, "-m", "mlops_lab", "run", str(notebook), "-o", str(output)]
    running = subprocess.Popen(words, env={**os.environ, "PAUSE": "600"}, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: not (tmp_path / "o.results.json").exists() and "running" in output.read_text())
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    # 도중에 죽은 이 실행이 그때까지 쓴 것뿐입니다.
    assert {p.name for p in tmp_path.glob("o.*")} == {"o.ipynb", "o.cell-1.txt"}
    run_notebook(notebook, output, env={**os.environ, "PAUSE": "0"})
    assert {p.name for p in tmp_path.glob("o.*")} == beside


def test_a_neighbour_that_no_run_left_is_not_overwritten(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1")
    for name, content in (("rep.html", "내 보고서"), ("rep.results.json", '{"mine": 1}')):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(OutputError, match=r"앞선 실행이 남긴 것이 아닙니다"):
            run_notebook(notebook, tmp_path / "rep.ipynb")
        assert (tmp_path / name).read_text(encoding="utf-8") == content
        (tmp_path / name).unlink()


def test_runs_that_start_together_keep_every_try(tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "a.ipynb", RECORD + "import time; time.sleep(1); record(n=n)", parameters="n = 0"
    )
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(lambda n: command(notebook, "-p", f"n={n}", "--json"), range(5)))
    results = [json.loads(each.stdout) for each in done]
    assert {each["results"]["n"] for each in results} == set(range(5))
    assert len({each["output"] for each in results}) == 5
    for each in results:
        saved = json.loads(Path(each["output"]).with_suffix(".results.json").read_text("utf-8"))
        assert saved["results"] == each["results"]


# 결과 -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "%%capture\n" + RECORD + "record(x=1)",
        "%%capture --no-display\n" + RECORD + "record(x=1)",
        RECORD
        + "from IPython.utils.capture import capture_output\nwith capture_output() as c: record(x=1)\nassert not c.outputs",
        RECORD
        + "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out: record(x=1)\nassert out.getvalue() == ''",
        RECORD + OUTPUT_WIDGET + "record(x=1)",
        RECORD
        + "from threading import Thread\nt = Thread(target=record, kwargs={'x': 1}); t.start(); t.join()",
        RECORD + "from threading import Timer\nTimer(0.5, record, kwargs={'x': 1}).start()",
        RECORD + "from IPython.display import clear_output\nrecord(x=1)\nclear_output()",
    ],
)
@pytest.mark.parametrize("more", [[], ["import time; time.sleep(1)"]])
def test_a_record_arrives_however_it_is_made(tmp_path: Path, source: str, more: list[str]) -> None:
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source, *more), html=False)
    assert result.results == {"x": 1}


def test_a_record_sent_between_two_cells_arrives(tmp_path: Path) -> None:
    """앞의 셀이 띄운 스레드가 셀과 셀 사이에 보낸 것은 앞의 셀의 것이라고 적혀서 옵니다."""
    send = (
        f"content = {{'data': {{{MIME!r}: {{'x': 1}}}}, 'metadata': {{}}}}\n"
        "kernel.session.send(kernel.iopub_socket, 'display_data', content, parent=earlier)"
    )
    keep = "kernel = get_ipython().kernel\nearlier = kernel.get_parent('shell')"
    assert run_notebook(write_notebook(tmp_path / "a.ipynb", keep, send), html=False).results == {"x": 1}


@pytest.mark.parametrize(
    "source",
    [
        RECORD + "import os\npid = os.fork()\nif pid == 0:\n    try: record(x=1)\n    except RuntimeError: os._exit(7)\n"
        "    os._exit(0)\nassert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0",
        RECORD + "import multiprocessing as m\nwith m.get_context('fork').Pool(1) as p: p.apply(record, kwds={'x': 1})",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'from mlops_lab import record; record(x=1)'], check=True)",
    ],
)  # fmt: skip
def test_a_record_that_cannot_arrive_says_so(tmp_path: Path, source: str) -> None:
    with pytest.raises(CellError) as caught:
        run_notebook(write_notebook(tmp_path / "a.ipynb", source), html=False)
    assert caught.value.result.results == {}


def test_a_masked_value_never_becomes_another_value_for_the_next_task(tmp_path: Path) -> None:
    source = RECORD + "record(engine='postgres', n=1)\nprint('postgres')\nname = 'postgres'"
    notebook = write_notebook(tmp_path / "a.ipynb", source)
    lines: list[str] = []
    env = {**os.environ, "POSTGRES_PASSWORD": "postgres"}
    result = run_notebook(notebook, tmp_path / "o.ipynb", env=env, log=lines.append)
    assert result.results == {"engine": "postgres", "n": 1}
    assert json.loads((tmp_path / "o.results.json").read_text("utf-8"))["results"] == result.results
    cell = nbformat.read(tmp_path / "o.ipynb", as_version=4).cells[0]
    assert cell.source == source  # 넘겨받은 코드는 고치지 않습니다.
    assert cell.outputs[1].text == "***\n"
    assert any("engine" in line and "POSTGRES_PASSWORD" in line for line in lines)


@pytest.mark.parametrize(
    "made", ["s", "f'https://u:{s}@host'", "[{'deep': s}]", "{'token': s}"], ids=["whole", "url", "list", "dict"]
)  # fmt: skip
def test_a_secret_is_neither_handed_on_nor_replaced(tmp_path: Path, made: str) -> None:
    source = (
        RECORD
        + f"import os\ns = os.environ['PGPASSWORD']\nrecord(value='옛것')\nrecord(value={made}, n=1)\nrecord(m=2)"
    )
    lines: list[str] = []
    env = {**os.environ, "PGPASSWORD": "hunter2-secret"}
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), env=env, log=lines.append, html=False)
    assert result.results == {"n": 1, "m": 2}  # 같은 record의 다른 값은 옵니다.
    assert any("결과 value에 비밀 PGPASSWORD의 값이 들어 있어 받지 않았습니다" in line for line in lines)
    assert "hunter2-secret" not in "".join(p.read_text("utf-8") for p in result.output.parent.iterdir())


def test_a_result_with_the_name_of_a_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="비밀의 이름"):
        run_notebook(write_notebook(tmp_path / "a.ipynb", RECORD + "record(apiToken='abc')"), html=False)


# 셀의 상태와 저장된 노트북 -----------------------------------------------------------
def test_a_skipped_cell_is_not_completed(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "raise ValueError", "print(2)")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata["tags"] = ["skip-execution"]
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="앞선 실행의 것")]
    nbformat.write(notebook, path)
    lines: list[str] = []
    result = run_notebook(path, log=lines.append, html=False)
    assert (result.cells.completed, result.cells.skipped, result.cells.pending) == (1, 1, 0)
    cell = nbformat.read(result.output, as_version=4).cells[0]
    assert (cell.metadata.papermill.status, cell.outputs) == ("skipped", [])
    assert not any("[1/2]" in line and "완료" in line for line in lines)


@pytest.mark.parametrize("minor", [0, 2, 4, 5])
@pytest.mark.parametrize("source", ["x", "1 / 0", "import os; os._exit(1)"])
def test_the_saved_notebook_is_valid_whatever_we_add(tmp_path: Path, minor: int, source: str) -> None:
    path = write_notebook(tmp_path / "a.ipynb", source, parameters="x = 1")
    raw = json.loads(path.read_text("utf-8"))
    raw["nbformat_minor"] = minor
    for cell in raw["cells"] if minor < 5 else []:
        del cell["id"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    output = tmp_path / "o.ipynb"
    try:
        run_notebook(path, output, {"x": 2}, html=False)
    except (CellError, KernelDied):
        assert source != "x"
    saved = json.loads(output.read_text("utf-8"))
    nbformat.validate(saved)
    assert {"1 / 0": 4, "import os; os._exit(1)": 4}.get(source, 3) == len(saved["cells"])


def test_outputs_that_cannot_be_saved_as_they_came_become_text(tmp_path: Path) -> None:
    source = (
        "k = get_ipython().kernel\n"
        "def send(kind, content): k.session.send(k.iopub_socket, kind, content, parent=k.get_parent('shell'))\n"
        "send('display_data', {'data': {'text/plain': 5, 'text/html': ['<b>', 'x</b>']}, 'metadata': None})\n"
        "send('display_data', {'data': None, 'metadata': {}})\n"
        "send('stream', {'name': 'other', 'text': {'a': 1}})\n"
        "send('error', {'ename': None, 'evalue': 3, 'traceback': 'x'})"
    )
    result = run_notebook(write_notebook(tmp_path / "a.ipynb", source), html=False)
    saved = json.loads(result.output.read_text("utf-8"))
    nbformat.validate(saved)
    assert saved["cells"][0]["outputs"][0]["data"] == {"text/plain": ["5"], "text/html": ["<b>x</b>"]}


def test_values_of_an_earlier_run_stay_until_others_are_given(tmp_path: Path) -> None:
    source = RECORD + "record(n=n, m=m)"
    first = run_notebook(
        write_notebook(tmp_path / "a.ipynb", source, parameters="n: int\nm = 1"), parameters={"n": 5}, html=False
    )  # fmt: skip
    assert run_notebook(first.output, tmp_path / "b.ipynb", html=False).results == {"n": 5, "m": 1}
    again = run_notebook(first.output, tmp_path / "c.ipynb", {"n": 6}, html=False)
    assert again.results == {"n": 6, "m": 1}
    saved = nbformat.read(again.output, as_version=4)
    assert [cell.metadata.tags for cell in saved.cells] == [["parameters"], ["injected-parameters"], []]
    del saved.cells[0]  # 앞선 papermill의 실행이 남긴, parameters 셀이 없는 노트북
    nbformat.write(saved, tmp_path / "d.ipynb")
    alone = write_notebook(tmp_path / "e.ipynb", RECORD + "record(n=n)")
    injected = nbformat.read(alone, as_version=4)
    injected.cells.insert(0, nbformat.v4.new_code_cell("n = 5", metadata={"tags": ["injected-parameters"]}))
    nbformat.write(injected, alone)
    assert run_notebook(alone, html=False).results == {"n": 5}
    assert run_notebook(alone, parameters={"n": "7"}, html=False).results == {"n": 7}


@pytest.mark.parametrize(("umask", "mode"), [("077", 0o600), ("022", 0o644), ("002", 0o664)])
def test_every_file_has_the_permissions_that_open_would_give(tmp_path: Path, umask: str, mode: int) -> None:
    write_notebook(tmp_path / "a.ipynb", "print('x' * 1_100_000)")
    script = f"umask {umask}; exec {sys.executable} -m mlops_lab run a.ipynb -o o.ipynb"
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, capture_output=True, timeout=600)
    found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("o.*")}
    assert found == dict.fromkeys(("o.ipynb", "o.html", "o.results.json", "o.cell-1.txt"), mode)


# 커널 -------------------------------------------------------------------------
def test_a_kernel_that_cannot_start_says_what_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel(tmp_path, "broken", sys.executable, "-c", "raise ModuleNotFoundError('No module named ipykernel')")
    kernel(tmp_path, "killed", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = write_notebook(tmp_path / "a.ipynb", "1")
    with pytest.raises(KernelNotStarted, match=r"끝 상태 1.*No module named ipykernel") as caught:
        run_notebook(notebook, kernel_name="broken", html=False)
    assert caught.value.result.cells.pending == 1
    with pytest.raises(KernelDied, match="SIGKILL"):
        run_notebook(notebook, kernel_name="killed", html=False)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import os; os._exit(3)", "끝 상태 3"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "메모리가 모자라"),
        ("import os, sys; os.write(2, b'out of luck'); os.abort()", "SIGABRT"),
    ],
)
def test_a_kernel_that_died_says_how(tmp_path: Path, source: str, says: str) -> None:
    with pytest.raises(KernelDied, match=says):
        run_notebook(write_notebook(tmp_path / "a.ipynb", source), html=False)


def test_a_kernel_that_is_not_here_is_refused_before_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel(tmp_path, "ghost", "/없는/python")
    kernel(tmp_path, "ir", sys.executable, language="R")
    (tmp_path / "kernels" / "torn").mkdir()
    (tmp_path / "kernels" / "torn" / "kernel.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    output = tmp_path / "o.ipynb"

    def refused(metadata: dict[str, Any] | None = None, **options: Any) -> str:
        notebook = write_notebook(tmp_path / "a.ipynb", "1", metadata=metadata)
        with pytest.raises(BadNotebook) as caught:
            run_notebook(notebook, output, **options)
        assert caught.value.is_request_error
        assert not output.exists()
        return caught.value.message

    elsewhere = {"kernelspec": {"name": "somebody-elses-env", "display_name": "x"}}
    assert "'somebody-elses-env'이(가) 여기에 없습니다. 있는 커널: ghost, ir, python3" in refused(elsewhere)
    assert "R입니다" in refused(
        {"kernelspec": {"name": "ir", "display_name": "x"}}
    )  # 언어를 적지 않은 노트북
    assert "프로그램 /없는/python" in refused(kernel_name="ghost")
    assert "kernel.json" in refused(kernel_name="torn")
    assert "여기에 없습니다" in refused(kernel_name="../../x")
    notebook = write_notebook(tmp_path / "a.ipynb", "1", metadata=elsewhere)
    assert run_notebook(notebook, output, kernel_name="python3", html=False).status == "success"
