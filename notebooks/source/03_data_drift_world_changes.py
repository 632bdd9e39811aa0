# %% [markdown]
# # 03. 데이터 드리프트 ① 세상이 변한다
#
# **시간** 40분 · **먼저 읽을 것** [01. MLOps란 무엇인가](01_what_is_mlops.ipynb), [02. 왜 MLOps인가](02_why_mlops.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 데이터 드리프트가 무엇인지, 실제 항공편 열두 달을 놓고 설명합니다.
# - 공변량 변화, 사전확률 변화, 개념 드리프트를 숫자로 구별합니다.
# - 달라진 것이 **구성**인지 **규칙**인지, 기준을 바꾸어 셈해서 가려냅니다.
# - 드리프트가 아닌데 드리프트처럼 보이는 두 가지를 알아봅니다.

# %% [markdown]
# ## 모델은 지난 세상에서 배웁니다
#
# 1월과 2월의 항공편으로 모델을 학습했다고 합시다. 모델이 아는 세상은 그 두 달이 전부입니다. 그런데 예측할 항공편은 3월에, 7월에,
# 12월에 뜹니다. 계절이 바뀌고, 노선이 생기고, 사람들이 다르게 여행합니다.
#
# **데이터 드리프트**(Data Drift)는 모델을 학습한 자료와 지금 들어오는 자료가 달라지는 일입니다. 모델의 코드는 한 글자도 바뀌지
# 않았는데 성적이 떨어졌다면, 먼저 이것을 의심합니다.
#
# 우리의 자료는 2013년에 뉴욕의 공항 세 곳을 떠난 항공편입니다. 한 줄이 항공편 하나입니다.
#
# - **특징**(Feature): 출발하기 전에 아는 것. 출발 시각, 요일, 항공사, 거리, 날씨입니다.
# - **정답**(Label): 비행이 끝나야 아는 것. 15분 넘게 늦게 도착했으면 1, 아니면 0입니다. 앞으로 **지연**이라고 부릅니다.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlops_lab import drift, flights
from mlops_lab.flights import steps
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.ingest import read_ingested
from mlops_lab.lesson import check, reveal, show, use_korean

use_korean()
home = flights.home()
tables = []
for month in flights.MONTHS:
    steps.prepare(month, home, "features", "labels")  # 아직 들이지 않은 달이면 들입니다.
    features, late = load_labelled([month], home)
    days = read_ingested("flights", month, home).set_index("flight_id")["date"]
    dates = pd.to_datetime(days.loc[features["flight_id"]]).to_numpy()
    tables.append(features.assign(month=int(month[-2:]), date=dates, late=late))
year = pd.concat(tables, ignore_index=True)

print(f"항공편 {len(year):,}편")
year[["month", "hour", "carrier", "origin", "dest", "temp", "late"]].head(3)

# %% [markdown]
# 취소되거나 다른 공항으로 간 항공편은 도착 시각이 없으므로 이 표에 없습니다.
#
# ## 9월에 무슨 일이 있었을까요
#
# 8월에는 항공편의 23.8 %가 지연되었습니다. 9월은 어떨까요? 휴가철이 끝났을 뿐, 공항도 항공사도 그대로입니다.
#
# **예상해 봅시다.** 9월의 지연율을 0과 1 사이의 수로 적습니다. 틀려도 됩니다. 적어 두어야 놀랄 수 있습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.22

# %%
monthly = year.groupby("month")["late"].mean()
reveal(my_guess, round(monthly[9], 3))

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
bars = ax.bar(monthly.index, 100 * monthly, color=["#D55E00" if m == 9 else "#BDBDBD" for m in monthly.index])
ax.bar_label(bars, fmt="%.0f", padding=2)
ax.set_xticks(monthly.index, [f"{m}월" for m in monthly.index])
ax.set_ylabel("지연율(%)")
ax.set_title("달마다의 지연율: 9월에 절반이 됩니다")
ax.grid(visible=False, axis="x")
show(fig, "달마다의 지연율을 그린 막대그래프. 6월과 7월은 31 %, 8월은 24 %, 9월은 13 %, 12월은 33 %입니다.")

# %% [markdown]
# 한 달 만에 거의 절반이 되었습니다. 그리고 12월에는 두 배가 넘게 뜁니다. 1월과 2월(둘 다 23 %)만 본 모델은 이런 세상을 본 적이
# 없습니다.
#
# 왜 그럴까요? 처음 떠오르는 설명은 이렇습니다. "잘 늦는 항공사가 9월에 덜 날았겠지." 확인해 봅시다.

