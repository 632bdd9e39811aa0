"""노트북 안에서 결과를 밖으로 넘기는 `record`와, 밖에서 그것을 받는 쪽."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from mlops_lab.runner._json import plain
from mlops_lab.runner._processes import MARKER
from mlops_lab.runner._secrets import Mask, is_secret

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
        ValueError: NaN, 무한대, 64 KiB를 넘는 값, 또는 비밀의 이름.
        RuntimeError: 노트북의 커널이 아니라 커널이 띄운 자식 프로세스에서 불렀습니다. 넘길 길이 없습니다.

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
        if is_secret(name) and isinstance(value, str):
            raise ValueError(
                f"결과의 이름 {name}은(는) 비밀의 이름입니다. 결과는 파일과 XCom에 그대로 적히므로 비밀을 넘기지 마십시오. "
                "다음 단계도 비밀을 환경 변수나 연결(Connection)에서 읽게 하십시오."
            )
        checked[name] = plain(value, f"결과 '{name}'")
    size = len(json.dumps(checked, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > LIMIT_BYTES:
        raise ValueError(
            f"넘긴 결과가 {size:,}바이트로, 한도 {LIMIT_BYTES:,}바이트를 넘습니다. "
            "큰 자료는 파일로 쓰고 그 경로를 넘기십시오."
        )
    text = "\n".join(f"{name} = {value!r}" for name, value in checked.items())
    kernel = getattr(_ipython(), "kernel", None)
    if os.environ.get(MARKER) and (kernel is None or kernel.session.pid != os.getpid()):
        raise RuntimeError(
            "record를 노트북이 띄운 다른 프로세스에서 불러 결과를 넘길 수 없습니다. "
            "값을 돌려받아 노트북의 셀에서 record를 부르십시오."
        )
    if kernel is None:
        print(text)
        return
    # display()로 보내면 %%capture가 가로채므로 커널의 소켓으로 바로 보냅니다.
    sys.stdout.flush()
    content = {"data": {MIME: checked, "text/plain": text}, "metadata": {}, "transient": {}}
    kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent("shell"))


def _ipython() -> Any:
    """지금 이 코드를 실행하는 IPython. 없으면 None."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def collect(results: dict[str, Any], received: Any, mask: Mask) -> str | None:
    """커널이 보낸 `received`를 `results`에 더합니다. 받지 않았거나 사람이 알아야 할 일이 있으면 그 말을 돌려줍니다.

    노트북 코드는 무엇이든 보낼 수 있으므로, 보낸 쪽의 검사를 믿지 않고 다시 검사합니다. 비밀은 다른 값으로 바꾸어 넘기지
    않습니다: 우연히 같을 수 없는 비밀이 든 값은 받지 않고, 누구나 쓰는 낱말과 같을 뿐인 값은 그대로 받습니다.
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
    notes = []
    for name in received:
        found = mask.found_in(merged[name])
        if found is not None and found[1]:
            del merged[name]
            results.pop(name, None)  # 앞서 넘긴 값도 이제는 마지막 값이 아닙니다.
            notes.append(
                f"결과 {name}에 비밀 {found[0]}의 값이 들어 있어 받지 않았습니다. 비밀은 record로 넘기지 마십시오."
            )
        elif found is not None:
            notes.append(
                f"결과 {name}에 비밀 {found[0]}의 값과 같은 글이 있습니다. 쉬운 낱말이라 우연으로 보고 그대로 넘깁니다. "
                "정말 그 비밀이라면 더 긴 값으로 바꾸고 record로 넘기지 마십시오."
            )
    results.update(merged)
    return " ".join(notes) or None
