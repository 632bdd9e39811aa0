# %% [markdown]
# # 08. Airflow의 구성 요소
#
# **시간** 45분 · **먼저 읽을 것** [07. 첫 DAG: 네 단계](07_first_dag.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 실행 버튼을 누른 뒤 누가 무엇을 하는지, 여섯 구성 요소의 이름으로 설명합니다.
# - 메타데이터베이스에서 태스크 하나가 지나온 길을 읽습니다.
# - 하나가 멈추면 무엇이 멈추고 무엇이 계속 도는지 예상합니다.
# - 증상만 보고 어느 구성 요소부터 살펴볼지 정합니다.

# %% [markdown]
# ## 버튼 하나 뒤에 여섯이 있습니다
#
# 앞 수업에서 DAG 파일을 쓰고 실행 버튼을 눌렀더니 태스크가 돌았습니다. 파일을 읽은 것은 누구이고, 태스크를 시작시킨 것은
# 누구일까요? 평소에는 몰라도 됩니다. 그런데 어느 날 버튼을 눌러도 아무 일이 없으면, 그때는 알아야 합니다.
#
# Airflow는 프로그램 하나가 아니라 여럿이 나누어 맡는 시스템입니다.
#
# | 이름 | 하는 일 |
# |---|---|
# | **스케줄러**(Scheduler) | 때가 된 Dag 실행을 만들고, 앞이 끝난 태스크를 골라 실행기에 넘깁니다 |
# | **실행기**(Executor) | 넘겨받은 태스크를 어디에서 어떻게 실행할지 정합니다 |
# | **API 서버**(API Server) | 화면과 REST API를 맡습니다. Airflow 2의 **웹서버**(Webserver)가 하던 일입니다 |
# | **Dag 프로세서**(Dag Processor) | DAG 파일을 되풀이해 읽어 데이터베이스에 적습니다 |
# | **트리거러**(Triggerer) | 오래 기다리는 태스크를 대신해 한꺼번에 기다립니다 |
# | **메타데이터베이스**(Metadata Database) | 모든 상태를 적어 둡니다. 메타데이터 DB라고도 합니다 |
#
# Airflow 2를 다룬 글에는 흔히 스케줄러, 실행기, 웹서버, 메타데이터베이스의 넷만 나옵니다. Airflow 3에서는 웹서버가 API 서버가 되었고,
# 스케줄러가 곁들여 하던 파일 읽기를 Dag 프로세서가 따로 맡습니다. 우리가 쓰는 것은 3.3입니다.
#
# 지금 이 컴퓨터에서 도는 것을 그려 봅시다.

# %%
import contextlib
import os
import time

import pandas as pd

from mlops_lab import flights
from mlops_lab.lesson import check, connect, reveal, use_korean
from mlops_lab.stack import StackError

use_korean()
lab = connect()
home = flights.home()
for dag_id in ("life", "edition", "newcomer", "fragile", "waiting"):
    lab.forget(dag_id)
(home / "dags" / "newcomer.py").unlink(missing_ok=True)


