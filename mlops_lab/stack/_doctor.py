"""이 컴퓨터에서 Airflow와 노트북이 잘 돌 수 있는지 살펴봅니다.

검사는 본 값을 받아 판단하는 함수입니다. `doctor()`가 이 컴퓨터의 값을 넣어 차례로 부릅니다.
"""

from __future__ import annotations

import platform
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import psutil

from mlops_lab import workspace
from mlops_lab.stack import _config, _processes
from mlops_lab.stack._config import Layout
from mlops_lab.stack._dag_errors import explain_import_error
from mlops_lab.stack._database import query
from mlops_lab.stack._errors import StackError

_GIB = 1024**3
_MIN_MEMORY = 3.5 * _GIB  # Airflow의 문서는 4 GB를 말합니다. 커널이 쓰는 몫을 빼고 보이는 컴퓨터가 많습니다.
_MIN_AVAILABLE = 1 * _GIB
_MIN_FREE = 2 * _GIB


@dataclass(frozen=True)
class Check:
    """검사 하나입니다.

    Attributes:
        name: 검사의 이름(python, memory, ...)
        seen: 본 것
        remedy: 고치는 방법. 문제가 없으면 None
        title: 사람이 읽는 한국어 이름. `doctor()`가 적습니다
    """

    name: str
    seen: str
    remedy: str | None = None
    title: str = ""

    @property
    def ok(self) -> bool:
        """고칠 것이 없습니다."""
        return self.remedy is None


Examination = tuple[str, Callable[[], Check]]
"""검사의 한국어 이름과, 검사하는 함수."""


def doctor(
    home: Path | str | None = None,
    project: Path | str | None = None,
    more: Mapping[str, Examination] | None = None,
) -> list[Check]:
    """모든 검사를 합니다. project를 주지 않으면 `workspace.project()`입니다.

    Args:
        home: 작업 폴더. 없으면 `workspace.home()`
        project: 프로젝트 폴더. 없으면 `workspace.project()`
        more: 부르는 쪽에서 더 살펴볼 것 {검사의 이름: (한국어 이름, 검사하는 함수)}
    """
    place = _config.layout(home)
    folder = Path(project).absolute() if project else workspace.project()
    memory = psutil.virtual_memory()
    existing = next(path for path in (place.home, *place.home.parents) if path.is_dir())
    examinations: dict[str, Examination] = {
        "python": ("파이썬의 판", lambda: check_python(sys.version_info[:2])),
        "memory": ("메모리", lambda: check_memory(memory.total, memory.available)),
        "disk": ("디스크의 남은 자리", lambda: check_disk(shutil.disk_usage(existing).free, place.home)),
        "ports": ("Airflow가 쓸 포트", lambda: check_ports(place)),
        "kernel": ("노트북을 실행하는 커널", check_kernel),
        "wsl": ("Windows라면 WSL 2인지", lambda: check_wsl(platform.release(), folder)),
        "database": ("Airflow의 데이터베이스", lambda: check_database(place)),
        "dags": ("읽지 못한 DAG 파일", lambda: check_dag_files(place)),
        "lock": ("설치된 패키지의 판", lambda: check_lock(folder / "requirements.txt")),
        **(more or {}),
    }
    return [replace(_examine(name, check), title=title) for name, (title, check) in examinations.items()]


def _examine(name: str, check: Callable[[], Check]) -> Check:
    """검사 하나가 뜻밖의 오류로 끝나도 나머지를 마저 봅니다."""
    try:
        return check()
    except Exception as error:
        return Check(name, f"살펴보지 못했습니다({type(error).__name__}: {error})", _REINSTALL)


_REINSTALL = "패키지가 빠졌거나 깨진 것 같습니다. 프로젝트 폴더에서 `make clean setup`을 실행해 주세요."


def check_python(version: tuple[int, ...]) -> Check:
    """Python의 판입니다. 3.11부터 3.13까지 씁니다."""
    seen = f"Python {version[0]}.{version[1]}"
    if (3, 11) <= version[:2] <= (3, 13):
        return Check("python", seen)
    return Check(
        "python",
        seen,
        "Python 3.11, 3.12, 3.13 가운데 하나를 설치하고 `make clean`, `make PYTHON=python3.11 setup`을 실행해 주세요.",
    )


