"""사람처럼 Airflow의 화면을 걷습니다. 시험과 `make pictures`가 같은 걸음을 걷고, 그림은 여기에서만 나옵니다.

python -m tests.browser.airflow_ui docs/images
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as ec

from mlops_lab.lesson.machine import AIRFLOW
from mlops_lab.stack import Stack, start, write_dag
from tests.browser.chromium import chromium, click, picture, resize, wait
from tests.common import ROOT

NOTEBOOK_LINK = "노트북 보기"
DAG = """
from airflow.sdk import DAG
from mlops_lab.airflow import NotebookOperator

with DAG("{dag_id}", description="항공편 한 달의 드리프트를 판정합니다", tags=["노트북"]):
    ingest = NotebookOperator(
        task_id="ingest", notebook="{notebooks}/01_ingest.ipynb", parameters={{"month": "{month}"}}
    )
    drift = NotebookOperator(
        task_id="drift", notebook="{notebooks}/02_drift.ipynb", parameters={{"month": "{month}"}}
    )
    ingest >> drift
"""
"""화면에서 실행할 DAG. 매개변수에 이 컴퓨터의 경로가 없어 그림을 나누어 줄 수 있습니다."""

_VISIBLE_TEXT = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), seen = [];
while (walker.nextNode()) {
  const range = document.createRange();
  range.selectNodeContents(walker.currentNode);
  const box = range.getBoundingClientRect();
  if (box.width && box.bottom > 0 && box.top < innerHeight) seen.push(walker.currentNode.textContent);
}
return seen.join("\\n");
"""

BANNER = 330
"""실패한 노트북의 머리와 알림의 높이(픽셀)."""

GOOD, BAD = "october_drift", "wrong_month"
MONTHS = {GOOD: "2013-10", BAD: "2013-13"}


class Walk:
    """로그인한 브라우저 하나. 볼 것을 확인하고 나서 그림을 남깁니다."""

    def __init__(self, driver: Chrome, stack: Stack, folder: Path) -> None:
        self.driver = driver
        self.stack = stack
        self.folder = folder
        self.notebooks: dict[str, str] = {}

    def see(self, *texts: str) -> None:
        """글이 모두 화면에 보일 때까지 기다립니다."""
        for text in texts:
            wait(self.driver).until(
                lambda driver, text=text: text in driver.find_element(By.TAG_NAME, "body").text,
                f"화면에 {text!r}이(가) 보이지 않습니다.",
            )

    def find(self, css: str) -> WebElement:
        """눌러도 되는 것 하나."""
        return wait(self.driver).until(ec.element_to_be_clickable((By.CSS_SELECTOR, css)), css)

    def press(self, test_id: str) -> None:
        click(self.driver, By.CSS_SELECTOR, f'[data-testid="{test_id}"]')

    def tab(self, name: str) -> None:
        """한국어 이름으로 탭을 엽니다."""
        click(self.driver, By.LINK_TEXT, name)

    def save(self, name: str) -> None:
        """그림을 남깁니다. 같은 이름은 처음 것만 남기고, 이 컴퓨터의 경로나 암호가 보이면 남기지 않습니다."""
        if (self.folder / f"{name}.png").exists():
            return
        self.check_no_secret(name)
        picture(self.driver, self.folder / f"{name}.png")

    def check_no_secret(self, name: str) -> None:
        """보이는 글에 이 컴퓨터의 경로나 암호가 없는지 확인합니다."""
        shown = self.driver.execute_script(_VISIBLE_TEXT)
        for secret in (str(ROOT), str(self.stack.home), self.stack.password):
            assert secret not in shown, f"{name}: 그림에 경로나 암호가 보입니다."

    def log_in(self) -> None:
        """`mlops-lab up`이 알리는 주소를 열고, admin과 그 암호로 로그인합니다."""
        self.driver.get(self.stack.url)
        self.find("input[name=username]").send_keys(self.stack.username)
        self.save("airflow-login")
        self.find("input[name=password]").send_keys(self.stack.password)
        self.find("button[type=submit]").click()
        self.see("홈", "에셋", "관리자", "+09:00")

    def find_and_switch_on(self, dag_id: str) -> None:
        """목록에서 찾아 켭니다."""
        self.driver.get(f"{self.stack.url}/dags")
        self.see("Dags", "first_dag")
        self.save("airflow-dags")
        self.find('[data-testid="search-dags"]').send_keys(dag_id)
        wait(self.driver).until(
            lambda driver: (
                [e.text for e in driver.find_elements(By.CSS_SELECTOR, '[data-testid="dag-id"]')] == [dag_id]
            )
        )
        self.press("toggle-pause")
        wait(self.driver).until(lambda _: not self.stack.client.get(f"/dags/{dag_id}")["is_paused"])
        self.save("airflow-toggle")

    def trigger(self, dag_id: str) -> str:
        """DAG를 열어 트리거하고, 끝나기를 기다립니다. run_id를 돌려줍니다."""
        click(self.driver, By.LINK_TEXT, dag_id)
        self.press("trigger-dag-button")
        self.see("Dag 트리거", "단일 실행")
        self.save("airflow-trigger")
        self.press("trigger-dag-submit")
        (run,) = wait(self.driver).until(lambda _: self.stack.client.runs(dag_id))
        return str(run["dag_run_id"])

    def see_run(self, dag_id: str, run_id: str, state: str, *texts: str) -> None:
        """트리거한 뒤 열린 실행 화면에서 끝 상태를 봅니다."""
        wait(self.driver).until(ec.url_contains(f"/dags/{dag_id}/runs/"))
        assert self.stack.client.wait(dag_id, run_id, timeout=600) == state
        word = {"success": "성공", "failed": "실패"}[state]
        wait(self.driver).until(
            lambda driver: (
                driver.find_element(By.CSS_SELECTOR, '[data-testid="state-badge"]').text.strip() == word
            ),
            f"상태가 {word}(이)라고 보이지 않습니다.",
        )
        self.see("NotebookOperator", *texts)
        self.save(f"airflow-grid-{state}")

    def see_graph(self, task_id: str) -> None:
        click(self.driver, By.CSS_SELECTOR, '[aria-label^="그래프 보기"]')
        node = (By.CSS_SELECTOR, f'[data-testid="rf__node-{task_id}"]')
        wait(self.driver).until(ec.visibility_of_element_located(node), "그래프에 태스크가 없습니다.")
        self.save("airflow-graph")
        click(self.driver, By.CSS_SELECTOR, '[aria-label^="그리드 보기"]')

    def open_task(self, dag_id: str, task_id: str, state: str) -> None:
        """그리드에서 태스크를 엽니다. 먼저 로그가 보입니다."""
        click(self.driver, By.CSS_SELECTOR, f'a[href*="/dags/{dag_id}/runs/"][href$="/tasks/{task_id}"]')
        wait(self.driver).until(ec.url_contains(f"/tasks/{task_id}"))
        self.see("렌더링된 템플릿", state)

    def see_notebook(self, name: str, state: str, *texts: str) -> None:
        """세부 정보의 "노트북 보기"를 따라가 렌더링된 노트북을 봅니다. 노트북은 위쪽 줄 아래의 iframe에 있습니다."""
        self.tab("세부 정보")
        click(self.driver, By.PARTIAL_LINK_TEXT, NOTEBOOK_LINK)
        wait(self.driver).until(ec.url_contains("/mlops-lab/notebooks/"))
        self.see(state)
        with self.inside_frame():
            self.see(*texts)
            self.check_no_secret(name)
        self.notebooks[name] = self.driver.current_url
        self.save(name)

    @contextmanager
    def inside_frame(self) -> Iterator[None]:
        """노트북이 든 iframe 안을 봅니다."""
        wait(self.driver).until(ec.frame_to_be_available_and_switch_to_it((By.TAG_NAME, "iframe")))
        try:
            yield
        finally:
            self.driver.switch_to.default_content()


