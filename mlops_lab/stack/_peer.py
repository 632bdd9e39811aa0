"""비밀을 보내기 전에, 연결의 저쪽이 우리가 띄운 프로세스인지 확인합니다.

우리 서버가 죽으면 이 컴퓨터의 누구나 그 포트에서 들을 수 있습니다. 그래서 주소가 아니라 연결을 봅니다. 연결마다 저쪽 끝의 소켓을
우리 프로세스가 열고 있는지 운영체제에 묻고, 그 연결로만 보냅니다. 확인한 뒤에 포트의 주인이 바뀌어도 이 연결의 저쪽은 바뀌지 않습니다.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import psutil

from mlops_lab.stack import _processes
from mlops_lab.stack._errors import ApiError

_ACCEPT_SECONDS = 60.0
"""바쁜 서버가 연결을 받아들이기를 기다릴 시간. 요청에 제한 시간이 있으면 그것을 따릅니다."""


class OwnServerTransport(httpx.HTTPTransport):
    """`find()`의 프로세스나 그 자식이 받아들인 연결로만 요청을 보냅니다.

    Args:
        find: 지금의 서버를 돌려주는 함수. 서버가 없으면 None입니다
    """

    def __init__(self, find: Callable[[], psutil.Process | None]) -> None:
        super().__init__()
        self._find = find

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """요청을 보냅니다. 새 연결이면 아무것도 보내기 전에 저쪽이 누구인지 봅니다.

        Raises:
            ApiError: 우리 서버가 아닌 프로그램이 답할 때. 보낸 것은 없습니다.
        """

        def verify(event: str, info: dict[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                self._verify(request, info["return_value"])

        request.extensions = {**request.extensions, "trace": verify}
        return super().handle_request(request)

    def _verify(self, request: httpx.Request, stream: Any) -> None:
        connection: socket.socket = stream.get_extra_info("socket")
        seconds = request.extensions.get("timeout", {}).get("connect") or _ACCEPT_SECONDS
        here, there = connection.getsockname(), connection.getpeername()
        server = self._find()
        try:
            if server is not None and _processes.accepts(server, there, here, seconds):
                return
            connection.setblocking(False)
            if not connection.recv(1):
                raise ConnectionResetError("연결이 끊겼습니다")
        except TimeoutError:
            stream.close()
            raise httpx.ConnectTimeout("서버가 연결을 받아들이지 않습니다", request=request) from None
        except BlockingIOError:
            pass
        except OSError as error:  # 저쪽이 그사이에 끊었습니다. 우리 서버가 막 끝났을 수도 있습니다.
            stream.close()
            raise httpx.ConnectError(str(error), request=request) from None
        stream.close()
        raise ApiError(
            f"우리가 띄운 서버가 아닌 다른 프로그램이 답하고 있습니다: http://{there[0]}:{there[1]}\n"
            "서버가 죽은 뒤에 그 포트를 가져간 것으로 보입니다. 암호와 토큰은 보내지 않았습니다. "
            "`mlops-lab down` 뒤에 `mlops-lab up`을 하면 빈 포트에서 다시 시작합니다."
        )
