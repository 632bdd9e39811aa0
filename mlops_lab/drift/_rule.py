"""판정의 규칙: 얼마나 달라져야 드리프트라고 할지 정하는 수 여섯."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mlops_lab.drift._errors import DriftInputError
from mlops_lab.drift._statistics import FLOOR


@dataclass(frozen=True)
class Rule:
    """판정의 규칙. `compare`, `fit_profile`, `judge`에 `rule=`로 주고, 기준의 요약이 기억합니다.

    Attributes:
        alpha: 유의수준(0과 1 사이). 여러 열을 고려해 고친 p-값이 이보다 작아야 우연이 아니라고 합니다. 기본값은 0.005입니다.
            흔히 쓰는 0.05는 거짓 경보가 많아 이만큼 낮추자는 제안을 따릅니다(Benjamin 외, 2018).
        min_effect: 효과 크기(비율의 가장 큰 차이, 0과 1 사이)의 문턱의 바닥. 시간 블록으로 보정한 문턱이 더 크면 그것을
            씁니다. 기본값 0.05(5 %p)는 이 패키지가 정한 것입니다. 일의 중요함에 맞게 바꾸십시오.
        margin: 동등 한계(0과 1 사이). 이보다 큰 차이가 없다고 99 %로 말할 수 있어야 `stable`입니다. 비우면 0.1과
            `min_effect`의 두 배와 `sqrt(min_psi) / 2` 가운데 큰 것입니다. 0.1은 이 패키지가 정한 것이고, 정규분포가 0.25
            표준편차 밀린 만큼입니다.
        min_rows: 판정에 필요한 가장 적은 행의 수. 한쪽이라도 검정이 쓴 행(값의 검정은 결측을 뺀 행)이 이보다 적으면
            판단을 보류합니다. 기본값 100은 이 패키지가 정한 것입니다.
        min_psi: PSI(냇)가 이보다 작으면 실제로 큰 변화로 보지 않습니다. 기본값 0은 PSI를 보지 않는다는 뜻입니다. 신용
            평가의 관례는 0.1과 0.25입니다(Siddiqi, 2006).
        floor: PSI에서 빈 구간의 비율을 대신하는 바닥값(0과 1 사이의 비율). 기본값 0.0001은 이 패키지가 정한 것입니다.

    Raises:
        DriftInputError: 값이 범위를 벗어났습니다.
    """

    alpha: float = 0.005
    min_effect: float = 0.05
    margin: float | None = None
    min_rows: int = 100
    min_psi: float = 0.0
    floor: float = FLOOR

    def __post_init__(self) -> None:
        for name, is_right, expected in (
            ("alpha", 0 < self.alpha < 1, "0보다 크고 1보다 작아야"),
            ("min_effect", 0 <= self.min_effect <= 1, "0 이상 1 이하여야"),
            ("margin", self.margin is None or 0 < self.margin <= 1, "0보다 크고 1 이하여야"),
            ("min_rows", self.min_rows >= 1, "1 이상이어야"),
            ("min_psi", 0 <= self.min_psi < math.inf, "0 이상의 수여야"),
            ("floor", 0 < self.floor < 1, "0보다 크고 1보다 작아야"),
        ):
            if not is_right:
                raise DriftInputError(
                    f"판정의 규칙에서 {name}이(가) {getattr(self, name)}입니다. {expected} 합니다. 값을 고쳐 주십시오."
                )

    @property
    def equivalence_margin(self) -> float:
        """쓰는 동등 한계. `min_psi`보다 작은 PSI는 효과가 `sqrt(min_psi) / 2`보다 작다는 뜻입니다(Pinsker의 부등식)."""
        return self.margin or min(max(0.1, 2 * self.min_effect, math.sqrt(self.min_psi) / 2), 1.0)


DEFAULT_RULE = Rule()
