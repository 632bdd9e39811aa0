"""데이터 드리프트(data drift)를 재고 판정합니다. numpy와 scipy만 씁니다.

`compare`가 두 표본을 열마다 견주어 `drift`, `stable`, `undecided` 가운데 하나로 판정합니다.
"""

from __future__ import annotations

from mlops_lab.drift._psi import Bins, bin_counts, fit_bins, psi
from mlops_lab.drift._verdict import (
    BatchDrift,
    ColumnDrift,
    DriftInputError,
    Verdict,
    compare,
    compare_column,
)

__all__ = [
    "BatchDrift",
    "Bins",
    "ColumnDrift",
    "DriftInputError",
    "Verdict",
    "bin_counts",
    "compare",
    "compare_column",
    "fit_bins",
    "psi",
]
