"""`mlops-lab up`과 `airflow standalone`을 나란히 잽니다. `make bench-stack`으로 실행합니다.

두 쪽이 같은 컴퓨터에서 같은 패키지, 같은 DAG 폴더, 작업자 넷으로, 매번 새 데이터베이스에서 시작합니다. 상대 쪽에서는 우리
플러그인의 예열을 끕니다. 값은 번갈아 잰 것의 중앙값이고, 비율은 상대 / 우리입니다. 결과를 찍고 `build/bench-stack.json`에도
씁니다.

- 시작: 명령을 친 때부터 `/api/v2/monitor/health`가 네 구성 요소를 모두 건강하다고 할 때까지
- 메모리: 그 뒤 20초와 2분을 쉬고 나서, 딸린 모든 프로세스의 비례 집합 크기(PSS)의 합. 두 번 재는 것은 파이썬의 가비지
  컬렉션이 나누어 쓰던 메모리를 복사하는 데 1, 2분이 걸리기 때문입니다
- CPU: 그 두 때 사이에 딸린 모든 프로세스(끝난 자식까지)가 쓴 것. 100 %는 코어 하나입니다
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from mlops_lab.lesson import PRELOAD
from mlops_lab.stack import find_port, leftovers, stop

PATIENCE = 900.0
"""네 구성 요소가 모두 건강해질 때까지 기다릴 시간(초). 바쁜 컴퓨터에서는 몇 분이 걸립니다."""
BEGAN = time.monotonic()

ROOT = Path(__file__).resolve().parent.parent
PEER = "airflow standalone"
WORKERS = "4"
IDLE_SECONDS = (20, 120)
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
UP = (
    "import json, sys; from mlops_lab.stack import up; "
    "up(sys.argv[1], sys.argv[2], port=int(sys.argv[3]), settings=json.loads(sys.argv[4]), "
    f"timeout={PATIENCE})"
)


@dataclass(frozen=True)
class Row:
    """견준 것 하나. ratio = peer / ours."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    ratio: float


@dataclass(frozen=True)
class Measured:
    """한 번 시작해 잰 것.

    Attributes:
        seconds: 모두 건강해지기까지(초)
        memory: IDLE_SECONDS마다의 MB
        warm: 그 마지막에 든 예열 프로세스의 몫(MB)
        cpu: 쉬는 동안의 CPU(코어 하나의 %)
    """

    seconds: float
    memory: list[float]
    warm: float
    cpu: float


def say(line: str) -> None:
    """시작한 뒤의 시간과 함께 한 줄을 찍습니다."""
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {line}", flush=True)


def measure_ours(home: Path) -> Measured:
    """`up()`이 띄우는 그대로. 예열 프로세스도 함께 뜹니다."""
    port = find_port(8700)
    settings = {"core": {"parallelism": WORKERS}, "mlops_lab": {"preload": ",".join(PRELOAD)}}
    command = [sys.executable, "-c", UP, str(home), str(ROOT / "dags"), str(port), json.dumps(settings)]
    try:
        began = time.monotonic()
        child = subprocess.Popen(command, cwd=home.parent)
        seconds = wait_healthy(port, began, lambda: child.poll() not in (None, 0))
        if child.wait() != 0:
            raise SystemExit("up()이 실패했습니다.")
        return weigh(
            seconds, lambda: [psutil.Process(pid) for pid in leftovers(home) if psutil.pid_exists(pid)]
        )
    finally:
        stop(home)


