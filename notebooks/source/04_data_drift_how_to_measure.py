# %% [markdown]
# # 04. 데이터 드리프트 ② 어떻게 잴 것인가
#
# **시간** 50분 · **먼저 읽을 것** [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - PSI, 콜모고로프-스미르노프 검정, 카이제곱 검정을 손으로 셈하고 무엇을 재는지 말합니다.
# - "PSI가 0.1을 넘으면 드리프트", "p가 0.05보다 작으면 드리프트"라는 말이 언제 틀리는지 실험으로 보입니다.
# - 효과 크기와 유의성을 함께 보고 드리프트, 안정, 판단 보류 가운데 하나로 판정합니다.
# - `drift.compare`, `drift.judge`, `mlops-lab drift`로 같은 판정을 내립니다.

# %% [markdown]
# ## 세 가지 물음
#
# 앞 수업에서는 눈으로 보았습니다. 그런데 열이 열세 개이고 배치가 날마다 온다면 사람이 다 볼 수 없습니다. 숫자 하나로 줄여서
# 컴퓨터가 먼저 보게 해야 합니다. 그 숫자는 세 물음에 답해야 합니다.
#
# 1. **얼마나** 달라졌는가
# 2. 그 차이가 **우연**일 수 있는가
# 3. 그래서 **알려야** 하는가
#
# 많은 안내서가 이 셋을 섞습니다. 하나씩 떼어 봅시다. **기준**(Reference)은 모델을 학습한 1월과 2월의 항공편이고, 달마다 오는
# 새 **배치**(Batch)를 이 기준과 견줍니다.

# %%
import json
import subprocess
import sys
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from mlops_lab import drift, flights
from mlops_lab.drift import plots
from mlops_lab.flights import steps
from mlops_lab.flights.features import FEATURES, load_features
from mlops_lab.flights.ingest import read_ingested
from mlops_lab.lesson import check, reveal, show, use_korean

use_korean()
home = flights.home()


def load(*months):
    """여러 달의 특징과 날짜. 한 줄이 항공편 하나입니다."""
    for month in months:
        steps.prepare(month, home, "features")  # 아직 들이지 않은 달이면 들입니다.
    dates = pd.concat([read_ingested("flights", month, home)["date"] for month in months], ignore_index=True)
    return load_features(months, home).assign(date=pd.to_datetime(dates))[[*FEATURES, "date"]]


reference = load("2013-01", "2013-02")
monthly = {month: load(month) for month in flights.MONITORED}
march, july, september = (monthly[f"2013-{number:02d}"] for number in (3, 7, 9))

print(f"기준 {len(reference):,}편, 3월 {len(march):,}편")

# %% [markdown]
# ## PSI를 손으로
#
# **모집단 안정성 지수**(PSI, Population Stability Index)는 신용 평가에서 온 값입니다. 셈하는 법은 네 걸음입니다.
#
# 1. 기준을 같은 크기의 구간 열 개로 나눕니다. 구간의 경계는 **기준이** 정하고, 새 배치를 보고 바꾸지 않습니다.
# 2. 구간마다 기준의 비율 $q$와 새 배치의 비율 $p$를 셉니다.
# 3. 구간마다 $(p - q)\ln(p / q)$를 셈합니다. 비율이 같으면 0이고, 많아져도 적어져도 0보다 큽니다.
# 4. 모두 더합니다.
#
# 3월의 습도로 해 봅시다.

# %%
before, now = reference["humid"].dropna(), march["humid"].dropna()
edges = np.quantile(before, np.arange(1, 10) / 10)  # 안쪽 경계 아홉 개


def count(values, edges):
    """구간마다의 개수. 구간은 경계보다 하나 많습니다."""
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)


q = count(before, edges) / len(before)
p = count(now, edges) / len(now)
terms = (p - q) * np.log(p / q)
pd.DataFrame({"기준의 비율 q": q, "3월의 비율 p": p, "(p-q) ln(p/q)": terms}).round(4)

# %%
print(f"손으로 셈한 PSI      {terms.sum():.4f}")
print(f"drift.psi            {drift.psi(count(before, edges), count(now, edges)):.4f}")
print(f"drift.compare_column {drift.compare_column(reference['humid'], march['humid']).psi:.4f}")

# %% [markdown]
# 앞의 둘은 같습니다. 마지막 것이 조금 다른 까닭은, 패키지가 **기준의 범위를 벗어난 값**과 **결측**에도 칸을 하나씩 주기 때문입니다.
# 결측을 버리고 셈하는 도구는 자료의 80 %가 사라져도 "그대로"라고 말합니다.

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
place = np.arange(10)
ax.bar(place - 0.2, 100 * q, 0.4, color="#BDBDBD", edgecolor="black", hatch="//", label="기준(1월, 2월)")
ax.bar(place + 0.2, 100 * p, 0.4, color="#0072B2", edgecolor="black", label="3월")
for x, height, term in zip(place, 100 * np.maximum(p, q), terms, strict=True):
    ax.annotate(
        f"{term:.3f}", (x, height), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8
    )
