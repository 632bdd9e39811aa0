"""파이프라인의 단계. 노트북 한 권이 단계 하나를 부릅니다.

단계는 작은 JSON 사전을 돌려주고, 같은 내용을 `warehouse/<달>/<단계>.json`에 남깁니다. 같은 달을 다시 실행하면 같은
바이트가 나옵니다. 그래서 챔피언은 레지스트리의 별칭이 아니라 앞선 달들의 결정에서 찾습니다. 별칭은 마지막 달의
결정을 비출 뿐입니다. 12월까지 돈 뒤에 3월을 다시 돌려도 3월에는 3월의 챔피언이 나섭니다.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_lab.flights import decisions, lineage, registry
from mlops_lab.flights._files import month_folder, read_json, relative, write_csv, write_json
from mlops_lab.flights.errors import FlightsError
from mlops_lab.flights.evaluation import Scores, evaluate
from mlops_lab.flights.features import FEATURES, SCHEDULE, WEATHER, load_features, load_labelled
from mlops_lab.flights.ingest import Ingested, ingest, is_ingested, read_ingested
from mlops_lab.flights.landing import KINDS, What, deliver, has_arrived
from mlops_lab.flights.model import SEED, digest, fit, predict
from mlops_lab.flights.months import BOOTSTRAP, MONITORED, check_month, months_before

logger = logging.getLogger(__name__)

DRIFT_PSI = 0.1
"""PSI가 이보다 작은 변화로는 다시 학습할지 묻지 않습니다. 한 달이 2만 편이 넘어 우연의 PSI는 0.01도 되지 않습니다."""

AUC_DECLINE = 0.03
"""AUC가 기준보다 이만큼 낮아지면 성능이 떨어졌다고 봅니다."""

RATE_GAP = 0.05
"""예측한 지연율과 실제 지연율이 이보다 더 어긋나면 성능이 떨어졌다고 봅니다."""

AUC_TOLERANCE = 0.005
"""챌린저의 AUC가 챔피언보다 이보다 더 낮으면 Brier가 좋아도 바꾸지 않습니다."""

_FEATURES = KINDS["features"]
_ALL = (*KINDS["features"], *KINDS["labels"])
"""예측에 쓰는 배치와, 학습과 채점에 쓰는 배치."""

_HINDSIGHT = "파이프라인은 {first}부터 {last}까지 돕니다. {month}은(는) 첫 모델을 학습하는 데 쓰는 달입니다."


def monitored(month: str) -> str:
    """`month`가 파이프라인이 도는 달이면 그대로 돌려줍니다.

    Raises:
        BadMonth: 자료에 없는 달입니다.
        FlightsError: 첫 모델을 학습하는 달입니다.
    """
    if check_month(month) not in MONITORED:
        raise FlightsError(_HINDSIGHT.format(first=MONITORED[0], last=MONITORED[-1], month=month))
    return month


NEEDS: Mapping[str, tuple[str, ...]] = {
    "features": (),
    "labels": (),
    "reference": (),
    "history": (),
    "bootstrap": (),
    "drift": ("reference", "features"),
    "scores": ("bootstrap", "features"),
    "performance": ("scores", "labels"),
    "candidate": ("bootstrap", "history"),
    "decision": ("scores", "labels", "candidate"),
    "report": ("drift", "performance"),
}
"""단계마다 먼저 있어야 하는 것. DAG의 화살표와 노트북의 `prepare`가 이 표를 따르고, 시험이 그것을 확인합니다.

