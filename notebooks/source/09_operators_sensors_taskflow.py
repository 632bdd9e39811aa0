# %% [markdown]
# # 09. 오퍼레이터, 센서, TaskFlow
#
# **시간** 45분 · **먼저 읽을 것** [07. 첫 DAG: 네 단계](07_first_dag.ipynb), [08. Airflow의 구성 요소](08_airflow_components.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 같은 일을 오퍼레이터, XCom, TaskFlow로 저마다 적고, 어느 것을 쓸지 고릅니다.
# - 태스크끼리 무엇을 XCom으로 넘기고 무엇을 파일로 넘길지 가립니다.
# - 센서로 파일을 기다리고, 기다리는 동안 자리를 차지하지 않게 합니다.
# - 앞의 결과를 보고 갈 길을 고르는 DAG를 만듭니다.

# %% [markdown]
# ## 오퍼레이터는 틀입니다
#
# 붕어빵 틀 하나로 붕어빵을 몇 개든 굽습니다. **오퍼레이터**(Operator)는 태스크를 굽는 틀입니다. 틀에는 "셸 명령을 실행한다"와 같은 **방법**이
# 들어 있고, 어떤 명령인지는 구울 때 정합니다. Airflow의 태스크는 크게 세 종류입니다.
#
# | 종류 | 한마디로 | 예 |
# |---|---|---|
# | 오퍼레이터 | 미리 만들어 둔 틀 | `BashOperator`, `PythonOperator`, 이 과정의 `NotebookOperator` |
# | **센서**(Sensor) | 무엇이 될 때까지 기다리기만 하는 오퍼레이터 | `FileSensor` |
# | **TaskFlow** | 파이썬 함수에 `@task`를 붙여 만드는 태스크 | `@task`, `@task.branch` |
#
# 이 세 가지로 같은 일을 해 봅시다. 지연 시간 여섯 개를 준비하고, 15분 넘게 늦은 편을 세는 일입니다. 답은 2입니다.

# %%
import os
import time

import pandas as pd

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson import check, connect, reveal

home = flights.home()
steps.prepare("2013-03", home, "features", "labels")
batch = home / "lessons" / "file_sensor" / "batch.csv"
batch.unlink(missing_ok=True)

lab = connect()
for dag_id in ("operators", "by_hand", "taskflow", "odd_values", "heavy", "file_sensor", "branching"):
    lab.forget(dag_id)

# %% [markdown]
# ### 첫째: 오퍼레이터와 파일
#
# [09_operators.py](../dags/09_operators.py)에는 오퍼레이터 셋이 있습니다. `BashOperator`가 파일을 쓰고, `PythonOperator`가 그 파일을 읽어 셉니다.
# `EmptyOperator`는 아무것도 하지 않습니다. 갈림길이나 끝을 표시할 때 씁니다.

# %%
run = lab.wait(lab.trigger("operators"))
lab.graph("operators", run)
lab.xcom(run, "count_late")

# %% [markdown]
# 함수가 돌려준 2를 노트북에서 꺼냈습니다. 함수는 다른 프로세스에서 실행되고 벌써 끝났는데, 값은 어디에 있었을까요? Airflow가 메타데이터베이스에
# 적어 두었습니다. 태스크가 남긴 이런 작은 값을 **XCom**(Cross-Communication)이라고 합니다. "태스크 사이의 쪽지"입니다.
#
# ### 둘째: 오퍼레이터와 쪽지
#
# 파일 대신 쪽지로 넘겨 봅시다. `ti`는 지금 실행되는 태스크 인스턴스입니다. `xcom_push`로 남기고 `xcom_pull`로 꺼냅니다.

# %%
# %%write_dag by_hand.py
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG


def read_delays(ti):
    ti.xcom_push(key="delays", value=[-3, 0, 12, 47, 5, 88])


def count_late(ti):
    delays = ti.xcom_pull(task_ids="read_delays", key="delays")
    return sum(minutes > 15 for minutes in delays)


with DAG("by_hand", tags=["09"]):
    read = PythonOperator(task_id="read_delays", python_callable=read_delays)
    count = PythonOperator(task_id="count_late", python_callable=count_late)
    read >> count

