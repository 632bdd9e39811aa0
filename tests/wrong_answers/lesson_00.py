"""00의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

from mlops_lab.lesson.runs import Run


def _run(dag_id: str, state: str) -> Run:
    return Run(dag_id, "manual", None, state)


WRONG = {
    "00-1": [(100, "서로 다른 이름"), (15, "15곳"), (336_776, "무엇을 세었는지"), ("열여섯", "수 하나")],
    "00-2": [
        ("first_dag", "그대로 `my_run`에"),
        (_run("sequential", "success"), "첫 인자"),
        (_run("first_dag", "queued"), "시작만 시키고"),
        (_run("first_dag", "failed"), "실패로 끝난"),
    ],
}
