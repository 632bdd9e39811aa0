"""배우는 사람의 DAG 파일을 쓰고, 진짜 Dag 프로세서가 바로 그 판을 읽을 때까지 기다립니다."""

from __future__ import annotations

import contextlib
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from mlops_lab._files import write_atomic
from mlops_lab.stack._config import IMPORT_SECONDS, OWN_BUNDLE, Layout, layout
from mlops_lab.stack._dag_errors import (
    check_source,
    explain_import_error,
    literal_dag_ids,
    no_dag,
    with_cycle_line,
)
from mlops_lab.stack._detached import attach
from mlops_lab.stack._errors import DagFileError, HomeError, StackError
from mlops_lab.stack._stack import Stack

_STARTED = "Filling up the DagBag from"
"""Dag 프로세서가 파일 하나를 읽기 시작할 때, 그 파일의 로그에 적는 말입니다."""


def write_dag(
    filename: str, source: str, home: Path | str | None = None, *, timeout: float = 60.0
) -> tuple[str, ...]:
    """`<home>/dags/<filename>`에 DAG 파일을 쓰고, Dag 프로세서가 그것을 읽으면 그 안의 dag_id를 돌려줍니다.

    잘못된 파일은 DAG 폴더에 남지 않습니다. 앞서 쓴 것이 있으면 되돌려 놓고, 틀린 글은 `<filename>.broken`에 남깁니다.

    Args:
        filename: 파일의 이름(.py). 폴더는 적지 않습니다
        source: 파이썬 코드
        home: 작업 폴더. 없으면 `workspace.home()`
        timeout: 기다릴 시간(초)

    Returns:
        그 파일의 dag_id. 이름순

    Raises:
        DagFileError: 파일이 잘못되었거나 Dag 프로세서가 읽지 못할 때. `kind`와 `line`이 있습니다.
        StackError: Airflow가 돌고 있지 않을 때.
    """
    place = layout(home)
    path = _path(place, filename)
    tree = check_source(filename, source)
    stack = attach(home)
    if stack is None:
        raise StackError(
            f"돌고 있는 Airflow가 없습니다: {place.home}\n`mlops-lab up`으로 먼저 시작해 주세요."
        )
    try:
        _check_processor(stack, filename)
        owners = _owners(stack, filename)
        for dag_id, line in literal_dag_ids(tree):
            if dag_id in owners:
                raise _duplicate(filename, dag_id, owners[dag_id], line, source)
        return _write_and_wait(stack, path, source, owners, timeout)
    finally:
        stack.client.close()


def _path(place: Layout, filename: str) -> Path:
    if Path(filename).name != filename or filename.startswith(".") or not filename.endswith(".py"):
        advice = f"파일의 이름으로 쓸 수 없습니다. 폴더 없이 .py로 끝나는 이름을 적어 주세요: 예) {Path(filename).stem or 'my_dag'}.py"
        raise DagFileError("filename", filename, advice)
    return place.own_dags / filename


def _check_processor(stack: Stack, filename: str) -> None:
    if stack.components()["dag-processor"] == "absent":
        advice = (
            "Dag 프로세서가 멈춰 있습니다. 파일을 읽을 프로그램이 없습니다. "
            "lab.start('dag-processor') 또는 `mlops-lab up dag-processor`로 시작한 뒤 다시 해 주세요."
        )
        raise DagFileError("stopped", filename, advice)


def _owners(stack: Stack, filename: str) -> dict[str, dict[str, Any]]:
    """{dag_id: 그 DAG}. filename이 아닌, 지금 있는 다른 파일의 것만 봅니다."""
    return {
        dag["dag_id"]: dag
        for dag in stack.client.pages("/dags", "dags", exclude_stale=True)
        if (dag["bundle_name"], dag["relative_fileloc"]) != (OWN_BUNDLE, filename)
        and Path(dag["fileloc"]).is_file()
    }


def _duplicate(
    filename: str, dag_id: str, owner: dict[str, Any], line: int | None, source: str
) -> DagFileError:
    advice = (
        f"dag_id {dag_id!r}는 이미 {owner['relative_fileloc']}에 있습니다. 이름이 같은 DAG가 둘이면 서로를 덮어씁니다. "
        "이 파일의 dag_id를 바꿔 주세요."
    )
    return DagFileError(
        "duplicate_dag", filename, advice, line, source.splitlines()[line - 1] if line else None
    )


