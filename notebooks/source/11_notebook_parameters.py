# %% [markdown]
# # 11. 노트북에 매개변수를
#
# **시간** 45분 · **먼저 읽을 것** [03. 데이터 드리프트 ① 세상이 변한다](03_data_drift_world_changes.ipynb), [06. 배치 처리와 Airflow](06_batch_and_airflow.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 노트북 한 권을 고치지 않고, 달만 바꾸어 열두 번 실행합니다.
# - `parameters` 셀과 주입된 셀이 무엇인지, 실행된 노트북을 열어 설명합니다.
# - papermill이 조용히 넘기는 오타와 형식의 실수를 알아보고, 커널이 뜨기 전에 막습니다.
# - 실행된 노트북에 적힌 "completed"를 믿어도 되는지 따져 봅니다.

# %% [markdown]
# ## 복사한 노트북은 열두 권이 됩니다
#
# 3월의 지연을 정리한 노트북이 있습니다. 4월이 되면 어떻게 할까요? 파일을 복사해 `"2013-03"`을 `"2013-04"`로 고치고 실행합니다. 그렇게
# 한 해가 지나면 노트북이 열두 권입니다. 계산에서 잘못을 하나 찾으면 열두 곳을 고쳐야 하고, 한 곳쯤은 빠뜨립니다.
#
# 함수라면 이렇게 하지 않았을 것입니다. 본문은 하나만 두고, 달라지는 것만 인자로 받습니다. 노트북에도 같은 일을 할 수 있습니다. 밖에서
# 바꾸어 줄 수 있는 값을 **매개변수**(Parameter)라고 합니다.
#
# 먼저 열두 달의 자료를 들이고, 이 수업의 파일을 둘 폴더를 만듭니다.

# %%
import logging
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import papermill
from IPython.display import HTML
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mlops_lab import flights, run_notebook
from mlops_lab.flights import steps
from mlops_lab.lesson import check, reveal, show, use_korean
from mlops_lab.runner import BadParameter, NotebookRun

use_korean()
home = flights.home()
for month in flights.MONTHS:
    steps.prepare(month, home, "features", "labels")  # 아직 들이지 않은 달이면 들입니다.
folder = home / "lessons" / "11"
folder.mkdir(parents=True, exist_ok=True)
print(f"{len(flights.MONTHS)}달의 자료가 있습니다.")

# %% [markdown]
# ## parameters 셀
#
# 노트북 파일(`.ipynb`)은 셀의 목록을 담은 JSON입니다. 셀에는 코드 말고도 **태그**(Tag)라는 이름표를 붙일 수 있습니다. 그 가운데
# `parameters`라는 태그는 약속입니다. "이 셀에 적힌 값은 밖에서 바꾸어도 됩니다."
#
# JupyterLab에서는 셀을 고르고 오른쪽 위의 톱니바퀴(속성 검사기)를 눌러 태그를 적습니다. 여기서는 무엇이 파일에 들어가는지 보이도록
# 코드로 만들어 봅시다. 셀 넷짜리 **지연 보고서**입니다.

# %%
PARAMETERS = """month: str = "2013-03"
airports: tuple[str, ...] = ("EWR", "JFK", "LGA")
late_minutes: int = 15"""

READ = """import csv, gzip
from mlops_lab import flights, record

def read(kind):
    path = flights.home() / "warehouse" / month / f"{kind}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))

origin = {row["flight_id"]: row["origin"] for row in read("flights")}
delays = [float(row["arr_delay"]) for row in read("labels") if origin[row["flight_id"]] in airports]"""

REPORT = """late = sum(delay > late_minutes for delay in delays)
record(
    month=month,
    flights=len(delays),
    per_airport=round(len(delays) / len(airports)),
    late_rate=round(late / len(delays), 3),
)"""


def write_notebook(name, *cells, parameters=None):
    """셀의 글로 노트북을 만들어 이 수업의 폴더에 씁니다. parameters를 주면 태그를 붙인 첫 코드 셀이 됩니다."""
    notebook = new_notebook(cells=[new_markdown_cell(f"# {name}")])
    if parameters:
        notebook.cells.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook.cells += [new_code_cell(cell) for cell in cells]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