# %%
run = lab.wait(lab.trigger("by_hand"))
print(lab.xcom(run, "read_delays", "delays"), "->", lab.xcom(run, "count_late"))

# %% [markdown]
# 됩니다. 그런데 같은 이름을 여러 번 적었습니다. 태스크의 이름을 글로 적어 꺼내고(`task_ids="read_delays"`), 화살표도 따로 그었습니다. 이름을 바꾸고
# 한 곳을 빠뜨리면 `xcom_pull`은 오류 없이 `None`을 줍니다. 화살표를 빠뜨려도 마찬가지입니다.
#
# ### 셋째: TaskFlow
#
# TaskFlow에서는 **함수가 곧 태스크**이고, 돌려준 값이 곧 쪽지입니다. [09_taskflow.py](../dags/09_taskflow.py)의 뼈대는 이렇습니다.
#
# ```python
# @task
# def read_delays():
#     return [-3, 0, 12, 47, 5, 88]
#
# @task
# def count_late(delays):
#     return sum(minutes > 15 for minutes in delays)
#
# @dag
# def taskflow():
#     report(summarize(read_delays()))      # summarize는 count_late와 find_worst를 묶은 그룹
#
# taskflow()
# ```
#
# 이 파일에는 `>>`가 하나도 없습니다.
#
# **예상해 봅시다.** Airflow에 등록된 `taskflow`에는 화살표가 몇 개 있을까요? 태스크는 `read_delays`, `count_late`, `find_worst`, `report`의 넷입니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0

# %%
reveal(my_guess, sum(len(each["downstream_task_ids"]) for each in lab.client.tasks("taskflow")))
run = lab.wait(lab.trigger("taskflow"))
lab.graph("taskflow", run)
lab.xcom(run, "report")

# %% [markdown]
# 값을 넘긴 자리마다 화살표가 생겼습니다. `count_late(read_delays())`라고 적으면 "`read_delays`의 값이 있어야 `count_late`를 시작한다"라는 뜻이기
# 때문입니다. 순서와 값이 한 줄에 있으므로 둘이 어긋날 수 없습니다. 그래서 **새로 쓰는 파이썬 태스크는 TaskFlow로 적습니다.**
#
# 다만 `read_delays()`라고 적었다고 그 자리에서 함수가 실행되지는 않습니다. DAG 파일은 일을 하지 않고 알려 준다는 07의 이야기가 여기서도 그대로입니다.
# 함수를 부른 결과는 목록이 아니라 "나중에 올 값"의 표시입니다. 그래서 `@dag` 함수 안에서 `len(read_delays())`라고 적으면 오류가 납니다.
#
# | | 값을 넘기는 길 | 화살표 | 언제 씁니까 |
# |---|---|---|---|
# | 오퍼레이터와 파일 | 정한 경로의 파일 | `>>` | 큰 자료, 셸 명령, 이미 만들어진 오퍼레이터 |
# | 오퍼레이터와 XCom | 이름으로 남기고 꺼냄 | `>>` | 오퍼레이터의 결과를 함수에서 쓸 때 |
# | TaskFlow | 돌려주고 받음 | 저절로 | 파이썬으로 하는 일 |

# %% [markdown]
# ## 쪽지에는 작은 것만
#
# 쪽지는 편합니다. 그래서 아무거나 넘기고 싶어집니다. 쪽지가 어떻게 적히는지 메타데이터베이스에서 봅시다.

# %%
lab.query("""
    SELECT task_id, key, value FROM xcom
    WHERE dag_id = 'taskflow' AND key = 'return_value' ORDER BY task_id
""")

# %% [markdown]
# 글자입니다. 값은 **JSON으로 바뀌어** 적히고, 받는 쪽에서 다시 파이썬의 값이 됩니다. `\ub118` 같은 것은 한글을 번호로 적은 것이어서 그대로 돌아옵니다.
# 그런데 갔다 오는 동안 달라지는 것도 있습니다.
#
# 달마다의 지연율을 `{3: 0.22, 9: 0.13}`처럼 달의 번호를 열쇠로 하는 사전으로 넘깁니다. 받는 태스크는 `rates.get(9)`로 9월을 꺼냅니다.
#
# **예상해 봅시다.** 꺼낸 값은 무엇일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.13

