"""무엇이 무엇에서 왔는지: 예측에서 도착한 파일까지, 그리고 배치를 바꾸면 낡는 것."""

from __future__ import annotations

import gzip
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mlops_lab.cli import app
from mlops_lab.flights import decisions, lineage, registry, steps
from mlops_lab.flights._files import read_json, sha256, write_json
from mlops_lab.flights.errors import NotArrived, UntrustedModel
from mlops_lab.flights.ingest import ingest, warehouse_path
from mlops_lab.flights.landing import file_name

FILES = ("flights", "weather", "labels")


def replace_labels(home: Path, month: str) -> None:
    """정답의 첫 줄을 1분 늦추어 다시 들입니다."""
    arrived = home / "landing" / file_name("labels", month)
    lines = gzip.decompress(arrived.read_bytes()).decode().splitlines(keepends=True)
    number, _, delay = lines[1].rstrip("\n").rpartition(",")
    lines[1] = f"{number},{float(delay or 0) + 1}\n"
    arrived.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    ingest(month, home, "labels", replace=True)


def stale(home: Path) -> set[tuple[str, str]]:
    return {(each.month, each.notebook) for each in lineage.find_stale(home)}


def test_nothing_is_stale_after_a_run(home: Path) -> None:
    assert lineage.find_stale(home) == []


def test_every_result_tells_the_batches_it_read(home: Path) -> None:
    for name, months, kinds in (
        ("drift", (1, 2, 4), FILES[:2]),
        ("score", (4,), FILES[:2]),
        ("candidate", (1, 2, 3), FILES),
    ):
        inputs = read_json(home / f"warehouse/2013-04/{name}.json")["inputs"]
        assert set(inputs) == {f"warehouse/2013-{m:02d}/{kind}.csv.gz" for m in months for kind in kinds}
        assert all(sha256((home / path).read_bytes()) == value for path, value in inputs.items())
    for name in ("performance", "decision"):
        inputs = read_json(home / f"warehouse/2013-04/{name}.json")["inputs"]
        assert set(inputs) == {f"warehouse/2013-04/{each}.csv.gz" for each in (*FILES, "predictions")}


def test_a_replaced_batch_marks_all_that_came_from_it(home: Path) -> None:
    """3월의 정답을 바꾸면: 3월의 성적과 겨루기, 3월을 배운 4월의 후보와 그 겨루기. 4월의 예측은 1, 2월만 배운 모델의 것입니다."""
    replace_labels(home, "2013-03")
    found = stale(home)
    assert {
        ("2013-03", "04_performance"),
        ("2013-04", "05_train_candidate"),
        ("2013-04", "06_compare_promote"),
    } <= found
    assert not found & {
        ("2013-03", "03_score"),
        ("2013-03", "02_drift"),
        ("2013-04", "03_score"),
        ("2013-04", "04_performance"),
    }
    told = {(each.month, each.step): each.because for each in lineage.find_stale(home)}
    assert told["2013-04", "candidate"] == ("warehouse/2013-03/labels.csv.gz",)
    assert "2013-04의 05_train_candidate" in told["2013-04", "decision"]


def test_a_replaced_batch_of_the_first_model_reaches_everything(home: Path) -> None:
    replace_labels(home, "2013-01")
    found = stale(home)
    assert ("2013-03", "00_bootstrap") in found
    assert {(month, "03_score") for month in ("2013-03", "2013-04")} <= found
    assert ("2013-03", "02_drift") not in found  # 드리프트는 정답을 보지 않습니다.


def test_running_the_stale_ones_again_in_order_leaves_none(home: Path, finished: Path) -> None:
    shutil.copytree(finished / "mlflow", home / "mlflow")
    replace_labels(home, "2013-04")
    assert stale(home) == {("2013-04", "04_performance"), ("2013-04", "06_compare_promote")}
    steps.measure_performance("2013-04", home)
    assert stale(home) == {("2013-04", "06_compare_promote")}