late_report = write_notebook("late_report", READ, REPORT, parameters=PARAMETERS)

# %% [markdown]
# `parameters` 셀의 값은 **기본값**입니다. 노트북을 그냥 열어 실행하면 3월의 보고서가 나옵니다. 그래서 만들고 고치는 동안에는 여느
# 노트북과 똑같이 다룹니다.
#
# 마지막 셀의 `record`는 결과에 이름을 붙여 밖으로 넘기는 함수입니다. 조금 뒤에 씁니다.
#
# ## papermill로 실행하기
#
# papermill은 노트북에 값을 넣어 실행하는 가장 널리 쓰이는 라이브러리입니다. 하는 일은 단순합니다.
#
# 1. 원본을 복사하고, `parameters` 셀 **바로 뒤에** 받은 값을 적은 셀을 끼웁니다. 이것이 **주입된 셀**(Injected Cell)입니다.
# 2. 커널을 띄워 셀을 위에서부터 실행합니다. **커널**(Kernel)은 노트북의 코드를 실제로 실행하는 파이썬 프로세스입니다.
# 3. 출력까지 담아 다른 파일로 저장합니다. 원본은 그대로입니다.
#
# 12월로 실행해 봅시다.

# %%
warnings = []  # papermill이 로그에 남긴 말


