"""Log lines: one event per line, JSON for machines, readable on a terminal, always on stderr.

Libraries' loggers go through the same formatter as ours. Whatever a student can choose (ids, names of files, an
exception's message) cannot forge a line: control characters leave as visible escapes. Secrets that were told of,
and passwords in URLs, leave as `***`. A library that repeats itself, as aiokafka does while a broker is away, is
throttled and the lines left out are counted.
"""

import logging
import math
import re
import reprlib
import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.adapters.logging.throttle import CoordinatorPatience, ThrottledHandler
from app.core.limits import LogLineLimits
from app.core.masking.settings_secrets import MASK, Masker

OURS: Final = ("app", "agents", "tables", "schemas")
_SECRET_NAME = re.compile(r"(^|_)(password|secret|token|api_?key|authorization|cookie)$", re.IGNORECASE)
# C0 and C1 controls, Unicode's line ends, marks that reorder text, lone surrogates.
_FORGING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FIRST_KEYS = ("timestamp", "level", "logger", "event")
_OWN_KEYS = frozenset({"timestamp", "level", "logger"})  # never a secret, though one may be in their words
_EVENT_NAME = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
_MULTILINE_KEYS = ("exception", "stack")


def configure(
    level: str,
    layout: Literal["auto", "json", "console"],
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    limits: LogLineLimits | None = None,
) -> None:
    """Send every logger of the process to `stream` (stderr), as `layout` says; `auto` asks the stream for a terminal.

    Libraries speak from WARNING on, and from INFO on where `level` is DEBUG: further down pymongo and openai log
    whole documents and prompts, hence students' code. `secrets` are masked wherever they appear.
    """
    stream = stream or sys.stderr
    limits = limits or LogLineLimits()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(allow=["suppressed"]),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    as_json = layout == "json" or (layout == "auto" and not stream.isatty())
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            Cleaner(secrets, limits),
            *_renderers(stream, as_json=as_json),
        ],
    )
    handler = ThrottledHandler(stream, limits, unthrottled=OURS)
    handler.setFormatter(formatter)
    handler.addFilter(CoordinatorPatience(limits))
    _install(handler, level)


class Cleaner:
    """A structlog processor: masks secrets, escapes what could forge a line, cuts what is long, in this order."""

    def __init__(self, secrets: Iterable[str], limits: LogLineLimits) -> None:
        self._masker = Masker(secrets)
        self._limits = limits
        self._repr = reprlib.Repr()
        self._repr.maxother = self._repr.maxstring = limits.value_chars_max

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """`event` with its four common keys first, every value fit for one line; tracebacks keep their lines."""
        ordered = [*(key for key in _FIRST_KEYS if key in event), *(key for key in event if key not in _FIRST_KEYS)]
        ours = str(event.get("logger", "")).partition(".")[0] in OURS
        return {self._shown(key): self._value(key, event[key], ours=ours) for key in ordered}

    def _value(self, name: str, value: object, *, ours: bool) -> object:
        if isinstance(value, str) and (
            name in _OWN_KEYS or (ours and name == "event" and _EVENT_NAME.fullmatch(value) is not None)
        ):
            return self._shown(value)  # a name that we gave: what an operator searches the log for
        if name in _MULTILINE_KEYS:
            return self._traceback(str(value))
        if isinstance(value, Mapping):
            items = islice(value.items(), self._limits.items_max)
            return {self.clean(str(key)): self._scalar(str(key), item) for key, item in items}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._scalar(name, item) for item in islice(value, self._limits.items_max)]
        return self._scalar(name, value)

    def _scalar(self, name: str, value: object) -> object:
        """A value that has no parts; of what is nested deeper, a short description without recursion."""
        if value is None or isinstance(value, bool):
            return value
        if _SECRET_NAME.search(name):
            return MASK
        if isinstance(value, int | float):
            return _number(value)
        if isinstance(value, bytes | bytearray | Mapping | list | tuple | set | frozenset):
            return self.clean(self._repr.repr(value))
        return self.clean(str(value))

    def clean(self, text: str) -> str:
        """`text` as a value of a line: masked, escaped, cut."""
        return self._shown(self._masker.mask(text))

    def _shown(self, text: str) -> str:
        """`text`, escaped and cut."""
        chars_max = self._limits.value_chars_max
        shown = _FORGING.sub(_escape, text[:chars_max])
        return shown if len(text) <= chars_max else f"{shown}… ({len(text)} characters)"

    def _traceback(self, traceback: str) -> str:
        """Cut in the middle: where it began and what it ended in are at its ends."""
        masked = self._masker.mask(traceback)
        half = self._limits.traceback_chars_max // 2
        if len(masked) > 2 * half:
            masked = f"{masked[:half]}\n… ({len(masked)} characters)\n{masked[-half:]}"
        return "\n".join(_FORGING.sub(_escape, line) for line in masked.split("\n"))


def _number(value: float) -> object:
    """A number as JSON can hold it, or what kind of number it is."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return int(value) if value.bit_length() < 64 else f"an integer of {value.bit_length()} bits"


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _indent_tracebacks(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Set off each line of a traceback, for an exception's message may hold a line that looks like ours."""
    for key in _MULTILINE_KEYS:
        if key in event:
            event[key] = "\n".join(f"  | {line}" for line in str(event[key]).split("\n"))
    return event


def _renderers(stream: TextIO, *, as_json: bool) -> list[Processor]:
    if as_json:
        utf8 = (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
        return [structlog.processors.JSONRenderer(ensure_ascii=not utf8)]
    plain = structlog.dev.plain_traceback
    return [
        _indent_tracebacks,
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), sort_keys=False, exception_formatter=plain),
    ]


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    ours = logging.getLevelNamesMapping()[level]
    root.setLevel(logging.INFO if ours <= logging.DEBUG else max(ours, logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(ours)
    logging.captureWarnings(capture=True)
