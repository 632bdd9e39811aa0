"""compose.yaml을 읽어, Docker 없이 같은 구성을 이 컴퓨터에 띄웁니다.

명령, 환경 변수, 상태 확인, 시작하는 차례, 볼륨은 모두 파일에 적힌 그대로입니다. 바꾸는 것은 셋뿐입니다.

- 서비스의 이름과 0.0.0.0은 127.0.0.1로, 포트는 비어 있는 포트로 바꿉니다.
- 컨테이너마다 루트 폴더가 하나 있고, `/opt/airflow` 같은 경로는 그 아래를 가리킵니다. 볼륨은 심볼릭 링크로 붙입니다.
  그래서 함께 써야 할 폴더를 볼륨에 적지 않으면 여기에서도 나누어지지 않습니다.
- postgres의 명령은 이미지에 있어 파일에 없습니다. initdb와 postgres를 같은 환경 변수로 부릅니다.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import psutil
import yaml

from mlops_lab.runner._processes import MARKER as KERNEL_MARKER
from tests.common import ROOT

FILE = ROOT / "compose.yaml"
READ_ONLY = ("dags", "notebooks", "compose.yaml")
"""호스트의 것을 그대로 붙이는 것. 나머지는 시험의 임시 폴더에 둡니다."""

_MARKER = "MLOPS_LAB_COMPOSED"
_WARM = "mlops_lab.runner.warm"


def interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    """Compose처럼 `${이름}`, `${이름:-기본값}`, `${이름:?오류}`, `$$`를 바꿉니다."""

    def replace(found: re.Match[str]) -> str:
        name, operator, argument = found.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if operator == ":?":
            raise ValueError(argument)
        return argument or ""

    if isinstance(value, dict):
        return {key: interpolate(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [interpolate(each, variables) for each in value]
    if isinstance(value, str):
        return re.sub(r"\$\$|\$\{(\w+)(?:(:[-?])([^}]*))?\}", replace, value)
    return value


def read(variables: Mapping[str, str], file: Path = FILE) -> dict[str, Any]:
    """compose.yaml을 읽고 .env의 값을 넣습니다."""
    content: dict[str, Any] = interpolate(yaml.safe_load(file.read_text("utf-8")), variables)
    return content


def postgres_bin() -> Path | None:
    """PostgreSQL 서버의 실행 파일이 있는 폴더. Debian은 PATH에 두지 않습니다."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Container:
    """서비스 하나를 실행하는 프로세스와 그 자식들."""

    def __init__(self, name: str, service: dict[str, Any], composed: Composed) -> None:
        self.name = name
        self.service = service
        self.root = composed.place / "containers" / name
        self.log = composed.place / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._composed = composed
        for folder in ("opt/airflow", "tmp", "home/airflow"):
            (self.root / folder).mkdir(parents=True)
        for volume in service.get("volumes", ()):
            source, target = volume.split(":")[:2]
            link = self.root / target.lstrip("/")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(composed.volume(source))
        self.environment = {
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), str(postgres_bin()), os.environ.get("PATH", os.defpath)]
            ),
            "HOME": str(self.root / "home/airflow"),
            "TMPDIR": str(self.root / "tmp"),
            "USER": "airflow",
            "LANG": "C.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            "HOSTNAME": name,  # Docker도 컨테이너의 이름을 여기에 적습니다.
            _MARKER: str(composed.place),
            **{key: self.here(str(value)) for key, value in service.get("environment", {}).items()},
        }

    def here(self, text: str) -> str:
        """컨테이너 안의 주소와 경로를 이 컴퓨터의 것으로 바꿉니다."""
        names = "|".join([*self._composed.services, "localhost"])
        text = re.sub(rf"(?<![\w.-])(?:{names})(?=:[\d*])|0\.0\.0\.0", "127.0.0.1", text)
        ports = self._composed.ports
        text = re.sub(r"(?<![\d.])\d{4}(?!\d)", lambda m: str(ports.get(int(m[0]), m[0])), text)
        return re.sub(r"(?<![\w.])/(?:opt|data|tmp|home)(?=/|\s|$)", lambda m: f"{self.root}{m[0]}", text)

    def _words(self, command: str | list[str]) -> list[str]:
        return [self.here(word) for word in (shlex.split(command) if isinstance(command, str) else command)]

    def start(self) -> None:
        options: dict[str, Any] = {"cwd": self.root / "opt/airflow", "env": self.environment}
        if self.name.startswith("postgres"):
            command = self._initialise_postgres(options)
        else:
            command = self._words(self.service["command"])
        if self.name.startswith("jupyterlab") and os.geteuid() == 0:
            command.append("--allow-root")
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    def _initialise_postgres(self, options: dict[str, Any]) -> list[str]:
        """postgres 이미지의 시작 스크립트가 하는 일. PostgreSQL은 root로 돌지 않으므로 사용자를 바꿉니다."""
        environment = self.environment
        home = Path(tempfile.mkdtemp(prefix="mlops-lab-postgres-"))
        self._composed.temporary.append(home)
        password = home / "password"
        shutil.copy(environment["POSTGRES_PASSWORD_FILE"], password)
        options["cwd"] = home
        if os.geteuid() == 0:
            for path in (home, password):
                shutil.chown(path, "postgres", "postgres")
            options |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        data = home / "data"
        arguments = shlex.split(environment["POSTGRES_INITDB_ARGS"])
        user = f"--username={environment['POSTGRES_USER']}"
        for command, said in (
            (["initdb", f"--pgdata={data}", user, f"--pwfile={password}", "--no-sync", *arguments], ""),
            (
                ["postgres", "--single", "-D", str(data), "postgres"],
                f"CREATE DATABASE {environment['POSTGRES_DB']}\n",
            ),
        ):
            subprocess.run(
                command, input=said.encode(), check=True, capture_output=True, timeout=600, **options
            )
        running = {"listen_addresses": "127.0.0.1", "unix_socket_directories": home, "fsync": "off"}
        settings = [word for name, value in running.items() for word in ("-c", f"{name}={value}")]
        return ["postgres", "-D", str(data), "-p", self.here("5432"), *settings]

    def tail(self, lines: int = 25) -> str:
        text = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return f"[{self.name}]\n" + "\n".join(text.splitlines()[-lines:])

    def wait_completed(self, timeout: float = 300.0) -> None:
        assert self.process is not None
        assert self.process.wait(timeout) == 0, self.tail()

    def is_healthy(self) -> bool:
        """파일에 적힌 상태 확인을 한 번 합니다."""
        kind, *words = self.service["healthcheck"]["test"]
        command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
        done = subprocess.run(
            self._words(command), env=self.environment, capture_output=True, timeout=600, check=False
        )
        return done.returncode == 0

    def wait_healthy(self, timeout: float = 300.0) -> None:
        deadline = time.monotonic() + timeout
        while not self.is_healthy():
            assert self.process is not None
            assert self.process.poll() is None, f"{self.name}이(가) 끝났습니다.\n{self.tail()}"
            assert time.monotonic() < deadline, f"{self.name}이(가) 준비되지 않습니다.\n{self.tail()}"
            time.sleep(0.5)

    def family(self) -> list[psutil.Process]:
        """이 컨테이너의 모든 프로세스."""
        with contextlib.suppress(psutil.NoSuchProcess):
            assert self.process is not None
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def kernels(self) -> list[psutil.Process]:
        """지금 노트북을 실행하는 커널."""
        found = []
        for process in self.family():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(KERNEL_MARKER):
                    found.append(process)
        return found

    def kill_but_not_the_kernels(self) -> set[int]:
        """작업자의 프로세스를 모두 SIGKILL로 죽입니다. 예열 프로세스와 커널은 건드리지 않습니다.

        컨테이너가 죽으면 그 안의 모든 것이 함께 죽습니다. 여기에서는 더 나쁜 경우를 만들어, 남은 커널이 스스로
        사라지는지 봅니다. 건드리지 않은 프로세스의 번호를 돌려줍니다.
        """
        spared: set[int] = set()
        family = self.family()
        for process in family:
            with contextlib.suppress(psutil.Error):
                if _WARM in process.cmdline():
                    spared |= {process.pid, *(child.pid for child in process.children(recursive=True))}
        for process in family:
            if process.pid not in spared:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(30)
        return spared


