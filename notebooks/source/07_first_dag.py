# %% [markdown]
# # 07. 첫 DAG: 네 단계
#
# **시간** 45분 · **먼저 읽을 것** [06. 배치 처리와 Airflow](06_batch_and_airflow.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - DAG 객체, 태스크, 순서, 화면의 네 단계로 DAG를 만듭니다.
# - DAG를 켜는 것과 실행하는 것이 어떻게 다른지 말합니다.
# - DAG 파일의 오타를 세 종류로 나누고, 저마다 어디에 나타나는지 압니다.
# - 순서대로 실행할 것과 동시에 실행할 것을 가려, DAG가 빨리 끝나게 합니다.

# %% [markdown]
# ## 잃어버린 사흘
#
# 앞 수업에서 cron에 맡긴 장부에는 사흘이 없었습니다. 2013년 3월 8일, 9일, 10일입니다. 주말에 컴퓨터가 꺼져 있었고, cron은 지나간 때를
# 챙기지 않았습니다. 하필 3월 8일은 궂은 날씨로 항공편 대부분이 늦은 날이었습니다.
#
# 오늘은 그 장부를 Airflow에 맡깁니다. 할 일은 하루에 셋입니다.
#
# 1. 3월의 자료가 와 있는지 봅니다.
# 2. 어제 떠난 항공편 가운데 15분 넘게 늦은 편을 세어 적습니다.
# 3. 다 적었다고 알립니다.
#
# 먼저 자료를 준비하고 Airflow에 연결합니다. Airflow가 돌고 있지 않으면 `connect()`가 시작합니다. `lab.forget`은 지난번에 이 수업을
# 하면서 남긴 실행을 지웁니다.

# %%
import json
import shutil
import time
from itertools import pairwise

import pandas as pd

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson import check, connect, reveal
from mlops_lab.stack import StackError

home = flights.home()
steps.prepare("2013-03", home, "features", "labels")
folder = home / "lessons" / "07"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)

lab = connect()
for dag_id in ("late_ledger", "two_typos", "read_when", "sequential", "parallel"):
    lab.forget(dag_id)

# %% [markdown]
# ## 1단계: DAG를 대표하는 객체
#
# Airflow가 스케줄을 관리하는 단위가 DAG입니다. 그래서 맨 먼저 DAG를 대표하는 객체를 만듭니다. 여기에는 **일 하나하나**가 아니라 **전체**에
# 대한 것을 적습니다.
#
# | 적는 것 | 인자 | 우리의 장부 |
# |---|---|---|
# | 이름. 다른 DAG와 겹치면 안 됩니다 | `dag_id` | `late_ledger` |
# | 실행 주기. **스케줄**(Schedule)이라고 합니다 | `schedule` | 날마다 새벽 3시, `0 3 * * *` |
# | 언제부터. **시작일**(Start Date) | `start_date` | 2013년 3월 9일 |
# | 언제까지. 없으면 끝없이 | `end_date` | 2013년 3월 12일 |
# | 지나간 몫도 실행할지. 캐치업 | `catchup` | 예. 우리는 지난 일을 채우려 합니다 |
# | 누구의 것인지. **소유자**(Owner) | `default_args`의 `owner` | `mlops-lab` |
# | 찾기 쉽게 붙이는 말 | `tags` | `07` |
#
# 시작일이 8일이 아니라 9일인 까닭이 있습니다. 8일의 항공편은 8일이 다 지나야 셀 수 있습니다. 9일 새벽 3시에 실행되는 것이 8일의 몫을 셉니다.
#
# DAG는 노트북 안에 두지 않고 **DAG 폴더에 파일로** 둡니다. Airflow는 노트북을 모르고, 폴더의 파일만 보기 때문입니다. 셀의 첫 줄에
# `%%write_dag 파일.py`를 적으면 나머지 글이 여러분의 DAG 폴더에 파일로 저장됩니다. 시각은 `pendulum`이라는 라이브러리로 적습니다. 시간대(`tz`)가 함께 적히기
# 때문입니다.

# %%
# %%write_dag late_ledger.py
import pendulum
from airflow.sdk import DAG

