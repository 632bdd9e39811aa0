"""퀴즈: 꼴에 맞지 않는 글은 만들 때 거절하고, 보기마다 자판으로 펼칠 수 있습니다."""

from __future__ import annotations

import pytest

from mlops_lab.lesson.quiz import Choice, QuizError, read_quiz, to_markdown

TEXT = """\
1. `a`와 $b$ 가운데
   무엇입니까?
    - [ ] **첫째** :: 아닌 까닭이
      두 줄입니다.
    - [x] 둘째 < 셋째 :: 맞는 까닭 :: 하나 더

    - [ ] 셋째 :: 그것도 아닙니다
2. 다음 질문
    - [x] 가 :: 네
    - [ ] 나 :: 아니요
    - [ ] 다 :: 아니요
"""


def test_questions_choices_and_continued_lines() -> None:
    first, second = read_quiz(TEXT)
    assert first.text == "`a`와 $b$ 가운데 무엇입니까?"
    assert first.choices[0] == Choice("**첫째**", False, "아닌 까닭이 두 줄입니다.")
    assert first.choices[1] == Choice("둘째 < 셋째", True, "맞는 까닭 :: 하나 더")
    assert [choice.right for choice in second.choices] == [True, False, False]


def test_every_choice_unfolds_without_a_script() -> None:
    made = to_markdown(TEXT)
    assert made.startswith("## 퀴즈\n\n")
    assert "\n\n**1.** `a`와 $b$ 가운데 무엇입니까?\n\n" in made
    assert made.count("<details><summary>") == made.count("</p></details>") == 6
    assert made.count("<b>맞습니다.</b>") == 2
    assert "<summary><strong>첫째</strong></summary>" in made
    assert "둘째 &lt; 셋째" in made
    assert "<script" not in made
    assert "<p><p>" not in made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "질문이 없습니다"),
        ("아무 말", "읽을 수 없는 줄"),
        ("- [x] 질문 없는 보기 :: 네", "읽을 수 없는 줄"),
        ("1. 질문\n- [x] 까닭 없는 보기\n- [ ] 나 :: 아니요\n- [ ] 다 :: 아니요", "읽을 수 없는 줄"),
        ("1. 질문\n- [x] 가 :: 네\n- [ ] 나 :: 아니요", "셋 이상"),
        ("1. 질문\n- [x] 가 :: 네\n- [x] 나 :: 네\n- [ ] 다 :: 아니요", "하나여야"),
        ("1. 질문\n- [ ] 가 :: 네\n- [ ] 나 :: 네\n- [ ] 다 :: 아니요", "하나여야"),
    ],
)
def test_a_quiz_out_of_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(QuizError, match=message):
        read_quiz(text)
