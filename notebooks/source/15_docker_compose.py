# %% [markdown]
# # 15. Docker Compose와 여러 대의 컴퓨터
#
# **시간** 50분 · **먼저 읽을 것** [08. Airflow의 구성 요소](08_airflow_components.ipynb), [13. 종합: 드리프트를 감시하고 다시 학습하는 파이프라인](13_flight_delay_pipeline.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - Airflow를 Docker로 띄우는 여섯 명령을 한 줄씩 설명하고, 하나를 빠뜨리면 어떻게 되는지 말합니다.
# - `compose.yaml`을 읽어 서비스, 포트, 상태 확인, 시작하는 차례를 알아냅니다.
# - 2.10.2의 구성과 3.3의 구성이 왜 다른지 설명합니다.
# - 작업자를 늘리면 무엇이 빨라지고 무엇은 그대로인지 셈합니다.
#
# Docker가 없어도 됩니다. 이 수업은 아무것도 띄우지 않습니다. 파일을 읽고, 명령을 적어 보고, 그 뒤의 원리를 작은 실험으로 확인합니다.

# %% [markdown]
# ## 한 대로 모자랄 때
#
# 지금까지는 컴퓨터 한 대에서 LocalExecutor와 SQLite로 했습니다. 배우기에는 이것이 가장 가볍습니다. 그런데 여러 사람이 쓰고, 태스크가 수백 개가
# 되면 두 가지가 막힙니다.
#
# - **CPU와 메모리**: 태스크는 스케줄러의 자식 프로세스입니다. 한 대의 힘을 넘을 수 없고, 스케줄러가 죽으면 함께 죽습니다.
# - **데이터베이스**: SQLite는 파일 하나입니다. 쓰는 사람이 한 번에 하나뿐입니다.
#
# 둘째를 직접 봅시다. 한 사람이 쓰는 동안 다른 사람이 쓰려 합니다.

# %%
import contextlib
import heapq
import io
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import jwt
import matplotlib.pyplot as plt
import pandas as pd
import yaml

from mlops_lab import compose, flights
from mlops_lab.lesson import check, pictures, reveal, show, use_korean
from mlops_lab.lesson.plotting import PALETTE

use_korean()
folder = flights.home() / "lessons" / "15"
shutil.rmtree(folder, ignore_errors=True)  # 지난번에 만든 것이 있으면 처음부터 다시 합니다.
folder.mkdir(parents=True)

first, second = (sqlite3.connect(folder / "airflow.db", timeout=0) for _ in range(2))
first.execute("begin immediate")  # 첫째 사람이 쓰기 시작합니다.
try:
    second.execute("begin immediate")
except sqlite3.OperationalError as error:
    print(f"둘째 사람이 들은 말: {error}")
first.close()
second.close()

# %% [markdown]
# PostgreSQL은 여럿이 한꺼번에 쓸 수 있는 **서버**입니다. 태스크는 여러 컴퓨터의 **작업자**에게 나누어 주고, 그 사이에는 차례를 기다리는 줄이
# 필요합니다. 그러니 띄울 프로그램이 늘어납니다. PostgreSQL, Redis, 스케줄러, API 서버, Dag 프로세서, 트리거러, 작업자 …. 저마다 설치하는 법도,
# 맞는 판도 다릅니다. 이것을 명령 하나로 띄우게 해 주는 것이 Docker Compose입니다.
#
# | 말 | 뜻 | 부엌으로 말하면 |
# |---|---|---|
# | **이미지**(Image) | 프로그램과 그것이 쓰는 파일을 한데 얼려 둔 것 | 밀키트 |
# | **컨테이너**(Container) | 이미지를 실행한 것. 제 파일과 제 네트워크가 따로 있습니다 | 끓고 있는 냄비 |
# | **볼륨**(Volume) | 컨테이너가 사라져도 남는 폴더 | 냉장고 |
# | **서비스**(Service) | Compose의 파일에 적은 컨테이너 하나의 설명 | 조리법 한 장 |
#
# **Docker Compose**는 서비스를 적은 YAML 파일 하나를 읽어, 정한 차례대로 모두 띄우는 도구입니다.