with DAG(
    "late_ledger",
    description="어제의 지연을 장부에 적습니다",
    schedule="0 3 * * *",
    start_date=pendulum.datetime(2013, 3, 9, tz="Asia/Seoul"),
    end_date=pendulum.datetime(2013, 3, 12, tz="Asia/Seoul"),
    catchup=True,
    default_args={"owner": "mlops-lab"},
    tags=["07"],
):
    pass

# %% [markdown]
# "Dag 프로세서가 읽었습니다"라고 나왔습니다. **Dag 프로세서**(Dag Processor)는 DAG 폴더를 들여다보다가, 파일이 바뀌면 읽어서 메타데이터베이스에
# 등록하는 프로그램입니다. 지금 등록된 것은 이름과 스케줄뿐입니다. 할 일은 아직 하나도 없습니다.
#
# ## 2단계: 태스크
#
# 태스크마다 세 가지를 정합니다.
#
# - **오퍼레이터**(Operator): 어떤 종류의 일인지. 셸 명령이면 `BashOperator`, 파이썬 함수면 `PythonOperator`입니다.
# - **태스크 ID**: `task_id`. DAG 안에서 겹치지 않는 이름입니다.
# - **세부 사항**: 그 오퍼레이터가 알아야 할 것. 명령이나 함수입니다.
#
# 함수 `count_late`의 인자 `logical_date`를 눈여겨봅시다. **논리적 날짜**(Logical Date)는 이 실행이 맡은 때입니다. 지금이 몇 년이든, 3월 9일
# 새벽 3시의 몫을 실행할 때에는 그 시각이 들어옵니다. 이 이름의 인자가 있으면 Airflow가 값을 넣어 줍니다. Airflow는 시각을 UTC로 다루므로
# 서울의 시각으로 바꾸고, 하루를 빼서 어제를 얻습니다.
#
# 환경 변수 `MLOPS_LAB_HOME`에는 작업 폴더(`workspace`)의 경로가 적혀 있습니다. `arrived`의 `test -s 파일`은 그 파일이 있고 비어 있지 않으면 성공하는 셸
# 명령입니다.

# %%
# %%write_dag late_ledger.py
import csv
import gzip
import json
import os
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

HOME = Path(os.environ["MLOPS_LAB_HOME"])
MARCH = HOME / "warehouse" / "2013-03"
LEDGER = HOME / "lessons" / "07"


