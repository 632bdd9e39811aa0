# %% [markdown]
# # 10. 스케줄
#
# **시간** 50분 · **먼저 읽을 것** [06. 배치 처리와 Airflow](06_batch_and_airflow.ipynb), [07. 첫 DAG: 네 단계](07_first_dag.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - "사흘마다"를 cron과 `timedelta`로 적고, 달의 끝에서 어떻게 갈리는지 말합니다.
# - 서울의 시각과 UTC를 오가며, 달이나 날짜를 하루 틀리지 않게 읽습니다.
# - 데이터 구간과 논리적 날짜가 무엇인지, 한 달의 몫이 왜 그 달이 끝난 뒤에 실행되는지 설명합니다.
# - 시작일, 종료일, 캐치업, 백필로 지난 몫을 원하는 만큼만 실행합니다.

# %%
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab.lesson import check, connect, reveal, show, side_by_side, upcoming, use_korean

use_korean()
lab = connect()
for dag_id in (
    "catchup_on",
    "catchup_off",
    "trigger_at",
    "data_interval",
    "asset_producer",
    "asset_consumer",
):
    lab.forget(dag_id)  # 수업을 여러 번 해도 처음부터 시작합니다.

# %% [markdown]
# ## 때를 적는 다섯 칸
#
# DAG의 `schedule`에 때를 적습니다. 가장 흔한 것이 **cron 식**(Cron Expression)입니다. 다섯 칸은 왼쪽부터 분, 시, 일, 월, 요일입니다.
#
# | 적는 것 | 뜻 |
# |---|---|
# | `*` | 모두 |
# | `7` | 7일 때 |
# | `1-5` | 1부터 5까지 |
# | `1,15` | 1과 15 |
# | `*/3` | 그 칸의 가장 작은 값부터 셋씩 건너뛰며 |
#
# 요일은 0이 일요일, 1이 월요일, 6이 토요일입니다. 적은 것이 맞는지는 Airflow에 물어봅시다. `upcoming`은 스케줄러가 하는 셈을 그대로 시켜,
# `start`부터 실행될 때를 미리 보여 줍니다.

# %%
pd.DataFrame(upcoming("30 9 * * 1-5", start=datetime(2013, 3, 1), n=4))[["실행(서울)"]]

# %% [markdown]
# 평일 9시 30분입니다. 3월 2일과 3일은 주말이라 건너뛰었습니다.
#
# ### 프리셋은 이름표입니다
#
# Airflow에는 **프리셋**(Preset)도 있습니다. `@daily`, `@weekly`처럼 이름으로 적습니다. "cron으로는 특정한 **날짜**를 정할 수 있어도 며칠마다라는
# **빈도**는 정하기 어렵다. 그래서 Airflow가 프리셋을 준다"라고 적은 글을 자주 봅니다. 정말 그런지, Airflow가 프리셋을 무엇으로 바꾸어
# 읽는지 봅시다.

# %%
from airflow.utils.dates import cron_presets

pd.Series(cron_presets).to_frame("Airflow가 읽는 cron 식")

# %% [markdown]
# 여섯 개 모두 cron 식의 **다른 이름**일 뿐입니다. cron 식으로 못 하는 일은 프리셋으로도 못 합니다. 이 밖에 한 번만 실행하는 `@once`와, 끝나면 곧바로
# 다시 실행하는 `@continuous`가 있지만, "사흘마다"를 뜻하는 프리셋은 없습니다.
#
# ## 사흘마다
#
# 그럼 사흘마다는 어떻게 적을까요? 후보가 둘 있습니다.
#
# - cron: `"0 0 */3 * *"`. 일의 칸을 셋씩 건너뛰며, 0시 0분에.
# - `timedelta(days=3)`: 파이썬의 시간 간격. 시작한 때부터 사흘씩 더합니다.
#
# 1월 25일에 시작합니다. 둘 다 1월 25일, 28일, 31일에 실행됩니다.
#
# **예상해 봅시다.** cron으로 적었을 때 1월 31일 다음 실행은 며칠입니까? `"2월 3일"`처럼 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "2월 3일"

