"""wheel을 빈 환경에 홀로 설치해 씁니다. 소스는 보이지 않고, 환경마다 extra는 하나뿐입니다.

의존하는 패키지의 판은 requirements.txt가 정합니다(constraint).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.common import ROOT, write_notebook
from tests.readme import block

UV = Path(sys.executable).with_name("uv")


@dataclass(frozen=True)
class Environment:
    """wheel만 설치한 환경과, 소스가 보이지 않는 작업 폴더."""

    bin: Path
    work: Path

    def run(self, program: str, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """작업 폴더에서 실행합니다. 개발자의 환경 변수는 넘기지 않습니다."""
        home = self.work / "home"
        done = subprocess.run(
            [str(self.bin / program), *words],
            capture_output=True,
            text=True,
            cwd=self.work,
            timeout=600,
            env={
                "PATH": f"{self.bin}:/usr/bin:/bin",
                "HOME": str(home),
                "LANG": "C.UTF-8",
                "AIRFLOW_HOME": str(home / "airflow"),
                "AIRFLOW__CORE__DAGS_FOLDER": str(self.work / "dags"),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            },
        )
        assert done.returncode == code, f"{program} {words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def python(self, source: str) -> str:
        return self.run("python", "-c", source).stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", folder, ROOT], check=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """extra 하나(없으면 "")만 설치한 환경을 만듭니다. 한 번 만든 것은 다시 씁니다."""
    made: dict[str, Environment] = {}

    def make(extra: str) -> Environment:
        if extra not in made:
            work = tmp_path_factory.mktemp(extra or "base")
            home = work / "env"
            python = home / "bin" / "python"
            asked = f"mlops-lab{f'[{extra}]' if extra else ''} @ {wheel.as_uri()}"
            subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, home], check=True)
            subprocess.run(
                [UV, "pip", "install", "--quiet", "--python", python, "-c", ROOT / "requirements.txt", asked],
                check=True,
                timeout=1500,
            )
            (work / "home").mkdir()
            write_notebook(
                work / "dags" / "double.ipynb",
                "from mlops_lab import record\nrecord(n=n * 2)",
                parameters="n: int = 1",
            )
            made[extra] = Environment(python.parent, work)
        return made[extra]

    return make


def test_the_wheel_is_small_typed_and_without_the_course_data(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert wheel.stat().st_size < 1_000_000
    assert "mlops_lab/py.typed" in names
    assert not [name for name in names if name.endswith((".gz", ".ttf"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {
        "mlops_lab",
        names[-1].split("/")[0],
    }  # 시험은 없습니다.


def test_the_base_runs_a_notebook(install: Callable[[str], Environment]) -> None:
    base = install("")
    assert Path(base.python("import mlops_lab; print(mlops_lab.__file__)")).is_relative_to(base.work / "env")
    assert base.python("import mlops_lab; print(mlops_lab.__version__)") in str(
        next((base.work / "env").rglob("mlops_lab-*.dist-info"))
    )
    assert "노트북을 실행하고" in base.run("mlops-lab", "--help").stdout
    shown = json.loads(base.run("mlops-lab", "run", "dags/double.ipynb", "-p", "n=3", "--json").stdout)
    assert (shown["status"], shown["results"]) == ("success", {"n": 6})
    assert Path(shown["html"]).is_file()
    called = 'from mlops_lab import run_notebook; print(run_notebook("dags/double.ipynb", parameters={"n": 5}).results)'
    assert base.python(called).splitlines()[-1] == "{'n': 10}"


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("up", "stack"),
        ("down", "stack"),
        ("status", "stack"),
        ("logs", "stack"),
        ("doctor", "stack"),
        ("reset", "stack"),
        ("drift a.csv b.csv", "drift"),
    ],
)
def test_the_base_names_the_extra_of_other_commands(
    command: str, extra: str, install: Callable[[str], Environment]
) -> None:
    told = install("").run("mlops-lab", *command.split(), code=2).stderr
    assert f'pip install "mlops-lab[{extra}]"' in told
    assert "Traceback" not in told


def test_the_base_tells_that_lessons_and_data_are_in_the_repository(
    install: Callable[[str], Environment],
) -> None:
    base = install("")
    assert "notebooks/ 폴더가 함께 있는 프로젝트" in base.run("mlops-lab", "progress", code=2).stderr
    deliver = (
        "from pathlib import Path\nfrom mlops_lab.flights import landing\n"
        "try: landing.deliver('2013-03', Path('home'), 'labels')\n"
        "except FileNotFoundError as error: print(error)"
    )
    told = base.python(deliver)
    assert "labels-2013-03.csv.gz" in told
    assert "python -m mlops_lab.flights.build_data" in told


def test_airflow_runs_the_dag_of_the_readme(install: Callable[[str], Environment]) -> None:
    lab = install("airflow")
    dags = lab.work / "dags"
    (dags / "training.py").write_text(block("NotebookOperator("), "utf-8")
    write_notebook(dags / "train.ipynb", block("record(auc="), parameters=block("depth: int = 4"))
    write_notebook(
        dags / "report.ipynb", "from mlops_lab import record\nrecord(seen=auc)", parameters="auc: float = 0.0"
    )
    lab.run("airflow", "db", "migrate")
    state = lab.python(
        "from airflow.dag_processing.dagbag import DagBag\n"
        "bag = DagBag('dags', bundle_path=None)\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "print(bag.dags['training'].test().state)"
    )
    assert state.splitlines()[-1] == "success"
    (results,) = lab.work.rglob("report/try-1.results.json")
    assert json.loads(results.read_text("utf-8"))["results"] == {"seen": 0.67}


def test_drift_judges_two_files(install: Callable[[str], Environment]) -> None:
    lab = install("drift")
    lab.python(
        "import pandas as pd\nfrom mlops_lab.drift import Scenario, simulate\n"
        "scenario = Scenario('covariate', rows=5_000, onset=1, magnitude=1.0)\n"
        "for batch, name in enumerate(('before.csv', 'now.parquet')):\n"
        "    table = pd.DataFrame(simulate(scenario, batch))\n"
        "    table.to_csv(name, index=False) if name.endswith('csv') else table.to_parquet(name)"
    )
    words = ("drift", "before.csv", "now.parquet", "--html", "report.html")
    shown = json.loads(lab.run("mlops-lab", *words, "--json").stdout)
    assert shown["verdict"] == "drift"
    assert "<img" in (lab.work / "report.html").read_text("utf-8")
    (lab.work / "again.csv").write_bytes((lab.work / "before.csv").read_bytes())
    assert json.loads(lab.run("mlops-lab", "drift", "before.csv", "again.csv", "--json").stdout)[
        "verdict"
    ] == ("stable")


def test_stack_looks_for_an_airflow(install: Callable[[str], Environment]) -> None:
    shown = json.loads(install("stack").run("mlops-lab", "status", "--json", code=1).stdout)
    assert set(shown["components"].values()) == {"absent"}
