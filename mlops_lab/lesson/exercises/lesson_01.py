"""01. MLOps란 무엇인가의 연습문제."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from mlops_lab import flights
from mlops_lab.flights import decisions, registry, steps
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import digest
from mlops_lab.lesson.checking import Wrong, exercise, number, short

_CHOSEN = 100
_FIRST = flights.BOOTSTRAP[-1]
_MAY, _FROM = "2013-05", "2013-06"


def _home() -> Path:
    """이 수업이 쓰는 폴더."""
    return flights.home() / "lessons" / "01"


@cache
def _april() -> pd.DataFrame:
    """4월의 `flight_id`, `probability`, `late`. 확률이 높은 것부터입니다."""
    home = _home()
    steps.prepare("2013-04", home, "scores", "labels")
    features, late = load_labelled(["2013-04"], home)
    predictions = pd.read_csv(home / "warehouse" / "2013-04" / "predictions.csv.gz")
    table = features[["flight_id"]].assign(late=late).merge(predictions, on="flight_id")
    return table.sort_values("probability", ascending=False, ignore_index=True)


@exercise("01-1")
def hits_among_the_chosen(value: Any) -> str:
    """4월에 확률이 가장 높은 100편 가운데 실제로 늦은 편의 수."""
    expected = f"확률이 가장 높은 {_CHOSEN}편 가운데 늦은 편의 수"
    seen = number(value, expected, low=0, high=_CHOSEN)
    late = _april()["late"]
    if seen == late.head(_CHOSEN).sum():
        return (
            f"{seen:g}편입니다. 아무렇게나 100편을 골랐다면 {100 * late.mean():.0f}편쯤입니다. "
            "지연율은 틀리게 보았지만 늦을 편을 앞세우는 힘은 남아 있습니다."
        )
    if seen < 1:
        hint = "비율이 아니라 편의 수입니다. `late`의 참을 더합니다."
    elif seen == late.tail(_CHOSEN).sum():
        hint = "확률이 가장 낮은 쪽을 고른 것 같습니다. 정렬의 방향을 봅니다."
    elif seen == round(100 * late.mean()):
        hint = "한 달 전체의 비율입니다. 먼저 100편을 고르고, 고른 것에서만 셉니다."
    else:
        hint = "`flown`을 `probability`로 줄 세워 앞의 100줄을 고르고, 거기에서 `late`의 참을 셉니다."
    raise Wrong(saw=f"{seen:g}편", expected=expected, hint=hint)


@exercise("01-2")
def may(value: Any) -> str:
    """5월의 예측부터 성능까지."""
    expected = "5월의 성능을 잰 결과(`steps.measure_performance`가 돌려준 사전)"
    if not isinstance(value, dict) or not {"month", "champion", "scores"} <= set(value):
        hint = "4월에 `performance`에 넣은 것과 같은 꼴입니다."
        if isinstance(value, dict) and "predicted_rate" in value:
            hint = "예측한 결과입니다. 정답을 들인 다음, 성능을 재는 함수까지 부릅니다."
        raise Wrong(saw=short(value), expected=expected, hint=hint)
    if value["month"] != _MAY:
        hint = "함수마다 달을 `2013-05`로 적었는지 봅니다."
        raise Wrong(saw=f"{value['month']}의 결과", expected=expected, hint=hint)
    try:
        measured = steps.measure_performance(_MAY, _home())
    except FileNotFoundError:
        raise Wrong(
            saw="작업 폴더에 5월의 예측이나 정답이 없습니다",
            expected=expected,
            hint="특징을 받아 예측하고, 정답을 받아 성능을 잽니다. `home`을 넘겼는지도 봅니다.",
        ) from None
    if value != measured:
        hint = (
            "값을 고치지 말고 함수가 돌려준 그대로 넣습니다. 겨루기보다 먼저 예측했다면 예측부터 다시 합니다."
        )
        raise Wrong(saw="작업 폴더에서 다시 잰 것과 다른 결과", expected=expected, hint=hint)
    if measured["champion"]["through"] != "2013-03":
        raise Wrong(
            saw=f"{measured['champion']['through']}까지 배운 모델이 예측한 5월",
            expected="4월의 겨루기에서 이긴 모델이 예측한 5월",
            hint="노트북을 처음부터 차례로 실행해 4월의 겨루기까지 마친 다음, 5월을 예측부터 다시 합니다.",
        )
    scores = measured["scores"]
    return (
        f"{measured['champion']['through']}까지 배운 새 챔피언이 5월의 지연율을 {scores['predicted_rate']:.3f}(으)로 "
        f"보았고 실제는 {scores['late_rate']:.3f}입니다. "
        f"{'경보가 울렸습니다.' if measured['declined'] else '경보가 없으니 5월에는 다시 학습하지 않습니다.'}"
    )


@exercise("01-3")
def rollback(value: Any) -> str:
    """6월부터 첫 모델로 되돌리는 결정을 적은 다음 별칭으로 연 모델."""
    expected = f"별칭 champion이 가리키는, {_FIRST[-1]}월까지 배운 모델"
    if not isinstance(value, Pipeline):
        hint = "안내 화면은 확률을 매기기 전에 레지스트리에서 모델을 엽니다. 그 줄을 다시 봅니다."
        raise Wrong(saw=short(value), expected=f"{expected}(scikit-learn의 Pipeline)", hint=hint)
    home = _home()
    through = {each.version: each.through for each in registry.list_versions(home)}
    pointed = registry.get_alias(registry.CHAMPION, home)
    if pointed is None or through.get(pointed) != _FIRST:
        where = f"{through.get(pointed, '?')}까지 배운 모델" if pointed else "아무것도 가리키지 않습니다"
        hint = "되돌리는 결정을 적습니다. `registry.list_versions(home)`에서 어느 버전인지 찾습니다."
        raise Wrong(saw=f"별칭 champion: {where}", expected=expected, hint=hint)
    for month in (_FROM, None):
        standing = decisions.standing(home, month)
        found = standing["champion"]["through"] if standing else "?"
        if found != _FIRST:
            hint = "이름표만 옮기면 다음 배치가 결정대로 다시 옮겨 놓습니다. 결정으로 적었는지, 몇 월부터인지 봅니다."
            raise Wrong(
                saw=f"이름표는 맞지만, 결정대로라면 {month or '지금'}의 챔피언은 {found}까지 배운 모델입니다",
                expected=f"{_FROM}의 배치부터 {_FIRST[-1]}월까지 배운 모델을 쓰는 결정",
                hint=hint,
            )
    before = decisions.standing(home, _MAY)
    if before is None or before["champion"]["through"] == _FIRST:
        raise Wrong(
            saw=f"{_MAY}의 예측까지 되돌린 결정",
            expected=f"{_FROM}의 배치부터 따르는 결정",
            hint="5월은 이미 예측했습니다. 지나간 달의 기록은 그대로 두고 `month`를 봅니다.",
        )
    known = {each.sha256: each.through for each in registry.list_versions(home)}
    if not hasattr(value["booster"], "classes_") or known.get(digest(value)) != _FIRST:
        hint = "되돌린 다음에 다시 열었는지 봅니다. 이미 연 모델은 되돌려도 바뀌지 않습니다."
        raise Wrong(saw="되돌렸지만 다른 모델이 들어 있습니다", expected=expected, hint=hint)
    return "되돌렸습니다. 안내 화면은 다음 물음부터, 배치는 6월부터 예전 모델을 씁니다. 까닭도 기록에 남았습니다."
