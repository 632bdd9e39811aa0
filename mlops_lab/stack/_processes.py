"""구성 요소의 프로세스를 띄우고, 기록하고, 남김없이 멈춥니다.

pid만으로는 누구의 프로세스인지 알 수 없습니다. 운영체제가 번호를 다시 쓰기 때문입니다. 그래서 시작 시각을 함께
기록하고, 자식은 세션 번호와 환경 변수 표지(MARKER)로 찾습니다. Airflow는 setproctitle로 프로세스 이름을 바꾸면서
/proc의 환경 변수를 지우므로 둘 중 하나만으로는 모자랍니다. 컴퓨터나 컨테이너를 다시 켜면 번호도 세션도 처음부터 다시
쓰이므로, 그 전의 기록은 버립니다.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.stack._config import MARKER
from mlops_lab.workspace import DETACHED

_SAME_START_SECONDS = 2.0

Address = tuple[str, int]


@dataclass(frozen=True)
class Process:
    """기록한 프로세스입니다.

    Attributes:
        created: 운영체제가 말하는 시작 시각(유닉스 초). 번호를 다시 쓴 다른 프로세스를 가려냅니다
        since: 하나만 다시 시작했으면 그때(유닉스 초). 이보다 앞선 심장 박동은 멈춘 것의 것입니다
    """

    name: str
    pid: int
    created: float
    since: float = 0.0

    def find(self) -> psutil.Process | None:
        """기록한 그 프로세스가 살아 있으면 돌려줍니다. 같은 번호의 다른 프로세스는 None입니다."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < _SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


@dataclass(frozen=True)
class Record:
    """누가(owner) 무엇을(components) 어느 포트에 띄웠는지의 기록입니다. home마다 하나입니다.

    Attributes:
        owner: 시작한 프로그램. 함께 끝나야 합니다. None이면 `mlops-lab up`이 띄워 놓고 간, 주인 없이 도는 것입니다
        started: 시작한 때(유닉스 초). 이보다 앞선 심장 박동은 지난번 Airflow의 것입니다
        boot: 기록할 때의 boot_id()
        spared: 명령줄에 이 낱말이 있는 프로세스와 그 자식은, 구성 요소 하나만 멈출 때 남깁니다
    """

    port: int
    owner: Process | None
    components: tuple[Process, ...]
    started: float = 0.0
    boot: str = field(default_factory=lambda: boot_id())
    spared: tuple[str, ...] = ()


def boot_id() -> str:
    """컴퓨터나 컨테이너를 켤 때마다 바뀌는 값입니다. 알 수 없는 운영체제에서는 빈 글입니다."""
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # 컨테이너는 다시 켜도 커널이 그대로이므로, 첫 프로세스가 시작한 때를 더합니다.
        return f"{kernel} {Path('/proc/1/stat').read_text().rpartition(')')[2].split()[19]}"
    except OSError:
        return ""


def current() -> Process:
    """이 프로그램 자신입니다."""
    return Process("owner", os.getpid(), psutil.Process().create_time())


def spawn(
    name: str, command: Sequence[str], env: dict[str, str], cwd: Path, log: Path
) -> tuple[Process, subprocess.Popen[str]]:
    """명령을 새 세션에서 띄웁니다. 표준 오류는 log에 이어 쓰고 표준 출력은 부모가 읽습니다.

    새 세션이므로 터미널의 Ctrl-C는 이 프로세스에 가지 않습니다.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        child = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    return identify(name, child.pid), child


_DETACH = """
import os, sys
log, *command = sys.argv[1:]
if pid := os.fork():
    print(pid)