# %% [markdown]
# ### 연습 03-1
#
# 8월보다 9월에 지연율이 **낮아진** 항공사는 몇 곳입니까? 두 달에 모두 난 항공사는 열여섯 곳이고, `carrier` 열에 있습니다.
# `fallen`에 수를 넣습니다.

# %% tags=["stub"]
by_carrier = year.pivot_table(index="carrier", columns="month", values="late")  # 항공사 x 달의 지연율
fallen = ...

# %% tags=["solution"]
by_carrier = year.pivot_table(index="carrier", columns="month", values="late")  # 항공사 x 달의 지연율
fallen = int((by_carrier[9] < by_carrier[8]).sum())

# %%
check("03-1", fallen)

# %% [markdown]
# ## 구성이 바뀌었나, 규칙이 바뀌었나
#
# 항공사만 볼 일이 아닙니다. 늦은 저녁에 뜨는 편이 줄었을 수도 있고, 붐비는 공항의 편이 줄었을 수도 있습니다. 하나하나 보는 대신
# 한꺼번에 묻는 방법이 있습니다.
#
# > 8월의 **규칙**으로 9월의 **구성**을 셈하면 지연율이 얼마입니까?
#
# - **구성**: 어떤 항공편이 얼마나 있는지. 출발 시각, 항공사, 공항의 비율입니다.
# - **규칙**: 같은 종류의 항공편이면 얼마나 늦는지.
#
# 시각, 항공사, 공항이 같은 항공편끼리 한 칸에 모읍니다. 칸마다 8월의 지연율을 가져오고, 칸의 크기는 9월의 것을 씁니다. 구성만
# 바뀌었다면 이 값이 실제 9월의 지연율과 같아야 합니다.

# %%
CELL = ["hour", "carrier", "origin"]


def with_the_rule_of(before, after):
    """before의 규칙(칸마다의 지연율)과 after의 구성(칸의 크기)으로 셈한 지연율."""
    rule = before.groupby(CELL)["late"].mean()
    mix = after.groupby(CELL).size()
    shared = mix.index.intersection(rule.index)
    return (rule[shared] * mix[shared]).sum() / mix[shared].sum()


august, september = year[year["month"] == 8], year[year["month"] == 9]
pd.Series(
    {
        "8월의 규칙, 8월의 구성": august["late"].mean(),
        "8월의 규칙, 9월의 구성": with_the_rule_of(august, september),
        "9월의 규칙, 9월의 구성": september["late"].mean(),
    }
).round(3).to_frame("지연율")

# %% [markdown]
# 구성을 9월의 것으로 바꾸어도 0.238이 0.235가 될 뿐입니다. 나머지 0.1은 시각, 항공사, 공항의 구성으로는 설명되지 않습니다. 같은
# 시각에, 같은 항공사가, 같은 공항에서 띄운 비행기가 8월에는 늦고 9월에는 제때 왔습니다.
#
# ### 나머지가 모두 규칙일까요
#
# 서두르면 안 됩니다. **칸에 넣지 않은 것**의 구성이 바뀌었어도 나머지에 들어갑니다. 가장 의심스러운 것 하나를 봅시다. 비입니다.

# %%
august, september = (table.assign(rain=table["precip"] > 0) for table in (august, september))
pd.DataFrame(
    {
        name: {
            "비가 온 편": table["rain"].mean(),
            "비가 온 편의 지연율": table["late"][table["rain"]].mean(),
            "오지 않은 편의 지연율": table["late"][~table["rain"]].mean(),
        }
        for name, table in (("8월", august), ("9월", september))
    }
).round(3)

# %% [markdown]
# 비가 온 편은 절반 넘게 늦는데, 9월에는 그런 편이 거의 없었습니다. 비도 한몫했을 수 있습니다. 그런데 오지 않은 편끼리 견주어도 지연율이
# 크게 낮아졌으니 비가 전부는 아닙니다.
#
# 몫을 나누어 봅시다. `drift.attribute_gap`은 두 달의 차이를 구성의 몫과 규칙의 몫으로 나눕니다. 같은 날의 항공편은 날씨와 혼잡을
# 함께 겪으므로, **다른 날들이 뽑혔더라면 얼마나 달라졌을지** 날을 다시 뽑아 가며 셈해 95 % 구간을 붙입니다.