# %%
CRON, DELTA = "0 0 */3 * *", timedelta(days=3)
both = side_by_side({"cron": CRON, "timedelta": DELTA}, start=datetime(2013, 1, 25), n=7)
reveal(my_guess, both[3]["cron"])
pd.DataFrame(both).set_index("")

# %% [markdown]
# 사흘 뒤가 아니라 **바로 다음 날**입니다. cron은 간격을 세지 않습니다. 지금의 시각이 다섯 칸에 맞는지만 봅니다. `*/3`은 "1일, 4일, 7일, …, 28일,
# 31일"이라는 **날짜의 목록**이고, 달이 바뀌면 1일부터 다시 시작합니다.
#
# Airflow의 화면은 이 스케줄을 뭐라고 설명할까요? [같은 스케줄의 DAG](../dags/10_schedules.py)를 켜지 않고 물어봅시다.

# %%
described = lab.client.dag("schedule_cron")
print(described["timetable_summary"], "->", described["timetable_description"])

# %% [markdown]
# **"사흘마다"라고 합니다.** cron 식을 영어로 풀어 주는 라이브러리가 그렇게 읽기 때문입니다. 화면의 설명만 보고 맞다고 믿었다면, 2월 1일에야 알게
# 됩니다. 실행되는 날을 그려 봅시다. 선 위의 한 점이 실행 한 번입니다.


# %%
def dates(schedule, start, end):
    """start부터 end 전까지 실행되는 날. 하루에 한 번까지인 스케줄에 씁니다."""
    rows = upcoming(schedule, start, n=(end - start).days)
    found = pd.to_datetime([row["실행(서울)"][:10] for row in rows])
    return found[found < end]


start, end = datetime(2013, 1, 25), datetime(2013, 5, 3)
fig, ax = plt.subplots(figsize=(9, 2.5))
for row, (schedule, color, marker) in enumerate(((DELTA, "#0072B2", "o"), (CRON, "#D55E00", "s"))):
    days = dates(schedule, start, end)
    ax.plot(days, [row] * len(days), color=color, marker=marker, markersize=4, linewidth=0.8)
    for before, after in pairwise(days):
        if (after - before).days != 3:
            ax.annotate(f"{(after - before).days}일 뒤", (after, row + 0.14), ha="center", fontsize=9)
first_days = pd.date_range("2013-02-01", "2013-05-01", freq="MS")
for first in first_days:
    ax.axvline(first, color="#7F7F7F", linestyle=":", linewidth=1)
ax.set_xticks(first_days, [f"{first.month}월 1일" for first in first_days])
ax.set_yticks([0, 1], ["timedelta", "cron"])
ax.set(ylim=(-0.4, 1.5), title="사흘마다: 1월 25일에 시작해 5월 2일까지 실행되는 날")
ax.grid(visible=False)
show(
    fig,
    "두 스케줄이 실행되는 날을 점으로 찍은 그림. timedelta는 늘 사흘 간격입니다. cron은 2월 1일, 3월 1일, 4월 1일에 앞 실행의 하루 뒤에 실행되고, 5월 1일에는 사흘 간격이 그대로입니다.",
)

# %% [markdown]
# 그림의 오른쪽 끝을 봅시다. 4월에서 5월로 넘어갈 때는 cron도 사흘 간격입니다. 4월은 30일까지 있어 28일 다음이 마침 5월 1일입니다. **4월에
# 시험했다면 아무 문제도 찾지 못합니다.** 달의 길이에 기대는 버그는 이렇게 숨습니다.
#
# 어느 쪽이 맞을까요? 달마다 같은 날짜에 하는 일(정산, 보고서)은 cron이, 같은 간격으로 하는 일(사흘 치 자료를 빠짐없이 모으기)은 `timedelta`가
# 맞습니다. 하루 치를 사흘 치라고 믿고 더하면 합계가 틀립니다.
#
# ### 연습 10-1
#
# `"0 0 */3 * *"`는 2013년 한 해 동안 몇 번이나 약속을 어깁니까? 2013년의 실행을 차례로 놓고, 이웃한 두 실행의 간격이 사흘이 **아닌** 곳의 수를
# `broken`에 넣습니다. 두 실행이 모두 2013년에 있는 것만 셉니다.

