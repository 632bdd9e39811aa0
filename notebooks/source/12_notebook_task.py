# %% [markdown]
# # 12. 노트북을 Airflow 태스크로
#
# **시간** 50분 · **먼저 읽을 것** [09. 오퍼레이터, 센서, TaskFlow](09_operators_sensors_taskflow.ipynb), [11. 노트북에 매개변수를](11_notebook_parameters.ipynb)
#
# 이 수업을 마치면 다음을 할 수 있습니다.
#
# - 노트북 한 권을 `NotebookOperator`로 Airflow의 태스크로 만들고, 결과를 다음 태스크에 넘깁니다.
# - 공식 `PapermillOperator`가 해 주는 일과 해 주지 않는 일을 말합니다.
# - 밤에 실패한 노트북을 로그, 화면, 파일에서 찾아 어느 셀이 왜 멈췄는지 읽습니다.
# - 재시도할 만한 실패와 재시도해도 소용없는 실패를 가릅니다.
# - 노트북 한 권을 여러 달에 매핑합니다.

# %% [markdown]
# ## 새벽 3시의 노트북
#
# [11](11_notebook_parameters.ipynb)에서 노트북은 함수처럼 되었습니다. 달을 넣으면 보고서가 나옵니다. 이제 이것을 달마다 새벽 3시에 실행하려
# 합니다. 그 시각에 JupyterLab 앞에 앉아 있을 사람은 없습니다. 그래서 Airflow의 태스크로 만듭니다.
#
# 사람이 없다는 것은, 아침에 온 사람이 **남은 것만 보고** 무슨 일이 있었는지 알아야 한다는 뜻입니다. 노트북 태스크에 네 가지를
# 묻겠습니다. 이 수업은 이 네 질문을 따라갑니다.
#
# 1. 넣으려던 값이 정말로 들어갔습니까?
# 2. 결과를 다음 태스크가 받을 수 있습니까?
# 3. 실패했다면 어디를 열어 보면 됩니까?
# 4. 다시 시도해서 성공했다면, 처음의 실패는 어디에 남았습니까?
#
# Airflow에 연결하고, 3월부터 12월까지의 자료를 들입니다.

# %%
import json
from urllib.parse import quote

import nbformat
from IPython.display import HTML
from matplotlib.figure import Figure

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson import check, connect, reveal, show, use_korean
from mlops_lab.lesson.exercises.lesson_12 import LATE_REPORT, REQUESTS, write_notebook
from mlops_lab.runner import run_path

use_korean()
lab = connect()
home = flights.home()
for month in flights.MONITORED:
    steps.prepare(month, home, "features", "labels")  # 아직 들이지 않은 달이면 들입니다.
for dag_id in ("report_by_papermill", "report", "night", "month_mapping", "inbox", "my_report", "my_summer"):
    lab.forget(dag_id)  # 이 수업을 전에 했다면, 그때의 실행을 지웁니다.

# %% [markdown]
# ## 태스크가 될 노트북
#
# 한 달의 지연을 정리하는 노트북 `late_report`입니다. 절이 넷이고, 첫 절이 `parameters` 셀입니다. 여러분의 DAG 폴더(`workspace/dags`)에
# 둡니다. DAG 파일과 노트북이 곁에 있으면 함께 옮기고 함께 고치기 쉽습니다.

# %%
write_notebook("late_report", LATE_REPORT)
for title, code in LATE_REPORT.items():
    print(f"## {title}\n{code}\n")

# %% [markdown]
# 셈하기의 마지막 두 줄은 노트북이 **스스로 하는 검사**입니다. 사람이 보지 않는 노트북은 이상한 값을 조용히 넘기지 말고 멈춰야 합니다.

# %% [markdown]
# ## 공식 오퍼레이터: PapermillOperator
#
# Airflow에는 노트북을 위한 공식 오퍼레이터가 있습니다. `apache-airflow-providers-papermill`이라는 프로바이더에 들어 있습니다.
# **프로바이더**(Provider)는 Airflow에 오퍼레이터를 더해 주는 패키지입니다. 쓰는 법은 이렇습니다.
#
# ```python
# from airflow.providers.papermill.operators.papermill import PapermillOperator
#
# PapermillOperator(
#     task_id="report",
#     input_nb="late_report.ipynb",
#     output_nb="runs/late_report-2013-12.ipynb",
#     parameters={"month": "2013-12"},
# )
# ```
#
# 이 환경에는 설치되어 있습니까?

