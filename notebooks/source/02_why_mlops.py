# %% [markdown]
# # 02. 왜 MLOps인가
#
# **시간** 45분 · **먼저 읽을 것** [01. MLOps란 무엇인가](01_what_is_mlops.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - MLOps가 필요한 까닭 넷을, 직접 낸 사고를 들어 설명합니다.
# - 어떤 순서로 눌러도 조용히 틀리지 않는 노트북 셀을 씁니다.
# - 사라진 모델을 지문까지 똑같이 다시 만듭니다.
# - MLOps의 장점 셋을 수로 말합니다.

# %% [markdown]
# ## 사고를 내 봅시다
#
# 앞 수업에서 생명 주기를 한 바퀴 돌렸습니다. 검사, 등록, 감시, 겨루기까지, 모델 하나 쓰는 데 절차가 많습니다. 꼭 이래야 할까요?
#
# 말로 답하는 대신 사고를 냅니다. 절차를 하나씩 빼면 무슨 일이 생기는지 실제 항공편으로 봅니다. 앞 수업처럼 1월과 2월로 모델을
# 학습합니다.

# %%
import itertools
import os
import subprocess
import sys
from collections import Counter
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from mlops_lab import flights
from mlops_lab.flights import gate, steps
from mlops_lab.flights.evaluation import evaluate
from mlops_lab.flights.features import build_features, load_labelled
from mlops_lab.flights.ingest import ingest, read_ingested
from mlops_lab.flights.landing import deliver
from mlops_lab.flights.model import digest, fit, predict
from mlops_lab.lesson import check, reveal, show, use_korean
from mlops_lab.lesson.plotting import PALETTE

use_korean()
home = flights.home()
for month in flights.MONTHS:
    steps.prepare(month, home, "features", "labels")
year = {month: load_labelled([month], home) for month in flights.MONTHS}


def learn(last):
    """1월부터 last월까지 배운 모델."""
    tables = [year[month] for month in flights.MONTHS[:last]]
    return fit(pd.concat([table for table, _ in tables]), pd.concat([late for _, late in tables]))


model = learn(2)
march, march_late = year["2013-03"]
healthy = predict(model, march)
print(f"3월의 AUC {evaluate(march_late, healthy).auc:.3f}")

# %% [markdown]
# ## 까닭 1. 복잡합니다: 하나를 건드리면 모두 움직입니다
#
# 3월의 어느 날, 날씨를 보내 주는 회사가 좋은 일을 합니다. 국제 표준을 따라 기온을 화씨에서 **섭씨**로 바꿔 보냅니다. 열 하나의
# 단위입니다. 우리 코드는 아무도 건드리지 않았고, 예측 프로그램도 오류 없이 끝납니다.
#
# **예상해 봅시다.** 멀쩡한 날의 AUC는 0.704였습니다. 기온이 섭씨로 오면 AUC는 얼마가 될까요?

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.6

# %%
celsius = march.assign(temp=(march["temp"] - 32) / 1.8)
broken = predict(model, celsius)
reveal(my_guess, round(evaluate(march_late, broken).auc, 3))

# %% [markdown]
# **올라갔습니다.** AUC만 지켜보는 팀은 오늘 축하할지도 모릅니다. 다른 수도 봅시다.


# %%
def summary(probability):
    scores = evaluate(march_late, probability)
    return {
        "AUC(높을수록 좋음)": f"{scores.auc:.3f}",
        "Brier(낮을수록 좋음)": f"{scores.brier:.3f}",
        "예측한 지연율": f"{scores.predicted_rate:.3f}",
        "실제 지연율": f"{scores.late_rate:.3f}",
        "확률 0.5 이상인 편": f"{(probability >= 0.5).sum():,}",
    }


pd.DataFrame({"화씨(약속대로)": summary(healthy), "섭씨(사고)": summary(broken)})

