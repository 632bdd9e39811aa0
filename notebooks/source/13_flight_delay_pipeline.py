# %% [markdown]
# # 13. 종합: 드리프트를 감시하고 다시 학습하는 파이프라인
#
# **시간** 50분 · **먼저 읽을 것** [05. 드리프트와 성능 ③ 다시 학습할까](05_drift_and_performance.ipynb), [10. 스케줄](10_schedules.ipynb),
# [12. 노트북을 Airflow 태스크로](12_notebook_task.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 도착, 품질, 드리프트, 성능, 후보, 겨루기, 보고서로 이어지는 파이프라인을 읽고 왜 그 차례인지 말합니다.
# - 진짜 스케줄러로 두 달을 백필하고, 챔피언이 바뀐 달과 바뀌지 않은 달을 실행 기록에서 가려냅니다.
# - 열 달의 결정을 되짚어, 파이프라인이 잘한 것과 못한 것을 숫자로 말합니다.
# - 모델을 바꾸는 규칙을 고쳐 보고, 지나고 나서야 알 수 있는 것과 그때 알 수 있던 것을 구별합니다.

# %%
import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab import flights, workspace
from mlops_lab.flights import ingest, landing, registry, steps
from mlops_lab.flights.errors import BadBatch
from mlops_lab.flights.evaluation import evaluate
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import predict
from mlops_lab.lesson import check, connect, reveal, show, use_korean

use_korean()
lab = connect()
lab.forget("flight_delay")  # 수업을 여러 번 해도 처음부터 시작합니다.
home = flights.home()

# %% [markdown]
# ## 지도부터
#
# 지금까지 배운 것이 [dags/13_flight_delay_pipeline.py](../dags/13_flight_delay_pipeline.py) 한 파일에 모여 있습니다. 한 달에 한 번 실행되고, 서울의
# 한 달이 데이터 구간입니다. 뉴욕을 떠난 항공편이 15분 넘게 늦을지 예측하는 모델을 돌봅니다.

# %%
lab.graph("flight_delay")

# %% [markdown]
# 왼쪽부터 읽습니다. 상자 열넷이 태스크이고, 여덟은 `notebooks/pipeline`의 노트북을 한 권씩 실행합니다.
#
# | 묻는 것 | 태스크 | 노트북 |
# |---|---|---|
# | 지금 쓰는 모델이 있는가 | `bootstrap` | [00_bootstrap](../notebooks/pipeline/00_bootstrap.ipynb) |
# | 배치가 왔는가 | `deliver_features`, `wait_for_features` | |
# | 믿을 만한 자료인가 | `ingest` | [01_ingest](../notebooks/pipeline/01_ingest.ipynb) |
# | 달라졌는가 | `drift` | [02_drift](../notebooks/pipeline/02_drift.ipynb) |
# | 얼마나 늦을까 | `score` | [03_score](../notebooks/pipeline/03_score.ipynb) |
# | 정답이 왔는가 | `deliver_labels`, `wait_for_labels` | |
# | 맞았는가 | `performance` | [04_performance](../notebooks/pipeline/04_performance.ipynb) |
# | 다시 학습할 까닭이 있는가 | `decide`, 없으면 `keep_champion` | |
# | 새 모델은 어떤가 | `train_candidate` | [05_train_candidate](../notebooks/pipeline/05_train_candidate.ipynb) |
# | 바꿀 만큼 나은가 | `compare_promote` | [06_compare_promote](../notebooks/pipeline/06_compare_promote.ipynb) |
# | 무슨 일이 있었는가 | `report` | [07_report](../notebooks/pipeline/07_report.ipynb) |
#
# `deliver_…`는 바깥세상이 자료를 보내 주는 일을 흉내 내고, `wait_for_…`가 파일이 올 때까지 기다리는 센서입니다. 챔피언은 지금 쓰는 모델, 챌린저는 그 자리를
# 노리는 새 모델입니다.
#
# ### 품질이 드리프트보다 먼저인 까닭
#
# `ingest`가 실제로 무엇을 막는지 봅시다. 5월의 날씨를 누군가 **섭씨**로 보냈습니다. 값은 모두 그럴듯합니다. 연습용 폴더에서 해 봅니다.

