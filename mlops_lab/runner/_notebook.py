"""노트북 파일을 읽고, 실행할 수 있는 파이썬 노트북인지 확인합니다."""

from __future__ import annotations

import contextlib
import json
import unicodedata
from pathlib import Path
from typing import Any

from mlops_lab.runner._errors import BadNotebook

BANNER_TAG = "mlops-lab-banner"
INJECTED_TAG = "injected-parameters"
PARAMETERS_TAG = "parameters"
_PAPERMILL_MARKER_TAG = "papermill-error-cell-tag"


def find_notebook(path: Path) -> Path:
    """실행할 파일. 같은 이름이 유니코드의 다른 꼴로 적힌 파일만 있으면(macOS는 자모를 풀어 적습니다) 그 파일입니다."""
    if not path.exists():
        wanted = unicodedata.normalize("NFC", path.name)
        with contextlib.suppress(OSError):
            for other in path.parent.iterdir():
                if unicodedata.normalize("NFC", other.name) == wanted:
                    return other
    return path


def read_notebook(path: Path) -> Any:
    """노트북을 nbformat 4로 읽습니다. 앞선 실행이 남긴 매개변수 셀과 배너는 뺍니다.

    Raises:
        BadNotebook: 없는 파일, 빈 파일, 잘린 JSON, UTF-8이 아닌 글자, 파이썬이 아닌 노트북.
    """
    text = _read_text(path)
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadNotebook(
            f"노트북 {path.name}이(가) 온전한 JSON이 아닙니다({error.lineno}번째 줄, {error.colno}번째 글자). "
            "파일이 잘렸거나 노트북이 아닙니다. JupyterLab에서 다시 저장하거나 git에서 되살리십시오."
        ) from None
    if not isinstance(raw, dict) or "nbformat" not in raw:
        raise BadNotebook(
            f"{path.name}에 nbformat 항목이 없습니다. 주피터 노트북(.ipynb)이 아닌 JSON 파일입니다. 경로를 확인하십시오."
        )
    _check_language(path, raw)

    import nbformat

    try:
        notebook = nbformat.reads(text, as_version=4)
        _, notebook = nbformat.validator.normalize(notebook)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat은 판마다 다른 예외를 냅니다.
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadNotebook(
            f"노트북 {path.name}의 구조가 잘못되었습니다: {first_line}. JupyterLab에서 열어 다시 저장하십시오."
        ) from None
    notebook.cells = without_tags(notebook, {BANNER_TAG, INJECTED_TAG, _PAPERMILL_MARKER_TAG})
    return notebook


def without_tags(notebook: Any, tags: set[str]) -> list[Any]:
    """`tags` 가운데 어느 것도 붙지 않은 셀. 앞선 실행이 남긴 것을 뺄 때 씁니다."""
    return [cell for cell in notebook.cells if not tags & set(cell.metadata.get("tags", []))]


def _read_text(path: Path) -> str:
    if path.is_dir():
        raise BadNotebook(f"{path.name}은(는) 폴더입니다. 실행할 .ipynb 파일을 적으십시오.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadNotebook(f"노트북 {path}이(가) 없습니다.{_nearby(path)}") from None
    except OSError as error:
        raise BadNotebook(
            f"노트북 {path}을(를) 읽을 수 없습니다: {error.strerror}. 읽기 권한을 확인하십시오."
        ) from None
    if not data.strip():
        raise BadNotebook(f"노트북 {path.name}이(가) 비어 있습니다(0바이트). git이나 백업에서 되살리십시오.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = ""
        try:
            data.decode("cp949")
            guess = " CP949(EUC-KR)로 저장된 듯합니다."
        except UnicodeDecodeError:
            pass
        raise BadNotebook(
            f"노트북 {path.name}의 {error.start:,}번째 바이트가 UTF-8이 아닙니다.{guess} "
            "노트북은 UTF-8이어야 합니다. JupyterLab에서 다시 저장하거나 UTF-8로 바꾸십시오."
        ) from None


def _nearby(path: Path) -> str:
    import difflib

    try:
        names = [p.name for p in path.parent.glob("*.ipynb")]
    except OSError:
        names = []
    near = difflib.get_close_matches(path.name, names, n=1)
    return f" 혹시 {near[0]}입니까?" if near else " 경로를 확인하십시오."


def _check_language(path: Path, raw: dict[str, Any]) -> None:
    metadata = raw.get("metadata")
    if not isinstance(metadata, dict):
        return
    for key, field in (("kernelspec", "language"), ("language_info", "name")):
        section = metadata.get(key)
        language = section.get(field) if isinstance(section, dict) else None
        if isinstance(language, str) and language.lower() not in {"python", "python3", "ipython"}:
            raise BadNotebook(
                f"노트북 {path.name}의 언어는 {language}입니다. 파이썬 노트북만 실행할 수 있습니다. "
                "커널을 파이썬으로 바꾸어 저장하거나 그 언어의 실행기를 쓰십시오."
            )


def kernel_name(notebook: Any, log: Any) -> str:
    """노트북이 말한 커널의 이름. 여기에 없는 커널이면 이 환경의 python3을 씁니다."""
    from jupyter_client.kernelspec import KernelSpecManager

    wanted = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    if wanted != "python3" and wanted not in KernelSpecManager().find_kernel_specs():
        log(f"커널 '{wanted}'이(가) 여기에 없어 이 환경의 python3으로 실행합니다.")
        return "python3"
    return str(wanted)


def code_cells(notebook: Any) -> list[Any]:
    """코드 셀만, 차례대로."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook: Any) -> list[str]:
    """셀마다, 그 셀까지 읽었을 때 마지막으로 나온 마크다운 제목. 없으면 빈 문자열."""
    found, last = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and BANNER_TAG not in cell.metadata.get("tags", []):
            for line in cell.source.splitlines():
                if line.startswith("#") and line.lstrip("#").startswith(" "):
                    last = line.lstrip("#").strip()
        found.append(last)
    return found
