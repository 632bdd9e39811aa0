"""launcher가 메모리를 아끼는 두 방법. 프로세스 전체에 걸친 일이므로 새 파이썬에서 확인합니다."""

from __future__ import annotations

import subprocess
import sys


def run_python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_iri_is_checked_as_before_but_its_grammar_waits_for_the_first_use() -> None:
    run_python("""
import sys
from mlops_lab.stack._launcher import import_jsonschema

import_jsonschema()
from jsonschema import FormatChecker

assert "lark" not in sys.modules and "rfc3987_syntax" not in sys.modules
checker = FormatChecker()
for name, good, bad in (("iri", "https://예.한국/길", "길 없음"), ("iri-reference", "/길", "<길>")):
    assert name in checker.checkers, name
    assert checker.conforms(good, name) and not checker.conforms(bad, name), name
assert "lark" in sys.modules
""")


def test_objects_unfrozen_by_the_executor_are_frozen_again_before_a_full_collection() -> None:
    run_python("""
import gc
from mlops_lab.stack._launcher import keep_frozen

gc.callbacks.append(keep_frozen)
gc.freeze()
gc.unfreeze()  # LocalExecutor가 작업자를 fork한 뒤에 합니다.
gc.collect(1)
assert not gc.get_freeze_count()
gc.collect()
count = gc.get_freeze_count()
assert count > 1000, count
gc.collect()
assert abs(gc.get_freeze_count() - count) < 100  # 얼어 있는 동안에는 쓰레기를 더 얼리지 않습니다.
""")
