"""stack의 설정: 비밀값의 권한과 수명, 포트, airflow.cfg, 환경 변수, 쓸 수 없는 폴더."""

from __future__ import annotations

import configparser
import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.stack import HomeError, _config


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def place(tmp_path: Path) -> _config.Layout:
    place = _config.layout(tmp_path / "작업 폴더 100%", tmp_path / "dags")
    _config.prepare(place)
    return place


def test_secrets_are_private_and_survive_a_restart(place: _config.Layout) -> None:
    first, password = _config.load_secrets(place), _config.load_passwords(place)["admin"]
    assert _config.load_secrets(place) == first
    assert _config.load_passwords(place) == {"admin": password}
    assert mode(place.secrets) == mode(place.passwords) == 0o600
    assert mode(place.airflow) == 0o700
    assert first.jwt_secret not in repr(first)


def test_broken_or_missing_secrets_are_made_anew(place: _config.Layout) -> None:
    first = _config.load_secrets(place)
    place.secrets.write_text("{", "utf-8")
    place.passwords.write_text("[]", "utf-8")
    assert _config.load_secrets(place) != first
    assert len(_config.load_passwords(place)["admin"]) >= 12


def test_every_configured_user_gets_a_password_before_airflow_would_log_one(place: _config.Layout) -> None:
    settings = {"core": {"simple_auth_manager_users": "admin:admin,학생:viewer"}}
    made = _config.load_passwords(place, settings)
    assert set(made) == {"admin", "학생"}
    assert json.loads(place.passwords.read_text("utf-8")) == made


def test_config_is_read_back_by_configparser_as_written(place: _config.Layout) -> None:
    keys = _config.load_secrets(place)
    text = _config.render_config(
        place, keys, 8123, {"core": {"parallelism": "1"}, "smtp": {"smtp_host": "x"}}
    )
    parser = configparser.ConfigParser()
    parser.read_string(text)
    assert parser["core"]["dags_folder"] == str(place.dags)
    assert parser["logging"]["base_log_folder"] == str(place.logs)  # 이름에 %가 있습니다
    assert (parser["api"]["host"], parser["api"]["port"]) == ("127.0.0.1", "8123")
    assert parser["core"]["load_examples"] == "False"
    assert parser["core"]["parallelism"] == "1"
    assert parser["smtp"]["smtp_host"] == "x"


def test_environment_carries_no_secret_and_no_inherited_airflow_setting(
    place: _config.Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    keys = _config.load_secrets(place)
    found = _config.environment(place)
    assert "AIRFLOW__CORE__EXECUTOR" not in found
    assert keys.fernet_key not in found.values()
    assert found["AIRFLOW_HOME"] == found[_config.MARKER] == str(place.airflow)
    assert (found["MLOPS_LAB_HOME"], found["MLOPS_LAB_RUNS"]) == (str(place.home), str(place.runs))


def test_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = _config.find_port(port)
    assert found != port
    with socket.create_server(("127.0.0.1", found)):
        pass


def test_port_taken_on_all_interfaces_is_passed_over() -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        assert _config.find_port(port) != port


def test_home_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", "utf-8")
    with pytest.raises(HomeError, match="폴더여야 할 자리에 파일이 있습니다"):
        _config.prepare(_config.layout(tmp_path / "home"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="쓸 수 없는 파일 시스템의 예로 /proc을 씁니다")
def test_home_on_a_filesystem_that_refuses_says_so() -> None:
    with pytest.raises(HomeError, match="작업 폴더에 쓸 수 없습니다"):
        _config.prepare(_config.layout("/proc/mlops-lab"))


def test_home_with_a_question_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match=r"'\?'"):
        _config.layout(tmp_path / "what?")


def test_full_disk_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o size=2m none {disk} && exec {os.sys.executable} -c "
        f"\"from mlops_lab.stack import _config; _config.prepare(_config.layout('{disk}/home'))\""
    )
    can = subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False)
    if can.returncode:
        pytest.skip("이 컴퓨터에서는 이름 공간을 나눌 수 없어 작은 디스크를 붙이지 못합니다")
    ran = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert "HomeError: 디스크에 남은 공간이 2 MB뿐입니다" in ran.stderr


def test_the_warm_parent_of_an_outer_airflow_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_LAB_WARM_SOCKET", "/outer/kernels.sock")
    assert "MLOPS_LAB_WARM_SOCKET" not in _config.environment(_config.layout(tmp_path), AIRFLOW["env"])


@pytest.mark.parametrize("level", [None, "0", "7"])
def test_bash_in_a_task_does_not_read_the_settings_of_the_person(
    level: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow의 태스크처럼 표준 입력이 소켓인 bash입니다. 그대로 두면 ~/.bashrc가 말하는 것이 태스크의 로그에 섞입니다."""
    (tmp_path / ".bashrc").write_text("echo 사람의 설정\n", "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SHLVL", raising=False)
    if level is not None:
        monkeypatch.setenv("SHLVL", level)

    def said(env: dict[str, str]) -> str:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            done = subprocess.run(
                ["bash", "-c", "echo 태스크"],
                stdin=theirs,
                env=env,
                capture_output=True,
                text=True,
                check=True,
            )
        return done.stdout

    assert said(_config.environment(_config.layout(tmp_path / "workspace"))) == "태스크\n"
    if level != "7":
        assert said(dict(os.environ)) == "사람의 설정\n태스크\n"
