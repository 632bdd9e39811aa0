"""`make demo`를 진짜 파이프라인으로, 한 달만.

두 번 해도 같다는 것은 단계마다 봅니다(tests/pure/flights/test_steps.py): 같은 달을 다시 실행해도 한 바이트도 바뀌지 않습니다.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlops_lab.stack import leftovers


def run_demo(home: Path) -> tuple[dict[str, Any], str]:
    """4월을 시연하고 (요약, 화면에 쓴 것)을 돌려줍니다."""
    ran = subprocess.run(
        [sys.executable, "-m", "mlops_lab.demo", "--months", "2013-04", "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    summary: dict[str, Any] = json.loads((home / "summary.json").read_text("utf-8"))
    return summary, ran.stdout


def test_demo_decides_and_leaves_a_report_and_no_process(tmp_path: Path) -> None:
    home = tmp_path / "시연 🛫"
    summary, said = run_demo(home)
    (month,) = summary["months"]
    assert (month["month"], month["state"], month["rows"]) == ("2013-04", "success", 27564)
    assert round(month["late_rate"], 3) == 0.279  # facts/drift.md의 4월
    assert month["drift"] == "stable"
    assert month["champion"]["brier"] > 0
    assert month["decision"] in ("promote", "keep")
    assert "27,564" in said

    (report,) = (home / "runs").glob("flight_delay/*/report/try-1.html")
    assert str(report) in said
    html = report.read_text("utf-8")
    assert "<img" in html
    assert "지연율" in html
    assert leftovers(home) == []
