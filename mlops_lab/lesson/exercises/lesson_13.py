"""13. 종합 파이프라인의 연습문제.

답을 다시 셈하려면 모델 열 개를 학습해야 하므로 수를 적어 둡니다. 자료나 모델이 바뀌면 풀어 둔 노트북이 틀렸다고 알려 줍니다.
"""

from __future__ import annotations

from typing import Any

from mlops_lab.lesson.checking import Wrong, exercise, number

_MONTHS = 10
_MISSED = 5
_FRESH = 1
_LOOKBACK = 0.1658
_BRIER = {
    "pipeline": 0.1657,
    "hindsight": 0.1605,
    "newest": 0.1620,
    "never": 0.1684,
}


@exercise("13-1")
def missed_by_drift_alone(value: Any) -> str:
    """챌린저가 이겼는데 드리프트 판정은 조용했던 달의 수."""
    seen = number(value, "달의 수", low=0, high=_MONTHS)
    if seen == _MISSED:
        return "여섯 번의 교체 가운데 다섯 번을 놓쳤을 것입니다. 드리프트 판정은 10월에만 울렸습니다."
    hints = {
        6: "챔피언이 바뀐 달을 모두 셌습니다. 그 가운데 드리프트 판정이 알려 준 달은 놓친 것이 아닙니다.",
        9: "드리프트가 없는 달을 모두 셌습니다. 그 가운데 챌린저가 이긴 달만 셉니다.",
        7: "후보를 학습한 달을 셌습니다. 겨루어서 진 달은 놓쳐도 잃을 것이 없습니다.",
        1: "드리프트 판정이 알려 준 달을 셌습니다. 알려 주지 않은 달을 셉니다.",
    }
    raise Wrong(
        saw=f"{seen:g}달",
        expected="챌린저가 이겼고 드리프트 판정은 `drift`가 아니었던 달의 수",
        hint=hints.get(int(seen), "`decision`과 `drift` 두 열의 조건을 `&`로 묶고 참의 수를 셉니다."),
    )


@exercise("13-2")
def fresh_months(value: Any) -> str:
    """챔피언이 바로 앞 달까지 배운 채로 예측한 달의 수."""
    seen = number(value, "달의 수", low=0, high=_MONTHS)
    if seen == _FRESH:
        return "3월 한 달뿐입니다. 그 뒤로는 늘 두세 달 낡은 모델이 예측했습니다. 겨루는 데 한 달을 썼기 때문입니다."
    hints = {
        0: "첫 달을 빠뜨리지 않았는지 봅니다. 3월의 챔피언은 몇 월까지 배웠습니까?",
        7: "두 달 앞까지 배운 달을 셌습니다. 3월을 예측하는 모델의 바로 앞 달은 2월입니다.",
        6: "챔피언이 바뀐 달을 셌습니다. 바뀐 챔피언은 다음 달부터 쓰이고, 겨룬 달은 배우지 않았습니다.",
    }
    raise Wrong(
        saw=f"{seen:g}달",
        expected="`month`의 바로 앞 달이 `champion`인 달의 수",
        hint=hints.get(int(seen), "두 열을 달의 수로 바꾸어 뺍니다. 차이가 1인 것을 셉니다."),
    )


@exercise("13-3")
def replayed(value: Any) -> str:
    """그달에 가장 좋았던 모델을 다음 달에 쓴 열 달의 평균 Brier."""
    seen = number(value, "평균 Brier", low=0, high=1)
    if round(seen, 4) == _LOOKBACK:
        return (
            "파이프라인의 0.1657보다 낫지 않습니다. 11월에 가장 좋았던 옛 모델은 11월이 지난 뒤에야 뽑혀 12월에 나섭니다. "
            "지난달의 승자가 다음 달의 승자는 아니었습니다."
        )
    mistakes = {
        "hindsight": "그달의 정답을 보고 고른 모델로 그달을 예측했습니다. 그때는 알 수 없던 것입니다. 고른 모델은 다음 달에 씁니다.",
        "newest": "늘 가장 새 모델을 쓴 값입니다. 새것이 아니라, 앞 달에 가장 낮았던 모델을 씁니다.",
        "never": "첫 모델을 바꾸지 않은 값입니다. 달마다 다음 달의 모델을 새로 고릅니다.",
        "pipeline": "파이프라인이 실제로 쓴 챔피언의 값입니다. 새 규칙으로 챔피언을 다시 고릅니다.",
    }
    near = [name for name, brier in _BRIER.items() if round(seen, 4) == brier]
    raise Wrong(
        saw=f"{seen:.4f}",
        expected="앞 달에 가장 낮았던 모델로 그달을 예측한 Brier의 열 달 평균",
        hint=mistakes[near[0]]
        if near
        else "달마다 먼저 지금의 챔피언의 칸을 적고, 그다음에 그 줄에서 가장 낮은 열로 챔피언을 바꿉니다. 3월도 넣어 열 달입니다.",
    )