# %%
with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    landing.deliver("2013-05", place, "features")
    file = place / "landing" / "weather-2013-05.csv.gz"
    weather = pd.read_csv(file)
    weather[["temp", "dewp"]] = (weather[["temp", "dewp"]] - 32) / 1.8
    weather.to_csv(file, index=False)
    try:
        ingest.ingest("2013-05", place, "features")
    except BadBatch as error:
        print("\n".join(error.findings))
    print("들어온 파일:", sorted(path.name for path in place.glob("warehouse/2013-05/*")))

# %% [markdown]
# 기온과 이슬점으로 셈한 습도가 적혀 있는 습도와 맞지 않아 들켰습니다. 날씨뿐 아니라 함께 온 항공편도 들이지 않았습니다. 절반만 들이는 일은 없습니다.
# 이 검사가 없었다면 드리프트 판정은 "기온이 크게 변했다"라고 했을 것이고, 챔피언은 엉뚱한 확률을 내놓았을 것이고, 다음 후보는 고장 난 온도계를 배웠을
# 것입니다.
#
# ### 갈림길
#
# `decide`는 노트북이 아니라 파이썬 함수입니다. 앞의 두 노트북이 넘긴 결과(XCom)만 읽고, 갈 길의 이름을 돌려줍니다.

# %%
dag_file = workspace.project() / "dags" / "13_flight_delay_pipeline.py"
text = dag_file.read_text("utf-8")
print(text[text.index("@task.branch") : text.index("with DAG(")].rstrip())

# %% [markdown]
# 둘 가운데 하나면 후보를 학습합니다.
#
# - 운항 계획(시각, 항공사, 목적지 …)에 **드리프트**가 있다.
# - **성능**이 떨어졌다. AUC가 챔피언이 될 때의 성적(기준)보다 0.03 넘게 낮거나, 예측한 지연율이 실제와 0.05 넘게 어긋났다.
#
# 드리프트는 정답 없이 바로 알 수 있고, 성능은 정답이 와야 압니다. 날씨의 드리프트로는 다시 학습하지 않습니다. 계절은 늘 변하기 때문입니다.
#
# ## 두 달을 진짜로
#
# 3월과 4월을 백필합니다. 종료일이 지났고 캐치업이 꺼져 있어, 백필하지 않으면 실행되지 않는 DAG입니다. 챔피언은 1월과 2월로 학습한 모델입니다. 지연율은
# 2월이 23 %, 3월이 23 %, 4월이 28 %입니다.
#
# **예상해 봅시다.** 챔피언이 바뀌는 달은 언제입니까? `"3월"`, `"4월"`, `"둘 다"`, `"없음"` 가운데 하나를 적습니다. 30초에서 1분쯤 걸립니다. 기다리는
# 동안 Airflow 화면을 열어 두면 태스크가 하나씩 초록이 되는 것을 볼 수 있습니다.

# %% tags=["stub"]
my_month = ...

# %% tags=["solution"]
my_month = "둘 다"

# %%
runs = lab.backfill("flight_delay", "2013-03-01", "2013-04-01")
march, april = runs
changed = [
    name
    for name, run in (("3월", march), ("4월", april))
    if run.tasks["compare_promote"] == "성공" and lab.xcom(run, "compare_promote")["decision"] == "promote"
]
reveal(my_month, ", ".join(changed))
lab.grid("flight_delay", runs)

