"""글(`notebooks/source/`)에서 실행된 노트북을 만듭니다. `python -m mlops_lab.lesson.build`로 실행합니다.

수업의 글 하나에서 두 권이 나옵니다. 배우는 사람의 것(`notebooks/`)에는 `solution` 표의 셀이 없고, 풀어 둔 것
(`notebooks/solutions/`)에는 `stub` 표의 셀이 없습니다. `quiz` 표의 셀은 펼쳐 보는 퀴즈가 됩니다.

바뀐 것만 다시 만듭니다. 글에서 나와야 할 셀과 노트북의 셀을 견주어 압니다. 코드가 그대로이면 실행하지 않고 글만
새로 씁니다. 실행은 비어 있는 임시 워크스페이스에서
하므로 누가 언제 만들어도 출력이 같습니다. 시각, 기계의 경로, 경고가 출력에 남으면 만들지 않습니다.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from mlops_lab._files import write_atomic
from mlops_lab.lesson.contents import ContentsError, find_lessons, write_contents
from mlops_lab.lesson.quiz import QuizError, to_markdown

CELL_TIMEOUT = 600
Version = Literal["learner", "solution", "pipeline"]
_FOLDERS: dict[Version, str] = {"learner": "", "solution": "solutions", "pipeline": "pipeline"}
_DROPPED: dict[Version, str] = {"learner": "solution", "solution": "stub", "pipeline": ""}
_BINARY = {"image/png", "image/jpeg", "application/pdf"}
_MARKS = {"solution", "stub", "quiz"}
"""글에만 있는 표. 노트북에는 남기지 않습니다."""

_FOLDED = "hide-input"
"""코드를 접어 둘 셀의 표. Jupyter Book과 같은 이름이고, JupyterLab에는 `source_hidden`으로 알립니다."""

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}
_ELSEWHERE = re.compile(r"(\]\(|(?:src|href)=\")(?![a-z]+:|[/#])(?=[^)\"\s]*/)")
"""프로젝트의 다른 폴더를 가리키는 주소의 앞. 풀어 둔 것은 한 층 아래에 있으므로 `../`가 하나 더 붙습니다."""

_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|Users|var|opt|private)/\S*")


class BuildError(Exception):
    """노트북을 만들 수 없습니다."""


@dataclass(frozen=True)
class Target:
    """글 하나와 그것으로 만들 노트북 하나.

    Attributes:
        version: learner(배우는 사람의 것), solution(풀어 둔 것), pipeline(Airflow가 실행하는 것)
    """

    source: Path
    notebook: Path
    version: Version

    @property
    def name(self) -> str:
        """`notebooks/` 아래의 이름."""
        return f"{_FOLDERS[self.version]}/{self.notebook.name}".lstrip("/")


def find_targets(root: Path, *versions: Version) -> list[Target]:
    """글마다 만들 노트북. 이름 순서입니다. versions를 주면 그 판만 봅니다."""
    folder = root / "notebooks"
    return [
        Target(source, folder / _FOLDERS[version] / f"{source.stem}.ipynb", version)
        for version in versions or tuple(_FOLDERS)
        for source in sorted((folder / "source").glob("pipeline/*.py" if version == "pipeline" else "*.py"))
    ]


def render(target: Target) -> Any:
    """글을 아직 실행하지 않은 노트북으로 바꿉니다.

    Raises:
        BuildError: 퀴즈의 글이 꼴에 맞지 않습니다.
    """
    notebook = jupytext.read(target.source)
    cells = []
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        if _DROPPED[target.version] in tags:
            continue
        cell["id"] = f"cell-{number:02d}"
        left = [tag for tag in tags if tag not in _MARKS]
        cell.metadata = nbformat.from_dict({"tags": left} if left else {})
        if _FOLDED in left:
            cell.metadata["jupyter"] = {"source_hidden": True}
        if "quiz" in tags:
            try:
                cell.source = to_markdown(cell.source)
            except QuizError as error:
                raise BuildError(f"{target.source.name}: {error}") from error
        if cell.cell_type == "markdown" and target.version == "solution":
            cell.source = _ELSEWHERE.sub(r"\1../", cell.source)
        cells.append(cell)
    notebook.cells = cells
    notebook.metadata = nbformat.from_dict(_METADATA)
    return notebook


def find_problems(target: Target) -> list[str]:
    """노트북이 글과 맞고 모두 실행되어 있는지 봅니다. 빈 목록이면 문제가 없습니다."""
    if not target.notebook.is_file():
        return ["노트북이 없습니다"]
    try:
        expected = render(target)
    except BuildError as error:
        return [str(error)]
    notebook = nbformat.read(target.notebook, as_version=4)
    problems = []
    if _text(notebook) != _text(expected):
        problems.append("글과 다릅니다. 글이 바뀌었거나 노트북을 손으로 고쳤습니다")
    if _unexecuted(notebook):
        problems.append("실행하지 않은 셀이 있습니다")
    return problems + _bad_outputs(notebook)


def _text(notebook: Any) -> list[tuple[str, str, str, list[str]]]:
    return [
        (cell["id"], cell.cell_type, cell.source, list(cell.metadata.get("tags", [])))
        for cell in notebook.cells
    ]


def build(target: Target, home: Path) -> None:
    """글을 노트북으로 바꾸어 `home`을 워크스페이스로 실행하고, 다 되면 제자리로 옮깁니다.

    Raises:
        BuildError: 셀이 실패했거나, 되풀이할 수 없는 출력이 있습니다.
    """
    notebook = render(target)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        config=Config({"KernelManager": {"transport": "ipc", "ip": f"{home}/kernel"}}),
        resources={"metadata": {"path": str(target.notebook.parent)}},
    )
    target.notebook.parent.mkdir(parents=True, exist_ok=True)
    try:
        client.execute(env=environment(home))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise BuildError(f"{target.source.name}의 셀이 실패했습니다.\n{error}") from error
    _join_streams(notebook)
    problems = _bad_outputs(notebook)
    if problems:
        raise BuildError(f"{target.source.name}의 출력을 받을 수 없습니다: {'; '.join(problems)}")
    _save(notebook, target.notebook)


def _join_streams(notebook: Any) -> None:
    """이어서 찍은 글을 한 출력으로 모읍니다. 몇 번에 나뉘어 왔는지는 컴퓨터가 얼마나 바빴는지에 달려 있습니다."""
    for cell in _code(notebook):
        joined: list[Any] = []
        for output in cell.outputs:
            last = joined[-1] if joined else None
            if (
                last is not None
                and last.output_type == output.output_type == "stream"
                and last.name == output.name
            ):
                last.text += output.text
            else:
                joined.append(output)
        cell.outputs = joined


def refresh_text(target: Target) -> bool:
    """코드 셀이 그대로이면 실행하지 않고 글만 새로 씁니다. 그럴 수 없으면 False입니다.

    Raises:
        BuildError: 퀴즈의 글이 꼴에 맞지 않습니다.
    """
    if not target.notebook.is_file():
        return False
    notebook, before = render(target), nbformat.read(target.notebook, as_version=4)
    codes, ran = list(_code(notebook)), list(_code(before))
    same = [cell.source for cell in codes] == [cell.source for cell in ran]
    if not same or _unexecuted(before) or _bad_outputs(before):
        return False
    for cell, earlier in zip(codes, ran, strict=True):
        cell.outputs, cell.execution_count = earlier.outputs, earlier.execution_count
    _save(notebook, target.notebook)
    return True


def _save(notebook: Any, path: Path) -> None:
    notebook.metadata = nbformat.from_dict(_METADATA)
    write_atomic(path, nbformat.writes(notebook) + "\n")


def environment(home: Path) -> dict[str, str]:
    """노트북을 실행할 환경 변수입니다. 배우는 사람의 것을 쓰지 않고, 가상 환경의 명령(mlops-lab)을 찾게 합니다."""
    return {
        **os.environ,
        "MLOPS_LAB_HOME": str(home),
        "MLOPS_LAB_QUIET": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }


def _unexecuted(notebook: Any) -> bool:
    return any(cell.source.strip() and cell.execution_count is None for cell in _code(notebook))


def _code(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _bad_outputs(notebook: Any) -> list[str]:
    """되풀이할 수 없거나 남기면 안 되는 출력을 찾습니다."""
    problems = []
    for number, cell in enumerate(_code(notebook), start=1):
        for output in cell.outputs:
            data = {kind: str(value) for kind, value in output.get("data", {}).items() if kind not in _BINARY}
            text = "\n".join([output.get("text", ""), *data.values()])
            if output.output_type == "error":
                problems.append(f"코드 셀 {number}에 오류가 있습니다")
            elif output.get("name") == "stderr":
                problems.append(f"코드 셀 {number}이(가) 경고를 냈습니다: {text.strip()[:200]}")
            elif found := _MACHINE_PATH.search(text):
                problems.append(f"코드 셀 {number}의 출력에 이 컴퓨터의 경로가 있습니다: {found.group()}")
            elif re.search(r"0x[0-9a-f]{8,}", text):
                problems.append(
                    f"코드 셀 {number}의 출력에 객체의 주소가 있습니다. 그림은 show(fig, ...)로 끝내 주십시오"
                )
    return problems


def _build_all(targets: list[Target], force: bool) -> int:
    """한 판의 노트북을 한 워크스페이스에서 차례로 만들고, 만들지 못한 수를 돌려줍니다."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mlops-lab-build-") as folder:
        home = Path(folder)
        try:
            for target in targets:
                try:
                    if not force and not find_problems(target):
                        continue
                    if not force and refresh_text(target):
                        print(f"{target.name}: 글만 새로 썼습니다", flush=True)
                    else:
                        build(target, home)
                        print(f"{target.name}: 만들었습니다", flush=True)
                except BuildError as error:
                    failed += 1
                    print(f"{target.name}: {error}", flush=True)
        finally:
            stop_airflow(home)
    return failed


