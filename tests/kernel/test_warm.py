"""예열 커널: 보통 커널과 같은 출력을 내고, 안전하지 않으면 물러나고, 부른 쪽과 함께 사라집니다."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import resource
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyter_client import KernelManager

from mlops_lab.runner import (
    KernelDied,
    NotebookError,
    NotebookRun,
    WarmKernelSpecManager,
    _provisioner,
    run_notebook,
    warm,
)
from mlops_lab.stack import _config, _processes, leftovers, stop
from tests.common import wait_until, write_notebook

WARM = "예열 커널로 실행합니다."
COUNT = int(os.environ.get("MLOPS_LAB_TEST_KERNELS", "12"))
"""한꺼번에 띄울 커널. `make test-all`은 100개를 띄웁니다."""


def start_parent(folder: Path, *modules: str, env: dict[str, str] | None = None) -> tuple[Path, Any]:
    path = folder / "kernels.sock"
    process = warm.start(path, modules or warm.MODULES, env)
    assert process is not None
    wait_until(lambda: path.exists() or process.poll() is not None)
    assert path.exists()
    return path, process


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    """유닉스 소켓 이름의 한도(108바이트)보다 긴 폴더에 둔 예열 프로세스."""
    folder = tmp_path_factory.mktemp("예열 🔥") / ("긴 이름 " * 12)
    path, process = start_parent(folder, *warm.MODULES, "tqdm.auto")
    assert len(os.fsencode(path)) > 108
    yield path, process
    process.terminate()
    process.wait()


@pytest.fixture
def warmed(parent: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(parent[0]))
    return parent[1]


syscall = ctypes.CDLL(None).syscall


def gone(pid: int) -> bool:
    """pid가 없거나, 거두어지기를 기다리는 것뿐이면 참."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def run(notebook: Path, **options: Any) -> tuple[Any, str]:
    """(결과, 어느 커널로 실행했는지)."""
    lines: list[str] = []
    result = run_notebook(notebook, log=lines.append, html=False, **options)
    (note,) = [line for line in lines if line.startswith(("예열 커널", "보통 커널"))]
    return result, note


def refused(notebook: Path, **options: Any) -> str:
    """보통 커널로 성공하고, 그 까닭을 돌려줍니다."""
    result, note = run(notebook, **options)
    assert result.status == "success"
    assert note.startswith("보통 커널로 실행합니다: ")
    return note


