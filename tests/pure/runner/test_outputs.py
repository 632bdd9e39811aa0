r"""`\r`로 덮어쓴 줄은 터미널과 JupyterLab에서 보이는 대로 남습니다."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_lab.runner._outputs import _settled, overwrite


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("10%\r50%\r100%\n다음\r\n", "100%\n다음\n"),
        ("Downloading 100%\rDone\n", "Doneloading 100%\n"),
        ("긴 줄입니다\r짧은\n", "짧은줄입니다\n"),
        ("####\r    \r", ""),  # tqdm(leave=False)
        ("####\r    \rdone\n", "done\n"),
        ("a\r\r\rb\n", "b\n"),
        ("줄 끝의 빈칸  \n", "줄 끝의 빈칸  \n"),
    ],
)
def test_overwritten_lines(written: str, seen: str) -> None:
    assert overwrite(written) == seen


@given(st.lists(st.text(alphabet="ab \r\n", max_size=12), max_size=6))
def test_text_that_is_settled_early_looks_the_same_in_the_end(parts: list[str]) -> None:
    settled = ""
    for part in parts:
        settled = _settled(settled + _settled(part))
    assert overwrite(settled) == overwrite("".join(parts))


def test_the_time_is_in_proportion_to_the_length() -> None:
    assert overwrite("x" * 500_000 + "\ry" * 500_000) == "y" + "x" * 499_999
