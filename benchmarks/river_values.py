"""river가 내는 값. `tests/unit/drift/test_sequential.py`에 적어 둔 값을 다시 내는 데 씁니다."""

from __future__ import annotations

import numpy as np
from river import drift

for seed in (0, 1, 2):
    random = np.random.default_rng(seed)
    stream = np.concatenate([random.random(5000) < 0.2, random.random(5000) < 0.35]).astype(int).tolist()
    alarms = {}
    for name, detector in (
        ("ddm", drift.binary.DDM()),
        ("page_hinkley", drift.PageHinkley()),
        ("adwin", drift.ADWIN()),
    ):
        alarms[name] = []
        for index, value in enumerate(stream):
            detector.update(value)
            if detector.drift_detected:
                alarms[name].append(index)
    print(seed, alarms)
