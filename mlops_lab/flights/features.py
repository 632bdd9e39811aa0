"""항공편과 날씨를 모델이 보는 특징으로 바꿉니다. 학습할 때나 예측할 때나 이 코드 하나를 씁니다."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from mlops_lab.flights.ingest import read_ingested

SCHEDULE = ["hour", "day_of_week", "distance", "carrier", "origin", "dest"]
"""운항 계획에서 나온 특징."""

WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
"""출발 예정 시각에 출발 공항에서 관측한 날씨. 실제라면 예보를 써야 합니다. 여기서는 예보가 완벽하다고 봅니다."""

CATEGORIES = ["carrier", "origin", "dest"]
FEATURES = SCHEDULE + WEATHER
LATE_MINUTES = 15
"""도착이 이보다 많이 늦으면 지연입니다(분)."""


def build_features(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """항공편마다 한 행인 특징 표를 만듭니다.

    Args:
        flights: 한 달 이상의 항공편.
        weather: 같은 기간의 시간별 날씨. 없는 시각의 날씨는 결측이 됩니다.

    Returns:
        열이 `flight_id`와 `FEATURES`인 표. 행의 순서는 `flights`와 같습니다.
    """
    table = flights[["flight_id", "date", "distance", *CATEGORIES]].copy()
    table["hour"] = flights["sched_dep_time"] // 100
    table["day_of_week"] = pd.to_datetime(flights["date"]).dt.day_of_week
    table = table.merge(
        weather[["origin", "date", "hour", *WEATHER]], on=["origin", "date", "hour"], how="left"
    )
    numbers = [name for name in FEATURES if name not in CATEGORIES]
    table[numbers] = table[numbers].astype("float64")
    table["flight_id"] = table["flight_id"].astype("int64")
    table[CATEGORIES] = table[CATEGORIES].astype(object)
    return table[["flight_id", *FEATURES]]


def load_features(months: Iterable[str], home: Path) -> pd.DataFrame:
    """들여 둔 달들의 특징을 이어 붙입니다.

    Raises:
        NotArrived: 아직 들이지 않은 달이 있습니다.
    """
    tables = [
        build_features(read_ingested("flights", m, home), read_ingested("weather", m, home)) for m in months
    ]
    return pd.concat(tables, ignore_index=True)


def load_labelled(months: Iterable[str], home: Path) -> tuple[pd.DataFrame, pd.Series]:
    """정답이 온 항공편의 특징과 지연 여부(0 또는 1)를 돌려줍니다. 취소되거나 회항한 편은 빠집니다."""
    months = list(months)
    labels = pd.concat([read_ingested("labels", m, home) for m in months], ignore_index=True)
    late = (labels["arr_delay"] > LATE_MINUTES).astype("int64").rename("late")
    labels = labels[["flight_id"]].astype("int64").assign(late=late)
    table = load_features(months, home).merge(labels, on="flight_id", how="inner")
    return table.drop(columns="late"), table["late"]