# %% [markdown]
# 두 달의 실행이 모두 성공했지만 지나간 길이 다릅니다. 3월은 `train_candidate`와 `compare_promote`를 **건너뛰었습니다.** 4월은 `keep_champion`을
# 건너뛰었습니다. 그런데도 `report`는 두 달 모두 실행되었습니다. 트리거 규칙이 "실패한 것이 없고 하나라도 성공하면"이기 때문입니다.
#
# 무엇이 두 달을 갈랐을까요? 노트북이 `record`로 넘긴 것이 XCom에 있습니다.

# %%
chosen = ("late_rate", "predicted_rate", "auc", "declined")
table = pd.DataFrame(
    {
        name: {
            "운항 계획의 드리프트": lab.xcom(run, "drift")["drift"],
            **{key: lab.xcom(run, "performance")[key] for key in chosen},
            "갈림길": "train_candidate" if run.tasks["train_candidate"] == "성공" else "keep_champion",
        }
        for name, run in (("3월", march), ("4월", april))
    }
)
table.rename(
    index={
        "late_rate": "실제 지연율",
        "predicted_rate": "예측한 지연율",
        "auc": "AUC",
        "declined": "성능 저하",
    }
)

# %% [markdown]
# 운항 계획의 드리프트 판정은 두 달 모두 `stable`입니다. 4월을 가른 것은 **정답**이었습니다. 19 %가 늦을 것이라 했는데 28 %가 늦었습니다. 입력만 보아서는 몰랐을
# 일입니다. 그래서 1월부터 3월까지로 후보를 학습해, 둘 다 본 적 없는 4월로 겨루었습니다.

# %%
fight = lab.xcom(april, "compare_promote")
print(fight["reason"])
pd.DataFrame(
    {
        "챔피언(2월까지)": [fight["champion_brier"], fight["champion_auc"]],
        "챌린저(3월까지)": [fight["challenger_brier"], fight["challenger_auc"]],
    },
    index=["Brier", "AUC"],
)

# %% [markdown]
# Brier가 0.0002 나아졌습니다. 규칙이 "더 낮으면 바꾼다"이므로 바꾸었습니다. 이만한 차이에 모델을 바꾸어도 될까요? 기억해 두었다가 끝에서 다시 묻습니다.
#
# ### 태스크마다 노트북 한 권
#
# 태스크가 실행한 노트북은 출력과 함께 `runs/` 폴더에 남습니다. 화면에서는 태스크의 **노트북 보기**로 엽니다. 로그에도 같은 것이 흘러갔습니다.

# %%
lab.log(april, "performance")

# %%
kept = {path.parent.name for path in (home / "runs" / "flight_delay").glob("*/*/try-1.ipynb")}
print(f"노트북이 남은 태스크 {len(kept)}개:", *sorted(kept))

# %% [markdown]
# 노트북을 실행하는 태스크 여덟에 모두 남았습니다. 석 달 뒤에 누가 "4월에 왜 모델을 바꾸었습니까?"라고 물으면, 기억을 더듬는 대신 그 노트북을 열어 보여 줍니다.
#
# ## 열 달의 이야기
#
# 나머지 여덟 달은 Airflow를 거치지 않고, 노트북들이 부르는 **같은 단계 함수**를 이 자리에서 차례로 부릅니다. 파일에 남는 것은 한 바이트까지 같습니다.
# 파이프라인의 일이 Airflow 밖에서도 그대로 된다는 것은, 시험하고 고치기 쉽다는 뜻이기도 합니다.
#
# **선택.** 여덟 달도 진짜 스케줄러로 보고 싶으면 아래의 `False`를 `True`로 바꿉니다. 2분에서 3분이 더 걸리고 결과는 같습니다.

# %%
ON_AIRFLOW = False

if ON_AIRFLOW:
    lab.backfill("flight_delay", "2013-05-01", "2013-12-01", timeout=1800)


