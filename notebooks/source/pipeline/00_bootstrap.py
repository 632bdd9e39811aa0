# %% [markdown]
# # 00. 첫 챔피언
#
# 파이프라인이 돌기 시작하려면 지금 쓰는 모델, 곧 **챔피언**(champion)이 하나 있어야 합니다. 1월과 2월의 항공편으로
# 첫 챔피언을 만들어 MLflow 레지스트리에 올립니다. 이미 있으면 다시 만들지 않습니다.
#
# 모델이 맞히려는 것은 **이 항공편이 15분 넘게 늦게 도착할까**입니다.

# %% tags=["parameters"]
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/
seed: int = 20130101

# %%
from mlops_lab import flights, record
from mlops_lab.flights import steps

workspace = flights.home(home)

# %% [markdown]
# ## 학습과 등록
#
# 학습에 쓴 달의 성적은 믿을 수 없습니다. 그래서 기준 성적은 1월만으로 학습해 2월을 맞혀서 얻고, 챔피언은 두 달 모두로
# 학습합니다. 뒤에서 성능이 떨어졌는지 볼 때 이 기준과 견줍니다.

# %%
result = steps.bootstrap(workspace, seed)
champion, reference = result["champion"], result["reference"]
print(f"챔피언: 버전 {champion['version']}, {champion['through']}까지 학습")
print(f"기준 성적(1월로 학습해 2월을 맞힘): AUC {reference['auc']:.3f}, Brier {reference['brier']:.4f}")

# %% [markdown]
# ## 넘기는 것

# %%
record(
    champion=champion["version"],
    through=champion["through"],
    reference_auc=round(reference["auc"], 4),
    reference_brier=round(reference["brier"], 4),
)
