"""runs 폴더의 노트북을 엽니다: 보통 파일만, 링크를 따라가지 않고, 정해 둔 크기까지."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lab.airflow import _stored
from mlops_lab.airflow._stored import NotShownError, opened
from mlops_lab.runner import OutputError, run_path
from tests.common import FUZZ

SECRET = b'{"nbformat": 4, "cells": [], "secret": "s3cr3t"}'


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "dag" / "run" / "task").mkdir(parents=True)
    (tmp_path / "outside" / "task").mkdir(parents=True)
    for folder in (tmp_path / "outside", tmp_path / "outside" / "task"):
        (folder / "try-1.ipynb").write_bytes(SECRET)
    return tmp_path / "runs"


def read(runs: Path, path: Path | None = None) -> bytes | None:
    with opened(runs, path or runs / "dag" / "run" / "task" / "try-1.ipynb") as stored:
        return stored and stored.read()


def test_a_regular_file_is_read_and_its_version_changes_with_it(runs: Path) -> None:
    path = runs / "dag" / "run" / "task" / "try-1.ipynb"
    assert read(runs) is None
    path.write_bytes(b"{}")
    assert read(runs) == b"{}"
    with opened(runs, path) as first, opened(runs, path) as again:
        assert first == again
    path.write_bytes(b"{ }")
    with opened(runs, path) as changed:
        assert changed != first


def test_the_runs_folder_itself_may_be_a_link(runs: Path) -> None:
    (runs / "dag" / "run" / "task" / "try-1.ipynb").write_bytes(b"{}")
    link = runs.with_name("link")
    link.symlink_to(runs)
    assert read(link, link / "dag" / "run" / "task" / "try-1.ipynb") == b"{}"


def test_a_hard_link_is_the_file(runs: Path) -> None:
    path = runs / "dag" / "run" / "task" / "try-1.ipynb"
    path.write_bytes(b"{}")
    os.link(path, runs / "backup")
    assert read(runs) == b"{}"


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(path.parent, os.O_DIRECTORY)
        try:
            server.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


@pytest.mark.parametrize(
    "plant",
    [
        os.mkfifo,
        Path.mkdir,
        socket_at,
        lambda path: path.symlink_to("/etc/passwd"),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("../../../../outside/try-1.ipynb"),
        lambda path: path.symlink_to(path.with_name("nowhere")),
    ],
    ids=["fifo", "folder", "socket", "passwd", "zero", "loop", "outside", "dangling"],
)
def test_only_a_regular_file_is_read(runs: Path, plant: Callable[[Path], object]) -> None:
    plant(runs / "dag" / "run" / "task" / "try-1.ipynb")
    with pytest.raises(NotShownError) as refused:
        read(runs)
    assert refused.value.status_code == 404
    assert "보통 파일" in refused.value.message


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_no_folder_on_the_way_may_be_a_link(runs: Path, depth: int) -> None:
    folder = runs.joinpath("dag", "run", "task")
    folder.rmdir()
    link = [runs / "dag", runs / "dag" / "run", folder][depth]
    target = runs.parent / "outside"
    if depth < 2:
        (target / "run" / "task").mkdir(parents=True)
        (target / "run" / "task" / "try-1.ipynb").write_bytes(SECRET)
        if depth == 0:
            (runs / "dag" / "run").rmdir()
        else:
            target = target / "run"
        link.rmdir()
    link.symlink_to(target)
    with pytest.raises(NotShownError):
        read(runs)


def test_a_file_on_the_way_is_no_folder(runs: Path) -> None:
    (runs / "dag" / "run" / "task").rmdir()
    (runs / "dag" / "run" / "task").write_bytes(SECRET)
    with pytest.raises(NotShownError):
        read(runs)


@pytest.mark.parametrize("name", ["..", ".", "a/../../..", "\0", "가" * 300, "\ud800"])
def test_no_name_leads_elsewhere(runs: Path, name: str) -> None:
    for path in (
        runs / name / "try-1.ipynb",
        runs / ".." / "outside" / "try-1.ipynb",
        runs.parent / "outside",
    ):
        try:
            assert read(runs, path) is None
        except NotShownError as error:
            assert error.status_code == 404  # noqa: PT017 - 없다고 하거나 거절하거나, 어느 쪽이든 됩니다.


def test_what_is_too_big_says_how_big_and_where(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = runs / "dag" / "run" / "task" / "try-1.ipynb"
    path.touch()
    os.truncate(path, 248 * 1024**2)
    with pytest.raises(NotShownError) as refused:
        read(runs)
    assert refused.value.status_code == 413
    assert "248.0 MB" in refused.value.message
    assert "JupyterLab" in refused.value.message
    # 연 다음에 자라도 한도까지만 읽습니다.
    path.write_bytes(b"{}")
    monkeypatch.setattr(_stored, "LIMIT", 100)
    with opened(runs, path) as stored:
        assert stored is not None
        path.write_bytes(b" " * 101)
        with pytest.raises(NotShownError):
            stored.read()


NAMES = st.text(max_size=300) | st.sampled_from(
    [
        "..",
        ".",
        "../outside",
        "/etc",
        "a\0b",
        "%2e%2e",
        "..\\..",
        "try-1.ipynb",
        "x" * 5000,
        "가" * 200,
        "link",
    ]
)


@settings(max_examples=FUZZ, deadline=None)
@given(NAMES, NAMES, NAMES, st.integers(min_value=-1), st.integers(min_value=1))
def test_no_ids_lead_outside(dag: str, run: str, task: str, map_index: int, try_number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder, "runs")
        runs.mkdir()
        for outside in (Path(folder), Path(folder, "outside"), Path(folder, "outside", "x")):
            outside.mkdir(exist_ok=True)
            (outside / "try-1.ipynb").write_bytes(SECRET)
        (runs / "link").symlink_to(Path(folder, "outside"))
        try:
            path = run_path(runs, dag, run, task, map_index=map_index, try_number=try_number)
            with opened(runs, path) as stored:
                assert stored is None
        except (NotShownError, OutputError):
            pass