# %%
# %%write_dag odd_values.py
from airflow.sdk import dag, task


@task
def measure():
    return {3: 0.22, 9: 0.13}


@task
def september(rates):
    print(f"받은 것: {rates}")
    return {"value": rates.get(9)}


class Model:
    """JSON으로 적을 줄 모르는 것."""


@task
def train():
    return Model()


@dag(tags=["09"])
def odd_values():
    september(measure())
    train()


odd_values()

# %%
run = lab.wait(lab.trigger("odd_values"))
reveal(my_guess, lab.xcom(run, "september")["value"])
lab.log(run, "september")
run

# %% [markdown]
# `None`입니다. JSON의 열쇠는 언제나 글자이므로 `9`가 `'9'`가 되었습니다. 오류도 나지 않고 태스크는 성공했습니다. 달을 열쇠로 쓸 때는 처음부터
# 글(`"2013-09"`)로 적습니다. 한편 `train`은 실패했습니다. Airflow가 글자로 바꿀 줄 모르는 것은 아예 쪽지에 적을 수 없습니다.
#
# 적을 수 있어도 **크면** 안 됩니다. 3월의 지연을 모두 쪽지로 넘기는 태스크와, 그 파일의 경로만 넘기는 태스크를 견주어 봅시다.

# %%
# %%write_dag heavy.py
import csv
import gzip
import os
from pathlib import Path

from airflow.sdk import dag, task


@task
def send_everything():
    path = Path(os.environ["MLOPS_LAB_HOME"]) / "warehouse" / "2013-03" / "labels.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [int(float(row["arr_delay"])) for row in csv.DictReader(file)]


@task
def send_the_place():
    return "warehouse/2013-03/labels.csv.gz"


@dag(tags=["09"])
def heavy():
    send_everything()
    send_the_place()


heavy()

# %%
lab.wait(lab.trigger("heavy"))
lab.query("""
    SELECT task_id AS 태스크, length(value) AS 글자 FROM xcom
    WHERE dag_id = 'heavy' AND key = 'return_value' ORDER BY task_id
""")

