"""무엇이 비밀인지, 그리고 저장하거나 알리는 글에서 그것을 가리는 일."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SECRET_NAME = re.compile(
    r"(^|_)(pass(word|wd|phrase)?|secrets?|tokens?|api_?keys?|private_?key|credentials?|access_?key)($|_)",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """이름으로 보아 비밀(암호, 토큰, 열쇠)이면 참."""
    return _SECRET_NAME.search(name) is not None


class Mask:
    """비밀 값을 저장되는 글에서 `***`로 가립니다. 노트북의 뼈대(키, 셀의 종류)는 건드리지 않습니다."""

    def __init__(self, secrets: list[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    @classmethod
    def of(cls, parameters: Mapping[str, Any], env: Mapping[str, str]) -> Mask:
        """이름이 비밀인 매개변수와 환경 변수의 값을 가리는 것."""
        # 너무 짧은 값을 가리면 글 전체가 망가지므로, 짧은 것은 가리지 않습니다.
        hidden = [
            str(value) for name, value in parameters.items() if is_secret(name) and len(str(value)) >= 4
        ]
        hidden += [value for name, value in env.items() if is_secret(name) and len(value) >= 8]
        return cls(hidden)

    def text(self, text: str) -> str:
        """글에서."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def value(self, value: Any) -> Any:
        """JSON 값 안의 모든 글에서. 바뀐 사본을 돌려줍니다."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        return value

    def notebook(self, notebook: Any) -> Any:
        """노트북의 소스, 출력, 매개변수에서. 가릴 것이 없으면 그대로 돌려줍니다."""
        if not self._forms:
            return notebook
        from nbformat import from_dict

        masked = dict(notebook)
        masked["metadata"] = {**notebook.metadata, "papermill": self.value(notebook.metadata.papermill)}
        masked["cells"] = [
            {**cell, "source": self.text(cell.source)}
            | ({"outputs": [self._output(o) for o in cell.outputs]} if "outputs" in cell else {})
            for cell in notebook.cells
        ]
        return from_dict(masked)

    def _output(self, output: Any) -> dict[str, Any]:
        return {key: item if key == "output_type" else self.value(item) for key, item in output.items()}


def _forms(secret: str) -> tuple[str, str, str]:
    r"""비밀이 적히는 꼴: 그대로, 파이썬의 repr, papermill이 주입하는 글(한글을 `\uac00`처럼 적습니다)."""
    injected = secret.encode("unicode_escape", "surrogatepass").decode().replace('"', r"\"")
    return secret, repr(secret)[1:-1], injected
