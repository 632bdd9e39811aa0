"""노트북 태스크의 빠르기를 이름 있는 상대와 나란히 잽니다. `make bench`로 실행합니다.

모든 값은 한 번의 실행에서, 같은 컴퓨터와 같은 패키지로 얻은 중앙값입니다. 비율은 상대 / 우리입니다. 결과를 찍고
`build/bench.json`에도 씁니다. 우리 쪽과 상대 쪽은 따로 띄운 Airflow에서 실행합니다. 그래야 우리가 스케줄러에 미리 읽어 둔
것의 덕을 상대가 보지 않습니다.

무엇을 재고 있는지, 몇 가운데 몇째인지, 시작한 지 얼마나 되었는지를 그때그때 찍습니다. Airflow와 커널이 찍는 것은
`build/bench/`의 로그에 남습니다.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil

from mlops_lab.flights import MONITORED
from mlops_lab.lesson import PRELOAD
from mlops_lab.stack import Client, find_port

PATIENCE = 900.0
"""Airflow가 준비되거나 DAG를 읽을 때까지 기다릴 시간(초). 바쁜 컴퓨터에서는 몇 분이 걸립니다."""
BEGAN = time.monotonic()

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SEOUL = timezone(timedelta(hours=9))

NOTEBOOKS = {
    "three_cells": ("print('n은', n)", "print(sum(range(n)))"),
    "sklearn": (
        "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n"
        "from sklearn.ensemble import RandomForestClassifier",
        "x = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 5)))\ny = x[0] + x[1] > 0\n"
        "model = RandomForestClassifier(20, random_state=0).fit(x, y)\nprint(model.score(x, y))",
        "plt.bar(range(5), model.feature_importances_);",
    ),
    # 네 태스크가 겹치도록 잠시 기다립니다.
    "four": (
        "import numpy as np\nimport pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier",
        "x = pd.DataFrame(np.random.default_rng(0).normal(size=(5_000, 10)))\n"
        "RandomForestClassifier(20, random_state=0).fit(x, x[0] > 0);",
        "import time; time.sleep(15)",
    ),
    "hundred_cells": ("x = 1",) * 100,
    "one_cell": ("x = 1",),
}


@dataclass(frozen=True)
class Row:
    """견준 것 하나. ratio = peer / ours."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    ratio: float


def say(line: str) -> None:
    """시작한 뒤의 시간과 함께 한 줄을 찍습니다."""
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {line}", flush=True)


def row(name: str, ours: float, peer: float, peer_name: str, unit: str = "초") -> Row:
    """값을 반올림하고 비율을 셈합니다. 비율은 반올림하기 전의 값으로 셈합니다."""
    return Row(name, round(ours, 4), round(peer, 4), peer_name, unit, round(peer / ours, 2))


