"""`python -m mlops_lab.flights deliver 2013-03 features`: 배치 하나를 landing에 배달합니다.

이미 온 파일은 건드리지 않습니다. 다시 보내려면 `--again`을 붙입니다.
"""

from __future__ import annotations

import argparse
import sys

from mlops_lab.flights import home
from mlops_lab.flights.errors import FlightsError
from mlops_lab.flights.landing import deliver, has_arrived


def main() -> None:
    """명령줄을 읽어 배달합니다. 잘못된 달이면 종료 상태 2로 끝납니다."""
    parser = argparse.ArgumentParser(
        prog="python -m mlops_lab.flights", description="배치를 landing에 배달합니다."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    delivery = verbs.add_parser("deliver", help="한 달의 파일을 배달합니다.")
    delivery.add_argument("month", help="2013-03 같은 달")
    delivery.add_argument("what", choices=["features", "labels"], help="특징(항공편과 날씨) 또는 정답")
    delivery.add_argument("--home", help="워크스페이스. 주지 않으면 MLOPS_LAB_HOME")
    delivery.add_argument("--again", action="store_true", help="이미 온 파일도 다시 보냅니다.")
    given = parser.parse_args()
    workspace = home(given.home)
    try:
        if has_arrived(given.month, workspace, given.what) and not given.again:
            sys.stdout.write(f"{given.month}의 {given.what}은(는) 이미 와 있습니다.\n")
            return
        for path in deliver(given.month, workspace, given.what):
            sys.stdout.write(f"{path.name}을(를) landing에 놓았습니다.\n")
    except FlightsError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
