# %% [markdown]
# # 01. MLOps란 무엇인가
#
# **시간** 40분 · **먼저 읽을 것** [00. 시작하기](00_getting_started.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - MLOps가 무엇이고 무엇을 목표로 하는지 자기 말로 설명합니다.
# - 모델의 생명 주기 여덟 단계를 실제 항공편 한 달로 돌립니다.
# - 모델을 등록하고, 배포하고, 되돌립니다.
# - DevOps의 감시와 MLOps의 감시가 저마다 무엇을 보는지 구별합니다.

# %% [markdown]
# ## 노트북에서는 훌륭했습니다
#
# 여러분은 뉴욕의 공항에서 일합니다. 맡은 일은 **이 항공편이 15분 넘게 늦게 도착할까**를 출발 전에 맞히는 것입니다. 늦을 편을
# 미리 알면 갈아타는 손님에게 먼저 알릴 수 있습니다.
#
# 2013년 1월과 2월의 항공편이 있습니다. 출발 시각, 항공사, 거리, 날씨처럼 출발 전에 아는 것을 **특징**(Feature)이라고 합니다. 실제로
# 늦었는지는 **정답**(Label)이고, 비행이 끝나야 압니다. 특징을 보고 정답의 확률을 매기는 모델을 학습해 봅시다. 성적은 **AUC**(Area Under the ROC Curve)로 잽니다. 늦은 편과
# 제때 온 편을 하나씩 아무렇게나 뽑았을 때, 늦은 편에 더 높은 확률을 줄 비율입니다. 0.5면 동전 던지기와 같고, 1이면 완벽합니다.

# %%
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from mlops_lab import flights
from mlops_lab.drift import VERDICT_LABELS
from mlops_lab.flights import decisions, registry, steps
from mlops_lab.flights.evaluation import evaluate
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.ingest import ingest, read_ingested
from mlops_lab.flights.landing import deliver
from mlops_lab.flights.model import fit, predict
from mlops_lab.lesson import check, reveal, show, use_korean
from mlops_lab.lesson.plotting import PALETTE

use_korean()
home = flights.home() / "lessons" / "01"  # 이 수업만 쓰는 폴더. 파이프라인의 모델을 건드리지 않습니다.

for month in flights.BOOTSTRAP:  # 1월과 2월의 파일을 들입니다. 어떻게 들이는지는 곧 봅니다.
    steps.prepare(month, home, "features", "labels")
features, late = load_labelled(flights.BOOTSTRAP, home)
model = fit(features, late)

print(f"배운 항공편 {len(late):,}편")
print(f"배운 두 달에서 잰 AUC {evaluate(late, predict(model, features)).auc:.2f}")

# %% [markdown]
# 0.83입니다. 발표를 준비해도 좋을 성적입니다. 그런데 이것은 **답을 보고 공부한 문제로 다시 치른 시험**입니다.
#
# **예상해 봅시다.** 1월만 보고 배운 모델이 처음 보는 2월을 맞히면 AUC가 얼마일까요? 0.5와 1 사이의 수를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 0.75

# %%
january = fit(*load_labelled(["2013-01"], home))
february, february_late = load_labelled(["2013-02"], home)
reveal(my_guess, round(evaluate(february_late, predict(january, february)).auc, 2))
own, own_late = load_labelled(["2013-01"], home)
print(f"같은 모델을 배운 1월에서 재면 {evaluate(own_late, predict(january, own)).auc:.2f}")