features, labels: 그 달의 특징과 정답
reference:        기준 기간(1월과 2월)의 특징
history:          앞선 달의 특징과 정답
bootstrap:        첫 챔피언
"""


def prepare(month: str, home: Path, *wanted: str) -> None:
    """아직 실행하지 않은 앞 단계를 대신 실행합니다. 이미 실행했으면 아무것도 하지 않습니다.

    노트북 하나만 열어도 돌아가게 하려고 둡니다. Airflow에서는 앞 태스크가 먼저 끝나 있어 할 일이 없습니다.

    Args:
        month: 지금의 달.
        home: 워크스페이스 폴더.
        *wanted: `NEEDS`에 있는 단계의 이름. 그 단계에 먼저 있어야 하는 것부터 차례로 준비합니다.

    Raises:
        ValueError: 준비할 수 있는 단계가 아닙니다.
    """
    for what in wanted:
        if what in _MAKERS:
            name, make = _MAKERS[what]
            if not _result(month, home, name).is_file():
                prepare(month, home, *NEEDS[what])
                make(month, home)
        elif what in ("features", "labels"):
            receive(month, home, what)  # type: ignore[arg-type]
        elif what == "reference":
            _receive_all(BOOTSTRAP, home, "features")
        elif what == "history":
            _receive_all(months_before(month), home, "features", "labels")
        elif what == "bootstrap":
            bootstrap(home)
        else:
            known = [name for name in NEEDS if name != "report"]
            raise ValueError(f"준비할 단계 {what!r}을(를) 알지 못합니다. 있는 것: {', '.join(known)}")


def _receive_all(months: Iterable[str], home: Path, *kinds: What) -> None:
    for month in months:
        for what in kinds:
            receive(month, home, what)


def receive(month: str, home: Path, what: What) -> Ingested | None:
    """배치를 아직 들이지 않았으면 (오지 않았으면 배달하고) 들입니다. 이미 들였으면 None입니다."""
    if is_ingested(month, home, what):
        return None
    if not has_arrived(month, home, what):
        deliver(month, home, what)
    return ingest(month, home, what)


def bootstrap(home: Path, seed: int = SEED) -> dict[str, Any]:
    """1월과 2월로 첫 챔피언을 만듭니다. 이미 있으면 그 기록을 돌려줍니다.

    기준 성적은 1월만으로 학습해 2월을 맞힌 성적입니다. 학습에 쓴 달의 성적은 기준이 될 수 없습니다.
    """
    path = decisions.bootstrap_path(home)
    if (made := _read_or_none(path)) and registry.is_registered(made["champion"]["version"], home):
        return made
    _receive_all(BOOTSTRAP, home, "features", "labels")
    first, second = BOOTSTRAP
    features, late = load_labelled([second], home)
    reference = evaluate(late, predict(fit(*load_labelled([first], home), seed), features))
    champion = _train_and_register(BOOTSTRAP, home, seed)
    result = {
        "champion": champion.to_dict(),
        "reference": reference.to_dict(),
        "inputs": lineage.hash_batches(BOOTSTRAP, home, *_ALL),
    }
    write_json(path, result)
    decisions.mirror_alias(home)
    return result


def champion_of(month: str, home: Path) -> dict[str, Any]:
    """`month`가 시작할 때의 챔피언과, 그가 챔피언이 될 때 받은 기준 성적.

    기록한 결정(`decisions`)에서 찾습니다. 결정이 없으면 첫 챔피언입니다.
    """
    return decisions.standing(home, month) or bootstrap(home)


def check_drift(month: str, home: Path) -> dict[str, Any]:
    """`month`의 특징이 기준 기간(1월과 2월)과 달라졌는지 판정합니다.

    드리프트라고 하려면 우연이 아니고, 기준의 한 주가 나머지와 다른 것보다 더 다르고, PSI가 `DRIFT_PSI` 이상이어야 합니다.
    날씨는 계절 때문에 늘 달라집니다. 그래서 운항 계획의 판정(`verdict`)과 날씨의 판정(`weather_verdict`)을 따로
    적고, 다시 학습할지 물을 때는 앞의 것만 씁니다.
    """
    from mlops_lab.drift import Rule, compare

    reference, current = (
        load_features(months, home).assign(date=_dates(months, home)) for months in (BOOTSTRAP, [month])
    )
    schedule, weather = (
        compare(
            reference[[*names, "date"]],
            current[[*names, "date"]],
            time="date",
            block_days=7,
            rule=Rule(min_psi=DRIFT_PSI),
        )
        for names in (SCHEDULE, WEATHER)
    )
    both = [column.to_dict() for column in (*schedule.columns, *weather.columns)]
    result = {
        "month": month,
        "reference": f"{BOOTSTRAP[0]}~{BOOTSTRAP[-1]}",
        "verdict": schedule.verdict,
        "weather_verdict": weather.verdict,
        "faults": [asdict(fault) for fault in (*schedule.faults, *weather.faults)],
        "columns": [_rounded(column) for column in both],
        "inputs": lineage.hash_batches((*BOOTSTRAP, month), home, *_FEATURES),
    }
    write_json(_result(month, home, "drift"), result)
    return result


def drift_history(month: str, home: Path) -> dict[str, dict[str, Any]]:
    """3월부터 `month`까지, 판정이 있는 달의 `check_drift` 결과."""
    until = MONITORED[: MONITORED.index(monitored(month)) + 1]
    found = {each: _read_or_none(_result(each, home, "drift")) for each in until}
    return {each: result for each, result in found.items() if result is not None}


def _dates(months: Iterable[str], home: Path) -> pd.Series:
    """`load_features`의 행마다의 날짜."""
    dates = pd.concat([read_ingested("flights", m, home)["date"] for m in months], ignore_index=True)
    return pd.to_datetime(dates)


def score(month: str, home: Path) -> dict[str, Any]:
    """챔피언이 `month`의 모든 항공편에 지연 확률을 매깁니다. 정답은 아직 없습니다."""
    champion = champion_of(monitored(month), home)["champion"]
    decisions.repair_alias(home)
    _warn_of_stale_model(champion, home)
    features = load_features([month], home)
    probability = predict(registry.load(champion["version"], home), features)
    table = pd.DataFrame({"flight_id": features["flight_id"], "probability": probability.round(6)})
    path = write_csv(month_folder(home, month) / "predictions.csv.gz", table)
    result = {
        "month": month,
        "champion": champion,
        "rows": len(table),
        "predicted_rate": round(float(probability.mean()), 6),
        "predictions": relative(path, home),
        "inputs": lineage.hash_batches([month], home, *_FEATURES),
    }
    write_json(_result(month, home, "score"), result)
    return result


def _warn_of_stale_model(champion: dict[str, Any], home: Path) -> None:
    """챔피언이 배운 배치가 그 뒤에 바뀌었으면 그렇다고 말합니다. 예측은 합니다. 바꾸는 것은 사람이 정할 일입니다."""
    changed = lineage.changed_files(registry.read_provenance(champion["version"], home).get("data", {}), home)
    if changed:
        logger.warning(
            "챔피언(버전 %s)은 그 뒤에 바뀐 배치로 배웠습니다: %s. 무엇을 다시 실행할지는 mlops-lab lineage가 알려 줍니다.",
            champion["version"],
            ", ".join(changed),
        )


def measure_performance(month: str, home: Path) -> dict[str, Any]:
    """정답이 온 뒤, `month`의 예측이 얼마나 맞았는지 잽니다."""
    standing = champion_of(monitored(month), home)
    champion, reference = standing["champion"], standing["reference"]
    scores = _champion_scores(month, home, champion)
    reasons = []
    if scores.auc < reference["auc"] - AUC_DECLINE:
        reasons.append(f"AUC가 기준 {reference['auc']:.3f}에서 {scores.auc:.3f}(으)로 낮아졌습니다")
    if abs(scores.late_rate - scores.predicted_rate) > RATE_GAP:
        reasons.append(
            f"지연율을 {scores.predicted_rate:.3f}(으)로 보았는데 실제는 {scores.late_rate:.3f}입니다"
        )
    result = {
        "month": month,
        "champion": champion,
        "scores": scores.to_dict(),
        "reference": reference,
        "declined": bool(reasons),
        "reasons": reasons,
        "inputs": _inputs_of_scores(month, home),
    }
    write_json(_result(month, home, "performance"), result)
    return result


def train_candidate(month: str, home: Path, seed: int = SEED) -> dict[str, Any]:
    """`month`보다 앞선 모든 달로 후보를 학습해 등록하고, 별칭 `challenger`를 붙입니다."""
    candidate = _train_and_register(months_before(monitored(month)), home, seed)
    registry.set_alias(registry.CHALLENGER, candidate.version, home)
    months = months_before(month)
    result = {
        "month": month,
        "candidate": candidate.to_dict(),
        "months": months,
        "inputs": lineage.hash_batches(months, home, *_ALL),
    }
    write_json(_result(month, home, "candidate"), result)
    return result


def compare_and_promote(month: str, home: Path) -> dict[str, Any]:
    """챔피언과 챌린저를 둘 다 본 적 없는 `month`로 겨루고, 이기면 챔피언을 바꿉니다.

    챌린저가 이기려면 Brier가 더 낮고, AUC가 `AUC_TOLERANCE`보다 더 나빠지지 않아야 합니다.
    """
    standing = champion_of(monitored(month), home)
    champion = standing["champion"]
    challenger = read_json(_result(month, home, "candidate"))["candidate"]
    before = _champion_scores(month, home, champion)
    features, late = load_labelled([month], home)
    after = evaluate(late, predict(registry.load(challenger["version"], home), features).round(6))
    same = challenger["sha256"] == champion["sha256"]
    refused = decisions.was_rolled_back(challenger["sha256"], home, month)
    promote = (
        not same and not refused and after.brier < before.brier and after.auc >= before.auc - AUC_TOLERANCE
    )
    if same:
        reason = "챌린저가 챔피언과 같은 모델입니다. 그 뒤로 배울 달이 더 없었습니다."
    elif refused:
        reason = "챌린저는 사람이 되돌린 모델입니다. 다시 세우지 않습니다."
    elif promote:
        reason = f"Brier가 {before.brier:.4f}에서 {after.brier:.4f}(으)로 낮아졌습니다."
    elif after.brier < before.brier:
        reason = f"Brier는 낮아졌으나 AUC가 {before.auc:.3f}에서 {after.auc:.3f}(으)로 나빠졌습니다."
    else:
        reason = f"Brier가 {before.brier:.4f}보다 낮지 않습니다({after.brier:.4f})."
    result = {
        "month": month,
        "decision": "promote" if promote else "keep",
        "reason": reason,
        "champion_before": champion,
        "challenger": challenger,
        "champion_scores": before.to_dict(),
        "challenger_scores": after.to_dict(),
        "champion_after": challenger if promote else champion,
        "reference_after": after.to_dict() if promote else standing["reference"],
        "inputs": _inputs_of_scores(month, home),
    }
    write_json(_result(month, home, "decision"), result)
    decisions.mirror_alias(home)
    return result


def history(month: str, home: Path) -> pd.DataFrame:
    """3월부터 `month`까지, 결과가 있는 달의 표. 없는 칸은 결측입니다."""
    rows = []
    for each in MONITORED[: MONITORED.index(monitored(month)) + 1]:
        if not _result(each, home, "performance").is_file():
            continue
        performance = read_json(_result(each, home, "performance"))
        drift, decision = (_read_or_none(_result(each, home, name)) for name in ("drift", "decision"))
        rows.append(
            {
                "month": each,
                "rows": performance["scores"]["n"],
                "late_rate": performance["scores"]["late_rate"],
                "predicted_rate": performance["scores"]["predicted_rate"],
                "drift": drift["verdict"] if drift else None,
                "declined": performance["declined"],
                "champion": performance["champion"]["through"],
                "champion_brier": performance["scores"]["brier"],
                "champion_auc": performance["scores"]["auc"],
                "challenger_brier": decision["challenger_scores"]["brier"] if decision else float("nan"),
                "challenger_auc": decision["challenger_scores"]["auc"] if decision else float("nan"),
                "decision": decision["decision"] if decision else "no_candidate",
            }
        )
    return pd.DataFrame(rows)


def _train_and_register(months: list[str], home: Path, seed: int) -> registry.Registered:
    features, late = load_labelled(months, home)
    model = fit(features, late, seed)
    metrics = {"rows": float(len(late)), "late_rate": float(late.mean())}
    return registry.register(
        model,
        through=months[-1],
        seed=seed,
        sha256=digest(model),
        metrics=metrics,
        home=home,
        data=lineage.hash_batches(months, home, *_ALL),
        example=features[FEATURES].head(5),
    )


def _champion_scores(month: str, home: Path, champion: dict[str, Any]) -> Scores:
    by = read_json(_result(month, home, "score"))["champion"]
    if by != champion:
        raise FlightsError(
            f"{month}의 예측은 버전 {by['version']}이(가) 매겼는데, 결정대로라면 버전 {champion['version']}입니다. 앞선 달을 다시 "
            "돌렸거나 되돌렸습니다. 03_score부터 다시 실행해 주십시오."
        )
    predictions = pd.read_csv(month_folder(home, month) / "predictions.csv.gz")
    features, late = load_labelled([month], home)
    matched = (
        features[["flight_id"]].assign(late=late).merge(predictions, on="flight_id", validate="one_to_one")
    )
    if len(matched) != len(late):
        raise FlightsError(
            f"{month}의 예측이 정답과 맞지 않습니다(정답 {len(late):,}편, 예측이 있는 것 {len(matched):,}편). "
            "배치가 바뀌었다면 03_score부터 다시 실행해 주십시오."
        )
    return evaluate(matched["late"], matched["probability"])


def _inputs_of_scores(month: str, home: Path) -> dict[str, str]:
    """성능과 겨루기가 읽은 것: 그 달의 배치와 예측."""
    predictions = month_folder(home, month) / "predictions.csv.gz"
    return lineage.hash_batches([month], home, *_ALL) | lineage.hash_files(home, predictions)


def _result(month: str, home: Path, step: str) -> Path:
    return month_folder(home, month) / f"{step}.json"


def _read_or_none(path: Path) -> dict[str, Any] | None:
    return read_json(path) if path.is_file() else None


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}


_MAKERS: Mapping[str, tuple[str, Callable[[str, Path], object]]] = {
    "drift": ("drift", check_drift),
    "scores": ("score", score),
    "performance": ("performance", measure_performance),
    "candidate": ("candidate", train_candidate),
    "decision": ("decision", compare_and_promote),
}
"""단계마다 결과 파일의 이름과, 그것을 만드는 함수."""
