"""이 컴퓨터에서 Airflow 한 벌을 시작하고 멈추고 들여다봅니다.

    from mlops_lab.stack import start

    with start("workspace", "dags") as stack:
        print(stack.url)
        run = stack.client.trigger("my_dag")

스케줄러, API 서버, Dag 프로세서, 트리거러가 저마다 프로세스로 돌고, 127.0.0.1에서만 듣습니다.

`start()`로 시작한 것은 그 프로그램과 함께 끝나고, `up()`으로 띄운 것은 `stop()`을 부를 때까지 돕니다.
"""

from mlops_lab._extras import require

require("stack", "airflow", "httpx")

from mlops_lab.stack._client import FINISHED, Client
from mlops_lab.stack._components import start_component, stop_component
from mlops_lab.stack._config import HOST, OWN_BUNDLE, USERNAME, find_port, layout
from mlops_lab.stack._dag_errors import explain_import_error
from mlops_lab.stack._dag_files import write_dag
from mlops_lab.stack._database import query, tables
from mlops_lab.stack._detached import Status, attach, status, up
from mlops_lab.stack._doctor import Check, doctor
from mlops_lab.stack._errors import (
    ApiError,
    ComponentDiedError,
    DagFileError,
    HomeError,
    QueryError,
    StackBusyError,
    StackError,
)
from mlops_lab.stack._logs import follow, log_files, tail
from mlops_lab.stack._peer import OwnServerTransport
from mlops_lab.stack._reset import reset, reset_targets
from mlops_lab.stack._stack import COMPONENTS, HEALTH, Stack, clear_stale, leftovers, start, stop

__all__ = [
    "COMPONENTS",
    "FINISHED",
    "HEALTH",
    "HOST",
    "OWN_BUNDLE",
    "USERNAME",
    "ApiError",
    "Check",
    "Client",
    "ComponentDiedError",
    "DagFileError",
    "HomeError",
    "OwnServerTransport",
    "QueryError",
    "Stack",
    "StackBusyError",
    "StackError",
    "Status",
    "attach",
    "clear_stale",
    "doctor",
    "explain_import_error",
    "find_port",
    "follow",
    "layout",
    "leftovers",
    "log_files",
    "query",
    "reset",
    "reset_targets",
    "start",
    "start_component",
    "status",
    "stop",
    "stop_component",
    "tables",
    "tail",
    "up",
    "write_dag",
]