# %% [markdown]
# 0.61입니다. 모델은 세상에 나가는 날부터 처음 보는 항공편만 만납니다. 그러니 노트북의 성적은 끝이 아니라 시작입니다. 그날부터
# 이런 질문이 쏟아집니다.
#
# - 지금 쓰는 모델은 어느 파일입니까? 무엇으로 학습했습니까?
# - 다음 달 1일 새벽에는 누가 예측을 돌립니까? 그 사람이 휴가면요?
# - 이번 달 파일은 멀쩡합니까?
# - 예측은 맞고 있습니까? 틀리기 시작하면 누가 압니까?
# - 새 모델이 더 나쁘면 어떻게 되돌립니까?
#
# **MLOps**(Machine Learning Operations)는 이 질문에 답하는 일입니다. 머신러닝 모델을 **배포하고, 지켜보고, 고쳐 가며 계속 쓰는**
# 방법과 도구를 통틀어 부르는 말입니다. 이름도 머신러닝(ML)에 운영(Operations)을 붙인 것입니다.
#
# 목표는 모델이 태어나서 물러날 때까지의 과정, 곧 **생명 주기**(Life Cycle)를 **자동화하고 최적화하는 것**입니다.
#
# | 낱말 | 뜻 |
# |---|---|
# | 자동화 | 사람이 잊어도 같은 일이 같은 순서로 됩니다 |
# | 최적화 | 한 바퀴 돌 때마다 더 나은 모델을 고릅니다 |
# | 신뢰성 | 같은 입력이면 같은 결과가 나오고, 틀리면 스스로 알립니다 |
# | 효율성 | 사람의 손이 덜 가고, 모델이 빨리 일터에 나갑니다 |
#
# 앞의 둘이 방법이고 뒤의 둘이 얻는 것입니다. 오늘 넷을 모두 눈으로 봅니다.

# %% [markdown]
# ## 생명 주기 여덟 단계
#
# 다음 셀은 그림을 그리는 코드여서 접어 두었습니다. 실행만 하면 됩니다. 보려면 점 셋을 누릅니다.

# %% tags=["hide-input"]
KINDS = {"데이터": (PALETTE[4], "-"), "모델": (PALETTE[0], "--"), "운영": (PALETTE[2], "-.")}
STEPS = {
    "① 모으고 검사": (0.12, 0.82, "데이터"),
    "② 학습": (0.37, 0.82, "모델"),
    "③ 등록": (0.62, 0.82, "모델"),
    "④ 배포": (0.87, 0.82, "운영"),
    "⑤ 예측": (0.87, 0.32, "운영"),
    "⑥ 감시": (0.62, 0.32, "운영"),
    "⑦ 다시 학습": (0.37, 0.32, "모델"),
    "⑧ 겨루기": (0.12, 0.32, "모델"),
}


def draw_life_cycle(details, title):
    """생명 주기 그림. details는 {단계의 번호: 상자 안에 적을 글}입니다."""
    fig, ax = plt.subplots(figsize=(9.5, 4.4))
    ax.set(xlim=(0, 1), ylim=(-0.04, 1), title=title)
    ax.axis("off")
    for name, (x, y, kind) in STEPS.items():
        color, line = KINDS[kind]
        style = {"edgecolor": color, "linestyle": line, "linewidth": 2, "facecolor": "white"}
        ax.add_patch(FancyBboxPatch((x - 0.085, y - 0.12), 0.17, 0.24, boxstyle="round,pad=0.01", **style))
        ax.text(x, y + 0.07, name, ha="center", va="center", fontsize=11)
        ax.text(x, y - 0.045, details[name[0]], ha="center", va="center", fontsize=9, linespacing=1.5)

    def arrow(start, end, curve=0.0, line="-"):
        properties = {"arrowstyle": "-|>", "color": "#555555", "linewidth": 1.5, "linestyle": line}
        ax.annotate("", end, start, arrowprops={**properties, "connectionstyle": f"arc3,rad={curve}"})

    for x in (0.22, 0.47, 0.72):
        arrow((x, 0.82), (x + 0.05, 0.82))
        arrow((x + 0.05, 0.32), (x, 0.32))
    arrow((0.87, 0.68), (0.87, 0.46))
    arrow((0.12, 0.46), (0.80, 0.68), line="--")
    ax.text(0.42, 0.557, "이기면 배포", ha="center", va="center", fontsize=9, backgroundcolor="white")
    arrow((0.62, 0.18), (0.87, 0.18), curve=0.35, line="--")
    ax.text(
        0.745, 0.098, "경보가 없으면 다음 달로", ha="center", va="center", fontsize=9, backgroundcolor="white"
    )
    for x, (kind, (color, line)) in zip((0.05, 0.20, 0.33), KINDS.items(), strict=True):
        ax.plot([x, x + 0.05], [0.03, 0.03], color=color, linestyle=line, linewidth=2, marker="")
        ax.text(x + 0.06, 0.03, kind, va="center", fontsize=9)
    return fig


