# %% [markdown]
# # 05. 후보 학습
#
# 드리프트가 있거나 성능이 떨어지면 **후보**를 학습합니다. 후보는 이번 달보다 **앞선 달로만** 배웁니다. 이번 달은 겨루는
# 데 써야 하므로 보여 주지 않습니다. 후보는 별칭 `challenger`(도전자)로 레지스트리에 오릅니다.
#
# 드리프트가 있다고 곧바로 모델을 바꾸지는 않습니다. 후보를 만들어 겨루어 볼 까닭이 생겼을 뿐입니다.
#
# 앞선 달의 배치와 첫 챔피언이 아직 없으면 먼저 준비합니다.

# %% tags=["parameters"]
month: str = "2013-04"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/
seed: int = 20130101

# %%
from mlops_lab import flights, record
from mlops_lab.flights import steps
from mlops_lab.flights.features import load_labelled

workspace = flights.home(home)
steps.prepare(month, workspace, "bootstrap", "history")

# %% [markdown]
# ## 무엇으로 배울까

# %%
months = flights.months_before(month)
features, late = load_labelled(months, workspace)
print(f"{months[0]}부터 {months[-1]}까지 {len(months)}달, {len(late):,}편, 지연율 {late.mean():.3f}")

# %% [markdown]
# ## 학습과 등록
#
# 같은 자료와 같은 시드로 학습하면 나무의 마디까지 같은 모델이 나옵니다. 그 해시가 이미 레지스트리에 있으면 새 버전을
# 만들지 않고 있는 것을 씁니다.

# %%
result = steps.train_candidate(month, workspace, seed)
candidate = result["candidate"]
print(f"챌린저: {candidate['through']}까지 학습")

# %%
record(
    month=month,
    candidate=candidate["version"],
    candidate_through=candidate["through"],
    trained_on=len(late),
    seed=seed,
)