# %% [markdown]
# ## 여섯 명령
#
# Airflow를 배우는 글에는 거의 언제나 이 명령들이 나옵니다. Windows라면 먼저 `ubuntu`를 쳐서 WSL의 리눅스 창을 엽니다. 그다음이 여섯 명령입니다.
#
# ```bash
# mkdir airflow && cd airflow                                                              # ①
# curl -LfO 'https://airflow.apache.org/docs/apache-airflow/2.10.2/docker-compose.yaml'    # ②
# mkdir -p ./dags ./logs ./plugins ./config                                                # ③
# echo AIRFLOW_UID=50000 > .env                                                            # ④
# docker compose up airflow-init                                                           # ⑤
# docker compose up                                                                        # ⑥
# ```
#
# | | 하는 일 | 빠뜨리면 |
# |---|---|---|
# | ① | 이 구성만의 폴더를 만들고 들어갑니다. Compose는 폴더의 이름을 프로젝트의 이름으로 씁니다 | 지금 있는 폴더에 파일이 흩어지고, 그 폴더의 이름이 프로젝트의 이름이 됩니다 |
# | ② | 공식 구성 파일을 받습니다. `-L`은 주소가 옮겨졌으면 따라가고, `-f`는 없는 주소면 실패하고, `-O`는 이름을 그대로 둡니다 | `-f`가 없으면 "404 Not Found"라는 웹 페이지가 `docker-compose.yaml`이라는 이름으로 저장됩니다 |
# | ③ | 컨테이너와 함께 쓸 폴더 넷을 만듭니다 | Docker가 root의 것으로 만듭니다. ⑤가 셋의 주인은 고쳐 주지만, `config`는 root의 것으로 남아 내가 파일을 넣을 수 없습니다 |
# | ④ | 컨테이너 안의 사용자 번호(UID)를 `.env`에 적습니다 | 리눅스에서는 경고가 나고, 컨테이너가 쓴 파일의 주인이 어긋납니다 |
# | ⑤ | 메타데이터베이스에 표를 만들고, 첫 사용자를 만든 뒤 끝납니다 | ⑥이 먼저 대신 합니다. 다만 실패해도 쏟아지는 로그에 묻혀 알아채기 어렵습니다 |
# | ⑥ | 모두 띄웁니다. Ctrl-C로 멈춥니다 | |
#
# 이 명령은 지금도 **돌아갑니다**. 다만 ②의 주소에 적힌 대로 **Airflow 2.10.2**가 뜹니다. 2.x는 2026년 4월에 지원이 끝난 판입니다. 이 글들에
# 적힌 `webserver`, `execution_date`, `schedule_interval`은 3.x에 없습니다. 지금 배운다면 주소의 판을 바꾸거나, 이 저장소처럼 3.3의 구성을 씁니다.
#
# 이 저장소에는 파일이 이미 있으므로 ①과 ②가 "저장소의 폴더로 들어가기" 하나로 줄어들고, 로그인 정보를 보는 명령이 끝에 붙습니다.
#
# ```bash
# cd mlops-lab
# mkdir -p ./dags ./logs ./plugins ./config
# echo "AIRFLOW_UID=$(id -u)" > .env
# docker compose up airflow-init
# docker compose up
# docker compose exec airflow-apiserver python -m mlops_lab.compose open    # 다른 터미널에서: 주소와 암호
# ```
#
# ### UID 50000과 `$(id -u)`
#
# ④가 다릅니다. 리눅스에서 파일의 주인은 이름이 아니라 **번호**로 적힙니다. 컨테이너 안의 50000번이 로그를 쓰면, 밖에서 보아도 50000번의 파일입니다.
# 내 번호가 1000이라면 지울 수도 없습니다. 게다가 2.10.2의 ⑤는 `dags` 폴더의 주인까지 50000번으로 바꾸므로, 내 폴더인데 DAG를 넣지 못합니다. `$(id -u)`는
# 셸이 내 번호로 바꾸어 주는 글이므로, 컨테이너가 쓴 것이 내 것이 됩니다. 공식 문서도 리눅스에서는 이렇게 하라고 합니다. 50000은 macOS와 Windows에서
# 경고를 없애려고 적는 값입니다.
#
# Compose는 `.env`를 읽어 YAML 속의 `${AIRFLOW_UID}`를 채웁니다. `.env`가 없으면 어떻게 될까요? Compose와 같은 규칙으로 채우는 함수를 짧게 적어,
# 이 저장소의 `compose.yaml`에 직접 해 봅시다.

# %%
project = next(each for each in (Path.cwd(), *Path.cwd().parents) if (each / "compose.yaml").is_file())
text = (project / "compose.yaml").read_text("utf-8")