def _write_and_wait(
    stack: Stack, path: Path, source: str, owners: dict[str, dict[str, Any]], timeout: float
) -> tuple[str, ...]:
    broken = path.with_name(f"{path.name}.broken")
    try:
        previous = path.read_bytes() if path.exists() else None
        write_atomic(path, source)
    except OSError as error:
        raise HomeError.from_os(path, error) from error
    dag_ids: tuple[str, ...] = ()
    try:
        dag_ids = _wait_parsed(stack, path, source, timeout)
        for dag_id in dag_ids:
            if dag_id in owners:
                raise _duplicate(path.name, dag_id, owners[dag_id], None, source)
    except DagFileError as error:
        if previous is None:
            path.unlink(missing_ok=True)
            kept = "파일은 DAG 폴더에 남기지 않았습니다."
        else:
            write_atomic(path, previous)
            kept = "앞서 쓴 파일을 되돌려 놓았습니다."
        write_atomic(broken, source)
        if error.kind == "duplicate_dag":
            for dag_id in set(dag_ids) & set(owners):  # 빼앗긴 DAG를 곧바로 제 파일에서 다시 읽게 합니다.
                with contextlib.suppress(OSError):  # 건드릴 수 없으면 5분 안에 저절로 다시 읽습니다.
                    os.utime(owners[dag_id]["fileloc"])
        raise error.adding(f"{kept} 틀린 글은 {broken.name}에 있습니다.") from None
    broken.unlink(missing_ok=True)
    return dag_ids


def _wait_parsed(stack: Stack, path: Path, source: str, timeout: float) -> tuple[str, ...]:
    """지금 쓴 판을 읽은 결과를 기다립니다.

    파일의 로그에서, 쓴 뒤에 읽기 시작한 때를 찾습니다. 그보다 나중에 적힌 DAG와 오류가 이 판의 것입니다. 둘 다 없으면 파일의
    시각을 바꾸어 한 번 더 읽게 합니다. 같은 파일을 다시 읽기 시작했다면 앞의 결과는 이미 적혔으므로, 그때까지 없으면 DAG가 없는
    파일이거나, 오류도 적지 못하고 강제로 끝난 것입니다.
    """
    written = time.time()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        time.sleep(0.3)
        starts = [start for start in _parse_starts(stack.place, path) if start >= written]
        if not starts:
            _check_processor(stack, path.name)
            continue
        if found := _results(stack, path.name, starts[0]):
            time.sleep(0.3)  # DAG와 오류가 모두 적힌 뒤의 것을 봅니다.
            found = _results(stack, path.name, starts[0]) or found
            if isinstance(found, DagFileError):
                raise with_cycle_line(found, source)
            return found
        if len(starts) > 1:
            if starts[1] - starts[0] > IMPORT_SECONDS:
                break
            raise no_dag(path.name, source)
        os.utime(path)
    waited = time.time() - written
    advice = f"Dag 프로세서가 {waited:.0f}초를 기다려도 파일을 다 읽지 못했습니다. 오래 걸리는 일은 태스크 안으로 옮겨 주세요."
    raise DagFileError("timeout", path.name, advice)


def _results(stack: Stack, filename: str, since: float) -> tuple[str, ...] | DagFileError | None:
    for error in stack.client.import_errors():
        ours = error["bundle_name"] == OWN_BUNDLE and error["filename"] == filename
        if ours and _seconds(error["timestamp"]) >= since:
            return explain_import_error(filename, error["stack_trace"])
    return tuple(
        sorted(
            dag["dag_id"]
            for dag in stack.client.pages("/dags", "dags", exclude_stale=False)
            if (dag["bundle_name"], dag["relative_fileloc"]) == (OWN_BUNDLE, filename)
            and _seconds(dag["last_parsed_time"]) >= since
        )
    )


def _parse_starts(place: Layout, path: Path) -> list[float]:
    """Dag 프로세서가 path를 읽기 시작한 때(유닉스 초)입니다. 날짜마다 로그 파일이 다르고, latest는 오늘의 것입니다."""
    starts = set()
    for log in (place.logs / "dag_processor").glob(f"*/{OWN_BUNDLE}/{path.name}.log"):
        for line in log.read_text("utf-8", errors="replace").splitlines():
            if _STARTED in line:
                try:
                    starts.add(_seconds(json.loads(line)["timestamp"]))
                except (ValueError, KeyError):  # 쓰는 중인 줄
                    continue
    return sorted(starts)


def _seconds(moment: str | None) -> float:
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0
