"""읽을 수 없는 노트북마다 분명한 말이 나오는지."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
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
    with pytest.raises(BadNotebook, match=r"1번째 셀의 구조가 잘못되었습니다: cell_type이 'video'입니다"):
        read_notebook(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb["cells"][1].update(source=5),
        lambda nb: nb["cells"][1].pop("source"),
        lambda nb: nb["cells"][1].update(source=["a", 1]),
        lambda nb: nb["cells"].__setitem__(1, "셀"),
        lambda nb: nb["cells"].__setitem__(1, None),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, change: Callable[[Any], None]) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "1", "2")
    raw = json.loads(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(BadNotebook, match="2번째 셀의 구조가 잘못되었습니다"):
        read_notebook(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb["metadata"].update(kernelspec={"name": "python3"}),
        lambda nb: nb["metadata"].update(kernelspec={"display_name": "파이썬"}),
        lambda nb: nb["metadata"].update(kernelspec={"name": 3, "display_name": None}),
        lambda nb: nb["metadata"].update(kernelspec="python3", language_info=[], title=5, authors="나"),
        lambda nb: nb["metadata"].update(language_info={"version": "3.11"}),
        lambda nb: nb.update(metadata=None),
        lambda nb: nb.pop("nbformat_minor"),
        lambda nb: nb.update(nbformat_minor=99),
        lambda nb: nb["cells"][0].update(outputs=[{"output_type": "stream", "text": "x"}]),
        lambda nb: nb["cells"][0].update(
            outputs=[{"output_type": "display_data", "data": {}, "metadata": {}, "transient": {}}]
        ),
        lambda nb: nb["cells"][0].update(outputs="없음"),
        lambda nb: nb["cells"][0].update(execution_count="*"),
        lambda nb: nb["cells"][0].pop("id"),
        lambda nb: nb["cells"][1].update(id=nb["cells"][0]["id"]),
        lambda nb: nb["cells"][0].update(id="빈칸 있는 이름"),
        lambda nb: nb["cells"][0].update(metadata=None, attachments=None, extra=1),
        lambda nb: nb["cells"][0].update(metadata={"collapsed": "no", "tags": "parameters", "name": 3}),
        lambda nb: nb["cells"][0].update(metadata={"tags": ["a", "a", 3]}),
        lambda nb: nb["cells"][2].update(attachments={"a.png": {"image/png": 5}}),
    ],
)
def test_a_defect_that_a_run_does_not_need_is_no_reason_to_refuse(
    tmp_path: Path, change: Callable[[Any], None]
) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "1", "2", "# 제목")
    raw = json.loads(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")
    notebook = read_notebook(path)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["1", "2", "# 제목"]
    assert notebook.cells[0].outputs == []
    assert json.dumps(read_notebook(path)) == json.dumps(notebook)  # 새로 붙인 id도 늘 같습니다.


def test_nothing_of_an_earlier_run_stays(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", "1")
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][0].update(
        execution_count=3, outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}]
    )
    raw["cells"][0]["metadata"] = {"execution": {"a": "b"}, "ExecuteTime": {}, "papermill": {}, "mine": 1}
    path.write_text(json.dumps(raw), encoding="utf-8")
    cell = read_notebook(path).cells[0]
    assert (cell.execution_count, cell.outputs, cell.metadata) == (None, [], {"mine": 1})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[" * 100_000, "너무 깊이"),
        ('{"nbformat": 4, "cells": ' + '{"a":' * 100_000, "너무 깊이"),
        ('{"nbformat": 4, "cells": 5}', "셀의 목록"),
        ('{"nbformat": 1, "cells": []}', "nbformat은 '1'"),
        ('{"nbformat": 5, "cells": []}', "nbformat은 '5'"),
        ('{"nbformat": "4", "cells": []}', "nbformat은 '4'"),
        ('{"nbformat": [4], "cells": []}', "nbformat은"),
        ('{"nbformat": 3, "worksheets": [{"cells": [5]}]}', "1번째 셀"),
        ("[]", "nbformat 항목이 없습니다"),
        ("null", "nbformat 항목이 없습니다"),
    ],
    ids=range(10),
)
def test_what_is_no_notebook_is_refused_with_its_reason(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(BadNotebook, match=says):
        read_notebook(tmp_path / "a.ipynb")


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


def test_nbformat_2_is_read(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "input": "print(1)", "language": "python", "collapsed": False, "outputs": []},
        {"cell_type": "heading", "level": 2, "source": ["제목"]},
        {"cell_type": "html", "source": "<b>글</b>"},
    ]
    old = {"nbformat": 2, "metadata": {"name": "x"}, "worksheets": [{"cells": cells}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(old), encoding="utf-8")
    found = [(cell.cell_type, cell.source) for cell in read_notebook(tmp_path / "a.ipynb").cells]
    assert found == [("code", "print(1)"), ("markdown", "## 제목"), ("markdown", "<b>글</b>")]


def test_headings(tmp_path: Path) -> None:
    nb = read_notebook(write_notebook(tmp_path / "a.ipynb", "1", "# 큰 제목", "2", "### 작은 제목", "3"))
    assert [headings(nb)[i] for i in (0, 2, 4)] == ["", "큰 제목", "작은 제목"]
