"""jupyter_client의 확장 자리(kernel provisioner)에 끼우는, 예열 프로세스에서 커널을 얻는 쪽.

예열 프로세스가 없거나 fork가 안전하지 않으면 jupyter_client가 늘 하는 대로 새 프로세스를 띄웁니다.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from mlops_lab.runner._processes import MARKER
from mlops_lab.runner._supervisor import launch
from mlops_lab.runner.warm import default_socket, is_same_user, short_address

_ANSWER_SECONDS = 10.0
_ORDINARY_ARGUMENTS = {"env", "cwd", "kernel_id", "extra_arguments", "stdout", "stderr"}


class WarmKernelSpecManager(KernelSpecManager):
    """이 환경의 파이썬 커널을 `WarmProvisioner`로 띄우게 합니다. 다른 프로비저너를 적은 커널은 그대로 둡니다."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        spec = super().get_kernel_spec(kernel_name)
        if spec.language == "python" and "kernel_provisioner" not in spec.metadata:
            spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": "mlops-lab-warm"}}
        return spec


class WarmProvisioner(LocalProvisioner):
    """예열 프로세스에서 fork한 커널. 안 되면 보통 커널입니다. `note`에 어느 쪽이고 왜인지 적습니다."""

    note = ""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        try:
            process = _fork(cmd, kwargs)
        except _Refused as reason:
            self.note = f"보통 커널로 실행합니다: {reason}."
            supervised = _launch(cmd, kwargs)
            if supervised is None:
                self.log.debug(self.note)
                return await super().launch_kernel(cmd, **kwargs)
            process = supervised
        else:
            self.note = "예열 커널로 실행합니다."
        self.log.debug(self.note)
        self.process = process  # type: ignore[assignment]
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


class _Refused(Exception):
    """예열 프로세스가 없거나, 이 커널을 fork할 수 없습니다."""


def _fork(cmd: list[str], options: dict[str, Any]) -> WarmProcess:
    """예열 프로세스에 커널을 부탁합니다."""
    path = default_socket()
    if path is None or not path.exists():
        raise _Refused("예열 프로세스가 없습니다")
    if unknown := {name for name, value in options.items() if value is not None} - _ORDINARY_ARGUMENTS:
        raise _Refused(f"fork한 커널에 줄 수 없는 설정이 있습니다({', '.join(sorted(unknown))})")
    umask = os.umask(0o077)
    os.umask(umask)
    request = {
        "argv": cmd,
        "cwd": str(Path(options.get("cwd") or ".").absolute()),
        "env": dict(options.get("env") or os.environ),
        "umask": umask,
    }
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_ANSWER_SECONDS)
        with short_address(path) as address:
            connection.connect(address)
        if not is_same_user(connection):  # 환경 변수를 남에게 보내지 않습니다.
            raise PermissionError
        data = json.dumps(request).encode() + b"\n"
        streams = [
            _descriptor(options.get(name), default) for name, default in (("stdout", 1), ("stderr", 2))
        ]
        sent = socket.send_fds(connection, [data[:1]], streams)
        connection.sendall(data[sent:])
        answer = _read_line(connection)
    except (OSError, ValueError) as error:
        connection.close()
        raise _Refused(f"예열 프로세스가 대답하지 않습니다({type(error).__name__})") from None
    if "pid" not in answer:
        connection.close()
        raise _Refused(answer.get("refused", "까닭을 말하지 않았습니다"))
    connection.setblocking(False)
    return WarmProcess(connection, answer["pid"])


def _launch(cmd: list[str], options: dict[str, Any]) -> WarmProcess | None:
    """우리 실행의 보통 커널을 감독 아래에서 띄웁니다. JupyterLab의 커널이거나 감독할 수 없으면 None입니다."""
    env = dict(options.get("env") or os.environ)
    chosen = {name: value for name, value in options.items() if value is not None and name != "env"}
    if MARKER not in env or chosen.keys() - _ORDINARY_ARGUMENTS:
        return None
    chosen = {name: value for name, value in chosen.items() if name in {"cwd", "stdout", "stderr"}}
    launched = launch(cmd, env, env[MARKER], **chosen)
    if launched is None:
        return None
    supervisor, lease = launched
    with contextlib.suppress(ConnectionError, KeyError):  # 감독이 죽었거나 fork하지 못했습니다.
        pid = _read_line(lease)["pid"]
        lease.setblocking(False)
        return WarmProcess(lease, pid, supervisor)
    lease.close()
    supervisor.wait()
    return None


def _descriptor(stream: Any, default: int) -> int:
    """`subprocess.Popen`이 받는 꼴(파일 번호나 파일)에서 파일 번호. 없으면 이 프로세스의 것입니다."""
    return default if stream is None else stream if isinstance(stream, int) else int(stream.fileno())


def _read_line(connection: socket.socket) -> dict[str, Any]:
    """한 줄만 읽습니다. 곧바로 끝난 커널의 감독은 다음 줄(끝난 상태)도 이미 보냈을 수 있고, 그것은 `poll()`이 읽습니다."""
    data = b""
    while not data.endswith(b"\n"):
        more = connection.recv(1)
        if not more:
            raise ConnectionError
        data += more
    answer: dict[str, Any] = json.loads(data)
    return answer


class WarmProcess:
    """fork된 커널. `LocalProvisioner`가 쓰는 만큼의 `subprocess.Popen`입니다. 이 객체가 사라지면 커널도 죽습니다."""

    stdin = stdout = stderr = None

    def __init__(
        self, connection: socket.socket, pid: int, supervisor: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.pid = pid
        self._supervisor = supervisor
        self.returncode: int | None = None
        self._connection = connection

    def poll(self) -> int | None:
        """끝났으면 종료 상태(신호로 죽었으면 음수), 아니면 None."""
        if self.returncode is None:
            try:
                data = self._connection.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                data = b""
            if data:
                self.returncode = int(json.loads(data)["exit"])
            else:  # 예열 프로세스가 죽었습니다. 커널도 곧 스스로 끝나지만 기다리지 않습니다.
                with contextlib.suppress(OSError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.returncode = -signal.SIGKILL
            self._connection.close()
            if self._supervisor is not None:
                self._supervisor.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """끝날 때까지(길어야 `timeout`초) 기다립니다."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("커널", timeout or 0)
            time.sleep(0.005)
        return code

    def send_signal(self, number: int) -> None:
        """커널에 신호를 보냅니다."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)
