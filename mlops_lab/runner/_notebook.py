"""노트북 파일을 읽고, 실행할 수 있는 파이썬 노트북인지 확인합니다."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

from mlops_lab.runner._errors import BadNotebook

BANNER_TAG = "mlops-lab-banner"
INJECTED_TAG = "injected-parameters"
PARAMETERS_TAG = "parameters"
OWN_TAGS = frozenset({BANNER_TAG, INJECTED_TAG})
"""실행하면서 우리가 넣는 셀의 태그."""
_PAPERMILL_MARKER_TAG = "papermill-error-cell-tag"
_PYTHON = {"python", "python3", "ipython"}
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


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
    """노트북에서 실행에 쓰는 것만 읽어 nbformat 4.5로 돌려줍니다. 앞선 실행의 출력, 시각, 배너는 읽지 않습니다.

    실행과 상관없는 흠(모양이 어긋난 옛 출력, 빠진 display_name이나 셀의 id)은 거절할 까닭이 아닙니다.

    Raises:
        BadNotebook: 없는 파일, 빈 파일, 잘린 JSON, UTF-8이 아닌 글자, 파이썬이 아닌 노트북, 읽을 수 없는 셀.
    """
    text = _read_text(path)
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or "nbformat" not in raw:
            raise BadNotebook(
                f"{path.name}에 nbformat 항목이 없습니다. 주피터 노트북(.ipynb)이 아닌 JSON 파일입니다. 경로를 확인하십시오."
            )
        _check_language(path, raw)
        return _needed(path, raw)
    except json.JSONDecodeError as error:
        raise BadNotebook(
            f"노트북 {path.name}이(가) 온전한 JSON이 아닙니다({error.lineno}번째 줄, {error.colno}번째 글자). "
            "파일이 잘렸거나 노트북이 아닙니다. JupyterLab에서 다시 저장하거나 git에서 되살리십시오."
        ) from None
    except RecursionError:
        raise BadNotebook(
            f"{path.name}의 JSON이 너무 깊이 겹쳐 있어 읽을 수 없습니다. 노트북이 맞는지 확인하십시오."
        ) from None


def _needed(path: Path, raw: dict[str, Any]) -> Any:
    import nbformat

    version = raw["nbformat"]
    if version not in (2, 3, 4):
        raise BadNotebook(
            f"노트북 {path.name}의 nbformat은 {str(version)[:20]!r}입니다. 2, 3, 4만 읽습니다. JupyterLab에서 다시 저장하십시오."
        )
    cells = raw.get("cells") if version == 4 else _cells_of_old(raw)
    if not isinstance(cells, list):
        raise BadNotebook(
            f"노트북 {path.name}에 셀의 목록(cells)이 없습니다. JupyterLab에서 다시 저장하십시오."
        )
    notebook = nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": _typed(raw.get("metadata"), _NOTEBOOK_METADATA),
            "cells": [_needed_cell(path, number, cell) for number, cell in enumerate(cells, start=1)],
        }
    )
    for section in ("kernelspec", "language_info"):
        if not isinstance(notebook.metadata.get(section, {}).get("name", ""), str):
            del notebook.metadata[section]
    if "kernelspec" in notebook.metadata:
        spec = notebook.metadata.kernelspec
        spec.setdefault("display_name", spec.setdefault("name", "python3"))
    if "name" not in notebook.metadata.get("language_info", {"name": ""}):
        del notebook.metadata["language_info"]
    with_ids(notebook)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise BadNotebook(
            f"노트북 {path.name}의 구조가 잘못되었습니다: {str(error).splitlines()[0]}. JupyterLab에서 열어 다시 저장하십시오."
        ) from None
    notebook.cells = without_tags(notebook, {BANNER_TAG, _PAPERMILL_MARKER_TAG})
    return notebook


_NOTEBOOK_METADATA = {
    "kernelspec": dict,
    "language_info": dict,
    "orig_nbformat": int,
    "title": str,
    "authors": list,
}
_CELL_METADATA = {
    "collapsed": bool,
    "deletable": bool,
    "format": str,
    "jupyter": dict,
    "name": str,
    "scrolled": (bool, str),
    "tags": list,
}
"""nbformat이 형식을 정해 둔 metadata. 다른 형식이 들어 있으면 읽지 않습니다."""
_OF_AN_EARLIER_RUN = {"execution", "ExecuteTime", "papermill"}


def _typed(metadata: Any, types: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(metadata, dict):
        return {}
    return {
        key: value for key, value in metadata.items() if key not in types or isinstance(value, types[key])
    }


def _needed_cell(path: Path, number: int, cell: Any) -> dict[str, Any]:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if kind not in ("code", "markdown", "raw") or not isinstance(source, str):
        seen = (
            "source가 글이 아닙니다"
            if kind in ("code", "markdown", "raw")
            else f"cell_type이 {str(kind)[:40]!r}입니다"
        )
        raise BadNotebook(
            f"노트북 {path.name}의 {number}번째 셀의 구조가 잘못되었습니다: {seen}. JupyterLab에서 그 셀을 고쳐 다시 저장하십시오."
        )
    metadata = _typed(cell.get("metadata"), _CELL_METADATA)
    metadata = {key: value for key, value in metadata.items() if key not in _OF_AN_EARLIER_RUN}
    if "tags" in metadata:
        metadata["tags"] = list(dict.fromkeys(tag for tag in metadata["tags"] if isinstance(tag, str)))
    needed = {"cell_type": kind, "id": cell.get("id"), "metadata": metadata, "source": source}
    if kind == "code":
        return {**needed, "execution_count": None, "outputs": []}
    if _is_attachments(cell.get("attachments")):
        needed["attachments"] = cell["attachments"]
    return needed


def _is_attachments(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(bundle, dict) and all(isinstance(data, str) for data in bundle.values())
        for bundle in found.values()
    )


def _cells_of_old(raw: dict[str, Any]) -> list[Any]:
    """옛 꼴(nbformat 2와 3)의 셀을 4의 꼴로 바꿉니다."""
    sheets = raw.get("worksheets")
    cells = [
        cell
        for sheet in (sheets if isinstance(sheets, list) else [])
        for cell in (sheet.get("cells") if isinstance(sheet, dict) else None) or []
    ]
    return [_upgraded(cell) if isinstance(cell, dict) else cell for cell in cells]


def _upgraded(cell: dict[str, Any]) -> dict[str, Any]:
    match cell.get("cell_type"):
        case "code":
            return {**cell, "source": cell.get("input", "")}
        case "heading":
            level = cell.get("level")
            mark = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
            source = cell.get("source", "")
            text = "".join(map(str, source)) if isinstance(source, list) else str(source)
            return {**cell, "cell_type": "markdown", "source": f"{mark} {text}"}
        case "html":
            return {**cell, "cell_type": "markdown"}
    return cell


def with_ids(notebook: Any) -> None:
    """id가 없거나 겹치는 셀에 id를 붙여 nbformat 4.5로 만듭니다."""
    notebook.nbformat_minor = 5
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        wanted = cell.get("id")
        if not (isinstance(wanted, str) and _CELL_ID.fullmatch(wanted) and wanted not in seen):
            names = itertools.chain([f"cell-{number}"], (f"cell-{number}-{n}" for n in itertools.count(2)))
            wanted = next(name for name in names if name not in seen)
        seen.add(wanted)
        cell["id"] = wanted


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
        if isinstance(language, str) and language and language.lower() not in _PYTHON:
            raise BadNotebook(
                f"노트북 {path.name}의 언어는 {language}입니다. 파이썬 노트북만 실행할 수 있습니다. "
                "커널을 파이썬으로 바꾸어 저장하거나 그 언어의 실행기를 쓰십시오."
            )


def find_kernel(notebook: Any, chosen: str | None = None) -> str:
    """실행할 커널의 이름: `chosen`, 없으면 노트북에 적힌 것, 그것도 없으면 python3.

    Raises:
        BadNotebook: 여기에 없거나, 파이썬이 아니거나, 띄울 프로그램이 없는 커널입니다.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    name = chosen or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    choose = "있는 커널을 고르거나(mlops-lab run --kernel python3, run_notebook(kernel_name=...)) 그 커널을 설치하십시오"
    try:
        spec = manager.get_kernel_spec(name)
    except NoSuchKernel:
        known = ", ".join(sorted(manager.find_kernel_specs())) or "없음"
        raise BadNotebook(f"커널 {name!r}이(가) 여기에 없습니다. 있는 커널: {known}. {choose}.") from None
    except Exception as error:  # 깨진 kernel.json
        raise BadNotebook(
            f"커널 {name!r}의 kernel.json을 읽을 수 없습니다({type(error).__name__}). {choose}."
        ) from None
    if spec.language and spec.language.lower() not in _PYTHON:
        raise BadNotebook(
            f"커널 {name!r}의 언어는 {spec.language}입니다. 파이썬 노트북만 실행할 수 있습니다. {choose}."
        )
    program = spec.argv[0] if spec.argv else "(없음)"
    this_python = {
        "python",
        *(f"python{sys.version_info[0]}{minor}" for minor in ("", f".{sys.version_info[1]}")),
    }
    if program not in this_python and shutil.which(program) is None:
        raise BadNotebook(f"커널 {name!r}을(를) 띄울 프로그램 {program}이(가) 없습니다. {choose}.")
    return str(name)


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