def fill(text, env):
    """`${이름}`, `${이름:-없을 때의 값}`, `${이름:?없을 때의 오류}`를 Compose처럼 채웁니다."""

    def value(found):
        name, kind, rest = found.groups()
        if env.get(name):
            return env[name]
        if kind == ":?":
            raise ValueError(rest)
        return rest or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def read_env(path):
    """`.env`의 `이름=값`. 파일이 없으면 비어 있습니다."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


try:
    fill(text, read_env(folder / ".env"))
except ValueError as error:
    print("④를 빠뜨렸을 때:", error)

subprocess.run("echo AIRFLOW_UID=50000 > .env", shell=True, cwd=folder, check=True)
content = yaml.safe_load(fill(text, read_env(folder / ".env")))
print("④를 한 뒤의 user:", content["services"]["airflow-worker"]["user"])

# %% [markdown]
# 공식 파일은 `${AIRFLOW_UID:-50000}`이라고 적어 경고만 하고 50000을 씁니다. 이 저장소는 `:?`로 적어 **멈추고 할 일을 말합니다**. 뒤의 `:0`은 그룹 번호입니다.
# Airflow의 이미지는 어떤 사용자로 돌아도 0번 그룹이면 제 폴더에 쓸 수 있게 만들어 둡니다.
#
# ### 연습 15-1
#
# 새 컴퓨터에 Docker가 있고, 이 저장소를 받아 그 폴더에 들어와 있습니다. **처음으로** 띄웁니다. 조건이 셋입니다.
#
# - 컨테이너가 쓴 파일이 내 것이 되어야 합니다.
# - 작업자(`airflow-worker`)는 셋입니다. Compose는 `--scale 서비스=수`로 늘립니다.
# - 띄운 뒤 터미널을 돌려받아야 합니다. 뒤에서 돌게 하는 옵션은 `-d`입니다.
#
# 칠 명령을 차례대로 `commands`에 적습니다. 한 줄에 명령 하나입니다. 검사는 실행하지 않고 읽기만 합니다.

# %% tags=["stub"]
commands = ...

# %% tags=["solution"]
commands = """
mkdir -p ./dags ./logs ./plugins ./config
echo "AIRFLOW_UID=$(id -u)" > .env
docker compose up airflow-init
docker compose up -d --scale airflow-worker=3
"""

# %%
check("15-1", commands)

# %% [markdown]
# ## compose.yaml 읽기
#
# YAML은 들여쓰기로 사전과 목록을 적는 글입니다. 파이썬에서는 `yaml.safe_load`가 사전으로 읽어 줍니다. 반복을 줄이는 표시 둘만 알면 됩니다.
# `&이름`은 그 자리에 이름을 붙이고, `<<: *이름`은 그 이름의 내용을 여기에 펼칩니다. 그래서 Airflow 서비스 여섯이 같은 환경 변수를 나누어 씁니다.

# %%
services = content["services"]


def short(words, width=46):
    """명령을 짧게 적습니다. 컨테이너 안의 자리 `/opt/airflow`는 `…`로 줄입니다."""
    joined = " ".join(words) if isinstance(words, list) else str(words)
    joined = re.sub(r"^sh -c (exec )?", "", joined).replace("/opt/airflow", "…")
    return joined if len(joined) <= width else f"{joined[: width - 1]}…"


pd.DataFrame(
    {
        name: {
            "이미지": service["image"],
            "명령": short(service.get("command", "(이미지에 있는 것)")),
            "다시 시작": {"unless-stopped": "늘", "no": "한 번만"}.get(service.get("restart"), "한 번만"),
        }
        for name, service in services.items()
    }
).T

# %% [markdown]
# `prepare`와 `airflow-init`은 한 번 일하고 끝나는 서비스입니다. 나머지 아홉은 줄곧 돕니다. 우리 것은 모두 **같은 이미지**를 씁니다. 다른 것은 명령뿐입니다.
# 판이 어긋날 수 없다는 뜻입니다.
#
# ### 포트: 누가 들어올 수 있나
#
# 컨테이너의 네트워크는 밖과 끊겨 있습니다. 밖에서 닿으려면 `ports`에 적어야 합니다.
#
# **예상해 봅시다.** 서비스 열하나 가운데 밖으로 포트를 연 것은 몇 개일까요? 데이터베이스와 Redis도 생각해 봅시다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 6

# %%
ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
reveal(my_guess, len(ports))
ports

# %% [markdown]
# 셋뿐입니다. PostgreSQL과 Redis는 다른 컨테이너하고만 말하면 되므로 열지 않았습니다. 그리고 셋 모두 `127.0.0.1:`로 시작합니다.
#
# 공식 파일에는 `8080:8080`이라고 적혀 있습니다. 앞에 주소가 없으면 **모든 주소**(0.0.0.0)에서 받습니다. 무엇이 다른지 포트를 정말로 열어 봅시다. 이
# 컴퓨터의 주소는 하나가 아닙니다. `127.0.0.2`도 이 컴퓨터입니다. 이 주소로 부르는 것을 옆자리에서 부르는 것 대신으로 씁니다.


# %%
def answers(listen_on, call):
    """listen_on에서 기다리는 서버가, call이라는 주소로 부르면 대답하는지."""
    with socket.create_server((listen_on, 0)) as server:
        try:
            socket.create_connection((call, server.getsockname()[1]), timeout=2).close()
        except OSError:
            return "대답 없음"
        return "대답함"


pd.DataFrame(
    {
        f"{call}로 부르면": {listen_on: answers(listen_on, call) for listen_on in ("127.0.0.1", "0.0.0.0")}
        for call in ("127.0.0.1", "127.0.0.2")
    }
).rename_axis("듣는 주소")

# %% [markdown]
# `0.0.0.0`에서 듣는 서버는 어느 주소로 불러도 대답합니다. 카페의 와이파이에서 이렇게 띄우면 옆자리 사람도 로그인 화면을 봅니다. 게다가 2.10.2의
# 파일은 사용자와 암호가 `airflow`/`airflow`로 정해져 있습니다. 방화벽(ufw)을 켜 두었으니 괜찮다고요? Docker는 ufw보다 앞서 길을 냅니다. **여는 자리에서
# 막아야 합니다.**

# %% [markdown]
# ### 시작하는 차례와 상태 확인
#
# 작업자가 데이터베이스보다 먼저 뜨면 곧바로 죽습니다. `depends_on`이 차례를 정합니다. 이 저장소가 쓰는 조건은 둘입니다.
#
# - `service_completed_successfully`: 그 서비스가 **성공으로 끝난 뒤에**
# - `service_healthy`: 그 서비스가 **건강하다고 대답한 뒤에**. 대답하는지는 `healthcheck`의 명령으로 봅니다
#
# 조건 없이 이름만 적으면, 그 서비스가 뜨기만 해도 시작합니다. "떠 있다"와 "건강하다"는 다릅니다. PostgreSQL은 떠서 받을 준비를 하기까지 몇 초가 걸립니다.
#
# **예상해 봅시다.** 한꺼번에 시작할 수 있는 것끼리 묶으면, 작업자는 몇 번째 차례에 시작할까요?

# %% tags=["stub"]
my_turn = ...

# %% tags=["solution"]
my_turn = 3

# %%
waits = {name: service.get("depends_on", {}) for name, service in services.items()}
sorter = TopologicalSorter(waits)
sorter.prepare()
turns = []
while sorter.is_active():
    turns.append(sorted(sorter.get_ready()))
    sorter.done(*turns[-1])
reveal(my_turn, next(number for number, names in enumerate(turns, 1) if "airflow-worker" in names))
print()
for number, names in enumerate(turns, 1):
    print(f"{number}. {', '.join(names)}")

# %% tags=["hide-input"]
CONDITION = {"service_completed_successfully": "끝난 뒤", "service_healthy": "건강한 뒤"}
above = {}  # 돌아서라도 기다리는 것
for name in (name for names in turns for name in names):
    above[name] = set(waits[name]).union(*(above[each] for each in waits[name]))
direct = {
    name: [each for each in waits[name] if not any(each in above[other] for other in waits[name])]
    for name in services
}
said = {each: CONDITION[rule["condition"]] for rules in waits.values() for each, rule in rules.items()}
nodes = [
    pictures.Task(
        name,
        tuple(other for other in services if name in direct[other]),
        f"다음 것은 {said[name]}" if name in said else "",
    )
    for name in services
]
figure, _ = pictures.draw_graph("compose", nodes)
show(
    figure,
    "서비스가 시작하는 차례. prepare가 끝난 뒤에 postgres, redis, mlflow, jupyterlab이 시작합니다. postgres와 redis가 건강해지면 "
    "airflow-init이 돌고, 그것이 끝나면 API 서버, 스케줄러, Dag 프로세서, 트리거러가 시작합니다. 작업자는 API 서버와 mlflow까지 건강한 뒤에 맨 나중에 시작합니다.",
)

# %% [markdown]
# 화살표는 꼭 필요한 것만 그렸습니다. 스케줄러는 파일에 `postgres`와 `redis`도 기다린다고 적혀 있지만, `airflow-init`이 이미 그 둘을 기다립니다.
#
# 작업자가 맨 나중인 까닭이 재미있습니다. **API 서버를 기다립니다.** 2.x의 작업자라면 그럴 까닭이 없었습니다. 왜 바뀌었는지 곧 봅니다.
# 상태 확인은 이렇습니다. `$$`는 Compose의 글에서 `$` 하나를 뜻합니다.

# %%
for name, service in services.items():
    if "healthcheck" in service:
        test = short(service["healthcheck"]["test"][1:], 88)
        print(f"{name:<22}{test.replace('python -m mlops_lab.compose healthy ', '대답하는가 ')}")

# %% [markdown]
# ## CeleryExecutor: 줄을 서는 태스크
#
# **CeleryExecutor**(Celery Executor)는 태스크를 줄에 세워 두고, 여러 작업자가 하나씩 꺼내 가게 하는 실행기입니다. Celery는 파이썬의 작업 줄
# 라이브러리이고, Redis가 그 줄을 담는 **브로커**(Broker)입니다. 점선 상자 둘은 Airflow가 아닌 프로그램입니다.

# %% tags=["hide-input"]
BOXES = {
    "스케줄러": (0.10, 0.70),
    "Redis\n(줄)": (0.37, 0.70),
    "작업자 1": (0.66, 0.90),
    "작업자 2": (0.66, 0.50),
    "API 서버": (0.92, 0.70),
    "PostgreSQL": (0.92, 0.16),
}
ARROWS = [
    ("스케줄러", "Redis\n(줄)", "① 넣습니다"),
    ("Redis\n(줄)", "작업자 1", "② 꺼냅니다"),
    ("Redis\n(줄)", "작업자 2", "②"),
    ("작업자 1", "API 서버", "③ 상태, XCom"),
    ("작업자 2", "API 서버", "③"),
    ("API 서버", "PostgreSQL", "④ 적습니다"),
]
fig, ax = plt.subplots(figsize=(9, 3.8))
ax.set(xlim=(0, 1.02), ylim=(0, 1.05), title="태스크 하나가 지나는 길(3.x)")
ax.axis("off")
for name, (x, y) in BOXES.items():
    ours = name not in ("Redis\n(줄)", "PostgreSQL")
    style = {"boxstyle": "round,pad=0.55", "facecolor": "white", "edgecolor": PALETTE[0 if ours else 1]}
    style |= {"linewidth": 2, "linestyle": "-" if ours else "--"}
    ax.text(x, y, name, ha="center", va="center", fontsize=11, bbox=style)
for start, end, label in ARROWS:
    (x0, y0), (x1, y1) = BOXES[start], BOXES[end]
    ends = {"shrinkA": 36, "shrinkB": 36} if x0 != x1 else {"shrinkA": 20, "shrinkB": 20}
    ax.annotate(
        "", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "-|>", "color": "#555555", "lw": 1.5, **ends}
    )
    ax.text((x0 + x1) / 2, (y0 + y1) / 2 + (0.07 if x0 != x1 else 0), label, ha="center", fontsize=9.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
ax.annotate("", BOXES["PostgreSQL"], BOXES["스케줄러"],
            arrowprops={"arrowstyle": "<|-|>", "color": "#555555", "lw": 1.5, "shrinkA": 36, "shrinkB": 50})  # fmt: skip
ax.text(
    0.46,
    0.34,
    "무엇이 끝났는지 봅니다",
    ha="center",
    fontsize=9.5,
    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
)
show(
    fig,
    "태스크 하나가 지나는 길. 스케줄러가 Redis의 줄에 넣고, 작업자가 꺼내 실행하며, 상태와 XCom을 API 서버에 알리고, API 서버가 PostgreSQL에 적습니다. 스케줄러는 PostgreSQL을 보고 다음 태스크를 정합니다. 태스크에서 PostgreSQL로 곧장 가는 길은 없습니다.",
)

# %% [markdown]
# ### 작업자를 늘리면 빨라질까요
#
# ```bash
# docker compose up --scale airflow-worker=4
# ```
#
# 작업자 하나는 태스크를 동시에 둘 실행합니다(`AIRFLOW__CELERY__WORKER_CONCURRENCY: "2"`). 넷이면 여덟입니다. 두 가지 일을 줄 세워 봅시다. 태스크는 모두 1분이
# 걸린다고 치고, 나머지는 있는 그대로 둡니다.
#
# - **매핑**: 서로 상관없는 태스크 40개([12](12_notebook_task.ipynb)처럼 노트북 한 권을 여러 달과 공항에)
# - **파이프라인**: [13](13_flight_delay_pipeline.ipynb)의 `flight_delay`를 열 달. 앞 달의 챔피언이 있어야 다음 달을 하므로 한 번에 한 달씩입니다(`max_active_runs=1`)
#
# **예상해 봅시다.** 작업자를 1에서 4로 늘리면 **파이프라인**은 몇 배 빨라질까요?

# %% tags=["stub"]
my_speedup = ...

# %% tags=["solution"]
my_speedup = 4

# %%
MONTH = {  # flight_delay의 한 달(후보를 학습하는 달): 태스크마다 기다리는 것
    "bootstrap": [], "deliver_features": [], "wait_for_features": ["deliver_features"],
    "ingest": ["wait_for_features"], "drift": ["ingest", "bootstrap"], "score": ["ingest", "bootstrap"],
    "deliver_labels": ["score"], "wait_for_labels": ["deliver_labels"], "performance": ["wait_for_labels"],
    "decide": ["drift", "performance"], "train_candidate": ["decide"],
    "compare_promote": ["train_candidate"], "report": ["compare_promote"],
}  # fmt: skip


def minutes(graph, slots):
    """slots개까지 동시에 실행할 때 걸리는 시간. 태스크마다 1분입니다."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready, running, now = list(sorter.get_ready()), [], 0
    while ready or running:
        while ready and len(running) < slots:
            heapq.heappush(running, (now + 1, ready.pop(0)))
        now = running[0][0]
        while running and running[0][0] == now:
            sorter.done(heapq.heappop(running)[1])
        ready += sorted(sorter.get_ready())
    return now


