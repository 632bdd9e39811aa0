"""배치가 도착하는 곳. 세상이 파일을 보내 주는 일을 흉내 냅니다.

특징(`flights`, `weather`)은 출발 전에 오고, 정답(`labels`)은 비행이 끝난 뒤에 옵니다.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mlops_lab import workspace
from mlops_lab._files import write_atomic
from mlops_lab.flights._files import landing_folder
from mlops_lab.flights.errors import NoData
from mlops_lab.flights.months import check_month

What = Literal["features", "labels"]

KINDS: dict[What, tuple[str, ...]] = {"features": ("flights", "weather"), "labels": ("labels",)}
"""한 번에 도착하는 파일의 종류."""

DATA = Path(__file__).parent / "data"
"""월별 파일(CC0). 저장소에 있고, wheel에는 없습니다."""


def file_name(kind: str, month: str) -> str:
    """배치 파일의 이름. `flights-2013-03.csv.gz`와 같습니다."""
    return f"{kind}-{month}.csv.gz"


def deliver(month: str, home: Path, what: What) -> list[Path]:
    """`month`의 파일을 landing에 하나씩 통째로 놓고 그 경로를 돌려줍니다. 여러 번 해도 결과가 같습니다.

    Raises:
        BadMonth: 자료에 없는 달입니다.
        NoData: 자료가 설치되어 있지 않습니다.
    """
    names = [file_name(kind, check_month(month)) for kind in KINDS[what]]
    if missing := [name for name in names if not (DATA / name).is_file()]:
        raise NoData(
            f"항공편 자료 {', '.join(missing)}이(가) {DATA}에 없습니다. wheel에는 자료를 넣지 않습니다. "
            "`python -m mlops_lab.flights.build_data`로 내려받아 만들거나, 저장소를 받아 그 폴더에서 "
            "`pip install -e .`로 설치해 주십시오."
        )
    workspace.make(home)
    return [write_atomic(landing_folder(home) / name, (DATA / name).read_bytes()) for name in names]


def has_arrived(month: str, home: Path, what: What) -> bool:
    """`month`의 파일이 모두 landing에 있으면 참입니다."""
    return all((landing_folder(home) / file_name(kind, check_month(month))).is_file() for kind in KINDS[what])
