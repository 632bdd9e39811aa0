"""프로젝트와 작업 폴더가 어디인지, 누가 어디에서 묻든 여기에서 답합니다.

    from mlops_lab import workspace

    workspace.home()                 # 노트북, 명령줄
    workspace.home(near=__file__)    # DAG 파일. Airflow가 어느 폴더에서 도는지와 상관없이 같은 답입니다

| 묻는 것 | 환경 변수 | 없으면 |
|---|---|---|
| 프로젝트 | `MLOPS_LAB_PROJECT` | `dags/`와 `notebooks/`가 함께 있는, 위로 가장 가까운 폴더 |
| 작업 폴더 | `MLOPS_LAB_HOME` | `<프로젝트>/workspace` |
| 실행 결과 | `MLOPS_LAB_RUNS` | `<작업 폴더>/runs` |

저장소에서 쓰든, 설치한 패키지에서 쓰든, 컨테이너에서 쓰든 같은 규칙입니다. 패키지가 설치된 자리는 보지 않습니다.

작업 폴더에는 비밀값과 실행 결과가 쌓이므로 주인만 봅니다(0700). 이미 있는 폴더를 `MLOPS_LAB_HOME`이나 `MLOPS_LAB_RUNS`로 정했으면
그 권한은 정한 사람의 뜻이므로 바꾸지 않습니다.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROJECT = "MLOPS_LAB_PROJECT"
HOME = "MLOPS_LAB_HOME"
RUNS = "MLOPS_LAB_RUNS"
DETACHED = "MLOPS_LAB_DETACHED"
"""일부러 떼어 놓은 프로세스의 환경 변수. 노트북의 실행이 끝날 때 거두지 않습니다. 노트북에서 다시 시작한 Airflow가 그렇습니다."""
PRIVATE = 0o700
"""작업 폴더의 권한. 주인만 들어갑니다."""

PARTS = ("dags", "notebooks")
"""프로젝트 폴더에 함께 있는 것."""


class ProjectNotFoundError(FileNotFoundError):
    """수업의 노트북과 DAG가 있는 프로젝트 폴더를 찾지 못했습니다."""


def project(*, near: str | os.PathLike[str] | None = None) -> Path:
    """프로젝트 폴더를 돌려줍니다. 찾지 못하면 지금 폴더이고, `near`를 주었으면 그 파일이 있는 폴더의 위입니다.

    Args:
        near: 여기에서부터 위로 찾을 파일(DAG 파일의 `__file__`). 없으면 지금 폴더에서부터 찾습니다.
    """
    if chosen := os.environ.get(PROJECT):
        return _clean(chosen)
    if near is None:
        here = Path.cwd()
        return _nearest(here) or here
    file = _clean(near)
    return _nearest(file) or file.parent.parent


def require_project() -> Path:
    """프로젝트 폴더를 돌려줍니다. 수업과 시연처럼 프로젝트의 파일이 꼭 있어야 하는 곳에서 부릅니다.

    Raises:
        ProjectNotFoundError: `dags/`와 `notebooks/`가 함께 있는 폴더를 찾지 못했습니다.
    """
    found = project()
    if _is_project(found):
        return found
    wanted = " 폴더와 ".join(f"{part}/" for part in PARTS)
    seen = (
        f"{PROJECT}가 가리키는 {found}에 {wanted} 폴더가 함께 있지 않습니다."
        if os.environ.get(PROJECT)
        else f"{wanted} 폴더가 함께 있는 프로젝트를 {found}에서부터 위로 찾았지만 없습니다."
    )
    raise ProjectNotFoundError(
        f"{seen}\n프로젝트 폴더로 옮겨서 다시 하거나, {PROJECT}에 그 경로를 적어 주십시오."
    )


def home(chosen: str | os.PathLike[str] | None = None, *, near: str | os.PathLike[str] | None = None) -> Path:
    """작업 폴더를 돌려줍니다: `chosen`, 없으면 `MLOPS_LAB_HOME`, 그것도 없으면 프로젝트의 `workspace/`입니다.

    Args:
        chosen: 이미 정해 둔 폴더.
        near: `project`와 같습니다.
    """
    if given := chosen or os.environ.get(HOME):
        return _clean(given)
    return project(near=near) / "workspace"


def runs(folder: Path | None = None) -> Path:
    """노트북의 실행 결과가 쌓이는 폴더를 돌려줍니다: `MLOPS_LAB_RUNS`, 없으면 작업 폴더의 `runs/`입니다.

    Args:
        folder: 작업 폴더. 없으면 `home()`입니다.
    """
    if chosen := os.environ.get(RUNS):
        return _clean(chosen)
    return (folder or home()) / "runs"


def make(folder: Path) -> Path:
    """작업 폴더나 그 안의 폴더를 만듭니다. 새로 만드는 것은 주인만 봅니다(0700).

    아무도 따로 정하지 않은 작업 폴더(`<프로젝트>/workspace`)가 이미 있고 남도 볼 수 있으면 좁힙니다.

    Args:
        folder: 만들 폴더. 이미 있어도 됩니다.

    Returns:
        `folder`.

    Raises:
        OSError: 만들 수 없습니다.
    """
    top = home()
    for each in (top, folder) if top in folder.parents else (folder,):
        if not each.parent.exists():
            each.parent.mkdir(parents=True, exist_ok=True)
        try:
            each.mkdir(mode=PRIVATE)
        except FileExistsError:
            if not each.is_dir():
                raise
            if each == top and not os.environ.get(HOME) and each.stat().st_mode & 0o077:
                with contextlib.suppress(PermissionError):  # 남의 것입니다.
                    each.chmod(PRIVATE)
    return folder


def _clean(path: str | os.PathLike[str]) -> Path:
    """같은 폴더를 가리키는 여러 경로(`~`, `..`, 심볼릭 링크)를 하나로 만듭니다."""
    return Path(path).expanduser().resolve()


def _nearest(here: Path) -> Path | None:
    return next(filter(_is_project, (here, *here.parents)), None)


def _is_project(folder: Path) -> bool:
    return all((folder / part).is_dir() for part in PARTS)