# %% tags=["stub"]
broken = ...

# %% tags=["solution"]
days = dates(CRON, datetime(2013, 1, 1), datetime(2014, 1, 1))
gaps = pd.Series(days).diff().dropna().dt.days  # 앞 실행과의 간격
broken = int((gaps != 3).sum())
gaps.value_counts().rename_axis("간격(일)").to_frame("횟수")

# %%
check("10-1", broken)

# %% [markdown]
# ## 서울의 자정은 어제의 15시
#
# 때를 적을 때는 **어느 곳의 시계**인지도 정해야 합니다. Airflow는 안에서 모든 시각을 **UTC**(협정 세계시)로 적습니다. 서울은 UTC보다 9시간
# 빠릅니다. 서울이 2월 1일 0시일 때 UTC는 아직 1월 31일 15시입니다.
#
# cron 식을 읽는 시계는 `start_date`의 시간대가 정합니다. 같은 `@daily`라도 시간대를 적지 않으면 UTC의 자정에 실행됩니다.

# %%
in_seoul = upcoming(
    "@daily", start=datetime(2013, 2, 1), n=1
)  # 우리의 upcoming은 시간대가 없으면 서울로 봅니다.
in_utc = upcoming("@daily", start=datetime(2013, 2, 1, tzinfo=UTC), n=1)
pd.Series(
    {
        "시간대가 서울인 start_date": in_seoul[0]["실행(서울)"],
        "시간대를 적지 않은 start_date": in_utc[0]["실행(서울)"],
    }
).to_frame("첫 실행(서울의 시계로)")

# %% [markdown]
# 자정의 배치를 만든 줄 알았는데 **아침 9시**에 실행됩니다. 사람들이 출근해 자료를 찾는 바로 그때입니다. 그래서 `start_date`에는 언제나 시간대를
# 적습니다.
#
# ### 연습 10-2
#
# 시간대를 바꿀 수 없는 DAG가 있습니다. `start_date`가 UTC로 적혀 있어 cron 식도 UTC로 읽힙니다. 이 DAG를 **서울의 월요일 아침 7시**마다
# 실행하려면 cron 식을 어떻게 적어야 합니까? 글(문자열)을 `monday`에 넣습니다. `upcoming`에 `start=datetime(2013, 3, 1, tzinfo=UTC)`를 주면 미리
# 볼 수 있습니다.

# %% tags=["stub"]
monday = ...

# %% tags=["solution"]
monday = "0 22 * * 0"  # 서울의 월요일 7시는 UTC의 일요일 22시입니다. 시각뿐 아니라 요일도 바뀝니다.
pd.DataFrame(upcoming(monday, start=datetime(2013, 3, 1, tzinfo=UTC), n=3))[["실행(서울)", "구간 시작(UTC)"]]

# %%
check("10-2", monday)

# %% [markdown]
# ## 언제 실행되는가, 어느 기간의 몫인가
#
# 2월의 항공편을 처리하는 배치를 생각해 봅시다. 언제 실행해야 합니까? 2월 1일 0시에는 2월의 항공편이 하나도 없습니다. 2월이 다 지난 **3월 1일
# 0시**에야 할 수 있습니다. 그래서 실행 하나에는 두 가지가 있습니다.
#
# - **데이터 구간**(Data Interval): 그 실행이 맡은 자료의 기간. 2월 1일 0시부터 3월 1일 0시 전까지.
# - **실행되는 때**: 구간이 끝난 뒤. 3월 1일 0시.
#
# **논리적 날짜**(Logical Date)는 이 실행의 이름표로 쓰는 시각입니다. 데이터 구간이 있는 스케줄에서는 구간의 **시작**입니다. 3월 1일에
# 실행되지만 논리적 날짜는 2월 1일입니다. 7월에 다시 실행해도 이름표는 2월 1일입니다. "지금"을 쓰지 않고 이름표를 쓰기 때문에, 언제 다시
# 실행해도 같은 달을 처리합니다.