def stop_airflow(home: Path) -> None:
    """노트북이 띄운 Airflow가 있으면 멈춥니다."""
    if (home / "airflow").is_dir():
        from mlops_lab import stack

        stack.stop(home)


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
    if given.check:
        return _check(targets)
    # 판마다 워크스페이스가 따로이므로 나란히 실행해도 서로 섞이지 않습니다.
    groups = [[target for target in targets if target.version == version] for version in _FOLDERS]
    with ThreadPoolExecutor(max_workers=2) as pool:
        failed = sum(pool.map(lambda group: _build_all(group, given.force), groups))
    return min(failed + _write_contents(given.root), 1)


def _write_contents(root: Path) -> int:
    """README가 있으면 수업의 차례를 새로 씁니다. 쓰지 못했으면 1입니다."""
    readme = root / "README.md"
    try:
        if readme.is_file() and write_contents(readme, find_lessons(root)):
            print(f"{readme.name}: 수업의 차례를 썼습니다", flush=True)
    except ContentsError as error:
        print(error, flush=True)
        return 1
    return 0


def _check(targets: list[Target]) -> int:
    failed = 0
    for target in targets:
        problems = find_problems(target)
        failed += bool(problems)
        print(f"{target.name}: {'; '.join(problems) or '맞습니다'}")
    if failed:
        print("`make notebooks`로 다시 만들어 주십시오.")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
