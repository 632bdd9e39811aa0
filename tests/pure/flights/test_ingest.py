"""배치를 들이는 일: 두 번, 다른 내용, 망가진 배치. 아무것도 잃거나 절반만 쓰지 않습니다."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mlops_lab.flights import gate, landing
from mlops_lab.flights._files import read_json, sha256
from mlops_lab.flights.errors import BadBatch, BadMonth, BatchConflict, NotArrived
from mlops_lab.flights.ingest import ingest

MONTH = "2013-07"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def edit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = change(pd.read_csv(path))
    path.write_bytes(gzip.compress(table.to_csv(index=False).encode("utf-8")))


def blank(table: pd.DataFrame, column: str, share: float) -> pd.DataFrame:
    return table.assign(**{column: table[column].where(table.index >= len(table) * share)})


def to_minutes(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(sched_dep_time=table["sched_dep_time"] // 100 * 60 + table["sched_dep_time"] % 100)


def to_celsius(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(temp=(table["temp"] - 32) / 1.8, dewp=(table["dewp"] - 32) / 1.8)


BAD: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "열이 없음": ("flights", lambda t: t.drop(columns=["dest", "carrier"]), "열이 없습니다: carrier, dest"),
    "행이 없음": ("flights", lambda t: t.head(0), "행이 없습니다"),
    "80 % 결측": ("weather", lambda t: blank(t, "temp", 0.8), "temp의 80%가 비어 있습니다"),
    "열쇠가 결측": ("flights", lambda t: blank(t, "flight_id", 0.1), "flight_id의 10%가 비어"),
    "섭씨": ("weather", to_celsius, "섭씨로 적은 것 같습니다"),
    "기온만 섭씨": (
        "weather",
        lambda t: t.assign(temp=(t["temp"] - 32) / 1.8),
        "temp와 dewp의 단위가 서로 다른",
    ),
    "킬로미터": ("flights", lambda t: t.assign(distance=t["distance"] * 1.609344), "킬로미터로 적은 것"),
    "분": ("flights", to_minutes, "자정부터 센 분으로 적은 것"),
    "숫자가 아님": ("flights", lambda t: t.assign(distance="멀다"), "distance에 숫자가 아닌 값"),
    "다른 달": ("flights", lambda t: t.assign(date="2013-08-01"), "date에 2013-07이 아닌 값"),
    "겹친 행": ("flights", lambda t: pd.concat([t, t.head(3)]), "겹치는 행이 3개"),
    "범위 밖": ("weather", lambda t: t.assign(humid=t["humid"] * 2), "humid에 0~100을 벗어난 값"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_batch_is_refused_and_stays_where_it_is(case: str, tmp_path: Path) -> None:
    kind, change, message = BAD[case]
    landing.deliver(MONTH, tmp_path, "features")
    arrived = tmp_path / "landing" / f"{kind}-{MONTH}.csv.gz"
    edit(arrived, change)
    content = arrived.read_bytes()

    with pytest.raises(BadBatch, match=message):
        ingest(MONTH, tmp_path, "features")

    assert arrived.read_bytes() == content
    assert not (tmp_path / "warehouse").exists()
    note = read_json(tmp_path / "landing" / f"{arrived.name}.rejected.json")
    assert any(message.split("(")[0] in finding for finding in note["findings"])


def cp949(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"EWR", "뉴어크".encode("cp949")))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: b"", "빈 파일"),
        (lambda content: content[: len(content) // 2], "중간에 잘렸습니다"),
        (lambda content: gzip.decompress(content), "gzip 압축이 깨졌거나"),
        (cp949, "CP949로 저장한 것 같습니다"),
        (lambda content: gzip.compress(b""), "아무것도 없습니다"),
        (lambda content: gzip.compress(b"a,b\n1,2\n1,2,3\n"), "CSV로 읽을 수 없습니다"),
        (lambda content: gzip.compress(b"1\n" * 2**20) * 2_000, r"256 MiB까지.* 한 달의 배치가 맞는지"),
        (lambda content: gzip.compress(b"x" * 2**20) * 4_000, r"256 MiB까지.* 한 달의 배치가 맞는지"),
        (lambda content: gzip.compress(b"," * 2**20), "열이 1,048,577개입니다"),
    ],
    ids=[
        "빈 파일",
        "잘린 gzip",
        "압축하지 않음",
        "CP949",
        "빈 압축",
        "들쭉날쭉한 줄",
        "풀면 4 GB",
        "한 칸이 4 GB",
        "열이 백만",
    ],
)
def test_an_unreadable_file_is_refused(spoil: Callable[[bytes], bytes], message: str, tmp_path: Path) -> None:
    landing.deliver(MONTH, tmp_path, "features")
    arrived = tmp_path / "landing" / f"flights-{MONTH}.csv.gz"
    arrived.write_bytes(spoil(arrived.read_bytes()))
    with pytest.raises(BadBatch, match=message):
        ingest(MONTH, tmp_path, "features")
    assert not (tmp_path / "warehouse").exists()


def test_a_file_too_big_to_be_a_month_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """까닭의 기록에는 앞부분이 아니라 파일 전체의 해시를 적습니다."""
    monkeypatch.setattr(gate, "LIMIT", 1 << 20)
    landing.deliver(MONTH, tmp_path, "features")
    arrived = tmp_path / "landing" / f"flights-{MONTH}.csv.gz"
    arrived.write_bytes(bytes(range(256)) * 8_192)
    with pytest.raises(BadBatch, match=r"파일이 1 MiB를 넘습니다\. 한 달의 배치가 맞는지"):
        ingest(MONTH, tmp_path, "features")
    note = read_json(arrived.with_name(f"{arrived.name}.rejected.json"))
    assert note["sha256"] == sha256(arrived.read_bytes())


def test_a_repaired_batch_is_taken_and_its_note_removed(tmp_path: Path) -> None:
    landing.deliver(MONTH, tmp_path, "features")
    (tmp_path / "landing" / f"flights-{MONTH}.csv.gz").write_bytes(b"")
    with pytest.raises(BadBatch):
        ingest(MONTH, tmp_path, "features")
    landing.deliver(MONTH, tmp_path, "features")
    assert ingest(MONTH, tmp_path, "features").new
    assert sorted(p.name for p in (tmp_path / "landing").iterdir()) == [
        f"flights-{MONTH}.csv.gz",
        f"weather-{MONTH}.csv.gz",
    ]


def test_the_same_batch_twice_changes_nothing(tmp_path: Path) -> None:
    landing.deliver(MONTH, tmp_path, "features")
    assert ingest(MONTH, tmp_path, "features").new
    before = snapshot(tmp_path)
    landing.deliver(MONTH, tmp_path, "features")
    assert not ingest(MONTH, tmp_path, "features").new
    assert snapshot(tmp_path) == before


def test_another_batch_for_the_same_month_is_refused_unless_told(tmp_path: Path) -> None:
    landing.deliver(MONTH, tmp_path, "features")
    ingest(MONTH, tmp_path, "features")
    arrived = tmp_path / "landing" / f"flights-{MONTH}.csv.gz"
    edit(arrived, lambda table: table.iloc[:-10])
    before = snapshot(tmp_path)
    with pytest.raises(BatchConflict, match="replace=True"):
        ingest(MONTH, tmp_path, "features")
    assert snapshot(tmp_path) == before
    assert ingest(MONTH, tmp_path, "features", replace=True).new
    assert (tmp_path / "warehouse" / MONTH / "flights.csv.gz").read_bytes() == arrived.read_bytes()


@pytest.mark.parametrize("month", ["2013-13", "2014-01", "2012-12", "2013-3", "3월", "", "../2013-03"])
def test_a_month_that_does_not_exist(month: str, tmp_path: Path) -> None:
    with pytest.raises(BadMonth, match="2013"):
        landing.deliver(month, tmp_path, "features")
    with pytest.raises(BadMonth):
        ingest(month, tmp_path, "features")
    assert list(tmp_path.iterdir()) == []


def test_a_batch_that_has_not_arrived(tmp_path: Path) -> None:
    with pytest.raises(NotArrived, match=r"flights-2013-07\.csv\.gz"):
        ingest(MONTH, tmp_path, "features")


def test_labels_need_their_flights_and_come_whole(tmp_path: Path) -> None:
    landing.deliver(MONTH, tmp_path, "labels")
    with pytest.raises(NotArrived, match="먼저 그 달의 ingest"):
        ingest(MONTH, tmp_path, "labels")
    landing.deliver(MONTH, tmp_path, "features")
    ingest(MONTH, tmp_path, "features")
    arrived = tmp_path / "landing" / f"labels-{MONTH}.csv.gz"
    whole = arrived.read_bytes()
    edit(arrived, lambda table: table.iloc[: len(table) // 5])
    with pytest.raises(BadBatch, match="정답이 항공편의 19%에만"):
        ingest(MONTH, tmp_path, "labels")
    other = (landing.DATA / "labels-2013-08.csv.gz").read_bytes()
    arrived.write_bytes(other)
    with pytest.raises(BadBatch, match="그 달의 항공편에 없는 flight_id"):
        ingest(MONTH, tmp_path, "labels")
    arrived.write_bytes(whole)
    assert ingest(MONTH, tmp_path, "labels").rows == {
        "labels": len(pd.read_csv(io.BytesIO(whole), compression="gzip"))
    }
