"""Which of libraries' log lines to write: of many equal ones the first, of normal events none until they last."""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TextIO

from app.core.limits import LogLineLimits

_NUMBER = re.compile(r"\d+")

Kind = tuple[str, int, str]
"""What makes lines equal: logger, level, and the message before its arguments, numbers aside."""


@dataclass(slots=True)
class _Window:
    started_s: float
    written: int = 0
    left_out: int = 0
    last: logging.LogRecord | None = None


class Throttle:
    """Lets the first few lines of a kind through in each window of time and remembers the last of the others."""

    def __init__(self, limits: LogLineLimits) -> None:
        self._limits = limits
        self._windows: dict[Kind, _Window] = {}  # oldest first, for a kind's window is made anew after it ended

    def admit(self, record: logging.LogRecord, now_s: float) -> bool:
        """Whether to write `record`. Call `expire` first, so that only windows that are open count."""
        kind = (record.name, record.levelno, _NUMBER.sub("#", str(record.msg)[: self._limits.value_chars_max]))
        window = self._windows.get(kind)
        if window is None:
            if len(self._windows) >= self._limits.repeat_kinds_max:
                return True
            window = self._windows[kind] = _Window(now_s)
        if window.written < self._limits.repeats_max:
            window.written += 1
            return True
        window.left_out += 1
        window.last = record
        return False

    def expire(self, now_s: float) -> list[logging.LogRecord]:
        """Close the windows that ended by `now_s`; the last line of each, with how many more were `suppressed`."""
        closed = []
        for kind, window in list(self._windows.items()):
            if now_s - window.started_s < self._limits.repeat_window_s:
                break
            del self._windows[kind]
            if window.last is not None:
                window.last.suppressed = window.left_out - 1
                closed.append(window.last)
        return closed


class CoordinatorPatience(logging.Filter):
    """Keeps back that a broker has no group coordinator yet, unless it lasts; then it is a warning.

    A broker that never had a group makes its topic of offsets when the first one asks, and says error 15 meanwhile;
    aiokafka writes an error each time, ten a second, and every first start would begin with some.
    """

    def __init__(self, limits: LogLineLimits, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._wait_s = limits.coordinator_wait_s
        self._clock = clock
        self._first_s = self._last_s = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write `record`. Told by the error that is its argument, not by its words."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        library: Any = sys.modules.get("aiokafka.errors")  # who has not imported it logs none of its errors
        if library is None or not any(isinstance(one, library.GroupCoordinatorNotAvailableError) for one in arguments):
            return True
        now_s = self._clock()
        if now_s - self._last_s > self._wait_s:  # not the same wait any more
            self._first_s = now_s
        self._last_s = now_s
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return now_s - self._first_s >= self._wait_s


class ThrottledHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream; those of libraries, which means all loggers outside `unthrottled`, throttled."""

    def __init__(
        self,
        stream: TextIO,
        limits: LogLineLimits,
        unthrottled: Iterable[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream)
        self._throttle = Throttle(limits)
        self._unthrottled = frozenset(unthrottled)
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        """Write `record`, or leave it out; before it, what the windows that ended meanwhile had left out."""
        now_s = self._clock()
        self._emit_closed(now_s)
        ours = record.name.partition(".")[0] in self._unthrottled
        if ours or self._throttle.admit(record, now_s):
            super().emit(record)

    def close(self) -> None:
        """Write what is still left out, then close."""
        self._emit_closed(float("inf"))
        super().close()

    def _emit_closed(self, now_s: float) -> None:
        """In an empty context: these lines have nothing to do with the event at hand."""
        for last in self._throttle.expire(now_s):
            Context().run(super().emit, last)