doing = {
    "①": "달마다 파일이\n왔나, 멀쩡한가",
    "②": "지난달들로\n배운다",
    "③": "무엇으로 만든\n몇 번째인가",
    "④": "지금 쓰는 것으로\n정한다",
    "⑤": "정답이 오기 전에\n확률을 매긴다",
    "⑥": "입력이 달라졌나,\n맞고 있나",
    "⑦": "새로 온 달까지\n넣어 배운다",
    "⑧": "본 적 없는 달로.\n지면 그대로",
}
show(
    draw_life_cycle(doing, "모델의 생명 주기"),
    "생명 주기 여덟 단계. 모으고 검사, 학습, 등록, 배포, 예측, 감시, 다시 학습, 겨루기가 화살표로 이어집니다. 감시에서 경보가 없으면 다음 달의 예측으로 돌아가고, 겨루기에서 이기면 배포로 갑니다.",
)

# %% [markdown]
# 학습은 여덟 칸 가운데 두 칸입니다. 그리고 점선 화살표가 **돌아옵니다**. 다음 달이 되면 새로 온 파일을 ①처럼 검사하고 ⑤로
# 갑니다. 경보가 울리면 ⑦과 ⑧을 거쳐 ④로 갑니다. 모델은 한 번 만들고 끝나는 물건이 아닙니다.
#
# 칸마다 잘하는 사람이 다릅니다. 모델은 데이터 과학자가, 데이터를 나르는 코드는 개발자가, 밤사이에 도는 일은 운영팀이 잘 압니다.
# 한 바퀴가 이어지려면 셋이 함께 일해야 합니다.
#
# 이제 4월 한 달로 이 바퀴를 돌립니다. 흉내가 아닙니다. 뒤의 수업에서 Airflow가 날마다 부를 바로 그 함수(`mlops_lab.flights.steps`)를
# 손으로 하나씩 부릅니다.
#
# ### ① 모으고 검사하기
#
# 파일은 `landing/` 폴더에 도착합니다. 검사를 통과한 것만 `warehouse/`로 들어옵니다. 4월이 되기 전이므로 1월과 2월만 왔습니다.

# %%
for month in flights.BOOTSTRAP:
    deliver(month, home, "features")  # 세상이 파일을 보냅니다.
    received = ingest(month, home, "features")  # 우리가 검사하고 들입니다.
    print(month, received.rows)

# %% [markdown]
# `flights`는 항공편의 운항 계획이고 `weather`는 한 시간마다의 날씨입니다.
#
# ### ② 학습하고 ③ 등록하기
#
# 학습한 모델을 파일로 저장해 메신저로 보내면 어떻게 될까요? 반년 뒤에는 `model_final_v2_진짜.pkl`이 무엇이었는지 아무도 모릅니다.
#
# **모델 레지스트리**(Model Registry)는 모델의 등기소입니다. 모델마다 번호를 매기고, **무엇으로 어떻게 만들었는지**를 함께 적어
# 둡니다. 여기서는 **MLflow**라는 도구의 레지스트리를 씁니다. 작업 폴더의 SQLite 파일 하나에 모두 적히므로 서버가 없어도 됩니다.

# %%
# 1월과 2월로 학습하고 등록합니다. 이미 했으면 그 기록을 돌려줍니다.
first = steps.bootstrap(home)["champion"]
about = {"버전": first["version"], "배운 마지막 달": first["through"], "시드": first["seed"]}
pd.Series(about).to_frame("첫 모델")

# %% [markdown]
# 기록에는 `sha256`도 있습니다. 모델이 배운 내용의 지문입니다. 지문이 같으면 같은 모델입니다. 앞에서 우리 손으로 학습한 모델도 같은
# 두 달을 배웠습니다. 지문이 같을까요?

# %%
from mlops_lab.flights.model import digest

print("손으로 학습한 모델과 등록된 모델의 지문이 같습니까?", digest(model) == first["sha256"])

