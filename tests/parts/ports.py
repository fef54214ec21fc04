"""Ports for the processes that tests start: none is given twice, to whichever process of a run asks.

`free_port` tells what is free now. A worker binds its port seconds later, and meanwhile another process of the run may
have drawn the same one: then the worker ends, and where the topics are there already nobody sees it before a time-out.
"""

import os
from collections.abc import Iterator
from typing import Final

from app.embedded.machine.loopback import can_bind

_FIRST: Final = 12_000
"""Above what is commonly taken, and below the ports that `free_port` draws from."""
_EACH: Final = 1_000
"""Ports of one process of a run; pytest-xdist names it by its number."""
_PROCESSES: Final = 8


def _ports() -> Iterator[int]:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    first = _FIRST + number * _EACH
    while True:
        yield from range(first, first + _EACH)


_own: Final = _ports()


def own_port() -> int:
    """A port on 127.0.0.1 that nobody uses, and that no other test is given in this run."""
    return next(port for port in _own if can_bind(port, reuse=False))
