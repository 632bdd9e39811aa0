"""`NotebookOperator`를 진짜 스케줄러와 LocalExecutor에서, 그리고 `dag.test()`로."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import psutil

from tests.common import wait_until

if TYPE_CHECKING:
    from tests.airflow.conftest import Lab


def statuses(path: Path) -> list[str]:
    """저장된 노트북에서 코드 셀마다의 상태."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell.metadata.papermill.get("status") for cell in cells if cell.cell_type == "code"]


def banner(path: Path) -> str:
    """저장된 노트북의 첫 셀."""
    return str(nbformat.read(path, as_version=4).cells[0].source)


def assert_gone(lab: Lab, pids_file: Path) -> None:
    """커널과 그 자식이 남지 않았습니다."""
    pids = [int(pid) for pid in pids_file.read_text().split()]
    assert len(pids) == 2
    for pid in pids:
        wait_until(lambda pid=pid: not psutil.pid_exists(pid))


def test_running_task_has_a_working_link_and_marking_it_failed_stops_the_kernel(lab: Lab) -> None:
    run_id = lab.start_run("stopped")
    pids = lab.dags / "notebooks" / "stopped.pids"
    wait_until(pids.exists)
    with lab.browser("viewer") as browser:
        url = lab.link("stopped")

        def running_page() -> str | None:
            page = browser.get(url)
            return page.text if page.status_code == 200 and "잠듭니다" in page.text else None

        text = wait_until(running_page)
        assert "실행 중" in text
        assert browser.get(url).headers["Refresh"] == "3"
    assert all(psutil.pid_exists(int(pid)) for pid in pids.read_text().split())

    lab.stack.client.request(
        "PATCH", f"/dags/stopped/dagRuns/{run_id}/taskInstances/nb", json={"new_state": "failed"}
    )

    saved = lab.folder("stopped") / "try-1.ipynb"
    wait_until(lambda: "Airflow가 태스크를 멈췄습니다" in banner(saved))
    assert_gone(lab, pids)
    assert statuses(saved)[-2:] == ["failed", "pending"]
    assert lab.task("stopped")["state"] == "failed"


def test_results_reach_the_next_notebook_with_the_types_it_declares(lab: Lab) -> None:
    run_id, state = lab.finished("chain")
    assert state == "success"
    client = lab.stack.client
    train = client.xcom("chain", run_id, "train")
    assert train["year"] == 2013
    assert train["cwd"] == str(lab.dags / "notebooks")
    report = client.xcom("chain", run_id, "report")
    assert report["types"] == ["float", "int", "bool"]
    assert (report["auc"], report["rows"], report["drifted"]) == (0.67, 1200, True)
    assert report["columns"] == ["1200", "끝"]


def test_kernel_gets_none_of_airflows_settings_but_gets_env(lab: Lab) -> None:
    run_id, _ = lab.finished("chain")
    train = lab.stack.client.xcom("chain", run_id, "train")
    assert "AIRFLOW_CTX_DAG_ID" in train["airflow_names"]
    assert [name for name in train["airflow_names"] if not name.startswith("AIRFLOW_CTX_")] == []
    assert train["for_kernel"] == "chain"


def test_log_is_streamed_and_secrets_stay_out_of_log_and_files(lab: Lab) -> None:
    run_id, _ = lab.finished("chain")
    log = lab.stack.client.log("chain", run_id, "train")
    assert "학습을 시작합니다" in log
    assert "토큰은 ***" in log
    assert "암호는 ***" in log
    assert "never-show-this" not in lab.raw_log("chain", "train")
    for path in lab.folder("chain", "train").iterdir():
        assert "sk-never-show-this" not in path.read_text("utf-8"), path.name


def test_kernel_is_forked_from_the_warm_parent_of_the_scheduler(lab: Lab) -> None:
    run_id, _ = lab.finished("chain")
    assert "예열 커널로 실행합니다." in lab.stack.client.log("chain", run_id, "train")


