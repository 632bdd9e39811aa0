"""노트북을 Airflow 태스크로: 오퍼레이터, UI 링크와 페이지, 프로바이더 정보.

DAG 파일이 이 모듈을 읽을 때 papermill이나 nbconvert 같은 무거운 패키지를 함께 읽지 않습니다.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_lab._extras import require

if TYPE_CHECKING:
    from mlops_lab.airflow.operator import NotebookOperator as NotebookOperator

__all__ = ["NotebookOperator"]


def __getattr__(name: str) -> Any:
    if name == "NotebookOperator":
        require("airflow", "airflow")
        from mlops_lab.airflow.operator import NotebookOperator

        return NotebookOperator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
