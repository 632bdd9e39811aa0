"""작업 폴더: 저장소, 설치한 패키지, 컨테이너 어디에서 누가 묻든 답이 하나입니다."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import mlops_lab
from mlops_lab import workspace

ROOT = Path(mlops_lab.__file__).parents[1]
ASK = """
import json, sys
import mlops_lab
from mlops_lab import flights, runner, stack, workspace
from mlops_lab.lesson import connect
from mlops_lab.runner import warm

def attach(home):
    raise RuntimeError(str(home))

stack.attach = attach
try:
    connect()
except RuntimeError as error:
    connected = str(error)
place = stack.layout()
answers = {
    "package": mlops_lab.__file__,
    "project": {workspace.project(), place.dags.parent, workspace.project(near=workspace.project() / "dags" / "a.py")},
    "home": {workspace.home(), place.home, flights.home(), connected, workspace.home(near=place.dags / "a.py")},
    "runs": {workspace.runs(), place.runs, runner.runs_folder()},
    "socket": {warm.default_socket()},
}
print(json.dumps({key: sorted(set(map(str, [value] if isinstance(value, str) else value))) for key, value in answers.items()}))
"""


def ask(cwd: Path, site: Path = ROOT, **settings: str) -> dict[str, list[str]]:
    """`cwd`에서 새로 시작한 파이썬이, 방마다 물어 얻은 답."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MLOPS_LAB_")}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=cwd,
        env={**env, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, list[str]] = json.loads(done.stdout)
    assert answers.pop("package") == [str(site / "mlops_lab" / "__init__.py")]
    return answers


def expected(project: Path, home: Path, runs: Path | None = None) -> dict[str, list[str]]:
    return {
        "project": [str(project)],
        "home": [str(home)],
        "runs": [str(runs or home / "runs")],
        "socket": [str(home / "warm" / "kernels.sock")],
    }


def make_project(folder: Path) -> Path:
    (folder / "dags").mkdir(parents=True)
    (folder / "notebooks" / "solutions").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("place", ["", "notebooks", "notebooks/solutions"])
def test_every_room_agrees_in_the_repository(place: str) -> None:
    assert ask(ROOT / place) == expected(ROOT, ROOT / "workspace")


def test_a_process_elsewhere_is_told_by_the_environment(tmp_path: Path) -> None:
    project, home = make_project(tmp_path / "프로젝트"), tmp_path / "작업"
    answers = ask(tmp_path, MLOPS_LAB_PROJECT=str(project), MLOPS_LAB_HOME=str(home))
    assert answers == expected(project, home)


