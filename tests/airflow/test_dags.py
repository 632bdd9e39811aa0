"""`dags/`의 DAG마다 진짜 스케줄러로 끝까지. 모두 시작시켜 두고, 시험은 끝나기를 기다립니다."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from mlops_lab.flights import decisions, registry
from mlops_lab.flights._files import month_folder, write_json
from mlops_lab.flights.features import FEATURES
from mlops_lab.flights.model import make_model
from mlops_lab.stack import ApiError, Client, Stack
from tests.airflow.conftest import TEACHER, patiently
from tests.common import ROOT, wait_until

DAGS = ROOT / "dags"
FILES = sorted(DAGS.glob("*.py"))
SEOUL = ZoneInfo("Asia/Seoul")
HANGUL = re.compile("[가-힣]{2}")

MANUAL = (
    "file_sensor",
    "deadline",
    "notebook_task",
    "month_mapping",
    "retries",
    "callbacks",
    "clear_and_rerun",
    "operators",
    "branching",
    "taskflow",
    "sequential",
    "parallel",
    "asset_producer",
    "approval",
)
"""사람이 실행하는 DAG. 오래 걸리는 것부터 시작시킵니다."""

SCHEDULED = (
    "asset_consumer",
    "first_dag",
    "schedule_cron",
    "schedule_timedelta",
    "schedule_preset",
    "trigger_at",
    "data_interval",
    "catchup_on",
    "catchup_off",
)
"""켜기만 하면 스케줄러가 실행하는 DAG."""

ELSEWHERE = ("flight_delay", "retraining_policies", "rollback")
"""make demo의 시험과 test_flight_delay.py가 보는 DAG. rollback은 되돌릴 챔피언을 마련한 다음 실행합니다."""

States = list[tuple[str, str]]


class Room:
    """시험이 쓰는 Airflow와, DAG마다 한 번 한 실행."""

    def __init__(self, stack: Stack) -> None:
        self.client = stack.client
        self._scheduler_log = stack.log_path("scheduler")
        self.lessons = stack.home / "lessons"
        passwords: dict[str, str] = json.loads(stack.place.passwords.read_text("utf-8"))
        self.teacher = Client(stack.url, TEACHER, passwords[TEACHER])
        self.details = {
            dag_id: self.client.wait_for_dag(dag_id) for dag_id in (*MANUAL, *SCHEDULED, *ELSEWHERE)
        }
        # 꺼진 DAG의 실행은 시작되지 않습니다. 모두 만들어 두고 한꺼번에 켭니다(까닭은 patiently에 있습니다).
        self.run_ids = {dag_id: self._start_run(dag_id) for dag_id in MANUAL}
        self.low_rate = self._start_run("branching", {"late_rate": 0.2})
        self.rejected = self._start_run("approval")
        self.without_date = self._start_run("data_interval")
        self.switched_on = datetime.now(SEOUL)
        patiently(
            lambda: self.client.request(
                "PATCH", "/dags", params={"dag_id_pattern": "~"}, json={"is_paused": False}
            )
        )
        for dag_id in ELSEWHERE:
            patiently(lambda dag_id=dag_id: self.client.pause(dag_id))

    def _start_run(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        run_id: str = patiently(lambda: self.client.trigger(dag_id, conf))["dag_run_id"]
        return run_id

    def finished(self, dag_id: str, run_id: str | None = None) -> tuple[str, States]:
        """끝날 때까지 기다리고 (Dag 실행의 상태, 태스크마다의 상태)를 돌려줍니다."""
        run_id = run_id or self.run_ids[dag_id]
        state = self.client.wait(dag_id, run_id, timeout=600)
        return state, self.states(dag_id, run_id)

    def states(self, dag_id: str, run_id: str | None = None) -> States:
        instances = self.client.task_instances(dag_id, run_id or self.run_ids[dag_id])
        return sorted((each["task_id"], each["state"]) for each in instances)

    def tries(self, dag_id: str) -> dict[str, int]:
        instances = self.client.task_instances(dag_id, self.run_ids[dag_id])
        return {each["task_id"]: each["try_number"] for each in instances}

    def xcom(self, dag_id: str, task_id: str) -> Any:
        return self.client.xcom(dag_id, self.run_ids[dag_id], task_id)

    def scheduled(self, dag_id: str, count: int, run_type: str = "scheduled") -> list[dict[str, Any]]:
        """스케줄러가 만든 실행이 `count`번 성공하기를 기다리고, 그 유형의 실행을 모두 돌려줍니다."""

        def runs() -> list[dict[str, Any]] | None:
            found = self.client.runs(dag_id, run_type=run_type)
            return found if sum(run["state"] == "success" for run in found) >= count else None

        found: list[dict[str, Any]] = wait_until(runs)
        return found

    def wait_until_put_down(self, dag_id: str, task_id: str, run_id: str) -> None:
        """기다리러 간 태스크를 스케줄러가 내려놓을 때까지 기다립니다.

        Airflow 3.3의 스케줄러는 이 일을 적기도 전에 태스크가 깨어나 대기열에 들면, 죽은 것으로 잘못 봅니다.
        """
        line = f"TaskInstance Finished: dag_id={dag_id}, task_id={task_id}, run_id={run_id},"
        wait_until(lambda: line in self._scheduler_log.read_text("utf-8", errors="replace"))

    def next_run(self, dag_id: str) -> str | None:
        """스케줄러가 다음에 만들 실행의 시각. 더 만들지 않으면 None."""
        planned: str | None = self.client.get(f"/dags/{dag_id}")["next_dagrun_run_after"]
        return planned


def seoul(when: str) -> str:
    return datetime.fromisoformat(when).astimezone(SEOUL).strftime("%Y-%m-%d %H:%M")


def all_success(*task_ids: str) -> States:
    return sorted((task_id, "success") for task_id in task_ids)


@pytest.fixture(scope="module")
def room(airflow: Stack) -> Room:
    return Room(airflow)


# 가장 오래 기다리는 것부터: 센서


def test_three_forms_of_the_sensor_wait_each_in_its_own_state_until_the_file_comes(room: Room) -> None:
    batch = room.lessons / "file_sensor" / "batch.csv"
    waiting = {("poke", "running"), ("reschedule", "up_for_reschedule"), ("deferrable", "deferred")}
    seen: set[tuple[str, str]] = set()

    def all_waiting() -> bool:
        seen.update(room.states("file_sensor"))
        return waiting <= seen

    wait_until(all_waiting)
    assert not {(sensor, "success") for sensor, _ in waiting} & seen
    assert not batch.exists()
    room.wait_until_put_down("file_sensor", "deferrable", room.run_ids["file_sensor"])
    batch.write_text("a\n1\n", "utf-8")
    state, states = room.finished("file_sensor")
    assert state == "success"
    assert states == all_success("make_folder", "poke", "reschedule", "deferrable", "take_in")
    assert not batch.exists(), "파일을 치워야 다시 실행했을 때 다시 기다립니다"


# 07


def test_first_dag_runs_for_today_when_switched_on(room: Room) -> None:
    runs = room.scheduled("first_dag", 1)
    assert seoul(runs[0]["logical_date"]) == f"{room.switched_on:%Y-%m-%d} 00:00"
    assert room.states("first_dag", runs[0]["dag_run_id"]) == all_success("prepare", "train", "report")
    planned = room.next_run("first_dag")
    assert planned is not None
    latest = datetime.fromisoformat(runs[-1]["logical_date"])
    assert datetime.fromisoformat(planned) - latest == timedelta(days=1)


def test_sequential_tasks_wait_for_each_other_and_parallel_ones_do_not(room: Room) -> None:
    months = ["month_3", "month_4", "month_5"]
    assert room.finished("sequential") == ("success", all_success(*months))
    assert room.finished("parallel") == ("success", all_success(*months, "add_up"))
    instances = room.client.task_instances("sequential", room.run_ids["sequential"])
    times = {each["task_id"]: (each["start_date"], each["end_date"]) for each in instances}
    march, april, may = (times[month] for month in months)
    assert march[1] <= april[0]
    assert april[1] <= may[0]
    downstream = {
        task["task_id"]: task["downstream_task_ids"]
        for task in room.client.get("/dags/parallel/tasks")["tasks"]
    }
    assert downstream == {**{month: ["add_up"] for month in months}, "add_up": []}


# 09


def test_operators_hand_a_file_and_a_value_on(room: Room) -> None:
    assert room.finished("operators") == ("success", all_success("write_delays", "count_late", "done"))
    assert room.xcom("operators", "count_late") == 2
    assert (room.lessons / "operators" / "delays.txt").read_text("utf-8") == "-3\n0\n12\n47\n5\n88\n"


def test_branching_takes_the_other_way_for_another_rate(room: Room) -> None:
    state, states = room.finished("branching")
    assert state == "success"
    assert states == [
        ("decide", "success"),
        ("keep_model", "skipped"),
        ("report", "success"),
        ("retrain", "success"),
    ]
    state, states = room.finished("branching", room.low_rate)
    assert state == "success"
    assert states == [
        ("decide", "success"),
        ("keep_model", "success"),
        ("report", "success"),
        ("retrain", "skipped"),
    ]


def test_taskflow_passes_values_through_a_group(room: Room) -> None:
    state, states = room.finished("taskflow")
    assert state == "success"
    assert states == all_success("read_delays", "summarize.count_late", "summarize.find_worst", "report")
    assert room.xcom("taskflow", "report") == "15분 넘게 늦은 편 2편, 가장 늦은 편 88분"


# 10


@pytest.mark.parametrize(
    ("dag_id", "days"),
    [
        ("schedule_cron", ["01-25", "01-28", "01-31", "02-01", "02-04", "02-07", "02-10"]),
        ("schedule_timedelta", ["01-25", "01-28", "01-31", "02-03", "02-06", "02-09"]),
        ("schedule_preset", ["02-01"]),
    ],
)
def test_schedules_run_on_exactly_these_days(room: Room, dag_id: str, days: list[str]) -> None:
    runs = room.scheduled(dag_id, len(days))
    assert [seoul(run["logical_date"]) for run in runs] == [f"2013-{day} 00:00" for day in days]
    assert room.next_run(dag_id) is None


@pytest.mark.parametrize(
    ("dag_id", "expected"),
    [
        (
            "trigger_at",
            [("2013-01-31", "2013-02", "02-01", "02-01"), ("2013-02-28", "2013-03", "03-01", "03-01")],
        ),
        (
            "data_interval",
            [("2013-01-31", "2013-02", "02-01", "03-01"), ("2013-02-28", "2013-03", "03-01", "04-01")],
        ),
    ],
)
def test_data_interval_is_a_month_of_seoul_or_a_point(
    room: Room, dag_id: str, expected: list[tuple[str, str, str, str]]
) -> None:
    runs = room.scheduled(dag_id, 2)
    shown = [room.client.xcom(dag_id, run["dag_run_id"], "show_interval") for run in runs]
    assert shown == [
        {"ds": ds, "month": month, "start": f"2013-{start} 00:00", "end": f"2013-{end} 00:00"}
        for ds, month, start, end in expected
    ]
    assert room.next_run(dag_id) is None


def test_run_without_a_logical_date_has_no_data_interval(room: Room) -> None:
    run_id = room.without_date
    assert room.finished("data_interval", run_id) == ("success", all_success("show_interval"))
    assert room.client.xcom("data_interval", run_id, "show_interval") == {}


def test_catchup_on_makes_every_past_run(room: Room) -> None:
    runs = room.scheduled("catchup_on", 3)
    assert [seoul(run["logical_date"]) for run in runs] == [f"2013-{m}-01 00:00" for m in ("01", "02", "03")]
    assert room.next_run("catchup_on") is None


def test_catchup_off_makes_only_the_latest_and_a_backfill_the_rest(room: Room) -> None:
    latest = room.scheduled("catchup_off", 1)
    assert seoul(latest[0]["logical_date"]) == f"{room.switched_on:%Y-%m}-01 00:00"
    planned = room.next_run("catchup_off")
    assert planned is not None
    assert datetime.fromisoformat(planned) > datetime.now(UTC)

    january, march = datetime(2013, 1, 1, tzinfo=SEOUL), datetime(2013, 3, 1, tzinfo=SEOUL)
    patiently(lambda: room.client.backfill("catchup_off", january, march, max_active_runs=3))
    filled = room.scheduled("catchup_off", 3, run_type="backfill")
    assert [seoul(each["logical_date"]) for each in filled] == [
        f"2013-{m}-01 00:00" for m in ("01", "02", "03")
    ]
    assert room.client.runs("catchup_off", run_type="scheduled") == latest


def test_consumer_runs_because_of_the_producer(room: Room) -> None:
    assert room.finished("asset_producer") == ("success", all_success("write_delays"))
    (run,) = room.scheduled("asset_consumer", 1, run_type="asset_triggered")
    told = room.client.xcom("asset_consumer", run["dag_run_id"], "find_worst")
    assert told == {"told_by": ["asset_producer"], "worst": 88}
    (event,) = room.client.get("/assets/events", source_dag_id="asset_producer")["asset_events"]
    assert (event["name"], event["extra"]["rows"]) == ("lesson_delays", 3)
    assert event["source_run_id"] == room.run_ids["asset_producer"]
    assert [each["run_id"] for each in event["created_dagruns"]] == [run["dag_run_id"]]


# 12


def test_notebook_task_hands_its_results_on(room: Room) -> None:
    expected = ["ours"]
    if find_spec("airflow.providers.papermill"):
        expected += ["make_folder", "official"]
    assert room.finished("notebook_task") == ("success", all_success(*expected))
    results = room.xcom("notebook_task", "ours")
    assert (results["month"], results["rows"]) == ("2013-03", 28834)


def test_official_operator_appears_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """공식 프로바이더의 자리에 인자만 받는 흉내를 놓고, DAG의 모양을 봅니다. 진짜 실행은 make bench가 합니다."""
    import airflow.providers

    package = tmp_path / "papermill" / "operators"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "papermill.py").write_text(
        textwrap.dedent("""
            from airflow.sdk import BaseOperator

            class PapermillOperator(BaseOperator):
                def __init__(self, *, input_nb, output_nb, parameters, kernel_name, language_name, **kwargs):
                    super().__init__(**kwargs)
                    self.arguments = (input_nb, output_nb, parameters)
        """)
    )
    monkeypatch.setattr(airflow.providers, "__path__", [*airflow.providers.__path__, str(tmp_path)])
    if not find_spec("airflow.providers.papermill").origin.startswith(str(tmp_path)):
        pytest.skip("진짜 공식 프로바이더가 있으므로 흉내가 필요 없습니다")
    before = set(sys.modules)
    try:
        dag = load(DAGS / "12_notebook_task.py").ours.dag
        assert {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks} == {
            "ours": ["make_folder"],
            "make_folder": ["official"],
            "official": [],
        }
        source, _, parameters = dag.get_task("official").arguments
        assert Path(source).is_file()
        assert parameters["month"] == "2013-03"
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("airflow.providers.papermill"):
                del sys.modules[name]


def load(path: Path) -> Any:
    spec = spec_from_file_location(f"dag_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_months_are_mapped_and_added_up(room: Room) -> None:
    state, states = room.finished("month_mapping")
    assert state == "success"
    assert states == all_success("ingest", "ingest", "ingest", "add_up")
    instances = room.client.task_instances("month_mapping", room.run_ids["month_mapping"])
    named = {
        each["map_index"]: each["rendered_map_index"] for each in instances if each["task_id"] == "ingest"
    }
    assert named == {0: "2013-03", 1: "2013-04", 2: "2013-05"}
    assert room.xcom("month_mapping", "add_up") == {
        "2013-03": 28834,
        "2013-04": 28330,
        "2013-05": 28796,
        "total": 85960,
    }


# 14


def test_retry_helps_the_unstable_and_not_the_wrong(room: Room) -> None:
    state, states = room.finished("retries")
    assert state == "failed"
    assert states == [
        ("publish", "upstream_failed"),
        ("unstable_network", "success"),
        ("wrong_input", "failed"),
    ]
    tries = room.tries("retries")
    assert (tries["unstable_network"], tries["wrong_input"]) == (3, 1)


def test_callbacks_leave_a_line_each(room: Room) -> None:
    assert room.finished("callbacks") == ("failed", [("broken", "failed")])
    alerts = room.lessons / "callbacks" / "alerts.txt"

    def lines() -> list[str] | None:
        found = alerts.read_text("utf-8").splitlines() if alerts.exists() else []
        return found if len(found) >= 3 else None

    assert sorted(wait_until(lines)) == [
        "Dag 실행 실패: callbacks, task_failure",
        "재시도: broken, 1번째 시도, 빈 배치가 왔습니다.",
        "태스크 실패: broken, 2번째 시도, 빈 배치가 왔습니다.",
    ]


def test_missed_deadline_leaves_a_line_and_the_run_succeeds(room: Room) -> None:
    alerts = room.lessons / "deadline" / "alerts.txt"
    wait_until(alerts.exists)
    assert room.finished("deadline") == ("success", all_success("slow"))
    assert alerts.read_text("utf-8") == f"데드라인 초과: deadline {room.run_ids['deadline']}\n"


def test_person_approves_or_rejects(room: Room) -> None:
    answers = {room.run_ids["approval"]: "Approve", room.rejected: "Reject"}
    for run_id, answer in answers.items():
        wait_until(lambda run_id=run_id: ("approve", "awaiting_input") in room.states("approval", run_id))
        room.wait_until_put_down("approval", "approve", run_id)
        question = f"/dags/approval/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
        asked = room.teacher.get(question)
        assert asked["subject"] == "챔피언을 바꿀까요?"
        assert asked["body"] == "AUC: 챔피언 0.713, 챌린저 0.752"
        body = {"chosen_options": [answer], "params_input": {}}
        patiently(lambda url=question, body=body: room.teacher.request("PATCH", url, json=body))

    assert room.finished("approval") == ("success", all_success("compare", "approve", "promote", "report"))
    assert room.xcom("approval", "approve")["chosen_options"] == ["Approve"]
    assert room.xcom("approval", "approve")["responded_by_user"]["name"] == TEACHER
    assert room.finished("approval", room.rejected) == (
        "success",
        [("approve", "success"), ("compare", "success"), ("promote", "skipped"), ("report", "success")],
    )


def test_a_champion_is_rolled_back_from_airflow(room: Room, airflow: Stack) -> None:
    made = []
    for number in (1, 2):
        model = make_model().fit(
            pd.DataFrame(dict.fromkeys(FEATURES, [number, 0, number, 1] * 20)), [0, 1] * 40
        )
        registered = registry.register(
            model, through=f"2013-0{number + 1}", seed=1, sha256=str(number), metrics={}, home=airflow.home
        )
        made.append(registered.to_dict())
    write_json(decisions.bootstrap_path(airflow.home), {"champion": made[0], "reference": {}})
    decision = {"month": "2013-03", "champion_before": made[0], "champion_after": made[1], "reason": "시험"}
    write_json(month_folder(airflow.home, "2013-03") / "decision.json", {**decision, "reference_after": {}})
    write_json(month_folder(airflow.home, "2013-03") / "score.json", {"champion": made[0]})

    patiently(lambda: room.client.request("PATCH", "/dags/rollback", json={"is_paused": False}))
    for conf, state in (({"reason": "시험", "month": "2013-02"}, "failed"), ({"reason": "전화"}, "success")):
        run_id = patiently(lambda conf=conf: room.client.trigger("rollback", conf))["dag_run_id"]
        assert room.finished("rollback", run_id) == (state, [("roll_back", state)])
        if state == "failed":
            assert "2013-03부터 되돌릴 수 있습니다" in room.client.log("rollback", run_id, "roll_back")
            assert not list(airflow.home.rglob("rollback.json"))
    found = room.client.xcom("rollback", run_id, "roll_back")
    assert (found["month"], found["reason"], found["champion_after"]["version"]) == ("2013-04", "전화", 1)
    assert registry.get_alias(registry.CHAMPION, airflow.home) == 1
    with pytest.raises(ApiError, match="reason"):
        room.client.trigger("rollback", {})


def test_clearing_turns_the_run_green_once_the_cause_is_gone(room: Room) -> None:
    run_id = room.run_ids["clear_and_rerun"]
    state, states = room.finished("clear_and_rerun")
    assert state == "failed"
    assert states == [("prepare", "success"), ("read_batch", "failed"), ("report", "upstream_failed")]
    batch = room.lessons / "clear_and_rerun" / "batch.csv"
    assert str(batch) in room.client.log("clear_and_rerun", run_id, "read_batch")

    batch.write_text("a\n1\n", "utf-8")
    body = {"dry_run": False, "dag_run_id": run_id, "task_ids": ["read_batch"], "include_downstream": True}
    clear = "/dags/clear_and_rerun/clearTaskInstances"
    patiently(lambda: room.client.request("POST", clear, json=body))

    assert room.finished("clear_and_rerun") == ("success", all_success("prepare", "read_batch", "report"))
    assert room.tries("clear_and_rerun") == {"prepare": 1, "read_batch": 2, "report": 1}
    assert room.xcom("clear_and_rerun", "report") == "2줄을 읽었습니다."


# 모든 파일


def test_every_file_is_read_without_error_and_waits_to_be_switched_on(room: Room) -> None:
    assert [each for each in room.client.import_errors() if each["bundle_name"] == "dags-folder"] == []
    assert sorted({dag["relative_fileloc"] for dag in room.details.values()}) == [path.name for path in FILES]
    registered = [dag for dag in room.client.pages("/dags", "dags") if dag["bundle_name"] == "dags-folder"]
    assert sorted(dag["dag_id"] for dag in registered) == sorted(room.details)
    assert all(dag["is_paused"] for dag in room.details.values())


def test_readme_names_every_dag_beside_its_file(room: Room) -> None:
    lines = (DAGS.parent / "README.md").read_text("utf-8").splitlines()
    named = {(name, dag_id) for line in lines for name, dag_id in _named(line)}
    assert {(dag["relative_fileloc"], dag_id) for dag_id, dag in room.details.items()} == named


def _named(line: str) -> list[tuple[str, str]]:
    """README의 DAG 표 한 줄에서 (파일, dag_id)들."""
    cells = line.split("|")
    file = re.search(r"\(dags/(.+\.py)\)", line)
    return [(file[1], dag_id) for dag_id in re.findall("`([a-z_]+)`", cells[2])] if file else []


def test_every_dag_explains_itself_in_korean(room: Room) -> None:
    for dag_id in room.details:
        details = room.client.get(f"/dags/{dag_id}/details")
        for field in ("description", "doc_md"):
            assert HANGUL.search(details[field] or ""), f"{dag_id}의 {field}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_name_and_docstring(path: Path) -> None:
    assert re.fullmatch(r"(0\d|1[0-5])_[a-z]+(_[a-z]+)*", path.stem)
    assert HANGUL.search(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")


def test_parsing_pulls_in_nothing_heavy(tmp_path: Path) -> None:
    heavy = ["papermill", "nbclient", "nbconvert", "pandas", "sklearn", "mlflow", "matplotlib", "scipy"]
    code = textwrap.dedent(f"""
        import importlib.util, json, sys
        found = {{}}
        for path in {[str(path) for path in FILES]!r}:
            spec = importlib.util.spec_from_file_location("dag", path)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            found[path] = [name for name in {heavy!r} if name in sys.modules]
        print(json.dumps(found))
    """)
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=180
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.strip().splitlines()[-1]) == {str(path): [] for path in FILES}
