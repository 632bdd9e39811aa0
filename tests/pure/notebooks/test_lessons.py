"""수업의 꼴(docs/lessons.md): 머리, 절의 차례, 예상, 연습, 퀴즈, 정리, 링크, 대체 텍스트, 새지 않는 답."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from mlops_lab.lesson.build import Target, find_problems, find_targets, render
from mlops_lab.lesson.checking import exercises
from mlops_lab.lesson.contents import read_lesson
from mlops_lab.lesson.quiz import read_quiz
from tests.common import ROOT

LEARNER, SOLUTION = find_targets(ROOT, "learner"), find_targets(ROOT, "solution")
LESSONS = pytest.mark.parametrize("target", LEARNER, ids=lambda target: target.source.stem)
BOTH = pytest.mark.parametrize("target", LEARNER + SOLUTION, ids=lambda target: target.name)
LAST = "15"


def cells(target: Target) -> list[Any]:
    return list(nbformat.read(target.notebook, as_version=4).cells)


def source(target: Target) -> list[Any]:
    return list(jupytext.read(target.source).cells)


def markdown(target: Target) -> str:
    """마크다운 셀의 글. 코드 블록은 뺍니다."""
    text = "\n\n".join(cell.source for cell in cells(target) if cell.cell_type == "markdown")
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def tagged(target: Target, tag: str) -> list[Any]:
    return [cell for cell in source(target) if tag in cell.metadata.get("tags", [])]


def test_there_is_a_text_for_every_lesson_and_the_other_way_round() -> None:
    for folder, targets in (("notebooks", LEARNER), ("notebooks/solutions", SOLUTION)):
        assert {path.stem for path in (ROOT / folder).glob("*.ipynb")} == {t.source.stem for t in targets}
    assert LEARNER


@BOTH
def test_built_from_its_text_and_fully_executed(target: Target) -> None:
    assert find_problems(target) == []


@LESSONS
def test_the_head_says_what_how_long_and_after_what(target: Target) -> None:
    lesson = read_lesson(target.source)
    head = source(target)[0].source
    assert head.startswith(f"# {lesson.number}. {lesson.title}\n")
    assert 20 <= lesson.minutes <= 50
    if lesson.number != "00":
        assert re.search(r"\*\*먼저 읽을 것\*\* .*\[\d\d\. .+\]\(\d\d_\w+\.ipynb\)", head)
    assert len(re.findall(r"^- ", head, re.MULTILINE)) >= 3


@BOTH
def test_headings_go_down_one_level_at_a_time(target: Target) -> None:
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", markdown(target), re.MULTILINE)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1] == []


@LESSONS
def test_a_guess_is_asked_for_before_the_truth_is_shown(target: Target) -> None:
    guesses = [re.match(r"(\w+) = \.\.\.$", cell.source.strip()) for cell in tagged(target, "stub")]
    names = {guess[1] for guess in guesses if guess}
    seen, revealed = set(), []
    for cell in cells(target):
        if cell.cell_type == "code":
            seen |= set(re.findall(r"^(\w+) = \.\.\.$", cell.source, re.MULTILINE))
            revealed += [(name, name in seen) for name in re.findall(r"\breveal\((\w+),", cell.source)]
    assert revealed, "예상해 봅시다: reveal()이 하나는 있어야 합니다"
    assert all(was_asked for _, was_asked in revealed), revealed
    assert {name for name, _ in revealed} <= names


@LESSONS
def test_every_exercise_has_its_blank_its_answer_and_its_check_in_this_order(target: Target) -> None:
    lesson = read_lesson(target.source)
    number = lesson.number
    assert len(lesson.exercises) >= 2
    assert list(lesson.exercises) == [f"{number}-{k}" for k in range(1, len(lesson.exercises) + 1)]
    assert set(lesson.exercises) == set(exercises(number))
    steps = []
    for cell in source(target):
        tags = cell.metadata.get("tags", [])
        if found := re.search(rf"^### 연습 ({number}-\d)", cell.source, re.MULTILINE):
            steps.append(("연습", found[1]))
        elif cell.cell_type == "code" and (tags == ["stub"] or tags == ["solution"]):
            steps += [(tags[0], steps[-1][1])] if steps and steps[-1][0] != "check" else []
        elif found := re.search(r"^check\(\"(\d\d-\d)\"", cell.source, re.MULTILINE):
            steps.append(("check", found[1]))
    for name in lesson.exercises:
        kinds = list(dict.fromkeys(kind for kind, each in steps if each == name))
        assert kinds == ["연습", "stub", "solution", "check"], (name, kinds)


@LESSONS
def test_the_quiz_cannot_be_answered_by_its_shape(target: Target) -> None:
    (cell,) = tagged(target, "quiz")
    questions = read_quiz(cell.source)
    assert 3 <= len(questions) <= 5
    places = [[choice.right for choice in question.choices].index(True) for question in questions]
    assert len(set(places)) > 1, "맞는 보기가 늘 같은 자리에 있습니다"
    longest = [max(q.choices, key=lambda choice: len(choice.text)).right for q in questions]
    assert not all(longest), "맞는 보기가 늘 가장 깁니다"


@LESSONS
def test_it_ends_with_five_lines_and_the_next_lesson(target: Target) -> None:
    last = cells(target)[-1].source
    assert last.startswith("## 정리\n")
    assert len(re.findall(r"^- ", last, re.MULTILINE)) == 5
    number = target.source.stem[:2]
    if number != LAST:
        assert re.search(
            rf"^다음: \[{int(number) + 1:02d}\. .+\]\({int(number) + 1:02d}_\w+\.ipynb\)$", last, re.MULTILINE
        )


def anchor(heading: str) -> str:
    """JupyterLab이 제목에 붙이는 이름: 빈칸만 -로 바꿉니다."""
    return re.sub(r"[`*]", "", heading).strip().replace(" ", "-")


def headings(path: Path) -> set[str]:
    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    else:
        text = path.read_text("utf-8")
    return {anchor(found) for found in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)}


def broken_links(text: str, here: Path) -> list[str]:
    """글의 링크와 그림 가운데 아무 데도 닿지 않는 것. 밖으로 나가는 링크는 https만 받습니다."""
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    broken = []
    for link in links:
        path, _, name = link.partition("#")
        where = (here.parent / path) if path else here
        if re.match(r"\w+:", link):
            broken += [] if link.startswith("https://") else [link]
        elif not where.resolve().is_file() or (name and name not in headings(where)):
            broken.append(link)
    return broken


@BOTH
def test_links_and_pictures_lead_somewhere(target: Target) -> None:
    assert broken_links(markdown(target), target.notebook) == []


@BOTH
def test_links_name_the_lesson_they_lead_to(target: Target) -> None:
    """`[04. 제목](04_slug.ipynb)`의 제목이 그 수업의 것과 같습니다."""
    titles = {t.source.stem: f"{t.source.stem[:2]}. {read_lesson(t.source).title}" for t in LEARNER}
    links = re.findall(r"\[(\d\d\. [^\]]+)\]\((\d\d_\w+)\.ipynb", markdown(target))
    assert [(said, titles[slug]) for said, slug in links if slug in titles and titles[slug] != said] == []


def has_no_words(text: str) -> bool:
    """그림을 볼 수 없는 사람에게 아무것도 말해 주지 않는 글인지."""
    # DAG의 그림은 태스크의 이름이 영어이므로, 한글은 조금만 있어도 됩니다.
    return len(text) < 20 or len(re.findall(r"[가-힣]", text)) < 8 or text.startswith("<Figure")


@BOTH
def test_every_picture_can_be_read_aloud(target: Target) -> None:
    text = markdown(target)
    pictures = re.findall(r"!\[([^\]]*)\]\(", text)
    for tag in re.findall(r"<img [^>]*>", text):
        pictures.append("".join(re.findall(r"alt=\"([^\"]*)\"", tag)))
    for cell in cells(target):
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            if {"image/png", "image/jpeg", "image/svg+xml"} & set(data):
                pictures.append(data.get("text/plain", ""))
            pictures += re.findall(r"<img [^>]*?alt=\"([^\"]*)\"", data.get("text/html", ""))
    assert [said for said in pictures if has_no_words(said)] == []


def answer_lines(target: Target) -> set[str]:
    """풀이에만 있는 코드 줄 가운데, 빈칸의 이름에 답을 넣는 줄."""
    blanks = {
        name
        for cell in tagged(target, "stub")
        for name in re.findall(r"^(\w+)\b.*\.\.\.", cell.source, re.MULTILINE)
    }
    stubs = {line.strip() for cell in tagged(target, "stub") for line in cell.source.splitlines()}
    return {
        line.strip()
        for cell in tagged(target, "solution")
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if (found := re.match(r"\s*(\w+)\b[^=]*=[^=]", line)) and found[1] in blanks
    } - stubs


@LESSONS
def test_the_answer_does_not_stand_in_the_learners_notebook(target: Target) -> None:
    everything = "\n".join(cell.source for cell in cells(target))
    lines = answer_lines(target)
    assert lines
    assert [line for line in lines if line in everything] == []


@LESSONS
def test_both_versions_have_the_same_cells_but_for_blanks_and_answers(target: Target) -> None:
    solved = Target(target.source, target.notebook.parent / "solutions" / target.notebook.name, "solution")
    ours, theirs = ({cell.id: cell.cell_type for cell in cells(each)} for each in (target, solved))
    shared = ours.keys() & theirs.keys()
    kinds = [set(cell.metadata.get("tags", [])) for cell in source(target)]
    assert len(ours) - len(shared) == sum("stub" in tags for tags in kinds)
    assert len(theirs) - len(shared) == sum("solution" in tags for tags in kinds)
    assert all(ours[name] == theirs[name] for name in shared)


@pytest.mark.parametrize("target", find_targets(ROOT), ids=lambda target: target.name)
def test_an_output_that_is_not_compared_says_why(target: Target) -> None:
    """nbval이 출력을 견주지 않게 하는 표는 그 셀에 `# 까닭: ...`이 있어야 합니다."""
    marks = r"nbval-\w|NBVAL_|PYTEST_VALIDATE_IGNORE|raises-exception"
    silent = [
        cell.id
        for cell in cells(target)
        if re.search(marks, "\n".join([cell.source, *cell.metadata.get("tags", [])]))
        and not re.search(r"^# 까닭: .{10,}", cell.source, re.MULTILINE)
    ]
    assert silent == []


RED: list[tuple[Callable[[Target], None], str | re.Pattern[str], str]] = [
    (test_the_head_says_what_how_long_and_after_what, "**시간** 40분", "**시간** 55분"),
    (test_the_head_says_what_how_long_and_after_what, "**먼저 읽을 것**", "**먼저**"),
    (
        test_the_head_says_what_how_long_and_after_what,
        re.compile(r"- 공변량 변화, 사전(.|\n)+?- 드리프트가"),
        "- 드리프트가",
    ),
    (test_headings_go_down_one_level_at_a_time, "# ### 연습 03-1", "# #### 연습 03-1"),
    (test_headings_go_down_one_level_at_a_time, "# ## 정리", "# # 정리"),
    (test_a_guess_is_asked_for_before_the_truth_is_shown, "my_guess = ...", "my_guess = 0.2"),
    (test_a_guess_is_asked_for_before_the_truth_is_shown, "reveal(my_guess, ", "print("),
    (
        test_every_exercise_has_its_blank_its_answer_and_its_check_in_this_order,
        "### 연습 03-2",
        "### 연습 03-4",
    ),
    (test_every_exercise_has_its_blank_its_answer_and_its_check_in_this_order, 'check("03-2", answers)', "1"),
    (test_the_quiz_cannot_be_answered_by_its_shape, "드리프트이므로 경보만 울리고, 다음", "다음"),
    (test_it_ends_with_five_lines_and_the_next_lesson, "# - 모델은 학습한 때의", "# 모델은 학습한 때의"),
    (test_it_ends_with_five_lines_and_the_next_lesson, "# 다음: [04", "# 다음: [05"),
    (test_every_picture_can_be_read_aloud, "# ## 세 가지 드리프트", "# ![그림](a.png)"),
    (
        test_the_answer_does_not_stand_in_the_learners_notebook,
        "shape = ...",
        'shape = ...  # shape = "recurring"',
    ),
]


@pytest.mark.parametrize(("rule", "old", "new"), RED, ids=lambda value: getattr(value, "__name__", ""))
def test_the_rule_turns_red(
    rule: Callable[[Target], None], old: str | re.Pattern[str], new: str, tmp_path: Path
) -> None:
    """규칙마다 03의 글을 한 군데 어깁니다."""
    text = next(target for target in LEARNER if target.source.stem.startswith("03")).source.read_text("utf-8")
    pattern = old if isinstance(old, re.Pattern) else re.compile(re.escape(old))
    damaged = pattern.sub(lambda _: new, text, count=1)
    assert damaged != text
    source = tmp_path / "notebooks" / "source" / "03_copy.py"
    source.parent.mkdir(parents=True)
    (tmp_path / "notebooks" / "solutions").mkdir()

    def written(content: str) -> Target:
        source.write_text(content, "utf-8")
        for target in find_targets(tmp_path):
            nbformat.write(render(target), target.notebook)
        return find_targets(tmp_path, "learner")[0]

    rule(written(text))
    with pytest.raises(AssertionError):
        rule(written(damaged))


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            "[있음](03_data_drift_world_changes.ipynb#정리) [밖](https://example.org) [DAG](../dags/07_first_dag.py)",
            [],
        ),
        ("[없음](99_nothing.ipynb)", ["99_nothing.ipynb"]),
        ("[없는 절](03_data_drift_world_changes.ipynb#없음)", ["03_data_drift_world_changes.ipynb#없음"]),
        ("[잠그지 않은 곳](http://example.org)", ["http://example.org"]),
        ('<img src="../docs/images/nothing.png">', ["../docs/images/nothing.png"]),
    ],
)
def test_a_broken_link_is_seen(text: str, broken: list[str]) -> None:
    assert broken_links(text, ROOT / "notebooks" / "00_here.ipynb") == broken


@pytest.mark.parametrize(
    ("text", "mute"),
    [
        ("", True),
        ("<Figure size 640x480 with 1 Axes>", True),
        ("막대그래프", True),
        ("달마다의 지연율을 그린 막대그래프. 9월에 13 %로 가장 낮습니다.", False),
    ],
)
def test_a_picture_without_words_is_seen(text: str, mute: bool) -> None:
    assert has_no_words(text) == mute
