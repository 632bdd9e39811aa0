"""커널 하나를 지키는 작은 프로세스: 부른 쪽이 사라지면 커널을 끝내고, 커널이 끝나면 남은 자식을 거둡니다.

리눅스에서는 부모를 잃은 프로세스가 1번 프로세스의 자식이 되어, 누가 띄웠는지 알 수 없게 됩니다. 두 번 fork하고 환경 변수까지
비운 것이 그렇습니다. 이 프로세스는 커널의 부모로 있으면서 그런 것을 대신 물려받습니다(PR_SET_CHILD_SUBREAPER). 그래서 무엇을
어떻게 띄웠든 자기 자식만 차례로 끝내면 남는 것이 없습니다. 일부러 떼어 놓은 것(DETACHED)만 남깁니다.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

# 보통 커널의 감독은 이 파일만 읽는 작은 프로세스입니다. 커널마다 기다리는 시간이므로 위에서는 가벼운 것만 읽습니다.
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

_PR_SET_CHILD_SUBREAPER = 36
_SWEEP_SECONDS = 3.0
"""남은 자식이 사라지기를 기다릴 시간. 운영체제가 놓아주지 않는 프로세스(멈춘 네트워크 디스크)를 언제까지나 기다리지 않습니다."""


def tell(lease: socket.socket, **what: Any) -> None:
    """부른 쪽에 한 줄을 알립니다. 듣는 쪽이 없어도 됩니다."""
    with contextlib.suppress(OSError):
        lease.sendall(json.dumps(what, ensure_ascii=False).encode() + b"\n")


def launch(
    command: list[str], env: Mapping[str, str], marker: str, **options: Any
) -> tuple[subprocess.Popen[bytes], socket.socket] | None:
    """명령을 감독 아래에서 띄웁니다. 갓 띄운 작은 파이썬이 감독이 됩니다.

    Args:
        command: 커널의 명령
        env: 커널의 환경 변수 전체
        marker: 이 실행의 표
        **options: `subprocess.Popen`의 cwd, stdout, stderr

    Returns:
        감독과, `supervise()`가 말하는 lease. 이 운영체제에서 할 수 없거나 그런 명령이 없으면 None입니다.
    """
    import shutil
    import subprocess

    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return None
    if shutil.which(command[0], path=env.get("PATH")) is None:
        return None
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib을 읽지 않습니다.
    start = "import sys; sys.path += sys.argv[1:3]; import _supervisor; _supervisor.main(*sys.argv[3:])"
    lease, theirs = socket.socketpair()
    with theirs:
        supervisor = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", start, here, os.path.dirname(os.path.dirname(here))),  # noqa: PTH120
                *(str(theirs.fileno()), str(os.getpid()), marker),
                *command,
            ],
            env=env,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            **options,
        )
    return supervisor, lease


def supervise(lease: socket.socket, client: int, marker: str | None) -> None:
    """이 프로세스를 감독으로 만들고 커널이 될 자식을 fork합니다. 자식에서만 돌아옵니다.

    커널의 번호(`pid`)와 끝난 상태(`exit`)를 lease로 알립니다. 다음 가운데 먼저 오는 것으로 끝납니다.

    - lease가 끊기거나 client가 죽으면 커널과 그 아래의 모든 것을 죽입니다. 커널이 연결을 몰래 쥐고 있어도 그렇습니다.
    - 커널이 끝나면, marker가 있을 때(우리 실행일 때)에만 그 아래에 남은 것을 죽입니다. JupyterLab의 커널이 남긴 것은 둡니다.

    Args:
        lease: 부른 쪽과의 연결
        client: 부른 프로세스의 번호. 알 수 없으면 0
        marker: 이 실행의 표. 실행이 아니면 None
    """
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    woken, waker = os.pipe()
    for end in (woken, waker):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    if marker is not None:
        _adopt_orphans()
    try:
        kernel = os.fork()
    except OSError as error:
        tell(lease, refused=f"fork하지 못했습니다({error.strerror})")
        os._exit(1)
    if kernel == 0:
        signal.set_wakeup_fd(-1)
        return
    try:
        # 감독은 아무것도 읽고 쓰지 않습니다. 쥐고 있으면 듣는 쪽이 끝을 보지 못합니다.
        for stream in range(3):
            os.dup2(os.open(os.devnull, os.O_RDWR), stream)
        close_others(lease.fileno(), woken, waker)
        tell(lease, pid=kernel)
        gone, status = _watch(lease, client, woken, kernel)
        if gone or marker is not None:
            _sweep(marker)
        tell(lease, exit=os.waitstatus_to_exitcode(status))
    finally:
        os._exit(0)


def _adopt_orphans() -> None:
    """지금부터 이 아래에서 부모를 잃은 프로세스는 이 프로세스의 자식이 됩니다."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _watch(lease: socket.socket, client: int, woken: int, kernel: int) -> tuple[bool, int]:
    """(부른 쪽이 사라졌는지, 커널이 끝난 상태). 그사이에 끝난 다른 자식도 거둡니다."""
    selector = selectors.DefaultSelector()
    selector.register(woken, selectors.EVENT_READ)
    selector.register(lease, selectors.EVENT_READ)
    gone = False
    if client:
        try:
            selector.register(os.pidfd_open(client), selectors.EVENT_READ, "client")
        except ProcessLookupError:
            gone = True
    while True:
        if gone:
            _adopt_orphans()
            os.kill(kernel, signal.SIGKILL)  # 아직 거두지 않았으므로 번호가 다시 쓰이지 않습니다.
        for key, _ in selector.select():
            if key.fileobj is lease:
                with contextlib.suppress(OSError):
                    if lease.recv(4096):
                        continue
                gone = True
                selector.unregister(lease)
            elif key.data == "client":
                gone = True
                selector.unregister(key.fd)
            else:
                with contextlib.suppress(BlockingIOError):
                    os.read(woken, 4096)
                if (status := _reap(kernel)) is not None:
                    return gone, status


