"""수업의 `connect()`: 진짜 Airflow에서 실행하고, 기다리고, 들여다보고, 그립니다."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from mlops_lab.lesson import connect
from mlops_lab.lesson.live import Airflow
from mlops_lab.lesson.runs import Run
from mlops_lab.runner import run_notebook, warm
from mlops_lab.stack import Stack, StackError, start_component
from tests.airflow.conftest import PYTHONPATH
from tests.common import ROOT, wait_until
from tests.readme import block, values

DAGS = """
import logging

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

with DAG(
    "daily",
    schedule="@daily",
    start_date=pendulum.datetime(2025, 1, 1, tz="Asia/Seoul"),
    end_date=pendulum.datetime(2025, 1, 9, tz="Asia/Seoul"),
    catchup=False,
):

    @task
    def measure(ds=None):
        print(f"{ds}의 지연율을 잽니다")
        logging.getLogger(__name__).warning("파일: /home/learner/workspace/landing/day.csv, 2초를 봅니다")
        return {"rate": 0.25}

    measure() >> BashOperator(task_id="tell", bash_command="echo '알립니다: /var/tmp/report.html'")

with DAG("mapped"):

    @task
    def double(number):
        return number * 2

    @task
    def total(numbers):
        return sum(numbers)

    total(double.expand(number=[1, 2, 3]))

with DAG("slow"):
    BashOperator(task_id="sleep", bash_command="sleep 300")
"""

NOTEBOOK = (
    """\
from mlops_lab.lesson import connect
lab = connect()
for dag_id in ("daily", "mapped", "retries", "written"):
    lab.forget(dag_id)""",
    """\
%%write_dag written.py
from airflow.sdk import dag, task