def read(kind):
    with gzip.open(MARCH / f"{kind}.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def count_late(logical_date):
    """어제 떠난 항공편 가운데 15분 넘게 늦은 편을 세어 적습니다."""
    day = f"{logical_date.in_timezone('Asia/Seoul').subtract(days=1):%Y-%m-%d}"
    today = {row["flight_id"] for row in read("flights") if row["date"] == day}
    delays = [float(row["arr_delay"]) for row in read("labels") if row["flight_id"] in today]
    late = sum(delay > 15 for delay in delays)
    (LEDGER / f"{day}.json").write_text(json.dumps({"day": day, "flights": len(delays), "late": late}))
    print(f"{day}: {len(delays)}편 가운데 {late}편이 늦었습니다.")


# 1단계: DAG 객체
with DAG(
    "late_ledger",
    description="어제의 지연을 장부에 적습니다",
    schedule="0 3 * * *",
    start_date=pendulum.datetime(2013, 3, 9, tz="Asia/Seoul"),
    end_date=pendulum.datetime(2013, 3, 12, tz="Asia/Seoul"),
    catchup=True,
    default_args={"owner": "mlops-lab"},
    tags=["07"],
):
    # 2단계: 태스크
    arrived = BashOperator(task_id="arrived", bash_command=f"test -s '{MARCH}/labels.csv.gz'")
    count = PythonOperator(task_id="count_late", python_callable=count_late)
    notify = BashOperator(task_id="notify", bash_command="echo '장부를 적었습니다.'")

# %%
lab.graph("late_ledger")

# %% [markdown]
# 네모 셋이 따로 있습니다. 화살표가 없으면 Airflow는 **셋이 서로 상관없다**고 여깁니다. 이대로 실행하면 장부를 적기도 전에 "장부를 적었습니다"라고
# 알릴 수 있습니다. 위에서 아래로 적은 차례는 아무 뜻이 없습니다.
#
# ## 3단계: 순서
#
# `앞 >> 뒤`라고 적으면 화살표가 됩니다. 앞 태스크가 **성공해야** 뒤 태스크가 시작합니다. 화살표를 거슬러 올라가면 **업스트림**(Upstream),
# 따라 내려가면 **다운스트림**(Downstream)입니다.
#
# 파일의 끝에 한 줄만 더하면 됩니다. 같은 글을 다시 적지 않으려고, 방금 쓴 파일을 읽어서 한 줄을 붙입니다. `lab.write_dag`는 `%%write_dag`와
# 같은 일을 하는 함수입니다.

# %%
source = (home / "dags" / "late_ledger.py").read_text("utf-8")
order = "    # 3단계: 순서\n    arrived >> count >> notify\n"
if order not in source:
    source = f"{source.rstrip()}\n\n{order}"
lab.write_dag("late_ledger.py", source)
lab.graph("late_ledger")

# %% [markdown]
# 여기까지 DAG 파일을 세 번 썼습니다. 셀도 잘 실행되었습니다.
#
# **예상해 봅시다.** 지금까지 태스크는 모두 몇 번 실행되었을까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 3

# %%
reveal(my_guess, sum(len(run.instances) for run in lab.runs("late_ledger")))
print("장부:", sorted(path.name for path in folder.glob("*.json")))

# %% [markdown]
# 한 번도 실행되지 않았습니다. DAG 파일은 일을 **하는** 글이 아니라, 어떤 일을 언제 어떤 순서로 할지 **알려 주는** 글입니다.
# `BashOperator(...)`라고 적은 줄은 명령을 실행하지 않고, "이런 명령이 있다"라고 등록할 뿐입니다.
#
# ## 4단계: 화면에서 켜고 봅니다
#
# DAG 파일을 저장하면 웹 화면의 **Dags** 목록에 나타납니다. 새 DAG는 **꺼져** 있습니다. 이름과 같은 줄, 오른쪽의 스위치를 눌러 켭니다.
#
# ![Airflow의 Dags 목록. DAG마다 이름과 스케줄, 켜고 끄는 스위치, 실행 버튼이 있습니다.](../docs/images/airflow-dags.png)
#
# 노트북에서는 `lab.client.unpause`가 그 스위치입니다. 화면에서 켜도 똑같은 일이 일어납니다.
#
# **예상해 봅시다.** 스위치를 켜면 실행이 몇 개 생길까요? 실행 버튼(▷)은 누르지 않습니다. 스케줄은 날마다 새벽 3시, 시작일은 2013년 3월 9일,
# 끝나는 날은 3월 12일 0시입니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 1


# %%
def switch_on(dag_id):
    """DAG를 켜고, 만들 실행이 더 없을 때까지, 그리고 모두 끝날 때까지 기다립니다."""
    lab.client.unpause(dag_id)
    while not lab.runs(dag_id) or lab.client.dag(dag_id)["next_dagrun_run_after"]:
        time.sleep(0.5)
    for run in lab.runs(dag_id):
        lab.wait(run)
    return lab.runs(dag_id)


runs = switch_on("late_ledger")
reveal(my_guess, len(runs))
runs

# %% [markdown]
# 셋입니다. 스케줄러는 시작일부터 끝나는 날까지 "있어야 했는데 없는 실행"을 찾아 모두 만들었습니다. 3월 9일, 10일, 11일의 새벽 3시, 곧
# **cron이 잃어버린 바로 그 사흘의 몫**입니다.
#
# 이렇게 만들어진 것 하나하나를 **Dag 실행**(Dag Run)이라고 하고, 그 안의 태스크 하나를 **태스크 인스턴스**(Task Instance)라고 합니다. DAG 하나,
# 태스크 셋, Dag 실행 셋이므로 태스크 인스턴스는 아홉입니다. 화면의 **그리드**가 이것을 그대로 보여 줍니다. 가로가 실행, 세로가 태스크입니다.

# %%
lab.grid("late_ledger")

# %%
for run in runs:
    lab.log(run, "count_late")
pd.DataFrame([json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))])

