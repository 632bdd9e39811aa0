"""구성 요소의 로그를 읽습니다."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlops_lab.stack import _config
from mlops_lab.stack._errors import StackError
from mlops_lab.stack._stack import COMPONENTS, LAUNCHER


def log_files(home: Path | str | None = None, component: str | None = None) -> dict[str, Path]:
    """{구성 요소: 로그 파일}. component를 주지 않으면 로그가 있는 것 모두입니다.

    Raises:
        StackError: 그런 구성 요소가 없거나 로그가 아직 없을 때.
    """
    names = [*COMPONENTS, LAUNCHER]
    if component is not None and component not in names:
        raise StackError(
            f"{component!r}라는 구성 요소가 없습니다. 다음 가운데 하나를 적어 주세요: {', '.join(names)}"
        )
    place = _config.layout(home)
    wanted = names if component is None else [component]
    found = {name: path for name in wanted if (path := place.logs / f"{name}.log").is_file()}
    if not found:
        raise StackError(
            f"로그가 아직 없습니다: {place.logs}\n`mlops-lab up`으로 Airflow를 먼저 시작해 주세요."
        )
    return found


def tail(path: Path, lines: int) -> list[str]:
    """로그의 마지막 몇 줄입니다."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=lines)]


def follow(files: Mapping[str, Path], *, interval: float = 0.3) -> Iterator[tuple[str, str]]:
    """지금부터 늘어나는 줄을 (구성 요소, 줄)로 끝없이 내놓습니다. Airflow를 다시 시작해 로그가 바뀌어도 따라갑니다."""
    opened = {}
    for name, path in files.items():
        opened[name] = path.open(encoding="utf-8", errors="replace")
        opened[name].seek(0, os.SEEK_END)
    unfinished = dict.fromkeys(files, "")
    try:
        while True:
            for name, path in files.items():
                for piece in opened[name]:
                    unfinished[name] += piece
                    if piece.endswith("\n"):
                        yield name, unfinished[name].rstrip("\n")
                        unfinished[name] = ""
                if path.exists() and not os.path.samestat(path.stat(), os.fstat(opened[name].fileno())):
                    opened[name].close()
                    opened[name] = path.open(encoding="utf-8", errors="replace")
            time.sleep(interval)
    finally:
        for file in opened.values():
            file.close()
