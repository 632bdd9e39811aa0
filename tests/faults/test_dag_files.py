"""배우는 사람이 쓴 DAG 파일을 진짜 Dag 프로세서가 읽습니다. 잘못된 파일은 어느 줄인지 말하고, 아무것도 잃지 않습니다.

Airflow 한 벌을 함께 씁니다. 로그인 토큰은 3초마다 만료되므로, 클라이언트는 시험하는 내내 스스로 다시 로그인합니다.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from typer.testing import CliRunner

from mlops_lab import stack
from mlops_lab.cli import app
from mlops_lab.stack import DagFileError, Stack, _dag_files, write_dag
from tests.common import wait_until

IMPORTS = "from datetime import datetime\nfrom airflow.sdk import DAG, dag, task\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"


def source(dag_id: str, *tasks: str) -> str:
    lines = "".join(f'    EmptyOperator(task_id="{name}")\n' for name in tasks or ("a",))
    return f'{IMPORTS}with DAG("{dag_id}"):\n{lines}'


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("dag files")
    (folder / "dags").mkdir()
    (folder / "dags" / "given.py").write_text(source("given"), "utf-8")
    settings = {"api_auth": {"jwt_expiration_time": "3"}, "core": {"dagbag_import_timeout": "5"}}
    settings["dag_processor"] = {"dag_file_processor_timeout": "8"}
    running = stack.up(folder / "home 한글", folder / "dags", port=8415, settings=settings)
    yield running
    running.client.close()
    stack.stop(running.home)
    assert stack.leftovers(running.home) == []


@pytest.fixture(autouse=True)
def _at_home(live: Stack, _own_runs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_LAB_HOME", str(live.home))


def code_of(live: Stack, dag_id: str) -> str:
    return str(live.client.get(f"/dagSources/{dag_id}")["content"])


def task_ids(live: Stack, dag_id: str) -> set[str]:
    return {task["task_id"] for task in live.client.get(f"/dags/{dag_id}/tasks")["tasks"]}


def test_own_file_is_read_written_again_and_the_project_stays_clean(live: Stack) -> None:
    assert write_dag("mine.py", source("mine", "a") + source("other")) == ("mine", "other")
    shown = live.client.get("/dags/mine/details")
    assert (shown["bundle_name"], shown["relative_fileloc"]) == ("my-dags", "mine.py")
    assert live.client.get("/dags/given/details")["bundle_name"] == "dags-folder"
    assert write_dag("mine.py", source("mine", "a", "b")) == ("mine",)  # other는 파일에서 사라졌습니다.
    assert task_ids(live, "mine") == {"a", "b"}
    assert write_dag("mine.py", source("mine", "a", "b")) == ("mine",)  # 같은 글을 또 써도 됩니다.
    assert [path.name for path in live.place.dags.iterdir() if path.suffix == ".py"] == ["given.py"]
    assert sorted(path.name for path in live.place.own_dags.iterdir() if path.is_file()) == ["mine.py"]
    live.client.unpause("mine")
    assert live.client.wait("mine", live.client.trigger("mine")["dag_run_id"]) == "success"


def test_a_module_beside_the_dag_file_is_watched_too(live: Stack) -> None:
    """DAG 파일이 불러 쓰는 곁의 모듈이 바뀌면, DAG 파일은 그대로여도 곧 다시 읽습니다."""
    helper = live.place.own_dags / "helper_names.py"
    helper.write_text('NAME = "before"\n', "utf-8")
    text = source("imports_helper").replace('task_id="a"', "task_id=NAME")
    try:
        write_dag("imports_helper.py", f"from helper_names import NAME\n{text}")
        assert task_ids(live, "imports_helper") == {"before"}
        helper.write_text('NAME = "after_it_changed"\n', "utf-8")
        wait_until(lambda: task_ids(live, "imports_helper") == {"after_it_changed"})
    finally:
        helper.unlink()
        (live.place.own_dags / "imports_helper.py").unlink()


FAULTS = {
    "syntax": ("def f(:\n    pass\n", 4, "def f(:", "문법에 맞지 않습니다"),
    "import": ("import pandsa\n", 4, "import pandsa", "혹시 pandas인가요"),
    "error": ("def half():\n    return 1 / 0\nhalf()\n", 5, "return 1 / 0", "ZeroDivisionError"),
    "cycle": (
        'with DAG("round"):\n    a = EmptyOperator(task_id="a")\n    b = EmptyOperator(task_id="b")\n    a >> b >> a\n',
        7,
        "a >> b >> a",
        "순환",
    ),
    "duplicate_task": (
        'with DAG("twins"):\n    EmptyOperator(task_id="a")\n    EmptyOperator(task_id="a")\n',
        6,
        'EmptyOperator(task_id="a")',
        "'a'인 태스크가 둘",
    ),
    "start_date": (
        'with DAG("late", schedule="@daily", catchup=True):\n    EmptyOperator(task_id="a")\n',
        4,
        'with DAG("late"',
        "start_date를 적거나",
    ),
    "no_dag": ("@dag\ndef forgotten():\n    pass\n", 5, "def forgotten", "forgotten()을 적어 주세요"),
    "timeout": ("while True:\n    pass\n", 4, "while True:", "5초를 기다려도"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_is_told_with_its_line_and_the_good_version_stays(live: Stack, kind: str) -> None:
    code, line, text, advice = FAULTS[kind]
    path = live.place.own_dags / "fault.py"
    good = source("good")
    if not path.exists():
        assert write_dag("fault.py", good) == ("good",)
    with pytest.raises(DagFileError) as told:
        write_dag("fault.py", IMPORTS + code)
    error = told.value
    assert (error.kind, error.text and text in error.text, advice in str(error)) == (kind, True, True), str(
        error
    )
    # while True의 시간 제한은 두 줄 가운데 어디에서든 걸립니다.
    assert error.line == line or kind == "timeout"
    assert path.read_text("utf-8") == good
    if kind != "syntax":
        assert "앞서 쓴 파일을 되돌려 놓았습니다" in str(error)
        assert (live.place.own_dags / "fault.py.broken").read_text("utf-8") == IMPORTS + code
    wait_until(lambda: not live.client.import_errors())
    assert task_ids(live, "good") == {"a"}


def test_loop_that_cannot_be_interrupted_is_given_up_and_the_next_file_is_read(
    live: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_dag_files, "IMPORT_SECONDS", 5)
    with pytest.raises(DagFileError, match="기다려도 파일을 다 읽지 못했습니다") as told:
        write_dag("forever.py", IMPORTS + "sum(range(10**13))\n")
    assert told.value.kind == "timeout"
    assert not (live.place.own_dags / "forever.py").exists()
    assert write_dag("next.py", source("next")) == ("next",)
    assert live.components()["dag-processor"] == "healthy"


def test_dag_id_of_another_file_is_refused_and_the_other_keeps_it(live: Stack) -> None:
    with pytest.raises(DagFileError, match=r"'given'는 이미 given.py에") as told:
        write_dag("thief.py", source("given", "stolen"))
    assert (told.value.kind, told.value.line) == ("duplicate_dag", 4)
    # 글만 보아서는 알 수 없는 이름은, 읽은 뒤에 알고 되돌립니다.
    with pytest.raises(DagFileError, match=r"'given'는 이미 given.py에"):
        write_dag("thief.py", source("given", "stolen").replace('"given"', '"gi" + "ven"'))
    assert not (live.place.own_dags / "thief.py").exists()
    wait_until(lambda: live.client.get("/dags/given/details")["relative_fileloc"] == "given.py")
    wait_until(lambda: task_ids(live, "given") == {"a"})
    with pytest.raises(DagFileError, match="한 파일에서 두 번"):
        write_dag("pair.py", source("pair") + source("pair"))


@pytest.mark.parametrize("name", ["../out.py", "a/b.py", "notes.txt", ".hidden.py", "", "/x.py"])
def test_file_name_cannot_leave_the_folder(live: Stack, name: str) -> None:
    with pytest.raises(DagFileError, match="파일의 이름으로 쓸 수 없습니다"):
        write_dag(name, source("x"))


def test_file_put_there_by_hand_gets_the_same_diagnosis(live: Stack) -> None:
    path = live.place.own_dags / "by_hand.py"
    path.write_text(IMPORTS + "import pandsa\n", "utf-8")
    try:
        wait_until(lambda: "by_hand.py" in {error["filename"] for error in live.client.import_errors()})
        with pytest.raises(stack.StackError, match=r"by_hand.py 4번째 줄: import pandsa\n.*혹시 pandas"):
            live.client.wait_for_dag("absent", timeout=0.1)
        said = CliRunner().invoke(app, ["doctor"]).output
        assert "by_hand.py 4번째 줄: import pandsa" in said
    finally:
        path.unlink()
    wait_until(lambda: not live.client.import_errors())


def test_stopped_dag_processor_is_told_and_nothing_is_written(live: Stack) -> None:
    stack.stop_component("dag-processor")
    try:
        with pytest.raises(DagFileError, match="Dag 프로세서가 멈춰 있습니다") as told:
            write_dag("waiting.py", source("waiting"))
        assert told.value.kind == "stopped"
        assert not (live.place.own_dags / "waiting.py").exists()
    finally:
        stack.start_component("dag-processor")
    assert write_dag("waiting.py", source("waiting")) == ("waiting",)


def test_expired_token_is_renewed_with_the_real_server(live: Stack) -> None:
    live.client.get("/dags")
    old = live.client._token
    headers = {"Authorization": f"Bearer {old}"}

    def refused() -> bool:
        answer = httpx.get(f"{live.url}/api/v2/dags", headers=headers, trust_env=False)
        return answer.status_code == httpx.codes.UNAUTHORIZED

    wait_until(refused)
    assert live.client.get("/dags")["total_entries"] >= 1
    assert live.client._token != old
