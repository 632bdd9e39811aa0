"""글로 적은 표(CSV)를 읽습니다. 인코딩과 나누는 글자를 알아내고, 칸의 수가 다른 줄은 몇 번째 줄인지 말합니다.

pandas의 기본값 가운데 사용자가 부탁하지 않은 짐작은 모두 끕니다: 첫 열을 행의 이름으로 보는 것, `NA`와 `None` 같은 낱말을 결측으로
보는 것.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from mlops_lab._bounded import check_csv
from mlops_lab.drift._errors import DriftInputError

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {",": "쉼표(,)", ";": "쌍반점(;)", "\t": "탭", "|": "세로줄(|)"}
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_HEAD = 256 << 10
_SAMPLE_ROWS = 50
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Content:
    """처음부터 여러 번 읽을 수 있는 글.

    Attributes:
        name: 오류에 적을 이름.
        start: 처음부터 읽는 파일을 주는 함수.
        limit: 압축을 푼 크기의 한도(바이트). 압축하지 않은 것이면 없습니다.
    """

    name: str
    start: Callable[[], IO[bytes]]
    limit: int | None

    @contextlib.contextmanager
    def reading(self) -> Iterator[IO[bytes]]:
        """바이트를 처음부터 읽습니다. 읽을 수 없으면 무엇을 보았는지 말합니다."""
        try:
            yield self.start()
        except UnicodeDecodeError:
            raise
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise DriftInputError(
                f"{self.name}을(를) 열 수 없습니다({error}). 파일이 온전한지 보아 주십시오."
            ) from error

    @contextlib.contextmanager
    def lines(self, encoding: str) -> Iterator[io.TextIOWrapper]:
        """글을 처음부터 읽습니다."""
        with self.reading() as file:
            text = io.TextIOWrapper(file, encoding, newline="")
            try:
                yield text
            finally:
                text.detach()  # 파일은 연 쪽이 닫습니다.


def read_csv(content: Content, memory: int) -> pd.DataFrame:
    """글로 적은 표를 읽습니다.

    Args:
        content: 압축을 푼 글.
        memory: 표로 읽는 데 써도 되는 메모리(바이트).

    Raises:
        DriftInputError: 읽을 수 없습니다.
        TooLarge: 담지 못할 만큼 큽니다.
    """
    with content.reading() as file:
        head = file.read(_HEAD)
    encoding = next((known for bom, known in _BOMS.items() if head.startswith(bom)), "")
    if not encoding and head.count(b"\0") > len(head) / 4:
        raise DriftInputError(
            f"{content.name}이(가) BOM이 없는 UTF-16이나 글이 아닌 파일로 보입니다. UTF-8로 저장해 주십시오."
        )
    try:
        return _read(content, head, encoding or "utf-8", memory)
    except UnicodeDecodeError as error:
        if encoding:
            raise DriftInputError(
                f"{content.name}의 첫머리는 {encoding.upper()}라고 하지만 그렇게 읽히지 않습니다({error.reason}). "
                "UTF-8로 다시 저장해 주십시오."
            ) from error
        _check_cp949(content)
        return _read(content, head, "cp949", memory)


def _check_cp949(content: Content) -> None:
    """UTF-8이 아닌 글이 CP949인지 봅니다. 다른 글도 우연히 풀릴 수 있으므로, ASCII가 아닌 글자가 거의 모두 한글이어야 합니다."""
    decoder, strange, hangul = codecs.getincrementaldecoder("cp949")(), 0, 0
    try:
        with content.reading() as file:
            while chunk := file.read(_CHUNK):
                others = re.sub(r"[\x00-\x7f]+", "", decoder.decode(chunk))
                strange += len(others)
                hangul += len(re.findall("[가-힣ㄱ-ㅣ]", others))
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        hangul = 0
    if hangul < 0.8 * strange or not hangul:
        raise DriftInputError(
            f"{content.name}이(가) UTF-8이 아닙니다. 한글의 CP949(EUC-KR)도 아니어서 어느 인코딩인지 모릅니다. "
            "UTF-8로 저장해 주십시오."
        )


def _read(content: Content, head: bytes, encoding: str, memory: int) -> pd.DataFrame:
    import pandas

    sample = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    separator, skip = _find_separator(sample, content.name, whole=len(head) < _HEAD)
    with content.reading() as file:
        check_csv(file.read, memory, content.limit, separator.encode())
    try:
        with content.lines(encoding) as text:
            rows = enumerate(itertools.islice(csv.reader(text, delimiter=separator), skip, None), skip + 1)
            filled = ((number, row) for number, row in rows if any(map(str.strip, row)))
            (below, header), *first = itertools.islice(filled, 2)
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise DriftInputError(
            f"{content.name}에 열이 하나도 없습니다. 첫 줄에 열 이름이 있어야 합니다."
        ) from error
    except csv.Error as error:
        raise _unreadable(content.name, "칸 하나가 너무 깁니다. 따옴표가 닫혔는지 보아 주십시오") from error
    check_names(header, content.name)
    width = max([len(header), *(len(row) for _, row in first)])
    options = {"sep": separator, "encoding": encoding}
    try:
        table = _parse(content, header, width, skip, below, options)
    except (pandas.errors.ParserError, pandas.errors.ParserWarning) as error:
        seen = str(error)
        if "out of memory" in seen:  # pandas의 C 코드는 MemoryError를 이렇게 말합니다.
            raise MemoryError from error
        if "EOF inside string" in seen:
            raise _unreadable(content.name, "따옴표로 연 칸이 끝까지 닫히지 않습니다") from error
        width = _widest(content, encoding, separator, skip, header)
        try:
            table = _parse(content, header, width, skip, below, options)
        except (pandas.errors.ParserError, pandas.errors.ParserWarning):
            raise _unreadable(content.name, "줄을 칸으로 나눌 수 없습니다") from error
    except pandas.errors.EmptyDataError as error:
        raise _unreadable(content.name, "열이 하나도 없습니다") from error
    extra = list(table.columns[len(header) :])
    if extra and table[extra].notna().to_numpy().any():
        _widest(content, encoding, separator, skip, header)
    nameless = [
        column
        for column, name in zip(table.columns, header, strict=False)
        if not name.strip() and table[column].isna().all()
    ]
    return table.drop(columns=[*extra, *nameless]) if extra or nameless else table


def _parse(
    content: Content, header: list[str], width: int, skip: int, below: int, options: dict[str, Any]
) -> pd.DataFrame:
    """pandas로 읽습니다. 열 이름보다 긴 줄이 있으면 열 이름 다음의 줄(`below`)부터, 남는 칸에도 이름을 지어 읽습니다."""
    import pandas

    options = {**options, "skiprows": skip}
    if width > len(header):
        named = [name or f"Unnamed: {place}" for place, name in enumerate(header)]
        named += [f"\0{place}" for place in range(width - len(header))]
        options |= {"header": None, "names": named, "skiprows": below}
    with content.reading() as file, warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)  # 버리는 값이 있다는 경고입니다.
        return pandas.read_csv(
            file, low_memory=False, keep_default_na=False, na_values=[""], index_col=False, **options
        )


def _widest(content: Content, encoding: str, separator: str, skip: int, header: list[str]) -> int:
    """가장 긴 줄의 칸의 수. 남는 칸에 값이 있으면 몇 번째 줄인지 말합니다. 값이 없으면 줄 끝에 나누는 글자가 더 있을 뿐입니다."""
    width = len(header)
    with content.lines(encoding) as text:
        rows = csv.reader(text, delimiter=separator)
        try:
            for row in itertools.islice(rows, skip, None):
                if any(row[len(header) :]):
                    raise _unreadable(
                        content.name,
                        f"{rows.line_num:,}번째 줄에 칸이 {len(row)}개인데 열 이름은 {len(header)}개입니다. "
                        f"{_SEPARATORS[separator]}로 나누었습니다. 값에 {_SEPARATORS[separator]}이(가) 있으면 "
                        "따옴표로 묶고, 없으면 그 줄을 고쳐 주십시오",
                    )
                width = max(width, len(row))
        except csv.Error as error:
            raise _unreadable(content.name, f"{rows.line_num:,}번째 줄을 칸으로 나눌 수 없습니다") from error
    return width


def _unreadable(name: str, seen: str) -> DriftInputError:
    return DriftInputError(f"{name}을(를) CSV로 읽을 수 없습니다: {seen}.")


def _find_separator(sample: str, name: str, whole: bool) -> tuple[str, int]:
    """나누는 글자와, 건너뛸 줄의 수. 열 이름과 첫 줄들의 칸의 수가 모두 같게 되는 것이 하나면 그것입니다.

    엑셀은 첫 줄에 `sep=;`처럼 적기도 합니다.
    """
    sample = sample.removeprefix("\ufeff")
    if told := re.match(r"\"?sep=([,;\t|])\"?\r?\n", sample):
        return told[1], 1
    if not whole:  # 마지막 줄은 잘렸을 수 있습니다.
        sample = sample[: sample.rfind("\n") + 1] or sample
    widths = {separator: _widths(sample, separator) for separator in _SEPARATORS}
    fits = [each for each, seen in widths.items() if len(set(seen)) == 1 and seen[0] > 1]
    if len(fits) > 1 and len(widths[fits[0]]) > 1:
        shown = ", ".join(f"{_SEPARATORS[each]}로 나누면 열이 {widths[each][0]}개" for each in fits)
        if name.lower().endswith(".tsv") and "\t" in fits:
            return "\t", 0
        raise DriftInputError(
            f"{name}을(를) 무엇으로 나누어야 할지 모릅니다({shown}입니다). 값을 따옴표로 묶어 주십시오."
        )
    if fits:
        return fits[0], 0
    # 줄마다 칸의 수가 다릅니다. 열 이름을 나누는 것이 하나면 그것이고, 아니면 쉼표입니다.
    named = [each for each, seen in widths.items() if seen and seen[0] > 1 and max(seen[1:], default=2) > 1]
    return (named[0] if len(named) == 1 else ","), 0


def _widths(sample: str, separator: str) -> list[int]:
    """첫 줄들의 칸의 수. 빈 줄은 뺍니다. 줄 끝에 더 있는 나누는 글자는 세지 않습니다."""
    widths: list[int] = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if widths and len(row) > widths[0] and not any(row[widths[0] :]):
                row = row[: widths[0]]
            if any(map(str.strip, row)):
                widths.append(len(row))
            if len(widths) == _SAMPLE_ROWS:
                break
    return widths


def check_names(names: Sequence[str], file: str) -> None:
    """열 이름이 겹치지 않는지 봅니다.

    Raises:
        DriftInputError: 겹칩니다.
    """
    repeated = sorted(name for name, times in Counter(names).items() if times > 1 and name)
    if repeated:
        some = ", ".join(repr(name[:80]) for name in repeated[:10])
        rest = f" 등 {len(repeated):,}개" if len(repeated) > 10 else ""
        raise DriftInputError(
            f"{file}에 열 이름 {some}{rest}이(가) 두 번 넘게 있습니다. 이름을 하나씩만 남겨 주십시오."
        )
