"""CSV와 parquet 읽기."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from mlops_lab import _bounded
from mlops_lab.drift import DriftInputError, _files, compare, read_table
from tests.common import FUZZ

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


MIB = 1 << 20


def packed(head: bytes, block: bytes, times: int) -> bytes:
    """`block`을 1 MiB까지 되풀이한 것을 `times`번 잇습니다. gzip은 여러 조각을 이어도 한 파일입니다."""
    return gzip.compress(head) + gzip.compress(block * (MIB // len(block)), 9) * times


def repeated(value: Any, rows: int, kind: pa.DataType) -> bytes:
    """같은 값이 `rows`번 있는 parquet. 파일에는 한 번만 적힙니다."""
    sink = io.BytesIO()
    table = pa.table({"a": pa.array([value] * rows, kind)})
    parquet.write_table(table, sink, compression="zstd", dictionary_pagesize_limit=64 * MIB)
    return sink.getvalue()


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """표 하나에 64 MiB만 쓰는 컴퓨터. 압축은 16 MiB까지 풉니다."""
    monkeypatch.setattr(_files, "spare_memory", lambda: 64 * MIB)
    monkeypatch.setattr(_files, "_UNPACKED", 16 * MIB)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("칸.csv.gz", packed(b"a\n", b"1\n", 40), r"칸까지 세어 보니 .*\(64 MiB까지 씁니다\)"),
        ("쉼표.csv.gz", packed(b"a,b,c,d,e,f,g,h\n", b",,,,,,,\n", 40), "칸까지 세어 보니"),
        ("칸 하나.csv.gz", packed(b"a\n", b"x", 40), "압축을 풀면 16 MiB를 넘습니다"),
        ("따옴표.csv.gz", packed(b'a\n"', b"x\n", 40), "칸까지 세어 보니"),
        ("빈 줄.csv.gz", packed(b"a\n", b"\n", 40), "칸까지 세어 보니"),
        ("열.csv.gz", packed(b"a", b",", 1), r"열이 1,048,577개입니다\(100,000개까지"),
        ("열 이름.csv.gz", packed(b"", b"abcdefg,", 4), "열이 524,289개입니다"),
        ("둘째 줄.csv.gz", packed(b"a\n", b",", 1), "열이 1,048,577개입니다"),
        ("빈 줄 다음.csv.gz", packed(b"\n \n\n", b",", 1), "열이 1,048,577개입니다"),
        ("여러 줄의 이름.csv.gz", packed(b"", b'"a\n",,,,', 2), "열이 1,048,5.*개입니다"),
        ("긴 칸 다음.csv.gz", packed(b"x" * 200_000, b",", 1), "열이 1,048,577개입니다"),
        ("풀어 둔 것.csv", b"a\n" + b"1\n" * (4 * MIB), "칸까지 세어 보니"),
        ("수.parquet", repeated(7, 10_000_000, pa.int64()), "행이 10,000,000개, 열이 1개"),
        ("없음.parquet", repeated(None, 10_000_000, pa.null()), "행이 10,000,000개"),
        ("글.parquet", repeated("x" * 100_000, 1_000, pa.string()), "풀면 95 MiB를 넘습니다"),
        ("바이트.parquet", repeated(b"x" * 100_000, 1_000, pa.large_binary()), "풀면 95 MiB를 넘습니다"),
        ("목록.parquet", repeated(["x" * 100_000], 1_000, pa.list_(pa.string())), "풀면 95 MiB를 넘습니다"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[-8:] else "",
)
def test_a_small_file_that_grows_is_refused_before_it_is_read(
    name: str, content: bytes, seen: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DriftInputError, match=rf"{name}이\(가\) 너무 큽니다: .*{seen}.*골라내거나"):
        read_table(tmp_path / name)


@pytest.mark.usefixtures("little_memory")
def test_what_fits_is_read_as_before(tmp_path: Path) -> None:
    """한도에 가까운 것도, 되풀이되는 글도 그대로 읽습니다."""
    (tmp_path / "a.csv.gz").write_bytes(packed(b"a\n", b"1\n", 2))
    assert len(read_table(tmp_path / "a.csv.gz")) == MIB
    wide = ",".join(f"c{place}" for place in range(5_000))
    (tmp_path / "wide.csv").write_text(f"{wide}\n" + ",".join(["1.5"] * 5_000) + "\n", "utf-8")
    assert read_table(tmp_path / "wide.csv").shape == (1, 5_000)
    table = pa.table(
        {
            "글": pa.array(["가", None, "나", "가"] * 20_000),
            "긴 글": pa.array(["가", None, "나", "가"] * 20_000, pa.large_string()),
            "바이트": pa.array([b"a", None, b"", b"c"] * 20_000),
            "범주": pa.array(["가", None, "나", "가"] * 20_000).dictionary_encode(),
            "목록": pa.array([["a"], None, [], ["b", None]] * 20_000),
        }
    )
    parquet.write_table(table, tmp_path / "b.parquet", row_group_size=30_000)
    pd.testing.assert_frame_equal(read_table(tmp_path / "b.parquet"), table.to_pandas())
    TABLE.set_index("when").to_parquet(tmp_path / "index.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "index.parquet"), TABLE[["x", "이름", "when"]])
    parquet.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "empty.parquet")
    assert read_table(tmp_path / "empty.parquet").shape == (0, 1)


def test_memory_that_runs_out_is_told(tmp_path: Path) -> None:
    """운영체제가 정말로 메모리를 주지 않습니다. 어림이 틀렸거나, 다른 프로그램이 그새 썼을 때입니다."""
    (tmp_path / "a.csv.gz").write_bytes(packed(b"a\n", b"1\n", 100))
    (tmp_path / "b.parquet").write_bytes(repeated("x" * 1_000_000, 1_000, pa.string()))
    script = """
