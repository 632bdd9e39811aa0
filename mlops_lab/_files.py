"""절반만 쓰인 파일을 남기지 않는 쓰기. 누구나 이것으로 씁니다."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

PRIVATE = 0o600
"""비밀이 든 파일의 권한. 소유자만 읽고 씁니다."""


NAME_BYTES = 255
"""파일 이름 하나의 한도. 널리 쓰는 파일 시스템은 모두 같고, 한글은 한 자가 3바이트입니다."""


def write_atomic(
    path: str | os.PathLike[str], content: str | bytes, *, mode: int = 0o666, sync: bool = False
) -> Path:
    """`content`를 곁의 임시 파일에 다 쓴 다음 `path`로 옮기고, 그 경로를 돌려줍니다. 실패하면 앞의 파일이 그대로 남습니다.

    Args:
        path: 쓸 파일. 폴더가 없으면 만듭니다.
        content: 글(UTF-8로 씁니다)이나 바이트.
        mode: 파일의 권한. `open()`처럼 umask를 뺀 것이 됩니다.
        sync: 옮기기 전에 디스크에 다 적히기를 기다립니다. 전원이 나가도 옛것 아니면 새것입니다.

    Raises:
        OSError: 쓸 수 없거나 디스크가 가득 찼습니다. 임시 파일은 남지 않습니다.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # 이름은 255바이트까지이고 한글은 한 자가 세 바이트입니다. .tmp로 끝나므로 Dag 프로세서가 읽지 않습니다.
    beside = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(descriptor)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    return target
