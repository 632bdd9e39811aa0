"""runs 폴더에 저장된 노트북을 엽니다. 그 폴더에는 노트북의 코드도 무엇이든 쓸 수 있으므로, 있는 그대로 믿지 않습니다.

runs 아래의 칸마다 앞 칸의 파일 서술자에서, 링크를 따라가지 않고 엽니다. 이름이 아니라 연 것을 보고 확인하므로 확인과 읽기
사이에 바꿔 놓을 틈이 없습니다. 하드 링크는 막지 않습니다: 리눅스는 제 것이거나 읽고 쓸 수 있는 파일에만 하드 링크를 허락하므로
(fs.protected_hardlinks) 이미 읽을 수 있던 것이 보일 뿐이고, 링크로 사본을 만드는 백업도 있습니다.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 32 * 1024 * 1024
"""보여 줄 노트북의 크기(바이트). 그리는 동안 이것의 수십 배까지 메모리를 씁니다."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class NotShownError(Exception):
    """파일이 있지만 보여 주지 않습니다. `status_code`는 그 까닭에 맞는 HTTP 상태입니다."""

    def __init__(self, message: str, status_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code


@dataclass(frozen=True)
class Stored:
    """열어 둔 노트북. 같은 파일이고 그 뒤로 쓰이지 않았으면 `version`이 같습니다."""

    version: tuple[int, ...]
    file: int = field(compare=False)

    def read(self) -> bytes:
        """내용을 읽습니다.

        Returns:
            파일의 내용.

        Raises:
            OSError: 읽다가 디스크가 실패했습니다.
            NotShownError: 읽는 동안 자라서 `LIMIT`를 넘었습니다.
        """
        parts, size = [], 0
        while part := os.read(self.file, 1 << 20):
            parts.append(part)
            size += len(part)
            if size > LIMIT:
                raise _too_big(size)
        return b"".join(parts)


@contextmanager
def opened(runs: Path, notebook: Path) -> Iterator[Stored | None]:
    """`runs` 아래의 `notebook`을 엽니다. 없으면 None입니다.

    Args:
        runs: 실행 기록의 폴더. 여기까지는 정해 준 사람을 믿고 링크도 따라갑니다.
        notebook: `run_path`가 만든 경로.

    Yields:
        열어 둔 파일. 블록을 나가면 닫힙니다.

    Raises:
        NotShownError: 링크, 폴더, 파이프처럼 보통 파일이 아니거나, 너무 크거나, 읽을 권한이 없습니다.
    """
    try:
        file = _descend(runs, notebook.relative_to(runs).parts)
    except FileNotFoundError:
        yield None
        return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "이름이 잘못되었습니다"
        raise NotShownError(
            f"저장된 노트북을 열 수 없습니다({reason}). 링크나 폴더, 파이프는 따라가지 않고, 실행한 사람이 남긴 보통 "
            "파일만 보여 줍니다.",
            404,
        ) from None
    try:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            raise NotShownError(
                "노트북의 자리에 보통 파일이 아닌 것(폴더, 파이프, 장치)이 있어 보여 주지 않습니다. runs 폴더를 확인하십시오.",
                404,
            )
        if seen.st_size > LIMIT:
            raise _too_big(seen.st_size)
        version = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        yield Stored(version, file)
    finally:
        os.close(file)


def _descend(runs: Path, names: tuple[str, ...]) -> int:
    """`runs`에서 한 칸씩 내려가 마지막 것을 엽니다."""
    if not names or {"", ".", ".."} & set(names):
        raise ValueError(names)
    folder = os.open(runs, _FOLDER)
    try:
        for name in names[:-1]:
            inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(names[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _too_big(size: int) -> NotShownError:
    return NotShownError(
        f"노트북이 {size / 1024**2:,.1f} MB로, 여기에서 보여 주는 {LIMIT // 1024**2} MB보다 큽니다. "
        "runs 폴더의 파일을 JupyterLab에서 여십시오. 다음 실행부터는 큰 출력을 파일로 쓰면 작아집니다.",
        413,
    )