# %% [markdown]
# 한 달의 한 열이 10만 글자를 넘습니다. 이 글자는 모두 **메타데이터베이스에**, 실행할 때마다, 지울 때까지 쌓입니다. 스케줄러가 상태를 적는 바로 그
# 데이터베이스입니다. 그래서 규칙은 이렇습니다.
#
# > 쪽지에는 **작은 JSON**(수, 짧은 글, 파일의 경로)만 적고, 자료는 파일로 넘깁니다.
#
# 이 과정의 파이프라인도 그렇습니다. 노트북이 `record(auc=0.67)`로 남긴 작은 수만 XCom이 되고, 표와 모델은 파일에 있습니다.
#
# ### 연습 09-1
#
# TaskFlow로 DAG `march_delays`를 만듭니다. 3월의 지연(`$MLOPS_LAB_HOME/warehouse/2013-03/labels.csv.gz`의 `arr_delay` 열, 분)을 요약합니다.
#
# - `find_file`: 자료의 **경로**를 넘깁니다. 자료를 통째로 넘기면 안 됩니다.
# - `late_rate`: 15분 넘게 늦은 비율(0과 1 사이)을 돌려줍니다.
# - `worst`: 가장 늦은 편의 지연 시간(분)을 돌려줍니다. `late_rate`와 서로 기다리지 않습니다.
# - `report`: 앞의 두 값을 받아 `{"late_rate": ..., "worst": ...}`를 돌려줍니다.

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag march_delays.py`로 바꾸고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag march_delays.py
import csv
import gzip
import os
from pathlib import Path

from airflow.sdk import dag, task


def read_delays(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [float(row["arr_delay"]) for row in csv.DictReader(file)]


@task
def find_file():
    return str(Path(os.environ["MLOPS_LAB_HOME"]) / "warehouse" / "2013-03" / "labels.csv.gz")


@task
def late_rate(path):
    delays = read_delays(path)
    return sum(delay > 15 for delay in delays) / len(delays)


@task
def worst(path):
    return max(read_delays(path))


@task
def report(rate, minutes):
    return {"late_rate": rate, "worst": minutes}


@dag(tags=["09"])
def march_delays():
    path = find_file()
    report(late_rate(path), worst(path))


march_delays()

# %%
check("09-1", "march_delays")

# %% [markdown]
# ## 센서: 올 때까지 기다립니다
#
# 자료는 우리가 부른 때가 아니라 보내는 쪽의 사정에 맞춰 옵니다. 06의 cron은 파일이 없으면 조용히 실패했습니다. 센서는 **조건이 맞을 때까지
# 기다렸다가** 성공합니다. 파일이면 `FileSensor`, 다른 DAG의 태스크면 `ExternalTaskSensor`, 파이썬으로 적은 조건이면 `@task.sensor`입니다.
#
# 센서가 기다리는 방법은 셋입니다. [09_file_sensor.py](../dags/09_file_sensor.py)의 센서 셋은 같은 파일을 저마다의 방법으로 기다립니다.
#
# | 방법 | 하는 일 |
# |---|---|
# | `poke`: 찔러 보기 | 5초마다 들여다봅니다 |
# | `reschedule`: 다시 예약하기 | 한 번 들여다보고 물러났다가, 15초 뒤에 다시 옵니다 |
# | `deferrable`: 미루기 | 기다리는 일을 트리거러에 맡깁니다 |
#
# 태스크가 함께 돌 수 있는 수를 **자리**라고 합시다. 코어가 둘인 컴퓨터라면 자리도 둘뿐입니다. 센서 둘이 자리를 차지한 채 몇 시간을 기다리면 다른
# 일은 아무것도 못 합니다.
#
# **예상해 봅시다.** 파일이 아직 없습니다. 센서 셋이 모두 기다리는 동안, 자리를 차지하고 있는 것(상태가 **실행 중**인 것)은 몇 개일까요?
# 그다음 셀은 셋이 모두 기다리기 시작할 때까지 지켜보는 코드여서 접어 두었습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 3


# %% tags=["hide-input"]
def states(run):
    """센서 셋의 지금 상태."""
    (now,) = lab.runs(run.dag_id)
    return {name: now.tasks.get(name) for name in ("poke", "reschedule", "deferrable")}


sensing = lab.trigger("file_sensor")
WAITING = {"poke": "실행 중", "reschedule": "재예약 대기 중", "deferrable": "연기됨"}
while (seen := states(sensing)) != WAITING:
    time.sleep(0.5)
reveal(my_guess, list(seen.values()).count("실행 중"))
pd.Series(seen).to_frame("상태")

# %% [markdown]
# 하나입니다. 다시 예약하는 센서와 미룬 센서는 기다리면서도 자리를 비워 두었습니다. 수백 개를 기다려야 한다면 미루기가 답입니다. 트리거러 하나가 기다림
# 수백 개를 함께 돌봅니다. 금방 올 것을 기다린다면 찔러 보기가 가장 간단하고 빠릅니다.
#
# 이제 파일을 보냅니다. 다른 이름으로 다 쓴 다음 **이름을 바꿉니다**. 센서는 파일이 **있는지**만 보고, 다 쓰였는지는 모르기 때문입니다. 제자리에 바로
# 쓰면 센서가 절반만 쓰인 파일을 집어 갑니다.

# %%
beside = batch.with_name("batch.csv.tmp")
beside.write_text("flight_id,arr_delay\n300001,-24\n300002,30\n", "utf-8")
os.replace(beside, batch)

sensing = lab.wait(sensing)
lab.graph("file_sensor", sensing)
sensing

# %% [markdown]
# 셋이 모두 찾았고, `take_in`이 파일을 치웠습니다. 끝내 오지 않으면 어떻게 될까요? 센서에는 `timeout`이 있습니다. 그 시간이 지나면 실패하고,
# `soft_fail=True`를 적어 두면 실패하는 대신 건너뜁니다. 적지 않으면 일주일을 기다립니다. **센서에는 언제나 `timeout`을 적습니다.**
#
# ### 연습 09-2
#
# 세 가지 사정에 맞는 방법을 `"poke"`, `"reschedule"`, `"deferrable"` 가운데 하나씩 고릅니다.
#
# - **A**: 앞 태스크가 방금 시킨 일이 몇 초 안에 끝납니다. 끝나자마자 다음 태스크를 시작해야 합니다. 자리는 넉넉합니다.
# - **B**: 공항 300곳의 파일을 밤새 저마다 기다립니다. 자리는 열 개이고, 트리거러가 돌고 있습니다.
# - **C**: 협력사의 파일을 한 시간에 한 번 들여다보며 아침까지 기다립니다. 자리는 두 개이고, 이 회사의 Airflow에는 트리거러가 없습니다.

# %% tags=["stub"]
modes = {"A": ..., "B": ..., "C": ...}

# %% tags=["solution"]
modes = {"A": "poke", "B": "deferrable", "C": "reschedule"}

# %%
check("09-2", modes)

# %% [markdown]
# ## 분기: 갈 길을 고릅니다
#
# 드리프트가 있을 때에만 다시 학습하고 싶습니다. **분기**(Branching) 태스크는 **다음에 갈 태스크의 `task_id`를 돌려줍니다.** 고르지 않은 길은
# **건너뜀**이 됩니다. [09_branching.py](../dags/09_branching.py)는 매개변수 `late_rate`가 0.25보다 크면 `retrain`으로, 아니면
# `keep_model`로 갑니다. 두 길은 `report`에서 다시 만납니다.

# %%
high = lab.wait(lab.trigger("branching", {"late_rate": 0.31}))
low = lab.wait(lab.trigger("branching", {"late_rate": 0.13}))
lab.graph("branching", high)
pd.DataFrame({"지연율 0.31": high.tasks, "지연율 0.13": low.tasks})

# %% [markdown]
# `report`는 어느 쪽이든 성공했습니다. 그냥 두면 그렇게 되지 않습니다. 태스크는 보통 업스트림이 **모두 성공해야** 시작하고(`all_success`), 업스트림
# 하나가 건너뛰면 저도 건너뜁니다. 언제 시작할지 정하는 이 약속을 **트리거 규칙**(Trigger Rule)이라고 합니다. 그래프의 `report` 아래에 적힌
# `none_failed_min_one_success`는 "실패한 것이 없고, 적어도 하나는 성공했으면"이라는 뜻입니다. 길이 다시 만나는 곳에는 이것을 적습니다.
#
# TaskFlow로는 `@task.branch`를 붙인 함수가 `task_id`를 돌려줍니다. 트리거 규칙은 `@task(trigger_rule="...")`처럼 적습니다. DAG의 매개변수는
# `@dag(params={"이름": 기본값})`에 적고, 함수에서는 `def decide(params=None)`처럼 이름이 `params`인 인자로 받습니다.
#
# ### 연습 09-3
#
# DAG `choose_action`을 만듭니다. 매개변수는 `late_rate` 하나이고 기본값은 0.2입니다.
#
# - `decide`가 지연율을 보고 **셋 가운데 하나**를 고릅니다. 0.3보다 크면 `call_people`, 0.3 이하이고 0.2보다 크면 `retrain`, 0.2 이하이면
#   `keep_model`입니다.
# - `write_note`는 **`retrain`이나 `call_people`로 갔을 때에만** 실행됩니다. `keep_model`로 갔으면 건너뜁니다.
# - `report`는 어느 길로 가든 맨 마지막에 실행됩니다.
#
# 검사는 지연율을 바꾸어 가며 여러 번 실행합니다.

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag choose_action.py`로 바꾸고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag choose_action.py
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag, task

