# %% [markdown]
# # 00. 시작하기
#
# **시간** 30분 · **준비** `make lab`으로 JupyterLab을 열었으면 됩니다
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 이 컴퓨터가 수업을 할 준비가 되었는지 확인하고, 아니면 무엇을 고칠지 압니다.
# - Airflow의 화면에 로그인하고, DAG 하나를 처음으로 실행합니다.
# - 예상하고, 실행하고, 견주고, 검사받는 수업의 차례를 따라갑니다.
# - 막혔을 때 처음의 상태로 되돌립니다.

# %% [markdown]
# ## 노트북을 읽는 법
#
# 지금 보는 것이 **노트북**입니다. 글과 코드가 **셀**이라는 칸에 번갈아 있습니다. 코드 셀을 고르고 **Shift+Enter**를 누르면 실행되고 다음 셀로 넘어갑니다. 위에서
# 아래로, 차례대로 실행해 주세요. 뒤의 셀은 앞의 셀이 만든 것을 씁니다. 엉켰다면 메뉴의 **커널 → 커널 다시 시작 및 모든 셀 실행**을 누릅니다.
#
# ## 이 컴퓨터가 스스로 진단합니다
#
# 첫 셀은 수업이 쓰는 것을 불러옵니다. 수업마다 첫 셀이 이렇습니다. 외울 것은 없고, 실행만 하면 됩니다.

# %%
import stat

import matplotlib.pyplot as plt
import pandas as pd

from mlops_lab import flights, stack
from mlops_lab.flights.landing import DATA, file_name
from mlops_lab.lesson import check, connect, doctor, reveal, show, use_korean

# %% [markdown]
# `doctor`가 메모리, 포트, 글꼴, 커널처럼 수업에 필요한 것을 하나씩 살펴봅니다. **문제**가 있으면 무엇을 보았고 어떻게 고치는지 알려 줍니다.

# %%
for each in doctor(flights.home()):
    print("좋음" if each.ok else "문제", each.title)
    if each.remedy:
        print(f"     {each.seen}\n     고치기: {each.remedy}")

# %% [markdown]
# 열 줄이 모두 **좋음**이면 됩니다. 문제가 나왔다면 적힌 대로 고치고 이 셀을 다시 실행합니다. 터미널에서는 `mlops-lab doctor`가 같은 일을 하고, 본 값까지 보여 줍니다.
#
# ## 자료와 그림
#
# 이 책의 자료는 하나입니다. **2013년에 뉴욕의 공항 세 곳(JFK, LGA, EWR)을 떠난 항공편**입니다. 열여섯 수업이 모두 이것을 씁니다.
#
# **예상해 봅시다.** 한 해 동안 몇 편이 떠났을까요? 수를 `...` 자리에 적고 실행합니다. 맞히려는 것이 아닙니다. 먼저 적어 두어야, 실제를 보았을 때 무엇이
# 뜻밖이었는지 압니다. 비워 두고 실행해도 됩니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = 50_000

# %%
year = pd.concat(
    [pd.read_csv(DATA / file_name("flights", month)).assign(month=month) for month in flights.MONTHS]
)
reveal(my_guess, len(year))
print(f"하루에 {len(year) / 365:.0f}편")

# %% [markdown]
# 이렇게 **예상하고, 실행하고, 견주는** 일이 수업마다 나옵니다. 이번에는 그림입니다. 제목의 한글이 네모(□)로 보이지 않는지 봅시다. `use_korean()`이 함께 담은
# 나눔고딕을 쓰게 해 줍니다.

# %%
use_korean()
counts = year.groupby("month").size()
fig, ax = plt.subplots(figsize=(8, 3))
ax.bar([f"{int(month[-2:])}월" for month in counts.index], counts / 1000)
ax.set(ylabel="항공편(천 편)", title="2013년 뉴욕을 떠난 항공편", ylim=(0, 35))
ax.grid(visible=False, axis="x")
show(
    fig,
    f"달마다의 항공편을 그린 막대그래프. 가장 적은 달이 {counts.min():,}편, 가장 많은 달이 {counts.max():,}편입니다.",
)

