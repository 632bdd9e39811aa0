"""노트북 한 권의 실행: 요청을 확인하고, 엔진에 맡기고, 있었던 일을 파일로 남깁니다."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops_lab.runner._errors import BadParameter, KernelDied, NotebookError, OutputError
from mlops_lab.runner._processes import MARKER, descendants, kill
from mlops_lab.runner._result import Cells, ErrorInfo, RunResult
from mlops_lab.runner._store import Mask, SaveBudget, check_output, next_try, runs_folder, write_atomic

Log = Callable[[str], None]


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
) -> RunResult:
    """노트북 한 권을 매개변수를 넣어 실행하고 결과를 돌려줍니다.

    Args:
        notebook: 실행할 .ipynb.
        output: 실행한 노트북을 쓸 경로. 없으면 runs 폴더의 `local/<이름>/try-<n>.ipynb`입니다.
        parameters: parameters 셀의 이름과 값. 문자열은 선언된 형식으로 바꿉니다.
        runs: 결과가 벗어날 수 없는 폴더. 없으면 `MLOPS_LAB_RUNS`, 그것도 없으면 output이 정합니다.
        timeout: 노트북 전체의 제한 시간(초).
        cell_timeout: 셀 하나의 제한 시간(초).
        cwd: 커널의 작업 폴더. 없으면 노트북이 있는 폴더입니다.
        env: 커널에 줄 환경 변수 전체. 없으면 지금 환경입니다.
        log: 진행을 한 줄씩 받을 함수.
        html: HTML도 함께 만들지.

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
    ) -> None:
        self.notebook = Path(notebook).expanduser()
        self.parameters = dict(parameters or {})
        self.timeout = timeout
        self.cell_timeout = cell_timeout
        self.cwd = Path(cwd).expanduser() if cwd is not None else self.notebook.absolute().parent
        self.results: dict[str, Any] = {}
        self.budget = SaveBudget()
        self.stop_reason: str | None = None
        self.kernel_pid: int | None = None
        self.family: list[Any] = []
        self.failure: NotebookError | None = None
        self.marker = uuid.uuid4().hex
        self._html = html
        self._env = env
        self._log = log
        self._mask = Mask([])
        self._nb: Any = None
        self._deadline: float | None = None
        if runs is None and (chosen := os.environ.get("MLOPS_LAB_RUNS")):
            runs = chosen
        self._runs = Path(runs).expanduser().absolute() if runs is not None else None
        self.output = Path(output).expanduser() if output is not None else None

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
        from mlops_lab.runner._notebook import read_notebook
        from mlops_lab.runner._parameters import bind, inject, is_secret

        for name, value in (("timeout", self.timeout), ("cell_timeout", self.cell_timeout)):
            if value is not None and not 0 < value < float("inf"):
                raise BadParameter(f"제한 시간 {name}={value}은(는) 0보다 큰 초여야 합니다.")
        if not self.cwd.is_dir() and self.notebook.exists():
            raise BadParameter(f"작업 폴더 {self.cwd}이(가) 없습니다. 있는 폴더를 주십시오.")
        notebook = read_notebook(self.notebook)
        values = bind(notebook, self.parameters)
        inject(notebook, values)
        output, runs = self.output, self._runs
        if output is None:
            runs = runs or runs_folder()
            folder = runs / "local" / self.notebook.stem
            output = folder / f"try-{next_try(folder)}.ipynb"
        self.output = check_output(output, runs, self.notebook)
        # 너무 짧은 값을 가리면 글 전체가 망가지므로, 짧은 것은 가리지 않습니다.
        hidden = [str(v) for n, v in self.parameters.items() if is_secret(n) and len(str(v)) >= 4]
        env = os.environ if self._env is None else self._env
        hidden += [v for n, v in env.items() if is_secret(n) and len(v) >= 8]
        self._mask = Mask(hidden)
        notebook.metadata["papermill"] = {
            "input_path": self.notebook.name,
            "output_path": self.output.name,
            "parameters": values,
        }
        for cell in notebook.cells:
            cell.metadata.setdefault("tags", [])
            cell.metadata["papermill"] = {}
        self._nb = notebook

    # 실행 ---------------------------------------------------------------------
    def execute(self) -> RunResult:
        """실행하고 결과를 돌려줍니다. 예외는 `run_notebook`과 같습니다."""
        self.prepare()
        started = time.monotonic()
        self._deadline = None if self.timeout is None else started + self.timeout
        self.log(f"{self.notebook.name}을(를) 실행합니다.")

        from papermill.engines import papermill_engines

        from mlops_lab.runner._engine import LabEngine
        from mlops_lab.runner._notebook import kernel_name

        papermill_engines.register("mlops-lab", LabEngine)
        if self._html and "nbconvert" not in sys.modules:
            # 커널을 기다리는 동안 HTML을 만들 준비를 합니다.
            threading.Thread(target=_prepare_html, name="html", daemon=True).start()
        try:
            self.save(self._nb)
            papermill_engines.execute_notebook_with_engine(
                "mlops-lab", self._nb, kernel_name(self._nb, self.log), run=self
            )
        except NotebookError as error:
            self.failure = error
            raise
        except BaseException as error:
            if self.failure is None:
                self.failure = KernelDied(f"실행을 준비하지 못했습니다: {type(error).__name__}: {error}")
            raise
        finally:
            result = self._conclude(self.failure, time.monotonic() - started)
        return result

    def _conclude(self, failure: NotebookError | None, seconds: float) -> RunResult:
        """파일을 마지막으로 쓰고 결과를 만듭니다. 쓰지 못하면 그것도 실패입니다."""
        from mlops_lab.runner._notebook import code_cells

        assert self.output is not None
        states = [c.metadata.papermill.get("status", "pending") for c in code_cells(self._nb)]
        completed, failed = states.count("completed"), states.count("failed")
        cells = Cells(len(states), completed, failed, len(states) - completed - failed)
        if failure is not None:
            failure.message = self._mask.text(failure.message)
            failure.args = (failure.message,)
            self._add_banner(failure, cells)
        results = self._mask.value(self.results)
        result = RunResult(_status(failure), self.output, None, results, seconds, cells, _info(failure))
        late: OutputError | None = None
        try:
            # 결과를 HTML보다 먼저 씁니다: 멈추라는 신호를 받았다면 HTML을 만들 시간이 없을 수 있습니다.
            self.save(self._nb)
            self._write_results(result)
            if self._html and (page := self._render()):
                result = replace(result, html=page)
                self._write_results(result)
        except OutputError as problem:
            late = problem
            written = self.output if self.output.exists() else None
            result = replace(result, status="failed", output=written, error=_info(failure or problem))
        if result.error:
            self.log(f"실패({result.error.kind}): {result.error.message}")
        else:
            self.log(f"성공: 코드 셀 {cells.completed}개, {seconds:.1f}초.")
        if failure is not None:
            failure.result = result
        elif late is not None:
            late.result = result
            raise late
        return result

    def _write_results(self, result: RunResult) -> None:
        """결과를 노트북 곁의 `.results.json`에 씁니다."""
        assert self.output is not None
        text = json.dumps(result.to_dict(), ensure_ascii=False, indent=1) + "\n"
        write_atomic(self.output.with_suffix(".results.json"), text)

    def _add_banner(self, failure: NotebookError, cells: Cells) -> None:
        """맨 위에 무슨 일이 있었는지 적은 셀을 둡니다."""
        import html

        import nbformat

        from mlops_lab.runner._notebook import BANNER_TAG

        names = {
            "cell_error": "셀이 실패했습니다",
            "timeout": "제한 시간을 넘겼습니다",
            "kernel_died": "커널이 죽었습니다",
            "early_exit": "끝까지 실행되지 않았습니다",
            "interrupted": "실행을 멈추었습니다",
            "output_error": "결과를 쓰지 못했습니다",
        }
        message = html.escape(failure.message).replace("\n", "<br>")
        text = (
            f"<div style='border-left:6px solid #b3261e;padding:.6em 1em;background:#fdecea;color:#410e0b'>"
            f"<strong>이 실행은 실패했습니다: {names.get(failure.kind, failure.kind)}</strong><br>{message}<br>"
            f"코드 셀 {cells.total}개 가운데 완료 {cells.completed}, 실패 {cells.failed}, "
            f"실행하지 않음 {cells.pending}.</div>"
        )
        banner = nbformat.v4.new_markdown_cell(text, metadata={"tags": [BANNER_TAG]})
        banner.metadata["papermill"] = {}
        self._nb.cells.insert(0, banner)

    def save(self, nb: Any) -> None:
        """지금까지의 노트북을 원자적으로 저장합니다."""
        import nbformat

        assert self.output is not None
        started = time.monotonic()
        write_atomic(self.output, nbformat.writes(self._mask.notebook(nb)) + "\n")
        self.budget.spent(time.monotonic() - started)

    def _render(self) -> Path | None:
        """저장한 노트북을 HTML로 만듭니다. 만들지 못해도 실행의 성패는 바뀌지 않습니다."""
        from mlops_lab.runner._render import render_html

        assert self.output is not None
        target = self.output.with_suffix(".html")
        try:
            page = render_html(self.output)
        except Exception as error:
            self.log(f"HTML을 만들지 못했습니다: {type(error).__name__}: {error}")
            return None
        write_atomic(target, page)
        return target

    # 엔진이 묻는 것 -----------------------------------------------------------
    def log(self, line: str) -> None:
        """진행을 한 줄 알립니다. 비밀은 가립니다."""
        if self._log is not None:
            self._log(self._mask.text(line))

    def mask(self, text: str) -> str:
        """비밀을 가린 글."""
        return self._mask.text(text)

    def kernel_environment(self) -> dict[str, str]:
        """커널에 줄 환경 변수."""
        env = dict(os.environ if self._env is None else self._env)
        env[MARKER] = f"{env.get(MARKER, '')}:{self.marker}"  # 노트북 안에서 또 실행해도 함께 거둡니다.
        return env

    def seconds_left(self) -> float | None:
        """전체 제한 시간까지 남은 초. 제한이 없으면 None."""
        return None if self._deadline is None else self._deadline - time.monotonic()

    def seconds_for_startup(self) -> int:
        """커널이 뜨기를 기다릴 초. 60초이거나, 그보다 적게 남았으면 남은 만큼입니다."""
        left = self.seconds_left()
        return 60 if left is None else max(1, math.ceil(min(60, left)))

    def seconds_left_for_cell(self) -> float | None:
        """다음 셀에 줄 수 있는 초. 제한이 없으면 None."""
        limits = [s for s in (self.cell_timeout, self.seconds_left()) if s is not None]
        return max(0.01, min(limits)) if limits else None

    # 멈추기 -------------------------------------------------------------------
    def stop(self, reason: str) -> None:
        """실행을 멈춥니다. 신호 처리기나 다른 스레드에서 불러도 됩니다.

        커널을 곧바로 죽입니다. `execute`는 사실대로 저장한 뒤 `Interrupted`를 냅니다.
        """
        if self.stop_reason is None:
            self.stop_reason = reason
        self.kill_kernel()

    def kill_kernel(self) -> None:
        """커널과 지금 있는 자식을 죽입니다."""
        self.remember_family()
        kill(self.family)

    def remember_family(self) -> None:
        """커널과 지금 있는 자식을 적어 둡니다."""
        self.family = descendants(self.kernel_pid) or self.family


def _prepare_html() -> None:
    from mlops_lab.runner._render import exporter

    exporter()


def _status(failure: NotebookError | None) -> str:
    return "success" if failure is None else "failed"


def _info(failure: NotebookError | None) -> ErrorInfo | None:
    return None if failure is None else ErrorInfo(failure.kind, failure.cell, failure.message)
