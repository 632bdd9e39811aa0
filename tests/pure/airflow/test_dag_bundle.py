"""DAG 폴더를 바뀌었을 때에만 훑습니다. 진짜 Dag 프로세서로는 tests/faults/test_dag_files.py가 봅니다."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dags" / "sub").mkdir(parents=True)
    (tmp_path / "dags" / "a.py").write_text("from airflow.sdk import DAG\n", "utf-8")
    (tmp_path / "dags" / "sub" / "b.py").write_text("x = 1\n", "utf-8")
    return tmp_path / "dags"


def change(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    ("act", "interval"),
    [
        (lambda folder: None, 300),
        (lambda folder: change(folder / "a.py"), 0),
        (lambda folder: change(folder / "sub" / "b.py"), 0),
        (lambda folder: (folder / "a.py").unlink(), 0),
        (lambda folder: (folder / "새것.py").write_text("", "utf-8"), 0),
        (lambda folder: (folder / "shape.yaml").write_text("", "utf-8"), 0),
        (lambda folder: (folder / ".airflowignore").write_text("", "utf-8"), 0),
        (lambda folder: (folder / "out.ipynb").write_text("", "utf-8"), 300),
        (lambda folder: (folder / "__pycache__").mkdir(), 300),
        (lambda folder: (folder / "loop").symlink_to(folder), 0),
    ],
    ids=["nothing", "changed", "changed below", "gone", "new", "yaml", "ignore", "notebook", "cache", "loop"],
)
def test_a_change_asks_to_be_looked_at_now(
    folder: Path, act: Callable[[Path], object], interval: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_lab.stack import _dag_bundle

    monkeypatch.setattr(_dag_bundle, "_COST", float("inf"))  # 물을 때마다 봅니다.
    bundle = _dag_bundle.WatchedDagBundle(name="my-dags", path=str(folder), refresh_interval=300)
    assert bundle.refresh_interval == 300  # 처음에는 Dag 프로세서가 어차피 훑습니다.
    bundle.refresh()
    assert bundle.refresh_interval == 300
    act(folder)
    assert bundle.refresh_interval == interval


def test_a_folder_that_takes_long_is_looked_at_less_often(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_lab.stack import _dag_bundle

    now = [100.0]
    monkeypatch.setattr(_dag_bundle.time, "monotonic", lambda: now[0])
    bundle = _dag_bundle.WatchedDagBundle(name="my-dags", path=str(folder), refresh_interval=300)
    bundle.refresh()
    looks: list[float] = []
    snapshot = bundle._snapshot

    def slow() -> object:
        looks.append(now[0])
        now[0] += 0.1
        return snapshot()

    monkeypatch.setattr(bundle, "_snapshot", slow)
    for _ in range(30):
        now[0] += 1
        assert bundle.refresh_interval == 300
    assert len(looks) == 3  # 0.1초 걸렸으면 10초에 한 번만 봅니다.