ten_months = {
    f"{month}.{task}": [f"{month}.{each}" for each in after] or ([f"{month - 1}.report"] if month else [])
    for month in range(10)
    for task, after in MONTH.items()
}
workers = [1, 2, 4, 8]
times = pd.DataFrame(
    {
        "매핑 40개": [minutes({n: [] for n in range(40)}, 2 * count) for count in workers],
        "파이프라인 열 달": [minutes(ten_months, 2 * count) for count in workers],
    },
    index=pd.Index(workers, name="작업자"),
)
pipeline = times["파이프라인 열 달"]
reveal(my_speedup, round(float(pipeline[1] / pipeline[4]), 2))
times

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
for (name, column), color, marker in zip(times.items(), PALETTE, "os", strict=False):
    ax.plot(range(len(workers)), column, color=color, marker=marker, label=name, linewidth=2)
    for place, value in enumerate(column):
        ax.annotate(f"{value}분", (place, value), (0, 8), textcoords="offset points", ha="center", fontsize=9)
ax.set_xticks(range(len(workers)), [f"{count}대" for count in workers])
ax.set(
    xlabel="작업자",
    ylabel="걸리는 시간(분)",
    ylim=(0, 140),
    title="작업자를 늘리면 빨라지는 일과 그대로인 일",
)
ax.legend(loc="center right")
show(
    fig,
    "작업자 1, 2, 4, 8대에서 걸리는 시간. 매핑 40개는 20, 10, 5, 3분으로 줄고, 파이프라인 열 달은 110분에서 줄지 않습니다.",
)

