"""사용자의 기록을 시간 순서대로 다시 돌려, 고른 규칙이 **이 자료에서** 얼마나 잘못 울리고 얼마나 큰 변화를 찾는지 잽니다.

기록의 앞부분을 기준으로 삼고 뒤의 배치를 하나씩 견줍니다(walk forward). 기준은 늘 배치보다 앞의 행뿐이고, 뒤로 가며 많아야
`REFITS`번 다시 맞춥니다. 두 번 돌립니다.

- **기록 그대로**: 울린 것이 모두 거짓 경보인지는 알 수 없습니다. 기록에 진짜 변화가 있었다면 그것도 셉니다.
- **뒤섞은 기록(placebo)**: 배치 길이의 블록을 무작위로 섞습니다. 블록 안의 행은 그대로라 하루 안의 닮음은 남고, 느린 변화와
  계절은 흩어집니다. 그래서 여기에서 울린 것은 거짓 경보입니다.

찾는 크기는 뒤섞은 기록의 배치에 아는 변화를 넣어 잽니다. 배치마다 드리프트가 되는 가장 작은 변화를 이분법으로 찾고, 그
80 % 분위수를 적습니다. 수치와 시각은 기준의 표준편차만큼 밀고(배치마다 방향을 바꿉니다), 범주는 `_power`의 가장 찾기 어려운
방향으로 옮깁니다. 경보의 95 % 상한은 이항분포에서 옵니다(Clopper와 Pearson, 1934). 배치들이 같은 기준을 나누어 쓰므로 어림입니다.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_lab.drift._bins import BINS
from mlops_lab.drift._blocks import MIN_BLOCKS, Calendar, block_length, span, split_blocks
from mlops_lab.drift._columns import ORDERED, Kind, Sample, Table, check_table, read_column, row_days
from mlops_lab.drift._decide import decide
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._measure import Measured, measure
from mlops_lab.drift._power import POWER, split_levels
from mlops_lab.drift._profile import SKETCH, ColumnProfile, fit_column
from mlops_lab.drift._rule import DEFAULT_RULE, Rule

Unit = Literal["days", "rows"]

DAYS = (1.0, 7.0, 28.0)
REFITS = 4
_MOST_BATCHES = 200
_PROBES = 20
_STEPS = 7
_SMALLEST, _LARGEST = 0.01, 8.0


@dataclass(frozen=True)
class Alarms:
    """배치 가운데 드리프트라고 한 것.

    Attributes:
        batches: 판정한 배치의 수.
        alarms: 드리프트라고 한 배치의 수.
    """

    batches: int
    alarms: int

    @property
    def rate(self) -> float:
        """드리프트라고 한 비율."""
        return self.alarms / self.batches if self.batches else math.nan

    @property
    def upper(self) -> float:
        """참 비율의 95 % 상한(한쪽, Clopper-Pearson)."""
        if self.alarms >= self.batches:
            return 1.0
        return float(special.betaincinv(self.alarms + 1, self.batches - self.alarms, 0.95))

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전."""
        return {**asdict(self), "rate": self.rate, "upper": self.upper}


@dataclass(frozen=True)
class ColumnCalibration:
    """배치의 크기 하나에서 열 하나의 결과.

    Attributes:
        name, kind: 이름과 종류.
        history, placebo: 기록 그대로와 뒤섞은 기록에서 울린 것.
        detectable: 검정력 0.8로 찾은 가장 작은 변화. 수치와 시각은 기준의 표준편차, 범주는 전변동 거리입니다. 찾지
            못했으면 None입니다.
    """

    name: str
    kind: Kind
    history: Alarms
    placebo: Alarms
    detectable: float | None


@dataclass(frozen=True)
class SizeCalibration:
    """배치의 크기 하나의 결과.

    Attributes:
        size, unit: 배치의 크기와 단위(`days`나 `rows`).
        rows: 배치의 행의 수의 중앙값.
        history, placebo: 한 열이라도 드리프트인 배치.
        probes: 아는 변화를 넣어 본 배치의 수.
        columns: 열마다의 결과.
    """

    size: float
    unit: Unit
    rows: int
    history: Alarms
    placebo: Alarms
    probes: int
    columns: tuple[ColumnCalibration, ...]


