"""누가 챔피언인지는 기록한 결정이 정합니다.

챔피언을 바꾸는 것은 셋뿐이고, 저마다 작업 폴더에 기록을 남깁니다.

- 첫 모델: `warehouse/bootstrap.json`
- 달마다의 겨루기: `warehouse/<달>/decision.json`. 그다음 달부터 따릅니다. 그 달의 챔피언이 나선 겨루기만 따릅니다.
- 사람의 되돌리기: `warehouse/<달>/rollback.json`. 그 달부터 따릅니다.

레지스트리의 별칭 `champion`은 마지막 결정을 비출 뿐입니다. 누가 손으로 옮겨도 다음 배치는 기록을 따르고, 별칭을 제자리로 돌려놓습니다.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from mlops_lab.flights import registry
from mlops_lab.flights._files import month_folder, read_json, write_json
from mlops_lab.flights.errors import FlightsError
from mlops_lab.flights.months import MONITORED, check_month

logger = logging.getLogger(__name__)

KINDS = {"contest": "겨루기", "rollback": "되돌림", "bootstrap": "처음"}
"""결정의 종류를 부르는 말."""

Standing = dict[str, Any]
"""챔피언(`champion`)과, 그가 챔피언이 될 때 받은 기준 성적(`reference`)."""


def bootstrap_path(home: Path) -> Path:
    """첫 모델의 기록."""
    return home / "warehouse" / "bootstrap.json"


def records(home: Path, before: str | None = None) -> list[dict[str, Any]]:
    """따르는 결정의 기록. 나중 것부터입니다.

    겨루기는 그 달의 챔피언이 나섰을 때에만 따릅니다. 앞선 달을 되돌렸거나 다시 돌려 챔피언이 달라졌으면, 그 결정은 다시 겨룰 때까지
    없는 것으로 봅니다.

    Args:
        home: 워크스페이스 폴더.
        before: 이 달이 시작할 때까지의 결정만. 없으면 모두입니다.

    Returns:
        `champion_before`, `champion_after`, `reference_after`, `reason`, `month`와, 무엇의 결정인지(`kind`: `contest`, `rollback`,
        `bootstrap`)가 든 사전들. 첫 모델도 없으면 비어 있습니다.
    """
    if not bootstrap_path(home).is_file():
        return []
    first = read_json(bootstrap_path(home))
    found = [
        {
            "kind": "bootstrap",
            "month": MONITORED[0],
            "reason": "첫 모델입니다.",
            "champion_before": None,
            "champion_after": first["champion"],
            "reference_after": first["reference"],
        }
    ]
    for month in MONITORED:
        for kind, name in (("rollback", "rollback"), ("contest", "decision")):
            if before is not None and (month > before or (kind == "contest" and month == before)):
                break
            path = month_folder(home, month) / f"{name}.json"
            if not path.is_file():
                continue
            record = read_json(path)
            standing = found[-1]["champion_after"]["sha256"]
            if kind == "rollback" or record["champion_before"]["sha256"] == standing:
                found.append({"kind": kind, **record})
    return found[::-1]


def standing(home: Path, month: str | None = None) -> Standing | None:
    """`month`가 시작할 때의 챔피언과 기준 성적. 달을 주지 않으면 지금의 것입니다. 첫 모델도 없으면 None입니다."""
    found = records(home, month)
    return (
        {"champion": found[0]["champion_after"], "reference": found[0]["reference_after"]} if found else None
    )


def mirror_alias(home: Path) -> int | None:
    """별칭 `champion`이 마지막 결정을 가리키게 합니다. 다른 것을 가리키고 있었으면 그 버전을 돌려줍니다.

    결정의 버전이 레지스트리에 없으면(MLflow를 지운 작업 폴더) 손대지 않습니다. 예측할 때 무엇을 할지 말합니다.
    """
    now = standing(home)
    if now is None or not registry.is_registered(now["champion"]["version"], home):
        return None
    wanted, found = now["champion"]["version"], registry.get_alias(registry.CHAMPION, home)
    if found == wanted:
        return None
    registry.set_alias(registry.CHAMPION, wanted, home)
    return found


def repair_alias(home: Path) -> None:
    """배치를 시작할 때 별칭을 봅니다. 결정과 다르면 제자리로 돌려놓고 그렇다고 말합니다."""
    if (found := mirror_alias(home)) is not None:
        logger.warning(
            "별칭 champion이 결정과 다르게 버전 %s을(를) 가리키고 있어 되돌려 놓았습니다. 챔피언을 바꾸려면 mlops-lab rollback을 쓰십시오.",
            found,
        )


def roll_back(
    home: Path, *, reason: str, version: int | None = None, month: str | None = None
) -> dict[str, Any]:
    """챔피언을 예전 챔피언으로 되돌립니다. 결정을 기록하고, 별칭이 그것을 비추게 합니다.

    이미 매긴 예측은 그대로 둡니다. `month`를 이미 예측했다면 03_score부터 다시 실행해야 합니다.

    Args:
        home: 워크스페이스 폴더.
        reason: 까닭. 기록에 남습니다.
        version: 되돌아갈 버전. 챔피언이었던 것이어야 합니다. 없으면 바로 앞의 챔피언입니다.
        month: 이 달의 배치부터 따릅니다. 없으면 아직 예측하지 않은 첫 달입니다.

    Returns:
        `warehouse/<달>/rollback.json`에 적은 사전. `again`은 다시 예측해야 하는 달입니다.

    Raises:
        FlightsError: 되돌아갈 챔피언이 없거나, 그 달에 따를 챔피언이 이미 그 버전이거나, 까닭이 비었습니다.
        BadMonth: 자료에 없는 달입니다.
    """
    if not reason.strip():
        raise FlightsError(
            "되돌리는 까닭이 비어 있습니다. 나중에 보는 사람이 알 수 있게 한 줄을 적어 주십시오."
        )
    scored = [each for each in MONITORED if (month_folder(home, each) / "score.json").is_file()]
    if month is None:
        waiting = [each for each in MONITORED if each not in scored]
        if not waiting:
            raise FlightsError(
                f"{MONITORED[-1]}까지 모두 예측했습니다. 어느 달의 배치부터 되돌릴지 달(month)을 적어 주십시오."
            )
        month = waiting[0]
    if check_month(month) not in MONITORED:
        raise FlightsError(
            f"{month}은(는) 첫 모델을 학습하는 달입니다. {MONITORED[0]}부터 되돌릴 수 있습니다."
        )
    path = month_folder(home, month) / "rollback.json"
    known = [
        each for each in records(home, month) if not (each["kind"] == "rollback" and each["month"] == month)
    ]
    if not known:
        raise FlightsError("아직 챔피언이 없습니다. 먼저 00_bootstrap을 실행해 주십시오.")
    now = known[0]["champion_after"]
    former = {each["champion_after"]["version"]: each for each in reversed(known)}
    if version is None:
        others = [each for each in known if each["champion_after"]["sha256"] != now["sha256"]]
        if not others:
            raise FlightsError(f"버전 {now['version']}보다 앞선 챔피언이 없어 되돌아갈 곳이 없습니다.")
        version = others[0]["champion_after"]["version"]
    if version not in former:
        names = ", ".join(str(each) for each in sorted(former))
        raise FlightsError(
            f"버전 {version}은(는) 챔피언이었던 적이 없습니다. 되돌아갈 수 있는 버전: {names}. 겨루지 않은 모델을 세우려면 "
            "06_compare_promote로 겨루십시오."
        )
    if version == now["version"]:
        raise FlightsError(f"{month}의 챔피언은 이미 버전 {version}입니다. 되돌릴 것이 없습니다.")
    target = former[version]
    result = {
        "month": month,
        "reason": reason.strip(),
        "champion_before": now,
        "champion_after": target["champion_after"],
        "reference_after": target["reference_after"],
        "again": [each for each in scored if each >= month],
    }
    registry.load(version, home)  # 열리지 않는 모델로는 되돌리지 않습니다.
    write_json(path, result)
    mirror_alias(home)
    return result


def was_rolled_back(sha256: str, home: Path, month: str) -> bool:
    """`month`가 시작할 때까지 사람이 물린 모델이면 참입니다. 겨루기에서 이겨도 다시 세우지 않습니다."""
    return any(
        each["kind"] == "rollback" and each["champion_before"]["sha256"] == sha256
        for each in records(home, month)
    )