# %%
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

for package in ("apache-airflow-providers-papermill", "papermill"):
    try:
        print(f"{package}: {version(package).split('.')[0]}번대의 판이 있습니다")
    except PackageNotFoundError:
        print(f"{package}: 없습니다")

extra = {Requirement(line).name for line in requires("papermill") if 'extra == "all"' in line}
print("papermill[all]이 더 데려오는 것:", ", ".join(sorted(extra)))

# %% [markdown]
# 일부러 넣지 않았습니다. 이 프로바이더는 papermill만이 아니라 `papermill[all]`과 `scrapbook[all]`을 요구하고, 그것이 다시 클라우드 세 곳의
# 패키지를 데려옵니다. 노트북을 이 컴퓨터에서 실행하는 데에는 쓰지 않는 것입니다. 따로 써 보려면 `uv sync --all-extras`로 설치합니다.
# 그러면 [`dags/12_notebook_task.py`](../dags/12_notebook_task.py)의 DAG에 공식 오퍼레이터의 태스크가 나란히 나타납니다.
#
# 없는 것을 실행해 보일 수는 없습니다. 그런데 공식 오퍼레이터의 소스(3.13)를 읽어 보면, `execute`의 알맹이는 **papermill의 함수를 한 번 부르는
# 것**입니다. papermill은 여기에도 있습니다. 그래서 같은 호출을 `@task`로 적으면, 값이 들어가고 결과가 나오는 모습은 그대로 볼 수 있습니다.
#
# 시험 삼아 11의 그 오타를 넣습니다. `month`가 아니라 `mnth`입니다. 셀의 첫 줄 `%%write_dag`는 나머지 글을 여러분의 DAG 폴더에 파일로
# 쓰고, Dag 프로세서가 읽기를 기다립니다.

# %%
# %%write_dag report_by_papermill.py
from pathlib import Path

from airflow.sdk import DAG, task

HERE = Path(__file__).parent

with DAG("report_by_papermill"):

    @task
    def report():
        import papermill  # 무거운 것은 태스크 안에서 불러옵니다.

        output = HERE.parent / "lessons" / "12" / "by_papermill.ipynb"
        output.parent.mkdir(parents=True, exist_ok=True)
        papermill.execute_notebook(
            HERE / "late_report.ipynb",
            output,
            parameters={"mnth": "2013-12"},  # 오타
            progress_bar=False,
            report_mode=True,  # 공식 오퍼레이터는 늘 이렇게 부릅니다: 코드 셀을 접어서 저장합니다.
        )
        return str(output)

    report()

# %% [markdown]
# **예상해 봅시다.** 이 태스크는 어떤 상태로 끝날까요? `"성공"`과 `"실패"` 가운데 하나를 적습니다.

# %% tags=["stub"]
my_guess = ...

# %% tags=["solution"]
my_guess = "실패"

# %%
by_papermill = lab.wait(lab.trigger("report_by_papermill"))
reveal(my_guess, by_papermill.tasks["report"])
handed_on = lab.xcom(by_papermill, "report")
print("다음 태스크가 받는 것:", handed_on.rpartition("/")[2])
print("그 노트북이 찍은 것:", nbformat.read(handed_on, as_version=4).cells[-5].outputs[0]["text"])

# %% [markdown]
# 초록입니다. 12월의 보고서를 만들라고 했는데 3월의 보고서가 나왔고, Airflow는 성공이라고 적었습니다. 11에서는 혼자 본 일이지만, 이제는
# 뒤에 태스크가 줄지어 있습니다. 모두 3월의 수로 초록이 됩니다.
#
# 네 질문에 답을 적어 봅시다. 소스에서 읽은 것과 방금 본 것입니다.
#
# | 질문 | 공식 `PapermillOperator` |
# |---|---|
# | 값이 들어갔습니까? | 이름을 견주지 않습니다. 틀린 이름은 로그에 경고 한 줄입니다 |
# | 결과를 받습니까? | 결과 노트북이 **어디 있는지**만 XCom으로 갑니다. 수 하나를 쓰려면 다음 태스크가 그 파일을 열어 출력을 뒤집니다 |
# | 어디를 엽니까? | 화면에 링크가 없습니다. `output_nb`에 적은 자리를 찾아갑니다. 셀이 찍는 글은 `log_output=True`일 때만 로그에 나옵니다 |
# | 처음의 실패는? | `output_nb`는 하나입니다. 다시 시도하면 그 위에 덮어씁니다 |
#
# 나쁘게 만들어서가 아닙니다. papermill을 Airflow에서 부를 수 있게 하는 것까지가 그 오퍼레이터의 일입니다. 나머지는 쓰는 사람이 채웁니다. 이
# 저장소의 `NotebookOperator`는 그 나머지를 채워 둔 것입니다.