# %% [markdown]
# 파이프라인은 **조금도** 빨라지지 않습니다. 태스크가 앞의 태스크를 기다리는 동안 작업자는 놀고 있기 때문입니다. 후보를 학습하는 달의 태스크는 열셋인데(`keep_champion`은
# 건너뜁니다) 가장 긴 줄이 열한 개입니다. 아무리 작업자가 많아도 이 줄은 하나씩 지나야 합니다. [07](07_first_dag.ipynb)에서 본 **임계 경로**입니다. 작업자를 사기
# 전에 DAG의 그림부터 봅시다.
#
# 늘려서 빨라지는 일이라도 다른 문턱이 있습니다. 넷 가운데 **가장 작은 것**이 동시에 실행되는 수를 정합니다.
#
# | 문턱 | 기본값 | 무엇을 막나 |
# |---|---:|---|
# | 작업자 수 × `celery.worker_concurrency` | 수 × 16(여기는 2) | 작업자의 자리 |
# | `core.parallelism` | 32 | 스케줄러 하나가 동시에 실행시키는 태스크 |
# | `max_active_tasks` | 16 | **Dag 실행 하나**의 태스크(2.x에서는 DAG 전체였습니다) |
# | 풀의 자리 | 128 | 그 풀을 쓰는 태스크 모두 |
#
# **풀**(Pool)은 자리의 수를 정해 둔 묶음입니다. 태스크는 제 풀에 자리가 나야 실행됩니다. 적지 않은 태스크는 모두 `default_pool`을 씁니다. 데이터베이스처럼 한꺼번에
# 몰리면 안 되는 것을 쓰는 태스크만 작은 풀에 따로 모읍니다.
#
# ### 연습 15-2
#
# 네 팀이 "작업자를 늘렸는데 그대로"라고 합니다. 네 팀 모두 서로 상관없는 태스크 100개를 **Dag 실행 하나**로 실행하고, 스케줄러는 하나입니다. 적지 않은 것은
# 위의 기본값입니다. 동시에 몇 개가 실행됩니까? `running`에 수를 넣습니다.
#
# - A: 작업자 3대, `worker_concurrency` 4
# - B: 작업자 3대, `worker_concurrency` 16
# - C: 작업자 2대, `worker_concurrency` 16, 태스크가 모두 자리가 6개인 풀 `database`를 씁니다
# - D: 작업자 4대, `worker_concurrency` 16, `max_active_tasks=64`