# %%
def words(interval):
    return f"{interval.estimate:+.3f} ({interval.low:+.3f} ~ {interval.high:+.3f})"


shares = {}
for name, over in (("시각, 항공사, 공항", CELL), ("거기에 비를 더하면", [*CELL, "rain"])):
    gap = drift.attribute_gap(august, september, "late", over, time="date")
    shares[name] = {
        "차이": words(gap.gap),
        "구성의 몫": words(gap.mix),
        "8월의 규칙으로 잰 구성의 몫": words(gap.mix_by_before),
        "9월의 규칙으로 잰 구성의 몫": words(gap.mix_by_after),
        "규칙의 몫": words(gap.rule),
    }
pd.DataFrame(shares)

# %% [markdown]
# 비를 더하자 구성의 몫이 생겼습니다. 얼마인지는 누구의 규칙으로 재느냐에 따라 다릅니다. 8월의 규칙으로 재면 지연율의 차이 가운데
# 5분의 1쯤이고, 9월의 규칙으로 재면 0과 가르기 어렵습니다. `구성의 몫`은 그 둘의 평균입니다. 규칙의 몫은 어느 쪽으로 재어도
# 대부분이고, 구간이 0을 담지 않습니다. 그러니 9월은 **대부분은 규칙, 일부는 비**입니다.
#
# 이 "규칙"도 조심해서 읽어야 합니다. **여기에 넣은 열로는 설명되지 않는 몫**이라는 말일 뿐이고, 우리가 재지 않은 것(정비, 관제, 승객의
# 수)의 구성이 바뀐 몫이 그 안에 있을 수 있습니다.
#
# 이 구별이 오늘의 핵심입니다. 이름을 붙여 봅시다.

# %% [markdown]
# ## 세 가지 드리프트
#
# 특징을 X, 정답을 y라고 하면 자료는 두 조각의 곱입니다. P는 확률, P(y|X)는 "X를 알 때 y일 확률"입니다.
#
# $$P(X, y) = P(y \mid X)\,P(X)$$
#
# | 이름 | 변한 것 | 항공편으로 말하면 |
# |---|---|---|
# | **공변량 변화**(Covariate Drift) | P(X): 구성 | 국제선이 늘었다. 겨울이 되어 기온이 내려갔다 |
# | **사전확률 변화**(Prior Drift) | P(y): 정답의 비율 | 지연율이 23 %에서 13 %가 되었다 |
# | **개념 드리프트**(Concept Drift) | P(y\|X): 규칙 | 같은 저녁 비행기가 예전만큼 늦지 않는다 |
#
# 셋은 서로를 막지 않습니다. 규칙이 바뀌면 정답의 비율도 대개 따라 바뀝니다. 그래서 **P(y)가 움직였다는 것만으로 개념 드리프트라고
# 부르면 안 됩니다.** 방금 한 것처럼, 구성을 붙잡아 두고도 남는 변화가 있어야 합니다.
#
# ### 규칙이 바뀐 것을 눈으로
#
# 출발 시각마다의 지연율을 7월과 9월로 나누어 그립니다. 가로축의 한 점은 같은 X입니다. 세로로 벌어진 만큼이 개념 드리프트입니다.

# %%
hours = year[year["hour"].between(6, 21)]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
for month, color, marker in ((7, "#D55E00", "o"), (9, "#0072B2", "s")):
    chosen = hours[hours["month"] == month]
    share = chosen["hour"].value_counts(normalize=True).sort_index()
    left.plot(share.index, 100 * share, color=color, marker=marker, label=f"{month}월")
    rate = chosen.groupby("hour")["late"].mean()
    right.plot(rate.index, 100 * rate, color=color, marker=marker, label=f"{month}월")
left.set(title="구성: 시각마다 항공편의 비율", xlabel="출발 시각(시)", ylabel="비율(%)", ylim=(0, 12))
right.set(title="규칙: 시각마다의 지연율", xlabel="출발 시각(시)", ylabel="지연율(%)", ylim=(0, 60))
left.legend()
right.legend()
show(
    fig,
    "왼쪽: 출발 시각마다 항공편의 비율은 7월과 9월이 거의 같습니다. 오른쪽: 시각마다의 지연율은 7월이 저녁 7시에 52 %까지 오르고 9월은 20 % 안팎에 머뭅니다.",
)

