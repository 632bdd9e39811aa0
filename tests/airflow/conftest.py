"""진짜 Airflow 한 벌(스케줄러, LocalExecutor, API 서버, Dag 프로세서, 트리거러)을 한 번 띄워 이 폴더의 모든 시험이 함께 씁니다."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest

from mlops_lab.lesson import PRELOAD
from mlops_lab.stack import ApiError, Stack, start
from tests.common import ROOT, wait_until

HERE = Path(__file__).parent
TEACHER = "teacher"
PYTHONPATH = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
"""per_dag_auth를 찾을 곳."""

# 이름: (parameters 셀, 나머지 셀들)
NOTEBOOKS: dict[str, tuple[str, ...]] = {
    "train": (
        "year: int = 2000\napi_token: str = ''",
        """\
import os
from mlops_lab import record
print('학습을 시작합니다')
record(auc=0.67, rows=1200, drifted=True, year=year, cwd=os.getcwd())""",
        """\
record(
    airflow_names=sorted(name for name in os.environ if 'AIRFLOW' in name),
    for_kernel=os.environ.get('FOR_KERNEL'),
)
print('토큰은', api_token)
print('암호는', os.environ['WAREHOUSE_PASSWORD'])""",
    ),
    "report": (
        "auc: float = 0.0\nrows: int = 0\ndrifted: bool = False\ncolumns: list = []",
        """\
from mlops_lab import record
types = [type(value).__name__ for value in (auc, rows, drifted)]
record(auc=auc, rows=rows, drifted=drifted, columns=columns, types=types)""",
    ),
    "month": ("month: int = 1", "from mlops_lab import record\nrecord(month=month)"),
    "broken": ("x = 1", "print('여기까지는 됩니다')", "1 / 0", "print('여기는 오지 않습니다')"),
    "killed": (
        "try_number: int = 1",
        """\
import os, signal
from mlops_lab import record
if try_number == 1:
    os.kill(os.getpid(), signal.SIGKILL)""",
        "record(tried=try_number)",
    ),
    "sleep": (
        "name: str = 'x'",
        """\
import os, pathlib, subprocess, time
child = subprocess.Popen(['sleep', '300'], start_new_session=True)
pathlib.Path(f'{name}.tmp').write_text(f'{os.getpid()} {child.pid}')
os.replace(f'{name}.tmp', f'{name}.pids')
print('잠듭니다')""",
        "time.sleep(300)",
        "print('여기는 오지 않습니다')",
    ),
}


def write_notebooks(folder: Path) -> None:
    """작은 시험용 노트북들을 만듭니다."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (parameters, *sources) in NOTEBOOKS.items():
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        )
        notebook.cells = [
            nbformat.v4.new_markdown_cell(f"# {name} 노트북"),
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(source) for source in sources),
        ]
        nbformat.write(notebook, folder / f"{name}.ipynb")


class Lab:
    """시험이 쓰는 Airflow와, DAG마다 한 번 한 실행."""

    def __init__(self, stack: Stack, dags: Path) -> None:
        self.stack = stack
        self.dags = dags
        self.runs = stack.place.runs
        passwords = json.loads(stack.place.passwords.read_text("utf-8"))
        self._passwords: dict[str, str] = passwords
        self._run_ids: dict[str, str] = {}

    def start_run(self, dag_id: str) -> str:
        """`dag_id`를 한 번만 실행시키고 run_id를 돌려줍니다."""
        if dag_id not in self._run_ids:
            client = self.stack.client
            client.wait_for_dag(dag_id)
            patiently(lambda: client.unpause(dag_id))
            self._run_ids[dag_id] = patiently(lambda: client.trigger(dag_id))["dag_run_id"]
        return self._run_ids[dag_id]

    def finished(self, dag_id: str) -> tuple[str, str]:
        """끝날 때까지 기다리고 (run_id, 상태)를 돌려줍니다."""
        run_id = self.start_run(dag_id)
        return run_id, self.stack.client.wait(dag_id, run_id, timeout=600)

    def task(self, dag_id: str, task_id: str = "nb") -> dict[str, Any]:
        """태스크 인스턴스 하나."""
        found = [
            ti
            for ti in self.stack.client.task_instances(dag_id, self._run_ids[dag_id])
            if ti["task_id"] == task_id
        ]
        assert len(found) == 1, found
        return found[0]

    def folder(self, dag_id: str, task: str = "nb") -> Path:
        """시도들이 남는 폴더. run_id의 콜론은 파일 이름에 쓸 수 없어 바뀝니다."""
        return self.runs / dag_id / self._run_ids[dag_id].replace(":", "%3A") / task

    def results(self, dag_id: str, task: str = "nb", try_number: int = 1) -> dict[str, Any]:
        """저장된 results.json."""
        path = self.folder(dag_id, task) / f"try-{try_number}.results.json"
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return data

    def raw_log(self, dag_id: str, task_id: str = "nb", try_number: int = 1) -> str:
        """UI가 받는 로그 그대로. 예외의 자취(error_detail)까지 들어 있습니다."""
        path = f"/dags/{dag_id}/dagRuns/{self._run_ids[dag_id]}/taskInstances/{task_id}/logs/{try_number}"
        response = self.stack.client.request("GET", path, headers={"Accept": "application/json"})
        return json.dumps(response.json(), ensure_ascii=False)

    def link(self, dag_id: str, task_id: str = "nb", **params: Any) -> str:
        """Airflow UI가 보여 주는 "노트북 보기" 링크."""
        path = f"/dags/{dag_id}/dagRuns/{self._run_ids[dag_id]}/taskInstances/{task_id}/links"
        link: str = self.stack.client.get(path, **params)["extra_links"]["노트북 보기"]
        return link

    def token(self, username: str) -> str:
        """`username`으로 로그인한 토큰."""
        response = httpx.post(
            f"{self.stack.url}/auth/token",
            json={"username": username, "password": self._passwords[username]},
            trust_env=False,
        )
        response.raise_for_status()
        token: str = response.json()["access_token"]
        return token

    def browser(self, username: str | None = None) -> httpx.Client:
        """사람의 브라우저처럼 쿠키로 다니는 클라이언트. 이름을 주지 않으면 로그인하지 않은 사람입니다."""
        cookies = {} if username is None else {"_token": self.token(username)}
        return httpx.Client(
            base_url=self.stack.url,
            cookies=cookies,
            headers={"Accept": "text/html,application/xhtml+xml"},
            timeout=600,
            trust_env=False,
        )


