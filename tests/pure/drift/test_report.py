"""보고서: 스스로 완결된 HTML 한 장, 열두 달에 500 KB 아래."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

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


def many_columns(columns: int) -> BatchDrift:
    """뒤쪽의 열 셋만 밀린 판정."""
    random = np.random.default_rng(3)
    before = {f"열{i}": random.normal(size=400) for i in range(columns)}
    now = {name: values + 2 * (i >= columns - 3) for i, (name, values) in enumerate(before.items())}
    return compare(before, now)


def test_many_columns_and_batches_are_drawn_in_part_and_said_so(tmp_path: Path) -> None:
    result = many_columns(60)
    told: list[str] = []
    page = write_report(
        tmp_path / "a.html", {f"배치 {i}": result for i in range(50)}, progress=told.append
    ).read_text(encoding="utf-8")
    said = "열 60개를 모두 그리면 읽을 수 없어 가장 많이 달라진 24개만 그렸습니다. 나머지 36개는 아래 표에 있습니다."
    assert page.count(said) == 2
    assert "배치 50개를 모두 그리면 읽을 수 없어 지도에는 마지막 36개만 그렸습니다." in page
    assert len(told) == 3
    assert page.count("<td>열0</td>") == 50
    for content in re.findall(r"base64,([^\"]+)", page):
        image = Image.open(io.BytesIO(base64.b64decode(content)))
        assert image.width * image.height < 4_000_000


def test_few_columns_are_all_drawn(tmp_path: Path) -> None:
    page = write_report(tmp_path / "a.html", {"하나": many_columns(24), "둘": many_columns(24)})
    assert "모두 그리면" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["이름 😀", "가" * 400, "첫 줄\n둘째 줄\n" * 30, "글꼴에 없는 \U00012000", "\u200d"]
)
def test_any_name_is_drawn_without_a_warning(name: str, tmp_path: Path) -> None:
    before, now = ({name: [f"{name}{i % k}" for i in range(400)]} for k in (2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = write_report(tmp_path / "a.html", {name: compare(before, now), "둘": compare(now, before)})
    assert name in path.read_text(encoding="utf-8")
