"""수업의 차례: 글(`notebooks/source/NN_*.py`)의 머리를 읽어 번호, 제목, 시간, 목표, 연습문제를 알아냅니다.

README의 표(`mlops_lab.lesson.build`)와 `mlops-lab progress`가 함께 씁니다. 노트북 라이브러리를 읽지 않으므로 가볍습니다.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mlops_lab._files import write_atomic

BEGIN, END = "<!-- 수업의 차례: make notebooks가 씁니다 -->", "<!-- 차례의 끝 -->"


class ContentsError(ValueError):
    """수업의 글이 꼴에 맞지 않거나, 차례를 쓸 자리가 없습니다."""


@dataclass(frozen=True)
class Lesson:
    """수업 하나입니다.

    Attributes:
        slug: 파일 이름의 줄기("03_data_drift_world_changes")
        title: 번호를 뺀 제목
        minutes: 교실에서 걸리는 시간(분)
        objective: 배우고 나면 할 수 있는 것 가운데 첫째
        exercises: 연습문제의 이름("03-1", ...)
    """

    slug: str
    title: str
    minutes: int
    objective: str
    exercises: tuple[str, ...]

    @property
    def number(self) -> str:
        """두 자리 번호("03")."""
        return self.slug[:2]

    @property
    def notebook(self) -> str:
        """프로젝트 폴더에서 본 노트북의 경로."""
        return f"notebooks/{self.slug}.ipynb"


def find_lessons(project: Path) -> list[Lesson]:
    """번호 순서로 모든 수업.

    Raises:
        ContentsError: 머리가 꼴에 맞지 않는 글이 있습니다(docs/lessons.md).
    """
    return [
        read_lesson(source) for source in sorted((project / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
    ]


def read_lesson(source: Path) -> Lesson:
    """글 하나의 머리를 읽습니다.

    Raises:
        ContentsError: 머리가 꼴에 맞지 않습니다(docs/lessons.md).
    """
    text = source.read_text("utf-8")
    prose = "\n".join(
        line.removeprefix("#").removeprefix(" ") for line in text.splitlines() if line.startswith("#")
    )
    number = source.stem[:2]
    title = re.search(rf"^# {number}\. (.+)$", prose, re.MULTILINE)
    minutes = re.search(r"^\*\*시간\*\* (\d+)분", prose, re.MULTILINE)
    objective = re.search(r"^- ((?:.+\n)(?:  .+\n)*)", prose, re.MULTILINE)
    if not (title and minutes and objective):
        raise ContentsError(
            f"{source.name}의 머리에 '# {number}. 제목', '**시간** N분', 목표의 목록이 있어야 합니다."
        )
    exercises = tuple(re.findall(rf"^### 연습 ({number}-\d+)\b", prose, re.MULTILINE))
    return Lesson(source.stem, title[1], int(minutes[1]), " ".join(objective[1].split()), exercises)


def write_contents(readme: Path, lessons: list[Lesson]) -> bool:
    """README의 두 표시 사이에 차례를 씁니다. 바뀌었으면 True를 돌려줍니다.

    Raises:
        ContentsError: README에 두 표시가 없습니다.
    """
    before = readme.read_text("utf-8")
    if before.count(BEGIN) != 1 or before.count(END) != 1:
        raise ContentsError(f"{readme.name}에 {BEGIN!r}과 {END!r}이 하나씩 있어야 합니다.")
    head, rest = before.split(BEGIN)
    after = f"{head}{BEGIN}\n{_table(lessons)}{END}{rest.split(END)[1]}"
    if after == before:
        return False
    write_atomic(readme, after)
    return True


def _table(lessons: list[Lesson]) -> str:
    rows = [
        f"| {lesson.number} | [{lesson.title}]({lesson.notebook}) | {lesson.minutes}분 | {lesson.objective} |"
        for lesson in lessons
    ]
    return "\n".join(["| | 수업 | 시간 | 마치면 |", "|---|---|---:|---|", *rows]) + "\n"
