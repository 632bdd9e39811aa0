# %% [markdown]
# # 05. 드리프트와 성능 ③ 다시 학습할까
#
# **시간** 50분 · **먼저 읽을 것** [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb),
# [04. 데이터 드리프트 ② 어떻게 잴 것인가](04_data_drift_how_to_measure.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 입력이 달라진 것과 예측이 나빠진 것을 나누어 잽니다.
# - 재학습 정책 네 가지를 실제 항공편으로 견주고, 다시 학습해서 **더 나빠지는** 달의 까닭을 찾아냅니다.
# - 자료를 무작위로 나눈 성적이 왜 부풀려지는지 보입니다.
# - 품질, 드리프트, 성능, 후보, 겨루기의 순서로 관문을 세웁니다.

# %% [markdown]
# ## 경보가 울렸습니다
#
# 04에서 7월의 기온은 경보를 요란하게 울렸습니다. 많은 안내서가 여기에서 이렇게 말합니다.
#
# > 드리프트가 발견되면 모델을 다시 학습하십시오.
#
# 정말 그럴까요? 오늘은 이 한 문장을 실제 자료로 따져 봅니다. 모델은 1월과 2월의 항공편으로 학습하고, 그 뒤로는 한 번도 다시
# 학습하지 않습니다. 3월부터 12월까지 달마다 예측을 시키고 정답과 견줍니다.

# %%
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlops_lab import drift, flights
from mlops_lab.flights import policies, steps
from mlops_lab.flights.evaluation import evaluate
from mlops_lab.flights.features import SCHEDULE, load_labelled
from mlops_lab.flights.ingest import read_ingested
from mlops_lab.flights.model import fit, predict
from mlops_lab.lesson import check, reveal, show, use_korean

use_korean()
home = flights.home()
features, late, dates = {}, {}, {}
for month in flights.MONTHS:
    steps.prepare(month, home, "features", "labels")  # 아직 들이지 않은 달이면 들입니다.
    features[month], late[month] = load_labelled([month], home)
    day = read_ingested("flights", month, home).set_index("flight_id")["date"]
    dates[month] = pd.to_datetime(day.loc[features[month]["flight_id"]]).to_numpy()


def join(parts, months):
    """달마다의 표나 정답을 이어 붙입니다."""
    return pd.concat([parts[month] for month in months], ignore_index=True)


def train(months):
    """그 달들의 항공편으로 학습한 모델."""
    return fit(join(features, months), join(late, months))


winter = train(flights.BOOTSTRAP)  # 1월과 2월
frozen = {month: predict(winter, features[month]) for month in flights.MONITORED}
print(f"모델 하나로 {len(frozen)}달, {sum(map(len, frozen.values())):,}편을 예측했습니다.")

# %% [markdown]
# ### 성적을 재는 두 자
#
# 모델은 "늦는다, 늦지 않는다"가 아니라 늦을 **확률**을 말합니다. 그래서 두 가지를 봅니다.
#
# - **Brier 점수**: 확률과 정답(0 또는 1)의 차이를 제곱해 평균한 것. **낮을수록** 좋습니다. 확률의 크기까지 맞아야
#   합니다.
# - **AUC**: 늦은 편과 늦지 않은 편을 하나씩 골랐을 때, 늦은 편에 더 높은 확률을 준 비율. **높을수록** 좋고
#   0.5면 찍는 것과 같습니다. 순서만 봅니다.
#
# **예상해 봅시다.** 8월의 기온은 PSI가 15나 됩니다. 모델은 8월의 지연율을 얼마나 잘못 보았을까요? 예측한 지연율(확률의 평균)과
# 실제 지연율의 차이를 0과 1 사이의 수로 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.1

# %%
scores = {month: evaluate(late[month], frozen[month]) for month in flights.MONITORED}
table = pd.DataFrame({month: score.to_dict() for month, score in scores.items()}).T
gap = (table["predicted_rate"] - table["late_rate"]).abs()
reveal(my_guess, round(gap["2013-08"], 3))

