# %% [markdown]
# # 07. 보고서
#
# 3월부터 이번 달까지 무슨 일이 있었고 무엇을 결정했는지 한눈에 봅니다. 실행하지 않은 달은 표에 없습니다.
#
# 이번 달의 성능을 아직 재지 않았으면 먼저 잽니다.

# %% tags=["parameters"]
month: str = "2013-03"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/

# %%
import matplotlib.pyplot as plt

from mlops_lab import flights, record
from mlops_lab.flights import steps
from mlops_lab.flights.outcome import DECISIONS
from mlops_lab.lesson.plotting import show, use_korean

use_korean()
workspace = flights.home(home)
steps.prepare(month, workspace, "features", "drift", "scores", "labels", "performance")

# %% [markdown]
# ## 달마다의 결과

# %%
table = steps.history(month, workspace)
names = {
    "month": "달",
    "rows": "편수",
    "late_rate": "지연율",
    "predicted_rate": "예측",
    "drift": "드리프트",
    "declined": "성능 저하",
    "champion": "챔피언(학습 끝 달)",
    "champion_auc": "챔피언 AUC",
    "champion_brier": "챔피언 Brier",
    "challenger_auc": "챌린저 AUC",
    "challenger_brier": "챌린저 Brier",
    "decision": "결정",
}
shown = table.assign(
    decision=table["decision"].map(DECISIONS), declined=table["declined"].map({True: "예", False: "아니요"})
)
shown[list(names)].rename(columns=names).round(4).set_index("달")

# %% [markdown]
# ## 지연율
#
# 예측한 지연율과 실제가 벌어진 달에는 모델이 세상을 따라가지 못했습니다. 네모는 챔피언을 바꾼 달입니다.

# %%
figure, axes = plt.subplots(figsize=(7.5, 3.4))
axes.plot(table["month"], table["late_rate"], label="실제 지연율", marker="o")
axes.plot(table["month"], table["predicted_rate"], label="예측한 지연율", marker="^", linestyle="--")
promoted = table[table["decision"] == "promote"]
axes.plot(
    promoted["month"],
    promoted["late_rate"],
    linestyle="",
    marker="s",
    markersize=12,
    markerfacecolor="none",
    color="black",
    label="챔피언을 바꿈",
)
axes.set_ylim(0, 0.4)
axes.set_ylabel("비율")
axes.tick_params(axis="x", rotation=45)
axes.legend(ncols=3, loc="upper center", fontsize=9)
axes.set_title("15분 넘게 늦은 항공편의 비율")
gap = (table["predicted_rate"] - table["late_rate"]).abs()
show(
    figure,
    f"달마다의 실제 지연율과 예측한 지연율. 가장 벌어진 달은 {table['month'][gap.idxmax()]}로 {100 * gap.max():.0f} %p입니다. "
    f"챔피언을 바꾼 달: {', '.join(promoted['month']) or '없음'}",
)

# %% [markdown]
# ## 성적
#
# Brier 점수는 지연이 드문 달에 저절로 낮아집니다. 달과 달을 견주지 말고, 같은 달의 챔피언과 챌린저를 견주십시오.

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
for axes, score, title in zip(
    panels, ("brier", "auc"), ("Brier (낮을수록 좋음)", "AUC (높을수록 좋음)"), strict=True
):
    axes.plot(table["month"], table[f"champion_{score}"], label="챔피언", marker="o")
    axes.plot(table["month"], table[f"challenger_{score}"], label="챌린저", marker="s", linestyle=":")
    axes.set_title(title)
    axes.tick_params(axis="x", rotation=45)
    axes.legend(fontsize=9)
better = table[table["challenger_brier"] < table["champion_brier"]]["month"]
show(
    figure,
    f"달마다의 챔피언과 챌린저의 Brier와 AUC. 챌린저의 Brier가 더 낮은 달: {', '.join(better) or '없음'}",
)

# %% [markdown]
# ## 이번 달

# %%
now = table.iloc[-1]
print(
    f"{now['month']}: 지연율 {now['late_rate']:.3f}, 드리프트 {now['drift']}, 결정 {DECISIONS[now['decision']]}"
)

# %%
has_challenger = now["decision"] != "no_candidate"
record(
    month=month,
    rows=int(now["rows"]),
    late_rate=round(float(now["late_rate"]), 4),
    drift=now["drift"],
    declined=bool(now["declined"]),
    champion={"auc": round(float(now["champion_auc"]), 4), "brier": round(float(now["champion_brier"]), 4)},
    challenger={
        "auc": round(float(now["challenger_auc"]), 4),
        "brier": round(float(now["challenger_brier"]), 4),
    }
    if has_challenger
    else None,
    decision=now["decision"],
)
