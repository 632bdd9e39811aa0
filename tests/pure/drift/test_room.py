"""방의 문: numpy와 scipy만으로 열리고 판정합니다."""

from __future__ import annotations

import subprocess
import sys

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

    assert sorted(drift.__all__) == list(drift.__all__)
    assert all(getattr(drift, name).__doc__ for name in drift.__all__ if name != "Verdict")
