"""무엇이 무엇에서 왔는지: 결과마다 읽은 파일의 해시를 적어 두고, 파일이 바뀌면 거기에서 온 것을 모두 찾습니다.

결과(`warehouse/<달>/<단계>.json`)의 `inputs`에 그 단계가 읽은 배치의 sha256이 있습니다. 배치를 다른 내용으로 바꾸면(`ingest`의
`replace`) 그것을 읽은 결과와, 그 결과에서 나온 결과가 모두 **낡은 것**이 됩니다. 낡은 것은 지우지 않습니다. 무엇을 다시 실행해야
하는지 알려 줄 뿐입니다.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lab.flights import decisions, registry
from mlops_lab.flights._files import landing_folder, month_folder, read_json, relative, sha256
from mlops_lab.flights.errors import NotArrived
from mlops_lab.flights.ingest import warehouse_path
from mlops_lab.flights.landing import file_name
from mlops_lab.flights.months import MONITORED

NOTEBOOKS = {
    "bootstrap": "00_bootstrap",
    "drift": "02_drift",
    "score": "03_score",
    "performance": "04_performance",
    "candidate": "05_train_candidate",
    "decision": "06_compare_promote",
}
"""결과마다 그것을 만드는 노트북."""


@dataclass(frozen=True)
class Stale:
    """낡은 결과 하나.

    Attributes:
        month: 결과의 달.
        step: 결과의 이름(`NOTEBOOKS`의 열쇠).
        because: 바뀐 파일이나, 먼저 다시 만들어야 하는 결과.
    """

    month: str
    step: str
    because: tuple[str, ...]

    @property
    def notebook(self) -> str:
        """다시 실행할 노트북."""
        return NOTEBOOKS[self.step]


def hash_files(home: Path, *paths: Path) -> dict[str, str]:
    """{작업 폴더에서 본 경로: sha256}."""
    return {relative(path, home): sha256(path.read_bytes()) for path in paths}


def hash_batches(months: Iterable[str], home: Path, *kinds: str) -> dict[str, str]:
    """들인 배치의 {작업 폴더에서 본 경로: sha256}."""
    return hash_files(home, *(warehouse_path(kind, month, home) for month in months for kind in kinds))


def changed_files(
    before: Mapping[str, str], home: Path, now: dict[str, str | None] | None = None
) -> list[str]:
    """적어 둔 해시와 지금이 다른 파일. 없어진 것도 들어 있습니다. `now`는 이미 셈한 해시입니다."""
    now = {} if now is None else now
    for name in before:
        if name not in now:
            path = home / name
            now[name] = sha256(path.read_bytes()) if path.is_file() else None
    return [name for name, value in before.items() if now[name] != value]


def find_stale(home: Path) -> list[Stale]:
    """낡은 결과. 다시 실행할 차례대로입니다. 해시를 적지 않던 판의 결과는 알 수 없으므로 빼놓습니다."""
    now: dict[str, str | None] = {}

    def changed(result: dict[str, Any]) -> list[str]:
        return changed_files(result.get("inputs", {}), home, now)

    stale: dict[tuple[str, str], Stale] = {}
    makers: dict[str, tuple[str, str]] = {}  # 모델의 해시에서 그것을 만든 결과로
    first = MONITORED[0]
    found = _read(decisions.bootstrap_path(home))
    if found is not None:
        makers[found["champion"]["sha256"]] = (first, "bootstrap")
        if because := changed(found):
            stale[first, "bootstrap"] = Stale(first, "bootstrap", tuple(because))
    for month in MONITORED:
        results = {
            step: _read(month_folder(home, month) / f"{step}.json")
            for step in NOTEBOOKS
            if step != "bootstrap"
        }
        if (made := results["candidate"]) is not None:
            makers.setdefault(made["candidate"]["sha256"], (month, "candidate"))
        for step, result in results.items():
            if result is None:
                continue
            because = changed(result)
            for needed in _needs(step, month, result, makers):
                if needed in stale:
                    because.append(f"{needed[0]}의 {NOTEBOOKS[needed[1]]}")
            standing = decisions.standing(home, month)
            used = {"score": "champion", "decision": "champion_before"}.get(step)
            if used and standing is not None and result[used] != standing["champion"]:
                because.append(f"버전 {standing['champion']['version']}을(를) 쓰라는 결정")
            if step == "decision" and made is not None and result["challenger"] != made["candidate"]:
                because.append(f"다시 학습한 후보(버전 {made['candidate']['version']})")
            if because:
                stale[month, step] = Stale(month, step, tuple(because))
    return list(stale.values())


def _needs(
    step: str, month: str, result: dict[str, Any], makers: dict[str, tuple[str, str]]
) -> list[tuple[str, str]]:
    """이 결과가 쓴 다른 결과. 모델을 썼으면 그 모델을 만든 결과입니다."""
    if step == "score":
        maker = makers.get(result["champion"]["sha256"])
        return [maker] if maker else []
    if step == "performance":
        return [(month, "score")]
    if step == "decision":
        return [(month, "score"), (month, "candidate")]
    return []


def trace(month: str, home: Path) -> dict[str, Any]:
    """`month`의 예측이 어디에서 왔는지, 도착한 파일까지 거슬러 갑니다.

    Args:
        month: 예측한 달.
        home: 워크스페이스 폴더.

    Returns:
        예측 파일(`predictions`), 모델(`champion`), 그 모델을 등록한 기록(`registered`: 배운 배치의 해시, 코드의 판, 환경), 결정
        (`decision`), 그리고 파일마다의 해시와 지금도 그대로인지(`files`).

    Raises:
        NotArrived: 아직 예측하지 않은 달입니다.
    """
    scored = _read(month_folder(home, month) / "score.json")
    if scored is None:
        raise NotArrived(f"{month}은(는) 아직 예측하지 않았습니다. 먼저 03_score를 실행해 주십시오.")
    champion = scored["champion"]
    made = registry.read_provenance(champion["version"], home)
    files = []
    for name, before in {**made.get("data", {}), **scored.get("inputs", {})}.items():
        path = home / name
        kind, when = Path(name).name.removesuffix(".csv.gz"), Path(name).parent.name
        arrived = landing_folder(home) / file_name(kind, when)
        files.append(
            {
                "file": name,
                "sha256": before,
                "unchanged": path.is_file() and sha256(path.read_bytes()) == before,
                "landing": relative(arrived, home)
                if arrived.is_file() and sha256(arrived.read_bytes()) == before
                else None,
            }
        )
    record = next(
        (
            each
            for each in decisions.records(home, month)
            if each["champion_after"]["sha256"] == champion["sha256"]
        ),
        None,
    )
    return {
        "month": month,
        "predictions": scored["predictions"],
        "champion": champion,
        "registered": made,
        "decision": record and {name: record[name] for name in ("kind", "month", "reason")},
        "files": files,
    }


def _read(path: Path) -> dict[str, Any] | None:
    return read_json(path) if path.is_file() else None
