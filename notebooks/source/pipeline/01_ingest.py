# %% [markdown]
# # 01. 들이기와 품질 검사
#
# 한 달의 배치가 `landing/`에 도착하면 검사하고, 통과한 것만 `warehouse/`에 들입니다. 통과하지 못한 배치는 그 자리에
# 그대로 두고, 옆에 까닭을 적은 기록(`.rejected.json`)을 남깁니다. 아무것도 잃어버리지 않고, 절반만 들이지도 않습니다.
#
# 노트북을 혼자 열었고 배치가 아직 오지 않았다면 배달부터 합니다. Airflow에서는 센서가 도착을 기다려 줍니다.

# %% tags=["parameters"]
month: str = "2013-03"
home: str | None = None  # 워크스페이스. None이면 MLOPS_LAB_HOME이나 프로젝트의 workspace/
replace: bool = False  # 이미 들인 달을 내용이 다른 배치로 바꾸려면 True

# %%
from mlops_lab import flights, record
from mlops_lab.flights import ingest, landing

workspace = flights.home(home)
if not landing.has_arrived(month, workspace, "features"):
    landing.deliver(month, workspace, "features")

# %% [markdown]
# ## 검사하고 들이기
#
# 무엇을 검사할까요?
#
# - **파일**: 비었는가, 압축이 잘렸는가, UTF-8인가
# - **모양**: 있어야 할 열이 있는가, 행이 있는가, 항공편 번호가 겹치지 않는가, 다른 달의 날짜가 섞이지 않았는가
# - **결측**: 비어 있는 비율이 약속한 것보다 크지 않은가
# - **단위**: 기온은 화씨인가, 거리는 마일인가, 시각은 hhmm인가
#
# 단위는 범위만 보아서는 알 수 없습니다. 25는 겨울의 화씨로도, 여름의 섭씨로도 그럴듯합니다. 그래서 기온과 이슬점으로
# 습도를 셈해 적혀 있는 습도와 맞는지 봅니다. 같은 배치를 두 번 들이면 두 번째에는 아무 일도 일어나지 않습니다.

# %%
accepted = ingest.ingest(month, workspace, "features", replace=replace)
for kind, rows in accepted.rows.items():
    print(f"{kind}: {rows:,}행")

# %% [markdown]
# ## 들여다보기
#
# 출발하기 전에 알 수 있는 것만 있습니다. 실제 출발 시각이나 출발 지연은 없습니다. 그것으로 도착 지연을 맞히면 성적은
# 좋아 보이지만, 정작 예측해야 할 때에는 아직 알 수 없는 값입니다(누출, leakage).

# %%
ingest.read_ingested("flights", month, workspace).head()

# %%
ingest.read_ingested("weather", month, workspace).head()

# %% [markdown]
# ## 넘기는 것

# %%
record(
    month=month,
    rows=accepted.rows["flights"],
    weather_rows=accepted.rows["weather"],
    files=[path.relative_to(workspace).as_posix() for path in accepted.paths.values()],
)
