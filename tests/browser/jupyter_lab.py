"""배우는 사람처럼 JupyterLab에서 수업을 열어 처음부터 끝까지 실행합니다.

python -m tests.browser.jupyter_lab build/screens 03_data_drift_world_changes   # 실행한 화면을 나누어 찍습니다
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as ec

from mlops_lab.lesson.build import stop_airflow
from mlops_lab.lesson.jupyter import Jupyter, jupyter
from tests.browser.chromium import chromium, click, resize, wait
from tests.common import ROOT

_WIDTH, _TALL, _SLICE = 1200, 20_000, 1_800
_WAITING = "[...document.querySelectorAll('.jp-InputPrompt')].filter(p => p.textContent.includes('*')).length"
_PROMPTS = "[...document.querySelectorAll('.jp-InputPrompt')].map(p => p.textContent).join()"
_OUTPUT = ".jp-Notebook .jp-Cell-outputArea .jp-OutputArea-output"
_RED = f'{_OUTPUT}[data-mime-type="application/vnd.jupyter.stderr"]'


class Reader:
    """JupyterLab에서 수업을 읽는 브라우저 하나."""

    def __init__(self, driver: Chrome, lab: Jupyter, project: Path) -> None:
        self.driver = driver
        self.lab = lab
        self.project = project

    def open(self, path: str) -> None:
        """노트북 하나만 보이는 화면으로 열고, 모든 셀이 그려지고 커널이 시작되기를 기다립니다.

        path: 맨 위 폴더에서 본 자리
        """
        cells = len(json.loads((self.project / path).read_text(encoding="utf-8"))["cells"])
        base, _, token = self.lab.url.partition("/lab?")
        # 보이는 셀만 그리므로, 화면을 길게 해 모두 그리게 합니다.
        resize(self.driver, _WIDTH, _TALL)
        self.driver.get(f"{base}/doc/tree/{quote(path)}?{token}")
        drawn = ".jp-Cell:not(.jp-MarkdownCell), .jp-MarkdownCell:has(.jp-RenderedMarkdown > *)"
        wait(self.driver).until(lambda _: self.count(drawn) == cells, "모든 셀이 그려지지 않습니다.")
        # 커널이 시작되면 JupyterLab이 초점을 노트북으로 옮깁니다. 그 전에 누른 것은 엉뚱한 데로 갑니다.
        idle = (By.CSS_SELECTOR, '.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        wait(self.driver).until(ec.presence_of_element_located(idle), "커널이 시작되지 않습니다.")
        attached = "return document.querySelector('.jp-Toolbar-kernelName')?.textContent.includes('Python 3')"
        wait(self.driver).until(lambda driver: driver.execute_script(attached), "커널이 붙지 않습니다.")

    def run_all(self, seconds: float = 600) -> None:
        """메뉴의 "모든 셀 실행"을 누르고, 마지막 셀이 끝나거나 오류로 멈출 때까지 기다립니다."""
        # 기다리는 셀은 [*]입니다. 금방 끝나는 노트북에서는 들여다보는 사이에 사라지므로, 누르기 전부터 지켜봅니다. 그래도 놓친 것은
        # 비어 있던 번호가 채워진 것으로 압니다.
        self.driver.execute_script(
            f"const blank = !/\\d/.test({_PROMPTS}); window.began = false;"
            f"new MutationObserver(() => {{ window.began ||= (blank ? /[*\\d]/ : /[*]/).test({_PROMPTS}) }})"
            ".observe(document.body, {subtree: true, childList: true, characterData: true})"
        )
        for _ in range(5):
            click(self.driver, By.XPATH, "//*[contains(@class, 'lm-MenuBar-itemLabel')][.='실행']")
            click(self.driver, By.XPATH, "//*[contains(@class, 'lm-Menu-itemLabel')][.='모든 셀 실행']")
            # 바쁜 컴퓨터에서는 초점이 옮겨 가는 사이에 누른 것이 사라지기도 합니다. 시작하지 않았으면 다시 누릅니다.
            with contextlib.suppress(TimeoutException):
                wait(self.driver, 20).until(lambda _: self.driver.execute_script("return window.began"))
                break
            # 커널이 붙기 전에 누르면 JupyterLab은 어느 커널인지 묻습니다. 노트북에 적힌 것이 골라져 있습니다.
            for button in self.driver.find_elements(By.CSS_SELECTOR, ".jp-Dialog button.jp-mod-accept"):
                button.click()
        assert self.driver.execute_script("return window.began"), "실행이 시작되지 않습니다."
        # 한 셀이 실패하면 JupyterLab이 나머지의 *을 지웁니다.
        wait(self.driver, seconds).until(lambda _: not self._waiting(), "끝까지 실행되지 않았습니다.")

    def _waiting(self) -> int:
        return int(self.driver.execute_script(f"return {_WAITING}"))

    def outputs(self) -> list[str]:
        """셀의 출력에 보이는 글."""
        return [each.text for each in self.driver.find_elements(By.CSS_SELECTOR, _OUTPUT)]

    def errors(self) -> list[str]:
        """빨간 바탕의 출력. 예외와 표준 오류에 찍힌 글을 JupyterLab은 똑같이 그립니다."""
        found = self.driver.find_elements(By.CSS_SELECTOR, _RED)
        return [each.text for each in found]

    def broken_images(self) -> list[str]:
        """그려지지 않은 그림의 대체 텍스트."""
        script = (
            "return [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.alt || i.src)"
        )
        return list(self.driver.execute_script(script))

    def count(self, selector: str) -> int:
        """노트북 안에서 CSS 선택자에 맞는 것의 수."""
        return len(self.driver.find_elements(By.CSS_SELECTOR, f".jp-Notebook :is({selector})"))

    def choices(self) -> list[WebElement]:
        """퀴즈의 보기. 펼치면 맞고 틀린 까닭이 나옵니다."""
        return self.driver.find_elements(By.CSS_SELECTOR, ".jp-Notebook details")

    def pictures(self, folder: Path, name: str) -> None:
        """수업 전체를 위에서부터 나누어 찍습니다."""
        bottom = self.driver.execute_script(
            "return Math.max(...[...document.querySelectorAll('.jp-Cell')]"
            ".map(cell => cell.getBoundingClientRect().bottom))"
        )
        resize(self.driver, _WIDTH, int(bottom) + 20)
        whole = Image.open(io.BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")
        for number, top in enumerate(range(0, whole.height, _SLICE)):
            part = whole.crop((0, top, whole.width, min(top + _SLICE, whole.height)))
            part.save(folder / f"{name}-{number:02d}.png")


@contextmanager
def reader(home: Path) -> Iterator[Reader]:
    """`make lab`과 같은 JupyterLab과 브라우저. 수업은 베껴 쓰므로 저장해도 원본은 그대로입니다.

    home: 수업이 쓰는 작업 폴더. 그 안의 Airflow는 나갈 때 멈춥니다.
    """
    with tempfile.TemporaryDirectory(prefix="mlops-lab-") as root:
        project = Path(root) / ROOT.name
        shutil.copytree(
            ROOT, project, ignore=shutil.ignore_patterns(".*", "build", "workspace", "__pycache__")
        )
        try:
            with jupyter(home, project) as lab, chromium() as driver:
                yield Reader(driver, lab, project)
        finally:
            stop_airflow(home)


def main(folder: Path, names: list[str]) -> None:
    """수업마다 실행하고 찍습니다."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlops-lab-home-") as home, reader(Path(home)) as lab:
        for name in names:
            lab.open(f"notebooks/{name}.ipynb")
            lab.run_all()
            lab.pictures(folder, name)
            print(name, "오류:", lab.errors(), "빠진 그림:", lab.broken_images(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
