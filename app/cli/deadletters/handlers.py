"""What `reviewstream deadletters …` does once it is known what is meant, and how it tells it."""

import sys
from typing import Any

import orjson
from rich.console import Console

from app.cli.carrying_out import carry_out, logged_settings
from app.cli.output import print_line, show_result
from app.core.events.dead_letters import DeadLetterFilter
from app.core.limits import DeadLetterLimits
from app.dead_letters.stories import (
    DeadLetterPlace,
    list_dead_letters,
    purge_dead_letters,
    requeue_dead_letters,
    show_dead_letter,
)


def show_chosen(chosen: DeadLetterFilter, limit: int, as_json: bool | None) -> None:
    """The newest `limit` of those that are chosen."""
    settings = logged_settings()
    document = carry_out(settings, list_dead_letters(settings, chosen, limit))

    def show(console: Console) -> None:
        for letter in document["letters"]:
            _print_letter(console, letter, settings.limits().dead_letters)
        reasons = ", ".join(f"{count} {reason}" for reason, count in document["by_reason"].items())
        print_line(console, f"{document['matching']} match, {len(document['letters'])} shown: {reasons or 'none'}")
        _print_incomplete(console, document)

    show_result(document, as_json, show)


def show_one_letter(letter: DeadLetterPlace, chars: int | None, as_json: bool | None) -> None:
    """One letter; `chars` of its value, None for the limit."""
    settings = logged_settings()
    limit = settings.limits().dead_letters.shown_chars_max if chars is None else chars
    document = carry_out(settings, show_dead_letter(settings, letter, limit))

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


def requeue_chosen(
    letters: frozenset[DeadLetterPlace],
    chosen: DeadLetterFilter,
    *,
    limit: int | None,
    again: bool,
    yes: bool,
    as_json: bool | None,
) -> None:
    """Requeue them, or say what that would do; exits 1 where one could not be produced."""
    settings = logged_settings()
    work = requeue_dead_letters(settings, chosen, letters, limit=limit, again=again, really=yes)
    document = carry_out(settings, work)

    def show(console: Console) -> None:
        for row in document["letters"]:
            print_line(console, _requeued(row))
        counts = ", ".join(f"{count} {outcome}" for outcome, count in document["outcomes"].items())
        print_line(console, counts or "nothing matches.")
        _print_incomplete(console, document)
        _print_drycarry_out(console, yes)

    show_result(document, as_json, show)
    sys.exit(1 if document["outcomes"].get("failed") else 0)


def purge_chosen(chosen: DeadLetterFilter, *, everything: bool, yes: bool, as_json: bool | None) -> None:
    """Delete them, or say what that would do."""
    settings = logged_settings()
    document = carry_out(settings, purge_dead_letters(settings, chosen, everything=everything, really=yes))

    def show(console: Console) -> None:
        for row in document["partitions"]:
            print_line(console, _purged(row, done=yes))
        if not document["partitions"]:
            print_line(console, "nothing matches.")
        _print_drycarry_out(console, yes)

    show_result(document, as_json, show)


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


def _print_drycarry_out(console: Console, yes: bool) -> None:
    if not yes:
        print_line(console, "This was a dry run; --yes does it.")
