"""The options of `reviewstream deadletters …`: which letters are meant."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from schemas.errors import Reason, RefusingStage

if TYPE_CHECKING:
    from app.core.events.dead_letters import DeadLetterFilter
    from app.dead_letters.stories import DeadLetterPlace

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

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "DeadLetterPlace":
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


def filter_of(given: dict[str, Any]) -> "DeadLetterFilter":
    """The filter that the options mean."""
    from app.core.events.dead_letters import DeadLetterFilter

    return DeadLetterFilter(
        reasons=frozenset(given["reason"]),
        stages=frozenset(given["stage"]),
        students=frozenset(given["student"]),
        assignments=frozenset(given["assignment"]),
        since=given["since"],
        until=given["until"],
    )


def demand_choice(chosen: "DeadLetterFilter", ways: str, *, everything: bool) -> None:
    """A command that changes something is told what to change, also where it only says what it would do."""
    if chosen.is_empty and not everything:
        raise click.UsageError(f"say which letters, {ways}, or --all for every letter")
