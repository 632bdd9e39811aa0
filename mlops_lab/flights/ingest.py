"""도착한 배치를 검사하고 warehouse에 들입니다.

두 번 들여도 결과가 같습니다. 검사를 통과하지 못한 배치는 landing에 그대로 두고, 옆에 까닭을 적은 격리 기록
(`<파일 이름>.rejected.json`)을 남깁니다. 검사가 모두 끝난 뒤에야 쓰기 시작합니다.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mlops_lab._files import write_atomic
from mlops_lab.flights import gate
from mlops_lab.flights._files import landing_folder, month_folder, sha256, write_json
from mlops_lab.flights.errors import BadBatch, BatchConflict, NotArrived
from mlops_lab.flights.landing import KINDS, What, file_name
from mlops_lab.flights.months import check_month


@dataclass(frozen=True)
class Ingested:
    """들인 배치. `rows`는 종류마다의 행 수, `new`는 이번에 새로 썼는지입니다."""

    month: str
    rows: dict[str, int]
    paths: dict[str, Path]
    new: bool


def warehouse_path(kind: str, month: str, home: Path) -> Path:
    """검사를 통과한 배치가 있는 곳. 도착한 바이트 그대로입니다."""
    return month_folder(home, month) / f"{kind}.csv.gz"


def is_ingested(month: str, home: Path, what: What) -> bool:
    """`month`의 배치를 이미 들였으면 참입니다."""
    return all(warehouse_path(kind, check_month(month), home).is_file() for kind in KINDS[what])


def read_ingested(kind: str, month: str, home: Path) -> pd.DataFrame:
    """들인 배치를 표로 읽습니다.

    Raises:
        NotArrived: 아직 들이지 않은 달입니다.
    """
    path = warehouse_path(kind, check_month(month), home)
    if not path.is_file():
        raise NotArrived(
            f"{month}의 {kind}을(를) 아직 들이지 않았습니다. 먼저 그 달의 ingest를 실행해 주십시오."
        )
    table, findings = gate.read(path.read_bytes(), kind)
    if table is None:
        raise BadBatch(f"들여 둔 {path.name}이(가) 깨졌습니다: {findings[0]}", findings)
    return table


def ingest(month: str, home: Path, what: What, *, replace: bool = False) -> Ingested:
    """landing에 온 `month`의 배치를 검사하고 warehouse에 들입니다.

    Args:
        month: `"2013-03"` 같은 달.
        home: 워크스페이스 폴더.
        what: `"features"`(항공편과 날씨) 또는 `"labels"`(정답).
        replace: 내용이 다른 배치로 바꾸려면 참으로 둡니다.

    Raises:
        BadMonth: 자료에 없는 달입니다.
        NotArrived: 파일이 아직 오지 않았습니다.
        BadBatch: 품질 검사를 통과하지 못했습니다.
        BatchConflict: 같은 달의 배치가 다른 내용으로 다시 왔습니다.
    """
    check_month(month)
    contents: dict[str, bytes] = {}
    tables: dict[str, pd.DataFrame] = {}
    for kind in KINDS[what]:
        arrived = landing_folder(home) / file_name(kind, month)
        if not arrived.is_file():
            raise NotArrived(
                f"{arrived.name}이(가) landing에 없습니다. 파일이 오기를 기다리거나, 달을 다시 보아 주십시오."
            )
        with arrived.open("rb") as file:
            contents[kind] = file.read(gate.LIMIT + 1)
        table, findings = gate.read(contents[kind], kind)
        if table is not None:
            findings = gate.check(table, kind, month)
            if kind == "labels" and not findings:
                findings = gate.check_labels(table, read_ingested("flights", month, home))
        if findings:
            _reject(arrived, findings)
        assert table is not None
        tables[kind] = table

    new = False
    for kind, content in contents.items():
        path = warehouse_path(kind, month, home)
        if path.is_file() and path.read_bytes() != content and not replace:
            raise BatchConflict(
                f"{month}의 {kind}은(는) 이미 들였는데, 내용이 다른 파일이 다시 왔습니다"
                f"(sha256 {sha256(path.read_bytes())[:12]} → {sha256(content)[:12]}). 아무것도 바꾸지 않았습니다. "
                "새 파일이 맞다면 replace=True로 다시 실행해 주십시오."
            )
    for kind, content in contents.items():
        path = warehouse_path(kind, month, home)
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)
            new = True
        _note(landing_folder(home) / file_name(kind, month)).unlink(missing_ok=True)
    rows = {kind: len(table) for kind, table in tables.items()}
    return Ingested(month, rows, {kind: warehouse_path(kind, month, home) for kind in tables}, new)


def _note(arrived: Path) -> Path:
    return arrived.with_name(f"{arrived.name}.rejected.json")


def _reject(arrived: Path, findings: list[str]) -> None:
    note = _note(arrived)
    with arrived.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    write_json(note, {"file": arrived.name, "sha256": digest, "findings": findings})
    listing = "\n".join(f"  - {finding}" for finding in findings)
    raise BadBatch(
        f"{arrived.name}을(를) 받지 않았습니다.\n{listing}\n"
        f"파일은 landing에 그대로 두었고, 까닭을 {note.name}에 적었습니다. 고친 파일을 다시 보내고 실행해 주십시오.",
        findings,
    )
