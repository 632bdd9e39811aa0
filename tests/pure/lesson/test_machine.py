"""이 컴퓨터에서 수업하기: `stack`에 건네는 것이 정말로 있는 것인지."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from mlops_lab import stack
from mlops_lab.flights import _files, ingest, registry
from mlops_lab.lesson import PRELOAD, progress
from mlops_lab.lesson.machine import AIRFLOW, LEFT_BEHIND, check_font, doctor


def test_font(tmp_path: Path) -> None:
    import matplotlib

    assert check_font().seen == "NanumGothic-Regular"
    latin = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    (tmp_path / "latin.ttf").write_bytes(latin.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    missing = check_font(tmp_path)
    assert "네모" in missing.seen
    assert missing.remedy is not None
    assert "mlops_lab/lesson/fonts" in missing.remedy


def test_the_doctor_of_lessons_looks_at_the_font_too() -> None:
    names = [check.name for check in doctor()]
    assert names == [*(check.name for check in stack.doctor()), "font"]


def test_what_runs_leave_is_named_as_the_rooms_name_it() -> None:
    """방이 쓰는 폴더의 이름이 바뀌었는데 여기를 고치지 않으면, 되돌리기가 그것을 남깁니다."""
    home = Path("home")
    used = [
        ingest.warehouse_path("flights", "2013-03", home),
        _files.landing_folder(home),
        registry.database(home),
        progress.path(home),
    ]
    assert {path.relative_to(home).parts[0] for path in used} | {"lessons"} == set(LEFT_BEHIND)


def test_modules_that_stack_is_told_of_exist() -> None:
    assert all(importlib.util.find_spec(name) for name in (*PRELOAD, *AIRFLOW["spared"]))
