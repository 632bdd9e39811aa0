"""태스크의 로그에서 태스크가 스스로 적은 줄만 남깁니다."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PATH = re.compile(r"(?<![\w/.:])/(?:[\w.@%+=:~-]+/)+")
_SECONDS = re.compile(r"\d+(?:\.\d+)?초")


def own_lines(events: Sequence[dict[str, Any]], home: Path | None = None) -> list[str]:
    """로그에서 태스크가 스스로 적은 줄. 다시 실행해도 같도록 경로의 폴더와 걸린 시간을 지웁니다.

    print한 것, 로거로 적은 것, 예외의 차례입니다. Airflow는 print한 줄을 모았다가 적으므로 둘 사이의 앞뒤는 알 수 없습니다.

    Args:
        events: REST API의 로그. `event`(글), `logger`(적은 곳), `error_detail`(예외)
        home: 작업 폴더. 이름에 빈칸이 있어도 그 아래의 경로를 알아봅니다
    """
    printed: list[str] = []
    logged: list[str] = []
    errors: list[str] = []
    in_shell = False
    for event in events:
        text, logger = str(event.get("event", "")), str(event.get("logger") or "")
        errors += [f"{each['exc_type']}: {each['exc_value']}" for each in event.get("error_detail") or ()]
        if logger.endswith("SubprocessHook"):
            was_in_shell = in_shell
            in_shell = text == "Output:" or (in_shell and not text.startswith("Command exited with"))
            if was_in_shell and in_shell:
                logged.append(text)
        elif logger.endswith("NotebookOperator"):
            if "커널로 실행합니다" not in text:  # 예열 커널인지 아닌지는 그때그때 다릅니다.
                logged.append(_SECONDS.sub("…초", text))
        elif logger in ("task.stdout", "task.stderr"):
            printed.append(text)
        elif _is_own(logger):
            logged.append(text)
    lines = (*printed, *logged, *errors)
    if home is not None:
        lines = tuple(line.replace(f"{home}/", "/") for line in lines)
    return [_PATH.sub("", line) for line in lines]


def _is_own(logger: str) -> bool:
    """태스크의 로거인지, Airflow가 스스로 적은 것인지."""
    bare = logger.removeprefix("airflow.task.operators.").removeprefix("airflow.task.hooks.")
    return logger == "airflow.task" or (
        bool(bare) and bare.partition(".")[0] not in ("airflow", "task", "py")
    )