# %%
fig, ax = plt.subplots(figsize=(8, 3))
edges = np.linspace(0, 1, 41)
ax.hist(healthy, edges, histtype="stepfilled", color=PALETTE[0], alpha=0.35, label="화씨(약속대로)")
ax.hist(broken, edges, histtype="step", color=PALETTE[1], linewidth=2, label="섭씨(사고)")
ax.axvline(0.5, color="black", linestyle="--", linewidth=1)
ax.text(0.51, 0.9, "안내하는 기준", transform=ax.get_xaxis_transform(), fontsize=9)
ax.set(title="3월 항공편의 지연 확률", xlabel="지연할 확률", ylabel="항공편의 수")
ax.legend()
show(
    fig,
    f"3월의 지연 확률을 두 가지로 그린 히스토그램. 섭씨로 오면 확률이 통째로 오른쪽으로 밀려, 0.5 이상인 항공편이 {(healthy >= 0.5).sum():,}편에서 {(broken >= 0.5).sum():,}편이 됩니다.",
)

# %% [markdown]
# 모델에게 3월의 뉴욕은 갑자기 **영하 15도쯤의 한겨울**이 되었습니다. 섭씨 4도를 화씨 4도로 읽었기 때문입니다. 그래서 거의 모든 편의
# 확률이 올라갔습니다. 순서는 크게 흐트러지지 않아 AUC는 멀쩡해 보입니다.
#
# 일은 여기서 끝나지 않습니다. 안내 팀은 확률이 0.5 이상인 편의 손님에게 미리 알립니다. 그 편이 1,554편에서 5,979편이 되었습니다. 날씨
# 회사의 단위가 안내 팀의 근무표를 바꾼 것입니다. 두 팀은 서로를 모릅니다.
#
# ### 연습 02-1
#
# 섭씨로 온 날, 안내 팀이 찾아간 편(`broken`이 0.5 이상) 가운데 실제로 늦은 편의 비율은 얼마입니까? `march_late`에 정답(늦으면 1)이
# 있습니다. `precision`에 0과 1 사이의 수를 넣습니다.

# %% tags=["stub"]
precision = ...

# %% tags=["solution"]
precision = march_late[broken >= 0.5].mean()

# %%
check("02-1", precision)

# %% [markdown]
# ### 섭씨가 나쁜 것일까요
#
# 아닙니다. 학습할 때의 단위와 예측할 때의 단위를 넷으로 짝지어 봅시다.

# %%
january_february, late = (pd.concat(parts) for parts in zip(year["2013-01"], year["2013-02"], strict=True))
in_celsius = fit(january_february.assign(temp=(january_february["temp"] - 32) / 1.8), late)
pairs = {
    ("화씨로 학습", "화씨로 예측"): healthy,
    ("화씨로 학습", "섭씨로 예측"): broken,
    ("섭씨로 학습", "화씨로 예측"): predict(in_celsius, march),
    ("섭씨로 학습", "섭씨로 예측"): predict(in_celsius, celsius),
}
brier = pd.Series({pair: evaluate(march_late, each).brier for pair, each in pairs.items()})
same = bool((pairs["섭씨로 학습", "섭씨로 예측"] == healthy).all())
print(f"단위만 맞추면 {len(march):,}편의 확률이 모두 똑같습니까?", same)
brier.unstack(sort=False).round(4)

# %% [markdown]
# 단위가 서로 맞으면 화씨든 섭씨든 **확률이 마지막 자리까지 똑같습니다.** 사고는 섭씨가 낸 것이 아닙니다. 학습한 쪽과 보내는 쪽의 약속이
# 어긋나서 났습니다. 어느 한쪽의 코드만 들여다보아서는 영영 찾지 못합니다. 이렇게 겉으로 보이지 않게 묶인 것을 **숨은 결합**(Hidden
# Coupling)이라고 합니다.
#
# ### 한 편을 빼면
#
# 결합은 코드와 코드 사이에만 있지 않습니다. 이번에는 아주 작은 것을 건드립니다. 1월의 항공편 26,398편 가운데 **첫 줄 하나를 빼고** 다시
# 학습합니다.
#
# **예상해 봅시다.** 3월의 항공편 가운데 확률이 1 %p 넘게 달라지는 편은 얼마나 될까요? 0과 1 사이의 비율로 적습니다.

# %% tags=["stub"]
my_share = ...

# %% tags=["solution"]
my_share = 0.01

