"""Airflow 한 벌의 설정입니다. 비밀값, 포트, airflow.cfg, 구성 요소에 건넬 환경 변수를 다룹니다."""

from __future__ import annotations

import base64
import configparser
import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import psutil

from mlops_lab import workspace
from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.stack._errors import HomeError, StackError

HOST = "127.0.0.1"
PORT = 8080
USERNAME = "admin"
MARKER = "MLOPS_LAB_STACK"
"""구성 요소와 그 자식이 물려받는 환경 변수입니다. 값은 AIRFLOW_HOME이며, 누구의 프로세스인지 알려 줍니다."""

OWN_BUNDLE = "my-dags"
"""배우는 사람의 DAG 폴더의 이름입니다. 화면의 DAG 번들에 나옵니다."""

IMPORT_SECONDS = 20
"""DAG 파일 하나를 읽는 데 줄 시간(초)입니다."""

MIN_FREE_BYTES = 300 * 1024**2
_GIB_PER_TASK = 1.5
_MAX_PARALLELISM = 16

Settings = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Layout:
    """home 아래에서 stack이 쓰는 자리입니다.

    Attributes:
        home: 작업 폴더 (예: workspace)
        runs: 노트북 실행 결과가 쌓이는 폴더
        dags: 프로젝트의 DAG 파일이 있는 폴더. 배우는 사람의 것은 own_dags에 둡니다
    """

    home: Path
    dags: Path
    runs: Path

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"

    @property
    def own_dags(self) -> Path:
        return self.home / "dags"

    @property
    def logs(self) -> Path:
        return self.airflow / "logs"

    @property
    def record(self) -> Path:
        return self.airflow / "stack.json"

    @property
    def lock(self) -> Path:
        return self.airflow / "stack.lock"

    @property
    def config(self) -> Path:
        return self.airflow / "airflow.cfg"

    @property
    def secrets(self) -> Path:
        return self.airflow / "secrets.json"

    @property
    def passwords(self) -> Path:
        return self.airflow / "simple_auth_manager_passwords.json.generated"


@dataclass(frozen=True)
class Secrets:
    """Airflow 한 벌이 함께 쓰는 비밀값입니다. repr에 값이 나오지 않습니다."""

    fernet_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    api_secret_key: str = field(repr=False)


def layout(
    home: Path | str | None = None, dags: Path | str | None = None, runs: Path | str | None = None
) -> Layout:
    """자리를 정합니다. 값이 없으면 `mlops_lab.workspace`의 답을 따릅니다.

    Raises:
        HomeError: 경로에 SQLite 주소로 쓸 수 없는 글자(`?`, `$`)가 있을 때.
    """
    root = workspace.home(home)
    if bad := re.search(r"[?$]", str(root)):
        raise HomeError(
            f"작업 폴더 경로에 쓸 수 없는 글자 {bad.group()!r}가 있습니다: {root}\n다른 폴더를 정해 주세요."
        )
    return Layout(
        home=root,
        dags=Path(dags or workspace.project() / "dags").absolute(),
        runs=Path(runs or workspace.runs(root)).absolute(),
    )


def prepare(place: Layout) -> None:
    """폴더를 만들고 쓸 수 있는지, 공간이 남았는지 봅니다.

    Raises:
        HomeError: 만들 수 없거나 쓸 수 없거나 남은 공간이 모자랄 때.
    """
    try:
        for folder in (place.home, place.airflow, place.logs, place.runs, place.own_dags):
            workspace.make(folder)
        place.airflow.chmod(0o700)
        check_space(place)
        probe = place.airflow / f".probe-{os.getpid()}"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()
    except OSError as error:
        raise HomeError.from_os(place.home, error) from error


def check_space(place: Layout) -> None:
    """남은 공간을 봅니다.

    Raises:
        HomeError: 300 MB가 남지 않았을 때.
    """
    free = shutil.disk_usage(place.airflow).free
    if free < MIN_FREE_BYTES:
        raise HomeError(
            f"디스크에 남은 공간이 {free / 1024**2:.0f} MB뿐입니다: {place.home}\n"
            f"적어도 {MIN_FREE_BYTES // 1024**2} MB가 필요합니다. "
            "공간을 비우거나 MLOPS_LAB_HOME을 다른 디스크로 정해 주세요."
        )