# %% [markdown]
# 따로 학습했는데도 같은 모델입니다. 다음 수업에서 이것이 왜 값진지 봅니다.
#
# ### ④ 배포하기
#
# **배포**(Deployment)는 모델을 실제로 쓰이는 자리에 놓는 일입니다. 공항의 안내 화면이 확률을 묻는다고 합시다.
#
# 안내 화면의 코드에 "1번 모델"이라고 적으면, 모델이 바뀔 때마다 코드를 고쳐야 합니다. 그래서 번호 대신 **별칭**(Alias)을 적습니다.
# 별칭은 어느 버전을 가리키는 이름표입니다. 지금 쓰는 모델의 이름표를 `champion`, **챔피언**(Champion)이라고 부릅니다.
#
# 이름표는 누구나 쉽게 옮길 수 있어서, 이름표만 보아서는 누가 왜 옮겼는지 모릅니다. 그래서 챔피언은 **기록한 결정**이 정하고,
# 이름표는 그 결정을 비출 뿐입니다. 첫 모델을 등록할 때 첫 결정이 적혔습니다. 배포는 이미 끝나 있습니다.

# %%
for record in decisions.records(home):
    print(record["month"], "부터 챔피언은 버전", record["champion_after"]["version"], "-", record["reason"])
print("별칭 champion: 버전", registry.get_alias("champion", home))


# %%


def information_screen(flight):
    """안내 화면. 늘 챔피언에게 묻습니다. 몇 번째 모델인지는 모릅니다."""
    return f"{predict(registry.load('champion', home), flight)[0]:.2f}"


one = february[february["flight_id"] == february["flight_id"].max()]  # 2월의 마지막 번호 항공편
print("안내 화면의 지연 확률", information_screen(one))

# %% [markdown]
# ### ⑤ 예측하기
#
# 4월의 항공편과 날씨가 왔습니다. 챔피언이 한 달 치에 한꺼번에 확률을 매깁니다. 이렇게 모아서 한꺼번에 하는 일을 배치라고 하고,
# [06. 배치 처리와 Airflow](06_batch_and_airflow.ipynb)에서 자세히 봅니다. **정답은 아직 없습니다.** 비행이 끝나야 압니다.

# %%
deliver("2013-04", home, "features")
ingest("2013-04", home, "features")
scored = steps.score("2013-04", home)
predictions = pd.read_csv(home / scored["predictions"])

print(f"예측한 항공편 {scored['rows']:,}편, 확률의 평균 {scored['predicted_rate']:.3f}")
predictions.head(3).round(2)

# %% [markdown]
# ## ⑥ 감시: 세 벌의 눈
#
# 4월의 예측 작업은 잘 끝났을까요? 보는 눈이 세 벌 있습니다.
#
# | | 무엇을 보나 | 언제 알 수 있나 |
# |---|---|---|
# | 프로그램의 눈 | 파일이 생겼나, 행이 빠지지 않았나, 확률이 0과 1 사이인가, 다시 돌려도 같은 파일인가 | 끝나자마자 |
# | 입력의 눈 | 이번 달의 항공편이 배운 달과 다르게 생겼나 | 끝나자마자 |
# | 정답의 눈 | 맞았나 | 비행이 끝난 뒤 |
#
# 첫째 눈으로 봅니다.

# %%
file = home / scored["predictions"]
before = file.read_bytes()
steps.score("2013-04", home)  # 한 번 더 돌립니다.
arrived = read_ingested("flights", "2013-04", home)

program = {
    "파일이 생김": file.is_file(),
    "항공편마다 예측이 하나": predictions["flight_id"].tolist() == arrived["flight_id"].tolist(),
    "빈 칸이 없음": bool(predictions.notna().all(axis=None)),
    "확률이 0과 1 사이": bool(predictions["probability"].between(0, 1).all()),
    "다시 돌려도 같은 바이트": file.read_bytes() == before,
}
pd.Series(program).map({True: "정상", False: "이상"}).to_frame("프로그램의 눈")

# %% [markdown]
# 모두 정상입니다. 마지막 줄이 앞에서 말한 **신뢰성**의 한쪽입니다. 실수로 두 번 돌려도 아무 일이 없습니다.
#
# 둘째 눈은 4월의 특징이 1월, 2월과 달라졌는지 봅니다. 어떻게 재는지는 03과 04에서 배웁니다. 오늘은 판정만 봅니다.