# %%
profile = drift.fit_profile(join(features, flights.BOOTSTRAP)[["temp"]])
shift = {month: drift.judge(profile, features[month][["temp"]]).columns[0].psi for month in flights.MONITORED}
table = table.assign(gap=gap, temp_psi=shift)
names = {"temp_psi": "기온의 PSI", "late_rate": "실제 지연율", "predicted_rate": "예측한 지연율"}
names |= {"gap": "어긋남", "brier": "Brier", "auc": "AUC"}
table[list(names)].rename(columns=names).round(3)

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
short = [f"{int(month[-2:])}월" for month in flights.MONITORED]
left.bar(short, table["temp_psi"], color="#BDBDBD", edgecolor="black")
left.set(title="기온이 달라진 정도", ylabel="PSI")
colors = ["#D55E00" if month[-2:] in ("04", "09", "12") else "#BDBDBD" for month in flights.MONITORED]
bars = right.bar(short, 100 * table["gap"], color=colors, edgecolor="black")
right.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
right.set(title="예측한 지연율이 어긋난 정도", ylabel="%p", ylim=(0, 11))
for ax in (left, right):
    ax.grid(visible=False, axis="x")
show(
    fig,
    "왼쪽은 기온의 PSI로 7월과 8월이 15를 넘고 12월은 0.4입니다. 오른쪽은 예측한 지연율의 어긋남으로, 8월은 0에 가깝고 4월은 9 %p, 9월은 8 %p, 12월은 9 %p입니다. 두 그림의 높낮이가 서로 맞지 않습니다.",
)

# %% [markdown]
# 두 그림은 서로 딴 이야기를 합니다.
#
# - **8월**: 기온이 손꼽히게 달라졌는데, 예측한 지연율이 거의 정확합니다. 경보가 울렸지만 해롭지 않았습니다.
# - **4월, 9월, 12월**: 가장 크게 어긋난 세 달입니다. 그런데 12월의 기온은 1월, 2월과 비슷하고, 4월의 PSI도 8월의 셋 가운데 하나가
#   되지 않습니다.
#
# 기온이 크게 달라졌는데 왜 괜찮을까요? 모델이 기온에 그다지 **기대지 않기** 때문입니다. 기온을 아예 보지 못하게 하고 다시 학습해
# 봅시다.

# %%
blind = {month: features[month].assign(temp=0.0) for month in (*flights.BOOTSTRAP, "2013-07", "2013-08")}
without_temperature = fit(join(blind, flights.BOOTSTRAP), join(late, flights.BOOTSTRAP))
pd.DataFrame(
    {
        month: {
            "기온을 보는 모델의 Brier": scores[month].brier,
            "기온을 못 보는 모델의 Brier": evaluate(
                late[month], predict(without_temperature, blind[month])
            ).brier,
        }
        for month in ("2013-07", "2013-08")
    }
).round(4)

# %% [markdown]
# 기온이 있으나 없으나 성적이 거의 같습니다. **모델이 쓰지 않는 열은 아무리 움직여도 해롭지 않습니다.**
#
# 거꾸로 9월을 봅시다. 운항 계획의 열 여섯 개를 04의 방법으로 판정합니다. PSI가 0.1보다 작은 변화는 작은 변화로 봅니다.

# %%
before, now = (
    join(features, months)[SCHEDULE].assign(date=np.concatenate([dates[month] for month in months]))
    for months in (flights.BOOTSTRAP, ["2013-09"])
)
verdict = drift.compare(before, now, time="date", rule=drift.Rule(min_psi=steps.DRIFT_PSI))
print("9월의 운항 계획:", drift.VERDICT_LABELS[verdict.verdict])
print(f"9월의 지연율: 예측 {scores['2013-09'].predicted_rate:.3f}, 실제 {scores['2013-09'].late_rate:.3f}")

# %% [markdown]
# 운항 계획은 안정인데 예측은 8 %p나 어긋났습니다. 03에서 본 개념 드리프트입니다. 정리하면 드리프트의 판정은 **물음표이지 답이
# 아닙니다.**
#
# | | 예측이 멀쩡하다 | 예측이 나빠졌다 |
# |---|---|---|
# | **운항 계획이 그대로** | 좋은 날 | 9월: 계획만 보면 모른다 |
# | **입력이 달라졌다** | 8월: 경보만 요란하다 | 7월: 원인이 입력인지는 더 보아야 한다 |

# %% [markdown]
# ### Brier를 달끼리 견주면 안 되는 까닭
#
# 위의 표에서 9월의 Brier는 7월보다 훨씬 낮습니다. 9월에 모델이 잘한 것일까요? 아닙니다. 9월은 늦은 편이 드물어 **문제가 쉬웠을**
# 뿐입니다. 그래서 성적은 같은 달 안에서 다른 것과 견주어야 합니다. 가장 단순한 상대는 날마다 똑같은 확률만 말하는 **상수
# 예측**입니다.
#
# ### 연습 05-1
#
# 1월과 2월의 지연율 하나를 모든 항공편에 똑같이 말하는 상수 예측이 있습니다. 3월부터 12월까지 열 달 가운데, 우리 모델의 Brier가
# 이 상수 예측의 Brier보다 **나쁜** 달을 모두 찾아 목록 `lost`에 넣습니다. 달은 `"2013-03"`처럼 적습니다.

