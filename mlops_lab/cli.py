"""`mlops-lab`: 여러 방으로 들어가는 얇은 문."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer
from typer.core import TyperGroup

from mlops_lab._extras import MissingExtra
from mlops_lab._signals import on_stop


class _Door(TyperGroup):
    """설치하지 않은 방의 명령은 무엇을 설치할지 알려 주고 2로 끝냅니다."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """두 낱말의 명령(`drift calibrate`)이 있으면 그것입니다. 이름이 calibrate인 파일은 ./calibrate로 줍니다."""
        two = " ".join(args[:2])
        return super().resolve_command(ctx, [two, *args[2:]] if two in self.commands else args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MissingExtra as error:
            raise _wrong_request(f"오류: {error}") from None


if TYPE_CHECKING:
    from mlops_lab.drift import BatchDrift, Explanation, PredictionShift, Profile

app = typer.Typer(
    cls=_Door,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="노트북을 실행하고, 드리프트를 판정하고, Airflow를 다룹니다.",
)


@app.callback()
def main() -> None:
    """노트북을 실행하고, 드리프트를 판정하고, Airflow를 다룹니다."""
    _keep_streams_open()
    sys.stdout, sys.stderr = (cast("TextIO", _Stream(each)) for each in (sys.stdout, sys.stderr))


class _Stream:
    """듣는 쪽이 사라지거나 찍지 못해도 예외를 내지 않는 표준 출력. 하던 일의 성패는 듣는 쪽과 상관없습니다."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # 찍을 수 없는 글자는 바꾸어 찍습니다.

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError:  # 닫힌 파이프, 가득 찬 디스크. 남은 것은 버립니다.
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)


