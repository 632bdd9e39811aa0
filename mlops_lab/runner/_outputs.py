"""셀 하나의 출력: 이어지는 글을 모으고, 로그로 흘려보내고, 너무 길면 자른 뒤 전체를 파일에 남깁니다.

걸리는 시간과 메모리는 출력의 길이에 비례합니다.
"""

from __future__ import annotations

import base64
import errno
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_output

from mlops_lab._files import write_atomic
from mlops_lab.runner._store import cell_path

if TYPE_CHECKING:
    from mlops_lab.runner._session import Session

TEXT_LIMIT = 1_000_000
"""셀 하나가 노트북에 남길 수 있는 글(글자). 넘으면 자르고 전체를 곁의 파일에 남깁니다."""

IMAGE_LIMIT = 20_000_000
"""그림 하나가 노트북에 남길 수 있는 크기(base64 글자)."""

LOG_LINES = 10_000
"""셀 하나가 로그에 남길 수 있는 줄."""

_LONGEST_LINE = 10_000


class CellOutputs:
    """셀 하나가 낸 출력. 셀을 시작할 때 만들고 끝날 때 `close`합니다."""

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self._number = number
        self._stream: Any = None
        self._parts: list[str] = []
        self._kept = 0
        self._partial = ""
        self._logged = 0
        self._cut = False
        self._file: Any = None
        self._length = 0
        self._problem = ""

    # 글 ----------------------------------------------------------------------
    def admit(self, outs: list[Any], text: str) -> str:
        """새로 찍은 글 가운데 노트북에 남길 앞부분. 한도를 넘은 뒤로는 빈 글입니다."""
        if not outs:  # 처음이거나, 셀이 앞의 출력을 지웠습니다.
            self._kept, self._stream = 0, None
        kept = text
        if self._kept + len(text) > TEXT_LIMIT and not self._cut:
            self._compact(outs)
            kept = _settled(text)
        room = max(0, TEXT_LIMIT - self._kept)
        if len(kept) > room and not self._cut:
            self._cut = True
            self._open(outs)
        self._kept += min(room, len(kept))
        self._length += len(text)
        self._flow(text)
        return kept[:room]

    def continues(self, outs: list[Any], name: str, text: str) -> bool:
        """같은 스트림이 이어지면 출력을 새로 만들지 않고 조각만 모읍니다."""
        last = outs[-1] if outs else None
        if last is None or last.output_type != "stream" or last.name != name:
            return False
        if self._stream is not last:
            self.join()
            self._stream, self._parts = last, [last.text]
        self._parts.append(text)
        return True

    def join(self) -> None:
        """모은 조각을 출력에 적습니다."""
        if self._stream is not None:
            self._stream.text = "".join(self._parts)
            self._parts = [self._stream.text]

    def _compact(self, outs: list[Any]) -> None:
        """진행 막대처럼 덮어쓴 글자를 지워 자리를 만듭니다."""
        self.join()
        self._stream = None
        for output in outs:
            if output.output_type == "stream":
                before = len(output.text)
                output.text = _settled(output.text)
                self._kept -= before - len(output.text)

    # 글이 아닌 것 --------------------------------------------------------------
    def admit_data(self, output: Any) -> None:
        """표, 그림, 오류를 흘려보내고, 너무 큰 것은 파일에 남긴 뒤 안내로 바꿉니다."""
        if output.output_type == "error":
            output.evalue = shorten(output.evalue)
            output.traceback = [shorten(line, TEXT_LIMIT) for line in output.traceback]
            return
        if plain := output.data.get("text/plain"):
            self._end_line()
            self._flow(f"{plain}\n"[:TEXT_LIMIT], to_file=False)
        for mime, value in list(output.data.items()):
            limit = IMAGE_LIMIT if mime.startswith("image/") else TEXT_LIMIT
            if isinstance(value, str) and len(value) > limit:
                note = f"출력이 {len(value):,}자로 한도 {limit:,}자를 넘어 여기에는 싣지 않았습니다. {self._save(mime, value)}"
                output.data[mime if mime.startswith("text/") else "text/plain"] = note
                if not mime.startswith("text/"):
                    del output.data[mime]

    def _save(self, mime: str, value: str) -> str:
        """큰 출력을 파일에 쓰고, 어디에 썼는지를 돌려줍니다."""
        binary = mime.startswith("image/") and mime != "image/svg+xml"
        content = (
            base64.b64decode(value)
            if binary
            else self._session.mask.text(value).encode("utf-8", "backslashreplace")
        )
        try:
            target = self._place(mimetypes.guess_extension(mime) or ".txt")
            write_atomic(target, content)
        except OSError as error:
            return f"전체를 파일에 쓰지 못했습니다({error.strerror})."
        return f"전체: {target.name}"

    # 로그와 파일 ----------------------------------------------------------------
    def _flow(self, text: str, *, to_file: bool = True) -> None:
        """온전한 줄이 될 때마다 로그와 파일로 보냅니다. 줄 단위로 보내야 비밀이 조각나 새지 않습니다."""
        *lines, self._partial = (self._partial + text).split("\n")
        if len(self._partial) > _LONGEST_LINE:  # 줄바꿈 없는 긴 출력도 흘려보냅니다.
            lines, self._partial = [*lines, self._partial], ""
        if to_file and self._cut and lines:
            self._write("\n".join(lines) + "\n")
        for line in lines[: LOG_LINES - self._logged]:
            self._session.log(f"    {line}")
        if self._logged < LOG_LINES <= self._logged + len(lines):
            self._session.log(f"    (출력이 {LOG_LINES:,}줄을 넘어 이 셀의 나머지는 로그에 싣지 않습니다.)")
        self._logged = min(LOG_LINES, self._logged + len(lines))

    def _end_line(self) -> None:
        if self._partial:
            self._flow("\n")

    def _place(self, suffix: str) -> Path:
        output = self._session.output
        if output is None:
            raise OSError(errno.ENOENT, "노트북을 이 컴퓨터의 파일로 저장하지 않습니다")
        return cell_path(output, self._number, suffix)

    def _open(self, outs: list[Any]) -> None:
        """전체를 담을 파일을 열고, 지금까지 노트북에 남긴 글부터 적습니다."""
        self.join()
        try:
            # 로그처럼 자라는 파일이므로 제자리에 바로 씁니다. 셀이 끝날 때 닫습니다.
            self._file = self._place(".txt").open("w", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            self._problem = str(error.strerror)
        earlier = "".join(out.text for out in outs if out.output_type == "stream")
        self._write(earlier[: len(earlier) - len(self._partial)])

    def _write(self, text: str) -> None:
        if self._problem:
            return
        try:
            self._file.write(self._session.mask.text(text))
        except OSError as error:
            self._problem = str(error.strerror)

    def close(self, outs: list[Any]) -> None:
        """마지막 줄을 보내고, 잘랐으면 파일을 닫고 노트북에 안내를 남깁니다."""
        self._end_line()
        self.join()
        self._stream = None
        for output in outs:
            if output.output_type == "stream" and "\r" in output.text:
                output.text = overwrite(output.text)
        outs[:] = [out for out in outs if out.output_type != "stream" or out.text]
        if not self._cut:
            return
        where = ""
        if not self._problem:
            try:
                self._file.close()
                where = f"전체: {self._place('.txt').name}"
            except OSError as error:
                self._problem = str(error.strerror)
        where = where or f"전체를 파일에 쓰지 못했습니다({self._problem})."
        note = f"\n[출력이 {self._length:,}자로 한도 {TEXT_LIMIT:,}자를 넘어 여기서 잘랐습니다. {where}]\n"
        self._session.log(note.strip())
        outs.append(new_output("stream", name="stderr", text=note))


def overwrite(text: str) -> str:
    r"""한 줄 안에서 `\r`로 덮어쓴 글자를 지웁니다. 터미널과 JupyterLab처럼, 덮이지 않은 글자는 남습니다."""
    return "\n".join(_seen(line) for line in text.split("\n"))


def _seen(line: str) -> str:
    # 진행 막대는 빈칸으로 덮어 사라집니다.
    return _overlay(line.split("\r")).rstrip(" ") if "\r" in line else line


def _overlay(parts: list[str]) -> str:
    """같은 자리에 차례로 쓴 글에서 마지막에 보이는 것. 걸리는 시간은 길이에 비례합니다."""
    shown: list[str] = []
    length = 0
    for part in reversed(parts):
        if len(part) > length:
            shown.append(part[length:])
            length = len(part)
    return "".join(shown)


def _settled(text: str) -> str:
    r"""앞뒤로 더 이어질 글에서, 무엇이 이어지든 보이지 않을 글자만 지웁니다.

    앞의 글에 이어지는 첫 줄의 처음과, 다음 글이 이어질 마지막 줄의 끝은 남깁니다.
    """
    first, *rest = text.split("\n")
    if not rest:
        return _settle(first, head=1, tail=1)
    *middle, last = rest
    return "\n".join([_settle(first, head=1), *map(_seen, middle), _settle(last, tail=1)])


def _settle(line: str, *, head: int = 0, tail: int = 0) -> str:
    """앞의 `head`조각과 뒤의 `tail`조각은 남기고, 그 사이의 조각을 하나로 합칩니다."""
    parts = line.split("\r")
    end = len(parts) - tail
    if end - head < 2:
        return line
    return "\r".join([*parts[:head], _overlay(parts[head:end]), *parts[end:]])


def shorten(text: str, limit: int = 2_000) -> str:
    """긴 글의 앞부분만. 잘랐으면 몇 자였는지 적습니다."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,}자)"
