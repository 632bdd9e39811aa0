"""`compose.yaml`의 컨테이너 안에서 부르는 작은 일들입니다: 비밀값 만들기, 상태 확인, 여는 주소 알리기.

    python -m mlops_lab.compose prepare FOLDER UID BROKER    비밀값과 폴더를 마련합니다(있으면 그대로 둡니다)
    python -m mlops_lab.compose healthy URL [NAME]           대답하면 0, 아니면 1
    python -m mlops_lab.compose open                         주소, 사용자, 암호, 토큰

비밀값은 이미지에도 compose.yaml에도 없습니다. 처음 `docker compose up airflow-init`을 할 때 만들어 `secrets` 볼륨에 둡니다.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mlops_lab import workspace
from mlops_lab._files import PRIVATE, write_atomic

FOLDERS = ("logs", "plugins", "config", "runs", "workspace")
"""컨테이너가 쓰는 폴더. 호스트의 폴더가 없으면 Docker가 root의 것으로 만들므로 주인을 바꿉니다."""

AIRFLOW_PORT = 8080
JUPYTER_PORT = 8888
USERNAME = "admin"
_MIN_MEMORY_GB = 4.0
_MIN_DISK_GB = 5.0

READABLE = 0o444
"""PostgreSQL과 Redis의 이미지는 저마다의 사용자로 읽습니다. 이 볼륨을 붙인 컨테이너만 볼 수 있습니다."""


def prepare(root: Path, uid: int, broker: str) -> None:
    """비밀값과 폴더를 마련합니다. 여러 번 불러도 이미 있는 비밀값은 바꾸지 않습니다.

    Args:
        root: AIRFLOW_HOME
        uid: 컨테이너의 사용자 번호(AIRFLOW_UID)
        broker: Redis의 주소(예: redis:6379)
    """
    for name in FOLDERS:
        (root / name).mkdir(mode=workspace.PRIVATE, parents=True, exist_ok=True)
        if (root / name).stat().st_uid != uid:  # Docker가 방금 root의 것으로 만들었습니다.
            (root / name).chmod(workspace.PRIVATE)
        _give(root / name, uid)
    (root / "workspace" / "mlflow").mkdir(exist_ok=True)
    _give(root / "workspace" / "mlflow", uid)
    folder = root / "secrets"
    folder.mkdir(exist_ok=True)
    _prepare_secrets(folder, uid, broker)
    _prepare_jupyter(root, uid)
    for line in _shortages(root):
        print(line)
    print("비밀값과 폴더를 마련했습니다.")


def _prepare_secrets(folder: Path, uid: int, broker: str) -> None:
    def keep(name: str, make: Callable[[], str], mode: int = PRIVATE) -> str:
        path = folder / name
        if not path.is_file():
            write_atomic(path, make(), mode=PRIVATE)
        os.chmod(path, mode)
        _give(path, uid)
        return path.read_text("utf-8")

    password = keep("postgres_password", _token, READABLE)
    keep("pgpass", lambda: f"*:*:*:*:{password}\n")
    queue = keep("redis.conf", lambda: f"requirepass {_token()}\n", READABLE).split()[1]
    keep("broker_url", lambda: f"redis://:{queue}@{broker}/0")
    keep("fernet_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    keep("jwt_secret", _token)
    keep("api_secret_key", _token)
    keep("passwords.json", lambda: json.dumps({USERNAME: secrets.token_urlsafe(12)}) + "\n")


def _prepare_jupyter(root: Path, uid: int) -> None:
    """`make lab`과 같은 설정(한국어 화면, 토큰, 암호화한 커널)을 config/jupyter에 둡니다."""
    from mlops_lab.lesson.jupyter import write_settings

    folder = root / "config" / "jupyter"
    if not (folder / "jupyter_server_config.json").is_file():
        write_settings(folder, root, JUPYTER_PORT)
    for path in (folder, *folder.rglob("*")):
        _give(path, uid)


def _give(path: Path, uid: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, uid, 0)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _shortages(root: Path) -> list[str]:
    """모자란 메모리와 디스크. 멈추지는 않고 알리기만 합니다."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    disk = shutil.disk_usage(root).free / 1024**3
    found = []
    if memory < _MIN_MEMORY_GB:
        found.append(
            f"주의: Docker가 쓸 수 있는 메모리가 {memory:.1f} GB입니다. {_MIN_MEMORY_GB:g} GB는 있어야 합니다. "
            "Docker Desktop이라면 Settings의 Resources에서 늘려 주십시오."
        )
    if disk < _MIN_DISK_GB:
        found.append(
            f"주의: 남은 디스크가 {disk:.1f} GB입니다. {_MIN_DISK_GB:g} GB는 비워 두십시오. "
            "`docker system df`로 무엇이 자리를 차지하는지 볼 수 있습니다."
        )
    return found


def is_healthy(url: str, name: str | None = None) -> bool:
    """`url`이 대답하는지. `name`을 주면 Airflow의 `monitor/health`에서 그 구성 요소의 상태까지 봅니다."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=8) as response:
            return name is None or json.load(response)[name]["status"] == "healthy"
    except (OSError, ValueError, KeyError):
        return False


def describe(root: Path) -> str:
    """여는 주소와 로그인 정보. 비밀이 들어 있으므로 로그에 남지 않게, 사람이 부를 때만 보여 줍니다."""
    passwords = json.loads((root / "secrets" / "passwords.json").read_text("utf-8"))
    config = json.loads((root / "config" / "jupyter" / "jupyter_server_config.json").read_text("utf-8"))
    token = config["IdentityProvider"]["token"]
    return (
        f"Airflow     http://127.0.0.1:{AIRFLOW_PORT}  (사용자 {USERNAME}, 암호 {passwords[USERNAME]})\n"
        f"JupyterLab  http://127.0.0.1:{JUPYTER_PORT}/lab?token={token}\n"
        "MLflow      http://127.0.0.1:5000"
    )


def main(arguments: list[str]) -> int:
    """명령줄 입구입니다."""
    match arguments:
        case ["prepare", folder, uid, broker] if uid.isdecimal():
            prepare(Path(folder), int(uid), broker)
        case ["healthy", url]:
            return 0 if is_healthy(url) else 1
        case ["healthy", url, name]:
            return 0 if is_healthy(url, name) else 1
        case ["open"]:
            print(describe(Path(os.environ["AIRFLOW_HOME"])))
        case ["prepare", _, uid, _]:
            print(
                f"AIRFLOW_UID가 {uid!r}입니다. 숫자여야 합니다. "
                'echo "AIRFLOW_UID=$(id -u)" > .env 로 다시 적어 주십시오.',
                file=sys.stderr,
            )
            return 2
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
