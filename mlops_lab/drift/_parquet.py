"""parquet 파일과, parquet 조각이 든 폴더를 읽습니다. 파일에 있는 것은 모두 열입니다(pandas의 index도)."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mlops_lab._bounded import MAX_COLUMNS, TooLarge, show
from mlops_lab.drift._csv import check_names
from mlops_lab.drift._errors import DriftInputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def read_parquet(source: Path | IO[bytes], name: str, memory: int) -> pd.DataFrame:
    """파일 하나를 읽습니다.

    Args:
        source: 파일의 경로나 연 파일.
        name: 오류에 적을 이름.
        memory: 써도 되는 메모리(바이트).

    Raises:
        DriftInputError: 읽을 수 없습니다.
        TooLarge: 담지 못할 만큼 큽니다.
    """
    import pandas  # noqa: F401 - to_pandas가 씁니다.

    return _to_pandas(_load(source, name, memory), name)


def read_folder(folder: Path, memory: int) -> pd.DataFrame:
    """조각이 든 폴더를 한 표로 읽습니다. `year=2013/` 같은 폴더의 이름은 열이 됩니다.

    Args:
        folder: 폴더.
        memory: 써도 되는 메모리(바이트).

    Raises:
        DriftInputError: parquet가 하나도 없거나, 조각마다 열이 다르거나, 읽을 수 없습니다.
        TooLarge: 담지 못할 만큼 큽니다.
    """
    import pandas  # noqa: F401 - to_pandas가 씁니다.
    import pyarrow as pa

    parts = sorted(
        part for part in folder.rglob("*.parquet") if part.is_file() and not _hidden(part.relative_to(folder))
    )
    if not parts:
        seen = Counter(each.suffix or each.name for each in itertools.islice(folder.iterdir(), 1_000))
        shown = ", ".join(f"{suffix} {count}개" for suffix, count in seen.most_common(5)) or "비어 있습니다"
        raise DriftInputError(
            f"{folder}은(는) 폴더이고 parquet 조각이 없습니다({shown}). 파일 하나나 parquet 조각이 든 폴더를 주십시오."
        )
    tables: list[pa.Table] = []
    for part in parts:
        table = _load(part, str(part.relative_to(folder)), memory)
        memory -= table.nbytes
        for each in part.relative_to(folder).parent.parts:
            key, told, value = each.partition("=")
            if told and key not in table.schema.names:
                typed: Any = int(value) if value.isdecimal() and not value.startswith("0") else value
                table = table.append_column(key, pa.array([typed] * len(table)))
        if tables and table.schema.names != tables[0].schema.names:
            odd = sorted(set(table.schema.names) ^ set(tables[0].schema.names)) or ["(차례)"]
            raise DriftInputError(
                f"{folder.name}의 조각마다 열이 다릅니다. {parts[0].name}과 {part.name}에서 다른 것: {', '.join(odd[:5])}. "
                "같은 열을 가진 조각만 남겨 주십시오."
            )
        tables.append(table)
    try:
        whole = pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise DriftInputError(
            f"{folder.name}의 조각마다 열의 형식이 다릅니다({error}). 같은 형식의 조각만 남겨 주십시오."
        ) from error
    return _to_pandas(whole, folder.name)


def _hidden(part: Path) -> bool:
    """Spark와 같은 도구가 곁에 두는 것(`_temporary`, `.crc`)."""
    return any(each.startswith(("_", ".")) for each in part.parts)


def _to_pandas(table: pa.Table, name: str) -> pd.DataFrame:
    from pyarrow import ArrowException

    try:
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    except ArrowException as error:
        raise _damaged(name, error) from error
    return frame


def _load(source: Path | IO[bytes], name: str, memory: int) -> pa.Table:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(source) as file:
            schema = file.schema_arrow
        check_names(schema.names, name)
        if not isinstance(source, Path):
            source.seek(0)
        with parquet.ParquetFile(source, read_dictionary=_texts(schema)) as file:
            return _gather(file, schema, memory)
    except MemoryError:
        raise
    except (ArrowException, OSError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> DriftInputError:
    return DriftInputError(
        f"{name}을(를) parquet로 읽을 수 없습니다({error}). 파일이 온전한지 보아 주십시오."
    )


def _texts(schema: pa.Schema) -> list[str]:
    """글과 바이트의 열."""
    from pyarrow import types

    kinds = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return [field.name for field in schema if any(is_kind(field.type) for is_kind in kinds)]


def _gather(file: Any, schema: pa.Schema, memory: int) -> pa.Table:
    """조금씩 풀어, 담을 수 있는 만큼만 모읍니다. 파일에 적힌 크기는 어림일 뿐이므로 믿지 않습니다.

    되풀이되는 글은 파일에는 한 번만 있습니다. 그래서 번호로 읽어, 풀면 얼마인지 셈한 다음 풉니다.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

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
