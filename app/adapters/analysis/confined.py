"""How a task runs within an analysis process: under limits, and known there by its name.

A name is sent and not the function, so that whoever sends it need not import what only the processes use.
"""

import contextlib
import sys
import tempfile
import time
from importlib import import_module
from typing import Any, NamedTuple

if sys.platform != "win32":
    import resource


class TaskName(NamedTuple):
    """Where a function stands that an analysis process is to call."""

    module: str
    function: str


def work(cpu_s: float, task: TaskName, args: tuple[object, ...]) -> Any:
    """What `task` returns, under a limit of processor time that its children inherit."""
    function = getattr(import_module(task.module), task.function)
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = int(time.process_time() + cpu_s) + 1
        if hard == resource.RLIM_INFINITY or wanted <= hard:
            resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))
    return function(*args)


def confine(memory_bytes_max: int, scratch: str) -> None:
    """A process's limits; its temporary files go where the pool will remove them."""
    tempfile.tempdir = scratch
    if sys.platform == "win32":
        return
    for kind, limit in ((resource.RLIMIT_AS, memory_bytes_max), (resource.RLIMIT_CORE, 0)):
        # A system may not know a limit, or allow less than we ask for: then its own limit stands.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
