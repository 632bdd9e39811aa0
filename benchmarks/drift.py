"""드리프트를 남들과 나란히 잽니다. `make bench-drift`로 실행합니다.

Evidently와 NannyML은 우리보다 오래된 pandas가 필요하므로 `build/peers/` 아래의 제 환경에서, 여기의 이 파일을 일꾼으로
실행합니다. 자료는 씨앗에서 만들어 어느 환경에서나 같습니다.

- 속도와 메모리: 수치 열 열 개, 양쪽 1,000,000행씩. PSI, KS, JS, 바서슈타인(NannyML에는 PSI가 없어 나머지 셋).
- 크기: 수치 열 2,000개에 5,000행씩, 서로 다른 글이 1,000,000개인 열 하나. 우리 것만 잽니다.
- 판정: 열마다의 거짓 경보와 검출력. 기준 10,000행.

결과는 `build/bench-drift.json`에 남습니다. ratio는 peer / ours이고, 클수록 우리가 낫습니다.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = {
    "evidently": ["evidently==0.7.23", "pandas<3"],
    "nannyml": ["nannyml==0.13.1", "statsmodels"],
}
ROWS, COLUMNS = 1_000_000, 10
SIZES = {"wide": "2,000 columns of 5,000 rows each side", "levels": "one text column of 1,000,000 levels"}
REPEATS = {"ours": 3, "nannyml": 3, "evidently": 1}
REFERENCE = 10_000
CASES = {
    "드리프트 없음, n=100": (100, 0.0),
    "드리프트 없음, n=300": (300, 0.0),
    "드리프트 없음, n=1,000": (1_000, 0.0),
    "드리프트 없음, n=10,000": (10_000, 0.0),
    "0.2 표준편차, n=1,000": (1_000, 0.2),
    "날마다 흔들림, 1일 200행": (1, None),
    "날마다 흔들림, 5일 1,000행": (5, None),
}
"""이름에서 (행의 수, 이동)으로. 이동이 None이면 (날의 수, 없음)이고, 하루 200행이 0.3 표준편차씩 함께 흔들립니다."""

WIDTH = 50
"""한 번에 견주는 열의 수. 열끼리는 독립입니다."""


def main() -> None:
    warnings.filterwarnings("ignore")
    if sys.argv[1:2] == ["--worker"]:
        sys.stdout.write(json.dumps(TASKS[sys.argv[3]](sys.argv[2])) + "\n")
        return
    for name in PEERS:
        _make_environment(name)
    names = ["ours", *PEERS]
    imports = {
        name: [_run(name, "import") for _ in range(4)][1:] for name in names
    }  # 첫 번째는 데우기입니다.
    speed = {name: [_run(name, "speed") for _ in range(REPEATS[name])] for name in names}
    rows = []
    for what, unit, runs in (
        ("import", "s", {n: [r["seconds"] for r in imports[n]] for n in names}),
        (
            "ten columns of 1,000,000 rows each side",
            "s",
            {n: [r["seconds"] for r in speed[n]] for n in names},
        ),
        ("peak memory of the same", "MB", {n: [r["peak_mb"] for r in speed[n]] for n in names}),
    ):
        middle = {name: statistics.median(values) for name, values in runs.items()}
        for peer in PEERS:
            ratio = middle[peer] / middle["ours"]
            row = {"name": what, "ours": round(middle["ours"], 3), "peer": round(middle[peer], 3)}
            rows.append({**row, "peer_name": peer, "unit": unit, "ratio": round(ratio, 2)})
            print(
                f"{what:42} ours {middle['ours']:9.2f}  {peer:10} {middle[peer]:9.2f} {unit:3} ratio {ratio:6.1f}"
            )
    sizes = {}
    for task, what in SIZES.items():
        runs = [_run("ours", task) for _ in range(REPEATS["ours"])]
        sizes[what] = {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
        print(
            f"{what:42} ours {sizes[what]['seconds']:9.2f} s   peak {sizes[what]['peak_mb']:.0f} MB, of which "
            f"{sizes[what]['added_mb']:.0f} MB were added to the tables and the imports"
        )
    verdicts = {"ours": _run("ours", "verdicts"), **{name: _run(name, "verdicts") for name in PEERS}}
    shown = {**verdicts.pop("ours"), **{name: each["rates"] for name, each in verdicts.items()}}
    print("\n열마다의 경보 비율(드리프트 없음과 흔들림은 낮을수록, 0.2 표준편차는 높을수록 좋습니다)")
    print(f"{'':30}" + "".join(f"{name:>16}" for name in shown))
    for case in CASES:
        print(f"{case:30}" + "".join(f"{shown[name].get(case, float('nan')):16.3f}" for name in shown))
    from mlops_lab._files import write_atomic  # 다른 도구의 환경에는 없으므로 일꾼은 부르지 않습니다.

    target = ROOT / "build" / "bench-drift.json"
    content = {"rows": rows, "sizes": sizes, "alarm_rates": shown, "repeats": REPEATS}
    write_atomic(target, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    print(f"\n{target.relative_to(ROOT)}에 적었습니다.")


def _make_environment(name: str) -> None:
    folder = ROOT / "build" / "peers" / name
    if (folder / "ready").is_file():
        return
    uv = str(Path(sys.executable).parent / "uv")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", python, folder], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *PEERS[name]], check=True
    )
    (folder / "ready").touch()


def _run(name: str, task: str) -> dict[str, Any]:
    python = sys.executable if name == "ours" else str(ROOT / "build" / "peers" / name / "bin" / "python")
    environment = {**os.environ, "PYTHONPATH": str(ROOT) if name == "ours" else "", "DO_NOT_TRACK": "1"}
    environment |= {"NML_DISABLE_USAGE_LOGGING": "1"}
    command = [python, str(Path(__file__)), "--worker", name, task]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT / "build")
    if done.returncode:
        raise SystemExit(f"{name} {task}\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_import(name: str) -> dict[str, float]:
    start = time.perf_counter()
    _import(name)
    return {"seconds": time.perf_counter() - start}


def _import(name: str) -> None:
    if name == "ours":
        import mlops_lab.drift  # noqa: F401
    elif name == "evidently":
        import evidently
        import evidently.metrics  # noqa: F401
    else:
        import nannyml  # noqa: F401


def run_speed(name: str) -> dict[str, float]:
    import numpy as np
    import pandas as pd

    _import(name)

    def table(side: int) -> Any:
        values = np.random.default_rng([11, side]).normal(size=(COLUMNS, ROWS))
        names = [f"x{i}" for i in range(COLUMNS)]
        return pd.DataFrame(values.T, columns=names, copy=False)  # 열마다 이어져 있습니다.

    reference, current = table(0), table(1)
    start = time.perf_counter()
    if name == "ours":
        from mlops_lab.drift import compare

        columns = compare(reference, current).columns
        assert all(None not in (c.psi, c.statistic, c.jensen_shannon, c.wasserstein) for c in columns)
    elif name == "evidently":
        from evidently import Report
        from evidently.metrics import ValueDrift

        methods = ["psi", "ks", "jensenshannon", "wasserstein"]
        metrics = [ValueDrift(column=c, method=method) for c in reference for method in methods]
        Report(metrics).run(current, reference).dict()
    else:
        from nannyml import UnivariateDriftCalculator

        methods = ["kolmogorov_smirnov", "jensen_shannon", "wasserstein"]
        calculator = UnivariateDriftCalculator(
            column_names=list(reference), continuous_methods=methods, chunk_number=1
        )
        calculator.fit(reference)
        calculator.calculate(current).to_df()
    return {"seconds": time.perf_counter() - start, "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_wide(name: str) -> dict[str, float]:
    import numpy as np

    def table(side: int) -> dict[str, Any]:
        random = np.random.default_rng([13, side])
        return {f"x{i}": random.normal(size=5_000) for i in range(2_000)}

    return _compare_and_measure(table(0), table(1))


def run_levels(name: str) -> dict[str, float]:
    """현재의 절반은 기준에 없던 글입니다."""

    def table(first: int) -> dict[str, Any]:
        return {"id": [f"user-{i:09d}" for i in range(first, first + 1_000_000)]}

    return _compare_and_measure(table(0), table(500_000))


def _compare_and_measure(reference: Any, current: Any) -> dict[str, float]:
    from mlops_lab.drift import compare

    before = _peak_mb()
    start = time.perf_counter()
    compare(reference, current, progress=lambda _: None)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mb": _peak_mb(), "added_mb": _peak_mb() - before}


def _case(case: str, run: int, width: int) -> tuple[Any, Any, Any, Any]:
    """`(기준, 현재, 기준의 날, 현재의 날)`. 값의 모양은 `(행, 열)`입니다."""
    import numpy as np

    size, shift = CASES[case]
    random = np.random.default_rng([12, list(CASES).index(case), run])
    days = np.repeat(np.arange(REFERENCE // 200), 200)
    if shift is not None:
        now = np.arange(size) * 200 // max(size, 200) + days[-1] + 1
        return random.normal(size=(REFERENCE, width)), random.normal(shift, 1, (size, width)), days, now
    now = np.repeat(np.arange(size), 200)
    sides = [
        random.normal(size=(len(day), width)) + 0.3 * random.normal(size=(day[-1] + 1, width))[day]
        for day in (days, now)
    ]
    return *sides, days, now + days[-1] + 1


def run_verdicts(name: str) -> dict[str, Any]:
    if name == "ours":
        return _our_verdicts()
    import pandas as pd

    _import(name)
    names = [f"x{i}" for i in range(WIDTH)]
    rates = {}
    for case in CASES:
        alarms = 0
        runs = 2 if name == "evidently" else 4
        for run in range(runs):
            before, now, *_ = _case(case, run, WIDTH)
            before, now = pd.DataFrame(before, columns=names), pd.DataFrame(now, columns=names)
            alarms += (_evidently_alarms if name == "evidently" else _nannyml_alarms)(before, now)
        rates[case] = alarms / (runs * WIDTH)
    return {"rates": rates}


def _evidently_alarms(before: Any, now: Any) -> int:
    """기본값의 판정. 방법과 문턱을 Evidently가 스스로 고릅니다."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    metrics = Report([DataDriftPreset()]).run(now, before).dict()["metrics"]
    (counted,) = [m["value"]["count"] for m in metrics if "DriftedColumnsCount" in str(m)]
    return int(counted)


