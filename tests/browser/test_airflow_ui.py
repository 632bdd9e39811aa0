"""Chromium으로, 한국어로: 로그인, DAG 찾기, 켜기, 트리거, 초록, 렌더링된 노트북."""

from __future__ import annotations

from pathlib import Path

from tests.browser.chromium import missing
from tests.debian import need

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
    assert {path.stem for path in tmp_path.glob("*.png")} == PICTURES