# %% [markdown]
# 3월 8일의 항공편은 열에 여덟이 늦었습니다. 이제 장부에 있습니다.
#
# 화면에서는 그리드의 칸을 누르면 그 태스크 인스턴스의 로그가 나옵니다. 위의 `lab.log`는 그 로그에서 태스크가 스스로 적은 줄만 골라 보여 줍니다.
#
# 같은 네 단계로 쓴 더 짧은 보기가 [07_first_dag.py](../dags/07_first_dag.py)에 있습니다. 읽어 보고, 화면에서 켜 봅시다.
#
# ![Dag 실행이 성공한 그리드. 막대 하나가 Dag 실행이고, 그 아래의 칸이 태스크 인스턴스입니다.](../docs/images/airflow-grid-success.png)
#
# ### 켜는 것과 실행하는 것
#
# "켜면 실행된다"라는 말은 반만 맞습니다. **켠다는 것은 스케줄러가 이 DAG를 돌보아도 된다는 뜻**입니다. 스케줄이 없는 DAG는 켜 두어도 아무 일이
# 없고, 꺼진 DAG는 실행 버튼을 눌러도 시작하지 않습니다. 스케줄이 없는 DAG `sequential`로 확인해 봅시다.

# %%
lab.client.trigger("sequential")  # 꺼 둔 채 실행 버튼을 누른 것과 같습니다.
time.sleep(2)
(waiting,) = lab.runs("sequential")
print("꺼져 있을 때:", waiting.state)

lab.client.unpause("sequential")
one_by_one = lab.wait(waiting)
print("켠 뒤에:", one_by_one.state)

# %% [markdown]
# | | 꺼져 있음 | 켜져 있음 |
# |---|---|---|
# | 스케줄의 때가 됨 | 아무것도 생기지 않음 | 실행이 생겨 시작함 |
# | 사람이 실행시킴 | 생기지만 **대기 중** | 생겨 시작함 |
#
# 웹 화면의 실행 버튼을 누르면 나오는 창에는 꺼진 DAG를 함께 켜 주는 칸이 있습니다. `lab.trigger`도 꺼져 있으면 켭니다.
#
# ### 연습 07-1
#
# 태스크마다 걸리는 시간(분)과, 먼저 끝나야 하는 태스크를 적은 표 `PLAN`이 있습니다. 함께 돌 자리는 넉넉합니다. 첫 태스크가 시작할 때부터 마지막
# 태스크가 끝날 때까지 **가장 짧게 잡아 몇 분**이 걸립니까? `shortest`에 수를 넣습니다.

# %%
from mlops_lab.lesson.exercises.lesson_07 import PLAN

pd.DataFrame(
    [
        {"태스크": name, "분": minutes, "업스트림": ", ".join(before)}
        for name, (minutes, before) in PLAN.items()
    ]
)

# %% tags=["stub"]
shortest = ...

# %% tags=["solution"]
ends = {}
for name, (minutes, before) in PLAN.items():  # 업스트림이 늘 위에 적혀 있으므로 위에서부터 셈하면 됩니다.
    ends[name] = minutes + max((ends[each] for each in before), default=0)
shortest = max(ends.values())

# %%
check("07-1", shortest)

# %% [markdown]
# ## 순서대로, 그리고 동시에
#
# 한 DAG 안의 태스크는 **순서대로** 실행할 수도, **동시에** 실행할 수도 있습니다. 누가 누구를 기다릴지는 화살표가 정합니다. `sequential`과 `parallel`은 2초 걸리는
# 같은 태스크 셋을 실행합니다([07_sequential_and_parallel.py](../dags/07_sequential_and_parallel.py)). `sequential`은 방금 실행했습니다.

# %%
together = lab.wait(lab.trigger("parallel"))
lab.graph("sequential")
lab.graph("parallel")

# %% [markdown]
# **예상해 봅시다.** `parallel`의 세 달 가운데 둘이 어느 한순간에 함께 돌고 있었을까요? 메타데이터베이스에 적힌, 태스크가 시작하고 끝난 때로
# 셈합니다. 겹친 둘이 있었으면 `True`, 없었으면 `False`를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = True


