"""실행된 노트북을 보여 주는 페이지. Airflow API 서버 안에서만 읽습니다.

로그인과 DAG별 권한은 Airflow의 것을 그대로 씁니다: 그 DAG의 태스크 로그를 볼 수 있는 사람만 노트북을 봅니다.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from airflow.api_fastapi.app import API_ROOT_PATH
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.models.taskinstance import TaskInstance
from airflow.utils.state import TaskInstanceState
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select

from mlops_lab.airflow.link import notebook_url
from mlops_lab.airflow.states import label
from mlops_lab.runner import run_path, runs_folder

_REFRESH_SECONDS = 3
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
    ".mlops-lab-bar{font:14px/1.6 system-ui,sans-serif;display:flex;flex-wrap:wrap;gap:.3em 1.2em;"
    "padding:.6em 1.2em;background:#f3f4f6;color:#111;border-bottom:1px solid #d1d5db}"
    ".mlops-lab-bar a{color:#0b5cad}.mlops-lab-message{font:16px/1.8 system-ui,sans-serif;padding:2em}"
)

app = FastAPI(title="mlops-lab", docs_url=None, redoc_url=None, openapi_url=None)


@app.get(
    "/notebooks/{dag_id}/{run_id}/{task_id}",
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS))],
    response_class=HTMLResponse,
)
def show_notebook(
    dag_id: str,
    run_id: str,
    task_id: str,
    session: SessionDep,
    map_index: Annotated[int, Query(ge=-1)] = -1,
    try_number: Annotated[int | None, Query(ge=1)] = None,
) -> HTMLResponse:
    """태스크가 남긴 노트북. 시도를 적지 않으면 가장 나중 시도를 보여 줍니다.

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

    def path_of(number: int) -> Path:
        return run_path(runs_folder(), dag_id, run_id, task_id, map_index=map_index, try_number=number)

    tries = _tries(path_of(1).parent)
    shown = try_number or max([*tries, current.try_number if current else 1])
    latest = current if current is not None and shown >= current.try_number else None
    will_change = latest is not None and latest.state in _WILL_CHANGE
    labels = [f"<b>{escape(task_id)}</b>", escape(dag_id), escape(run_id)]
    if map_index >= 0:
        labels.append(f"매핑 번호 {map_index}")
    links = [
        f"<b>{number}</b>"
        if number == shown
        else f'<a href="{escape(notebook_url(dag_id, run_id, task_id, map_index=map_index, try_number=number))}">'
        f"{number}</a>"
        for number in sorted({*tries, shown})
    ]
    labels.append("시도 " + " · ".join(links))
    if latest is not None:
        labels.append(f"상태: {escape(label(latest.state))}")
    if will_change:
        labels.append(f"{_REFRESH_SECONDS}초마다 새로 읽습니다")
    labels.append(
        f'<a href="{escape(_task_url(dag_id, run_id, task_id, map_index, shown))}">Airflow에서 보기</a>'
    )
    bar = "".join(f"<span>{label}</span>" for label in labels)

    document = _document(path_of(shown))
    if document is None:
        reason = (
            "아직 저장된 것이 없습니다. 노트북이 시작되면 여기에 나타납니다."
            if will_change
            else "이 시도는 노트북을 남기지 않았습니다. 커널을 띄우기 전에 멈췄다면 까닭은 태스크 로그에 있습니다."
        )
        return _page(_message_document(reason), bar, refresh=will_change, status_code=404)
    return _page(document, bar, refresh=will_change)


@app.exception_handler(HTTPException)
async def show_refusal(request: Request, error: HTTPException) -> Response:
    """사람이 브라우저로 왔으면 로그인 화면이나 한국어 설명으로, 프로그램이면 Airflow와 같은 JSON으로 답합니다."""
    is_browser = "text/html" in request.headers.get("accept", "")
    if not is_browser or "authorization" in request.headers:
        return await http_exception_handler(request, error)
    if error.status_code == 401:
        query = urlencode({"next": str(request.url)})
        return RedirectResponse(f"{API_ROOT_PATH}api/v2/auth/login?{query}")
    message = "이 DAG의 태스크 로그를 볼 권한이 없습니다. 권한은 Airflow 관리자가 줍니다."
    if error.status_code != 403:
        message = f"요청을 처리하지 못했습니다({error.status_code}): {error.detail}"
    return _page(_message_document(message), bar="", status_code=error.status_code)


def _tries(folder: Path) -> list[int]:
    """`folder`에 남은 시도 번호."""
    return [int(m[1]) for path in folder.glob("try-*.ipynb") if (m := re.fullmatch(r"try-(\d+)", path.stem))]


def _document(notebook: Path) -> str | None:
    """노트북을 그린 HTML. 함께 저장된 것이 노트북보다 오래됐거나 없으면 지금 그립니다. 노트북이 없으면 None."""
    try:
        changed = notebook.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    saved = notebook.with_suffix(".html")
    try:
        if saved.stat().st_mtime_ns >= changed:
            return saved.read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    return _render(notebook, changed)


@lru_cache(maxsize=4)
def _render(notebook: Path, changed: int) -> str:
    """`changed`(나노초)에 바뀐 노트북을 그립니다. 여러 사람이 같은 화면을 새로 읽어도 한 번만 그립니다."""
    from mlops_lab.runner import render_html

    return str(render_html(notebook))


def _message_document(message: str) -> str:
    return (
        '<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>노트북</title></head>'
        f'<body><p class="mlops-lab-message">{escape(message)}</p></body></html>'
    )


def _page(document: str, bar: str, *, refresh: bool = False, status_code: int = 200) -> HTMLResponse:
    """`document`의 본문 맨 위에 `bar`를 끼웁니다."""
    top = f'<style>{_STYLE}</style><nav class="mlops-lab-bar">{bar}</nav>'
    content, found = re.subn(r"<body\b[^>]*>", lambda m: m[0] + top, document, count=1)
    headers = {**_HEADERS, "Refresh": str(_REFRESH_SECONDS)} if refresh else _HEADERS
    return HTMLResponse(content if found else top + document, status_code=status_code, headers=headers)


def _task_url(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> str:
    """Airflow UI에서 이 태스크의 화면."""
    dag, run, task = (quote(part, safe="") for part in (dag_id, run_id, task_id))
    mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
    return f"{API_ROOT_PATH}dags/{dag}/runs/{run}/tasks/{task}{mapped}?try_number={try_number}"