# %% [markdown]
# 그림에는 화면을 읽어 주는 프로그램을 위한 글도 함께 붙어 있습니다.
#
# ### 연습 00-1
#
# 첫 연습입니다. 이 항공편을 띄운 **항공사는 몇 곳**입니까? `year` 표의 `carrier` 열에 항공사의 두 글자 이름이 있습니다. 수를 `carriers`에 넣고, 그 아래의
# `check` 셀까지 실행합니다.
#
# 틀려도 괜찮습니다. 검사는 **무엇을 보았고, 무엇을 기대했고, 다음에 무엇을 해 볼지** 말해 줍니다. 몇 번이든 다시 할 수 있습니다. 일부러 100을 넣어 보는 것도 좋습니다.

# %% tags=["stub"]
carriers = ...

# %% tags=["solution"]
carriers = year["carrier"].nunique()

# %%
check("00-1", carriers)

# %% [markdown]
# 맞힌 연습문제는 여러분의 작업 폴더에 적힙니다. 밖으로 나가지 않습니다. 어디까지 했는지는 터미널의 `mlops-lab progress`가 알려 줍니다. 도저히 풀리지 않으면
# [풀어 둔 것](solutions/00_getting_started.ipynb)을 봅니다. 적어도 두 번은 틀려 본 다음에 보는 것이 좋습니다.
#
# ## Airflow에 연결하기
#
# Airflow는 정해진 때에, 정해진 차례로 일을 실행해 주는 프로그램입니다. 무엇인지는 [06](06_batch_and_airflow.ipynb)부터 차근차근 배웁니다. 오늘은 떠 있는지만 봅니다.
# `connect()`는 돌고 있는 Airflow에 연결하고, 없으면 시작합니다. 흉내가 아니라 진짜 Airflow입니다.

# %%
lab = connect()
lab.components()

# %% [markdown]
# ### 화면에 로그인하기
#
# 1. `make lab`을 친 터미널에 **Airflow**로 시작하는 줄이 있습니다. 그 주소를 브라우저에서 엽니다. 아래의 셀에 `print(lab.url)`을 적어 보아도 됩니다.
# 2. 사용자는 `admin`입니다. 암호도 그 줄에 있습니다. 처음 시작할 때 무작위로 만든 것이어서 컴퓨터마다 다릅니다.
# 3. 화면이 영어라면 왼쪽 아래의 사용자 메뉴에서 언어를 **한국어**로 바꿉니다.
#
# 터미널을 닫았다면 암호는 파일에도 있습니다. 노트북에는 찍지 않습니다. 출력은 파일에 남고, 파일은 남에게 보내기도 하기 때문입니다. 이름과 권한만 봅시다.

# %%
passwords = stack.layout(flights.home()).passwords
print(passwords.relative_to(flights.home()))
print(f"권한 {stat.S_IMODE(passwords.stat().st_mode):o}: 주인만 읽습니다")

# %% [markdown]
# ### 처음으로 실행하기
#
# **DAG**는 Airflow가 실행하는 일의 묶음입니다. 프로젝트에는 [`dags/`](../dags/07_first_dag.py) 폴더에 여럿이 들어 있습니다. 그 가운데 `sequential`을 실행해 봅시다. 세 가지
# 일을 차례대로 합니다.

# %%
lab.forget("sequential")  # 전에 실행한 것이 있으면 지웁니다.
run = lab.wait(lab.trigger("sequential"))
run

# %%
lab.graph("sequential", run)

# %% [markdown]
# 초록은 성공입니다. 색을 구별하기 어려워도 되도록 ✓와 글로도 적습니다. 방금의 실행은 Airflow의 화면에도 있습니다. **Dags**에서 `sequential`을 눌러 찾아봅시다.
#
# ### 연습 00-2
#
# 이번에는 여러분이 `first_dag`를 실행합니다. 위의 셀에서 한 것처럼 실행하고, **끝나기를 기다린** 다음, 그 실행을 `my_run`에 넣습니다.

# %% tags=["stub"]
my_run = ...

# %% tags=["solution"]
my_run = lab.wait(lab.trigger("first_dag"))

# %%
check("00-2", my_run)