# %%
drift = steps.check_drift("2013-04", home)
print("운항 계획:", VERDICT_LABELS[drift["verdict"]])
print("날씨:", VERDICT_LABELS[drift["weather_verdict"]])

# %% [markdown]
# 운항 계획은 안정입니다. 시각, 요일, 항공사, 공항, 목적지에 큰 변화가 없다고 말할 수 있습니다. 날씨는 **판단 보류**입니다. 겨울의 한 주
# 한 주가 서로 아주 달라서, 두 달을 기준으로는 4월의 날씨가 달라졌다고도 그대로라고도 할 수 없습니다. 어느 쪽도 경보는 아닙니다.
#
# 5월이 되어 4월의 정답이 도착했습니다.
#
# **예상해 봅시다.** 확률의 평균은 0.193이었습니다. 모델은 4월의 항공편 가운데 19 %쯤이 늦으리라고 본 셈입니다. 실제 지연율은
# 얼마였을까요? 두 벌의 눈은 경보를 울리지 않았습니다.

# %% tags=["stub"]
my_april = ...

# %% tags=["solution"]
my_april = 0.2

# %%
deliver("2013-04", home, "labels")
ingest("2013-04", home, "labels")
performance = steps.measure_performance("2013-04", home)

reveal(my_april, round(performance["scores"]["late_rate"], 3))
print("경보:", *performance["reasons"] or ["없음"])

# %%
flown = arrived[["flight_id", "date"]].merge(read_ingested("labels", "2013-04", home), on="flight_id")
flown = flown.merge(predictions, on="flight_id").assign(late=lambda table: table["arr_delay"] > 15)
daily = flown.groupby("date").agg(예측=("probability", "mean"), 실제=("late", "mean")).astype(float)

fig, ax = plt.subplots(figsize=(8.5, 3.3))
days = range(1, len(daily) + 1)
ax.fill_between(days, 100 * daily["예측"], 100 * daily["실제"], color="#BDBDBD", alpha=0.5)
ax.plot(days, 100 * daily["실제"], color=PALETTE[1], marker="o", markersize=4, label="실제로 늦은 비율")
ax.plot(days, 100 * daily["예측"], color=PALETTE[0], marker="s", markersize=4, label="예측한 비율")
ax.set(title="4월의 하루하루: 프로그램은 날마다 성공했습니다", xlabel="일", ylabel="비율(%)", ylim=(0, 75))
ax.legend(loc="upper right")
show(
    fig,
    f"4월의 날마다 예측한 지연율과 실제 지연율. 예측은 {100 * daily['예측'].min():.0f} %와 {100 * daily['예측'].max():.0f} % 사이에 머물고, 실제는 {100 * daily['실제'].min():.0f} %에서 {100 * daily['실제'].max():.0f} %까지 오르내립니다.",
)
print(f"실제가 예측보다 높았던 날: {len(daily)}일 가운데 {(daily['실제'] > daily['예측']).sum()}일")

# %% [markdown]
# 회색으로 칠한 만큼 틀렸습니다. (경보에 적힌 0.189는 취소되거나 다른 공항으로 가서 정답이 없는 편을 뺀 평균입니다.) 오류도, 빈 칸도, 이상한 입력도 없이 **조용히** 틀렸습니다. 이것이 머신러닝의 운영이 어려운 까닭입니다.
#
# ### 연습 01-1
#
# 그렇다고 쓸모없는 모델은 아닙니다. 손님에게 먼저 알릴 항공편을 **100편만** 고를 수 있다고 합시다. 4월에 정답이 있는 항공편
# 가운데 확률이 가장 높은 100편을 고르면, 그 가운데 실제로 늦은 것은 몇 편입니까? `flown`에 `probability`와 `late`가 있습니다.
# `hits`에 수를 넣습니다.

# %% tags=["stub"]
hits = ...

# %% tags=["solution"]
hits = int(flown.nlargest(100, "probability")["late"].sum())

# %%
check("01-1", hits)

