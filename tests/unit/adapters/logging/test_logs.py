"""Log lines: one event each, readable by machines or people, without secrets, forged lines or floods."""

import importlib
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import mode
import pytest
import structlog
from aiokafka.errors import GroupAuthorizationFailedError, GroupCoordinatorNotAvailableError
from structlog.contextvars import bound_contextvars

from app.adapters.logging import logs
from app.adapters.logging.throttle import CoordinatorPatience, Throttle, ThrottledHandler
from app.core.limits import LogLineLimits
from app.wiring import whole_worker


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """Leave the process's logging as it was found, pytest's own handlers among it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def written() -> io.StringIO:
    """What goes to the log."""
    return io.StringIO()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The log's JSON lines."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(message: str) -> NoReturn:
    """Raise, so that there is a traceback to log."""
    raise RuntimeError(message)


ours: Callable[[], Any] = lambda: structlog.get_logger("app.test")  # noqa: E731  # short, for it stands in every test


def test_json_line(written: io.StringIO) -> None:
    """A line is one JSON object with time in UTC, level, logger and event first, then the event's fields."""
    logs.configure("INFO", "auto", stream=written)
    ours().info("compared", duration_ms=12.5, changes=3, first=True, previous=None)
    (line,) = lines(written)
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "app.test",
        "event": "compared",
        "duration_ms": 12.5,
        "changes": 3,
        "first": True,
        "previous": None,
    }


def test_readable_on_a_terminal() -> None:
    """`auto` writes readable lines on a terminal, and `json` and `console` write theirs wherever they go."""
    terminal, asked = Terminal(), io.StringIO()
    logs.configure("INFO", "auto", stream=terminal)
    ours().info("compared", changes=3)
    assert "compared" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    logs.configure("INFO", "console", stream=asked)
    ours().info("compared", changes=3)
    assert "\x1b" not in asked.getvalue()
    assert "changes=3" in asked.getvalue()


def test_stderr_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines go to stderr, for stdout belongs to the commands' results."""
    logs.configure("INFO", "json")
    ours().info("compared")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["event"] == "compared"


@pytest.mark.parametrize("name", ["faust", "mode.worker", "aiokafka.conn", "pymongo.topology", "httpx", "openai"])
def test_libraries_speak_in_the_same_form(written: io.StringIO, name: str) -> None:
    """Libraries' loggers go through the same formatter, from WARNING on."""
    logs.configure("INFO", "json", stream=written)
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("lost %s of %d", "one", 2)
    (line,) = lines(written)
    assert (line["level"], line["logger"], line["event"]) == ("warning", name, "lost one of 2")


def test_debug_keeps_documents_out(written: io.StringIO) -> None:
    """At DEBUG ours speak at DEBUG and libraries at INFO, for at DEBUG they write whole documents."""
    logs.configure("DEBUG", "json", stream=written)
    ours().debug("ours")
    logging.getLogger("pymongo.command").info("theirs")
    logging.getLogger("pymongo.command").debug('{"insert": "reviews"}')
    assert [line["event"] for line in lines(written)] == ["ours", "theirs"]


def test_error_level_silences_warnings(written: io.StringIO) -> None:
    """At ERROR nobody's warnings are written."""
    logs.configure("ERROR", "json", stream=written)
    ours().warning("ours")
    logging.getLogger("faust").warning("theirs")
    ours().error("failed")
    assert [line["event"] for line in lines(written)] == ["failed"]


def test_python_warnings_are_lines(written: io.StringIO) -> None:
    """Python's warnings are lines of the log."""
    logs.configure("INFO", "json", stream=written)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    (line,) = lines(written)
    assert line["logger"] == "py.warnings"
    assert "DeprecationWarning: old" in line["event"]


def test_configured_twice_writes_once(written: io.StringIO) -> None:
    """Configuring again replaces the handler instead of adding one."""
    logs.configure("INFO", "json", stream=written)
    logs.configure("INFO", "json", stream=written)
    ours().info("once")
    assert len(lines(written)) == 1


def test_every_line_says_which_event_it_is_about(written: io.StringIO) -> None:
    """What is bound to the task stands in every line of it, a library's too; afterwards in none."""
    logs.configure("INFO", "json", stream=written)
    with bound_contextvars(stage="comparator", origin="submissions[3]@41", student="s-1"):
        ours().info("compared")
        logging.getLogger("pymongo").warning("slow")
    ours().info("idle")
    first, second, third = lines(written)
    about = {"stage": "comparator", "origin": "submissions[3]@41", "student": "s-1"}
    assert about.items() <= first.items()
    assert about.items() <= second.items()
    assert third.keys() == {"timestamp", "level", "logger", "event"}


HOSTILE = "a\r\n2026-01-01T00:00:00Z [error] forged\u2028x\u0085y\x1b[2J\u202ez\ud800"


