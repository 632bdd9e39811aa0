"""스케줄러가 쉬면서 묻는 말이 진짜 메타데이터베이스에 맞습니다."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from mlops_lab.stack import _waking

if TYPE_CHECKING:
    from tests.airflow.conftest import Lab


def test_the_question_fits_the_tables_of_this_airflow(lab: Lab) -> None:
    database = lab.stack.place.airflow / "airflow.db"
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    assert connection.execute(_waking._WORK).fetchone()[0] in (0, 1)
    connection.close()
