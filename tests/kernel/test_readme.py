"""README가 보여 주는 것 가운데 새 프로세스가 필요한 것: 노트북 실행과 스케줄."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.common import write_notebook
from tests.readme import README, block, values


def test_the_notebook_runs_from_python_and_from_the_command_line(tmp_path: Path) -> None:
    write_notebook(tmp_path / "train.ipynb", block("record(auc="), parameters=block("depth: int = 4"))
    assert values(block("run_notebook("), tmp_path) == [0.67]
    (line,) = re.findall(r"^mlops-lab (run train\.ipynb .+)$", README, re.M)
    done = subprocess.run(
        [sys.executable, "-m", "mlops_lab", *shlex.split(line)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"] == {"auc": 0.67, "model": "models/a"}


def test_the_schedules_of_the_block_part_at_the_end_of_the_month(tmp_path: Path) -> None:
    ((*rows,),) = values(block("side_by_side("), tmp_path)
    assert len({row["cron"] == row["timedelta"] for row in rows}) == 2, rows
