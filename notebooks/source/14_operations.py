# %% [markdown]
# # 14. 운영: 실패, 재시도, 알림, 사람의 승인
#
# **시간** 50분 · **먼저 읽을 것** [08. Airflow의 구성 요소](08_airflow_components.ipynb), [13. 종합: 드리프트를 감시하고 다시 학습하는 파이프라인](13_flight_delay_pipeline.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 다시 하면 될 실패와 다시 해도 안 될 실패를 가려, 재시도를 정합니다.
# - 실패한 실행과 늦은 실행을 저마다 알맞은 길로 알립니다.
# - 사람의 승인을 파이프라인의 한 칸으로 넣습니다.
# - 원인을 고친 뒤 실패한 곳부터 다시 실행하고, 그래도 되는 태스크를 씁니다.
# - 아침에 화면이 빨갈 때 무엇부터 볼지, 차례를 정해 두고 따릅니다.

# %% [markdown]
# ## 아침 아홉 시, 화면이 빨갛습니다
#
# 파이프라인을 만드는 날은 하루지만 돌보는 날은 몇 해입니다. 밤에 도는 배치는 언젠가 실패합니다. 네트워크가 끊기고, 자료가 늦고, 누가
# 코드를 고칩니다. 잘 만든 파이프라인은 실패하지 않는 파이프라인이 아니라 **실패해도 괜찮은** 파이프라인입니다.
#
# 오늘은 재시도, 알림, 데드라인, 승인, 지우기를 DAG 하나씩으로 해 봅니다. 거의 모두 **일부러 실패합니다.** 사람을 기다리는 `approval`은 먼저 두 번
# 실행해 둡시다. 물음은 나중에 열어 봅니다.

# %%
import shutil
import time
from urllib.parse import quote

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from mlops_lab import flights
from mlops_lab.lesson import check, connect, reveal, show, use_korean

use_korean()
lab = connect()
home = flights.home()
for dag_id in ("deadline", "approval", "retries", "callbacks", "clear_and_rerun", "append_ledger"):
    lab.forget(dag_id)
    shutil.rmtree(home / "lessons" / dag_id, ignore_errors=True)