# %% tags=["stub"]
lost = ...

# %% tags=["solution"]
constant = join(late, flights.BOOTSTRAP).mean()
lost = [month for month in flights.MONITORED if scores[month].brier > ((constant - late[month]) ** 2).mean()]

# %%
check("05-1", lost)

# %% [markdown]
# ## 재학습 정책 네 가지
#
# 모델이 낡았다면 새로 학습해야 합니다. 그런데 **무엇으로**, **얼마나 자주** 할까요? 네 가지 정책을 견줍니다. 어느 정책도 맞힐 달보다
# 뒤의 자료를 보지 않습니다.
#
# | 정책 | 맞힐 달이 7월이라면 배우는 달 |
# |---|---|
# | 다시 학습하지 않음 | 1월, 2월 |
# | 지난 한 달 | 6월 |
# | 지난 석 달 | 4월, 5월, 6월 |
# | 지금까지의 모든 달 | 1월부터 6월까지 |
#
# 5월, 7월, 9월, 11월을 시험하는 달로 씁니다. 열 달을 모두 시험하려면 모델 스물여덟 개를 학습해야 하고, 코어 하나로 40초쯤
# 걸립니다. 여기에서는 열세 개를 두 코어에서 나란히 학습합니다. **10초에서 30초쯤 기다립니다.** 기다리는 동안 어느 정책이 이길지
# 생각해 봅시다.

# %%
EXAMS = ["2013-05", "2013-07", "2013-09", "2013-11"]  # flights.MONITORED로 바꾸면 열 달 모두입니다.

wanted = {
    (policy, month): tuple(policies.training_months(policy, month))
    for month in EXAMS
    for policy in policies.POLICIES
}
models = {tuple(flights.BOOTSTRAP): winter}
missing = [months for months in dict.fromkeys(wanted.values()) if months not in models]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    models |= zip(missing, pool.map(train, missing), strict=True)

probability = {key: predict(models[months], features[key[1]]) for key, months in wanted.items()}
exam = {key: evaluate(late[key[1]], value) for key, value in probability.items()}
brier = pd.DataFrame({m: {policies.POLICIES[p]: exam[p, m].brier for p in policies.POLICIES} for m in EXAMS})
auc = pd.DataFrame({m: {policies.POLICIES[p]: exam[p, m].auc for p in policies.POLICIES} for m in EXAMS})
pd.DataFrame({"Brier의 평균": brier.mean(axis=1), "AUC의 평균": auc.mean(axis=1)}).round(4)

# %% [markdown]
# 평균으로는 **지금까지의 모든 달**이 두 자 모두에서 가장 좋습니다. **지난 한 달**은 Brier가 다시 학습하지 않은 것만도 못합니다. 가장
# 새로운 자료로 배웠는데도 그렇습니다. 한 달 치로는 배울 것이 모자라고, 그 달의 특별한 사정까지 배우기 때문입니다.
#
# 평균은 이긴 정책을 알려 줍니다. 그러나 우리는 한 달씩 삽니다. 11월을 따로 봅시다.
#
# **예상해 봅시다.** 11월에, 다시 학습한 세 정책 가운데 다시 학습하지 않은 모델보다 Brier가 **나은** 것은 몇 개일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 2

# %%
never, *retrained = policies.POLICIES
reveal(my_guess, sum(exam[policy, "2013-11"].brier < exam[never, "2013-11"].brier for policy in retrained))

# %%
fig, ax = plt.subplots(figsize=(8, 3.6))
styles = (("#D55E00", "s", 7), ("#E69F00", "^", 12), ("#0072B2", "D", 5))
for policy, (color, marker, size) in zip(retrained, styles, strict=True):
    name = policies.POLICIES[policy]
    ax.plot(EXAMS, brier.loc[name] - brier.iloc[0], color=color, marker=marker, markersize=size, label=name)
ax.axhline(0, color="black", linewidth=1)
ax.set_xticks(range(len(EXAMS)), [f"{int(month[-2:])}월" for month in EXAMS])
ax.set_ylabel("Brier의 차이")
ax.set_title("다시 학습하지 않은 모델과의 차이(0보다 낮으면 나아짐)")
ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12))
show(
    fig,
    "다시 학습하지 않은 모델과의 Brier 차이. 7월에는 세 정책이 모두 0 아래이고 모든 달로 배운 모델이 가장 낮습니다. 11월에는 셋 모두 0 위로 올라가, 지난 한 달은 0.015만큼, 나머지는 0.007만큼 나쁩니다.",
)