# %% [markdown]
# ## NotebookOperator
#
# 같은 노트북을 `NotebookOperator`로 실행합니다. 달은 DAG의 매개변수로 받아 템플릿으로 넘깁니다. 다음 태스크 `announce`는 노트북이
# `record`로 넘긴 결과를 **사전으로** 받습니다.

# %%
# %%write_dag report.py
from airflow.sdk import DAG, task

from mlops_lab.airflow import NotebookOperator

with DAG("report", params={"month": "2013-03"}):
    report = NotebookOperator(
        task_id="report",
        notebook="late_report.ipynb",  # DAG 파일의 곁에서 찾습니다.
        parameters={"month": "{{ params.month }}", "late_minutes": "30"},
    )

    @task
    def announce(result):
        print(f"{result['month']}: {result['flights']:,}편 가운데 {result['late_rate']:.1%}가 늦었습니다.")

    announce(report.output)

# %%
run = lab.wait(lab.trigger("report", {"month": "2013-12"}))
lab.graph("report", run)
print(lab.xcom(run, "report"))
lab.log(run, "announce")

# %% [markdown]
# 첫째와 둘째 질문에 답이 나왔습니다.
#
# - 템플릿은 늘 **글자**를 만듭니다. `late_minutes`에도 일부러 글자 `"30"`을 넘겼습니다. 오퍼레이터는 `parameters` 셀의 `int`를 보고 수로
#   바꾸었습니다.
# - XCom에는 경로가 아니라 **결과**가 있습니다. `announce`는 파일을 열지 않았습니다.
#
# 노트북 태스크의 로그도 봅시다. 셀이 찍은 줄이 그때그때 흘러나옵니다. 몇 번째 셀의 어느 절인지도 함께 적힙니다.

# %%
lab.log(run, "report")

# %% [markdown]
# ### 남은 파일
#
# 셋째 질문, 어디를 엽니까? 실행마다 폴더가 하나, 시도마다 파일이 한 벌 남습니다.
#
# ```text
# workspace/runs/<dag>/<실행>/<태스크>/try-1.ipynb          실행된 노트북
#                                      try-1.html           브라우저로 볼 사본
#                                      try-1.results.json   넘긴 결과와 셀의 수
# ```


# %%
def folder_of(run, task_id, map_index=-1):
    """태스크가 남긴 파일의 폴더."""
    runs = home / "runs"
    return run_path(runs, run.dag_id, run.run_id, task_id, map_index=map_index).parent


print(sorted(path.name for path in folder_of(run, "report").iterdir()))
saved = json.loads((folder_of(run, "report") / "try-1.results.json").read_text("utf-8"))
print(saved["results"], saved["cells"])

# %% [markdown]
# 그런데 이 폴더를 찾아다닐 일은 거의 없습니다. **Airflow의 화면에 링크가 있기 때문입니다.** 지금 열어 봅시다.
#
# 1. Airflow의 화면에서 `report` DAG를 누르고, 방금의 실행을 고릅니다(주소와 로그인은 [00](00_getting_started.ipynb)에 있습니다).
# 2. 태스크 `report`를 누르고 **세부 정보** 탭을 엽니다.
# 3. **노트북 보기**를 누릅니다. 실행된 노트북이 그대로 열립니다.
#
# 링크는 태스크가 **시작할 때** 걸립니다. 그래서 한 시간 걸리는 노트북도 도는 동안 열어 볼 수 있고, 실패한 뒤에도 열립니다. 주소는 XCom에
# 있습니다.

# %%
link = lab.xcom(run, "report", "_link_NotebookLink")
print(link.replace(quote(run.run_id, safe=""), "<실행>"))