else:
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.execv(command[0], command)
"""


def spawn_detached(name: str, command: Sequence[str], env: dict[str, str], cwd: Path, log: Path) -> Process:
    """명령을 새 세션에서, 우리의 자식이 아닌 것으로 띄웁니다. 출력은 log에 이어 씁니다.

    노트북의 실행이 끝날 때에는 커널 아래의 것을 모두 거두므로, 남겨 달라고 적어 둡니다(DETACHED). Airflow가 프로세스 이름을
    바꾸면서 그것을 지우지 않게 합니다(SPT_NOENV).
    """
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _DETACH, str(log), *command],
        env={**env, DETACHED: "1", "SPT_NOENV": "1"},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return identify(name, int(ran.stdout))


def identify(name: str, pid: int) -> Process:
    """살아 있는 pid의 시작 시각을 함께 적습니다. 이미 끝났으면 시작 시각은 0이고 find()가 None을 돌려줍니다."""
    try:
        return Process(name, pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return Process(name, pid, 0.0)


def save(path: Path, record: Record) -> None:
    """기록을 0600으로 씁니다."""
    write_atomic(path, json.dumps(asdict(record), indent=1) + "\n", mode=PRIVATE)


def load(path: Path) -> Record | None:
    """기록을 읽습니다. 없거나 깨졌거나 컴퓨터를 다시 켜기 전의 것이면 None입니다."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        record = Record(
            port=int(raw["port"]),
            owner=None if raw["owner"] is None else Process(**raw["owner"]),
            components=tuple(Process(**item) for item in raw["components"]),
            started=float(raw["started"]),
            boot=str(raw["boot"]),
            spared=tuple(raw.get("spared", ())),
        )
        return record if record.boot == boot_id() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _sessions(components: Iterable[Process]) -> dict[int, float]:
    """우리 세션 번호와 그 시작 시각입니다. 번호를 다른 프로세스가 다시 쓰고 있으면 뺍니다."""
    return {
        item.pid: item.created
        for item in components
        if item.find() is not None or not psutil.pid_exists(item.pid)
    }


def belonging(marker: str, components: Iterable[Process] = ()) -> list[psutil.Process]:
    """marker(AIRFLOW_HOME)의 Airflow에 딸린 살아 있는 프로세스 전부입니다. 부르는 프로그램 자신은 뺍니다."""
    sessions = _sessions(components)
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            started = sessions.get(os.getsid(process.pid))
            ours = started is not None and process.create_time() > started - _SAME_START_SECONDS
            if not ours:
                with contextlib.suppress(psutil.AccessDenied):
                    ours = process.environ().get(MARKER) == marker
            if ours:
                found[process.pid] = process
                for child in process.children(recursive=True):
                    found[child.pid] = child
    found.pop(os.getpid(), None)
    return list(found.values())


def terminate(
    marker: str, components: Sequence[Process] = (), *, last: Sequence[str] = (), grace: float = 10.0
) -> list[int]:
    """딸린 프로세스에 SIGTERM을 보내고, 남은 것은 SIGKILL로 끝냅니다.

    태스크는 SIGTERM을 받으면 노트북에 중단 사실을 적고 상태를 알리므로 grace초까지 기다립니다. last의 구성 요소는
    그 보고를 받아야 하므로 나중에 멈춥니다. 구성 요소와 그 바로 아래 자식은 적을 것이 없고 트리거러처럼 스스로
    끝나지 않기도 하므로 2초만 기다립니다.

    Returns:
        그래도 남은 pid의 목록. 비어 있어야 정상입니다.
    """
    targets = belonging(marker, components)
    shallow = {item.pid for item in components}
    kept = {item.pid for item in components if item.name in last}
    tasks = [process for process in targets if process.pid not in shallow and _parent(process) not in shallow]
    alive = {process.pid for process in targets}
    first = [
        process
        for process in targets
        # 커널처럼 부모가 따로 세션을 만들어 준 것은 부모가 끝냅니다.
        if process.pid not in kept and (process.pid in shallow or not _delegated(process, alive))
    ]
    _signal(first, signal.SIGTERM)
    psutil.wait_procs(tasks, timeout=grace)
    _signal([process for process in targets if process.pid in kept], signal.SIGTERM)
    psutil.wait_procs(targets, timeout=2.0)
    rest = belonging(marker, components)
    _signal(rest, signal.SIGKILL)
    psutil.wait_procs(rest, timeout=5.0)
    _reap(components)
    return [process.pid for process in belonging(marker, components)]