def write_notebooks(folder: Path) -> None:
    """견줌용 노트북을 만듭니다."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sources in NOTEBOOKS.items():
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "language": "python",
            "display_name": "Python 3",
        }
        parameters = nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]})
        notebook.cells = [parameters, *(nbformat.v4.new_code_cell(source) for source in sources)]
        nbformat.write(notebook, folder / f"{name}.ipynb")


@dataclass(frozen=True)
class Airflow:
    """견주는 데 쓰는 Airflow 한 벌. 구성 요소마다 `airflow` 명령을 따로 띄웁니다."""

    client: Client
    processes: list[psutil.Process]


@contextmanager
def airflow(work: Path, dags: list[Path], *, ours: bool) -> Iterator[Airflow]:
    """`dags`의 파일만 있는 Airflow. 두 쪽의 설정은 같고, 상대 쪽에서는 예열만 끕니다."""
    home = work / ("ours" if ours else "peers")
    (home / "dags").mkdir(parents=True)
    (home / "outputs").mkdir()
    for file in dags:
        # 파이프라인 DAG는 자기 자리에서 프로젝트 폴더를 찾으므로 옮기지 않고 잇습니다.
        (home / "dags" / file.name).symlink_to(file)
    port = find_port(8600)
    url = f"http://127.0.0.1:{port}"
    password = secrets.token_urlsafe(12)
    passwords = home / "passwords.json"
    passwords.touch(0o600)
    passwords.write_text(json.dumps({"admin": password}), "utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # 바쁜 컴퓨터에서는 기본값 5초에 답하지 못합니다.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__MLOPS_LAB__WARM_KERNELS": str(ours),
        "AIRFLOW__MLOPS_LAB__PRELOAD": ",".join(PRELOAD),
        "BENCH_NOTEBOOKS": str(work / "notebooks"),
        "BENCH_OUTPUTS": str(home / "outputs"),
        "MLOPS_LAB_HOME": str(home),
    }
    command = [sys.executable, "-m", "airflow"]
    who = "우리" if ours else "상대"
    say(
        f"{who} 쪽 Airflow를 띄웁니다. {PATIENCE / 60:g}분까지 기다립니다. 로그: {home.relative_to(ROOT)}/*.log"
    )
    with (home / "migrate.log").open("wb") as log:
        subprocess.run([*command, "db", "migrate"], env=env, check=True, stdout=log, stderr=log)
    parts = (["api-server"], ["scheduler", "--skip-serve-logs"], ["dag-processor"])
    with ExitStack() as cleanup:
        started, children = [], {}
        for part in parts:
            log = cleanup.enter_context((home / f"{part[0]}.log").open("wb"))
            child = subprocess.Popen([*command, *part], env=env, cwd=home, stdout=log, stderr=log)
            children[part[0]] = child
            started.append(psutil.Process(child.pid))
            cleanup.callback(_stop, child)
        client = Client(url, "admin", password)
        cleanup.callback(client.close)

        def is_dead() -> str:
            return ", ".join(name for name, child in children.items() if child.poll() is not None)

        _wait(f"{who} 쪽 Airflow", lambda: _is_healthy(client), is_dead)
        if ours:
            _wait("예열 프로세스", (home / "warm" / "kernels.sock").exists, is_dead)
        say(f"  {who} 쪽 Airflow가 준비되었습니다.")
        yield Airflow(client, started)


def _is_healthy(client: Client) -> bool:
    try:
        health = client.health()
    except httpx.HTTPError:
        return False
    return all(health[name]["status"] == "healthy" for name in ("scheduler", "dag_processor"))


def _stop(child: subprocess.Popen[bytes]) -> None:
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
    child.terminate()
    _, alive = psutil.wait_procs(family, timeout=15)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    child.wait()


def _wait(what: str, condition: Callable[[], Any], is_dead: Callable[[], str]) -> None:
    """준비될 때까지 기다립니다. 30초마다 아직 기다린다고 찍고, 죽은 구성 요소가 있으면 곧 그만둡니다."""
    began = told = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if dead := is_dead():
            raise SystemExit(f"{what}: 기다리는데 {dead}이(가) 끝났습니다. 위에 적힌 로그를 보십시오.")
        if waited > PATIENCE:
            raise SystemExit(f"{what}: {PATIENCE:g}초 안에 준비되지 않았습니다. 위에 적힌 로그를 보십시오.")
        if time.monotonic() - told > 30:
            told = time.monotonic()
            say(f"  아직 기다립니다: {what}({waited:.0f}/{PATIENCE:g}초)")
        time.sleep(0.1)


def run_dag(stack: Airflow, dag_id: str) -> list[float]:
    """DAG를 한 번 실행하고, Airflow가 잰 태스크의 시간들을 돌려줍니다."""
    client = stack.client
    client.wait_for_dag(dag_id, PATIENCE)
    client.unpause(dag_id)
    run_id = client.trigger(dag_id)["dag_run_id"]
    if client.wait(dag_id, run_id, timeout=PATIENCE, interval=0.2) != "success":
        raise SystemExit(f"{dag_id}이(가) 실패했습니다.\n{client.log(dag_id, run_id, 'measured')[-3000:]}")
    return [float(ti["duration"]) for ti in client.task_instances(dag_id, run_id)]


def task_seconds(stack: Airflow, dag_id: str, repeat: int) -> float:
    """태스크 하나의 시간. 첫 실행은 버립니다."""
    run_dag(stack, dag_id)
    times = []
    for number in range(repeat):
        times += run_dag(stack, dag_id)[:1]
        say(f"  {dag_id} {number + 1}/{repeat}: {times[-1]:.2f}초")
    return statistics.median(times)


def pipeline_seconds(stack: Airflow, dag_id: str) -> float:
    """3월부터 12월까지 백필하는 데 걸린 벽시계 시간."""
    client = stack.client
    client.wait_for_dag(dag_id, PATIENCE)
    first, last = (datetime.strptime(m, "%Y-%m").replace(tzinfo=SEOUL) for m in (MONITORED[0], MONITORED[-1]))
    started = time.monotonic()
    client.backfill(dag_id, first, last)
    client.unpause(dag_id)
    told = 0
    while True:
        states = [run["state"] for run in client.runs(dag_id, run_type="backfill")]
        if (done := sum(state in {"success", "failed"} for state in states)) > told:
            told = done
            say(f"  {dag_id} {done}/{len(MONITORED)}달: {time.monotonic() - started:.0f}초")
        if len(states) == len(MONITORED) and all(state in {"success", "failed"} for state in states):
            break
        time.sleep(0.5)
    if set(states) != {"success"}:
        raise SystemExit(f"{dag_id}의 백필이 실패했습니다: {states}")
    return time.monotonic() - started


class MemoryWatch:
    """Airflow 한 벌의 모든 프로세스가 쓰는 메모리(비례 집합 크기, PSS)의 합을 0.5초마다 재어 가장 큰 값을 남깁니다."""

    def __init__(self, stack: Airflow) -> None:
        self._roots = stack.processes
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak = 0.0

    def now(self) -> float:
        """지금의 합(MB)."""
        total = 0
        for process in [each for root in self._roots for each in (root, *root.children(recursive=True))]:
            with suppress(psutil.Error, OSError):
                total += process.memory_full_info().pss
        return total / 1e6

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            self.peak = max(self.peak, self.now())

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def four_at_once(stack: Airflow, dag_id: str) -> tuple[float, float]:
    """노트북 태스크 넷이 한꺼번에 돌 때의 (메모리의 최댓값, 쉬고 있을 때보다 늘어난 만큼). MB."""
    run_dag(stack, dag_id)
    time.sleep(5)
    idle = MemoryWatch(stack).now()
    with MemoryWatch(stack) as watch:
        run_dag(stack, dag_id)
    return watch.peak, watch.peak - idle


def command_seconds(command: list[str], repeat: int, **options: Any) -> float:
    """명령 하나의 벽시계 시간."""
    times = []
    for _ in range(repeat):
        started = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        times.append(time.monotonic() - started)
    return statistics.median(times)


@contextmanager
def stderr_to(log: Path) -> Iterator[None]:
    """이 프로세스와 거기에서 띄우는 커널의 경고를 `log`에 남깁니다. 커널은 파일 기술자를 물려받습니다."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)