# %%
def month_times(run):
    """태스크 month_…의 (시작, 끝)."""
    times = lab.client.task_instances(run.dag_id, run.run_id)
    return sorted(
        (pd.Timestamp(each["start_date"]), pd.Timestamp(each["end_date"]))
        for each in times
        if each["task_id"].startswith("month_")
    )


def overlap(run):
    """먼저 시작한 것이 끝나기 전에 다음 것이 시작한 적이 있는지."""
    times = month_times(run)
    return any(after[0] < before[1] for before, after in pairwise(times))


reveal(my_guess, overlap(together))
print("sequential에서는:", overlap(one_by_one))


def span(run):
    times = month_times(run)
    return max(end for _, end in times) - times[0][0]


print("parallel이 더 짧게 끝났습니까?", span(together) < span(one_by_one))

# %% [markdown]
# **간트 차트**(Gantt Chart)로 보면 얼마나 짧아졌는지 보입니다. 막대 하나가 태스크이고, 빗금은 시작하기를 기다린 시간입니다. 초의 값은 컴퓨터마다,
# 실행할 때마다 조금씩 다릅니다.

# %%
lab.gantt(one_by_one)
lab.gantt(together)

# %% [markdown]
# 걸린 시간이 셋으로 나뉘지는 않습니다. 까닭이 둘 있습니다.
#
# - 함께 돌 **자리**가 정해져 있습니다. 코어가 둘인 컴퓨터에서는 둘이 함께 돌고 하나는 기다립니다. 설정의 이름은 `[core] parallelism`입니다.
# - 태스크를 하나 시작할 때마다 프로세스를 띄우느라 시간이 조금 듭니다. 1초도 안 걸리는 일을 백 개로 쪼개면 오히려 느려집니다.
#
# 자리가 넉넉해도 넘을 수 없는 벽이 있습니다. 화살표로 이어진 길 가운데 **가장 오래 걸리는 길**입니다. 이것을 **임계 경로**(Critical Path)라고
# 합니다. DAG를 빠르게 하려면 이 길 위의 태스크를 줄이거나, 없어도 되는 화살표를 지워야 합니다. 길 밖의 태스크를 아무리 빠르게 해도 끝나는 때는
# 그대로입니다. 연습 07-1에서 구한 값이 바로 이 길의 길이였습니다.

# %% [markdown]
# ## 오타가 있으면
#
# 틀린 파일은 어떻게 될까요? 일부러 틀려 봅시다. 오타에는 **세 종류**가 있고, 저마다 다른 곳에 나타납니다.
#
# ### 종류 1. 파일을 읽다가 걸리는 오타


# %%
def try_to_write(source):
    try:
        print("읽었습니다:", lab.write_dag("unreadable.py", source))
    except StackError as error:
        print(error, end="\n\n")


HEAD = """\
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

"""
try_to_write(HEAD + 'with DAG("unreadable")\n    BashOperator(task_id="a", bash_command="date")\n')
try_to_write(HEAD + 'with DAG("unreadable"):\n    BashOperator(task_id="a", bash_comand="date")\n')
try_to_write(
    HEAD
    + """\
with DAG("unreadable"):
    first = BashOperator(task_id="first", bash_command="date")
    second = BashOperator(task_id="second", bash_command="date")
    first >> second >> first
"""
)

# %% [markdown]
# 차례로 콜론이 없고, 인자의 이름이 틀렸고, 화살표가 한 바퀴를 돕니다. 마지막 것은 파이썬으로는 멀쩡한 글이지만 **순환이 없는** 그래프라는 약속을
# 어겼습니다. 첫 태스크가 둘째를 기다리고 둘째가 첫째를 기다리면 아무도 시작하지 못합니다.
#
# 이런 오타는 실행하기 전에 걸립니다. 웹 화면에서는 Dags 목록의 위쪽에 **Dag 가져오기 오류**로 나타납니다. 이미 등록되어 있던 DAG라면 목록에는 남아
# 있으므로, 고쳤는데 옛 모습 그대로라면 이 오류부터 찾아봅니다. `%%write_dag`는 틀린 글을 폴더에 남기지 않고 앞서 쓴 파일을 되돌려 놓습니다.
#
# ### 종류 2와 3. 읽히지만 틀린 오타
#
# 다음 파일에는 오타가 두 곳 있습니다. `shout`는 `echo`를 `ehco`로, `count`는 파일의 이름을 `flihgts`로 적었습니다. `gzip -dc`는 압축을 풀어 다음
# 명령에 넘기고, `wc -l`은 줄을 셉니다. 둘을 잇는 `|`를 파이프라고 합니다.

