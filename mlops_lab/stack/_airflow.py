"""구성 요소가 되는 프로세스입니다. Airflow의 명령을 그대로 실행하되, 스케줄러는 할 일이 없을 때 길게 쉬게 합니다.

python -m mlops_lab.stack._airflow scheduler --skip-serve-logs
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> None:
    """`airflow` 명령을 이 프로세스에서 실행합니다.

    Args:
        arguments: 구성 요소의 이름과 그 명령의 선택 사항
    """
    from airflow.__main__ import main
    from airflow.configuration import conf

    if arguments[0] == "scheduler":
        from mlops_lab.stack import _waking

        _waking.install(conf.get_mandatory_value("database", "sql_alchemy_conn"))
    sys.argv = ["airflow", *arguments]
    main()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    run(sys.argv[1:])