# %% [markdown]
# ## DevOps와 나란히
#
# **DevOps**(데브옵스)는 개발(Development)과 운영(Operations)을 한 흐름으로 잇는 방식입니다. 코드를 저장소에 모으고, 자동으로
# 시험하고, 자동으로 배포하고, 지켜보다가 탈이 나면 되돌립니다. MLOps는 이것을 그대로 물려받습니다. 방금의 첫째 눈이 DevOps의
# 눈입니다. 거기에 머신러닝이라서 생기는 일이 더해집니다.
#
# | | DevOps | MLOps에서 더해지는 것 |
# |---|---|---|
# | 바뀌는 것 | 코드 | **데이터**와 **모델** |
# | 시험하는 것 | 코드가 약속대로 움직이나 | 데이터가 멀쩡한가, 본 적 없는 달을 맞히나 |
# | 배포하는 것 | 프로그램 | 모델. 결정을 적고, 별칭이 그것을 비춥니다 |
# | 지켜보는 것 | 죽었나, 느린가 | 입력이 달라졌나, 맞고 있나 |
# | 맞았는지 아는 때 | 곧바로 | 정답이 온 뒤. 우리는 한 달 뒤였습니다 |
# | 고장 나는 때 | 대개 무언가를 바꾼 때 | **아무것도 바꾸지 않아도** |
# | 자동으로 하는 것 | 합치고 시험하기(CI), 배포하기(CD) | 다시 학습하기(CT, Continuous Training) |
#
# 4월을 다시 봅시다. 코드는 한 글자도 바뀌지 않았고 모델의 지문도 그대로입니다. 그런데 틀렸습니다. 마지막에서 둘째 줄이 이
# 이야기입니다.

# %% [markdown]
# ## ⑦ 다시 학습하고 ⑧ 겨루기
#
# 경보가 울렸으니 3월까지 넣어 새로 학습합니다. 새 모델은 곧바로 챔피언이 되지 않습니다. 먼저 도전자, 곧
# **챌린저**(Challenger)가 됩니다. 둘 다 본 적 없는 4월로 겨루어서 이겨야 합니다. 4월을 배우면 4월의 시험을 치를 수 없으므로 3월까지만 배웁니다.
#
# 점수는 **Brier 점수**(Brier Score)로 매깁니다. 확률과 정답(0 또는 1)의 차이를 제곱해 평균한 것이고, **낮을수록** 좋습니다. AUC는 순서만 보지만
# Brier 점수는 확률의 크기까지 봅니다.

# %%
steps.prepare("2013-04", home, "history")  # 아직 들이지 않은 앞선 달(3월)을 들입니다.
steps.train_candidate("2013-04", home)
match = steps.compare_and_promote("2013-04", home)

rows = {
    "predicted_rate": "예측한 지연율",
    "late_rate": "실제 지연율",
    "brier": "Brier(낮을수록 좋음)",
    "auc": "AUC(높을수록 좋음)",
}
table = pd.DataFrame(
    {"챔피언(2월까지)": match["champion_scores"], "챌린저(3월까지)": match["challenger_scores"]}
)
print("챔피언을 바꿉니다." if match["decision"] == "promote" else "챔피언을 그대로 둡니다.", match["reason"])
table.loc[list(rows)].rename(index=rows).round(4)

# %% [markdown]
# 챌린저가 이겼습니다. 그런데 표의 첫 줄을 보면 이긴 쪽이 지연율을 **더 낮게** 보았습니다. 실제에서 더 멀어졌습니다. 늦을 편을
# 가려내는 힘(AUC)이 나아진 덕에 가까스로 이겼을 뿐입니다.
#
# 다시 학습한다고 세상을 다 따라잡지는 못합니다. 그래서 한 번 고치고 끝내지 않고 바퀴를 계속 돌립니다. 언제 다시 학습해야 하는지는
# [05. 드리프트와 성능 ③ 다시 학습할까](05_drift_and_performance.ipynb)에서 따집니다.
#
# 안내 화면의 코드는 그대로입니다. 이름표만 옮겨졌습니다.

# %%
versions = {each.version: each.through for each in registry.list_versions(home)}
print("챔피언이 배운 마지막 달:", versions[registry.get_alias("champion", home)])
print("안내 화면의 지연 확률", information_screen(one))