def _reap(kernel: int) -> int | None:
    """끝난 자식을 모두 거둡니다. 그 가운데 커널이 있으면 끝난 상태를 돌려줍니다."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while (done := os.waitpid(-1, os.WNOHANG))[0]:
            if done[0] == kernel:
                found = done[1]
    return found


def _sweep(marker: str | None) -> None:
    """자식이 남지 않을 때까지 죽이고 거둡니다. 죽은 것의 자식은 우리의 자식이 되므로 나무를 다 볼 까닭이 없습니다."""
    deadline = time.monotonic() + _SWEEP_SECONDS
    while time.monotonic() < deadline:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        doomed = [pid for pid in _children() if not _is_detached(pid, marker)]
        if not doomed:
            return
        for pid in doomed:
            with contextlib.suppress(PermissionError):  # 다른 사용자가 된 것(setuid)은 죽일 수 없습니다.
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)


def _children() -> list[int]:
    """살아 있는 자식의 번호."""
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
            state, parent = stat.read().rpartition(b")")[2].split()[:2]
            if int(parent) == os.getpid() and state not in b"ZX":
                found.append(int(name))
    return found


def _is_detached(pid: int, marker: str | None) -> bool:
    """일부러 떼어 놓은 것이면 참. 그것이 이 실행의 표를 물려받았으면 그 안에서 다시 실행한 것이므로 거짓입니다."""
    from mlops_lab.workspace import DETACHED

    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            environ = file.read()
    except OSError:
        return False
    return f"{DETACHED}=".encode() in environ and (marker is None or marker.encode() not in environ)


def close_others(*kept: int) -> None:
    """표준 입출력과 kept 말고는 모두 닫습니다."""
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def main(descriptor: str, client: str, marker: str, *command: str) -> None:
    """`launch()`가 띄운 프로세스입니다. 커널이 될 자식은 command가 됩니다."""
    os.set_inheritable(int(descriptor), False)
    supervise(socket.socket(fileno=int(descriptor)), int(client), marker)
    os.setsid()
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGCHLD,
        signal.SIGPIPE,
        signal.SIGXFSZ,
    ):
        signal.signal(number, signal.SIG_DFL)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    try:
        os.execvp(command[0], command)  # noqa: S606 - 셸을 거칠 까닭이 없습니다.
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    finally:
        os._exit(127)