class Composed:
    """떠 있는 구성 한 벌."""

    def __init__(
        self,
        place: Path,
        variables: Mapping[str, str],
        ports: Mapping[int, int],
        scale: Mapping[str, int] | None = None,
    ) -> None:
        self.place = place
        self.ports = ports
        self.temporary: list[Path] = []
        self.services: dict[str, dict[str, Any]] = read(variables)["services"]
        self.containers: dict[str, list[Container]] = {}
        for name, service in self.services.items():
            count = (scale or {}).get(name, 1)
            self.containers[name] = [
                Container(f"{name}-{number}", service, self) for number in range(1, count + 1)
            ]

    def volume(self, source: str) -> Path:
        """볼륨이 정말 있는 자리."""
        if source.removeprefix("./") in READ_ONLY:
            return ROOT / source.removeprefix("./")
        folder = self.place / "volumes" / source.removeprefix("./")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def up(self, *wanted: str) -> None:
        """`docker compose up`: depends_on의 차례와 조건을 지켜 시작하고, 모두 건강해질 때까지 기다립니다."""
        graph = {name: service.get("depends_on", {}) for name, service in self.services.items()}
        needed = set(wanted or graph)
        order = list(TopologicalSorter(graph).static_order())
        for name in reversed(order):
            if name in needed:
                needed |= set(graph[name])
        started = [name for name in order if name in needed]
        for name in started:
            for dependency, rule in graph[name].items():
                for container in self.containers[dependency]:
                    if rule["condition"] == "service_completed_successfully":
                        container.wait_completed()
                    else:
                        container.wait_healthy()
            for container in self.containers[name]:
                if container.process is None or container.process.poll() == 0:
                    container.start()
        for name in started:
            for container in self.containers[name]:
                if "healthcheck" in container.service:
                    container.wait_healthy()
                elif name in wanted:
                    container.wait_completed()

    def tails(self) -> str:
        """모든 컨테이너의 로그의 끝."""
        return "\n".join(each.tail() for group in self.containers.values() for each in group)

    def password(self) -> str:
        passwords: dict[str, str] = json.loads((self.volume("secrets") / "passwords.json").read_text("utf-8"))
        return passwords["admin"]

    def processes(self) -> list[psutil.Process]:
        """이 구성이 띄운 프로세스. 세션을 바꾸어 떠난 것도 들어 있습니다."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(_MARKER) == str(self.place):
                    found.append(process)
        return found

    def down(self) -> list[str]:
        """`docker compose down`: 거꾸로 멈춥니다. 그래도 남아 있던 것의 명령줄을 돌려주고 끝냅니다."""
        graph = {name: service.get("depends_on", {}) for name, service in self.services.items()}
        last = ("redis", "postgres")
        order = [name for name in reversed(list(TopologicalSorter(graph).static_order())) if name not in last]
        for group in (order, last):
            running = [
                container.process
                for name in group
                for container in self.containers[name]
                if container.process is not None and container.process.poll() is None
            ]
            for process in running:
                process.send_signal(signal.SIGINT if group is last else signal.SIGTERM)
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(60)
        left = self.processes()
        psutil.wait_procs(left, timeout=5)  # 예열 프로세스는 부모가 사라진 것을 곧 알아챕니다.
        left = [process for process in left if process.is_running()]
        said = []
        for process in left:
            with contextlib.suppress(psutil.Error):
                said.append(" ".join(process.cmdline()))
                process.kill()
        psutil.wait_procs(left, timeout=10)
        for folder in self.temporary:
            shutil.rmtree(folder, ignore_errors=True)
        return said
