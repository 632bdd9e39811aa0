"""15의 틀린 답: {문제: [(답, 들어야 하는 말), ...]}."""

from __future__ import annotations

_FOLDERS = "mkdir -p ./dags ./logs ./plugins ./config\n"
_ID = 'echo "AIRFLOW_UID=$(id -u)" > .env\n'
_INIT = "docker compose up airflow-init\n"
_UP = "docker compose up -d --scale airflow-worker=3\n"

_FLOWER = """
flower:
  image: mlops-lab:3.3.2
  command: airflow celery flower
  user: "{user}"
  environment:
    {environment}
  ports: ["{port}"]
  volumes: ["secrets:/opt/airflow/secrets"]
  healthcheck:
    test: [CMD, python, -m, mlops_lab.compose, healthy, "http://localhost:5555/"]
  restart: unless-stopped
  depends_on: {needs}
"""
_RIGHT = {
    "user": "50000:0",
    "environment": "AIRFLOW__CELERY__BROKER_URL_CMD: cat /opt/airflow/secrets/broker_url",
    "port": "127.0.0.1:5555:5555",
    "needs": "{ redis: { condition: service_healthy } }",
}


def _flower(**changed: str) -> str:
    return _FLOWER.format(**(_RIGHT | changed))


WRONG = {
    "15-1": [
        (_FOLDERS + _ID + _UP, "airflow-init"),
        (_FOLDERS + "echo AIRFLOW_UID=50000 > .env\n" + _INIT + _UP, "내 번호"),
        (_FOLDERS + "echo 'AIRFLOW_UID=$(id -u)' > .env\n" + _INIT + _UP, "큰따옴표"),
        (_FOLDERS + _INIT + _ID + _UP, "차례"),
        (_FOLDERS + _ID + _INIT + "docker compose up --scale airflow-worker=3", "로그에 묶입니다"),
        (_FOLDERS + _ID + _INIT + "docker compose up -d --scale worker=3", "서비스의 이름"),
        (_FOLDERS + _ID + _INIT + "docker compose up -d", "작업자를 늘리는"),
        ("mkdir -p ./dags ./logs\n" + _ID + _INIT + _UP, "config, plugins"),
        (_ID + _INIT + _UP, "root의 것"),
        (_FOLDERS + _INIT + _UP, ".env"),
        (_FOLDERS + _ID + "docker-compose up airflow-init\n" + _UP, "옛 판"),
        (_FOLDERS + _ID + _INIT, "모두 띄우는 줄"),
        ('echo "AIRFLOW_UID', "따옴표"),
        (["docker", "compose", "up"], "세 따옴표"),
    ],
    "15-2": [
        ({"A": 12, "B": 48, "C": 6, "D": 64}, "B, D가 다릅니다"),
        ({"A": 12, "B": 32, "C": 6, "D": 32}, "작은 문턱이 둘"),
        ({"A": 16, "B": 16, "C": 16, "D": 32}, "A: 작업자의 자리"),
        ({"A": 12, "B": 16, "C": 16, "D": 32}, "풀의 자리"),
        ({"A": 12, "B": 16, "C": 6, "D": 64}, "남는 문턱"),
        ({"A": "열둘", "B": 16, "C": 6, "D": 32}, "수 하나"),
        ([12, 16, 6, 32], "꼴을 그대로"),
    ],
    "15-3": [
        (_flower(port="5555:5555"), "어디에서 듣게"),
        (_flower(port="0.0.0.0:5555:5555"), "어디에서 듣게"),
        (_flower(port="127.0.0.1:5555:8080"), "포트 번호는 5555"),
        (
            _flower(environment="AIRFLOW__CELERY__BROKER_URL: redis://:flightdelay@redis:6379/0"),
            "git에 올라갑니다",
        ),
        (_flower(environment="AIRFLOW__CELERY__BROKER_URL: redis://redis:6379/0"), "얻는 설정의 이름"),
        (_flower(user="0:0"), "root로 도는 것"),
        (_flower(user="root"), "root로 도는 것"),
        (_flower(needs="[redis]"), "조건을 적을"),
        (_flower(needs="{ redis: { condition: service_completed_successfully } }"), "줄곧 도는"),
        (_flower().replace("  ports:", " ports:"), "줄을 읽을 수 없습니다"),
        ("이미 고쳤습니다", "`flower:`로 시작"),
        (_flower().replace("celery flower", "celery worker"), "명령은 그대로"),
    ],
}