# %%
january, january_late = year["2013-01"]
whole = fit(january, january_late)
one_less = fit(january.iloc[1:], january_late.iloc[1:])
change = np.abs(predict(whole, march) - predict(one_less, march))
reveal(my_share, round((change > 0.01).mean(), 2))
print(f"가장 많이 달라진 편: {100 * change.max():.0f} %p")
auc = [evaluate(march_late, predict(each, march)).auc for each in (whole, one_less)]
print(f"AUC: 모두 배우면 {auc[0]:.3f}, 한 편을 빼면 {auc[1]:.3f}")

# %% [markdown]
# 네 편 가운데 세 편의 확률이 그만큼 움직였습니다. 나무는 앞의 갈래에 따라 뒤의 갈래를 정하므로, 첫 갈래가 조금 달라지면 뒤가 모두 달라집니다.
# 그런데 AUC는 거의 그대로입니다. **성적은 비슷한데 다른 모델**입니다.
#
# 구글의 기술자들은 이것을 **CACE**(Changing Anything Changes Everything)라고 불렀습니다. 무엇이든 바꾸면 모두 바뀐다는 뜻입니다(Sculley
# 외, 2015). 그래서 MLOps는 입력을 문 앞에서 검사하고, 무엇으로 만든 모델인지 적어 두고, 한 조각이 아니라 흐름 전체를 시험합니다.

# %% [markdown]
# ## 까닭 2. 데이터가 변합니다
#
# 이번에는 아무도 아무것도 건드리지 않습니다. 1월과 2월로 배운 모델을 한 해 내내 씁니다.
#
# **예상해 봅시다.** 12월에는 실제로 33 %가 늦었습니다. 모델은 몇 %가 늦으리라고 보았을까요? 0과 1 사이의 비율로 적습니다.

# %% tags=["stub"]
my_december = ...

# %% tags=["solution"]
my_december = 0.3

# %%
stale = pd.DataFrame(
    {
        int(month[-2:]): evaluate(truth, predict(model, table)).to_dict()
        for month, (table, truth) in year.items()
        if month in flights.MONITORED
    }
).T
reveal(my_december, round(stale.loc[12, "predicted_rate"], 2))

# %%
fig, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4.6), sharex=True, height_ratios=(3, 2))
top.fill_between(
    stale.index, 100 * stale["predicted_rate"], 100 * stale["late_rate"], color="#BDBDBD", alpha=0.5
)
top.plot(stale.index, 100 * stale["late_rate"], color=PALETTE[1], marker="o", label="실제 지연율")
top.plot(stale.index, 100 * stale["predicted_rate"], color=PALETTE[0], marker="s", label="예측한 지연율")
top.set(title="1월과 2월만 배운 모델의 한 해", ylabel="비율(%)", ylim=(0, 40))
top.legend(loc="lower left", ncols=2)
bottom.plot(stale.index, stale["auc"], color=PALETTE[2], marker="^")
bottom.set(ylabel="AUC", ylim=(0.6, 0.75))
bottom.set_xticks(stale.index, [f"{month}월" for month in stale.index])
show(
    fig,
    f"위: 예측한 지연율은 {100 * stale['predicted_rate'].min():.0f} %와 {100 * stale['predicted_rate'].max():.0f} % 사이에 머물고, 실제는 {100 * stale['late_rate'].min():.0f} %에서 {100 * stale['late_rate'].max():.0f} %까지 움직입니다. 아래: AUC는 {stale['auc'].min():.2f}과 {stale['auc'].max():.2f} 사이를 오르내립니다.",
)

# %% [markdown]
# 모델은 겨울에 배운 대로 늘 비슷한 답을 내놓고, 세상은 그보다 훨씬 크게 오르내립니다. 모델을 학습한 자료와 지금 들어오는 자료가 달라지는
# 일을 **데이터 드리프트**(Data Drift)라고 합니다. 성능이 떨어지는 주된 까닭 가운데 하나입니다. 다만 드리프트가 있다고 늘 성능이 떨어지는
# 것도, 드리프트가 없다고 안심할 수 있는 것도 아닙니다. 다음 세 수업이 이 이야기입니다.

# %% [markdown]
# ## 까닭 3. 여러 사람의 손을 거칩니다
#
# 데이터 과학자 지현 씨가 휴가를 가며 노트북을 넘깁니다. "1월에 바람이 시속 30 km보다 세게 분 시간이 몇 시간인지 셌어요. 셀은
# 네 개예요." 원본의 풍속은 시속 **마일**입니다.