def check_memory(total: int, available: int) -> Check:
    """메모리(바이트)입니다. 모두 3.5 GiB, 지금 쓸 수 있는 것 1 GiB가 있어야 합니다."""
    seen = f"모두 {total / _GIB:.1f} GiB, 쓸 수 있는 것 {available / _GIB:.1f} GiB"
    if total < _MIN_MEMORY:
        return Check(
            "memory",
            seen,
            "메모리가 4 GB 이상인 컴퓨터가 필요합니다. WSL이라면 Windows의 %UserProfile%\\.wslconfig에 "
            "[wsl2] 아래 memory=4GB를 적고 `wsl --shutdown`을, Docker라면 메모리 한도를 4 GB로 올려 주세요.",
        )
    if available < _MIN_AVAILABLE:
        return Check(
            "memory",
            seen,
            "1 GiB가 남아야 합니다. 쓰지 않는 브라우저 탭, 노트북 커널, 프로그램을 닫아 주세요.",
        )
    return Check("memory", seen)


def check_disk(free: int, home: Path) -> Check:
    """작업 폴더가 있는 디스크에 남은 공간(바이트)입니다. 2 GiB가 있어야 합니다."""
    seen = f"남은 공간 {free / _GIB:.1f} GiB ({home})"
    if free >= _MIN_FREE:
        return Check("disk", seen)
    return Check(
        "disk",
        seen,
        "2 GiB가 남아야 합니다. 공간을 비우거나(지난 실행은 `mlops-lab reset`이 옮겨 둔 "
        f"{home.name}.previous에 있습니다) MLOPS_LAB_HOME을 다른 디스크로 정해 주세요.",
    )


def check_ports(place: Layout) -> Check:
    """Airflow가 쓸 포트입니다. 8080번이 쓰이고 있어도 다른 빈 포트가 있으면 됩니다."""
    record = _processes.load(place.record)
    if record and any(_processes.listens(process, record.port) for process in record.components):
        return Check("ports", f"이 폴더의 Airflow가 {record.port}번을 쓰고 있습니다")
    try:
        port = _config.find_port()
        with (
            socket.create_server((_config.HOST, port)),
            socket.create_connection((_config.HOST, port), timeout=5),
        ):
            pass
    except (StackError, OSError) as error:
        return Check(
            "ports",
            f"{_config.HOST}에서 포트를 열고 연결할 수 없습니다: {error}",
            "`ip addr show lo`에 UP이 없으면 `sudo ip link set lo up`으로 켜 주세요. 켜져 있다면 방화벽이나 보안 프로그램이 "
            "막고 있는지, 쓰지 않는 서버가 포트를 모두 차지하고 있는지 보아 주세요.",
        )
    if port == _config.PORT:
        return Check("ports", f"{port}번이 비어 있습니다")
    return Check("ports", f"{_config.PORT}번은 다른 프로그램이 쓰고 있어 {port}번을 쓰게 됩니다")


def check_kernel() -> Check:
    """노트북의 `python3` 커널입니다. 이 환경의 파이썬이어야 합니다."""
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    # 이름만 적힌 것은 jupyter_client가 지금의 파이썬으로 바꿉니다.
    program = spec.argv[0]
    if "/" not in program or Path(program).parent == Path(sys.executable).parent:
        return Check("kernel", f"python3 커널이 이 환경의 파이썬입니다({sys.executable})")
    return Check(
        "kernel",
        f"python3 커널이 다른 파이썬을 가리킵니다: {program}\n커널의 자리: {spec.resource_dir}",
        "`jupyter kernelspec remove python3`으로 그것을 지우거나 "
        f"`{sys.executable} -m ipykernel install --user`로 이 환경의 것으로 바꿔 주세요.",
    )


