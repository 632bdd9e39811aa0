# %% [markdown]
# # 06. 배치 처리와 Airflow
#
# **시간** 45분 · **먼저 읽을 것** [02. 왜 MLOps인가](02_why_mlops.ipynb), [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 배치 처리가 무엇인지, 온라인 처리와 스트리밍 곁에 놓고 설명합니다.
# - cron에 맡긴 작업이 망가지는 다섯 가지를 직접 일으켜 봅니다.
# - 몇 번을 실행해도 결과가 같은 작업을 만듭니다.
# - Airflow가 무엇을 더해 주고, 무엇은 하지 않는지 말합니다.

# %% [markdown]
# ## 배치 처리란
#
# 어제 도착한 항공편이 얼마나 늦었는지 날마다 장부에 적으려 합니다. 비행기가 내릴 때마다 적을 필요는 없습니다. 하루치가 다 모인 새벽에 한꺼번에
# 셈하면 됩니다. 이렇게 **모아 두었다가 한 번에** 하는 일을 **배치 처리**(Batch Processing)라고 합니다. 시작하는 때는 둘 가운데 하나입니다.
#
# - **한 번**: 지난 한 해를 다시 셈하는 일처럼, 필요할 때 사람이 시작합니다.
# - **정해진 때마다**: 날마다 새벽 3시, 달마다 1일처럼, 시계가 시작합니다.
#
# 시작하면 사람과 이야기하지 않고 끝까지 달리고, 끝나면 사라집니다. 이렇게 도는 프로그램을 **배치 프로세스**(Batch Process)라고 합니다. 다른 두
# 방식과 견주어 봅시다.
#
# | | 무엇이 시작합니까 | 한 번에 다루는 것 | 기다려도 되는 시간 | 항공편으로 말하면 |
# |---|---|---|---|---|
# | 배치 | 시계, 또는 앞일이 끝남 | 하루치, 한 달치 | 몇 분에서 몇 시간 | 어제의 지연율, 다음 달의 모델 |
# | **온라인 처리**(Online Processing) | 사람의 요청 | 하나 | 1초 안 | "내 비행기가 늦을까요?" |
# | **스트리밍**(Streaming) | 일이 일어남 | 흘러오는 하나하나 | 몇 초 | 내릴 때마다 바뀌는 공항의 전광판 |
#
# 모델을 학습하고, 드리프트를 재고, 보고서를 만드는 일은 거의 다 배치입니다. 그래서 MLOps는 배치를 잘 돌리는 데서 시작합니다.
#
# ## 손으로 돌리는 작업
#
# 2013년 3월의 자료로 시작합니다. 이 수업만의 폴더를 새로 만들고, 3월의 파일 둘을 넣습니다. 4월의 파일은 아직 없습니다.

# %%
import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import matplotlib.pyplot as plt
import pandas as pd
from croniter import croniter, croniter_range

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson import check, reveal, show, upcoming, use_korean

use_korean()
home = flights.home()
steps.prepare("2013-03", home, "features", "labels")
folder = home / "lessons" / "06"
shutil.rmtree(folder, ignore_errors=True)  # 지난번에 만든 것이 있으면 처음부터 다시 합니다.
folder.mkdir(parents=True)
for kind in ("flights", "labels"):
    shutil.copy(home / "warehouse" / "2013-03" / f"{kind}.csv.gz", folder / f"{kind}-2013-03.csv.gz")
print(sorted(path.name for path in folder.iterdir()))

# %% [markdown]
# 작업은 짧은 파이썬 스크립트입니다. 날짜 하나를 받아, 그날의 항공편과 지연된 편수를 세고, 장부(`ledger.csv`)의 **끝에 한 줄을 덧붙입니다.**
# 누구나 처음에는 이렇게 적습니다.

# %%
COUNT = """import csv, gzip, json, os, sys

day = sys.argv[1]  # 예: 2013-03-01

def read(kind):
    with gzip.open(f"{kind}-{day[:7]}.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))

today = {row["flight_id"] for row in read("flights") if row["date"] == day}
delays = [float(row["arr_delay"]) for row in read("labels") if row["flight_id"] in today]
late = sum(delay > 15 for delay in delays)
"""

APPEND = """
with open("ledger.csv", "a", encoding="utf-8") as ledger:
    ledger.write(f"{day},{len(delays)},{late}\\n")
"""

(folder / "daily.py").write_text(COUNT + APPEND, encoding="utf-8")


def run(script, *arguments):
    """스크립트를 다른 파이썬 프로세스로 실행하고, 끝나기를 기다립니다."""
    return subprocess.run([sys.executable, script, *arguments], cwd=folder, capture_output=True, text=True)


def ledger():
    return pd.read_csv(folder / "ledger.csv", names=["day", "flights", "late"])


for day in ("2013-03-01", "2013-03-02", "2013-03-03"):
    run("daily.py", day)
ledger()