# %%
fig, ax = plt.subplots(figsize=(9, 2.6))
months = pd.date_range("2013-02-01", "2013-05-01", freq="MS")
for row, (first, after, color) in enumerate(
    zip(months, months[1:], ("#0072B2", "#009E73", "#CC79A7"), strict=False)
):
    ax.barh(-row, after - first, left=first, height=0.5, color=color, alpha=0.35)
    ax.text(first + (after - first) / 2, -row, f"{first.month}월의 데이터 구간", ha="center", va="center")
    ax.plot(first, -row, marker="|", markersize=18, markeredgewidth=3, color=color)
    ax.plot(after, -row, marker="D", markersize=8, color=color)
    ax.text(after + pd.Timedelta(days=1.5), -row, f"실행 ({after.month}월 1일 0시)", va="center")
ax.text(months[0], 0.42, "논리적 날짜", ha="left", va="bottom", fontsize=9)
ax.set_xticks(months, [f"{each.month}월 1일" for each in months])
ax.set_yticks([])
ax.set(xlim=(pd.Timestamp("2013-01-27"), pd.Timestamp("2013-05-22")), ylim=(-2.5, 0.9))
ax.grid(visible=False)
show(
    fig,
    "2월, 3월, 4월의 데이터 구간을 막대로 그린 그림. 막대의 왼쪽 끝이 논리적 날짜이고, 실행은 막대가 끝나는 다음 달 1일 0시에 있습니다.",
)

# %% [markdown]
# ### cron 글만 적으면
#
# `schedule`에 적은 것은 **시간표**(Timetable)라는 객체가 됩니다. 언제 실행하고 구간이 어디인지는 시간표가 정합니다. 예전의 Airflow 2에서는 cron
# 글을 적으면 위의 그림대로였습니다. **Airflow 3은 다릅니다.**

# %%
from airflow.sdk import DAG, CronDataIntervalTimetable

START = datetime(2013, 2, 1, tzinfo=UTC)
for schedule in ("0 0 1 * *", "@monthly", timedelta(days=3)):
    print(f"{schedule!s:18}", type(DAG("look", schedule=schedule, start_date=START).timetable).__name__)

# %% [markdown]
# 이름에 모두 `Trigger`가 있습니다. cron 글이나 `timedelta`를 적으면 **정한 때에 실행할 뿐, 구간의 길이가 0인** 시간표가 됩니다. 논리적 날짜도
# 실행되는 때와 같습니다. 구간이 필요하면 `CronDataIntervalTimetable`을 적습니다.

# %%
columns = ["구간 시작(서울)", "구간 끝(서울)", "실행(서울)"]
monthly = {
    '"0 0 1 * *"': "0 0 1 * *",
    "CronDataIntervalTimetable": CronDataIntervalTimetable("0 0 1 * *", timezone="Asia/Seoul"),
}
pd.concat(
    {name: pd.DataFrame(upcoming(each, datetime(2013, 2, 1), 2))[columns] for name, each in monthly.items()}
)

# %% [markdown]
# 2월 1일에 시작하는 같은 cron인데, 위의 첫 실행은 2월 1일에, 아래의 첫 실행은 3월 1일에 있습니다. 위의 것으로 "2월의 몫"을 처리하면
# **오지도 않은 자료**를 읽게 됩니다. 옛 글의 예제를 그대로 옮기면 조용히 틀리는 곳입니다.
#
# ### 진짜 스케줄러에서
#
# [dags/10_data_interval.py](../dags/10_data_interval.py)에 두 DAG가 있습니다. `trigger_at`은 위의 것, `data_interval`은 아래의 것입니다. 태스크는
# 자기가 받은 것을 XCom에 적습니다. `ds`는 템플릿에서 가장 많이 쓰는 값으로, 논리적 날짜를 `2013-02-01` 꼴로 적은 것입니다.
#
# **예상해 봅시다.** `data_interval`의 첫 실행은 2월의 몫입니다. 논리적 날짜는 서울의 2월 1일 0시입니다. `ds`에는 무엇이 적혀 있을까요?