def check_wsl(release: str, project: Path) -> Check:
    """WSL이면 판이 2이고 프로젝트가 Windows의 디스크(/mnt/c)에 있지 않아야 합니다. release는 `uname -r`입니다."""
    if "microsoft" not in release.lower():
        return Check("wsl", "WSL이 아닙니다")
    if "wsl2" not in release.lower():
        return Check(
            "wsl",
            f"WSL 1입니다({release})",
            "WSL 2가 필요합니다. Windows의 PowerShell에서 `wsl --set-version <배포판> 2`를 실행해 주세요. 이름은 `wsl -l -v`로 봅니다.",
        )
    if re.match(r"/mnt/[a-z](/|$)", str(project)):
        return Check(
            "wsl",
            f"프로젝트가 Windows의 디스크에 있습니다: {project}",
            "느리고 파일 권한과 잠금이 지켜지지 않습니다. 프로젝트를 리눅스의 홈 폴더(예: ~/mlops-lab)로 옮겨 주세요.",
        )
    return Check("wsl", f"WSL 2입니다({release})")


def check_database(place: Layout) -> Check:
    """Airflow의 데이터베이스가 열리고, 지금의 Airflow에 맞는 판인지 봅니다."""
    path = place.airflow / "airflow.db"
    if not path.exists():
        return Check("database", "아직 없습니다. `mlops-lab up`이 만듭니다")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as database:
            (result,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        result = str(error)
    if result != "ok":
        return Check(
            "database",
            f"{path}을(를) 읽을 수 없습니다: {result}",
            "`mlops-lab reset`으로 옮겨 두고 새로 시작해 주세요. 지난 실행 기록은 <작업 폴더>.previous에 남습니다.",
        )
    command = [sys.executable, "-m", "airflow", "db", "check-migrations", "--migration-wait-timeout", "0"]
    ran = subprocess.run(
        command, env=_config.environment(place), cwd=place.airflow, capture_output=True, check=False
    )
    if ran.returncode:
        return Check(
            "database",
            f"{path}이(가) 설치된 Airflow의 것이 아닙니다(옛 판이거나 만들다 말았습니다)",
            "`mlops-lab down` 뒤에 `mlops-lab up`을 하면 지금 판으로 올립니다. 그래도 안 되면 `mlops-lab reset`을 해 주세요.",
        )
    return Check("database", "열리고, 설치된 Airflow에 맞습니다")


def check_dag_files(place: Layout) -> Check:
    """Dag 프로세서가 읽지 못한 DAG 파일입니다."""
    if not (place.airflow / "airflow.db").exists():
        return Check("dags", "아직 읽은 DAG 파일이 없습니다")
    _, rows = query("SELECT filename, stacktrace FROM import_error ORDER BY filename", place.home)
    if not rows:
        return Check("dags", "읽지 못한 DAG 파일이 없습니다")
    wrong = [explain_import_error(filename, stack_trace) for filename, stack_trace in rows]
    return Check(
        "dags",
        f"읽지 못한 DAG 파일이 {len(wrong)}개 있습니다: {', '.join(error.filename for error in wrong)}",
        "\n".join(str(error) for error in wrong),
    )


def check_lock(requirements: Path) -> Check:
    """설치된 패키지가 requirements.txt와 같은지 봅니다."""
    from packaging.requirements import Requirement

    if not requirements.is_file():
        return Check("lock", f"{requirements}이(가) 없어 견주지 않았습니다")
    wrong = []
    pinned = re.findall(r"^[a-zA-Z0-9].*?(?=\s*\\?$)", requirements.read_text("utf-8"), re.M)
    for requirement in map(Requirement, pinned):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = "없음"
        if version == "없음" or not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version}(고정된 판 {str(requirement.specifier)[2:]})")
    if not wrong:
        return Check("lock", f"패키지 {len(pinned)}개가 requirements.txt와 같습니다")
    shown = ", ".join(wrong[:5]) + (f" 외 {len(wrong) - 5}개" if len(wrong) > 5 else "")
    return Check(
        "lock",
        f"requirements.txt와 다른 패키지가 있습니다: {shown}",
        f"`{sys.executable} -m pip install --require-hashes -r {requirements}`로 고정된 판을 다시 설치해 주세요.",
    )
