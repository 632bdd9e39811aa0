# %% [markdown]
# # 04. 성능
#
# 비행이 끝나고 **정답이 도착했습니다.** 앞에서 남긴 예측이 얼마나 맞았는지 이제야 알 수 있습니다. 정답도 배치이므로
# 같은 품질 검사를 거쳐 들입니다.
#
# 예측이 아직 없으면 먼저 예측하고, 정답이 오지 않았으면 배달부터 합니다.

# %% tags=["parameters"]
month: str = "2013-03"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/

# %%
import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab import flights, record
from mlops_lab.flights import steps
from mlops_lab.flights.features import load_labelled
from mlops_lab.lesson.plotting import show, use_korean

use_korean()
workspace = flights.home(home)
steps.prepare(month, workspace, "features", "scores", "labels")

# %% [markdown]
# ## 재기
#
# - **Brier 점수**: 확률과 정답의 차이를 제곱한 평균. 낮을수록 좋습니다. 확률의 크기가 맞았는지까지 봅니다.
# - **AUC**: 늦은 편에 더 높은 확률을 주었는지. 높을수록 좋고, 0.5면 찍는 것과 같습니다.
#
# AUC가 기준보다 0.03 넘게 낮거나, 예측한 지연율이 실제와 0.05 넘게 어긋나면 성능이 떨어졌다고 봅니다. 기준은 지금의
# 챔피언이 챔피언이 되던 때, 아직 배우지 않은 달에서 받은 성적입니다.

# %%
result = steps.measure_performance(month, workspace)
scores, reference = result["scores"], result["reference"]
pd.DataFrame({"이번 달": scores, "기준": reference}).loc[
    ["late_rate", "predicted_rate", "brier", "auc"]
].rename(
    index={"late_rate": "실제 지연율", "predicted_rate": "예측한 지연율", "brier": "Brier", "auc": "AUC"}
).round(4)

# %% [markdown]
# ## 보기
#
# 확률이 비슷한 항공편끼리 열 묶음으로 모아, 예측한 확률과 실제로 늦은 비율을 견줍니다. 점선 위에 있으면 확률을 믿어도
# 됩니다. 점선보다 위에 있으면 실제로는 더 많이 늦었습니다.

# %%
predictions = pd.read_csv(workspace / "warehouse" / month / "predictions.csv.gz")
features, late = load_labelled([month], workspace)
matched = features[["flight_id"]].assign(late=late).merge(predictions, on="flight_id")
grouped = matched.groupby(pd.qcut(matched["probability"], 10, labels=False))[["probability", "late"]].mean()
figure, axes = plt.subplots(figsize=(4.6, 4.2))
axes.plot([0, 0.8], [0, 0.8], color="gray", linestyle="--", linewidth=1, marker="")
axes.plot(grouped["probability"], grouped["late"], color="#0072B2", marker="o")
axes.set_xlabel("예측한 확률의 평균")
axes.set_ylabel("실제로 늦은 비율")
axes.set_title(f"{month}의 보정(calibration)")
show(
    figure,
    f"예측한 확률이 낮은 것부터 열 묶음의 실제 지연율. 가장 낮은 묶음은 예측 {grouped['probability'].iloc[0]:.2f}에 실제 "
    f"{grouped['late'].iloc[0]:.2f}, 가장 높은 묶음은 예측 {grouped['probability'].iloc[-1]:.2f}에 실제 {grouped['late'].iloc[-1]:.2f}입니다.",
)

# %% [markdown]
# ## 판정

# %%
print("성능이 떨어졌습니다." if result["declined"] else "성능이 떨어지지 않았습니다.")
for reason in result["reasons"]:
    print("-", reason)

# %%
record(
    month=month,
    labelled=scores["n"],
    late_rate=round(scores["late_rate"], 4),
    predicted_rate=round(scores["predicted_rate"], 4),
    auc=round(scores["auc"], 4),
    brier=round(scores["brier"], 4),
    declined=result["declined"],
    reasons=result["reasons"],
)
