"""멈추라는 신호: 모두 듣되, nohup으로 시작했으면 닫힌 터미널은 무시합니다."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from mlops_lab import _signals

STARTED = """
import os, signal, sys
from mlops_lab._signals import ignore_stop, on_stop
heard = []
on_stop(lambda number, _: heard.append(number))
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    os.kill(os.getpid(), number)
ignore_stop()
os.kill(os.getpid(), signal.SIGTERM)
print(*heard)
"""


@pytest.mark.parametrize(
    ("prefix", "heard"),
    [((), _signals.STOPPING), (("nohup",), (signal.SIGINT, signal.SIGTERM))],
    ids=["terminal", "nohup"],
)
def test_who_is_heard(prefix: tuple[str, ...], heard: tuple[signal.Signals, ...]) -> None:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", STARTED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [str(int(number)) for number in heard]