# %%
# %%write_dag two_typos.py
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("two_typos", tags=["07"]):
    shout = BashOperator(task_id="shout", bash_command="ehco '항공편을 셉니다'")
    after = BashOperator(task_id="after_shout", bash_command="echo '셌습니다'")
    count = BashOperator(
        task_id="count",
        bash_command='gzip -dc "$MLOPS_LAB_HOME/warehouse/2013-03/flihgts.csv.gz" | wc -l',
    )
    shout >> after

# %% [markdown]
# Dag 프로세서는 둘 다 알아채지 못합니다. 명령은 글자일 뿐이고, 실행해 보아야 알 수 있습니다.
#
# **예상해 봅시다.** 태스크 `count`의 상태는 무엇이 될까요? `"성공"`이나 `"실패"`를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "실패"

# %%
run = lab.wait(lab.trigger("two_typos"))
reveal(my_guess, run.tasks["count"])
run

# %%
lab.log(run, "shout")
print("---")
lab.log(run, "count")

# %% [markdown]
# `shout`는 실패했고, 그 다운스트림은 **업스트림 실패**가 되어 시작하지도 않았습니다. 로그에 까닭이 있습니다. 이런 오타는 곧 드러납니다.
#
# 무서운 것은 `count`입니다. 파일이 없다고 말해 놓고도 **성공**했습니다. 셸은 파이프로 이은 명령 가운데 **마지막 것**의 성패만 봅니다. `wc -l`은
# 빈 것을 받아 0이라고 잘 세었습니다. Airflow도 그 말을 믿습니다. 성공은 "명령이 0으로 끝났다"이지 "답이 맞다"가 아닙니다.
#
# 명령의 앞에 `set -o pipefail;`을 적으면 파이프의 어느 하나만 실패해도 실패가 됩니다. 그래도 마지막 안전장치는 **결과를 보는 것**입니다.
#
# | 오타 | 어디에 나타납니까 |
# |---|---|
# | 파일을 읽을 수 없음 | Dag 가져오기 오류. 실행하기 전 |
# | 읽히지만 태스크가 실패 | 그리드의 빨간 칸과 로그. 실행한 뒤 |
# | 성공했지만 답이 틀림 | 아무 데도 나타나지 않습니다. 결과를 확인하는 태스크를 두어야 합니다 |
#
# ## DAG 파일은 언제 실행됩니까
#
# 한 가지가 남았습니다. 파일의 맨 바깥, 곧 `with DAG(...)`의 밖에 적은 줄은 **언제, 몇 번** 실행될까요? 읽힐 때마다 한 줄을 남기는 파일로 알아봅시다.

# %%
# %%write_dag read_when.py
import os
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with (Path(os.environ["MLOPS_LAB_HOME"]) / "lessons" / "07" / "read_when.txt").open("a") as file:
    file.write("읽혔습니다\n")

with DAG("read_when", tags=["07"]):
    BashOperator(task_id="only", bash_command="true")

# %%
notes = folder / "read_when.txt"
before = len(notes.read_text("utf-8").splitlines())
print("실행하기 전에 이미 읽혔습니까?", before >= 1)
lab.wait(lab.trigger("read_when"))
after = len(notes.read_text("utf-8").splitlines())
print("태스크 하나를 실행하니 또 읽혔습니까?", after > before)
(home / "dags" / "read_when.py").unlink()  # 읽힐 때마다 줄이 늘므로 치웁니다.

