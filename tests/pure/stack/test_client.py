"""REST 클라이언트: 만료된 토큰, 잠긴 데이터베이스, 거절. 상대는 이 시험이 띄운 작은 HTTP 서버입니다."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest

from mlops_lab.stack import ApiError, Client

Answer = tuple[int, dict[str, object]]


class Server(ThreadingHTTPServer):
    """정해 둔 답을 차례로 돌려주고, 받은 요청을 적어 둡니다."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.seen: list[tuple[str, str]] = []
        self.tokens = 0
        self.version: str | None = metadata.version("apache-airflow-core")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/auth/token":
            self.server.tokens += 1
            status, body = 201, {"access_token": f"token-{self.server.tokens}"}
        elif self.path == "/api/v2/version":
            status, body = (200, {"version": self.server.version}) if self.server.version else (404, {})
        else:
            self.server.seen.append((f"{self.command} {self.path}", self.headers["Authorization"]))
            status, body = self.server.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    client = Client(server.url, "admin", "암호")
    yield client
    client.close()


def test_expired_token_is_renewed(server: Server, client: Client) -> None:
    server.answers = [(200, {"a": 1}), (401, {"detail": "expired"}), (200, {"a": 2})]
    assert client.get("/x") == {"a": 1}
    assert client.get("/x") == {"a": 2}
    assert [token for _, token in server.seen] == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_locked_database_is_tried_again(server: Server, client: Client) -> None:
    server.answers = [
        (503, {"detail": "Database is locked. Backfill creation is not supported on SQLite"}),
        (500, {"detail": "(sqlite3.OperationalError) database is locked"}),
        (500, {"detail": {"reason": "Database error", "statement": "hidden", "orig_error": "hidden"}}),
        (200, {"id": 7}),
    ]
    assert client.request("POST", "/backfills", json={}).json() == {"id": 7}


def test_refusal_is_told_at_once(server: Server, client: Client) -> None:
    server.answers = [(404, {"detail": "Dag not found"})]
    with pytest.raises(ApiError, match=r"HTTP 404.*\n.*Dag not found") as caught:
        client.get("/dags/x")
    assert caught.value.status == 404
    assert len(server.seen) == 1


def test_pages_are_read_to_the_end(server: Server, client: Client) -> None:
    server.answers = [
        (200, {"dag_runs": [{"n": 1}, {"n": 2}], "total_entries": 3}),
        (200, {"dag_runs": [{"n": 3}], "total_entries": 3}),
    ]
    assert [run["n"] for run in client.runs("한글/dag")] == [1, 2, 3]
    assert "offset=2" in server.seen[1][0]
    assert "%2Fdag" in server.seen[0][0]


def test_airflow_of_another_version_is_named_before_the_password_is_sent(
    server: Server, client: Client
) -> None:
    server.version = "2.10.2"
    expected = metadata.version("apache-airflow-core")
    with pytest.raises(ApiError, match=rf"만난 것은 Airflow 2\.10\.2이고, 필요한 것은 Airflow {expected}"):
        client.get("/dags")
    assert server.tokens == 0


def test_program_that_is_no_airflow_is_told(server: Server, client: Client) -> None:
    server.version = None
    with pytest.raises(ApiError, match="Airflow가 아닌 다른 프로그램"):
        client.get("/dags")
    assert server.tokens == 0


def test_nobody_listening_is_told(server: Server) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(ApiError, match="응답 없음") as caught:
        Client(server.url, "admin", "x").request("GET", "/dags", tries=1)
    assert caught.value.status is None
