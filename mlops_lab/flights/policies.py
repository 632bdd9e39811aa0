"""다시 학습하는 정책 네 가지를 열 달의 실제 자료로 견줍니다."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from mlops_lab.flights.evaluation import evaluate
from mlops_lab.flights.features import load_labelled
from mlops_lab.flights.model import SEED, fit, predict
from mlops_lab.flights.months import BOOTSTRAP, MONITORED, MONTHS, months_before

POLICIES = {
    "never": "다시 학습하지 않음",
    "last_month": "지난 한 달",
    "last_three": "지난 석 달",
    "expanding": "지금까지의 모든 달",
}


def training_months(policy: str, month: str) -> list[str]:
    """`month`를 맞힐 모델을 학습할 달. 모두 `month`보다 앞섭니다."""
    before = months_before(month)
    return {
        "never": BOOTSTRAP,
        "last_month": before[-1:],
        "last_three": before[-3:],
        "expanding": before,
    }[policy]


def evaluate_policies(home: Path, seed: int = SEED) -> pd.DataFrame:
    """정책마다, 달마다의 성적. 열은 `policy`, `month`, `brier`, `auc`이고 40행입니다. 모델을 28번 학습합니다."""
    months = {month: load_labelled([month], home) for month in MONTHS}
    fitted: dict[tuple[str, ...], Pipeline] = {}
    rows = []
    for month in MONITORED:
        features, late = months[month]
        for policy in POLICIES:
            chosen = tuple(training_months(policy, month))
            if chosen not in fitted:
                fitted[chosen] = fit(*_joined([months[each] for each in chosen]), seed)
            scores = evaluate(late, predict(fitted[chosen], features))
            rows.append({"policy": policy, "month": month, "brier": scores.brier, "auc": scores.auc})
    return pd.DataFrame(rows)


def random_split_auc(home: Path, seed: int = SEED) -> float:
    """열두 달을 무작위로 나누었을 때의 AUC. 미래를 미리 본 것이라 실제보다 높게 나옵니다."""
    features, late = load_labelled(MONTHS, home)
    held_out = np.random.default_rng(seed).random(len(late)) < 0.25
    model = fit(features[~held_out], late[~held_out], seed)
    return evaluate(late[held_out], predict(model, features[held_out])).auc


def _joined(parts: list[tuple[pd.DataFrame, pd.Series]]) -> tuple[pd.DataFrame, pd.Series]:
    features = pd.concat([part[0] for part in parts], ignore_index=True)
    return features, pd.concat([part[1] for part in parts], ignore_index=True)
