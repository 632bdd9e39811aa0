"""MLflow의 실험 기록과 모델 레지스트리. 워크스페이스의 SQLite 파일 하나를 씁니다.

환경 변수 `MLOPS_LAB_MLFLOW_URI`가 있으면 그 MLflow 서버에 맡깁니다. 여러 컴퓨터가 SQLite 파일 하나를 함께 열 수는 없기
때문입니다. 없으면 네트워크를 쓰지 않습니다. 사용 통계는 어느 쪽에서도 보내지 않습니다. 모델은 안전한 형식(skops)으로 저장해, 열 때 아는 형식만 허락합니다.
`import mlflow`는 몇 초 걸리므로 필요한 함수 안에서만 합니다.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline

from mlops_lab.flights.errors import NoModel

MODEL_NAME = "flight-delay"
CHAMPION = "champion"
CHALLENGER = "challenger"
SERVER_VARIABLE = "MLOPS_LAB_MLFLOW_URI"
"""MLflow 서버의 주소(예: http://mlflow:5000). mlflow가 스스로 바꾸어 적는 `MLFLOW_TRACKING_URI`는 보지 않습니다."""

_TRUSTED = [
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
]
"""히스토그램 부스팅이 쓰는 형식. 이 밖의 형식이 든 모델 파일은 열지 않습니다."""


@dataclass(frozen=True)
class Registered:
    """등록된 모델의 한 버전.

    Attributes:
        version: 레지스트리의 버전 번호. 1부터입니다.
        through: 학습에 쓴 마지막 달.
        seed: 학습의 시드.
        sha256: `model.digest`가 셈한 값.
    """

    version: int
    through: str
    seed: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return {"version": self.version, "through": self.through, "seed": self.seed, "sha256": self.sha256}


def database(home: Path) -> Path:
    """추적과 레지스트리가 함께 쓰는 SQLite 파일."""
    return home / "mlflow" / "mlflow.db"


def register(
    model: Pipeline, *, through: str, seed: int, sha256: str, metrics: dict[str, float], home: Path
) -> Registered:
    """모델을 기록하고 레지스트리에 올립니다. 같은 내용(`sha256`)이 이미 있으면 그 버전을 돌려줍니다."""
    known = [each for each in list_versions(home) if each.sha256 == sha256 and each.through == through]
    if known:
        return known[0]
    tags = {"through": through, "seed": str(seed), "sha256": sha256}
    with _mlflow(home) as mlflow:
        with mlflow.start_run(run_name=f"through-{through}", tags=tags):
            mlflow.log_params({"through": through, "seed": seed})
            mlflow.log_metrics(metrics)
            mlflow.sklearn.log_model(
                model,
                name="model",
                registered_model_name=MODEL_NAME,
                pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "pandas")],
                serialization_format="skops",
                skops_trusted_types=_TRUSTED,
                await_registration_for=None,
            )
            run = mlflow.active_run().info.run_id
        client = mlflow.MlflowClient()
        made = next(m for m in client.search_model_versions(f"name='{MODEL_NAME}'") if m.run_id == run)
        for key, value in tags.items():
            client.set_model_version_tag(MODEL_NAME, made.version, key, value)
    return Registered(int(made.version), through, seed, sha256)


def list_versions(home: Path) -> list[Registered]:
    """등록된 모든 버전. 오래된 것부터입니다."""
    with _mlflow(home) as mlflow:
        found = mlflow.MlflowClient().search_model_versions(f"name='{MODEL_NAME}'")
    complete = [m for m in found if "sha256" in m.tags]  # 등록하다 멈춘 버전에는 태그가 없습니다.
    listed = [
        Registered(int(m.version), m.tags["through"], int(m.tags["seed"]), m.tags["sha256"]) for m in complete
    ]
    return sorted(listed, key=lambda each: each.version)


def load(which: int | str, home: Path) -> Pipeline:
    """버전 번호나 별칭(`"champion"`, `"challenger"`)으로 모델을 엽니다.

    Raises:
        NoModel: 그런 버전이나 별칭이 없습니다.
    """
    separator = "/" if isinstance(which, int) else "@"
    with _mlflow(home) as mlflow:
        try:
            model: Pipeline = mlflow.sklearn.load_model(f"models:/{MODEL_NAME}{separator}{which}")
        except mlflow.exceptions.MlflowException as error:
            raise NoModel(
                f"레지스트리에 {MODEL_NAME}의 {which!r}이(가) 없습니다. "
                "첫 모델은 00_bootstrap 노트북이 만듭니다. 워크스페이스를 지웠다면 처음부터 다시 실행해 주십시오."
            ) from error
    return model


def set_alias(alias: str, number: int, home: Path) -> None:
    """별칭이 `number` 버전을 가리키게 합니다."""
    with _mlflow(home) as mlflow:
        mlflow.MlflowClient().set_registered_model_alias(MODEL_NAME, alias, str(number))


def get_alias(alias: str, home: Path) -> int | None:
    """별칭이 가리키는 버전 번호. 없으면 None입니다."""
    with _mlflow(home) as mlflow:
        try:
            return int(mlflow.MlflowClient().get_model_version_by_alias(MODEL_NAME, alias).version)
        except mlflow.exceptions.MlflowException:
            return None


def import_mlflow() -> Any:
    """Mlflow를 읽습니다. 읽기 전에 사용 통계를 끕니다."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        import mlflow
        import mlflow.sklearn
        import skops.io  # noqa: F401

    return mlflow


@contextlib.contextmanager
def _mlflow(home: Path) -> Iterator[Any]:
    """추적과 레지스트리가 `home`을 보도록 맞춘 mlflow. 경고와 기록은 학습자의 화면에 내지 않습니다."""
    mlflow = import_mlflow()
    folder = home / "mlflow"
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        server = os.environ.get(SERVER_VARIABLE)
        address = server or f"sqlite:///{database(home)}"
        mlflow.set_tracking_uri(address)
        mlflow.set_registry_uri(address)
        if mlflow.get_experiment_by_name(MODEL_NAME) is None:
            location = None if server else (folder / "artifacts").as_uri()  # 서버는 자기 자리에 둡니다.
            mlflow.create_experiment(MODEL_NAME, artifact_location=location)
        mlflow.set_experiment(MODEL_NAME)
        yield mlflow