# %% tags=["stub"]
my_ds = ...

# %% tags=["solution"]
my_ds = "2013-02-01"

# %%
import time


def switch_on(dag_id, runs):
    """DAG를 켜고, 스케줄러가 실행 runs개를 만들어 모두 끝낼 때까지 기다립니다."""
    lab.client.unpause(dag_id)
    while len(made := lab.runs(dag_id)) < runs:
        time.sleep(0.3)
    return [lab.wait(run) for run in made]


received = {
    f"{dag_id} {number}번째": lab.xcom(run, "show_interval")
    for dag_id in ("trigger_at", "data_interval")
    for number, run in enumerate(switch_on(dag_id, runs=2), start=1)
}
reveal(my_ds, received["data_interval 1번째"]["ds"])
pd.DataFrame(received).T[["ds", "start", "end", "month"]]

# %% [markdown]
# `ds`는 **1월 31일**입니다. 템플릿의 시각은 UTC이고, 서울의 2월 1일 0시는 UTC로 1월 31일 15시이기 때문입니다. `ds`에서 달을 뽑았다면 2월의 몫을
# 1월의 폴더에 적었을 것입니다. 오류는 나지 않습니다.
#
# `start`, `end`, `month`는 태스크가 서울의 시각으로 바꾸어 적은 것이라 맞습니다. 파일을 열어 `in_timezone`이 있는 줄을 찾아봅시다. 그리고
# `trigger_at`의 두 줄에서 `start`와 `end`가 같은 것도 확인합시다. 길이가 0인 구간입니다.

# %% [markdown]
# ## 지난 몫을 어디까지
#
# `start_date`를 **지난날**로 적으면 어떻게 될까요? [dags/10_catchup.py](../dags/10_catchup.py)의 두 DAG는 모두 `@monthly`이고 시작일이 2013년
# 1월 1일입니다.
#
# | | `catchup_on` | `catchup_off` |
# |---|---|---|
# | **캐치업**(Catchup) | 켬 | 끔(기본값) |
# | 시작일(`start_date`) | 2013-01-01 | 2013-01-01 |
# | 종료일(`end_date`) | 2013-03-01 | 없음 |
#
# **예상해 봅시다.** 두 DAG를 켜면 실행이 저마다 몇 개 생길까요? `(3, 100)`처럼 적습니다.

# %% tags=["stub"]
my_runs = ...

# %% tags=["solution"]
my_runs = (3, 0)

# %%
caught_up = switch_on("catchup_on", runs=3)
latest = switch_on("catchup_off", runs=1)
reveal(my_runs, (len(caught_up), len(latest)))
lab.runs("catchup_on")

# %% [markdown]
# - 캐치업을 켜면 시작일부터 종료일까지 **빠진 몫을 모두** 실행합니다. 양 끝의 1월 1일과 3월 1일도 들어갑니다. 종료일이 없었다면 2013년부터 오늘까지
#   백 번이 넘게 밀려듭니다.
# - 캐치업을 끄면 지난 몫은 건너뛰고 **가장 가까운 몫 하나만** 실행합니다. 이번 달의 것이라, 언제 이 수업을 하느냐에 따라 논리적 날짜가 다릅니다.
#
# 그럼 캐치업도 꺼져 있고 종료일도 지났다면 어떨까요? [13. 종합: 드리프트를 감시하고 다시 학습하는 파이프라인](13_flight_delay_pipeline.ipynb)의 `flight_delay`가 그렇습니다. 다음 실행이
# 언제인지 물어봅시다.

# %%
print("flight_delay의 다음 실행:", lab.client.dag("flight_delay")["next_dagrun_run_after"])