# %%
from mlops_lab.lesson.exercises.lesson_02 import CELLS, press

for number, cell in enumerate(CELLS, start=1):
    print(f"[{number}]  {cell}")

raw = read_ingested("weather", "2013-01", home)  # 세 공항의 한 시간마다의 날씨
print("\n차례로 누르면", press(CELLS, (1, 2, 3, 4), raw), "시간")

# %% [markdown]
# `press`는 새 커널에서 셀을 적어 준 순서대로 누르고, 마지막에 `answer`에 남은 값을 돌려줍니다.
#
# 노트북의 셀은 아무 순서로나, 몇 번이든 누를 수 있습니다. 넘겨받은 사람이 결과를 확인하려고 어떤 셀을 한 번 더 눌렀다고 합시다. 1번부터
# 시작해서 **네 번 더** 누르는 방법은 256가지입니다. 모두 해 봅니다.

# %%
right = press(CELLS, (1, 2, 3, 4), raw)
outcomes = Counter(press(CELLS, (1, *rest), raw) for rest in itertools.product((1, 2, 3, 4), repeat=4))
computed = {answer: count for answer, count in outcomes.items() if isinstance(answer, int)}
print("오류로 끝난 순서:", sum(count for answer, count in outcomes.items() if isinstance(answer, str)))
print("답이 아직 없는 순서:", outcomes[None])
print("맞는 답이 나온 순서:", computed[right])
print("조용히 틀린 순서:", sum(count for answer, count in computed.items() if answer != right))
print("나온 답:", sorted(computed))

# %% [markdown]
# 오류가 난 순서는 하나도 없습니다. 틀린 답도 모두 그럴듯한 시간의 수입니다. 보고서에 어느 수가 적혀 있든 읽는 사람은 모릅니다.
#
# 드문 일이 아닙니다. 의학·생물학 논문에 딸린 노트북을 모아 다시 실행해 본 연구에서, 패키지를 모두 설치할 수 있었던 10,388권 가운데 오류
# 없이 끝난 것은 1,203권이었고 결과까지 논문과 같은 것은 879권이었습니다(Samuel과 Mietchen, 2024).
#
# ### 연습 02-2
#
# 지현 씨의 노트북을 고칩니다. 셀 네 개를 글 네 개의 목록으로 `fixed`에 넣습니다. 차례로 누르면 같은 답이 나오고, 위의 256가지 순서
# 가운데 **조용히 틀리는 것이 하나도 없어야** 합니다. 순서가 어긋나서 오류가 나는 것은 괜찮습니다. 검사는 다른 달의 `raw`로도 해 봅니다.

# %% tags=["stub"]
fixed = ...

# %% tags=["solution"]
fixed = [
    'miles = raw["wind_speed"].astype(float)',
    "kilometres = miles * 1.609344",
    "strong = kilometres[kilometres > 30]",
    "answer = len(strong)",
]

# %%
check("02-2", fixed)

# %% [markdown]
# 셀을 잘 쓰는 것만으로는 모자랍니다. 넘길 때 **처음부터 차례로 실행된 노트북만** 믿기로 하면 순서가 문제 되지 않습니다. 이 책의 노트북은
# 모두 그렇게 만들어졌고, 파이프라인의 노트북은 사람이 누르지 않고 Airflow가 실행합니다.

# %% [markdown]
# ## 까닭 4. 환경을 다시 만들 수 있어야 합니다
#
# 3월에 쓰던 모델에 문제가 생겼습니다. 살펴보려는데 모델 파일이 지워졌습니다. 다시 학습하면 **같은 모델**일까요? 앞에서 보았듯이 한 줄만
# 달라도 다른 모델이 됩니다.
#
# 모델의 **해시**(Hash)로 확인합니다. 해시는 내용을 짧은 글자로 줄인 지문입니다. 나무의 마디 하나, 숫자 하나만 달라도 지문이 달라집니다.
# `digest`가 모델의 지문을 셈합니다. 다시 학습하면서 네 가지를 하나씩 바꿔 봅니다.
#
# - 새로 띄운 파이썬에서, 환경 변수와 시간대를 바꾸어 학습하기
# - 시드를 바꾸기. **시드**(Seed)는 난수의 출발점입니다
# - 행의 순서를 섞기
# - 누군가 "깔끔하게" 기온을 정수로 반올림한 파일로 학습하기
#
# **예상해 봅시다.** 네 가지 가운데 지문이 달라지는 것은 몇 가지입니까?

