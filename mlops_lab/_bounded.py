"""작은 파일이 메모리를 다 차지하지 못하게, 표로 읽기 전에 크기를 잽니다.

gzip 4 MB를 풀면 4 GB가 되기도 합니다. 그래서 한 번 풀어 세어만 보고, 담지 못할 것은 읽기 시작하지 않습니다.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable

MAX_COLUMNS = 100_000
"""표의 열은 여기까지입니다. 열 하나에 1 KB 남짓이 따로 듭니다."""

_PER_BYTE = 2
_PER_CELL = 24
"""pandas가 CSV를 읽는 동안 글 1바이트와 칸 하나에 드는 바이트. 한 자리 수만 든 표부터 실수와 글이 든 표까지 재어 넉넉히 잡았습니다."""

_CHUNK = 1 << 20
_HEAD = 4 << 20
_HEAD_ROWS = 3


class TooLarge(ValueError):
    """담지 못할 만큼 큽니다. 글은 무엇을 보았고 어디까지인지 말합니다."""


def spare_memory() -> int:
    """표 하나를 읽는 데 써도 되는 메모리(바이트). 지금 쓸 수 있는 것의 절반입니다."""
    import psutil

    return int(psutil.virtual_memory().available) // 2


def check_csv(
    read: Callable[[int], bytes], memory: int, size: int | None = None, separator: bytes = b","
) -> None:
    """CSV를 끝까지 세어 보고, 표로 읽는 데 드는 것이 한도를 넘으면 거절합니다. 아무것도 담아 두지 않습니다.

    Args:
        read: 압축을 푼 바이트를 주는, 파일의 `read`.
        memory: 표로 읽는 데 써도 되는 메모리(바이트).
        size: 압축을 푼 크기의 한도(바이트). 없으면 메모리만 봅니다.
        separator: 칸을 나누는 글자 하나.

    Raises:
        TooLarge: 한도를 넘거나 열이 `MAX_COLUMNS`보다 많습니다.
    """
    head = read(_HEAD)
    seen = cells = 0
    for chunk in itertools.chain([head], iter(lambda: read(_CHUNK), b"")):
        seen += len(chunk)
        cells += chunk.count(separator) + chunk.count(b"\n")
        if size is not None and seen > size:
            raise TooLarge(f"압축을 풀면 {show(size)}를 넘습니다({show(size)}까지 풉니다)")
        if (needed := _PER_BYTE * seen + _PER_CELL * cells) > memory:
            raise TooLarge(
                f"{show(seen)}, {cells:,}칸까지 세어 보니 표로 읽으려면 메모리가 {show(needed)} 넘게 듭니다"
                f"({show(memory)}까지 씁니다)"
            )
    if (columns := _count_columns(head, separator, whole=seen <= _HEAD)) > MAX_COLUMNS:
        raise TooLarge(f"열이 {columns:,}개입니다({MAX_COLUMNS:,}개까지 읽습니다)")


def _count_columns(head: bytes, separator: bytes, whole: bool) -> int:
    """첫 줄들의 칸의 수. pandas는 첫 줄(열의 이름)과 그다음 줄에서 열의 수를 정합니다. 모르겠으면 많은 쪽으로 셉니다."""
    lines = io.StringIO(head.decode("latin-1"), newline="")
    widths: list[int] = []
    try:
        for row in csv.reader(lines, delimiter=separator.decode()):
            if len(row) > 1 or any(cell.strip() for cell in row):  # pandas는 빈 줄을 건너뜁니다.
                widths.append(len(row))
            if len(widths) == _HEAD_ROWS:
                return max(widths)
    except csv.Error:  # 칸 하나가 너무 깁니다.
        whole = False
    return max(widths, default=0) if whole else head.count(separator) + 1


def show(size: int) -> str:
    """바이트를 사람이 읽는 크기로 적습니다."""
    value = float(size)
    for unit in ("바이트", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit != "바이트" else f"{size}바이트"
        value /= 1024
    return f"{value:.1f} GiB"
