"""`mlops-lab run`과 `mlops-lab drift`의 약속: JSON 하나, 끝 상태, 한국어 문장."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from tests.common import write_notebook

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
    assert shown["cells"] == {"total": 3, "completed": 3, "failed": 0, "pending": 0, "skipped": 0}
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


DRIFT_KEYS = {"name", "kind", "n_reference", "n_current", "psi", "statistic", "test", "p_value", "p_adjusted"}
DRIFT_KEYS |= {"effect", "missing_reference", "missing_current", "verdict"}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """기준(CSV)과 현재(parquet). 현재는 x가 반 표준편차 밀렸습니다."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    for name, rows, start, shift in (("기준", 6_000, "2013-01-01", 0.0), ("현재", 1_000, "2013-03-02", 0.5)):
        table = pd.DataFrame(
            {
                "when": pd.date_range(start, periods=rows, freq="14min"),
                "x": random.normal(shift, 1, rows),
                "city": random.choice(["서울", "부산"], rows),
            }
        )
        table.to_csv(f"{name}.csv", index=False)
        table.to_parquet(f"{name}.parquet")
    return tmp_path


def drift(*words: str) -> Any:
    return CliRunner().invoke(app, ["drift", *words])


def test_drift_prints_one_json_object_and_tells_its_progress(tables: Path) -> None:
    done = command("drift", "기준.csv", "현재.parquet", "--time", "when", "--json", cwd=tables)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert {"verdict", "columns"} <= set(shown)
    assert shown["verdict"] == "drift"
    assert {c["name"]: c["verdict"] for c in shown["columns"]} == {"x": "drift", "city": "stable"}
    assert all(set(column) >= DRIFT_KEYS for column in shown["columns"])
    assert "읽는 중: 기준.csv" in done.stderr
    assert "[2/2] city" in done.stderr


def test_drift_tells_how_far_the_predictions_moved(tables: Path) -> None:
    said = drift("기준.csv", "현재.csv", "--time", "when", "--scores", "x")
    assert re.search(r"^예측: .*0\.\d+", said.stdout, re.MULTILINE), said.stdout
    for words in (["--scores", "x"], ["--scores", "x", "--time", "when"]):
        shift = json.loads(drift("기준.csv", "현재.csv", "--json", *words).stdout)["prediction_shift"]
        assert shift["change"]["low"] < 0.5 < shift["change"]["high"]
    assert "prediction_shift" not in json.loads(drift("기준.csv", "현재.csv", "--json").stdout)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["기준.csv", "현재.csv", "--scores", "nope"], "기준 표에 열 'nope'"),
        (["기준.csv", "현재.csv", "--scores", "city"], "점수"),
        (["요약.json", "현재.csv", "--scores", "x"], "--scores"),
    ],
)
def test_wrong_scores_are_refused(tables: Path, words: list[str], says: str) -> None:
    drift("기준.csv", "현재.csv", "--profile", "요약.json")
    done = drift(*words)
    assert done.exit_code == 2
    assert says in done.stderr