ends = [f"{edge:.0f}" for edge in edges]
names = [f"~{ends[0]}", *(f"{a}~{b}" for a, b in pairwise(ends)), f"{ends[-1]}~"]
ax.set_xticks(place, names)
ax.set(xlabel="상대습도(%)", ylabel="항공편의 비율(%)", ylim=(0, 19))
ax.set_title(f"막대 위의 수를 모두 더한 것이 PSI {terms.sum():.3f}입니다")
ax.legend(ncols=2, loc="upper center")
ax.grid(visible=False, axis="x")
show(
    fig,
    "습도를 기준의 십분위로 나눈 막대그래프. 기준은 모든 구간이 10 %이고, 3월은 가장 건조한 구간이 16 %로 늘고 가장 습한 구간이 4 %로 줄었습니다. 가장 습한 구간이 PSI의 절반을 차지합니다.",
)

# %% [markdown]
# 안내서에는 흔히 이렇게 적혀 있습니다.
#
# > PSI가 0.1보다 작으면 안정, 0.1과 0.25 사이면 주의, 0.25보다 크면 드리프트입니다.
#
# 이 말대로라면 3월의 습도는 "주의"입니다. 그런데 이 문턱에는 **행의 수가 없습니다.** 정말 없어도 될까요?

# %% [markdown]
# ## 아무것도 변하지 않았을 때
#
# 같은 정규분포에서 표본을 두 번 뽑습니다. 드리프트가 없다는 것을 우리는 압니다. 한쪽에 100행씩, 구간은 열 개입니다.
#
# **예상해 봅시다.** 이 일을 300번 되풀이하면, PSI가 0.1을 넘는 비율은 얼마일까요? 0과 1 사이의 수로 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.05

# %%
random = np.random.default_rng(4)


def psi_without_drift(n, repeats=300):
    """드리프트가 없는 두 표본(n행씩)의 PSI를 여러 번 잽니다."""
    values = []
    for _ in range(repeats):
        one, other = random.normal(size=(2, n))
        cuts = np.quantile(one, np.arange(1, 10) / 10)
        values.append(drift.psi(count(one, cuts), count(other, cuts)))
    return np.array(values)


by_size = {n: psi_without_drift(n) for n in (100, 300, 1000)}
reveal(my_guess, round(float((by_size[100] > 0.1).mean()), 2))

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
cells = np.linspace(0, 0.5, 51)
for (n, values), color, line in zip(
    by_size.items(), ("#D55E00", "#E69F00", "#0072B2"), ("-", "--", "-."), strict=True
):
    label = f"{n:,}행씩: 0.1을 넘은 것이 {(values > 0.1).mean():.0%}"
    ax.hist(values, cells, histtype="step", color=color, linestyle=line, linewidth=2, label=label)
ax.axvline(0.1, color="black", linewidth=1, linestyle=":")
ax.annotate(
    "문턱 0.1", (0.1, 1), xycoords=("data", "axes fraction"), xytext=(4, -12), textcoords="offset points"
)
ax.set(xlabel="PSI", ylabel="횟수(300번 가운데)", title="드리프트가 없을 때의 PSI")
ax.legend(loc="upper right")
show(
    fig,
    "드리프트가 없을 때 PSI의 히스토그램. 100행씩이면 대부분이 0.1을 넘고, 300행씩이면 일부만 넘고, 1,000행씩이면 하나도 넘지 않습니다.",
)

# %% [markdown]
# 100행짜리 배치를 PSI 0.1로 감시하면, 아무 일이 없어도 거의 날마다 경보가 울립니다. 반대로 10,000행짜리 배치에서 0.1은 너무
# 둔한 문턱입니다. 우연히 나오는 PSI의 크기는 이미 알려져 있습니다(Yurdakul, 2018). 기준이 n행, 배치가 m행, 구간이 B개일 때,
# 드리프트가 없으면 평균이 다음과 같습니다.
#
# $$E[\mathrm{PSI}] = \left(\frac{1}{n} + \frac{1}{m}\right)(B - 1)$$

# %%
pd.DataFrame(
    {
        "실험의 평균": {f"{n:,}행씩": values.mean() for n, values in by_size.items()},
        "식의 값": {f"{n:,}행씩": (1 / n + 1 / n) * 9 for n in by_size},
    }
).round(3)

# %% [markdown]
# ### 연습 04-1
#
# 구간을 열 개로 나누고, 기준과 배치의 행의 수가 같습니다. 드리프트가 없을 때 PSI의 평균이 **0.01**이 되려면 한쪽에 몇 행이 있어야
# 합니까? `rows`에 넣습니다. 식으로 풀어도 되고, `psi_without_drift`로 찾아서 확인해도 됩니다.

# %% tags=["stub"]
rows = ...

# %% tags=["solution"]
# (2 / n) * 9 = 0.01 이므로 n = 18 / 0.01입니다.
rows = 18 / 0.01

# %%
check("04-1", rows)

# %% [markdown]
# ## 빈 구간과 바닥값
#
# 7월의 기온을 봅시다. 기준은 한겨울이므로 7월의 기온은 거의 모두 기준의 범위를 벗어납니다. 어떤 구간은 비어서 $p = 0$이고,
# $\ln 0$은 셈할 수 없습니다. 그래서 도구마다 0 대신 아주 작은 수를 넣습니다. 이 수를 **바닥값**(Floor)이라고 부르겠습니다. 무엇을
# 넣어야 할까요?