# %% [markdown]
# 이 페이지는 Airflow의 로그인과 DAG별 권한을 그대로 따릅니다. 그 DAG의 로그를 볼 수 없는 사람은 노트북도 볼 수 없습니다.
#
# ## 실패하는 밤
#
# 이제 실패시켜 봅시다. 노트북 하나를 더 만듭니다. 둘째 절에서 날씨 서버에 묻는데, 서버는 **처음 한 번만** 대답하지 않습니다. Airflow가 커널에
# 알려 주는 환경 변수(`AIRFLOW_CTX_TRY_NUMBER`, 몇 번째 시도인지)로 그런 서버를 흉내 냅니다.

# %%
ASK = """import os

if os.environ.get("AIRFLOW_CTX_TRY_NUMBER") == "1":
    raise ConnectionError("날씨 서버가 대답하지 않습니다")
print("날씨를 받았습니다.")"""

cells = list(LATE_REPORT.items())
cells.insert(2, ("날씨 묻기", ASK))
write_notebook("weather_report", dict(cells))
print(", ".join(title for title, _ in cells))

# %% [markdown]
# 태스크는 둘입니다. 둘 다 `retries=2`, 곧 실패하면 **두 번 더** 해 봅니다.
#
# - `weather`: 위의 노트북을 12월로 실행합니다.
# - `typo`: `late_report`를 실행하는데, 이름에 오타가 있습니다.

# %%
# %%write_dag night.py
from datetime import timedelta

from airflow.sdk import DAG

from mlops_lab.airflow import NotebookOperator

with DAG("night", default_args={"retries": 2, "retry_delay": timedelta(seconds=1)}):
    NotebookOperator(task_id="weather", notebook="weather_report.ipynb", parameters={"month": "2013-12"})
    NotebookOperator(task_id="typo", notebook="late_report.ipynb", parameters={"mnth": "2013-12"})

# %% [markdown]
# **예상해 봅시다.** 두 태스크는 저마다 몇 번 시도할까요? `(weather의 횟수, typo의 횟수)`를 적습니다.

# %% tags=["stub"]
my_tries = ...

# %% tags=["solution"]
my_tries = (2, 3)

# %%
night = lab.wait(lab.trigger("night"))
tried = {each.task_id: each.try_number for each in night.instances}
reveal(my_tries, (tried["weather"], tried["typo"]))
print()
print(night)

# %% [markdown]
# `weather`는 두 번 만에 성공했습니다. `typo`는 두 번이나 더 해 볼 수 있었는데 **한 번에 그만두었습니다**. 까닭은 로그에 있습니다.

# %%
lab.log(night, "typo")

# %% [markdown]
# 오타는 내일 다시 해도 오타입니다. 그래서 오퍼레이터는 실패를 둘로 나눕니다.
#
# | 실패 | 보기 | 재시도 |
# |---|---|---|
# | **요청이 틀렸다** | 모르는 이름, 맞지 않는 형식, 없는 노트북 | 커널을 띄우지 않고 바로 실패. 재시도하지 않습니다 |
# | **실행하다 실패했다** | 셀의 예외, 시간 초과, 죽은 커널 | `retries`만큼 다시 합니다 |
#
# `retry_delay`가 10분이고 `retries`가 3이면, 오타 하나로 30분을 기다리는 셈입니다. 그 30분 동안 아무도 모르게 두지 않고 곧바로 빨갛게
# 만들어야, 사람이 빨리 고칩니다.
#
# 이제 `weather`의 **첫째 시도**를 세 곳에서 봅시다. 실패를 찾는 세 길입니다.
#
# ### 첫째 길: 로그
#
# 지난 시도의 로그는 `try_number`로 고릅니다. 화면에서는 로그 위의 시도 번호를 누릅니다.

# %%
lab.log(night, "weather", try_number=1)

# %% [markdown]
# 몇 번째 셀, 어느 절, 무슨 예외인지 한 줄에 있습니다.
#
# ### 둘째 길: 화면의 링크
#
# **노트북 보기**를 누르면 맨 위에 배너가 있습니다. 페이지의 위쪽 줄에서 **시도 1**과 **시도 2**를 오갈 수 있습니다. 첫째 시도의 배너입니다.

# %%
failed = nbformat.read(folder_of(night, "weather") / "try-1.ipynb", as_version=4)
HTML(failed.cells[0].source)