# %%
pd.DataFrame({"Brier": brier["2013-11"], "AUC": auc["2013-11"]}).round(4)

# %% [markdown]
# 하나도 없습니다. 11월에는 **다시 학습한 모델이 모두** Brier에서 졌습니다. 열 달의 항공편 27만 편으로 배운 모델이, 한겨울 두 달만
# 본 낡은 모델에게 졌습니다. 그런데 AUC를 보면 모든 달로 배운 모델이 조금 낫습니다. 순서는 더 잘 매기는데 확률의 크기가 틀렸다는
# 뜻입니다. 왜 그랬을까요?

# %% [markdown]
# ## 11월의 수수께끼
#
# 04에서 하루는 한 덩어리라고 배웠습니다. 그러니 날마다 나누어 봅시다. 하루하루, 모든 달로 배운 모델의 Brier에서 낡은 모델의
# Brier를 뺍니다. 0보다 크면 다시 학습해서 나빠진 날입니다.

# %%


def by_day(champion, challenger, month):
    """날마다 (챌린저의 Brier - 챔피언의 Brier). 0보다 작으면 챌린저가 나은 날입니다."""
    errors = [(value - late[month].to_numpy()) ** 2 for value in (champion, challenger)]
    return pd.Series(errors[1] - errors[0]).groupby(dates[month]).mean()


daily = by_day(probability["never", "2013-11"], probability["expanding", "2013-11"], "2013-11")
fig, ax = plt.subplots(figsize=(8.5, 3.2))
ax.bar(
    daily.index.day,
    daily,
    color=np.where(daily > 0, "#D55E00", "#0072B2"),
    hatch=["//" if worse else "" for worse in daily > 0],
    edgecolor="white",
)
ax.axhline(0, color="black", linewidth=1)
ax.set(xlabel="11월의 날", ylabel="Brier의 차이", title="빗금: 다시 학습해서 나빠진 날, 민무늬: 나아진 날")
ax.set_xticks(range(1, 31, 2))
ax.grid(visible=False, axis="x")
show(
    fig,
    "11월의 날마다 그린 Brier의 차이. 대부분의 날은 0 아래로 조금 내려가 있고, 5일, 14일, 4일처럼 몇 날만 위로 높이 솟아 있습니다.",
)

# %%
print(f"나아진 날 {(daily < 0).sum()}일, 나빠진 날 {(daily > 0).sum()}일")
print(f"30일의 평균 {daily.mean():+.4f}")

# %% [markdown]
# 뜻밖입니다. **나아진 날이 더 많습니다.** 그런데도 평균에서 진 것은 몇 날이 크게 망쳤기 때문입니다.
#
# ### 연습 05-2
#
# `daily`에서 **가장 나쁜 날부터** 하나씩 뺍니다. 몇 날을 빼면 남은 날의 평균이 0보다 작아집니까? 가장 적은 수를 `few_days`에
# 넣습니다.

# %% tags=["stub"]
few_days = ...

# %% tags=["solution"]
worst_first = daily.sort_values(ascending=False)
few_days = next(k for k in range(len(daily)) if worst_first.iloc[k:].mean() < 0)

# %%
check("05-2", few_days)

# %% [markdown]
# 그 몇 날에 무슨 일이 있었을까요? 가장 나빠진 다섯 날을 봅니다.

# %%
november = features["2013-11"].assign(
    날=dates["2013-11"],
    실제=late["2013-11"],
    낡은_모델=probability["never", "2013-11"],
    모든_달=probability["expanding", "2013-11"],
)
worst = daily.nlargest(5).index
columns = {"실제": "실제 지연율", "낡은_모델": "낡은 모델의 예측", "모든_달": "모든 달 모델의 예측"}
columns |= {"temp": "기온(°F)", "visib": "시정(마일)", "pressure": "기압(hPa)"}
bad = november[november["날"].isin(worst)].groupby("날")[list(columns)].mean().rename(columns=columns)
bad.set_axis([f"11월 {day.day}일" for day in bad.index]).round(2)

# %% [markdown]
# 다섯 날 모두 시정이 끝까지 트인 맑은 날이고, 그 가운데 넷은 기압이 아주 높습니다. 하루를 빼면 실제로는 한산했는데 새 모델은 세
# 편에 한 편꼴로 늦는다고 했습니다. 어디에서 그런 것을 배웠을까요? 새 모델이 배운 1월부터 10월까지에서, 기압이 1033 hPa을 넘는
# 항공편을 날마다 모아 봅시다.

