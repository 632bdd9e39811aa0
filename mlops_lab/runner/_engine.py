"""엔진: 커널을 띄우고 셀을 차례로 실행하며, 상태를 사실대로 적고 출력을 나오는 대로 보여 줍니다.

셀의 상태는 papermill의 NotebookExecutionManager가, 커널은 nbclient가 다룹니다. 사실과 다른 곳만 바꿉니다.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import shutil
import signal
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import output_from_msg
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager

from mlops_lab.runner import _record
from mlops_lab.runner._errors import (
    CellError,
    EarlyExit,
    Interrupted,
    KernelDied,
    KernelNotStarted,
    NotebookError,
    OutputError,
    RunTimeout,
)
from mlops_lab.runner._notebook import code_cells, headings
from mlops_lab.runner._outputs import CellOutputs, shorten
from mlops_lab.runner._provisioner import WarmKernelSpecManager
from mlops_lab.runner._store import clear_neighbours

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager
    from nbformat import NotebookNode

    from mlops_lab.runner._session import Session

_quiet = logging.getLogger("mlops_lab.runner.nbclient")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False

_SOCKET_PATH_LIMIT = 100
"""유닉스 소켓의 경로는 108바이트까지입니다. 더 긴 임시 폴더에서는 TCP를 씁니다."""

_OUTPUT_SECONDS = 600
"""셀이 끝난 뒤 남은 출력을 다 받기를 기다리는 시간. nbclient의 4초로는 바쁜 컴퓨터에서 큰 출력을 받다가 실패합니다."""

_LAST_BYTES = 10_000
"""커널의 표준 오류에서 기억하는 마지막 부분(바이트)."""

_SHUTDOWN_SECONDS = 2.5
"""스스로 끝내기를 기다리는 시간. jupyter_client와 같습니다. 노트북의 atexit가 이 안에 돕니다."""


def execute(
    nb: NotebookNode,
    kernel_name: str,
    session: Session,
    *,
    progress_bar: bool | dict[str, Any] = False,
    autosave_cell_every: int = 30,
    **settings: Any,
) -> NotebookError | None:
    """노트북을 실행하고, 있었던 일을 `nb`에 적습니다. 실행의 실패는 예외로 내지 않고 돌려줍니다.

    Args:
        nb: 실행할 노트북. 셀의 상태와 출력을 여기에 적습니다.
        kernel_name: 커널의 이름.
        session: 이 실행의 사정.
        progress_bar: 진행 막대를 그릴지, 또는 tqdm의 설정.
        autosave_cell_every: 0이면 셀이 도는 동안에는 저장하지 않습니다.
        **settings: nbclient의 설정.

    Returns:
        실패했으면 그 까닭. 다른 예외에서 왔으면 `__cause__`에 그 예외가 있습니다. 성공이면 None.
    """
    manager = _Manager(nb, session, progress_bar, autosave_cell_every)
    failure: NotebookError | None = None
    if session.output is not None:
        clear_neighbours(session.output)
    try:
        manager.notebook_start()
        _run_cells(manager, kernel_name, settings)
    except BaseException as error:
        failure = manager.explain(error)
        if failure is not error:
            failure.__cause__ = error
    manager.finish(failure)
    return failure


def _run_cells(manager: _Manager, kernel_name: str, settings: dict[str, Any]) -> None:
    session = manager.session
    defaults = {
        "kernel_name": kernel_name,
        "log": _quiet,
        "timeout_func": lambda _cell: session.seconds_for_cell(),
        "startup_timeout": session.seconds_for_startup(),
        "iopub_timeout": _OUTPUT_SECONDS,
        "resources": {"metadata": {"path": str(session.cwd)}},
    }
    client = _Client(manager, **{**defaults, **settings})
    try:
        client.execute(env=session.kernel_environment())
    finally:
        session.kill_family()
        manager.kernel_end = client.kernel_end()
        shutil.rmtree(client.socket_folder, ignore_errors=True)


class _Manager(NotebookExecutionManager):
    """셀마다의 상태(pending, running, completed, failed)와 저장을 맡습니다."""

    def __init__(
        self,
        nb: NotebookNode,
        session: Session,
        progress_bar: bool | dict[str, Any],
        autosave_cell_every: int,
    ) -> None:
        super().__init__(nb, progress_bar=progress_bar, autosave_cell_every=autosave_cell_every)
        self.session = session
        self.numbers = {id(cell): n for n, cell in enumerate(code_cells(nb), start=1)}
        self.headings = {id(cell): heading for cell, heading in zip(nb.cells, headings(nb), strict=True)}
        self.total = len(self.numbers)
        self.current: Any = None
        self.outputs = CellOutputs(session, 0)
        self.kernel_end = ""
        self._is_unsaved = False

    # papermill이 부르는 이름들 -------------------------------------------------
    def save(self, **_: Any) -> None:
        """저장할 때가 되었을 때만 저장합니다. 아니면 때가 되었을 때 `save_rest`가 저장합니다."""
        self._is_unsaved = not self.session.budget.due()
        if not self._is_unsaved:
            self.outputs.join()
            self.session.save(self.nb)

    def save_rest(self) -> None:
        """미루어 둔 저장이 있으면 합니다. 셀이 오래 아무 말이 없어도 파일은 그 셀이 돌고 있다고 말합니다."""
        if self._is_unsaved and self.autosave_cell_every:
            with contextlib.suppress(OutputError):  # 다음에 저장하는 쪽이 알립니다.
                self.save()

    def autosave_cell(self, **_: Any) -> None:
        """긴 셀이 도는 동안에도 같은 시간 예산으로 저장합니다."""
        if self.autosave_cell_every:  # papermill에서 0은 끄라는 뜻입니다.
            self.save()

    def cell_start(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
        """셀을 시작했다고 적고 진행을 알립니다."""
        self.current = cell
        self.outputs = CellOutputs(self.session, self.numbers.get(id(cell), 0))
        if cell.cell_type == "code" and cell.source.strip():
            heading = self.headings[id(cell)]
            self.session.log(f"[{self.numbers[id(cell)]}/{self.total}] {heading or '셀'} 시작")
        super().cell_start(cell, cell_index)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **_: Any) -> None:
        """셀이 끝났다고 적고 걸린 시간을 알립니다."""
        self._stamp(cell, self.COMPLETED)
        if cell.cell_type == "code" and cell.source.strip():
            seconds = cell.metadata.papermill["duration"]
            self.session.log(f"[{self.numbers[id(cell)]}/{self.total}] 완료 {seconds:.1f}초")
        self.current = None
        self.save()
        if self.pbar:
            self.pbar.update(1)

    # 우리 것 ------------------------------------------------------------------
    def cell_skipped(self, cell: Any) -> None:
        """건너뛰었다고 적고 알립니다."""
        cell.outputs = []
        cell.metadata.papermill["status"] = "skipped"
        self.session.log(f"[{self.numbers[id(cell)]}/{self.total}] 건너뜀(태그 skip-execution)")

    def explain(self, error: BaseException) -> NotebookError:
        """무엇이 잘못되었는지 한 문장으로 옮깁니다."""
        if isinstance(error, NotebookError):
            return error
        cell, number = self.current, None
        where = "커널을 준비하다가"
        if cell is not None:
            number = self.numbers.get(id(cell))
            heading = self.headings[id(cell)]
            where = f"{number}번 셀({heading})에서" if heading else f"{number}번 셀에서"
        reason = self.session.stop_reason
        if reason is not None:
            return Interrupted(f"{where} 멈추었습니다: {reason}.", cell=number)
        if isinstance(error, CellExecutionError):
            if error.ename == "SystemExit":
                return EarlyExit(
                    f"{where} sys.exit({error.evalue})로 끝냈습니다. 뒤의 셀이 실행되지 않았습니다. "
                    "끝내려면 예외를 내거나 셀을 함수로 묶으십시오.",
                    cell=number,
                )
            return CellError(f"{where} {error.ename}: {shorten(error.evalue)}", cell=number)
        left = self.session.seconds_left()
        is_out_of_time = left is not None and left <= 0.05
        if isinstance(error, CellTimeoutError) or "Timeout" in type(error).__name__ or is_out_of_time:
            if is_out_of_time:
                limit = f"노트북 전체의 제한 시간 {self.session.timeout:g}초를 넘겼습니다"
            elif isinstance(error, CellTimeoutError) and self.session.cell_timeout:
                limit = f"셀의 제한 시간 {self.session.cell_timeout:g}초를 넘겼습니다"
            else:
                limit = "제한 시간을 넘겼습니다"
            return RunTimeout(f"{where} {limit}. 제한 시간을 늘리거나 셀의 일을 줄이십시오.", cell=number)
        if isinstance(error, DeadKernelError):
            return KernelDied(f"{where} 커널이 죽었습니다. {self.kernel_end}", cell=number)
        if isinstance(error, KeyboardInterrupt):
            return Interrupted(f"{where} 멈추었습니다: Ctrl-C를 눌렀습니다.", cell=number)
        if not isinstance(error, Exception):
            return Interrupted(f"{where} 멈추었습니다: {type(error).__name__}.", cell=number)
        return KernelDied(f"{where} 커널과 통신하지 못했습니다: {type(error).__name__}: {error}", cell=number)

    def finish(self, failure: NotebookError | None) -> None:
        """끝났다고 적습니다. 시작하지 못한 셀은 pending으로 남깁니다."""
        self.end_time = self.now()
        meta = self.nb.metadata.papermill
        meta["end_time"] = self.end_time.isoformat()
        meta["duration"] = (self.end_time - self.start_time).total_seconds() if self.start_time else None
        meta["exception"] = True if failure else None
        if failure is not None and self.current is not None:
            self._stamp(self.current, self.FAILED)
            self.current.metadata.papermill["exception"] = True
        self.cleanup_pbar()

    def _stamp(self, cell: Any, status: str) -> None:
        if cell.cell_type == "code":
            self.outputs.close(cell.outputs)
        end = self.now()
        meta = cell.metadata.papermill
        meta["end_time"] = end.isoformat()
        meta["duration"] = (end - datetime.fromisoformat(meta["start_time"])).total_seconds()
        meta["status"] = status


class _KernelClient(AsyncKernelClient):
    """준비되었는지를 응답으로만 확인하는 클라이언트.

    jupyter_client는 마지막에 0.2초 동안 아무 소식도 없는지 기다립니다. 여기서는 우리 물음을 다 처리했다는 소식(idle)을
    iopub에서 받으면 준비된 것입니다. 그보다 앞선 소식은 그때까지 모두 읽었습니다.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """커널이 준비되기를 길어야 `timeout`초 기다립니다.

        Raises:
            RuntimeError: 커널이 죽었거나 제때 대답하지 않았습니다.
        """
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while time.monotonic() < deadline:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                while True:
                    msg = await self.iopub_channel.get_msg(timeout=0.2)
                    if msg["parent_header"].get("msg_id") == asked and _is_idle(msg):
                        self._handle_kernel_info_reply(reply)
                        return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