def load_secrets(place: Layout) -> Secrets:
    """비밀값을 읽고, 없거나 깨졌으면 새로 만들어 0600으로 둡니다.

    처음 한 번 만든 값을 계속 씁니다. 구성 요소마다 값이 다르면 서로의 토큰을 믿지 못하기 때문입니다.
    """
    try:
        saved = Secrets(**json.loads(place.secrets.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        saved = Secrets(
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(48),
            api_secret_key=secrets.token_urlsafe(32),
        )
    write_atomic(place.secrets, json.dumps(vars(saved)) + "\n", mode=PRIVATE)
    return saved


def read_passwords(place: Layout) -> dict[str, str]:
    """사용자별 로그인 암호입니다. 파일이 없거나 깨졌으면 비어 있습니다."""
    try:
        saved = json.loads(place.passwords.read_text("utf-8"))
        return {str(name): str(value) for name, value in saved.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def load_passwords(place: Layout, extra: Settings | None = None) -> dict[str, str]:
    """사용자별 로그인 암호입니다. 파일이 없거나 새 사용자가 있으면 만들어 0600으로 둡니다.

    Airflow에 맡기면 새 암호를 로그에 적으므로 여기서 먼저 만듭니다.
    """
    saved = read_passwords(place)
    users = (extra or {}).get("core", {}).get("simple_auth_manager_users", "").split(",")
    for name in [USERNAME, *(user.partition(":")[0].strip() for user in users)]:
        if name:
            saved.setdefault(name, secrets.token_urlsafe(12))
    write_atomic(place.passwords, json.dumps(saved) + "\n", mode=PRIVATE)
    return saved


def find_port(preferred: int = PORT) -> int:
    """비어 있는 포트입니다. 바라는 포트부터 스무 개를 보고, 모두 쓰이고 있으면 운영체제가 고르게 합니다."""
    for port in [*range(preferred, min(preferred + 20, 65536)), 0]:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError(f"{HOST}에서 쓸 수 있는 포트가 없습니다. 쓰지 않는 프로그램을 닫고 다시 해 주세요.")


def parallelism() -> int:
    """이 컴퓨터에서 동시에 돌릴 태스크 수입니다. 코어와 메모리(태스크 하나에 1.5 GiB) 가운데 적은 쪽을 따릅니다."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    by_memory = int(psutil.virtual_memory().total / 1024**3 / _GIB_PER_TASK)
    return max(1, min(max(cores, 2), by_memory, _MAX_PARALLELISM))


def render_config(place: Layout, keys: Secrets, port: int, extra: Settings | None = None) -> str:
    """airflow.cfg 본문입니다. 적지 않은 설정은 Airflow의 기본값을 따릅니다."""
    settings: dict[str, dict[str, str]] = {
        "core": {
            "dags_folder": str(place.dags),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": str(parallelism()),
            "default_timezone": "Asia/Seoul",
            "fernet_key": keys.fernet_key,
            "simple_auth_manager_users": f"{USERNAME}:admin",
            "simple_auth_manager_passwords_file": str(place.passwords),
            # 고친 DAG가 곧바로 화면에 나타나게 합니다(기본 30초). 이보다 빨리 다시 고치면 다음에 읽을 때까지 옛 판이 남습니다.
            "min_serialized_dag_update_interval": "0",
            # 배우는 사람의 파일의 어느 줄인지 나오게 합니다(기본은 마지막 두 단계뿐입니다).
            "dagbag_import_error_traceback_depth": "50",
            # 끝나지 않는 DAG 파일 하나가 다른 파일을 오래 막지 않게 합니다(기본 30초).
            "dagbag_import_timeout": str(IMPORT_SECONDS),
        },
        "database": {
            # WAL은 Airflow가 켭니다. 쓰는 쪽이 겹칠 때 5초 만에 포기하지 않되, Airflow 3.3의 API 서버가 감사 로그를 적다가
            # 다른 요청과 서로 기다리면 이 시간만큼 멈추므로 길게 두지도 않습니다.
            "sql_alchemy_conn": f"sqlite:///{place.airflow / 'airflow.db'}?timeout=15",
        },
        "api": {
            "host": HOST,
            "port": str(port),
            "base_url": f"http://{HOST}:{port}",
            "workers": "1",
            "secret_key": keys.api_secret_key,
        },
        "api_auth": {"jwt_secret": keys.jwt_secret},
        "dag_processor": {
            "dag_bundle_config_list": json.dumps(_bundles(place), ensure_ascii=False),
            "dag_file_processor_timeout": str(IMPORT_SECONDS + 10),
            # 바뀐 파일은 WatchedDagBundle이 1초 안에 알아챕니다. 바뀌지 않은 것은 드물게만 다시 읽습니다(기본 30초).
            "refresh_interval": "300",
            "min_file_process_interval": "300",
            "bundle_refresh_check_interval": "1",
            "parsing_processes": "1",
        },
        # 할 일이 생기면 곧바로 깨어나므로(_waking.py), 없을 때에는 길게 쉬어도 됩니다(기본 1초).
        "scheduler": {"scheduler_idle_sleep_time": "5"},
        # Airflow 3.3은 끝난 태스크를 다음 심장 박동(기본 5초) 때에야 알아차리기도 합니다. 그동안 작업자 하나가 놉니다.
        # 느리거나 바쁜 컴퓨터에서는 태스크가 시작할 때 API 서버의 답이 5초(기본)보다 늦기도 합니다.
        "workers": {"min_heartbeat_interval": "1", "execution_api_timeout": "30"},
        "logging": {"base_log_folder": str(place.logs), "colored_console_log": "False"},
    }
    for section, values in (extra or {}).items():
        settings.setdefault(section, {}).update(values)
    parser = configparser.RawConfigParser()
    for section, values in settings.items():
        # Airflow는 %를 보간 기호로 읽으므로 두 번 적습니다.
        parser[section] = {name: value.replace("%", "%%") for name, value in values.items()}
    text = StringIO()
    text.write("# mlops-lab이 시작할 때마다 다시 씁니다. 비밀값이 들어 있으므로 나누어 주지 마세요.\n")
    parser.write(text)
    return text.getvalue()


def _bundles(place: Layout) -> list[dict[str, Any]]:
    """Dag 프로세서가 읽을 폴더들입니다. 프로젝트의 것은 Airflow가 본래 쓰는 이름이며 dags_folder를 따릅니다."""
    local = "mlops_lab.stack._dag_bundle.WatchedDagBundle"
    bundles: list[dict[str, Any]] = [{"name": "dags-folder", "classpath": local, "kwargs": {}}]
    if place.own_dags.resolve() != place.dags.resolve():
        bundles.append({"name": OWN_BUNDLE, "classpath": local, "kwargs": {"path": str(place.own_dags)}})
    return bundles


def environment(place: Layout, extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """구성 요소에 건넬 환경 변수입니다. 비밀값은 여기에 없고 airflow.cfg(0600)에만 있습니다.

    물려받은 AIRFLOW__ 설정은 뺍니다. 셸에 남아 있던 값이 설정을 몰래 바꾸지 못하게 하기 위해서입니다.

    Args:
        place: stack이 쓰는 자리
        extra: 더할 환경 변수. 값이 None이면 물려받은 것을 뺍니다
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    chosen = {**inherited, "PYTHONUNBUFFERED": "1", **(extra or {})}
    return {
        **{name: value for name, value in chosen.items() if value is not None},
        "AIRFLOW_HOME": str(place.airflow),
        "AIRFLOW_CONFIG": str(place.config),
        workspace.HOME: str(place.home),
        workspace.RUNS: str(place.runs),
        MARKER: str(place.airflow),
        # 표준 입력이 소켓이고 이 값이 없거나 0이면, bash는 원격 셸인 줄 알고 ~/.bashrc를 읽습니다. 태스크의 입력이 소켓이라
        # BashOperator마다 사람의 설정(pyenv, conda)이 돌고 그 말이 태스크의 로그에 섞입니다.
        "SHLVL": "1",
    }