# %% tags=["stub"]
my_count = ...

# %% tags=["solution"]
my_count = 3

# %%
ELSEWHERE = """
import sys
from pathlib import Path
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest, fit
print(digest(fit(*load_labelled(["2013-01"], Path(sys.argv[1])))))
"""
other = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
rebuilt = subprocess.run(
    [sys.executable, "-c", ELSEWHERE, str(home)], env=other, capture_output=True, text=True, check=True
).stdout.strip()

mixed = january.assign(late=january_late).sample(frac=1, random_state=1)
recipes = {
    "새 파이썬, 다른 환경 변수": rebuilt,
    "시드": digest(fit(january, january_late, seed=7)),
    "행의 순서": digest(fit(mixed.drop(columns="late"), mixed["late"])),
    "기온을 반올림": digest(fit(january.assign(temp=january["temp"].round()), january_late)),
}
reveal(my_count, sum(each != digest(whole) for each in recipes.values()))
pd.Series(recipes).eq(digest(whole)).map({True: "같음", False: "다름"}).to_frame("지문")

# %% [markdown]
# 달라진 것은 **데이터를 건드린 하나**뿐입니다. 새로 띄운 파이썬이 만든 모델도 지문까지 똑같습니다. 모델 파일이 지워져도 되살릴 수
# 있습니다.
#
# 시드가 아무것도 바꾸지 못한 것이 뜻밖일 수 있습니다. 우리 모델은 이 설정에서 난수를 쓰지 않습니다. 그래도 시드는 적어 둡니다. 랜덤
# 포레스트처럼 난수를 쓰는 모델로 바꾸는 날, 적어 두지 않은 시드는 되찾을 수 없습니다.
#
# 저절로 되는 일은 아닙니다. 네 가지를 붙잡아 두었기 때문입니다.
#
# | 붙잡은 것 | 어떻게 |
# |---|---|
# | 데이터 | 도착한 파일을 바이트 그대로 두고, 같은 달이 다른 내용으로 오면 거절합니다 |
# | 코드 | git의 커밋 |
# | 설정 | 시드와 학습한 달을 레지스트리에 적습니다 |
# | 환경 | 패키지의 판과 파일의 해시를 [requirements.txt](../requirements.txt)에 고정하고, `make setup`이 그대로 설치합니다 |
#
# 판을 고정하지 않으면 scikit-learn이 한 판 올라가는 것만으로 지문이 달라질 수 있습니다. 기온을 반올림한 것과 다를 바 없습니다.

# %% [markdown]
# ## 장점 1. 빨리 배포합니다
#
# 이제 얻는 것을 잽니다. 5월 말입니다. 6월에 쓸 새 모델을 내보내는 데 얼마나 걸릴까요? 기계가 하는 일만 재면 이렇습니다. 그림의 수는 책의
# 것이 아니라 **지금 이 컴퓨터에서** 잰 것입니다.

# %%
seconds = {}


def timed(name, work):
    start = perf_counter()
    result = work()
    seconds[name] = perf_counter() - start
    return result


def receive_june():
    deliver("2013-06", home, "features")
    return ingest("2013-06", home, "features")


timed("새 파일을 검사해 들이기", receive_june)
june, june_late = timed("특징 만들기", lambda: load_labelled(["2013-06"], home))
through_may = timed("1월부터 5월까지 배우기", lambda: learn(5))
timed("6월의 항공편에 확률 매기기", lambda: predict(through_may, june))

fig, ax = plt.subplots(figsize=(8, 2.4))
bars = ax.barh(list(seconds), list(seconds.values()), color=PALETTE[0])
ax.bar_label(bars, fmt="%.1f초", padding=3)
ax.invert_yaxis()
ax.margins(x=0.15)
ax.set(title="새 모델이 나가기까지, 이 컴퓨터에서 잰 시간", xlabel="초")
ax.grid(visible=False, axis="y")
show(
    fig,
    "새 모델이 나가기까지 네 단계에 걸린 시간을 그린 가로 막대그래프. 길이는 컴퓨터마다 다르고, 모두 초 단위입니다.",
)