def wait_for(condition, seconds=240):
    """condition()이 참이 될 때까지 기다립니다."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("오래 기다렸지만 바뀌지 않았습니다. 이 셀을 다시 실행해 봅시다.")
        time.sleep(0.3)


def is_asking():
    """approval의 실행이 모두 사람을 기다리는지."""
    return all(run.tasks["approve"] == "입력 대기 중" for run in lab.runs("approval"))


asked_first = lab.trigger("approval")
wait_for(is_asking)
asked_second = lab.trigger("approval")
wait_for(is_asking)
lab.runs("approval")

# %% [markdown]
# ## 다시 하면 될까요
#
# [`retries`](../dags/14_retries.py)의 태스크는 모두 **재시도**(Retry)를 세 번까지 허락받았습니다(`retries=3`). 사이에는 3초를 쉽니다(`retry_delay`).
#
# - `unstable_network`: 처음 두 번은 연결이 끊기고, 세 번째에 됩니다.
# - `wrong_input`: 지연율이 1보다 큽니다. 자료가 잘못되었습니다.
# - `publish`: `wrong_input` 다음입니다.
#
# **예상해 봅시다.** `wrong_input`은 몇 번 시도할까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 4

# %%
run = lab.wait(lab.trigger("retries"))
tries = {each.task_id: each.try_number for each in run.instances}
reveal(my_guess, tries["wrong_input"])
print(run)
lab.gantt(run)

# %% [markdown]
# `retries=3`이면 처음 한 번에 세 번을 더해 **네 번**까지 시도할 수 있습니다. 그런데 `wrong_input`은 한 번 만에 그만두었습니다. 코드가 보통의
# 예외 대신 `AirflowFailException`을 일으켰기 때문입니다. "다시 해도 소용없다"는 뜻입니다. `publish`는 시작하지도 않고 **업스트림 실패**가
# 되었습니다.

# %%
for number in (1, 2):
    lab.log(run, "unstable_network", try_number=number)
lab.log(run, "wrong_input")

# %% [markdown]
# 시도마다 로그가 따로 남습니다. 마지막 시도만 보면 `unstable_network`는 멀쩡합니다. 성공했더라도 시도가 늘고 있으면 곧 실패할 태스크입니다.
#
# ### 재시도는 약이지만 만병통치약은 아닙니다
#
# | | 다시 하면 될 실패 | 다시 해도 안 될 실패 |
# |---|---|---|
# | 까닭 | 바깥이 잠깐 나빴습니다 | 넣은 것이나 코드가 틀렸습니다 |
# | 예 | 연결이 끊김, 서버가 바쁨, 커널이 메모리 부족으로 죽음 | 열이 없음, 오타, 비밀번호가 바뀜 |
# | 할 일 | 재시도. `retries`, `retry_delay`, `retry_exponential_backoff` | 곧바로 실패하고 사람에게 알립니다 |
#
# 안 될 것을 재시도하면 두 가지를 잃습니다. 알림이 재시도를 다 할 때까지 늦고, 첫 로그가 뒤의 로그에 묻힙니다. 우리의 `NotebookOperator`가 틀린
# 매개변수는 재시도하지 않고 죽은 커널은 재시도하게 두는 까닭입니다.
#
# 쉬는 시간도 정해야 합니다. 30분 걸리는 점검을 넘기려면 재시도가 30분 넘게 걸쳐 있어야 합니다. 5분씩 세 번이면 15분이라 점검이 끝나기 전에
# 포기합니다. `retry_exponential_backoff=2`로 두면 쉬는 시간이 두 배씩 늘어, 5분에서 시작해도 세 번이면 적어도 35분(5+10+20)을 버팁니다. 서버가 깨어나는
# 순간 모두가 한꺼번에 몰리지 않게, Airflow는 여기에 태스크와 시도마다 다른 시간을 더합니다. 많으면 갑절이 되어, 5분은 5분에서 10분 사이의 어느 때가 됩니다.
#
# 이 값은 **곱하는 수**입니다. 옛 글에 많은 `retry_exponential_backoff=True`를 3.3의 스케줄러는 2로 읽습니다. 1이면 늘지 않습니다.

# %% [markdown]
# ### 연습 14-1
#
# 어젯밤의 실패 일곱입니다. 다시 하면 될 만한 것에 `True`, 다시 해도 소용없는 것에 `False`를 적습니다.
#
# - **A** `ConnectionError: 날씨 서버에 연결하다 끊겼습니다`
# - **B** `KeyError: 'dep_delay'`
# - **C** `HTTP 429: 요청이 너무 많습니다. 60초 뒤에 다시 오십시오`
# - **D** `HTTP 401: 토큰이 만료되었습니다`(토큰은 사람이 새로 받습니다)
# - **E** `Kernel died`(같은 시각에 다른 태스크가 메모리를 몽땅 쓰고 있었습니다)
# - **F** `ParameterError: month=2013-13`
# - **G** `OSError: No space left on device`(아무도 치우지 않으면 그대로입니다)

# %% tags=["stub"]
worth_a_retry = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ..., "F": ..., "G": ...}

# %% tags=["solution"]
worth_a_retry = {"A": True, "B": False, "C": True, "D": False, "E": True, "F": False, "G": False}

# %%
check("14-1", worth_a_retry)

# %% [markdown]
# ## 누구에게 어떻게 알릴까요
#
# 아침까지 아무도 모르는 실패는 아침까지 고쳐지지 않습니다. **콜백**(Callback)은 어떤 일이 일어났을 때 Airflow가 불러 주는 함수입니다.
# [`callbacks`](../dags/14_callbacks.py)의 태스크는 한 번 재시도하고 두 번 다 실패합니다. 콜백은 셋을 달았습니다.
#
# | 콜백 | 부르는 때 | 부르는 것 |
# |---|---|---|
# | `on_retry_callback` | 다시 시도하기로 했을 때 | 태스크를 실행한 프로세스 |
# | `on_failure_callback`(태스크) | 더는 시도하지 않을 때 | 태스크를 실행한 프로세스 |
# | `on_failure_callback`(DAG) | Dag 실행이 실패로 끝났을 때 | Dag 프로세서 |
#
# **예상해 봅시다.** 알림은 모두 몇 줄일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 2


# %%
def alerts(dag_id):
    """콜백이 적은 알림."""
    path = home / "lessons" / dag_id / "alerts.txt"
    return path.read_text("utf-8").splitlines() if path.exists() else []


print(lab.wait(lab.trigger("callbacks")))
wait_for(lambda: len(alerts("callbacks")) >= 3)  # DAG의 콜백은 실행이 끝난 조금 뒤에 불립니다.
reveal(my_guess, len(alerts("callbacks")))
for line in sorted(alerts("callbacks")):
    print(line)

# %% [markdown]
# 셋 모두를 전화로 울리면 사람은 곧 전화를 끕니다. 재시도는 적어만 두고, Dag 실행의 실패만 사람을 부르는 것이 보통입니다. 그리고 DAG의 콜백은
# **Dag 프로세서가** 부릅니다. Dag 프로세서가 멈춘 밤에는 실패해도 조용합니다([08](08_airflow_components.ipynb)). 알림이 없다는 것은 성공했다는
# 뜻이 아닙니다.
#
# ### 실패하지 않았지만 늦은 것
#
# [`deadline`](../dags/14_deadline.py)은 대기열에 든 지 5초 안에 끝나야 하는데, 태스크가 15초를 잡니다. **데드라인**(Deadline)을 넘겼습니다.
#
# **예상해 봅시다.** 이 실행은 `"성공"`과 `"실패"` 가운데 무엇으로 끝날까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "실패"

# %%
late = lab.wait(lab.trigger("deadline"))
reveal(my_guess, late.state)
wait_for(lambda: alerts("deadline"))
print("알림:", " ".join(alerts("deadline")[0].split()[:3]))

# %% [markdown]
# 늦었다는 것과 실패했다는 것은 다릅니다. 데드라인을 넘기는 **그 순간에** 알림이 가고, 실행은 끊기지 않습니다. 여섯 시까지 와야 할 예측이 오지
# 않았다면, 태스크가 아직 열심히 돌고 있어도 누군가 알아야 합니다. 아예 끊고 싶으면 태스크에 `execution_timeout`을 적습니다. 이쪽은 실패입니다.
# Airflow 2의 SLA는 3에서 없어지고 데드라인이 그 자리를 맡았습니다.
#
# ## 사람이 정해야 하는 것
#
# 챌린저가 챔피언을 이겼습니다. 곧바로 바꿔도 될까요? 많은 팀이 이 한 칸은 사람에게 맡깁니다. [`approval`](../dags/14_approval.py)의 `approve`는 물어보고
# **기다립니다.** 맨 처음에 두 번 실행해 두었고, 둘 다 **입력 대기 중**입니다. 그동안 다른 DAG가 잘 돈 것을 보면, 기다리는 태스크는 자리를
# 차지하지 않습니다.


# %%
def question_of(run):
    """화면의 "필수 작업"이 쓰는 REST API의 주소."""
    return f"/dags/{run.dag_id}/dagRuns/{quote(run.run_id)}/taskInstances/approve/-1/hitlDetails"


asked = lab.client.get(question_of(asked_first))
print(asked["subject"], "|", asked["body"])
print("보기:", asked["options"], "| 답이 없으면:", asked["defaults"])

# %% [markdown]
# 화면에서는 "필수 작업"에서 답합니다. 여기서는 같은 일을 REST API로 합니다. 하나는 승인하고 하나는 거절합니다.
#
# **예상해 봅시다.** 거절한 실행은 `"성공"`과 `"실패"` 가운데 무엇으로 끝날까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "실패"

# %%
for asked_run, choice in ((asked_first, "Approve"), (asked_second, "Reject")):
    body = {"chosen_options": [choice], "params_input": {}}
    lab.client.request("PATCH", question_of(asked_run), json=body)
approved, rejected = lab.wait(asked_first), lab.wait(asked_second)
reveal(my_guess, rejected.state)
lab.grid("approval", [approved, rejected])

# %%
for answered in (approved, rejected):
    answer = lab.client.get(question_of(answered))
    print(answer["responded_by_user"]["name"], answer["chosen_options"])

# %% [markdown]
# 거절은 실패가 아니라 **결정**입니다. `promote`만 건너뛰고 보고는 나갑니다. 누가 무엇을 골랐는지는 메타데이터베이스에 남습니다. 사람이 하루 안에 답하지
# 않으면 `defaults`에 적은 거절을 따릅니다. 답이 없을 때 안전한 쪽으로 가게 두는 것이 요령입니다. 이런 일을 **사람의 개입**(Human-in-the-Loop)이라고 합니다.
#
# 승인하고 나서 탈이 나면 되돌립니다. [`rollback`](../dags/14_rollback.py)은 01에서 적은 되돌리는 결정을 Airflow의 화면에서 적게 합니다. 까닭을 쓰지 않으면
# 실행되지 않습니다.
#
# ## 고치고, 지우고, 다시
#
# [`clear_and_rerun`](../dags/14_clear_and_rerun.py)은 세 태스크가 차례로 돕니다. 둘째가 읽을 파일이 없어서 실패합니다.

# %%
broken = lab.wait(lab.trigger("clear_and_rerun"))
print(broken)
lab.log(broken, "read_batch")

# %% [markdown]
# 원인은 로그의 한 줄에 있습니다. 파일을 가져다 놓고, 실패한 태스크에 **지우기**(Clear)를 합니다. 이름은 무섭지만 지워지는 것은 **상태**뿐입니다. 상태가
# 비면 스케줄러는 아직 하지 않은 일로 보고 다시 실행합니다.
#
# **예상해 봅시다.** `read_batch`를 다운스트림과 함께 지웁니다. 맨 앞의 `prepare`까지 쳐서, 이번에 새로 실행되는 태스크는 몇 개일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 3


# %%
def clear(run, task_id):
    """태스크와 그 다운스트림을 지우고, 다시 끝나기를 기다립니다."""
    body = {"dry_run": False, "dag_run_id": run.run_id, "task_ids": [task_id]}
    body |= {"include_downstream": True, "only_failed": False}
    lab.client.request("POST", f"/dags/{run.dag_id}/clearTaskInstances", json=body)
    return lab.wait(run)


def started(run):
    """태스크마다 마지막으로 시작한 때."""
    instances = lab.client.task_instances(run.dag_id, run.run_id)
    return {each["task_id"]: each["start_date"] for each in instances}


before = started(broken)
(home / "lessons" / "clear_and_rerun" / "batch.csv").write_text("carrier\nAA\n")
fixed = clear(broken, "read_batch")
after = started(fixed)
reveal(my_guess, sum(before[task] != after[task] for task in after))
print(fixed)

# %% [markdown]
# 성공한 `prepare`는 다시 하지 않았습니다. 세 시간 걸리는 학습이 끝난 뒤 보고서에서 실패했다면 이 차이가 세 시간입니다. 실패한 시도도 사라지지 않고
# `task_instance_history`에 남습니다.

# %%
lab.query(
    "SELECT task_id, try_number, state FROM task_instance_history "
    f"WHERE run_id = '{broken.run_id}' AND state = 'failed'"
)

# %% [markdown]
# ### 그런데 다시 실행해도 되는 태스크였을까요
#
# 아래 태스크는 3월의 항공편을 세어 장부에 한 줄을 적습니다.

# %%
# %%write_dag append_ledger.py
import os
from pathlib import Path

from airflow.sdk import dag, task


def count_flights(month):
    """그 달의 항공편의 수."""
    import gzip

    from mlops_lab import flights

    path = Path(flights.__file__).parent / "data" / f"flights-{month}.csv.gz"
    with gzip.open(path, "rt") as lines:
        return sum(1 for _ in lines) - 1


@dag(params={"month": "2013-03"})
def append_ledger():
    @task
    def write(params=None):
        ledger = Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "append_ledger" / "ledger.csv"
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with ledger.open("a") as file:
            file.write(f"{params['month']},{count_flights(params['month'])}\n")

    write()


append_ledger()

# %%
written = lab.wait(lab.trigger("append_ledger"))
written = clear(written, "write")  # 누군가 혹시 몰라 한 번 더 돌렸습니다.
print((home / "lessons" / "append_ledger" / "ledger.csv").read_text())
print(written)

# %% [markdown]
# 실행은 초록색인데 3월이 두 줄입니다. 더하면 항공편이 두 배입니다. 실패보다 나쁩니다. 아무도 모르기 때문입니다.
#
# [06](06_batch_and_airflow.ipynb)에서 본 **멱등성**이 없는 태스크입니다. 재시도, 지우고 다시 실행하기, 백필은 모두 태스크가 몇 번을 실행해도 결과가 같다고
# 믿고 쓰는 도구입니다. 멱등하지 않은 태스크에 `retries=3`을 다는 것은 같은 줄을 네 번 적어도 좋다는 뜻이 됩니다.

# %% [markdown]
# ### 연습 14-2
#
# 지우고 다시 실행해도 되는 DAG `safe_ledger`를 만듭니다. 파일은 `safe_ledger.py`이고, 매개변수 `month`를 받는 태스크 `write` 하나가 있습니다.
#
# - 작업 폴더의 `lessons/safe_ledger/` 아래에 `.csv`로 적습니다. 파일을 몇 개로 나눌지는 여러분이 정합니다.
# - 한 달에 한 줄, `2013-03,28834` 꼴입니다. 제목 줄은 없습니다.
# - 같은 달을 몇 번 실행해도 그 달은 한 줄이고, **다른 달의 줄은 그대로** 있어야 합니다.
#
# 항공편을 세는 함수는 위의 것을 그대로 옮겨 써도 됩니다.

# %% tags=["stub"]
# 이 셀을 `%%write_dag safe_ledger.py`로 시작하게 고치고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag safe_ledger.py
import os
from pathlib import Path

from airflow.sdk import dag, task


def count_flights(month):
    """그 달의 항공편의 수."""
    import gzip

    from mlops_lab import flights

    path = Path(flights.__file__).parent / "data" / f"flights-{month}.csv.gz"
    with gzip.open(path, "rt") as lines:
        return sum(1 for _ in lines) - 1


@dag(params={"month": "2013-03"})
def safe_ledger():
    @task
    def write(params=None):
        month = params["month"]
        folder = Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "safe_ledger"
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{month}.tmp"  # 옆에 다 쓴 뒤 제자리로 옮깁니다. 반쯤 쓴 파일이 보이지 않습니다.
        beside.write_text(f"{month},{count_flights(month)}\n")
        beside.replace(folder / f"{month}.csv")

    write()


safe_ledger()

# %%
check("14-2", "safe_ledger")

# %% [markdown]
# ## 아침의 차례: 런북
#
# 잠이 덜 깬 사람도 따라갈 수 있게 적어 둔 차례를 **런북**(Runbook)이라고 합니다. 오늘 해 본 일이 모두 들어갑니다.

# %% tags=["hide-input"]
steps = [
    ("1. 이 DAG만 빨간가, 모두 빨간가", "모두라면 구성 요소의 상태부터(08)"),
    ("2. 맨 앞의 '실패'를 찾기", "'업스트림 실패'는 결과이지 원인이 아닙니다"),
    ("3. 로그 읽기", "마지막 시도만 말고 첫 시도도"),
    ("4. 원인을 넷으로 가르기", "바깥, 자료, 코드, 환경"),
    ("5. 원인을 고치기", "바깥이면 낫기를 기다립니다"),
    ("6. 멱등한지 보고, 그 태스크부터 지우기", "다운스트림과 함께. 앞의 성공은 둡니다"),
    ("7. 알리고 적기", "늦은 것, 빠진 것, 다음에 막을 것"),
]
fig, ax = plt.subplots(figsize=(8.2, 4.6))
ax.set(xlim=(0, 10), ylim=(-len(steps) + 0.4, 0.6))
ax.axis("off")
for place, (what, why) in enumerate(steps):
    box = FancyBboxPatch(
        (0.1, -place - 0.3), 4.6, 0.6, boxstyle="round,pad=0.02", facecolor="#DDF0FB", edgecolor="#0072B2"
    )
    ax.add_patch(box)
    ax.text(0.3, -place, what, va="center", fontsize=10)
    ax.text(5.0, -place, why, va="center", fontsize=10, color="#444444")
    if place:
        arrow = {"arrowstyle": "-|>", "color": "#0072B2"}
        ax.annotate("", xy=(2.4, -place + 0.32), xytext=(2.4, -place + 0.68), arrowprops=arrow)
ax.set_title("아침에 화면이 빨갈 때")
show(
    fig,
    "아침에 화면이 빨갈 때의 일곱 단계. 이 DAG만 빨간지 모두 빨간지 보고, 맨 앞의 실패를 찾고, 로그를 읽고, 원인을 바깥, 자료, 코드, 환경으로 가르고, 고치고, 멱등한지 본 뒤 그 태스크부터 지우고, 알리고 적습니다.",
)

# %% [markdown]
# 넷째 단계가 갈림길입니다. **바깥**(연결, 서버)이면 낫기를 기다렸다가 지웁니다. **자료**면 보낸 쪽에 묻고, 그 배치를 쓰지 않습니다. **코드**면
# 고친 것을 내놓은 뒤 지웁니다. **환경**(디스크, 메모리, 토큰, 멈춘 구성 요소)이면 그것부터 고칩니다. 원인을 모른 채 지우고 다시 돌리는 것이 가장
# 흔한 실수입니다. 운 좋게 초록색이 되면 원인은 다음 밤까지 숨습니다.

# %% [markdown]
# ### 연습 14-3
#
# 오늘 아침의 격자입니다. `red_morning()`은 지난밤 실행의 태스크를 돌려줍니다(연습용으로 꾸민 것입니다). `upstream`은 곧바로 앞에 있는 태스크입니다. **로그를
# 먼저 읽어야 할 태스크**의 이름을 모두 `to_read`에 목록으로 적습니다. 차례는 상관없습니다.

# %%
from mlops_lab.lesson.exercises.lesson_14 import red_morning

morning = red_morning()
morning

# %% tags=["stub"]
to_read = ...

# %% tags=["solution"]
to_read = list(morning.loc[morning["state"] == "failed", "task_id"])
to_read

# %%
check("14-3", to_read)

# %% [markdown] tags=["quiz"]
# 1. `retries=2`인 태스크가 늘 보통의 예외로 실패합니다. 모두 몇 번 시도합니까?
#     - [ ] 두 번 :: `retries`는 **다시** 하는 횟수입니다. 처음 한 번이 빠졌습니다.
#     - [x] 세 번 :: 처음 한 번과 재시도 두 번입니다.
#     - [ ] 한 번 :: 곧바로 그만두게 하려면 `AirflowFailException`을 일으켜야 합니다.
# 2. 데드라인을 넘긴 실행은 어떻게 됩니까?
#     - [x] 알림이 가고 계속 돕니다 :: 끝나면 성공일 수도 있습니다. 끊고 싶으면 `execution_timeout`을 씁니다.
#     - [ ] 그 순간 실패로 바뀌고, 도는 태스크가 멈춥니다 :: 그렇게 하는 것은 태스크의 `execution_timeout`입니다.
#     - [ ] 재시도 대기 중이 됩니다 :: 재시도는 태스크가 실패했을 때의 일입니다. 늦은 태스크는 아직 돌고 있습니다.
# 3. 장부에 한 줄을 덧붙이는 태스크가 줄을 적은 **뒤에** 연결이 끊겨 실패했습니다. 재시도하면 무슨 일이 생깁니까?
#     - [ ] 아무 일도 없습니다. 실패한 시도가 한 일은 되돌려집니다 :: Airflow는 상태만 압니다. 태스크가 밖에 적은 것은 되돌리지 못합니다.
#     - [ ] 재시도도 반드시 실패합니다 :: 연결이 나았다면 성공합니다. 그래서 더 알아채기 어렵습니다.
#     - [x] 같은 줄이 두 번 적힙니다 :: 그래서 덧붙이지 않고, 그 몫을 통째로 바꾸어 씁니다.
# 4. 화면에 실패가 하나, 업스트림 실패가 열둘입니다. 어디부터 봅니까?
#     - [ ] 맨 끝의 업스트림 실패 :: 시작한 적이 없어서 로그가 없습니다.
#     - [x] 하나뿐인 실패 :: 나머지 열둘은 그 결과입니다. 고치고 다운스트림과 함께 지우면 열셋이 모두 다시 돕니다.
#     - [ ] 열셋을 모두 지우고 다시 실행해 봅니다 :: 원인을 모르면 같은 일이 되풀이되고, 멱등하지 않은 태스크가 섞여 있으면 더 나빠집니다.

# %% [markdown]
# ## 정리
#
# - 바깥이 잠깐 나빴던 실패만 재시도합니다. 틀린 입력은 곧바로 실패하게 합니다.
# - 실패는 콜백으로, 늦음은 데드라인으로 알립니다. 알림이 없다고 성공한 것은 아닙니다.
# - 사람의 승인도 태스크입니다. 거절은 실패가 아니고, 답이 없으면 안전한 쪽으로 갑니다.
# - 지우면 상태만 지워지고 그곳부터 다시 돕니다. 그래도 되려면 태스크가 멱등해야 합니다.
# - 런북: 맨 앞의 실패를 찾고, 원인을 알고, 고치고, 그다음에 지웁니다.
#
# 다음: [15. Docker Compose와 여러 대의 컴퓨터](15_docker_compose.ipynb)