def parse_rows(work: Path, repeat: int) -> list[Row]:
    """DAG 파일을 읽는 시간. Airflow 문서가 권하는 대로 `python 파일`로 잽니다."""
    files = sorted((ROOT / "dags").glob("*.py"))
    plain = work / "plain.py"
    plain.write_text('from airflow.sdk import DAG\n\nwith DAG("plain"):\n    pass\n', "utf-8")
    env = {**os.environ, "AIRFLOW_HOME": str(work / "parse")}
    times: dict[Path, list[float]] = {path: [] for path in (*files, plain)}
    for number in range(repeat):  # 번갈아 재어, 컴퓨터가 느려져도 한쪽만 손해 보지 않게 합니다.
        say(f"  DAG 파일 {len(files)}개를 읽기 {number + 1}/{repeat}")
        for path, measured in times.items():
            measured.append(command_seconds([sys.executable, str(path)], 1, env=env))
    medians = {path: statistics.median(measured) for path, measured in times.items()}
    ours, peer = sum(medians[path] for path in files), len(files) * medians[plain]
    return [row(f"dags/의 파일 {len(files)}개를 읽기", ours, peer, "DAG만 import하는 파일")]


def run_rows(work: Path, repeat: int) -> list[Row]:
    """Airflow 없이: 셀 백 개, 그리고 명령줄에서 처음 실행하기. 예열 프로세스는 쓰지 않습니다."""
    import papermill

    from mlops_lab.runner import preload, run_notebook

    preload()
    os.environ["MLOPS_LAB_WARM_SOCKET"] = ""
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(repeat):
        say(f"  셀 한 개와 백 개 {number + 1}/{repeat}")
        for name in ("one_cell", "hundred_cells"):
            source, target = work / "notebooks" / f"{name}.ipynb", work / "out" / f"{name}.ipynb"
            target.parent.mkdir(exist_ok=True)
            for who, call in (
                ("ours", lambda source, target: run_notebook(source, target, html=False)),
                (
                    "papermill",
                    lambda source, target: papermill.execute_notebook(source, target, progress_bar=False),
                ),
            ):
                started = time.monotonic()
                with stderr_to(work / "kernels.log"):
                    call(str(source), str(target))
                times.setdefault((who, name), []).append(time.monotonic() - started)
    median = {key: statistics.median(each) for key, each in times.items()}
    cell = {
        who: (median[who, "hundred_cells"] - median[who, "one_cell"]) / 99 * 1000
        for who in ("ours", "papermill")
    }
    source, target = str(work / "notebooks" / "three_cells.ipynb"), str(work / "out" / "cli.ipynb")
    cli = [
        command_seconds([sys.executable, "-m", module, *words], repeat)
        for module, words in (("mlops_lab", ["run", source, "-o", target]), ("papermill", [source, target]))
    ]
    return [
        row("셀 100개", median["ours", "hundred_cells"], median["papermill", "hundred_cells"], "papermill"),
        row("셀 하나에 더 드는 시간", cell["ours"], cell["papermill"], "papermill", "밀리초"),
        row("명령줄에서 셀 세 개(예열 없이)", *cli, "papermill"),
    ]


