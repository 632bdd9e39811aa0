"""이 컴퓨터에서 수업하기: `stack`에 우리 방들의 것을 알려 줍니다.

`stack`은 다른 방을 모릅니다. 무엇을 미리 읽을지, 무엇을 남기거나 되돌릴지, 무엇을 더 살펴볼지는 여기에서 건넵니다.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_lab import stack
from mlops_lab.lesson import PRELOAD
from mlops_lab.runner import warm

AIRFLOW: dict[str, Any] = {
    "settings": {"mlops_lab": {"preload": ",".join(PRELOAD)}},
    # 태스크 안에서 또 한 벌을 띄워도, 바깥 Airflow의 예열 프로세스의 자리를 빼앗지 않습니다.
    "env": {warm.SOCKET_VARIABLE: None},
    # 예열 프로세스 아래에는 JupyterLab의 커널도 있습니다. 스케줄러만 멈출 때에는 남깁니다.
    "spared": [warm.__name__],
}
"""수업의 Airflow를 띄울 때 `stack.start`와 `stack.up`에 주는 인자."""

LEFT_BEHIND = ("warehouse", "landing", "mlflow", "lessons", "progress.json")
"""파이프라인과 수업이 작업 폴더에 남기는 것: 들인 배치, 도착한 배치, 모델, 수업이 따로 쓰는 폴더, 연습문제의 기록."""

_KOREAN = "가"


def doctor(home: Path | str | None = None) -> list[stack.Check]:
    """이 컴퓨터에서 수업할 수 있는지 살펴봅니다: `stack.doctor()`의 검사와, 그림에 쓸 한글 글꼴."""
    return stack.doctor(home, more={"font": ("그림에 쓸 한글 글꼴", check_font)})


def check_font(folder: Path | None = None) -> stack.Check:
    """그림에 쓸 한글 글꼴이 있는지 봅니다.

    Args:
        folder: 글꼴 파일을 찾을 폴더. 없으면 함께 담은 나눔고딕의 폴더입니다.
    """
    try:
        from matplotlib.ft2font import FT2Font

        from mlops_lab.lesson.plotting import FONT
    except ImportError as error:
        return stack.Check("font", f"{error.name}이(가) 없어 그림을 그리지 않으므로 살펴보지 않았습니다")
    for path in sorted((folder or FONT.parent).glob("*.ttf")):
        try:
            if FT2Font(str(path)).get_char_index(ord(_KOREAN)):
                return stack.Check("font", path.stem)
        except (OSError, RuntimeError):
            continue
    return stack.Check(
        "font",
        "한글 글꼴을 찾지 못해 그림의 한글이 네모로 나옵니다",
        "`git checkout -- mlops_lab/lesson/fonts`로 글꼴을 되살리거나 mlops-lab을 다시 설치해 주세요.",
    )
