"""기다리는 동안 노트북에 그리는 진행 막대."""

from __future__ import annotations

import contextlib
import html
import os
from collections.abc import Callable, Iterator

QUIET = "MLOPS_LAB_QUIET"
"""값이 있으면 진행 막대를 그리지 않습니다."""


def _is_quiet() -> bool:
    """진행 막대를 그리지 않을 곳인지: 노트북이 아니거나, 출력이 견주어지는 곳(nbval, papermill, 우리 빌더)."""
    if os.environ.get(QUIET) or "PYTEST_VERSION" in os.environ:
        return True
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return True
    history = shell.history_manager
    # nbclient(papermill, 빌더)는 기록을 파일에 남기지 않는 커널을 띄웁니다.
    return history is None or not history.enabled or str(history.hist_file) == ":memory:"


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[str, float | None], None]]:
    """노트북에 진행 막대를 그리고, 끝나면 지웁니다. 조용해야 하는 곳에서는 아무것도 하지 않습니다."""
    if _is_quiet():
        yield lambda text, part: None
        return
    from IPython.display import display

    handle = display({"text/html": ""}, raw=True, display_id=True)

    def tell(text: str, part: float | None) -> None:
        value = "" if part is None else f' value="{part:.3f}"'
        handle.update(
            {"text/html": f"<progress max='1'{value}></progress> <span>{html.escape(text)}</span>"}, raw=True
        )

    try:
        yield tell
    finally:
        handle.update({"text/html": ""}, raw=True)