# %%
floors = {"0.01": 1e-2, "0.0001": 1e-4, "0.000001": 1e-6, "컴퓨터의 가장 작은 수": np.finfo(float).tiny}
sides = drift.read_column(reference["temp"]), drift.read_column(july["temp"])
table = {}
for bins in (5, 10, 20):
    cut = drift.fit_bins(sides[0], bins)
    counts = [drift.bin_counts(side, cut) for side in sides]
    table[f"구간 {bins}개"] = {name: drift.psi(*counts, floor) for name, floor in floors.items()}
pd.DataFrame(table).round(1).rename_axis("바닥값")

# %% [markdown]
# 같은 자료, 같은 이름의 통계량인데 값이 6에서 1,300이 넘는 데까지 있습니다. 틀린 것은 없습니다. **PSI는 구간의 수와 바닥값을 함께
# 말하지 않으면 뜻이 없는 수**입니다. 이 프로젝트는 구간 열 개, 바닥값 0.0001을 쓰고 늘 결과에 함께 적습니다.
#
# ## 거의 0인 열
#
# 강수량은 기준의 90 %가 넘게 0입니다. 이런 열을 십분위로 나누면 무슨 일이 생길까요?

# %%
rain, rain_september = reference["precip"].dropna(), september["precip"].dropna()
print("십분위의 경계:", np.quantile(rain, np.arange(1, 10) / 10).tolist())
print(f"비가 온 편: 기준 {(rain > 0).mean():.1%}, 9월 {(rain_september > 0).mean():.1%}")

# %% [markdown]
# 경계 아홉 개가 모두 0입니다. 값이 0 이상이면 모두 마지막 구간에 들어가므로, 손으로 셈한 십분위 PSI는 비가 얼마나 오든 0입니다.

# %%
flat = np.quantile(rain, np.arange(1, 10) / 10)
print("십분위로 센 기준:", count(rain, flat).tolist())
print("십분위로 센 9월: ", count(rain_september, flat).tolist())
print(f"십분위 PSI: {drift.psi(count(rain, flat), count(rain_september, flat)):.3f}")

# %% [markdown]
# 비가 온 편이 다섯 가운데 하나로 줄었는데도 PSI가 0입니다. 0이 많은 열에는 **0만의 구간**을 따로 두어야 합니다. `drift.fit_bins`는
# 0이 한 구간의 몫보다 많으면 스스로 그렇게 합니다.
#
# ### 연습 04-2
#
# 강수량을 두 구간, **비가 오지 않은 편(0)** 과 **비가 온 편(0보다 큼)** 으로만 나누어 기준과 9월의 PSI를 손으로 셈합니다.
# `rain_psi`에 넣습니다. 결측은 뺀 `rain`과 `rain_september`를 씁니다.

# %% tags=["stub"]
rain_psi = ...

# %% tags=["solution"]
wet_before, wet_now = (rain > 0).mean(), (rain_september > 0).mean()
shares_before = np.array([1 - wet_before, wet_before])
shares_now = np.array([1 - wet_now, wet_now])
rain_psi = ((shares_now - shares_before) * np.log(shares_now / shares_before)).sum()

# %%
check("04-2", rain_psi)

# %% [markdown]
# ## 구간 없이 재기: 콜모고로프-스미르노프
#
# 구간을 정하기가 이렇게 까다롭다면, 구간 없이 재면 어떨까요? **누적분포**는 "이 값보다 작거나 같은 것의 비율"입니다.
# **콜모고로프-스미르노프 검정**(Kolmogorov–Smirnov Test, KS)의 통계량 D는 두 누적분포가 **가장 크게 벌어진 곳의 간격**입니다.
# 3월의 풍속으로 그려 봅시다.

# %%
before, now = np.sort(reference["wind_speed"].dropna()), np.sort(march["wind_speed"].dropna())
grid = np.unique(np.concatenate([before, now]))
below_before = np.searchsorted(before, grid, side="right") / len(before)
below_now = np.searchsorted(now, grid, side="right") / len(now)
widest = np.argmax(np.abs(below_before - below_now))
D = abs(below_before[widest] - below_now[widest])

fig, ax = plt.subplots(figsize=(8, 3.2))
ax.step(
    grid,
    100 * below_before,
    where="post",
    color="#7F7F7F",
    linestyle="--",
    linewidth=2,
    marker="",
    label="기준",
)
ax.step(grid, 100 * below_now, where="post", color="#0072B2", linewidth=2, marker="", label="3월")
ax.vlines(grid[widest], 100 * below_before[widest], 100 * below_now[widest], color="#D55E00", linewidth=4)
ax.annotate(
    f"D = {D:.3f}",
    (grid[widest], 50 * (below_before[widest] + below_now[widest])),
    xytext=(-8, 12),
    textcoords="offset points",
    ha="right",
    color="#D55E00",
    fontsize=12,
)
ax.set(
    xlabel="풍속(mph)",
    ylabel="이보다 약한 바람의 비율(%)",
    xlim=(0, 40),
    title="두 누적분포가 가장 벌어진 간격",
)
ax.legend(loc="lower right")
show(
    fig,
    "풍속의 누적분포. 3월의 선이 기준보다 오른쪽에 있고, 가장 벌어진 곳의 간격 D는 0.163입니다.",
)