def wait_for(condition, seconds=240):
    """condition()이 참이 될 때까지 기다립니다."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("오래 기다렸지만 바뀌지 않았습니다. 이 셀을 다시 실행해 봅시다.")
        time.sleep(0.3)


lab.components()

# %% [markdown]
# 상자마다 프로세스이거나 파일인데, 실행기만 스케줄러의 상자 **안에** 적혀 있습니다. 왜 그럴까요? 태스크에게 직접 물어봅시다.
#
# ## 태스크의 조상을 찾아서
#
# 아래 DAG의 첫 태스크는 자기를 띄운 프로세스, 그것을 띄운 프로세스를 거슬러 올라가며 이름을 적습니다. 둘째 태스크는
# 메타데이터베이스에 직접 물어봅니다. 함수에 `@task`를 붙이면 태스크가 되고 `@dag`를 붙이면 DAG가 됩니다. 자세한 것은
# [09](09_operators_sensors_taskflow.ipynb)에서 배웁니다. `psutil`은 프로세스를 들여다보는 라이브러리입니다.

# %%
# %%write_dag life.py
from airflow.sdk import dag, task


@dag
def life():
    @task
    def find_ancestors():
        import psutil

        family = [" ".join(process.cmdline()) for process in psutil.Process().parents()]
        found = [role for words in family for role in ("worker", "scheduler") if f"airflow {role}" in words]
        print("태스크", *dict.fromkeys(found), sep=" <- ")

    @task
    def ask_database():
        from airflow.utils.session import create_session

        try:
            with create_session() as session:
                session.execute("SELECT state FROM task_instance")
        except RuntimeError as error:
            print("거절당했습니다:", error)
        else:
            print("읽었습니다.")

    find_ancestors() >> ask_database()


life()

# %%
run = lab.wait(lab.trigger("life"))
run

# %%
lab.log(run, "find_ancestors")

# %% [markdown]
# 오른쪽에서 왼쪽으로 읽으면 스케줄러가 작업자(worker)를 띄웠고, 작업자가 태스크를 띄웠습니다. 작업자를 띄운 부품이 실행기이고, 지금
# 쓰는 것의 이름은 `LocalExecutor`입니다. **실행기는 따로 도는 프로그램이 아니라 스케줄러 안에 든 부품**입니다. 어느 부품을 끼우느냐에 따라 태스크가 도는 곳이
# 달라집니다.
#
# | 실행기 | 태스크가 도는 곳 |
# |---|---|
# | `LocalExecutor` | 스케줄러가 도는 컴퓨터. 스케줄러의 자식 프로세스입니다. Airflow 3의 기본값입니다 |
# | `CeleryExecutor` | 대기열 너머 다른 컴퓨터의 작업자. 스케줄러는 대기열에 넣기만 합니다([15](15_docker_compose.ipynb)) |
# | `KubernetesExecutor` | 태스크마다 새로 만든 파드(pod) |
#
# Airflow 2의 기본값이던 `SequentialExecutor`는 스케줄러 안에서 태스크를 한 번에 하나씩 실행했습니다. 3에는 없습니다.
#
# ### 태스크가 데이터베이스를 만지려 하면
#
# 둘째 태스크는 어떻게 되었을까요? **예상해 봅시다.** `"읽었습니다"` 또는 `"거절"`.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "읽었습니다"

# %%
reveal(my_guess, "거절")
lab.log(run, "ask_database")

# %% [markdown]
# Airflow 3에서는 태스크가 메타데이터베이스에 직접 닿지 못합니다. 시작했다, 끝났다, 이 값을 넘긴다는 말을 모두 **API 서버**에 하고, API
# 서버가 대신 적습니다. 태스크의 코드가 남의 실행을 바꾸거나 기록을 지우지 못하게 하려는 것입니다. 이 사실은 조금 뒤에 뜻밖의
# 일을 일으킵니다.
#
# ## 메타데이터베이스를 읽어 봅시다
#
# 우리의 메타데이터베이스는 파일 하나(SQLite)입니다. 테이블이 많지만, 알아 두면 좋은 것은 열 개쯤입니다. 먼저 아홉을 봅시다.

# %%
know = ["dag", "serialized_dag", "import_error", "dag_run", "task_instance", "task_instance_history"]
know += ["xcom", "trigger", "log"]
tables = lab.tables().set_index("table")
print(f"테이블 {len(tables)}개")
tables.loc[know, ["meaning"]]

# %% [markdown]
# 열째는 `job`입니다. 여기에는 **심장 박동**(Heartbeat)이 있습니다. 구성 요소가 몇 초마다 "살아 있음"이라고 적는 시각입니다.
#
# **예상해 봅시다.** 위의 여섯 가운데 심장 박동을 적는 것은 몇일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 5

# %%
jobs = lab.query("SELECT DISTINCT job_type, state FROM job WHERE state = 'running' ORDER BY job_type")
reveal(my_guess, len(jobs))
jobs

# %% [markdown]
# 실행기는 스케줄러의 일부이고, 데이터베이스는 적히는 쪽이며, API 서버는 물어보면 대답하는 것이 곧 살아 있다는 증거입니다. 화면의
# "상태" 표시는 이 심장 박동을 봅니다. 스케줄러의 것이 **30초** 넘게 끊기면 비정상이라고 합니다(`scheduler_health_check_threshold`). 그래서
# 갑자기 죽은 스케줄러는 30초 동안 정상으로 보입니다.
#
# ### 태스크 하나의 일생
#
# `find_ancestors`가 지나온 때를 모아 이른 것부터 늘어놓습니다. 시각 자체는 실행할 때마다 다르므로 차례만 봅니다.

# %%
runs = lab.query(f"SELECT queued_at, start_date, end_date FROM dag_run WHERE run_id = '{run.run_id}'")
tasks = lab.query(
    "SELECT scheduled_dttm, queued_dttm, start_date, end_date FROM task_instance "
    f"WHERE run_id = '{run.run_id}' AND task_id = 'find_ancestors'"
)
story = [
    ("API 서버", "Dag 실행을 만듦. 대기 중", "dag_run.queued_at", runs["queued_at"]),
    ("스케줄러", "Dag 실행을 시작함. 실행 중", "dag_run.start_date", runs["start_date"]),
    ("스케줄러", "앞이 모두 끝난 것을 봄. 예약됨", "task_instance.scheduled_dttm", tasks["scheduled_dttm"]),
    ("스케줄러", "실행기에 넘김. 대기 중", "task_instance.queued_dttm", tasks["queued_dttm"]),
    ("API 서버", "태스크가 시작을 알려 옴. 실행 중", "task_instance.start_date", tasks["start_date"]),
    ("API 서버", "태스크가 끝을 알려 옴. 성공", "task_instance.end_date", tasks["end_date"]),
    ("스케줄러", "모든 태스크가 끝난 것을 봄. 성공", "dag_run.end_date", runs["end_date"]),
]
table = pd.DataFrame([(who, what, column, when.iloc[0]) for who, what, column, when in story])
table.columns = ["적은 것", "일", "열", "때"]
table.sort_values("때", ignore_index=True).drop(columns="때")

# %% [markdown]
# 스케줄러와 API 서버는 서로 말을 걸지 않습니다. **둘 다 데이터베이스에 적고, 상대가 적은 것을 읽습니다.** 버튼을 누르면 API 서버가
# `dag_run`에 한 줄을 적고 물러납니다. 스케줄러는 1초가 멀다 하고 그 테이블을 들여다보다가 새 줄을 집습니다. 칠판 하나를 두고 여럿이
# 일하는 셈입니다.
#
# 그러면 하나가 없어져도 나머지는 제 일을 계속할까요? 하나씩 멈춰 봅시다. 이 컴퓨터에서만 도는 연습용이므로 걱정하지 않아도 됩니다.
#
# ## 스케줄러를 멈추면
#
# **예상해 봅시다.** 스케줄러를 멈추고 실행 버튼을 누릅니다. `"오류"`, `"대기 중"`, `"실행 중"` 가운데 무엇일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "오류"

# %%
lab.stop("scheduler")
waiting = lab.trigger("life")
reveal(my_guess, waiting.state)

try:
    lab.wait(waiting, timeout=3)
except StackError as error:
    print(error)

# %% [markdown]
# 오류가 나지 않습니다. 버튼은 눌리고, 실행이 목록에 생기고, 화면도 멀쩡합니다. 줄을 적는 API 서버는 살아 있기 때문입니다. 그 줄을 집을
# 사람이 없을 뿐입니다. 그래서 이 고장은 **조용합니다.** 스케줄이 있는 DAG라면 줄조차 생기지 않습니다.
#
# 아래 그림에는 30초를 기다리지 않아도 **멈춤**이라고 나옵니다. `lab.stop`은 끝내라고 알리고, 스케줄러는 `job` 테이블에 끝났다고 적고 나가기
# 때문입니다. 앞에서 말한 30초는 그렇게 적을 틈도 없이 **갑자기** 죽었을 때의 이야기입니다.

# %%
lab.components()

# %%
lab.start("scheduler")
lab.wait(waiting)

# %% [markdown]
# 다시 시작한 스케줄러는 칠판을 읽고, 밀린 것부터 합니다. 다시 누를 필요가 없습니다.
#
# ## Dag 프로세서를 멈추면
#
# 아래의 `edition`은 자기가 몇 판인지 적는 DAG입니다.

# %%
# %%write_dag edition.py
from airflow.sdk import dag, task


@dag
def edition():
    @task
    def tell():
        print("1판")

    tell()


edition()

# %% [markdown]
# Dag 프로세서를 멈추고 세 가지를 합니다. 새 파일 `newcomer.py`를 DAG 폴더에 넣고, `edition.py`의 `1판`을 `2판`으로 고치고, 거기에 새 태스크
# `added`를 더합니다. 그리고 `edition`을 실행합니다.
#
# **예상해 봅시다.** `tell`은 `"1판"`과 `"2판"` 가운데 무엇을 적을까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "1판"

# %%
wait_for(lambda: "newcomer" not in {each["dag_id"] for each in lab.client.dags()})
lab.stop("dag-processor")

folder = home / "dags"
text = (folder / "edition.py").read_text("utf-8")
(folder / "newcomer.py").write_text(text.replace("edition", "newcomer"), "utf-8")
more = """    @task
    def added():
        print("새 태스크")

    tell() >> added()
