"""extra: 방마다 적힌 것으로 충분하고, 적힌 것을 모두 쓰며, 없으면 무엇을 설치할지 알려 줍니다."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = {name: [Requirement(r) for r in rows] for name, rows in PROJECT["optional-dependencies"].items()}
ROOMS = {  # 방의 폴더나 파일: 그 방을 쓰려고 설치하는 extra. ""는 extra 없이 설치한 것입니다.
    "_extras.py": "",
    "runner": "",
    "airflow": "airflow",
    "drift": "drift",
    "stack": "stack",
    "flights": "flights",
    "lesson": "lab",
}
NOT_IMPORTED = {  # 방이 이름을 부르지 않아도 쓰는 것
    "": {"ipykernel", "rich", "typer"},  # 파이썬 노트북의 커널, 그리고 cli.py가 쓰는 것입니다.
    # DAG가 쓰는 오퍼레이터, 명령으로 띄우는 화면, 그 화면의 말입니다.
    "lab": {"apache-airflow-providers-standard", "jupyterlab", "jupyterlab-language-pack-ko-kr"},
}
# 프로바이더도 모두 airflow라는 이름 아래에 있으므로, 그 이름은 Airflow 하나로 봅니다.
OWNERS = {**packages_distributions(), "airflow": ["apache-airflow"]}
OPTIONAL = {  # 없어도 되는 것: 없을 때의 시험이 따로 있습니다.
    ("airflow", "celery"),  # Celery 작업자에서만 읽는 모듈입니다.
    ("drift", "sklearn"),  # attribute_gap(method="boosting")만 씁니다. 없으면 무엇을 설치할지 말합니다.
    ("drift", "threadpoolctl"),  # scikit-learn과 함께 옵니다.
    ("stack", "matplotlib"),  # doctor가 글꼴을 볼 때 씁니다. 없으면 그렇다고 말합니다.
}


def named(extra: str) -> set[str]:
    """extra에 적힌 배포판의 이름. `mlops-lab[다른 것]`은 펼칩니다."""
    if not extra:
        return {canonicalize_name(Requirement(r).name) for r in PROJECT["dependencies"]}
    names = set()
    for requirement in EXTRAS[extra]:
        if requirement.name == "mlops-lab":
            names |= {name for each in requirement.extras for name in named(each)}
        else:
            names.add(canonicalize_name(requirement.name))
    return names


def brought(names: Iterable[str]) -> set[str]:
    """그것들을 설치하면 따라오는 모든 배포판."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
    return found


def imported(room: str) -> set[str]:
    """방이 (함수 안에서라도) 부르는 패키지의 맨 위 이름."""
    place = ROOT / "mlops_lab" / room
    names: set[str] = set()
    for file in place.rglob("*.py") if place.is_dir() else [place]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"mlops_lab"}


def test_every_room_is_known() -> None:
    rooms = {path.name for path in (ROOT / "mlops_lab").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_an_extra_brings_all_that_its_room_imports(room: str) -> None:
    there = brought(named("") | (named(ROOMS[room]) if ROOMS[room] else set()))
    missing = {
        module
        for module in imported(room)
        if not {canonicalize_name(owner) for owner in OWNERS[module]} & there
        and (room, module) not in OPTIONAL
    }
    assert missing == set()


@pytest.mark.parametrize("extra", ["", "airflow", "drift", "stack", "flights", "lab"])
def test_nothing_is_named_that_is_not_used(extra: str) -> None:
    rooms = [room for room, each in ROOMS.items() if each == extra]
    used = {canonicalize_name(o) for room in rooms for module in imported(room) for o in OWNERS[module]}
    rows = EXTRAS[extra] if extra else [Requirement(r) for r in PROJECT["dependencies"]]
    written = {canonicalize_name(r.name) for r in rows} - {"mlops-lab"}
    assert written - used - NOT_IMPORTED.get(extra, set()) == set()


@pytest.mark.parametrize(
    ("missing", "code", "extra"),
    [
        ("airflow", "from mlops_lab.airflow import NotebookOperator", "airflow"),
        ("airflow", "import mlops_lab.stack", "stack"),
        ("httpx", "import mlops_lab.stack", "stack"),
        ("numpy", "import mlops_lab.drift", "drift"),
        ("scipy", "import mlops_lab.drift", "drift"),
    ],
)
def test_a_missing_package_names_the_extra(missing: str, code: str, extra: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules[{missing!r}] = None\n{code}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"mlops_lab._extras.MissingExtra: {missing}이(가) 설치되어 있지 않습니다. "
        f'pip install "mlops-lab[{extra}]"로 설치해 주십시오.'
    )


def test_a_folder_of_the_same_name_is_no_package(tmp_path: Path) -> None:
    """작업 폴더에는 airflow/가 있습니다. 거기에서 파이썬을 켜도 Airflow가 있는 것으로 보지 않습니다."""
    from mlops_lab._extras import MissingExtra, require

    (tmp_path / "like_airflow").mkdir()
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.raises(MissingExtra, match=r"mlops-lab\[stack\]"):
            require("stack", "like_airflow")
    finally:
        sys.path.remove(str(tmp_path))


@pytest.mark.parametrize(
    "words", [["up"], ["up", "scheduler"], ["down"], ["status"], ["logs"], ["doctor"], ["reset", "--yes"]]
)
def test_a_command_without_its_extra_says_what_to_install(words: list[str], tmp_path: Path) -> None:
    code = "import sys; sys.modules['httpx'] = None; from mlops_lab.cli import app; app(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        '오류: httpx이(가) 설치되어 있지 않습니다. pip install "mlops-lab[stack]"로 설치해 주십시오.\n'
    )


def test_the_base_runs_notebooks_and_shows_progress_without_any_extra(tmp_path: Path) -> None:
    """extra에만 있는 것이 하나도 없어도 `run`과 `progress`는 할 일을 합니다."""
    extras = {"airflow", "celery", "fastapi", "httpx", "matplotlib", "mlflow", "numpy", "pandas", "pyarrow",
              "scipy", "skops", "sklearn", "sqlalchemy", "jupyterlab", "jupytext"}  # fmt: skip
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({extras!r}));"
        "from mlops_lab.cli import app; app(sys.argv[1:])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "run", "없음.ipynb"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert (run.returncode, "bad_notebook" in run.stderr) == (2, True), run.stderr
    progress = subprocess.run(
        [sys.executable, "-c", code, "progress", "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert progress.returncode == 0, progress.stderr