# %%
statistic, p_value = drift.ks(before, now)
print(f"손으로 셈한 D {D:.4f}, drift.ks의 D {statistic:.4f}")

# %% [markdown]
# D는 읽기 쉽습니다. 0.163은 "어떤 풍속 아래의 비율이 많아야 16.3 %p 달라졌다"는 뜻입니다. 이처럼 **얼마나** 달라졌는지 말하는 값을
# **효과 크기**(Effect Size)라고 합니다.
#
# `drift.ks`는 **p-값**(p-value)도 돌려줍니다. 두 표본이 사실은 같은 분포에서 왔다고 할 때, 우연히 이만큼 벌어질 확률입니다.
# 작을수록 우연이라고 보기 어렵습니다. 흔히 0.05보다 작으면 "유의하다"고 합니다.
#
# **예상해 봅시다.** 3월은 겨울에서 겨우 한 달 지났습니다. 특징 열세 개 가운데 p가 0.05보다 작은 것은 몇 개일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 5

# %%
compared = drift.compare(reference[FEATURES], march[FEATURES])
significant = [column.name for column in compared.columns if column.p_value < 0.05]
reveal(my_guess, len(significant))

# %%
pd.DataFrame(
    [
        {"열": c.name, "효과": round(c.effect, 3), "PSI": round(c.psi, 3), "p": f"{c.p_value:.2g}"}
        for c in compared.columns
    ]
).set_index("열")

# %% [markdown]
# 거의 모두입니다. 출발 시각(`hour`)은 가장 크게 벌어져도 2 %p가 되지 않는데 p는 0.001보다 작습니다. 아무도 그것 때문에 전화를 받고 싶지 않을
# 것입니다. 범인은 **행의 수**입니다. 정규분포가 표준편차의 0.05배만 밀린, 보잘것없는 변화를 여러 크기의 표본으로 재 봅시다.

# %%
shifted = {}
for n in (100, 1_000, 10_000, 100_000):
    one, other = np.sort(random.normal(size=n)), np.sort(random.normal(0.05, 1, n))
    statistic, p_value = drift.ks(one, other)
    shifted[f"{n:,}행씩"] = {"D": f"{statistic:.3f}", "p": f"{p_value:.1g}"}
pd.DataFrame(shifted).T

# %% [markdown]
# 밀린 정도는 언제나 같은데 p는 행이 늘수록 0으로 갑니다. D는 행이 늘수록 참값 0.02에 다가갑니다. 둘은 다른 물음의 답입니다.
#
# - p-값: 차이가 **있기는 한가**. 행이 아주 많으면 언제나 그렇다고 합니다.
# - 효과 크기: 차이가 **얼마나 큰가**. 행이 적으면 우연히도 큽니다.
#
# 그래서 **둘이 함께** 서야 드리프트라고 합니다.

# %% [markdown]
# ## 범주는 카이제곱으로
#
# 항공사나 목적지는 크기를 견줄 수 없어 누적분포가 없습니다. 대신 범주마다 개수를 셉니다. **카이제곱 검정**(Chi-Square Test)은 "같은
# 비율이라면 나왔을 개수"와 실제 개수의 차이를 제곱해 더합니다. 여기에 자주 틀리는 곳이 하나 있습니다.
#
# - **적합도 검정**(Goodness of Fit): 기준의 비율을 **참값**으로 보고, 배치만 표본으로 봅니다.
# - **동질성 검정**(Test of Homogeneity): 기준도 배치도 **표본**으로 봅니다.
#
# 기준은 참값이 아닙니다. 1월과 2월에 우연히 그렇게 나온 표본입니다. 이것을 잊으면 어떻게 되는지, 드리프트가 없는 두 표본(1,000행씩)을
# 천 번 뽑아 0.05로 검정해 봅시다. 옳은 검정이라면 거짓 경보가 5 %여야 합니다.

# %%
alarms = {}
for levels in (2, 5, 10):
    fit_alarm = homogeneity_alarm = 0
    for _ in range(1000):
        one, other = random.multinomial(1000, [1 / levels] * levels, size=2)
        fit_alarm += stats.chisquare(other, one).pvalue < 0.05  # 기준을 참값으로
        homogeneity_alarm += drift.chi_square(one, other)[1] < 0.05  # 둘 다 표본으로
    alarms[f"범주 {levels}개"] = {"적합도 검정": fit_alarm / 1000, "동질성 검정": homogeneity_alarm / 1000}
pd.DataFrame(alarms).map("{:.1%}".format)

# %% [markdown]
# 적합도 검정은 범주가 열 개이면 절반 가까이 거짓 경보입니다. `scipy.stats.chisquare(배치, 기준)`이라고 적힌 안내서를 만나면
# 의심합시다.

# %% [markdown]
# ## 여러 번 재면
#
# 이번에는 기준 **안에서** 재 봅시다. 1월과 2월은 59일입니다. 하루씩 떼어, 그날의 기온을 나머지 58일과 KS로 견줍니다. 검정을 59번
# 합니다. 모두 같은 겨울이고, 우리가 "정상"이라고 정한 자료입니다.
#
# **예상해 봅시다.** 59일 가운데 며칠이 p < 0.05일까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 3

