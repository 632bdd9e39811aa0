"""데이터 드리프트(data drift)를 재고 판정합니다. 재고 판정하는 데에는 numpy와 scipy만 씁니다.

`compare`가 두 표를 열마다 견주어 `drift`, `stable`, `undecided` 가운데 하나로 판정합니다. 기준을 한 번 요약해 두고
(`fit_profile`) 새 배치만 읽으며 감시하려면 `judge`를 씁니다. 얼마나 달라져야 드리프트인지는 `Rule`이 정합니다. 파일을 읽는
`read_table`은 pandas를, 그림(`mlops_lab.drift.plots`)과 보고서는 matplotlib을 쓸 때에 부릅니다.
"""

from __future__ import annotations

from mlops_lab._extras import require

require("drift", "numpy", "scipy")

from mlops_lab.drift._attribution import GapAttribution, attribute_gap
from mlops_lab.drift._bins import Bins, bin_counts, fit_bins
from mlops_lab.drift._calibrate import Alarms, Calibration, ColumnCalibration, SizeCalibration, calibrate
from mlops_lab.drift._columns import Sample, Table, read_column
from mlops_lab.drift._compare import compare, compare_column, judge
from mlops_lab.drift._errors import DriftInputError, ProfileError
from mlops_lab.drift._explain import Day, Explanation, Segment, explain, explain_batch
from mlops_lab.drift._files import read_table
from mlops_lab.drift._interval import Interval
from mlops_lab.drift._power import detectable_effect, rows_needed
from mlops_lab.drift._prediction import PredictionShift, prediction_shift, score_shift
from mlops_lab.drift._profile import Profile, fit_profile, load_profile
from mlops_lab.drift._report import write_report
from mlops_lab.drift._result import VERDICT_LABELS, BatchDrift, ColumnDrift, Fault, Verdict, read_result
from mlops_lab.drift._rule import Rule
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
from mlops_lab.drift._terminal import calibration_to_terminal, to_terminal

__all__ = [
    "VERDICT_LABELS",
    "Alarms",
    "BatchDrift",
    "Bins",
    "Calibration",
    "ColumnCalibration",
    "ColumnDrift",
    "Day",
    "DriftInputError",
    "Explanation",
    "Fault",
    "GapAttribution",
    "Interval",
    "PredictionShift",
    "Profile",
    "ProfileError",
    "Rule",
    "Sample",
    "Scenario",
    "Segment",
    "SizeCalibration",
    "Table",
    "Verdict",
    "adjust",
    "attribute_gap",
    "bin_counts",
    "calibrate",
    "calibration_to_terminal",
    "chi_square",
    "compare",
    "compare_column",
    "detectable_effect",
    "explain",
    "explain_batch",
    "fit_bins",
    "fit_profile",
    "hellinger",
    "jensen_shannon",
    "judge",
    "ks",
    "load_profile",
    "prediction_shift",
    "psi",
    "read_column",
    "read_result",
    "read_table",
    "rows_needed",
    "score_shift",
    "simulate",
    "to_terminal",
    "total_variation",
    "truth",
    "wasserstein",
    "write_report",
]