# %% tags=["stub"]
running = {"A": ..., "B": ..., "C": ..., "D": ...}

# %% tags=["solution"]
limits = {
    "A": (3 * 4, 32, 16, 128),
    "B": (3 * 16, 32, 16, 128),
    "C": (2 * 16, 32, 16, 6),
    "D": (4 * 16, 32, 64, 128),
}
running = {team: min(each) for team, each in limits.items()}

# %%
check("15-2", running)

# %% [markdown]
# ## 2.10.2 옆에 3.3 놓기
#
# 두 판의 공식 구성과 이 저장소의 것에서 줄곧 도는 서비스를 나란히 놓았습니다. 공식 구성의 것은 파일에서 옮겨 적은 이름이고, 이 저장소의 것은 방금 읽은 것입니다.

# %%
OFFICIAL_2 = [
    "postgres",
    "redis",
    "airflow-webserver",
    "airflow-scheduler",
    "airflow-worker",
    "airflow-triggerer",
]
OFFICIAL_3 = ["postgres", "redis", "airflow-apiserver", "airflow-scheduler", "airflow-dag-processor",
              "airflow-worker", "airflow-triggerer"]  # fmt: skip
ours = [name for name, service in services.items() if "healthcheck" in service]
names = list(dict.fromkeys([*OFFICIAL_2, *OFFICIAL_3, *ours]))
columns = {"2.10.2 공식": OFFICIAL_2, "3.3 공식": OFFICIAL_3, "이 저장소": ours}
pd.DataFrame(
    {title: ["○" if name in has else "" for name in names] for title, has in columns.items()}, index=names
)

# %% [markdown]
# 다섯 가지가 달라졌습니다.
#
# 1. **webserver → apiserver.** 2.x의 웹서버(Flask)는 화면이었습니다. 3.x의 API 서버(FastAPI)는 화면이면서, 작업자가 상태를 알리는 창구입니다.
# 2. **Dag 프로세서가 따로.** 2.x에서는 스케줄러 안에서 DAG 파일을 읽었습니다. 파일은 사람이 쓴 코드이므로, 느리거나 잘못된 파일이 스케줄러까지 느리게
#    했습니다. 이제는 다른 프로세스가 읽습니다.
# 3. **태스크는 데이터베이스를 모릅니다.** 2.x의 태스크는 메타데이터베이스에 곧장 썼습니다. 태스크 하나가 모든 표를 지울 수도 있었습니다. 3.x의 태스크는
#    API 서버에 말합니다(`EXECUTION_API_SERVER_URL`). 작업자의 Celery가 제 결과를 적을 때만 PostgreSQL을 씁니다. 그래서 작업자가 API 서버를 기다립니다.
# 4. **JWT 비밀 열쇠.** 창구가 생겼으니, 찾아온 것이 정말 우리 태스크인지 알아야 합니다. 아래에서 봅니다.
# 5. **상태 확인 주소.** `/health`에서 `/api/v2/monitor/health`로 옮겼습니다. 2.x의 글을 보고 감시를 붙이면 늘 "죽음"으로 보입니다.

