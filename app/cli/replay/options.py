"""The options of `reviewstream replay …`: which submissions are meant, and what they cannot mean."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from app.cli.deadletters.options import TimeOption
from app.core.limits import BAND
from schemas.ids import ID_PATTERN

if TYPE_CHECKING:
    from schemas.replay import Selection

Decorator = Callable[..., Any]


class FiniteNumber(click.FloatRange):
    """A number within a range; neither `nan`, which no bound stops, nor `inf`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number to count with", param, ctx)
        return number


class OffsetsOption(click.ParamType):
    """Offsets of one partition: `PARTITION:FIRST-LAST`, the last one included; `3:100-` is open, `3:100` one record."""

    name = "offsets"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int | None]:
        """Partition, first offset, and one past the last one."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([0-9]{1,9}):([0-9]{1,18})(-)?([0-9]{1,18})?", value)
        if found is None or (found[4] and not found[3]):
            self.fail(f"{value!r}: give them as PARTITION:FIRST-LAST, like 3:100-199, or 3:100- to the end", param, ctx)
        first = int(found[2])
        if not found[3]:
            return int(found[1]), first, first + 1
        end = int(found[4]) + 1 if found[4] else None
        if end is not None and end <= first:
            self.fail(f"{value!r} ends before it begins", param, ctx)
        return int(found[1]), first, end


def selection_options(command: Decorator) -> Decorator:
    """Which submissions are meant; each option given must match, and one that may be repeated matches any value."""
    score = click.IntRange(0, 100)
    for option in (
        click.option(
            "--all", "everything", is_flag=True, help="Every submission of the topic, where nothing else is given."
        ),
        click.option("--score-max", type=score, help="Only where the current review gave at most so many points."),
        click.option("--score-min", type=score, help="Only where the current review gave at least so many points."),
        click.option("--model", help="Only where the current review is by this model."),
        click.option("--rubric-version", help="Only where the current review is by this rubric."),
        click.option("--prompt-version", help="Only where the current review is by this prompt."),
        click.option("--until", type=TimeOption(), help="Only submissions written before then."),
        click.option("--since", type=TimeOption(), help="Only those written then or later: 2026-03-02T12:00Z, 2h, 7d."),
        click.option("--submission", multiple=True, help="Only this submission."),
        click.option("--assignment", multiple=True, help="Only of this assignment."),
        click.option("--student", multiple=True, help="Only of this student."),
        click.option(
            "--offsets", multiple=True, type=OffsetsOption(), help="Only these: PARTITION:FIRST-LAST, like 3:100-199."
        ),
    ):
        command = option(command)
    return command


def rate_option(command: Decorator) -> Decorator:
    """How fast."""
    return click.option(
        "--rate", type=FiniteNumber(min=0.01), default=5.0, show_default=True, help="Submissions a second."
    )(command)


def selection_of(given: dict[str, Any]) -> "Selection":
    """The selection that the options mean.

    A usage error where they cannot mean any submission, or nobody said that all are meant.
    """
    offsets: dict[int, tuple[int, int | None]] = {}
    for partition, first, end in given["offsets"]:
        if partition in offsets:
            raise click.UsageError(f"--offsets: partition {partition} is given twice")
        offsets[partition] = (first, end)
    for name in ("student", "assignment", "submission"):
        for value in given[name]:
            if re.fullmatch(ID_PATTERN, value) is None:
                raise click.UsageError(f"--{name}: {value!r} is no id")
    for low, high in (("score_min", "score_max"), ("since", "until")):
        if given[low] is not None and given[high] is not None and given[low] > given[high]:
            raise click.UsageError(f"--{low.replace('_', '-')} lies above --{high.replace('_', '-')}")
    from schemas.replay import Selection

    selection = Selection(
        offsets=offsets,
        since=given["since"],
        until=given["until"],
        students=given["student"],
        assignments=given["assignment"],
        submissions=given["submission"],
        prompt_version=given["prompt_version"],
        rubric_version=given["rubric_version"],
        model=given["model"],
        score_min=given["score_min"],
        score_max=given["score_max"],
    )
    if (selection == Selection()) is not given["everything"]:
        raise click.UsageError("say which submissions are meant, or --all, which means every one")
    return selection


def band_option(command: Decorator) -> Decorator:
    """How far the mean may move."""
    return click.option(
        "--band",
        type=FiniteNumber(min=0),
        default=BAND,
        show_default=True,
        help="Points by which the mean score may move, with its whole 95% interval.",
    )(command)


def check_reason(reason: str | None) -> None:
    """A usage error where it is too long to be kept."""
    from schemas.review import REASON_CHARS_MAX

    if reason is not None and len(reason) > REASON_CHARS_MAX:
        raise click.UsageError(f"--reason: give at most {REASON_CHARS_MAX} characters")
