"""08의 틀린 답: {문제: [(답이나 DAG 파일, 들어야 하는 말), ...]}."""

from __future__ import annotations

_RIGHT = {"A": "scheduler", "B": "none", "C": "dag-processor", "D": "api-server", "E": "triggerer"}
_FOUND = {"component": "triggerer", "when": "04:17", "stuck": 9}

WRONG = {
    "08-2": [
        ({**_RIGHT, "A": "none"}, "집는 것이 안 됩니다"),
        ({**_RIGHT, "B": "scheduler"}, "이 DAG에만"),
        ({**_RIGHT, "C": "scheduler"}, "파일을 보는 것"),
        ({**_RIGHT, "D": "scheduler"}, "시작과 끝을"),
        ({**_RIGHT, "E": "scheduler"}, "남에게 기다림을"),
        ({**_RIGHT, "A": "webserver"}, "가운데 하나"),
        (["scheduler", "none", "dag-processor", "api-server", "triggerer"], "사전"),
    ],
    "08-3": [
        ({**_FOUND, "component": "scheduler"}, "얌전히 끝난 것"),
        ({**_FOUND, "component": "dag-processor"}, "살아 있습니다"),
        ({**_FOUND, "component": "api-server"}, "심장 박동을 적지 않습니다"),
        ({**_FOUND, "when": "02:00"}, "latest_heartbeat"),
        ({**_FOUND, "stuck": 17}, "모두 그 탓은"),
        ({**_FOUND, "stuck": 0}, "어떤 상태"),
        (("triggerer", "04:17", 9), "사전"),
    ],
}

_TOP_LEVEL = """
import os
from pathlib import Path
from airflow.sdk import dag, task

LIMIT = float((Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "sturdy" / "limit.txt").read_text())

@dag
def sturdy():
    @task
    def decide():
        return "다시 학습" if 0.326 > LIMIT else "그대로"
    decide()

sturdy()
"""
_SWALLOWED = _TOP_LEVEL.replace(
    'LIMIT = float((Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "sturdy" / "limit.txt").read_text())',
    """try:
    LIMIT = float((Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "sturdy" / "limit.txt").read_text())
except OSError:
    LIMIT = 0.3""",
)
_FIXED = """
from airflow.sdk import dag, task

@dag
def sturdy():
    @task
    def decide():
        return "다시 학습" if 0.326 > 0.3 else "그대로"
    decide()

sturdy()
"""

WRONG_DAGS = {
    "08-1": [
        (_TOP_LEVEL, "limit.txt"),
        (_SWALLOWED, "삼켜도"),
        (_FIXED, "기준값이 0.5일 때"),
        (_FIXED.replace("def decide", "def choose").replace("decide()", "choose()"), "`decide`"),
    ]
}