def measure_peer(home: Path) -> Measured:
    """`airflow standalone`. API 서버는 127.0.0.1에서만 듣게 합니다. 로그 서버의 주소는 정할 수 없습니다."""
    home.mkdir()
    port = find_port(8700)
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": WORKERS,
        "AIRFLOW__MLOPS_LAB__WARM_KERNELS": "False",
        "MLOPS_LAB_HOME": str(home),
        # standalone은 `airflow` 명령을 PATH에서 찾습니다.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    with (home / "standalone.log").open("wb") as log:
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"], env=env, cwd=home, stdout=log, stderr=log
        )
    root = psutil.Process(child.pid)
    try:
        seconds = wait_healthy(port, began, lambda: child.poll() is not None)
        return weigh(seconds, lambda: [root, *root.children(recursive=True)])
    finally:
        family = [root, *root.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(family, timeout=10)[1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        child.wait()


def wait_healthy(port: int, began: float, is_dead: Callable[[], bool]) -> float:
    """네 구성 요소가 모두 건강해질 때까지 걸린 시간(초). 30초마다 아직 기다린다고 찍습니다."""
    told = began
    while time.monotonic() - began < PATIENCE:
        if time.monotonic() - told > 30:
            told = time.monotonic()
            say(f"  아직 기다립니다({told - began:.0f}/{PATIENCE:g}초).")
        if is_dead():
            raise SystemExit("시작하다 끝났습니다.")
        with suppress(httpx.HTTPError):
            health = httpx.get(f"http://127.0.0.1:{port}/api/v2/monitor/health", trust_env=False).json()
            if all(health[part]["status"] == "healthy" for part in PARTS):
                seconds = time.monotonic() - began
                say(f"  {seconds:.1f}초에 모두 건강해졌습니다.")
                return seconds
        time.sleep(0.1)
    raise SystemExit(f"{PATIENCE:g}초 안에 준비되지 않았습니다.")


def weigh(seconds: float, find: Callable[[], Iterable[psutil.Process]]) -> Measured:
    """IDLE_SECONDS마다 메모리(MB)를 더합니다. find는 그때 딸린 프로세스를 돌려줍니다."""
    began, memory, warm = time.monotonic(), [], 0.0
    spent: list[tuple[float, float]] = []
    for idle in IDLE_SECONDS:
        say(f"  {idle}초를 쉬고 메모리와 CPU를 잽니다.")
        time.sleep(max(0.0, began + idle - time.monotonic()))
        total = warm = used = 0.0
        for process in find():
            with suppress(psutil.Error):
                used += sum(process.cpu_times()[:4])  # 자기와 끝난 자식의 user, system
                size = process.memory_full_info().pss / 1e6
                total += size
                if "mlops_lab.runner.warm" in process.cmdline():
                    warm += size
        memory.append(total)
        spent.append((time.monotonic(), used))
    (first, before), *_, (last, after) = spent
    return Measured(seconds, memory, warm, 100 * (after - before) / (last - first))


def row(name: str, unit: str, ours: list[float], peer: list[float]) -> Row:
    """중앙값과 비율."""
    mine, other = statistics.median(ours), statistics.median(peer)
    return Row(name, round(mine, 2), round(other, 2), PEER, unit, round(other / mine, 2))


def main() -> None:
    """번갈아 재고, 찍고, `build/bench-stack.json`에 씁니다."""
    parser = argparse.ArgumentParser(
        prog="make bench-stack", description="Airflow를 띄우는 두 길을 나란히 잽니다."
    )
    parser.add_argument("--repeat", type=int, default=3, help="되풀이할 수(기본 3)")
    repeat = parser.parse_args().repeat
    work = ROOT / "build" / "bench-stack"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    ours, peer = [], []
    for number in range(repeat):
        say(f"{number + 1}/{repeat} 우리: mlops-lab up을 띄웁니다.")
        ours.append(measure_ours(work / f"ours-{number}"))
        say(f"{number + 1}/{repeat} 상대: {PEER}을(를) 띄웁니다.")
        peer.append(measure_peer(work / f"peer-{number}"))
    rows = [
        row("네 구성 요소가 모두 건강해지기까지", "초", [m.seconds for m in ours], [m.seconds for m in peer]),
        *(
            row(
                f"{idle}초 쉬었을 때의 메모리(PSS)",
                "MB",
                [m.memory[n] for m in ours],
                [m.memory[n] for m in peer],
            )
            for n, idle in enumerate(IDLE_SECONDS)
        ),
        row(
            "그 마지막에서 예열 프로세스를 뺀 것",
            "MB",
            [m.memory[-1] - m.warm for m in ours],
            [m.memory[-1] - m.warm for m in peer],
        ),
        row("쉬는 동안의 CPU(코어 하나에서)", "%", [m.cpu for m in ours], [m.cpu for m in peer]),
    ]
    target = ROOT / "build" / "bench-stack.json"
    temporary = target.with_suffix(".tmp")
    body = {"rows": [asdict(each) for each in rows]}
    temporary.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", "utf-8")
    temporary.replace(target)
    for each in rows:
        print(
            f"{each.name}: 우리 {each.ours:,.2f}{each.unit}, {each.peer_name} {each.peer:,.2f}{each.unit}, "
            f"비율 {each.ratio:.2f}"
        )


if __name__ == "__main__":
    main()
