"""작업 폴더를 첫 수업의 상태로 되돌립니다."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlops_lab.stack import _config, _processes
from mlops_lab.stack._errors import HomeError, StackBusyError
from mlops_lab.stack._stack import locked, stop_at

# 배우는 사람의 DAG, 실행한 노트북, 들인 배치, 도착한 배치, 모델, 연습문제의 기록, Airflow의 데이터베이스와 로그.
# 잠금 파일이 airflow에 있어 맨 나중에 옮깁니다.
LEFT_BY_RUNS = ("dags", "runs", "warehouse", "landing", "mlflow", "progress.json", "airflow")


def leavings(home: Path | str | None = None) -> list[Path]:
    """실행이 home에 남긴 것 가운데 지금 있는 것입니다. `reset()`이 옮길 것과 같습니다."""
    place = _config.layout(home)
    # 프로젝트의 폴더를 작업 폴더로 쓰고 있으면 그 dags는 배우는 사람의 것이 아닙니다.
    return [path for name in LEFT_BY_RUNS if (path := place.home / name).exists() and path != place.dags]


def reset(home: Path | str | None = None) -> tuple[Path, list[str]]:
    """Airflow를 멈추고, 실행이 남긴 것을 `<home>.previous`로 옮깁니다. 배우는 사람의 노트북과 프로젝트의 DAG는 건드리지 않습니다.

    지우지 않으므로 되찾을 수 있습니다. 다만 지난번에 옮겨 둔 같은 이름의 것은 지웁니다.

    Returns:
        (옮긴 곳, 옮긴 것의 이름)

    Raises:
        StackBusyError: 다른 프로그램(make lab 등)이 home의 Airflow를 쓰고 있거나 시작하고 있을 때.
        HomeError: 옮길 수 없을 때.
    """
    place = _config.layout(home)
    previous = place.home.with_name(f"{place.home.name}.previous")
    moved: list[str] = []
    try:
        if place.airflow.is_dir():
            with locked(place):
                _stop_unowned(place)
                _move(place, previous, moved)
        else:
            _move(place, previous, moved)
    except OSError as error:
        raise HomeError.from_os(place.home, error) from error
    return previous, moved


def _stop_unowned(place: _config.Layout) -> None:
    record = _processes.load(place.record)
    if record and record.owner and record.owner.find() is not None:
        raise StackBusyError(
            f"이 폴더의 Airflow를 다른 프로그램(pid {record.owner.pid})이 쓰고 있습니다: {place.home}\n"
            "그 프로그램을 끝낸 뒤 다시 해 주세요."
        )
    stop_at(place, record.components if record else ())


def _move(place: _config.Layout, previous: Path, moved: list[str]) -> None:
    for path in leavings(place.home):
        target = previous / path.name
        previous.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(path, target)
        moved.append(path.name)