def test_drift_needs_only_its_extra(tables: Path) -> None:
    """`[drift]`가 설치하지 않는 패키지 없이 판정하고 보고서까지 씁니다. None을 넣어 둔 모듈은 부를 수 없습니다."""
    absent = ("sklearn", "mlflow", "skops", "airflow", "httpx", "jupytext")
    words = ["drift", "기준.csv", "현재.parquet", "--time", "when", "--html", "보고서.html", "--json"]
    code = f"""
import sys
sys.modules.update(dict.fromkeys({absent!r}))
from mlops_lab.cli import app
app({words!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tables, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "drift"
    assert (tables / "보고서.html").is_file()


def test_drift_writes_no_colour_codes_into_a_notebook(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Jupyter의 커널이 이렇게 둡니다.
    done = command("drift", "기준.csv", "현재.csv", cwd=tables)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


def test_drift_prints_a_table_for_people(tables: Path) -> None:
    done = drift("기준.parquet", "현재.csv")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    told = lines[lines.index("배치: 드리프트") + 1 :]
    assert [line.split(":")[1].strip() for line in told] == ["when", "x"]
    assert any(line.startswith("city") and "안정" in line for line in lines)
    assert "[3/3] city" not in done.stdout


def test_a_saved_profile_stands_in_for_the_reference(tables: Path) -> None:
    first = drift("기준.csv", "현재.csv", "--time", "when", "--profile", "요약.json", "--html", "보고서.html")
    assert first.exit_code == 0, first.output
    (tables / "기준.csv").unlink()
    again = drift("요약.json", "현재.csv", "--json")
    assert again.exit_code == 0, again.output
    assert [c["verdict"] for c in json.loads(again.stdout)["columns"]] == ["drift", "stable"]
    assert "<img" in (tables / "보고서.html").read_text(encoding="utf-8")


def test_the_rule_of_drift_can_be_changed_and_a_profile_remembers_it(tables: Path) -> None:
    given = [
        "--alpha",
        "0.001",
        "--min-effect",
        "0.01",
        "--min-rows",
        "7",
        "--min-psi",
        "5",
        "--floor",
        "0.01",
    ]
    first = drift("기준.csv", "현재.csv", *given, "--profile", "요약.json", "--json")
    assert first.exit_code == 0, first.output
    again = drift("요약.json", "현재.csv", "--json")
    for done in (first, again):
        x = {column["name"]: column for column in json.loads(done.stdout)["columns"]}["x"]
        assert (x["alpha"], x["min_rows"], x["floor"], x["threshold"]) == (0.001, 7, 0.01, 0.01)
        assert (x["verdict"], "문턱 5보다" in x["reason"]) == ("stable", True)
    changed = json.loads(drift("요약.json", "현재.csv", "--min-psi", "0", "--json").stdout)
    x = {column["name"]: column for column in changed["columns"]}["x"]
    assert (x["verdict"], x["alpha"]) == ("drift", 0.001)


def test_the_help_of_drift_tells_the_defaults_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_lab.drift import Rule

    monkeypatch.setenv("COLUMNS", "200")
    lines = drift("--help").stdout.splitlines()
    for field in fields(Rule):
        (line,) = (line for line in lines if f"--{field.name.replace('_', '-')} " in line)
        default = float(line.rpartition("(")[2].partition(")")[0])
        assert default == (Rule().equivalence_margin if field.name == "margin" else field.default)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["기준.csv", "현재.csv", "--alpha", "5"], "alpha이(가) 5.0입니다"),
        (["없음.csv", "현재.csv"], "없음.csv이(가) 없습니다"),
        (["기준.csv", "현재.txt"], "현재.txt"),
        (["기준.csv", "현재.csv", "--time", "whne"], "열 'whne'이(가) 없습니다"),
        (["망가진.json", "현재.csv"], "JSON이 아닙니다"),
        (["망가진.json", "현재.csv", "--time", "when"], "원본 파일에"),
        (["빈.csv", "현재.csv"], "행이 없습니다"),
        (["기준.csv", "다른.csv"], "하나도 겹치지 않습니다"),
        (["기준.csv", "현재.csv", "--html", "기준.csv/a.html"], "쓸 수 없습니다"),
        (["기준.csv", "현재.csv", "--html", "기준.csv"], "기준와(과) --html이(가) 같은 파일"),
        (["기준.csv", "현재.csv", "--html", "./기준.csv"], "같은 파일"),
        (["기준.csv", "현재.csv", "--profile", "굳은.json"], "현재와(과) --profile이(가) 같은 파일"),
        (["기준.csv", "현재.csv", "--html", "무른.html"], "같은 파일"),
        (["기준.csv", "기준.csv"], "기준와(과) 현재이(가) 같은 파일"),
        (["기준.csv", "현재.csv", "--html", "a.json", "--profile", "./a.json"], "같은 파일"),
        (["기준.csv", "현재.csv", "--html", "폴더/", "--profile", "a.json"], "폴더입니다"),
        (["기준.csv", "현재.csv", "--html", "없는 폴더/", "--profile", "a.json"], ".html로 끝나야"),
        (["기준.csv", "현재.csv", "--profile", "p.txt"], ".json로 끝나야"),
        (["기준.csv", "현재.csv", "--html", "/dev/null"], ".html로 끝나야"),
        (["기준.csv", "현재.csv", "--html", "/proc/a.html", "--profile", "a.json"], "쓸 수 없습니다"),
        (
            ["기준.csv", "현재.csv", "--html", "가" * 100 + ".html", "--profile", "a.json"],
            "305바이트입니다",
        ),
        (["/dev/stdin", "/dev/stdin"], "같은 파일"),
    ],
)
def test_wrong_drift_requests_exit_with_2(tables: Path, words: list[str], says: str) -> None:
    (tables / "폴더").mkdir()
    (tables / "굳은.json").hardlink_to(tables / "현재.csv")
    (tables / "무른.html").symlink_to(tables / "기준.csv")
    (tables / "망가진.json").write_text("{", encoding="utf-8")
    (tables / "빈.csv").write_text("x,city\n", encoding="utf-8")
    (tables / "다른.csv").write_text("y\n1\n", encoding="utf-8")
    before = {path: path.is_file() and path.read_bytes() for path in sorted(tables.rglob("*"))}
    done = drift(*words, "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert before == {path: path.is_file() and path.read_bytes() for path in sorted(tables.rglob("*"))}


def test_drift_says_what_to_install(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    done = drift("기준.csv", "현재.csv")
    assert done.exit_code == 2
    assert "pandas이(가) 필요합니다" in done.stderr
    assert "mlops-lab[drift]" in done.stderr


def test_calibrate_replays_a_history(tables: Path) -> None:
    words = ["calibrate", "기준.csv", "--time", "when", "--days", "1", "--days", "5"]
    done = drift(*words, "--min-effect", "0.1", "--json")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert (shown["rule"]["min_effect"], shown["time"], shown["rows"]) == (0.1, "when", 6_000)
    assert [(size["size"], size["unit"]) for size in shown["sizes"]] == [(1, "days"), (5, "days")]
    assert {column["name"] for column in shown["sizes"][0]["columns"]} == {"x", "city"}
    assert all(size["placebo"]["alarms"] == 0 for size in shown["sizes"])
    assert "뒤섞은 기록" in done.stderr
    table = drift(*words)
    assert "드리프트가 없었다고 볼 때만" in table.stdout
    assert "sd" in table.stdout


def test_a_file_may_be_called_calibrate_and_the_help_of_drift_is_its_own(tables: Path) -> None:
    (tables / "calibrate.csv").write_bytes((tables / "기준.csv").read_bytes())
    assert json.loads(drift("calibrate.csv", "현재.csv", "--json").stdout)["verdict"] == "drift"
    done = drift("./calibrate", "현재.csv")
    assert (done.exit_code, "파일 calibrate이(가) 없습니다" in done.stderr) == (2, True)
    assert "Usage: mlops-lab drift [OPTIONS]" in command("drift", "--help", cwd=tables).stdout
    assert "mlops-lab drift calibrate [OPTIONS]" in command("drift", "calibrate", "--help", cwd=tables).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["없음.csv", "--time", "when"], "없음.csv이(가) 없습니다"),
        (["기준.csv", "--time", "whne"], "열 'whne'이(가) 없습니다"),
        (["기준.csv", "--time", "when", "--days", "30"], "배치가 30일인데"),
        (["기준.csv", "--time", "when", "--alpha", "5"], "alpha이(가) 5.0입니다"),
        (["기준.csv"], "--time"),
    ],
)
def test_wrong_calibrate_requests_exit_with_2(tables: Path, words: list[str], says: str) -> None:
    done = drift("calibrate", *words, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_drift_says_the_smallest_shift_it_would_find(tables: Path) -> None:
    shown = {c["name"]: c for c in json.loads(drift("기준.csv", "현재.csv", "--json").stdout)["columns"]}
    x, city = shown["x"], shown["city"]
    assert 0.05 < x["detectable"] < 0.1
    assert 0.1 < x["detectable_shift"] < 0.25
    assert (city["detectable_shift"], 0.05 < city["detectable"] < 0.1) == (None, True)
    done = drift("기준.csv", "현재.csv", "--html", "보고서.html")
    assert "최소 탐지" in done.stdout
    words = f"{x['detectable']:.3f}({x['detectable_shift']:.2f} sd)"
    assert words in done.stdout
    page = (tables / "보고서.html").read_text(encoding="utf-8")
    assert words in page
    assert "최소 탐지 효과" in page


NOISY = "for i in range(3000): print('한글', i)"


def told_to(listener: str, folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """`listener`에게 말하며 실행합니다. (명령의 끝 상태, 표준 오류, 저장된 결과)."""
    write_notebook(folder / "a.ipynb", NOISY)
    words = " ".join(["run", "a.ipynb", "-o", str(folder / "o.ipynb"), *options])
    script = f"{sys.executable} -m mlops_lab {words} {listener}\nexit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    return done.returncode, done.stderr, json.loads((folder / "o.results.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("listener", "options"),
    [
        ("| head -1", ()),
        ("| true", ("--json",)),
        ("> /dev/full", ()),
        ("> /dev/full", ("--json",)),
        (">&-", ()),
        (">&- 2>&-", ("--json",)),
        ("2> /dev/full", ("--json",)),
    ],
)
def test_who_listens_does_not_decide_how_a_run_ends(
    listener: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    code, error, results = told_to(listener, tmp_path, *options)
    assert (code, results["status"], results["cells"]["completed"]) == (0, "success", 1), error
    assert "Traceback" not in error
    assert "BrokenPipe" not in error


def test_a_terminal_that_knows_only_ascii_gets_what_it_can_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    code, error, results = told_to("> said.txt", tmp_path)
    assert (code, results["status"]) == (0, "success"), error
    said = (tmp_path / "said.txt").read_bytes()
    assert said.isascii()
    assert b"\\ud55c\\uae00 2999" in said


def test_a_failing_notebook_fails_whoever_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "NOISY", "print('한글')\n1 / 0")
    code, _, results = told_to("| true", tmp_path)
    assert (code, results["status"], results["error"]["kind"]) == (1, "failed", "cell_error")


def test_a_log_that_raises_does_not_end_the_run(tmp_path: Path) -> None:
    from mlops_lab.runner import run_notebook

    def log(line: str) -> None:
        raise RuntimeError(line)

    result = run_notebook(write_notebook(tmp_path / "a.ipynb", "1"), tmp_path / "o.ipynb", log=log)
    assert result.status == "success"