# %% [markdown]
# ### 셋째 길: 파일
#
# 배너는 파일 안에도 있습니다. 방금의 것은 파일에서 꺼낸 것입니다. 그러니 파일을 메일로 받은 사람도 같은 것을 봅니다. 두 시도가 모두 남아
# 있는지 봅시다.

# %%
print(sorted(path.name for path in folder_of(night, "weather").glob("*.ipynb")))
print("typo의 폴더가 있습니까?", folder_of(night, "typo").exists())

# %% [markdown]
# 성공한 둘째 시도가 첫째의 실패를 덮지 않았습니다. 넷째 질문의 답입니다. `typo`는 커널이 뜨지 않았으므로 남긴 노트북도 없습니다. 셀마다의
# 상태를 그려 봅시다.


# %%
def cells_of(path):
    """코드 셀마다 (절의 제목, 상태)."""
    title, found = "", []
    for cell in nbformat.read(path, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            title = cell.source[3:]
        elif cell.cell_type == "code":
            name = "주입된 셀" if "injected-parameters" in tags else title
            found.append((name, cell.metadata["papermill"]["status"]))
    return found


LOOKS = {
    "completed": ("#D9F0E6", "#009E73", "✓ 완료"),
    "failed": ("#FBE3D5", "#D55E00", "✗ 실패"),
    "pending": ("#F2F2F2", "#7F7F7F", "- 실행하지 않음"),
}
tries = {f"시도 {n}": cells_of(folder_of(night, "weather") / f"try-{n}.ipynb") for n in (1, 2)}
fig = Figure(figsize=(9, 2.6), layout="constrained")
ax = fig.subplots()
for row, cells in enumerate(tries.values()):
    for column, (name, status) in enumerate(cells):
        fill, edge, word = LOOKS[status]
        ax.barh(row, 0.9, left=column, height=0.7, color=fill, edgecolor=edge, linewidth=2)
        ax.text(column + 0.45, row - 0.13, name, ha="center", va="center")
        ax.text(column + 0.45, row + 0.16, word, ha="center", va="center", fontsize=9)
ax.set_yticks(range(len(tries)), list(tries))
ax.set(xticks=[], xlim=(-0.05, 5.95), ylim=(1.5, -0.5), title="weather의 두 시도: 셀마다의 상태")
ax.grid(visible=False)
for side in ax.spines.values():
    side.set_visible(False)
show(
    fig,
    "두 시도의 셀 여섯. 시도 1은 매개변수, 주입된 셀, 읽기까지 완료, 날씨 묻기에서 실패, 셈하기와 넘기기는 실행하지 않음. 시도 2는 여섯 모두 완료.",
)

# %% [markdown]
# 11에서 papermill이 죽은 커널의 셀을 모두 `completed`로 적은 것을 떠올려 봅시다. 여기서는 실패한 셀이 `failed`, 그 뒤는 `pending`입니다.
# 남은 것만 보는 아침의 사람에게는 이 차이가 전부입니다.

# %% [markdown]
# ### 연습 12-1
#
# 동료가 보고서 요청 여섯을 파일로 보내 두고 퇴근했습니다. DAG `inbox`가 요청마다 `late_report`를 실행합니다. **몇 개는 실패합니다.**
#
# - `"거절"`: 커널이 뜨지도 않고 거절된 요청의 번호(0부터 5)를 목록으로
# - `"실패"`: 셀까지 가서 실패한 요청을 `{번호: "절의 제목"}`으로
#
# `answer`의 두 자리를 채웁니다. `lab.log(inbox, "report", map_index=0)`처럼 하나씩 볼 수도 있고,
# 남은 파일을 볼 수도 있습니다.

# %%
_ = (home / "dags" / "inbox.json").write_text(json.dumps(REQUESTS), encoding="utf-8")

# %%
# %%write_dag inbox.py
import json
from pathlib import Path

from airflow.sdk import DAG

from mlops_lab.airflow import NotebookOperator

REQUESTS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

with DAG("inbox"):
    NotebookOperator.partial(task_id="report", notebook="late_report.ipynb").expand(parameters=REQUESTS)

# %%
inbox = lab.wait(lab.trigger("inbox"))
lab.graph("inbox", inbox)
inbox

# %% tags=["stub"]
answer = {"거절": ..., "실패": ...}

# %% tags=["solution"]
answer = {"거절": [], "실패": {}}
for index in (each.map_index for each in inbox.instances if each.state == "실패"):
    print(f"[{index}]")
    lab.log(inbox, "report", map_index=index)
    left = folder_of(inbox, "report", index) / "try-1.ipynb"
    if left.exists():
        answer["실패"][index] = next(title for title, status in cells_of(left) if status == "failed")
    else:
        answer["거절"].append(index)
answer

# %%
check("12-1", answer)

# %% [markdown]
# ## 한 권으로 여러 달: 매핑
#
# 연습에서 요청 여섯이 태스크 인스턴스 여섯이 되었습니다. 이것을 **동적 태스크 매핑**(Dynamic Task Mapping)이라고 합니다. `partial`에는 모두 같은
# 것을, `expand`에는 저마다 다른 것을 적습니다.
#
# ```python
# NotebookOperator.partial(task_id="ingest", notebook=...).expand(
#     parameters=[{"month": "2013-03"}, {"month": "2013-04"}]
# )
# ```
#
# 반복문으로 태스크를 여럿 만드는 것과 무엇이 다를까요? `expand`의 목록은 **실행할 때** 정해져도 됩니다. 앞 태스크가 돌려준 목록을 그대로 받을 수
# 있습니다. 달이 열둘이든 쉰이든 DAG의 그림은 그대로입니다.
#
# 프로젝트의 [`dags/12_month_mapping.py`](../dags/12_month_mapping.py)가 세 달을 들이고 합을 냅니다.

# %%
mapping = lab.wait(lab.trigger("month_mapping"))
lab.graph("month_mapping", mapping)
mapping

# %% [markdown]
# 번호 대신 달이 보이는 것은 `map_index_template` 덕분입니다. 연습의 `inbox`에는 이것이 없어서 번호만 보였습니다. 매핑된 태스크가 넘긴 것은 차례대로
# 목록이 됩니다.

# %%
print([each["rows"] for each in lab.xcom(mapping, "ingest")])
print(lab.xcom(mapping, "add_up"))

# %% [markdown]
# 4월만 실패했다면 4월만 지우고(Clear) 다시 실행하면 됩니다. 3월과 5월은 그대로입니다. 노트북 한 권에 반복문을 넣어 세 달을 돌렸다면 이렇게 할 수
# 없습니다. **나누는 단위가 곧 다시 하는 단위입니다.**
#
# 그렇다고 잘게만 나눌 일도 아닙니다. 태스크마다 커널이 하나씩 뜹니다. 이 저장소의 예열 커널로는 1초가 안 걸리지만, 보통 커널이라면 pandas와
# scikit-learn을 불러오는 데에만 몇 초가 듭니다.

# %% [markdown]
# ### 연습 12-2
#
# 여러분의 DAG를 만듭니다. `dag_id`는 `my_report`입니다.
#
# - 태스크는 `report` 하나이고, `NotebookOperator`로 `late_report.ipynb`를 실행합니다.
# - 7월에 **한 시간** 넘게 늦은 비율을 구합니다.
# - 실행하다 실패하면 **한 번** 더 해 봅니다. 다시 하기까지 5초를 기다립니다.
#
# 검사는 그 DAG를 진짜 스케줄러로 실행해 보고, 넘긴 결과를 봅니다.

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag my_report.py`로 바꾸고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag my_report.py
from datetime import timedelta

from airflow.sdk import DAG

from mlops_lab.airflow import NotebookOperator

with DAG("my_report"):
    NotebookOperator(
        task_id="report",
        notebook="late_report.ipynb",
        parameters={"month": "2013-07", "late_minutes": 60},
        retries=1,
        retry_delay=timedelta(seconds=5),
    )

# %%
check("12-2", "my_report")

# %% [markdown]
# ### 연습 12-3
#
# 이번에는 `my_summer`입니다.
#
# - `late_report`를 6월, 7월, 8월, 9월에 **매핑**합니다. 태스크의 이름은 `report`입니다.
# - 뒤에 `worst`라는 태스크를 두어, 네 달의 결과 가운데 지연율이 가장 높은 **달**(`"2013-06"` 같은 글자)을 돌려줍니다.
#
# 검사는 실행한 뒤에 `worst`의 XCom을 보고, 그 값이 네 노트북의 결과에서 나온 것인지도 봅니다.

# %% tags=["stub"]
# 이 셀의 첫 줄을 `%%write_dag my_summer.py`로 바꾸고, 그 아래에 DAG를 적습니다.

# %% tags=["solution"]
# %%write_dag my_summer.py
from airflow.sdk import DAG, task

from mlops_lab.airflow import NotebookOperator

MONTHS = ["2013-06", "2013-07", "2013-08", "2013-09"]

with DAG("my_summer"):
    report = NotebookOperator.partial(
        task_id="report",
        notebook="late_report.ipynb",
        map_index_template="{{ task.parameters['month'] }}",
    ).expand(parameters=[{"month": month} for month in MONTHS])

    @task
    def worst(results):
        return max(results, key=lambda result: result["late_rate"])["month"]

    worst(report.output)

# %%
check("12-3", "my_summer")

# %% [markdown] tags=["quiz"]
# 1. 노트북 태스크가 초록으로 끝났습니다. `PapermillOperator`를 썼다면 아침에 무엇부터 확인해야 합니까?
#     - [ ] 스케줄러가 살아 있는지 :: 태스크가 끝난 것을 보면 살아 있었습니다.
#     - [ ] 태스크가 몇 초 걸렸는지 :: 빨라도 느려도, 어느 달을 셈했는지는 알 수 없습니다.
#     - [x] 결과가 정말 그 달의 것인지 :: 틀린 이름은 경고만 남기고 기본값으로 실행됩니다. 방금 12월 대신 3월이 나왔습니다.
# 2. `retries=3`인 `NotebookOperator`가 재시도 없이 곧바로 실패했습니다. 무엇을 짐작할 수 있습니까?
#     - [x] 요청이 틀렸습니다 :: 이름, 형식, 노트북의 경로처럼 다시 해도 그대로인 것은 재시도하지 않습니다. 로그를 보고 고칩니다.
#     - [ ] 커널이 메모리 부족으로 죽었습니다 :: 죽은 커널은 재시도합니다. 다시 하면 될 수도 있기 때문입니다.
#     - [ ] 재시도 사이의 시간이 너무 짧았습니다 :: 시간이 짧으면 금세 다시 할 뿐, 하지 않는 것은 아닙니다.
# 3. 첫 시도가 실패하고 둘째 시도가 성공했습니다. 첫 시도가 어느 셀에서 실패했는지 알려면 어떻게 합니까?
#     - [ ] 알 수 없습니다. 성공한 노트북이 덮어썼습니다 :: 결과 파일이 하나일 때의 이야기입니다. 여기서는 시도마다 파일이 따로입니다.
#     - [ ] 다시 실패할 때까지 기다립니다 :: 기다릴 것 없이 남은 것을 보면 됩니다.
#     - [x] 시도 1의 로그나 `try-1.ipynb`를 봅니다 :: 화면의 "노트북 보기"에서도 시도 1을 고를 수 있습니다.
# 4. 열두 달을 노트북 한 권의 반복문으로 도는 대신 매핑하면 무엇이 좋습니까?
#     - [ ] 전체가 쓰는 CPU 시간이 줄어듭니다 :: 커널이 열두 번 뜨므로 오히려 조금 더 씁니다.
#     - [x] 한 달만 실패하면 그 달만 다시 하면 됩니다 :: 나누는 단위가 다시 하는 단위입니다. 나란히 실행될 수도 있습니다.
#     - [ ] 노트북의 `parameters` 셀이 필요 없어집니다 :: 매핑은 바로 그 매개변수로 달을 넘깁니다.

# %% [markdown]
# ## 정리
#
# - 사람이 없는 실행은 남은 것으로 말합니다. 값이 들어갔는지, 결과를 받는지, 어디를 여는지, 실패가 남는지를 묻습니다.
# - 공식 `PapermillOperator`는 papermill을 한 번 부릅니다. 오타는 초록이 되고, 받는 것은 파일의 자리뿐입니다.
# - `NotebookOperator`는 이름과 형식을 커널이 뜨기 전에 살피고, `record`로 넘긴 것을 XCom으로 돌려줍니다.
# - 실패는 로그, "노트북 보기", `runs` 폴더의 파일이 같은 말을 합니다. 시도마다 한 벌씩 남습니다.
# - `partial`과 `expand`로 노트북 한 권을 여러 달에 매핑합니다. 나누는 단위가 다시 하는 단위입니다.
#
# 다음: [13. 종합: 드리프트를 감시하고 다시 학습하는 파이프라인](13_flight_delay_pipeline.ipynb)