def listens(process: Process, port: int) -> bool:
    """그 프로세스나 자식이 port에서 듣고 있으면 참입니다. 같은 포트에서 다른 프로그램이 답하는 것에 속지 않게 합니다."""
    return any(
        each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in _connections(process.find())
    )


def accepts(process: psutil.Process, server: Address, client: Address, seconds: float) -> bool:
    """client에서 server로 맺은 연결을 그 프로세스나 자식이 받아들이면 참입니다.

    프로세스가 그 포트에서 듣고 있으면 받아들이기를 기다립니다. 듣고 있지 않으면 곧바로 거짓입니다.

    Raises:
        TimeoutError: 듣고 있지만 seconds초 안에 받아들이지 않을 때.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen = [each for each in _connections(process) if each.laddr.port == server[1]]
        if any(each.laddr == server and each.raddr == client for each in seen):
            return True
        if all(each.status != psutil.CONN_LISTEN for each in seen):
            return False
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.005)


def _connections(process: psutil.Process | None) -> list[Any]:
    """그 프로세스와 자식이 연 TCP 소켓입니다."""
    connections: list[Any] = []
    with contextlib.suppress(psutil.Error):
        for member in [process, *process.children(recursive=True)] if process else []:
            with contextlib.suppress(psutil.Error):
                connections += member.net_connections("tcp4")
    return connections


def terminate_one(component: Process, spared: Sequence[str] = (), *, grace: float = 10.0) -> list[int]:
    """구성 요소 하나와 그 자식만 `terminate()`처럼 끝냅니다. 끝나지 않은 pid의 목록을 돌려줍니다.

    spared의 낱말이 명령줄에 있는 것과 그 자식은 남깁니다. 다른 프로그램도 함께 쓰는 것이 구성 요소의 자식일 수 있기 때문입니다.
    """
    targets = _family(component, spared)
    tasks = [process for process in targets if component.pid not in (process.pid, _parent(process))]
    alive = {process.pid for process in targets}
    first = [process for process in targets if process.pid == component.pid or not _delegated(process, alive)]
    _signal(first, signal.SIGTERM)
    psutil.wait_procs(tasks, timeout=grace)
    psutil.wait_procs(targets, timeout=2.0)
    rest = [*(process for process in targets if process.is_running()), *_family(component, spared)]
    _signal(rest, signal.SIGKILL)
    _, left = psutil.wait_procs(rest, timeout=5.0)
    _reap([component])
    return [process.pid for process in left]


def _family(component: Process, spared: Sequence[str]) -> list[psutil.Process]:
    """구성 요소와 그 아래의 살아 있는 프로세스입니다. spared의 것과 그 아래, 부르는 프로그램 자신은 뺍니다."""
    sessions = _sessions([component])
    family: dict[int, psutil.Process] = {}
    left_out = {os.getpid()}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                below = process.children(recursive=True)
                family |= {member.pid: member for member in (process, *below)}
                if set(spared) & set(process.cmdline()):
                    left_out |= {process.pid, *(member.pid for member in below)}
    return [process for pid, process in family.items() if pid not in left_out]


def _parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _delegated(process: psutil.Process, alive: set[int]) -> bool:
    parent = _parent(process)
    try:
        return parent in alive and os.getsid(process.pid) != os.getsid(parent)
    except OSError:
        return False


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _reap(components: Iterable[Process]) -> None:
    """우리가 부모인 프로세스의 종료 상태를 거둡니다. 거두지 않으면 좀비로 남습니다."""
    for item in components:
        with contextlib.suppress(OSError):
            os.waitpid(item.pid, os.WNOHANG)