# %% [markdown]
# Dag 프로세서가 파일을 읽을 때마다(Airflow의 기본은 30초에 한 번, 이 과정의 Airflow는 파일이 바뀌었을 때와 5분에 한 번), 그리고 **태스크를 하나 실행할 때마다** 파일이 처음부터 다시 읽힙니다. 그래서 맨 바깥에 자료를 내려받거나
# 데이터베이스를 뒤지는 줄을 두면, 아무것도 실행하지 않는 밤에도 그 일이 되풀이됩니다. `import pandas`처럼 몇 초 걸리는 것도 함수 안으로 옮깁니다.
#
# ### 연습 07-2
#
# DAG `monday_report`를 처음부터 만듭니다.
#
# - **매주 월요일 아침 7시(서울)** 에 실행됩니다. 2025년 1월 6일부터이고, 지나간 몫은 실행하지 않습니다.
# - 소유자는 `analyst`이고, 태그 `07`이 있습니다.
# - 태스크는 넷입니다. `begin`이 끝나면 `count_flights`와 `count_carriers`가 서로 기다리지 않고 시작하고, 둘 다 끝나야 `finish`가 시작합니다.
# - `count_flights`는 2013년 3월의 항공편이 몇 편인지, `count_carriers`는 항공사가 몇 곳인지 셉니다. 자료는
#   `$MLOPS_LAB_HOME/warehouse/2013-03/flights.csv.gz`이고, 항공사는 `carrier` 열에 있습니다.
# - 센 수는 `PythonOperator`이면 함수가 돌려주고, `BashOperator`이면 마지막 줄에 찍습니다. 검사가 그 값을 봅니다.
#
# 검사는 여러분의 DAG를 진짜 스케줄러로 한 번 실행합니다.

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag monday_report.py`로 바꾸고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag monday_report.py
import csv
import gzip
import os
from pathlib import Path

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

FLIGHTS = Path(os.environ["MLOPS_LAB_HOME"]) / "warehouse" / "2013-03" / "flights.csv.gz"


def read_carriers():
    with gzip.open(FLIGHTS, "rt", encoding="utf-8") as file:
        return [row["carrier"] for row in csv.DictReader(file)]


with DAG(
    "monday_report",
    schedule="0 7 * * 1",
    start_date=pendulum.datetime(2025, 1, 6, tz="Asia/Seoul"),
    catchup=False,
    default_args={"owner": "analyst"},
    tags=["07"],
):
    begin = EmptyOperator(task_id="begin")
    count_flights = PythonOperator(task_id="count_flights", python_callable=lambda: len(read_carriers()))
    count_carriers = PythonOperator(
        task_id="count_carriers", python_callable=lambda: len(set(read_carriers()))
    )
    finish = EmptyOperator(task_id="finish")

    begin >> [count_flights, count_carriers] >> finish

# %%
check("07-2", "monday_report")

# %% [markdown]
# ### 연습 07-3
#
# 동료가 떠나면서 DAG `carrier_files`를 남겼습니다. 3월의 항공편을 항공사마다 파일 하나로 나누고, 파일의 수로 항공사가 몇 곳인지 셉니다.
# `empty`는 지난번의 파일을 치우고, `split`은 나누고, `count`는 셉니다. 그런데 **읽히지도 않고, 읽히게 고쳐도 답이 틀립니다.** 잘못은 세 곳입니다.
#
# 아래에 찍힌 글을 옮겨 고칩니다. 함수와 태스크의 이름, 나누어 담는 폴더는 그대로 둡니다.

# %%
from mlops_lab.lesson.exercises.lesson_07 import CARRIER_FILES

print(CARRIER_FILES)

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag carrier_files.py`로 바꾸고, 위의 글을 옮겨 고칩니다.

# %% tags=["solution"]
# %%write_dag carrier_files.py
import csv
import gzip
import os
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

HOME = Path(os.environ["MLOPS_LAB_HOME"])
FOLDER = HOME / "lessons" / "07" / "carriers"


