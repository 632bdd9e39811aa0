"""conda를 쓰는 사람의 길: environment.yml의 pip 부분을 빈 환경에 통째로 설치합니다. 패키지 240개를 pip으로 설치하느라 오래 걸립니다."""

from __future__ import annotations

import shutil
import venv
from pathlib import Path

import yaml

from tests.common import ROOT
from tests.install.test_environment import pip_lines, run


def test_the_pip_part_of_environment_yml_installs(tmp_path: Path) -> None:
    """conda가 하는 대로: 빈 환경에 conda 부분의 pip을 두고, pip 부분을 그 pip으로 설치합니다."""
    copy = tmp_path / "복사본"  # 개발자의 폴더에는 아무것도 만들지 않습니다.
    ignored = shutil.ignore_patterns(
        ".venv", ".git", "workspace", "build", ".*_cache", "__pycache__", "notebooks"
    )
    shutil.copytree(ROOT, copy, ignore=ignored)
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    (pip,) = [d for d in environment["dependencies"] if isinstance(d, str) and d.startswith("pip")]
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", pip)
    (copy / "condaenv.requirements.txt").write_text("\n".join(pip_lines()), encoding="utf-8")
    run(
        python, "-m", "pip", "install", "--quiet", "--no-compile", "-U", "-r", "condaenv.requirements.txt",
        cwd=copy,
    )  # fmt: skip
    run(python, "-m", "pip", "check")
    assert "run" in run(tmp_path / "env" / "bin" / "mlops-lab", "--help", cwd=tmp_path)
    shutil.rmtree(tmp_path / "env")
