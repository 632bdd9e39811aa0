"""노트북 페이지: Airflow의 로그인과 DAG별 권한 뒤에서, 스크립트 없이."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import httpx
import nbformat
import pytest

if TYPE_CHECKING:
    from tests.airflow.conftest import Lab


@pytest.fixture(scope="module")
def broken_url(lab: Lab) -> str:
    """실패한 태스크의 "노트북 보기" 링크."""
    lab.finished("broken")
    return lab.link("broken")


def test_page_shows_the_failed_notebook_to_a_logged_in_browser(lab: Lab, broken_url: str) -> None:
    with lab.browser("viewer") as browser:
        page = browser.get(broken_url)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    for text in ("ZeroDivisionError", "이 실행은 실패했습니다", "상태: 실패", "시도 <b>1</b>"):
        assert text in page.text
    assert "Refresh" not in page.headers


def test_page_accepts_a_token(lab: Lab, broken_url: str) -> None:
    headers = {"Authorization": f"Bearer {lab.token('admin')}"}
    page = httpx.get(lab.stack.url + broken_url, headers=headers, trust_env=False, timeout=600)
    assert page.status_code == 200
    assert "ZeroDivisionError" in page.text


def test_page_forbids_scripts_and_outside_requests(lab: Lab, broken_url: str) -> None:
    with lab.browser("viewer") as browser:
        page = browser.get(broken_url)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text.lower()


def test_anonymous_program_gets_401_and_anonymous_browser_the_login(lab: Lab, broken_url: str) -> None:
    anonymous = httpx.get(lab.stack.url + broken_url, trust_env=False)
    assert anonymous.status_code == 401
    with lab.browser() as browser:
        redirect = browser.get(broken_url)
        assert redirect.status_code == 307
        assert redirect.headers["Location"].startswith("/api/v2/auth/login?next=")
        login = browser.get(redirect.headers["Location"])
        assert login.status_code == 307
        assert "/auth/login?next=" in login.headers["Location"]
    forged = httpx.get(lab.stack.url + broken_url, headers={"Authorization": "Bearer abc"}, trust_env=False)
    assert forged.status_code in {401, 403}


def test_permission_is_checked_for_that_dag(lab: Lab, broken_url: str) -> None:
    lab.finished("chain")
    own = lab.link("chain", "train")
    with lab.browser("student") as browser:
        assert browser.get(own).status_code == 200
        refused = browser.get(broken_url)
        # 볼 수 있는 DAG의 이름을 쿼리에 섞어도 경로의 DAG로 확인합니다.
        mixed = browser.get(broken_url + "&dag_id=chain")
    assert refused.status_code == mixed.status_code == 403
    assert "권한이 없습니다" in refused.text
    assert "ZeroDivisionError" not in refused.text + mixed.text
    with lab.browser("nobody") as browser:
        assert browser.get(own).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "chain/%2e%2e/%2e%2e",  # 글자 그대로 이으면 runs 바로 밖의 파일입니다.
        "chain/%2e%2e%2f%2e%2e/x",
        "chain/..%5c..%5cx/nb",
        "%2e%2e/runs/%2e%2e",
    ],
)
def test_ids_cannot_leave_the_runs_folder(lab: Lab, path: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("밖의 비밀")])
    for folder in (lab.runs.parent, lab.runs.parent / "x"):
        folder.mkdir(exist_ok=True)
        nbformat.write(notebook, folder / "try-1.ipynb")
    with lab.browser("admin") as browser:
        page = browser.get(f"/mlops-lab/notebooks/{path}")
    assert page.status_code == 404
    assert "밖의 비밀" not in page.text


def test_every_try_has_its_page_and_links_to_the_others(lab: Lab) -> None:
    lab.finished("killed")
    with lab.browser("viewer") as browser:
        latest = browser.get(lab.link("killed"))
        assert "시도 " in latest.text
        assert "<b>2</b>" in latest.text
        first = browser.get(lab.link("killed").replace("try_number=2", "try_number=1"))
    assert "try_number=1" in latest.text
    assert "커널이 죽었습니다" in first.text
    assert "커널이 죽었습니다" not in latest.text


def test_try_without_a_notebook_says_so(lab: Lab) -> None:
    lab.finished("typo")
    with lab.browser("viewer") as browser:
        page = browser.get(lab.link("typo"))
    assert page.status_code == 404
    assert "까닭은 태스크 로그에 있습니다" in page.text
    assert "Refresh" not in page.headers


def test_stale_html_is_not_shown(lab: Lab, broken_url: str) -> None:
    html = lab.folder("broken") / "try-1.html"
    kept, stat = html.read_text("utf-8"), html.stat()
    try:
        html.write_text("<html><body>낡은 화면</body></html>", "utf-8")
        with lab.browser("viewer") as browser:
            assert "낡은 화면" in browser.get(broken_url).text
            os.utime(html, (stat.st_mtime - 60, stat.st_mtime - 60))
            page = browser.get(broken_url)
    finally:
        html.write_text(kept, "utf-8")
    assert "낡은 화면" not in page.text
    assert "ZeroDivisionError" in page.text