def test_expand_keeps_each_mapped_task_in_its_own_folder(lab: Lab) -> None:
    lab.finished("chain")
    months = {n: lab.results("chain", f"month.{n}")["results"]["month"] for n in range(3)}
    assert months == {0: 3, 1: 4, 2: 5}
    assert "map_index=2" in lab.link("chain", "month", map_index=2)


def test_outlet_asset_carries_the_results(lab: Lab) -> None:
    lab.finished("chain")
    events = lab.stack.client.get("/assets/events", source_dag_id="chain")["asset_events"]
    assert [event["name"] for event in events] == ["model"]
    assert events[0]["extra"]["auc"] == 0.67


def test_misspelt_parameter_fails_at_once_without_retry(lab: Lab) -> None:
    run_id, state = lab.finished("typo")
    assert state == "failed"
    task = lab.task("typo")
    assert (task["state"], task["try_number"], task["max_tries"]) == ("failed", 1, 3)
    assert "혹시" in lab.stack.client.log("typo", run_id, "nb")
    assert not lab.folder("typo").exists() or not list(lab.folder("typo").glob("*.ipynb"))


def test_failing_cell_fails_the_task_and_the_file_says_which(lab: Lab) -> None:
    run_id, state = lab.finished("broken")
    assert state == "failed"
    saved = lab.folder("broken") / "try-1.ipynb"
    assert statuses(saved)[-3:] == ["completed", "failed", "pending"]
    assert "ZeroDivisionError" in banner(saved)
    assert "여기까지는 됩니다" in lab.stack.client.log("broken", run_id, "nb")
    log = lab.raw_log("broken")
    assert f"저장한 노트북: {saved}" in log
    assert "(broken 노트북)" in log
    for internal in ("papermill/", "nbclient/"):
        assert internal not in log, "라이브러리 내부의 자취가 로그를 덮었습니다"
    assert len(log.splitlines()) < 200


def test_dead_kernel_is_retried_and_both_tries_are_kept(lab: Lab) -> None:
    run_id, state = lab.finished("killed")
    assert state == "success"
    assert lab.task("killed")["try_number"] == 2
    assert lab.results("killed", try_number=1)["error"]["kind"] == "kernel_died"
    assert statuses(lab.folder("killed") / "try-1.ipynb")[-2:] == ["failed", "pending"]
    assert lab.results("killed", try_number=2)["status"] == "success"
    assert lab.stack.client.xcom("killed", run_id, "nb") == {"tried": 2}


def test_execution_timeout_leaves_a_truthful_file_and_no_kernel(lab: Lab) -> None:
    _, state = lab.finished("late")
    assert state == "failed"
    saved = lab.folder("late") / "try-1.ipynb"
    assert lab.results("late")["status"] == "failed"
    assert "execution_timeout 30초를 넘겼습니다" in banner(saved)
    assert statuses(saved)[-2:] == ["failed", "pending"]
    assert_gone(lab, lab.dags / "notebooks" / "late.pids")


def test_dag_test_runs_the_notebooks_in_one_process(lab: Lab, tmp_path: Path) -> None:
    home = tmp_path / "airflow"
    home.mkdir()
    db = home / "airflow.db"
    (lab.stack.home / "migrated.db").rename(db)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{db}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(lab.dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "MLOPS_LAB_RUNS": str(tmp_path / "runs"),
    }
    code = (
        "import cases\n"
        "run = cases.report.dag.test(mark_success_pattern='month')\n"
        "print('상태', run.state, sorted((ti.task_id, ti.map_index, ti.state) for ti in run.get_task_instances()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=lab.dags,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert "상태 success" in done.stdout, done.stdout[-3000:] + done.stderr[-3000:]
    made = sorted(path.parent.name for path in (tmp_path / "runs").glob("chain/*/*/try-1.results.json"))
    assert made == ["report", "train"]


def test_airflow_lists_the_provider(lab: Lab) -> None:
    environment = {**os.environ, "AIRFLOW_HOME": str(lab.stack.place.airflow)}
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "providers", "list", "-o", "json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    providers = {item["package_name"]: item for item in json.loads(done.stdout)}
    assert providers["mlops-lab"]["version"] == "0.1.0"
