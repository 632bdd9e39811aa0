"""시험의 갈래를 나란히 돌립니다: `make quick`, `make test`, `make test-all`이 부릅니다.

    python -m tests.lanes quick | test | all | NAME ...

갈래는 시험에 무엇이 필요한지로 나눈 폴더이고, 저마다 따로 된 pytest 프로세스입니다. 서로 다른 포트를 쓰므로 나란히 돌 수 있습니다.
갈래마다 몇 개를 몇 초에 보았는지 찍고, 실패한 것은 그 자리에서 보입니다. 시험의 수가 `lanes.json`과 다르면 실패입니다. 시험이 소리
없이 사라지지 않게 하기 위해서입니다. 시험을 더하거나 뺐으면 `python -m tests.lanes --count`로 다시 적습니다.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.common import ROOT

LOGS = ROOT / "build" / "lanes"
COUNTS = Path(__file__).with_name("lanes.json")
LONGEST = 45 * 60
"""갈래 하나가 쓸 수 있는 초. 넘으면 멈추고 실패로 적습니다. 시험 하나의 끝은 pyproject.toml의 `timeout`입니다."""
AT_ONCE = 2
"""나란히 돌릴 갈래의 수. 코어 둘에 맞춥니다."""


@dataclass(frozen=True)
class Lane:
    """갈래 하나.

    need: 시험에 필요한 것
    arguments: pytest에 줄 것. 없으면 `tests/<이름>`
    """

    name: str
    need: str
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "pytest", *(self.arguments or (f"tests/{self.name}",))]


# 오래 걸리는 것부터 시작합니다.
LANES = {
    lane.name: lane
    for lane in (
        Lane("lessons", "배우는 사람의 수업을 모두, 진짜 Airflow에서 nbval로"),
        Lane("solved", "풀어 둔 수업 가운데 달라질 수 있는 것을, 진짜 Airflow에서"),
        Lane("airflow", "진짜 Airflow 한 벌"),
        Lane("scale", "PostgreSQL, Redis, Celery"),
        Lane("faults", "Airflow를 죽이고 다시 띄우기"),
        Lane("kernel", "Jupyter 커널"),
        Lane("browser", "Chromium"),
        Lane("pure", "아무것도"),
        Lane("install", "빈 가상 환경"),
        Lane("soak", "긴 시간"),
    )
}
QUICK = ("pure",)
TEST = tuple(name for name in LANES if name != "soak")
ALL = tuple(LANES)
_ALL_ENVIRONMENT = {"MLOPS_LAB_TEST_ALL": "1", "MLOPS_LAB_TEST_KERNELS": "100", "MLOPS_LAB_FUZZ": "10000"}


@dataclass(frozen=True)
class Outcome:
    """갈래 하나의 결과. counts: {passed, failed, skipped: 수}."""

    lane: Lane
    seconds: float
    counts: Counter[str]
    log: Path
    code: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def run(lane: Lane, extra: dict[str, str], *options: str, longest: float | None = LONGEST) -> Outcome:
    """갈래를 끝까지 돌립니다. 출력은 `build/lanes/<이름>.log`에 남습니다. `longest`초를 넘으면 멈춥니다."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log, report = LOGS / f"{lane.name}.log", LOGS / f"{lane.name}.xml"
    report.unlink(missing_ok=True)
    environment = {**os.environ, **extra}
    began = time.monotonic()
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [*lane.command, *options, f"--junit-xml={report}", "-o", "junit_family=xunit1"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            code = process.wait(longest)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # pytest의 faulthandler가 어디에 있었는지 적고 끝납니다.
            code = process.wait()
            output.write(f"\n{longest:.0f}초 안에 끝나지 않아 멈췄습니다.\n")
    return Outcome(lane, time.monotonic() - began, _counts(report), log, code)


def _counts(report: Path) -> Counter[str]:
    counts = Counter[str]()
    if report.exists():
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            kinds = {child.tag for child in case}
            counts[
                "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
            ] += 1
    return counts


def say(outcome: Outcome, expected: int | None) -> list[str]:
    """갈래의 한 줄을 찍고, 무엇이 잘못되었는지 돌려줍니다."""
    problems = []
    if outcome.code:
        problems.append(
            f"{outcome.lane.name}: pytest가 {outcome.code}(으)로 끝났습니다. 기록: {outcome.log.relative_to(ROOT)}"
        )
    if expected is not None and outcome.total != expected:
        problems.append(
            f"{outcome.lane.name}: 시험이 {outcome.total}개입니다. lanes.json에는 {expected}개입니다. "
            "일부러 더하거나 뺐으면 python -m tests.lanes --count로 다시 적으십시오."
        )
    numbers = ", ".join(
        f"{outcome.counts[kind]} {kind}" for kind in ("passed", "failed", "skipped") if outcome.counts[kind]
    )
    print(f"{outcome.lane.name:<8} {outcome.seconds:6.0f}초  {numbers}", flush=True)
    if outcome.code:
        text = outcome.log.read_text("utf-8", errors="replace")
        start = max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0)
        print(text[start:][-20_000:], flush=True)
    return problems


def count() -> dict[str, int]:
    """갈래마다 시험이 몇 개인지 셉니다."""
    found = {}
    for lane in LANES.values():
        done = subprocess.run(
            [*lane.command, "--collect-only", "-p", "no:xdist"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{lane.name}: 시험을 모으지 못했습니다.\n{done.stdout[-4000:]}")
        found[lane.name] = sum("::" in line for line in done.stdout.splitlines())
    return found


def main() -> int:
    """명령줄 입구. 하나라도 실패하면 1."""
    parser = argparse.ArgumentParser(description="시험의 갈래를 나란히 돌립니다.")
    parser.add_argument("names", nargs="*", default=["test"], help="quick, test, all, 또는 갈래의 이름")
    parser.add_argument("--count", action="store_true", help="갈래마다 시험의 수를 lanes.json에 적습니다")
    chosen = parser.parse_args()
    if chosen.count:
        COUNTS.write_text(json.dumps(count(), indent=1) + "\n", "utf-8")
        print(COUNTS.read_text("utf-8"), end="")
        return 0
    groups = {"quick": QUICK, "test": TEST, "all": ALL}
    wanted = [name for given in chosen.names for name in groups.get(given, (given,))]
    if unknown := set(wanted) - set(LANES):
        parser.error(
            f"없는 갈래입니다: {', '.join(sorted(unknown))}. 있는 것: {', '.join([*groups, *LANES])}"
        )
    expected = json.loads(COUNTS.read_text("utf-8"))
    thorough = "all" in chosen.names
    extra = _ALL_ENVIRONMENT if thorough else {}
    began, problems, totals = time.monotonic(), [], Counter[str]()
    # 함께 쓰는 것이 없는 갈래 하나뿐이면 코어를 모두 씁니다.
    options = (f"-n{AT_ONCE}", "--dist=worksteal") if wanted == ["pure"] else ()
    if thorough:
        options += ("-o", "timeout=14400")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [
            pool.submit(run, lane, extra, *options, longest=None if thorough else LONGEST)
            for name, lane in LANES.items()
            if name in wanted
        ]
        for each in as_completed(waiting):
            outcome = each.result()
            problems += say(outcome, expected.get(outcome.lane.name))
            totals += outcome.counts
    for problem in problems:
        print(problem)
    print(f"모두 {time.monotonic() - began:.0f}초")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
