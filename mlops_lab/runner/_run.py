"""노트북 한 권의 실행: 요청을 확인하고(prepare), 엔진에 맡기고(execute), 있었던 일을 파일로 남깁니다."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops_lab import workspace
from mlops_lab.runner._errors import BadParameter, Interrupted, KernelDied, NotebookError, OutputError
from mlops_lab.runner._report import add_banner, count_cells, write_results
from mlops_lab.runner._result import ErrorInfo, RunResult
from mlops_lab.runner._secrets import Mask
from mlops_lab.runner._session import Log, Session
from mlops_lab.runner._store import check_output, html_path, next_try, reserve_try, write_atomic


def run_notebook(
    notebook: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    *,
    runs: str | os.PathLike[str] | None = None,
    timeout: float | None = None,
    cell_timeout: float | None = None,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    log: Log | None = None,
    html: bool = True,
    kernel_name: str | None = None,
) -> RunResult:
    """노트북 한 권을 매개변수를 넣어 실행하고 결과를 돌려줍니다.

    Args:
        notebook: 실행할 .ipynb.
        output: 실행한 노트북을 쓸 경로. 없으면 runs 폴더의 `local/<이름>/try-<n>.ipynb`이고, 번호는 실행마다 다릅니다.
        parameters: parameters 셀의 이름과 값. 문자열은 선언된 형식으로 바꿉니다.
        runs: 결과가 벗어날 수 없는 폴더. 없으면 `MLOPS_LAB_RUNS`, 그것도 없으면 output이 정합니다.
        timeout: 노트북 전체의 제한 시간(초).
        cell_timeout: 셀 하나의 제한 시간(초).
        cwd: 커널의 작업 폴더. 없으면 노트북이 있는 폴더입니다.
        env: 커널에 줄 환경 변수 전체. 없으면 지금 환경입니다.
        log: 진행을 한 줄씩 받을 함수.
        html: HTML도 함께 만들지.
        kernel_name: 실행할 커널의 이름. 없으면 노트북에 적힌 것입니다.

    Returns:
        성공한 실행의 결과.

    Raises:
        NotebookError: 실패의 종류마다 그 아래의 예외. 실행된 뒤라면 `.result`에 기록이 있습니다.
        KeyboardInterrupt: Ctrl-C. 파일에는 멈추었다고 남습니다.

    Examples:
        >>> run_notebook("train.ipynb", parameters={"month": "2013-03"}).results["auc"]  # doctest: +SKIP
        0.671
    """
    return NotebookRun(
        notebook,
        output,
        parameters,
        runs=runs,
        timeout=timeout,
        cell_timeout=cell_timeout,
        cwd=cwd,
        env=env,
        log=log,
        html=html,
        kernel_name=kernel_name,
    ).execute()


def preload() -> None:
    """노트북을 실행하는 데 쓰는 패키지를 미리 읽습니다. 태스크를 fork할 프로세스가 한 번 부릅니다.

    papermill, nbclient, nbconvert를 읽는 데 2초쯤 듭니다. 소켓이나 스레드는 만들지 않으므로 fork해도 됩니다.
    """
    import tempfile

    import ipykernel.kernelspec  # noqa: F401
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from mlops_lab.runner import _engine, _parameters  # noqa: F401
    from mlops_lab.runner._render import render_html

    KernelProvisionerFactory.instance()
    KernelSpecManager().find_kernel_specs()
    with tempfile.TemporaryDirectory() as folder:
        sample = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell("# 제목\n\n|가|나|\n|-|-|\n|1|2|"),
                nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="1")]),
            ]
        )
        nbformat.write(sample, Path(folder) / "sample.ipynb")
        render_html(Path(folder) / "sample.ipynb")


class NotebookRun:
    """멈출 수 있는 실행 하나. `prepare`로 요청만 먼저 확인할 수 있습니다. 인자는 `run_notebook`과 같습니다."""

    def __init__(
        self,
        notebook: str | os.PathLike[str],
        output: str | os.PathLike[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        runs: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        cell_timeout: float | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        log: Log | None = None,
        html: bool = True,
        kernel_name: str | None = None,
    ) -> None:
        self.notebook = Path(notebook).expanduser()
        self.parameters = dict(parameters or {})
        self._html = html
        self._kernel = kernel_name
        self._folder: Path | None = None
        self._nb: Any = None
        if runs is None and (chosen := os.environ.get(workspace.RUNS)):
            runs = chosen
        self._runs = Path(runs).expanduser().absolute() if runs is not None else None
        self._session = Session(
            Path(output).expanduser() if output is not None else None,
            cwd=Path(cwd).expanduser() if cwd is not None else self.notebook.absolute().parent,
            env=env,
            timeout=timeout,
            cell_timeout=cell_timeout,
            log=log,
        )

    @property
    def output(self) -> Path | None:
        """실행한 노트북을 쓸 경로. 정하지 않았으면 `execute`가 자리를 잡기 전에는 None입니다."""
        return self._session.output

    # 요청 확인 ----------------------------------------------------------------
    def prepare(self) -> None:
        """커널을 띄우지 않고 노트북, 매개변수, 결과 경로를 확인합니다. 두 번 불러도 됩니다.

        Raises:
            BadNotebook, BadParameter, OutputError: 요청이 잘못되었습니다.
        """
        if self._nb is not None:
            return
        try:
            self._prepare()
        except NotebookError as error:
            error.is_request_error = True
            raise

    def _prepare(self) -> None:
        from mlops_lab.runner._notebook import find_kernel, find_notebook, read_notebook
        from mlops_lab.runner._parameters import bind, inject

        session = self._session
        self.notebook = find_notebook(self.notebook)
        for name, value in (("timeout", session.timeout), ("cell_timeout", session.cell_timeout)):
            if value is not None and not 0 < value < float("inf"):
                raise BadParameter(f"제한 시간 {name}={value}은(는) 0보다 큰 초여야 합니다.")
        if not session.cwd.is_dir() and self.notebook.exists():
            raise BadParameter(f"작업 폴더 {session.cwd}이(가) 없습니다. 있는 폴더를 주십시오.")
        notebook = read_notebook(self.notebook)
        values = bind(notebook, self.parameters)
        inject(notebook, values)
        self._kernel = find_kernel(notebook, self._kernel)
        output, runs = session.output, self._runs
        if output is None:
            runs = runs or workspace.runs()
            folder = runs / "local" / self.notebook.stem
            self._folder = check_output(folder / f"try-{next_try(folder)}.ipynb", runs, self.notebook).parent
        else:
            session.output = check_output(output, runs, self.notebook)
        session.mask = Mask.of(values, session.env)
        notebook.metadata["papermill"] = {"input_path": self.notebook.name, "parameters": values}
        for cell in notebook.cells:
            cell.metadata.setdefault("tags", [])
            cell.metadata["papermill"] = {}
        self._nb = notebook

    # 실행 ---------------------------------------------------------------------
    def execute(self) -> RunResult:
        """실행하고 결과를 돌려줍니다. 예외는 `run_notebook`과 같습니다."""
        self.prepare()
        session = self._session
        if session.output is None:
            assert self._folder is not None
            session.output = reserve_try(self._folder)
        self._nb.metadata.papermill["output_path"] = session.output.name
        started = time.monotonic()
        session.begin()
        session.log(f"{self.notebook.name}을(를) 실행합니다.")
        failure = self._run()
        result = self._conclude(failure, time.monotonic() - started)
        if failure is None:
            return result
        cause = failure.__cause__
        raise failure if cause is None or isinstance(cause, Exception) else cause  # Ctrl-C는 그대로 냅니다.

    def _run(self) -> NotebookError | None:
        """엔진에 맡깁니다. 실패했으면 그 까닭을 돌려줍니다."""
        try:
            from mlops_lab.runner._engine import execute

            if self._html and "nbconvert" not in sys.modules:
                # 커널을 기다리는 동안 HTML을 만들 준비를 합니다.
                threading.Thread(target=_prepare_html, name="html", daemon=True).start()
            assert self._kernel is not None
            return execute(self._nb, self._kernel, self._session)
        except BaseException as error:  # 엔진은 예외를 내지 않습니다. 엔진에 닿기 전의 일입니다.
            kind = KernelDied if isinstance(error, Exception) else Interrupted
            failure = kind(f"실행을 준비하지 못했습니다: {type(error).__name__}: {error}")
            failure.__cause__ = error
            return failure

    def _conclude(self, failure: NotebookError | None, seconds: float) -> RunResult:
        """파일을 마지막으로 쓰고 결과를 만듭니다. 쓰지 못하면 그것도 실패입니다."""
        session = self._session
        cells = count_cells(self._nb)
        if failure is not None:
            failure.message = session.mask.text(failure.message)
            failure.args = (failure.message,)
            add_banner(self._nb, failure)
        result = RunResult(
            status="success" if failure is None else "failed",
            output=self.output,
            html=None,
            results=session.results,
            seconds=seconds,
            cells=cells,
            error=None if failure is None else _info(failure),
        )
        late: OutputError | None = None
        try:
            # 결과를 HTML보다 먼저 씁니다: 멈추라는 신호를 받았다면 HTML을 만들 시간이 없을 수 있습니다.
            session.save(self._nb)
            write_results(result)
            if self._html and (page := self._render()):
                result = replace(result, html=page)
                write_results(result)
        except OutputError as problem:
            late = problem
            written = self.output if self.output and self.output.exists() else None
            result = replace(result, status="failed", output=written, error=_info(failure or problem))
        if result.error:
            session.log(f"실패({result.error.kind}): {result.error.message}")
        else:
            session.log(f"성공: 코드 셀 {cells.completed}개, {seconds:.1f}초.")
        if failure is not None:
            failure.result = result
        elif late is not None:
            late.result = result
            raise late
        return result

    def _render(self) -> Path | None:
        """저장한 노트북을 HTML로 만듭니다. 만들지 못해도 실행의 성패는 바뀌지 않습니다."""
        from mlops_lab.runner._render import render_html

        assert self.output is not None
        target = html_path(self.output)
        try:
            page = render_html(self.output)
        except Exception as error:
            self._session.log(f"HTML을 만들지 못했습니다: {type(error).__name__}: {error}")
            return None
        write_atomic(target, page)
        return target

    def stop(self, reason: str) -> None:
        """실행을 멈춥니다. 신호 처리기나 다른 스레드에서 불러도 됩니다.

        커널을 곧바로 죽입니다. `execute`는 사실대로 저장한 뒤 `Interrupted`를 냅니다.
        """
        self._session.stop(reason)


def _prepare_html() -> None:
    from mlops_lab.runner._render import exporter

    exporter()


def _info(failure: NotebookError) -> ErrorInfo:
    return ErrorInfo(failure.kind, failure.cell, failure.message)