@dag
def written():
    @task
    def greet():
        print("따옴표 '와 \\"도 그대로입니다")
    greet()

written()""",
    "lab.log(lab.wait(lab.trigger('written')), 'greet')",
    "run = lab.wait(lab.trigger('daily', logical_date='2025-01-03'))\nrun",
    "lab.graph('daily', run)",
    "lab.gantt(run)",
    "lab.backfill('daily', '2025-01-04', '2025-01-05')",
    "lab.grid('daily')",
    "lab.components()",
    "lab.wait(lab.trigger('mapped'))",
    "failed = lab.wait(lab.trigger('retries'))\nlab.gantt(failed)\nfailed",
    "lab.log(failed, 'unstable_network', try_number=2)",
    """lab.query("select dag_id, state from dag_run where dag_id in ('daily', 'mapped', 'retries', 'written') order by 1, 2")""",
)


@pytest.fixture(scope="module")
def stack(airflow: Stack) -> Stack:
    (airflow.place.own_dags / "live_cases.py").write_text(DAGS, "utf-8")
    return airflow


@pytest.fixture(scope="module")
def lab(stack: Stack) -> Airflow:
    said: list[str] = []
    lab = connect(stack.home, say=said.append)
    assert said == ["Airflow 3.3에 연결했습니다."]
    assert lab.url == stack.url
    return lab


@pytest.fixture(scope="module")
def day(lab: Airflow) -> Run:
    """한 번 끝까지 실행한 `daily`."""
    lab.forget("daily")
    return lab.wait(lab.trigger("daily", logical_date="2025-01-02"))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """보여 준 그림의 대체 텍스트."""
    alts: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: alts.append(data["text/plain"]))
    return alts


def test_a_run_shows_what_repeats(day: Run) -> None:
    assert repr(day) == "daily (2025-01-02): 성공\n  measure  성공\n  tell     성공"
    assert day.tasks == {"measure": "성공", "tell": "성공"}
    assert (day.state, day.when) == ("성공", "2025-01-02")


def test_a_log_is_what_the_task_wrote(lab: Airflow, day: Run, capsys: pytest.CaptureFixture[str]) -> None:
    lab.log(day, "measure")
    lab.log(day, "tell")
    assert capsys.readouterr().out.splitlines() == [
        "2025-01-01의 지연율을 잽니다",
        "파일: day.csv, 2초를 봅니다",
        "알립니다: report.html",
    ]


def test_xcom_of_a_task_and_of_a_mapped_task(lab: Airflow, day: Run) -> None:
    assert lab.xcom(day, "measure") == {"rate": 0.25}
    mapped = lab.wait(lab.trigger("mapped"))
    assert mapped.tasks == {f"double [{n}]": "성공" for n in range(3)} | {"total": "성공"}
    assert mapped.when == "직접 실행"
    assert lab.xcom(mapped, "double") == [2, 4, 6]
    assert lab.xcom(mapped, "double", map_index=1) == 4
    with pytest.raises(StackError, match="map_index=0, 1, 2"):
        lab.log(mapped, "double")


def test_a_backfill_is_waited_for_and_a_dag_is_forgotten(lab: Airflow, day: Run) -> None:
    runs = lab.backfill("daily", "2025-01-06", "2025-01-08")
    assert [run.when for run in runs] == ["2025-01-06", "2025-01-07", "2025-01-08"]
    assert repr(runs).splitlines()[0] == "daily (2025-01-06): 성공 | measure 성공, tell 성공"
    assert set(runs[0].tasks) <= {"measure", "tell"}
    # 곧바로 또 백필합니다. 스케줄러가 앞의 것을 닫기 전이라 그냥 부르면 Airflow가 거절합니다.
    assert [run.when for run in lab.backfill("daily", "2025-01-09", "2025-01-09")] == ["2025-01-09"]
    assert {run.when for run in lab.runs("daily")} >= {"2025-01-02", "2025-01-06"}

    lab.wait(lab.trigger("branching"))
    running = lab.trigger("slow")
    wait_until(lambda: [run.tasks for run in lab.runs("slow")] == [{"sleep": "실행 중"}])
    for dag_id in ("branching", "slow", "없는_dag"):
        lab.forget(dag_id)
    assert lab.runs("branching") == lab.runs("slow") == []
    assert lab.client.dag("slow")["is_paused"]
    with pytest.raises(StackError):
        lab.wait(running)


def test_pictures_of_real_runs(lab: Airflow, day: Run, shown: list[str]) -> None:
    lab.graph("branching")
    lab.graph("daily", day)
    lab.gantt(day)
    lab.grid("daily")
    lab.components()
    branching, graph, gantt, grid, components = shown
    assert "report의 트리거 규칙: none_failed_min_one_success." in branching
    assert graph.endswith("measure 다음에 tell. 상태: measure 성공, tell 성공.")
    assert gantt.endswith("태스크 2개: measure 성공, tell 성공.")
    assert "2025-01-02 성공: measure 성공, tell 성공." in grid
    assert (
        "스케줄러 정상, API 서버 정상, Dag 프로세서 정상, 트리거러 정상, 메타데이터베이스 정상." in components
    )
    assert set(lab.health().values()) == {"정상"}


def test_a_failed_run_is_returned_with_every_try(lab: Airflow, capsys: pytest.CaptureFixture[str]) -> None:
    run = lab.wait(lab.trigger("retries"))
    assert run.state == "실패"
    assert run.tasks == {"publish": "업스트림 실패", "unstable_network": "성공", "wrong_input": "실패"}
    lab.log(run, "unstable_network", try_number=1)
    assert capsys.readouterr().out == "ConnectionError: 1번째 시도에서 연결이 끊겼습니다.\n"
    with pytest.raises(StackError, match="publish은\\(는\\) 실행되지 않아"):
        lab.log(run, "publish")


def test_mistakes_are_answered_in_korean(lab: Airflow, day: Run, stack: Stack) -> None:
    with pytest.raises(StackError, match="혹시 'branching'입니까"):
        lab.trigger("branchin")
    with pytest.raises(StackError, match="혹시 'measure'입니까"):
        lab.log(day, "measur")
    with pytest.raises(StackError, match="XCom 'auc'이\\(가\\) 없습니다"):
        lab.xcom(day, "tell", "auc")
    with pytest.raises(StackError, match="이미 있습니다"):
        lab.trigger("daily", logical_date="2025-01-02")
    with pytest.raises(StackError, match="2013-03-01처럼"):
        lab.trigger("daily", logical_date="내일")
    slow = lab.trigger("slow")
    wait_until(lambda: lab.runs("slow")[0].tasks == {"sleep": "실행 중"})
    with pytest.raises(StackError, match="slow \\(직접 실행\\) 실행 중: sleep 실행 중"):
        lab.wait(slow, timeout=0)
    lab.forget("slow")
    assert StackError("한 줄\n두 줄")._render_traceback_() == ["한 줄", "두 줄"]


def test_a_dag_that_is_just_written_is_waited_for(lab: Airflow, stack: Stack) -> None:
    file = stack.home / "dags" / "late.py"
    text = (
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"
    )
    file.write_text(text + 'with DAG("late"):\n    EmptyOperator(task_id="x")\n', "utf-8")
    assert lab.wait(lab.trigger("late")).state == "성공"

    file.with_name("wrong.py").write_text('from airflow.sdk import DAG\n\nnosuch("wrong")\n', "utf-8")
    with pytest.raises(StackError, match=r"(?s)wrong\.py.*nosuch"):
        lab.trigger("wrong")
    file.with_name("wrong.py").unlink()


def test_a_stopped_component_is_seen_and_started_by_connect(lab: Airflow, shown: list[str]) -> None:
    lab.stop("triggerer")
    assert lab.health()["트리거러"] == "멈춤"
    lab.components()
    assert "트리거러 멈춤" in shown[0]
    again = connect(lab._stack.home, say=lambda _: None)
    assert set(again.health().values()) == {"정상"}
    assert isinstance(lab.query("select count(*) as n from dag"), pd.DataFrame)
    assert "dag_run" in set(lab.tables().iloc[:, 0])


def test_a_dag_is_written_with_quotes_and_all(lab: Airflow) -> None:
    text = "from airflow.sdk import dag, task\n\n@dag\ndef written():\n    @task\n    def greet():\n"
    text += "        return '따옴표 \\' \"'\n    greet()\n\nwritten()\n"
    assert lab.write_dag("written.py", text) == ("written",)
    assert lab.xcom(lab.wait(lab.trigger("written")), "greet") == "따옴표 ' \""


def outputs(notebook: Any) -> list[Any]:
    """셀마다의 출력. 그림은 점을 빼고 대체 텍스트만 남깁니다."""
    found = []
    for cell in notebook.cells:
        for output in cell.outputs:
            data = output.get("data", {})
            text = re.sub('base64,[^"]*', "", data.get("text/html", ""))
            found.append((output.output_type, output.get("text"), data.get("text/plain"), text))
    return found


def test_the_readme_connects_triggers_and_draws(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(stack.home))
    assert values(block("lab.trigger(") + "\nrun.state", tmp_path)[-1] == "성공"


def test_the_readme_writes_asks_and_stops(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(stack.home))
    given = "source = \"from airflow.sdk import DAG\\nwith DAG('my_dag'): pass\""
    try:
        written, rows, _ = values(given + "\n" + block("stack.write_dag("), tmp_path)
        assert start_component("scheduler", stack.home, timeout=240)  # 정말 멈춰 있었습니다.
    finally:
        start_component("scheduler", stack.home, timeout=240)
    assert written == "('my_dag',)"
    assert "('my_dag', " in str(rows)


def test_a_notebook_repeats_in_both_kinds_of_kernel(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """빌더가 만든 출력이 nbval의 엄격한 비교에서도, 같은 Airflow의 예열 커널에서도 같습니다."""
    monkeypatch.setenv("MLOPS_LAB_HOME", str(stack.home))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in NOTEBOOK],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    path = tmp_path / "live.ipynb"
    nbformat.write(notebook, path)
    monkeypatch.setenv(warm.SOCKET_VARIABLE, "")
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    nbformat.write(notebook, path)

    made = outputs(notebook)
    text = repr(made)
    assert "따옴표 '와 \\\"도 그대로입니다" in text or "따옴표 '와 \"도 그대로입니다" in made[2][1]
    assert not re.search(r"manual__|20\d\d-\d\d-\d\dT|/tmp/|127\.0\.0\.1|progress", text)
    for kind, _, plain, rich in made:
        if "<img" in rich:
            assert kind == "display_data"
            assert html.unescape(re.search('alt="([^"]*)"', rich)[1]) == plain  # type: ignore[index]
    assert sum("<img" in rich for *_, rich in made) == 5

    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name=python3", "-q"]
    command += [f"--nbval-sanitize-with={ROOT / 'tests' / 'lessons' / 'sanitize.cfg'}"]
    command += ["--nbval-cell-timeout=600", "-p", "no:xdist", "-p", "no:cacheprovider", "-c", os.devnull]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [*command, str(path)], capture_output=True, text=True, env=environment, timeout=600, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

    monkeypatch.delenv(warm.SOCKET_VARIABLE)
    monkeypatch.setenv("PYTHONPATH", PYTHONPATH)  # 파이썬이 시작할 때 읽는 것이 같아야 fork합니다.
    lines: list[str] = []
    result = run_notebook(path, log=lines.append, html=False)
    assert "예열 커널로 실행합니다." in lines, lines
    assert result.output is not None
    assert outputs(nbformat.read(result.output, as_version=4)) == made


def test_a_person_sees_progress_that_leaves_nothing(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(stack.home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.delenv("PYTEST_VERSION")
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        seen: list[dict[str, Any]] = []
        code = "from mlops_lab.lesson import connect\nlab = connect(say=lambda _: None)\n"
        code += "lab.wait(lab.trigger('retries')).state"
        reply = client.execute_interactive(code, timeout=600, output_hook=seen.append)
        assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    drawn = [each["content"]["data"]["text/html"] for each in seen if "display_data" in each["msg_type"]]
    assert any("retries: 태스크 3개 가운데" in each for each in drawn)
    assert drawn[-1] == ""
