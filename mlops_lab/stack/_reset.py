"""작업 폴더를 첫 수업의 상태로 되돌립니다."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from mlops_lab import workspace
from mlops_lab.stack import _config, _processes
from mlops_lab.stack._errors import HomeError, StackBusyError
from mlops_lab.stack._stack import locked, stop_at

_OURS = ("dags", "runs")
"""stack이 아는 것: 배우는 사람의 DAG, 실행한 노트북."""

_LAST = "airflow"
"""데이터베이스와 로그. 잠금 파일이 여기에 있어 맨 나중에 옮깁니다."""


def reset_targets(home: Path | str | None = None, more: Sequence[str] = ()) -> list[Path]:
    """`reset()`이 옮길 것, 곧 실행이 home에 남긴 것 가운데 지금 있는 것입니다. 인자는 `reset()`과 같습니다."""
    place = _config.layout(home)
    # 프로젝트의 폴더를 작업 폴더로 쓰고 있으면 그 dags는 배우는 사람의 것이 아닙니다.
    return [
        path for name in (*_OURS, *more, _LAST) if (path := place.home / name).exists() and path != place.dags
    ]


def reset(home: Path | str | None = None, more: Sequence[str] = ()) -> tuple[Path, list[str]]:
    """Airflow를 멈추고, 실행이 남긴 것을 `<home>.previous`로 옮깁니다. 배우는 사람의 노트북과 프로젝트의 DAG는 건드리지 않습니다.

    지우지 않으므로 되찾을 수 있습니다. 다만 지난번에 옮겨 둔 같은 이름의 것은 지웁니다.

    Args:
        home: 작업 폴더. 없으면 `workspace.home()`
        more: DAG와 노트북이 home에 따로 남기는 파일과 폴더의 이름. Airflow의 것과 함께 옮깁니다

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
                _move(place, more, previous, moved)
        else:
            _move(place, more, previous, moved)
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


def _move(place: _config.Layout, more: Sequence[str], previous: Path, moved: list[str]) -> None:
    for path in reset_targets(place.home, more):
        target = previous / path.name
        previous.mkdir(mode=workspace.PRIVATE, parents=True, exist_ok=True)
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(path, target)
        moved.append(path.name)
