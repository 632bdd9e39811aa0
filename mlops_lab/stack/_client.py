"""Airflow REST API v2의 얇은 클라이언트입니다. 토큰을 받아 두고, 만료되면 다시 받습니다."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Container
from datetime import datetime
from importlib import metadata
from typing import Any
from urllib.parse import quote

import httpx
import psutil

from mlops_lab.stack._dag_errors import explain_import_error
from mlops_lab.stack._errors import ApiError, StackError
from mlops_lab.stack._peer import OwnServerTransport

_RETRIED = frozenset({502, 503, 504})
_BUSY_DATABASE = ("database is locked", "database error")
"""SQLite의 잠금을 기다리다 만 것. Airflow는 까닭을 가리고 "Database error"라고만 답하기도 합니다."""
_WRITING = threading.Lock()
"""쓰는 요청은 한 번에 하나만 보냅니다. Airflow 3.3의 API 서버는 SQLite에서 쓰는 요청 둘이 겹치면 서로 기다리다 멈추기도 합니다."""
_RESTART = "`mlops-lab down` 뒤에 `mlops-lab up`을 하면 빈 포트에서 다시 시작합니다."
FINISHED = frozenset({"success", "failed"})
"""DAG 실행이 더 바뀌지 않는 상태입니다."""

Json = dict[str, Any]


def _part(value: str) -> str:
    return quote(value, safe="~")


class Client:
    """한 Airflow에 묻고 시키는 창구입니다.

    Args:
        url: Airflow의 주소(예: http://127.0.0.1:8080)
        username: 로그인할 사용자
        password: 그 암호. 토큰으로 바꿔 씁니다(POST /auth/token)
        timeout: 응답을 기다릴 시간(초)
        find: 이 컴퓨터에 띄운 API 서버를 돌려주는 함수. 주면 그 프로세스가 받아들인 연결로만 보냅니다. 다른 컨테이너나
            컴퓨터의 Airflow처럼 프로세스를 볼 수 없는 것에만 주지 않습니다
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        timeout: float = 60.0,
        find: Callable[[], psutil.Process | None] | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._login = {"username": username, "password": password}
        # 프록시 환경 변수를 따르지 않습니다. 이 컴퓨터 안의 주소이기 때문입니다.
        transport = None if find is None else OwnServerTransport(find)
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False, transport=transport)
        self._token = ""

    def close(self) -> None:
        self._http.close()

    def version(self) -> str:
        """답하는 Airflow의 판(예: 3.3.2)입니다. 로그인하지 않아도 됩니다.

        Raises:
            ApiError: Airflow가 아닌 프로그램이 답할 때.
        """
        response = self._http.get("/api/v2/version")
        try:
            return str(response.raise_for_status().json()["version"])
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise ApiError(
                f"Airflow가 아닌 다른 프로그램이 답하고 있습니다(HTTP {response.status_code}): {self.url}\n{_RESTART}",
                response.status_code,
            ) from None

    def _authenticate(self) -> None:
        # 암호를 보내기 전에 우리가 띄운 것과 같은 판인지 봅니다.
        met, expected = self.version(), _expected_version()
        if expected and met.split(".")[:2] != expected.split(".")[:2]:
            raise ApiError(
                f"다른 판의 Airflow가 답하고 있습니다: {self.url}\n"
                f"만난 것은 Airflow {met}이고, 필요한 것은 Airflow {expected}입니다. {_RESTART}"
            )
        response = self._http.post("/auth/token", json=self._login)
        if response.status_code != httpx.codes.CREATED:
            raise ApiError(
                f"Airflow에 로그인하지 못했습니다(HTTP {response.status_code}): {self.url}\n"
                f"이 포트에 다른 Airflow {met}가 있거나 암호 파일이 바뀌었습니다. {_RESTART}",
                response.status_code,
            )
        self._token = response.json()["access_token"]

    def request(self, method: str, path: str, *, tries: int = 5, **options: Any) -> httpx.Response:
        """`/api/v2` 아래 path에 요청합니다. 잠시 안 되는 일(연결 끊김, 503, 잠긴 SQLite)은 조금 쉬고 다시 합니다.

        Raises:
            ApiError: 거절되었거나 여러 번 해도 응답이 없을 때.
        """
        problem, status = "", None
        for attempt in range(tries):
            if attempt:
                time.sleep(0.5 * attempt)
            try:
                if not self._token:
                    self._authenticate()
                headers = {"Authorization": f"Bearer {self._token}", **options.get("headers", {})}
                with contextlib.nullcontext() if method == "GET" else _WRITING:
                    response = self._http.request(method, f"/api/v2{path}", **{**options, "headers": headers})
            except httpx.TransportError as error:
                problem, status = f"{type(error).__name__}: {error}", None
                if method != "GET" and not isinstance(error, httpx.ConnectError):
                    break
                continue
            if response.is_success:
                return response
            problem, status = _detail(response), response.status_code
            if status == httpx.codes.UNAUTHORIZED and self._token:
                self._token = ""
            elif not (status in _RETRIED or any(word in problem.lower() for word in _BUSY_DATABASE)):
                break
        if status is None:
            raise ApiError(
                f"Airflow가 답하지 않습니다(응답 없음): {method} {path}\n{problem}\n"
                "멈추었다면 다시 시작해 주세요. 노트북에서는 connect(), 터미널에서는 mlops-lab up입니다."
            )
        raise ApiError(
            f"Airflow REST API 요청이 실패했습니다(HTTP {status}): {method} {path}\n{problem}", status
        )

    def get(self, path: str, **params: Any) -> Json:
        """GET 요청의 JSON 본문입니다."""
        body: Json = self.request("GET", path, params=params).json()
        return body

    def pages(self, path: str, key: str, **params: Any) -> list[Json]:
        """여러 쪽에 나뉜 목록을 끝까지 읽습니다."""
        items: list[Json] = []
        while True:
            body = self.get(path, **{**params, "limit": 100, "offset": len(items)})
            items += body[key]
            if not body[key] or len(items) >= body["total_entries"]:
                return items

    def health(self) -> Json:
        """구성 요소별 상태입니다. 로그인하지 않아도 됩니다."""
        body: Json = self._http.get("/api/v2/monitor/health", timeout=10).raise_for_status().json()
        return body

    def import_errors(self) -> list[Json]:
        """Dag 프로세서가 읽지 못한 파일과 그 이유입니다."""
        return self.pages("/importErrors", "import_errors")

    def wait_for_dag(self, dag_id: str, timeout: float = 60.0) -> Json:
        """Dag 프로세서가 DAG를 등록할 때까지 기다립니다.

        Raises:
            StackError: timeout초 안에 나타나지 않을 때. DAG 파일의 오류가 있으면 함께 알립니다.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.dag(dag_id)
            except ApiError as error:
                if error.status != httpx.codes.NOT_FOUND:
                    raise
            if time.monotonic() > deadline:
                broken = "\n".join(
                    str(explain_import_error(item["filename"], item["stack_trace"]))
                    for item in self.import_errors()
                )
                hint = (
                    f"읽지 못한 DAG 파일이 있습니다.\n{broken}"
                    if broken
                    else "dags 폴더와 dag_id를 확인해 주세요."
                )
                raise StackError(f"DAG {dag_id!r}가 {timeout:g}초 안에 나타나지 않았습니다.\n{hint}")
            time.sleep(0.5)

    def unpause(self, dag_id: str) -> None:
        """DAG를 켭니다."""
        self._set_paused(dag_id, False)

    def pause(self, dag_id: str) -> None:
        """DAG를 끕니다."""
        self._set_paused(dag_id, True)

    def _set_paused(self, dag_id: str, paused: bool) -> None:
        self.request("PATCH", f"/dags/{_part(dag_id)}", json={"is_paused": paused})

    def trigger(self, dag_id: str, conf: Json | None = None, logical_date: datetime | None = None) -> Json:
        """DAG를 한 번 실행합니다. 만든 DAG 실행을 돌려줍니다."""
        body = {"logical_date": logical_date.isoformat() if logical_date else None, "conf": conf or {}}
        run: Json = self.request("POST", f"/dags/{_part(dag_id)}/dagRuns", json=body).json()
        return run

    def backfill(
        self,
        dag_id: str,
        start: datetime,
        end: datetime,
        *,
        max_active_runs: int = 1,
        reprocess: str = "none",
    ) -> int:
        """start부터 end까지(논리적 날짜, 양 끝 포함) 백필을 만들고 그 번호를 돌려줍니다.

        만드는 동안 DAG를 잠시 끕니다. SQLite에서는 백필을 만들다가 데이터베이스가 잠겨 되돌리는 일이 있는데(503),
        그 사이에 스케줄러가 만들다 만 실행을 집으면 스케줄러가 죽기 때문입니다. 꺼진 DAG의 실행은 집지 않습니다.

        Args:
            dag_id: DAG의 이름
            start: 첫 논리적 날짜
            end: 마지막 논리적 날짜. 이날도 들어갑니다
            max_active_runs: 함께 돌 실행의 수
            reprocess: 이미 있는 실행을 어떻게 할지. none(그대로), failed(실패한 것만 다시), completed(끝난 것도 다시)
        """
        body = {
            "dag_id": dag_id,
            "from_date": start.isoformat(),
            "to_date": end.isoformat(),
            "max_active_runs": max_active_runs,
            "reprocess_behavior": reprocess,
        }
        was_on = not self.dag(dag_id)["is_paused"]
        if was_on:
            self.pause(dag_id)
        try:
            return int(self.request("POST", "/backfills", tries=10, json=body).json()["id"])
        finally:
            if was_on:
                self.unpause(dag_id)

    def runs(self, dag_id: str, **filters: Any) -> list[Json]:
        """DAG 실행 목록입니다. 논리적 날짜 순입니다."""
        return self.pages(f"/dags/{_part(dag_id)}/dagRuns", "dag_runs", order_by="logical_date", **filters)

    def run(self, dag_id: str, run_id: str) -> Json:
        """DAG 실행 하나입니다."""
        return self.get(f"/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}")

    def delete_runs(self, dag_id: str, keep: Container[str] = ()) -> int:
        """DAG를 끄고 지난 실행을 지웁니다. 지운 실행의 수를 돌려줍니다. 도는 것은 먼저 실패로 끝냅니다.

        Args:
            dag_id: DAG의 이름
            keep: 지우지 않을 run_id
        """
        self.pause(dag_id)
        found = [run for run in self.runs(dag_id) if run["dag_run_id"] not in keep]
        for run in found:
            path = f"/dags/{_part(dag_id)}/dagRuns/{_part(run['dag_run_id'])}"
            if run["state"] not in FINISHED:
                self.request("PATCH", path, json={"state": "failed"})
            self.request("DELETE", path)
        return len(found)

    def dag(self, dag_id: str) -> Json:
        """등록된 DAG 하나입니다.

        Raises:
            ApiError: 등록되지 않았을 때(status 404).
        """
        return self.get(f"/dags/{_part(dag_id)}")

    def dags(self) -> list[Json]:
        """등록된 DAG의 목록입니다."""
        return self.pages("/dags", "dags")

    def tasks(self, dag_id: str) -> list[Json]:
        """DAG의 태스크 목록입니다. 이어지는 태스크가 `downstream_task_ids`에 있습니다."""
        found: list[Json] = self.get(f"/dags/{_part(dag_id)}/tasks")["tasks"]
        return found

    def task_instances(self, dag_id: str, run_id: str = "~", **filters: Any) -> list[Json]:
        """태스크 인스턴스 목록입니다. run_id가 `~`이면 모든 실행에서 찾습니다."""
        return self.pages(
            f"/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances", "task_instances", **filters
        )

    def tries(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> list[Json]:
        """태스크 인스턴스의 시도 목록입니다. 마지막 시도도 들어 있습니다."""
        path = f"/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances/{_part(task_id)}"
        path += f"/{map_index}/tries" if map_index >= 0 else "/tries"
        found: list[Json] = self.get(path)["task_instances"]
        return found

    def xcom(
        self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", map_index: int = -1
    ) -> Any:
        """태스크가 넘긴 XCom 값입니다.

        Raises:
            ApiError: 그런 값이 없을 때(status 404).
        """
        path = f"/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances/{_part(task_id)}/xcomEntries/{_part(key)}"
        return self.get(path, map_index=map_index)["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1) -> str:
        """태스크의 로그입니다. 한 줄에 한 사건입니다."""
        return "\n".join(map(_log_line, self.log_events(dag_id, run_id, task_id, try_number, map_index)))

    def log_events(
        self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, map_index: int = -1
    ) -> list[Json]:
        """태스크의 로그를 사건의 목록으로 읽습니다. `event`에 글이, `logger`에 적은 곳이 있습니다."""
        path = (
            f"/dags/{_part(dag_id)}/dagRuns/{_part(run_id)}/taskInstances/{_part(task_id)}/logs/{try_number}"
        )
        body = self.request(
            "GET",
            path,
            params={"map_index": map_index, "full_content": True},
            headers={"Accept": "application/json"},
        ).json()
        content = body["content"]
        lines = content.splitlines() if isinstance(content, str) else content
        return [{"event": line} if isinstance(line, str) else line for line in lines]

    def wait(self, dag_id: str, run_id: str, timeout: float = 600.0, interval: float = 0.5) -> str:
        """DAG 실행이 끝날 때까지 기다리고 마지막 상태를 돌려줍니다.

        Raises:
            StackError: timeout초 안에 끝나지 않을 때.
        """
        deadline = time.monotonic() + timeout
        while True:
            state = str(self.run(dag_id, run_id)["state"])
            if state in FINISHED:
                return state
            if time.monotonic() > deadline:
                raise StackError(
                    f"{dag_id} {run_id} 실행이 {timeout:g}초 안에 끝나지 않았습니다. 지금 상태: {state}"
                )
            time.sleep(interval)


def _expected_version() -> str | None:
    """설치된 Airflow의 판입니다. 설치되어 있지 않으면 None입니다."""
    try:
        return metadata.version("apache-airflow-core")
    except metadata.PackageNotFoundError:
        return None


def _log_line(line: Json) -> str:
    errors = (f"{error['exc_type']}: {error['exc_value']}" for error in line.get("error_detail") or ())
    return "\n".join([str(line.get("event", line)), *errors])


def _detail(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail", "")
    except (ValueError, AttributeError):
        detail = response.text
    return str(detail)[:2000]
