"""Debian의 꾸러미가 있어야 하는 시험의 준비: root이면 설치하고, 아니면 까닭을 말하고 건너뜁니다."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def need(missing: Callable[[], list[str]]) -> None:
    """`missing()`이 대는 꾸러미를 설치합니다. 그래도 없으면 시험을 건너뜁니다."""
    if missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        # RUNLEVEL=1: 설치하면서 서비스를 시작하지 않습니다.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        with (Path(tempfile.gettempdir()) / "mlops-lab-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # 갈래 둘이 함께 설치하면 하나는 거절됩니다.
            for words in (["update"], ["install", "--yes", "--no-install-recommends", *missing()]):
                subprocess.run(
                    ["apt-get", *words], env=environment, capture_output=True, timeout=300, check=False
                )
    if names := missing():
        pytest.skip(
            f"{', '.join(names)}이(가) 없고, root가 아니거나 apt-get이 없어 설치할 수 없습니다. "
            f"sudo apt-get install {' '.join(names)} 뒤에 다시 실행하십시오."
        )