# %% [markdown]
# 왼쪽의 두 선은 거의 겹칩니다. **출발 시각만 지켜보는 감시는 이 변화를 알아채지 못합니다.** 오른쪽은 정답이 와야 그릴 수 있습니다.
#
# ### 계절은 드리프트일까요
#
# 기온은 어떨까요? 달마다 P(X)가 크게 변하는 특징입니다.

# %%
weather = year.groupby("month")[["temp", "visib"]].mean()
fig, ax = plt.subplots(figsize=(8, 2.8))
ax.plot(weather.index, (weather["temp"] - 32) * 5 / 9, color="#0072B2", marker="o")
ax.set_xticks(weather.index, [f"{m}월" for m in weather.index])
ax.set(title="출발할 때의 평균 기온", ylabel="섭씨(°C)")
show(fig, "달마다의 평균 기온을 이은 선. 1월과 2월에 섭씨 2도, 7월에 28도, 12월에 4도입니다.")

# %% [markdown]
# 1월과 2월로 학습한 모델에게 7월의 기온은 처음 보는 값입니다. 통계로 재면 아주 큰 공변량 변화입니다. 그렇지만 아무도 놀라지
# 않습니다. 해마다 오는 변화이기 때문입니다. **다르다는 것과 해롭다는 것은 같은 말이 아닙니다.** 이
# 둘을 가르는 법은 다음 수업에서 다룹니다.

# %% [markdown]
# ## 답을 아는 세상에서 연습하기
#
# 실제 자료에서는 무엇이 변했는지 아무도 알려 주지 않습니다. 그래서 **시뮬레이터**로 연습합니다. 우리가 무엇을 바꿀지 정하므로
# 답을 압니다.
#
# 시뮬레이터의 한 줄에는 수치 특징 `x1`, `x2`와 범주 `group`, 정답 `y`가 있습니다. `x1`이 크면 `y`가 1이 되기 쉽습니다.
# `onset`번째 배치부터 `kind`가 정한 것만 변합니다.

# %%
kinds = {"covariate": "공변량 변화", "prior": "사전확률 변화", "concept": "개념 드리프트"}
fig, axes = plt.subplots(2, 3, figsize=(9.5, 4.8), sharex=True)
edges = np.linspace(-3, 4, 29)
centers = np.linspace(-2, 3, 6)
for (kind, name), (top, bottom) in zip(kinds.items(), axes.T, strict=True):
    scenario = drift.Scenario(kind=kind, onset=1, magnitude=1.0, rows=20_000, seed=3)
    for batch, color, marker, label in ((0, "#7F7F7F", "o", "전"), (1, "#D55E00", "s", "후")):
        table = drift.simulate(scenario, batch)
        top.hist(table["x1"], edges, histtype="step", density=True, color=color, linewidth=2, label=label)
        rates = [table["y"][np.abs(table["x1"] - c) < 0.5].mean() for c in centers]
        bottom.plot(
            centers, rates, color=color, marker=marker, label=f"{label}(평균 {table['y'].mean():.2f})"
        )
    top.set_title(name)
    bottom.set_xlabel("x1")
    bottom.legend(fontsize=8, loc="upper left")
axes[0][0].legend(fontsize=8)
axes[0][0].set_ylabel("P(x1)")
axes[1][0].set_ylabel("x1마다 y의 비율")
show(
    fig,
    "세 가지 드리프트의 전과 후. 공변량 변화는 x1의 분포가 오른쪽으로 밀리고 규칙은 그대로입니다. 사전확률 변화는 분포도 조금 밀리고 규칙의 선이 통째로 올라갑니다. 개념 드리프트는 분포는 그대로인데 규칙의 선이 평평해집니다.",
)