# %%
days = reference["date"].to_numpy()


def each_day_against_the_rest(values):
    """날마다의 (D, p). 그날의 값과 나머지 모든 날의 값을 견줍니다. 모양은 (59, 2)입니다."""
    found = []
    for day in np.unique(days):
        one, rest = values[days == day], values[days != day]
        found.append(drift.ks(np.sort(rest[~np.isnan(rest)]), np.sort(one[~np.isnan(one)])))
    return np.array(found)


temperature = reference["temp"].to_numpy()
real = each_day_against_the_rest(temperature)
reveal(my_guess, int((real[:, 1] < 0.05).sum()))

# %% [markdown]
# 하루도 빠짐없이 모두입니다. 무엇이 잘못되었을까요? 두 가지를 나누어 봅시다. 같은 기온들을 **무작위로 섞어** 날에 다시 나누어
# 줍니다. 그러면 정말로 모든 날이 같은 분포가 됩니다.

# %%
shuffled = each_day_against_the_rest(random.permutation(temperature))
pd.DataFrame(
    {
        "실제 순서": {
            "p < 0.05": (real[:, 1] < 0.05).sum(),
            "고친 p < 0.05": (drift.adjust(real[:, 1]) < 0.05).sum(),
        },
        "섞은 순서": {
            "p < 0.05": (shuffled[:, 1] < 0.05).sum(),
            "고친 p < 0.05": (drift.adjust(shuffled[:, 1]) < 0.05).sum(),
        },
    }
).rename_axis("59일 가운데")

# %% [markdown]
# **첫째, 여러 번 재면 우연히 걸립니다.** 섞은 자료에도 0.05 아래로 내려간 날이 있습니다. 59번 모두 조용할 확률은 $0.95^{59}$, 5 %가
# 되지 않습니다. 열이 많아도 마찬가지입니다. 이것을 **다중 검정**(Multiple Testing)의 문제라고 합니다. `drift.adjust`는 벤야미니와
# 호크버그의 방법으로 p를 고쳐, 경보 가운데 거짓인 것의 비율을 다스립니다. 고치고 나면 조용해집니다.
#
# **둘째, 하루 안의 행은 서로 닮았습니다.** 실제 순서에서는 고쳐도 소용이 없습니다. 어느 날의 900편은 같은 하늘 아래에서 떴습니다.
# 기온을 900번 잰 것이 아니라 **하루를 한 번** 잰 것에 가깝습니다. 그런데 검정은 900개가 서로 남남(**독립**)이라고 믿습니다. 날마다
# 기온이 다른 것은 겨울에도 늘 있던 일입니다.

# %%
fig, ax = plt.subplots(figsize=(8, 3.2))
ax.plot(real[:, 0], "o", color="#D55E00", label="실제 순서: 하루의 행이 닮았습니다")
ax.plot(shuffled[:, 0], "s", color="#0072B2", markersize=4, label="섞은 순서: 행이 서로 남남입니다")
ax.set(xlabel="1월 1일부터 센 날", ylabel="나머지 날과의 D", ylim=(0, 1.12), title="늘 있던 흔들림의 크기")
ax.legend(ncols=2, loc="upper center", fontsize=9)
show(
    fig,
    "1월과 2월의 하루를 나머지와 견준 D. 실제 순서에서는 0.3에서 1 사이에 흩어져 있고, 섞은 순서에서는 모두 0.06 아래에 있습니다.",
)

# %% [markdown]
# 해법은 단순합니다. **드리프트가 없을 때 늘 얼마나 흔들렸는지** 기준에게 먼저 묻습니다. 기준을 시간 블록(하루, 한 주)으로 나누어 한
# 블록씩 나머지와 견주고, 새 배치는 그보다 더 달라야 드리프트라고 합니다. `time`을 주면 패키지가 그렇게 합니다.

# %%
watched = ["temp", "humid", "visib", "carrier", "hour"]
by_day = drift.fit_profile(reference[[*watched, "date"]], time="date", block_days=1)  # 하루짜리 블록
flagged = {}
for name, table in (("3월", march), ("7월", july)):
    verdicts = {
        f"{date:%m-%d}": {
            column.name: column.verdict == "drift"
            for column in drift.judge(by_day, day[[*watched, "date"]]).columns
        }
        for date, day in table.groupby("date")
    }
    flagged[name] = pd.DataFrame(verdicts).T
pd.DataFrame({f"{name}의 31일 가운데": found.sum() for name, found in flagged.items()}).rename_axis(
    "드리프트로 판정한 날"
)

# %%
holiday = flagged["7월"]["carrier"]
print("항공사가 걸린 날:", ", ".join(holiday.index[holiday]))

# %% [markdown]
# 이제 3월은 조용하고, 7월의 기온만 날마다 울립니다. 한겨울의 어느 하루도 그렇게 덥지 않았기 때문입니다. 항공사가 걸린 하루는
# 7월 4일, 독립기념일입니다. 드물게 울린 경보에는 까닭이 있습니다.
#
# 값도 치렀습니다. 하루만
# 보고는 작은 변화를 알아챌 수 없게 되었습니다. 하루의 날씨가 본래 그만큼 제멋대로이기 때문입니다. 더 예민하게 보려면 **더 긴
# 배치**로 재야 합니다.