def test_what_was_changed_by_hand_is_seen(home: Path) -> None:
    path = home / "warehouse/2013-04/predictions.csv.gz"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert stale(home) == {("2013-04", "04_performance"), ("2013-04", "06_compare_promote")}
    warehouse_path("weather", "2013-04", home).unlink()
    assert ("2013-04", "03_score") in stale(home)


def test_results_of_an_older_release_are_left_out(home: Path) -> None:
    for path in (home / "warehouse").rglob("*.json"):
        content = read_json(path)
        if content.pop("inputs", None):
            write_json(path, content)
    replace_labels(home, "2013-03")
    assert lineage.find_stale(home) == []


def test_a_prediction_is_traced_to_the_files_that_arrived(finished: Path) -> None:
    found = lineage.trace("2013-04", finished)
    assert found["predictions"] == "warehouse/2013-04/predictions.csv.gz"
    assert found["champion"]["through"] in ("2013-02", "2013-03")
    assert {each["landing"] for each in found["files"]} >= {
        "landing/flights-2013-01.csv.gz", "landing/labels-2013-02.csv.gz", "landing/weather-2013-04.csv.gz"
    }  # fmt: skip
    assert all(each["unchanged"] for each in found["files"])
    assert found["registered"]["environment"]["python"]
    assert found["decision"]["reason"]
    with pytest.raises(NotArrived, match="03_score"):
        lineage.trace("2013-09", finished)


def test_mlflow_tells_it_too(finished: Path) -> None:
    with registry._mlflow(finished) as mlflow:
        client = mlflow.MlflowClient()
        made = client.get_model_version(registry.MODEL_NAME, "1")
        run = client.get_run(made.run_id)
        info = mlflow.models.get_model_info(f"models:/{registry.MODEL_NAME}/1")
    names = {each.dataset.name: each.dataset.digest for each in run.inputs.dataset_inputs}
    assert set(names) == {f"warehouse/2013-0{m}/{kind}.csv.gz" for m in (1, 2) for kind in FILES}
    path = warehouse_path("labels", "2013-02", finished)
    assert names["warehouse/2013-02/labels.csv.gz"] == sha256(path.read_bytes())[:36]
    sources = {json.loads(each.dataset.source)["uri"] for each in run.inputs.dataset_inputs}
    assert str(path) in sources
    assert run.data.params["booster.random_state"] == run.data.params["seed"]
    assert run.data.params["python"]
    assert made.tags["data_sha256"]
    assert made.tags["code"]
    assert [each["name"] for each in info.signature.inputs.to_dict()][:2] == ["hour", "day_of_week"]
    assert info.saved_input_example_info


def test_a_champion_that_learned_from_a_replaced_batch_says_so(
    home: Path, finished: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(finished / "mlflow", home / "mlflow")
    with caplog.at_level(logging.WARNING):
        steps.score("2013-03", home)
        assert not caplog.text
        replace_labels(home, "2013-02")
        steps.score("2013-03", home)
    assert "warehouse/2013-02/labels.csv.gz" in caplog.text
    assert "mlops-lab lineage" in caplog.text


def test_provenance_of_a_damaged_receipt_is_refused(home: Path) -> None:
    (home / "warehouse/models/flight-delay-1.json").write_text("{}", "utf-8")
    with pytest.raises(UntrustedModel):
        registry.read_provenance(1, home)


def command(*words: str) -> Any:
    return CliRunner().invoke(app, ["lineage", *words])


def test_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(home))
    quiet = command()
    assert (quiet.exit_code, quiet.stdout) == (0, "낡은 것이 없습니다.\n")
    traced = command("2013-04")
    assert traced.exit_code == 0
    assert "landing/flights-2013-01.csv.gz" in traced.stdout
    replace_labels(home, "2013-03")
    told = command()
    assert told.exit_code == 1
    assert "2013-04  05_train_candidate  바뀐 것: warehouse/2013-03/labels.csv.gz" in told.stdout
    assert json.loads(command("--json").stdout)[0]["step"] == "performance"
    assert json.loads(command("2013-04", "--json").stdout)["month"] == "2013-04"
    assert command("2013-09").exit_code == 2
    assert command("내일").exit_code == 2
    assert decisions.standing(home) is not None
