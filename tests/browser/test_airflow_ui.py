"""Chromium으로, 한국어로: 로그인, DAG 찾기, 켜기, 트리거, 초록, 렌더링된 노트북."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from tests.browser.chromium import missing
from tests.debian import need

if TYPE_CHECKING:
    from tests.browser.airflow_ui import Walk

PICTURES = {
    "airflow-login",
    "airflow-dags",
    "airflow-toggle",
    "airflow-trigger",
    "airflow-grid-success",
    "airflow-graph",
    "airflow-notebook",
    "airflow-grid-failed",
    "airflow-notebook-failed",
}
"""README와 수업에 넣는 그림. docs/images/에 있습니다."""


def test_from_the_login_to_the_rendered_notebook(tmp_path: Path) -> None:
    need(missing)
    from tests.browser.airflow_ui import walk

    with walk(tmp_path) as last:
        assert last.driver.current_url.endswith("/ingest?map_index=-1&try_number=1")
        # 내용 보안 정책이 막은 것이 있으면 브라우저가 콘솔에 적습니다.
        blocked = [each for each in last.driver.get_log("browser") if "Content Security" in each["message"]]
        assert blocked == []
        last.driver.get(last.notebooks["airflow-notebook"])
        with last.inside_frame():
            images = last.driver.execute_script(
                "return [...document.images].map(image => image.naturalWidth)"
            )
        assert len(images) >= 2
        assert all(images)
        see_that_a_hostile_notebook_stays_in_its_frame(last)
    assert {path.stem for path in tmp_path.glob("*.png")} == PICTURES


@contextmanager
def outside() -> Iterator[tuple[str, list[str]]]:
    """바깥 사이트 하나: 주소와, 찾아온 경로."""
    visits: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", visits
        server.shutdown()


def see_that_a_hostile_notebook_stays_in_its_frame(last: Walk) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support import expected_conditions as ec

    from tests.browser.airflow_ui import GOOD
    from tests.browser.chromium import wait

    driver, url = last.driver, last.notebooks["airflow-notebook"]
    (stored,) = last.stack.place.runs.glob(f"{GOOD}/*/drift/try-1.ipynb")
    with outside() as (site, visits):
        hostile = (
            f"<meta http-equiv='refresh' content='0;url={site}/refresh'><script>location = '{site}/script'</script>"
            f"<img src='{site}/image'><iframe src='{site}/frame'></iframe><link rel='stylesheet' href='{site}/style'>"
            f"<form action='{site}/form'><input autofocus onfocus='this.form.submit()'></form>"
            f"<p style='background:url({site}/background);position:fixed;top:0'>가짜 위쪽 줄</p>"
        )
        new = nbformat.v4
        kinds = (
            "text/html",
            "text/markdown",
            "text/vnd.mermaid",
            "image/svg+xml",
            "text/latex",
            "text/plain",
        )
        cells = [
            new.new_code_cell("x", outputs=[new.new_output("display_data", {k: hostile})]) for k in kinds
        ]
        cells.append(new.new_markdown_cell(f"[아래로](#bottom) [밖으로]({site}/clicked) {hostile}"))
        cells.append(new.new_markdown_cell("글\n\n" * 200 + "# bottom"))
        nbformat.write(new.new_notebook(cells=cells, metadata={"title": hostile}), stored)
        driver.get(url)
        windows = driver.window_handles
        with last.inside_frame():
            last.see("가짜 위쪽 줄", "여기에서는 보이지 않습니다: 스크립트", "bottom")
            driver.find_element(By.LINK_TEXT, "아래로").click()
            heading = driver.find_element(By.ID, "bottom")
            top = "return arguments[0].getBoundingClientRect().top < innerHeight"
            wait(driver).until(
                lambda _: driver.execute_script(top, heading), "문서 안의 링크가 듣지 않습니다."
            )
            driver.find_element(By.LINK_TEXT, "밖으로").click()
        wait(driver).until(lambda _: "/clicked" in visits, "바깥 링크가 새 창을 열지 않았습니다.")
        assert {path for path in visits if path != "/favicon.ico"} == {"/clicked"}
        assert driver.current_url == url
        for window in {*driver.window_handles} - {*windows}:
            driver.switch_to.window(window)
            driver.close()
        driver.switch_to.window(windows[0])
        driver.find_element(By.LINK_TEXT, "Airflow에서 보기").click()
        wait(driver).until(ec.url_contains(f"/dags/{GOOD}/runs/"))