# 한 노트북을 두 커널로 실행해 출력을 통째로 견줍니다. 태그가 붙은 셀은 예외를 내야 합니다.
SAME = [
    "import sys, os, io, asyncio, threading, subprocess, logging, warnings, inspect, pickle, time, multiprocessing",
    "print('표준 출력'); print('표준 오류', file=sys.stderr); os.system('echo 셸에서'); subprocess.run(['echo', '자식'])",
    "from IPython.display import HTML, Markdown, JSON, display, clear_output, update_display\n"
    "display(HTML('<b>굵게</b>'), Markdown('*기울임*'), JSON({'a': 1}))\nHTML('<i>끝</i>')",
    "handle = display('처음', display_id='바뀌는 것')\nhandle.update('나중')",
    "update_display('다른 셀에서', display_id='바뀌는 것')",
    "print('지워질 것'); clear_output(); print('남을 것')",
    "for i in range(3):\n    clear_output(wait=True); print(i)",
    "print('가' * 1_200_000)",
    "raise ValueError('일부러')",
    "def f(n):\n    return 1 / n\nf(0)",
    "input('이름은? ')",
    "import getpass; getpass.getpass()",
    "%pwd",
    "%%capture got\nprint('잡힌 것')",
    "got.stdout",
    "!echo 느낌표",
    "%env ANSWER=42\n%env ANSWER",
    "%%bash\necho $ANSWER; echo 오류 >&2",
    "%%writefile 쓴것.py\nvalue = 7",
    "%run 쓴것.py\nvalue",
    "%load_ext autoreload\n%autoreload 2",
    "%who_ls int",
    "%not_a_magic",
    "1 +",
    "await asyncio.sleep(0.01)\nprint('기다림', asyncio.get_running_loop().is_running())",
    "async def g(n):\n    await asyncio.sleep(0.01 * n)\n    return n\nawait asyncio.gather(*(g(n) for n in range(3)))",
    "asyncio.run(g(1))",
    "box = []\nt = threading.Thread(target=lambda: (box.append(1), print('스레드')))\nt.start(); t.join(); box",
    "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(2).map(abs, [-1, 2]))",
    "def square(x):\n    return x * x\n"
    "with multiprocessing.get_context('fork').Pool(2) as pool:\n    print(pool.map(square, range(4)))",
    "class A:\n    pass\npickle.loads(pickle.dumps(A())).__class__ is A",
    "inspect.getsource(f)",
    "_ , 2 * 21",
    "In[1][:6], __name__, sys.modules['__main__'].f is f",
    "%matplotlib inline\nimport matplotlib, matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 1]); plt.show()",
    "%config InlineBackend.figure_format = 'svg'\nmatplotlib.rcParams['svg.hashsalt'] = '1'\n"
    "plt.plot([1, 2]); plt.title('a'); plt.savefig(io.BytesIO(), format='svg')",
    "matplotlib.get_backend(), plt.get_fignums(), matplotlib.rcParams['figure.figsize']",
    "import pandas as pd, numpy as np\npd.DataFrame({'가': [1.5, None]})",
    "{name: pd.get_option(name) for name in ('display.max_columns', 'display.width', 'display.max_rows')}",
    "pd.DataFrame(np.arange(400).reshape(5, 80)).add_prefix('긴 이름 ')",
    "from tqdm.auto import tqdm\ntqdm.__module__",
    "warnings.warn('경고')",
    "logging.getLogger().handlers, logging.getLogger('x').getEffectiveLevel()",
    "from comm import create_comm\nc = create_comm('x', data={'a': 1}); c.send({'b': 2}); c.close()",
    "sys.flags, sys.path[0], sys.path[1:] == [p for p in sys.path[1:] if p], sys.dont_write_bytecode",
    "os.getcwd() == os.path.dirname(os.path.abspath('쓴것.py')), os.getpgrp() == os.getsid(0) == os.getpid()",
    "import signal\nsignal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD), signal.getsignal(signal.SIGINT)",
    "oct(os.umask(0o022)), sys.stdin.read() if not sys.stdin.isatty() else '터미널'",
    "sorted(t.name for t in threading.enumerate() if not t.name.startswith(('Thread-', 'Dummy')))",
    "import locale, time\nlocale.getlocale(), time.tzname, sys.getfilesystemencoding()",
    "os.environ.get('MPLBACKEND'), 'JPY_PARENT_PID' in os.environ, os.environ.get('ONLY_HERE')",
    "import sklearn, scipy.stats\nfrom sklearn.ensemble import RandomForestClassifier\n"
    "x = np.arange(40.0).reshape(-1, 2)\n"
    "RandomForestClassifier(5, random_state=0, n_jobs=2).fit(x, x[:, 0] > 15).predict_proba(x)[8:11]",
    "float(np.linalg.svd(np.arange(90_000.0).reshape(300, 300) % 7)[1][0].round(6))",
    "assert False, '끝에서'",
    "exit",
]
RAISES = {"raise ", "def f(n)", "input(", "import getpass", "%not_a", "1 +", "asyncio.run", "assert False"}


def outputs(path: Path) -> list[Any]:
    shown = []
    for cell in nbformat.read(path, as_version=4).cells:
        shown.append([cell.metadata.papermill.status, cell.execution_count])
        for output in cell.outputs:
            output = dict(output)
            if output.get("name") == "stderr":  # 경고에 적히는 파일 이름에는 커널의 번호가 들어갑니다.
                output["text"] = re.sub(r"ipykernel_\d+", "ipykernel", output["text"])
            output.get("data", {}).pop("image/png", None)  # 아래에서 따로 봅니다.
            shown.append(output)
    return shown