def run_by_hand(month):
    """파이프라인의 한 달. dags/13_flight_delay_pipeline.py와 같은 차례입니다."""
    steps.prepare(month, home, "features")
    drifted = steps.check_drift(month, home)["verdict"] == "drift"
    steps.score(month, home)
    steps.prepare(month, home, "labels")
    declined = steps.measure_performance(month, home)["declined"]
    if drifted or declined:
        steps.train_candidate(month, home)
        steps.compare_and_promote(month, home)


for month in flights.MONITORED[2:]:
    run_by_hand(month)

# %% [markdown]
# **예상해 봅시다.** 표를 열기 전에 둘을 적습니다. 열 달 동안 챔피언은 몇 번 바뀌었을까요? 운항 계획의 드리프트는 몇 번 울렸을까요? `(5, 5)`처럼 적습니다.

# %% tags=["stub"]
my_counts = ...

# %% tags=["solution"]
my_counts = (3, 5)

# %%
year = steps.history("2013-12", home)
reveal(my_counts, (int((year["decision"] == "promote").sum()), int((year["drift"] == "drift").sum())))
year[["month", "late_rate", "predicted_rate", "drift", "declined", "champion", "decision"]].round(3)

# %% [markdown]
# `champion`은 그달을 예측한 모델이 **몇 월까지** 배웠는지입니다. `decision`의 `promote`는 바꿈, `keep`은 겨루었으나 그대로, `no_candidate`는 후보를
# 만들지 않음입니다.

# %%
fig, ax = plt.subplots(figsize=(8.6, 3.4))
labels = [f"{int(month[-2:])}월" for month in year["month"]]
ax.plot(labels, 100 * year["late_rate"], color="#0072B2", marker="o", label="실제 지연율")
ax.plot(
    labels, 100 * year["predicted_rate"], color="#D55E00", marker="^", linestyle="--", label="예측한 지연율"
)
promoted, drifted = year["decision"] == "promote", year["drift"] == "drift"
ax.plot(
    year.index[promoted],
    100 * year["late_rate"][promoted],
    linestyle="",
    marker="s",
    markersize=13,
    markerfacecolor="none",
    color="black",
    label="챔피언을 바꾼 달",
)
ax.plot(
    year.index[drifted],
    100 * year["predicted_rate"][drifted] + 5,
    linestyle="",
    marker="v",
    markersize=9,
    color="#CC79A7",
    label="드리프트 판정",
)
ax.set(ylabel="비율(%)", ylim=(0, 48), title="세상을 뒤따라가는 모델")
ax.legend(ncols=4, loc="upper center", fontsize=8.5, markerscale=0.7)
show(
    fig,
    "3월부터 12월까지 실제 지연율과 예측한 지연율. 예측은 19 %에서 27 % 사이에서 천천히 움직이고 실제는 13 %에서 33 %까지 움직입니다. 챔피언은 4월과 6월부터 10월까지 바뀌었고, 드리프트 판정은 10월에 한 번뿐입니다.",
)

# %% [markdown]
# 세 가지가 눈에 띕니다.
#
# - **드리프트 판정은 10월에 한 번** 울렸습니다. 후보는 여덟 번 만들었는데, 성능은 여덟 번 모두 떨어져 있었습니다.
# - **9월**: 지연율이 절반 가까이 떨어졌는데 운항 계획은 `stable`입니다. [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb)에서 본 그대로입니다. 9월의 항공편은
#   모두 옛 챔피언이 예측한 뒤였습니다. 정답을 기다리는 감시는 늘 **한 달 늦습니다.**
# - **11월과 12월**: 겨루었지만 챔피언이 자리를 지켰습니다.
#
# ### 연습 13-1
#
# 정답을 기다리지 않고 운항 계획의 **드리프트 판정만** 믿었다면, 이 열 달 가운데 챌린저가 이긴(`promote`) 달을 몇 번 놓쳤겠습니까? `year`에서 세어 `missed`에
# 넣습니다.

# %% tags=["stub"]
missed = ...

# %% tags=["solution"]
missed = int(((year["decision"] == "promote") & (year["drift"] != "drift")).sum())