def _keep_streams_open() -> None:
    """닫힌 채 시작했으면(`>&-`, 데몬, cron) 버리는 곳으로 엽니다. 그 번호가 다른 파일에 쓰이면 커널이 뜨지 못합니다."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - 끝까지 씁니다.


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
    kernel: Annotated[
        str | None, typer.Option(help="커널의 이름(없으면 노트북에 적힌 것)", show_default=False)
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
            kernel_name=kernel,
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


@app.command()
def drift(
    reference: Annotated[
        Path,
        typer.Argument(
            help="기준: CSV나 parquet(파일, 폴더), 또는 --profile로 저장한 요약(.json)", show_default=False
        ),
    ],
    current: Annotated[Path, typer.Argument(help="견줄 CSV나 parquet(파일, 폴더)", show_default=False)],
    time: Annotated[
        str | None,
        typer.Option(help="시각의 열. 주면 기준의 시간 블록으로 문턱을 보정합니다.", show_default=False),
    ] = None,
    scores: Annotated[
        str | None,
        typer.Option(help="모델의 점수의 열. 예측이 얼마나 움직였는지 함께 적습니다.", show_default=False),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="기준의 요약을 저장할 경로(.json)", show_default=False)
    ] = None,
    html: Annotated[Path | None, typer.Option(help="보고서를 쓸 경로(.html)", show_default=False)] = None,
    alpha: Annotated[
        float | None, typer.Option(help="고친 p가 이보다 작아야 드리프트(0.005)", show_default=False)
    ] = None,
    min_effect: Annotated[
        float | None, typer.Option(help="효과가 이 이상이어야 드리프트(0.05)", show_default=False)
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="이보다 큰 차이가 없다고 할 수 있어야 안정(0.1)", show_default=False)
    ] = None,
    min_rows: Annotated[
        int | None, typer.Option(help="행이 이보다 적으면 판단 보류(100)", show_default=False)
    ] = None,
    min_psi: Annotated[
        float | None, typer.Option(help="PSI가 이보다 작으면 작은 변화(0)", show_default=False)
    ] = None,
    floor: Annotated[
        float | None, typer.Option(help="PSI에서 빈 구간의 비율의 바닥값(0.0001)", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """두 파일을 열마다 견주어 드리프트를 판정합니다.

    괄호 안은 판정의 규칙의 기본값입니다. 기준이 저장한 요약이면, 주지 않은 것은 요약이 기억하는 값입니다. 끝 상태는 판정했으면(무엇이든) 0, 요청이 잘못되었으면 2입니다.

    지난 기록에서 이 규칙이 얼마나 잘못 울리는지는 mlops-lab drift calibrate가 잽니다.
    """
    try:
        from mlops_lab.drift import DriftInputError, to_terminal, write_report
        from mlops_lab.drift._paths import check_paths

        try:
            changed = _changed(
                alpha=alpha,
                min_effect=min_effect,
                margin=margin,
                min_rows=min_rows,
                min_psi=min_psi,
                floor=floor,
            )
            targets = {"--profile": (profile, (".json",)), "--html": (html, (".html", ".htm"))}
            check_paths(
                {"기준": reference, "현재": current},
                {what: (path, ends) for what, (path, ends) in targets.items() if path is not None},
            )
            result, explanations, summary, shift = _judge_files(
                reference, current, time, scores, profile is not None, changed
            )
            if html is not None:
                from mlops_lab.lesson.plotting import use_korean

                use_korean()
                write_report(
                    html,
                    {current.stem: result},
                    title=f"{reference.name}에 견준 {current.name}",
                    explanations={current.stem: explanations},
                    progress=_tell,
                )
            if profile is not None and summary is not None:
                summary.save(profile)
                _tell(f"기준의 요약을 {profile}에 썼습니다.")
        except DriftInputError as error:
            raise _wrong_request(f"오류: {error}") from None
    except ImportError as error:
        raise _wrong_request(
            f'오류: {error.name}이(가) 없습니다. pip install "mlops-lab[drift]"로 설치해 주십시오.'
        ) from None
    except OSError as error:
        raise _wrong_request(
            f"오류: {error.filename}을(를) 쓰거나 읽을 수 없습니다({error.strerror})."
        ) from None
    if as_json:
        found = {**result.to_dict(), "explanations": [each.to_dict() for each in explanations]}
        if shift is not None:
            found["prediction_shift"] = shift.to_dict()
        print(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        more = [f"어디에서: {each.summary}" for each in explanations]
        _show(to_terminal(result), *more, *([] if shift is None else [f"예측: {shift.summary}"]))


def _changed(**given: float | None) -> dict[str, Any]:
    """판정의 규칙에서, 명령줄에 준 것만."""
    return {name: value for name, value in given.items() if value is not None}


def _tell(line: str) -> None:
    """지금 무엇을 하는지 알립니다. 표준 출력에는 결과만 찍습니다."""
    print(line, file=sys.stderr, flush=True)


def _show(*parts: Any) -> None:
    """표와 글을 사람에게 보여 줍니다."""
    from rich.console import Console

    # Jupyter는 FORCE_COLOR를 켜 둡니다. 파일이나 노트북으로 가는 글에는 색의 부호를 넣지 않습니다.
    console = Console(highlight=False, markup=False, force_terminal=sys.stdout.isatty())
    if not console.is_terminal:
        console.width = 120
    for part in parts:
        console.print(part)


def _wrong_request(message: str) -> typer.Exit:
    print(message, file=sys.stderr)
    return typer.Exit(2)


def _judge_files(
    reference: Path,
    current: Path,
    time: str | None,
    scores: str | None,
    summarize: bool,
    changed: dict[str, Any],
) -> tuple[BatchDrift, Sequence[Explanation], Profile | None, PredictionShift | None]:
    """파일을 읽어 판정하고, 드리프트인 열마다 어디에서 달라졌는지 찾습니다. 지금 무엇을 하는지 stderr에 알립니다.

    `summarize`면 기준의 요약도 만들고, `scores`가 있으면 그 열의 점수가 얼마나 움직였는지도 잽니다. `changed`는 판정의 규칙에서 바꿀
    값입니다.
    """
    from mlops_lab.drift import (
        DriftInputError,
        Rule,
        compare,
        explain_batch,
        fit_profile,
        judge,
        load_profile,
        read_table,
        score_shift,
    )
    from mlops_lab.drift._columns import check_table

    if reference.suffix == ".json":
        if time or summarize or scores:
            raise DriftInputError(
                "기준의 요약에는 --time, --scores, --profile을 쓸 수 없습니다. 원본 파일에 써 주십시오."
            )
        known = load_profile(reference)
        rule = replace(known.rule, **changed)
        _tell(f"읽는 중: {current.name}")
        now = read_table(current)
        result = judge(known, now, rule=rule, progress=_tell)
        return result, explain_batch(known, now, result), None, None
    rule = Rule(**changed)
    _tell(f"읽는 중: {reference.name}")
    before = read_table(reference)
    _tell(f"읽는 중: {current.name}")
    now = read_table(current)
    shift = None
    if scores:
        for side, table in (("기준", before), ("현재", now)):
            check_table(table, side, scores, *([time] if time else []))
        days = (before[time], now[time]) if time else None
        shift = score_shift(before[scores], now[scores], days=days)
    summary = fit_profile(before, time=time, rule=rule, progress=_tell) if summarize else None
    result = compare(before, now, time=time, rule=rule, progress=_tell)
    return result, explain_batch(before, now, result, time=time), summary, shift


@app.command("drift calibrate")
def drift_calibrate(
    history: Annotated[Path, typer.Argument(help="지난 기록: CSV나 parquet", show_default=False)],
    time: Annotated[str, typer.Option(help="시각의 열", show_default=False)],
    days: Annotated[
        list[float] | None,
        typer.Option(help="배치의 길이(일). 여러 번 쓸 수 있습니다(1, 7, 28)", show_default=False),
    ] = None,
    rows: Annotated[
        list[int] | None,
        typer.Option(help="배치의 행의 수. 여러 번 쓸 수 있습니다.", show_default=False),
    ] = None,
    reference_days: Annotated[
        float | None, typer.Option(help="기준의 길이(일). 없으면 배치 앞의 모든 날", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="기록을 섞는 씨앗")] = 0,
    alpha: Annotated[float | None, typer.Option(help="drift와 같습니다(0.005)", show_default=False)] = None,
    min_effect: Annotated[
        float | None, typer.Option(help="drift와 같습니다(0.05)", show_default=False)
    ] = None,
    min_rows: Annotated[int | None, typer.Option(help="drift와 같습니다(100)", show_default=False)] = None,
    min_psi: Annotated[float | None, typer.Option(help="drift와 같습니다(0)", show_default=False)] = None,
    floor: Annotated[float | None, typer.Option(help="drift와 같습니다(0.0001)", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """기록을 시간 순서대로 다시 돌려, 판정의 규칙이 이 자료에서 얼마나 잘못 울리고 얼마나 큰 변화를 찾는지 잽니다.

    끝 상태는 쟀으면 0, 요청이 잘못되었으면 2입니다.
    """
    from mlops_lab.drift import DriftInputError, Rule, calibrate, calibration_to_terminal, read_table

    changed = _changed(alpha=alpha, min_effect=min_effect, min_rows=min_rows, min_psi=min_psi, floor=floor)
    try:
        rule = Rule(**changed)
        _tell(f"읽는 중: {history.name}")
        result = calibrate(
            read_table(history),
            time,
            days=days,
            rows=rows or (),
            reference_days=reference_days,
            rule=rule,
            seed=seed,
            progress=_tell,
        )
    except DriftInputError as error:
        raise _wrong_request(f"오류: {error}") from None
    if as_json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, indent=2, allow_nan=False))
        return
    _show(calibration_to_terminal(result))


@app.command()
def progress(
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """어느 연습문제를 맞혔고 무엇이 남았는지 보여 줍니다. 기록은 작업 폴더에만 있습니다.

    끝 상태는 보여 주었으면 0, 수업을 찾지 못했으면 2입니다.
    """
    from mlops_lab import workspace
    from mlops_lab.lesson.contents import find_lessons
    from mlops_lab.lesson.progress import MARKS, load, summarize

    try:
        lessons = find_lessons(workspace.require_project())
    except workspace.ProjectNotFoundError as error:
        raise _wrong_request(f"오류: {error}") from None
    found = summarize(lessons, load(workspace.home()))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for lesson in found["lessons"]:
        print(f"{lesson['number']}. {lesson['title']}")
        print("    " + "  ".join(f"{name} {MARKS[state]}" for name, state in lesson["exercises"].items()))
    print("\n" + ", ".join(f"{MARKS[state]} {count}" for state, count in found["totals"].items()))
    todo = found["next"]
    print(f"다음: {todo['exercise']} ({todo['notebook']})" if todo else "모두 맞혔습니다.")


@app.command()
def up(
    component: Annotated[
        str | None,
        typer.Argument(metavar="[구성 요소]", help="멈춘 구성 요소 하나만 시작합니다.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="바라는 포트(없으면 8080). 쓰이고 있으면 다른 포트를 씁니다.",
            min=1,
            max=65535,
            show_default=False,
        ),
    ] = None,
    dags: Annotated[
        Path | None, typer.Option(help="DAG 폴더(없으면 프로젝트의 dags)", show_default=False)
    ] = None,
) -> None:
    """Airflow를 띄워 놓습니다. 네 구성 요소가 모두 건강해지면 돌아오고, 터미널을 닫아도 계속 돕니다."""
    from mlops_lab import stack

    if component is not None:
        with _stack_errors():
            did = stack.start_component(component)
        print(f"{component}을(를) 시작했습니다." if did else f"{component}은(는) 이미 돌고 있습니다.")
        return
    from mlops_lab.lesson.machine import AIRFLOW

    on_stop(signal.default_int_handler)  # 도중에 멈추면 띄우던 것을 거둡니다.
    with _stack_errors():
        running = stack.up(dags=dags, port=port, say=print, **AIRFLOW)
    print(f"Airflow  {running.url}")
    print(f"로그인   사용자 {running.username}, 암호는 {running.place.passwords}에 있습니다.")
    print("멈추기   mlops-lab down")


@app.command()
def down(
    component: Annotated[
        str | None,
        typer.Argument(metavar="[구성 요소]", help="구성 요소 하나만 멈춥니다.", show_default=False),
    ] = None,
) -> None:
    """Airflow를 멈춥니다. 어느 터미널에서 누가 시작했든 멈춥니다."""
    from mlops_lab import stack

    if component is not None:
        with _stack_errors():
            did = stack.stop_component(component)
        print(f"{component}을(를) 멈췄습니다." if did else f"{component}은(는) 이미 멈춰 있습니다.")
        return
    with _stack_errors():
        stopped = stack.stop()
    print("Airflow를 멈췄습니다." if stopped else f"돌고 있는 Airflow가 없습니다: {stack.layout().home}")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """구성 요소별 상태를 보여 줍니다. 모두 건강하면 0, 아니면 1로 끝납니다."""
    from mlops_lab import stack

    with _stack_errors():
        now = stack.status()
    if as_json:
        print(json.dumps({"url": now.url, "components": now.components}, ensure_ascii=False, indent=2))
    else:
        print(f"주소           {now.url or '(돌고 있지 않습니다)'}")
        for name, state in now.components.items():
            print(f"{name:<14} {stack.HEALTH[state]}")
    raise typer.Exit(0 if now.is_healthy else 1)


@app.command()
def logs(
    component: Annotated[
        str | None, typer.Argument(metavar="[구성 요소]", help="없으면 모두", show_default=False)
    ] = None,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="보여 줄 줄 수")] = 20,
    following: Annotated[bool, typer.Option("-f", "--follow", help="늘어나는 줄을 계속 봅니다.")] = False,
) -> None:
    """구성 요소의 로그의 끝을 보여 줍니다."""
    from mlops_lab import stack

    with _stack_errors():
        files = stack.log_files(component=component)
        for name, path in files.items():
            print(f"== {name}  {path}")
            print("\n".join(stack.tail(path, lines)), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            for name, line in stack.follow(files) if following else ():
                print(line if component else f"{name:<14} {line}", flush=True)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="결과를 JSON 하나로 찍습니다.")] = False,
) -> None:
    """이 컴퓨터에서 잘 돌 수 있는지 살펴보고, 문제마다 고치는 방법을 알려 줍니다. 문제가 없으면 0, 있으면 1로 끝납니다."""
    from mlops_lab.lesson import machine

    with _stack_errors():
        checks = machine.doctor()
    ok = all(check.ok for check in checks)
    if as_json:
        shown = [{"name": c.name, "ok": c.ok, "seen": c.seen, "remedy": c.remedy} for c in checks]
        print(json.dumps({"ok": ok, "checks": shown}, ensure_ascii=False, indent=2))
    else:
        for check in checks:
            print(f"{'좋음' if check.ok else '문제'}  {check.title}: {check.seen}")
            if check.remedy:
                print(f"      고치기: {check.remedy}")
    raise typer.Exit(0 if ok else 1)


@app.command()
def rollback(
    reason: Annotated[str, typer.Option(help="까닭. 기록에 남습니다.", show_default=False)],
    to: Annotated[
        int | None, typer.Option(help="되돌아갈 버전(없으면 바로 앞의 챔피언)", show_default=False)
    ] = None,
    month: Annotated[
        str | None,
        typer.Option(help="이 달의 배치부터 따릅니다(없으면 아직 예측하지 않은 첫 달)", show_default=False),
    ] = None,
) -> None:
    """항공편 파이프라인의 챔피언을 예전 챔피언으로 되돌립니다. 결정을 기록하므로 다음 배치도 따릅니다.

    끝 상태는 되돌렸으면 0, 되돌릴 수 없으면 2입니다.
    """
    from mlops_lab import flights
    from mlops_lab.flights import decisions
    from mlops_lab.flights.errors import FlightsError

    try:
        done = decisions.roll_back(flights.home(), reason=reason, version=to, month=month)
    except FlightsError as error:
        raise _wrong_request(f"오류: {error}") from None
    before, after = done["champion_before"], done["champion_after"]
    print(
        f"챔피언을 버전 {before['version']}({before['through']}까지 학습)에서 버전 {after['version']}({after['through']}까지 "
        f"학습)(으)로 되돌렸습니다. {done['month']}의 배치부터 따릅니다."
    )
    if done["again"]:
        print(f"다시 예측할 달: {', '.join(done['again'])}. 03_score부터 다시 실행하십시오.")


@app.command()
def lineage(
    month: Annotated[
        str | None,
        typer.Argument(help="예측한 달. 주면 그 예측이 어디에서 왔는지 보여 줍니다.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON 하나로 찍습니다.")] = False,
) -> None:
    """항공편 파이프라인에서 무엇이 무엇에서 왔는지, 배치가 바뀌어 낡은 것이 무엇인지 알려 줍니다.

    끝 상태는 낡은 것이 없으면 0, 있으면 1, 요청이 잘못되었으면 2입니다.
    """
    from mlops_lab import flights
    from mlops_lab.flights import lineage as lines
    from mlops_lab.flights.errors import FlightsError

    home = flights.home()
    try:
        if month is not None:
            found = lines.trace(flights.check_month(month), home)
            is_stale = not all(each["unchanged"] for each in found["files"])
            print(json.dumps(found, ensure_ascii=False, indent=2) if as_json else _trace_words(found))
        else:
            stale = lines.find_stale(home)
            is_stale = bool(stale)
            if as_json:
                print(json.dumps([asdict(each) for each in stale], ensure_ascii=False, indent=2))
            else:
                print("낡은 것: 차례대로 다시 실행하십시오." if stale else "낡은 것이 없습니다.")
                for each in stale:
                    print(f"{each.month}  {each.notebook}  바뀐 것: {', '.join(each.because)}")
    except FlightsError as error:
        raise _wrong_request(f"오류: {error}") from None
    raise typer.Exit(1 if is_stale else 0)


def _trace_words(found: dict[str, Any]) -> str:
    """예측 하나의 계보를 사람이 읽는 글로."""
    champion, made = found["champion"], found["registered"]
    lines = [
        f"예측    {found['predictions']}",
        f"모델    버전 {champion['version']}({champion['through']}까지 학습, 시드 {champion['seed']}), 내용 {champion['sha256'][:12]}",
        f"코드    {made.get('code', '적지 않음')}",
        "환경    " + (", ".join(f"{k} {v}" for k, v in made.get("environment", {}).items()) or "적지 않음"),
    ]
    if found["decision"]:
        lines.append(f"결정    {found['decision']['month']}: {found['decision']['reason']}")
    for each in found["files"]:
        state = "그대로" if each["unchanged"] else "바뀌었습니다"
        lines.append(
            f"배치    {each['file']}  {each['sha256'][:12]}  {state}  도착한 파일: {each['landing'] or '없음'}"
        )
    return "\n".join(lines)


@app.command("decisions")
def show_decisions(
    as_json: Annotated[bool, typer.Option("--json", help="JSON 배열 하나로 찍습니다.")] = False,
) -> None:
    """항공편 파이프라인의 챔피언을 정한 결정을 나중 것부터 보여 줍니다."""
    from mlops_lab import flights
    from mlops_lab.flights import decisions

    found = list(decisions.records(flights.home()))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not found:
        print("아직 결정이 없습니다. 00_bootstrap이 첫 모델을 만듭니다.")
    for each in found:
        after = each["champion_after"]
        print(
            f"{each['month']}  {decisions.KINDS[each['kind']]}  버전 {after['version']}({after['through']}까지 학습)  {each['reason']}"
        )


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("-y", "--yes", help="묻지 않고 합니다.")] = False,
) -> None:
    """Airflow를 멈추고 첫 수업의 상태로 되돌립니다. 노트북과 프로젝트의 DAG는 그대로 두고, 나머지는 지우지 않고 옮깁니다."""
    from mlops_lab import stack
    from mlops_lab.lesson.machine import LEFT_BEHIND

    with _stack_errors():
        found = stack.reset_targets(more=LEFT_BEHIND)
        if not found:
            print(f"이미 첫 수업의 상태입니다: {stack.layout().home}")
            return
        print("옮길 것: " + ", ".join(path.name for path in found) + f" ({found[0].parent})")
        if not yes and not typer.confirm("Airflow를 멈추고 첫 수업의 상태로 되돌릴까요?"):
            print("그만두었습니다. 바뀐 것은 없습니다.")
            raise typer.Exit(1)
        target, _ = stack.reset(more=LEFT_BEHIND)
    print(f"되돌렸습니다. 지난 것은 {target}에 있습니다.")


@contextlib.contextmanager
def _stack_errors() -> Iterator[None]:
    """stack의 오류는 메시지만 보이고 1로 끝냅니다."""
    from mlops_lab.stack import StackError

    try:
        yield
    except StackError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


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
    """Ctrl-C, SIGTERM, 닫힌 터미널(SIGHUP)에 사실대로 저장하고 멈춥니다."""

    def stop(number: int, _frame: FrameType | None) -> None:
        name = (
            "Ctrl-C를 눌렀습니다"
            if number == signal.SIGINT
            else f"{signal.Signals(number).name} 신호를 받았습니다"
        )
        task.stop(name)

    on_stop(stop)
