"""무엇이 비밀인지, 그리고 저장하거나 알리는 글에서 그것을 가리는 일."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
"""이름의 낱말 하나: `dbPassword`는 db와 Password, `AWS_SECRET_KEY`는 셋입니다."""

_SECRET_ENDING = re.compile(
    r"(password|passwd|passphrase|(?<!by)(?<!com)pass|secrets?|tokens?|credentials?"
    r"|(api|private|access|secret|encryption|signing|fernet)keys?|비밀번호|암호|토큰|비밀키)$"
)
_SHORT_WORDS = {"pwd", "pw", "pat"}
"""다른 낱말과 함께일 때에만 비밀인 낱말. `PWD`는 지금 폴더이고 `pat`은 무늬일 수 있습니다."""
_KINDS_OF_KEY = {"api", "private", "access", "secret", "encryption", "signing", "fernet"}
_PLACES = {"file", "path", "dir", "folder"}
"""이 낱말로 끝나면 비밀이 아니라 비밀이 있는 곳입니다. 예: `POSTGRES_PASSWORD_FILE`."""

_URL_PASSWORD = re.compile(r"^[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """이름으로 보아 비밀(암호, 토큰, 열쇠)이면 참. 낙타 등(dbPassword)과 이어 쓴 이름(PGPASSWORD)도 알아봅니다."""
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = itertools.pairwise(words)
    return not _PLACES.intersection(words[-1:]) and (
        any(_SECRET_ENDING.search(word) for word in words)
        or (len(words) > 1 and not _SHORT_WORDS.isdisjoint(words))
        or any(first in _KINDS_OF_KEY and second in {"key", "keys"} for first, second in pairs)
    )


class Mask:
    """비밀 값을 저장되는 글에서 `***`로 가립니다. 넘겨받은 노트북의 코드와 뼈대(키, 셀의 종류)는 건드리지 않습니다."""

    def __init__(self, secrets: Sequence[tuple[str, str]] = ()) -> None:
        """`secrets`는 비밀의 이름과 값입니다."""
        self._secrets = secrets
        forms = {form for _, secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    @classmethod
    def of(cls, parameters: Mapping[str, Any], env: Mapping[str, str]) -> Mask:
        """이름이 비밀인 매개변수와 환경 변수의 값, 그리고 주소(`scheme://user:password@host`)에 든 암호를 가리는 것."""
        given = list(_texts(dict(parameters)))
        # 너무 짧은 값을 가리면 글 전체가 망가지므로, 짧은 것은 가리지 않습니다.
        hidden = [(name, value) for name, value in env.items() if is_secret(name) and len(value) >= 8]
        hidden += [(name, value) for name, value in given if is_secret(name) and len(value) >= 4]
        for name, value in [*env.items(), *given]:
            if (found := _URL_PASSWORD.match(value)) and len(found[1]) >= 4:
                hidden.append((name, found[1]))
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

    def found_in(self, value: Any) -> tuple[str, bool] | None:
        """JSON 값에 든 비밀의 이름과, 우연히 같을 수 없는 값이면 참. 들어 있지 않으면 None."""
        text = "\n".join(text for _, text in _texts(value))
        for name, secret in self._secrets:
            if secret in text:
                return name, _is_hard_to_guess(secret)
        return None

    def notebook(self, notebook: Any, own: frozenset[str] = frozenset()) -> Any:
        """노트북의 출력과 매개변수, 그리고 `own` 태그가 붙은 셀의 글에서. 가릴 것이 없으면 그대로 돌려줍니다."""
        if not self._forms:
            return notebook
        from nbformat import from_dict

        masked = dict(notebook)
        masked["metadata"] = {**notebook.metadata, "papermill": self.value(notebook.metadata.papermill)}
        masked["cells"] = [self._cell(cell, own) for cell in notebook.cells]
        return from_dict(masked)

    def _cell(self, cell: Any, own: frozenset[str]) -> dict[str, Any]:
        changed = dict(cell)
        if own & set(cell.metadata.get("tags", [])):
            changed["source"] = self.text(cell.source)
        if "outputs" in cell:
            changed["outputs"] = [self._output(output) for output in cell.outputs]
        return changed

    def _output(self, output: Any) -> dict[str, Any]:
        return {key: item if key == "output_type" else self.value(item) for key, item in output.items()}


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """JSON 값 안의 글과 그 이름. 이름 있는 곳의 안쪽에서는 가까운 이름보다 비밀인 이름이 먼저입니다."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, name if is_secret(name) else str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, name)


def _is_hard_to_guess(secret: str) -> bool:
    """`postgres`나 `changeme`처럼 누구나 쓰는 낱말이 아니면 참."""
    kinds = [r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]"]
    return len(secret) >= 16 or (len(secret) >= 8 and sum(bool(re.search(k, secret)) for k in kinds) > 1)


def _forms(secret: str) -> tuple[str, str, str]:
    r"""비밀이 적히는 꼴: 그대로, 파이썬의 repr, papermill이 주입하는 글(한글을 `\uac00`처럼 적습니다)."""
    injected = secret.encode("unicode_escape", "surrogatepass").decode().replace('"', r"\"")
    return secret, repr(secret)[1:-1], injected
