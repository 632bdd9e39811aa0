"""papermill의 진입점(`papermill.engine`) `mlops-lab`: papermill로 실행해도 우리 엔진이 사실대로 적습니다.

    papermill --engine mlops-lab in.ipynb out.ipynb -p month 2013-03

papermill은 읽히는 도중에 모든 진입점을 불러옵니다. 그래서 엔진은 실행할 때에 불러오고, 우리 쪽에서는 아무도 이 모듈을 부르지
않습니다.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papermill.engines import Engine

from mlops_lab.runner._errors import CellError, EarlyExit, NotebookError
from mlops_lab.runner._notebook import BANNER_TAG, OWN_TAGS, with_ids, without_tags
from mlops_lab.runner._report import add_banner
from mlops_lab.runner._secrets import Mask
from mlops_lab.runner._session import Session

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NOT_FOR_NBCLIENT = {"input_path", "startup_timeout"}
"""papermill이 받지만 nbclient에는 넘기지 않는 것."""


class NotebookEngine(Engine):
    """papermill이 고르는 엔진. 매개변수를 넣고 파일을 여는 일은 papermill이 합니다."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        start_timeout: int = 60,
        execution_timeout: float | None = None,
        timeout: float | None = None,
        **settings: Any,
    ) -> NotebookNode:
        """노트북을 실행하고 돌려줍니다. 인자는 papermill이 넘기는 그대로입니다.

        Args:
            nb: 매개변수를 넣은 노트북.
            kernel_name: 커널의 이름.
            output_path: 도는 동안 저장할 경로. None이면 papermill이 마지막에 한 번 씁니다.
            progress_bar: 진행 막대를 그릴지, 또는 tqdm의 설정.
            log_output: 진행과 셀의 출력을 papermill의 로그에 남길지.
            autosave_cell_every: 0이면 셀이 도는 동안에는 저장하지 않습니다.
            start_timeout: 커널이 뜨기를 기다릴 시간(초).
            execution_timeout: 셀 하나의 제한 시간(초).
            timeout: `execution_timeout`의 다른 이름.
            **settings: nbclient의 설정.

        Returns:
            실행한 노트북. 셀이 예외를 냈으면 그것을 본 papermill이 PapermillExecutionError를 냅니다.

        Raises:
            PapermillExecutionError: 셀이 남았는데 `sys.exit`나 `exit()`로 끝냈습니다.
            DeadKernelError: 커널이 죽었습니다(papermill 명령의 끝 상태 138).
            CellTimeoutError: 셀이 제한 시간을 넘겼습니다.
            OutputError: 도는 동안 저장하지 못했습니다.
        """
        from papermill.log import logger

        from mlops_lab.runner._engine import execute

        settings = {name: value for name, value in settings.items() if name not in _NOT_FOR_NBCLIENT}
        session = _session(
            output_path,
            cwd=Path.cwd(),
            cell_timeout=execution_timeout or timeout or None,
            startup_timeout=start_timeout,
            log=logger.info if log_output else logger.debug,
        )
        session.mask = Mask.of(nb.metadata.papermill.get("parameters", {}), os.environ)
        nb.cells = without_tags(nb, {BANNER_TAG})
        with_ids(nb)  # papermill은 nbformat 4.4의 노트북에도 id가 있는 셀을 넣습니다.
        failure = execute(
            nb,
            kernel_name,
            session,
            progress_bar=progress_bar,
            autosave_cell_every=autosave_cell_every,
            log=logger,
            **settings,
        )
        if failure is not None:
            failure.message = session.mask.text(failure.message)
            add_banner(nb, failure)
        nb = session.mask.notebook(nb, own=OWN_TAGS)  # papermill이 이것을 그대로 씁니다.
        if failure is None or isinstance(failure, CellError):
            session.save(nb)
            return nb
        # 예외를 내면 papermill은 파일을 쓰지 않습니다. 도는 동안 저장하지 않던 실행(표준 출력 등)도 마지막 모습은 남깁니다.
        with contextlib.suppress(Exception):
            _session(output_path or nb.metadata.papermill.get("output_path"), cwd=session.cwd).save(nb)
        raise _for_papermill(failure, nb)


def _session(output_path: str | None, **options: Any) -> Session:
    """papermill의 경로에 저장하는 Session. 이 컴퓨터의 파일이면 우리가, 그 밖의 곳(S3 등)이면 papermill이 씁니다."""
    from papermill.iorw import LocalHandler, papermill_io

    handler = papermill_io.get_handler(output_path)
    if output_path is None or not isinstance(handler, LocalHandler):
        return _Elsewhere(output_path, **options)
    folder = handler.cwd(None)  # papermill은 상대 경로를 명령을 시작한 폴더에서 봅니다.
    handler.cwd(folder)
    return Session(Path(folder or ".").absolute() / output_path, **options)


class _Elsewhere(Session):
    """papermill의 IO로 저장합니다."""

    def __init__(self, output_path: str | None, **options: Any) -> None:
        super().__init__(None, **options)
        self._output_path = output_path

    def _write(self, notebook: Any) -> None:
        from papermill.iorw import write_ipynb

        if self._output_path is not None:
            write_ipynb(notebook, self._output_path)


def _for_papermill(failure: NotebookError, nb: NotebookNode) -> BaseException:
    """papermill의 사용자가 기다리는 예외. 우리의 설명을 덧붙입니다."""
    from papermill.exceptions import PapermillExecutionError

    if isinstance(failure, EarlyExit):
        index, cell = next(
            (i, cell) for i, cell in enumerate(nb.cells) if cell.metadata.papermill.get("status") == "failed"
        )
        return PapermillExecutionError(
            index, cell.execution_count, cell.source, "SystemExit", failure.message, [failure.message]
        )
    error = failure.__cause__
    if error is None:
        return failure
    error.add_note(failure.message)
    return error
