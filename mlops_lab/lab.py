"""`make lab`: 한국어 JupyterLab과 Airflow를 함께 띄웁니다. 둘 다 이 컴퓨터(127.0.0.1)에서만 열립니다.

    python -m mlops_lab.lab

JupyterLab의 주소에는 토큰이 들어 있습니다. 설정은 `workspace/jupyter`(0700)에만 쓰고 ~/.jupyter는 건드리지 않습니다.
Ctrl-C를 누르면 둘 다 멈춥니다.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
import psutil
from rich.console import Console

from mlops_lab import workspace
from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.stack import HOST, StackError, find_port, start, stop

JUPYTER_PORT = 8888
_START_SECONDS = 60.0
_MARKER = "MLOPS_LAB_JUPYTER"
_OVERRIDES = {
    "@jupyterlab/translation-extension:plugin": {"locale": "ko_KR"},
    # 수업 중에 바깥 소식을 묻거나 받아 오지 않습니다.
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
}


@dataclass(frozen=True)
class Jupyter:
    """돌고 있는 JupyterLab입니다. url에 토큰이 들어 있습니다."""

    url: str
    process: psutil.Process


class _Stopped(BaseException):
    """Ctrl-C나 SIGTERM을 받았습니다."""


def write_settings(folder: Path, root: Path, port: int) -> str:
    """JupyterLab의 설정을 0600으로 쓰고 토큰을 돌려줍니다.

    folder: 설정 폴더(예: workspace/jupyter). root: 화면의 맨 위 폴더. port: 들을 포트
    """
    settings = folder / "lab-settings"
    settings.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_atomic(settings / "overrides.json", json.dumps(_OVERRIDES, indent=1) + "\n")
    token = secrets.token_urlsafe(24)
    config = {
        "ServerApp": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "root_dir": str(root),
            "open_browser": False,
            # Airflow의 예열 프로세스가 떠 있으면 커널을 거기에서 fork합니다.
            "kernel_spec_manager_class": "mlops_lab.runner.WarmKernelSpecManager",
        },
        # 커널과 주고받는 것을 암호화합니다. 유닉스 소켓은 폴더 이름이 길면 쓸 수 없습니다.
        "KernelManager": {"transport_encryption": "auto"},
        "IdentityProvider": {"token": token},
        "LabApp": {"app_settings_dir": str(settings)},
    }
    write_atomic(folder / "jupyter_server_config.json", json.dumps(config, indent=1), mode=PRIVATE)
    return token


@contextmanager
def jupyter(home: Path, root: Path) -> Iterator[Jupyter]:
    """JupyterLab을 시작하고, 나갈 때 커널까지 모두 끝냅니다.

    Raises:
        StackError: 시작하다 끝났거나 60초 안에 준비되지 않을 때.
    """
    folder = home / "jupyter"
    _end(folder)  # 지난번에 비정상으로 끝나 남은 것
    port = find_port(JUPYTER_PORT)
    token = write_settings(folder, root, port)
    log = folder / "jupyterlab.log"
    command = [sys.executable, "-m", "jupyterlab", f"--config={folder / 'jupyter_server_config.json'}"]
    if os.geteuid() == 0:
        # 컨테이너에서는 흔히 root입니다. JupyterLab은 이 표시가 없으면 root로 시작하기를 거절합니다.
        command.append("--allow-root")
    # 수업과 터미널에서 `mlops-lab`을 칠 수 있게, 가상 환경을 켜지 않은 사람에게도 그 명령의 폴더를 찾게 합니다.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=root,
            env={
                **os.environ,
                "PATH": path,
                workspace.PROJECT: str(root),
                workspace.HOME: str(home),
                _MARKER: str(folder),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = psutil.Process(child.pid)
    try:
        _wait_ready(child, f"http://{HOST}:{port}", token, log)
        yield Jupyter(f"http://{HOST}:{port}/lab?token={token}", process)
    finally:
        _end(folder)
        child.wait()


def _wait_ready(child: subprocess.Popen[bytes], url: str, token: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    headers = {"Authorization": f"token {token}"}
    while time.monotonic() < deadline:
        if child.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/api/status", headers=headers, trust_env=False).is_success:
                return
        time.sleep(0.3)
    tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
    raise StackError(f"JupyterLab이 준비되지 않았습니다. 로그: {log}\n{tail}")


def _end(folder: Path) -> None:
    """folder의 JupyterLab과 그 커널을 모두 끝냅니다. 환경 변수 표지로 찾으므로 남의 것은 건드리지 않습니다."""
    family = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(_MARKER) == str(folder):
                family.append(process)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(family, timeout=5)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def _interrupt(_: int, __: FrameType | None) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)
    raise _Stopped


def main() -> int:
    """명령줄 입구입니다. Ctrl-C로 멈추면 0, 시작하지 못하면 1입니다."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        project = workspace.require_project()
    except workspace.ProjectNotFoundError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    home = workspace.home()
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, _interrupt)
    try:
        console.print("Airflow와 JupyterLab을 시작합니다.")
        with (
            start(home, project / "dags", say=console.print, **AIRFLOW) as stack,
            jupyter(home, project) as lab,
        ):
            console.print(f"JupyterLab  {lab.url}", markup=False)
            console.print(
                f"Airflow     {stack.url}  (사용자 {stack.username}, 암호 {stack.password})", markup=False
            )
            console.print("멈추려면 Ctrl-C를 누르세요.")
            while lab.process.is_running() and lab.process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.5)
            raise StackError(f"JupyterLab이 끝났습니다. 로그: {home / 'jupyter' / 'jupyterlab.log'}")
    except _Stopped:
        console.print("JupyterLab과 Airflow를 모두 멈췄습니다.")
        return 0
    except StackError as error:
        console.print(str(error), style="red", markup=False)
        return 1
    finally:
        # 시작하는 도중에 멈춘 것까지 거둡니다.
        with contextlib.suppress(StackError):
            stop(home, only_mine=True)


if __name__ == "__main__":
    sys.exit(main())
