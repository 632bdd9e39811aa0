"""Airflow를 한 번만 import하고 구성 요소를 fork로 띄우는 프로그램입니다.

    python -m mlops_lab.stack._launcher '{"scheduler": ["scheduler", "--skip-serve-logs"], ...}' LOGS

구성 요소마다 Airflow를 따로 import하면 코어 두 개에서 수십 초가 걸립니다. 한 번 import한 메모리를 나누어 쓰면 시간과
메모리가 함께 줄어듭니다. 표준 출력에 {이름: pid} 한 줄을 쓴 뒤에는 자식이 끝날 때마다 거두는 일만 합니다.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path

_PRELOADED = (
    "airflow.__main__",
    "airflow.api_fastapi.app",
    "airflow.api_fastapi.core_api.app",
    "airflow.api_fastapi.execution_api.app",
    # Dag 프로세서와 API 서버가 저마다 읽던 것입니다.
    "airflow.api_fastapi.execution_api.routes",
    "airflow.api_fastapi.execution_api.versions",
    "airflow.cli.commands.api_server_command",
    "airflow.cli.commands.dag_processor_command",
    "airflow.cli.commands.scheduler_command",
    "airflow.cli.commands.triggerer_command",
    "airflow.executors.local_executor",
)

_REAP = """
import os
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""


def main(components: dict[str, list[str]], logs: Path) -> None:
    """데이터베이스를 준비하고 구성 요소를 띄웁니다. 돌아오지 않으며, 자식이 모두 끝나면 끝납니다."""
    import_jsonschema()
    for module in _PRELOADED:
        importlib.import_module(module)
    from airflow import settings
    from airflow.utils import db

    db.initdb()
    # SQLite 연결은 fork를 건너면 안 됩니다. 닫고, 자식이 저마다 다시 엽니다.
    settings.dispose_orm(do_log=False)
    gc.collect()
    gc.freeze()
    gc.callbacks.append(keep_frozen)
    pids = {}
    for name, arguments in components.items():
        pid = os.fork()
        if pid == 0:
            _become(name, arguments, logs / f"{name}.log")
        pids[name] = pid
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    os.close(1)
    # 남은 일은 자식을 거두는 것뿐입니다. Airflow를 읽어 둔 메모리를 내놓도록, pid와 자식은 그대로 두고 작은 프로그램이 됩니다.
    os.execv(  # noqa: S606 - 셸을 거칠 까닭이 없습니다.
        sys.executable, [sys.executable, "-I", "-S", "-c", _REAP, "mlops_lab.stack"]
    )


def import_jsonschema() -> None:
    """jsonschema를 읽되, 주소 형식 `iri`의 문법은 처음 쓸 때 만들게 합니다.

    그 문법을 만드는 rfc3987_syntax는 1초 넘게 걸리고 16 MB를 쓰는데, `Param(format="iri")`인 DAG 말고는 쓰는 곳이 없습니다.
    """
    stand_in = types.ModuleType("rfc3987_syntax")

    def is_valid_syntax(term: str, value: str) -> bool:
        return bool(importlib.import_module("rfc3987_syntax").is_valid_syntax(term, value))

    stand_in.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[stand_in.__name__] = stand_in
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[stand_in.__name__]


def keep_frozen(phase: str, info: Mapping[str, int]) -> None:
    """`gc.callbacks`에 거는 함수입니다. 누가 gc.unfreeze()를 불렀으면, 모두 훑기 전에 다시 얼립니다.

    LocalExecutor는 작업자를 fork한 뒤 unfreeze합니다. 그러면 1, 2분 뒤 스케줄러가 물려받은 객체를 모두 훑으면서, 나누어
    쓰던 메모리를 100 MB쯤 복사합니다.
    """
    if phase == "start" and info["generation"] == 2 and not gc.get_freeze_count():
        gc.freeze()


def _become(name: str, arguments: list[str], log: Path) -> None:
    """자식 쪽: 새 세션에서 출력을 log로 돌리고 airflow 명령을 실행합니다. 돌아오지 않습니다."""
    code = 1
    try:
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)

        from airflow import settings
        from setproctitle import setproctitle

        from mlops_lab.stack import _airflow

        settings.configure_orm()  # type: ignore[no-untyped-call]
        setproctitle(f"airflow {name}")
        _airflow.run(arguments)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        if isinstance(stop.code, str):
            sys.stderr.write(f"{stop.code}\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