# %% [markdown]
# 잘 됩니다. 그런데 내일도, 모레도, 휴가 중에도 사람이 새벽에 명령을 쳐야 합니다.
#
# ## 시계에 맡기기: cron
#
# **cron**은 유닉스에 오래전부터 있는 시계입니다. 다섯 칸의 글로 때를 적어 두면, 그때마다 명령을 띄웁니다.
#
# ```text
# 분  시  일  월  요일   명령
# 0   3   *   *   *     python daily.py 어제
# ```
#
# `*`은 "모두"입니다. 위의 줄은 날마다 3시 0분입니다. 이런 글을 **cron 식**(Cron Expression)이라고 합니다. 언제 실행될지는
# `croniter`라는 라이브러리로 셈할 수 있습니다. 조금 뒤에 볼 Airflow도 이 라이브러리를 씁니다.

# %%
clock = croniter("0 3 * * *", datetime(2013, 3, 4, 12))
for _ in range(3):
    print(clock.get_next(datetime))

# %% [markdown]
# cron이 하는 일은 **때가 되면 명령을 띄우는 것, 그것뿐입니다.** 그래서 흉내 내기도 쉽습니다. 아래의 `cron`은 한 해를 기다리는 대신 시계만
# 빨리 돌립니다. 때의 계산과 스크립트의 실행은 진짜입니다. `is_on`은 그때 컴퓨터가 켜져 있었는지 알려 주는 함수입니다.


# %%
def cron(expression, start, end, is_on=lambda moment: True):
    """start부터 end까지 시계를 돌리며, 때마다 어제의 몫을 실행합니다."""
    for moment in croniter_range(start, end, expression):
        if is_on(moment):
            yesterday = moment - timedelta(days=1)
            run("daily.py", f"{yesterday:%Y-%m-%d}")


def is_on(moment):
    """금요일 저녁 6시에 끄고, 월요일 아침 9시에 켭니다."""
    return not datetime(2013, 3, 8, 18) <= moment < datetime(2013, 3, 11, 9)


# %% [markdown]
# ## 깨짐 1. 컴퓨터가 꺼져 있던 날
#
# 3월 4일부터의 몫을 cron에 맡깁니다. 금요일(3월 8일) 저녁, 담당자가 컴퓨터를 끄고 퇴근했습니다. 월요일 아침 9시에 다시 켭니다. 시계를 3월
# 13일 아침까지 돌립니다. 그때까지 장부에 있어야 할 것은 3월 1일부터 12일까지의 열두 줄입니다.
#
# **예상해 봅시다.** 월요일에 켜진 cron은 꺼져 있던 동안의 몫을 어떻게 할까요? 장부가 몇 줄일지 수로 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 12

# %%
cron("0 3 * * *", datetime(2013, 3, 5), datetime(2013, 3, 13, 9), is_on)
reveal(my_guess, len(ledger()))
expected = [f"2013-03-{number:02d}" for number in range(1, 13)]
print("빠진 날:", [day for day in expected if day not in set(ledger()["day"])])

# %% [markdown]
# cron은 지나간 때를 기억하지 않습니다. 켜진 뒤의 다음 3시를 기다릴 뿐입니다. 사흘이 사라졌는데 아무도 모릅니다.
#
# 사라진 것이 하필 어떤 날이었는지 원래의 자료에서 확인해 봅시다.

# %%
march = pd.read_csv(folder / "labels-2013-03.csv.gz").merge(
    pd.read_csv(folder / "flights-2013-03.csv.gz"), on="flight_id"
)
truth = (
    march.assign(late=march["arr_delay"] > 15)
    .groupby("date")["late"]
    .agg(flights="size", late="sum")
    .loc[expected]
)
kept = ledger()
print(f"장부의 지연율      {kept['late'].sum() / kept['flights'].sum():.3f}")
print(f"열두 날의 지연율   {truth['late'].sum() / truth['flights'].sum():.3f}")
worst = truth["late"].div(truth["flights"]).sort_values(ascending=False).head(1)
print(f"가장 늦은 날       {worst.index[0]}, {worst.iloc[0]:.0%} 지연")

# %% [markdown]
# 궂은 날씨로 열에 여덟이 늦은 3월 8일이 통째로 빠졌습니다. 장부만 보면 평온한 3월입니다. **없는 줄은 눈에 띄지 않습니다.** 그것이 이 고장의
# 무서운 점입니다.
#
# 지나간 몫을 챙기는 `anacron` 같은 도구도 있습니다. 하지만 켜졌을 때 한 번 실행해 줄 뿐, 사흘의 몫을 하나씩 채우지는 않습니다.
#
# ## 깨짐 2. 다시 돌렸더니 두 번 셉니다
#
# 빠진 것을 알아챈 사람이 손으로 채웁니다. 어디부터 빠졌는지 헷갈려, 넉넉하게 3월 7일부터 돌렸습니다.

# %%
for day in ("2013-03-07", "2013-03-08", "2013-03-09", "2013-03-10"):
    run("daily.py", day)
