"""`mlops-lab`: 여러 방으로 들어가는 얇은 문."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="노트북을 실행하고, 드리프트를 판정하고, Airflow를 다룹니다.",
)


@app.callback()
def main() -> None:
    """노트북을 실행하고, 드리프트를 판정하고, Airflow를 다룹니다."""


@app.command()
def run(
    notebook: Annotated[Path, typer.Argument(help="실행할 노트북(.ipynb)", show_default=False)],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="이름=값", help="매개변수. 여러 번 쓸 수 있습니다."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="실행한 노트북을 쓸 경로", show_default=False)
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="노트북 전체의 제한 시간(초)", show_default=False)
    ] = None,
    cell_timeout: Annotated[
        float | None, typer.Option(help="셀 하나의 제한 시간(초)", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """노트북 한 권을 실행합니다.

    끝 상태는 성공이면 0, 노트북이 실패하면 1, 요청이 잘못되었으면 2입니다.
    """
    # jsonschema는 읽히자마자 IRI의 문법을 컴파일하느라 1초를 씁니다. 노트북의 스키마에는 IRI가 없으므로 건너뛰게 합니다.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from mlops_lab.runner import ErrorInfo, NotebookError, NotebookRun, RunResult

    progress = sys.stderr if as_json else sys.stdout

    def log(line: str) -> None:
        print(line, file=progress, flush=True)

    try:
        task = NotebookRun(
            notebook,
            output,
            _parameters(parameter or []),
            timeout=timeout,
            cell_timeout=cell_timeout,
            log=log,
        )
        task.prepare()
        _stop_on_signals(task)
        result = task.execute()
        code = 0
    except NotebookError as error:
        code = 2 if error.is_request_error else 1
        info = ErrorInfo(error.kind, error.cell, error.message)
        result = error.result or RunResult("failed", None, None, error=info)
        if error.result is None:
            print(f"오류({error.kind}): {error.message}", file=sys.stderr)
    if as_json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, indent=2))
    elif result.output is not None:
        print(f"노트북: {result.output}")
        if result.html is not None:
            print(f"HTML: {result.html}")
    raise typer.Exit(code)


def _parameters(pairs: list[str]) -> dict[str, Any]:
    """`이름=값`들을 사전으로. 값은 문자열 그대로이고, 형식은 노트북이 정합니다."""
    from mlops_lab.runner import BadParameter

    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        error = None
        if not equals:
            error = BadParameter(f"-p {pair!r}에 '='가 없습니다. -p 이름=값 꼴로 적으십시오.")
        elif name.strip() in given:
            error = BadParameter(f"매개변수 {name.strip()}을(를) 두 번 받았습니다. 한 번만 적으십시오.")
        if error is not None:
            error.is_request_error = True
            raise error
        given[name.strip()] = value
    return given


def _stop_on_signals(task: Any) -> None:
    """Ctrl-C와 SIGTERM에 사실대로 저장하고 멈춥니다."""

    def stop(number: int, _frame: FrameType | None) -> None:
        name = (
            "Ctrl-C를 눌렀습니다"
            if number == signal.SIGINT
            else f"{signal.Signals(number).name} 신호를 받았습니다"
        )
        task.stop(name)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
