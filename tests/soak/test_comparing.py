"""진짜 수업의 셀 셋을 하나씩 망가뜨립니다. nbval은 한 셀이 실패해도 나머지를 마저 봅니다."""

from __future__ import annotations

from pathlib import Path

import nbformat

from mlops_lab.lesson.build import find_targets
from tests.common import ROOT
from tests.lessons.comparing import differences, nbval


def test_a_real_lesson_with_three_faults_shows_each_of_them(tmp_path: Path) -> None:
    learner = find_targets(ROOT, "learner")
    good = next(target.notebook for target in learner if target.source.stem.startswith("03"))
    bad = tmp_path / good.name
    notebook = nbformat.read(good, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printing = [place for place, cell in enumerate(code) if any("text" in out for out in cell.outputs)]
    number, cleared, broken = printing[0], printing[1], len(code) - 1
    code[number].outputs[0].text = code[number].outputs[0].text.replace("3", "4", 1)
    code[cleared].outputs = []
    code[broken].source += "\n1 / 0"
    nbformat.write(notebook, bad)
    said = nbval([bad], tmp_path / "작업 폴더").stdout
    failed = {
        int(line.rpartition("::Cell ")[2].split()[0])
        for line in said.splitlines()
        if line.startswith("FAILED")
    }
    assert failed == {number, cleared, broken}, said[-6000:]
    assert "ZeroDivisionError" in said
    assert len(differences(good, bad)) == 2  # 고친 출력과 비운 출력. 망가뜨린 셀의 출력은 그대로 두었습니다.
