"""한글이 깨지지 않고 색각 이상이 있어도 구별되는 그림을 위한 설정."""

from __future__ import annotations

import base64
import html
import io
import warnings
from pathlib import Path

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

_CSS_PIXELS = 100
_SCALE = 1.6
"""화면의 1인치는 100픽셀로 보고, 그보다 이만큼 촘촘하게 그립니다. 고해상도 화면과 프로젝터에서도 또렷합니다."""

FONT = Path(__file__).parent / "fonts" / "NanumGothic-Regular.ttf"
"""저장소에 담은 나눔고딕(OFL-1.1). wheel에는 없습니다. 라이선스 전문은 옆의 `OFL.txt`에 있습니다."""

_INSTALLED = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo")
"""나눔고딕 파일이 없을 때, 이 컴퓨터에서 찾는 한글 글꼴. 앞의 것을 먼저 씁니다."""

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""색각 이상이 있어도 구별되는 색(Okabe와 Ito, 2008). 배경과 구별되지 않는 노랑은 뺐습니다."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""색 말고도 구별할 수 있게 함께 쓰는 표식."""


def use_korean(font: Path = FONT) -> None:
    """matplotlib이 나눔고딕과 위의 색을 쓰게 합니다. 여러 번 불러도 됩니다.

    나눔고딕에는 U+2212(빼기표)와 체크 표시가 없어, 없는 글자는 DejaVu Sans로 그리고 빼기표는 하이픈으로 바꿉니다.
    글꼴 파일이 없으면 이 컴퓨터에 설치된 한글 글꼴을 쓰고, 그것도 없으면 한 번 경고하고 DejaVu Sans로만 그립니다. 그때는
    한글이 네모로 보입니다.
    """
    installed = {each.name for each in font_manager.fontManager.ttflist}
    families = ["DejaVu Sans"]
    if font.is_file():
        font_manager.fontManager.addfont(font)
        families.insert(0, "NanumGothic")
    elif found := [name for name in _INSTALLED if name in installed]:
        families.insert(0, found[0])
    else:
        warnings.warn(
            f"한글 글꼴 {font.name}이(가) {font.parent.name} 폴더에 없고 이 컴퓨터에도 한글 글꼴이 없어 그림의 한글이 네모로 "
            f"보입니다. `sudo apt install fonts-nanum`처럼 글꼴을 설치하고 {mpl.get_cachedir()}을(를) 지워 주십시오. "
            "그림은 DejaVu Sans로 그립니다.",
            stacklevel=2,
        )
        # 글자마다 나오는 같은 경고를 여기서 한 번으로 줄입니다.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
    mpl.rcParams.update(
        {
            "font.family": families,
            "axes.unicode_minus": False,
            "axes.prop_cycle": cycler(color=PALETTE) + cycler(marker=MARKERS),
            "axes.grid": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "grid.alpha": 0.3,
        }
    )


def show(figure: Figure, alt: str) -> None:
    """그림을 대체 텍스트와 함께 보여 주고 닫습니다. 수업의 그림은 모두 이것으로 끝냅니다.

    JupyterLab은 `image/png` 출력에 대체 텍스트를 달지 않습니다(4.6). `text/html`의 `<img alt>`만 화면 읽기 프로그램에
    전해지므로 그렇게 냅니다. `text/plain`은 대체 텍스트 그대로입니다.

    Args:
        figure: 보일 그림
        alt: 그림이 말하는 것을 보지 않고도 알 수 있게 적은 한국어 글. 다시 실행해도 같은 것만 적습니다

    Raises:
        ValueError: 대체 텍스트가 비어 있을 때.
    """
    from IPython.display import display

    alt = " ".join(alt.split())
    if not alt:
        raise ValueError(
            "그림에는 대체 텍스트가 있어야 합니다. show(figure, alt)의 alt에 그림이 말하는 것을 적어 주세요."
        )
    buffer = io.BytesIO()
    with mpl.rc_context({"savefig.bbox": None}):
        # 만든 프로그램의 판을 적지 않아야 같은 그림이 같은 바이트가 됩니다.
        figure.savefig(buffer, format="png", dpi=_CSS_PIXELS * _SCALE, metadata={"Software": None})
    plt.close(figure)
    image = base64.b64encode(buffer.getvalue()).decode()
    width = round(figure.get_figwidth() * _CSS_PIXELS)
    tag = f'<img src="data:image/png;base64,{image}" width="{width}" alt="{html.escape(alt)}">'
    display({"text/html": tag, "text/plain": alt}, raw=True)
