"""`reviewstream deadletters …`: what was refused, and what an operator does about it.

`requeue` and `purge` only say what they would do until `--yes`.
"""

from typing import TYPE_CHECKING, Any

import click

from app.cli.deadletters.options import DeadLetterName, demand_choice, filter_of, filter_options
from app.cli.output import explain_errors, json_option

if TYPE_CHECKING:
    from app.dead_letters.stories import DeadLetterPlace


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
    from app.cli.deadletters.handlers import show_chosen

    show_chosen(filter_of(filters), limit, as_json)


@deadletters.command("show")
@click.argument("letter", type=DeadLetterName())
@click.option("--chars", type=click.IntRange(min=0), help="Characters of the value.  [default: 20000]")
@json_option
@explain_errors
def show_command(letter: "DeadLetterPlace", chars: int | None, as_json: bool | None) -> None:
    """Show one dead letter: why it was refused, its headers, its value.

    It holds a student's code. Control characters are shown as escapes, never sent to the terminal.
    """
    from app.cli.deadletters.handlers import show_one_letter

    show_one_letter(letter, chars, as_json)


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
    letters: "tuple[DeadLetterPlace, ...]",
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
    chosen = filter_of(filters)
    if everything and (letters or not chosen.is_empty):
        raise click.UsageError("--all means every letter: give no name and no filter beside it")
    demand_choice(chosen, "by name, by --reason or another filter", everything=everything or bool(letters))
    from app.cli.deadletters.handlers import requeue_chosen

    requeue_chosen(frozenset(letters), chosen, limit=limit, again=again, yes=yes, as_json=as_json)


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
    chosen = filter_of(filters)
    demand_choice(chosen, "by --until or another filter", everything=everything)
    from app.cli.deadletters.handlers import purge_chosen

    purge_chosen(chosen, everything=everything, yes=yes, as_json=as_json)
