"""Airflow UI의 태스크 화면에 붙는 "노트북 보기" 링크."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

URL_PREFIX = "/mlops-lab"
"""이 방의 페이지가 Airflow API 서버에서 차지하는 자리."""


def notebook_url(dag_id: str, run_id: str, task_id: str, *, map_index: int = -1, try_number: int = 1) -> str:
    """렌더링된 노트북 페이지의 주소.

    호스트를 뺀 주소입니다. 태스크가 도는 기계는 사람이 보는 호스트를 모를 수 있기 때문입니다.
    Airflow를 하위 경로에 두었으면 `[api] base_url`의 경로를 앞에 붙입니다.
    """
    base = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    parts = "/".join(quote(part, safe="") for part in (dag_id, run_id, task_id))
    query = urlencode({"map_index": map_index, "try_number": try_number})
    return f"{base}{URL_PREFIX}/notebooks/{parts}?{query}"


class NotebookLink(BaseOperatorLink):
    """실행된 노트북을 보여 주는 페이지로 가는 링크. 실행하는 동안에도, 실패한 뒤에도 열립니다."""

    name = "노트북 보기"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        return notebook_url(
            ti_key.dag_id,
            ti_key.run_id,
            ti_key.task_id,
            map_index=ti_key.map_index,
            try_number=ti_key.try_number,
        )
