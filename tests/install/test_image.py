"""Dockerfile의 설치를 Docker 없이 따라 합니다: COPY한 것만 있는 폴더에서, RUN에 적힌 `uv sync` 그대로."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.common import ROOT


def test_the_image_has_every_extra_the_flights_and_the_font(tmp_path: Path) -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    source, home = tmp_path / "src", tmp_path / "venv"
    source.mkdir()
    for words in re.findall(r"^COPY (.+)$", text, re.M):
        *names, target = words.split()
        for name in names:
            assert f"!{name}" in ignored
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, source / target)
    environment = {
        **os.environ,
        "UV_PROJECT_ENVIRONMENT": str(home),
        "UV_PYTHON": sys.executable,
        "PATH": f"{home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    environment.pop("VIRTUAL_ENV", None)
    commands = re.findall(r"^RUN (uv sync .+)$", text, re.M)
    assert len(commands) == 2
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=source, env=environment, check=True, timeout=1500)
    seen = subprocess.run(
        [
            home / "bin" / "python",
            "-c",
            "import airflow, celery, mlflow, psycopg\n"
            "from mlops_lab.flights import landing\nfrom mlops_lab.lesson.plotting import FONT\n"
            f"landing.deliver('2013-12', __import__('pathlib').Path({str(tmp_path)!r}), 'features')\n"
            "assert FONT.is_file()\nprint(landing.__file__, landing.__cached__)",
        ],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert seen.returncode == 0, seen.stderr
    file, cached = seen.stdout.splitlines()[-1].split()
    assert Path(file).is_relative_to(source)
    assert Path(cached).is_file()  # 이미지의 사용자는 쓸 수 없는 곳이므로 미리 만들어 둡니다.
