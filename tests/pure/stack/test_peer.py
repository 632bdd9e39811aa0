"""포트의 주인이 바뀌면 암호도 토큰도 보내지 않습니다. 상대는 모두 따로 된 진짜 프로세스입니다."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

import psutil
import pytest

from mlops_lab.stack import ApiError, Client

SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

version, port, wait = sys.argv[1], int(sys.argv[2]), sys.argv[3]

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        print(self.command, self.path, self.headers["Authorization"], sent, flush=True)
        status = 201 if self.path == "/auth/token" else 200
        body = json.dumps({"version": version, "access_token": "token", "a": 1}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/api/v2/bye":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = answer
    def log_message(self, *_): pass

class Server(HTTPServer):
    allow_reuse_address = True
    def get_request(self):
        connection = super().get_request()
        print("연결", flush=True)
        return connection

server = Server(("127.0.0.1", port), Handler)
if wait == "child" and (child := os.fork()):
    server.socket.close()
    print(os.getpid(), flush=True)
    os.wait()
print(server.server_address[1], flush=True)
time.sleep(float(wait) if wait != "child" else 0)
server.serve_forever()
"""

Serve = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[subprocess.Popen[str]] = []

    def start(
        port: int = 0, *, wait: str = "0", user: int | None = None
    ) -> tuple[subprocess.Popen[str], int]:
        version = metadata.version("apache-airflow-core")
        # 다른 사용자는 이 프로젝트의 파이썬을 읽지 못할 수 있어, 글로 준 프로그램을 컴퓨터의 파이썬으로 실행합니다.
        python = sys.executable if user is None else "/usr/bin/python3"
        process = subprocess.Popen(
            [python, "-I", "-c", SERVER, version, str(port), wait],
            stdout=subprocess.PIPE,
            text=True,
            user=user,
            cwd="/",
        )
        running.append(process)
        assert process.stdout is not None
        if wait == "child":
            assert int(process.stdout.readline()) == process.pid
        return process, int(process.stdout.readline())

    yield start
    for process in running:
        for each in psutil.Process(process.pid).children() if process.poll() is None else []:
            each.kill()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def received(process: subprocess.Popen[str]) -> list[str]:
    """끝내고, 받은 것을 한 줄씩 돌려줍니다."""
    process.kill()
    assert process.stdout is not None
    said = process.stdout.read()
    process.wait()
    return said.splitlines()


def connect(port: int, process: subprocess.Popen[str], timeout: float = 60.0) -> Client:
    found = psutil.Process(process.pid)
    return Client(f"http://127.0.0.1:{port}", "admin", "비밀", timeout=timeout, find=lambda: found)


@pytest.mark.parametrize("wait", ["0", "child"])
def test_our_server_and_its_children_are_talked_to(serve: Serve, wait: str) -> None:
    ours, port = serve(wait=wait)
    client = connect(port, ours)
    assert client.get("/x")["a"] == 1
    assert client.get("/bye")["a"] == 1
    assert client.get("/x")["a"] == 1  # 새 연결도 확인하고 씁니다.
    client.close()


@pytest.mark.parametrize("who", ["stranger", "same user"])
@pytest.mark.parametrize("logged_in", [True, False])
def test_whoever_takes_the_port_gets_neither_password_nor_token(
    serve: Serve, who: str, logged_in: bool
) -> None:
    if who == "stranger" and (os.geteuid() or not os.path.exists("/usr/bin/python3")):
        pytest.skip("다른 사용자로 실행하려면 root와 /usr/bin/python3이 있어야 합니다")
    ours, port = serve()
    client = connect(port, ours)
    if logged_in:
        assert client.get("/x")["a"] == 1
    assert any("비밀" in line for line in received(ours)) == logged_in
    impostor, _ = serve(port, user=65534 if who == "stranger" else None)
    uid = psutil.Process(impostor.pid).uids().effective
    assert (uid != os.geteuid()) == (who == "stranger")
    for ask in (lambda: client.get("/x"), client.version, client.health, lambda: client.trigger("a")):
        with pytest.raises(ApiError, match=rf"다른 프로그램이 답하고 있습니다: http://127.0.0.1:{port}"):
            ask()
    client.close()
    # 연결한 것은 알아도, 받은 것은 한 글자도 없습니다.
    assert set(received(impostor)) <= {"연결"}


def test_nobody_is_trusted_when_no_server_is_recorded(serve: Serve) -> None:
    _, port = serve()
    client = Client(f"http://127.0.0.1:{port}", "admin", "비밀", find=lambda: None)
    with pytest.raises(ApiError, match="다른 프로그램"):
        client.get("/x")
    client.close()


def test_a_busy_server_is_waited_for(serve: Serve) -> None:
    ours, port = serve(wait="0.7")
    client = connect(port, ours)
    assert client.get("/x")["a"] == 1
    client.close()


def test_a_server_that_never_accepts_is_told_as_such(serve: Serve) -> None:
    ours, port = serve(wait="600")
    client = connect(port, ours, timeout=0.3)
    with pytest.raises(ApiError, match=r"응답 없음.*\n.*받아들이지 않습니다"):
        client.request("GET", "/x", tries=1)
    client.close()
