"""한국어 JupyterLab을 띄웁니다. 이 컴퓨터(127.0.0.1)에서만 열리고, 주소에 토큰이 들어 있습니다.

설정은 주어진 폴더(0700)에만 쓰고 ~/.jupyter는 건드리지 않습니다.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from mlops_lab import workspace
from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.stack import HOST, ApiError, OwnServerTransport, StackError, find_port

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


def write_settings(folder: Path, root: Path, port: int) -> str:
    """JupyterLab의 설정을 0600으로 쓰고 토큰을 돌려줍니다.

    Args:
        folder: 설정 폴더(예: workspace/jupyter)
        root: 화면의 맨 위 폴더
        port: 들을 포트
    """
    settings = folder / "lab-settings"
    workspace.make(folder)
    settings.mkdir(exist_ok=True)
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
        _wait_ready(process, f"http://{HOST}:{port}", token, log)
        yield Jupyter(f"http://{HOST}:{port}/lab?token={token}", process)
    finally:
        _end(folder)
        child.wait()


def _wait_ready(process: psutil.Process, url: str, token: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    headers = {"Authorization": f"token {token}"}
    transport = OwnServerTransport(lambda: process)  # 남이 먼저 그 포트를 가져갔으면 토큰을 보내지 않습니다.
    with httpx.Client(base_url=url, headers=headers, trust_env=False, transport=transport) as client:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            with contextlib.suppress(httpx.HTTPError, ApiError):
                if client.get("/api/status").is_success:
                    return
            if time.monotonic() > deadline:
                break
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
