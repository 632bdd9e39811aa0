"""배우는 사람이 보는 JupyterLab: 처음부터 끝까지 실행한 수업의 그림, 접은 코드, 자판으로 푸는 퀴즈."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from tests.browser.chromium import missing, wait
from tests.browser.jupyter_lab import Reader, reader
from tests.common import write_notebook
from tests.debian import need

LESSON = "notebooks/01_what_is_mlops.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    need(missing)
    with reader(tmp_path_factory.mktemp("home")) as lab:
        yield lab


def test_a_lesson_runs_to_its_end(lab: Reader) -> None:
    committed = nbformat.read(lab.project / LESSON, as_version=4)
    outputs = [output for cell in committed.cells for output in cell.get("outputs", [])]
    pictures = sum("<img " in output.get("data", {}).get("text/html", "") for output in outputs)
    folded = sum("hide-input" in cell.metadata.get("tags", []) for cell in committed.cells)
    assert pictures > 0
    assert folded > 0
    lab.open(LESSON)
    lab.run_all()
    assert lab.errors() == []
    assert lab.broken_images() == []
    wait(lab.driver).until(lambda _: lab.count(".jp-OutputArea-output img") == pictures)
    wait(lab.driver).until(lambda _: lab.count(".jp-InputPlaceholder") == folded)


def test_what_is_broken_is_seen(lab: Reader) -> None:
    write_notebook(
        lab.project / "broken.ipynb",
        "# 깨진 수업",
        "# ![없는 그림](nowhere.png)",
        "1 / 0",
    )
    lab.open("broken.ipynb")
    lab.run_all()
    wait(lab.driver).until(lambda _: "ZeroDivisionError" in "".join(lab.errors()))
    assert lab.broken_images() == ["없는 그림"]


def test_the_command_of_the_text_is_found(lab: Reader) -> None:
    """수업 04는 `mlops-lab`을 칩니다. 가상 환경을 켜지 않고 `make lab`을 한 사람에게도 있어야 합니다."""
    write_notebook(lab.project / "command.ipynb", "# 명령", "!mlops-lab --help")
    lab.open("command.ipynb")
    lab.run_all()
    wait(lab.driver).until(lambda _: "progress" in "".join(lab.outputs()))


def test_a_quiz_is_solved_with_the_keyboard_alone(lab: Reader) -> None:
    def opened() -> list[bool]:
        return [bool(each.get_attribute("open")) for each in lab.choices()]

    lab.open(LESSON)
    assert len(opened()) >= 9
    assert not any(opened())  # 펼치기 전에는 답이 보이지 않습니다.
    first = lab.choices()[0].find_element(By.TAG_NAME, "summary")
    lab.driver.execute_script("arguments[0].focus()", first)
    wait(lab.driver).until(lambda driver: driver.switch_to.active_element == first)
    for place in range(1, 4):
        ActionChains(lab.driver).send_keys(Keys.ENTER).perform()
        wait(lab.driver).until(lambda _, place=place: opened()[:4] == [each < place for each in range(4)])
        assert lab.choices()[place - 1].text.splitlines()[1].startswith(("맞습니다.", "아닙니다."))
        ActionChains(lab.driver).send_keys(Keys.TAB).perform()
