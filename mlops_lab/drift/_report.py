"""드리프트 보고서. 그림까지 든 HTML 한 장이라 메일로 보내거나 사이트 없이 열 수 있습니다."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab._files import write_atomic
from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._explain import Explanation
from mlops_lab.drift._result import VERDICT_LABELS, BatchDrift, ColumnDrift
from mlops_lab.drift._terminal import detectable_words
from mlops_lab.drift.plots import (
    MOST_BATCHES,
    MOST_COLUMNS,
    plot_distributions,
    plot_heatmap,
    plot_over_time,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = """
body { font-family: "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", sans-serif; color: #111; background: #fff;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.6; }
table { border-collapse: collapse; font-size: .85rem; } caption { text-align: left; font-weight: bold; padding: .4rem 0; }
th, td { border-bottom: 1px solid #767676; padding: .25rem .5rem; text-align: right; } th:first-child, td:first-child,
td.text { text-align: left; } .drift { font-weight: bold; border: 2px solid #b34700; } .undecided { font-style: italic; }
img { max-width: 100%; height: auto; } .scroll { overflow-x: auto; } summary { cursor: pointer; font-weight: bold; }
"""

_HEADINGS = (
    "열",
    "종류",
    "n",
    "m",
    "구간",
    "바닥값",
    "PSI",
    "검정",
    "통계량",
    "p",
    "고친 p",
    "효과",
    "문턱",
    "최소 탐지 효과(검정력 0.8)",
    "결측",
    "판정",
    "까닭",
)


def write_report(
    path: str | Path,
    results: Mapping[str, BatchDrift],
    *,
    title: str = "드리프트 보고서",
    explanations: Mapping[str, Sequence[Explanation]] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """배치들의 판정을 스스로 완결된 HTML 한 장으로 씁니다.

    열이나 배치가 많으면 그림에는 일부만 그리고, 몇을 왜 그리지 않았는지 적습니다. 표에는 모든 배치의 모든 열이 있습니다.
    한글이 그림에 나오려면 먼저 한글 글꼴을 정해야 합니다(`mlops_lab.lesson.plotting.use_korean`).

    Args:
        path: 쓸 곳. 옆에 쓴 다음 옮깁니다.
        results: 배치의 이름(예: "2013-03")에서 판정으로. 시간 순서여야 합니다.
        title: 제목.
        explanations: 배치의 이름에서 `explain_batch`의 결과로. 주면 어디에서 달라졌는지도 적습니다.
        progress: 그림을 그리기 전마다 한 줄을 받는 함수.

    Returns:
        쓴 파일의 경로.

    Raises:
        DriftInputError: 배치가 하나도 없습니다.
    """
    if not results:
        raise DriftInputError("보고할 배치가 없습니다. 판정한 배치를 하나 이상 주십시오.")
    latest, result = list(results.items())[-1]
    parts = [f"<h1>{escape(title)}</h1>", _summary(results), _faults(results)]
    parts.append(_explanations(explanations or {}))
    tell = progress or (lambda _: None)
    if len(results) > 1:
        tell("그리는 중: 어느 열이 언제 달라졌는가")
        columns = len({str(column.name) for each in results.values() for column in each.columns})
        parts += [
            "<h2>어느 열이 언제 달라졌는가</h2>",
            _left_out(columns, MOST_COLUMNS, "열", "가장 많이 달라진"),
            _left_out(len(results), MOST_BATCHES, "배치", "지도에는 마지막"),
            _image(plot_heatmap(results), "열마다, 배치마다의 효과 크기를 밝기와 숫자로 나타낸 표"),
            _image(plot_over_time(results), "가장 크게 움직인 열의 효과 크기를 배치의 순서로 이은 선"),
        ]
    compared = [column for column in result.columns if column.counts_reference]
    if compared:
        tell(f"그리는 중: {latest}의 분포")
        alt = f"{latest}의 열마다 기준과 현재의 구간별 비율을 나란히 세운 막대"
        parts += [
            f"<h2>{escape(latest)}의 분포</h2>",
            _left_out(len(compared), MOST_COLUMNS, "열", "가장 많이 달라진"),
            _image(plot_distributions(compared), alt),
        ]
    tell("쓰는 중: 보고서")
    parts.append("<h2>판정의 근거</h2>")
    for name, each in reversed(list(results.items())):
        opened = " open" if name == latest else ""
        parts.append(
            f"<details{opened}><summary>{escape(name)}: {VERDICT_LABELS[each.verdict]}</summary>{_table(each)}</details>"
        )
    page = (
        f'<!DOCTYPE html>\n<html lang="ko"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )
    return write_atomic(path, page)


def _explanations(explanations: Mapping[str, Sequence[Explanation]]) -> str:
    lines = [
        f"<li>{escape(name)}, {escape(each.summary)}</li>"
        for name, found in explanations.items()
        for each in found
    ]
    return f"<h2>어디에서 달라졌는가</h2><ul>{''.join(lines)}</ul>" if lines else ""


def _left_out(total: int, most: int, what: str, which: str) -> str:
    """그림에 다 그리지 않았으면 그렇다는 문장."""
    if total <= most:
        return ""
    return (
        f"<p>{what} {total:,}개를 모두 그리면 읽을 수 없어 {which} {most}개만 그렸습니다. 나머지 {total - most:,}개는 "
        "아래 표에 있습니다.</p>"
    )


def _summary(results: Mapping[str, BatchDrift]) -> str:
    rows = []
    for name, result in results.items():
        counted = [sum(c.verdict == verdict for c in result.columns) for verdict in VERDICT_LABELS]
        cells = "".join(f"<td>{count}</td>" for count in counted)
        faults = len(result.faults)
        rows.append(
            f"<tr><td>{escape(name)}</td><td class='{result.verdict}'>{VERDICT_LABELS[result.verdict]}</td>{cells}"
            f"<td>{faults}</td></tr>"
        )
    head = "".join(f"<th>{word}</th>" for word in ("배치", "판정", *VERDICT_LABELS.values(), "결함"))
    return f"<table><caption>배치마다의 판정과 열의 수</caption><tr>{head}</tr>{''.join(rows)}</table>"


def _faults(results: Mapping[str, BatchDrift]) -> str:
    lines = [
        f"<li>{escape(name)}, {escape(str(fault.column or '표 전체'))}: {escape(fault.message)}</li>"
        for name, result in results.items()
        for fault in result.faults
    ]
    if not lines:
        return "<p>품질 결함은 없습니다.</p>"
    return f"<h2>품질 결함</h2><p>드리프트를 믿기 전에 자료부터 보아 주십시오.</p><ul>{''.join(lines)}</ul>"


def _table(result: BatchDrift) -> str:
    rows = "".join(f"<tr>{_row(column)}</tr>" for column in result.columns)
    head = "".join(f"<th>{word}</th>" for word in _HEADINGS)
    return f"<div class='scroll'><table><tr>{head}</tr>{rows}</table></div>"


def _row(column: ColumnDrift) -> str:
    def number(value: float | None, digits: int = 3) -> str:
        return "-" if value is None else f"{value:.{digits}g}"

    cells = [
        escape(str(column.name)),
        column.kind,
        f"{column.n_reference:,}",
        f"{column.n_current:,}",
        str(column.bins),
        f"{column.floor:g}",
        number(column.psi),
        column.test or "-",
        number(column.statistic),
        number(column.p_value),
        number(column.p_adjusted),
        number(column.effect),
        number(column.threshold),
        detectable_words(column),
        f"{column.missing_reference:.1%} / {column.missing_current:.1%}",
    ]
    verdict = f"<td class='{column.verdict}'>{VERDICT_LABELS[column.verdict]}</td>"
    return (
        "".join(f"<td>{cell}</td>" for cell in cells)
        + verdict
        + f"<td class='text'>{escape(column.reason)}</td>"
    )


def _image(figure: Figure, alternative: str) -> str:
    """그림을 HTML 안에 넣습니다. 같은 그림은 언제나 같은 바이트가 됩니다."""
    import matplotlib.pyplot as plt
    from PIL import Image

    buffer, small = io.BytesIO(), io.BytesIO()
    with warnings.catch_warnings():
        # 글꼴에 없는 글자(이모지)는 네모로 나옵니다. 이름은 표에 온전히 있습니다.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        figure.savefig(buffer, format="png", dpi=100)
    plt.close(figure)
    # 색이 몇 가지뿐인 그림이라 64색으로 줄여도 같아 보이고, 크기는 3분의 1이 됩니다.
    Image.open(buffer).convert("RGB").quantize(64).save(small, format="png", optimize=True)
    content = base64.b64encode(small.getvalue()).decode("ascii")
    return f'<img alt="{escape(alternative)}" src="data:image/png;base64,{content}">'
