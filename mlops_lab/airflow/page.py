"""실행된 노트북을 보여 주는 페이지. Airflow API 서버 안에서만 읽습니다.

로그인과 DAG별 권한은 Airflow의 것을 그대로 씁니다: 그 DAG의 태스크 로그를 볼 수 있는 사람만 노트북을 봅니다.

바깥 페이지는 우리의 것이고, 노트북은 그 안의 iframe에 따로 갇힙니다(sandbox). 노트북이 무엇을 출력했든 위쪽 줄을 흉내 내거나
다른 곳으로 보내지 못합니다. 저장된 `.html`은 디스크에서 여는 사람의 것이므로 여기에서는 쓰지 않고, 노트북에서 늘 다시 그립니다.
"""

from __future__ import annotations

import re
import threading
from html import escape
from typing import Annotated
from urllib.parse import quote, urlencode

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import TaskInstanceState
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select

from mlops_lab.airflow._stored import NotShownError, Stored, opened
from mlops_lab.airflow.link import notebook_url
from mlops_lab.airflow.states import label
from mlops_lab.runner import run_path, runs_folder

_REFRESH_SECONDS = 3
_LONGEST_NAME = 250
"""Airflow의 데이터베이스가 받는 이름의 길이(글자)."""
_LARGEST = 2**31 - 1
"""Airflow의 데이터베이스가 받는 가장 큰 정수."""
_TRIES_LISTED = 20
_WILL_CHANGE = {
    None,
    TaskInstanceState.SCHEDULED,
    TaskInstanceState.QUEUED,
    TaskInstanceState.RUNNING,
    TaskInstanceState.RESTARTING,
    TaskInstanceState.UP_FOR_RESCHEDULE,
    TaskInstanceState.DEFERRED,
}
_HEADERS = {
    # 노트북이 무엇을 출력했든 스크립트는 실행되지 않고 밖으로 요청도 나가지 않습니다.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = (
    "html,body{height:100%;margin:0}body{display:flex;flex-direction:column}iframe{flex:1;width:100%;border:0}"
    ".mlops-lab-bar{font:14px/1.6 system-ui,sans-serif;display:flex;flex-wrap:wrap;gap:.3em 1.2em;"
    "padding:.6em 1.2em;background:#f3f4f6;color:#111;border-bottom:1px solid #d1d5db}"
    ".mlops-lab-bar a{color:#0b5cad}.mlops-lab-message{font:16px/1.8 system-ui,sans-serif;padding:2em}"
)

_drawn: dict[Stored, str] = {}
"""그려 둔 노트북(srcdoc에 넣을 꼴). 여러 사람이 같은 화면을 새로 읽어도 한 번만 그립니다."""
_DRAWN_LIMIT = 32_000_000
"""그려 둔 것 모두의 글자 수."""
_one_at_a_time = threading.Lock()
_waiting = threading.BoundedSemaphore(4)
"""한꺼번에 그리기를 기다릴 수 있는 요청. 나머지는 곧바로 돌려보내, API 서버의 스레드를 노트북이 다 차지하지 못합니다."""

app = FastAPI(title="mlops-lab", docs_url=None, redoc_url=None, openapi_url=None)


def check_names(request: Request) -> None:
    """데이터베이스가 받지 못하는 이름(너무 길거나 제어 문자가 든 것)은 권한을 묻기 전에 없다고 답합니다."""
    for name in request.path_params.values():
        if len(name) > _LONGEST_NAME or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", name):
            raise HTTPException(404, "그런 이름의 태스크는 없습니다.")


@app.get(
    "/notebooks/{dag_id}/{run_id}/{task_id}",
    dependencies=[
        Depends(check_names),
        Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS)),
    ],
    response_class=HTMLResponse,
)
def show_notebook(
    dag_id: str,
    run_id: str,
    task_id: str,
    session: SessionDep,
    map_index: Annotated[int, Query(ge=-1, le=_LARGEST)] = -1,
    try_number: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
) -> HTMLResponse:
    """태스크가 남긴 노트북. 시도를 적지 않거나 0이면 가장 나중 시도를 보여 줍니다.

    시도는 Airflow가 아는 것만 보여 줍니다. runs 폴더에는 노트북의 코드가 `try-99.ipynb`를 둘 수도 있습니다.

    `def`이므로 FastAPI가 스레드에서 부릅니다. 렌더링하는 동안 API 서버가 멈추지 않습니다.
    """
    current = session.execute(
        select(TaskInstance.try_number, TaskInstance.state).where(
            TaskInstance.dag_id == dag_id,
            TaskInstance.run_id == run_id,
            TaskInstance.task_id == task_id,
            TaskInstance.map_index == map_index,
        )
    ).one_or_none()
    last = max(current.try_number, 1) if current is not None else 0
    shown = try_number or last
    latest = current if shown == last else None
    will_change = latest is not None and latest.state in _WILL_CHANGE

    labels = [f"<b>{escape(task_id)}</b>", escape(dag_id), escape(run_id)]
    if map_index >= 0:
        labels.append(f"매핑 번호 {map_index}")
    links = [
        f"<b>{number}</b>"
        if number == shown
        else f'<a href="{escape(notebook_url(dag_id, run_id, task_id, map_index=map_index, try_number=number))}">'
        f"{number}</a>"
        for number in range(max(1, last - _TRIES_LISTED + 1), last + 1)
    ]
    if links:
        labels.append("시도 " + " · ".join(links))
    if latest is not None:
        labels.append(f"상태: {escape(label(latest.state))}")
    if will_change:
        labels.append(f"{_REFRESH_SECONDS}초마다 새로 읽습니다")
    if current is not None:
        url = _task_url(dag_id, run_id, task_id, map_index, min(shown, last))
        labels.append(f'<a href="{escape(url)}">Airflow에서 보기</a>')
    bar = "".join(f"<span>{label}</span>" for label in labels)

    if current is None:
        return _page(_message(_UNKNOWN), bar, status_code=404)
    if shown > last:
        return _page(
            _message(f"이 태스크는 아직 {last}번까지 시도했습니다. {shown}번째 시도는 없습니다."),
            bar,
            status_code=404,
        )
    try:
        document = _document(dag_id, run_id, task_id, map_index, shown)
    except NotShownError as error:
        busy = error.status_code == 503
        return _page(_message(error.message), bar, refresh=will_change or busy, status_code=error.status_code)
    if document is None:
        reason = (
            "아직 저장된 것이 없습니다. 노트북이 시작되면 여기에 나타납니다."
            if will_change
            else "이 시도는 노트북을 남기지 않았습니다. 커널을 띄우기 전에 멈췄다면 까닭은 태스크 로그에 있습니다."
        )
        return _page(_message(reason), bar, refresh=will_change, status_code=404)
    frame = (
        '<iframe title="노트북" sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'srcdoc="{document}"></iframe>'
    )
    return _page(frame, bar, refresh=will_change)


