"""지우고 다시 실행하기: 원인을 고친 뒤, 실패한 곳부터 다시 합니다."""

from __future__ import annotations

from airflow.sdk import DAG, task

from mlops_lab import workspace

HOME = workspace.home(near=__file__)
BATCH = HOME / "lessons" / "clear_and_rerun" / "batch.csv"

DESCRIPTION = """
### 지우고 다시 실행하기

**처음에는 실패하는** DAG입니다. `read_batch`가 읽을 파일이 없기 때문입니다.

1. 실행하고, `read_batch`의 로그에서 무엇이 없는지 읽습니다.
2. 파일을 만들어 원인을 고칩니다: `touch workspace/lessons/clear_and_rerun/batch.csv`
3. `read_batch`에서 "태스크 인스턴스 지우기"를 누르고 다운스트림도 고릅니다.

지우면 상태만 지워지고, 스케줄러가 그 태스크부터 **다시 실행**합니다. 이미 성공한 `prepare`는 다시 하지 않습니다.
앞의 시도는 로그에 남아 있습니다. 파일을 지우면 처음부터 다시 해 볼 수 있습니다.
"""

with DAG(
    "clear_and_rerun",
    description="파일이 없으면 실패합니다. 고친 뒤 지우고 다시 실행합니다",
    max_active_runs=1,
    tags=["14"],
    doc_md=DESCRIPTION,
):

    @task
    def prepare() -> None:
        """파일이 올 폴더를 만듭니다."""
        BATCH.parent.mkdir(parents=True, exist_ok=True)

    @task
    def read_batch() -> int:
        """파일의 줄 수."""
        if not BATCH.is_file():
            raise FileNotFoundError(f"배치가 없습니다. 이 파일을 만든 뒤 태스크를 지워 주세요: {BATCH}")
        return len(BATCH.read_text("utf-8").splitlines())

    @task
    def report(rows: int) -> str:
        """사람이 읽을 한 문장."""
        return f"{rows}줄을 읽었습니다."

    prepare() >> (rows := read_batch())
    report(rows)
