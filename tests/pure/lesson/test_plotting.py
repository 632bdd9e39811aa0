"""한글 그림: 빠진 글자가 없고, 글꼴이 없어도 그려집니다."""

from __future__ import annotations

import base64
import html
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import pytest

mpl.use("agg")
import matplotlib.pyplot as plt

from mlops_lab.lesson import plotting
from mlops_lab.lesson.plotting import FONT, MARKERS, PALETTE, show, use_korean


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    with mpl.rc_context(), warnings.catch_warnings():
        yield
    plt.close("all")


def draw(text: str) -> bytes:
    figure, axes = plt.subplots()
    axes.plot([-1, 1], [-0.5, 0.5], label=text)
    axes.set_title(text)
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer)
    return buffer.getvalue()


def test_hangul_minus_and_check_marks_have_glyphs() -> None:
    use_korean()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw("데이터 드리프트 −1 ✓ 뷁").startswith(b"\x89PNG")


def test_a_glyph_that_is_nowhere_is_an_error_in_tests() -> None:
    use_korean()
    with pytest.raises(UserWarning, match="Glyph"):
        draw("\U0001f6eb")


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """이 컴퓨터에 글꼴이 `names`만 있는 것처럼 합니다."""
    fonts = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr(plotting, "font_manager", SimpleNamespace(fontManager=SimpleNamespace(ttflist=fonts)))


def test_without_the_file_an_installed_hangul_font_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "DejaVu Sans", "Malgun Gothic", "Noto Sans CJK KR")
    use_korean(tmp_path / "NanumGothic-Regular.ttf")
    assert mpl.rcParams["font.family"] == ["Noto Sans CJK KR", "DejaVu Sans"]


def test_without_any_hangul_font_it_warns_once_and_still_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "DejaVu Sans")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use_korean(tmp_path / "NanumGothic-Regular.ttf")
        assert draw("한글").startswith(b"\x89PNG")
    # 앞선 테스트가 남긴 것이 이때 치워지며 내는 ResourceWarning은 이 일과 상관없습니다.
    messages = [str(warning.message) for warning in caught if warning.category is UserWarning]
    assert len(messages) == 1, messages
    assert "한글 글꼴" in messages[0]
    assert mpl.rcParams["font.family"] == ["DejaVu Sans"]


def test_the_font_comes_with_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    assert FONT.stat().st_size < 5_000_000


def test_colours_differ_in_lightness_or_marker() -> None:
    assert len(set(PALETTE)) == len(PALETTE) == len(set(MARKERS)) == len(MARKERS)


def test_a_picture_carries_its_alternative_text(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    use_korean()
    for _ in range(2):
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        show(figure, '지연율이 "15 %"보다\n  크다 <3월>')
        assert not plt.get_fignums()
    assert shown[0] == shown[1]  # 같은 그림은 바이트까지 같습니다.
    assert shown[0]["text/plain"] == '지연율이 "15 %"보다 크다 <3월>'
    image = re.fullmatch(
        r'<img src="data:image/png;base64,(\S+)" width="\d+" alt="([^"<>]+)">', shown[0]["text/html"]
    )
    assert image
    pixels = base64.b64decode(image[1])
    assert pixels.startswith(b"\x89PNG")
    assert b"atplotlib" not in pixels  # 만든 판이 적히면 판마다 바이트가 다릅니다.
    assert html.unescape(image[2]) == shown[0]["text/plain"]


def test_a_picture_without_alternative_text_is_refused() -> None:
    with pytest.raises(ValueError, match="대체 텍스트"):
        show(plt.figure(), "  ")
