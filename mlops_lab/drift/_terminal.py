"""판정을 터미널에 보여 줄 모습으로 만듭니다."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_lab.drift._result import VERDICT_LABELS, BatchDrift

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
    for word in ("n", "m", "PSI", "효과", "문턱", "고친 p", "결측"):
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
            VERDICT_LABELS[column.verdict],
            column.reason,
        )
    faults = (f"품질 결함({fault.column or '표 전체'}): {fault.message}" for fault in result.faults)
    return Group(*faults, table, f"배치: {VERDICT_LABELS[result.verdict]}")
