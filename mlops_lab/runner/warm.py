"""예열 프로세스: 과학 패키지를 미리 읽어 두고, 부르면 fork로 커널을 띄웁니다.

    python -m mlops_lab.runner.warm PID SOCKET [모듈 ...]

갓 띄운 파이썬은 pandas와 scikit-learn을 읽는 데에만 몇 초를 씁니다. 이미 읽어 둔 프로세스를 fork하면 그 시간이
들지 않고 메모리도 나누어 씁니다. fork된 커널은 `ipykernel`을 여느 때처럼 실행합니다. 부르는 쪽은
`mlops_lab.runner._provisioner`입니다.

SOCKET은 같은 사용자만 쓸 수 있는 유닉스 소켓입니다. 연결 하나가 커널 하나이고, 커널마다 감독(`_supervisor`)이 있어서 부른
프로세스가 SIGKILL로 죽어도 커널과 그 자식이 남지 않습니다. 이 프로세스는 자기를 띄운 프로세스(PID)가 사라지면, 남은 커널이
끝나기를 기다렸다가 끝납니다.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import locale
import os
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_lab import workspace
from mlops_lab.runner._preloaded import INLINE_BACKEND, MODULES, Preloaded, Request, character_locale
from mlops_lab.runner._processes import MARKER
from mlops_lab.runner._supervisor import close_others, supervise, tell

__all__ = ["MODULES", "SOCKET_VARIABLE", "default_socket", "is_same_user", "short_address", "start"]

SOCKET_VARIABLE = "MLOPS_LAB_WARM_SOCKET"
"""예열 프로세스의 소켓 경로를 담는 환경 변수. 빈 값이면 쓰지 않습니다."""

_ASKING_SECONDS = 5.0
"""부탁 하나를 다 말하는 데 주는 시간."""

_REQUEST_BYTES = 4 * 1024**2
_MAX_ASKING = 32
"""함께 모으는 부탁. 넘으면 가장 오래된 것을 거절합니다."""


def default_socket() -> Path | None:
    """예열 프로세스가 있다면 그 소켓의 자리: `MLOPS_LAB_WARM_SOCKET`, 없으면 작업 폴더의 `warm/kernels.sock`."""
    chosen = os.environ.get(SOCKET_VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    return workspace.home() / "warm" / "kernels.sock"


def start(
    path: Path, modules: Sequence[str] = MODULES, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes] | None:
    """예열 프로세스를 띄우고 곧바로 돌아옵니다. 다 읽으면 `path`에 소켓이 생깁니다.

    Args:
        path: 소켓을 둘 자리. 폴더가 없으면 0700으로 만듭니다.
        modules: 미리 읽을 모듈의 이름.
        env: 환경 변수 전체. 커널로는 넘어가지 않지만 비밀은 빼고 주십시오. 없으면 지금 환경입니다.

    Returns:
        띄운 프로세스. fork가 안전하지 않은 운영체제(macOS, Windows)에서는 None입니다.
    """
    if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
        return None
    workspace.make(path.parent)
    path.unlink(missing_ok=True)
    clean = dict(os.environ if env is None else env)
    clean.pop("JPY_PARENT_PID", None)
    clean.setdefault("MPLBACKEND", INLINE_BACKEND)
    clean.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # 디버거를 미리 읽을 때의 안내문을 끕니다.
    command = [
        sys.executable,
        "-m",
        "mlops_lab.runner.warm",
        str(os.getpid()),
        str(path.absolute()),
        *modules,
    ]
    return subprocess.Popen(command, env=clean, cwd="/", stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def short_address(path: Path) -> Any:
    """소켓의 경로를 짧게 바꾼 것. 유닉스 소켓의 경로는 108바이트를 넘지 못하므로 폴더를 열어 그 번호로 씁니다."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


