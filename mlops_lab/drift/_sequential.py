"""값이 하나씩 올 때의 탐지기. 읽어서 이해하려고 적은 것으로, 모두 제너레이터입니다.

흐름(stream)을 받아 변화를 알린 자리(0부터 센 번호)를 차례로 내놓습니다. 끝이 없는 흐름에도 쓸 수 있습니다. 배치 전체를
견주는 `compare`와 달리 언제 변했는지 알려 주고, 흔히 모델의 오류(맞히면 0, 틀리면 1)에 씁니다.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log, sqrt

import numpy as np


def ddm(errors: Iterable[float], *, threshold: float = 3.0, warm_up: int = 30) -> Iterator[int]:
    """DDM(drift detection method). 오류율이 지금까지의 가장 낮은 수준보다 뚜렷이 올라간 자리를 내놓습니다.

    n개째의 오류율 p와 표준편차 `s = sqrt(p (1 - p) / n)`에서, `p + s`가 가장 작았던 때의 p와 s를 기억해 두고
    `p + s > p_min + threshold * s_min`이면 알린 뒤 처음부터 다시 셉니다(Gama 외, SBIA 2004). 오류는 0 또는 1입니다.
    갑작스러운 변화에 강하고, 가장 낮았던 때가 우연이면 거짓 경보가 많습니다.
    """
    n, wrong, lowest = 0, 0.0, (float("inf"), 0.0)
    for index, error in enumerate(errors):
        n, wrong = n + 1, wrong + error
        p = wrong / n
        s = sqrt(max(p * (1 - p), 0.0) / n)
        if n <= warm_up:
            continue
        if p + s <= sum(lowest):
            lowest = (p, s)
        if p + s > lowest[0] + threshold * lowest[1]:
            yield index
            n, wrong, lowest = 0, 0.0, (float("inf"), 0.0)


def page_hinkley(
    values: Iterable[float],
    *,
    delta: float = 0.005,
    threshold: float = 50.0,
    forget: float = 0.9999,
    warm_up: int = 30,
) -> Iterator[int]:
    """페이지-힝클리 검정. 평균이 올라가거나 내려간 자리를 내놓습니다(Page, 1954; Hinkley, 1971).

    지금까지의 평균에서 벗어난 만큼을 쌓아, 쌓은 합이 가장 낮았던 때보다 `threshold`(값의 단위 x 개수)만큼 오르거나 가장
    높았던 때보다 그만큼 내리면 알리고 처음부터 다시 셉니다. `delta`만큼의 작은 움직임은 봐주고, `forget`은 오래된 합을 조금씩
    잊습니다.
    """
    n, mean = 0, 0.0
    up, down, lowest, highest = 0.0, 0.0, float("inf"), -1.0
    for index, value in enumerate(values):
        n += 1
        mean += (value - mean) / n
        up = forget * up + (value - mean) - delta
        down = forget * down + (value - mean) + delta
        lowest, highest = min(lowest, up), max(highest, down)
        if n >= warm_up and (up - lowest > threshold or highest - down > threshold):
            yield index
            n, mean = 0, 0.0
            up, down, lowest, highest = 0.0, 0.0, float("inf"), -1.0


def adwin(
    values: Iterable[float], *, delta: float = 0.002, clock: int = 32, min_window: int = 5
) -> Iterator[int]:
    """ADWIN(adaptive windowing). 최근의 창을 둘로 나누어 평균이 다르면 앞쪽을 버리고, 버린 자리를 내놓습니다.

    창을 자를 수 있는 모든 자리에서, 앞 n0개와 뒤 n1개의 평균의 차이가 다음보다 크면 다르다고 봅니다(Bifet와 Gavalda,
    SDM 2007). m은 `1 / (1/n0 + 1/n1)`, v는 창의 분산, d는 `delta / ln(n)`입니다.

        sqrt(2 v ln(2 / d) / m) + 2 ln(2 / d) / (3 m)

    값은 0과 1 사이여야 `delta`(거짓 경보의 확률)가 뜻을 지닙니다. 논문의 ADWIN2는 창을 지수 히스토그램으로 줄여 메모리를
    아끼지만, 여기서는 읽기 쉽게 창을 그대로 둡니다. `clock`개마다 한 번만 봅니다. 줄어든 창은 늘어난 것과 줄어든 것을 가리지
    않으므로 오류가 준 자리도 내놓습니다.
    """
    window: list[float] = []
    for index, value in enumerate(values):
        window.append(value)
        if (index + 1) % clock:
            continue
        changed = False
        while (cut := _adwin_cut(np.array(window), delta, min_window)) is not None:
            del window[:cut]
            changed = True
        if changed:
            yield index


def _adwin_cut(window: np.ndarray[tuple[int], np.dtype[np.float64]], delta: float, least: int) -> int | None:
    """평균이 가장 뚜렷이 갈리는 자리. 어디서 잘라도 다르지 않으면 None입니다."""
    n = len(window)
    if n < 2 * least:
        return None
    before = np.arange(least, n - least + 1)
    total = np.cumsum(window)
    difference = np.abs(total[before - 1] / before - (total[-1] - total[before - 1]) / (n - before))
    size = 1 / (1 / before + 1 / (n - before))
    bound = log(2 * log(n) / delta)
    excess = difference - (np.sqrt(2 * window.var() * bound / size) + 2 * bound / (3 * size))
    best = int(excess.argmax())
    return int(before[best]) if excess[best] > 0 else None
