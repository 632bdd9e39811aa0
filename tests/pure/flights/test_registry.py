"""모델 열기: 우리가 등록한 바로 그 파일만 엽니다. MLflow에 무엇이 적혀 있든 코드를 실행하지 않습니다."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import Pipeline

from mlops_lab.flights import registry, steps
from mlops_lab.flights._files import sha256
from mlops_lab.flights.errors import NoModel, UntrustedModel
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest, fit
from mlops_lab.stack._config import find_port
from tests.common import wait_until


class Bomb:
    """열리는 순간 `ran`이라는 파일을 만듭니다."""

    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> Any:
        return (Path.touch, (self.ran,))


@pytest.fixture(scope="session")
def learned(finished: Path) -> Pipeline:
    features, late = load_labelled(["2013-01"], finished)
    return fit(features.head(2_000), late.head(2_000))


def enrol(model: Pipeline, home: Path) -> registry.Registered:
    """`model`을 등록하고 챔피언으로 삼습니다."""
    made = registry.register(model, through="2013-02", seed=1, sha256=digest(model), metrics={}, home=home)
    registry.set_alias(registry.CHAMPION, made.version, home)
    return made


@pytest.fixture(scope="session")
def enrolled(learned: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("등록한 모델 🛫")
    enrol(learned, home)
    return home


@pytest.fixture
def place(enrolled: Path, tmp_path: Path) -> Iterator[Path]:
    """모델 하나를 등록한 작업 폴더. MLflow가 절대 경로를 적어 두므로 복사하지 않고, 고친 파일을 되돌립니다."""
    folders = ("mlflow/artifacts", "warehouse")
    for name in folders:
        shutil.copytree(enrolled / name, tmp_path / "kept" / name)
    yield enrolled
    for name in folders:
        shutil.rmtree(enrolled / name)
        shutil.copytree(tmp_path / "kept" / name, enrolled / name)


def artifact(home: Path) -> Path:
    return next((home / "mlflow" / "artifacts").rglob("model.skops"))


def receipt(home: Path) -> Path:
    return home / "warehouse" / "models" / "flight-delay-1.json"


def refused(home: Path, seen: str) -> None:
    """두 이름으로 다 거절하고, 무엇을 할지 말합니다."""
    for which in (1, registry.CHAMPION):
        with pytest.raises(UntrustedModel, match=seen) as told:
            registry.load(which, home)
        assert "00_bootstrap부터" in str(told.value)
        assert "warehouse/models/flight-delay-1.json" in str(told.value)


def test_the_receipt_is_for_us_alone_and_outside_mlflow(place: Path, learned: Pipeline) -> None:
    assert stat.S_IMODE(receipt(place).stat().st_mode) == 0o600
    assert (
        digest(registry.load(1, place)) == digest(registry.load(registry.CHAMPION, place)) == digest(learned)
    )


@pytest.mark.parametrize("elsewhere", ["model.pkl", "../model.pkl", "{outside}/model.pkl"])
def test_mlmodel_does_not_decide_what_is_opened(elsewhere: str, place: Path, tmp_path: Path) -> None:
    """MLflow의 것으로 열면 코드가 실행되고, 우리 것으로 열면 등록한 모델이 열립니다."""
    ran = tmp_path / "실행됨"
    elsewhere = elsewhere.format(outside=tmp_path)
    folder = artifact(place).parent
    (folder / elsewhere).write_bytes(pickle.dumps(Bomb(ran)))
    mlmodel = folder / "MLmodel"
    text = mlmodel.read_text("utf-8").replace("model.skops", elsewhere)
    mlmodel.write_text(text.replace("serialization_format: skops", "serialization_format: pickle"), "utf-8")

    assert registry.load(registry.CHAMPION, place)["booster"]
    assert not ran.exists()
    with registry._mlflow(place) as mlflow:
        mlflow.sklearn.load_model(f"models:/{registry.MODEL_NAME}/1")
    assert ran.exists(), "공격이 공격이 아니면 위의 시험은 아무것도 말하지 않습니다"


def test_a_pickle_in_the_place_of_the_file_is_not_opened(place: Path, tmp_path: Path) -> None:
    artifact(place).write_bytes(pickle.dumps(Bomb(tmp_path / "실행됨")))
    refused(place, "등록할 때와 다릅니다")
    assert not list(tmp_path.glob("실행됨"))


def test_another_model_of_trusted_types_is_not_opened(place: Path, finished: Path) -> None:
    features, late = load_labelled(["2013-02"], finished)
    skops.io.dump(fit(features.head(500), late.head(500)), artifact(place))
    refused(place, "등록할 때와 다릅니다")


def test_one_byte_more_or_less_is_seen(place: Path) -> None:
    content = artifact(place).read_bytes()
    for changed in (content + b"\0", content[:-1], b""):
        artifact(place).write_bytes(changed)
        refused(place, "등록할 때와 다릅니다")


class Stranger:
    """scikit-learn의 것이 아닌 형식."""

    def __init__(self) -> None:
        self.words = "안녕하십니까"


def test_an_untrusted_type_is_named_even_when_the_digest_fits(place: Path) -> None:
    """등록하는 코드가 잘못해 낯선 형식을 적어 두었더라도 열지 않습니다."""
    content = skops.io.dumps(Stranger())
    artifact(place).write_bytes(content)
    saved = json.loads(receipt(place).read_text("utf-8"))
    saved.update(size=len(content), file_sha256=sha256(content))
    receipt(place).write_text(json.dumps(saved), "utf-8")
    refused(place, r"허락하지 않은 형식이 있습니다: \S*Stranger")


def to_link(path: Path) -> None:
    there = path.with_name("there")
    path.rename(there)
    path.symlink_to(there)


def to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, to_link, to_pipe, to_folder, lambda path: shutil.rmtree(path.parent)],
    ids=["없음", "링크", "파이프", "폴더", "폴더째 없음"],
)
def test_only_a_regular_file_is_read(spoil: Callable[[Path], None], place: Path) -> None:
    spoil(artifact(place))
    refused(place, "읽을 수 없습니다")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "[" * 100_000, "{}", '{"model": {"version": 1}}', "\ud800"],
    ids=lambda content: content[:12],
)
def test_a_broken_receipt_is_told(content: str, place: Path) -> None:
    receipt(place).write_bytes(content.encode("utf-8", "surrogatepass"))
    refused(place, "등록한 기록이 깨졌습니다")
    assert registry.list_versions(place) == []


def test_the_receipt_of_another_version_does_not_serve(place: Path) -> None:
    saved = json.loads(receipt(place).read_text("utf-8"))
    saved["model"]["version"] = 2
    receipt(place).write_text(json.dumps(saved), "utf-8")
    refused(place, "등록한 기록이 깨졌습니다")


def test_a_version_without_receipt_is_registered_anew(learned: Pipeline, tmp_path: Path) -> None:
    """기록을 남기지 않던 판의 작업 폴더에서 다시 등록하면 새 버전이 됩니다."""
    enrol(learned, tmp_path)
    receipt(tmp_path).unlink()
    refused(tmp_path, "등록한 기록이 없습니다")
    assert not registry.is_registered(1, tmp_path)
    assert registry.list_versions(tmp_path) == []
    assert enrol(learned, tmp_path).version == 2
    assert digest(registry.load(registry.CHAMPION, tmp_path)) == digest(learned)


def test_a_version_that_is_not_there_is_another_answer(place: Path) -> None:
    for which in (9, "nobody"):
        with pytest.raises(NoModel, match="00_bootstrap"):
            registry.load(which, place)


def test_bootstrap_of_an_older_workspace_makes_its_champion_again(finished: Path, tmp_path: Path) -> None:
    old = tmp_path / "옛 작업 폴더"
    for month in ("2013-01", "2013-02"):
        shutil.copytree(finished / "warehouse" / month, old / "warehouse" / month)
    first = steps.bootstrap(old)
    receipt(old).unlink()
    again = steps.bootstrap(old)
    assert again["champion"] == {**first["champion"], "version": 2}
    assert registry.get_alias(registry.CHAMPION, old) == 2
    assert steps.bootstrap(old) == again


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """진짜 MLflow 서버. 누구나 쓸 수 있습니다."""
    folder, port = tmp_path / "server", find_port(5600)
    (folder / "artifacts").mkdir(parents=True)
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True, cwd=folder
        )

        def healthy() -> bool:
            assert process.poll() is None
            try:
                return httpx.get(f"{address}/health", trust_env=False).is_success
            except httpx.HTTPError:
                return False

        try:
            wait_until(healthy, explain=lambda: (tmp_path / "server.log").read_text("utf-8")[-2_000:])
            monkeypatch.setenv(registry.SERVER_VARIABLE, address)
            yield address
        finally:
            os.killpg(process.pid, 15)
            process.wait(60)


def test_whoever_writes_to_the_server_cannot_choose_what_is_opened(
    server: str, learned: Pipeline, tmp_path: Path
) -> None:
    home, ran = tmp_path / "home", tmp_path / "실행됨"
    enrol(learned, home)
    assert digest(registry.load(registry.CHAMPION, home)) == digest(learned)
    saved = json.loads(receipt(home).read_text("utf-8"))
    assert saved["uri"].startswith("mlflow-artifacts:/")

    # 손님: 로그인 없이 서버에 올립니다. 챔피언의 이름표도 옮깁니다.
    evil = tmp_path / "evil"
    with registry._mlflow(home) as mlflow:
        mlflow.sklearn.save_model(
            learned, evil, serialization_format="skops", skops_trusted_types=registry._TRUSTED
        )
        (evil / "model.pkl").write_bytes(pickle.dumps(Bomb(ran)))
        text = (evil / "MLmodel").read_text("utf-8").replace("model.skops", "model.pkl")
        (evil / "MLmodel").write_text(text.replace("format: skops", "format: pickle"), "utf-8")
        client = mlflow.MlflowClient()
        with mlflow.start_run() as run:
            mlflow.log_artifacts(str(evil), "model")
        theirs = client.create_model_version(
            registry.MODEL_NAME, f"{run.info.artifact_uri}/model", run.info.run_id
        )
        for key, value in {"through": "2013-02", "seed": "1", "sha256": digest(learned)}.items():
            client.set_model_version_tag(registry.MODEL_NAME, theirs.version, key, value)
        client.set_registered_model_alias(registry.MODEL_NAME, registry.CHAMPION, theirs.version)
    with pytest.raises(UntrustedModel, match="등록한 기록이 없습니다"):
        registry.load(registry.CHAMPION, home)
    assert [each.version for each in registry.list_versions(home)] == [1]
    assert enrol(learned, home).version == 1, "남의 버전을 우리 것으로 알지 않습니다"

    # 손님: 우리 버전의 파일을 바꿔 놓습니다. 크기가 같아도, 달라도 열지 않습니다.
    content = (
        tmp_path / "server" / "artifacts" / saved["uri"].removeprefix("mlflow-artifacts:/")
    ).read_bytes()
    for changed, seen in (
        (content[:-1] + bytes([content[-1] ^ 1]), "등록할 때와 다릅니다"),
        (pickle.dumps(Bomb(ran)), r"크기가 \d+바이트입니다"),
    ):
        there = saved["uri"].replace("mlflow-artifacts:", f"{server}/api/2.0/mlflow-artifacts/artifacts")
        assert httpx.put(there, content=changed, trust_env=False).is_success
        with pytest.raises(UntrustedModel, match=seen):
            registry.load(1, home)
    assert not ran.exists()


def test_predictions_of_a_refused_model_are_not_written(home: Path, finished: Path) -> None:
    """채점은 모델을 열지 못하면 앞의 예측을 그대로 둡니다."""
    path = home / "warehouse" / "2013-03" / "predictions.csv.gz"
    before = pd.read_csv(path)
    (home / "warehouse" / "models" / "flight-delay-1.json").write_text("{}", "utf-8")
    shutil.copytree(finished / "mlflow", home / "mlflow")
    with pytest.raises(UntrustedModel):
        steps.score("2013-03", home)
    assert pd.read_csv(path).equals(before)