import resource, sys
import pandas, pyarrow.parquet
from mlops_lab.drift import DriftInputError, _files, read_table
_files.spare_memory = lambda: 1 << 50
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (600 << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))
for path in sys.argv[1:]:
    try:
        print(read_table(path).shape)
    except DriftInputError as error:
        print(error)
"""
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(
        [sys.executable, "-c", script, *files], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("너무 큽니다: 읽다가 메모리가 모자랐습니다") == 2, done.stdout
    assert not done.stderr


def test_memory_of_reading_stays_below_the_estimate(tmp_path: Path) -> None:
    """어림한 것보다 훨씬 더 쓰면 한도가 한도가 아닙니다."""
    (tmp_path / "a.csv.gz").write_bytes(packed(b"a\n", b"1\n", 32))
    read = [sys.executable, "-c", "import sys, resource; from mlops_lab.drift import read_table\n"
            "import pandas, pyarrow; before = resource.getrusage(0).ru_maxrss\n"
            "read_table(sys.argv[1]); print(resource.getrusage(0).ru_maxrss - before)",
            str(tmp_path / "a.csv.gz")]  # fmt: skip
    used = int(subprocess.run(read, capture_output=True, text=True, check=True).stdout) * 1024
    cells = 32 * MIB // 2
    assert used < 1.5 * (_bounded._PER_BYTE * 32 * MIB + _bounded._PER_CELL * cells)


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


KOREAN = "이름,값\n가나다,1\n라마바,2\n"
PARQUET = pd.DataFrame({"이름": ["가나다", "라마바"], "값": [1, 2]}).to_parquet()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("그대로.csv", KOREAN.encode()),
        ("BOM.csv", KOREAN.encode("utf-8-sig")),
        ("엑셀의 유니코드.txt", KOREAN.replace(",", "\t").encode("utf-16")),
        ("거꾸로.csv", b"\xfe\xff" + KOREAN.encode("utf-16-be")),
        ("넓은.csv", KOREAN.encode("utf-32")),
        ("엑셀.csv", KOREAN.encode("cp949")),
        ("윈도.csv", KOREAN.replace("\n", "\r\n").encode()),
        ("쌍반점.csv", KOREAN.replace(",", ";").encode()),
        ("세로줄.txt", KOREAN.replace(",", "|").encode()),
        ("탭.tsv", KOREAN.replace(",", "\t").encode()),
        ("탭.csv", KOREAN.replace(",", "\t").encode()),
        ("말한 대로.csv", b"sep=;\r\n" + KOREAN.replace(",", ";").encode()),
        ("이름은 csv.csv", gzip.compress(KOREAN.encode("cp949"), mtime=0)),
        ("이름은 gz.csv.gz", KOREAN.encode()),
        ("탭.tsv.gz", gzip.compress(KOREAN.replace(",", "\t").encode(), mtime=0)),
        ("하나.zip", zipped({"a/b.csv": KOREAN.encode(), "__MACOSX/a/._b.csv": b"x"})),
        ("이름은 csv2.csv", zipped({"b.csv": KOREAN.encode("utf-16")})),
        ("이름은 csv3.csv", PARQUET),
        ("이름 없음", PARQUET),
        ("쉼표로 끝남.csv", b"\xef\xbb\xbf" + KOREAN.replace("\n", ",\n").encode()),
        ("줄만 쉼표로 끝남.csv", KOREAN.replace("1\n", "1,,\n").replace("2\n", "2,,\n").encode()),
        ("한 줄만.csv", KOREAN.replace("2\n", "2,,\n").encode()),
        ("이름이 두 줄 뒤.csv", ("\n\n" + KOREAN.replace("2\n", "2,\n")).encode()),
        ("쌍반점으로 끝남.csv", KOREAN.replace(",", ";").replace("\n", ";\n").encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_file_is_shows_in_its_content(name: str, content: bytes, tmp_path: Path) -> None:
    table = read_table(written(tmp_path, name, content))
    assert {key: table[key].tolist() for key in table} == {"이름": ["가나다", "라마바"], "값": [1, 2]}


LATIN = "prénom,valeur\nZoé,1\nNoël,2\n".encode("latin-1")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("라틴.csv", LATIN, "UTF-8이 아닙니다.*CP949"),
        ("BOM 없음.csv", KOREAN.encode("utf-16-le"), "BOM이 없는 UTF-16"),
        ("거짓.csv", b"\xef\xbb\xbf" + KOREAN.encode("cp949"), "UTF-8-SIG라고 하지만"),
        ("a.csv", b"a,b\n1,2\n\n3,4\n5,6,7\n", "5번째 줄에 칸이 3개인데 열 이름은 2개"),
        ("a.csv", b'a,b\n1,2\n"3\n",4\n5,6,,8\n', "5번째 줄에 칸이 4개"),
        ("a.csv", b"a,b\n1,2,\n3,4,5\n", "3번째 줄에 칸이 3개"),
        ("a.csv", b"a,b\n1,2,3\n4,5,6\n", "2번째 줄에 칸이 3개"),
        ("a.csv", b"a;b\n1;2;3\n", r"2번째 줄.*쌍반점\(;\)로 나누었습니다"),
        ("a.csv", b'a,b\n1,"2\n', "닫히지 않습니다"),
        ("a.csv", b"a,b;c\n1,2;3\n4,5;6\n", "무엇으로 나누어야"),
        ("a.xlsx", zipped({"[Content_Types].xml": b"", "xl/a.xml": b""}), "엑셀"),
        ("a.zip", zipped({"a.csv": b"a", "b.csv": b"b"}), r"파일이 2개 있습니다\(a.csv, b.csv\)"),
        ("a.zip", zipped({}), "파일이 0개"),
        ("a.zip", zipped({"a.csv": KOREAN.encode() * 99})[:90], "온전한지"),
        ("a.zip", zipped({"a.csv": PARQUET}), "parquet를 다시 zip에"),
        ("a.csv.gz", gzip.compress(PARQUET, mtime=0), "parquet를 다시 gzip에"),
        ("a.csv", b"BZh91AY&SY", "bzip2"),
        ("a.csv", b"\x28\xb5\x2f\xfd", "zstd"),
        ("a.feather", b"ARROW1\0\0", "feather"),
        ("a.txt", b'{"format": "mlops-lab/drift-profile"}', r"\.json인 채로"),
        ("a.parquet", KOREAN.encode(), "첫 바이트가"),
    ],
)
def test_a_file_that_is_something_else_is_told(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(DriftInputError, match=says) as error:
        read_table(written(tmp_path, name, content))
    assert "\n" not in str(error.value)
    assert "Error" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a;b\n1,5;2,5\n3,25;4\n", ["a", "b"]),
        ("a,b\n1;2,3|4\n5,6;7;8\n", ["a", "b"]),
        ('"a;b",c\n1,2\n', ["a;b", "c"]),
        ("temp; C\n1.5\n2.5\n", ["temp; C"]),
        ("when\n2013-01-01\n", ["when"]),
        ("a,b\n", ["a", "b"]),
        ("a;b\n", ["a", "b"]),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b"]),
        (",b\n0,2\n1,4\n", ["Unnamed: 0", "b"]),
    ],
)
def test_separators_are_found_only_where_they_separate(text: str, names: list[str], tmp_path: Path) -> None:
    assert list(read_table(written(tmp_path, "a.csv", text)).columns) == names


def test_words_are_not_taken_for_missing(tmp_path: Path) -> None:
    """`NA`는 지역이기도 합니다. 같은 표는 CSV이든 parquet이든 같게 판정합니다."""
    words = ["NA", "EU", "null", "None", "nan", "N/A", "-", None]
    table = pd.DataFrame({"region": words * 50, "x": [1.0, None, 2.0, 3.0] * 100})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    sides = [read_table(tmp_path / name) for name in ("a.csv", "a.parquet")]
    for side in sides:
        assert [None if pd.isna(each) else each for each in side["region"][:8]] == words
        assert side["x"].isna().sum() == 100
    assert compare(*sides).verdict == compare(sides[0], sides[0]).verdict
    assert compare(*sides).columns[0].effect == 0


def test_moments_are_read_alike_from_csv_and_parquet(tmp_path: Path) -> None:
    table = pd.DataFrame({"when": ["2013-01-01", None, "9999-12-31"], "day": ["2013-03-01T05:00"] * 3})
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        read = read_table(tmp_path / name)
        assert [str(each)[:10] for each in read["when"]] == ["2013-01-01", "NaT", "9999-12-31"]
        assert read["day"].dtype.kind == "M"


@pytest.mark.parametrize("index", ["when", None, ["a", "b"]])
def test_the_index_of_a_parquet_is_a_column(index: Any, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"x": [1.5, 2.5], "a": [1, 2], "b": [3, 4]}, index=pd.to_datetime(["2013-01-01"] * 2)
    )
    table = table.set_index(index) if isinstance(index, list) else table.rename_axis(index)
    table.to_parquet(tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet")
    assert list(read.index) == [0, 1]
    more = [] if isinstance(index, list) else [index or "__index_level_0__"]
    assert set(read.columns) == {"x", "a", "b", *more}


def test_a_folder_of_parquet_parts_is_one_table(tmp_path: Path) -> None:
    whole = pd.DataFrame({"x": [1.5, 2.5, None, 3.0], "city": ["가", "나", None, "가"]})
    for part, year in enumerate(("2013", "2014")):
        (tmp_path / "a" / f"year={year}").mkdir(parents=True)
        whole[part * 2 : part * 2 + 2].to_parquet(tmp_path / "a" / f"year={year}" / f"part-{part}.parquet")
    written(tmp_path / "a", "_SUCCESS", b"")
    written(tmp_path / "a", "_metadata.parquet", b"x")
    table = read_table(tmp_path / "a")
    assert table["x"].tolist()[::3] == [1.5, 3.0]
    assert table["city"].isna().tolist() == [False, False, True, False]
    assert table["year"].tolist() == [2013, 2013, 2014, 2014]

    whole.rename(columns={"x": "z"}).to_parquet(tmp_path / "a" / "year=2014" / "다른.parquet")
    with pytest.raises(DriftInputError, match=r"조각마다 열이 다릅니다.*x, z"):
        read_table(tmp_path / "a")
    (tmp_path / "b").mkdir()
    with pytest.raises(DriftInputError, match=r"폴더이고 parquet 조각이 없습니다\(비어"):
        read_table(tmp_path / "b")
    written(tmp_path / "b", "a.csv", KOREAN)
    with pytest.raises(DriftInputError, match=r"\.csv 1개"):
        read_table(tmp_path / "b")


@pytest.mark.usefixtures("little_memory")
def test_the_parts_of_a_folder_share_the_memory(tmp_path: Path) -> None:
    for part in range(3):
        written(tmp_path, f"{part}.parquet", repeated("x" * 100_000, 300, pa.string()))
    with pytest.raises(DriftInputError, match="너무 큽니다: 풀면"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    "content",
    [KOREAN.encode(), gzip.compress(KOREAN.encode("cp949"), mtime=0), PARQUET],
    ids=["csv", "gzip", "parquet"],
)
@pytest.mark.parametrize("through", ["cat a | ", "", "named"])
def test_a_pipe_is_read(through: str, content: bytes, tmp_path: Path) -> None:
    code = "import sys; from mlops_lab.drift import read_table; print(read_table(sys.argv[1])['값'].tolist())"
    written(tmp_path, "a", content)
    read = f'{sys.executable} -c "{code}"'
    script = {
        "cat a | ": f"cat a | {read} /dev/stdin",
        "": f"{read} /dev/stdin < a",
        "named": f"{read} <(cat a)",
    }
    done = subprocess.run(
        ["bash", "-c", script[through]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "[1, 2]\n"), done.stderr


@pytest.mark.usefixtures("little_memory")
def test_what_is_not_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DriftInputError, match="장치나 소켓"):
        read_table("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    with (
        subprocess.Popen(["sh", "-c", f"yes > {tmp_path}/pipe"], stderr=subprocess.DEVNULL),
        pytest.raises(DriftInputError, match="너무 큽니다: 파이프에서"),
    ):
        read_table(tmp_path / "pipe")


CELLS = st.sampled_from(
    ["1", "1.5", "-0", "1e400", "nan", "NA", "", " ", '"', '"a,b"', '"a\nb"', "가", "2013-01-01", "2013-13-45",
     "2013-01-01T00:00:00+09:00", "0000-00-00", "9999-12-31", "1" * 400, "\0", "\ufeff", "\r", "True", "1,000",
     "2013-01-01 ", "2013-01-01T99", "2013-01-01T00:00:00.0000000001"]
) | st.text(max_size=5)  # fmt: skip
CSV = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=8).map(
    lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass")
)
SAMPLES = {
    ".csv": TABLE.to_csv(index=False).encode(),
    ".csv.gz": gzip.compress(TABLE.to_csv(index=False).encode(), mtime=0),
    ".parquet": TABLE.to_parquet(),
}


@st.composite
def damaged(draw: st.DrawFn, suffix: str) -> bytes:
    """온전한 파일을 자르거나, 몇 바이트를 바꾸거나, 덧붙인 것."""
    content = bytearray(SAMPLES[suffix])
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))]) + draw(st.binary(max_size=8))


FILES = st.sampled_from(sorted(SAMPLES)).flatmap(
    lambda suffix: st.tuples(
        st.just(suffix),
        st.binary(max_size=200)
        | damaged(suffix)
        | CSV
        | CSV.map(lambda content: gzip.compress(content, mtime=0))
        | st.binary(max_size=100).map(lambda content: gzip.compress(content, mtime=0)),
    )
)


@settings(
    max_examples=FUZZ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(file=FILES)
def test_any_bytes_are_a_table_or_a_told_error(file: tuple[str, bytes], tmp_path: Path) -> None:
    """다른 예외도, 경고도 없습니다(경고는 오류입니다)."""
    suffix, content = file
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    with contextlib.suppress(DriftInputError):
        assert isinstance(read_table(path), pd.DataFrame)