# %% [markdown]
# ## 판정: 드리프트, 안정, 판단 보류
#
# 지금까지 배운 것을 모으면 판정의 규칙이 됩니다.
#
# | 판정 | 언제 | 값 |
# |---|---|---|
# | `undecided` **판단 보류**(Abstain) | 한쪽의 행이 너무 적다 | 100행 미만 |
# | `drift` 드리프트 | 효과가 문턱 이상이고, 우연이 아니다 | 문턱은 0.05(5 %p)와 블록이 보인 흔들림 가운데 큰 것, 고친 p는 0.005 미만 |
# | `stable` 안정 | 효과가 문턱보다 작고, **큰 차이가 없다고 말할 수 있다** | 효과의 99 % 상한이 0.1 미만 |
# | `undecided` 판단 보류 | 어느 쪽도 아니다. 크지만 우연일 수도, 작지만 못 본 것일 수도 있다 | 나머지 |
#
# 수치 열의 효과는 KS의 D, 범주 열의 효과는 **전변동 거리**(Total Variation)입니다.
# 전변동 거리는 범주를 어떻게 묶어도 비율이 그보다 더 달라지지는 않는 값입니다. 둘 다 "비율의 가장 큰 차이"라서 문턱을 함께 씁니다.
#
# 안정의 조건을 눈여겨봅시다. 문턱을 넘지 않은 것만으로는 안정이 아닙니다. 행이 적으면 아무것도 문턱을 넘지 못하기 때문입니다. 그래서
# 참 효과가 아무리 커도 이보다는 작다고 말할 수 있는 값, **99 % 상한**을 셈합니다. 행이 독립이면
# $\text{효과} + 1.163\sqrt{1/n + 1/m}$이고, 블록이 있으면 효과에 블록이 보인 흔들림을 더한 값입니다. 그것이
# **동등 한계**(Equivalence Margin) 0.1보다 작아야 안정입니다.
#
# **모른다고 말하는 것도 판정입니다.** 7월의 항공편을 몇 편만 뽑아 봅시다. 기온은 너무나 뚜렷해서 적은 행으로도 압니다. 목적지는
# 다릅니다.

# %%
few = {}
for n in (50, 150, 1000, len(july)):
    sample = july.sample(n, random_state=1)
    result = drift.compare(reference[FEATURES], sample[FEATURES])
    few[f"{n:,}편"] = {column.name: drift.VERDICT_LABELS[column.verdict] for column in result.columns}
pd.DataFrame(few).loc[["temp", "humid", "dest", "hour"]].rename_axis("열")

# %% [markdown]
# ### 기준의 요약을 저장하고 날마다 쓰기
#
# 기준 5만 행을 날마다 다시 읽을 까닭이 없습니다. `fit_profile`은 구간, 개수, 문턱을 작은 요약으로 만들고, `judge`는 요약과 새 배치만
# 봅니다. 주마다의 블록으로 문턱을 정해, 열 달을 한꺼번에 판정해 봅시다.

# %%
profile = drift.fit_profile(reference, time="date", block_days=7)
folder = home / "lesson04"
saved = profile.save(folder / "winter.json")
results = {month: drift.judge(drift.load_profile(saved), table) for month, table in monthly.items()}
print(f"기준의 요약: {saved.name}, {saved.stat().st_size / 1000:.0f} kB")

# %%
fig = plots.plot_heatmap(results)
show(
    fig,
    "열 열셋, 달 열 개의 효과 크기 지도. 기온은 5월부터 10월까지 0.9 안팎이고 드리프트 테두리가 있습니다. 이슬점은 5월부터 9월까지 드리프트입니다. 목적지는 4월부터 0.05에서 0.10 사이의 작은 드리프트이고, 출발 시각과 항공사와 공항에는 테두리가 없습니다.",
)

# %% [markdown]
# 지도를 읽어 봅시다.
#
# - 기온(`temp`)과 이슬점(`dewp`)은 여름에 크게 움직입니다. 계절입니다. 습도, 풍속, 시정에는 테두리가 없습니다. 늘 있던 흔들림보다
#   크지 않기 때문입니다. 테두리가 없다고 그대로라는 말은 아닙니다. 이 열들은 모두 **판단 보류**입니다.
# - 목적지(`dest`)는 조금씩 멀어집니다. 새 노선이 생기고 옛 노선이 사라집니다.
# - 요일(`day_of_week`)은 어떤 달에만 걸립니다. 3월은 금, 토, 일요일이 다섯 번이었습니다. **달력**이 만든 차이이지 세상이 변한 것이
#   아닙니다. 통계는 까닭을 모릅니다. 까닭은 사람이 찾습니다.
#
# 그리고 9월을 보십시오. 앞 수업에서 지연율이 절반이 된 달입니다. 지도의 9월은 8월과 거의 같아 보입니다. 그런데 지도는 저마다
# **겨울에서 얼마나 먼지**를 그린 것입니다. 부산과 광주가 서울에서 똑같이 멀다고 부산이 광주인 것은 아닙니다. 8월과 9월을 바로 견주어 봅시다.