@dataclass
class _Asking:
    """아직 다 받지 못한 부탁. 오는 만큼만 받아 모으므로, 느린 쪽 하나가 다른 쪽을 기다리게 하지 않습니다."""

    connection: socket.socket
    deadline: float
    data: bytearray = field(default_factory=bytearray)
    streams: list[int] = field(default_factory=list)

    def receive(self) -> bool:
        """온 만큼 받습니다. 한 줄을 다 받았으면 참입니다.

        Raises:
            ValueError: 너무 길거나, 파일 번호가 표준 출력과 표준 오류의 둘이 아닙니다.
            ConnectionError: 부탁이 끝나기 전에 연결이 끊겼습니다.
        """
        try:
            data, received, flags, _ = socket.recv_fds(self.connection, 1 << 18, 2)
        except BlockingIOError:
            return False
        self.streams += received
        self.data += data
        if flags & socket.MSG_CTRUNC or len(self.streams) > 2:
            raise ValueError("파일 번호를 둘보다 많이 보냈거나, 더 열 수 없습니다.")
        if len(self.data) > _REQUEST_BYTES:
            raise ValueError(f"부탁이 {_REQUEST_BYTES // 1024**2} MB보다 깁니다.")
        if not data:
            raise ConnectionError("부탁이 끝나기 전에 연결이 끊겼습니다.")
        if not self.data.endswith(b"\n"):
            return False
        if len(self.streams) != 2:
            raise ValueError("표준 출력과 표준 오류의 파일 번호를 받지 못했습니다.")
        return True

    def refuse(self, reason: str) -> None:
        """까닭을 말하고 모두 닫습니다."""
        # 환경 변수에는 UTF-8이 아닌 바이트도 있을 수 있습니다. 까닭을 말하다가 예열 프로세스가 죽으면 안 됩니다.
        tell(self.connection, refused=reason[:1000].encode("utf-8", "backslashreplace").decode())
        self.close()

    def close(self) -> None:
        """연결과 받은 파일을 닫습니다."""
        self.connection.close()
        for descriptor in self.streams:
            os.close(descriptor)


def _read(data: bytes, streams: list[int]) -> Request:
    """부탁의 글을 확인합니다. fork한 뒤에는 거절할 수 없으므로 커널이 되다가 넘어질 것은 여기에서 막습니다.

    Raises:
        ValueError: 부탁이 틀렸을 때.
    """
    asked = json.loads(data)
    if not isinstance(asked, dict) or set(asked) != {"argv", "cwd", "env", "umask"}:
        raise ValueError("argv, cwd, env, umask가 있어야 합니다.")
    argv, cwd, env, umask = asked["argv"], asked["cwd"], asked["env"], asked["umask"]
    if not isinstance(argv, list) or not argv or not isinstance(env, dict):
        raise ValueError("argv는 비어 있지 않은 목록, env는 사전이어야 합니다.")
    for text in [cwd, *argv, *env, *env.values()]:
        if not isinstance(text, str) or b"\0" in os.fsencode(text):
            raise ValueError("argv, cwd, env에는 NUL이 없는 글만 적을 수 있습니다.")
    if any(not name or "=" in name for name in env):
        raise ValueError("환경 변수의 이름이 비었거나 =가 있습니다.")
    if type(umask) is not int or not 0 <= umask <= 0o777:
        raise ValueError("umask는 0에서 0o777까지의 수입니다.")
    if not os.access(cwd, os.X_OK) or not Path(cwd).is_dir():
        raise ValueError(f"작업 폴더로 쓸 수 없습니다: {cwd}")
    return Request(argv, cwd, env, umask, streams)