def test_an_installed_package_looks_at_the_project_and_not_at_itself(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    shutil.copytree(
        ROOT / "mlops_lab", site / "mlops_lab", ignore=shutil.ignore_patterns("data", "fonts", "__pycache__")
    )
    project = make_project(tmp_path / "내 수업")
    assert ask(project / "notebooks", site) == expected(project, project / "workspace")


@pytest.mark.parametrize(
    ("service", "cwd", "runs"),
    [("airflow-worker", "", "runs"), ("jupyterlab", "notebooks", "workspace/runs")],
)
def test_the_containers_of_compose_agree(service: str, cwd: str, runs: str, tmp_path: Path) -> None:
    """프로젝트의 폴더가 저마다 다른 데에서 온 볼륨입니다. JupyterLab이 따로 띄운 Airflow의 기록은 작업자의 것과 섞이지 않습니다."""
    container = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"][service]
    for volume in container["volumes"]:
        source, target, *_ = volume.split(":")
        inside = tmp_path / target.lstrip("/")
        (inside.parent if Path(source).suffix else inside).mkdir(parents=True, exist_ok=True)
    settings = {
        name: str(value).replace("/opt/", f"{tmp_path}/opt/")
        for name, value in container["environment"].items()
        if name.startswith("MLOPS_LAB_")
    }
    opt = tmp_path / "opt" / "airflow"
    assert ask(opt / cwd, **settings) == expected(opt, opt / "workspace", opt / runs)


def test_paths_to_one_folder_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in ("real", "link", "~/real", f"{tmp_path}/link/../real"):
        monkeypatch.setenv("MLOPS_LAB_HOME", path)
        assert workspace.home() == workspace.home(path) == real


def test_a_dag_file_outside_of_any_project_has_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow의 프로세스마다 지금 폴더가 달라도, 답은 DAG 파일의 자리에서 나옵니다."""
    monkeypatch.delenv("MLOPS_LAB_HOME")
    file = tmp_path / "airflow" / "dags" / "a.py"
    for cwd in (tmp_path, ROOT):
        monkeypatch.chdir(cwd)
        assert workspace.home(near=file) == tmp_path / "airflow" / "workspace"


@pytest.mark.parametrize("named", [True, False])
def test_a_missing_project_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    (tmp_path / "dags").mkdir()
    monkeypatch.chdir("/" if named else tmp_path)
    if named:
        monkeypatch.setenv("MLOPS_LAB_PROJECT", str(tmp_path))
    with pytest.raises(workspace.ProjectNotFoundError) as told:
        workspace.require_project()
    seen, what_to_do = str(told.value).split("\n")
    assert str(tmp_path) in seen
    assert "dags/ 폴더와 notebooks/ 폴더" in seen
    assert "MLOPS_LAB_PROJECT" in what_to_do


def test_what_needs_a_project_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlops_lab import demo, lab
    from mlops_lab.lesson import connect

    monkeypatch.chdir(tmp_path)
    with pytest.raises(workspace.ProjectNotFoundError):
        connect()
    assert demo.main(["--months", "2013-03"]) == 2
    assert lab.main() == 1
    assert capsys.readouterr().out.count("MLOPS_LAB_PROJECT") == 2
    assert not list(tmp_path.iterdir()), "아무것도 시작하거나 만들지 않았습니다"


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """새 파일을 누구나 읽고 쓰게 만드는 umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def make_stack(home: Path) -> None:
    from mlops_lab import stack

    stack._config.prepare(stack.layout())


def make_progress(home: Path) -> None:
    from mlops_lab.lesson import progress

    progress.keep(home, "01-1", progress.PASSED)


def make_landing(home: Path) -> None:
    from mlops_lab.flights import landing

    landing.deliver("2013-03", home, "labels")


def make_lesson(home: Path) -> None:
    make_landing(home / "lessons" / "01")


def make_registry(home: Path) -> None:
    from mlops_lab.flights import registry

    registry.list_versions(home)


def make_run(home: Path) -> None:
    from mlops_lab.runner import runs_folder
    from mlops_lab.runner._store import check_output

    check_output(Path("a/b.ipynb"), runs_folder(), home / "source.ipynb")


def make_jupyter(home: Path) -> None:
    from mlops_lab.lesson.jupyter import write_settings

    write_settings(home / "jupyter", home.parent, 8_888)


MAKERS = [make_stack, make_progress, make_landing, make_lesson, make_registry, make_run, make_jupyter]


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_whoever_makes_the_workspace_makes_it_for_its_owner_alone(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """정하지 않았으면 이미 있던 것도 좁힙니다."""
    project = make_project(tmp_path / "프로젝트")
    monkeypatch.delenv("MLOPS_LAB_HOME")
    monkeypatch.chdir(project)
    home = project / "workspace"
    make(home)
    assert permissions(home) == 0o700
    home.chmod(0o755)
    make(home)
    assert permissions(home) == 0o700
    assert permissions(project) == 0o777, "작업 폴더의 바깥은 건드리지 않습니다"


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_chosen_folder_is_made_for_its_owner_and_kept_as_it_was(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, shared = tmp_path / "정한 곳", tmp_path / "함께 쓰는 곳"
    monkeypatch.setenv("MLOPS_LAB_HOME", str(home))
    make(home)
    assert permissions(home) == 0o700
    shared.mkdir(0o775)
    monkeypatch.setenv("MLOPS_LAB_HOME", str(shared))
    make(shared)
    assert permissions(shared) == 0o775


@pytest.mark.usefixtures("open_umask")
def test_chosen_runs_are_made_for_their_owner_and_kept_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, shared = tmp_path / "기록", tmp_path / "함께 보는 기록"
    shared.mkdir(0o755)
    for folder, expects in ((runs, 0o700), (shared, 0o755)):
        monkeypatch.setenv("MLOPS_LAB_RUNS", str(folder))
        make_run(tmp_path)
        assert permissions(folder) == expects


def test_a_file_in_the_place_of_the_workspace_is_told(tmp_path: Path) -> None:
    (tmp_path / "workspace").write_text("", "utf-8")
    with pytest.raises(FileExistsError):
        workspace.make(tmp_path / "workspace")
