"""What the commands share: one JSON document or text for people on stdout, and errors as sentences on stderr.

What draws on a terminal is imported where there is one: it takes longer than many a result.
"""

import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click
import orjson

from schemas.errors import Reason, Rejected, StartRefused, Unavailable

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., Any]

# C0 and C1 controls, Unicode's line ends, marks that reorder text, lone surrogates.
_ACTIVE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LEFT_BY_JSON: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")

_CURES: Final = {
    Reason.ARCHIVE_MISSING: "check the path: a folder, an archive or a file; - as PREVIOUS means a first submission",
    Reason.ARCHIVE_FORBIDDEN: "let this user read it, or copy it to where they can",
    Reason.ARCHIVE_CORRUPT: "pack it again, or unpack it and name the folder",
    Reason.ARCHIVE_ENCRYPTED: "unpack it with its password and name the folder",
    Reason.ARCHIVE_FORMAT: "unpack it and name the folder",
    Reason.ARCHIVE_LIMIT: "unpack it, if you trust it, and name the folder",
    Reason.ARCHIVE_UNSAFE: "unpack it, if you trust it, and name the folder",
    Reason.NO_SOURCES: "name a folder, an archive or a file with code, notebooks, configuration or text",
}
"""At a desk; what the stream refuses is mended elsewhere."""

json_option = click.option(
    "--json/--text",
    "as_json",
    default=None,
    help="One JSON document on stdout, or text for people. Default: text on a terminal, JSON elsewhere.",
)


def explain_errors(command: Command) -> Command:
    """Tell what went wrong in a sentence with its cure, and exit 1, instead of a traceback."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except StartRefused as exc:
            fail(exc.cause, exc.cure)
        except Rejected as exc:
            fail(f"refused ({exc.reason.value}): {exc.detail}", _CURES.get(exc.reason))
        except Unavailable as exc:
            fail(f"{exc.dependency.value} is unavailable: {exc.detail}", "`reviewstream doctor` checks every part")
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            sys.exit(130)

    return wrapper


def show_result(result: object, as_json: bool | None, show: "Callable[[Console], None]") -> None:
    """Write `result` as JSON where it is asked for or stdout is no terminal, else let `show` write it for people."""
    if as_json or (as_json is None and not sys.stdout.isatty()):
        dump = getattr(result, "model_dump", None)
        write_json(result if dump is None else dump(mode="json"))
    else:
        from rich.console import Console  # for a terminal

        show(Console())


def write_json(document: object) -> None:
    """Write one JSON document to stdout; what would act on a terminal is escaped."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    sys.stdout.buffer.write(_LEFT_BY_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n")
    sys.stdout.buffer.flush()


def waiting(what: str) -> AbstractContextManager[object]:
    """A line on stderr that says what is being done and for how long, gone when it is done; on a terminal only."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console  # for a terminal
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # the same

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.add_task(what, total=None)
    return progress


def print_line(console: "Console", line: str) -> None:
    """Print one line of text as it is: unwrapped, tabs included, and with nothing else that acts on a terminal.

    Past rich, which would make spaces of the tabs.
    """
    console.file.write("\t".join(map(visible, line.split("\t"))) + "\n")


def fail(cause: str, cure: str | None = None) -> NoReturn:
    """Say what went wrong and exit 1."""
    click.echo(f"error: {cause}", err=True)
    if cure:
        click.echo(f"  cure: {cure}", err=True)
    sys.exit(1)


def visible(text: str) -> str:
    r"""`text` with everything that would act on a terminal, or forge its order, as `\x1b`-like escapes."""
    return _ACTIVE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
