"""An event loop whose time passes only while nothing is left to do: hours of waits take an instant."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.builders.records import NOON

T = TypeVar("T")


_STEP_S = 1e-6
"""A shorter wait might be lost in the rounding of a late hour, and time would stand still."""


class _Jumping(selectors.SelectSelector):
    """Waits for nothing: what would have been waited is added to `now_s`."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found and timeout:
            self.now_s += max(timeout, _STEP_S)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_s


class LoopClock:
    """Port `Clock`, of the running loop."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def run_simulated(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on such a loop. Whatever waits for another thread or a socket would not be waited for."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
