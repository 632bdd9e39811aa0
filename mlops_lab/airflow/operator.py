"""노트북 한 권을 Airflow 태스크로 실행하는 `NotebookOperator`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowTaskTimeout
from airflow.sdk.log import mask_secret

from mlops_lab.airflow.link import NotebookLink, notebook_url

if TYPE_CHECKING:
    from airflow.sdk import BaseOperatorLink, Context

    from mlops_lab.runner import NotebookError, NotebookRun, RunResult

_CONTEXT_PREFIX = "AIRFLOW_CTX_"
_AIRFLOW_PREFIXES = ("AIRFLOW", "_AIRFLOW")


class NotebookOperator(BaseOperator):
    """매개변수를 받는 노트북을 실행하고, `record`로 넘긴 결과를 XCom으로 돌려줍니다.

    시도마다 `runs/<dag>/<run>/<task>[.<map index>]/try-<n>.ipynb`를 남깁니다. 실패한 시도도 남습니다.
    runs 폴더는 `MLOPS_LAB_RUNS`, 없으면 `MLOPS_LAB_HOME` 아래입니다.

    노트북이나 매개변수가 잘못되었으면 커널을 띄우지 않고 바로 실패하며, 재시도하지 않습니다. 셀의 예외,
    시간 초과, 죽은 커널은 `retries`만큼 다시 시도합니다.

    Args:
        notebook: 노트북 파일. 상대 경로는 DAG 파일이 있는 폴더에서 찾습니다. 템플릿을 쓸 수 있습니다.
        parameters: 노트북의 parameters 셀에 넣을 값. 템플릿을 쓸 수 있고, 문자열은 노트북이 선언한
            형식으로 바뀝니다.
        env: 커널에만 더해 줄 환경 변수. 템플릿을 쓸 수 있습니다. 비밀은 매개변수 대신 여기로 넘기십시오.
            `AIRFLOW`로 시작하는 변수는 비밀을 담을 수 있어 커널에 넘기지 않습니다(`AIRFLOW_CTX_`는 넘깁니다).
        cwd: 노트북이 실행되는 폴더. 적지 않으면 노트북이 있는 폴더입니다. 템플릿을 쓸 수 있습니다.
        timeout: 노트북 전체의 제한 시간(초).
        cell_timeout: 셀 하나의 제한 시간(초).
        kernel_name: 실행할 커널의 이름. 적지 않으면 노트북에 적힌 것입니다.
        **kwargs: `BaseOperator`의 나머지 인자. `outlets`의 Asset에는 결과가 메타데이터로 붙습니다.

    Raises:
        AirflowFailException: 노트북, 매개변수, 결과 경로가 잘못되었습니다. 재시도하지 않습니다.
        AirflowException: 노트북이 실패했습니다. 재시도합니다.
        AirflowTaskTimeout: `execution_timeout`이 지났습니다. 재시도합니다.

    Examples:
        train = NotebookOperator(task_id="train", notebook="train.ipynb", parameters={"month": "{{ ds }}"})
        NotebookOperator(
            task_id="report",
            notebook="report.ipynb",
            parameters={"auc": "{{ ti.xcom_pull('train')['auc'] }}"},
        )
    """

    template_fields = ("notebook", "parameters", "env", "cwd")
    template_fields_renderers: ClassVar[dict[str, str]] = {"parameters": "json", "env": "json"}
    operator_extra_links: tuple[BaseOperatorLink, ...] = (NotebookLink(),)
    ui_color = "#fdf1e3"

    def __init__(
        self,
        *,
        notebook: str | os.PathLike[str],
        parameters: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        cell_timeout: float | None = None,
        kernel_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.notebook = notebook
        self.parameters = parameters
        self.env = env
        self.cwd = cwd
        self.timeout = timeout
        self.cell_timeout = cell_timeout
        self.kernel_name = kernel_name
        self._run: NotebookRun | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """노트북을 실행합니다. 돌려주는 사전이 태스크의 XCom이 됩니다."""
        from mlops_lab.runner import NotebookError, NotebookRun, run_path, runs_folder

        if not isinstance(self.parameters or {}, Mapping):
            raise AirflowFailException(
                f"parameters는 이름과 값의 사전이어야 하는데 {type(self.parameters).__name__}입니다. "
                '{"month": "{{ ds }}"}처럼 적으십시오.'
            )
        ti = context["ti"]
        # 실행하는 동안에도 링크가 열리도록 먼저 적어 둡니다.
        map_index = -1 if ti.map_index is None else ti.map_index
        url = notebook_url(ti.dag_id, ti.run_id, ti.task_id, map_index=map_index, try_number=ti.try_number)
        ti.xcom_push(key=NotebookLink().xcom_key, value=url)
        mask_secret(dict(self.parameters or {}))
        mask_secret(dict(self.env or {}))

        notebook = self._in_dag_folder(self.notebook)
        runs = runs_folder()
        output = run_path(
            runs, ti.dag_id, ti.run_id, ti.task_id, map_index=map_index, try_number=ti.try_number
        )
        self.log.info("노트북 %s을(를) 실행합니다. 결과 파일: %s", notebook, output)
        self._run = NotebookRun(
            notebook,
            output,
            self.parameters,
            runs=runs,
            timeout=self.timeout,
            cell_timeout=self.cell_timeout,
            cwd=notebook.parent if self.cwd is None else self._in_dag_folder(self.cwd),
            env=kernel_environment(self.env),
            log=self._log_line,
            kernel_name=self.kernel_name,
        )
        try:
            result = self._execute_apart(self._run)
        except NotebookError as error:
            if error.result is None:  # 실행이 시작되었으면 까닭은 이미 로그에 있습니다.
                self.log.error("%s", error)
            raise _airflow_error(error, output) from None
        self._describe_outlets(context, result.results)
        return result.results

    def on_kill(self) -> None:
        """태스크가 밖에서 멈추면 커널과 그 자식을 끝내고, 멈췄다는 사실을 파일에 남깁니다."""
        if self._run is not None:
            self._run.stop("Airflow가 태스크를 멈췄습니다")

    def _execute_apart(self, run: NotebookRun) -> RunResult:
        """다른 스레드에서 실행하고 기다립니다.

        execution_timeout의 예외는 주 스레드 아무 곳에서나 일어납니다. asyncio 안에서 일어나면 이벤트 루프가
        삼킬 수 있어, 주 스레드는 기다리기만 하게 둡니다.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="notebook") as pool:
            future = pool.submit(run.execute)
            try:
                return future.result()
            except AirflowTaskTimeout:
                seconds = self.execution_timeout.total_seconds() if self.execution_timeout else 0
                reason = f"execution_timeout {seconds:g}초를 넘겼습니다"
                run.stop(reason)
                # with를 나가면서 파일이 다 쓰이기를 기다립니다.
                raise AirflowTaskTimeout(f"{reason}. 저장한 노트북: {run.output}") from None

    def _in_dag_folder(self, path: str | os.PathLike[str]) -> Path:
        return Path(self.dag.fileloc).parent / path

    def _log_line(self, line: str) -> None:
        self.log.info("%s", line)

    def _describe_outlets(self, context: Context, results: dict[str, Any]) -> None:
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra = results


def kernel_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """커널에 줄 환경 변수 전체. Airflow의 접속 정보와 열쇠는 뺍니다."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_CONTEXT_PREFIX) or not name.startswith(_AIRFLOW_PREFIXES)
    }
    return kept | {name: str(value) for name, value in (extra or {}).items()}


def _airflow_error(error: NotebookError, output: Path) -> AirflowException:
    """재시도할지를 가리는 예외로 바꿉니다. 거절된 요청과 뜨지 못하는 커널은 재시도하지 않습니다."""
    if error.result is None:
        kind = AirflowFailException if error.is_request_error else AirflowException
        return kind(str(error))
    failed = AirflowFailException if error.kind == "kernel_not_started" else AirflowException
    return failed(f"{error}\n저장한 노트북: {error.result.output or output}")