filled = ledger()
print(f"{len(filled)}줄, 항공편 {filled['flights'].sum():,}편 (맞는 답 {truth['flights'].sum():,}편)")
filled[filled["day"] == "2013-03-07"]

# %% [markdown]
# 3월 7일이 두 줄입니다. 덧붙이는 작업은 **몇 번 실행했는지에 따라 답이 달라집니다.** 그래서 사람이 겁을 먹습니다. "다시 돌려도 되나?" 이 질문이
# 나오는 작업은 새벽에 고칠 수 없습니다.
#
# ## 깨짐 3. 앞의 것이 끝나기 전에 다음 것이 시작합니다
#
# cron은 앞의 실행이 끝났는지도 묻지 않습니다. 10분마다 실행하는데 어느 날 25분이 걸리면 셋이 함께 돕니다.
#
# 이번에는 장부 대신 합계 하나(`total.json`)를 고쳐 쓰는 작업을 봅시다. 읽고, 더하고, 씁니다. 셈이 오래 걸리는 것은 엔터를 기다리는
# `input()`으로 흉내 냅니다.

# %%
ADD = """
with open("total.json") as file:
    total = json.load(file)
print("읽었습니다", flush=True)
input()  # 오래 걸리는 셈
with open("total.json", "w") as file:
    json.dump(total + len(delays), file)
"""
(folder / "add.py").write_text(COUNT + ADD, encoding="utf-8")


