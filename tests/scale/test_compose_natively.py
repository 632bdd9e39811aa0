"""compose.yaml의 구성을 Docker 없이 그대로 띄워, 작업자 둘이 파이프라인을 나누어 실행하게 합니다.

PostgreSQL과 Redis는 Debian의 것을 씁니다. 없으면 root일 때 스스로 설치하고, 아니면 까닭을 말하고 건너뜁니다.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest

from mlops_lab.stack import Client, find_port
from tests.common import wait_until
from tests.debian import need
from tests.scale.composed import Composed, postgres_bin

DAG_ID = "flight_delay"
PORTS = (5432, 6379, 8080, 5000, 8888)
SEOUL = ZoneInfo("Asia/Seoul")
MARCH, APRIL = datetime(2013, 3, 1, tzinfo=SEOUL), datetime(2013, 4, 1, tzinfo=SEOUL)
WARM = "예열 커널로 실행합니다."


def _missing() -> list[str]:
    missing = [] if postgres_bin() else ["postgresql"]
    return missing + ([] if shutil.which("redis-server") else ["redis-server"])


@pytest.fixture(scope="module")
def _services() -> None:
    need(_missing)


@pytest.fixture(scope="module")
def composed(_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """README의 명령 그대로: .env를 적고, airflow-init을 한 번, 그다음 작업자 둘과 함께 모두."""
    variables = {"AIRFLOW_UID": str(os.geteuid()), "TASK_HEARTBEAT_TIMEOUT": "20"}
    ports = {port: find_port(20000 + port) for port in PORTS}
    composed = Composed(tmp_path_factory.mktemp("compose"), variables, ports, {"airflow-worker": 2})
    try:
        composed.up("airflow-init")
        composed.up()
        yield composed
    finally:
        left = composed.down()
        assert left == []


@pytest.fixture(scope="module")
def client(composed: Composed) -> Iterator[Client]:
    client = Client(f"http://127.0.0.1:{composed.ports[8080]}", "admin", composed.password())
    client.wait_for_dag(DAG_ID, timeout=600)
    client.unpause(DAG_ID)
    yield client
    client.close()


def run_states(client: Client) -> list[str]:
    return [run["state"] for run in client.runs(DAG_ID, run_type="backfill")]


def decisions(client: Client) -> list[dict[str, Any]]:
    return [client.xcom(DAG_ID, run["dag_run_id"], "report") for run in client.runs(DAG_ID)]


def test_two_months_on_two_workers(composed: Composed, client: Client) -> None:
    client.backfill(DAG_ID, MARCH, APRIL)
    wait_until(
        lambda: len(states := run_states(client)) == 2 and not {"running", "queued"} & set(states),
        900,
        explain=composed.tails,
    )
    assert run_states(client) == ["success", "success"]

    runs = [run["dag_run_id"] for run in client.runs(DAG_ID)]
    for task_id in ("ingest", "drift", "score", "performance", "report"):
        assert WARM in client.log(DAG_ID, runs[-1], task_id), task_id
    reports = list((composed.volume("./runs") / DAG_ID).glob("*/report/try-1.html"))
    assert len(reports) == 2

    # 두 작업자가 모두 일했습니다. 받은 태스크를 저마다 로그에 적습니다.
    for worker in composed.containers["airflow-worker"]:
        assert "execute_workload" in worker.log.read_text("utf-8"), worker.tail()

    # 예열 프로세스는 작업자마다 따로 있습니다. 함께 쓰는 작업 폴더에는 소켓을 두지 않습니다.
    assert not (composed.volume("./workspace/compose") / "warm").exists()

    # 모델은 MLflow 서비스에 등록되었습니다.
    answer = httpx.get(
        f"http://127.0.0.1:{composed.ports[5000]}/api/2.0/mlflow/registered-models/alias",
        params={"name": "flight-delay", "alias": "champion"},
        trust_env=False,
    )
    assert int(answer.raise_for_status().json()["model_version"]["version"]) >= 1


def test_a_killed_worker_is_replaced_and_leaves_no_kernel(composed: Composed, client: Client) -> None:
    before = decisions(client)
    tries = {
        (task["dag_run_id"], task["task_id"]): task["try_number"] for task in client.task_instances(DAG_ID)
    }
    for run in client.runs(DAG_ID):  # 화면의 "실행 비우기"와 같습니다. 두 달을 처음부터 다시 실행합니다.
        client.request("POST", f"/dags/{DAG_ID}/dagRuns/{run['dag_run_id']}/clear", json={"dry_run": False})

    workers = composed.containers["airflow-worker"]
    worker, kernel = wait_until(
        lambda: next(((each, kernels[0]) for each in workers if (kernels := each.kernels())), None),
        pause=0.02,
        explain=composed.tails,
    )
    kernel.send_signal(signal.SIGSTOP)  # 노트북이 끝나 버리지 않게 붙들어 둡니다.
    family = worker.family()
    spared = worker.kill_but_not_the_kernels()
    assert kernel.pid in spared
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == [], "죽은 작업자의 커널이나 예열 프로세스가 남았습니다"
    assert not kernel.is_running()

    wait_until(lambda: set(run_states(client)) == {"success"}, 900, explain=composed.tails)
    again = [
        task
        for task in client.task_instances(DAG_ID)
        if task["try_number"] > tries[task["dag_run_id"], task["task_id"]] + 1
    ]
    assert again, "다시 시도한 태스크가 없습니다"
    assert {task["state"] for task in again} == {"success"}
    assert decisions(client) == before  # 같은 달을 다시 실행하면 결과도 같습니다.


def test_the_doors_ask_for_a_password_and_secrets_stay_in_their_volume(composed: Composed) -> None:
    jupyter = f"http://127.0.0.1:{composed.ports[8888]}"
    assert httpx.get(f"{jupyter}/api/contents", trust_env=False).status_code == 403
    airflow = f"http://127.0.0.1:{composed.ports[8080]}/api/v2/dags"
    assert httpx.get(airflow, trust_env=False).status_code == 401

    secrets = {
        path.read_text("utf-8").split(":")[-1].split()[-1].strip()
        for path in composed.volume("secrets").iterdir()
        if path.name not in ("passwords.json", "broker_url")
    } | {composed.password()}
    assert len(secrets) >= 6
    places = [*composed.place.glob("*.log"), *(composed.volume("./config")).glob("*.cfg")]
    for place in [path for path in places if path.is_file()]:
        text = place.read_text("utf-8", errors="replace")
        assert not [secret for secret in secrets if secret in text], place.name
    for process in composed.processes():
        try:
            environment = " ".join(process.environ().values())
        except psutil.Error:
            continue
        assert not [secret for secret in secrets if secret in environment], process


def test_every_service_said_it_is_healthy(composed: Composed) -> None:
    alive = [
        container
        for name, group in composed.containers.items()
        for container in group
        if "healthcheck" in composed.services[name] and container.process and container.process.poll() is None
    ]
    assert len(alive) >= len([name for name, each in composed.services.items() if "healthcheck" in each])
    assert [container.name for container in alive if not container.is_healthy()] == []


def test_an_unhealthy_service_is_noticed(composed: Composed) -> None:
    (mlflow,) = composed.containers["mlflow"]
    assert mlflow.process is not None
    os.kill(mlflow.process.pid, signal.SIGTERM)
    mlflow.process.wait(60)
    assert not mlflow.is_healthy()
