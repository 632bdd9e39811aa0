"""지연을 예측하는 모델. 같은 자료와 같은 시드면 같은 모델이 나옵니다."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits

from mlops_lab.flights.features import CATEGORIES, FEATURES

SEED = 20130101


def make_model(seed: int = SEED) -> Pipeline:
    """학습하지 않은 파이프라인. 범주는 번호로 바꾸고, 처음 보는 범주는 결측으로 다룹니다."""
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    columns = ColumnTransformer([("category", encoder, CATEGORIES)], remainder="passthrough")
    booster = HistGradientBoostingClassifier(
        categorical_features=list(range(len(CATEGORIES))), early_stopping=False, random_state=seed
    )
    return Pipeline([("columns", columns), ("booster", booster)])


def fit(features: pd.DataFrame, late: pd.Series, seed: int = SEED) -> Pipeline:
    """`FEATURES` 열로 학습합니다. 스레드는 하나만 써서, 바쁜 컴퓨터에서도 같은 결과를 비슷한 시간에 냅니다."""
    with threadpool_limits(1, user_api="openmp"):
        return make_model(seed).fit(features[FEATURES], late)


def predict(model: Pipeline, features: pd.DataFrame) -> NDArray[np.float64]:
    """지연할 확률. 모양은 `(행의 수,)`, 값은 0과 1 사이입니다."""
    with threadpool_limits(1, user_api="openmp"):
        return np.asarray(model.predict_proba(features[FEATURES])[:, 1], dtype=np.float64)


def digest(model: Pipeline) -> str:
    """학습한 모델의 sha256. 나무의 마디, 범주의 번호, 출발값이 모두 같을 때만 같습니다.

    skops 파일은 만들 때마다 객체 번호와 시각이 달라지므로, 파일 대신 배운 내용을 셈합니다.
    """
    booster = model["booster"]
    content = hashlib.sha256(np.ascontiguousarray(booster._baseline_prediction).tobytes())
    for categories in model["columns"].named_transformers_["category"].categories_:
        content.update("\0".join(map(str, categories)).encode("utf-8"))
    for tree in (tree for iteration in booster._predictors for tree in iteration):
        for field in tree.nodes.dtype.names:
            content.update(np.ascontiguousarray(tree.nodes[field]).tobytes())
        content.update(tree.raw_left_cat_bitsets.tobytes())
    return content.hexdigest()