def begin(day):
    """add.py를 시작하고, 합계를 읽을 때까지 기다립니다."""
    job = subprocess.Popen(
        [sys.executable, "add.py", day], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    job.stdout.readline()
    return job


def total_after(days, *, overlap):
    """days의 몫을 더한 뒤의 합계. overlap이 참이면 앞의 것이 끝나기 전에 다음 것을 시작합니다."""
    (folder / "total.json").write_text("0")
    running = []
    for day in days:
        running.append(begin(day))
        if not overlap:
            running.pop().communicate("\n")
    for job in running:
        job.communicate("\n")
    return json.loads((folder / "total.json").read_text())


days = ["2013-03-01", "2013-03-02"]
print("차례로:", total_after(days, overlap=False))
print("겹쳐서:", total_after(days, overlap=True))

# %% [markdown]
# 겹치면 둘째가 첫째의 결과를 지웁니다. 둘 다 0을 읽고 시작했기 때문입니다. 둘 다 오류 없이 끝났고, 합계만 틀렸습니다. **늘 일어나지도
# 않습니다.** 셈이 늦어진 날에만 일어납니다.
#
# ## 깨짐 4. 왜 없는지 알 수 없습니다
#
# 4월 2일 새벽입니다. 4월의 파일은 아직 오지 않았습니다.

# %%
before = len(ledger())
cron("0 3 * * *", datetime(2013, 4, 2), datetime(2013, 4, 2, 9))
print(f"장부에 늘어난 줄: {len(ledger()) - before}")

# %% [markdown]
# 조용합니다. 장부에서 4월 1일이 없는 것은, 컴퓨터가 꺼져 있어도, 스크립트가 실패해도, 자료가 없어도 **똑같아 보입니다**. 스크립트는 사실
# 까닭을 말하고 있었습니다. 아무도 받아 적지 않았을 뿐입니다.

# %%
failed = run("daily.py", "2013-04-01")
print("끝 상태:", failed.returncode)
print("마지막 줄:", failed.stderr.splitlines()[-1])

# %% [markdown]
# cron은 이 글을 그 컴퓨터의 메일함으로 보내거나 버립니다. 다시 해 보지도 않습니다. 파일이 십 분 뒤에 왔더라도 오늘의 몫은 없습니다.
#
# ## 깨짐 5. 3시는 언제입니까
#
# 서버의 시계가 어느 나라의 것인지 cron 식에는 적혀 있지 않습니다. 뉴욕의 서버로 옮기면 무슨 일이 생길까요? 뉴욕은 3월 둘째 일요일에 시계를
# 한 시간 앞으로, 11월 첫째 일요일에 뒤로 돌립니다.

# %%
NEW_YORK, SEOUL = ZoneInfo("America/New_York"), ZoneInfo("Asia/Seoul")


def next_moments(expression, start, n):
    clock = croniter(expression, start)
    return [clock.get_next(datetime) for _ in range(n)]


for title, expression, start in (
    ("3월, 날마다 2시 30분", "30 2 * * *", datetime(2013, 3, 9, tzinfo=NEW_YORK)),
    ("11월, 날마다 1시 30분", "30 1 * * *", datetime(2013, 11, 2, tzinfo=NEW_YORK)),
):
    print(title)
    for moment in next_moments(expression, start, 4):
        print(f"   뉴욕 {moment:%m-%d %H:%M}   서울 {moment.astimezone(SEOUL):%m-%d %H:%M}")

# %% [markdown]
# 3월 10일에는 2시 30분이 **없는 시각**이라 3시로 밀렸습니다. 11월 3일에는 1시 30분이 **두 번** 옵니다. 덧붙이는 작업이라면 그날은 두 줄입니다.
# 이런 날을 건너뛸지 두 번 실행할지는 cron마다 다릅니다. 서울의 시계는 돌리지 않지만, 서버의 시계가 UTC(협정
# 세계시. 서울보다 9시간 늦습니다)이면 "3시"는 서울의 정오입니다.
#
# ### 연습 06-1
#
# 2013년 한 해 동안 날마다 새벽 3시(`0 3 * * *`)에 실행하려던 작업이 있습니다. 그 컴퓨터가 꺼져 있던 때의 목록이 `OFF`입니다. 켜는 순간이
# 정확히 3시라면 실행된 것으로, 끄는 순간이 3시라면 실행되지 못한 것으로 봅니다. 실행되지 못한 것은 모두 몇 번입니까? `missed`에 넣습니다.

# %%
from mlops_lab.lesson.exercises.lesson_06 import OFF

for start, end in OFF:
    print(f"{start:%m-%d %H:%M} 끔  ~  {end:%m-%d %H:%M} 켬")

# %% tags=["stub"]
missed = ...

# %% tags=["solution"]
moments = croniter_range(datetime(2013, 1, 1), datetime(2013, 12, 31, 23, 59), "0 3 * * *")
missed = sum(any(start <= moment < end for start, end in OFF) for moment in moments)

# %%
check("06-1", missed)

# %% [markdown]
# ## 약: 몇 번을 실행해도 같게
#
# 다섯 가지 가운데 둘(두 번 세는 것, 겹치는 것)은 작업을 다르게 적으면 사라집니다. 같은 입력으로 몇 번을 실행해도 결과가 한 번 실행한 것과
# 같은 성질을 **멱등성**(Idempotence)이라고 합니다.
#
# 비결은 셋입니다.
#
# 1. **덧붙이지 말고 제자리에 씁니다.** 3월 7일의 몫은 늘 `days/2013-03-07.json`입니다. 다시 실행하면 같은 자리에 같은 것을 씁니다.
# 2. **다 쓴 다음에 옮깁니다.** 임시 이름으로 쓰고 `os.replace`로 이름을 바꿉니다. 도중에 죽어도 절반만 쓰인 파일이 제자리에 남지 않습니다.
# 3. **합계는 고쳐 쓰지 않고 다시 셉니다.** 날마다의 파일을 모아 셈하므로, 겹쳐 돌아도 서로의 수를 지우지 않습니다.

# %%
REPLACE = """
os.makedirs("days", exist_ok=True)
beside = f"days/.{day}.{os.getpid()}"
with open(beside, "w") as file:
    json.dump({"day": day, "flights": len(delays), "late": late}, file)
os.replace(beside, f"days/{day}.json")
"""
(folder / "idempotent.py").write_text(COUNT + REPLACE, encoding="utf-8")


def book():
    """날마다의 파일을 모은 장부."""
    rows = [json.loads(path.read_text()) for path in sorted((folder / "days").glob("*.json"))]
    return pd.DataFrame(rows)


for day in [*expected, "2013-03-07", "2013-03-07", "2013-03-08"]:  # 열두 날, 그리고 일부러 몇 번 더
    run("idempotent.py", day)
once = book()
print(f"{len(once)}줄, 항공편 {once['flights'].sum():,}편 (맞는 답 {truth['flights'].sum():,}편)")

# %% [markdown]
# 이제 "다시 돌려도 되나?"의 답은 언제나 "됩니다"입니다. 그러면 빠진 날을 채우는 일도 무섭지 않습니다. 지나간 몫을 채우는 것을
# **백필**(Backfill)이라고 합니다. 이 과정의 파이프라인이 "같은 달을 다시 실행하면 같은 바이트"를 약속하는 까닭입니다.
#
# 세 장부를 나란히 놓아 봅시다.

# %% tags=["hide-input"]
books = {
    "cron만": kept["day"].value_counts(),
    "손으로 채움": filled["day"].value_counts(),
    "멱등한 작업": once["day"].value_counts(),
}
colors = {0: "#D55E00", 1: "#E5F0F7", 2: "#E69F00"}
words = {0: "없음", 1: "1", 2: "2줄"}
fig, ax = plt.subplots(figsize=(9, 2.2))
for y, counts in enumerate(books.values()):
    for x, day in enumerate(expected):
        n = int(counts.get(day, 0))
        ax.add_patch(plt.Rectangle((x, -y), 0.94, 0.88, color=colors[n]))
        ax.text(x + 0.47, -y + 0.44, words[n], ha="center", va="center", color="white" if n == 0 else "black")
ax.set(xlim=(-0.1, 12), ylim=(-2.1, 1), title="장부에 적힌 줄의 수: 모두 1이어야 합니다")
ax.set_xticks([x + 0.47 for x in range(12)], [f"{int(day[-2:])}일" for day in expected])
ax.set_yticks([0.44 - y for y in range(3)], list(books))
ax.tick_params(length=0)
ax.grid(visible=False)
for side in ax.spines.values():
    side.set_visible(False)
show(
    fig,
    "3월 1일부터 12일까지 장부의 줄 수. cron만 쓰면 8일, 9일, 10일이 없습니다. 손으로 채우면 7일이 두 줄입니다. 멱등한 작업은 열두 날이 모두 한 줄입니다.",
)

# %% [markdown]
# ### 연습 06-2
#
# 파일을 날마다 나누지 않고 장부 하나로도 멱등하게 만들 수 있습니다. `write_day(path, day, flights, late)`를 만듭니다.
#
# - `path`는 CSV 장부의 경로입니다. 첫 줄은 열의 이름 `day,flights,late`이고, 처음에는 파일이 없습니다.
# - 부른 뒤에는 그날의 줄이 정확히 하나 있고, 다른 날의 줄은 그대로 있습니다.
# - 자료가 고쳐져 같은 날을 **다른 수로** 다시 부르면, 새 수가 남습니다.

# %% tags=["stub"]
write_day = ...


# %% tags=["solution"]
def replace_row(path, day, flights, late):
    rows = {}
    if path.exists():
        rows = {row["day"]: row for row in pd.read_csv(path).to_dict("records")}
    rows[day] = {"day": day, "flights": flights, "late": late}
    beside = path.with_name(f".{path.name}")
    pd.DataFrame(rows.values()).sort_values("day").to_csv(beside, index=False)
    beside.replace(path)


write_day = replace_row


# %%
check("06-2", write_day)

# %% [markdown]
# ## 그래도 남는 것
#
# 멱등한 작업도 스스로 시작하지는 못합니다. 빠진 날을 찾고, 실패를 알아채고, 다시 해 보고, 까닭을 적어 두는 일이 남습니다. 게다가 진짜 일은
# 하나가 아닙니다. 들이고, 검사하고, 학습하고, 견주고, 알립니다. 앞이 실패하면 뒤는 시작하지 말아야 합니다. cron으로 하면 "들이는 일이 대개
# 20분이면 끝나니 학습은 3시 30분"처럼 시각으로 어림합니다.
#
# 이런 일을 맡는 프로그램을 **워크플로 관리 플랫폼**(Workflow Management Platform)이라고 합니다. **워크플로**(Workflow)는 순서가 있는 일의
# 묶음입니다. Airflow가 그 가운데 하나입니다.
#
# | 깨진 것 | cron | Airflow가 더하는 것 |
# |---|---|---|
# | 꺼져 있던 날 | 사라집니다 | 어느 몫을 실행했는지 데이터베이스에 적어 두고, **캐치업**(Catchup)과 백필로 채웁니다 |
# | 겹침 | 모릅니다 | 함께 도는 수를 정합니다(`max_active_runs=1`) |
# | 실패 | 조용합니다 | 재시도, 알림, 시도마다의 로그, 화면 |
# | 시각 | 서버의 시계 | 시간대가 붙은 스케줄과 몫의 이름(논리적 날짜) |
# | 순서 | 시각으로 어림 | 그래프: 앞이 성공해야 뒤가 시작합니다 |
# | 두 번 세기 | 작업의 몫 | **역시 작업의 몫입니다.** 멱등성은 누구도 대신해 주지 않습니다 |
#
# 마지막 줄이 중요합니다. Airflow는 실패한 것을 다시 실행해 줍니다. 멱등하지 않은 작업을 Airflow에 올리면, 더 자주 틀립니다.
#
# ### 누가 누구와 이야기합니까
#
# Airflow는 프로그램 하나가 아니라 여럿입니다. 하나하나는 [08](08_airflow_components.ipynb)에서 꺼 보고 켜 보며 배웁니다. 지금은 그림으로만
# 봅니다.

# %% tags=["hide-input"]
boxes = {  # 이름: (x, y, 아래에 적을 말)
    "Dag 프로세서": (1, 3.2, "파일을 읽어 적는다"),
    "DAG 파일": (1, 1.75, "우리가 쓴 파이썬"),
    "메타데이터베이스": (4.2, 3.2, "상태를 모두 적어 둔다"),
    "스케줄러와 실행기": (4.2, 1.75, "때가 된 것을 찾아 맡긴다"),
    "작업자": (4.2, 0.3, "태스크를 실행한다"),
    "트리거러": (7.4, 3.2, "여럿을 한꺼번에 기다린다"),
    "API 서버": (7.4, 1.75, "화면과 태스크의 창구"),
    "사람(브라우저)": (7.4, 0.3, "보고, 켜고, 다시 실행한다"),
}
arrows = [
    ("Dag 프로세서", "DAG 파일"),
    ("Dag 프로세서", "메타데이터베이스"),
    ("스케줄러와 실행기", "메타데이터베이스"),
    ("스케줄러와 실행기", "작업자"),
    ("작업자", "API 서버"),
    ("API 서버", "메타데이터베이스"),
    ("트리거러", "메타데이터베이스"),
    ("사람(브라우저)", "API 서버"),
]
fig, ax = plt.subplots(figsize=(8.6, 4))
for name, (x, y, role) in boxes.items():
    is_ours = name in ("DAG 파일", "사람(브라우저)")
    text = ax.text(
        x,
        y,
        f"{name}\n{role}",
        ha="center",
        va="center",
        fontsize=9.5,
        linespacing=1.6,
        bbox={
            "boxstyle": "round,pad=0.5",
            "facecolor": "#FFF4DE" if is_ours else "#E5F0F7",
            "edgecolor": "#E69F00" if is_ours else "#0072B2",
            "linestyle": "--" if is_ours else "-",
        },
    )
    boxes[name] = (x, y, text.get_bbox_patch())
for start, end in arrows:
    (x0, y0, patch_a), (x1, y1, patch_b) = boxes[start], boxes[end]
    ax.annotate(
        "",
        (x1, y1),
        (x0, y0),
        arrowprops={
            "arrowstyle": "-|>",
            "color": "#333333",
            "patchA": patch_a,
            "patchB": patch_b,
            "shrinkA": 3,
            "shrinkB": 3,
        },
    )
ax.set(xlim=(-0.2, 8.8), ylim=(-0.2, 3.7))
ax.axis("off")
show(
    fig,
    "Airflow의 구성 요소. Dag 프로세서가 DAG 파일을 읽어 메타데이터베이스에 적고, 스케줄러가 때가 된 것을 찾아 작업자에게 맡깁니다. 작업자와 사람은 API 서버에 이야기하고, 데이터베이스를 만지는 것은 API 서버, 스케줄러, Dag 프로세서, 트리거러뿐입니다.",
)

# %% [markdown]
# 화살표는 "누가 누구에게 말을 거는가"입니다. 화살표 넷이 모이는 곳이 **메타데이터베이스**(Metadata Database)입니다. 누가 꺼졌다 켜져도
# 여기에 적힌 것을 보고 이어서 합니다. cron에 없던 것이 바로 이 기억입니다. 우리의 태스크(**작업자**(Worker)가 실행합니다)는 데이터베이스를 직접
# 만지지 못하고, API 서버에 부탁합니다.
#
# 아래는 진짜 화면입니다. 노트북 두 권을 차례로 실행했는데 앞의 것이 실패했습니다. 왼쪽의 격자에서 한 줄이 태스크, 한 칸이 실행 한 번의 몫입니다.
# 무엇이 되었고 무엇이 안 되었는지 한눈에 보입니다. 장부의 빠진 줄을 눈으로 찾던 것과 견주어 봅시다. 열 달을 도는 파이프라인은
# [13](13_flight_delay_pipeline.ipynb)에서 직접 돌립니다.
#
# ![Airflow 화면. 왼쪽 격자와 오른쪽 표에서 ingest 태스크는 빨간 실패, 그 뒤의 drift 태스크는 주황의 업스트림 실패입니다.](../docs/images/airflow-grid-failed.png)

# %% [markdown]
# ## DAG: 순서를 그래프로
#
# Airflow는 워크플로를 **DAG**(Directed Acyclic Graph)로 적습니다. 한 낱말씩 풀면 이렇습니다.
#
# - **그래프**(Graph): 점과, 점을 잇는 선. 점이 **태스크**(Task), 곧 할 일 하나입니다.
# - **방향이 있는**: 영어로 directed. 선에 화살표가 있습니다. `a >> b`는 "a가 성공해야 b를 시작한다"입니다.
# - **순환이 없는**: 영어로 acyclic. 화살표를 따라가서 떠난 곳으로 돌아올 수 없습니다.
#
# 순서와 함께 스케줄, 재시도의 횟수, 담당자 같은 것도 DAG에 적습니다. 그래서 DAG 하나가 워크플로 하나의 설계도입니다.
#
# 먼저 Airflow에 스케줄을 물어봅시다. cron 식은 그대로 쓸 수 있습니다. 다른 것은 시간대가 함께 적힌다는 점입니다.

# %%
pd.DataFrame(upcoming("0 3 * * *", datetime(2013, 3, 5), 3)).rename(columns={"구간 끝(UTC)": "같은 때(UTC)"})[
    ["실행(서울)", "같은 때(UTC)"]
]

# %% [markdown]
# 이제 진짜 Airflow의 DAG 객체를 만듭니다. 실행하지는 않습니다. `EmptyOperator`는 아무 일도 하지 않는 태스크입니다.

# %%
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("retrain") as dag:
    ingest, train, compare, report = (
        EmptyOperator(task_id=name) for name in ("ingest", "train", "compare", "report")
    )
    ingest >> train >> compare >> report

print([task.task_id for task in dag.topological_sort()])

# %% [markdown]
# `topological_sort`는 화살표를 어기지 않는 순서를 하나 찾아 줍니다. 이것을 위상 정렬이라고 합니다.
#
# 보고서를 보고 다시 학습하고 싶어졌습니다. 화살표를 하나 더합니다. `report >> train`입니다. 그러면 `train`은 `report`를, `report`는
# `compare`를, `compare`는 `train`을 기다립니다.
#
# **예상해 봅시다.** `report >> train`이라는 줄을 실행하는 순간, 파이썬이 오류를 낼까요? `True`나 `False`로 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = True

# %%
from airflow.exceptions import AirflowException

refused_at_once = False
try:
    report >> train
except AirflowException:
    refused_at_once = True
reveal(my_guess, refused_at_once)

# %% [markdown]
# 그 줄은 조용히 지나갑니다. 화살표를 긋는 동안에는 그림이 아직 다 그려지지 않았기 때문입니다. 순환은 **다 그린 DAG를 살필 때** 드러납니다.
# Airflow에서는 Dag 프로세서가 파일을 읽을 때 이것을 부릅니다.

# %%
try:
    dag.check_cycle()
except AirflowException as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
# DAG `retrain`에 순환이 있고, `report`가 거기에 들어 있다는 말입니다. 순환에 든 태스크는 서로를 기다리느라 하나도 시작하지 못합니다.
#
# 그럼 "결과를 보고 다시 학습한다"는 어떻게 적을까요? 되돌아가는 화살표 대신 **다음번의 실행**으로 적습니다. 4월의 결과를 보고 학습하는 것은
# 5월의 DAG 실행입니다. 시간은 돌아가지 않으므로 순환이 없습니다.
#
# ### 연습 06-3
#
# 아래의 일을 DAG 객체로 만들어 `mine`에 넣습니다. 태스크는 모두 `EmptyOperator`로, `task_id`는 굵은 글씨 그대로 적습니다.
#
# - **flights**와 **weather**를 받습니다. 둘은 서로 상관이 없습니다.
# - **join**은 둘이 모두 있어야 합니다.
# - **train**과 **drift**는 합친 표만 있으면 됩니다.
# - **report**에는 학습한 결과와 드리프트의 판정이 모두 들어갑니다.
#
# 기다릴 까닭이 없는 태스크는 기다리게 하지 않습니다. 여럿을 한꺼번에 잇는 `[a, b] >> c`를 쓸 수 있습니다.

# %% tags=["stub"]
mine = ...

# %% tags=["solution"]
with DAG("mine") as solved:
    tasks = {
        name: EmptyOperator(task_id=name)
        for name in ("flights", "weather", "join", "train", "drift", "report")
    }
    (
        [tasks["flights"], tasks["weather"]]
        >> tasks["join"]
        >> [tasks["train"], tasks["drift"]]
        >> tasks["report"]
    )
mine = solved

# %%
check("06-3", mine)

# %% [markdown]
# ## Flask였고, 지금은 FastAPI입니다
#
# 오래된 글에는 "Airflow는 Flask 기반"이라고 적혀 있습니다. 1.x와 2.x의 화면(웹서버)이 Flask라는 파이썬 웹 프레임워크로 만들어졌기
# 때문입니다. 그때도 스케줄러나 태스크의 실행은 Flask와 상관이 없었습니다.
#
# 지금 설치된 것은 어떨까요? 남의 글을 믿는 대신 패키지에 물어봅시다. 어떤 패키지에 기대는지와, API 서버의 앱을 만드는 함수가 무엇을 돌려주는지
# 봅니다. 패키지를 뒤지는 코드는 접어 두었습니다.

# %% tags=["hide-input"]
import ast
from importlib.metadata import requires, version
from pathlib import Path

import airflow
from packaging.requirements import Requirement

needed = {Requirement(line).name for line in requires("apache-airflow-core") if "extra ==" not in line}
print(f"apache-airflow-core {version('apache-airflow-core')}")
for name in ("fastapi", "flask"):
    print(f"   {name:<8} {'씁니다' if name in needed else '쓰지 않습니다'}")

source = Path(airflow.__file__).parent / "api_fastapi" / "app.py"
for node in ast.parse(source.read_text(encoding="utf-8")).body:
    if isinstance(node, ast.FunctionDef) and node.name == "create_app":
        print(f"   {source.parent.name}/{source.name}: {node.name}() -> {ast.unparse(node.returns)}")

# %% [markdown]
# 3.x에서 화면은 브라우저에서 도는 React 앱이고, 서버는 **FastAPI**로 만든 API 서버입니다. "웹서버"라는 구성 요소의 이름도 없어졌습니다.
# Flask는 2.x의 플러그인과, 따로 설치하는 예전의 로그인 방식(FAB)에만 남아 있습니다.
#
# ## Airflow가 아닌 것
#
# - **스트리밍 엔진이 아닙니다.** 태스크 하나를 시작하는 데만 0.1초쯤 듭니다([README](../README.md)에 잰 값이 있습니다). 하루에 몇 번에서 몇백 번 도는 일에 맞습니다.
# - **데이터 처리 엔진이 아닙니다.** 큰 표를 태스크 사이로 흘려보내지 않습니다. 셈은 pandas, Spark, 데이터베이스가 하고, Airflow는 언제
#   시작할지만 정합니다. 태스크 사이로는 작은 값과 파일의 경로가 오갑니다.
# - **답을 바르게 해 주지 않습니다.** 멱등성, 자료의 검사, 모델의 좋고 나쁨은 태스크 안의 우리 코드가 맡습니다.
#
# 첫째를 셈해 봅시다. 3월의 항공편을 하나하나 태스크로 만들어 한 번에 하나씩 실행하면 얼마나 걸릴까요?

# %%
print(f"항공편 {len(march):,}편 x 0.1초 = {len(march) * 0.1 / 60:.0f}분")

# %% [markdown]
# 이 수업의 스크립트는 하루치를 한순간에 셌습니다. 태스크는 **다시 실행하고 싶은 단위**로 자릅니다. 항공편 하나가 아니라, 하루나 한 달입니다.

# %% [markdown] tags=["quiz"]
# 1. 다음 가운데 배치로 하기에 알맞지 않은 것은 무엇입니까?
#     - [ ] 지난달의 자료로 다음 달의 모델을 학습하기 :: 한 달치를 모아 한 번에 합니다. 몇 시간 걸려도 됩니다. 배치입니다.
#     - [x] 표를 사려는 사람에게 지연될 확률을 바로 보여 주기 :: 사람이 기다립니다. 요청 하나에 1초 안에 답하는 온라인 처리가 맞습니다.
#     - [ ] 내일 뜰 모든 항공편의 확률을 밤에 미리 매겨 두기 :: 미리 다 셈해 두는 것이므로 배치입니다. 온라인으로 답할 것을 줄여 주기도 합니다.
# 2. 장부에 4월 1일이 없습니다. cron만 썼다면 알 수 있는 것은 무엇입니까?
#     - [ ] 그날 컴퓨터가 꺼져 있었습니다 :: 그럴 수도 있지만, 스크립트가 실패했거나 자료가 없었어도 똑같이 보입니다.
#     - [ ] 그날 항공편이 없었습니다 :: 항공편이 없었다면 0편이라는 줄이 있어야 합니다. 없는 줄과 0은 다릅니다.
#     - [x] 그날의 줄이 없다는 것뿐입니다 :: 실행을 시작했는지, 어떻게 끝났는지 적어 두는 곳이 없었습니다.
# 3. 덧붙이기만 하는 작업을 그대로 Airflow에 올리고 재시도를 켰습니다. 어떻게 됩니까?
#     - [x] 덧붙인 다음에 실패했다면, 다시 실행할 때 두 번 셉니다 :: 다시 실행하는 기계가 생긴 만큼 멱등성이 더 중요해집니다.
#     - [ ] Airflow가 같은 몫의 두 번째 쓰기를 막아 줍니다 :: Airflow는 태스크가 파일에 무엇을 쓰는지 모릅니다.
#     - [ ] 재시도는 앞의 시도가 쓴 것을 먼저 지웁니다 :: 지우지 않습니다. 태스크를 처음부터 한 번 더 실행할 뿐입니다.
# 4. DAG에 순환이 있으면 왜 안 됩니까?
#     - [ ] 같은 태스크를 영원히 되풀이하기 때문입니다 :: 되풀이는커녕 시작도 못 합니다. 모두가 서로를 기다립니다.
#     - [x] 순환에 든 태스크는 하나도 먼저 시작할 수 없기 때문입니다 :: 순환에 든 태스크는 모두 다른 하나가 끝나기를 기다립니다.
#     - [ ] 화면에 그릴 수 없기 때문입니다 :: 순환이 있는 그래프도 그릴 수는 있습니다. 순서를 정할 수 없는 것이 문제입니다.

# %% [markdown]
# ## 정리
#
# - 배치는 모아 두었다가 한 번에 하는 일입니다. 한 번 하거나, 정해진 때마다 합니다.
# - cron은 때가 되면 명령을 띄울 뿐입니다. 꺼져 있던 날, 겹침, 실패, 시간대를 기억하거나 챙기지 않습니다.
# - 같은 몫을 몇 번 실행해도 결과가 같아야 합니다. 제자리에 쓰고, 다 쓴 다음에 옮깁니다.
# - Airflow는 그래프, 스케줄, 재시도, 로그, 백필, 그리고 무엇을 했는지의 기억을 더합니다. 멱등성은 더해 주지 않습니다.
# - DAG는 방향이 있고 순환이 없는 그래프입니다. 되돌아가는 일은 다음번의 실행으로 적습니다.
#
# 다음: [07. 첫 DAG: 네 단계](07_first_dag.ipynb)