# %% [markdown]
# 모두 초 단위입니다. 현실에서 몇 주가 걸린다면 그 시간은 대개 **사람이 기다린 시간**입니다. 파일을 찾고, 담당자를 부르고, 서버에 손으로 올리고,
# 겁이 나서 미루는 시간입니다. 자동화가 줄이는 것이 이 시간입니다.
#
# 그런데 며칠 늦는 것이 그렇게 큰일일까요? 6월의 항공편을 맞히는 데, 얼마나 낡은 모델까지 괜찮은지 견주어 봅니다. 손님에게 먼저 알릴 수
# 있는 편은 1,000편이라고 합시다.

# %%
late_models = {
    "석 달 늦음(2월까지)": model,
    "두 달 늦음(3월까지)": learn(3),
    "늦지 않음(5월까지)": through_may,
}
cost = {}
for name, each in late_models.items():
    probability = predict(each, june)
    chosen = np.argsort(-probability, kind="stable")[:1000]
    scores = evaluate(june_late, probability)
    cost[name] = {
        "Brier(낮을수록 좋음)": round(scores.brier, 4),
        "AUC": round(scores.auc, 3),
        "고른 1,000편 가운데 늦은 편": int(june_late.to_numpy()[chosen].sum()),
    }
pd.DataFrame(cost).T.astype({"고른 1,000편 가운데 늦은 편": int})

# %% [markdown]
# 배포가 늦은 값은 마지막 열에 있습니다. 같은 알고리즘, 같은 날, 같은 항공편인데 5월까지 배운 모델은 먼저 알릴 1,000편을 더 잘 고릅니다. 다만
# 두 달 늦은 모델의 Brier를 보면 석 달 늦은 것보다 조금 나쁩니다. 새것이 늘 낫지는 않습니다. 그래서 겨루기가 있습니다.

# %% [markdown]
# ## 장점 2. 함께 일하기 쉽습니다
#
# 까닭 1의 사고는 날씨 회사와 우리 사이의 약속이 말로만 있어서 났습니다. **약속을 코드로 적으면** 어떻게 될까요? 이 프로젝트의 품질
# 검사(`gate`)가 그것입니다. 단위가 바뀌는 사고 여섯 가지를 3월의 파일에 내고, 두 곳에서 알아채는지 봅니다.
#
# - **도착했을 때**: 품질 검사
# - **한 달 뒤**: 정답이 온 다음의 성능 감시. 앞 수업에서 4월에 경보를 울린 규칙 그대로, 예측한 지연율이 실제와 5 %p 넘게
#   어긋나거나 AUC가 기준(1월로 배워 2월을 맞힌 성적)보다 0.03 넘게 낮으면 경보입니다


# %%
def clock_to_minutes(clock):
    """시각 517(5시 17분)을 자정부터 센 분 317로."""
    return clock // 100 * 60 + clock % 100


ACCIDENTS = {
    "기온이 섭씨로": ("weather", "temp", lambda values: (values - 32) / 1.8),
    "이슬점이 섭씨로": ("weather", "dewp", lambda values: (values - 32) / 1.8),
    "기압이 수은주 인치로": ("weather", "pressure", lambda values: values / 33.8639),
    "거리가 킬로미터로": ("flights", "distance", lambda values: values * 1.609344),
    "출발 시각이 분으로": ("flights", "sched_dep_time", clock_to_minutes),
    "풍속이 시속 킬로미터로": ("weather", "wind_speed", lambda values: values * 1.609344),
}
labels = read_ingested("labels", "2013-03", home)
reference = evaluate(year["2013-02"][1], predict(whole, year["2013-02"][0])).auc
found = {}
for accident, (kind, column, convert) in ACCIDENTS.items():
    files = {name: read_ingested(name, "2013-03", home) for name in ("flights", "weather")}
    files[kind][column] = convert(files[kind][column].astype(float))
    table = build_features(files["flights"], files["weather"])
    probability = predict(model, table[table["flight_id"].isin(labels["flight_id"])])
    scores = evaluate(march_late, probability)
    gap = abs(scores.predicted_rate - scores.late_rate)
    found[accident] = {
        "도착했을 때": bool(gate.check(files[kind], kind, "2013-03")),
        "한 달 뒤": gap > steps.RATE_GAP or scores.auc < reference - steps.AUC_DECLINE,
        "1 %p 넘게 달라진 예측": f"{(np.abs(probability - healthy) > 0.01).mean():.0%}",
    }
