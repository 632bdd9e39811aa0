"""미리 읽어 둔 프로세스의 상태: 무엇을 읽었고, 그대로 fork해도 보통 커널과 같은지."""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MODULES = ("matplotlib.pyplot", "pandas", "scipy.stats", "sklearn.ensemble", "sklearn.pipeline")
"""따로 정하지 않았을 때 읽어 둘 모듈. 설치되어 있지 않은 것은 건너뜁니다."""

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
"""ipykernel이 커널에 정해 주는 matplotlib의 그림 방식. 미리 읽을 때에도 같아야 합니다."""

_KERNEL_MODULES = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "mlops_lab.runner._record",
    "pdb",
    "sqlite3",
    "tornado.platform.asyncio",
    "traitlets.config.argcomplete_config",
)
"""커널이 뜰 때와 노트북이 `record`를 부를 때 읽는 것."""

_FORK_SAFE_THREADS = {"jemalloc_bg_thd"}
"""pyarrow의 메모리를 정리하는 스레드. 계산하지 않으며, jemalloc이 fork를 스스로 처리합니다."""

_SAME_IN_A_KERNEL = {"IPython", "ipykernel", "matplotlib", "matplotlib_inline", "pandas"}
"""읽힐 때 IPython인지 묻지만, 미리 읽어도 커널에서와 같은 것. 시험(test_warm.py)이 확인합니다."""

_CURRENT_FOLDER_SETTINGS = ("matplotlibrc",)
_READ_AT_START = re.compile(
    r"(PYTHON|LD_|OMP_|OPENBLAS|GOTO_|MKL_|BLIS_|NUMEXPR_|KMP_|MALLOC_|GLIBC_|MPL|MATPLOTLIB)"
)
_HARMLESS = {
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "MPLBACKEND",  # 아래에서 따로 봅니다.
    "KMP_DUPLICATE_LIB_OK",  # scikit-learn이 읽히면서 스스로 적는 것들입니다.
    "KMP_INIT_AT_FORK",
}


@dataclass(frozen=True)
class Request:
    """커널 하나를 띄워 달라는 부탁."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    umask: int
    streams: list[int]


class Preloaded:
    """미리 읽은 상태와, 그대로 fork해도 되는지의 판단."""

    def __init__(self, modules: Sequence[str]) -> None:
        self.environ = dict(os.environ)
        self.packages = [Path(p) for p in sys.path if p.endswith("site-packages")]
        self.installed = self._installed()
        for name in _KERNEL_MODULES:
            importlib.import_module(name)
        with _as_if_in_a_kernel() as asked:
            for name in modules:
                try:
                    importlib.import_module(name)
                except Exception as error:
                    sys.stderr.write(
                        f"예열: {name}을(를) 읽지 못해 건너뜁니다({type(error).__name__}: {error}).\n"
                    )
        _forget(asked - _SAME_IN_A_KERNEL)
        gc.collect()
        gc.freeze()
        self.sources = {
            file: _mtime(file)
            for module in list(sys.modules.values())
            if (file := getattr(module, "__file__", None))
            and not file.startswith((sys.base_prefix, sys.prefix))
        }
        # OpenBLAS의 스레드는 fork 때 스스로 접었다가 다시 폅니다. 그래도 남는 스레드가 있으면 안전하지 않습니다.
        if (child := os.fork()) == 0:
            os._exit(0)
        os.waitpid(child, 0)
        self.unsafe = self._why_unsafe()

    def _installed(self) -> list[int]:
        return [_mtime(str(folder)) for folder in self.packages]

    def _why_unsafe(self) -> str | None:
        names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
        if names:
            return f"미리 읽은 모듈이 스레드를 띄웠습니다({', '.join(names)})"
        extra = [name for name in _native_threads() if name not in _FORK_SAFE_THREADS]
        if len(extra) > 1:  # 하나는 이 스레드입니다.
            return f"미리 읽은 모듈이 계산하는 스레드 {len(extra) - 1}개를 띄웠습니다"
        for descriptor in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()).startswith("/dev/nvidia"):
                    return "미리 읽은 모듈이 CUDA를 켰습니다"
        return None

    def refusal(self, request: Request) -> str | None:
        """이 부탁을 fork로 들어줄 수 없는 까닭. 들어줄 수 있으면 None입니다."""
        if self.unsafe:
            return self.unsafe
        python, *rest = request.argv
        same = Path(python).parent == Path(sys.executable).parent and os.path.realpath(
            python
        ) == os.path.realpath(sys.executable)
        if not same:
            return f"다른 환경의 파이썬입니다({python})"
        if rest[:2] != ["-m", "ipykernel_launcher"]:
            return "ipykernel을 여느 때와 다르게 띄우는 커널입니다"
        names = {name for name in {*request.env, *self.environ} if _READ_AT_START.match(name)} - _HARMLESS
        for name in sorted(names):
            if request.env.get(name) != self.environ.get(name):
                return f"파이썬이 시작할 때 읽는 환경 변수 {name}이(가) 다릅니다"
        if request.env.get("MPLBACKEND") not in (None, self.environ.get("MPLBACKEND")):
            return "환경 변수 MPLBACKEND가 다릅니다"
        if "utf" not in (chosen := character_locale(request.env)).lower():
            return f"UTF-8이 아닌 로케일입니다({chosen})"
        for name in _CURRENT_FOLDER_SETTINGS:
            if (Path(request.cwd) / name).exists():
                return f"작업 폴더에 {name}이(가) 있습니다"
        if self._installed() != self.installed:
            return "예열한 뒤에 설치된 패키지가 바뀌었습니다"
        for file, seen in self.sources.items():
            if _mtime(file) != seen:
                return f"예열한 뒤에 {Path(file).name}이(가) 바뀌었습니다"
        return None


@contextlib.contextmanager
def _as_if_in_a_kernel() -> Iterator[set[str]]:
    """IPython인지 묻는 모듈을 적습니다. 내장 `get_ipython`만 보는 pandas에는 커널이라고 답합니다."""
    import IPython
    from IPython.core import getipython

    asked: set[str] = set()
    real = getipython.get_ipython

    def note() -> None:
        asked.add(str(sys._getframe(2).f_globals.get("__name__")).partition(".")[0])

    def get_ipython() -> Any:
        note()
        return real()

    def in_a_kernel() -> Any:
        note()
        return SimpleNamespace(kernel=None)

    builtins.get_ipython = in_a_kernel  # type: ignore[attr-defined]
    IPython.get_ipython = getipython.get_ipython = get_ipython
    try:
        yield asked
    finally:
        IPython.get_ipython = getipython.get_ipython = real
        del builtins.get_ipython  # type: ignore[attr-defined]


def _forget(packages: set[str]) -> None:
    """커널인지에 따라 달라지는 패키지는 읽지 않은 것으로 합니다. 노트북이 쓸 때 커널 안에서 다시 읽힙니다."""
    for name in list(sys.modules):
        if name.partition(".")[0] in packages:
            del sys.modules[name]


def _native_threads() -> list[str]:
    """이 프로세스의 스레드 이름. 파이썬이 모르는 것(OpenMP, CUDA 등)도 들어 있습니다."""
    names = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            names.append((task / "comm").read_text().strip())
    return names


def character_locale(env: Mapping[str, str]) -> str:
    """글자에 쓰는 로케일. 정하지 않았으면 파이썬이 하듯이(PEP 538) C.UTF-8입니다."""
    chosen = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "C"
    return "C.UTF-8" if chosen in {"C", "POSIX"} else chosen


def _mtime(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0
