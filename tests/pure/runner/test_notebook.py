"""읽을 수 없는 노트북마다 분명한 말이 나오는지."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from mlops_lab.runner import BadNotebook, NotebookRun
from mlops_lab.runner._notebook import headings, read_notebook
from tests.common import write_notebook


def test_a_missing_notebook_names_its_neighbour(tmp_path: Path) -> None:
    write_notebook(tmp_path / "train.ipynb", "1")
    with pytest.raises(BadNotebook, match=r"없습니다\. 혹시 train\.ipynb입니까"):
        read_notebook(tmp_path / "trian.ipynb")


@pytest.mark.parametrize("forms", ["NFC NFD", "NFD NFC"])
def test_the_same_name_in_another_unicode_form_is_the_same_notebook(tmp_path: Path, forms: str) -> None:
    there, asked = (unicodedata.normalize(form, "노트북 1.ipynb") for form in forms.split())
    write_notebook(tmp_path / there, "1")
    run = NotebookRun(tmp_path / asked, tmp_path / "out.ipynb")
    run.prepare()
    assert run.notebook.exists()


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadNotebook, match="폴더"):
        read_notebook(tmp_path)


@pytest.mark.parametrize("content", [b"", b"  \n"])
def test_an_empty_notebook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    with pytest.raises(BadNotebook, match="비어 있습니다"):
        read_notebook(tmp_path / "a.ipynb")


def test_a_truncated_notebook(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "print('가')")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadNotebook, match="온전한 JSON이 아닙니다"):
        read_notebook(path)


def test_a_notebook_saved_in_cp949(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "print('한글')")
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
    path.write_bytes(text.encode("cp949"))
    with pytest.raises(BadNotebook, match="CP949"):
        read_notebook(path)


def test_json_that_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"cells": []}', encoding="utf-8")
    with pytest.raises(BadNotebook, match="nbformat 항목이 없습니다"):
        read_notebook(tmp_path / "a.ipynb")


def test_a_broken_structure(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "1")
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][0]["cell_type"] = "video"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(BadNotebook, match="구조가 잘못되었습니다"):
        read_notebook(path)


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
        {"kernelspec": {"name": "x", "display_name": "x"}, "language_info": {"name": "julia"}},
    ],
)
def test_a_notebook_of_another_language(tmp_path: Path, metadata: dict[str, object]) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "1", metadata=metadata)
    with pytest.raises(BadNotebook, match="파이썬 노트북만"):
        read_notebook(path)


def test_an_old_format_and_a_bom_are_read(tmp_path: Path) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "code", "language": "python", "input": "1", "outputs": [], "metadata": {}}
                ]
            }
        ],
    }
    (tmp_path / "a.ipynb").write_text(json.dumps(old), encoding="utf-8-sig")
    assert read_notebook(tmp_path / "a.ipynb").cells[0].source == "1"


def test_headings(tmp_path: Path) -> None:
    nb = read_notebook(write_notebook(tmp_path / "a.ipynb", "1", "# 큰 제목", "2", "### 작은 제목", "3"))
    assert [headings(nb)[i] for i in (0, 2, 4)] == ["", "큰 제목", "작은 제목"]