# %%
environment = services["airflow-worker"]["environment"]
print(environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"])

# %% [markdown]
# ### 열쇠가 다르면
#
# 스케줄러는 태스크를 줄에 넣을 때 **JWT**(JSON Web Token)를 함께 줍니다. 누구의 것인지 적고 비밀 열쇠로 서명한 글입니다. API 서버는 **같은 열쇠**로 서명을
# 확인합니다. 그런데 Airflow는 이 열쇠를 적어 두지 않으면 시작할 때마다 무작위로 만듭니다. 스케줄러와 API 서버가 저마다 만들면 어떻게 될까요?

# %%
scheduler_key, api_server_key = "스케줄러가 만든 열쇠".encode() * 4, "API 서버가 만든 열쇠".encode() * 4
token = jwt.encode({"sub": "태스크 report"}, scheduler_key, algorithm="HS512")

for name, key in {"같은 열쇠": scheduler_key, "다른 열쇠": api_server_key}.items():
    try:
        print(f"{name}: {jwt.decode(token, key, algorithms=['HS512'])['sub']}이(가) 맞습니다")
    except jwt.InvalidSignatureError as error:
        print(f"{name}: {type(error).__name__}: {error}")

# %% [markdown]
# 태스크가 시작하자마자 거절됩니다. 컴퓨터가 여럿이면 **모두 같은 열쇠**를 나누어 가져야 합니다.
#
# 그렇다고 열쇠를 `compose.yaml`에 적으면 git에 남습니다. 3.3의 공식 파일은 `airflow_jwt_secret`이라는 기본값을 적어 두었습니다. 모두가 아는 열쇠로는 누구나
# 태스크 행세를 할 수 있습니다. 이 저장소는 `prepare` 서비스가 처음 한 번 무작위로 만들어 볼륨에 둡니다. 그 코드를 컨테이너 밖에서
# 불러 봅시다. 값은 보이지 않게, 이름과 권한만 봅니다.


# %%
def prepared():
    """prepare를 부르고, 비밀값 파일의 {이름: 내용}을 돌려줍니다."""
    with contextlib.redirect_stdout(io.StringIO()):
        compose.prepare(folder / "airflow", (folder / ".env").stat().st_uid, "redis:6379")
    return {path.name: path.read_bytes() for path in sorted((folder / "airflow" / "secrets").iterdir())}


before, after = prepared(), prepared()
for name in before:
    mode = stat.S_IMODE((folder / "airflow" / "secrets" / name).stat().st_mode)
    print(f"{name:<20}{mode:o}")
print("\n두 번째에도 그대로입니까?", before == after)

# %% [markdown]
# 권한 `600`은 주인만 읽는다는 뜻입니다. `444` 둘은 PostgreSQL과 Redis의 이미지가 저마다의 사용자로 읽어야 해서 읽기만 열어 두었습니다. 이 볼륨을 붙인
# 컨테이너만 볼 수 있습니다. 다시 불러도 그대로이므로 ⑤를 몇 번 해도 괜찮습니다.
#
# `compose.yaml`에는 값 대신 **값을 얻는 명령**이 있습니다. 이름이 `_CMD`로 끝나는 설정은 Airflow가 그 명령을 실행해 값을 얻습니다.

# %%
for name, value in environment.items():
    if name.endswith("_CMD"):
        print(f"{name}: {short(value)}")

# %% [markdown]
# (`…`은 `/opt/airflow`입니다.)
#
# ## 무엇을 함께 써야 하나
#
# 작업자는 어느 태스크를 받을지 고르지 않습니다. 3월을 들인 작업자와 3월을 채점하는 작업자가 다를 수 있습니다. 그래서 **어느 작업자에서 실행되더라도 같은 것이
# 보여야 합니다.** 볼륨의 표를 만들어 봅시다.

# %%
shown = [
    "airflow-scheduler",
    "airflow-worker",
    "airflow-apiserver",
    "mlflow",
    "jupyterlab",
    "postgres",
    "redis",
]
mounted = {name: [volume.split(":")[0] for volume in services[name]["volumes"]] for name in shown}
sources = list(dict.fromkeys(source for volumes in mounted.values() for source in volumes))
pd.DataFrame(
    {name: ["○" if source in mounted[name] else "" for source in sources] for name in shown}, index=sources
)

# %% [markdown]
# 두 가지를 찾아봅시다. `mlflow`와 `jupyterlab`에는 `secrets`가 없습니다. 노트북을 여는 사람이 Airflow의 열쇠를 볼 까닭이 없기 때문입니다. 그리고 `./runs`는
# 작업자와 API 서버가 함께 씁니다. 작업자가 쓴 노트북을 API 서버가 **노트북 보기**로 보여 주기 때문입니다.
#
# 컴퓨터가 정말로 여러 대가 되면, 이 표의 폴더를 네트워크 너머로 옮겨야 합니다. 폴더는 NFS나 객체 저장소로, `secrets`는 그 환경의 금고로, PostgreSQL과 Redis는
# 사설 네트워크로 옮깁니다. 그쯤이면 손으로 하기보다, 컨테이너를 여러 컴퓨터에 나누어 띄우는 Kubernetes로 갈 때입니다. Airflow의 공식 Helm 차트(설치 묶음)가
# 있습니다. 어느 것이 어디로 가는지는
# [docs/scale.md](../docs/scale.md)에 있습니다.
#
# ### 연습 15-3
#
# 동료가 Celery의 줄을 보는 화면 **Flower**를 붙이려고 서비스를 적어 왔습니다. 동작은 합니다. 그런데 이 수업에서 본 이 저장소의 약속을 **네 군데** 어깁니다.
# 고친 YAML을 `fixed`에 넣습니다. 명령(`command`)과 포트 번호 5555는 그대로 둡니다.

# %%
COLLEAGUE = """
flower:
  image: mlops-lab:3.3.2
  command: airflow celery flower
  user: "0:0"
  environment:
    AIRFLOW__CELERY__BROKER_URL: redis://:flightdelay@redis:6379/0
  ports: ["5555:5555"]
  volumes: ["secrets:/opt/airflow/secrets"]
  healthcheck:
    test: [CMD, python, -m, mlops_lab.compose, healthy, "http://localhost:5555/"]
  restart: unless-stopped
  depends_on: [redis]
"""
list(yaml.safe_load(COLLEAGUE)["flower"])

# %% tags=["stub"]
# COLLEAGUE의 글을 여기에 옮겨 적고, 네 군데를 고칩니다.
fixed = ...

# %% tags=["solution"]
fixed = """
flower:
  image: mlops-lab:3.3.2
  command: airflow celery flower
  user: "${AIRFLOW_UID:?.env에 AIRFLOW_UID가 없습니다}:0"
  environment:
    AIRFLOW__CELERY__BROKER_URL_CMD: cat /opt/airflow/secrets/broker_url
  ports: ["127.0.0.1:5555:5555"]
  volumes: ["secrets:/opt/airflow/secrets"]
  healthcheck:
    test: [CMD, python, -m, mlops_lab.compose, healthy, "http://localhost:5555/"]
  restart: unless-stopped
  depends_on:
    redis: { condition: service_healthy }
"""

# %%
check("15-3", fixed)

# %% [markdown] tags=["quiz"]
# 1. `docker compose up airflow-init`은 왜 따로 합니까?
#     - [ ] 이미지를 내려받는 명령이기 때문입니다 :: 이미지가 없으면 만들거나 받기는 합니다. 그런데 그것은 그냥 `up`도 합니다.
#     - [x] 표를 만드는 일이 성공으로 끝나는 것을 보고 넘어가려고 :: 그냥 `up`을 해도 나머지가 이것을 기다리지만, 실패하면 까닭이 다른 로그에 묻힙니다. 여러 번 해도 괜찮습니다.
#     - [ ] 그냥 `up`을 하면 스케줄러가 이것보다 먼저 시작하기 때문입니다 :: `depends_on`이 있어 스케줄러는 언제나 이것이 끝난 뒤에 시작합니다.
# 2. 3.x의 작업자가 API 서버를 기다리는 까닭은 무엇입니까?
#     - [x] 태스크의 상태와 XCom을 API 서버에 알리기 때문입니다 :: 2.x에서는 메타데이터베이스에 곧장 썼습니다.
#     - [ ] 화면이 떠 있어야 태스크를 볼 수 있기 때문입니다 :: 사람이 보지 않아도 태스크는 실행됩니다. 창구가 필요할 뿐입니다.
#     - [ ] DAG 파일을 API 서버에서 내려받기 때문입니다 :: 작업자는 함께 쓰는 폴더에서 DAG 파일을 스스로 읽습니다.
# 3. 공식 파일을 그대로 띄우고 카페에서 일합니다. 가장 먼저 고칠 것은 무엇입니까?
#     - [ ] 작업자의 수와 작업자마다의 자리를 컴퓨터에 맞추는 설정 :: 느린 것은 불편할 뿐입니다.
#     - [ ] 예제 DAG를 끄는 설정 :: 보기에 어수선하지만 위험하지는 않습니다.
#     - [x] `8080:8080`을 `127.0.0.1:8080:8080`으로 :: 모든 주소에서 듣고, 암호도 모두가 아는 것입니다.
# 4. 작업자를 두 배로 늘렸는데 파이프라인이 그대로입니다. 무엇부터 봅니까?
#     - [ ] Redis에 줄을 선 태스크가 넘치지 않는지, 메모리의 크기 :: 줄이 넘친 것이 아니라 줄에 선 것이 없습니다.
#     - [x] DAG의 그림에서 가장 긴 줄 :: 앞의 태스크를 기다리는 동안에는 작업자가 몇이든 놉니다.
#     - [ ] 이미지의 크기 :: 처음 받을 때만 느립니다.

# %% [markdown]
# ## 정리
#
# - 여섯 명령은 폴더, 구성 파일, 함께 쓸 폴더, 내 번호, 표 만들기, 띄우기입니다. 2.10.2라고 적힌 주소에서는 2.10.2가 뜹니다.
# - `compose.yaml`은 서비스의 목록입니다. 포트는 `127.0.0.1`에만 열고, `depends_on`과 `healthcheck`가 차례를 지킵니다.
# - 3.x에서는 웹서버가 API 서버가 되고, Dag 프로세서가 따로 나오고, 태스크는 데이터베이스 대신 API 서버와 말합니다.
# - 열쇠는 모두 같아야 하고, `compose.yaml`이 아니라 볼륨에 둡니다. 어느 작업자에서 실행되더라도 같은 폴더가 보여야 합니다.
# - 작업자를 늘리면 서로 기다리지 않는 일만 빨라집니다. 동시에 실행되는 수는 네 문턱 가운데 가장 작은 것입니다.
#
# 열여섯 수업을 모두 마쳤습니다. 이제 여러분의 노트북을 `NotebookOperator`로 옮겨 봅시다. 저장소의 [README](../README.md)에 가져다 쓰는 법이 있습니다.
