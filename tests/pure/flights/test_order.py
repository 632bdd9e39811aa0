"""파이프라인의 차례: DAG의 화살표와 노트북의 `prepare`가 한 표(`steps.NEEDS`)를 따릅니다."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import jupytext
import pytest

from mlops_lab.flights import steps
from tests.common import ROOT

PIPELINE = {
    "00_bootstrap": "bootstrap",
    "01_ingest": "features",
    "02_drift": "drift",
    "03_score": "scores",
    "04_performance": "performance",
    "05_train_candidate": "candidate",
    "06_compare_promote": "decision",
    "07_report": "report",
}
"""노트북마다 하는 단계."""

ELSEWHERE = {"reference": "bootstrap", "labels": "wait_for_labels"}
"""제 노트북이 없는 단계와, DAG에서 그것을 갖추어 주는 태스크. 앞선 달은 앞선 Dag 실행이 들입니다."""

DESCRIBE = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("dag", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from airflow.sdk import DAG
(dag,) = [each for each in vars(module).values() if isinstance(each, DAG)] or [module.bootstrap.dag]
print(json.dumps({t.task_id: [str(getattr(t, "notebook", "")), sorted(t.upstream_task_ids)] for t in dag.tasks}))
"""


def before(step: str) -> set[str]:
    """`step`에 먼저 있어야 하는 것과, 그것들에 먼저 있어야 하는 것."""
    return set(steps.NEEDS[step]).union(*(before(need) for need in steps.NEEDS[step]))


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, set[str]]]:
    """{태스크: (노트북, 위에 있는 모든 태스크)}. 진짜 DAG 파일을 읽습니다."""
    done = subprocess.run(
        [sys.executable, "-c", DESCRIBE, str(ROOT / "dags" / "13_flight_delay_pipeline.py")],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    upstream: dict[str, set[str]] = {}
    for name in TopologicalSorter({name: direct for name, (_, direct) in told.items()}).static_order():
        upstream[name] = set(told[name][1]).union(*(upstream[each] for each in told[name][1]))
    return {name: (Path(notebook).stem, upstream[name]) for name, (notebook, _) in told.items()}


def test_the_dag_runs_first_what_a_step_needs(tasks: dict[str, tuple[str, set[str]]]) -> None:
    task_of = {PIPELINE[notebook]: name for name, (notebook, _) in tasks.items() if notebook}
    assert set(task_of) == set(PIPELINE.values()), "표에 없는 노트북이 DAG에 있거나, 그 반대입니다"
    for step, name in task_of.items():
        needed = {task_of.get(need) or ELSEWHERE[need] for need in before(step) - {"history"}}
        assert needed <= tasks[name][1], f"{name}보다 먼저 끝나야 합니다: {needed - tasks[name][1]}"


@pytest.mark.parametrize("notebook", [name for name in PIPELINE if name >= "02"])
def test_a_notebook_prepares_what_its_step_needs(notebook: str) -> None:
    prepared: set[str] = set()
    for cell in jupytext.read(ROOT / "notebooks" / "source" / "pipeline" / f"{notebook}.py").cells:
        if cell.cell_type != "code":
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "steps.prepare":
                prepared |= {ast.literal_eval(word) for word in call.args[2:]}
    assert prepared.union(*map(before, prepared)) == before(PIPELINE[notebook])


def test_an_unknown_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'score'.*scores"):
        steps.prepare("2013-03", tmp_path, "score")
    assert not list(tmp_path.iterdir())
