"""CSV와 parquet 파일을 표로 읽습니다. pandas와 pyarrow는 읽을 때에만 불러옵니다."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import gzip
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lab._bounded import MAX_COLUMNS, TooLarge, check_csv, show, spare_memory
from mlops_lab.drift._errors import DriftInputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_UNPACKED = 2 << 30
"""gzip을 풀어 읽는 크기의 한도(바이트). 풀어 둔 CSV와 parquet는 메모리가 되는 만큼 읽습니다."""

_ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"


def read_table(path: str | Path) -> pd.DataFrame:
    """파일 하나를 표로 읽습니다. 이름이 `.csv`, `.csv.gz`, `.parquet`로 끝나야 합니다.

    CSV에서 모든 값이 `2013-03-01`이나 `2013-03-01T05:00`처럼 생긴 열은 시각으로 읽습니다.

    Args:
        path: 파일의 경로.

    Returns:
        표.

    Raises:
        DriftInputError: 파일이 없거나, 읽을 수 없거나, 담지 못할 만큼 크거나, 열 이름이 겹치거나, pyarrow가 없습니다.
    """
    source = Path(path)
    name = source.name.lower()
    if not source.is_file():
        raise DriftInputError(f"파일 {source}이(가) 없습니다. 경로를 보아 주십시오.")
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise DriftInputError(
            f"{source.name}을(를) 어떻게 읽을지 모릅니다. .csv, .csv.gz, .parquet 파일을 주십시오."
        )
    try:
        return _read_parquet(source) if name.endswith(".parquet") else _read_csv(source)
    except ImportError as error:
        raise DriftInputError(
            f"{source.name}을(를) 읽는 데 {error.name}이(가) 필요합니다. "
            'pip install "mlops-lab[drift]"로 설치해 주십시오.'
        ) from error
    except (TooLarge, MemoryError) as error:
        seen = error if isinstance(error, TooLarge) else "읽다가 메모리가 모자랐습니다"
        raise DriftInputError(
            f"{source.name}이(가) 너무 큽니다: {seen}. 행을 골라내거나 쓸 열만 남겨 주십시오. "
            "이렇게 클 리가 없다면 파일을 누가 만들었는지 보아 주십시오."
        ) from error


def _read_parquet(source: Path) -> pd.DataFrame:
    import pandas  # noqa: F401 - to_pandas가 씁니다.
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(source) as file:
            schema = file.schema_arrow
        _check_names(schema.names, source)
        with parquet.ParquetFile(source, read_dictionary=_texts(schema)) as file:
            return _gather(file, schema).to_pandas()
    except MemoryError:
        raise
    except (ArrowException, OSError) as error:
        raise DriftInputError(
            f"{source.name}을(를) parquet로 읽을 수 없습니다({error}). 파일이 온전한지 보아 주십시오."
        ) from error


def _texts(schema: pa.Schema) -> list[str]:
    """글과 바이트의 열."""
    from pyarrow import types

    kinds = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return [field.name for field in schema if any(is_kind(field.type) for is_kind in kinds)]


def _gather(file: Any, schema: pa.Schema) -> pa.Table:
    """조금씩 풀어, 담을 수 있는 만큼만 모읍니다. 파일에 적힌 크기는 어림일 뿐이므로 믿지 않습니다.

    되풀이되는 글은 파일에는 한 번만 있습니다. 그래서 번호로 읽어, 풀면 얼마인지 셈한 다음 풉니다.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    memory = spare_memory()
    rows, columns = file.metadata.num_rows, file.metadata.num_columns
    if columns > MAX_COLUMNS:
        raise TooLarge(f"열이 {columns:,}개입니다({MAX_COLUMNS:,}개까지 읽습니다)")
    if rows * max(columns, 1) * 8 > memory:
        raise TooLarge(f"행이 {rows:,}개, 열이 {columns:,}개입니다(메모리를 {show(memory)}까지 씁니다)")
    batches, size = [], 0
    for batch in file.iter_batches():
        plain = []
        for column, field in zip(batch.columns, schema, strict=True):
            numbered = pa.types.is_dictionary(column.type) and not pa.types.is_dictionary(field.type)
            if numbered:
                lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
                size += 8 * len(column) + (pc.sum(lengths).as_py() or 0)
            else:
                size += column.nbytes
            if size > memory:
                raise TooLarge(f"풀면 {show(size)}를 넘습니다(메모리를 {show(memory)}까지 씁니다)")
            plain.append(column.dictionary_decode().cast(field.type) if numbered else column)
        batches.append(pa.RecordBatch.from_arrays(plain, schema=schema))
    return pa.Table.from_batches(batches, schema)


def _read_csv(source: Path) -> pd.DataFrame:
    import pandas

    packed = source.name.lower().endswith(".gz")
    opened = gzip.open if packed else open
    try:
        with opened(source, "rb") as content:
            check_csv(content.read, spare_memory(), _UNPACKED if packed else None)
        with opened(source, "rt", encoding="utf-8-sig", newline="") as file:
            _check_names(next(csv.reader(file), []), source)
        table = pandas.read_csv(source, low_memory=False, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DriftInputError(f"{source.name}이(가) UTF-8이 아닙니다. UTF-8로 저장해 주십시오.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DriftInputError(
            f"{source.name}을(를) 열 수 없습니다({error}). 파일이 온전한지 보아 주십시오."
        ) from error
    except (pandas.errors.EmptyDataError, pandas.errors.ParserError, csv.Error) as error:
        if "out of memory" in str(error):  # pandas의 C 코드는 MemoryError를 이렇게 말합니다.
            raise MemoryError from error
        raise DriftInputError(
            f"{source.name}을(를) CSV로 읽을 수 없습니다({error}). 첫 줄에 열 이름이 있고 줄마다 열의 수가 같아야 합니다."
        ) from error
    for name in table.columns:
        known = table[name].dropna()
        if pandas.api.types.is_string_dtype(known) and len(known) and known.str.fullmatch(_ISO_DATE).all():
            try:
                table[name] = pandas.to_datetime(table[name], format="ISO8601")
            except ValueError:  # 시간대가 있는 것과 없는 것이 섞였거나, 없는 날짜입니다.
                with contextlib.suppress(ValueError):
                    moments = {text: dt.datetime.fromisoformat(text) for text in known.unique()}
                    table[name] = [moments.get(text) for text in table[name]]
    return table


def _check_names(names: list[str], source: Path) -> None:
    repeated = sorted(name for name, times in Counter(names).items() if times > 1)
    if repeated:
        some = ", ".join(repr(name[:80]) for name in repeated[:10])
        rest = f" 등 {len(repeated):,}개" if len(repeated) > 10 else ""
        raise DriftInputError(
            f"{source.name}에 열 이름 {some}{rest}이(가) 두 번 넘게 있습니다. 이름을 하나씩만 남겨 주십시오."
        )