# %% [markdown]
# 없습니다. 켜 두어도 **영원히 실행되지 않습니다.** 고장이 아니라 적은 그대로입니다. 이런 DAG는 사람이 기간을 정해 실행합니다.
#
# ### 백필: 사람이 고른 기간만
#
# **백필**(Backfill)은 지난 기간을 골라 그 몫을 실행하는 일입니다. 캐치업은 DAG의 설정이고 스케줄러가 알아서 합니다. 백필은 사람이 그때그때
# 시킵니다. 화면에서는 "트리거" 단추의 "백필"입니다. `catchup_off`의 2013년 1월 15일부터 3월 15일까지를 백필합니다.
#
# **예상해 봅시다.** 실행이 몇 개 생길까요?

# %% tags=["stub"]
my_backfill = ...

# %% tags=["solution"]
my_backfill = 3

# %%
backfilled = lab.backfill("catchup_off", "2013-01-15", "2013-03-15")
reveal(my_backfill, len(backfilled))
lab.grid("catchup_off", backfilled)

# %% [markdown]
# 달은 셋에 걸쳐 있지만 실행은 둘입니다. 백필은 기간을 통째로 한 번 실행하는 것이 아니라, 그 기간에 **스케줄이 정한 때**를 찾아 하나씩 실행합니다. 1월
# 15일과 3월 15일 사이에 있는 1일은 2월 1일과 3월 1일뿐입니다. 이미 있는 실행은 다시 하지 않습니다. 다시 하려면 그렇게 하라고 따로
# 골라야 합니다.
#
# 백필해도 되는 태스크는 **이름표만 보고 일하는** 태스크입니다. 코드에 `datetime.now()`가 있으면, 2월의 몫을 백필해도 오늘의 자료를 읽습니다.

# %% [markdown]
# ## 시각 말고 자료로
#
# 새벽 3시에 자료가 온다고 3시 30분에 다음 DAG를 걸어 두면, 자료가 4시에 온 날 조용히 틀립니다. 정말 원한 것은 3시 30분이 아니라 "자료가
# 새로워진 뒤"입니다. **에셋**(Asset)은 자료에 붙인 이름입니다. `schedule`에 때 대신 에셋을 적으면, 그 에셋을 만든다고(`outlets`) 적은 태스크가
# 성공할 때마다 실행됩니다. [dags/10_assets.py](../dags/10_assets.py)에서 `asset_producer`만 우리가 실행시킵니다.

# %%
lab.client.unpause("asset_consumer")
lab.wait(lab.trigger("asset_producer"))
consumed = switch_on("asset_consumer", runs=1)[0]
print(consumed)
lab.xcom(consumed, "find_worst")

# %% [markdown]
# 누르지도 않은 `asset_consumer`가 실행되었고, 누가 알려 주었는지도 압니다. 시각으로 실행된 것이 아니므로 논리적 날짜가 없습니다("직접 실행"이라고
# 보이는 까닭입니다). 이런 실행에는 `ds`도 데이터 구간도 없습니다.
#
# ### 연습 10-3
#
# 지난 한 주의 항공편을 요약하는 DAG를 씁니다. 진짜 스케줄러가 실행합니다.
#
# - dag_id는 `weekly_summary`, 태스크는 `summarize` 하나.
# - **서울의 월요일 아침 7시마다** 실행하고, 데이터 구간은 지난 월요일 7시부터 이번 월요일 7시까지.
# - 시작일은 서울의 2013년 3월 4일 0시, 종료일은 3월 19일 0시. 켜면 지난 몫을 모두 실행합니다.
# - `summarize`는 자기 구간이 시작한 날을 **서울의 날짜**로, `"2013-03-04"` 꼴의 글로 돌려줍니다(`return`).
#
# 위에서 읽은 [dags/10_data_interval.py](../dags/10_data_interval.py)가 본보기입니다.

# %% tags=["stub"]
# 이 셀을 `%%write_dag weekly_summary.py`로 시작하게 고치고, 그 아래에 DAG를 씁니다.

# %% tags=["solution"]
# %%write_dag weekly_summary.py
import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, task

SEOUL = "Asia/Seoul"