# %%
direct = drift.compare(monthly["2013-08"], september, time="date")
pd.DataFrame(
    [
        {"열": column.name, "8월과 9월의 효과": column.effect, "판정": drift.VERDICT_LABELS[column.verdict]}
        for column in direct.columns
        if column.name in ("hour", "carrier", "origin", "dest", "temp", "precip")
    ]
).round(3)

# %% [markdown]
# 운항 계획은 정말로 거의 같고, 기온은 겨울에서 똑같이 멀 뿐 서로 크게 다릅니다. **무엇과 견주었는지**를 빼고 "같다"고 말할 수는
# 없습니다. 지연율이 절반이 된 달에 운항 계획이 거의 그대로라는 것, 이것이 다음 수업의 이야기입니다.

# %% [markdown]
# ### 연습 04-3
#
# 가린 배치 넷이 있습니다. `mystery("A")`부터 `mystery("D")`까지, 저마다 수치 열 하나의 기준과 현재를 돌려줍니다. 행은 서로
# 독립입니다. 안내서의 규칙(PSI 0.1, p 0.05)이 아니라 **위의 표**로 판정해 `"drift"`, `"stable"`, `"undecided"` 가운데 하나씩
# 적습니다. 안내서의 규칙이라면 무엇이라고 했을지도 함께 견주어 봅시다.

# %%
from mlops_lab.lesson.exercises.lesson_04 import mystery

before, now = mystery("A")
print(f"A: 기준 {len(before):,}행, 현재 {len(now):,}행")

# %% tags=["stub"]
verdicts = {"A": ..., "B": ..., "C": ..., "D": ...}

# %% tags=["solution"]
judged = {letter: drift.compare_column(*mystery(letter)) for letter in "ABCD"}
verdicts = {letter: column.verdict for letter, column in judged.items()}
pd.DataFrame(
    {
        letter: {
            "행": f"{c.n_current:,}",
            "효과": f"{c.effect:.3f}",
            "p": f"{c.p_value:.2g}",
            "PSI": f"{c.psi:.3f}",
            "안내서(PSI)": "드리프트" if c.psi > 0.1 else "안정",
            "안내서(p)": "드리프트" if c.p_value < 0.05 else "안정",
            "판정": drift.VERDICT_LABELS[c.verdict],
        }
        for letter, c in judged.items()
    }
)

# %%
check("04-3", verdicts)

# %% [markdown]
# ## 명령으로
#
# 노트북을 열지 않고도 같은 판정을 내릴 수 있습니다. `mlops-lab drift 기준 현재`에 CSV나 parquet 파일 둘을 줍니다. 터미널에서는 이렇게
# 칩니다. 아래의 셀은 같은 명령을 파이썬에서 부릅니다.
#
# ```bash
# mlops-lab drift winter.csv september.csv --time date
# ```

# %%
watched = ["hour", "carrier", "dest", "temp", "precip", "date"]
reference[watched].to_csv(folder / "winter.csv", index=False)
september[watched].to_csv(folder / "september.csv", index=False)
command = [sys.executable, "-m", "mlops_lab", "drift", "winter.csv", "september.csv", "--time", "date"]
done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
print(done.stdout)

# %% [markdown]
# **최소 탐지**는 이 기준과 이 배치로 열 번에 여덟 번은 찾아낼 가장 작은 효과이고, 괄호 안은 그만한 효과를 내는 이동(표준편차)입니다. `hour`는
# 0.05쯤 달라지면 찾지만, 기준의 한 주 한 주가 서로 많이 다른 `temp`는 0.59보다 작은 변화를 보지 못합니다. 그래서 그런 열은 문턱을 넘지
# 않아도 안정이 아니라 판단 보류이고(`precip`), 까닭에는 행이나 날이 얼마나 있어야 말할 수 있는지 적혀 있습니다. "어디에서"는 드리프트인 열을 이끈 값과 날입니다.
#
# `--json`을 붙이면 프로그램이 읽을 JSON 하나가 나옵니다. 기준 자리에 저장한 요약(`winter.json`)을 주어도 됩니다. 끝 상태는 드리프트이든
# 아니든 0입니다. **드리프트는 명령의 실패가 아니라 결과**이기 때문입니다.

# %%
command = [sys.executable, "-m", "mlops_lab", "drift", "winter.json", "september.csv", "--json"]
done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
answer = json.loads(done.stdout)
print("배치:", answer["verdict"])
for column in answer["columns"]:
    if column["name"] in watched:
        print(
            f"{column['name']:8} {column['verdict']:10} 효과 {column['effect']:.3f}, 문턱 {column['threshold']:.3f}"
        )

# %% [markdown]
# 위의 표와 기온의 문턱이 다릅니다. 요약은 우리가 정한 대로 한 주씩, 명령은 기준을 여덟으로 나누어 문턱을 정했기 때문입니다. 문턱도
# 표본에서 셈한 값이라 흔들립니다.
#
# 배치의 판정은 한 열이라도 `drift`면 `drift`입니다. 요약에는 열이 열셋 있는데 파일에는 다섯뿐이므로, 나머지 열은 **사라진 열**이라는
# 결함으로도 알립니다. 열의 이름이 바뀌었는데 "드리프트 없음"이라고 하면 곤란하기 때문입니다.

# %%
print(
    f"결함 {len(answer['faults'])}건. 첫째: {answer['faults'][0]['column']}: {answer['faults'][0]['message']}"
)

