"""기준의 요약(profile). 경계, 개수, 보정한 문턱, 판정의 규칙을 작은 JSON에 담아, 감시할 때는 새 배치만 읽습니다."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mlops_lab._files import write_atomic
from mlops_lab.drift._bins import BINS, Bins, bin_counts, fit_bins
from mlops_lab.drift._blocks import leave_one_out, span, split_blocks
from mlops_lab.drift._columns import ORDERED, Table, check_table, read_column, row_days
from mlops_lab.drift._errors import DriftInputError, ProfileError
from mlops_lab.drift._rule import DEFAULT_RULE, Rule
from mlops_lab.drift._texts import ProblemKind

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "mlops-lab/drift-profile"
VERSION = 2
SKETCH = 512
"""요약에 담는 점의 수. KS의 D를 많아야 약 `1 / (2 * 511)`(0.001)만큼 잘못 잽니다."""


@dataclass(frozen=True)
class ColumnProfile:
    """열 하나의 요약.

    Attributes:
        name, n, missing: 이름, 행의 수, 결측의 수.
        bins: 기준이 정한 구간.
        counts: 구간마다의 개수, 모양 `(bins.count,)`.
        points: 오름차순의 값. 요약이면 분위수이고, 메모리에서 바로 견줄 때는 모든 값입니다.
        weights: 점마다의 행의 수. None이면 모두 1입니다.
        ks_error: 요약 때문에 D가 틀릴 수 있는 한도. 서로 다른 값이 `SKETCH`개 이하이면 0입니다.
        block_shift, block_missing: 드리프트가 없을 때 시간 블록이 보인 효과와 결측 차이의 상한(표준편차). 보정하지
            않았으면 0입니다.
        distinct: 참이면 모든 행의 값이 서로 다릅니다.
        problem, problem_kind: 견줄 수 없는 열이면 무엇을 보았는지와 그 종류.
    """

    name: str
    n: int
    missing: int
    bins: Bins
    counts: NDArray[np.int64] = field(repr=False)
    points: NDArray[np.float64] = field(repr=False)
    weights: NDArray[np.float64] | None = field(repr=False)
    ks_error: float = 0.0
    block_shift: float = 0.0
    block_missing: float = 0.0
    distinct: bool = False
    problem: str = ""
    problem_kind: ProblemKind = "mixed"


@dataclass(frozen=True)
class Profile:
    """기준 표의 요약. `fit_profile`이 만들고 `judge`가 씁니다.

    Attributes:
        rows: 행의 수.
        columns: 열의 이름에서 요약으로.
        rule: 판정의 규칙. `judge`가 따로 받지 않으면 이것을 씁니다.
        duplicates: 겹치는 행의 비율.
        time: 시각의 열. 판정하지 않습니다. 없으면 None입니다.
        block_days: 문턱을 보정한 블록의 길이(일). 보정하지 않았으면 None입니다.
        blocks: 블록의 수.
        days: 기준의 첫날부터 마지막 날까지의 날수. 보정하지 않았으면 0입니다.
    """

    rows: int
    columns: Mapping[str, ColumnProfile]
    rule: Rule = DEFAULT_RULE
    duplicates: float = 0.0
    time: str | None = None
    block_days: float | None = None
    blocks: int = 0
    days: float = 0.0

    def save(self, path: str | os.PathLike[str]) -> Path:
        """JSON으로 씁니다. 옆에 쓴 다음 옮기므로 절반만 쓰인 파일이 남지 않습니다."""
        content = _to_dict(self)
        content["sha256"] = _digest(content)
        return write_atomic(path, json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")


def fit_profile(
    reference: Table,
    columns: Iterable[str] | None = None,
    *,
    bins: int = BINS,
    sketch: int | None = SKETCH,
    time: str | None = None,
    block_days: float = 7,
    rule: Rule = DEFAULT_RULE,
    progress: Callable[[str], None] | None = None,
) -> Profile:
    """기준 표를 요약합니다.

    Args:
        reference: 기준 표(DataFrame, 또는 이름에서 1차원 값으로 가는 dict).
        columns: 볼 열. 주지 않으면 `time`을 뺀 모든 열입니다.
        bins: 수치 열을 나눌 구간의 수.
        sketch: 열마다 담을 점의 수. None이면 모든 값을 메모리에 둡니다(KS가 정확하고, 저장할 수 없습니다).
        time: 시각의 열. 주면 시간 블록을 하나씩 빼며 문턱을 보정합니다.
        block_days: 블록의 길이(일). 앞으로 견줄 배치와 같은 길이가 좋습니다.
        rule: 요약이 기억할 판정의 규칙. 요약의 내용은 바꾸지 않습니다.
        progress: 열마다 한 줄을 받는 함수.

    Returns:
        저장할 수 있는 요약(`sketch`가 None이 아니면).

    Raises:
        DriftInputError: 표가 비었거나, 열이 없거나 겹치거나, 블록이 너무 적습니다.
    """
    names, blocks = plan(reference, columns, time, block_days)
    fitted: dict[str, ColumnProfile] = {}
    for number, name in enumerate(names, start=1):
        if progress:
            progress(f"기준 [{number}/{len(names)}] {name}")
        fitted[name] = fit_column(name, reference[name], bins, sketch, blocks)
    return Profile(
        rows=len(reference[names[0]]),
        columns=fitted,
        rule=rule,
        duplicates=duplicate_share(reference, names, any(each.distinct for each in fitted.values())),
        time=time,
        block_days=block_days if time else None,
        blocks=len(blocks),
        days=span(row_days(reference[time], time)) if time else 0.0,
    )


def plan(
    reference: Table, columns: Iterable[str] | None, time: str | None, block_days: float
) -> tuple[list[str], list[NDArray[np.intp]]]:
    """볼 열과 시간 블록(행의 번호)을 정합니다. 인자와 예외는 `fit_profile`과 같습니다."""
    wanted = None if columns is None else list(columns)
    present = check_table(reference, "기준", *(wanted or []), *([time] if time else []))
    names = [name for name in present if name != time] if wanted is None else wanted
    if not names:
        raise DriftInputError("견줄 열이 하나도 없습니다. 시각의 열 말고 다른 열이 있어야 합니다.")
    return names, split_blocks(row_days(reference[time], time), block_days) if time else []


def fit_column(
    name: str, values: Any, bins: int, sketch: int | None, blocks: Sequence[NDArray[np.intp]]
) -> ColumnProfile:
    """열 하나를 요약합니다. 인자는 `fit_profile`과 같고, `blocks`는 블록마다의 행의 번호입니다."""
    sample = read_column(values)
    missing = sample.n - len(sample.values)
    if sample.kind == "empty" or sample.problem:
        counts = np.array([0, sample.n - missing, missing])
        none = np.array([])
        return ColumnProfile(
            name=name,
            n=sample.n,
            missing=missing,
            bins=Bins(sample.kind),
            counts=counts,
            points=none,
            weights=none if sample.kind in ORDERED else None,
            problem=sample.problem,
            problem_kind=sample.problem_kind,
        )
    fitted = fit_bins(sample, bins)
    points, weights, error = sample.values if sample.kind in ORDERED else np.array([]), None, 0.0
    if sample.kind in ORDERED and sketch is not None:
        points, weights, error = _sketch(sample.values, sketch)
    effect = missing_effect = 0.0
    if blocks:
        grid = points[:: max(1, len(points) // SKETCH)]
        effect, missing_effect = leave_one_out(values, blocks, fitted, grid)
    return ColumnProfile(
        name=name,
        n=sample.n,
        missing=missing,
        bins=fitted,
        counts=bin_counts(sample, fitted),
        points=points,
        weights=weights,
        ks_error=error,
        block_shift=effect,
        block_missing=missing_effect,
        distinct=sample.distinct,
    )


def _sketch(values: NDArray[np.float64], size: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """정렬된 값을 많아야 `size`개의 점과 그 무게로 줄입니다. 세 번째는 누적분포의 오차의 한도입니다.

    점과 점 사이에 있던 행은 반씩 나누어 양쪽 점에 얹습니다. 그래서 점 사이 어디에서도 누적분포가 그 사이에 있던 행의 절반보다
    더 틀리지 않습니다.
    """
    points, counts = np.unique(values, return_counts=True)
    if len(points) <= size:
        return points, counts.astype(float), 0.0
    places = np.linspace(0, len(values) - 1, size).round().astype(int)
    points = np.unique(values[places])
    below, upto = np.searchsorted(values, points, "left"), np.searchsorted(values, points, "right")
    gap = (below[1:] - upto[:-1]).astype(float)
    weights = (upto - below).astype(float)
    weights[:-1] += gap / 2
    weights[1:] += gap / 2
    return points, weights, float(gap.max() / 2 / len(values))


def duplicate_share(table: Table, names: list[str], distinct: bool) -> float:
    """앞의 행과 모든 열이 같은 행의 비율. 모든 값이 서로 다른 열이 있으면(`distinct`) 세지 않아도 0입니다."""
    if distinct:
        return 0.0
    if hasattr(table, "duplicated"):
        picked = cast("pd.DataFrame", table)[names]
        try:
            return float(picked.duplicated().mean())
        except TypeError:  # 리스트처럼 해시할 수 없는 값
            return float(picked.astype(str).duplicated().mean())
    rows = [0] * len(table[names[0]])  # 글을 모두 모으지 않고, 행마다 해시 하나만 나릅니다.
    for name in names:
        rows = [hash((row, str(value))) for row, value in zip(rows, table[name], strict=True)]
    return 1 - len(set(rows)) / len(rows)


def load_profile(path: str | os.PathLike[str]) -> Profile:
    """`Profile.save`로 쓴 요약을 읽습니다.

    Args:
        path: 요약의 경로.

    Returns:
        저장하기 전과 똑같이 판정하는 요약.

    Raises:
        ProfileError: 파일이 없거나, 요약이 아니거나, 다른 판이거나, 내용이 바뀌었습니다.
    """
    source = Path(path)
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(
            f"기준의 요약 {source.name}을(를) 열 수 없습니다({error.strerror}). 경로를 보아 주십시오."
        ) from error
    except ValueError as error:
        raise ProfileError(
            f"{source.name}이(가) JSON이 아닙니다({error}). 깨졌거나 잘렸습니다. 요약을 다시 만들어 주십시오."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProfileError(f"{source.name}은(는) 기준의 요약이 아닙니다. format이 {FORMAT!r}이어야 합니다.")
    if content.get("version") != VERSION:
        raise ProfileError(
            f"{source.name}은(는) {content.get('version')}판 요약입니다. 이 프로그램은 {VERSION}판을 읽습니다. "
            "요약을 다시 만들어 주십시오."
        )
    seen = content.pop("sha256", None)
    if seen != _digest(content):
        raise ProfileError(
            f"{source.name}의 내용이 적힌 sha256과 다릅니다. 쓴 뒤에 바뀌었거나 깨졌습니다. 요약을 다시 만들어 주십시오."
        )
    columns = {each["name"]: _column_from_dict(each) for each in content["columns"]}
    kept = {key: content[key] for key in ("rows", "duplicates", "time", "block_days", "blocks", "days")}
    return Profile(columns=columns, rule=Rule(**content["rule"]), **kept)


def _to_dict(profile: Profile) -> dict[str, Any]:
    columns = []
    for each in profile.columns.values():
        if each.bins.kind in ORDERED and each.weights is None:
            raise ProfileError(
                "모든 값을 담은 요약은 저장하지 않습니다. fit_profile에 sketch를 주어 다시 만들어 주십시오."
            )
        columns.append(
            {
                **{key: value for key, value in vars(each).items() if key not in ("bins", "counts")},
                "bins": asdict(each.bins),
                "counts": each.counts.tolist(),
                "points": each.points.tolist(),
                "weights": None if each.weights is None else each.weights.tolist(),
            }
        )
    return {
        "format": FORMAT,
        "version": VERSION,
        "rows": profile.rows,
        "rule": asdict(profile.rule),
        "duplicates": profile.duplicates,
        "time": profile.time,
        "block_days": profile.block_days,
        "blocks": profile.blocks,
        "days": profile.days,
        "columns": columns,
    }


def _column_from_dict(content: dict[str, Any]) -> ColumnProfile:
    bins = content["bins"]
    made = {
        **content,
        "bins": Bins(**{**bins, "edges": tuple(bins["edges"]), "levels": tuple(bins["levels"])}),
        "counts": np.array(content["counts"], dtype=np.int64),
        "points": np.array(content["points"], dtype=float),
        "weights": None if content["weights"] is None else np.array(content["weights"], dtype=float),
    }
    return ColumnProfile(**made)


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
