"""`up()`으로 띄운 진짜 Airflow의 구성 요소를 하나씩 멈추고 다시 시작합니다. 한 벌을 함께 씁니다."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
from jupyter_client import KernelManager
from typer.testing import CliRunner

from mlops_lab import stack
from mlops_lab.cli import app
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.runner import WarmKernelSpecManager
from mlops_lab.stack import COMPONENTS, Stack, _processes
from tests.common import wait_until

HEALTHY = dict.fromkeys(COMPONENTS, "healthy")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("components")
    shutil.copytree(Path(__file__).parent / "dags", folder / "dags")
    running = stack.up(
        folder / "home", folder / "dags", port=8410, env={"FAULT": "sleep"}, spared=AIRFLOW["spared"]
    )
    yield running
    running.client.close()
    stack.stop(folder / "home")
    assert stack.leftovers(folder / "home") == []


@pytest.fixture(autouse=True)
def _at_home(live: Stack, _own_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(live.home))


def component(live: Stack, name: str) -> _processes.Process:
    return next(process for process in live.processes if process.name == name)


def kernels(live: Stack) -> list[psutil.Process]:
    """스케줄러의 예열 프로세스에서 fork한 커널. 그 사이에 감독이 있습니다."""
    found = component(live, "scheduler").find()
    assert found is not None
    warm = [child for child in found.children() if "mlops_lab.runner.warm" in child.cmdline()]
    return [kernel for parent in warm for supervisor in parent.children() for kernel in supervisor.children()]


def run_in(kernel: Any, code: str) -> str:
    said: list[str] = []
    reply = kernel.execute_interactive(
        code, timeout=600, output_hook=lambda message: said.append(str(message["content"].get("text", "")))
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(said)


def test_every_component_stops_alone_and_starts_again(live: Stack) -> None:
    tell = CliRunner()
    for name in ("triggerer", "dag-processor", "api-server"):
        before = component(live, name)
        said = tell.invoke(app, ["down", name])
        assert (said.exit_code, said.output) == (0, f"{name}을(를) 멈췄습니다.\n")
        assert before.find() is None
        states = stack.status().components
        assert states[name] == "absent"
        others = {other: state for other, state in states.items() if other != name}
        assert "absent" not in others.values()
        if name != "api-server":  # API 서버가 없으면 남의 심장 박동을 볼 수 없습니다.
            assert set(others.values()) == {"healthy"}
        live.check()  # 일부러 멈춘 것은 뜻하지 않게 끝난 것이 아닙니다.
        assert "이미 멈춰 있습니다" in tell.invoke(app, ["down", name]).output
        assert "시작했습니다" in tell.invoke(app, ["up", name]).output
        assert stack.status().components == live.components() == HEALTHY
        assert "이미 돌고 있습니다" in tell.invoke(app, ["up", name]).output


def test_unknown_component_and_no_airflow_are_told(tmp_path: Path) -> None:
    with pytest.raises(
        stack.StackError, match=r"'webserver'.*api-server, scheduler, dag-processor, triggerer"
    ):
        stack.stop_component("webserver")
    with pytest.raises(stack.StackError, match=r"돌고 있는 Airflow가 없습니다.*\n.*mlops-lab up"):
        stack.start_component("scheduler", tmp_path / "empty")
    assert not stack.stop_component("scheduler", tmp_path / "empty")


def test_scheduler_stopped_from_a_kernel_of_its_own_warm_parent(live: Stack) -> None:
    """스케줄러의 태스크는 모두 끝나고, 부른 커널은 살며, 그 커널이 끝나도 새 스케줄러는 계속 돕니다."""
    wait_until((live.home / "warm" / "kernels.sock").exists)
    manager = KernelManager(kernel_spec_manager=WarmKernelSpecManager())
    manager.start_kernel()
    assert manager.provisioner is not None
    assert "예열 커널" in manager.provisioner.note  # type: ignore[attr-defined]
    (mine,) = kernels(live)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=600)

    live.client.wait_for_dag("flight_delay")
    live.client.unpause("flight_delay")
    live.client.trigger("flight_delay")
    task_kernel = wait_until(lambda: [kernel for kernel in kernels(live) if kernel != mine])[0]
    before = component(live, "scheduler")
    family = psutil.Process(before.pid).children(recursive=True)

    assert "True" in run_in(client, "from mlops_lab import stack; print(stack.stop_component('scheduler'))")
    assert stack.status().components == {**HEALTHY, "scheduler": "absent"}
    wait_until(lambda: not task_kernel.is_running())
    supervisor = mine.parent()
    assert supervisor is not None
    warm = supervisor.parent()
    assert warm is not None
    left = {warm.pid, supervisor.pid, mine.pid}
    wait_until(lambda: {process.pid for process in family if process.is_running()} == left)

    assert "True" in run_in(client, "print(stack.start_component('scheduler'))")
    assert stack.status().components == HEALTHY
    after = component(live, "scheduler")
    scheduler = psutil.Process(after.pid)
    assert scheduler.environ()["FAULT"] == "sleep"

    client.stop_channels()
    manager.shutdown_kernel()
    wait_until(lambda: not warm.is_running())  # 남은 커널이 없으므로 스스로 끝납니다.
    assert after.find() is not None

    # 새 예열 프로세스가 옛것의 자리에서 커널을 띄웁니다.
    wait_until((live.home / "warm" / "kernels.sock").exists)
    another = KernelManager(kernel_spec_manager=WarmKernelSpecManager())
    another.start_kernel()
    assert another.provisioner is not None
    assert "예열 커널" in another.provisioner.note  # type: ignore[attr-defined]
    assert kernels(live)
    another.shutdown_kernel(now=True)
    live.client.pause("flight_delay")


def test_up_starts_only_what_is_missing(live: Stack) -> None:
    others = {process.name: process for process in live.processes}
    victim = others.pop("triggerer")
    psutil.Process(victim.pid).send_signal(signal.SIGKILL)
    wait_until(lambda: victim.find() is None)
    with pytest.raises(stack.ComponentDiedError, match="triggerer"):
        live.check()
    said: list[str] = []
    again = stack.up(live.home, live.place.dags, say=said.append)
    again.client.close()
    assert said == ["멈춘 구성 요소(triggerer)를 다시 시작합니다.", "이미 돌고 있습니다."]
    assert {process.name: process for process in live.processes if process.name != "triggerer"} == others
    assert live.components() == HEALTHY


def test_metadata_is_read_while_airflow_writes(live: Stack) -> None:
    shown = {table["table"]: table for table in stack.tables()}
    assert shown["dag"]["rows"] >= 1
    assert "Dag 프로세서" in shown["dag"]["meaning"]
    columns, rows = stack.query("SELECT job_type, state FROM job WHERE state = 'running' ORDER BY job_type")
    assert columns == ["job_type", "state"]
    assert {"SchedulerJob", "TriggererJob", "DagProcessorJob"} <= {kind for kind, _ in rows}
    assert len(stack.query("SELECT a.id FROM job a, job b, job c", limit=3)[1]) == 3


class OtherAirflow(BaseHTTPRequestHandler):
    """남의 Airflow. 우리 것과 같은 판이고 건강하다고 답합니다."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        parts = {name: {"status": "healthy"} for name in ("metadatabase", "scheduler", "dag_processor")}
        body = (
            {"version": metadata.version("apache-airflow-core")} if self.path.endswith("/version") else parts
        )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b'{"access_token": "token"}')

    def log_message(self, *_: object) -> None:
        pass


def test_other_airflow_on_our_port_is_not_taken_for_ours(live: Stack) -> None:
    port, expected = live.port, metadata.version("apache-airflow-core")
    stack.stop_component("api-server")
    with ThreadingHTTPServer(("127.0.0.1", port), OtherAirflow) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        assert stack.status().components["api-server"] == "absent"
        assert "healthy" not in stack.status().components.values()
        attached = stack.attach()
        assert attached is not None
        for client in (attached.client, live.client):  # 뒤의 것은 이미 토큰이 있습니다.
            with pytest.raises(stack.ApiError, match="다른 프로그램이 답하고 있습니다"):
                client.get("/dags")
        attached.client.close()
        assert OtherAirflow.asked == []  # 암호도 토큰도, 아무것도 보내지 않았습니다.
        with pytest.raises(stack.StackError, match=rf"{port}번 포트를 다른 프로그램이 쓰고 있습니다"):
            stack.start_component("api-server")
        said: list[str] = []
        again = stack.up(live.home, live.place.dags, say=said.append)
        other.shutdown()
    assert f"{port}번 포트가 쓰이고 있어 {again.port}번 포트를 씁니다." in said
    assert stack.status().components == HEALTHY
    assert again.client.version() == expected
    again.client.close()