# %%
learned = join(features, flights.MONTHS[:10]).assign(
    날=np.concatenate([dates[month] for month in flights.MONTHS[:10]]), late=join(late, flights.MONTHS[:10])
)
high = learned[learned["pressure"] > 1033].groupby("날")["late"].agg(["size", "mean"])
high = high.rename(columns={"size": "항공편", "mean": "지연율"}).nlargest(5, "항공편")
high.set_axis([f"{day.month}월 {day.day}일" for day in high.index]).round(2)

# %% [markdown]
# 열 달 동안 기압이 이렇게 높았던 날은 손에 꼽히고, 그 가운데 대부분이 **4월 21일과 22일** 이틀에 몰려 있습니다. 22일에는 절반이 넘게
# 늦었습니다. 모델은 배웠습니다. "선선하고 기압이 높은 날은 늦는다."
#
# 그 이틀에는 날씨와 아무 상관 없는 일이 있었습니다. 미국 정부의 예산이 자동으로 깎이면서, 2013년 4월 21일부터 **항공 관제사가
# 무급 휴직**에 들어갔습니다. 날씨는 괜찮았는데 비행기는 줄을 섰고, 휴직은 27일에 거두어졌습니다(로이터, 2013년 4월 21일과 27일).
# 모델은 관제사를 보지 못하고 그날의 기압만 보았습니다.
#
# 그럴듯한 이야기입니다. 하지만 이야기는 확인해야 합니다. 그 **이틀의 항공편만 빼고** 다시 학습하면 11월이 나아질까요? 견주려고, 역시
# 많이 늦었지만 기압은 높지 않았던 며칠 앞의 이틀(4월 18일과 19일)을 뺀 모델도 만듭니다. 큰 모델 둘을 학습하므로 몇 초 기다립니다.

# %%


def november_without(*days):
    """모든 달에서 그 날들만 빼고 학습한 모델의 11월 성적."""
    kept = ~learned["날"].isin(pd.to_datetime(days))
    model = fit(learned[kept], learned["late"][kept])
    return evaluate(late["2013-11"], predict(model, features["2013-11"])).brier


choices = [("2013-04-18", "2013-04-19"), ("2013-04-21", "2013-04-22")]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    placebo, without_furlough = pool.map(lambda days: november_without(*days), choices)
pd.Series(
    {
        "다시 학습하지 않음": exam["never", "2013-11"].brier,
        "모든 달": exam["expanding", "2013-11"].brier,
        "모든 달에서 4월 18일과 19일을 뺌": placebo,
        "모든 달에서 4월 21일과 22일을 뺌": without_furlough,
    }
).round(4).to_frame("11월의 Brier")

# %% [markdown]
# 27만 편 가운데 **이틀**을 뺐더니 승부가 뒤집혔습니다. 견주려고 뺀 이틀로는 뒤집히지 않았습니다. 오늘 하나만 가져간다면 이것을
# 가져가십시오.
#
# - 다시 학습한다는 것은 새 세상을 배우는 것이면서, **그동안의 사고까지 배우는 것**입니다.
# - 사고는 그달의 성적에는 나타나지 않다가, 몇 달 뒤 조건이 우연히 맞은 날에 나타납니다.
# - 그래서 다시 학습한 모델은 **곧바로 쓰지 않습니다.** 먼저 겨루게 합니다.
#
# 한 가지 더 조심합시다. "11월에는 모두 졌다"는 말도 우연일 수 있습니다. 하루를 한 덩어리로 보고 30일의 평균이 0에서 얼마나 먼지 표준
# 오차로 나누어 봅니다. 이 값을 **t 값**(t-value)이라고 합니다. 크기가 2보다 작으면 우연과 가르기 어렵습니다.

# %%


def t_value(differences):
    """날마다의 차이의 평균이 0에서 표준 오차의 몇 배나 떨어져 있는지."""
    return differences.mean() / (differences.std(ddof=1) / np.sqrt(len(differences)))


pd.DataFrame(
    {
        policies.POLICIES[policy]: {
            f"{int(month[-2:])}월": t_value(
                by_day(probability["never", month], probability[policy, month], month)
            )
            for month in EXAMS
        }
        for policy in retrained
    }
).round(2).rename_axis("t 값(음수면 나아짐)")