_UNKNOWN = (
    "Airflow에 이 태스크의 기록이 없습니다. 주소를 확인하십시오. "
    "Dag 실행을 지웠다면 노트북은 runs 폴더에 남아 있을 수 있습니다."
)


@app.exception_handler(RequestValidationError)
async def show_bad_number(request: Request, error: RequestValidationError) -> Response:
    """번호가 아니거나 범위를 벗어난 `map_index`와 `try_number`."""
    if not _is_browser(request):
        return await request_validation_exception_handler(request, error)
    return _page(
        _message(
            f"주소의 번호를 읽을 수 없습니다. map_index는 -1부터, try_number는 1부터 {_LARGEST:,}까지의 정수입니다."
        ),
        bar="",
        status_code=422,
    )


@app.exception_handler(HTTPException)
async def show_refusal(request: Request, error: HTTPException) -> Response:
    """사람이 브라우저로 왔으면 로그인 화면이나 한국어 설명으로, 프로그램이면 Airflow와 같은 JSON으로 답합니다."""
    if not _is_browser(request):
        return await http_exception_handler(request, error)
    if error.status_code == 401:
        query = urlencode({"next": str(request.url)})
        return RedirectResponse(f"{API_ROOT_PATH}api/v2/auth/login?{query}")
    message = "이 DAG의 태스크 로그를 볼 권한이 없습니다. 권한은 Airflow 관리자가 줍니다."
    if error.status_code != 403:
        message = f"요청을 처리하지 못했습니다({error.status_code}): {error.detail}"
    return _page(_message(message), bar="", status_code=error.status_code)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and "authorization" not in request.headers


def _document(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> str | None:
    """노트북을 그린 HTML을 srcdoc에 넣을 꼴로. 노트북이 없으면 None."""
    runs = runs_folder()
    notebook = run_path(runs, dag_id, run_id, task_id, map_index=map_index, try_number=try_number)
    with opened(runs, notebook) as stored:
        if stored is None or stored in _drawn:
            return _drawn.get(stored) if stored else None
        if not _waiting.acquire(blocking=False):
            raise NotShownError("지금 다른 노트북을 그리고 있습니다. 잠시 뒤에 새로 고치십시오.", 503)
        try:
            with _one_at_a_time:
                return _draw(stored, notebook.stem)
        finally:
            _waiting.release()


def _draw(stored: Stored, name: str) -> str:
    """그려서 `_drawn`에 둡니다. 기다리는 동안 다른 사람이 그렸으면 그것을 씁니다."""
    from mlops_lab.runner import render_html

    if stored in _drawn:
        return _drawn[stored]
    try:
        document = render_html(stored.read(), name=name, here="about:srcdoc")
    except ValueError as error:
        raise NotShownError(str(error), 422) from None
    except MemoryError:
        raise NotShownError(
            "노트북을 그리기에 이 서버의 메모리가 모자랍니다. JupyterLab에서 여십시오.", 413
        ) from None
    except OSError as error:
        raise NotShownError(
            f"노트북을 읽다가 실패했습니다({error.strerror}). 디스크를 확인하십시오.", 503
        ) from None
    document = document.replace("&", "&amp;").replace('"', "&quot;")
    while _drawn and sum(map(len, _drawn.values())) + len(document) > _DRAWN_LIMIT:
        del _drawn[next(iter(_drawn))]
    if len(document) <= _DRAWN_LIMIT:
        _drawn[stored] = document
    return document


def _message(message: str) -> str:
    return f'<p class="mlops-lab-message">{escape(message)}</p>'


def _page(content: str, bar: str, *, refresh: bool = False, status_code: int = 200) -> HTMLResponse:
    """위쪽 줄(`bar`)과 그 아래의 내용. 새로 고침은 노트북이 아니라 이 바깥 페이지가 합니다."""
    document = (
        '<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>노트북</title>'
        f'<style>{_STYLE}</style></head><body><nav class="mlops-lab-bar">{bar}</nav>{content}</body></html>'
    )
    headers = {**_HEADERS, "Refresh": str(_REFRESH_SECONDS)} if refresh else _HEADERS
    return HTMLResponse(document, status_code=status_code, headers=headers)


def _task_url(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> str:
    """Airflow UI에서 이 태스크의 화면."""
    dag, run, task = (quote(part, safe="") for part in (dag_id, run_id, task_id))
    mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
    return f"{API_ROOT_PATH}dags/{dag}/runs/{run}/tasks/{task}{mapped}?try_number={try_number}"
