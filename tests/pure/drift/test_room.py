"""방의 문: numpy와 scipy만으로 열리고 판정합니다."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import get_args

HEAVY = ("pandas", "pyarrow", "matplotlib", "sklearn", "scipy.stats", "mlops_lab.lesson", "mlops_lab.flights")


def test_it_opens_and_judges_with_numpy_and_scipy_alone() -> None:
    code = f"""
import sys
import mlops_lab.drift as drift
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
sys.modules.update(dict.fromkeys(("pandas", "pyarrow", "matplotlib", "sklearn")))  # None이면 부를 수 없습니다.
table = drift.simulate(drift.Scenario(), 0)
print(drift.judge(drift.fit_profile(table, ["x1", "group"]), table).verdict)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "stable\n"


def test_every_door_is_there() -> None:
    from mlops_lab import drift

    assert len(set(drift.__all__)) == len(drift.__all__)  # 차례는 ruff(RUF022)가 봅니다.
    assert all(
        getattr(drift, name).__doc__ for name in drift.__all__ if name not in ("Verdict", "VERDICT_LABELS")
    )


def test_every_function_names_and_explains_what_it_takes() -> None:
    """자동 완성과 형 검사가 보지 못하는 `**settings`가 없고, 인자마다 설명이 있습니다."""
    from mlops_lab import drift
    from mlops_lab.drift import plots

    doors = [getattr(drift, name) for name in drift.__all__]
    doors += [getattr(plots, name) for name in dir(plots) if name.startswith("plot_")]
    functions = [door for door in doors if inspect.isfunction(door)]
    assert len(functions) > 20
    for function in functions:
        doc = inspect.getdoc(function) or ""
        assert "Args:" in doc, function
        assert "Returns:" in doc, function
        for parameter in inspect.signature(function).parameters.values():
            assert parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL), function
            assert parameter.annotation not in (parameter.empty, "Any") or parameter.name in (
                "values",
                "reference",
                "current",
            ), (function, parameter)
            assert f"    {parameter.name}: " in doc, (function, parameter)


def test_every_verdict_has_a_label() -> None:
    from mlops_lab.drift import VERDICT_LABELS, Verdict

    assert set(VERDICT_LABELS) == set(get_args(Verdict))
