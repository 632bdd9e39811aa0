"""`make lab`의 JupyterLab: 예열 프로세스가 있으면 거기에서 fork한 커널을 쓰고, 나가면 남기지 않습니다."""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import pytest

from mlops_lab.lesson.jupyter import jupyter
from mlops_lab.runner import warm
from tests.common import wait_until


def test_kernels_of_jupyterlab_are_forked_from_the_warm_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, root = tmp_path / "작업 폴더", tmp_path / "노트북"
    root.mkdir()
    for name in ("DATA", "RUNTIME", "CONFIG"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    socket = home / "warm" / "kernels.sock"
    parent = warm.start(socket, ["json"])
    assert parent is not None
    wait_until(socket.exists)

    def kernels() -> list[psutil.Process]:
        """예열 프로세스의 자식인 감독의 자식."""
        found = []
        for supervisor in psutil.Process(parent.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                found += supervisor.children()
        return found

    try:
        with jupyter(home, root) as lab:
            token = parse_qs(urlsplit(lab.url).query)["token"][0]
            api = httpx.Client(
                base_url=lab.url.split("/lab")[0],
                headers={"Authorization": f"token {token}"},
                trust_env=False,
                timeout=30,
            )
            kernel = api.post("/api/kernels", json={"name": "python3"}).raise_for_status().json()["id"]
            wait_until(lambda: len(kernels()) == 1)
            (first,) = kernels()
            api.post(f"/api/kernels/{kernel}/restart").raise_for_status()
            wait_until(lambda: len(kernels()) == 1 and kernels()[0].pid != first.pid)
            api.delete(f"/api/kernels/{kernel}").raise_for_status()
            wait_until(lambda: not kernels())
            api.post("/api/kernels", json={"name": "python3"}).raise_for_status()
            wait_until(lambda: len(kernels()) == 1)
        wait_until(lambda: not kernels())
    finally:
        parent.terminate()
        parent.wait()
