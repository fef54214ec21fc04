"""Where analysis processes come from: forked of one that has imported what they need, and nothing else.

Never of the program itself: that has an event loop and threads whose locks a fork would copy. Spawned ones would do,
but each would import everything anew, half a second of processor, and the program's `__main__` besides, with Faust and
every driver where that is Faust's own command.
"""

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from types import ModuleType
from typing import Any

PRELOADED = "app.adapters.analysis.preloaded"
"""The module that the first process imports before it is forked."""


def analysis_context() -> BaseContext:
    """What makes the processes; systems without a server of forks spawn them."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = _Context()
    context.set_forkserver_preload([PRELOADED])
    return context


def begin_importing() -> None:
    """Start the first process now, where the rest is imported meanwhile: at a desk a second core is idle."""
    if sys.platform == "win32":
        return
    from multiprocessing import forkserver  # noqa: PLC0415 -- no such module there

    analysis_context()
    with _no_main():
        forkserver.ensure_running()


if sys.platform != "win32":
    from multiprocessing.context import ForkServerContext, ForkServerProcess
    from multiprocessing.synchronize import RLock, SemLock

    class _Process(ForkServerProcess):
        @staticmethod
        def _Popen(process_obj: Any) -> Any:  # noqa: N802 -- multiprocessing's own name
            with _no_main():
                return ForkServerProcess._Popen(process_obj)  # noqa: SLF001

    class _Context(ForkServerContext):
        """Keeps its locks for as long as it lives itself: until the pool that has it has ended all processes.

        Pebble lets go of them before that, which takes their names from the system. A process that is just starting
        looks for them by name, and would write the traceback of what it misses into the program's own output.
        """

        Process = _Process

        def __init__(self) -> None:
            super().__init__()
            self._locks: list[SemLock] = []

        def RLock(self) -> RLock:  # noqa: N802 -- multiprocessing's own name
            lock = super().RLock()
            self._locks.append(lock)
            return lock


@contextmanager
def _no_main() -> Iterator[None]:
    """Without a `__main__` that a process that is being started would import again."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