# %%
check("13-1", missed)

# %% [markdown]
# ### 연습 13-2
#
# 예측하는 모델은 얼마나 새것이었습니까? 열 달 가운데, 챔피언이 **바로 앞 달까지** 배운 채로 예측한 달은 몇 달입니까? `fresh`에 넣습니다.

# %% tags=["stub"]
fresh = ...

# %% tags=["solution"]
served, through = (pd.PeriodIndex(year[name], freq="M") for name in ("month", "champion"))
lag = [(a - b).n for a, b in zip(served, through, strict=True)]
fresh = lag.count(1)
pd.DataFrame({"달": year["month"], "배운 마지막 달": year["champion"], "몇 달 앞": lag})

# %%
check("13-2", fresh)

# %% [markdown]
# ## 되감기: 다른 모델을 썼다면
#
# 등록된 모델은 버리지 않았습니다. 그래서 "그때 다른 모델을 썼다면"을 셈해 볼 수 있습니다. 열 달의 겨루기에 나온 모델 모두로, 배운 적 없는 달을 모두
# 예측합니다. 어느 모델이 나왔는지는 달마다의 `decision.json`에 적혀 있습니다.

# %%
models = {"2013-02": steps.bootstrap(home)["champion"]["version"]}
for month in year.loc[year["decision"] != "no_candidate", "month"]:
    decision = json.loads((home / "warehouse" / month / "decision.json").read_text("utf-8"))
    models[decision["challenger"]["through"]] = decision["challenger"]["version"]
models = {through: registry.load(version, home) for through, version in models.items()}

rows = []
for month in flights.MONITORED:
    features, late = load_labelled([month], home)
    rows += [
        {"month": month, "through": through, "brier": evaluate(late, predict(model, features)).brier}
        for through, model in models.items()
        if through < month
    ]
briers = pd.DataFrame(rows).pivot(index="month", columns="through", values="brier")

# %% [markdown]
# **예상해 봅시다.** 표를 열기 전에 적습니다. 11월을 가장 잘 맞혔을 모델은 몇 월까지 배운 것입니까? `"2013-10"`처럼 적습니다.

# %% tags=["stub"]
my_best = ...

# %% tags=["solution"]
my_best = "2013-10"

# %%
reveal(my_best, briers.loc["2013-11"].idxmin())
briers.map("{:.4f}".format, na_action="ignore").fillna("")

# %% [markdown]
# 한 줄이 한 달이고, 한 칸이 그 모델의 그달 Brier입니다. 낮을수록 좋습니다. 열의 이름은 그 모델이 배운 마지막 달입니다(4월까지 배운 후보는 만들지 않아
# 없습니다). 11월의 줄을 그리면 이렇습니다.

# %%
november = briers.loc["2013-11"].dropna().sort_values()
fig, ax = plt.subplots(figsize=(8, 3))
used = year.set_index("month").loc["2013-11", "champion"]
for row, (name, value) in enumerate(november.items()):
    mine = name == used
    ax.plot(value, row, "D" if mine else "o", color="#D55E00" if mine else "#0072B2", markersize=8)
    ax.text(
        value + 0.0003, row, f"{value:.4f}" + (" (그때의 챔피언)" if mine else ""), va="center", fontsize=9
    )
ax.set_yticks(range(len(november)), [f"{int(name[-2:])}월까지" for name in november.index])
ax.set(xlim=(0.136, 0.152), xlabel="11월의 Brier (왼쪽이 좋음)", title="11월: 옛 모델이 더 나았습니다")
ax.invert_yaxis()
show(
    fig,
    "11월의 Brier를 모델마다 점으로 그린 그림. 3월까지 배운 모델이 0.1366으로 가장 낮고 2월까지 배운 모델이 0.1400으로 다음입니다. 그때의 챔피언인 9월까지 배운 모델은 0.1471입니다.",
)