def airflow_rows(work: Path, repeat: int, pipeline: bool) -> list[Row]:
    """진짜 스케줄러에서: 태스크의 시간, 메모리, 파이프라인."""
    official, plain_papermill, nothing = "공식 PapermillOperator", "@task 안의 papermill", "빈 @task"
    ours: dict[str, float] = {}
    say("1/4 우리 쪽의 태스크를 잽니다.")
    with airflow(
        work, [HERE / "dags" / "ours.py", ROOT / "dags" / "13_flight_delay_pipeline.py"], ours=True
    ) as stack:
        for dag_id in ("empty", "ours_three_cells", "ours_sklearn"):
            ours[dag_id] = task_seconds(stack, dag_id, repeat)
        say("  노트북 태스크 넷의 메모리")
        our_memory = four_at_once(stack, "ours_four")
        say("  항공편 파이프라인" if pipeline else "  항공편 파이프라인은 건너뜁니다.")
        our_pipeline = pipeline_seconds(stack, "flight_delay") if pipeline else 0.0
    peers: dict[str, float] = {}
    say("2/4 상대 쪽의 태스크를 잽니다.")
    with airflow(work, [HERE / "dags" / "peers.py", HERE / "dags" / "peer_pipeline.py"], ours=False) as stack:
        for dag_id in (
            "papermill_three_cells",
            "official_three_cells",
            "papermill_sklearn",
            "official_sklearn",
        ):
            peers[dag_id] = task_seconds(stack, dag_id, max(3, repeat // 2))
        say("  노트북 태스크 넷의 메모리")
        peer_memory = four_at_once(stack, "official_four")
        say("  항공편 파이프라인" if pipeline else "  항공편 파이프라인은 건너뜁니다.")
        peer_pipeline = pipeline_seconds(stack, "official_flight_delay") if pipeline else 0.0
    rows = []
    for name, title in (
        ("three_cells", "셀 세 개인 노트북 태스크"),
        ("sklearn", "scikit-learn 노트북 태스크"),
    ):
        mine = ours[f"ours_{name}"]
        rows += [
            row(title, mine, peers[f"official_{name}"], official),
            row(title, mine, peers[f"papermill_{name}"], plain_papermill),
            row(title, mine, ours["empty"], nothing),
        ]
    if pipeline:
        rows.append(row("파이프라인, 3월부터 12월까지", our_pipeline, peer_pipeline, official))
    rows += [
        row(
            "노트북 태스크 넷이 도는 Airflow 전체의 메모리(PSS)",
            our_memory[0],
            peer_memory[0],
            official,
            "MB",
        ),
        row("그 넷이 더 쓰는 메모리(PSS)", our_memory[1], peer_memory[1], official, "MB"),
    ]
    return rows


def show(rows: list[Row]) -> None:
    """표로 찍습니다."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name, justify in (
        ("무엇", "left"),
        ("우리", "right"),
        ("상대", "right"),
        ("단위", "left"),
        ("비율", "right"),
        ("상대의 이름", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for each in rows:
        table.add_row(
            each.name,
            f"{each.ours:,.3f}",
            f"{each.peer:,.3f}",
            each.unit,
            f"{each.ratio:.2f}",
            each.peer_name,
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def main() -> None:
    """모두 재고, 찍고, `build/bench.json`에 씁니다."""
    parser = argparse.ArgumentParser(prog="make bench", description="노트북 태스크를 상대와 나란히 잽니다.")
    parser.add_argument("--repeat", type=int, default=7, help="되풀이할 수(기본 7)")
    parser.add_argument("--no-pipeline", action="store_true", help="20분쯤 걸리는 파이프라인은 건너뜁니다.")
    given = parser.parse_args()
    work = ROOT / "build" / "bench"
    shutil.rmtree(work, ignore_errors=True)
    write_notebooks(work / "notebooks")
    rows = airflow_rows(work, given.repeat, not given.no_pipeline)
    say("3/4 DAG 파일을 읽는 시간을 잽니다.")
    rows += parse_rows(work, max(3, given.repeat // 2))
    say("4/4 Airflow 없이 노트북을 실행하는 시간을 잽니다.")
    rows += run_rows(work, given.repeat)
    target = ROOT / "build" / "bench.json"
    temporary = target.with_suffix(".tmp")
    temporary.write_text(
        json.dumps({"rows": [asdict(each) for each in rows]}, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    temporary.replace(target)
    show(rows)


if __name__ == "__main__":
    main()
