"""풀어 둔 수업의 지문: 다시 실행했을 때 출력이 달라질 수 있는 것 모두의 해시.

노트북, 그 수업의 검사, 둘이 (거쳐서라도) 부르는 우리의 모듈, 잠근 패키지의 판이 들어갑니다. Airflow를 쓰는 수업에는 DAG 파일과
파이프라인 노트북도 들어갑니다.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import grimp
import jupytext

from mlops_lab import lesson
from mlops_lab._files import write_atomic
from mlops_lab.lesson.build import Target
from tests.common import ROOT

RECORD = Path(__file__).with_name("solved.json")


def kept() -> dict[str, str]:
    """{수업: 마지막으로 실행해 출력이 같았을 때의 지문}."""
    saved: dict[str, str] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return saved


def keep(name: str, value: str) -> None:
    """실행해 출력이 같았던 수업의 지문을 적습니다."""
    write_atomic(RECORD, json.dumps(dict(sorted({**kept(), name: value}.items())), indent=1) + "\n")


def fingerprint(target: Target) -> str:
    """`target`의 지문."""
    digest = hashlib.sha256()
    for path in sorted({target.notebook, ROOT / "requirements.txt", *_modules(target), *_airflow(target)}):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(_meaning(path) if path.suffix == ".py" else path.read_bytes())
    return digest.hexdigest()


def _meaning(path: Path) -> bytes:
    """주석과 docstring을 뺀 파이썬 코드."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.dump(tree).encode("utf-8", "surrogatepass")


def _airflow(target: Target) -> Iterator[Path]:
    if "connect(" in target.source.read_text("utf-8"):
        yield from (ROOT / "dags").glob("*.py")
        yield from (ROOT / "notebooks" / "pipeline").glob("*.ipynb")


def _modules(target: Target) -> set[Path]:
    """수업의 글과 검사가 부르는 우리의 모듈과, 그것들이 부르는 모듈의 파일."""
    wanted = {f"mlops_lab.lesson.exercises.lesson_{target.source.stem[:2]}"}
    for cell in jupytext.read(target.source).cells:
        if cell.cell_type == "code":
            wanted |= set(_imports(cell.source))
    graph = _graph()
    wanted = {name for name in wanted if name in graph.modules}
    reached = wanted.union(*(graph.find_upstream_modules(name) for name in wanted))
    return {_file(name) for name in reached}


def _imports(source: str) -> Iterator[str]:
    """셀이 부르는 `mlops_lab`의 모듈. `%%` 셀처럼 파이썬이 아닌 것은 지나칩니다."""
    try:
        tree = ast.parse("\n".join(line for line in source.splitlines() if not line.startswith(("%", "!"))))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            for each in node.names:
                yield f"{node.module}.{each.name}"
                if node.module == "mlops_lab.lesson" and each.name in lesson._WHERE:
                    yield f"mlops_lab.lesson.{lesson._WHERE[each.name]}"  # 쓸 때에 읽는 이름입니다.


@functools.cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("mlops_lab", cache_dir=None)


@functools.cache
def _file(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)