class _Server:
    """부탁을 받아 fork합니다."""

    def __init__(self, listener: socket.socket, warm: Preloaded) -> None:
        self._listener = listener
        self._warm = warm
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        listener.setblocking(False)
        self._asking: dict[int, _Asking] = {}
        self._supervisor: socket.socket | None = None

    def serve(self, parent: int) -> Request | None:
        """커널이 될 자식에서는 그 부탁을, 부모가 사라지고 커널도 모두 끝났으면 None을 돌려줍니다."""
        accepting = True
        if (request := self._prepare()) is not None:
            return request
        while accepting or len(self._selector.get_map()):
            for key, _ in self._selector.select(timeout=1.0):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.data is not None:
                    os.waitpid(key.data, 0)
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
                elif (asking := self._asking.get(key.fd)) and (request := self._attend(asking)):
                    return request
            for asking in list(self._asking.values()):
                if time.monotonic() > asking.deadline:
                    self._refuse(asking, f"부탁을 {_ASKING_SECONDS:g}초 안에 다 말하지 않았습니다.")
            if accepting and os.getppid() != parent:
                accepting = False
                self._selector.unregister(self._listener)
                self._listener.close()
                if self._supervisor is not None:
                    self._supervisor.close()
                    self._supervisor = None
        return None

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # 그사이에 끊겼거나, 더 열 수 없습니다.
            if self._asking:
                self._refuse(next(iter(self._asking.values())), "예열 프로세스가 더 열 수 없습니다.")
            else:
                time.sleep(0.05)
            return
        connection.setblocking(False)
        asking = _Asking(connection, time.monotonic() + _ASKING_SECONDS)
        if not is_same_user(connection):
            asking.refuse("다른 사용자입니다.")
            return
        if len(self._asking) >= _MAX_ASKING:
            self._refuse(next(iter(self._asking.values())), "기다리는 부탁이 너무 많습니다.")
        self._asking[connection.fileno()] = asking
        self._selector.register(connection, selectors.EVENT_READ)

    def _forget(self, asking: _Asking) -> None:
        self._selector.unregister(asking.connection)
        del self._asking[asking.connection.fileno()]

    def _refuse(self, asking: _Asking, reason: str) -> None:
        self._forget(asking)
        asking.refuse(reason)

    def _attend(self, asking: _Asking) -> Request | None:
        """온 것을 받고, 다 받았으면 fork합니다. 커널이 될 자식에서만 부탁을 돌려줍니다."""
        try:
            if not asking.receive():
                return None
            reason = self._warm.refusal(_read(bytes(asking.data), asking.streams))
        except Exception as error:  # 부탁 하나가 잘못되었다고 모두의 예열 프로세스가 죽으면 안 됩니다.
            reason = f"{type(error).__name__}: {error}"
        if reason is not None:
            self._refuse(asking, reason)
            return None
        self._forget(asking)
        try:
            if not self._hand_over(asking):
                if (kernel := self._prepare()) is not None:
                    return kernel
                if not self._hand_over(asking):
                    raise OSError(None, "감독이 끝났습니다")
            asking.close()
            return self._prepare()
        except OSError as error:  # 메모리나 프로세스 수의 한도
            asking.refuse(f"fork하지 못했습니다({error.strerror})")
            return None

    def _prepare(self) -> Request | None:
        """다음 커널의 감독을 미리 fork해 둡니다. 부탁이 온 뒤에는 커널을 한 번만 fork하면 됩니다.

        커널이 될 자식에서만 그 부탁을 돌려줍니다.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            pid = os.fork()
            if pid == 0:
                ours.detach()
                return _take_order(theirs)
        self._supervisor = ours
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
        return None

    def _hand_over(self, asking: _Asking) -> bool:
        """부탁과 연결을 감독에게 넘깁니다. 감독이 없으면 거짓입니다."""
        if self._supervisor is None:
            return False
        with self._supervisor as channel, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._supervisor = None
            descriptors = [asking.connection.fileno(), *asking.streams]
            sent = socket.send_fds(channel, [bytes(asking.data)], descriptors)
            channel.sendall(asking.data[sent:])
            return True
        return False


def _take_order(channel: socket.socket) -> Request:
    """감독: 부탁이 오기를 기다려 커널을 fork하고 지킵니다. 커널이 될 자식에서만 돌아옵니다."""
    close_others(channel.fileno())
    data, descriptors = b"", []
    while not data.endswith(b"\n"):
        more, received, _, _ = socket.recv_fds(channel, 1 << 20, 3)
        if not more:
            os._exit(0)
        data += more
        descriptors += received
    if len(descriptors) != 3:  # 더 열 수 없습니다. 부른 쪽은 연결이 끊긴 것을 보고 보통 커널로 실행합니다.
        os._exit(1)
    request = _read(data, descriptors[1:])
    lease = socket.socket(fileno=descriptors[0])
    lease.setblocking(True)
    supervise(lease, _peer(lease)[0], request.env.get(MARKER))
    # 위에서 번호째 닫은 것을 파이썬의 객체가 사라지며 다시 닫습니다. 그 번호를 받은 파일이 쓰고 있을 수 있어 먼저 옮깁니다.
    for target, descriptor in zip((1, 2), request.streams, strict=True):
        os.dup2(descriptor, target)
    return request


def _peer(connection: socket.socket) -> tuple[int, int]:
    """연결의 저쪽의 (프로세스 번호, 사용자 번호)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    return pid, uid


