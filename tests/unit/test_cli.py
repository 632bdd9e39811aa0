"""`mlops-lab run`의 약속: JSON 하나, 끝 상태, 한국어 문장."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from tests.conftest import write_notebook

KEYS = {"status", "output", "html", "results", "seconds", "cells", "error"}


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlops_lab", *words], capture_output=True, text=True, cwd=cwd, timeout=120
    )


def refused(*words: str) -> dict[str, Any]:
    """요청이 잘못되어 커널을 띄우기 전에 멈춘 실행."""
    done = CliRunner().invoke(app, ["run", *words, "--json"])
    assert done.exit_code == 2, done.output
    shown: dict[str, Any] = json.loads(done.stdout)
    assert set(shown) == KEYS
    assert shown["status"] == "failed"
    assert shown["output"] is None
    assert shown["error"]["message"] in done.stderr
    return shown["error"]


def test_success_prints_one_json_object(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a b.ipynb", "from mlops_lab import record\nrecord(n=n)", parameters="n = 1")
    done = command("run", "a b.ipynb", "-p", "n=3", "-o", "결과/out.ipynb", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == KEYS
    assert shown["status"] == "success"
    assert shown["results"] == {"n": 3}
    assert shown["error"] is None
    assert shown["cells"] == {"total": 3, "completed": 3, "failed": 0, "pending": 0}
    assert Path(shown["output"]) == tmp_path / "결과" / "out.ipynb"
    assert Path(shown["html"]).exists()
    assert "성공" in done.stderr


def test_a_failing_notebook_exits_with_1(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", "1 / 0")
    done = command("run", "a.ipynb", cwd=tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout
    assert "try-1.html" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        (["없음.ipynb"], "bad_notebook", "없습니다"),
        (["a.ipynb", "-p", "mnth=1"], "bad_parameter", "혹시 month?"),
        (["a.ipynb", "-p", "n=셋"], "bad_parameter", "int"),
        (["a.ipynb", "-p", "n"], "bad_parameter", "'='"),
        (["a.ipynb", "-p", "n=1", "-p", "n=2"], "bad_parameter", "두 번"),
        (["a.ipynb", "-p", "n;import os=1"], "bad_parameter", "파이썬 이름이 아닙니다"),
        (["a.ipynb", "--timeout", "-1"], "bad_parameter", "0보다 큰"),
        (["a.ipynb", "-o", "../out.ipynb"], "output_error", "밖입니다"),
        (["a.ipynb", "-o", "a.ipynb"], "output_error", "덮어쓰지"),
    ],
)
def test_wrong_requests_exit_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], kind: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "a.ipynb", "1", parameters="month = 1\nn = 1")
    before = (tmp_path / "a.ipynb").read_bytes()
    error = refused(*words)
    assert error["kind"] == kind
    assert says in error["message"]
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]
    assert (tmp_path / "a.ipynb").read_bytes() == before