# %% [markdown]
# 세로로 한 쌍씩 읽어 봅시다.
#
# - **공변량 변화**: 위의 분포는 밀렸지만 아래의 두 선은 겹칩니다. 규칙은 그대로입니다. 그래도 `x1`이 큰 줄이 많아졌으므로
#   `y`의 평균은 올라갑니다.
# - **사전확률 변화**: `y`의 비율을 올리고, `y`마다의 `x1`은 그대로 두었습니다. 그랬더니 위와 아래가 함께 조금씩 움직입니다. 세
#   가지가 깔끔하게 나뉘지 않는다는 것을 보여 줍니다.
# - **개념 드리프트**: 위의 분포는 그대로인데 아래의 선이 평평해졌습니다. `x1`이 이제 아무것도 알려 주지 않습니다.
#
# ### 연습 03-2
#
# 이름을 가린 배치 셋이 있습니다. `mystery("A")`, `mystery("B")`, `mystery("C")`는 저마다 변하기 전과 후의 표를 돌려줍니다. 위의
# 그림처럼 분포와 규칙을 견주어, 무엇이 변했는지 `"covariate"`, `"prior"`, `"concept"` 가운데 하나씩 적습니다. 셋 다 다르다는
# 보장은 없습니다.

# %%
from mlops_lab.lesson.exercises.lesson_03 import mystery

before, after = mystery("A")
after.head(3).round(2)

# %% tags=["stub"]
# before와 after의 x1, x2, y를 견주어 봅시다. 다른 글자도 같은 방법으로 봅니다.
answers = {"A": ..., "B": ..., "C": ...}

# %% tags=["solution"]
summary = {}
for letter in "ABC":
    before, after = mystery(letter)
    middle = [table[table["x2"].abs() < 0.5] for table in (before, after)]
    summary[letter] = {
        "x1의 평균": after["x1"].mean() - before["x1"].mean(),
        "x2의 평균": after["x2"].mean() - before["x2"].mean(),
        "y의 평균": after["y"].mean() - before["y"].mean(),
        "규칙(x1의 기울기)": np.polyfit(after["x1"], after["y"], 1)[0]
        - np.polyfit(before["x1"], before["y"], 1)[0],
    }
answers = {"A": "concept", "B": "covariate", "C": "concept"}
pd.DataFrame(summary).round(2)

# %%
check("03-2", answers)

# %% [markdown]
# ## 변하는 모양
#
# 무엇이 변하는지 말고, **어떻게** 변하는지도 네 가지로 나눕니다(Gama 외, 2014). 감시하는 방법이 저마다 다르기 때문입니다.

# %%
patterns = {
    "sudden": "갑자기(sudden)",
    "incremental": "조금씩(incremental)",
    "gradual": "섞이며(gradual)",
    "recurring": "되풀이(recurring)",
}
fig, axes = plt.subplots(1, 4, figsize=(10, 2.6), sharey=True)
for ax, (pattern, name) in zip(axes, patterns.items(), strict=True):
    scenario = drift.Scenario(
        kind="covariate", pattern=pattern, onset=4, duration=4, magnitude=4.0, rows=120, seed=1
    )
    for batch in range(16):
        x1 = drift.simulate(scenario, batch)["x1"]
        ax.plot(np.full(len(x1), batch), x1, ".", color="#0072B2", alpha=0.15, markersize=4)
        ax.plot(batch, x1.mean(), "D", color="#D55E00", markersize=4)
    ax.set(title=name, xlabel="배치")
axes[0].set_ylabel("x1 (점), 평균 (마름모)")
show(
    fig,
    "드리프트의 네 가지 모양. 갑자기는 한 배치에서 뛰고, 조금씩은 구름 전체가 네 배치에 걸쳐 올라가고, 섞이며는 두 구름이 함께 있다가 위의 것만 남고, 되풀이는 네 배치마다 오르내립니다.",
)

# %% [markdown]
# "조금씩"과 "섞이며"는 평균만 보면 같습니다. 점을 보면 다릅니다. 앞의 것은 구름이 통째로 움직이고, 뒤의 것은 옛 세상과 새 세상이
# 함께 있다가 새것만 남습니다.
#
# ### 연습 03-3
#
# 항공편의 기온은 네 가지 가운데 어느 모양에 가깝습니까? `"sudden"`, `"incremental"`, `"gradual"`, `"recurring"` 가운데 하나를
# `shape`에 넣습니다. 자료는 한 해뿐이지만, 이듬해의 7월을 떠올려 봅시다.

# %% tags=["stub"]
shape = ...

# %% tags=["solution"]
shape = "recurring"

# %%
check("03-3", shape)

