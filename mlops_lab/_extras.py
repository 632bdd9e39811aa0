"""extra로 나누어 설치하는 방의 문: 없는 패키지가 있으면 무엇을 설치할지 알려 줍니다."""

from __future__ import annotations

from importlib.util import find_spec


class MissingExtra(ImportError):
    """이 방에 필요한 패키지가 설치되어 있지 않습니다. `name`은 그 패키지의 이름입니다."""


def require(extra: str, *modules: str) -> None:
    """`extra`의 모듈이 설치되어 있는지 봅니다. 불러오지는 않으므로 가볍습니다.

    Args:
        extra: `pip install "mlops-lab[extra]"`로 설치하는 것의 이름.
        modules: 맨 위 모듈의 이름들.

    Raises:
        MissingExtra: 없는 모듈이 있습니다.
    """
    for module in modules:
        spec = find_spec(module)
        # `__init__.py`가 없는 것은 이름이 같은 보통 폴더입니다(예: 작업 폴더의 airflow/).
        if spec is None or spec.origin is None:
            raise MissingExtra(
                f'{module}이(가) 설치되어 있지 않습니다. pip install "mlops-lab[{extra}]"로 설치해 주십시오.',
                name=module,
            )