def pngs(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [out.data["image/png"] for c in cells for out in c.outputs if "image/png" in out.get("data", {})]


def test_the_same_notebook_gives_the_same_outputs_under_both_kinds(
    warmed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", *SAME)
    nb = nbformat.read(notebook, as_version=4)
    for cell in nb.cells:
        if cell.source.startswith(tuple(RAISES)):
            cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(nb, notebook)
    env = {**os.environ, "ONLY_HERE": "여기", "TZ": "Asia/Seoul", "SOURCE_DATE_EPOCH": "0"}
    one, note = run(notebook, output=tmp_path / "warm" / "a.ipynb", env=env)
    assert note == WARM
    (tmp_path / "쓴것.py").unlink()
    monkeypatch.setenv(warm.SOCKET_VARIABLE, "")
    two, note = run(notebook, output=tmp_path / "ordinary" / "a.ipynb", env=env)
    assert note != WARM
    mine, ordinary = outputs(one.output), outputs(two.output)
    assert [pair for pair in zip(mine, ordinary, strict=True) if pair[0] != pair[1]] == []
    assert pngs(one.output) == pngs(two.output) != []
    everything = one.output.read_text("utf-8")
    for said in ("StdinNotImplementedError", "UsageError", "SyntaxError", "잘랐습니다", "바뀌는", "KST"):
        assert said in everything


def test_tasks_do_not_share_their_random_numbers(warmed: Any, tmp_path: Path) -> None:
    source = (
        "import random, numpy as np\nfrom mlops_lab import record\n"
        "record(python=random.random(), numpy=np.random.random(), new=np.random.default_rng().random())"
    )
    notebook = write_notebook(tmp_path / "a.ipynb", source)
    first, second = (run(notebook)[0].results for _ in range(2))
    assert all(first[name] != second[name] for name in ("python", "numpy", "new"))


def test_the_environment_is_only_what_was_given(
    parent: tuple[Path, Any], warmed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "import os\nfrom mlops_lab import record\n"
        "record(names=sorted(os.environ), secret='hidden-here' in open('/proc/self/environ').read())"
    )
    monkeypatch.setenv("ONLY_IN_THE_CLIENT", "hidden-here")
    # 파이썬과 BLAS가 시작할 때 읽는 것은 예열 프로세스와 같아야 fork할 수 있습니다.
    same = {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "OPENBLAS"))}
    env = {**same, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    result, note = run(write_notebook(tmp_path / "a.ipynb", source), env=env)
    assert note == WARM
    assert {"PATH", "HOME"} <= set(result.results["names"])
    assert not {"ONLY_IN_THE_CLIENT", warm.SOCKET_VARIABLE} & set(result.results["names"])
    assert not result.results["secret"]


def test_descriptors_of_the_parent_are_closed(warmed: Any, tmp_path: Path) -> None:
    source = (
        "import os\nfrom mlops_lab import record\nseen = []\n"
        "for n in os.listdir('/proc/self/fd'):\n"
        "    if int(n) > 2 and os.path.lexists(f'/proc/self/fd/{n}'):\n"
        "        seen.append(os.readlink(f'/proc/self/fd/{n}'))\n"
        "record(seen=seen)"
    )
    mine = {str(each.readlink()) for each in Path(f"/proc/{warmed.pid}/fd").iterdir() if int(each.name) > 2}
    sockets = {link for link in mine if link.startswith("socket:")}
    assert sockets
    seen = run(write_notebook(tmp_path / "a.ipynb", source))[0].results["seen"]
    assert seen
    assert not sockets & set(seen)


# 셀이 데몬을 띄우는 여러 방법. 데몬은 커널의 작업 폴더에 `pid`를 적습니다.
DAEMONS = {
    "두 번 fork": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("pid.tmp", "w").write(str(os.getpid()))
        os.rename("pid.tmp", "pid")
        time.sleep(1000)
    os._exit(0)
os.wait()
""",
    "빈 환경으로 두 번 fork": """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sh", ["sh", "-c", "echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 1000"], {})
    os._exit(0)
os.wait()
""",
    "env -i setsid": """
import subprocess
daemon = "echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 1000"
subprocess.run(["env", "-i", "setsid", "setsid", "sh", "-c", f"sh -c '{daemon}' &"], stdout=subprocess.DEVNULL)
""",
    "nohup": """
import subprocess
daemon = "echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 1000"
subprocess.run(f"env -i nohup sh -c '{daemon}' >/dev/null 2>&1 &", shell=True)
""",
    "신호를 듣지 않고 자식이 있음": """
import subprocess
daemon = "trap : TERM HUP INT; echo $$ > pid.tmp; mv pid.tmp pid; sleep 1000 & sleep 1001; sleep 1002"
subprocess.run(["env", "-i", "setsid", "sh", "-c", f"sh -c '{daemon}' &"], stdout=subprocess.DEVNULL)
""",
}
WAIT = "\nimport os, time\nwhile not os.path.exists('pid'): time.sleep(0.01)\n"
KINDS = ["warm", "ordinary"]


def tree(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, warmed: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "ordinary":
        monkeypatch.setenv(warm.SOCKET_VARIABLE, "")
    return str(request.param)


@pytest.mark.parametrize("way", DAEMONS)
def test_a_daemon_does_not_outlive_the_run(kind: str, way: str, tmp_path: Path) -> None:
    _, note = run(write_notebook(tmp_path / "a.ipynb", DAEMONS[way] + WAIT))
    assert (note == WARM) == (kind == "warm")
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("end", ["failure", "timeout", "stop", "kernel killed"])
def test_a_daemon_does_not_outlive_a_run_that_fails(kind: str, end: str, tmp_path: Path) -> None:
    last = {
        "failure": "1 / 0",
        "kernel killed": "import os; os.kill(os.getpid(), 9)",
    }.get(end, "import time; time.sleep(1000)")
    notebook = write_notebook(tmp_path / "a.ipynb", DAEMONS["env -i setsid"] + WAIT, last)
    started = NotebookRun(notebook, html=False, timeout=6 if end == "timeout" else None)
    if end == "stop":

        def stop() -> None:
            wait_until((tmp_path / "pid").exists)
            started.stop("시험")

        threading.Thread(target=stop).start()
    with pytest.raises(NotebookError):
        started.execute()
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_daemon_does_not_outlive_a_killed_runner(kind: str, tmp_path: Path) -> None:
    """SIGKILL을 받은 실행기는 아무것도 거두지 못합니다. 감독이 거둡니다."""
    source = "import os\nopen('kernel', 'w').write(str(os.getpid()))" + DAEMONS["env -i setsid"] + WAIT
    notebook = write_notebook(tmp_path / "a.ipynb", source, "import time; time.sleep(1000)")
    runner = subprocess.Popen([sys.executable, "-m", "mlops_lab", "run", str(notebook)], cwd=tmp_path)
    wait_until((tmp_path / "pid").exists)
    daemon = int((tmp_path / "pid").read_text())
    kernel = int((tmp_path / "kernel").read_text())
    runner.kill()
    runner.wait()
    wait_until(lambda: gone(kernel) and gone(daemon))


def test_a_daemon_does_not_outlive_down(kind: str, tmp_path: Path) -> None:
    """Airflow의 태스크처럼, 구성 요소의 자식인 실행기가 노트북을 실행하는 사이에 `mlops-lab down`을 합니다."""
    place = _config.layout(tmp_path / "home")
    _config.prepare(place)
    source = "import os\nopen('kernel', 'w').write(str(os.getpid()))" + DAEMONS["env -i setsid"] + WAIT
    notebook = write_notebook(tmp_path / "a.ipynb", source, "import time; time.sleep(1000)")
    task = f"import subprocess, sys; subprocess.run([sys.executable, '-m', 'mlops_lab', 'run', {str(notebook)!r}])"
    command = [sys.executable, "-c", task]
    part, pipe = _processes.spawn(
        "scheduler", command, _config.environment(place), tmp_path, place.logs / "x"
    )
    _processes.save(place.record, _processes.Record(8080, None, (part,)))
    wait_until((tmp_path / "pid").exists)
    daemon, kernel = (int((tmp_path / name).read_text()) for name in ("pid", "kernel"))
    assert stop(place.home)
    assert gone(daemon)
    assert gone(kernel)
    assert leftovers(place.home) == []
    pipe.communicate()


def test_a_kernel_cannot_hold_its_own_lease(warmed: Any, tmp_path: Path) -> None:
    """커널이 자기 연결의 저쪽을 열고 있어도, 부른 프로세스가 죽으면 끝납니다."""
    notebook = write_notebook(tmp_path / "a.ipynb", "open('ready', 'w')\nimport time; time.sleep(1000)")
    runner = subprocess.Popen([sys.executable, "-m", "mlops_lab", "run", str(notebook)], cwd=tmp_path)
    wait_until((tmp_path / "ready").exists)
    (kernel,) = kernels(warmed)
    supervisor = psutil.Process(kernel.ppid())
    # 커널이 pidfd_getfd로 훔치는 것과 같습니다: 연결을 또 하나의 살아 있는 프로세스(이 시험)가 함께 엽니다.
    process = os.pidfd_open(runner.pid)
    stolen = []
    for number in Path(f"/proc/{runner.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(number.readlink()).startswith("socket:"):
                stolen.append(syscall(438, process, int(number.name), 0))
    assert len([each for each in stolen if each >= 0]) > 0
    runner.kill()
    runner.wait()
    wait_until(lambda: gone(kernel.pid) and gone(supervisor.pid))
    for each in [process, *stolen]:
        os.close(each)


def test_what_was_detached_on_purpose_stays(kind: str, tmp_path: Path) -> None:
    source = (
        "import os, pathlib, sys\nfrom mlops_lab.stack import _processes\n"
        "code = 'import os, setproctitle, time; setproctitle.setproctitle(\"x\" * 500); os.fork(); time.sleep(1000)'\n"
        "env = {name: value for name, value in os.environ.items() if name != 'MLOPS_LAB_RUN_MARKER'}\n"
        "made = _processes.spawn_detached('x', [sys.executable, '-c', code], env, pathlib.Path('/'), pathlib.Path('log'))\n"
        "pathlib.Path('pid').write_text(str(made.pid))"
    )
    run(write_notebook(tmp_path / "a.ipynb", source))
    detached = int((tmp_path / "pid").read_text())
    family = wait_until(lambda: psutil.Process(detached).children() and tree(detached))
    try:
        assert not any(gone(pid) for pid in family)
    finally:
        for pid in family:
            os.kill(pid, 9)


def test_a_kernel_of_jupyter_leaves_its_daemons(warmed: Any, tmp_path: Path) -> None:
    """JupyterLab의 커널은 실행이 아닙니다. 다시 시작해도, 셀이 띄워 둔 서버는 보통 커널에서처럼 남습니다."""
    manager = KernelManager(kernel_spec_manager=WarmKernelSpecManager())
    manager.start_kernel(cwd=str(tmp_path))
    assert manager.provisioner.note == WARM  # type: ignore[union-attr]
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=600)
    client.execute_interactive(DAEMONS["env -i setsid"] + WAIT, timeout=600)
    daemon = int((tmp_path / "pid").read_text())
    manager.restart_kernel()
    assert not gone(daemon)
    client.stop_channels()
    manager.shutdown_kernel()
    assert not gone(daemon)
    os.kill(daemon, 9)


def test_a_kernel_outlives_its_warm_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, process = start_parent(tmp_path / "p", "json")
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    notebook = write_notebook(
        tmp_path / "a.ipynb",
        f"import os; os.kill({process.pid}, 9)",
        "import time; time.sleep(2)\nfrom mlops_lab import record\nrecord(alive=True)",
    )
    result, note = run(notebook)
    assert (note, result.results) == (WARM, {"alive": True})
    process.wait()
    assert "대답하지 않습니다" in refused(
        write_notebook(tmp_path / "b.ipynb", "1")
    )  # 소켓 파일은 남아 있습니다.


def test_a_kernel_whose_supervisor_dies_is_dead_too(warmed: Any, tmp_path: Path) -> None:
    source = "import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\nos.kill(os.getppid(), 9)"
    with pytest.raises(KernelDied):
        run_notebook(write_notebook(tmp_path / "a.ipynb", source, "import time; time.sleep(600)"), html=False)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_warm_parent_leaves_when_the_one_who_started_it_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mlops_lab.runner import warm\n"
        "print(warm.start(Path(sys.argv[1]), ['json']).pid, flush=True)"
    )
    path = tmp_path / "kernels.sock"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    wait_until(lambda: not psutil.pid_exists(int(done.stdout)))
    assert not path.exists()


def test_a_dying_kernel_tells_its_signal(warmed: Any, tmp_path: Path) -> None:
    with pytest.raises(KernelDied):
        run_notebook(write_notebook(tmp_path / "a.ipynb", "import os; os.kill(os.getpid(), 11)"), html=False)


def test_atexit_of_the_notebook_runs(warmed: Any, tmp_path: Path) -> None:
    source = "import atexit, pathlib\natexit.register(lambda: pathlib.Path('left').write_text('예'))"
    run(write_notebook(tmp_path / "a.ipynb", source))
    assert (tmp_path / "left").read_text() == "예"


def test_what_makes_forking_unsafe_falls_back(warmed: Any, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1")
    assert (
        run(notebook, env={**os.environ, "KMP_INIT_AT_FORK": "FALSE"})[1] == WARM
    )  # scikit-learn이 적습니다.
    for name, value in {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "LD_LIBRARY_PATH": "/x"}.items():
        assert name in refused(notebook, env={**os.environ, name: value})
    assert "MPLBACKEND" in refused(notebook, env={**os.environ, "MPLBACKEND": "svg"})
    (tmp_path / "설정").mkdir()
    (tmp_path / "설정" / "matplotlibrc").write_text("lines.linewidth: 3\n")
    assert "matplotlibrc" in refused(notebook, cwd=tmp_path / "설정")
    assert run(notebook)[1] == WARM


def test_a_kernel_of_another_environment_falls_back(
    warmed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, python, module in (
        ("other", "elsewhere/bin/python", "ipykernel_launcher"),
        ("odd", None, "ipykernel"),
    ):
        if python:
            (tmp_path / "elsewhere" / "bin").mkdir(parents=True)
            (tmp_path / python).symlink_to(sys.executable)
        folder = tmp_path / "share" / "kernels" / name
        folder.mkdir(parents=True)
        executable = str(tmp_path / python) if python else sys.executable
        (folder / "kernel.json").write_text(
            f'{{"argv": ["{executable}", "-m", "{module}", "-f", "{{connection_file}}"],'
            ' "display_name": "x", "language": "python"}'
        )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(p for p in sys.path if p))
    spec = {"kernelspec": {"name": "odd", "language": "python", "display_name": "x"}}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    assert "여느 때와 다르게" in refused(write_notebook(tmp_path / "a.ipynb", "1", metadata=spec), env=env)
    spec["kernelspec"]["name"] = "other"
    notebook = write_notebook(tmp_path / "b.ipynb", "1", metadata=spec)
    assert "다른 환경" in refused(notebook, env={**os.environ})


def test_modules_that_start_threads_make_the_parent_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "busy.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='바쁨', daemon=True).start()\n"
    )
    path, process = start_parent(tmp_path / "p", "busy", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    try:
        assert "바쁨" in refused(write_notebook(tmp_path / "a.ipynb", "1"))
    finally:
        process.terminate()
        process.wait()


def test_packages_that_ask_whether_this_is_a_kernel_are_read_in_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asks.py").write_text(
        "from IPython import get_ipython\nin_kernel = get_ipython() is not None\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    path, process = start_parent(tmp_path / "p", "asks", env=env)
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    source = "import asks\nfrom mlops_lab import record\nrecord(asked=asks.in_kernel, now=asks.get_ipython() is not None)"
    try:
        result, note = run(write_notebook(tmp_path / "a.ipynb", source), env=env)
    finally:
        process.terminate()
        process.wait()
    assert (note, result.results) == (WARM, {"asked": True, "now": True})


def test_openmp_threads_make_the_parent_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "computes.py").write_text(
        "import numpy as np\nfrom sklearn.ensemble import HistGradientBoostingClassifier as H\n"
        "x = np.arange(4000.0).reshape(-1, 2)\nH(max_iter=2).fit(x, x[:, 0] > 9)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "2"}
    path, process = start_parent(tmp_path / "p", "computes", env=env)
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    try:
        assert "계산하는 스레드" in refused(write_notebook(tmp_path / "a.ipynb", "1"), env=env)
    finally:
        process.terminate()
        process.wait()


def test_a_preloaded_file_that_changed_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "mine.py"
    source.write_text("value = 1\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    path, process = start_parent(tmp_path / "p", "mine", "없는.모듈", env=env)
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    notebook = write_notebook(
        tmp_path / "a.ipynb", "import mine\nfrom mlops_lab import record\nrecord(value=mine.value)"
    )
    try:
        assert run(notebook, env=env)[1] == WARM
        source.write_text("value = 2  # 고쳤습니다\n")
        result, note = run(notebook, env=env)
        assert "mine.py이(가) 바뀌었습니다" in note
        assert result.results == {"value": 2}
    finally:
        process.terminate()
        process.wait()


def test_a_kernel_that_ends_at_once_is_told_as_it_ended() -> None:
    """감독이 번호와 끝난 상태를 한꺼번에 보내도 둘 다 읽습니다."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b'{"pid": 7}\n{"exit": 3}\n')
    assert _provisioner._read_line(ours) == {"pid": 7}
    ours.setblocking(False)
    assert _provisioner.WarmProcess(ours, 7).poll() == 3
    theirs.close()


def test_the_socket_is_ours_alone(parent: tuple[Path, Any]) -> None:
    path, _ = parent
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o077 == 0


def ask(path: Path, *messages: tuple[bytes, list[int]]) -> bytes:
    """예열 프로세스에 차례로 보내고, 끊길 때까지 들은 것을 돌려줍니다."""
    heard = b""
    with warm.short_address(path) as address, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(address)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for data, descriptors in messages:
                if descriptors:
                    data = data[socket.send_fds(client, [data[:1]], descriptors) :]
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while more := client.recv(4096):
                heard += more
    return heard


def request(**changes: Any) -> bytes:
    """들어줄 수 있는 부탁에서 changes만 바꾼 것."""
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "없는.json"]
    asked = {"argv": command, "cwd": "/", "env": dict(os.environ), "umask": 0o22, **changes}
    return json.dumps(asked).encode() + b"\n"


def kernels(process: Any) -> list[psutil.Process]:
    """예열 프로세스에서 fork한 커널. 그 사이에 감독이 있습니다."""
    return [
        kernel for supervisor in psutil.Process(process.pid).children() for kernel in supervisor.children()
    ]


def open_files(process: Any) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


BROKEN: dict[str, list[tuple[bytes, list[int]]]] = {
    "아무것도 없음": [],
    "파일 번호가 없음": [(request(), [])],
    "파일 번호가 하나": [(request(), [1])],
    "파일 번호가 셋": [(request(), [1, 2, 2])],
    "파일 번호가 253개": [(request(), [1] * 253)],
    "파일 번호를 두 번": [(b"{", [1, 2]), (b"}\n", [1, 2])],
    "끝나지 않음": [(request()[:-1], [1, 2])],
    "JSON이 아님": [(b"\xff\n", [1, 2])],
    "목록": [(b"[1]\n", [1, 2])],
    "빈 사전": [(b"{}\n", [1, 2])],
    "두 줄": [(request() + request(), [1, 2])],
    "깊음": [(b"[" * 200_000 + b"\n", [1, 2])],
    "너무 긺": [(b'"' + b"x" * (5 * 1024**2), [1, 2])],
    "큰 수": [(b"9" * 100_000 + b"\n", [1, 2])],
    "다른 칸": [(request(shell=True), [1, 2])],
    "argv가 글": [(request(argv="python"), [1, 2])],
    "argv가 비어 있음": [(request(argv=[]), [1, 2])],
    "argv에 수": [(request(argv=[1]), [1, 2])],
    "argv에 NUL": [(request(argv=[sys.executable, "-m", "ipykernel_launcher", "\0"]), [1, 2])],
    "env가 목록": [(request(env=[]), [1, 2])],
    "env의 값이 수": [(request(env={"A": 1}), [1, 2])],
    "env의 값이 None": [(request(env={"A": None}), [1, 2])],
    "env에 NUL": [(request(env={"A": "\0"}), [1, 2])],
    "env의 이름에 NUL": [(request(env={"\0": ""}), [1, 2])],
    "env의 이름에 =": [(request(env={"A=B": ""}), [1, 2])],
    "env의 이름이 비어 있음": [(request(env={"": "A"}), [1, 2])],
    "env에 짝이 없는 글자": [(request(env={"A": "\ud800"}), [1, 2])],
    "cwd가 수": [(request(cwd=1), [1, 2])],
    "cwd가 없는 폴더": [(request(cwd="/없는 폴더"), [1, 2])],
    "cwd가 파일": [(request(cwd="/etc/passwd"), [1, 2])],
    "cwd에 NUL": [(request(cwd="/\0"), [1, 2])],
    "cwd가 너무 긺": [(request(cwd="/" + "x" * 100_000), [1, 2])],
    "umask가 글": [(request(umask="0"), [1, 2])],
    "umask가 참": [(request(umask=True), [1, 2])],
    "umask가 너무 큼": [(request(umask=10**30), [1, 2])],
    "umask가 음수": [(request(umask=-1), [1, 2])],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_request_is_refused(kind: str, warmed: Any, parent: tuple[Path, Any]) -> None:
    before = open_files(warmed)
    heard = ask(parent[0], *BROKEN[kind])
    assert b"refused" in heard
    assert b"pid" not in heard
    wait_until(lambda: open_files(warmed) <= before)
    assert warmed.poll() is None


def test_the_parent_works_after_broken_requests(warmed: Any, tmp_path: Path) -> None:
    assert run(write_notebook(tmp_path / "a.ipynb", "1"))[1] == WARM


@settings(
    max_examples=int(os.environ.get("MLOPS_LAB_FUZZ", "100")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_no_request_ends_the_parent(data: st.DataObject, warmed: Any, parent: tuple[Path, Any]) -> None:
    before = open_files(warmed)
    values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.sampled_from(["/", "\ud800"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
    changes = st.dictionaries(st.sampled_from(["argv", "cwd", "env", "umask", "x"]), values)
    lines = st.binary(max_size=200) | changes.map(lambda changed: request(**changed))
    messages = st.tuples(lines, st.lists(st.sampled_from([1, 2]), max_size=5))
    ask(parent[0], *data.draw(st.lists(messages, max_size=4)))
    wait_until(lambda: open_files(warmed) <= before)
    assert warmed.poll() is None


def test_a_supervisor_killed_while_it_waits_is_replaced(warmed: Any, tmp_path: Path) -> None:
    (waiting,) = psutil.Process(warmed.pid).children()
    waiting.kill()
    wait_until(lambda: gone(waiting.pid))
    assert run(write_notebook(tmp_path / "a.ipynb", "1"))[1] == WARM


def test_a_slow_client_holds_up_nobody(warmed: Any, parent: tuple[Path, Any]) -> None:
    before = open_files(warmed)
    with warm.short_address(parent[0]) as address, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(40)]
        for number, client in enumerate(slow):
            client.connect(address)
            if number % 2:
                socket.send_fds(client, [b"{"], [1, 2])
        # 느린 쪽이 아직 말하고 있는데 답을 듣습니다.
        assert b"refused" in ask(parent[0], (b"{}\n", [1, 2]))
        waiting = [client for client in slow if not select.select([client], [], [], 0)[0]]
        assert 0 < len(waiting) <= 32  # 가장 오래된 것부터 거절합니다.
        for client in slow:
            client.settimeout(60)
            assert b"refused" in client.recv(4096)  # 조금씩이라도 보내면 끝없이 기다려 주지는 않습니다.
    wait_until(lambda: open_files(warmed) <= before)


def test_a_trickle_does_not_move_the_deadline(parent: tuple[Path, Any]) -> None:
    with warm.short_address(parent[0]) as address, socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        socket.send_fds(client, [b"{"], [1, 2])
        while not select.select([client], [], [], 0.5)[0]:
            client.sendall(b" ")
        assert "안에 다 말하지 않았습니다".encode() in client.recv(4096)


def test_a_parent_that_can_open_no_more_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, process = start_parent(tmp_path / "p", "json")
    monkeypatch.setenv(warm.SOCKET_VARIABLE, str(path))
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (open_files(process) + 3, 1024))
    try:
        with warm.short_address(path) as address, contextlib.ExitStack() as stack:
            for _ in range(20):
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.connect(address)
                with contextlib.suppress(BrokenPipeError):
                    socket.send_fds(client, [b"{"], [1, 2])
            ask(path, (request(), [1, 2]))  # 오래된 부탁을 거절하고 들어주거나, 거절합니다.
        assert process.poll() is None
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        run(write_notebook(tmp_path / "a.ipynb", "1"))  # 기다리던 감독은 좁던 때의 것입니다.
        assert run(write_notebook(tmp_path / "a.ipynb", "1"))[1] == WARM
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("kind", ["warm", "ordinary"])
def test_many_kernels_at_a_time(
    kind: str, warmed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "ordinary":
        monkeypatch.setenv(warm.SOCKET_VARIABLE, "")
    notebook = write_notebook(
        tmp_path / "a.ipynb", "from mlops_lab import record\nrecord(twice=2 * n)", parameters="n = 0"
    )

    def one(n: int) -> tuple[int, bool]:
        result, note = run(notebook, output=tmp_path / f"{n}.ipynb", parameters={"n": n})
        return result.results["twice"], note == WARM

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, range(COUNT)))
    assert done == [(2 * n, kind == "warm") for n in range(COUNT)]
    assert not kernels(warmed)
    assert len(psutil.Process(warmed.pid).children()) == 1  # 다음 커널을 기다리는 감독


@pytest.mark.parametrize("name", ["LC_ALL", "OMP_NUM_THREADS", "MPLBACKEND", "OTHER"])
def test_bytes_that_are_no_utf8_in_a_clients_environment_do_not_end_the_parent(
    name: str, warmed: Any, tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "a.ipynb", "1")
    result, note = run(notebook, output=tmp_path / "odd.ipynb", env={**os.environ, name: "ko\udcff.x"})
    assert result.status == "success"
    assert note == WARM if name == "OTHER" else note.startswith("보통 커널")
    assert warmed.poll() is None
    assert run(notebook)[1] == WARM


def test_interrupting_a_cell_works(warmed: Any, tmp_path: Path) -> None:
    source = (
        "import os, signal, threading\n"
        "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n    threading.Event().wait(30)\nexcept KeyboardInterrupt:\n    print('눌렀습니다')"
    )
    result, note = run(write_notebook(tmp_path / "a.ipynb", source))
    assert note == WARM
    assert "눌렀습니다" in result.output.read_text("utf-8")
