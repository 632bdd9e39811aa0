"""15. Docker Compose와 여러 대의 컴퓨터의 연습문제. Docker를 부르지 않고, 적은 명령과 YAML을 읽기만 합니다."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from mlops_lab.lesson.checking import Wrong, exercise, number, short

_WORKERS = 3
_RUNNING = {"A": 12, "B": 16, "C": 6, "D": 32}
_ABOUT = {
    "A": "작업자의 자리는 작업자의 수와 `worker_concurrency`의 곱입니다.",
    "B": "작업자의 자리보다 작은 문턱이 둘 있습니다. 그 가운데 작은 것은 무엇입니까?",
    "C": "풀의 자리가 모자라면 나머지는 기다립니다.",
    "D": "`max_active_tasks`를 늘렸습니다. 그래도 남는 문턱이 있습니다.",
}
_LEAKED = "flightdelay"


@exercise("15-1")
def first_start(value: Any) -> str:
    """처음 띄우는 명령."""
    expected = "처음 띄우는 명령을 한 줄에 하나씩 차례대로 적은 글"
    if not isinstance(value, str) or not value.strip():
        raise Wrong(saw=short(value), expected=expected, hint='세 따옴표(`"""`)로 감싼 글에 명령을 적습니다.')
    lines = [line.strip().removeprefix("$ ").strip() for line in value.strip().splitlines()]
    try:
        commands = [(line, words) for line in lines if (words := shlex.split(line, comments=True))]
    except ValueError as error:
        hint = "열고 닫지 않은 따옴표가 있는지 봅니다."
        raise Wrong(saw=f"읽을 수 없는 줄({error})", expected=expected, hint=hint) from None

    def refuse(saw: str, hint: str) -> Wrong:
        return Wrong(saw=saw, expected=expected, hint=hint)

    for line, words in commands:
        if words[0] == "docker-compose":
            raise refuse(
                f"`{line}`", "`docker-compose`는 옛 판(v1)의 이름입니다. 지금은 `docker compose`입니다."
            )
        if words[0] == "curl":
            raise refuse(f"`{line}`", "이 저장소에는 구성 파일이 이미 있습니다. 받을 것이 없습니다.")
    ups = [
        (place, words[2:]) for place, (_, words) in enumerate(commands) if words[:2] == ["docker", "compose"]
    ]
    ups = [(place, words) for place, words in ups if "up" in words]
    inits = [place for place, words in ups if "airflow-init" in words]
    starts = [(place, words) for place, words in ups if "airflow-init" not in words]
    folders = [(place, words) for place, (_, words) in enumerate(commands) if words[0] == "mkdir"]
    ids = [(place, line) for place, (line, _) in enumerate(commands) if re.search(r">\s*\.?/?\.env\b", line)]

    if not folders:
        raise refuse("`mkdir`이 없습니다", "함께 쓸 폴더가 없으면 Docker가 root의 것으로 만듭니다.")
    made = {word.removeprefix("./").rstrip("/") for _, words in folders for word in words[1:]}
    if missing := sorted({"logs", "plugins", "config"} - made):
        raise refuse(f"만드는 폴더: {', '.join(sorted(made))}", f"빠진 폴더가 있습니다: {', '.join(missing)}")
    if not ids:
        raise refuse(
            "`.env`를 쓰는 줄이 없습니다", "`.env`가 없으면 이 저장소의 구성은 멈추고 할 일을 말합니다."
        )
    place_of_id, line = ids[0]
    if "AIRFLOW_UID=" not in line:
        raise refuse(f"`{line}`", "이름은 `AIRFLOW_UID`이고, `=`의 앞뒤에는 빈칸이 없습니다.")
    if not re.search(r"\$\(\s*id\s+-u\s*\)|`\s*id\s+-u\s*`", line) or re.search(r"'[^']*id\s+-u", line):
        hint = "파일이 내 것이 되려면 내 번호를 적어야 합니다. 셸이 바꾸어 주려면 큰따옴표여야 합니다."
        raise refuse(f"`{line}`", hint)
    if not inits:
        raise refuse(
            "`airflow-init`을 먼저 하는 줄이 없습니다", "처음에는 표를 만드는 일이 끝나는 것을 봅니다."
        )
    if not starts:
        raise refuse(
            "모두 띄우는 줄이 없습니다", "`airflow-init`은 한 번 일하고 끝납니다. 그다음 명령이 있습니다."
        )
    place_of_start, words = starts[-1]
    order = [*(place for place, _ in folders), place_of_id, inits[0], place_of_start]
    if max(order[:-2]) > inits[0] or inits[0] > place_of_start:
        raise refuse(
            "차례가 다릅니다", "폴더와 `.env`가 먼저, 그다음 `airflow-init`, 모두 띄우는 것이 나중입니다."
        )
    if not {"-d", "--detach"} & set(words):
        raise refuse(f"`{commands[place_of_start][0]}`", "이대로면 터미널이 로그에 묶입니다.")
    scaled = re.search(r"--scale[ =](\S+)", " ".join(words))
    if not scaled or scaled[1] != f"airflow-worker={_WORKERS}":
        hint = (
            "작업자를 늘리는 옵션의 꼴은 `--scale 서비스=수`이고, 서비스의 이름은 `compose.yaml`에 있습니다."
        )
        raise refuse(f"`{commands[place_of_start][0]}`", hint)
    return "이대로 치면 됩니다. 멈출 때는 `docker compose down`이고, `--volumes`를 붙이면 데이터베이스와 비밀값까지 지웁니다."


@exercise("15-2")
def how_many_run(value: Any) -> str:
    """네 문턱 가운데 가장 작은 것."""
    if not isinstance(value, dict) or set(value) != set(_RUNNING):
        hint = "`running`의 꼴을 그대로 두고 `...`만 바꿉니다."
        raise Wrong(saw=short(value), expected='열쇠가 "A"부터 "D"까지인 사전', hint=hint)
    given = {
        team: number(value[team], f"{team}의 동시에 실행되는 태스크", low=0, high=100) for team in _RUNNING
    }
    missed = [team for team, count in given.items() if count != _RUNNING[team]]
    if not missed:
        return "팀마다 막는 문턱이 달랐습니다. A는 작업자, B는 Dag 실행, C는 풀, D는 스케줄러입니다."
    raise Wrong(
        saw=f"{len(given) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected="네 문턱 가운데 가장 작은 것",
        hint=f"{missed[0]}: {_ABOUT[missed[0]]}",
    )


@exercise("15-3")
def flower(value: Any) -> str:
    """고친 Flower 서비스."""
    expected = "네 군데를 고친 `flower` 서비스의 YAML"
    try:
        content = yaml.safe_load(value) if isinstance(value, str) else value
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{mark.line + 1}번째 줄을 읽을 수 없습니다" if mark else "YAML로 읽을 수 없습니다"
        hint = "들여쓰기는 빈칸 두 개씩이고, `:` 뒤에는 빈칸이 있어야 합니다."
        raise Wrong(saw=where, expected=expected, hint=hint) from None
    service = content.get("flower") if isinstance(content, dict) else None
    if not isinstance(service, dict):
        raise Wrong(saw=short(content), expected=expected, hint="`flower:`로 시작하는 글이어야 합니다.")
    for judge in (_kept, _ports, _secret, _user, _order):
        if problem := judge(service):
            raise Wrong(saw=problem[0], expected=expected, hint=problem[1])
    return "네 군데를 모두 고쳤습니다. 이 컴퓨터에서만 열리고, 암호가 파일에 없고, root가 아니고, Redis가 건강한 뒤에 시작합니다."


Problem = tuple[str, str] | None
"""(본 것, 해 볼 것). 없으면 None입니다."""


def _kept(service: dict[str, Any]) -> Problem:
    words = service.get("command")
    command = words if isinstance(words, str) else " ".join(map(str, words or ()))
    if "celery flower" not in command:
        return f"command가 {short(words)}", "명령은 그대로 둡니다."
    check = service.get("healthcheck")
    if not isinstance(check, dict) or "5555" not in str(check.get("test")):
        return "5555번에 묻는 상태 확인이 없습니다", "상태 확인은 그대로 둡니다."
    if not str(service.get("image", "")).startswith("mlops-lab"):
        return f"image가 {short(service.get('image'))}", "이미지는 그대로 둡니다."
    return None


def _ports(service: dict[str, Any]) -> Problem:
    ports = service.get("ports")
    if not isinstance(ports, list) or not ports:
        return "ports가 없습니다", "화면을 보려면 5555번이 이 컴퓨터에는 열려 있어야 합니다."
    for port in ports:
        seen = f"{port.get('host_ip', '')}:{port.get('target', '')}" if isinstance(port, dict) else str(port)
        if not re.match(r"(127\.0\.0\.1|\[?::1\]?):", seen):
            return f"ports에 {short(port)}", "주소를 적지 않으면 어디에서 듣게 됩니까?"
        if not seen.endswith("5555"):
            return f"ports에 {short(port)}", "컨테이너 안의 포트 번호는 5555입니다."
    return None


def _secret(service: dict[str, Any]) -> Problem:
    environment = service.get("environment") or {}
    if isinstance(environment, list):
        environment = dict(str(each).partition("=")[::2] for each in environment)
    if _LEAKED in str(service) or re.search(r"://[^/@\s]*:[^/@\s]+@", str(environment)):
        return (
            "글 어딘가에 암호가 그대로 있습니다",
            "`compose.yaml`은 git에 올라갑니다. 값 대신 값을 얻는 명령을 적을 수 있습니다.",
        )
    name = "AIRFLOW__CELERY__BROKER_URL_CMD"
    if "/opt/airflow/secrets/broker_url" not in str(environment.get(name, "")):
        hint = "브로커의 주소를 얻는 설정의 이름과 명령은, 이 저장소의 `_CMD` 설정을 찍어 본 출력에 있습니다."
        return f"환경 변수: {', '.join(environment) or '없음'}", hint
    if not any("/opt/airflow/secrets" in str(volume) for volume in service.get("volumes") or ()):
        return "비밀값의 볼륨이 없습니다", "명령이 읽을 파일이 컨테이너 안에 있어야 합니다."
    return None


def _user(service: dict[str, Any]) -> Problem:
    user = str(service.get("user", ""))
    if "AIRFLOW_UID" not in user and not re.fullmatch(r"[1-9]\d*(:0)?", user):
        return f"user가 {short(user)}", "root로 도는 것은 `prepare`뿐입니다. 다른 서비스의 `user`를 봅니다."
    return None


def _order(service: dict[str, Any]) -> Problem:
    needs = service.get("depends_on")
    if not isinstance(needs, dict) or not isinstance(needs.get("redis"), dict):
        return (
            f"depends_on이 {short(needs)}",
            "이렇게 적으면 Redis가 뜨기만 하면 시작합니다. 조건을 적을 수 있습니다.",
        )
    if needs["redis"].get("condition") != "service_healthy":
        return (
            f"redis의 조건이 {short(needs['redis'].get('condition'))}",
            "Redis는 끝나지 않고 줄곧 도는 서비스입니다.",
        )
    return None