# %% [markdown]
# 11월에 지난 한 달로 배운 모델이 나빴던 것은 우연이라고 보기 어렵습니다. 모든 달로 배운 모델이 진 것은 **판단 보류**입니다. 2만 편이
# 넘어도 11월은 30일뿐입니다. 반대로 7월에 모든 달로 배운 모델이 나아진 것은 우연이라고 보기 어렵습니다.

# %% [markdown]
# ## 챔피언과 챌린저
#
# 지금 쓰는 모델을 **챔피언**(Champion), 새로 학습한 후보를 **챌린저**(Challenger)라고 합니다. 둘 다 배운 적이 없는, 가장 최근의 달에서
# 겨룹니다. 챌린저가 이기면 챔피언의 자리를 넘겨받고, 다음 달부터 그 모델이 예측합니다.
#
# 무엇을 이겼다고 할까요? 이 프로젝트의 파이프라인(`steps.compare_and_promote`)은 **Brier가 더 낮고, AUC가 0.005보다 더 나빠지지
# 않으면** 바꿉니다. 이 규칙으로 시험하는 달을 차례로 겨루어 봅시다. 챌린저는 늘 그 달까지의 모든 달로 배운 모델입니다.

# %%
champion = tuple(flights.BOOTSTRAP)
rounds = {}
for month in EXAMS:
    challenger = wanted["expanding", month]
    old, new = (
        evaluate(late[month], predict(models[each], features[month])) for each in (champion, challenger)
    )
    promoted = new.brier < old.brier and new.auc >= old.auc - steps.AUC_TOLERANCE
    rounds[month] = {
        "챔피언": f"{champion[-1]}까지",
        "챌린저": f"{challenger[-1]}까지",
        "챔피언의 Brier": f"{old.brier:.4f}",
        "챌린저의 Brier": f"{new.brier:.4f}",
        "결정": "바꿈" if promoted else "그대로",
    }
    champion = challenger if promoted else champion
pd.DataFrame(rounds).T

# %% [markdown]
# 네 번 모두 바뀌었습니다. 그런데 5월, 9월, 11월의 차이는 소수점 넷째 자리에 있습니다. 바꾸는 일에는 비용이 듭니다. 새 모델은 새
# 사고를 안고 들어옵니다. 우연히 이긴 챌린저에게 자리를 줄 까닭이 없습니다.
#
# ### 연습 05-3
#
# 더 엄한 규칙을 만듭니다. 날마다의 차이를 `by_day(챔피언의 예측, 챌린저의 예측, 달)`로 셈하고, 그 **t 값이 -2보다 작을 때만** 챔피언을
# 바꿉니다. 첫 챔피언은 1월과 2월로 배운 모델입니다. 챔피언이 **바뀐 달**을 모두 목록 `promotions`에 넣습니다. 위의 반복문을 고쳐
# 쓰면 됩니다.

# %% tags=["stub"]
promotions = ...

# %% tags=["solution"]
champion, promotions = tuple(flights.BOOTSTRAP), []
for month in EXAMS:
    challenger = wanted["expanding", month]
    old, new = (predict(models[each], features[month]) for each in (champion, challenger))
    if t_value(by_day(old, new, month)) < -2:
        promotions.append(month)
        champion = challenger

# %%
check("05-3", promotions)

# %% [markdown]
# ## 무작위로 나누면 안 되는 까닭
#
# 챔피언과 챌린저는 왜 "가장 최근의 달"에서 겨룰까요? 자료를 무작위로 나누어 시험하면 안 될까요? 10월과 11월의 항공편으로 두 모델을
# 학습합니다. 배우는 편수는 똑같고, 시험은 둘 다 11월입니다.
#
# - **시간 순서**: 10월로 배우고 11월을 맞힙니다.
# - **무작위**: 두 달을 섞어 10월만큼의 편수로 배우고, 남은 11월의 편을 맞힙니다.

# %%
both = ["2013-10", "2013-11"]
mixed, answers = join(features, both), join(late, both)
picked = np.zeros(len(mixed), dtype=bool)
picked[np.random.default_rng(5).permutation(len(mixed))[: len(late["2013-10"])]] = True
left_over = ~picked & (np.arange(len(mixed)) >= len(late["2013-10"]))  # 배우지 않은 11월의 편
shuffled = evaluate(answers[left_over], predict(fit(mixed[picked], answers[picked]), mixed[left_over]))
pd.DataFrame(
    {
        "시간 순서": {"Brier": exam["last_month", "2013-11"].brier, "AUC": exam["last_month", "2013-11"].auc},
        "무작위": {"Brier": shuffled.brier, "AUC": shuffled.auc},
    }
).round(3)