MEETING = "none_failed_min_one_success"


@task.branch
def decide(params=None):
    if params["late_rate"] > 0.3:
        return "call_people"
    return "retrain" if params["late_rate"] > 0.2 else "keep_model"


@dag(params={"late_rate": 0.2}, tags=["09"])
def choose_action():
    call_people = EmptyOperator(task_id="call_people")
    retrain = EmptyOperator(task_id="retrain")
    keep_model = EmptyOperator(task_id="keep_model")
    write_note = EmptyOperator(task_id="write_note", trigger_rule=MEETING)
    report = EmptyOperator(task_id="report", trigger_rule=MEETING)

    decide() >> [call_people, retrain, keep_model]
    [call_people, retrain] >> write_note
    [write_note, keep_model] >> report


choose_action()

# %%
check("09-3", "choose_action")

# %% [markdown] tags=["quiz"]
# 1. `@dag` 함수 안에 `total = count(read())`라고 적었습니다. 파일이 읽히는 순간 `total`은 무엇입니까?
#     - [ ] `count`가 돌려준 수 :: 파일을 읽을 때에는 태스크가 실행되지 않습니다. 실행은 나중에 작업자가 합니다.
#     - [x] 나중에 올 값을 나타내는 표시 :: 다른 태스크의 인자로 넘기면, 실행될 때 Airflow가 쪽지에서 꺼낸 값으로 바꾸어 줍니다.
#     - [ ] `None`. 실행하기 전이라 값이 없습니다 :: `None`이라면 다음 태스크에 넘겨도 화살표가 생기지 않을 것입니다.
# 2. 태스크가 100만 줄의 표를 다음 태스크에 넘겨야 합니다. 어떻게 합니까?
#     - [ ] 표를 JSON으로 바꾸어 돌려줍니다 :: 그 글자가 모두 메타데이터베이스에 쌓입니다. 실행할 때마다 다시 쌓입니다.
#     - [ ] 파이썬의 전역 변수에 담아 둡니다 :: 태스크마다 다른 프로세스입니다. 다른 컴퓨터일 수도 있습니다.
#     - [x] 파일로 쓰고 그 경로를 돌려줍니다 :: 쪽지에는 경로만 남습니다. 여러 대의 컴퓨터라면 모두가 볼 수 있는 저장소여야 합니다.
# 3. 자리가 둘인 컴퓨터에서 poke 방식의 센서 둘이 서로 다른 파일을 기다립니다. 그 파일을 만들어 줄 태스크도 이 Airflow에서 실행됩니다. 무슨 일이 생깁니까?
#     - [x] 센서가 자리를 모두 차지해, 파일을 만들 태스크가 시작하지 못합니다 :: 서로를 기다리는 셈입니다. `timeout`이 지나야 풀립니다. 자리를 비우는
#       방식이어야 합니다.
#     - [ ] 센서가 들여다보지 않는 동안 다른 태스크가 자리를 씁니다 :: 자리를 비우는 것은 reschedule과 deferrable입니다. poke는 앉아서 기다립니다.
#     - [ ] 스케줄러가 센서를 잠시 멈추고 다른 태스크를 먼저 실행합니다 :: 스케줄러는 이미 시작한 태스크를 멈추고 자리를 빼앗지 않습니다.
# 4. 두 길이 다시 만나는 `report`가 늘 건너뜁니다. 무엇부터 봅니까?
#     - [ ] 분기 함수가 돌려준 이름의 철자 :: 없는 이름을 돌려주면 분기 태스크가 실패합니다. 건너뛰지 않습니다.
#     - [ ] `report`의 명령이나 함수 :: 건너뛴 태스크는 시작한 적이 없으므로 명령과 상관없습니다.
#     - [x] `report`의 트리거 규칙 :: 기본값 `all_success`는 업스트림이 하나라도 건너뛰면 함께 건너뜁니다.

# %% [markdown]
# ## 정리
#
# - 오퍼레이터는 태스크의 틀, 센서는 기다리는 오퍼레이터, TaskFlow는 함수를 태스크로 쓰는 방법입니다.
# - TaskFlow에서는 값을 넘기면 화살표가 저절로 생깁니다. 파이썬으로 하는 일은 이렇게 적습니다.
# - XCom은 메타데이터베이스에 JSON으로 적히는 쪽지입니다. 열쇠는 글자가 되고, 큰 것은 넣지 않습니다.
# - 센서는 poke, reschedule, deferrable로 기다립니다. 오래 기다릴수록 자리를 비우고, 언제나 `timeout`을 적습니다.
# - 분기는 갈 태스크의 이름을 돌려주고 나머지는 건너뜁니다. 길이 만나는 곳의 트리거 규칙을 잊지 않습니다.
#
# 다음: [10. 스케줄](10_schedules.ipynb)