# %% [markdown]
# ## 드리프트가 아닌 것
#
# 숫자가 움직였다고 모두 세상이 변한 것은 아닙니다. 다음 둘은 **고쳐야 할 고장**입니다. 다시 학습하면 고장 난 자료를 배울
# 뿐입니다.
#
# - **품질 결함**: 센서가 고장 나 결측이 늘었거나, 단위가 화씨에서 섭씨로 바뀌었습니다.
# - **학습과 서빙의 어긋남**(Training-Serving Skew): 같은 때에, 학습하는 코드와 예측하는 코드가 특징을 다르게 셈합니다. 시간이
#   지나며 변한 것이 아니므로 드리프트라고 부르지 않습니다.

# %%
broken = drift.simulate(drift.Scenario(kind="quality", onset=1, magnitude=2.0), 1)
skewed = drift.simulate(drift.Scenario(kind="skew", onset=1, magnitude=1.0), 1)
print(f"품질 결함: x1의 결측 {np.isnan(broken['x1']).mean():.0%}")
print(
    f"어긋남: 서빙에서 셈한 x2의 평균 {skewed['x2'].mean():.2f}, 학습에서 셈한 x2의 평균 {skewed['x2_offline'].mean():.2f}"
)

# %% [markdown] tags=["quiz"]
# 1. 모든 항공편의 지연율이 23 %에서 13 %가 되었습니다. 이것만 알 때 할 수 있는 말은 무엇입니까?
#     - [ ] 개념 드리프트가 일어났습니다 :: P(y)가 움직인 것은 맞지만, 구성이 바뀌어도 P(y)는 움직입니다. 같은 종류의 항공편끼리
#       견주어 보아야 압니다.
#     - [x] P(y)가 움직였습니다. 까닭은 더 보아야 합니다 :: 구성을 붙잡아 두고 다시 셈해 보면 규칙이 바뀐 몫을 가려낼 수 있습니다.
#     - [ ] 모델의 성적이 나빠졌습니다 :: 성적은 예측과 정답을 견주어야 압니다. 지연율이 달라져도 순위를 잘 매기는 모델이 있습니다.
# 2. 운항 계획(시각, 항공사, 공항)의 분포만 감시했더니 8월과 9월이 거의 같았습니다. 안심해도 됩니까?
#     - [ ] 됩니다. 입력이 같으면 예측도 같습니다 :: 예측은 같습니다. 그런데 정답이 달라졌으므로 같은 예측이 이제는 틀립니다.
#     - [x] 안 됩니다. 규칙이 바뀐 것은 입력에 나타나지 않습니다 :: 9월이 바로 그랬습니다. 정답이 올 때까지 기다려 성능을 재야
#       합니다.
#     - [ ] 됩니다. 항공사가 그대로이기 때문입니다 :: 항공사의 비율이 그대로여도 항공사마다의 지연율은 바뀔 수 있습니다. 연습 03-1에서 본 것이
#       바로 그것입니다.
# 3. 기온의 단위가 화씨에서 섭씨로 바뀌어 들어왔습니다. 무엇을 해야 합니까?
#     - [ ] 새 자료로 다시 학습합니다 :: 다음 달에 단위가 돌아오면 또 틀립니다. 세상이 아니라 자료가 잘못 왔습니다.
#     - [ ] 드리프트이므로 경보만 울리고, 다음 달의 배치가 올 때까지 그대로 둡니다 :: 그동안 모델은 틀린 값으로 예측합니다.
#     - [x] 자료를 고치고, 고칠 때까지 그 배치를 쓰지 않습니다 :: 품질 검사를 드리프트보다 먼저 하는 까닭입니다.

# %% [markdown]
# ## 정리
#
# - 모델은 학습한 때의 세상만 압니다. 세상이 변하는 것이 데이터 드리프트입니다.
# - P(X)가 변하면 공변량 변화, P(y)가 변하면 사전확률 변화, P(y|X)가 변하면 개념 드리프트입니다.
# - 앞 달의 규칙과 뒤 달의 구성으로 셈해 보면 규칙의 몫이 드러납니다. 빠뜨린 열(비)이 있으면 그만큼 부풀려집니다.
# - 9월의 지연율은 절반이 되었지만 운항 계획은 거의 그대로였습니다. 그것만 지켜보아서는 모릅니다.
# - 결측이 늘거나 코드가 어긋난 것은 드리프트가 아니라 고장입니다. 다시 학습하기 전에 고칩니다.
#
# 다음: [04. 데이터 드리프트 ② 어떻게 잴 것인가](04_data_drift_how_to_measure.ipynb)