# %% [markdown]
# 배치 예측은 별칭이 아니라 **결정 기록**을 보고 챔피언을 찾습니다. 12월에 4월을 다시 돌려도 4월의 챔피언이 나서야 같은
# 결과가 나오기 때문입니다. 별칭은 지금 묻는 안내 화면을 위한 것이고, 마지막 결정을 비춥니다.
#
# ## 한 바퀴를 돌았습니다

# %%
done = {
    "①": f"4월 {scored['rows']:,}편\n모두 통과",
    "②": f"1월과 2월\n{len(late):,}편",
    "③": f"{first['through']}까지\n버전 {first['version']}",
    "④": "결정을 적고\n별칭이 비춘다",
    "⑤": f"확률의 평균\n{scored['predicted_rate']:.3f}",
    "⑥": f"실제 {performance['scores']['late_rate']:.3f}\n경보!",
    "⑦": "3월까지 넣어\n챌린저",
    "⑧": f"{match['champion_scores']['brier']:.4f}에서\n{match['challenger_scores']['brier']:.4f}로 승",
}
show(
    draw_life_cycle(done, "4월의 한 바퀴"),
    f"생명 주기 그림에 4월의 값을 적었습니다. 예측한 지연율 {scored['predicted_rate']:.3f}, 실제 {performance['scores']['late_rate']:.3f}이라 경보가 울렸고, 챌린저가 Brier {match['challenger_scores']['brier']:.4f}로 챔피언의 {match['champion_scores']['brier']:.4f}을 이겼습니다.",
)

# %% [markdown]
# 처음의 네 낱말을 다시 봅시다. 두 번 돌려도 같은 바이트가 나왔고, 틀리자 스스로 경보를 울렸습니다(**신뢰성**). 본 적 없는 달로 겨루어 더
# 나은 모델을 골랐습니다(**최적화**). 모델을 바꾸는 데 화면의 코드를 한 글자도 고치지 않았습니다(**효율성**).
#
# 남은 것은 **자동화**입니다. 우리는 손으로 돌렸지만, 한 일은 정해진 함수를 정해진 순서로 부른 것뿐입니다. 그렇다면 기계에게 맡길 수
# 있습니다. 때가 되면 순서대로 부르고, 실패하면 다시 하고, 경보가 울리면 알리는 것. 06부터 배울 Airflow가 하는 일입니다.
#
# ### 연습 01-2
#
# 5월에는 여러분이 바퀴를 돌립니다. 4월에 부른 함수를 같은 순서로 불러 5월(`"2013-05"`)의 **예측부터 성능까지** 갑니다. 특징이 먼저
# 오고, 예측하고, 그다음에 정답이 와야 합니다. 성능을 잰 결과를 `may`에 넣습니다.

# %% tags=["stub"]
may = ...

# %% tags=["solution"]
deliver("2013-05", home, "features")
ingest("2013-05", home, "features")
steps.score("2013-05", home)
deliver("2013-05", home, "labels")
ingest("2013-05", home, "labels")
may = steps.measure_performance("2013-05", home)

# %%
check("01-2", may)

# %% [markdown]
# ### 연습 01-3
#
# 전화가 왔습니다. "새 모델이 이상합니다. 일단 예전 것으로 돌려 주세요." 되돌리기(**롤백**, Rollback)는 운영의 기본기입니다.
#
# 이름표만 옮기면 안내 화면은 바로 돌아옵니다. 그러나 다음 배치는 결정 기록을 보므로 새 모델로 예측하고, 이름표도 다시 옮겨 놓습니다.
# 그래서 되돌리는 것도 결정으로 적어야 합니다. `decisions.roll_back`이 그 일을 합니다. `version`은 되돌아갈 버전, `month`는 이 결정을
# 따르기 시작할 달, `reason`은 까닭입니다. 터미널에서는 `mlops-lab rollback`입니다.
#
# **6월의 배치부터** 안내 화면도 예측도 다시 **2월까지 배운 모델**을 쓰게 만듭니다. 안내 화면의 코드는 고치지 않습니다. 그런 다음 안내
# 화면이 쓰는 것과 같은 방법으로 모델을 열어 `rolled_back`에 넣습니다. 검사는 결정과 레지스트리와 모델을 모두 들여다봅니다.

# %% tags=["stub"]
rolled_back = ...

