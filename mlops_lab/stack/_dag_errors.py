"""읽지 못한 DAG 파일의 진단입니다. Airflow가 남긴 오류에서, 배우는 사람의 파일의 어느 줄을 왜 고쳐야 하는지 찾습니다."""

from __future__ import annotations

import ast
import difflib
import importlib
import re
import sys
from importlib import metadata
from pathlib import Path

from mlops_lab.stack._errors import DagFileError

_KINDS = {
    "SyntaxError": "syntax",
    "IndentationError": "syntax",
    "TabError": "syntax",
    "ModuleNotFoundError": "import",
    "ImportError": "import",
    "AirflowDagCycleException": "cycle",
    "AirflowDagDuplicatedIdException": "duplicate_dag",
    "DuplicateTaskIdFound": "duplicate_task",
    "AirflowTaskTimeout": "timeout",
}
_FRAME = re.compile(r'^  File "(?P<path>.+)", line (?P<line>\d+)(?:, in .*)?$')


def explain_import_error(filename: str, stack_trace: str) -> DagFileError:
    """Airflow의 오류 기록(REST의 importErrors, import_error 테이블)을 진단으로 바꿉니다. 던지지 않고 돌려줍니다.

    Args:
        filename: DAG 폴더에서 본 경로
        stack_trace: 기록된 글
    """
    name, said = _last_exception(stack_trace)
    line, text = _learners_line(filename, stack_trace)
    kind = _KINDS.get(name, "error")
    if kind == "error" and "start_date is required" in said:
        kind = "start_date"
    return DagFileError(kind, filename, _advice(kind, name, said), line, text)


