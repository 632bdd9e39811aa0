"""MLflow의 실험 기록과 모델 레지스트리. 워크스페이스의 SQLite 파일 하나를 씁니다.

환경 변수 `MLOPS_LAB_MLFLOW_URI`가 있으면 그 MLflow 서버에 맡깁니다. 여러 컴퓨터가 SQLite 파일 하나를 함께 열 수는 없기
때문입니다. 없으면 네트워크를 쓰지 않습니다. 사용 통계는 어느 쪽에서도 보내지 않습니다. `import mlflow`는 몇 초 걸리므로 필요한
함수 안에서만 합니다.

MLflow에 쓸 수 있는 사람은 우리보다 많습니다. 로그인이 없는 서버라면 같은 컴퓨터의 누구나 씁니다. 그래서 MLflow가 말하는 형식과 자리로
모델을 열지 않습니다(`MLmodel`에 pickle이라고 적으면 MLflow는 그 안의 코드를 실행합니다). 등록할 때 파일의 자리와 해시를
작업 폴더의 `warehouse/models/`에 따로 적어 두고, 그 해시와 같은 skops 파일만, 우리가 아는 형식만 허락해 엽니다.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import platform
import shutil
import stat
import subprocess
import tempfile
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sklearn.pipeline import Pipeline

from mlops_lab import workspace
from mlops_lab._files import PRIVATE, write_atomic
from mlops_lab.flights._files import sha256 as hash_of
from mlops_lab.flights.errors import NoModel, UntrustedModel
from mlops_lab.flights.model import predict

if TYPE_CHECKING:
    import pandas as pd

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

_MODEL_FILE = "model.skops"

_AGAIN = (
    "열지 않았습니다. 누가 바꾸었는지 살펴본 다음 {receipt}을(를) 지우고, 00_bootstrap부터 달의 차례대로 다시 실행하면 같은 "
    "모델을 새 버전으로 등록합니다. 처음부터 다시 해도 되면 `mlops-lab reset`이 더 간단합니다."
)


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


@dataclass(frozen=True)
class _Receipt:
    """등록하면서 작업 폴더에 적어 둔 것. 열 때 MLflow의 말 대신 이것을 믿습니다.

    Attributes:
        model: 등록한 모델.
        uri: 모델 파일이 있는 MLflow의 자리.
        size: 파일의 크기(바이트).
        provenance: 무엇으로 만들었는지(`register`). 적지 않던 판의 것은 비어 있습니다.
        file_sha256: 파일의 sha256. `model.sha256`은 배운 내용을 셈한 것이고, 이것은 파일의 모든 바이트를 셈한 것입니다.
    """

    model: Registered
    uri: str
    size: int
    file_sha256: str
    provenance: dict[str, Any] = field(default_factory=dict)


def _receipt_path(number: int, home: Path) -> Path:
    return home / "warehouse" / "models" / f"{MODEL_NAME}-{number}.json"


def _refusal(number: int, home: Path, seen: str) -> UntrustedModel:
    receipt = _receipt_path(number, home).relative_to(home)
    return UntrustedModel(f"{MODEL_NAME}의 버전 {number}: {seen} {_AGAIN.format(receipt=receipt)}")


def _read_receipt(number: int, home: Path) -> _Receipt:
    """적어 둔 것을 읽습니다.

    Raises:
        UntrustedModel: 적어 둔 것이 없거나 깨졌습니다.
    """
    try:
        saved = json.loads(_receipt_path(number, home).read_bytes())
        model = Registered(**saved["model"])
        if model.version != number:
            raise ValueError("다른 버전의 것입니다")
        about = dict(saved.get("provenance", {}))
        return _Receipt(model, str(saved["uri"]), int(saved["size"]), str(saved["file_sha256"]), about)
    except FileNotFoundError:
        seen = "MLflow에는 있지만 이 작업 폴더에서 등록한 기록이 없습니다. 기록을 남기지 않던 판에서 등록했거나 다른 사람이 올린 것입니다."
        raise _refusal(number, home, seen) from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        seen = f"등록한 기록이 깨졌습니다({type(error).__name__})."
        raise _refusal(number, home, seen) from None


def is_registered(number: int, home: Path) -> bool:
    """이 작업 폴더에서 등록한 버전이면 참입니다. MLflow를 읽지 않고 확인합니다."""
    there = bool(os.environ.get(SERVER_VARIABLE)) or database(home).is_file()
    return there and _receipt_path(number, home).is_file()


def read_provenance(number: int, home: Path) -> dict[str, Any]:
    """등록하면서 적어 둔, 무엇으로 만들었는지: `data`(배치마다의 sha256), `code`, `environment`.

    Raises:
        UntrustedModel: 적어 둔 것이 없거나 깨졌습니다.
    """
    return _read_receipt(number, home).provenance


def register(
    model: Pipeline,
    *,
    through: str,
    seed: int,
    sha256: str,
    metrics: dict[str, float],
    home: Path,
    data: Mapping[str, str] | None = None,
    example: pd.DataFrame | None = None,
) -> Registered:
    """모델을 기록하고 레지스트리에 올립니다. 같은 내용(`sha256`)이 이미 있으면 그 버전을 돌려줍니다.

    Args:
        model: 학습한 모델.
        through: 학습에 쓴 마지막 달.
        seed: 학습의 시드.
        sha256: `model.digest`가 셈한 값.
        metrics: 함께 적을 수.
        home: 워크스페이스 폴더.
        data: 학습에 쓴 배치의 {경로: sha256}. MLflow의 dataset inputs로 남습니다.
        example: 입력의 보기. 입력의 꼴(signature)과 함께 남습니다.

    Returns:
        등록한 버전.
    """
    known = [each for each in list_versions(home) if each.sha256 == sha256 and each.through == through]
    if known:
        return known[0]
    learned, code, environment = dict(data or {}), _code_version(), _environment()
    about = {"data": learned, "code": code, "environment": environment}
    data_sha256 = hash_of(json.dumps(learned, sort_keys=True).encode())
    tags = {
        "through": through, "seed": str(seed), "sha256": sha256, "data_sha256": data_sha256, "code": code
    }  # fmt: skip
    shape: dict[str, Any] = {}
    if example is not None:
        shape = {"input_example": example, "signature": _signature(model, example)}
    with _mlflow(home) as mlflow:
        saved = b""

        def save_model(path: str, **options: Any) -> None:
            nonlocal saved
            mlflow.sklearn.save_model(model, path, **options)
            saved = Path(path, _MODEL_FILE).read_bytes()  # 올리기 전의 것이라 아직 우리만 쓸 수 있습니다.

        with mlflow.start_run(run_name=f"through-{through}", tags=tags):
            booster = {f"booster.{name}": value for name, value in model["booster"].get_params().items()}
            mlflow.log_params({"through": through, "seed": seed, **booster, **environment})
            _log_datasets(mlflow, learned, home)
            mlflow.log_metrics(metrics)
            made = mlflow.models.Model.log(
                None,
                SimpleNamespace(__name__="mlflow.sklearn", save_model=save_model),
                name="model",
                registered_model_name=MODEL_NAME,
                pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "pandas")],
                serialization_format="skops",
                skops_trusted_types=_TRUSTED,
                await_registration_for=None,
                **shape,
            )
        registered = Registered(int(made.registered_model_version), through, seed, sha256)
        receipt = _Receipt(
            registered, f"{made.artifact_path}/{_MODEL_FILE}", len(saved), hash_of(saved), about
        )
        path = _receipt_path(registered.version, home)
        write_atomic(path, json.dumps(asdict(receipt), indent=2) + "\n", mode=PRIVATE)
        client = mlflow.MlflowClient()
        for key, value in tags.items():
            client.set_model_version_tag(MODEL_NAME, registered.version, key, value)
    return registered


def _code_version() -> str:
    """이 패키지의 판. 저장소에서 실행하면 커밋을, 고친 것이 있으면 `+dirty`를 붙입니다."""
    found = version("mlops-lab")
    root = Path(__file__).resolve().parents[2]
    if (git := shutil.which("git")) is None or not (root / ".git").exists():
        return found
    command = [git, "-C", str(root), "describe", "--always", "--dirty=+dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return found
    return f"{found} ({done.stdout.strip()})"


def _environment() -> dict[str, str]:
    """모델의 내용을 바꿀 수 있는 것의 판."""
    names = ("scikit-learn", "numpy", "pandas")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _signature(model: Pipeline, example: pd.DataFrame) -> Any:
    from mlflow.models import infer_signature

    return infer_signature(example, predict(model, example))


def _log_datasets(mlflow: Any, data: Mapping[str, str], home: Path) -> None:
    """배치를 MLflow의 dataset inputs로 남깁니다. digest는 파일의 sha256의 앞부분입니다(MLflow는 36자까지 받습니다)."""
    for name, digest in data.items():
        source = mlflow.data.dataset_source_registry.resolve_dataset_source(str((home / name).absolute()))
        dataset = mlflow.data.meta_dataset.MetaDataset(source, name=name, digest=digest[:36])
        mlflow.log_input(dataset, context="training")


def list_versions(home: Path) -> list[Registered]:
    """이 작업 폴더에서 등록한 모든 버전. 오래된 것부터입니다."""
    with _mlflow(home) as mlflow:
        found = mlflow.MlflowClient().search_model_versions(f"name='{MODEL_NAME}'")
    listed = []
    for each in found:
        with contextlib.suppress(UntrustedModel):
            model = _read_receipt(int(each.version), home).model
            if each.tags.get("sha256") == model.sha256:  # 등록하다 멈춘 버전에는 태그가 없습니다.
                listed.append(model)
    return sorted(listed, key=lambda each: each.version)


def load(which: int | str, home: Path) -> Pipeline:
    """버전 번호나 별칭(`"champion"`, `"challenger"`)으로 모델을 엽니다.

    Args:
        which: 버전 번호나 별칭.
        home: 워크스페이스 폴더.

    Returns:
        등록한 그대로의 모델.

    Raises:
        NoModel: 그런 버전이나 별칭이 없습니다.
        UntrustedModel: 모델 파일이 우리가 등록한 것이 아닙니다.
    """
    with _mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        try:
            if isinstance(which, int):
                found = client.get_model_version(MODEL_NAME, str(which))
            else:
                found = client.get_model_version_by_alias(MODEL_NAME, which)
        except mlflow.exceptions.MlflowException as error:
            raise NoModel(
                f"레지스트리에 {MODEL_NAME}의 {which!r}이(가) 없습니다. "
                "첫 모델은 00_bootstrap 노트북이 만듭니다. 워크스페이스를 지웠다면 처음부터 다시 실행해 주십시오."
            ) from error
        number = int(found.version)
        receipt = _read_receipt(number, home)
        with tempfile.TemporaryDirectory() as folder:
            try:
                content = _read_regular(_fetch(mlflow, receipt, folder), receipt.size)
            except (OSError, mlflow.exceptions.MlflowException) as error:
                seen = f"모델 파일 {receipt.uri}을(를) 읽을 수 없습니다({_one_line(error)})."
                raise _refusal(number, home, seen) from error
    return _open(content, receipt, home)


def _fetch(mlflow: Any, receipt: _Receipt, folder: str) -> Path:
    """모델 파일을 이 컴퓨터에 둡니다. 서버의 것은 크기가 맞을 때에만 `folder`에 내려받습니다."""
    if (place := urllib.parse.urlsplit(receipt.uri)).scheme == "file":
        return Path(urllib.request.url2pathname(place.path))
    parent, _, name = receipt.uri.rpartition("/")
    listed = {Path(each.path).name: each for each in mlflow.artifacts.list_artifacts(artifact_uri=parent)}
    if name not in listed:
        raise FileNotFoundError("서버에 그런 파일이 없습니다")
    if listed[name].file_size != receipt.size:
        raise OSError(f"크기가 {listed[name].file_size}바이트입니다. {receipt.size:,}바이트여야 합니다")
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=receipt.uri, dst_path=folder))


def _read_regular(path: Path, size: int) -> bytes:
    """보통 파일만, 링크를 따라가지 않고, `size`를 넘는 것은 넘은 줄 알 만큼만 읽습니다."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("보통 파일이 아닙니다")
        return file.read(size + 1)


def _open(content: bytes, receipt: _Receipt, home: Path) -> Pipeline:
    """바이트를 모델로 엽니다. 해시가 다르면 들여다보지도 않습니다."""
    import skops.io

    number = receipt.model.version
    if (found := hash_of(content)) != receipt.file_sha256:
        seen = (
            f"모델 파일이 등록할 때와 다릅니다(sha256이 {found[:12]}…인데 {receipt.file_sha256[:12]}…이어야 합니다): "
            f"{receipt.uri}."
        )
        raise _refusal(number, home, seen)
    if unknown := sorted(set(skops.io.get_untrusted_types(data=content)) - set(_TRUSTED)):
        raise _refusal(number, home, f"모델 파일에 허락하지 않은 형식이 있습니다: {', '.join(unknown)}.")
    model: Pipeline = skops.io.loads(content, trusted=_TRUSTED)
    return model


def _one_line(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:300]


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
    workspace.make(home)
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
