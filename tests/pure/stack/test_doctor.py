"""doctor의 검사마다: 좋을 때와, 나쁠 때 무엇을 보았고 어떻게 고치는지."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlops_lab._files import write_atomic
from mlops_lab.cli import app
from mlops_lab.stack import Check, _config, _doctor, doctor
from tests.common import ROOT

GIB = 1024**3


@pytest.fixture
def place() -> _config.Layout:
    return _config.layout()  # conftest가 정한 MLOPS_LAB_HOME


def told(check: Check, seen: str, remedy: str) -> bool:
    """문제를 보았고, 본 것과 고치는 방법을 말합니다."""
    assert check.remedy is not None, check
    assert seen in check.seen
    assert remedy in check.remedy
    return not check.ok


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 11), True), ((3, 13), True), ((3, 10), False), ((3, 14), False)]
)
def test_python(version: tuple[int, int], ok: bool) -> None:
    check = _doctor.check_python(version)
    assert check.ok is ok
    assert ok or told(check, f"Python 3.{version[1]}", "make PYTHON=python3.11 setup")


def test_memory() -> None:
    assert _doctor.check_memory(4 * GIB, 2 * GIB).ok
    assert told(_doctor.check_memory(2 * GIB, 1 * GIB), "모두 2.0 GiB", ".wslconfig")
    assert told(_doctor.check_memory(8 * GIB, GIB // 2), "쓸 수 있는 것 0.5 GiB", "닫아 주세요")


def test_disk(tmp_path: Path) -> None:
    assert _doctor.check_disk(3 * GIB, tmp_path).ok
    assert told(_doctor.check_disk(GIB, tmp_path), "1.0 GiB", "MLOPS_LAB_HOME")


def test_a_taken_port_is_no_problem_as_another_is_used(place: _config.Layout) -> None:
    with socket.socket() as taken:
        try:
            taken.bind((_config.HOST, _config.PORT))
            taken.listen()
        except OSError:
            pass  # 이미 다른 프로그램이 쓰고 있습니다.
        check = _doctor.check_ports(place)
    assert check.ok
    assert "8080번은 다른 프로그램이 쓰고 있어" in check.seen


def test_a_machine_without_loopback_has_no_port(place: _config.Layout) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("이 컴퓨터에서는 이름 공간을 나눌 수 없습니다")
    code = (
        "from mlops_lab.stack import _config, _doctor\n"
        "c = _doctor.check_ports(_config.layout())\nprint(c.seen, '|', c.remedy)"
    )
    seen = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    ).stdout
    assert "연결할 수 없습니다" in seen
    assert "ip link set lo up" in seen


def test_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _doctor.check_kernel().ok
    # JUPYTER_PATH나 사용자 폴더의 커널은 이 환경의 것보다 먼저 쓰이기도 합니다.
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    command = ["/opt/old/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "옛것"}), "utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert told(_doctor.check_kernel(), "/opt/old/bin/python", "jupyter kernelspec remove python3")


def test_wsl(tmp_path: Path) -> None:
    two = "5.15.153.1-microsoft-standard-WSL2"
    assert _doctor.check_wsl("6.8.0-45-generic", Path("/mnt/c/lab")).ok
    assert _doctor.check_wsl(two, Path("/home/me/lab")).ok
    assert _doctor.check_wsl(two, Path("/mnt/data/lab")).ok
    assert told(_doctor.check_wsl("4.4.0-19041-Microsoft", tmp_path), "WSL 1", "wsl --set-version")
    assert told(_doctor.check_wsl(two, Path("/mnt/c/Users/me/lab")), "/mnt/c/Users", "홈 폴더")


def test_database(place: _config.Layout) -> None:
    assert "아직 없습니다" in _doctor.check_database(place).seen
    assert not place.home.exists()

    _config.prepare(place)
    write_atomic(place.config, _config.render_config(place, _config.load_secrets(place), 8080))
    path = place.airflow / "airflow.db"
    sqlite3.connect(path).close()
    path.write_bytes(b"not a database" * 1000)
    assert told(_doctor.check_database(place), "not a database", "mlops-lab reset")

    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('5f2621c13b39')")  # 옛 Airflow의 판
    database.close()
    assert told(_doctor.check_database(place), "설치된 Airflow의 것이 아닙니다", "mlops-lab up")


def test_lock(tmp_path: Path) -> None:
    assert _doctor.check_lock(tmp_path / "requirements.txt").ok
    assert _doctor.check_lock(ROOT / "requirements.txt").ok
    text = (
        "psutil==0.0.1 \\\n    --hash=sha256:00\n    # via x\n"
        "no-such-package-here==1.0\n"
        "windows-only==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    (tmp_path / "requirements.txt").write_text(text, "utf-8")
    check = _doctor.check_lock(tmp_path / "requirements.txt")
    assert told(check, "고정된 판 0.0.1", "--require-hashes")
    assert "no-such-package-here 없음" in check.seen
    assert "windows-only" not in check.seen


def test_a_check_that_breaks_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text("{", "utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    checks = {check.name: check for check in doctor(project=tmp_path)}
    assert list(checks) == [
        "python", "memory", "disk", "ports", "kernel", "wsl", "database", "dags", "lock",
    ]  # fmt: skip
    assert told(checks["kernel"], "JSONDecodeError", "make clean setup")
    assert checks["lock"].ok
    assert all(check.title not in ("", check.name) for check in checks.values())


def test_callers_add_what_they_know(tmp_path: Path) -> None:
    def broken() -> Check:
        raise ImportError("matplotlib")

    *own, lunch, font = doctor(
        project=tmp_path, more={"lunch": ("점심", lambda: Check("lunch", "국수")), "font": ("글꼴", broken)}
    )
    assert lunch == Check("lunch", "국수", None, "점심")
    assert (font.title, font.ok, "matplotlib" in font.seen) == ("글꼴", False, True)
    assert "lunch" not in {check.name for check in own}


def test_it_finds_the_project_from_the_notebooks_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("psutil==0.0.1\n", "utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "dags").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert not next(check for check in doctor() if check.name == "lock").ok


def test_command_tells_what_to_do_and_exits_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text("psutil==0.0.1\n", "utf-8")
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "문제  설치된 패키지의 판: requirements.txt와 다른" in done.output
    assert "고치기: " in done.output
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 1
    shown = json.loads(done.output)
    assert shown["ok"] is False
    assert {key for check in shown["checks"] for key in check} == {"name", "ok", "seen", "remedy"}
    assert [check["name"] for check in shown["checks"] if not check["ok"]] == ["lock"]
    os.remove(tmp_path / "requirements.txt")
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
    assert list(tmp_path.iterdir()) == []  # 살펴보기만 합니다.