"""
(folder / "edition.py").write_text(text.replace("1판", "2판").replace("    tell()\n", more), "utf-8")

second = lab.wait(lab.trigger("edition"))
print("newcomer가 목록에 있습니까?", "newcomer" in {each["dag_id"] for each in lab.client.dags()})
print(second)
print("tell이 적은 것:")
lab.log(second, "tell")

# %%
reveal(my_guess, "2판")

# %% [markdown]
# 새 DAG는 나타나지 않고, 새 태스크도 없습니다. 여기까지는 짐작한 대로입니다. 그런데 있던 태스크는 **고친 코드로** 돌았습니다.
#
# - **무엇을 어떤 순서로**: 스케줄러는 파일을 열지 않습니다. Dag 프로세서가 `serialized_dag`에 적어 둔 **DAG의 모양**만 봅니다. 모양은
#   옛것입니다.
# - **어떻게**: 태스크를 실행하는 프로세스는 그 자리에서 **파일을 다시 읽습니다.** 파일은 새것입니다.
#
# 돌고 있는 DAG의 파일을 고치면 잠깐 동안 옛 모양과 새 코드가 섞입니다. 그래서 운영에서는 파일을 하나씩 고치지 않고, 커밋 하나를 통째로
# 내놓는 **DAG 번들**(Dag Bundle)을 씁니다. 번들이 판을 알면 한 실행은 처음부터 끝까지 같은 판으로 돕니다.

# %%
lab.start("dag-processor")
wait_for(lambda: "newcomer" in {each["dag_id"] for each in lab.client.dags()})
wait_for(lambda: "added" in {each["task_id"] for each in lab.client.tasks("edition")})
lab.wait(lab.trigger("edition"))

# %% [markdown]
# ### Dag 프로세서는 파일을 실행합니다
#
# "읽는다"고 했지만, 정확히 말하면 DAG 파일을 파이썬으로 **실행**합니다. 함수의 바깥에 적은 줄은 그때마다 돕니다. 아래 파일은 맨 바깥에서
# 기준값을 읽습니다.

# %%
limit = home / "lessons" / "fragile" / "limit.txt"
limit.parent.mkdir(parents=True, exist_ok=True)
limit.write_text("0.3")
print("기준값:", limit.read_text())

# %%
# %%write_dag fragile.py
import os
from pathlib import Path

from airflow.sdk import dag, task

HOME = Path(os.environ["MLOPS_LAB_HOME"])
LIMIT = float((HOME / "lessons" / "fragile" / "limit.txt").read_text())


@dag
def fragile():
    @task
    def decide():
        late_rate = 0.326  # 12월의 지연율
        return "다시 학습" if late_rate > LIMIT else "그대로"

    decide()


fragile()

# %% [markdown]
# 잘 읽혔습니다. 이제 기준값 파일이 잠깐 사라졌다고 합시다. 파일 서버가 재시작하는 1분이면 충분합니다. 아무도 이 DAG를 실행하지
# 않았습니다.

# %%
limit.unlink()
os.utime(folder / "fragile.py")  # 파일이 바뀐 것처럼 시각을 고쳐 곧바로 다시 읽게 합니다.


def broken_files():
    return {each["filename"]: each["stack_trace"] for each in lab.client.import_errors()}


wait_for(lambda: "fragile.py" in broken_files())
print(broken_files()["fragile.py"].strip().splitlines()[-1].split(":")[0])

# %% [markdown]
# 실행하지도 않은 DAG가 깨졌습니다. 화면 위쪽에는 빨간 "Dag 가져오기 오류"가 뜹니다. 파일을 되돌리면 다음에 읽을 때 낫습니다.

# %%
limit.write_text("0.3")
os.utime(folder / "fragile.py")
wait_for(lambda: "fragile.py" not in broken_files())
print("나았습니다.")

# %% [markdown]
# ### 연습 08-1
#
# `fragile`과 같은 일을 하지만 이런 사고를 겪지 않는 DAG `sturdy`를 만듭니다. 파일의 이름은 `sturdy.py`입니다.
#
# - 태스크는 `decide` 하나이고, `"다시 학습"`이나 `"그대로"`를 돌려줍니다.
# - 기준값은 작업 폴더의 `lessons/sturdy/limit.txt`에 있습니다. 12월의 지연율은 그대로 0.326입니다.
# - **Dag 프로세서가 파일을 읽을 때는 기준값 파일을 열지 않아야 합니다.** 있든 없든 상관이 없어야 합니다.
# - 실행할 때마다 그때의 기준값을 따릅니다.

# %% tags=["stub"]
# 이 셀을 `%%write_dag sturdy.py`로 시작하게 고치고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag sturdy.py
import os
from pathlib import Path

from airflow.sdk import dag, task


@dag
def sturdy():
    @task
    def decide():
        path = Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "sturdy" / "limit.txt"
        late_rate = 0.326
        return "다시 학습" if late_rate > float(path.read_text()) else "그대로"

    decide()


sturdy()

# %%
check("08-1", "sturdy")

# %% [markdown]
# ## 트리거러를 멈추면
#
# 무엇이 올 때까지 기다리기만 하는 태스크를 센서라고 합니다. 파일을 몇 시간 기다리는 동안 작업자 하나를 붙들고 있으면 아깝습니다.
# `deferrable=True`인 센서는 기다릴 것을 `trigger` 테이블에 적어 놓고 **작업자에서 내려옵니다.** 이 상태가 **연기됨**(Deferred)입니다. 그다음은 트리거러가 수백 개의
# 기다림을 한 프로세스에서 맡고, 때가 되면 스케줄러에게 돌려보냅니다.
#
# 파일 센서는 **커넥션**(Connection)도 하나 찾습니다. 커넥션은 바깥 시스템의 주소와 비밀값을 모아 둔 것입니다. 우리 파일에는 비밀이 없으므로 빈 것을
# 환경 변수로 적어 둡니다.

# %%
# %%write_dag waiting.py
import os
from pathlib import Path

from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.sdk import dag

ARRIVED = Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "waiting" / "arrived.txt"
os.environ.setdefault("AIRFLOW_CONN_FS_DEFAULT", '{"conn_type": "fs"}')


@dag
def waiting():
    FileSensor(task_id="wait_file", filepath=str(ARRIVED), poke_interval=1, deferrable=True)


waiting()

# %%
arrived = home / "lessons" / "waiting" / "arrived.txt"
arrived.parent.mkdir(parents=True, exist_ok=True)
arrived.unlink(missing_ok=True)

sensor = lab.trigger("waiting")
wait_for(lambda: lab.runs("waiting")[0].tasks["wait_file"] == "연기됨")
print(lab.runs("waiting")[0])
waits = lab.query(
    "SELECT classpath FROM trigger JOIN task_instance ON trigger.id = trigger_id WHERE dag_id = 'waiting'"
)
print("트리거러가 맡은 것:", waits["classpath"][0].split(".")[-1])

# %% [markdown]
# 트리거러를 멈추고 나서 파일을 놓습니다. **예상해 봅시다.** 센서는 `"성공"`, `"실패"`, `"연기됨"` 가운데 어느 상태가 될까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "실패"

# %%
lab.stop("triggerer")
arrived.write_text("왔습니다")
with contextlib.suppress(StackError):
    lab.wait(sensor, timeout=4)
reveal(my_guess, lab.runs("waiting")[0].tasks["wait_file"])

# %%
lab.start("triggerer")
lab.wait(sensor)

# %% [markdown]
# 파일은 와 있는데 아무도 보지 않았습니다. 실패도 아니어서 알림이 울리지 않습니다. 다른 태스크는 모두 잘 도는데 연기됨만 쌓이면 트리거러를
# 봅니다.
#
# ## API 서버를 멈추면
#
# 마지막입니다. Airflow 2의 웹서버는 꺼져도 화면과 REST API가 없을 뿐, 태스크는 잘 돌았습니다. 3의 API 서버는 어떨까요?
#
# 버튼을 누르려면 API 서버가 있어야 하므로 차례를 꾸밉니다. 스케줄러를 멈추고, 버튼을 눌러 줄을 적어 두고, API 서버를 멈춘 다음,
# 스케줄러만 다시 시작합니다. 스케줄러는 데이터베이스에서 그 줄을 집을 것입니다.
#
# **예상해 봅시다.** 이 실행은 `"성공"`, `"실패"`, `"대기 중"` 가운데 어느 상태가 될까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "성공"

# %%
lab.stop("scheduler")
unlucky = lab.trigger("life")
lab.stop("api-server")
lab.start("scheduler")


def ask(columns, table, order):
    """화면도 REST API도 없으므로 데이터베이스를 곧바로 읽습니다."""
    return lab.query(f"SELECT {columns} FROM {table} WHERE run_id = '{unlucky.run_id}' ORDER BY {order}")


wait_for(lambda: ask("state", "dag_run", "id")["state"][0] in ("success", "failed"))
reveal(my_guess, {"success": "성공", "failed": "실패"}[ask("state", "dag_run", "id")["state"][0]])
ask("task_id, state", "task_instance", "task_id DESC")

# %% [markdown]
# 코드에는 아무 잘못이 없는데 실패했습니다. 감사 로그(`log` 테이블)를 봅시다.

# %%
ask("task_id, event", "log", "id")

# %% [markdown]
# `running`이 없습니다. 태스크는 시작한 적이 없습니다. 작업자는 "시작합니다"를 API 서버에 알리려고 다섯 번 애쓰다 그만두었고, 스케줄러는
# 실행기의 말(실패)과 데이터베이스의 상태(대기 중)가 어긋난 것(`state mismatch`)을 보고 실패로 적었습니다. **Airflow 3에서 API 서버는 화면이
# 아니라 태스크가 숨 쉬는 길입니다.** 이럴 때 태스크의 로그는 비어 있습니다. 로그가 없는 실패를 보면 코드보다 API 서버를 먼저 살핍니다.

# %%
lab.start("api-server")
lab.log(lab.runs("life")[-1], "find_ancestors")
lab.health()

# %% [markdown]
# 이번에는 다시 시작해도 저절로 낫지 않습니다. 실패로 적힌 것은 사람이나 재시도가 다시 시켜야 합니다. [14](14_operations.ipynb)에서
# 합니다.
#
# ## 한눈에
#
# | 멈춘 것 | 보이는 일 | 계속 되는 일 | 다시 시작하면 |
# |---|---|---|---|
# | 스케줄러 | 실행이 대기 중에 머뭅니다. 스케줄이 오지 않습니다 | 화면, 파일 읽기 | 밀린 것부터 합니다 |
# | Dag 프로세서 | 새 DAG와 새 태스크가 나타나지 않습니다 | 있던 DAG의 실행 | 파일을 읽고 따라잡습니다 |
# | 트리거러 | 연기됨이 깨어나지 않습니다 | 나머지 모두 | 기다림을 다시 맡습니다 |
# | API 서버 | 화면이 없고, 새 태스크가 시작하지 못해 실패합니다 | 스케줄러의 판단 | 실패한 것은 다시 시켜야 합니다 |
# | 메타데이터베이스 | 모두 멈춥니다 | 없음 | 적힌 데부터 잇습니다. 그래서 백업합니다 |
#
# LocalExecutor에서는 한 가지가 더 있습니다. 태스크가 스케줄러의 자손이므로, `lab.stop`처럼 스케줄러를 자손까지 끝내면 **돌던 태스크도** 실패합니다.
# 작업자가 다른 컴퓨터에 있는 CeleryExecutor에서는 돌던 태스크가 계속 돕니다.

# %% [markdown]
# ### 연습 08-2
#
# 동료 다섯이 저마다 한 줄씩 증상을 보냈습니다. 어느 구성 요소부터 살펴보겠습니까? `"scheduler"`, `"dag-processor"`, `"triggerer"`,
# `"api-server"`, 아니면 구성 요소는 모두 멀쩡하다는 뜻의 `"none"`을 적습니다. 서로 다른 시간에 일어난 다섯 사건입니다.
#
# - **A** "아침에 스케줄된 DAG가 하나도 안 돌았어요. 버튼을 눌러 보니 `queued`라고만 나옵니다. 다른 DAG도 그래요."
# - **B** "버튼을 눌렀는데 이 DAG만 `queued`예요. 스위치는 꺼져 있습니다. 다른 DAG는 잘 돕니다."
# - **C** "어제 합친 DAG가 목록에 없어요. 가져오기 오류도 없고요. 어제까지 있던 DAG는 잘 돕니다."
# - **D** "새벽 두 시부터 이십 분 동안 시작한 태스크가 몽땅 실패인데 로그가 한 줄도 없어요. 그 전부터 돌던 긴 태스크도 끝날 때 실패했고요."
# - **E** "자료는 새벽에 왔는데 기다리는 태스크 서른 개가 그대로입니다. `deferrable=True`를 적지 않은 옛 DAG는 벌써 끝났어요."

# %% tags=["stub"]
suspects = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ...}

# %% tags=["solution"]
suspects = {"A": "scheduler", "B": "none", "C": "dag-processor", "D": "api-server", "E": "triggerer"}

# %%
check("08-2", suspects)

# %% [markdown]
# ### 연습 08-3
#
# 사건이 끝난 뒤에는 데이터베이스만 남습니다. `last_night()`는 어느 날 07:00에 베껴 둔 테이블 둘을 돌려줍니다(연습용으로 꾸민 것이고, 열의
# 이름은 진짜와 같습니다). 밤사이 구성 요소 하나가 **갑자기** 죽었습니다. 셋을 찾아 `found`에 적습니다.
#
# - `"component"`: 죽은 구성 요소. 08-2와 같은 이름으로 적습니다.
# - `"when"`: 마지막으로 살아 있던 때. `"03:21"`처럼 시와 분만 적습니다.
# - `"stuck"`: 그 때문에 아직 멈춰 있는 태스크 인스턴스의 수.

# %%
from mlops_lab.lesson.exercises.lesson_08 import last_night

job, task_instance = last_night()
job

# %%
task_instance.head()

# %% tags=["stub"]
found = {"component": ..., "when": ..., "stuck": ...}

# %% tags=["solution"]
# 얌전히 끝난 것은 state를 success로 적고 갔습니다. 갑자기 죽은 것은 running인 채로 심장 박동만 멈춥니다.
dead = job[job["state"] == "running"].sort_values("latest_heartbeat").iloc[0]
stuck = task_instance[task_instance["state"] == "deferred"]
found = {"component": "triggerer", "when": dead["latest_heartbeat"][11:16], "stuck": len(stuck)}
dead["job_type"], found

# %%
check("08-3", found)

# %% [markdown] tags=["quiz"]
# 1. 화면에서 실행 버튼을 누른 뒤, 스케줄러는 그 일을 어떻게 압니까?
#     - [ ] API 서버가 스케줄러를 부릅니다 :: 둘은 서로의 주소도 모릅니다. 스케줄러가 멈춰 있어도 버튼이 눌린 까닭입니다.
#     - [x] 데이터베이스에 새로 적힌 줄을 읽습니다 :: 그래서 스케줄러가 나중에 살아나도 밀린 실행을 집을 수 있습니다.
#     - [ ] DAG 파일이 바뀐 것을 알아챕니다 :: 버튼을 눌러도 파일은 바뀌지 않습니다. 파일을 보는 것은 Dag 프로세서입니다.
# 2. DAG 파일의 맨 바깥(함수 밖)에서 큰 표를 내려받습니다. 언제 내려받습니까?
#     - [ ] 태스크가 실행될 때 한 번 :: 그때도 받습니다. 그런데 그때만이 아닙니다.
#     - [ ] DAG를 켤 때 한 번 :: 켜고 끄는 것은 데이터베이스의 값 하나입니다. 파일은 열지 않습니다.
#     - [x] Dag 프로세서가 읽을 때마다, 그리고 태스크마다 :: 하루에 수천 번입니다. 무거운 일은 태스크 안에 둡니다.
# 3. 실행기(LocalExecutor)가 고장 나면 어느 프로세스의 로그를 엽니까?
#     - [x] 스케줄러 :: 실행기는 스케줄러 안에서 돌므로 스케줄러의 로그에 적습니다.
#     - [ ] 실행기 :: 그런 프로세스가 없습니다. 태스크의 조상을 따라갔을 때도 보이지 않았습니다.
#     - [ ] API 서버 :: 태스크의 소식을 받는 곳이지 태스크를 띄우는 곳이 아닙니다.
# 4. `job` 테이블의 `state`가 `running`이면 살아 있다고 믿어도 됩니까?
#     - [ ] 됩니다. 죽으면 다른 값으로 바뀝니다 :: 스스로 얌전히 끝날 때만 바꿉니다. 갑자기 죽은 것은 아무것도 적지 못합니다.
#     - [x] 안 됩니다. 마지막 심장 박동이 언제인지 봅니다 :: 상태는 말이고 심장 박동은 증거입니다. 화면도 심장 박동을 봅니다.
#     - [ ] 안 됩니다. 늘 화면을 보아야 합니다 :: 화면도 같은 테이블을 읽습니다. API 서버가 멈추면 화면은 아예 없습니다.

# %% [markdown]
# ## 정리
#
# - 스케줄러, API 서버, Dag 프로세서, 트리거러는 저마다 프로세스이고, 실행기는 스케줄러 안의 부품입니다.
# - 구성 요소는 서로 부르지 않고 메타데이터베이스에 적고 읽습니다. 태스크만은 API 서버에 말합니다.
# - 스케줄러는 Dag 프로세서가 적어 둔 모양을 보고, 태스크는 파일을 다시 읽습니다.
# - 스케줄러, Dag 프로세서, 트리거러의 고장은 조용하고 다시 시작하면 낫습니다. API 서버의 고장은 실패를 남깁니다.
# - 살아 있는지는 상태가 아니라 심장 박동으로 판단합니다.
#
# 다음: [09. 오퍼레이터, 센서, TaskFlow](09_operators_sensors_taskflow.ipynb)
