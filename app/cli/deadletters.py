"""`reviewstream deadletters …`: what was refused, and what an operator does about it.

`requeue` and `purge` only say what they would do until `--yes`.
"""

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, get_args

import click
import orjson
from rich.console import Console

from app.adapters.kafka.outage import KAFKA_CURE, quiet_kafka_client, told_of_kafka
from app.adapters.logging import logs
from app.cli.output import explain_errors, fail, json_option, print_line, show_result
from app.config import Settings, load_settings
from app.core.events.dead_letters import DeadLetterFilter, RefusingStage
from app.core.limits import DeadLetterLimits
from app.dead_letters.stories import (
    DeadLetterPlace,
    list_dead_letters,
    purge_dead_letters,
    requeue_dead_letters,
    show_dead_letter,
)
from schemas.errors import Dependency, Reason, Unavailable

T = TypeVar("T")
Decorator = Callable[..., Any]

_AGO: Final = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class TimeOption(click.ParamType):
    """A time: ISO 8601, in UTC where it names no zone; or so long ago: 90m, 2h, 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time in UTC."""
        if isinstance(value, datetime):
            return value
        ago = _AGO.fullmatch(value)
        try:
            if ago is not None:
                return datetime.now(UTC) - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
            moment = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r}: give a time as 2026-03-02T12:00:00Z or 2026-03-02, or as 90m, 2h, 7d ago", param, ctx
            )
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class DeadLetterName(click.ParamType):
    """A letter as `list` names it: PARTITION@OFFSET."""

    name = "letter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> DeadLetterPlace:
        """Its partition and offset."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([0-9]{1,9})@([0-9]{1,18})", value)
        if found is None:
            self.fail(f"{value!r}: name it as `deadletters list` does, PARTITION@OFFSET, like 0@17", param, ctx)
        return int(found[1]), int(found[2])


def filter_options(command: Decorator) -> Decorator:
    """Which letters are meant; each option given must match, and one that may be repeated matches any of its values."""
    reasons = click.Choice([reason.value for reason in Reason])
    for option in (
        click.option("--until", type=TimeOption(), help="Only letters written before then."),
        click.option(
            "--since", type=TimeOption(), help="Only letters written then or later: 2026-03-02T12:00Z, 2h, 7d."
        ),
        click.option("--assignment", multiple=True, help="Only of this assignment, where the value can be read."),
        click.option("--student", multiple=True, help="Only of this student: the record's key."),
        click.option(
            "--stage", multiple=True, type=click.Choice(get_args(RefusingStage)), help="Only what this stage refused."
        ),
        click.option("--reason", multiple=True, type=reasons, metavar="CODE", help="Only refused for this reason."),
    ):
        command = option(command)
    return command


@click.group()
def deadletters() -> None:
    """List, show, requeue or purge what was refused.

    A letter is named by its place in the dead-letters topic, PARTITION@OFFSET. Nothing joins a consumer group; the
    topic is read up to its end as of the start.
    """


@deadletters.command("list")
@filter_options
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest so many.")
@json_option
@explain_errors
def list_command(limit: int, as_json: bool | None, **filters: Any) -> None:
    """List dead letters, the newest last, and say which were requeued since."""
    settings = _settings()
    document = _run(settings, list_dead_letters(settings, _filter(filters), limit))

    def show(console: Console) -> None:
        for letter in document["letters"]:
            _print_letter(console, letter, settings.limits().dead_letters)
        reasons = ", ".join(f"{count} {reason}" for reason, count in document["by_reason"].items())
        print_line(console, f"{document['matching']} match, {len(document['letters'])} shown: {reasons or 'none'}")
        _print_incomplete(console, document)

    show_result(document, as_json, show)


@deadletters.command("show")
@click.argument("letter", type=DeadLetterName())
@click.option("--chars", type=click.IntRange(min=0), help="Characters of the value.  [default: 20000]")
@json_option
@explain_errors
def show_command(letter: DeadLetterPlace, chars: int | None, as_json: bool | None) -> None:
    """Show one dead letter: why it was refused, its headers, its value.

    It holds a student's code. Control characters are shown as escapes, never sent to the terminal.
    """
    settings = _settings()
    limit = settings.limits().dead_letters.shown_chars_max if chars is None else chars
    document = _run(settings, show_dead_letter(settings, letter, limit))

    def show(console: Console) -> None:
        for name, value in document.items():
            if name not in {"headers", "value", "value_base64"} and value is not None:
                print_line(console, f"{name:16} {value}")
        for header in document["headers"]:
            told = header["value"] if header["value"] is not None else header["value_base64"]
            print_line(console, f"header           {header['name']} = {'null' if told is None else told}")
        for line in _indented(document["value"] or document["value_base64"] or "").split("\n"):
            print_line(console, f"  {line}")
        if document["value_cut"]:
            print_line(console, "  … (--chars shows more)")

    show_result(document, as_json, show)


@deadletters.command()
@click.argument("letters", nargs=-1, type=DeadLetterName())
@filter_options
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, those that stood first.  [default: all]")
@click.option("--again", is_flag=True, help="Also those that were requeued since they were written.")
@click.option("--all", "everything", is_flag=True, help="Every letter, without a filter.")
@click.option("--yes", is_flag=True, help="Do it. Without it nothing is produced.")
@json_option
@explain_errors
def requeue(
    letters: tuple[DeadLetterPlace, ...],
    limit: int | None,
    again: bool,
    everything: bool,
    yes: bool,
    as_json: bool | None,
    **filters: Any,
) -> None:
    """Send dead letters back to the topic and partition that they came from, once their cause is mended.

    Key, value and headers go back byte for byte, with headers that keep the event's first position: it is compared
    with what preceded it then, gets the same review id, and moves no history back. So one that is requeued twice is
    reviewed once. Of several letters of one event only the newest goes.
    """
    chosen = _filter(filters)
    if everything and (letters or not chosen.is_empty):
        raise click.UsageError("--all means every letter: give no name and no filter beside it")
    _demand_choice(chosen, "by name, by --reason or another filter", everything=everything or bool(letters))
    settings = _settings()
    work = requeue_dead_letters(settings, chosen, frozenset(letters), limit=limit, again=again, really=yes)
    document = _run(settings, work)

    def show(console: Console) -> None:
        for row in document["letters"]:
            print_line(console, _requeued(row))
        counts = ", ".join(f"{count} {outcome}" for outcome, count in document["outcomes"].items())
        print_line(console, counts or "nothing matches.")
        _print_incomplete(console, document)
        _print_dry_run(console, yes)

    show_result(document, as_json, show)
    sys.exit(1 if document["outcomes"].get("failed") else 0)


@deadletters.command()
@filter_options
@click.option(
    "--all", "everything", is_flag=True, help="Also letters that do not match, where they lie before ones that do."
)
@click.option("--yes", is_flag=True, help="Do it. Without it nothing is deleted.")
@json_option
@explain_errors
def purge(everything: bool, yes: bool, as_json: bool | None, **filters: Any) -> None:
    """Delete dead letters for good.

    Kafka deletes from the beginning of a partition up to an offset, nothing out of the middle. So each partition
    loses its letters up to the first one that does not match; with --all up to the last one that does.
    """
    chosen = _filter(filters)
    _demand_choice(chosen, "by --until or another filter", everything=everything)
    settings = _settings()
    document = _run(settings, purge_dead_letters(settings, chosen, everything=everything, really=yes))

    def show(console: Console) -> None:
        for row in document["partitions"]:
            print_line(console, _purged(row, done=yes))
        if not document["partitions"]:
            print_line(console, "nothing matches.")
        _print_dry_run(console, yes)

    show_result(document, as_json, show)


def _demand_choice(chosen: DeadLetterFilter, ways: str, *, everything: bool) -> None:
    """A command that changes something is told what to change, also where it only says what it would do."""
    if chosen.is_empty and not everything:
        raise click.UsageError(f"say which letters, {ways}, or --all for every letter")


def _requeued(row: dict[str, Any]) -> str:
    attempt = f" as attempt {row['attempt']}" if row["attempt"] else ""
    why = f": {row['why']}" if row["why"] else ""
    where = f"{row['reason'] or 'foreign'}  {row['origin'] or '?'}"
    return f"{row['outcome']:13} {row['letter']:>8}  {where}{attempt}{why}"


def _purged(row: dict[str, Any], *, done: bool) -> str:
    told = []
    if row["before_offset"] is not None:
        others = f" and {row['others']} that do not" if row["others"] else ""
        verb = "deleted" if done else "would delete"
        told.append(f"{verb} {row['matching']} that match{others}, everything below offset {row['before_offset']}")
    if row["kept"]:
        told.append(f"{row['kept']} that match stay, behind {row['blocked_by']}, which does not (--all)")
    return f"partition {row['partition']}: " + "; ".join(told)


def _print_letter(console: Console, letter: dict[str, Any], limits: DeadLetterLimits) -> None:
    whose = " / ".join(str(letter[name] or "?") for name in ("student", "assignment", "submission"))
    since = f"  requeued {letter['requeued_since']} time(s) since" if letter["requeued_since"] else ""
    attempt = f"  after requeue {letter['requeue_attempt']}" if letter["requeue_attempt"] else ""
    what = letter["reason"] or "foreign record"
    print_line(console, f"{letter['letter']:>8}  {letter['written_at']}  {what}  {letter['stage'] or ''}  {whose}")
    message = (letter["message"] or letter["problem"])[: limits.cell_chars_max]
    print_line(console, f"{'':8}  from {letter['origin'] or '?'}{attempt}{since}: {message}")


def _indented(text: str) -> str:
    """JSON on several lines; anything else, and what was cut, as it is."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text


def _print_incomplete(console: Console, document: dict[str, Any]) -> None:
    if not document["requeues_complete"]:
        print_line(console, "Only the newest records of the source topics were searched for earlier requeues.")


def _print_dry_run(console: Console, yes: bool) -> None:
    if not yes:
        print_line(console, "This was a dry run; --yes does it.")


def _filter(given: dict[str, Any]) -> DeadLetterFilter:
    return DeadLetterFilter(
        reasons=frozenset(given["reason"]),
        stages=frozenset(given["stage"]),
        students=frozenset(given["student"]),
        assignments=frozenset(given["assignment"]),
        since=given["since"],
        until=given["until"],
    )


def _settings() -> Settings:
    settings = load_settings()
    logs.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
    return settings


def _run(settings: Settings, story: Coroutine[Any, Any, T]) -> T:
    try:
        with quiet_kafka_client():
            return asyncio.run(story)
    except Unavailable as exc:
        if exc.dependency is Dependency.KAFKA:
            fail(told_of_kafka(exc, settings), f"{KAFKA_CURE}; `reviewstream doctor` checks every part")
        raise