# %% [markdown]
# 여덟 달 전에 배운, 6월에 밀려난 모델입니다. 그 뒤에 배운 모델은 모두 이보다 나빴습니다. 그런데 파이프라인은 이 모델을 링에 올려 보지도
# 않았습니다. 챔피언과 **가장 새 후보**만 겨루기 때문입니다.
#
# 그렇다면 규칙을 이렇게 바꾸면 어떨까요? "다달이, 등록된 모든 모델 가운데 그달을 가장 잘 맞힌 것을 다음 달의 챔피언으로 삼는다." 밀려난 모델도 돌아올 수
# 있습니다. 견줄 것을 먼저 놓습니다.

# %%
in_use = year.set_index("month")["champion_brier"]
pd.Series(
    {
        "우리의 파이프라인": in_use.mean(),
        "첫 모델을 열 달 내내": briers["2013-02"].mean(),
        "겨루지 않고 늘 가장 새 모델을": briers.ffill(axis=1).iloc[:, -1].mean(),  # 줄마다 맨 오른쪽의 값
    }
).round(4).to_frame("평균 Brier")

# %% [markdown]
# 뜻밖의 줄이 있습니다. **겨루지 않고 새 모델을 바로 쓰는 쪽**이 파이프라인보다 낫습니다. 겨루기는 공짜가 아닙니다. 4월로 겨루어 이긴 모델은 4월을 배우지
# 않은 모델이고, 5월에야 쓰입니다. 안전을 얻고 새로움을 내주었습니다. 연습 13-2에서 본 것이 이것입니다.
#
# 그럼 겨루기는 쓸모없을까요? 11월과 12월에는 챔피언이 새 후보보다 나았습니다. 그리고 이 자료에는 없는 일, 곧 후보가 **망가진** 달에 막아 주는 것이 겨루기의
# 본래 일입니다. 값을 알고 고르면 됩니다.
#
# ### 연습 13-3
#
# 위의 "밀려난 모델도 돌아올 수 있는" 규칙을 열 달 동안 되감아 봅시다.
#
# - 3월은 2월까지 배운 모델로 예측합니다.
# - 달마다, 그달의 정답이 온 뒤 `briers`의 그달 줄에서 가장 낮은 모델을 고릅니다. 그 모델이 **다음 달**을 예측합니다.
#
# 열 달의 평균 Brier를 `lookback`에 넣습니다.

# %% tags=["stub"]
lookback = ...

# %% tags=["solution"]
champion, used = "2013-02", {}
for month, row in briers.iterrows():
    used[month] = row[champion]  # 지금의 챔피언이 예측하고,
    champion = row.idxmin()  # 정답이 온 뒤에 다음 챔피언을 고릅니다.
lookback = pd.Series(used).mean()
round(lookback, 4)

# %%
check("13-3", lookback)

# %% [markdown]
# ## 여러분이라면
#
# 파이프라인은 완성품이 아니라 출발점입니다. 무엇을 바꾸겠습니까? 값이 드는 곳과 얻는 것을 함께 적어 봅시다.
#
# | 바꿀 것 | 얻는 것 | 드는 값 |
# |---|---|---|
# | 이긴 뒤 그달까지 넣어 다시 학습하고 내보내기 | 새로움 | 내보내는 모델 그대로는 겨루어 보지 않았습니다 |
# | 0.0002로는 바꾸지 않기(여유를 두기) | 우연에 덜 흔들립니다 | 진짜로 나아진 것도 몇 번 놓칩니다 |
# | 정답을 다달이 말고 날마다 받기 | 9월을 며칠 만에 압니다 | 정답을 모으는 일이 바빠집니다 |
# | 작년 같은 달과 견주기 | 계절을 드리프트라고 하지 않습니다 | 한 해 치 자료가 더 있어야 합니다 |
# | 챔피언을 바꿀 때 사람이 승인하기 | 이상한 결정을 사람이 막습니다 | 사람을 기다립니다([14. 운영: 실패, 재시도, 알림, 사람의 승인](14_operations.ipynb)) |