# %% [markdown]
# 무작위로 나누면 훨씬 좋은 모델처럼 보입니다. 하지만 그 모델은 **같은 날, 같은 날씨의 다른 항공편**을 이미 보았습니다. 11월 5일 오전
# 편의 결과를 알고 오후 편을 맞히는 셈입니다. 실제로는 할 수 없는 일입니다. 이렇게 미래가 새어 들어오는 것을 **누출**(Leakage)이라고
# 합니다. 섞어서 잰 성적은 운영에 들어가는 날 무너집니다.

# %% [markdown]
# ## 정답은 늦게 옵니다
#
# 지금까지는 맞힐 달의 바로 앞 달까지 정답을 알았습니다. 지연은 비행이 끝나면 알지만, 세상의 많은 정답은 더 늦게 옵니다. 대출이 부도가
# 났는지는 몇 달 뒤에 압니다. 이것을 **정답의 지연**(Label Delay)이라고 합니다. 정답이 두 달 더 늦게 온다면, 7월에 쓸 수 있는 것은
# 5월에 만들 수 있었던 모델입니다.

# %%
delayed = {}
for earlier, month in pairwise(EXAMS):
    stale = evaluate(late[month], predict(models[wanted["expanding", earlier]], features[month]))
    delayed[f"{int(month[-2:])}월"] = {
        "다시 학습하지 않음": exam["never", month].brier,
        "모든 달, 정답이 두 달 더 늦음": stale.brier,
        "모든 달, 정답이 제때 옴": exam["expanding", month].brier,
    }
pd.DataFrame(delayed).round(4)

# %% [markdown]
# 7월을 보십시오. 두 달 늦은 모델은 다시 학습하지 않은 것과 거의 같습니다. 여름을 배우려면 6월의 정답이 있어야 했습니다. 정답이 오기
# 전까지 볼 수 있는 것은 **입력의 드리프트**와 **예측한 확률의 평균**뿐입니다. 드리프트 감시가 쓸모 있는 까닭이 여기에 있습니다. 답을
# 주어서가 아니라, 정답보다 **먼저** 오기 때문입니다.

# %% [markdown]
# ## 관문을 차례로
#
# 이제 "드리프트가 있으면 다시 학습한다" 대신 쓸 절차를 그릴 수 있습니다. 앞의 관문을 지나지 못하면 뒤로 가지 않습니다.

# %%
gates = [
    ("1. 품질", "형식, 결측, 단위", "고장이면\n멈추고 고칩니다"),
    ("2. 드리프트", "입력이 달라졌는가", "물음표를 남깁니다\n(답이 아닙니다)"),
    ("3. 성능", "정답이 온 뒤\nBrier, AUC, 어긋남", "멀쩡하면\n그대로 둡니다"),
    ("4. 후보", "앞선 달로만\n다시 학습", "사고가 섞였는지\n봅니다"),
    ("5. 겨루기", "가장 최근의 달에서\n챔피언과", "지면 챔피언이\n남습니다"),
]
fig, ax = plt.subplots(figsize=(9.5, 2.9))
for x, (name, what, otherwise) in enumerate(gates):
    ax.add_patch(
        plt.Rectangle((x + 0.06, 0.52), 0.8, 0.42, facecolor="#DCEBF5", edgecolor="#0072B2", linewidth=1.5)
    )
    ax.text(x + 0.46, 0.85, name, ha="center", va="center", fontsize=12)
    ax.text(x + 0.46, 0.67, what, ha="center", va="center", fontsize=9, linespacing=1.5)
    ax.annotate(
        "", (x + 0.46, 0.3), (x + 0.46, 0.51), arrowprops={"arrowstyle": "->", "color": "#D55E00", "lw": 1.5}
    )
    ax.text(x + 0.46, 0.16, otherwise, ha="center", va="center", fontsize=9, linespacing=1.5, color="#A04000")
    if x < len(gates) - 1:
        ax.annotate(
            "",
            (x + 1.06, 0.73),
            (x + 0.86, 0.73),
            arrowprops={"arrowstyle": "->", "color": "black", "lw": 1.5},
        )
ax.set(xlim=(0, 5), ylim=(0, 1))
ax.axis("off")
show(
    fig,
    "관문 다섯 개의 차례: 품질, 드리프트, 성능, 후보, 겨루기. 품질에 고장이 있으면 멈추고 고치고, 드리프트는 물음표만 남기고, 성능이 멀쩡하면 그대로 두고, 후보에는 사고가 섞였는지 보고, 겨루기에서 지면 챔피언이 남습니다.",
)

