# %% [markdown]
# # 06. 챔피언과 챌린저
#
# 둘 다 배운 적이 없는 이번 달로 겨룹니다. 무작위로 나누지 않고 **시간 순서로** 나눈 가장 최근의 자료입니다.
# 챌린저가 이기면 별칭 `champion`이 챌린저에게 옮겨 가고, 다음 달부터 그 모델이 예측합니다.
#
# 예측, 정답, 후보가 아직 없으면 먼저 준비합니다.

# %% tags=["parameters"]
month: str = "2013-04"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/

# %%
import pandas as pd

from mlops_lab import flights, record
from mlops_lab.flights import steps

workspace = flights.home(home)
steps.prepare(month, workspace, "features", "scores", "labels", "candidate")

# %% [markdown]
# ## 겨루기
#
# 챌린저가 이기려면 Brier 점수가 더 낮아야 합니다. 그리고 AUC가 0.005보다 더 나빠지면 안 됩니다. 비기면 바꾸지 않습니다.
# 바꾸는 일에는 늘 비용이 듭니다.

# %%
result = steps.compare_and_promote(month, workspace)
pd.DataFrame({"챔피언": result["champion_scores"], "챌린저": result["challenger_scores"]}).loc[
    ["late_rate", "predicted_rate", "brier", "auc"]
].rename(
    index={"late_rate": "실제 지연율", "predicted_rate": "예측한 지연율", "brier": "Brier", "auc": "AUC"}
).round(4)

# %% [markdown]
# ## 결정

# %%
print("챔피언을 바꿉니다." if result["decision"] == "promote" else "챔피언을 그대로 둡니다.")
print(result["reason"])
print(f"다음 달의 챔피언: {result['champion_after']['through']}까지 학습한 모델")

# %% [markdown]
# 결정은 `warehouse/<달>/decision.json`에도 남습니다. 다음 달은 별칭이 아니라 이 기록에서 챔피언을 찾습니다. 그래서
# 12월까지 다 돈 뒤에 이 달을 다시 실행해도 결정이 같습니다.

# %%
record(
    month=month,
    decision=result["decision"],
    reason=result["reason"],
    champion_auc=round(result["champion_scores"]["auc"], 4),
    champion_brier=round(result["champion_scores"]["brier"], 4),
    challenger_auc=round(result["challenger_scores"]["auc"], 4),
    challenger_brier=round(result["challenger_scores"]["brier"], 4),
    next_champion=result["champion_after"]["version"],
)