def is_same_user(connection: socket.socket) -> bool:
    """연결의 저쪽이 이 프로세스와 같은 사용자인지."""
    return _peer(connection)[1] == os.geteuid()


def _become_kernel(request: Request, parent: int) -> None:
    """Fork된 자식을 갓 띄운 프로세스와 같은 모습으로 만들고 ipykernel을 실행합니다."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.environ.clear()
    os.environ.update(request.env)
    os.environ["JPY_PARENT_PID"] = str(parent)
    _show_environment(os.environ)
    os.umask(request.umask)
    os.chdir(request.cwd)
    time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, character_locale(request.env))
    # `random`은 fork 뒤에 스스로 씨앗을 바꿉니다. 나머지는 우리가 바꿉니다.
    for name, reseed in (("numpy.random", "seed"), ("torch", "seed")):
        if (module := sys.modules.get(name)) is not None:
            getattr(module, reseed)()
    sys.argv = [*request.argv[2:], f"--IPKernelApp.parent_handle={parent}"]
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    # 끝날 때 소켓을 차례로 닫는 일은 하지 않습니다. ipykernel 7.4는 이때 제어 스레드와 서로 기다리다 몇 초씩 멈추기도 합니다.
    # 보낼 것은 이미 다 보냈고, 나머지는 운영체제가 거둡니다.
    atexit.unregister(app.close)
    code = 0
    try:
        app.start()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    # fork된 multiprocessing의 자식과 같은 차례로 끝냅니다.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    os._exit(code)


def _show_environment(env: Mapping[str, str]) -> None:
    """`/proc/<pid>/environ`에 새 환경 변수를 적습니다.

    그 자리의 글은 프로세스가 시작할 때의 것이고, 자식에게 그대로 복사됩니다. 실행의 표(MARKER)를 맨 앞에 적어 두어야
    부모를 잃은 자식도 찾아 거둘 수 있습니다. 앞에서 os.environ을 비웠으므로 이 자리를 읽는 곳은 없습니다.
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # proc(5)의 50번째와 51번째: env_start, env_end
    names = sorted(env, key=lambda name: (name != MARKER, name))
    text = b"".join(os.fsencode(f"{name}={env[name]}") + b"\0" for name in names)[: max(0, end - start - 1)]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, len(text))


def main(parent: int, path: Path, modules: Sequence[str]) -> None:
    """예열하고 소켓을 엽니다. 커널이 된 자식에서는 커널이 끝날 때 돌아옵니다."""
    if sys.path and sys.path[0] in {"", str(Path.cwd())}:
        del sys.path[0]  # `python -m ipykernel_launcher`가 하는 것과 같습니다.
    warm = Preloaded(modules)
    if warm.unsafe:
        sys.stderr.write(f"예열: {warm.unsafe}. 커널을 fork하지 않고 보통 커널로 실행합니다.\n")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o077)
    with short_address(path) as address:
        listener.bind(address)
    listener.listen(64)
    ours = path.stat().st_ino
    request = _Server(listener, warm).serve(parent)
    if request is None:
        # 스케줄러를 다시 시작했으면 그 자리에 새 예열 프로세스의 소켓이 있습니다.
        with contextlib.suppress(OSError):
            if path.stat().st_ino == ours:
                path.unlink()
    else:
        _become_kernel(request, os.getppid())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