# %% [markdown] tags=["quiz"]
# 1. 품질 검사를 드리프트 판정보다 먼저 하는 까닭은 무엇입니까?
#     - [ ] 품질 검사가 더 빨리 끝나기 때문입니다 :: 빠르기는 하지만 까닭은 아닙니다. 느려도 먼저 해야 합니다.
#     - [x] 고장 난 자료를 변한 세상으로 착각해 다시 배우지 않으려고 :: 섭씨로 온 기온은 아주 큰 드리프트처럼 보입니다.
#     - [ ] 드리프트가 있으면 품질 검사를 할 수 없기 때문입니다 :: 둘은 따로 할 수 있습니다. 차례가 뜻을 바꿀 뿐입니다.
# 2. 3월의 실행에서 `train_candidate`가 "건너뜀"이었는데 `report`는 왜 실행되었습니까?
#     - [x] `report`의 트리거 규칙이 실패가 없고 하나라도 성공하면 실행되는 것이라서 :: 기본 규칙이었다면 건너뛴 태스크를 따라 건너뛰었을 것입니다.
#     - [ ] `report`가 `train_candidate`를 기다리지 않아서 :: 그래프를 보면 `compare_promote`를 거쳐 기다립니다.
#     - [ ] 건너뜀은 성공과 같은 상태라서 :: 다른 상태입니다. 기본 트리거 규칙은 건너뜀을 성공으로 쳐 주지 않습니다.
# 3. 9월에 이 파이프라인이 가장 먼저 이상을 알아챈 곳은 어디입니까?
#     - [ ] `drift` :: 운항 계획의 판정은 `stable`이었습니다. 규칙이 바뀐 것은 입력에 나타나지 않습니다.
#     - [ ] `score` :: 예측할 때는 정답이 없습니다. 22 %라고 예측하고 넘어갔습니다.
#     - [x] `performance` :: 정답이 온 뒤에야 예측한 지연율과 실제가 크게 어긋난 것을 알았습니다.
# 4. 11월을 가장 잘 맞혔을 모델은 3월까지 배운 것이었습니다. 그때 그 모델을 골랐어야 합니까?
#     - [ ] 그렇습니다. 옛 모델도 겨루기에 넣었다면 11월에 썼을 것입니다 :: 되감아 보면 11월이 끝난 뒤에 고르게 됩니다. 10월까지의 성적으로는 그 모델이 뽑히지 않습니다.
#     - [x] 11월이 지나기 전에는 알 수 없었습니다 :: 지나고 나서 고른 가장 좋은 모델과, 그때 고를 수 있던 모델을 섞으면 안 됩니다.
#     - [ ] 아닙니다. 오래된 모델은 언제나 새 모델보다 나쁩니다 :: 11월이 바로 그 반대였습니다.

# %% [markdown]
# ## 정리
#
# - 차례에는 까닭이 있습니다. 도착, 품질, 드리프트, 예측, 정답, 성능, 후보, 겨루기, 보고서입니다.
# - 드리프트는 다시 학습할 **까닭** 하나일 뿐입니다. 열 달 동안 후보를 부른 것은 대개 성능이었고, 성능은 정답만큼 늦습니다.
# - 9월처럼 입력은 그대로인데 규칙이 바뀌면 입력을 보는 감시는 조용합니다.
# - 챔피언과 챌린저를 겨루면 안전하지만 한 달 낡은 모델을 씁니다. 어느 쪽도 공짜가 아닙니다.
# - 지나고 나서 가장 좋은 모델을 아는 것과, 그때 고를 수 있는 것은 다릅니다. 규칙은 되감아 보고 고칩니다.
#
# 다음: [14. 운영: 실패, 재시도, 알림, 사람의 승인](14_operations.ipynb)
