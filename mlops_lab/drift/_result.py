"""판정의 결과: 열 하나, 배치 하나, 품질 결함, 그리고 판정의 이름."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mlops_lab.drift._columns import Kind
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._rule import DEFAULT_RULE, Rule

Verdict = Literal["drift", "stable", "undecided"]
TestName = Literal["ks", "chi2", "missing"]
FaultKind = Literal[
    "schema",
    "mixed",
    "text",
    "identifier",
    "infinite",
    "missing",
    "constant",
    "units",
    "sentinel",
    "spelling",
    "time",
    "duplicates",
]

VERDICT_LABELS: Mapping[str, str] = {"drift": "드리프트", "stable": "안정", "undecided": "판단 보류"}
"""판정의 한국어 이름. 표와 그림과 명령줄이 모두 여기에서 가져갑니다."""


@dataclass(frozen=True)
class Fault:
    """품질 결함 하나.

    Attributes:
        column: 열의 이름. None이면 표 전체의 결함입니다.
        kind: 결함의 종류.
        message: 무엇을 보았는지 적은 문장.
    """

    column: str | None
    kind: FaultKind
    message: str


@dataclass(frozen=True)
class ColumnDrift:
    """열 하나의 결과. 판정의 근거가 된 수를 모두 담습니다. 셀 수 없는 수는 None입니다.

    `test`는 판정을 정한 검정입니다. 값의 검정은 `"ks"`나 `"chi2"`이고, 값은 그대로인데 결측의 비율이 달라졌으면
    `"missing"`(2x2 카이제곱)입니다. `statistic`, `p_value`, `p_adjusted`, `effect`, `threshold`는 그 검정의 것입니다.

    Attributes:
        name, kind: 이름과 종류(numeric, boolean, categorical, datetime, empty, mixed).
        n_reference, n_current: 행의 수(결측 포함).
        psi, bins, floor: PSI와, 그것을 셈한 구간의 수(빈 구간 제외)와 바닥값.
        effect, threshold: 효과 크기와 그 문턱(0과 1 사이).
        upper, margin: 참 효과의 99 % 상한과 동등 한계(0과 1 사이). 상한이 한계보다 작아야 안정입니다.
        detectable: 이 기준과 이 크기의 배치에서 검정력 0.8로 찾는 가장 작은 효과(최소 탐지 효과). 값의 검정의 것이고 단위는
            효과와 같습니다. 행이 모자라거나, 아무리 달라져도 찾지 못하면 None입니다. 행은 독립이라고 봅니다.
        detectable_shift: `detectable`만큼의 D를 내는 이동(기준의 표준편차). 수치와 시각 열만.
        detectable_missing: 검정력 0.8로 찾는 가장 작은 결측 비율의 차이. 결측을 검정했을 때만.
        alpha, min_rows, blocks: 유의수준, 최소 행, 문턱을 보정한 블록의 수.
        ks_error: 기준의 요약을 써서 D가 틀릴 수 있는 한도.
        jensen_shannon, hellinger: 구간으로 셈한 거리(젠센-섀넌의 밑은 2). 0과 1 사이.
        wasserstein: 기준의 표준편차로 나눈 거리. 수치와 시각 열만.
        missing_reference, missing_current: 결측의 비율.
        outside: 기준의 범위를 벗어난 값이나 새 범주의 비율.
        new, vanished: 새 범주와 사라진 범주(많아야 다섯 개씩).
        verdict, reason: 판정과 그 까닭.
        fault: 처음 찾은 품질 결함의 종류. 없으면 None.
        labels, counts_reference, counts_current: 구간의 이름과 개수. 그림에 씁니다.
    """

    name: str
    kind: Kind
    n_reference: int
    n_current: int
    psi: float | None = None
    bins: int = 0
    floor: float = Rule.floor
    statistic: float | None = None
    test: TestName | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    effect: float | None = None
    threshold: float | None = None
    upper: float | None = None
    margin: float = DEFAULT_RULE.equivalence_margin
    detectable: float | None = None
    detectable_shift: float | None = None
    detectable_missing: float | None = None
    alpha: float = Rule.alpha
    min_rows: int = Rule.min_rows
    blocks: int = 0
    ks_error: float = 0.0
    jensen_shannon: float | None = None
    hellinger: float | None = None
    wasserstein: float | None = None
    missing_reference: float = 0.0
    missing_current: float = 0.0
    outside: float = 0.0
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    verdict: Verdict = "undecided"
    reason: str = ""
    fault: FaultKind | None = None
    labels: tuple[str, ...] = field(default=(), repr=False)
    counts_reference: tuple[int, ...] = field(default=(), repr=False)
    counts_current: tuple[int, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return asdict(self)


@dataclass(frozen=True)
class BatchDrift:
    """배치의 결과.

    Attributes:
        verdict: 한 열이라도 `drift`면 `drift`, 아니고 보류한 열이 있으면 `undecided`, 둘 다 아니면 `stable`입니다.
        columns: 열마다의 결과. 기준의 열의 순서입니다.
        faults: 품질 결함. 하나라도 있으면 드리프트를 믿기 전에 자료부터 고쳐야 합니다.
    """

    verdict: Verdict
    columns: tuple[ColumnDrift, ...]
    faults: tuple[Fault, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전. 키는 `verdict`, `faults`, `columns`입니다."""
        return {
            "verdict": self.verdict,
            "faults": [asdict(fault) for fault in self.faults],
            "columns": [column.to_dict() for column in self.columns],
        }


def read_result(content: Mapping[str, Any]) -> BatchDrift:
    """저장해 둔 판정을 되돌립니다.

    Args:
        content: `BatchDrift.to_dict`의 사전. JSON에서 읽은 것이면 됩니다. 다른 키가 더 있어도 됩니다.

    Returns:
        저장하기 전과 같은 판정.

    Raises:
        DriftInputError: 열이나 결함에 모르는 키가 있거나, 있어야 할 키가 없습니다.
    """
    try:
        columns = []
        for each in content["columns"]:
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in each.items()}
            columns.append(ColumnDrift(**values))
        return BatchDrift(
            content["verdict"], tuple(columns), tuple(Fault(**each) for each in content.get("faults", ()))
        )
    except (KeyError, TypeError) as error:
        raise DriftInputError(
            f"저장한 판정을 읽을 수 없습니다({error}). 같은 판의 mlops-lab이 쓴 것이어야 합니다. 다시 판정해 주십시오."
        ) from error
