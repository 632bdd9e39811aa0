"""노트북 페이지: Airflow의 로그인과 DAG별 권한 뒤에서, 스크립트 없이."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import httpx
import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.common import FUZZ

if TYPE_CHECKING:
    from tests.airflow.conftest import Lab


@pytest.fixture(scope="module")
def broken_url(lab: Lab) -> str:
    """실패한 태스크의 "노트북 보기" 링크."""
    lab.finished("broken")
    return lab.link("broken")


@pytest.fixture(scope="module")
def admin(lab: Lab) -> Iterator[httpx.Client]:
    """로그인한 관리자의 브라우저."""
    with lab.browser("admin") as browser:
        yield browser


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


def test_stored_html_is_never_served(lab: Lab, broken_url: str) -> None:
    html = lab.folder("broken") / "try-1.html"
    kept = html.read_text("utf-8")
    try:
        html.write_text("<meta http-equiv=refresh content='0;url=https://evil.example'>심은 화면", "utf-8")
        with lab.browser("viewer") as browser:
            page = browser.get(broken_url)
    finally:
        html.write_text(kept, "utf-8")
    assert "심은 화면" not in page.text
    assert "ZeroDivisionError" in page.text


def test_notebook_is_kept_in_a_sandbox_under_our_bar(lab: Lab, broken_url: str) -> None:
    with lab.browser("viewer") as browser:
        page = browser.get(broken_url)
    bar, _, frame = page.text.partition("<iframe ")
    assert "상태: 실패" in bar
    assert "ZeroDivisionError" not in bar
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="' in frame
    assert frame.count('"') == 6  # title, sandbox, srcdoc. 노트북의 따옴표는 srcdoc을 닫지 못합니다.


def test_only_tries_that_airflow_knows_are_shown(lab: Lab, broken_url: str) -> None:
    planted = lab.folder("broken") / "try-99.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("심은 시도")]), planted)
    without_number = broken_url.replace("&try_number=1", "")
    try:
        with lab.browser("viewer") as browser:
            latest = browser.get(without_number)
            zero = browser.get(f"{without_number}&try_number=0")
            asked = browser.get(f"{without_number}&try_number=99")
            unmapped = browser.get(broken_url.replace("map_index=-1", "map_index=7"))
    finally:
        planted.unlink()
    assert latest.status_code == zero.status_code == 200
    assert "ZeroDivisionError" in latest.text
    assert "try_number=99" not in latest.text
    assert (asked.status_code, unmapped.status_code) == (404, 404)
    assert "99번째 시도는 없습니다" in asked.text
    assert "심은 시도" not in latest.text + zero.text + asked.text
    assert "Airflow에 이 태스크의 기록이 없습니다" in unmapped.text


@pytest.mark.parametrize("name", ["map_index", "try_number"])
@pytest.mark.parametrize(
    "number", ["-2", "2147483648", str(2**63), str(10**30), "9" * 5000, "1.5", "하나", "", "%00", "1e9"]
)
def test_bad_numbers_are_told_in_korean(lab: Lab, broken_url: str, name: str, number: str) -> None:
    with lab.browser("viewer") as browser:
        page = browser.get(f"{broken_url.partition('?')[0]}?{name}={number}")
    assert page.status_code == 422
    assert "주소의 번호를 읽을 수 없습니다" in page.text
    assert len(page.text) < 3000
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_program_gets_json_for_a_bad_number(lab: Lab, broken_url: str) -> None:
    headers = {"Authorization": f"Bearer {lab.token('admin')}"}
    url = f"{lab.stack.url}{broken_url}0000000000"
    answer = httpx.get(url, headers=headers, trust_env=False, timeout=600)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "try_number"]


@pytest.mark.parametrize(
    "name", ["%00", "a%0Ab", "x" * 300, "%EA%B0%80" * 251, "%ED%A0%80", "..", "~", "%2F"]
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_names_that_cannot_be_get_404(lab: Lab, name: str, place: int) -> None:
    names = ["broken", "run", "nb"]
    names[place] = name
    with lab.browser("admin") as browser:
        page = browser.get("/mlops-lab/notebooks/" + "/".join(names))
    assert page.status_code == 404


def deep(path: Path) -> None:
    path.write_bytes(b'{"nbformat": 4, "cells": ' + b"[" * 200_000)


def big(path: Path) -> None:
    path.touch()
    os.truncate(path, 248 * 1024**2)


@pytest.mark.parametrize(
    ("plant", "status", "says"),
    [
        (os.mkfifo, 404, "보통 파일"),
        (Path.mkdir, 404, "보통 파일"),
        (lambda path: path.symlink_to(path), 404, "보통 파일"),
        (lambda path: path.symlink_to("/etc/passwd"), 404, "보통 파일"),
        (lambda path: path.write_bytes(b"not json"), 422, "온전한 JSON이 아닙니다"),
        (lambda path: path.write_bytes(b"\xff\xfe"), 422, "UTF-8이 아닙니다"),
        (lambda path: path.write_bytes(b"[1]"), 422, "nbformat 항목이 없습니다"),
        (lambda path: path.write_bytes(b'{"nbformat": 9}'), 422, "nbformat은 9입니다"),
        (deep, 422, "너무 깊이 겹쳐"),
        (big, 413, "248.0 MB"),
        (lambda path: None, 404, "노트북을 남기지 않았습니다"),
    ],
    ids=["fifo", "folder", "loop", "link", "text", "utf-8", "json", "version", "deep", "big", "none"],
)
def test_what_is_no_notebook_is_told_in_korean(
    lab: Lab, broken_url: str, plant: Callable[[Path], object], status: int, says: str
) -> None:
    path = lab.folder("broken") / "try-1.ipynb"
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        plant(path)
        with lab.browser("viewer") as browser:
            pages = [browser.get(broken_url) for _ in range(2)]
    finally:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        aside.replace(path)
    for page in pages:
        assert page.status_code == status
        assert says in page.text
        assert "Traceback" not in page.text
        assert "root:" not in page.text


def test_many_views_of_a_pipe_do_not_stop_the_server(lab: Lab, broken_url: str) -> None:
    path = lab.folder("broken") / "try-1.ipynb"
    aside = path.with_suffix(".aside")
    path.rename(aside)
    os.mkfifo(path)
    try:
        with lab.browser("viewer") as browser, ThreadPoolExecutor(20) as pool:
            statuses = set(pool.map(lambda _: browser.get(broken_url).status_code, range(60)))
            assert statuses == {404}
            assert browser.get("/api/v2/monitor/health").status_code == 200
    finally:
        aside.replace(path)


NAMES = st.sampled_from(["broken", "nb", "..", ".", "~", "%2e%2e", "a\0b", "../..", "x" * 251]) | st.text(
    min_size=1, max_size=40
)
NUMBERS = (
    st.integers().map(str) | st.sampled_from(["-1", "1", "0", "-0", "+1", "1_0", "NaN"]) | st.text(max_size=9)
)


@settings(max_examples=FUZZ, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.tuples(NAMES, NAMES, NAMES), map_index=NUMBERS, try_number=NUMBERS)
def test_no_address_is_a_500(
    admin: httpx.Client, names: tuple[str, str, str], map_index: str, try_number: str
) -> None:
    path = "/".join(quote(name, safe="").replace(".", "%2E") for name in names)
    query = urlencode({"map_index": map_index, "try_number": try_number})
    page = admin.get(f"/mlops-lab/notebooks/{path}?{query}")
    assert page.status_code in {404, 422}, page.text
    assert "Traceback" not in page.text