with DAG(
    "weekly_summary",
    schedule=CronDataIntervalTimetable("0 7 * * 1", timezone=SEOUL),
    start_date=pendulum.datetime(2013, 3, 4, tz=SEOUL),
    end_date=pendulum.datetime(2013, 3, 19, tz=SEOUL),
    catchup=True,
):

    @task
    def summarize(data_interval_start=None):
        return f"{data_interval_start.in_timezone(SEOUL):%Y-%m-%d}"

    summarize()

# %%
check("10-3", "weekly_summary")

# %% [markdown] tags=["quiz"]
# 1. 달마다 1일, 11일, 21일에 정산합니다. 어떻게 적는 것이 맞습니까?
#     - [ ] `timedelta(days=10)` :: 열흘씩 더하면 31일까지 있는 달을 지날 때마다 하루씩 어긋납니다.
#     - [x] `"0 0 1,11,21 * *"` :: 날짜를 고르는 일은 cron이 잘합니다.
#     - [ ] `"@monthly"` :: 1일 0시에 한 번뿐입니다.
# 2. `@daily`인 DAG를 만들었더니 서울의 아침 9시에 실행됩니다. 까닭은 무엇입니까?
#     - [x] `start_date`에 시간대가 없어 UTC의 자정에 실행됩니다 :: UTC의 0시가 서울의 9시입니다.
#     - [ ] `@daily`는 하루에 한 번이라는 빈도일 뿐이라 시각이 정해져 있지 않습니다 :: `@daily`는 `0 0 * * *`의 다른 이름입니다. 0시 0분으로 정해져 있습니다.
#     - [ ] 스케줄러가 바빠 아홉 시간 늦었습니다 :: 늦으면 늦었지, 날마다 정확히 9시일 수는 없습니다.
# 3. 서울 시간대의 `CronDataIntervalTimetable("0 0 * * *")`입니다. 3월 5일의 자료를 맡은 실행은 언제 시작합니까?
#     - [ ] 3월 5일 0시 :: 그때는 3월 5일의 자료가 아직 하나도 없습니다.
#     - [ ] 3월 5일 9시 :: UTC를 떠올렸군요. 이 시간표는 서울의 시계로 읽습니다.
#     - [x] 3월 6일 0시 :: 구간이 끝나야 자료가 다 있습니다. 논리적 날짜는 3월 5일입니다.
# 4. 매일 실행하던 DAG의 버그를 고쳤습니다. 지난주의 이레를 다시 실행하려면 무엇을 합니까?
#     - [ ] 시작일을 지난주로 바꿉니다 :: 이미 실행한 기록이 있고 캐치업이 꺼져 있으면 아무 일도 없습니다. 시작일은 다시 실행하는 단추가 아닙니다.
#     - [x] 지난주를 백필하고, 끝난 실행도 다시 하도록 고릅니다 :: 기간을 사람이 정합니다. 이미 있는 실행은 고르지 않으면 그대로 둡니다.
#     - [ ] 캐치업을 켭니다 :: 캐치업은 빠진 몫만 채웁니다. 이미 성공한 이레는 빠진 몫이 아닙니다.

# %% [markdown]
# ## 정리
#
# - cron은 날짜를 고르고, `timedelta`는 간격을 셉니다. `*/3`은 달이 바뀌면 1일부터 다시 시작합니다. 프리셋은 cron의 다른 이름입니다.
# - `start_date`에는 언제나 시간대를 적습니다. 템플릿의 시각은 UTC라, 서울의 자정은 하루 앞의 날짜가 됩니다.
# - 한 달의 몫은 그 달이 끝나야 실행할 수 있습니다. 논리적 날짜는 그 구간의 시작이고, 언제 다시 실행해도 같습니다.
# - Airflow 3에서 cron 글만 적으면 구간의 길이가 0입니다. 구간이 필요하면 `CronDataIntervalTimetable`을 적습니다.
# - 캐치업은 빠진 몫을 스케줄러가 모두 채우고, 백필은 사람이 고른 기간만 채웁니다. 때가 아니라 자료를 기다릴 때는 에셋을 씁니다.
#
# 다음: [11. 노트북에 매개변수를](11_notebook_parameters.ipynb)