@dataclass(frozen=True)
class Calibration:
    """`calibrate`의 결과.

    Attributes:
        rule: 판정의 규칙.
        time: 시각의 열.
        rows, days: 시각이 있는 행의 수와, 첫날부터 마지막 날까지의 날수.
        reference_days: 기준의 길이(일). None이면 그때까지의 모든 날입니다.
        seed: 블록을 섞은 씨앗.
        sizes: 배치의 크기마다의 결과.
    """

    rule: Rule
    time: str
    rows: int
    days: float
    reference_days: float | None
    seed: int
    sizes: tuple[SizeCalibration, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON으로 나를 수 있는 사전. 경보마다 비율(`rate`)과 95 % 상한(`upper`)이 있습니다."""
        sizes = []
        for size in self.sizes:
            columns = [
                {**asdict(c), "history": c.history.to_dict(), "placebo": c.placebo.to_dict()}
                for c in size.columns
            ]
            both = {"history": size.history.to_dict(), "placebo": size.placebo.to_dict()}
            sizes.append({**asdict(size), **both, "columns": columns})
        return {**asdict(self), "sizes": sizes}


def calibrate(
    history: Table,
    time: str,
    columns: Iterable[str] | None = None,
    *,
    days: Sequence[float] | None = None,
    rows: Sequence[int] = (),
    reference_days: float | None = None,
    bins: int = BINS,
    rule: Rule = DEFAULT_RULE,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Calibration:
    """기록을 시간 순서대로 다시 돌려, 규칙의 거짓 경보와 찾는 크기를 배치의 크기마다 잽니다.

    Args:
        history: 지난 기록(DataFrame, 또는 이름에서 1차원 값으로 가는 dict).
        time: 시각의 열. 시각이 없는 행은 쓰지 않습니다.
        columns: 볼 열. 주지 않으면 `time`을 뺀 모든 열입니다.
        days: 배치의 길이들(일). `rows`도 주지 않으면 1, 7, 28일 가운데 기록에 맞는 것입니다.
        rows: 배치의 행의 수들. 시간 순서로 이만큼씩 끊습니다.
        reference_days: 기준의 길이(일). 주지 않으면 배치 앞의 모든 날이고, 기록의 절반부터 판정합니다.
        bins: 수치 열의 구간의 수.
        rule: 판정의 규칙.
        seed: 블록을 섞는 씨앗.
        progress: 한 단계마다 한 줄을 받는 함수.

    Returns:
        배치의 크기마다, 열마다의 결과.

    Raises:
        DriftInputError: 표나 열이 잘못되었거나, 기록이 짧아 배치가 5개도 나오지 않습니다.
    """
    wanted = None if columns is None else list(columns)
    present = check_table(history, "기록", time, *(wanted or []))
    names = [name for name in present if name != time] if wanted is None else wanted
    if not names:
        raise DriftInputError("볼 열이 하나도 없습니다. 시각의 열 말고 다른 열이 있어야 합니다.")
    when = row_days(history[time], time)
    order = np.argsort(when, kind="stable")
    order = order[: int(np.isfinite(when).sum())]
    when = when[order]
    if not len(when):
        raise DriftInputError(f"시각의 열 {time!r}에 시각이 하나도 없습니다.")
    values = {name: _to_array(history[name])[order] for name in names}
    whole = span(when)
    first = reference_days or whole / 2
    sizes: list[tuple[float, Unit]] = [(each, "days") for each in days or ()]
    sizes += [(each, "rows") for each in rows]
    if not sizes:
        sizes = [(each, "days") for each in DAYS if whole - first >= each * MIN_BLOCKS] or [(DAYS[0], "days")]
    for size, unit in sizes:
        room = whole - first if unit == "days" else (when >= when[0] + first).sum()
        if not 0 < size * MIN_BLOCKS <= room:
            kind = "일" if unit == "days" else "행"
            raise DriftInputError(
                f"배치가 {size:g}{kind}인데, 첫 기준({first:g}일) 뒤에 남은 기록이 {room:g}{kind}입니다. 배치가 "
                f"{MIN_BLOCKS}개는 나와야 합니다. 더 작은 배치나 더 긴 기록을 주십시오."
            )
    tell = progress or (lambda _: None)
    results = []
    for size, unit in sizes:
        replay = _Replay(
            names, bins, rule, reference_days, first, whole, f"{size:g}{'일' if unit == 'days' else '행'}"
        )
        replay.tell = tell
        ends = _cut(when, size, unit)
        actual = replay.run(when, values, ends, "기록 그대로", probe=False)
        shuffled, shuffled_ends, mixed = _shuffle(when, ends, size, unit, seed)
        placebo = replay.run(
            shuffled,
            {name: array[mixed] for name, array in values.items()},
            shuffled_ends,
            "뒤섞은 기록",
            probe=True,
        )
        results.append(_summarize(size, unit, names, actual, placebo))
    return Calibration(rule, time, len(when), whole, reference_days, seed, tuple(results))


@dataclass
class _Outcome:
    """한 번 돌린 결과. `drifted`의 모양은 `(배치, 열)`입니다."""

    drifted: NDArray[np.bool_]
    rows: list[int]
    kinds: list[Kind]
    smallest: list[list[float]]


class _Replay:
    """기록을 한 번 돌립니다. 기준을 맞추고, 배치를 재고, 바라면 아는 변화를 넣어 봅니다."""

    def __init__(
        self,
        names: list[str],
        bins: int,
        rule: Rule,
        reference_days: float | None,
        first: float,
        whole: float,
        label: str,
    ) -> None:
        self.names, self.bins, self.rule = names, bins, rule
        self.reference_days, self.first, self.whole, self.label = reference_days, first, whole, label
        self.tell: Callable[[str], None] = lambda _: None

    def run(
        self,
        when: NDArray[np.float64],
        values: dict[str, NDArray[Any]],
        ends: NDArray[np.intp],
        name: str,
        *,
        probe: bool,
    ) -> _Outcome:
        starts = np.searchsorted(when, when[0] + self.first * span(when) / self.whole)
        batches = [(a, b) for a, b in itertools.pairwise(ends) if a >= starts and b > a]
        if len(batches) < MIN_BLOCKS:
            raise DriftInputError(
                f"{self.label}짜리 배치가 {len(batches)}개뿐입니다. {MIN_BLOCKS}개는 있어야 합니다. 기록은 {self.whole:,g}일에 걸쳐 "
                "있습니다. 비어 있는 기간이나 틀린 시각이 있는지 보아 주십시오."
            )
        refit_at = {int(at) for at in np.linspace(0, len(batches), REFITS, endpoint=False)}
        judged = {int(at) for at in np.linspace(0, len(batches) - 1, min(len(batches), _MOST_BATCHES))}
        probed = sorted(judged)[:: max(1, math.ceil(len(judged) / _PROBES))] if probe else []
        drifted, rows = [], []
        smallest: list[list[float]] = [[] for _ in self.names]
        kinds: list[Kind] = []
        for number, (start, end) in enumerate(batches):
            if number in refit_at:
                self.tell(f"{self.label}, {name}: 배치 {number + 1}/{len(batches)}부터의 기준을 맞춥니다.")
                profiles, block, length = self._fit(when[:start], values, when[start:end])
                kinds = [each.bins.kind for each in profiles]
            if number not in judged:
                continue
            calendar = Calendar(block, length, span(when[start:end]))
            samples = [read_column(values[each][start:end]) for each in self.names]
            measured = [
                measure(each, sample, self.rule, calendar)
                for each, sample in zip(profiles, samples, strict=True)
            ]
            verdicts = [each.verdict == "drift" for each in decide(measured, self.rule, 0)]
            drifted.append(verdicts)
            rows.append(int(end - start))
            if number in probed:
                tests = sum(len(each.hypotheses) for each in measured)
                for i, sample in enumerate(samples):
                    if measured[i].hypotheses and sample.kind not in ("empty", "mixed"):
                        found = self._smallest(profiles[i], sample, calendar, tests, len(drifted))
                        smallest[i].append(found)
        return _Outcome(np.array(drifted, dtype=bool), rows, kinds, smallest)

    def _fit(
        self, past: NDArray[np.float64], values: dict[str, NDArray[Any]], batch: NDArray[np.float64]
    ) -> tuple[list[ColumnProfile], float, float]:
        begin = np.searchsorted(past, batch[0] - self.reference_days) if self.reference_days else 0
        known = past[begin:]
        length = span(known)
        block = block_length(length, span(batch))
        blocks = split_blocks(known, block)
        profiles = [
            fit_column(name, values[name][begin : len(past)], self.bins, SKETCH, blocks)
            for name in self.names
        ]
        return profiles, block, length

    def _smallest(
        self, profile: ColumnProfile, sample: Sample, calendar: Calendar, tests: int, number: int
    ) -> float:
        """이 배치가 드리프트가 되는 가장 작은 변화. 없으면 무한대입니다."""
        inject, largest = _injection(profile, sample, number)

        def found(size: float) -> bool:
            measured: Measured = measure(profile, inject(size), self.rule, calendar)
            if not measured.hypotheses:
                return False
            # 나머지 열은 그대로일 때 이 열이 받는 유의수준입니다.
            alpha = self.rule.alpha * len(measured.hypotheses) / max(tests, len(measured.hypotheses))
            (column,) = decide([measured], replace(self.rule, alpha=alpha), 0)
            return column.verdict == "drift"

        if not largest or not found(largest):
            return math.inf
        low, high = min(_SMALLEST, largest / 2), largest
        for _ in range(_STEPS):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if found(middle) else (middle, high)
        return high


def _injection(
    profile: ColumnProfile, sample: Sample, number: int
) -> tuple[Callable[[float], Sample], float]:
    """아는 변화를 넣는 함수와, 넣을 수 있는 가장 큰 변화."""
    if sample.kind in ORDERED:
        mean = np.average(profile.points, weights=profile.weights)
        sd = math.sqrt(float(np.average((profile.points - mean) ** 2, weights=profile.weights)))
        step = sd if number % 2 else -sd
        return lambda size: replace(sample, values=sample.values + size * step), _LARGEST if sd > 0 else 0.0
    _, first, counts = np.unique(sample.values.astype(str), return_index=True, return_inverse=True)
    kept = sample.values[first].tolist()
    if len(kept) == 1:
        kept.append(not kept[0] if sample.kind == "boolean" else f"{kept[0]}(새 범주)")
    shares = np.bincount(counts, minlength=len(kept)) / len(counts)
    _, rising = split_levels(shares)
    random = np.random.default_rng(number)
    chance = random.random(len(counts))
    weights = shares[rising] if shares[rising].sum() > 0 else np.ones(int(rising.sum()))
    targets = random.choice(np.flatnonzero(rising), len(counts), p=weights / weights.sum())
    room = float(shares[~rising].sum())
    table = np.empty(len(kept), dtype=object)
    table[:] = kept

    def inject(size: float) -> Sample:
        leaves = ~rising[counts] & (chance < size / room)
        return replace(sample, values=table[np.where(leaves, targets, counts)])

    return inject, room


def _to_array(values: Any) -> NDArray[Any]:
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if hasattr(values, "to_numpy") and (kind != "M" or getattr(values.dtype, "tz", None) is None):
        return values.to_numpy()
    if isinstance(values, np.ndarray):
        return values
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    return array


def _cut(when: NDArray[np.float64], size: float, unit: Unit) -> NDArray[np.intp]:
    """배치의 경계가 되는 행의 번호. 끝의 자투리는 뺍니다."""
    if unit == "rows":
        return np.arange(0, len(when) + 1, int(size))
    begin = math.floor(when[0])
    count = int((math.floor(when[-1]) + 1 - begin) // size)
    # 배치는 뒤에서부터 셉니다. 그래야 가장 새로운 날이 빠지지 않습니다.
    offset = math.floor(when[-1]) + 1 - count * size
    return np.searchsorted(when, offset + size * np.arange(count + 1))


def _shuffle(
    when: NDArray[np.float64], ends: NDArray[np.intp], size: float, unit: Unit, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """블록을 섞습니다. `(새 시각, 새 경계, 행의 번호)`."""
    blocks = [(a, b) for a, b in itertools.pairwise(ends) if b > a]
    order = np.random.default_rng(seed).permutation(len(blocks))
    mixed = np.concatenate([np.arange(*blocks[i]) for i in order])
    lengths = np.array([blocks[i][1] - blocks[i][0] for i in order])
    new_ends = np.concatenate([[0], np.cumsum(lengths)])
    clock, day = [], math.floor(when[0])
    for i in order:
        inside = when[slice(*blocks[i])]
        width = size if unit == "days" else span(inside)
        begin = math.floor(inside[0])
        clock.append(day + np.minimum(inside - begin, width - 1e-6))
        day += width
    return np.concatenate(clock), new_ends, mixed


def _summarize(
    size: float, unit: Unit, names: list[str], actual: _Outcome, placebo: _Outcome
) -> SizeCalibration:
    columns = []
    for i, name in enumerate(names):
        found = sorted(placebo.smallest[i])
        limit = found[math.ceil(POWER * len(found)) - 1] if found else math.inf
        columns.append(
            ColumnCalibration(
                name,
                actual.kinds[i],
                _alarms(actual.drifted[:, i]),
                _alarms(placebo.drifted[:, i]),
                limit if math.isfinite(limit) else None,
            )
        )
    return SizeCalibration(
        size,
        unit,
        int(np.median(placebo.rows)),
        _alarms(actual.drifted.any(axis=1)),
        _alarms(placebo.drifted.any(axis=1)),
        max((len(each) for each in placebo.smallest), default=0),
        tuple(columns),
    )


def _alarms(drifted: Any) -> Alarms:
    return Alarms(len(drifted), int(drifted.sum()))