def check_source(filename: str, source: str) -> ast.Module:
    """쓰기 전에 알 수 있는 잘못을 봅니다: 문법, DAG가 있을 수 없는 글, 한 파일 안의 같은 dag_id.

    Raises:
        DagFileError: 잘못이 있을 때.
    """
    try:
        tree = ast.parse(source, filename)
        compile(source, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        advice = _advice("syntax", type(error).__name__, error.msg)
        raise DagFileError("syntax", filename, advice, error.lineno, error.text) from None
    except ValueError as error:  # 널 문자
        raise DagFileError("syntax", filename, _advice("syntax", "ValueError", str(error))) from None
    lowered = source.lower()
    if "airflow" not in lowered or not ("dag" in lowered or "asset" in lowered):
        raise no_dag(filename, source)
    seen: dict[str, int] = {}
    for dag_id, line in literal_dag_ids(tree):
        if dag_id in seen:
            advice = (
                f"dag_id {dag_id!r}를 한 파일에서 두 번 썼습니다(처음은 {seen[dag_id]}번째 줄). "
                "Airflow는 그 가운데 하나만 남깁니다. 하나의 이름을 바꿔 주세요."
            )
            raise DagFileError("duplicate_dag", filename, advice, line, _text(source, line))
        seen[dag_id] = line
    return tree


def literal_dag_ids(tree: ast.Module) -> list[tuple[str, int]]:
    """글에 그대로 적힌 (dag_id, 줄)입니다. 변수나 반복문으로 만든 것은 모릅니다."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "DAG" and (dag_id := _given_id(node)):
            found.append((dag_id, node.lineno))
        elif isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if _called(mark) == "dag":
                    given = _given_id(mark) if isinstance(mark, ast.Call) else None
                    found.append((given or node.name, mark.lineno))
    return sorted(found, key=lambda item: item[1])


def no_dag(filename: str, source: str) -> DagFileError:
    """파일을 읽었지만 DAG가 나오지 않았을 때의 진단입니다."""
    advice = "이 파일에는 DAG가 없습니다. with DAG(...) 블록이나 @dag를 붙인 함수가 있어야 합니다."
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return DagFileError("no_dag", filename, advice)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_called(mark) == "dag" for mark in node.decorator_list):
            advice = (
                f"이 파일에는 DAG가 없습니다. @dag를 붙인 함수 {node.name}을(를) 부르지 않았습니다. "
                f"파일의 끝에 {node.name}()을 적어 주세요."
            )
            return DagFileError("no_dag", filename, advice, node.lineno, _text(source, node.lineno))
    return DagFileError("no_dag", filename, advice)


def with_cycle_line(error: DagFileError, source: str) -> DagFileError:
    """Airflow는 순환을 이룬 태스크만 알려 줍니다. 그 이름이 있는 의존 관계의 줄을 찾습니다."""
    found = re.search(r"태스크: (\S+)", error.advice)
    if error.kind != "cycle" or error.line or not found:
        return error
    task = re.escape(found[1])
    lines = source.splitlines()
    for number in range(len(lines), 0, -1):
        if re.search(rf"\b{task}\b", lines[number - 1]) and re.search(
            r">>|<<|set_(up|down)stream|chain\(", lines[number - 1]
        ):
            return DagFileError(error.kind, error.filename, error.advice, number, lines[number - 1])
    return error


def _called(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def _given_id(call: ast.Call) -> str | None:
    value = next((word.value for word in call.keywords if word.arg == "dag_id"), None)
    value = value or (call.args[0] if call.args else None)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _text(source: str, line: int) -> str:
    lines = source.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _last_exception(stack_trace: str) -> tuple[str, str]:
    """(예외의 이름, 예외의 말). 자취의 마지막 예외이며, 여러 줄이면 첫 줄만 봅니다."""
    name, said = "", stack_trace.strip()
    for found in re.finditer(r"^([A-Za-z_][\w.]*)(?:: (.*))?$", stack_trace, re.M):
        if found[1].rpartition(".")[2][:1].isupper():
            name, said = found[1].rpartition(".")[2], found[2] or ""
            if _KINDS.get(name) == "timeout":  # 뒤따르는 안내문에 속지 않습니다.
                break
    return name, said


def _learners_line(filename: str, stack_trace: str) -> tuple[int | None, str | None]:
    lines = stack_trace.splitlines()
    for index in range(len(lines) - 1, -1, -1):
        found = _FRAME.match(lines[index])
        if found and Path(found["path"]).as_posix().endswith(f"/{filename}"):
            text = lines[index + 1] if index + 1 < len(lines) and lines[index + 1].startswith("    ") else ""
            return int(found["line"]), text.strip()
    return None, None


def _advice(kind: str, name: str, said: str) -> str:
    if kind == "syntax":
        return (
            f"파이썬의 문법에 맞지 않습니다({said}). 이 줄과 바로 윗줄의 괄호, 콜론, 들여쓰기를 보아 주세요."
        )
    if kind == "import":
        return f"모듈을 불러오지 못했습니다({said}).{_nearest_import(said)}"
    if kind == "cycle":
        task = found[1] if (found := re.search(r"Faulty task: (\S+)", said)) else "?"
        return f"태스크가 서로를 기다리는 순환이 있습니다. 순환에 든 태스크: {task} 한쪽 의존 관계를 지워 주세요."
    if kind == "duplicate_task":
        task = found[1] if (found := re.search(r"'([^']+)'", said)) else "?"
        return f"한 DAG에 task_id가 {task!r}인 태스크가 둘 있습니다. 하나의 이름을 바꿔 주세요."
    if kind == "duplicate_dag":
        return f"다른 파일에 같은 dag_id가 있습니다({said}). 하나의 이름을 바꿔 주세요."
    if kind == "timeout":
        seconds = found[1] if (found := re.search(r"after ([\d.]+)s", said)) else "?"
        return (
            f"{float(seconds):g}초를 기다려도 파일을 다 읽지 못해 멈췄습니다. DAG 파일에는 태스크의 정의만 두고, "
            "반복하거나 오래 걸리는 일은 태스크 안으로 옮겨 주세요."
            if seconds != "?"
            else "파일을 다 읽지 못해 멈췄습니다. 오래 걸리는 일은 태스크 안으로 옮겨 주세요."
        )
    if kind == "start_date":
        return (
            "catchup=True이면 어디서부터 따라잡을지 알아야 합니다. start_date를 적거나 catchup을 지워 주세요."
        )
    return f"파일을 읽다가 {name or '오류'}이(가) 났습니다: {said}"


def _nearest_import(said: str) -> str:
    if found := re.search(r"cannot import name '([^']+)' from '([^']+)'", said):
        word, module = found[1], found[2]
        try:
            names = (
                list(getattr(importlib.import_module(module), "__all__", ()))
                if module == "airflow.sdk"
                else []
            )
        except Exception:
            names = []
    elif found := re.search(r"No module named '([^']+)'", said):
        word = found[1].partition(".")[0]
        names = [*sys.stdlib_module_names, *metadata.packages_distributions()]
        if word in names:  # airflow.sdkk처럼 아래쪽이 틀렸습니다.
            return " 점(.) 뒤의 이름을 보아 주세요."
    else:
        return ""
    near = difflib.get_close_matches(word, [name for name in names if not name.startswith("_")], n=1)
    if near:
        return f" 혹시 {near[0]}인가요?"
    return " 이름의 철자를 보고, 설치된 패키지인지 확인해 주세요."
