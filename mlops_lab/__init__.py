"""mlops-lab: 노트북을 Airflow 태스크로 실행하고, 드리프트를 판정하고, 그 과정을 가르칩니다.

맨 위에서는 무거운 패키지를 읽지 않습니다. `run_notebook`, `record`, `__version__`은 처음 쓸 때 불러옵니다.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from mlops_lab.runner import record as record
    from mlops_lab.runner import run_notebook as run_notebook

__all__ = ["record", "run_notebook"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from mlops_lab import runner

        return getattr(runner, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("mlops-lab")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
