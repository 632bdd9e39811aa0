"""잰 것을 보고 판정합니다.

`drift`라고 하려면 둘이 함께 서야 합니다.

1. **우연이 아닐 것**: 여러 열을 함께 본 것을 고려해 고친 p-값이 `alpha` 미만입니다.
2. **실제로 클 것**: 효과 크기가 문턱 이상입니다.

왜 PSI 0.1이 문턱이 아닌가: 0.2 표준편차가 밀려도 십분위 PSI는 0.04뿐이라 행이 아무리 많아도 0.1을 넘지 못하고, 양쪽이
100행이면 드리프트가 없어도 열에 여덟 번 넘게 0.1을 넘습니다. 같은 이동에서 D는 `2 Phi(0.1) - 1 = 0.08`로 0.05보다 크고,
1,000행이면 우연히 0.05를 넘는 일은 p-값이 막습니다. 다만 PSI는 늘 함께 적고, `min_psi`를 주면 그보다 작은 변화는 작은
변화로 봅니다.

`stable`이라고 하려면 문턱을 넘지 않은 것만으로는 모자라고, 동등 한계(`Rule.margin`)보다 큰 차이가 없다고 99 %로 말할 수
있어야 합니다(`_equivalence`).

나머지는 모두 `undecided`(판단 보류)입니다. 행이 `min_rows`보다 적을 때, 효과는 문턱을 넘었으나 우연일 수도 있을 때, 문턱을 넘지
않았으나 큰 차이가 없다고도 할 수 없을 때, 견줄 수 없을 때입니다.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from mlops_lab.drift import _statistics as statistics
from mlops_lab.drift._measure import Hypothesis, Measured
from mlops_lab.drift._result import ColumnDrift, Verdict
from mlops_lab.drift._rule import Rule

_GRAVEST_FIRST: tuple[Verdict, ...] = ("drift", "undecided", "stable")


def decide(measured: Sequence[Measured], rule: Rule, blocks: int) -> Iterator[ColumnDrift]:
    """모든 가설의 p-값을 함께 고친 다음, 열마다 판정을 정한 가설을 골라 적습니다.

    Args:
        measured: 잰 열들. 함께 판정하는 열은 모두 있어야 합니다.
        rule: 판정의 규칙.
        blocks: 문턱을 보정한 블록의 수. 결과에 적습니다.
    """
    p_values = [hypothesis.p_value for each in measured for hypothesis in each.hypotheses]
    adjusted = iter(statistics.adjust(p_values).tolist() if p_values else [])
    for each in measured:
        column = replace(
            each.column, floor=rule.floor, alpha=rule.alpha, min_rows=rule.min_rows, blocks=blocks
        )
        if not each.hypotheses:
            yield replace(column, reason=column.reason or "값이 하나도 없어 견줄 수 없습니다.")
            continue
        options = []
        for hypothesis in each.hypotheses:
            p = next(adjusted)
            options.append((*_decide_one(hypothesis, p, rule), hypothesis, p))
        verdict, reason, chosen, p = min(options, key=lambda option: _GRAVEST_FIRST.index(option[0]))
        if column.kind == "datetime" and verdict == "drift":
            reason += " 행이 생긴 때를 적은 열이라면 늘 흐르므로, 시각의 열(time)로 주십시오."
        yield replace(
            column,
            statistic=chosen.statistic,
            test=chosen.test,
            p_value=chosen.p_value,
            p_adjusted=p,
            effect=chosen.effect,
            threshold=chosen.threshold,
            upper=chosen.upper,
            margin=rule.equivalence_margin,
            verdict=verdict,
            reason=reason,
        )


def _decide_one(hypothesis: Hypothesis, p_adjusted: float, rule: Rule) -> tuple[Verdict, str]:
    what = "결측 비율의 차이" if hypothesis.test == "missing" else "효과"
    effect, threshold = hypothesis.effect, hypothesis.threshold
    upper, margin = hypothesis.upper, rule.equivalence_margin
    if hypothesis.n < rule.min_rows:
        return "undecided", f"행이 {hypothesis.n:,}개뿐입니다. {rule.min_rows:,}개는 있어야 판단합니다."
    if effect >= threshold and not hypothesis.small_psi:
        if p_adjusted < rule.alpha:
            return "drift", f"{what} {effect:.3f}이(가) 문턱 {threshold:.3f} 이상이고 우연이 아닙니다."
        chance = f"{what} {effect:.3f}은(는) 크지만 우연일 수도 있습니다(고친 p {p_adjusted:.3f})."
        return "undecided", f"{chance} {hypothesis.needs}".rstrip()
    small = hypothesis.small_psi or f"{what} {effect:.3f}이(가) 문턱 {threshold:.3f}보다 작습니다."
    if upper < margin:
        return "stable", f"{small} 99 % 상한 {upper:.3f}도 동등 한계 {margin:.3f}보다 작습니다."
    return (
        "undecided",
        f"{small} 그러나 99 % 상한이 {upper:.3f}이라, {margin:.3f}만 한 차이가 없다고도 할 수 없습니다. {hypothesis.needs}",
    )


def gravest(columns: Iterable[ColumnDrift]) -> Verdict:
    """열마다의 판정 가운데 가장 무거운 것. 배치의 판정입니다."""
    return min((column.verdict for column in columns), key=_GRAVEST_FIRST.index)
