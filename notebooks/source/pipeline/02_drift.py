# %% [markdown]
# # 02. 데이터 드리프트
#
# 이번 달의 항공편이 첫 모델이 배운 1월, 2월의 항공편과 얼마나 달라졌는지 잽니다. 정답은 아직 없으므로 모델이 틀렸는지는
# 알 수 없습니다. **달라졌다는 것과 나빠졌다는 것은 다릅니다.**
#
# 이 달의 배치를 아직 들이지 않았다면 먼저 들입니다.

# %% tags=["parameters"]
month: str = "2013-03"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/

# %%
import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab import flights, record
from mlops_lab.flights import steps
from mlops_lab.lesson.plotting import use_korean

use_korean()
workspace = flights.home(home)
for each in (*flights.BOOTSTRAP, month):
    steps.prepare(each, workspace, "features")

# %% [markdown]
# ## 재기
#
# 수치 열은 기준 기간의 십분위수로, 범주 열은 범주마다 구간을 나누어 **PSI**를 셈합니다. 빈 구간의 비율은 0.0001로
# 봅니다. 이 바닥값을 바꾸면 PSI도 크게 달라지므로 늘 함께 말해야 합니다. 판정의 규칙은 이렇습니다.
#
# - PSI가 0.1 이상이고, 여러 열을 함께 본 것을 고려한 p-값도 0.05 미만이면 `drift`
# - PSI가 0.1 미만이면 `stable`
# - 행이 500개보다 적거나, PSI는 큰데 우연일 수도 있으면 `undecided`(판단 보류)

# %%
result = steps.check_drift(month, workspace)
table = pd.DataFrame(result["columns"])
names = {
    "name": "열",
    "kind": "종류",
    "psi": "PSI",
    "effect": "효과 크기",
    "missing_current": "결측",
    "verdict": "판정",
}
table[list(names)].rename(columns=names).round({"PSI": 3, "효과 크기": 3, "결측": 3})

# %% [markdown]
# ## 보기

# %%
figure, axes = plt.subplots(figsize=(7, 4.2))
shown = table.iloc[::-1]
colors = ["#D55E00" if verdict == "drift" else "#0072B2" for verdict in shown["verdict"]]
axes.barh(shown["name"], shown["psi"].clip(lower=0.001), color=colors)
axes.axvline(0.1, color="black", linestyle="--", linewidth=1)
axes.text(0.105, -0.6, "문턱 0.1", va="center", fontsize=9)
axes.set_xscale("log")
axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
axes.set_xlabel("PSI (로그 눈금, 주황은 drift)")
axes.set_title(f"{month}: 1월과 2월에 견준 변화")
plt.show()

# %% [markdown]
# ## 판정
#
# 기온은 계절이 바뀌면 늘 움직입니다. 계절을 드리프트라고 부르면 해마다 같은 경보가 울리고, 아무도 보지 않게 됩니다.
# 그래서 날씨의 판정은 따로 적고, 다시 학습할지 물을 때는 **운항 계획의 판정**만 봅니다.

# %%
print(f"운항 계획: {result['verdict']}")
print(f"날씨: {result['weather_verdict']}")

# %%
drifted = [column["name"] for column in result["columns"] if column["verdict"] == "drift"]
record(
    month=month,
    drift=result["verdict"],
    weather_drift=result["weather_verdict"],
    drifted=drifted,
    file=f"warehouse/{month}/drift.json",
)
