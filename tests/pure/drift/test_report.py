"""보고서: 스스로 완결된 HTML 한 장, 열두 달에 500 KB 아래."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from mlops_lab.drift import BatchDrift, DriftInputError, Fault, compare, explain_batch, write_report
from mlops_lab.flights import MONTHS, steps
from mlops_lab.flights.features import FEATURES, load_features
from mlops_lab.lesson.plotting import use_korean


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BatchDrift]:
    """항공편의 열두 달을 1월과 2월에 견준 판정."""
    home = tmp_path_factory.mktemp("열두 달")
    tables = {}
    for month in MONTHS:
        steps.prepare(month, home, "features")
        tables[month] = load_features([month], home)[FEATURES]
    reference = pd.concat([tables[month] for month in MONTHS[:2]], ignore_index=True)
    return {month: compare(reference, table) for month, table in tables.items()}


@pytest.fixture(autouse=True)
def korean() -> Iterator[None]:
    with plt.rc_context():
        use_korean()
        yield


def test_twelve_months_of_flights(flights: dict[str, BatchDrift], tmp_path: Path) -> None:
    path = write_report(tmp_path / "보고" / "drift.html", flights, title="항공편 <2013>")
    first = path.read_bytes()
    write_report(path, flights, title="항공편 <2013>")
    assert path.read_bytes() == first
    assert len(first) < 500_000
    assert [p.name for p in path.parent.iterdir()] == ["drift.html"]
    page = first.decode("utf-8")
    assert '<html lang="ko">' in page
    assert "항공편 &lt;2013&gt;" in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    images = re.findall(r"<img alt=\"([^\"]*)\"", page)
    assert len(images) == 3
    assert all(len(alternative) > 10 for alternative in images)
    assert page.count("<details") == 12
    assert not plt.get_fignums()


def test_where_it_moved_is_told(tmp_path: Path) -> None:
    before, now = {"출발<지>": ["JFK"] * 500}, {"출발<지>": ["JFK"] * 200 + ["LGA"] * 300}
    result = compare(before, now)
    found = {"2013-03": explain_batch(before, now, result)}
    page = write_report(tmp_path / "a.html", {"2013-03": result}, explanations=found).read_text("utf-8")
    assert "<h2>어디에서 달라졌는가</h2><ul><li>2013-03, 출발&lt;지&gt;: JFK 100.0% → 40.0%" in page
    assert "어디에서" not in write_report(tmp_path / "a.html", {"2013-03": result}).read_text("utf-8")


def test_faults_come_before_the_verdicts(flights: dict[str, BatchDrift], tmp_path: Path) -> None:
    faulty = BatchDrift(
        "undecided", flights["2013-03"].columns[:2], (Fault("temp", "units", "단위 & <섭씨>"),)
    )
    page = write_report(tmp_path / "a.html", {"2013-03": faulty}).read_text(encoding="utf-8")
    assert "temp: 단위 &amp; &lt;섭씨&gt;" in page
    assert page.index("품질 결함") < page.index("판정의 근거")
    assert page.count("<img") == 1


def test_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(DriftInputError, match="보고할 배치"):
        write_report(tmp_path / "a.html", {})
    assert list(tmp_path.iterdir()) == []