@pytest.mark.parametrize("layout", ["json", "console"])
def test_lines_cannot_be_forged(written: io.StringIO, layout: Any) -> None:
    """Control characters, line ends and marks that reorder text leave as visible escapes, wherever they stand."""
    logs.configure("INFO", layout, stream=written)
    with bound_contextvars(student=HOSTILE):
        ours().info(
            HOSTILE, path=HOSTILE, paths=[HOSTILE], by_name={HOSTILE: HOSTILE}, key=HOSTILE.encode("utf-8", "replace")
        )
        logging.getLogger("faust").warning("%s", HOSTILE)
    text = written.getvalue()
    assert len(text.splitlines()) == 2
    shown = text if layout == "console" else "".join(str(line) for line in lines(written))
    assert not {"\r", "\u2028", "\u0085", "\x1b", "\u202e", "\ud800"} & set(shown)
    assert "forged" in shown


@pytest.mark.parametrize("layout", ["json", "console"])
def test_tracebacks_cannot_forge_lines(written: io.StringIO, layout: Any) -> None:
    """A traceback is one JSON field, or set off line by line on a terminal, whatever its message holds."""
    logs.configure("INFO", layout, stream=written)
    try:
        fail(HOSTILE)
    except RuntimeError:
        ours().exception("failed")
        logging.getLogger("faust").exception("failed")
    if layout == "json":
        first, second = lines(written)
        assert "RuntimeError" in first["exception"]
        assert "RuntimeError" in second["exception"]
    else:
        heads = [line for line in written.getvalue().splitlines() if not line.startswith("  | ")]
        assert len(heads) == 2
        assert all("failed" in head for head in heads)


def test_secrets_are_masked(written: io.StringIO) -> None:
    """A secret that was told of leaves as `***`: in the event, values, tracebacks, URLs and quoted strings."""
    secret = "p'a/s\\s"
    logs.configure("INFO", "json", secrets=[secret, "", "sk-12"], stream=written)
    try:
        fail(f"denied {secret}")
    except RuntimeError:
        ours().exception(
            f"denied {secret}", key="Bearer sk-12", nested={"a": [secret]}, url="https://h/?k=p%27a%2Fs%5Cs"
        )
    logging.getLogger("aiokafka").error("%r", {"password": secret})
    text = written.getvalue()
    assert "sk-12" not in text
    assert "a/s" not in text
    assert "p%27a" not in text
    assert text.count("***") >= 5


@pytest.mark.parametrize("secret", ["k", "1", "worker", "halted", "worker_halted", "cause", "test", "app", "error"])
def test_names_that_we_gave_are_never_masked(written: io.StringIO, secret: str) -> None:
    """Whatever the secrets, an operator finds events, fields, levels and loggers under their names."""
    logs.configure("INFO", "json", secrets=[secret], stream=written)
    ours().error("worker_halted", cause="kept in 11 places", topic="topic-1")
    (line,) = lines(written)
    assert (line["event"], line["level"], line["logger"]) == ("worker_halted", "error", "app.test")
    assert list(line)[4:] == ["cause", "topic"]
    assert line["cause"] == "kept in 11 places"


def test_words_of_others_are_masked_even_where_they_look_like_names(written: io.StringIO) -> None:
    """What a library says, and what stands in values, is masked though it looks like an event's name."""
    logs.configure("INFO", "json", secrets=["hunter_of_two"], stream=written)
    logging.getLogger("aiokafka").error("hunter_of_two")
    ours().error("login_failed", user="hunter_of_two")
    assert "hunter" not in written.getvalue()


def test_a_secret_within_another_leaves_nothing(written: io.StringIO) -> None:
    """Where one secret is the beginning of another, the longer one is masked whole."""
    logs.configure("INFO", "json", secrets=["abc", "abcdef"], stream=written)
    ours().info("abcdef")
    assert lines(written)[0]["event"] == "***"


def test_a_cut_secret_is_still_masked() -> None:
    """Secrets are masked before a value is cut, so that no beginning of one is left at the cut."""
    clean = logs.Cleaner(["secret-word"], LogLineLimits(value_chars_max=10))
    assert "secr" not in str(clean(None, "", {"event": "12345secret-word"}))


def test_fields_named_as_secrets_are_masked(written: io.StringIO) -> None:
    """What is named as a secret is masked, and counts of tokens are not."""
    logs.configure("INFO", "json", stream=written)
    ours().info("called", api_key="x", headers={"Authorization": "y", "Accept": "z"}, prompt_tokens=7)
    (line,) = lines(written)
    assert (line["api_key"], line["headers"], line["prompt_tokens"]) == (
        "***",
        {"Authorization": "***", "Accept": "z"},
        7,
    )


def test_passwords_in_urls_are_masked(written: io.StringIO) -> None:
    """Passwords within URLs are masked, also those that nobody told of."""
    logs.configure("INFO", "json", stream=written)
    logging.getLogger("pymongo").warning("cannot reach mongodb://user:pw@db.example/x")
    assert lines(written)[0]["event"] == "cannot reach mongodb://***@db.example/x"


def test_long_values_are_cut(written: io.StringIO) -> None:
    """Long values, lists and tracebacks are cut, and a value says how long it was."""
    logs.configure("INFO", "json", stream=written, limits=LogLineLimits(value_chars_max=20, items_max=3))
    try:
        fail("x" * 100_000)
    except RuntimeError:
        ours().exception("e" * 1_000, many=list(range(1_000)))
    (line,) = lines(written)
    assert line["event"] == "e" * 20 + "… (1000 characters)"
    assert line["many"] == [0, 1, 2]
    assert len(line["exception"]) < 17_000