ORDER = ("test_operator", "test_page", "test_waking", "test_dags", "test_live", "test_dag_exercises")
"""오래 기다리는 것을 먼저 시작시키고, 남의 실행을 지우는 것(test_live)은 나중에 합니다."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """파일의 차례를 정합니다."""
    items.sort(key=lambda item: ORDER.index(item.path.stem) if item.path.stem in ORDER else len(ORDER))


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """모든 시험이 함께 쓰는 Airflow. 프로젝트의 DAG와, 배우는 사람의 폴더에 둔 시험용 DAG를 읽습니다."""
    home = tmp_path_factory.mktemp("airflow") / "작업 폴더 🛫"
    own = home / "dags"
    shutil.copytree(HERE / "dags", own, ignore=shutil.ignore_patterns("__pycache__"))
    write_notebooks(own / "notebooks")
    with start(
        home,
        ROOT / "dags",
        runs=home / "runs",
        port=8300,
        # 비밀이 환경에도 있을 때 커널까지 가지 않는지 봅니다.
        env={
            "PYTHONPATH": PYTHONPATH,
            "AIRFLOW__SMTP__SMTP_HOST": "smtp.invalid",
            "AIRFLOW_CONN_WAREHOUSE": "postgres://user:conn-password@db.invalid/x",
            "AIRFLOW_VAR_TOKEN": "variable-secret",
        },
        settings={
            "core": {
                "simple_auth_manager_users": f"admin:admin,viewer:viewer,student:viewer,nobody:,{TEACHER}:user",
                "auth_manager": "per_dag_auth.PerDagAuthManager",
                "parallelism": "4",
            },
            # 서로 기다리는 일(patiently)이 생기면 10초 만에 포기하게 합니다.
            "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow' / 'airflow.db'}?timeout=10"},
            "mlops_lab": {"preload": ",".join(PRELOAD)},
        },
    ) as stack:
        # dag.test()가 쓸 빈 메타데이터베이스. 스케줄러가 끼어들지 않게 따로 둡니다.
        with (
            sqlite3.connect(stack.place.airflow / "airflow.db") as source,
            sqlite3.connect(home / "migrated.db") as target,
        ):
            source.backup(target)
        wait_until((home / "warm" / "kernels.sock").exists)  # 예열은 Airflow가 뜬 뒤 몇 초 더 걸립니다.
        yield stack


@pytest.fixture(scope="session")
def lab(airflow: Stack) -> Lab:
    """시험용 DAG를 한꺼번에 시작시켜 두고, 시험은 끝나기만 기다립니다."""
    lab = Lab(airflow, airflow.place.own_dags)
    for dag_id in ("stopped", "chain", "late", "killed", "broken", "typo"):
        lab.start_run(dag_id)
    return lab


def patiently(write: Callable[[], Any]) -> Any:
    """쓰는 요청을, 서로 기다리다 거절되면 다시 합니다. 거절된 요청은 아무것도 바꾸지 않았습니다.

    Airflow 3.3의 API 서버는 감사 로그를 이벤트 루프에서 적습니다. 그때 다른 요청이 SQLite의 잠금을 쥐고 이벤트 루프를
    기다리고 있으면, 둘 다 잠금의 제한 시간까지 멈추고 HTTP 500이 됩니다.
    """
    for _ in range(4):
        try:
            return write()
        except ApiError as error:
            if error.status != 500:
                raise
    return write()
