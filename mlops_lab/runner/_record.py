"""노트북 안에서 결과를 밖으로 넘기는 `record`와, 밖에서 그것을 받는 쪽."""

from __future__ import annotations

import json
from typing import Any

from mlops_lab.runner._json import plain

MIME = "application/vnd.mlops-lab.record+json"
LIMIT_BYTES = 64 * 1024
"""실행 한 번이 넘길 수 있는 결과 전체의 크기(바이트, UTF-8 JSON). Airflow의 XCom에 실리기 때문에 작게 둡니다."""


def record(**results: Any) -> None:
    """결과를 이름을 붙여 넘기고, 셀 아래에 보여 줍니다.

    `mlops-lab run`이나 Airflow로 실행하면 결과가 되어 다음 단계로 갑니다. 노트북을 그냥 열어 실행하면 값을 보여
    주기만 합니다. 같은 이름을 여러 번 쓰면 마지막 값이 남고, 뒤의 셀이 실패해도 이미 넘긴 값은 남습니다.

    Args:
        **results: JSON으로 나를 수 있는 값. numpy의 수와 배열, Path, 날짜는 알아서 바꿉니다.

    Raises:
        TypeError: JSON으로 나를 수 없는 값이나 이름.
        ValueError: NaN, 무한대, 또는 64 KiB를 넘는 값.

    Examples:
        >>> record(auc=0.671, month="2013-03")
        auc = 0.671
        month = '2013-03'
    """
    if not results:
        raise TypeError("record에 넘긴 값이 없습니다. record(auc=0.67)처럼 이름을 붙여 넘기십시오.")
    checked = {}
    for name, value in results.items():
        if not name.isidentifier():
            raise TypeError(
                f"결과의 이름 {name!r}은(는) 파이썬 이름이 아닙니다. 글자, 숫자, 밑줄만 쓰십시오."
            )
        checked[name] = plain(value, f"결과 '{name}'")
    size = len(json.dumps(checked, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > LIMIT_BYTES:
        raise ValueError(
            f"넘긴 결과가 {size:,}바이트로, 한도 {LIMIT_BYTES:,}바이트를 넘습니다. "
            "큰 자료는 파일로 쓰고 그 경로를 넘기십시오."
        )
    text = "\n".join(f"{name} = {value!r}" for name, value in checked.items())
    shell = _ipython()
    if shell is None:
        print(text)
        return
    from IPython.display import display

    display({MIME: checked, "text/plain": text}, raw=True)


def _ipython() -> Any:
    """지금 이 코드를 실행하는 IPython. 없으면 None."""
    import sys

    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def collect(results: dict[str, Any], received: Any) -> str | None:
    """커널이 보낸 `received`를 `results`에 더합니다. 받지 않았으면 그 까닭을 돌려줍니다.

    노트북 코드는 무엇이든 보낼 수 있으므로, 보낸 쪽의 검사를 믿지 않고 다시 검사합니다.
    """
    if not isinstance(received, dict) or not all(isinstance(n, str) and n.isidentifier() for n in received):
        return "record의 모양이 아닌 결과를 받지 않았습니다."
    try:
        merged = {**results, **plain(received, "결과")}
    except (TypeError, ValueError) as error:
        return f"결과를 받지 않았습니다. {error}"
    size = len(json.dumps(merged, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > LIMIT_BYTES:
        return f"결과 전체가 {size:,}바이트로, 한도 {LIMIT_BYTES:,}바이트를 넘어 받지 않았습니다."
    results.update(merged)
    return None
