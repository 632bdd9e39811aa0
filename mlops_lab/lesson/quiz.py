"""글로 적은 퀴즈를 펼쳐 보는 HTML로 바꿉니다.

    1. 질문
        - [ ] 틀린 보기 :: 왜 틀렸는지
        - [x] 맞는 보기 :: 왜 맞는지

보기마다 `<details>`이므로 Tab과 Enter만으로 고를 수 있고, 커널이나 스크립트 없이 신뢰하지 않은 노트북에서도 열립니다.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import mistune

GUIDE = (
    "보기를 눌러 펼치면(자판으로는 Tab과 Enter) 맞았는지, 왜 그런지 나옵니다. 펼치기 전에 먼저 골라 봅시다."
)


class QuizError(ValueError):
    """퀴즈의 글이 꼴에 맞지 않습니다."""


@dataclass(frozen=True)
class Choice:
    """보기 하나입니다."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """질문 하나와 보기들입니다. 맞는 보기는 하나입니다."""

    text: str
    choices: tuple[Choice, ...]


def read_quiz(text: str) -> list[Question]:
    """퀴즈의 글을 읽습니다.

    Raises:
        QuizError: 질문이 없거나, 읽을 수 없는 줄이 있거나, 맞는 보기가 하나가 아니거나, 설명이 없는 보기가 있습니다.
    """
    questions: list[tuple[str, list[Choice]]] = []
    for line in _joined(text):
        if found := re.fullmatch(r"\d+\. (.+)", line):
            questions.append((found[1], []))
        elif (found := re.fullmatch(r"- \[([ x])\] (.+?) :: (.+)", line)) and questions:
            questions[-1][1].append(Choice(found[2], found[1] == "x", found[3]))
        else:
            raise QuizError(
                f"퀴즈에서 읽을 수 없는 줄입니다: {line!r}. '1. 질문'이나 '- [ ] 보기 :: 설명' 꼴이어야 합니다."
            )
    if not questions:
        raise QuizError("퀴즈에 질문이 없습니다.")
    for question, choices in questions:
        if len(choices) < 3 or sum(choice.right for choice in choices) != 1:
            raise QuizError(f"보기는 셋 이상이고 맞는 보기([x])는 하나여야 합니다: {question}")
    return [Question(question, tuple(choices)) for question, choices in questions]


def to_markdown(text: str) -> str:
    """퀴즈의 글을 노트북의 마크다운 셀에 들어갈 글로 바꿉니다."""
    parts = ["## 퀴즈", GUIDE]
    for number, question in enumerate(read_quiz(text), start=1):
        gap = "<br>" if number > 1 else ""
        parts.append(f"{gap}**{number}.** {question.text}")
        parts += [
            f"<details><summary>{_inline(choice.text)}</summary>"
            f"<p><b>{'맞습니다.' if choice.right else '아닙니다.'}</b> {_inline(choice.why)}</p></details>"
            for choice in question.choices
        ]
    return "\n\n".join(parts)


def _joined(text: str) -> list[str]:
    """들여쓰기를 떼고, 이어지는 줄을 앞줄에 붙입니다."""
    lines: list[str] = []
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        if lines and not re.match(r"\d+\. |- \[", line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _inline(text: str) -> str:
    rendered = str(mistune.html(text)).strip()
    return rendered.removeprefix("<p>").removesuffix("</p>")
