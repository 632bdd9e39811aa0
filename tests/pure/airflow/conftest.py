"""Airflow를 읽기만 해도 AIRFLOW_HOME에 파일이 생기므로, 사람의 것이 아닌 임시 폴더를 줍니다."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "AIRFLOW_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="airflow-")
    os.environ["AIRFLOW_HOME"] = _home
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