class Collect(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


logging.getLogger("papermill").handlers = [Collect()]
logging.getLogger("papermill").propagate = False
QUIET = ["--log-level=50"]  # 커널이 제 로그를 이 노트북에 섞어 찍지 않게 합니다.


def with_papermill(notebook, name, parameters=None):
    """papermill로 실행하고 저장된 노트북을 읽어 돌려줍니다."""
    warnings.clear()
    output = folder / f"{name}.ipynb"
    papermill.execute_notebook(
        notebook, output, parameters=parameters, progress_bar=False, extra_arguments=QUIET
    )
    return nbformat.read(output, as_version=4)


december = with_papermill(late_report, "december", {"month": "2013-12"})
for cell in december.cells[1:3]:
    print(f"태그 {cell.metadata['tags']}\n{cell.source}\n")

# %% [markdown]
# 파이썬은 위에서 아래로 실행합니다. 기본값이 먼저 들어가고, 주입된 셀이 `month`만 덮어씁니다. 나머지 둘은 기본값 그대로입니다. 마법은
# 없습니다. 마지막 셀의 출력을 봅시다.


# %%
def shown(notebook):
    """마지막 셀의 출력에 적힌 글."""
    return notebook.cells[-1].outputs[0]["data"]["text/plain"]


print(shown(december))

# %% [markdown]
# 12월에는 항공편의 33 %가 늦었습니다. [03](03_data_drift_world_changes.ipynb)에서 본 그 12월입니다.
#
# ## 오타 하나
#
# 이번에는 이름을 틀려 봅시다. `month` 대신 `mnth`입니다. 값은 똑같이 `"2013-12"`입니다.
#
# **예상해 봅시다.** 어떻게 될까요? `"오류"`(멈춘다), `"12월"`(알아서 알아듣는다), `"3월"`(기본값으로 실행한다) 가운데 하나를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "오류"

# %%
typo = with_papermill(late_report, "typo", {"mnth": "2013-12"})
truth = {"2013-12": "12월", "2013-03": "3월"}[shown(typo).split("'")[1]]
reveal(my_guess, truth)
print()
print(shown(typo))
print("\n주입된 셀:", typo.cells[2].source.splitlines()[-1])
print("경고:", warnings)

# %% [markdown]
# 예외가 없습니다. `december`와 똑같이 끝났고, 파일에는 오류의 흔적도 없습니다. 그런데 수는 3월의 것입니다. 주입된 셀은 아무도 읽지 않는
# `mnth`라는 변수를 하나 만들었을 뿐입니다.
#
# 경고 한 줄이 로그에 남기는 했습니다. 밤에 혼자 도는 실행의 로그를 누가 읽을까요? 보고서의 제목을 파일 이름으로 붙였다면 "12월 지연율
# 0.228"이라는 표가 그대로 회의에 올라갑니다. **틀린 답이 맞는 답과 똑같은 얼굴로 나옵니다.** 오류보다 훨씬 나쁩니다.
#
# 태그를 잊었을 때도 같습니다. 커널을 띄우지 않고 주입만 해 봅시다(`prepare_only`).

# %%
no_tag = write_notebook("no_tag", PARAMETERS, READ, REPORT)
warnings.clear()
prepared = papermill.execute_notebook(
    no_tag, None, parameters={"month": "2013-12"}, prepare_only=True, progress_bar=False
)
for number, cell in enumerate(prepared.cells):
    print(number, cell.metadata.get("tags", []), cell.source.splitlines()[-1])
print("경고:", warnings)

# %% [markdown]
# 끼울 자리를 찾지 못하자 맨 위에 끼웠습니다. 바로 아래에서 기본값이 다시 덮어쓰므로, 이번에도 3월이 나올 것입니다.
#
# ## 커널이 뜨기 전에 거절하기
#
# `mlops_lab.run_notebook`도 속에서는 papermill을 씁니다. 다른 점은 **실행하기 전에 묻는다**는 것입니다. `parameters` 셀을 파이썬의
# 파서로 읽어, 어떤 이름이 어떤 형식으로 있는지 알아낸 다음 받은 것과 견줍니다.

# %%
log = []
try:
    run_notebook(late_report, folder / "refused.ipynb", {"mnth": "2013-12"}, log=log.append)
except BadParameter as error:
    print(error)
print("\n로그:", log)
print("결과 파일이 있습니까?", (folder / "refused.ipynb").exists())

# %% [markdown]
# 로그가 비었고 결과 파일도 없습니다. 커널은 뜨지도 않았습니다. 그리고 가장 가까운 이름을 짚어 줍니다.
#
# 태그가 없는 노트북도 거절합니다. 명령줄에서도 같습니다. 터미널이라면 이렇게 칩니다.
#
# ```bash
# mlops-lab run no_tag.ipynb -p month=2013-12
# ```
#
# 아래의 셀은 같은 명령을 파이썬에서 부릅니다.

# %%
done = subprocess.run(
    [sys.executable, "-m", "mlops_lab", "run", no_tag.name, "-p", "month=2013-12"],
    capture_output=True,
    text=True,
    cwd=folder,
)
print(done.stderr)
print("끝 상태:", done.returncode)

# %% [markdown]
# **끝 상태**(Exit Status)는 프로그램이 끝나며 남기는 수입니다. 0이면 성공이고, 스케줄러는 이것만 보고 성패를 압니다. `mlops-lab run`은
# 노트북이 실패하면 1, 요청이 잘못되었으면 2로 끝납니다. 둘을 나눈 까닭은 [12](12_notebook_task.ipynb)에서 드러납니다. 1은 다시 해 보면 될
# 수도 있지만, 2는 백 번을 다시 해도 2입니다.

# %% [markdown]
# ## 값이 글자가 될 때
#
# 이름이 맞아도 값이 변할 수 있습니다. 두 공항만 보겠다고 튜플을 넘기고, 지연의 기준은 글자 `"30"`으로 넘겨 봅시다. 글자로 넘기는 일은
# 흔합니다. 명령줄의 인자는 모두 글자이고, Airflow의 템플릿(`{{ ds }}` 같은 것)도 글자를 찍어 냅니다.
#
# 주입된 셀이 어떻게 적히는지 나란히 봅니다.

# %%
sent = {"airports": ("JFK", "LGA"), "late_minutes": "30"}
theirs = papermill.execute_notebook(late_report, None, parameters=sent, prepare_only=True, progress_bar=False)
ours = run_notebook(late_report, folder / "two_airports.ipynb", sent)


def injected(notebook):
    """주입된 셀의 이름마다 적힌 것."""
    lines = next(c for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", [])).source
    return dict(line.split(" = ", 1) for line in lines.splitlines() if " = " in line)


pd.DataFrame(
    {
        "보낸 값": {name: repr(value) for name, value in sent.items()},
        "papermill": injected(theirs),
        "run_notebook": injected(nbformat.read(ours.output, as_version=4)),
    }
)

# %% [markdown]
# papermill은 튜플을 따옴표로 감쌌습니다. 이제 `airports`는 공항 두 곳이 아니라 **글자 열넷**입니다. `run_notebook`은 `parameters` 셀에
# 적힌 형식(`tuple[str, ...]`, `int`)을 알므로 튜플은 튜플로 두고 `"30"`은 수로 바꾸었습니다.
#
# 글자가 된 튜플로 끝까지 실행하면 어떻게 될까요? `late_minutes`는 기본값으로 두고 공항만 넘깁니다.

# %%
sent = {"airports": ("JFK", "LGA")}
wrong = with_papermill(late_report, "wrong_type", sent)
right = run_notebook(late_report, folder / "right_type.ipynb", sent)
print("papermill의 경고:", warnings)
print(shown(wrong))
print("\nrun_notebook:", right.results)

# %% [markdown]
# `flights`와 `late_rate`는 같습니다. `"JFK" in "('JFK', 'LGA')"`가 **우연히** 참이기 때문입니다. 그런데 `per_airport`는 공항의 수가
# 아니라 글자의 수로 나누었습니다. 대부분이 맞는 보고서의 한 칸만 틀렸습니다. 이런 것은 사람의 눈으로도 잘 찾지 못합니다.
#
# 경고를 다시 봅시다. papermill은 `airports`가 **모르는 이름**이라고 합니다. `parameters` 셀에 버젓이 있는 이름인데도 그렇습니다.
# papermill은 이 셀을 정규식으로 읽고, 그 정규식은 `tuple[str, ...]`라는 형식을 읽지 못하기 때문입니다. 진짜 오타에도, 멀쩡한 이름에도 같은
# 경고가 납니다. 그러니 경고를 지켜보는 것으로는 오타를 막을 수 없습니다.
#
# 바꿀 수 없는 값은 바꾸지 않고 거절합니다.

# %%
try:
    run_notebook(late_report, folder / "refused.ipynb", {"late_minutes": "서른"})
except BadParameter as error:
    print(error)

# %% [markdown]
# ## 결과를 받기
#
# papermill이 돌려주는 것은 노트북입니다. 지연율 하나를 얻으려고 우리는 출력에 적힌 글을 잘라 읽어야 했습니다(`shown`). `record`로 넘긴
# 값은 `run_notebook`이 사전으로 돌려주고, 노트북 곁에 `.results.json`으로도 남깁니다. 다른 프로그램은 이 파일을 읽으면 됩니다. 명령줄에서는
# `mlops-lab run ... --json`이 같은 내용을 찍습니다.

# %%
print(right.results["late_rate"])
print(right.status, right.cells)
print(sorted(path.name for path in folder.glob("right_type.*")))

# %% [markdown]
# 코드 셀이 넷인 까닭은 주입된 셀도 세기 때문입니다. `.html`은 브라우저로 볼 수 있는 사본입니다.
#
# ### 연습 11-1
#
# 12월에 JFK를 떠난 항공편 가운데 **한 시간** 넘게 늦은 것의 비율을 구합니다. `late_report`를 고치지 말고 `run_notebook`으로 실행해,
# 돌려받은 것을 통째로 `answer`에 넣습니다. 결과 파일은 `folder / "my_report.ipynb"`에 둡니다.

# %% tags=["stub"]
answer = ...

# %% tags=["solution"]
answer = run_notebook(
    late_report,
    folder / "my_report.ipynb",
    {"month": "2013-12", "airports": ["JFK"], "late_minutes": 60},
)
answer.results

# %%
check("11-1", answer)

# %% [markdown]
# ### 연습 11-2
#
# 동료가 요청 여섯을 보냈습니다. `run_notebook`이 **커널을 띄우기 전에 거절하는 것**은 무엇입니까? 글자의 목록을 `refused`에 넣습니다.
# 먼저 머리로 골라 보고, `NotebookRun(late_report, parameters=...).prepare()`로 확인합니다. `prepare`는 실행하지 않고 요청만 살핍니다.

# %%
from mlops_lab.lesson.exercises.lesson_11 import REQUESTS

pd.Series({letter: str(given) for letter, given in REQUESTS.items()}).to_frame("요청")

# %% tags=["stub"]
refused = ...

# %% tags=["solution"]
refused = []
for letter, given in REQUESTS.items():
    try:
        NotebookRun(late_report, parameters=given).prepare()
    except BadParameter as error:
        refused.append(letter)
        print(f"{letter}: {error}")

# %%
check("11-2", refused)

# %% [markdown]
# ## 실행된 노트북이 거짓말을 할 때
#
# 실행이 밤중에 실패했습니다. 아침에 출근해 저장된 노트북을 엽니다. 어디까지 되었을까요? papermill은 셀마다 상태를 적어 둡니다. 그것을 보면
# 될 것 같습니다.
#
# 셀이 셋인 노트북 둘을 만듭니다. 하나는 둘째 셀에서 커널이 죽습니다. 메모리가 모자라면 운영체제가 프로세스를 이렇게 죽입니다. 다른 하나는
# 둘째 셀에서 `sys.exit(0)`을 부릅니다. 스크립트를 노트북으로 옮기다 흔히 남는 줄입니다.

# %%
LAST = "print('모델을 저장했습니다.')"
DIE = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
night = {
    "커널이 죽음": write_notebook("dies", "print('자료를 읽었습니다.')", DIE, LAST),
    "sys.exit(0)": write_notebook("exits", "print('자료를 읽었습니다.')", "import sys\nsys.exit(0)", LAST),
}

# %% [markdown]
# 두 노트북 모두 **셋째 셀은 실행되지 않습니다**. 모델은 저장되지 않았습니다.
#
# **예상해 봅시다.** 커널이 죽은 노트북에서, 셋째 셀의 상태는 무엇으로 적혀 있을까요? `"completed"`(끝남), `"failed"`(실패),
# `"pending"`(아직) 가운데 하나를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "pending"


# %%
def told(run, name):
    """실행이 부른 쪽에 무엇을 알렸는지와, 저장된 노트북에 적힌 셀마다의 상태."""
    try:
        run()
        outcome = "성공(예외 없음)"
    except Exception as error:
        outcome = type(error).__name__
    cells = nbformat.read(folder / f"{name}.ipynb", as_version=4).cells
    states = [cell.metadata["papermill"]["status"] for cell in cells if cell.cell_type == "code"]
    return {"부른 쪽에 알린 것": outcome, "첫째 셀": states[0], "둘째 셀": states[1], "셋째 셀": states[2]}


rows = {}
for what, path in night.items():
    name = f"{path.stem}_papermill"
    rows["papermill", what] = told(lambda p=path, n=name: with_papermill(p, n), name)
reveal(my_guess, rows["papermill", "커널이 죽음"]["셋째 셀"])
pd.DataFrame(rows).T

# %% [markdown]
# 두 줄이 서로 반대로 거짓말을 합니다.
#
# - **커널이 죽음**: 부른 쪽은 실패를 압니다. 그런데 **파일**에는 셀 셋이 모두 `completed`입니다. 아침에 파일만 본 사람은 모델이
#   저장된 줄 압니다.
# - **sys.exit(0)**: 파일에는 `failed`와 `pending`이 적혔습니다. 그런데 **부른 쪽**은 성공이라고 들었습니다. Airflow의 태스크라면 초록이
#   되고, 다음 태스크가 없는 모델을 찾습니다.
#
# 같은 노트북을 `run_notebook`으로 실행해 봅시다.

# %%
for what, path in night.items():
    name = f"{path.stem}_ours"
    rows["run_notebook", what] = told(
        lambda p=path, n=name: run_notebook(p, folder / f"{n}.ipynb", html=False), name
    )
pd.DataFrame(rows).T

# %% [markdown]
# 알린 것과 적힌 것이 같습니다. 저장된 노트북의 맨 위에는 무슨 일이 있었는지 적은 셀도 붙습니다. 커널이 죽은 쪽의 것입니다.

# %%
HTML(nbformat.read(folder / "dies_ours.ipynb", as_version=4).cells[0].source)

# %% [markdown]
# ## 한 권으로 열두 달
#
# 이제 처음의 일로 돌아갑니다. 노트북은 한 권이고 달은 열둘입니다.

# %%
year = []
for month in flights.MONTHS:
    result = run_notebook(late_report, folder / "months" / f"{month}.ipynb", {"month": month}, html=False)
    year.append(result.results)
year = pd.DataFrame(year)
year

# %%
default = year.loc[year["month"] == "2013-03", "late_rate"].item()
fig, ax = plt.subplots(figsize=(8, 3.4))
bars = ax.bar([f"{int(m[-2:])}월" for m in year["month"]], 100 * year["late_rate"], color="#56B4E9")
ax.bar_label(bars, fmt="%.0f", label_type="center")
ax.axhline(
    100 * default,
    color="#D55E00",
    linestyle="--",
    linewidth=2,
    label="이름에 오타가 있었다면: 열두 달 모두 3월의 값",
)
ax.set(ylabel="지연율(%)", ylim=(0, 42), title="노트북 한 권을 열두 달로 실행한 결과")
ax.grid(visible=False, axis="x")
ax.legend(loc="upper left")
show(
    fig,
    "달마다의 지연율 막대. 6월 31 %, 7월 32 %, 9월 13 %, 12월 33 %입니다. 오타가 있었다면 열두 달이 모두 점선인 23 %였을 것입니다.",
)

# %% [markdown]
# 점선을 봅시다. `mnth`라는 오타가 든 채로 열두 번 실행했다면, 막대가 모두 이 높이였을 것입니다. 1월과 2월, 5월과 8월만 보았다면 이상하다고
# 생각했을까요? 네 달은 정말로 3월과 비슷합니다.
#
# 열두 권이 `months` 폴더에 남았습니다. 어느 달의 수가 이상하면 그 달의 노트북을 열어 봅니다. 그 달만 다시 실행해도 다른 달은 그대로입니다.
#
# ### 연습 11-3
#
# 여러분의 노트북을 만듭니다. 한 달 동안 **항공사 하나**가 얼마나 늦었는지 정리하는 `carrier_report`입니다.
#
# - 매개변수는 둘입니다. `month`의 기본값은 `"2013-03"`, `carrier`의 기본값은 `"UA"`입니다.
# - `record`로 `flights`(도착한 항공편의 수)와 `late_rate`(15분 넘게 늦은 비율)를 넘깁니다.
#
# 앞의 `write_notebook`을 써도 되고, JupyterLab에서 새 노트북을 만들어 태그를 붙여도 됩니다. 파일의 경로를 `mine`에 넣습니다. 검사는 그 노트북을
# 여러 달과 항공사로 **정말 실행해** 봅니다. `late_report`의 셀에서 빌려 올 것이 많습니다. 항공사는 `flights`의 `carrier` 열에 있습니다.

# %% tags=["stub"]
mine = ...

# %% tags=["solution"]
MINE = """import pandas as pd
from mlops_lab import flights, record

flights.check_month(month)  # 없는 달이면 여기에서 까닭을 말하고 멈춥니다.
warehouse = flights.home() / "warehouse" / month
plan = pd.read_csv(warehouse / "flights.csv.gz")
labels = pd.read_csv(warehouse / "labels.csv.gz")
delays = labels.merge(plan[plan["carrier"] == carrier], on="flight_id")["arr_delay"]
record(flights=len(delays), late_rate=round(float((delays > 15).mean()), 3))"""
mine = write_notebook("carrier_report", MINE, parameters='month: str = "2013-03"\ncarrier: str = "UA"')

# %%
check("11-3", mine)

# %% [markdown] tags=["quiz"]
# 1. papermill로 실행한 노트북의 `parameters` 셀과 주입된 셀은 어떤 순서로 놓입니까?
#     - [ ] 주입된 셀이 맨 위에 놓이고, 그 아래에서 기본값이 덮어씁니다 :: 태그를 잊었을 때 일어나는 일입니다. 그래서 넘긴 값이
#       사라졌습니다.
#     - [x] 기본값이 먼저, 주입된 셀이 바로 뒤에 놓입니다 :: 그래서 넘긴 이름만 덮이고 나머지는 기본값으로 남습니다.
#     - [ ] 기본값을 지우고 그 자리에 놓입니다 :: 원래의 셀은 그대로 남습니다. 실행된 노트북을 열어 보면 두 셀이 다 있습니다.
# 2. 밤에 돈 실행이 예외 없이 끝났습니다. papermill을 썼다면 무엇을 알 수 있습니까?
#     - [ ] 모든 셀이 실행되었습니다 :: `sys.exit(0)`을 부른 노트북도 예외 없이 끝났습니다.
#     - [ ] 넘긴 매개변수가 모두 쓰였습니다 :: 없는 이름은 경고만 남습니다.
#     - [x] 예외가 밖으로 나오지 않았다는 것뿐입니다 :: 셀마다의 상태와 경고, 주입된 셀까지 보아야 합니다.
# 3. `month`를 `"2013-3"`으로 넘기면 `run_notebook`은 어떻게 합니까?
#     - [x] 요청은 받고, 노트북의 셀에서 실패합니다 :: 형식은 글자가 맞습니다. 그런 달의 파일이 없다는 것은 읽어 보아야 압니다. 그래서
#       값의 뜻은 노트북이 첫머리에서 살피는 것이 좋습니다.
#     - [ ] 커널을 띄우기 전에 거절합니다 :: 살피는 것은 이름과 형식입니다. `"2013-3"`도 글자이므로 통과합니다.
#     - [ ] `"2013-03"`으로 고쳐서 실행합니다 :: 선언된 형식으로 바꿀 뿐, 뜻을 짐작해 고치지 않습니다.
# 4. 큰 표를 다음 단계로 넘기려면 어떻게 합니까?
#     - [ ] `record(table=표)`로 넘깁니다 :: `record`는 JSON으로 나를 수 있는 작은 값만 받습니다.
#     - [ ] 출력에 찍어 두고, 다음 단계가 노트북에서 읽습니다 :: 글로 찍힌 표는 자릿수와 형식을 잃습니다.
#     - [x] 파일로 쓰고, 그 경로를 `record`로 넘깁니다 :: 작은 것은 값으로, 큰 것은 경로로 넘깁니다.

# %% [markdown]
# ## 정리
#
# - 달라지는 값은 `parameters` 태그를 붙인 셀에 이름, 형식, 기본값으로 적습니다. 노트북은 한 권이면 됩니다.
# - 받은 값은 그 바로 뒤의 주입된 셀이 덮어씁니다. 그래서 이름이 틀리면 기본값의 결과가 나옵니다.
# - papermill은 오타와 빠진 태그에 경고만 남기고, 어떤 값은 글자로 바꿉니다. `run_notebook`은 커널을 띄우기 전에 거절하거나 바르게 바꿉니다.
# - 커널이 죽은 실행의 파일에는 실행하지 않은 셀도 `completed`로 적힙니다. `sys.exit(0)`은 성공으로 끝납니다.
# - 결과는 `record`로 이름을 붙여 넘깁니다. 큰 것은 파일로 쓰고 경로를 넘깁니다.
#
# 다음: [12. 노트북을 Airflow 태스크로](12_notebook_task.ipynb)
