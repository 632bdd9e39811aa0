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
import pandas as pd

from mlops_lab import flights, record
from mlops_lab.drift import plots, read_result, write_report
from mlops_lab.flights import steps
from mlops_lab.lesson.plotting import show, use_korean

use_korean()
workspace = flights.home(home)
steps.prepare(month, workspace, "reference", "features")

# %% [markdown]
# ## 재기
#
# 열마다 셋을 봅니다.
#
# - **얼마나 다른가**: 효과 크기는 "비율의 가장 큰 차이"입니다. 수치 열은 KS의 D, 범주 열은 전변동 거리이고, 0.05면 어떤
#   비율이 5 %p 달라졌다는 뜻입니다. PSI도 함께 봅니다. 빈 구간의 비율은 0.0001로 봅니다.
# - **우연일 수 있는가**: 여러 열을 함께 본 것을 고려해 p-값을 고칩니다. 한 달이 2만 편이 넘으면 아주 작은 차이도 우연이
#   아니라고 나오므로, 이것만으로는 아무것도 정하지 않습니다.
# - **늘 있던 흔들림인가**: 하루 안의 날씨는 서로 닮아 행들이 독립이 아닙니다. 그래서 1월과 2월을 한 주씩 빼어 나머지와
#   견주고, 드리프트가 없어도 한 주가 그만큼 다르다면 그보다 더 달라야 한다고 **문턱**을 올립니다.
#
# 효과가 문턱 이상이고, 우연이 아니고, PSI가 0.1 이상이면 `drift`입니다. `stable`은 큰 차이가 없다고 말할 수 있을 때(효과의 99 %
# 상한이 한계보다 작을 때)에만 씁니다. 나머지는 `undecided`(판단 보류)입니다. 흔들림이 커서 문턱이 높은 날씨의 열이 대개 그렇습니다.

# %%
result = steps.check_drift(month, workspace)
table = pd.DataFrame(result["columns"])
names = {
    "name": "열",
    "psi": "PSI",
    "effect": "효과",
    "threshold": "문턱",
    "upper": "99 % 상한",
    "margin": "한계",
    "p_adjusted": "고친 p",
    "missing_current": "결측",
    "verdict": "판정",
}
table[list(names)].rename(columns=names).round(3)

# %% [markdown]
# ## 품질
#
# 단위가 바뀌었거나, 결측이 갑자기 늘었거나, 같은 행이 두 번 왔다면 세상이 변한 것이 아니라 자료가 잘못 온 것입니다.
# 드리프트를 믿기 전에 먼저 봅니다.

# %%
for fault in result["faults"]:
    print(f"{fault['column'] or '표 전체'}: {fault['message']}")
if not result["faults"]:
    print("품질 결함은 없습니다.")

# %% [markdown]
# ## 보기
#
# 효과가 문턱에 견주어 가장 큰 열 여섯 개의 분포입니다. 빗금이 기준(1월과 2월), 파랑이 이번 달입니다.

# %%
judged = {each: read_result(saved) for each, saved in steps.drift_history(month, workspace).items()}
columns = sorted(judged[month].columns, key=lambda c: -(c.effect or 0) / (c.threshold or 1))
shown = columns[:6]
show(
    plots.plot_distributions(shown),
    f"기준과 {month}의 분포를 겹친 그림 여섯 장. "
    + ", ".join(f"{c.name} 효과 {c.effect or 0:.3f}" for c in shown),
)

# %% [markdown]
# 지금까지의 달을 나란히 놓습니다. 진할수록 기준과 많이 다르고, 테두리를 두른 칸이 드리프트입니다. 기온처럼 계절을 따라
# 움직이는 열과, 목적지처럼 조금씩 멀어지는 열을 견주어 보십시오.

# %%
drifted = [f"{each} {c.name}" for each, one in judged.items() for c in one.columns if c.verdict == "drift"]
show(
    plots.plot_heatmap(judged),
    f"열과 달({min(judged)}부터 {month}까지)마다 효과를 색의 진하기로 그린 표. 드리프트: {', '.join(drifted) or '없음'}",
)
write_report(workspace / "warehouse" / month / "drift.html", judged, title=f"{month}까지의 드리프트")
print(f"보고서: warehouse/{month}/drift.html")

# %% [markdown]
# ## 판정
#
# 기온은 계절이 바뀌면 늘 움직입니다. 계절을 드리프트라고 부르면 해마다 같은 경보가 울리고, 아무도 보지 않게 됩니다.
# 그래서 날씨의 판정은 따로 적고, 다시 학습할지 물을 때는 **운항 계획의 판정**만 봅니다. 작년 자료가 있다면 작년의 같은
# 달과 견주는 것이 더 낫습니다.

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