found = pd.DataFrame(found).T
print(
    f"알아챈 사고: 도착했을 때 {found['도착했을 때'].sum()}건, 한 달 뒤 {found['한 달 뒤'].sum()}건, 모두 {len(found)}건"
)
found.replace({True: "알아챔", False: "모름"})

# %% [markdown]
# 성능 감시는 한 달을 기다리고도 대부분을 모릅니다. 품질 검사는 파일이 온 날, 모델이 쓰기 **전에** 알아챕니다. 무엇이 잘못되었고 누가 고쳐야
# 하는지도 말합니다. 기온의 사고에는 이렇게 말합니다.

# %%
weather = read_ingested("weather", "2013-03", home)
weather["temp"] = (weather["temp"].astype(float) - 32) / 1.8
print(*gate.check(weather, "weather", "2013-03"), sep="\n")

# %% [markdown]
# 협업은 더 자주 회의하는 것이 아닙니다. **물어보지 않아도 되는 것이 많아지는 것**입니다. 데이터를 보내는 사람은 검사를 통과하면 됩니다. 모델을
# 만드는 사람은 통과한 데이터를 믿으면 됩니다. 운영하는 사람은 레지스트리에서 무엇이 도는지 봅니다.
#
# 그런데 표의 마지막 줄을 봅시다. 풍속의 사고는 **둘 다 모릅니다.** 검사는 적어 둔 약속만 지킵니다.
#
# ### 연습 02-3
#
# 빠진 약속을 여러분이 적습니다. 한 달의 날씨 표를 받아 풍속(`wind_speed`)이 **시속 마일이면 `True`**, 아니면 `False`를 돌려주는 함수
# `wind_is_fine`을 만듭니다. 검사는 진짜 열두 달을 넣고, 시속 킬로미터와 초속 미터로 바꾼 열두 달도 넣습니다. 하나도 틀리면 안 됩니다.
# `read_ingested("weather", "2013-07", home)`처럼 어느 달이든 열어 볼 수 있습니다.

# %% tags=["stub"]
wind_is_fine = ...


# %% tags=["solution"]
def weakest_wind_is_three_knots(weather):
    """원본은 노트(knot)의 정수를 마일로 바꾼 것이라, 0이 아닌 가장 약한 바람은 늘 3노트입니다."""
    weakest = weather["wind_speed"][weather["wind_speed"] > 0].min()
    return 3.4 < weakest < 3.5


wind_is_fine = weakest_wind_is_three_knots

# %%
check("02-3", wind_is_fine)

# %% [markdown]
# ## 장점 3. 모델의 성능이 좋아집니다
#
# 한 번 내보내고 끝낸 모델(2월까지)과 5월 말에 새로 고친 모델(5월까지)을 6월부터 12월까지 견줍니다. 한 번 고친 것만으로 얼마나 달라질까요?

# %%
refreshed = pd.Series(
    {
        int(month[-2:]): evaluate(truth, predict(through_may, table)).brier
        for month, (table, truth) in year.items()
        if month >= "2013-06"
    }
)
difference = refreshed - stale.loc[6:, "brier"]
print(
    f"6월부터 12월까지의 평균 Brier: 그대로 두면 {stale.loc[6:, 'brier'].mean():.4f}, 한 번 고치면 {refreshed.mean():.4f}"
)
print(f"나아진 달: {len(difference)}달 가운데 {(difference < 0).sum()}달")

# %%
fig, ax = plt.subplots(figsize=(8, 3))
better = difference < 0
ax.bar(difference.index[better], difference[better], color=PALETTE[0], label="나아짐")
ax.bar(difference.index[~better], difference[~better], color=PALETTE[1], hatch="//", label="나빠짐")
ax.axhline(0, color="black", linewidth=1)
ax.set_xticks(difference.index, [f"{month}월" for month in difference.index])
ax.set(title="한 번 고친 모델이 얼마나 나은가", ylabel="Brier의 차이(아래가 좋음)")
ax.legend()
ax.grid(visible=False, axis="x")
show(
    fig,
    "한 번 고친 모델의 Brier에서 그대로 둔 모델의 Brier를 뺀 막대그래프. "
    + ", ".join(f"{month}월 {value:+.3f}" for month, value in difference.items())
    + "입니다.",
)

