"""Which of many equal log lines to write, and how many were left out."""

import logging
import re
import time
from collections.abc import Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from typing import TextIO

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