# %% [markdown]
# ## 안내서가 틀리는 일곱 곳
#
# | 안내서의 말 | 왜 틀렸는가 | 본 곳 |
# |---|---|---|
# | 드리프트가 있으면 다시 학습한다 | 달라진 것과 나빠진 것은 다르고, 다시 학습해서 더 나빠지기도 한다 | 05 |
# | p < 0.05면 드리프트이다 | 행이 많으면 보잘것없는 차이도 유의하다 | 이 수업 |
# | PSI 0.1과 0.25가 문턱이다 | 행의 수, 구간의 수, 바닥값 없이는 뜻이 없다 | 이 수업 |
# | 지난달과 다르면 드리프트이다 | 계절은 해마다 돌아온다 | 03, 이 수업 |
# | 자료를 섞어 나누어 성능을 잰다 | 미래를 미리 보는 셈이다 | 05 |
# | 입력이 그대로이면 안전하다 | 규칙이 바뀌면 입력에 나타나지 않는다 | 03, 05 |
# | P(y)가 움직이면 개념 드리프트이다 | 구성만 바뀌어도 P(y)는 움직인다 | 03 |

# %% [markdown] tags=["quiz"]
# 1. 배치가 200행이고 PSI가 0.12입니다. 구간은 열 개, 기준은 5만 행입니다. 무엇을 알 수 있습니까?
#     - [ ] 0.1을 넘었으므로 드리프트입니다 :: 이 크기라면 드리프트가 없어도 PSI가 평균 0.045쯤 나옵니다. 0.12가 드문지는 견주어 보아야 압니다.
#     - [ ] 0.25를 넘지 않았으므로 안정입니다 :: 0.25도 행의 수를 모르는 문턱입니다. 배치가 10만 행이라면 0.12는 아주 큰 값입니다.
#     - [x] 이 수만으로는 정할 수 없고, 효과의 크기와 우연일 확률을 함께 보아야 합니다 :: 드리프트가 없을 때의 PSI부터 셈해 봅니다.
# 2. 하루 30만 행이 오는 서비스에서 모든 열의 p가 날마다 0.001보다 작습니다. 가장 그럴듯한 설명은 무엇입니까?
#     - [x] 행이 많고, 하루 안의 행이 서로 독립이 아닙니다 :: 1월과 2월의 기온은 59일 모두 그랬습니다. 기준의 하루하루가 서로 얼마나 다른지 먼저 봅니다.
#     - [ ] 세상이 날마다 크게 변하므로, 날마다 다시 학습해야 합니다 :: 효과 크기를 보지 않고는 크다고 할 수 없습니다.
#     - [ ] 여러 열을 보았기 때문이므로 p만 고치면 됩니다 :: 고쳐도 59일은 그대로 59일이었습니다. 고치는 것은 우연히 걸린 것을 다스릴 뿐입니다.
# 3. 배치가 40행뿐인데 효과가 0.2입니다. 무엇이라고 보고하겠습니까?
#     - [ ] 드리프트 :: 40행이면 드리프트가 없어도 D가 평균 0.14쯤 나옵니다. 0.2도 드물지 않습니다.
#     - [ ] 안정. 정해 둔 행의 수를 채우지 못했으므로 변하지 않은 것으로 봅니다 :: 변하지 않았다는 증거도 없습니다. 모르는 것을 안정이라고 적으면 아무도 다시 보지 않습니다.
#     - [x] 판단 보류. 며칠을 모아 다시 잽니다 :: 언제 다시 볼지까지 적으면 더 좋습니다.
# 4. 나이 열의 결측이 2 %에서 60 %가 되었고, 남은 값의 분포는 그대로입니다. PSI를 어떻게 셈해야 합니까?
#     - [ ] 결측을 빼고 셈합니다 :: 그러면 0입니다. 절반이 넘게 사라졌는데 그대로라고 말하게 됩니다.
#     - [x] 결측에 칸을 따로 주고, 결측 비율의 변화도 함께 판정합니다 :: 패키지가 하는 대로입니다. 이만큼 늘면 품질 결함이라고도 알립니다.
#     - [ ] 결측을 평균으로 채우고 셈합니다 :: 평균이 든 구간만 부풀어 엉뚱한 드리프트가 생깁니다.

# %% [markdown]
# ## 정리
#
# - PSI는 행의 수, 구간의 수, 바닥값과 함께 말합니다. 0이 많은 열과 결측에는 칸을 따로 둡니다.
# - p-값은 차이가 있는지, 효과 크기는 얼마나 큰지 말합니다. 드리프트라고 하려면 둘 다 있어야 합니다.
# - 기준도 표본입니다. 범주는 동질성 검정으로 견주고, 여러 번 재면 p를 고칩니다.
# - 하루 안의 행은 독립이 아닙니다. 늘 있던 흔들림을 기준의 시간 블록에서 먼저 잽니다.
# - 안정은 큰 차이가 없다고 말할 수 있을 때에만 씁니다. 어느 쪽도 말할 수 없으면 판단을 보류합니다. 까닭은 통계가 아니라 사람이 찾습니다.
#
# 다음: [05. 드리프트와 성능 ③ 다시 학습할까](05_drift_and_performance.ipynb)