def split_by_carrier():
    with gzip.open(HOME / "warehouse" / "2013-03" / "flights.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for carrier in {row["carrier"] for row in rows}:
        lines = [row["flight_id"] for row in rows if row["carrier"] == carrier]
        (FOLDER / f"{carrier}.txt").write_text("\n".join(lines))


def count_files():
    return len(list(FOLDER.glob("*.txt")))


with DAG("carrier_files", tags=["07"]):
    empty = BashOperator(task_id="empty", bash_command=f"rm -rf '{FOLDER}'")
    split = PythonOperator(task_id="split", python_callable=split_by_carrier)
    count = PythonOperator(task_id="count", python_callable=count_files)

    empty >> split >> count

# %%
check("07-3", "carrier_files")

# %% [markdown] tags=["quiz"]
# 1. `with DAG(...)` 안에 `BashOperator(task_id="clean", bash_command="rm -rf old")`를 적고 파일을 저장했습니다. `old`는 언제 지워집니까?
#     - [ ] 저장하고 Dag 프로세서가 읽을 때 :: 읽을 때에는 "이런 명령이 있다"라고 등록할 뿐입니다. 오늘 파일을 세 번 썼지만 태스크는 실행되지 않았습니다.
#     - [x] Dag 실행이 생겨 그 태스크의 차례가 왔을 때 :: 스케줄러가 작업자에게 시킬 때 비로소 명령이 실행됩니다.
#     - [ ] 화면에서 DAG를 켜는 순간 :: 켜는 것은 스케줄러가 돌보아도 된다는 뜻입니다. 스케줄이 없으면 켜도 아무 일이 없습니다.
# 2. 태스크 `a`, `b`, `c`를 차례로 적고 `a >> c`만 적었습니다. 맞는 말은 무엇입니까?
#     - [ ] `a`, `b`, `c`의 차례로 실행됩니다 :: 적은 차례는 뜻이 없습니다. 화살표만 봅니다.
#     - [ ] `b`는 화살표가 없으므로 실행되지 않습니다 :: 업스트림이 없는 태스크는 곧바로 시작할 수 있습니다.
#     - [x] `b`는 `a`와 `c`를 기다리지 않습니다 :: `b`는 언제 시작해도 됩니다. 기다려야 한다면 화살표를 그어야 합니다.
# 3. 태스크가 성공으로 끝났습니다. 여기서 알 수 있는 것은 무엇입니까?
#     - [x] 명령이나 함수가 오류 없이 끝났다는 것 :: 답이 맞는지는 따로 보아야 합니다. 줄을 0이라고 센 태스크도 성공이었습니다.
#     - [ ] 만들려던 파일이 있다는 것 :: 오타가 난 이름으로 만들었어도 성공입니다.
#     - [ ] 업스트림이 만든 자료가 올바르다는 것 :: 업스트림이 빈 파일을 만들었어도 성공이면 다음 태스크가 시작합니다.
# 4. 태스크 열 개를 모두 동시에 실행하게 바꾸었는데 끝나는 때가 그대로입니다. 가장 그럴듯한 까닭은 무엇입니까?
#     - [ ] Airflow는 한 DAG의 태스크를 한 번에 하나만 실행합니다 :: 간트 차트에서 둘이 겹쳐 돌았습니다.
#     - [x] 한 태스크가 전체 시간의 대부분을 차지합니다 :: 임계 경로가 그대로이면 끝나는 때도 그대로입니다.
#     - [ ] DAG를 껐다가 켜지 않았습니다 :: 파일이 바뀌면 Dag 프로세서가 다시 읽습니다. 껐다가 켤 까닭이 없습니다.

# %% [markdown]
# ## 정리
#
# - DAG는 네 단계로 만듭니다. DAG 객체, 태스크(오퍼레이터, `task_id`, 세부 사항), 순서, 화면에서 켜고 보기.
# - DAG 파일은 일을 하지 않고 알려 줍니다. Dag 프로세서가 읽어 등록하고, 켜져 있을 때 스케줄러가 Dag 실행을 만듭니다.
# - 화살표가 순서의 전부입니다. 화살표가 없는 태스크는 동시에 돌 수 있고, 끝나는 때는 임계 경로가 정합니다.
# - 오타는 읽을 때, 실행할 때 드러나거나, 끝내 드러나지 않습니다. 성공이라는 글자보다 결과를 믿습니다.
# - 맨 바깥에 적은 줄은 파일이 읽힐 때마다 실행됩니다. 무거운 일은 태스크 안에 둡니다.
#
# 다음: [08. Airflow의 구성 요소](08_airflow_components.ipynb)