# %% [markdown]
# 이 차례가 그대로 이 프로젝트의 파이프라인입니다. 노트북 [01_ingest](pipeline/01_ingest.ipynb)부터
# [06_compare_promote](pipeline/06_compare_promote.ipynb)까지가 관문 하나씩을 맡고, 수업 13에서 Airflow가 열 달을 돌립니다. 네 정책을
# 열 달 **모두**에서 견준 노트북은 [08_policies](pipeline/08_policies.ipynb)이고, DAG
# [05_retraining_policies](../dags/05_retraining_policies.py)가 그것을 태스크 하나로 실행합니다. 모델을 스물여덟 개 학습하므로 일 분
# 가까이 걸립니다. 11월에 모두 졌다는 것은 거기에서도 같고, 어느 달에 이기고 졌는지 열 칸을 다 볼 수 있습니다.

# %% [markdown] tags=["quiz"]
# 1. 기온의 PSI가 15입니다. 가장 먼저 할 일은 무엇입니까?
#     - [ ] 오늘 밤에 새 자료까지 넣어 다시 학습하고, 내일부터 새 모델로 예측합니다 :: 8월의 PSI가 15였지만 예측한 지연율은 거의 정확했습니다. 고칠 것이 있는지부터 봅니다.
#     - [x] 모델이 그 열에 기대는지, 정답이 왔다면 성적이 어떤지 봅니다 :: 드리프트는 어디를 볼지 알려 줍니다. 해로운지는 성적이 말합니다.
#     - [ ] 기온 열을 감시에서 뺍니다 :: 단위가 바뀌거나 센서가 고장 나는 일은 여전히 잡아야 합니다.
# 2. 모든 달로 배운 모델이 11월에 진 가장 그럴듯한 까닭은 무엇입니까?
#     - [ ] 자료가 너무 많아서 :: 편수가 많은 것은 죄가 없습니다. 이틀을 뺀 모델도 27만 편 가까이로 배웠습니다.
#     - [ ] 11월의 기온이 처음 보는 값이어서 :: 11월의 기온은 겨울과 봄에 모두 있던 값입니다.
#     - [x] 드문 조건에서 일어난 사고를 규칙으로 배워서 :: 기압이 높은 날이 드물었고, 그 대부분이 관제사가 휴직한 이틀이었습니다.
# 3. 9월의 Brier가 7월보다 낮습니다. 할 수 있는 말은 무엇입니까?
#     - [ ] 9월에 모델이 더 잘했습니다 :: 9월은 늦은 편이 드물어 아무 모델이나 Brier가 낮습니다.
#     - [x] 이것만으로는 모릅니다. 같은 달에서 다른 예측과 견주어야 합니다 :: 상수 예측이나 챔피언이 좋은 상대입니다.
#     - [ ] 9월에는 드리프트가 없었습니다 :: 9월은 지연율이 절반이 된 달입니다.
# 4. 챌린저가 챔피언보다 Brier가 0.0003 낮습니다. 3만 편, 30일의 결과입니다. 어떻게 하겠습니까?
#     - [ ] 3만 편이면 충분하므로 바꿉니다 :: 하루의 편은 서로 닮았습니다. 편이 아니라 날을 세어야 합니다.
#     - [ ] AUC를 함께 보아 AUC도 높으면 바꾸고, 낮으면 다음 달에 다시 겨룹니다 :: AUC의 차이도 우연일 수 있습니다. 흔들림을 먼저 잽니다.
#     - [x] 날을 단위로 흔들림을 재고, 우연과 가를 수 없으면 두고 봅니다 :: 바꾸는 데에는 비용이 듭니다. 비기면 챔피언이 남습니다.

# %% [markdown]
# ## 정리
#
# - 드리프트는 물음표입니다. 8월은 크게 달라졌어도 해롭지 않았고, 9월은 그대로인데 크게 어긋났습니다.
# - 평균으로는 모든 달로 다시 학습하는 것이 가장 좋았습니다. 11월에는 다시 학습한 모델이 모두 졌습니다.
# - 11월의 패배는 4월의 이틀에서 왔습니다. 다시 학습하면 그동안의 사고도 배웁니다.
# - 챌린저는 가장 최근의 달에서 챔피언과 겨루고, 흔들림을 넘어 이겨야 합니다. 무작위로 나눈 성적은 믿지 않습니다.
# - 관문의 차례는 품질, 드리프트, 성능, 후보, 겨루기입니다. 성능은 정답이 와야 압니다.
#
# 다음: [06. 배치 처리와 Airflow](06_batch_and_airflow.ipynb)