def _is_idle(msg: dict[str, Any]) -> bool:
    return bool(msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle")


class _Client(PapermillNotebookClient):
    """셀의 출력을 나오는 대로 넘기고, 커널의 프로세스를 기억하는 nbclient."""

    nb_man: _Manager
    clear_before_next_output: bool
    socket_folder = ""
    _is_done = False
    _errors: _ErrorOutput | None = None
    _status: int | None = None

    def create_kernel_manager(self) -> KernelManager:
        """예열된 커널이 있으면 쓰게 하고, 유닉스 소켓으로 이야기합니다.

        유닉스 소켓은 포트를 다투지 않고, 다른 사용자가 엿볼 수 없습니다.
        """
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager = WarmKernelSpecManager(parent=manager)
        manager.client_factory = _KernelClient
        if os.name == "posix":
            self.socket_folder = tempfile.mkdtemp(prefix="mlops-lab-")  # 권한은 0700입니다.
            prefix = f"{self.socket_folder}/k"
            if len(prefix) <= _SOCKET_PATH_LIMIT:
                manager.transport, manager.ip = "ipc", prefix
        return manager

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        # 우리의 표준 출력은 커널의 것이 아닙니다. 셀이 낸 것은 ipykernel이 메시지로 보내므로 이미 노트북에 있습니다.
        with _ErrorOutput() as self._errors, Path(os.devnull).open("w") as nowhere:
            await super().async_start_new_kernel(**kwargs, stdout=nowhere, stderr=self._errors.fileno())
        provisioner = getattr(self.km, "provisioner", None)
        self.nb_man.session.kernel_pid = getattr(provisioner, "pid", None)
        if note := getattr(provisioner, "note", ""):
            self.nb_man.session.log(note)
        if self.nb_man.session.stop_reason is not None:  # 커널을 띄우는 사이에 멈추라는 말이 왔습니다.
            self.nb_man.session.kill_kernel()
        await self._wait_for_sockets()

    async def _wait_for_sockets(self) -> None:
        """커널이 소켓을 다 열기를 기다립니다. 없는 소켓에 연결하면 ZeroMQ는 0.1초 뒤에야 다시 해 봅니다."""
        if self.km is None or self.km.transport != "ipc":
            return
        sockets = [Path(f"{self.km.ip}-{port}") for port in self.km.ports]
        deadline = time.monotonic() + self.startup_timeout
        while not all(path.exists() for path in sockets) and time.monotonic() < deadline:
            if not await self.km.is_alive():
                return
            await asyncio.sleep(0.002)

    start_new_kernel = run_sync(async_start_new_kernel)

    async def async_start_new_kernel_client(self) -> Any:
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError as error:
            session, left = self.nb_man.session, self.nb_man.session.seconds_left()
            if self._status is None or session.stop_reason is not None or (left is not None and left <= 0):
                raise  # 뜨기를 기다리다 그만둔 것입니다.
            if self._status < 0:
                raise KernelDied(f"커널이 뜨다가 죽었습니다. {self.kernel_end()}") from error
            raise KernelNotStarted(
                f"커널 {self.kernel_name!r}이(가) 뜨지 않았습니다. {self.kernel_end()} "
                "그 커널의 환경에 ipykernel이 설치되어 있는지 확인하십시오."
            ) from error

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    def kernel_end(self) -> str:
        """커널의 프로세스가 어떻게 끝났는지, 본 대로. 아직 끝나지 않았으면 빈 글입니다."""
        if self._status is None:
            return ""
        if self._status == -signal.SIGKILL:
            end = "프로세스가 SIGKILL을 받았습니다(메모리가 모자라 운영체제가 죽였거나, 누가 밖에서 죽였습니다)."
        elif self._status < 0:
            end = f"프로세스가 {signal.Signals(-self._status).name} 신호로 죽었습니다."
        else:
            end = f"프로세스가 끝 상태 {self._status}로 스스로 끝났습니다."
        last = self._errors.last_line() if self._errors else ""
        return f"{end} 마지막 오류 출력: {shorten(last, 500)}" if last else end

    async def _async_cleanup_kernel(self) -> None:
        """다 실행했으면 커널에 스스로 끝내 달라고 부탁하고, 듣지 않으면 죽입니다.

        jupyter_client는 쉬는 커널에도 먼저 SIGINT를 보내는데, 마지막 응답을 마무리하던 ipykernel이 그것을 맞으면 끝나는 데
        3초까지 걸립니다.
        """
        process = getattr(getattr(self.km, "provisioner", None), "process", None)
        self._status = None if process is None else process.poll()
        if self._is_done and self.km is not None:
            with contextlib.suppress(RuntimeError):
                await self.km.request_shutdown()
                deadline = time.monotonic() + _SHUTDOWN_SECONDS
                while time.monotonic() < deadline and await self.km.is_alive():
                    await asyncio.sleep(0.005)
                await self._collect_rest()
            self.shutdown_kernel = "immediate"
        await super()._async_cleanup_kernel()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    def papermill_execute_cells(self) -> None:
        """코드 셀을 차례로 실행합니다. 실패하면 그 셀에서 멈추고 예외를 그대로 냅니다."""
        try:
            self._execute_cells()
            self._is_done = True
        finally:
            self.nb_man.session.remember_family()  # 커널이 살아 있을 때 자식을 알아 두어야 나중에 거둡니다.

    def _execute_cells(self) -> None:
        left = sum(1 for cell in code_cells(self.nb) if cell.source.strip())
        for index, cell in enumerate(self.nb.cells):
            if self.nb_man.session.stop_reason is not None:
                raise Interrupted(f"멈추었습니다: {self.nb_man.session.stop_reason}.")
            is_run = cell.cell_type == "code" and bool(cell.source.strip())
            left -= is_run
            if is_run and self.skip_cells_with_tag in cell.metadata.get("tags", []):
                self.nb_man.cell_skipped(cell)
                continue
            self.nb_man.cell_start(cell, index)
            self._asked_exit = False
            try:
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                clean = error.ename == "SystemExit" and error.evalue in {"", "0", "None"}
                if not (clean and left == 0):
                    raise
            if self._asked_exit and left:
                number = self.nb_man.numbers[id(cell)]
                raise EarlyExit(
                    f"{number}번 셀에서 exit()로 끝냈습니다. 뒤의 셀이 실행되지 않았습니다.", cell=number
                )
            self.nb_man.cell_complete(cell, index)

    async def _async_check_alive(self) -> None:
        await super()._async_check_alive()  # nbclient가 셀이 도는 동안 1초마다 부릅니다.
        self.nb_man.save_rest()

    async def _async_poll_for_reply(self, *args: Any, **kwargs: Any) -> Any:
        reply = await super()._async_poll_for_reply(*args, **kwargs)
        payload = (reply or {}).get("content", {}).get("payload") or []
        self._asked_exit = any(item.get("source") == "ask_exit" for item in payload)
        return reply

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """출력 하나를 셀에 더합니다. 이어지는 글은 한 출력으로 모으고, 너무 긴 것은 자릅니다."""
        hooked = self.output_hook_stack[msg["parent_header"].get("msg_id")]
        if msg["msg_type"] == "stream" and not hooked:
            if self.clear_before_next_output:
                outs[:] = []
                self.clear_display_id_mapping(cell_index)
                self.clear_before_next_output = False
            content = msg["content"]
            content["text"] = kept = self.nb_man.outputs.admit(outs, content["text"])
            if not kept or self.nb_man.outputs.continues(outs, content["name"], kept):
                return output_from_msg(msg)
            return super().output(outs, msg, display_id, cell_index)
        output = super().output(outs, msg, display_id, cell_index)
        if output is not None:
            self.nb_man.outputs.admit_data(output)
        return output

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        """nbclient는 이 셀의 것이 아닌 소식을 버립니다. 앞의 셀이 띄운 스레드가 넘긴 결과는 받습니다."""
        assert self.kc is not None
        while True:
            msg = await self.kc.iopub_channel.get_msg(timeout=None)
            self._collect(msg)
            if msg["parent_header"].get("msg_id") == parent_msg_id:
                try:
                    self.process_message(_well_formed(msg), cell, cell_index)
                except CellExecutionComplete:
                    return

    async def _collect_rest(self) -> None:
        """마지막 셀이 끝난 뒤에 온 결과를 받습니다."""
        assert self.kc is not None
        with contextlib.suppress(Empty):
            while True:
                self._collect(await self.kc.iopub_channel.get_msg(timeout=0))

    def _collect(self, msg: dict[str, Any]) -> None:
        data = msg["content"].get("data")
        received = data.get(_record.MIME) if isinstance(data, dict) else None
        session = self.nb_man.session
        if received is not None and (note := _record.collect(session.results, received, session.mask)):
            session.log(f"    {note}")


def _well_formed(msg: dict[str, Any]) -> dict[str, Any]:
    """노트북 코드는 무엇이든 보낼 수 있습니다. 저장할 수 없는 꼴의 출력은 글로 바꿉니다."""
    content = msg["content"]
    match msg["msg_type"]:
        case "stream":
            name = content.get("name")
            content.update(
                name=name if name in ("stdout", "stderr") else "stdout", text=_text(content.get("text"))
            )
        case "error":
            lines = content.get("traceback")
            content.update(
                ename=_text(content.get("ename")),
                evalue=_text(content.get("evalue")),
                traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
            )
        case "display_data" | "execute_result" | "update_display_data":
            data = content.get("data")
            content["data"] = {
                mime: value if _is_json(mime) else _text(value)
                for mime, value in (data if isinstance(data, dict) else {}).items()
            }
            if not isinstance(content.get("metadata"), dict):
                content["metadata"] = {}
    return msg


def _is_json(mime: str) -> bool:
    return mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _ErrorOutput:
    """커널의 표준 오류를 받는 관. 마지막 부분만 기억합니다. with를 나가면 우리 쪽의 쓰는 끝을 닫습니다."""

    def __init__(self) -> None:
        self._last = b""
        self._read_end, self._write_end = os.pipe()
        self._reader = threading.Thread(target=self._read, name="kernel-stderr", daemon=True)
        self._reader.start()

    def __enter__(self) -> _ErrorOutput:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._write_end)

    def fileno(self) -> int:
        """커널에 줄 파일 번호."""
        return self._write_end

    def _read(self) -> None:
        while data := os.read(self._read_end, 1 << 16):
            self._last = (self._last + data)[-_LAST_BYTES:]
        os.close(self._read_end)

    def last_line(self) -> str:
        """마지막으로 쓴, 비어 있지 않은 줄."""
        self._reader.join(timeout=1)
        lines = self._last.decode("utf-8", "replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
