"""이 컴퓨터에서 Airflow 한 벌을 시작하고 멈추고 들여다봅니다.

    from mlops_lab.stack import start

    with start("workspace", "dags") as stack:
        print(stack.url)
        run = stack.client.trigger("my_dag")

스케줄러, API 서버, Dag 프로세서, 트리거러가 저마다 프로세스로 돌고, 127.0.0.1에서만 듣습니다.
"""

from mlops_lab.stack._client import FINISHED, Client
from mlops_lab.stack._config import HOST, USERNAME, find_port
from mlops_lab.stack._errors import ApiError, ComponentDiedError, HomeError, StackBusyError, StackError
from mlops_lab.stack._stack import COMPONENTS, Stack, clear_stale, leftovers, start, stop

__all__ = [
    "COMPONENTS",
    "FINISHED",
    "HOST",
    "USERNAME",
    "ApiError",
    "Client",
    "ComponentDiedError",
    "HomeError",
    "Stack",
    "StackBusyError",
    "StackError",
    "clear_stale",
    "find_port",
    "leftovers",
    "start",
    "stop",
]
