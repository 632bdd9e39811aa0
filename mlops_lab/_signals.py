"""멈추라는 신호: Ctrl-C(SIGINT), SIGTERM, 닫힌 터미널(SIGHUP)."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def on_stop(handler: Callable[[int, FrameType | None], Any]) -> None:
    """멈추라는 신호를 `handler`가 받게 합니다. nohup으로 시작했으면 SIGHUP은 그대로 무시합니다."""
    for number in STOPPING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def ignore_stop() -> None:
    """멈추는 동안 다시 온 신호를 무시합니다. 도중에 그만두면 프로세스가 남습니다."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
