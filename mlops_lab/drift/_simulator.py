"""답을 아는 자료. 무엇이 언제 얼마나 변하는지 정해 두고 배치를 만듭니다.

배치마다 `default_rng([seed, batch])`를 새로 씁니다. 그래서 어느 배치를 먼저 만들든, 몇 번을 다시 만들든 값이 같습니다.

    x1, x2 ~ N(0, 1), group은 a 0.5, b 0.3, c 0.2,   y ~ Bernoulli(sigmoid(-1 + x1 + 0.5 x2 + [group이 c이면 0.5]))

변하는 것(kind)과 변하지 않는 것은 이렇습니다. P(X, y) = P(y|X) P(X).

- `none`: 아무것도. 계절과 날마다의 흔들림은 있을 수 있습니다.
- `covariate`: P(X). x1이 magnitude만큼 밀립니다. P(y|X)는 그대로입니다.
- `prior`: P(y). y의 로짓이 magnitude만큼 밀립니다. P(X|y)는 그대로입니다.
- `concept`: P(y|X). 로짓에서 x1의 계수가 magnitude만큼 줄어듭니다. P(X)는 그대로입니다.
- `quality`: x1의 결측이 0.3 x magnitude(많아야 0.9)만큼 늡니다. 세상은 그대로입니다.
- `skew`: 서빙의 x2만 magnitude만큼 다르게 셈합니다. 학습 쪽의 값 `x2_offline`은 정답과 함께 옵니다.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_lab.drift._errors import DriftInputError

ScenarioKind = Literal["none", "covariate", "prior", "concept", "quality", "skew"]
Pattern = Literal["sudden", "gradual", "incremental", "recurring"]

_TOUCHED = {"covariate": ["x1"], "quality": ["x1"], "skew": ["x2"], "prior": ["y"], "concept": ["y given x1"]}


@dataclass(frozen=True)
class Scenario:
    """무엇이 어떻게 변하는지.

    Attributes:
        kind: 변하는 것. 모듈의 설명을 보십시오.
        pattern: `sudden`은 한 번에, `incremental`은 조금씩, `gradual`은 옛것과 새것이 섞인 비율이 늘며, `recurring`은
            `duration` 배치마다 왔다 갔다 합니다(Gama 외, 2014).
        onset: 변하기 시작하는 배치(0부터).
        duration: 다 변하기까지의 배치 수(`incremental`, `gradual`), 또는 반주기(`recurring`).
        magnitude: 다 변했을 때의 크기. x의 단위는 표준편차, y의 단위는 로짓입니다.
        season: x1의 계절의 진폭(표준편차). 주기는 12 배치이고, 드리프트가 아닙니다.
        day_effect: 날마다 x1이 함께 흔들리는 크기(표준편차). 0이 아니면 한 날의 행이 서로 독립이 아닙니다.
        rows, days: 배치의 행의 수와 날의 수.
        label_delay: 정답이 몇 배치 뒤에 오는지.
        seed: 씨앗.
    """

    kind: ScenarioKind = "none"
    pattern: Pattern = "sudden"
    onset: int = 6
    duration: int = 4
    magnitude: float = 1.0
    season: float = 0.0
    day_effect: float = 0.0
    rows: int = 1000
    days: int = 10
    label_delay: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (("kind", get_args(ScenarioKind)), ("pattern", get_args(Pattern))):
            if getattr(self, name) not in allowed:
                raise DriftInputError(
                    f"{name}이(가) {getattr(self, name)!r}입니다. {', '.join(allowed)} 가운데 하나여야 합니다."
                )
        for name, least in (
            ("onset", 0),
            ("duration", 1),
            ("rows", 1),
            ("days", 1),
            ("label_delay", 0),
            ("seed", 0),
        ):
            if getattr(self, name) < least:
                raise DriftInputError(f"{name}이(가) {getattr(self, name)}입니다. {least} 이상이어야 합니다.")

    def strength(self, batch: int) -> float:
        """`batch`에서 얼마나 변했는지. 0(그대로)과 1(다 변함) 사이입니다."""
        since = batch - self.onset
        if self.kind == "none" or since < 0:
            return 0.0
        if self.pattern == "sudden":
            return 1.0
        if self.pattern == "recurring":
            return float(since // self.duration % 2 == 0)
        return min(1.0, (since + 1) / self.duration)


def simulate(scenario: Scenario, batch: int) -> dict[str, NDArray[Any]]:
    """배치 하나를 만듭니다.

    Args:
        scenario: 무엇이 어떻게 변하는지.
        batch: 배치의 번호(0부터).

    Returns:
        길이가 `scenario.rows`인 열들. 특징 `day`, `x1`, `x2`, `group`과 늦게 오는 `y`, `x2_offline`.

    Raises:
        DriftInputError: 배치의 번호가 0보다 작습니다.
    """
    if batch < 0:
        raise DriftInputError(f"배치 번호가 {batch}입니다. 0 이상이어야 합니다.")
    random = np.random.default_rng([scenario.seed, batch])
    pool = scenario.rows * (8 if scenario.kind == "prior" else 1)
    strength = scenario.strength(batch)
    if scenario.pattern == "gradual":
        moved = (random.random(pool) < strength) * scenario.magnitude
    else:
        moved = np.full(pool, strength * scenario.magnitude)
    day = np.sort(random.integers(0, scenario.days, pool))
    wave = scenario.season * math.sin(2 * math.pi * batch / 12)
    x1 = random.normal(size=pool) + wave + scenario.day_effect * random.normal(size=scenario.days)[day]
    x1 = x1 + (moved if scenario.kind == "covariate" else 0.0)
    x2 = random.normal(size=pool)
    group = random.choice(np.array(["a", "b", "c"], dtype=object), pool, p=[0.5, 0.3, 0.2])
    slope = 1.0 - (moved if scenario.kind == "concept" else 0.0)
    y = (random.random(pool) < special.expit(-1 + slope * x1 + 0.5 * x2 + 0.5 * (group == "c"))).astype(int)
    table: dict[str, NDArray[Any]] = {"day": batch * scenario.days + day, "x1": x1, "x2": x2, "group": group}
    table |= {"y": y, "x2_offline": x2}
    if scenario.kind == "prior":
        table = _with_prior(table, moved, random, scenario.rows)
    if scenario.kind == "skew":
        table["x2"] = x2 + moved
    if scenario.kind == "quality":
        table["x1"] = np.where(random.random(pool) < np.minimum(0.3 * np.abs(moved), 0.9), np.nan, x1)
    return table


def _with_prior(
    table: dict[str, NDArray[Any]], moved: NDArray[Any], random: np.random.Generator, rows: int
) -> dict[str, NDArray[Any]]:
    """y의 비율만 바꿉니다. 넉넉히 만든 행에서 y마다 고르게 뽑으므로 P(X|y)는 그대로입니다."""
    y = table["y"]
    wanted = special.expit(special.logit(y.mean()) + moved[:rows])
    positive = int((random.random(rows) < wanted).sum())
    picked = np.concatenate(
        [
            random.choice(np.flatnonzero(y == label), count, replace=count > (y == label).sum())
            for label, count in ((1, positive), (0, rows - positive))
        ]
    )
    picked = picked[np.argsort(table["day"][picked], kind="stable")]
    return {name: values[picked] for name, values in table.items()}


def truth(scenario: Scenario, batches: int) -> dict[str, Any]:
    """시나리오의 답을 돌려줍니다.

    Args:
        scenario: 무엇이 어떻게 변하는지.
        batches: 배치의 수.

    Returns:
        JSON으로 나를 수 있는 사전. 설정(`scenario`), 변하는 것(`touches`)과, `batches`에 배치마다의 변한
        정도(`strength`), 변했는지(`drift`), 정답이 오는 배치(`labels_arrive`)가 있습니다.
    """
    return {
        "scenario": asdict(scenario),
        "touches": _TOUCHED.get(scenario.kind, []),
        "batches": [
            {
                "batch": batch,
                "strength": scenario.strength(batch),
                "drift": scenario.strength(batch) > 0,
                "labels_arrive": batch + scenario.label_delay,
            }
            for batch in range(batches)
        ],
    }
