"""판정을 터미널에 보여 줄 모습으로 만듭니다."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_lab.drift._calibrate import Alarms, Calibration
from mlops_lab.drift._columns import ORDERED
from mlops_lab.drift._result import VERDICT_LABELS, BatchDrift, ColumnDrift

if TYPE_CHECKING:
    from rich.console import Group


def to_terminal(result: BatchDrift) -> Group:
    """판정을 사람이 읽는 모습으로 만듭니다: 품질 결함, 열마다의 표, 배치의 판정.

    Args:
        result: `compare`나 `judge`의 결과.

    Returns:
        rich의 `Console.print`에 줄 것.
    """
    from rich.console import Group
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("열", overflow="fold")
    for word in ("n", "m", "PSI", "효과", "문턱", "고친 p", "결측", "최소 탐지"):
        table.add_column(word, justify="right", no_wrap=True)
    table.add_column("판정", no_wrap=True)
    table.add_column("까닭", overflow="fold")
    for column in result.columns:
        numbers = [
            "-" if value is None else f"{value:.3f}"
            for value in (column.psi, column.effect, column.threshold, column.p_adjusted)
        ]
        table.add_row(
            str(column.name),
            f"{column.n_reference:,}",
            f"{column.n_current:,}",
            *numbers,
            f"{column.missing_current:.1%}",
            detectable_words(column),
            VERDICT_LABELS[column.verdict],
            column.reason,
        )
    faults = (f"품질 결함({fault.column or '표 전체'}): {fault.message}" for fault in result.faults)
    return Group(*faults, table, f"배치: {VERDICT_LABELS[result.verdict]}")


def detectable_words(column: ColumnDrift) -> str:
    """최소 탐지 효과를 짧은 글로. 결측을 보고 판정했으면 결측의 것입니다."""
    found = column.detectable_missing if column.test == "missing" else column.detectable
    if found is None:
        return "-"
    shift = None if column.test == "missing" else column.detectable_shift
    return f"{found:.3f}" + ("" if shift is None else f"({shift:.2f} sd)")


def calibration_to_terminal(calibration: Calibration) -> Group:
    """다시 돌린 결과를 사람이 읽는 모습으로 만듭니다.

    Args:
        calibration: `calibrate`의 결과.

    Returns:
        rich의 `Console.print`에 줄 것.
    """
    from rich.console import Group
    from rich.table import Table

    parts: list[str | Table] = []
    for size in calibration.sizes:
        table = Table(box=None, pad_edge=False)
        table.add_column("열", overflow="fold")
        for word in ("기록 그대로", "뒤섞은 기록", "찾는 크기(검정력 0.8)"):
            table.add_column(word, justify="right", no_wrap=True)
        for column in size.columns:
            unit = " sd" if column.kind in ORDERED else " TV"
            found = "-" if column.detectable is None else f"{column.detectable:.2f}{unit}"
            table.add_row(str(column.name), _alarms(column.history), _alarms(column.placebo), found)
        table.add_row("(한 열이라도)", _alarms(size.history), _alarms(size.placebo), "")
        least = calibration.rule.min_rows
        few = f". 행이 {least:,}개보다 적은 배치는 판단을 보류합니다" if size.rows < least else ""
        unit = "일" if size.unit == "days" else "행"
        parts += [
            f"배치 {size.size:g}{unit}(가운데 {size.rows:,}행), 변화를 넣어 본 배치 {size.probes}개{few}",
            table,
            "",
        ]
    return Group(
        *parts,
        "울린 배치 / 배치, 괄호 안은 참 비율의 95 % 상한입니다. sd는 기준의 표준편차, TV는 전변동 거리입니다.",
        "'기록 그대로'는 기록에 드리프트가 없었다고 볼 때만 거짓 경보입니다. '뒤섞은 기록'은 배치 길이의 블록을 섞어 느린 변화와 "
        "계절을 흩은 것이라, 울린 것이 거짓 경보입니다.",
    )


def _alarms(alarms: Alarms) -> str:
    return f"{alarms.alarms}/{alarms.batches} (<{alarms.upper:.1%})"
