# %% [markdown]
# # 03. 배치 예측
#
# 챔피언이 이번 달의 모든 항공편에 지연할 확률을 매깁니다. **정답은 아직 없습니다.** 예측은 파일로 남기고, 정답이 온
# 다음에 얼마나 맞았는지 봅니다.
#
# 첫 챔피언이나 이번 달의 배치가 아직 없으면 먼저 준비합니다.

# %% tags=["parameters"]
month: str = "2013-03"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/

# %%
import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab import flights, record
from mlops_lab.flights import steps
from mlops_lab.lesson.plotting import show, use_korean

use_korean()
workspace = flights.home(home)
steps.prepare(month, workspace, "bootstrap", "features")

# %% [markdown]
# ## 예측하기
#
# 이 달이 시작할 때의 챔피언을 씁니다. 12월까지 다 돈 뒤에 3월을 다시 실행해도 3월의 챔피언이 나서므로, 같은 달의 예측은
# 언제나 같은 바이트입니다.
#
# 한 가지는 현실보다 유리합니다. 여기의 날씨는 예보가 아니라 **관측한 값**입니다. 출발하기 전에는 예보만 알 수 있으므로,
# 실제로 쓸 모델이라면 예보를 모아 특징으로 써야 하고 성능도 이보다 낮을 것입니다.

# %%
result = steps.score(month, workspace)
print(f"챔피언: 버전 {result['champion']['version']}, {result['champion']['through']}까지 학습")
print(f"예측한 항공편: {result['rows']:,}편, 평균 확률 {result['predicted_rate']:.3f}")

# %% [markdown]
# ## 보기

# %%
predictions = pd.read_csv(workspace / result["predictions"])
figure, axes = plt.subplots(figsize=(6.5, 3.2))
axes.hist(predictions["probability"], bins=40, color="#0072B2")
axes.set_xlabel("지연할 확률")
axes.set_ylabel("항공편의 수")
axes.set_title(f"{month}의 예측")
show(
    figure,
    f"{month}의 지연 확률을 그린 히스토그램. 가운데 절반은 {predictions['probability'].quantile(0.25):.2f}에서 "
    f"{predictions['probability'].quantile(0.75):.2f} 사이입니다.",
)

# %% [markdown]
# ## 넘기는 것

# %%
record(
    month=month,
    champion=result["champion"]["version"],
    champion_through=result["champion"]["through"],
    scored=result["rows"],
    predicted_rate=round(result["predicted_rate"], 4),
    predictions=result["predictions"],
)
