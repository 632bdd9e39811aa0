# %% [markdown]
# # 08. 다시 학습하는 정책 네 가지
#
# 자주 다시 학습하면 늘 좋을까요? 열 달의 실제 자료로 네 가지 정책을 견줍니다. 모두 맞히는 달보다 **앞선 달로만** 배웁니다.
#
# | 정책 | 배우는 달 |
# |---|---|
# | 다시 학습하지 않음 | 늘 1월과 2월 |
# | 지난 한 달 | 바로 앞의 한 달 |
# | 지난 석 달 | 바로 앞의 석 달 |
# | 지금까지의 모든 달 | 앞선 모든 달 |
#
# 모델을 서른 번쯤 학습하므로 일 분 가까이 걸립니다. 열두 달의 배치가 아직 없으면 먼저 들입니다.

# %% tags=["parameters"]
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/
seed: int = 20130101

# %%
import matplotlib.pyplot as plt

from mlops_lab import flights, record
from mlops_lab.flights import policies, steps
from mlops_lab.lesson.plotting import show, use_korean

use_korean()
workspace = flights.home(home)
for month in flights.MONTHS:
    steps.prepare(month, workspace, "features", "labels")

# %% [markdown]
# ## 예상해 봅시다
#
# 네 정책 가운데 3월부터 12월까지의 평균 Brier가 가장 낮은 것은 무엇일까요? 그 정책은 **모든 달에서** 가장 좋을까요?
# 실행하기 전에 적어 두십시오.

# %%
results = policies.evaluate_policies(workspace, seed).replace({"policy": policies.POLICIES})
means = results.groupby("policy", sort=False)[["brier", "auc"]].mean()
means.rename_axis("정책").rename(columns={"brier": "Brier 평균", "auc": "AUC 평균"}).round(4)

# %% [markdown]
# ## 달마다 보기

# %%
by_month = results.pivot(index="month", columns="policy", values="brier")[list(policies.POLICIES.values())]
figure, axes = plt.subplots(figsize=(8, 3.8))
for (name, values), marker in zip(by_month.items(), "os^D", strict=True):
    axes.plot(values.index, values - by_month["다시 학습하지 않음"], label=name, marker=marker)
axes.set_ylabel("Brier의 차이 (아래가 좋음)")
axes.set_title("다시 학습하지 않았을 때보다 얼마나 나은가")
axes.tick_params(axis="x", rotation=45)
axes.legend(fontsize=9)
gains = (by_month.sub(by_month["다시 학습하지 않음"], axis=0)).drop(columns="다시 학습하지 않음")
show(
    figure,
    "다시 학습하지 않았을 때와 견준 Brier의 차이를 정책마다 그린 그림. "
    + ", ".join(f"{name} 평균 {value:+.4f}" for name, value in gains.mean().items()),
)

# %% [markdown]
# ## 11월
#
# 평균으로는 모든 달로 배운 모델이 가장 좋습니다. 그런데 11월에는 **다시 학습한 모델이 모두** 다시 학습하지 않은 모델보다
# 나쁩니다. 여름과 가을에 배운 것이 11월에는 맞지 않았습니다. 그래서 다시 학습한 모델을 곧바로 쓰지 않고 챔피언과 겨루게
# 합니다.

# %%
by_month.round(4)

# %%
november = by_month.loc["2013-11"]
print(f"다시 학습하지 않음: {november.iloc[0]:.4f}")
print(f"다시 학습한 것 가운데 가장 좋은 것: {november.iloc[1:].min():.4f}")

# %% [markdown]
# ## 무작위로 나누면
#
# 열두 달을 섞어서 나누면 같은 날의 다른 항공편으로 배우게 됩니다. 실제로는 할 수 없는 일이라 성적이 실제보다 좋아 보입니다.

# %%
random_auc = policies.random_split_auc(workspace, seed)
forward_auc = means.loc["다시 학습하지 않음", "auc"]
print(f"무작위로 나눔: AUC {random_auc:.3f}")
print(f"시간 순서로 나눔: AUC {forward_auc:.3f}")

# %%
record(
    brier={name: round(value, 4) for name, value in means["brier"].items()},
    auc={name: round(value, 4) for name, value in means["auc"].items()},
    november={name: round(value, 4) for name, value in november.items()},
    random_split_auc=round(random_auc, 4),
)
