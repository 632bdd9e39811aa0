"""저장소에 담은 월별 파일."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from mlops_lab.flights import MONTHS
from mlops_lab.flights.landing import DATA


def read(kind: str, month: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{kind}-{month}.csv.gz")


def test_every_file_has_the_recorded_checksum() -> None:
    recorded = dict(reversed(line.split()) for line in (DATA / "SHA256SUMS").read_text().splitlines())
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in DATA.glob("*.csv.gz")}
    assert len(files) == 36
    assert files == recorded


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 4_000_000


def test_what_is_unknown_before_departure_is_not_there() -> None:
    columns = set(read("flights", "2013-06").columns)
    assert not columns & {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "tailnum"}


def test_the_order_of_rows_does_not_tell_the_delay() -> None:
    flights, labels = read("flights", "2013-06"), read("labels", "2013-06")
    delay = flights.merge(labels, on="flight_id", how="left")["arr_delay"]
    daily = flights["date"].factorize()[0]
    position = flights.groupby("date").cumcount()
    assert abs(np.corrcoef(position[delay.notna()], delay.dropna())[0, 1]) < 0.1
    assert len(set(daily)) == 30


def test_rows_and_late_rates_are_those_of_the_source() -> None:
    rates, flights, labels = [], 0, 0
    for month in MONTHS:
        delays = read("labels", month)["arr_delay"]
        rates.append(round(float((delays > 15).mean()), 3))
        flights, labels = flights + len(read("flights", month)), labels + len(delays)
    assert flights == 336_776
    assert flights - labels == 9_430
    assert rates == [0.227, 0.229, 0.228, 0.279, 0.220, 0.308, 0.315, 0.238, 0.132, 0.168, 0.174, 0.326]


@pytest.mark.parametrize("month", MONTHS)
def test_every_month_passes_the_gate(month: str) -> None:
    from mlops_lab.flights import gate

    for kind in ("flights", "weather", "labels"):
        table, findings = gate.read((DATA / f"{kind}-{month}.csv.gz").read_bytes(), kind)
        assert findings == []
        assert table is not None
        assert gate.check(table, kind, month) == []
