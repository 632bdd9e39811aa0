"""`NotebookOperator`에서 Airflow를 띄우지 않고 알 수 있는 것."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

HEAVY = {
    "papermill",
    "nbclient",
    "nbformat",
    "nbconvert",
    "jupyter_client",
    "IPython",
    "pandas",
    "numpy",
    "sklearn",
    "mlflow",
    "matplotlib",
    "fastapi",
}


def modules_after(code: str) -> set[str]:
    """새 파이썬에서 `code`를 실행한 뒤 읽혀 있는 맨 위 모듈의 이름."""
    script = (
        f"{code}\nimport sys, json\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_operator_and_the_plugin_reads_nothing_heavy() -> None:
    ours = modules_after(
        "import airflow.plugins_manager\n"
        "from mlops_lab.airflow import NotebookOperator\n"
        "import mlops_lab.airflow.plugin, mlops_lab.airflow.provider\n"
    )
    airflow_alone = modules_after(
        "import airflow.plugins_manager\nfrom airflow.sdk import BaseOperator, Asset\n"
    )
    assert "mlops_lab" in ours
    assert (ours & HEAVY) - airflow_alone == set()


def test_link_survives_odd_ids_and_a_base_url_with_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_lab.airflow.link import notebook_url

    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com/team/")
    url = notebook_url("dag", "manual__2026-01-01T00:00:00+00:00", "group.a/b", map_index=2, try_number=3)
    assert url == (
        "/team/mlops-lab/notebooks/dag/manual__2026-01-01T00%3A00%3A00%2B00%3A00/group.a%2Fb"
        "?map_index=2&try_number=3"
    )


def test_kernel_environment_leaves_out_what_airflow_keeps_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_lab.airflow.operator import kernel_environment

    for name in (
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW_CONN_DB",
        "AIRFLOW_VAR_KEY",
        "_AIRFLOW__TOKEN",
        "AIRFLOW_HOME",
    ):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "dag")
    monkeypatch.setenv("MLOPS_LAB_HOME", "home")
    env = kernel_environment({"MODEL": "m", "WORKERS": 2})  # type: ignore[dict-item]
    assert "secret" not in env.values()
    assert (env["AIRFLOW_CTX_DAG_ID"], env["MLOPS_LAB_HOME"]) == ("dag", "home")
    assert (env["MODEL"], env["WORKERS"]) == ("m", "2")
    assert env["PATH"] == os.environ["PATH"]


def test_what_would_fail_again_is_not_retried() -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    from mlops_lab.airflow.operator import _airflow_error
    from mlops_lab.runner import (
        BadNotebook,
        BadParameter,
        CellError,
        KernelDied,
        KernelNotStarted,
        OutputError,
        RunResult,
    )

    output = Path("runs/try-1.ipynb")
    for kind in (BadParameter, BadNotebook, OutputError):
        error = kind("거절")
        error.is_request_error = True
        assert type(_airflow_error(error, output)) is AirflowFailException
    for kind in (CellError, KernelDied, OutputError):
        error = kind("2번 셀(학습)에서 멈춤")
        error.result = RunResult("failed", output, None)
        failure = _airflow_error(error, output)
        assert type(failure) is AirflowException
        assert str(failure) == "2번 셀(학습)에서 멈춤\n저장한 노트북: runs/try-1.ipynb"
    broken = KernelNotStarted("커널 'x'이(가) 뜨지 않았습니다.")
    broken.result = RunResult("failed", output, None)
    assert type(_airflow_error(broken, output)) is AirflowFailException  # 다시 해도 같습니다.


def test_relative_notebook_is_found_beside_the_dag_file(tmp_path: Path) -> None:
    from airflow.sdk import DAG

    from mlops_lab.airflow import NotebookOperator

    with DAG("d") as dag:
        task = NotebookOperator(task_id="t", notebook="nb/train.ipynb")
    dag.fileloc = str(tmp_path / "dags" / "d.py")
    assert task._in_dag_folder(task.notebook) == tmp_path / "dags" / "nb" / "train.ipynb"
    assert task._in_dag_folder("/abs/train.ipynb") == Path("/abs/train.ipynb")


def test_nested_parameters_are_templated() -> None:
    from airflow.sdk import DAG

    from mlops_lab.airflow import NotebookOperator

    with DAG("d"):
        task = NotebookOperator(
            task_id="t",
            notebook="{{ name }}.ipynb",
            parameters={"a": ["{{ n }}", {"b": "{{ n }}"}], "c": 1.5},
            env={"E": "{{ n }}"},
            cwd="{{ name }}",
        )
    task.render_template_fields({"name": "train", "n": 3})
    assert task.notebook == "train.ipynb"
    assert task.parameters == {"a": ["3", {"b": "3"}], "c": 1.5}
    assert (task.env, task.cwd) == ({"E": "3"}, "train")


def test_provider_and_plugin_are_announced_as_airflow_expects() -> None:
    import jsonschema
    from airflow.providers_manager import _create_provider_info_schema_validator

    from mlops_lab.airflow.link import NotebookLink
    from mlops_lab.airflow.plugin import NotebookPlugin

    (provider,) = [
        entry
        for entry in entry_points(group="apache_airflow_provider")
        if entry.dist is not None and entry.dist.name == "mlops-lab"
    ]
    info = provider.load()()
    validator: jsonschema.Validator = _create_provider_info_schema_validator()
    validator.validate(info)
    assert info["package-name"] == "mlops-lab"
    assert info["extra-links"] == [f"{NotebookLink.__module__}.{NotebookLink.__name__}"]
    plugins = [entry.load() for entry in entry_points(group="airflow.plugins", name="mlops_lab")]
    assert plugins == [NotebookPlugin]
