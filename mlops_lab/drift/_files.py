"""파일이 무엇인지 이름이 아니라 내용을 보고 알아내, 표로 읽습니다. pandas와 pyarrow는 읽을 때에만 불러옵니다."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import re
import tempfile
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from mlops_lab._bounded import TooLarge, show, spare_memory
from mlops_lab.drift._csv import Content, read_csv
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._parquet import read_folder, read_parquet

if TYPE_CHECKING:
    import pandas as pd

_UNPACKED = 2 << 30
"""압축을 풀거나 파이프에서 읽는 크기의 한도(바이트). 풀어 둔 CSV와 parquet는 메모리가 되는 만큼 읽습니다."""

_READ = "CSV(쉼표, 쌍반점, 탭, |)와 그 gzip이나 zip, parquet, parquet 조각이 든 폴더"
_TEXT_SUFFIXES = ("", ".csv", ".tsv", ".txt", ".gz", ".zip")
_PARQUET, _GZIP, _ZIP = b"PAR1", b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_STRANGERS = {
    b"PARE": "암호화한 parquet",
    b"ARROW1": "Arrow(feather)",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
    b"\xd0\xcf\x11\xe0": "옛 엑셀(xls)",
    b"SQLite format 3": "SQLite",
    b"\x89HDF": "HDF5",
    b"%PDF": "PDF",
}
_ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"


def read_table(path: str | Path) -> pd.DataFrame:
    """파일이나 폴더 하나를 표로 읽습니다.

    CSV(쉼표, 쌍반점, 탭, `|`로 나눈 글), 그것의 gzip이나 zip, parquet, parquet 조각이 든 폴더를 읽습니다. 이름이 아니라
    내용을 보고 압니다. 글은 UTF-8, BOM이 있는 UTF-16과 UTF-32, CP949를 읽습니다. 빈칸만 결측이고 `NA`도 값입니다. 모든 값이
    `2013-03-01`이나 `2013-03-01T05:00`처럼 생긴 열은 시각으로 읽습니다.

    Args:
        path: 파일이나 폴더의 경로. `/dev/stdin` 같은 파이프여도 됩니다.

    Returns:
        표.

    Raises:
        DriftInputError: 파일이 없거나, 읽을 수 없거나, 담지 못할 만큼 크거나, 열 이름이 겹치거나, pyarrow가 없습니다.
    """
    source = Path(path)
    name = source.name or str(source)
    try:
        return _with_moments(_read(source, name))
    except ImportError as error:
        raise DriftInputError(
            f'{name}을(를) 읽는 데 {error.name}이(가) 필요합니다. pip install "mlops-lab[drift]"로 설치해 주십시오.'
        ) from error
    except (TooLarge, MemoryError) as error:
        seen = error if isinstance(error, TooLarge) else "읽다가 메모리가 모자랐습니다"
        raise DriftInputError(
            f"{name}이(가) 너무 큽니다: {seen}. 행을 골라내거나 쓸 열만 남겨 주십시오. "
            "이렇게 클 리가 없다면 파일을 누가 만들었는지 보아 주십시오."
        ) from error
    except OSError as error:
        raise DriftInputError(
            f"{name}을(를) 열 수 없습니다({error.strerror or error}). 경로와 권한을 보아 주십시오."
        ) from error


def _read(source: Path, name: str) -> pd.DataFrame:
    if source.is_dir():
        return read_folder(source, spare_memory())
    if source.is_file():
        with source.open("rb") as file:
            return _read_file(file, name, source)
    if source.is_fifo():
        with source.open("rb") as pipe, tempfile.TemporaryFile() as copy:
            _pour(pipe, copy)
            copy.seek(0)
            return _read_file(copy, name, None)
    if source.exists():
        raise DriftInputError(f"{source}은(는) 장치나 소켓입니다. 파일이나 파이프를 주십시오.")
    raise DriftInputError(f"파일 {source}이(가) 없습니다. 경로를 보아 주십시오.")


def _pour(pipe: IO[bytes], copy: IO[bytes]) -> None:
    """파이프에서 온 것을 한도까지만 옮깁니다. 끝나지 않는 것이 디스크를 채우지 못하게 합니다."""
    left = _UNPACKED
    while chunk := pipe.read(1 << 20):
        left -= len(chunk)
        if left < 0:
            raise TooLarge(f"파이프에서 {show(_UNPACKED)} 넘게 왔습니다")
        copy.write(chunk)


def _read_file(file: IO[bytes], name: str, place: Path | None) -> pd.DataFrame:
    """파일의 첫 바이트를 보고 읽습니다. `place`는 경로이고, 파이프에서 옮겨 온 것이면 없습니다."""
    memory, suffix = spare_memory(), Path(name).suffix.lower()
    head = file.read(16)
    if head.startswith(_PARQUET):
        return read_parquet(place or file, name, memory)
    for magic, what in _STRANGERS.items():
        if head.startswith(magic):
            raise DriftInputError(f"{name}은(는) {what} 파일입니다. 읽을 수 있는 것은 {_READ}입니다.")
    if head.startswith(_GZIP):
        return read_csv(_unpacked(Content(name, lambda: _gunzip(file), _UNPACKED), "gzip"), memory)
    if head.startswith(_ZIP):
        return _read_zip(file, name, memory)
    if suffix == ".parquet":
        raise DriftInputError(
            f"{name}을(를) parquet로 읽을 수 없습니다(첫 바이트가 {head[:4]!r}입니다). 파일이 온전한지 보아 주십시오."
        )
    if suffix not in _TEXT_SUFFIXES or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        hint = " 기준의 요약이면 기준의 자리에, 이름이 .json인 채로 주십시오." if b"{" in head else ""
        raise DriftInputError(f"{name}을(를) 어떻게 읽을지 모릅니다. 읽을 수 있는 것은 {_READ}입니다.{hint}")
    return read_csv(Content(name, lambda: _rewound(file), None), memory)


def _rewound(file: IO[bytes]) -> IO[bytes]:
    file.seek(0)
    return file


def _gunzip(file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=_rewound(file)))


def _unpacked(content: Content, packing: str) -> Content:
    """압축 안의 것이 글인지 봅니다."""
    with content.reading() as file:
        head = file.read(4)
    for magic, what in {_PARQUET: "parquet", _GZIP: "gzip", _ZIP[0]: "zip", **_STRANGERS}.items():
        if magic.startswith(head[: len(magic)]) and len(head) >= min(len(magic), 4):
            raise DriftInputError(
                f"{content.name}은(는) {what}를 다시 {packing}에 담은 것입니다. 풀어서 주십시오."
            )
    return content


def _read_zip(file: IO[bytes], name: str, memory: int) -> pd.DataFrame:
    try:
        with zipfile.ZipFile(file) as archive:
            inside = [
                each
                for each in archive.infolist()
                if not each.is_dir() and not each.filename.startswith("__MACOSX/")
            ]
            if any(each.filename == "[Content_Types].xml" for each in inside):
                raise DriftInputError(f"{name}은(는) 엑셀 파일입니다. CSV로 저장해서 주십시오.")
            if len(inside) != 1:
                names = ", ".join(each.filename[:80] for each in inside[:5])
                raise DriftInputError(
                    f"{name}에 파일이 {len(inside)}개 있습니다({names}). 하나만 담거나 풀어서 주십시오."
                )
            if inside[0].flag_bits & 1:
                raise DriftInputError(f"{name}에 암호가 걸려 있습니다. 풀어서 주십시오.")
            content = Content(name, lambda: archive.open(inside[0]), _UNPACKED)
            return read_csv(_unpacked(content, "zip"), memory)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise DriftInputError(
            f"{name}을(를) 열 수 없습니다(zip이 깨졌거나 모르는 방식으로 줄였습니다). 파일이 온전한지 보아 주십시오."
        ) from error


def _with_moments(table: pd.DataFrame) -> pd.DataFrame:
    """모든 값이 ISO 날짜처럼 생긴 글의 열을 시각으로 바꿉니다. CSV든 parquet든 같습니다."""
    import pandas

    for name in table.columns:
        column = table[name]
        first = column.first_valid_index() if column.dtype.kind not in "iufbmM" else None
        if first is None or not isinstance(text := column[first], str) or not re.fullmatch(_ISO_DATE, text):
            continue
        known = column.dropna()
        if not pandas.api.types.is_string_dtype(known) or not known.str.fullmatch(_ISO_DATE).all():
            continue
        try:
            table[name] = pandas.to_datetime(column, format="ISO8601")
        except ValueError:  # 시간대가 있는 것과 없는 것이 섞였거나, 없는 날짜입니다.
            with contextlib.suppress(ValueError):
                moments = {text: dt.datetime.fromisoformat(text) for text in known.unique()}
                table[name] = [moments.get(text) for text in column]
    return table