# %% [markdown]
# 평균은 나아졌고 대부분의 달에서 이겼습니다. 그러나 11월에는 졌습니다. **새로 학습하면 좋아진다는 말은 평균으로만 참입니다.** 그래서 지켜보고,
# 겨루게 하고, 이긴 것만 내보냅니다. 장점 3은 다시 학습해서가 아니라 **지켜보며 골라서** 얻는 것입니다. 어떻게 고르는지는
# [05. 드리프트와 성능 ③ 다시 학습할까](05_drift_and_performance.ipynb)에서 셈합니다.

# %% [markdown] tags=["quiz"]
# 1. 기온의 단위가 섭씨로 바뀐 사고에서 배울 것은 무엇입니까?
#     - [ ] 섭씨로 학습한 모델은 성능이 낮습니다 :: 학습과 예측을 모두 섭씨로 하면 확률이 마지막 자리까지 같았습니다.
#     - [x] 따로 보면 멀쩡한 두 쪽의 약속이 어긋날 수 있습니다 :: 어느 쪽 코드에도 잘못이 없습니다. 둘 사이를 검사해야 보입니다.
#     - [ ] AUC를 지켜보면 막을 수 있습니다 :: AUC는 오히려 올라갔습니다. 지표 하나만 보면 속습니다.
# 2. 노트북에서 가장 위험한 것은 무엇입니까?
#     - [ ] 셀을 차례로 누르지 않아 오류가 나는 것 :: 오류는 시끄럽습니다. 그 자리에서 알고 고칩니다.
#     - [ ] 셀이 너무 많은 것 :: 불편하지만, 차례로 실행하면 같은 답이 나옵니다.
#     - [x] 누른 순서에 따라 그럴듯한 다른 답이 나오는 것 :: 256가지 순서에서 오류 없이 여러 답이 나왔습니다. 수만 보아서는 모릅니다.
# 3. 같은 모델을 다시 만들려면 무엇을 붙잡아 두어야 합니까?
#     - [ ] 시드만 있으면 됩니다 :: 우리 모델은 시드를 바꾸어도 그대로였고, 데이터를 반올림하자 달라졌습니다.
#     - [x] 데이터, 코드, 설정, 환경 :: 넷 가운데 하나라도 달라지면 다른 모델이 될 수 있습니다.
#     - [ ] 모델 파일만 잘 보관하면 됩니다 :: 파일은 그 모델을 되살릴 뿐입니다. 왜 그렇게 답했는지 살펴보려면 만든 과정이 있어야 합니다.
# 4. 품질 검사가 풍속의 사고를 알아채지 못한 까닭은 무엇입니까?
#     - [x] 풍속의 단위를 약속으로 적어 두지 않았기 때문입니다 :: 바꾼 값도 허용한 범위 안에 있었습니다. 검사는 적어 둔 것만 봅니다.
#     - [ ] 풍속은 예측에 쓰이지 않기 때문입니다 :: 풍속이 바뀌자 많은 편의 예측이 달라졌습니다.
#     - [ ] 정답이 아직 오지 않았기 때문입니다 :: 품질 검사는 정답을 쓰지 않습니다. 정답이 온 뒤의 감시도 알아채지 못했습니다.

# %% [markdown]
# ## 정리
#
# - 모델은 앞뒤의 일과 보이지 않게 묶여 있습니다. 단위 하나, 한 줄이 예측 대부분을 움직이고, 지표 하나는 그것을 감춥니다.
# - 아무것도 바꾸지 않아도 데이터가 변해 모델이 낡습니다.
# - 사람의 손을 거치면 조용히 틀립니다. 차례로 실행되는 노트북과 코드로 적은 약속이 막아 줍니다.
# - 데이터, 코드, 설정, 환경을 붙잡으면 사라진 모델도 지문까지 똑같이 되살립니다.
# - 장점은 셋입니다. 빨리 배포하고, 묻지 않아도 함께 일하고, 지켜보며 고른 만큼 성능이 좋아집니다.
#
# 다음: [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb)