# %% tags=["solution"]
old = next(each for each in registry.list_versions(home) if each.through == "2013-02")
decisions.roll_back(home, version=old.version, month="2013-06", reason="새 모델이 이상하다는 전화")
rolled_back = registry.load("champion", home)

# %%
check("01-3", rolled_back)

# %% [markdown] tags=["quiz"]
# 1. MLOps를 가장 잘 설명한 것은 무엇입니까?
#     - [ ] 누구의 데이터에서나 더 정확하게 맞히는 알고리즘을 찾는 연구 :: 알고리즘은 여덟 단계 가운데 학습의 한 부분입니다. 나머지 단계가 없으면 좋은 모델도
#       노트북에서 나오지 못합니다.
#     - [ ] 학습한 모델을 서버에 한 번 올리는 일 :: 배포는 들어 있지만 거기에서 끝나지 않습니다. 4월처럼 그 뒤에 틀리기 시작합니다.
#     - [x] 모델을 배포하고 지켜보고 고쳐 가며 계속 쓰는 일 :: 생명 주기 전체를 자동화하고 최적화해서, 모델을 믿고 효율적으로 쓰는
#       것이 목표입니다.
# 2. 4월의 예측 작업이 오류 없이 끝나고 입력에서도 드리프트 경보가 없었습니다. 여기에서 알 수 있는 것은 무엇입니까?
#     - [x] 프로그램은 약속대로 움직였지만 맞았는지는 모릅니다 :: 맞았는지는 정답이 와야 압니다. 정답이 오자 9 %p 어긋난 것이
#       드러났습니다.
#     - [ ] 예측도 맞았습니다. 틀렸다면 확률이나 입력 가운데 어딘가에 이상이 보였을 것입니다 :: 확률이 0과 1 사이라는 것과 확률이 맞다는 것은 다른 말입니다.
#     - [ ] 감시를 더 할 필요가 없습니다 :: 두 벌의 눈이 놓친 것을 셋째 눈이 보았습니다.
# 3. 안내 화면이 버전 번호 대신 별칭 `champion`을 부르면 무엇이 좋습니까?
#     - [ ] 예측이 더 정확해집니다 :: 별칭은 이름표입니다. 모델의 성적은 그대로입니다.
#     - [ ] 모델을 더 빨리 읽습니다 :: 별칭이 가리키는 버전을 한 번 더 찾으므로 빨라지지는 않습니다.
#     - [x] 화면의 코드를 고치지 않고 모델을 바꾸거나 되돌립니다 :: 코드의 배포와 모델의 배포가 서로를 기다리지 않게 됩니다.
# 4. DevOps에 없고 MLOps에 더해진 것은 무엇입니까?
#     - [ ] 되돌리기 :: 코드도 되돌립니다. DevOps에서 물려받은 것입니다.
#     - [x] 아무것도 바꾸지 않아도 나빠지는 것을 지켜보는 일 :: 세상의 데이터가 바뀌면 같은 코드와 같은 모델이 틀리기 시작합니다.
#     - [ ] 배포하기 전에 자동으로 시험하는 일 :: CI는 DevOps의 것입니다. MLOps는 거기에 데이터와 모델의 시험을 더합니다.

# %% [markdown]
# ## 정리
#
# - MLOps는 모델을 배포하고 지켜보고 고쳐 가며 계속 쓰는 일입니다. 생명 주기를 자동화하고 최적화하는 것이 목표입니다.
# - 배운 달의 AUC는 0.83이었지만 처음 보는 달에서는 0.61이었습니다. 노트북의 성적은 시작일 뿐입니다.
# - 레지스트리는 무엇으로 만든 몇 번째 모델인지 적고, 별칭은 지금 쓰는 모델을 가리킵니다. 배포도 되돌리기도 기록한 결정이고, 별칭은 그것을 비춥니다.
# - DevOps의 눈은 프로그램이 성공했는지 봅니다. 4월의 모델은 성공하면서 틀렸습니다. 정답의 눈이 있어야 합니다.
# - 챌린저는 본 적 없는 달로 겨루어 이긴 다음에야 챔피언이 됩니다.
#
# 다음: [02. 왜 MLOps인가](02_why_mlops.ipynb)