def test_any_value_makes_a_line(written: io.StringIO) -> None:
    """Whatever is given as a value makes a line of valid JSON: nesting without end, huge numbers, NaN, objects."""
    logs.configure("INFO", "json", stream=written)
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    cyclic: dict[str, Any] = {}
    cyclic["self"] = cyclic
    ours().info(
        "odd", nested=nested, cyclic=cyclic, huge=10**5_000, nan=float("nan"), what=io.StringIO, data=b"\x00" * 9_999
    )
    (line,) = lines(written)
    assert line["nan"] == "nan"
    assert line["huge"] == "an integer of 16610 bits"
    del nested


class Clock:
    """Seconds that a test sets."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_libraries_are_throttled() -> None:
    """Of a library's equal lines the first few of a window are written, and then how many were left out."""
    written, clock = io.StringIO(), Clock()
    handler = ThrottledHandler(written, LogLineLimits(repeats_max=2, repeat_window_s=10), ["app"], clock)
    handler.setFormatter(logging.Formatter("%(message)s %(suppressed)s", defaults={"suppressed": "-"}))
    library = logging.getLogger("aiokafka.test_throttle")
    library.propagate = False
    library.addHandler(handler)
    for port in range(100):
        library.error("Unable connect to %s", port)
    library.error("another")
    clock.now_s = 10.0
    library.error("Unable connect to %s", 100)
    library.removeHandler(handler)
    assert written.getvalue().splitlines() == [
        "Unable connect to 0 -",
        "Unable connect to 1 -",
        "another -",
        "Unable connect to 99 97",
        "Unable connect to 100 -",
    ]


def test_a_fresh_broker_without_a_coordinator_is_no_error() -> None:
    """What every first start meets is not written; once it lasts, it is a warning, and later waits begin anew."""
    clock = Clock()
    patience = CoordinatorPatience(LogLineLimits(coordinator_wait_s=10), clock)
    written = []
    for now_s in (0.0, 5.0, 9.9, 10.0, 12.0, 40.0, 45.0, 50.0):
        clock.now_s = now_s
        record = logging.LogRecord(
            "aiokafka.consumer.group_coordinator", logging.ERROR, "", 0, "Group Coordinator Request failed: %s",
            (GroupCoordinatorNotAvailableError(),), None,
        )  # fmt: skip
        if patience.filter(record):
            written.append((now_s, record.levelname))
    assert written == [(10.0, "WARNING"), (12.0, "WARNING"), (50.0, "WARNING")]


def test_the_clients_other_errors_are_written(written: io.StringIO) -> None:
    """Only that error is kept back, in the log as it is configured."""
    logs.configure("INFO", "json", stream=written)
    library = logging.getLogger("aiokafka.consumer.group_coordinator")
    library.error("Group Coordinator Request failed: %s", GroupCoordinatorNotAvailableError())
    library.error("Group Coordinator Request failed: %s", GroupAuthorizationFailedError("g"))
    library.error("Heartbeat failed: %(why)s", {"why": "x"})
    assert ["GroupAuthorization" in line["event"] for line in lines(written)] == [True, False]


def test_no_service_of_fausts_speaks_under_our_name() -> None:
    """Faust's own lines, tables drawn in text among them, never come under a name whose INFO lines are written."""
    importlib.import_module(whole_worker.__name__)  # imports every service of ours
    services, ours_among_them = [mode.Service], 0
    while services:
        service = services.pop()
        services += service.__subclasses__()
        if service.__module__.partition(".")[0] in logs.OURS:
            ours_among_them += 1
            assert service.logger.name.partition(".")[0] not in logs.OURS, service
    assert ours_among_them >= 5


def test_what_is_left_out_is_told_at_the_end(written: io.StringIO) -> None:
    """Closing the log says what was left out so far, without the context of whatever event is at hand."""
    logs.configure("INFO", "json", stream=written)
    with bound_contextvars(submission="sub-1"):
        for attempt in range(100):
            logging.getLogger("aiokafka").error("attempt %d", attempt)
        logging.getLogger().handlers[0].close()
    last = lines(written)[-1]
    assert (last["event"], last["suppressed"]) == ("attempt 99", 94)
    assert "submission" not in last


def test_ours_are_never_throttled(written: io.StringIO) -> None:
    """Our own lines are all written: each tells of another event."""
    logs.configure("INFO", "json", stream=written)
    for _ in range(100):
        ours().warning("refused")
        logging.getLogger("agents.comparator").warning("refused")
    assert len(lines(written)) == 200


def test_throttle_is_bounded() -> None:
    """Beyond its number of kinds the throttle counts no further ones, and lets them through."""
    throttle = Throttle(LogLineLimits(repeats_max=1, repeat_kinds_max=2))
    records = [logging.makeLogRecord({"name": "lib", "msg": word}) for word in "abc"]
    assert [throttle.admit(record, 0.0) for record in records * 2] == [True, True, True, False, False, True]
