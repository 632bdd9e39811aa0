"""CSV와 parquet 파일을 표로 읽습니다. pandas와 pyarrow는 읽을 때에만 불러옵니다."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab.drift._errors import DriftInputError

if TYPE_CHECKING:
    import pandas as pd

_ISO_DATE = r"\d{4}-\d{2}-\d{2}([T ].*)?"


def read_table(path: str | Path) -> pd.DataFrame:
    """파일 하나를 표로 읽습니다. 이름이 `.csv`, `.csv.gz`, `.parquet`로 끝나야 합니다.

    CSV에서 모든 값이 `2013-03-01`이나 `2013-03-01T05:00`처럼 생긴 열은 시각으로 읽습니다.

    Args:
        path: 파일의 경로.

    Returns:
        표.

    Raises:
        DriftInputError: 파일이 없거나, 읽을 수 없거나, 열 이름이 겹치거나, pyarrow가 없습니다.
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


def _read_parquet(source: Path) -> pd.DataFrame:
    import pandas  # noqa: F401 - to_pandas가 씁니다.
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.ParquetFile(source).read()
        _check_names(table.column_names, source)
        return table.to_pandas()
    except (ArrowException, OSError) as error:
        raise DriftInputError(
            f"{source.name}을(를) parquet로 읽을 수 없습니다({error}). 파일이 온전한지 보아 주십시오."
        ) from error


def _read_csv(source: Path) -> pd.DataFrame:
    import pandas

    opened = gzip.open if source.name.lower().endswith(".gz") else open
    try:
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
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DriftInputError(
            f"{source.name}에 열 이름 {', '.join(map(repr, repeated))}이(가) 두 번 넘게 있습니다. 이름을 하나씩만 남겨 주십시오."
        )
