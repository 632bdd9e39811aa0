"""실행한 노트북을 어디에, 어떻게 쓰는지: runs 폴더 안에만, 다 쓴 것만, 시도마다 따로."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path

from mlops_lab import _files, workspace
from mlops_lab.runner._errors import OutputError

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]')


def run_path(runs: Path, *parts: str, try_number: int = 1, map_index: int = -1) -> Path:
    """`runs/<부분>/.../<태스크>[.<매핑 번호>]/try-<n>.ipynb`. 부분에 무엇이 있어도 runs 밖으로 나가지 않습니다.

    파일 이름에 쓸 수 없는 글자는 `%3A`처럼 바꾸므로, 다른 이름은 늘 다른 폴더가 됩니다.

    Raises:
        OutputError: 부분이 비었습니다.
    """
    names = [_safe_name(part) for part in parts]
    if not names:
        raise OutputError("실행 기록의 폴더 이름이 비었습니다. DAG, 실행, 태스크의 이름을 주십시오.")
    if map_index >= 0:
        names[-1] += f".{map_index}"
    elif re.search(r"\.\d+$", names[-1]):  # 이름이 "train.0"인 태스크를 train의 0번 매핑과 가립니다.
        names[-1] = "%2E".join(names[-1].rsplit(".", 1))
    return Path(runs).joinpath(*names) / f"try-{int(try_number)}.ipynb"


def _safe_name(part: str) -> str:
    if not part:
        raise OutputError("실행 기록의 폴더 이름이 비었습니다. DAG, 실행, 태스크의 이름을 주십시오.")
    name = _UNSAFE.sub(lambda m: f"%{ord(m.group()):02X}", part)
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name.encode()) > 200:  # 파일 이름은 255바이트까지이고, 매핑 번호가 붙을 자리도 남겨 둡니다.
        import hashlib

        digest = hashlib.sha256(part.encode()).hexdigest()[:16]
        name = f"{name.encode()[:160].decode(errors='ignore')}~{digest}"
    return name


def next_try(folder: Path) -> int:
    """`folder`에 아직 없는 첫 시도 번호(1부터)."""
    numbers = [
        int(m.group(1)) for p in folder.glob("try-*.ipynb") if (m := re.fullmatch(r"try-(\d+)", p.stem))
    ]
    return max(numbers, default=0) + 1


def reserve_try(folder: Path) -> Path:
    """`folder`에 다음 시도의 자리를 잡습니다. 함께 시작한 다른 실행과 같은 자리를 얻지 않습니다.

    Raises:
        OutputError: 쓸 수 없거나 디스크가 가득 찼습니다.
    """
    while True:
        target = folder / f"try-{next_try(folder)}.ipynb"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        except OSError as error:
            raise OutputError(_why(target, error)) from None
        return target


def results_path(output: Path) -> Path:
    """노트북 곁의 결과 파일."""
    return output.with_suffix(".results.json")


def html_path(output: Path) -> Path:
    """노트북 곁의 HTML."""
    return output.with_suffix(".html")


def cell_path(output: Path, number: int, suffix: str) -> Path:
    """노트북에 다 싣지 못한 출력을 담는 파일. `number`는 코드 셀의 번호입니다."""
    return output.with_name(f"{output.stem}.cell-{number}{suffix}")


def clear_neighbours(output: Path) -> None:
    """앞선 실행이 노트북 곁에 남긴 파일을 지웁니다. 새 실행이 도중에 죽어도 지난 이야기를 하지 않게 합니다."""
    cells = re.compile(re.escape(output.stem) + r"\.cell-\d+\.\w+")
    with contextlib.suppress(OSError):
        for path in output.parent.iterdir():
            if cells.fullmatch(path.name):
                path.unlink()
        if _is_ours(results_path(output)):  # 이것을 보고 우리가 남긴 HTML인지 알므로, 가장 나중에 지웁니다.
            html_path(output).unlink(missing_ok=True)
            results_path(output).unlink()


def _is_ours(results: Path) -> bool:
    try:
        found = json.loads(results.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"status", "output", "cells"} <= found.keys()


def check_output(output: Path, runs: Path | None, source: Path) -> Path:
    """결과를 쓸 자리를 확인하고 폴더를 만듭니다. 이미 있는 파일은 건드리지 않습니다.

    Args:
        output: 쓸 .ipynb. 상대 경로는 `runs`에서, `runs`가 없으면 지금 폴더에서 봅니다.
        runs: 벗어날 수 없는 폴더. None이면 절대 경로는 그대로 받고, 상대 경로는 지금 폴더를 벗어날 수 없습니다.
        source: 실행할 노트북. 덮어쓰지 못하게 견줍니다.

    Raises:
        OutputError: runs 밖, 폴더, .ipynb가 아닌 이름, 너무 긴 이름, 원본과 같은 파일, 우리가 남기지 않은 이웃 파일,
            쓸 수 없는 폴더, 가득 찬 디스크.
    """
    base = (Path.cwd() if runs is None else runs).resolve()
    target = (base / output).resolve()
    if (runs is not None or not output.is_absolute()) and not target.is_relative_to(base):
        raise OutputError(
            f"결과 경로 {output}이(가) 기록 폴더 {base.name} 밖입니다. 그 안의 경로를 주십시오"
            + ("." if runs is not None else "(다른 곳에 쓰려면 절대 경로로 적습니다).")
        )
    if target.suffix != ".ipynb":
        raise OutputError(f"결과 경로 {target.name}의 끝이 .ipynb가 아닙니다. 예: {target.stem}.ipynb.")
    if target.is_dir():
        raise OutputError(f"결과 경로 {target.name}은(는) 폴더입니다. 파일 이름까지 적으십시오.")
    _check_neighbours(target, source)
    try:
        if runs is not None:
            workspace.make(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        _probe(target.parent)
    except OSError as error:
        raise OutputError(_why(target, error)) from None
    return target


def _check_neighbours(target: Path, source: Path) -> None:
    """결과로 쓸 모든 이름을 확인합니다."""
    longest = max(
        len(path.name.encode()) for path in (results_path(target), cell_path(target, 99_999, ".jpeg"))
    )
    if longest > _files.NAME_BYTES:
        raise OutputError(
            f"결과 경로의 이름 {target.name}이 너무 깁니다. 곁에 쓸 파일의 이름이 {longest}바이트가 되는데 "
            f"한도는 {_files.NAME_BYTES}바이트입니다(한글은 한 자가 3바이트). {longest - _files.NAME_BYTES}바이트 이상 줄이십시오."
        )
    for path in (target, html_path(target), results_path(target)):
        with contextlib.suppress(OSError):
            if path.samefile(source):
                raise OutputError(
                    f"결과로 쓸 {path.name}이(가) 실행할 노트북 {source.name}과 같은 파일입니다. "
                    "원본을 덮어쓰지 않게 다른 이름을 주십시오."
                )
    if not _is_ours(results_path(target)):
        for path in (html_path(target), results_path(target)):
            if os.path.lexists(path):
                raise OutputError(
                    f"결과와 함께 쓸 {path.name}이(가) 이미 있는데, 앞선 실행이 남긴 것이 아닙니다. "
                    "덮어쓰지 않게 다른 결과 경로를 주거나 그 파일을 옮기십시오."
                )


def _probe(folder: Path) -> None:
    """폴더에 정말 쓸 수 있는지 작은 파일을 써 봅니다."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as probe:
        probe.write(b" " * 4096)
        probe.flush()
        os.fsync(probe.fileno())


def _why(target: Path, error: OSError) -> str:
    import errno

    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"{target.name}을(를) 쓸 자리가 없습니다({error.strerror}). 디스크를 비우고 다시 실행하십시오."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"폴더 {target.parent}에 쓸 수 없습니다({error.strerror}). 쓰기 권한을 주거나 다른 결과 경로를 고르십시오."
    return f"{target.name}을(를) 쓸 수 없습니다({error.strerror or error}). 결과 경로를 확인하십시오."


def write_atomic(target: Path, text: str) -> None:
    """`text`를 곁에 다 쓴 다음 `target` 자리로 옮깁니다. 실패하면 앞의 파일이 그대로 남습니다.

    Raises:
        OutputError: 쓸 수 없거나 디스크가 가득 찼습니다.
    """
    try:
        _files.write_atomic(target, text.encode("utf-8", "backslashreplace"), sync=True)
    except OSError as error:
        raise OutputError(_why(target, error)) from None
