"""에셋: 시각이 아니라, 자료가 새로워졌을 때 실행합니다."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Asset, task

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
FILE = HOME / "lessons" / "assets" / "delays.txt"
DELAYS = Asset("lesson_delays", "x-mlops-lab://lessons/delays")

DESCRIPTION = """
### 에셋

- `asset_producer`는 파일을 쓰고 에셋 `lesson_delays`를 **생산**합니다(`outlets`).
- `asset_consumer`는 그 에셋을 **소비**합니다(`schedule`). 에셋이 새로워지면 스케줄러가 실행합니다.

두 DAG를 모두 켜고 `asset_producer`만 실행합시다. `asset_consumer`의 실행 유형이 "에셋 트리거"로 나타납니다.
Airflow는 파일을 들여다보지 않습니다. 에셋이 새로워졌다고 알리는 것은 **성공한 태스크**입니다.
"""

with DAG(
    "asset_producer", description="에셋을 생산합니다", max_active_runs=1, tags=["10"], doc_md=DESCRIPTION
):

    @task(outlets=[DELAYS])
    def write_delays(outlet_events: Any = None) -> None:
        """지연 시간을 쓰고, 몇 줄인지 에셋 이벤트에 덧붙입니다."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text("12\n47\n88\n", "utf-8")
        outlet_events[DELAYS].extra = {"rows": 3}

    write_delays()

with DAG(
    "asset_consumer",
    description="에셋이 새로워지면 실행됩니다",
    schedule=[DELAYS],
    max_active_runs=1,
    tags=["10"],
    doc_md=DESCRIPTION,
):

    @task
    def find_worst(triggering_asset_events: Any = None) -> dict[str, Any]:
        """누가 알려 주었는지와, 가장 늦은 편의 지연 시간(분)."""
        # 사람이 직접 실행하면 알려 준 에셋 이벤트가 없습니다.
        events = triggering_asset_events.get(DELAYS, [])
        worst = max(int(line) for line in FILE.read_text("utf-8").splitlines())
        return {"told_by": sorted({event.source_dag_id for event in events}), "worst": worst}

    find_worst()
