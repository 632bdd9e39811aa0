"""CSV와 parquet 읽기."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from mlops_lab.drift import DriftInputError, compare, read_table

TABLE = pd.DataFrame(
    {
        "x": [1.5, None, 3.0],
        "이름": ["가", "나", None],
        "when": pd.to_datetime(["2013-01-01", "2013-01-02", None]),
    }
)


def test_csv_gzip_and_parquet_read_alike(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    TABLE.to_csv(tmp_path / "b.CSV.GZ", index=False, compression="gzip")
    TABLE.to_parquet(tmp_path / "c.parquet")
    tables = [read_table(path) for path in sorted(tmp_path.iterdir())]
    assert len(tables) == 3
    for table in tables:
        assert list(table.columns) == ["x", "이름", "when"]
        assert table["when"].dtype.kind == "M"
        assert table["x"].tolist()[::2] == [1.5, 3.0]
        assert table["이름"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "열이 하나도 없습니다|CSV로 읽을 수 없습니다"),
        ("a.csv", b"a,b\n1,2\n1,2,3\n", "CSV로 읽을 수 없습니다"),
        ("a.csv", b"a,b,a\n1,2,3\n", "'a'.* 두 번 넘게"),
        ("a.csv", "이름\n가\n".encode("cp949"), "UTF-8이 아닙니다"),
        ("a.csv.gz", b"a\n1\n", "온전한지"),
        ("a.csv.gz", gzip.compress(b"a\n" * 999, mtime=0)[:20], "온전한지"),
        ("a.parquet", b"PAR1", "parquet로 읽을 수 없습니다"),
        ("a.xlsx", b"", "어떻게 읽을지"),
    ],
)
def test_files_that_cannot_be_read(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DriftInputError, match=message):
        read_table(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DriftInputError, match="없습니다"):
        read_table(tmp_path / "없음.csv")


def test_parquet_with_repeated_names(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DriftInputError, match="두 번 넘게"):
        read_table(tmp_path / "a.parquet")


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TABLE.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DriftInputError, match=r"pyarrow이\(가\) 필요합니다.*mlops-lab\[drift\]"):
        read_table(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["2013-01-01T00:00:00", "2013-01-01T00:00:00+09:00"], "시간대가 있는 시각과 없는 시각"),
        (["2013-01-01", "2013-02-30"], None),
    ],
)
def test_strange_moments_are_not_guessed(cells: list[str], says: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("when\n" + "\n".join(cells * 100) + "\n", encoding="utf-8")
    table = read_table(tmp_path / "a.csv")
    column = compare(table, table).columns[0]
    assert column.kind == ("mixed" if says else "categorical")
    if says:
        assert column.verdict == "undecided"
        assert says in column.reason
