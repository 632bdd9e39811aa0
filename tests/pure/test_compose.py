"""compose.yaml과 Dockerfile: 명세에 맞는지, 비밀이 없는지, 이 컴퓨터에서만 열리는지. 띄우는 시험은 tests/scale에 있습니다."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_lab import compose
from mlops_lab.lesson import PRELOAD
from tests.common import ROOT
from tests.scale.composed import FILE, read

ENV = {"AIRFLOW_UID": "50000"}
SERVICES: dict[str, dict[str, Any]] = read(ENV)["services"]
ONE_SHOT = {"prepare", "airflow-init"}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY|BROKER_URL", re.I)


def valid(path: Path) -> bool:
    tool = Path(sys.executable).parent / "check-jsonschema"
    command = [tool, "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_the_file_fits_the_compose_specification(tmp_path: Path) -> None:
    assert valid(FILE)
    broken = tmp_path / "compose.yaml"
    broken.write_text(FILE.read_text("utf-8").replace("healthcheck:\n", "healthchek:\n"), "utf-8")
    assert not valid(broken)


def test_docker_compose_reads_it() -> None:
    docker = shutil.which("docker")
    if (
        not docker
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("docker compose가 없습니다. 명세의 스키마로는 확인했습니다.")
    done = subprocess.run(
        [docker, "compose", "--file", FILE, "config", "--quiet"],
        env={**os.environ, **ENV}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_without_a_uid_the_error_says_in_korean_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"AIRFLOW_UID가 없습니다.*README.*\.env를 먼저 만드십시오"):
        read({})


def test_every_port_opens_on_this_computer_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


def test_every_lasting_service_has_a_health_check_and_comes_back() -> None:
    for name, service in SERVICES.items():
        if name not in ONE_SHOT:
            assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
            assert service["restart"] == "unless-stopped", name


def test_only_the_preparing_service_is_root() -> None:
    own = {name for name, service in SERVICES.items() if service.get("image", "").startswith("mlops-lab")}
    assert {name for name in own if SERVICES[name]["user"] != "50000:0"} == {"prepare"}


def test_no_secret_is_written_in_a_file_that_is_shared() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if SECRET_NAME.search(key):
                assert key.endswith(("_CMD", "_FILE")), (name, key)
                assert "/opt/airflow/secrets/" in value, (name, key)
    assert not re.search(r"://[^\s/@]*:[^\s/@]+@", FILE.read_text("utf-8")), "주소에 암호가 있습니다"
    assert not [line for line in DOCKERFILE.splitlines() if SECRET_NAME.search(line)]
    for name in ("jupyterlab", "mlflow"):
        assert not [volume for volume in SERVICES[name]["volumes"] if volume.startswith("secrets")]


def test_every_path_that_is_shared_is_a_volume() -> None:
    inside = {"/opt/airflow/dags", "/opt/airflow/notebooks", "/opt/airflow/runs", "/opt/airflow/workspace",
              "/opt/airflow/logs", "/opt/airflow/plugins", "/opt/airflow/config"}  # fmt: skip
    for name, service in SERVICES.items():
        targets = {volume.split(":")[1] for volume in service.get("volumes", ())}
        if name.startswith("airflow-"):
            assert inside | {"/opt/airflow/secrets"} == targets, name
        text = json.dumps([service.get("environment", {}), service.get("command", "")])
        for path in re.findall(r"/opt/airflow/\w+", text):
            assert path in targets, (name, path)


def test_every_airflow_setting_exists() -> None:
    """오타가 난 설정은 Airflow가 말없이 지나칩니다."""
    code = (
        "import json, sys; from airflow.configuration import conf;"
        "from airflow.providers_manager import ProvidersManager;"
        "print(json.dumps({s: sorted(c['options']) for s, c in conf.configuration_description.items()}"
        " | {s: sorted(c['options']) for _, v in ProvidersManager().provider_configs"
        " for s, c in v.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    known = json.loads(done.stdout.splitlines()[-1])
    for key in SERVICES["airflow-worker"]["environment"]:
        if key.startswith("AIRFLOW__") and not key.startswith("AIRFLOW__MLOPS_LAB__"):
            _, section, option = key.lower().split("__")
            assert option.removesuffix("_cmd") in known[section], key


def test_the_workers_warm_up_what_the_notebooks_need() -> None:
    environment = SERVICES["airflow-worker"]["environment"]
    assert environment["AIRFLOW__MLOPS_LAB__PRELOAD"].split(",") == list(PRELOAD)
    assert json.loads(environment["AIRFLOW__CELERY__EXTRA_CELERY_CONFIG"]) == {
        "imports": ["mlops_lab.airflow.celery"]
    }


def test_the_image_is_built_from_the_lock_and_from_files_that_are_there() -> None:
    copied = [word for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.M) for word in line.split()[:-1]]
    assert {"uv.lock", "pyproject.toml", "mlops_lab"} <= set(copied)
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.M)
    assert sorted(set(copied)) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)
    assert DOCKERFILE.count("--frozen --no-default-groups --all-extras --no-extra official") == 2


def test_what_it_writes_is_not_committed() -> None:
    volumes = {volume for service in SERVICES.values() for volume in service.get("volumes", ())}
    hosts = {v.split(":")[0] for v in volumes if v.startswith("./") and not v.endswith(":ro")}
    for host in [*sorted(hosts - {"./dags", "./notebooks"}), "./.env"]:
        done = subprocess.run(["git", "check-ignore", "-q", f"{host}/x"], cwd=ROOT, check=False)
        assert done.returncode == 0, host


def test_the_readme_has_the_commands_in_order() -> None:
    wanted = [
        "mkdir -p ./dags ./logs ./plugins ./config",
        "AIRFLOW_UID=",
        "docker compose up airflow-init",
        "docker compose up\n",
    ]
    places = [README.index(each) for each in wanted]
    assert places == sorted(places)
    assert "(docs/scale.md)" in README


def test_every_service_is_explained() -> None:
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    assert [name for name in SERVICES if f"`{name}`" not in text] == []


def test_preparing_twice_keeps_the_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose.main(["prepare", str(tmp_path), str(os.geteuid()), "redis:6379"]) == 0
    secrets = tmp_path / "secrets"
    first = {path.name: path.read_text("utf-8") for path in secrets.iterdir()}
    assert compose.main(["prepare", str(tmp_path), str(os.geteuid()), "redis:6379"]) == 0
    assert {path.name: path.read_text("utf-8") for path in secrets.iterdir()} == first
    readable = {path.name for path in secrets.iterdir() if stat.S_IMODE(path.stat().st_mode) != 0o600}
    assert readable == {"postgres_password", "redis.conf"}
    assert first["broker_url"].startswith("redis://:")
    assert first["redis.conf"].split()[1] in first["broker_url"]
    assert first["postgres_password"] in first["pgpass"]
    said = capsys.readouterr().out
    assert not [value for value in first.values() if value.strip() in said]

    config = tmp_path / "config" / "jupyter" / "jupyter_server_config.json"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert json.loads(first["passwords.json"])["admin"] in compose.describe(tmp_path)
    assert "/lab?token=" in compose.describe(tmp_path)


def test_a_wrong_uid_and_a_wrong_request_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compose.main(["prepare", str(tmp_path), "me", "redis:6379"]) == 2
    assert "숫자여야 합니다" in capsys.readouterr().err
    assert compose.main(["prepare"]) == 2
    assert compose.main(["healthy", "http://127.0.0.1:9/"]) == 1


def test_shortages_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compose._shortages(tmp_path) == [] or "주의" in compose._shortages(tmp_path)[0]
    monkeypatch.setattr(compose, "_MIN_MEMORY_GB", 1e6)
    monkeypatch.setattr(compose, "_MIN_DISK_GB", 1e9)
    memory, disk = compose._shortages(tmp_path)
    assert "메모리" in memory
    assert "디스크" in disk


def test_merging_keys_are_plain_yaml() -> None:
    """Compose가 아닌 도구도 읽을 수 있습니다."""
    assert set(yaml.safe_load(FILE.read_text("utf-8"))["volumes"]) == {"postgres", "redis", "secrets"}


def test_folders_that_docker_made_as_root_are_for_the_user_alone(tmp_path: Path) -> None:
    """사용자가 미리 만든 폴더의 권한은 그대로 둡니다. root가 아니면 주인을 바꿀 수 없어, 새로 만드는 것만 봅니다."""
    uid = 50_000 if os.geteuid() == 0 else os.geteuid()
    for name in ("logs", "config"):
        (tmp_path / name).mkdir(0o755)
    if os.geteuid() == 0:
        os.chown(tmp_path / "config", uid, 0)
    compose.prepare(tmp_path, uid, "redis:6379")
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in compose.FOLDERS}
    assert modes.pop("config") == 0o755
    assert modes.pop("logs") == (0o700 if os.geteuid() == 0 else 0o755)
    assert set(modes.values()) == {0o700}
