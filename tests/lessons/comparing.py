"""저장소의 노트북을 다시 실행해 출력을 견주는 두 길: nbval, 그리고 우리의 실행기(papermill).

어느 쪽이든 글과 표와 HTML은 한 글자까지 같아야 하고, 그림(PNG)은 있는지만 봅니다. 셀을 지우거나 출력을 비운 노트북은
`find_problems`가 실행하기 전에 잡습니다. nbval은 실행하지 않은 셀을 견주지 않기 때문입니다.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import Any

import nbformat

from mlops_lab import stack
from mlops_lab.lesson.build import Target, environment, find_problems, stop_airflow
from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.runner import run_notebook
from tests.common import ROOT

CELL_TIMEOUT = 300
SANITIZE = Path(__file__).with_name("sanitize.cfg")
"""HTML 속에 든 그림의 점은 견주지 않습니다. 곁의 대체 텍스트를 견줍니다."""


@contextmanager
def workspace(folder: Path, port: int) -> Iterator[Path]:
    """수업들이 차례로 함께 쓰는 작업 폴더. 앞의 수업이 남긴 것이 있어도 출력이 같아야 하므로 하나를 끝까지 씁니다.

    08은 API 서버를 멈췄다 켭니다. 그 사이에 나란히 도는 다른 시험의 Airflow가 포트를 가져가지 않게, 정한 포트에 띄워 둡니다.
    """
    stack.up(folder, ROOT / "dags", port=port, **AIRFLOW)
    try:
        yield folder
    finally:
        stop_airflow(folder)


def nbval(notebooks: list[Path], home: Path) -> subprocess.CompletedProcess[str]:
    """노트북을 차례로 `home`에서 다시 실행하며 nbval로 엄격하게 견줍니다."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "nbval.plugin",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    command += ["--rootdir", str(ROOT), "--color=no", "-q", "--nbval", f"--nbval-cell-timeout={CELL_TIMEOUT}"]
    command += ["--nbval-kernel-name=python3", f"--nbval-sanitize-with={SANITIZE}"]
    env = {**environment(home), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # 이 시험의 플러그인은 읽지 않습니다.
    env.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, *map(str, notebooks)], capture_output=True, text=True, env=env, timeout=1200, cwd=ROOT
    )


def check_under_nbval(target: Target, home: Path) -> None:
    """글과 같고 모두 실행되어 있으며, 다시 실행해도 출력이 같아야 합니다. 실패하면 어느 셀이 어떻게 다른지 보입니다."""
    assert not (problems := find_problems(target)), problems
    done = nbval([target.notebook], home)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def check_by_our_runner(target: Target, home: Path, output: Path) -> None:
    """위와 같은 것을 우리의 실행기로 봅니다. Airflow의 태스크가 노트북을 실행하는 길과 같습니다."""
    assert not (problems := find_problems(target)), problems
    run_notebook(target.notebook, output, cell_timeout=CELL_TIMEOUT, env=environment(home), html=False)
    assert not (found := differences(target.notebook, output)), "\n".join(found)


def differences(committed: Path, ran: Path) -> list[str]:
    """셀마다 저장소의 출력과 다시 실행한 출력이 어떻게 다른지."""
    before, after = (shown(nbformat.read(path, as_version=4).cells) for path in (committed, ran))
    if list(before) != list(after):
        return [f"코드 셀이 다릅니다: {list(before)} / {list(after)}"]
    return [
        "\n".join(
            [
                f"{cell}의 출력이 다릅니다.",
                *unified_diff(before[cell], after[cell], "저장소", "다시 실행", lineterm=""),
            ]
        )
        for cell in before
        if before[cell] != after[cell]
    ]


def shown(cells: list[Any]) -> dict[str, list[str]]:
    """{코드 셀의 id: 낸 출력을 줄로}. 글, 표, HTML은 그대로, 그 밖의 것(그림)은 있는지만 적습니다."""
    return {
        cell.id: [
            line
            for output in _joined(cell.outputs)
            for kind, value in sorted(
                {output.get("name", output.output_type): output.get("text"), **output.get("data", {})}.items()
            )
            for line in [f"[{kind}]", *(_sanitized(value).splitlines() if _is_text(kind, value) else [])]
        ]
        for cell in cells
        if cell.cell_type == "code"
    }


def _joined(outputs: list[Any]) -> list[Any]:
    """이어지는 같은 흐름(stdout)의 조각을 하나로. 조각이 어디에서 나뉘는지는 실행할 때마다 다릅니다."""
    found: list[Any] = []
    for output in outputs:
        if found and output.output_type == "stream" and found[-1].get("name") == output.name:
            found[-1] = nbformat.from_dict({**found[-1], "text": found[-1].text + output.text})
        else:
            found.append(output)
    return found


def _is_text(kind: str, value: Any) -> bool:
    return isinstance(value, str) and (not kind.startswith("image/") or kind == "image/svg+xml")


def _sanitized(text: str) -> str:
    rules = ConfigParser(delimiters=(":",), interpolation=None)
    rules.read(SANITIZE, "utf-8")
    for name in rules.sections():
        text = re.sub(rules[name]["regex"], rules[name]["replace"], text)
    return text
