"""품질 결함. 세상이 변한 것이 아니라 자료가 잘못 온 것을, 드리프트라고 부르기 전에 이름 붙입니다."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_lab.drift._columns import KIND_NAMES, Sample, stray_days
from mlops_lab.drift._profile import ColumnProfile
from mlops_lab.drift._result import Fault
from mlops_lab.drift._statistics import ks_of_sorted
from mlops_lab.drift._texts import MANY

MISSING_JUMP = 0.2
"""결측 비율이 기준보다 이만큼 늘면 결함입니다."""

DUPLICATE_JUMP = 0.1
"""겹치는 행의 비율이 기준보다 이만큼 늘면 결함입니다."""

_SCALES = {
    "1.609(마일과 킬로미터)": 1.609344,
    "2.54(인치와 센티미터)": 2.54,
    "3.281(미터와 피트)": 3.28084,
    "2.205(킬로그램과 파운드)": 2.204623,
    "10": 10.0,
    "24(시간과 일)": 24.0,
    "60(초와 분, 분과 시간)": 60.0,
    "100(비율과 퍼센트)": 100.0,
    "1,000": 1_000.0,
    "3,600(초와 시간)": 3_600.0,
}


def find_mismatch(reference: ColumnProfile, current: Sample) -> Fault | None:
    """기준과 현재를 견줄 수 없게 하는 결함을 찾습니다.

    섞인 열, 글로 적은 수와 날짜, 행마다 새로운 식별자, 서로 다른 종류, 한쪽에만 있는 시간대입니다. 기준에 없던 식별자가 현재에만
    있으면 그것은 변한 것입니다.
    """
    was, now = reference.bins.kind, current.kind
    if reference.problem:
        return Fault(reference.name, reference.problem_kind, f"기준 표의 열: {reference.problem}.")
    if current.problem and current.problem_kind != "identifier":
        return Fault(reference.name, current.problem_kind, f"현재 표의 열: {current.problem}.")
    if "empty" not in (was, now) and was != now:
        message = f"기준에서는 {KIND_NAMES[was]}인데 현재는 {KIND_NAMES[now]}입니다. 두 표의 형식을 맞추어 주십시오."
        return Fault(reference.name, "schema", message)
    if was == now == "datetime" and reference.bins.aware != current.aware:
        message = "한쪽의 시각에만 시간대가 있습니다. 두 표의 시간대를 맞추어 주십시오."
        return Fault(reference.name, "schema", message)
    return None


def find_column_faults(reference: ColumnProfile, current: Sample, d: float) -> list[Fault]:
    """견줄 수 있는 열 하나의 결함을 찾습니다. `d`는 KS의 D(수치가 아니면 0)입니다."""
    name, faults = reference.name, []
    if current.infinite:
        faults.append(
            Fault(name, "infinite", f"무한대가 {current.infinite:,}개 있습니다. 결측으로 보고 셌습니다.")
        )
    before = reference.missing / reference.n
    if current.missing - before >= MISSING_JUMP:
        faults.append(Fault(name, "missing", f"결측이 {before:.1%}에서 {current.missing:.1%}로 늘었습니다."))
    values = current.values
    if len(values) > 1 and current.kind == "numeric" and values[0] == values[-1]:
        if reference.bins.low < reference.bins.high:
            faults.append(
                Fault(name, "constant", f"모든 값이 {values[0]:g}입니다. 기준에서는 여러 값이었습니다.")
            )
    elif current.kind == "numeric" and d >= 0.2:
        faults += _find_unit(reference, values, d)
    if current.kind == reference.bins.kind == "numeric":
        faults += _find_sentinels(reference, values)
    if current.kind == reference.bins.kind == "categorical" and not reference.bins.pooled:
        faults += _find_spelling(reference, values)
    return faults


def _find_sentinels(reference: ColumnProfile, values: NDArray[np.float64]) -> list[Fault]:
    """-999나 9999처럼 결측을 뜻하는 듯한 값. 나머지의 폭보다 더 떨어진 끝에서 한 값만 되풀이됩니다."""
    for side, points, weights in (("현재", values, None), ("기준", reference.points, reference.weights)):
        if len(points) < MANY:
            continue
        low, high = np.searchsorted(points, points[0], "right"), np.searchsorted(points, points[-1], "left")
        rest = points[low:high]
        if len(rest) < MANY // 2 or rest[0] == rest[-1]:
            continue
        with np.errstate(over="ignore"):
            width = rest[-1] - rest[0]
            gaps = [rest[0] - points[0], points[-1] - rest[-1]]
        for end, gap, run in zip(
            (points[0], points[-1]), gaps, (slice(0, low), slice(high, None)), strict=True
        ):
            times, rows = (
                (len(points[run]), len(points))
                if weights is None
                else (int(weights[run].sum()), int(weights.sum()))
            )
            if end != 0 and gap > width and times >= max(3, 0.001 * rows):
                message = (
                    f"{side} 표에서 {end:g}이(가) {times:,}번 나오고 나머지({rest[0]:g}~{rest[-1]:g})와 동떨어져 있습니다. "
                    "결측을 뜻하면 빈칸으로 두어 주십시오."
                )
                return [Fault(reference.name, "sentinel", message)]
    return []


def _find_spelling(reference: ColumnProfile, values: NDArray[np.object_]) -> list[Fault]:
    """새 범주가 기준의 범주와 대소문자나 빈칸이나 유니코드의 꼴만 다른지 봅니다."""

    def bare(level: object) -> str:
        return " ".join(unicodedata.normalize("NFKC", str(level)).casefold().split())

    known = set(reference.bins.levels)
    alike = {bare(level): level for level in reference.bins.levels}
    for level in sorted(set(values.tolist()) - known, key=str):
        if (same := alike.get(bare(level))) is not None:
            message = (
                f"새 범주 {level!r:.40}은(는) 기준의 {same!r:.40}과(와) 대소문자나 빈칸만 다릅니다. "
                "같은 것이면 하나로 맞추어 주십시오."
            )
            return [Fault(reference.name, "spelling", message)]
    return []


def find_stray_days(values: Any, name: str, side: str) -> list[Fault]:
    """시각의 열에 나머지와 동떨어진 날이 있으면 이름 붙입니다. 그런 날은 보정에 쓰지 않습니다."""
    if not (strays := stray_days(values, name)):
        return []
    message = (
        f"{side} 표에 나머지와 동떨어진 때가 {len(strays):,}개 있습니다(예: {strays[0]}). "
        "문턱을 보정할 때 뺐습니다. 잘못 적힌 것이면 고쳐 주십시오."
    )
    return [Fault(name, "time", message)]


def _find_unit(reference: ColumnProfile, values: NDArray[np.float64], d: float) -> list[Fault]:
    """흔한 단위의 배수로 바꾸어 보아, 기준과 훨씬 잘 맞게 되는 것이 있으면 단위의 결함입니다."""
    picked = values[np.linspace(0, len(values) - 1, min(len(values), 400)).round().astype(int)]
    with np.errstate(over="ignore"):  # float의 끝에 있는 값은 어느 단위로도 맞지 않을 뿐입니다.
        tries = {f"{label}로 나누면": picked / scale for label, scale in _SCALES.items()}
        tries |= {f"{label}을 곱하면": picked * scale for label, scale in _SCALES.items()}
        tries["섭씨로 보고 화씨로 바꾸면"] = picked * 1.8 + 32
        tries["화씨로 보고 섭씨로 바꾸면"] = (picked - 32) / 1.8
    points = reference.points
    weights = reference.weights
    if weights is None and len(points) > 1_000:
        points = points[np.linspace(0, len(points) - 1, 1_000).round().astype(int)]
    with np.errstate(over="ignore", invalid="ignore"):
        found = {what: ks_of_sorted(points, tried, weights)[0] for what, tried in tries.items()}
    what = min(found, key=found.__getitem__)
    if found[what] > min(0.1, d / 4):
        return []
    message = f"{what} 기준과 맞습니다(D {d:.2f}에서 {found[what]:.2f}로). 단위가 바뀐 것 같습니다."
    return [Fault(reference.name, "units", message)]


def find_schema_faults(reference: list[str], current: list[str]) -> list[Fault]:
    """사라진 열과 새로 생긴 열."""
    known, now = set(reference), set(current)
    gone = [
        Fault(name, "schema", "현재 표에 없습니다. 이름이 바뀌었는지, 빠졌는지 보아 주십시오.")
        for name in reference
        if name not in now
    ]
    new = [
        Fault(name, "schema", "기준에 없던 열입니다. 견줄 수 없어 보지 않았습니다.")
        for name in current
        if name not in known
    ]
    return gone + new


def find_duplicates(before: float, now: float) -> list[Fault]:
    """겹치는 행이 늘었는지 봅니다."""
    if now - before < DUPLICATE_JUMP:
        return []
    return [
        Fault(
            None,
            "duplicates",
            f"겹치는 행이 {before:.1%}에서 {now:.1%}로 늘었습니다. 두 번 보냈는지 보아 주십시오.",
        )
    ]
