"""예열 프로세스가 읽는 모듈: 파이프라인의 노트북이 쓰는 것을 모두 읽어 둡니다."""

from __future__ import annotations

import matplotlib.pyplot  # noqa: F401

from mlops_lab.drift import plots  # noqa: F401
from mlops_lab.flights import policies, registry, steps  # noqa: F401

registry.import_mlflow()
