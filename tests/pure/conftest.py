"""아무 입력이나 넣어 보는 시험이 함께 쓰는 것."""

from __future__ import annotations

import faulthandler
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def bounded() -> Iterator[None]:
    """메모리를 지금보다 2 GiB 넘게 쓰거나 한 시간이 넘도록 끝나지 않으면 실패합니다."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform.startswith("linux"):
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + 2 * 1024**3, hard))
    faulthandler.dump_traceback_later(3600, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
