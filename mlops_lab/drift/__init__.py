"""데이터 드리프트(data drift)를 재고 판정합니다. numpy와 scipy만 씁니다.

`compare`가 두 표를 열마다 견주어 `drift`, `stable`, `undecided` 가운데 하나로 판정합니다. 기준을 한 번 요약해 두고
(`fit_profile`) 새 배치만 읽으며 감시하려면 `judge`를 씁니다. 그림은 `mlops_lab.drift.plots`에 있습니다.
"""

from __future__ import annotations

from mlops_lab.drift._bins import Bins, bin_counts, fit_bins
from mlops_lab.drift._columns import Column, read_column
from mlops_lab.drift._errors import DriftInputError, ProfileError
from mlops_lab.drift._files import read_table
from mlops_lab.drift._profile import Profile, fit_profile, load_profile
from mlops_lab.drift._quality import Fault
from mlops_lab.drift._report import write_report
from mlops_lab.drift._simulator import Scenario, simulate, truth
from mlops_lab.drift._statistics import (
    adjust,
    chi_square,
    hellinger,
    jensen_shannon,
    ks,
    psi,
    total_variation,
    wasserstein,
)
from mlops_lab.drift._verdict import (
    BatchDrift,
    ColumnDrift,
    Verdict,
    compare,
    compare_column,
    judge,
    read_result,
)

__all__ = [
    "BatchDrift",
    "Bins",
    "Column",
    "ColumnDrift",
    "DriftInputError",
    "Fault",
    "Profile",
    "ProfileError",
    "Scenario",
    "Verdict",
    "adjust",
    "bin_counts",
    "chi_square",
    "compare",
    "compare_column",
    "fit_bins",
    "fit_profile",
    "hellinger",
    "jensen_shannon",
    "judge",
    "ks",
    "load_profile",
    "psi",
    "read_column",
    "read_result",
    "read_table",
    "simulate",
    "total_variation",
    "truth",
    "wasserstein",
    "write_report",
]