def _nannyml_alarms(before: Any, now: Any) -> int:
    """기본값의 판정(JS, 기준의 조각들의 평균에서 표준편차 셋). 조각은 배치와 같은 크기입니다."""
    from nannyml import UnivariateDriftCalculator

    calculator = UnivariateDriftCalculator(column_names=list(before), chunk_size=len(now))
    found = calculator.fit(before).calculate(now).filter(period="analysis").to_df()
    return int(found.xs("alert", axis=1, level=-1).to_numpy().sum())


def _our_verdicts() -> dict[str, dict[str, float]]:
    import numpy as np

    from mlops_lab.drift import compare, ks

    rates: dict[str, dict[str, float]] = {"ours": {}, "ours (10 cols)": {}, "KS p<0.05": {}}
    for case in CASES:
        single = ten = plain = 0
        runs = 12
        for run in range(runs):
            before, now, before_days, now_days = _case(case, run, WIDTH)
            when = "day" if CASES[case][1] is None else None
            for i in range(WIDTH):
                tables = ({"x": before[:, i], "day": before_days}, {"x": now[:, i], "day": now_days})
                single += compare(*tables, ["x"], time=when).verdict == "drift"
                one, other = before[:, i].copy(), now[:, i].copy()
                one.sort()
                other.sort()
                plain += ks(one, other)[1] < 0.05
            if CASES[case][1]:  # 열 개 가운데 하나만 밀려도 찾는지 봅니다.
                now[:, np.arange(WIDTH) % 10 > 0] -= CASES[case][1]
            for first in range(0, WIDTH, 10):
                names = [f"x{i}" for i in range(10)]
                tables = [
                    {**dict(zip(names, side[:, first : first + 10].T, strict=True)), "day": days}
                    for side, days in ((before, before_days), (now, now_days))
                ]
                ten += compare(*tables, names, time=when).columns[0].verdict == "drift"
        rates["ours"][case] = single / (runs * WIDTH)
        rates["ours (10 cols)"][case] = ten / (runs * (WIDTH // 10))
        rates["KS p<0.05"][case] = plain / (runs * WIDTH)
    return rates


TASKS = {
    "import": run_import,
    "speed": run_speed,
    "wide": run_wide,
    "levels": run_levels,
    "verdicts": run_verdicts,
}

if __name__ == "__main__":
    main()