@contextmanager
def walk(folder: Path) -> Iterator[Walk]:
    """Airflow와 브라우저를 띄우고, 로그인부터 노트북까지 걷습니다. 그림은 `folder`에 남습니다.

    한 DAG는 성공하고 하나는 실패합니다. 마지막에 열려 있는 것은 실패한 노트북입니다.
    """
    with (
        tempfile.TemporaryDirectory(prefix="mlops-lab-") as home,
        start(home, ROOT / "dags", port=8450, **AIRFLOW) as stack,
        chromium() as driver,
    ):
        notebooks = ROOT / "notebooks" / "pipeline"
        for dag_id, month in MONTHS.items():
            source = DAG.format(dag_id=dag_id, notebooks=notebooks, month=month)
            write_dag(f"{dag_id}.py", source, home)
        walk = Walk(driver, stack, folder)
        walk.log_in()
        walk.find_and_switch_on(GOOD)
        run_id = walk.trigger(GOOD)
        walk.see_run(GOOD, run_id, "success")
        walk.see_graph("drift")
        walk.open_task(GOOD, "drift", "성공")
        walk.see_notebook("airflow-notebook", "상태: 성공", "02. 데이터 드리프트")
        walk.find_and_switch_on(BAD)
        run_id = walk.trigger(BAD)
        walk.see_run(BAD, run_id, "failed", "업스트림 실패")
        walk.open_task(BAD, "ingest", "실패")
        walk.see("BadMonth")  # 로그에는 저장한 노트북의 경로가 있어 그림으로 남기지 않습니다.
        resize(driver, height=BANNER)  # 오류의 자취에는 파일의 경로가 있어, 위의 알림만 남깁니다.
        walk.see_notebook("airflow-notebook-failed", "상태: 실패", "이 실행은 실패했습니다")
        yield walk


def main(folder: Path) -> None:
    """그림을 모두 새로 찍은 다음에 folder의 것과 바꿉니다."""
    with tempfile.TemporaryDirectory(prefix="mlops-lab-pictures-") as fresh:
        with walk(Path(fresh)):
            pass
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(Path(fresh).glob("*.png")):
            shutil.copyfile(path, beside := folder / f".{path.name}")
            beside.replace(folder / path.name)
            print(folder / path.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
