"""작업 폴더 안의 경로와, 같은 내용이면 같은 바이트가 되는 JSON과 CSV."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lab._files import write_atomic

if TYPE_CHECKING:
    import pandas as pd


def landing_folder(home: Path) -> Path:
    """배치가 도착하는 폴더."""
    return home / "landing"


def month_folder(home: Path, month: str) -> Path:
    """검사를 통과한 `month`의 배치와 그 달의 결과가 모이는 폴더."""
    return home / "warehouse" / month


def write_json(path: Path, content: dict[str, Any]) -> Path:
    """사전을 읽기 좋은 JSON으로 씁니다. 한글은 그대로 둡니다."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    return write_atomic(path, text + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """`write_json`으로 쓴 파일을 읽습니다."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_csv(path: Path, table: pd.DataFrame) -> Path:
    """표를 csv.gz로 씁니다. 같은 표는 언제나 같은 바이트가 됩니다(gzip의 시각은 0)."""
    text = table.to_csv(index=False, lineterminator="\n")
    return write_atomic(path, gzip.compress(text.encode("utf-8"), compresslevel=6, mtime=0))


def sha256(content: bytes) -> str:
    """내용의 해시를 16진수 64자리로 돌려줍니다."""
    return hashlib.sha256(content).hexdigest()


def relative(path: Path, home: Path) -> str:
    """워크스페이스에서 본 상대 경로. 다음 단계에는 이것만 넘깁니다."""
    return path.relative_to(home).as_posix()
