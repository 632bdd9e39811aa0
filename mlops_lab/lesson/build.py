"""글(`notebooks/source/`)에서 실행된 노트북을 만듭니다. `python -m mlops_lab.lesson.build`로 실행합니다.

바뀐 것만 다시 만듭니다. 노트북의 메타데이터에 글의 sha256을 적어 두고 견줍니다. 실행은 비어 있는 임시 워크스페이스에서
하므로 누가 언제 만들어도 출력이 같습니다. 시각, 기계의 경로, 경고가 출력에 남으면 만들지 않습니다.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

CELL_TIMEOUT = 600
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|var|opt|private)/\S*")


class BuildError(Exception):
    """노트북을 만들 수 없습니다."""


@dataclass(frozen=True)
class Target:
    """글 하나와 그것으로 만들 노트북 하나."""

    source: Path
    notebook: Path

    @property
    def source_hash(self) -> str:
        """글의 sha256. 줄 끝의 차이는 무시합니다."""
        return hashlib.sha256(self.source.read_text(encoding="utf-8").encode("utf-8")).hexdigest()


def find_targets(root: Path) -> list[Target]:
    """`notebooks/source/pipeline/*.py`마다 하나. 이름 순서입니다."""
    sources = sorted((root / "notebooks" / "source" / "pipeline").glob("*.py"))
    return [Target(each, root / "notebooks" / "pipeline" / f"{each.stem}.ipynb") for each in sources]


def find_problems(target: Target) -> list[str]:
    """노트북이 글과 맞고 모두 실행되어 있는지 봅니다. 빈 목록이면 문제가 없습니다."""
    if not target.notebook.is_file():
        return ["노트북이 없습니다"]
    notebook = nbformat.read(target.notebook, as_version=4)
    problems = []
    if notebook.metadata.get("mlops_lab", {}).get("source_sha256") != target.source_hash:
        problems.append("글이 바뀐 뒤에 다시 만들지 않았습니다")
    if any(cell.source.strip() and cell.execution_count is None for cell in _code(notebook)):
        problems.append("실행하지 않은 셀이 있습니다")
    return problems + _bad_outputs(notebook)


def build(target: Target, home: Path) -> None:
    """글을 노트북으로 바꾸어 `home`을 워크스페이스로 실행하고, 다 되면 제자리로 옮깁니다.

    Raises:
        BuildError: 셀이 실패했거나, 되풀이할 수 없는 출력이 있습니다.
    """
    notebook = jupytext.read(target.source)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        config=Config({"KernelManager": {"transport": "ipc", "ip": f"{home}/kernel"}}),
        resources={"metadata": {"path": str(target.notebook.parent)}},
    )
    target.notebook.parent.mkdir(parents=True, exist_ok=True)
    try:
        client.execute(env={**os.environ, "MLOPS_LAB_HOME": str(home)})
    except CellExecutionError as error:
        raise BuildError(f"{target.source.name}의 셀이 실패했습니다.\n{error}") from error
    notebook.metadata = nbformat.from_dict({**_METADATA, "mlops_lab": {"source_sha256": target.source_hash}})
    problems = _bad_outputs(notebook)
    if problems:
        raise BuildError(f"{target.source.name}의 출력을 받을 수 없습니다: {'; '.join(problems)}")
    beside = target.notebook.with_name(f".{target.notebook.name}.{os.getpid()}")
    try:
        beside.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        os.replace(beside, target.notebook)
    finally:
        beside.unlink(missing_ok=True)


def _code(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _bad_outputs(notebook: Any) -> list[str]:
    """되풀이할 수 없거나 남기면 안 되는 출력을 찾습니다."""
    problems = []
    for number, cell in enumerate(_code(notebook), start=1):
        for output in cell.outputs:
            text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            if output.output_type == "error":
                problems.append(f"코드 셀 {number}에 오류가 있습니다")
            elif output.get("name") == "stderr":
                problems.append(f"코드 셀 {number}이(가) 경고를 냈습니다: {text.strip()[:200]}")
            elif found := _MACHINE_PATH.search(text):
                problems.append(f"코드 셀 {number}의 출력에 이 컴퓨터의 경로가 있습니다: {found.group()}")
            elif re.search(r"0x[0-9a-f]{8,}", text):
                problems.append(
                    f"코드 셀 {number}의 출력에 객체의 주소가 있습니다. plt.show()로 끝내 주십시오"
                )
    return problems


def main(arguments: list[str] | None = None) -> int:
    """명령줄에서 부릅니다. 0은 성공, 1은 실패나 낡은 노트북입니다."""
    parser = argparse.ArgumentParser(
        prog="python -m mlops_lab.lesson.build", description="노트북을 만듭니다."
    )
    parser.add_argument("names", nargs="*", help="만들 노트북의 이름(01_ingest). 주지 않으면 모두")
    parser.add_argument(
        "--check", action="store_true", help="만들지 않고, 낡았거나 실행하지 않은 것이 있으면 실패합니다."
    )
    parser.add_argument("--force", action="store_true", help="바뀌지 않았어도 다시 만듭니다.")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="프로젝트 폴더")
    given = parser.parse_args(arguments)
    targets = [t for t in find_targets(given.root) if not given.names or t.source.stem in given.names]
    if not targets:
        parser.error("만들 글이 없습니다. 프로젝트 폴더에서 실행했는지, 이름이 맞는지 보아 주십시오.")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mlops-lab-build-") as home:
        for target in targets:
            problems = find_problems(target)
            if given.check:
                failed += bool(problems)
                print(f"{target.notebook.name}: {'; '.join(problems) or '맞습니다'}")
            elif problems or given.force:
                try:
                    build(target, Path(home))
                    print(f"{target.notebook.name}: 만들었습니다", flush=True)
                except BuildError as error:
                    failed += 1
                    print(error, flush=True)
    if given.check and failed:
        print("`make notebooks`로 다시 만들어 주십시오.")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