# %% [markdown]
# ## 무엇이 어디에 있나
#
# | 자리 | 무엇 |
# |---|---|
# | `notebooks/` | 수업 열여섯. 번호 차례로 읽습니다 |
# | `notebooks/solutions/` | 풀어 둔 것 |
# | `dags/` | 수업이 쓰는 DAG 파일 |
# | `workspace/` | **여러분의 것.** 쓴 DAG, 들인 자료, 실행한 노트북, 모델, 기록이 모두 여기에 있습니다 |
# | `docs/glossary.md` | 용어. 굵은 글씨와 영어로 처음 나온 말이 모여 있습니다 |
#
# ## 처음으로 되돌리기
#
# 이것저것 해 보다가 엉켰다면 터미널에서 이렇게 합니다. Airflow가 멈춰 있어야 하므로, `make lab`을 Ctrl-C로 끝낸 다음에 합니다.
#
# ```bash
# mlops-lab reset
# ```
#
# `workspace`에서 실행이 남긴 것을 **지우지 않고** `workspace.previous`로 옮깁니다. 노트북과 프로젝트의 DAG는 그대로입니다. 다만 지난번에 옮겨 둔 것은 사라지므로, 두 번
# 연달아 하지는 않습니다. 노트북을 고치다 망쳤다면 `git checkout -- notebooks`로 되살립니다.
#
# | 명령 | 하는 일 |
# |---|---|
# | `make lab` | JupyterLab과 Airflow를 함께 띄웁니다. Ctrl-C로 둘 다 멈춥니다 |
# | `mlops-lab doctor` | 무엇이 문제인지 살펴봅니다 |
# | `mlops-lab status` | Airflow가 떠 있는지 봅니다 |
# | `mlops-lab progress` | 어디까지 했는지 봅니다 |
# | `mlops-lab reset` | 처음으로 되돌립니다 |

# %% [markdown] tags=["quiz"]
# 1. 연습문제의 답이 틀리면 어떻게 됩니까?
#     - [x] 무엇을 보았는지와 다음에 해 볼 것을 듣고, 다시 해 봅니다 :: 몇 번이든 다시 할 수 있고, 노트북은 멈추지 않습니다.
#     - [ ] 노트북이 멈추고 다음 셀로 갈 수 없습니다 :: 풀지 않은 연습이 있어도 끝까지 실행됩니다.
#     - [ ] 틀린 횟수가 모여 강사에게 전해지고, 셋을 넘으면 답이 나옵니다 :: 기록은 여러분의 작업 폴더에만 있습니다.
# 2. 셀을 건너뛰고 아래의 셀부터 실행했더니 `NameError`가 났습니다. 왜 그럴까요?
#     - [ ] 이름을 가진 패키지가 이 컴퓨터에 설치되지 않았습니다 :: 그때는 `ModuleNotFoundError`가 납니다. `doctor`로도 알 수 있습니다.
#     - [x] 위의 셀이 만들어야 할 이름이 아직 없습니다 :: 위에서부터 차례대로 실행합니다. 커널을 다시 시작했을 때도 같습니다.
#     - [ ] Airflow가 멈췄습니다 :: 이름을 찾는 일은 이 노트북의 커널이 합니다. Airflow와는 상관없습니다.
# 3. Airflow의 암호를 노트북에 찍지 않는 까닭은 무엇입니까?
#     - [ ] 암호가 너무 길어서 :: 길이는 문제가 아닙니다.
#     - [ ] 노트북의 커널은 파일을 읽을 수 없어서 :: 같은 사용자이므로 읽을 수 있습니다. 읽지 않기로 한 것입니다.
#     - [x] 출력이 노트북 파일에 남아 다른 사람에게 갈 수 있어서 :: 노트북을 메일로 보내거나 git에 올리면 출력도 함께 갑니다.

# %% [markdown]
# ## 정리
#
# - `doctor`가 이 컴퓨터를 살펴보고, 문제마다 고치는 방법을 알려 줍니다.
# - 수업은 예상하고, 실행하고, 견주고, 연습하고, 검사받는 차례로 나아갑니다. 틀려도 멈추지 않습니다.
# - `connect()`로 진짜 Airflow에 연결합니다. 화면에는 `admin`으로 로그인하고, 암호는 주인만 읽는 파일에 있습니다.
# - 여러분이 만든 것은 모두 `workspace`에 있습니다.
# - 엉켰으면 `mlops-lab reset`으로 되돌립니다. 지우지 않고 옮깁니다.
#
# 다음: [01. MLOps란 무엇인가](01_what_is_mlops.ipynb)
