"""pyproject.toml, uv.lock, requirements.txt, environment.yml이 같은 환경을 말하는지 봅니다."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.common import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent


def run(*words: object, cwd: Path = ROOT) -> str:
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd=cwd, timeout=1500)
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def pip_lines() -> list[str]:
    """environment.yml의 pip 부분. conda는 이것을 requirements 파일로 써서 pip에 넘깁니다."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    (pip,) = [d["pip"] for d in environment["dependencies"] if isinstance(d, dict)]
    return list(pip)


def test_the_lock_fits_pyproject() -> None:
    run(BIN / "uv", "lock", "--check", "--offline")


def test_requirements_are_exported_from_the_lock() -> None:
    exported = run(
        BIN / "uv", "export", "--quiet", "--frozen", "--all-extras", "--no-extra", "official",
        "--no-emit-project", "--no-header",
    )  # fmt: skip
    assert exported == (ROOT / "requirements.txt").read_text(encoding="utf-8"), "make lock을 실행하십시오."


def test_every_requirement_is_pinned_and_hashed() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 200
    for line in lines:
        assert re.match(r"[a-z0-9._-]+(\[[^\]]+\])?==\S+", line), line
        assert "--hash=sha256:" in line, line


def test_the_official_provider_is_an_extra_and_not_in_the_environment() -> None:
    assert any("providers-papermill" in r for r in PYPROJECT["project"]["optional-dependencies"]["official"])
    names = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    for cloud in ("apache-airflow-providers-papermill", "azure-storage-blob", "gcsfs", "boto3", "scrapbook"):
        assert cloud not in names


def test_environment_yml_names_the_same_python_and_the_same_requirements() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [Requirement(d) for d in environment["dependencies"] if isinstance(d, str)]
    specifiers = {r.name: r.specifier for r in plain}
    assert set(specifiers) == {"python", "pip"}
    assert specifiers["python"] == SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert "-r requirements.txt" in pip_lines()
    assert "-e ." in pip_lines()


def test_this_environment_is_the_locked_one() -> None:
    run(sys.executable, "-m", "pip", "check")
    from importlib.metadata import distributions

    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in distributions()}
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    wanted = [Requirement(line.rstrip(" \\")) for line in re.findall(r"^[a-z0-9].*", text, re.M)]
    wrong = [
        f"{r.name}: {installed.get(canonicalize_name(r.name))}"
        for r in wanted
        if (r.marker is None or r.marker.evaluate())
        and not r.specifier.contains(installed.get(canonicalize_name(r.name), "0"), prereleases=True)
    ]
    assert wrong == []
