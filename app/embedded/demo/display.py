"""What the demo shows: progress while reviews arrive, then the cards, what arrived where, and how to look around."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.embedded.demo.arrivals import DESTINATIONS, Arrivals
from app.embedded.demo.child_worker import PID_FILE, ChildWeb
from app.embedded.demo.settings import PROMPTS
from app.embedded.stack import DATABASE, Stack
from app.presentation.cards import review_card
from schemas.submission import Language

NARROW: Final = 60
"""Columns below which bars would leave no room for words."""


class Display(Protocol):
    """Tells whoever waits what is going on. A context manager, so that the terminal is left as it was."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, sentence: str) -> None:
        """One sentence, on a line of its own."""
        ...

    def show(self, arrivals: Arrivals) -> None:
        """How far things are; called several times a second."""
        ...


def display_for(console: Console) -> Display:
    """Bars on a terminal, plain lines elsewhere."""
    return Bars(console) if console.is_terminal and console.width >= NARROW else PlainLines(console)


class PlainLines:
    """One line for each review that has arrived everywhere: for logs, pipes and narrow terminals."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing to restore."""

    def say(self, sentence: str) -> None:
        """Print it."""
        self._console.print(Text(sentence))

    def show(self, arrivals: Arrivals) -> None:
        """Print what has become complete since the last time."""
        missing = arrivals.missing()
        for submission_id in arrivals.expected:
            if submission_id in missing or submission_id in self._told:
                continue
            self._told.add(submission_id)
            score = arrivals.reviews[submission_id].review_result.overall_score
            self.say(f"[{len(self._told)}/{len(arrivals.expected)}] {submission_id}: {score}")


class Bars:
    """One bar for each destination."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:13}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, sentence: str) -> None:
        """Print it above the bars."""
        self._progress.console.print(Text(sentence))

    def show(self, arrivals: Arrivals) -> None:
        """Move the bars."""
        for name in DESTINATIONS:
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=len(arrivals.expected))
            self._progress.update(self._bars[name], completed=arrivals.arrived(name))


def print_cards(console: Console, arrivals: Arrivals, language: Language) -> None:
    """Each review as a card, in the order in which the submissions were produced."""
    for submission_id in arrivals.expected:
        if (review := arrivals.reviews.get(submission_id)) is not None:
            console.print(review_card(review, language))


def print_arrivals(console: Console, arrivals: Arrivals, stack: Stack) -> None:
    """What arrived where, what came twice, what was refused, and on which broker."""
    table = Table(title="What arrived where", title_justify="left")
    for heading in ("destination", "submissions", "records", "repeated"):
        table.add_column(heading, justify="left" if heading == "destination" else "right", overflow="fold")
    expected = len(arrivals.expected)
    for name in DESTINATIONS:
        arrived, total = arrivals.arrived(name), arrivals.total(name)
        table.add_row(name, f"{arrived} of {expected}", str(total), str(total - arrived))
    table.add_row("dead letters", str(len(arrivals.refused)), str(len(arrivals.refused)), "")
    console.print(table)
    if stack.api.conflicts:
        console.print(Text(f"conflicting API deliveries: {len(stack.api.conflicts)}", style="red"))
    console.print(Text(f"Broker: {stack.broker_name}, because {stack.broker_why}."), soft_wrap=True)


def print_ways_around(
    console: Console, stack: Stack, web: ChildWeb, *, arrivals: Arrivals, settings_file: Path, work_dir: Path
) -> None:
    """How to look at a stack that stays up."""
    compared = [review for review in arrivals.reviews.values() if review.previous_submission_id is not None]
    command = " ".join(map(shlex.quote, own_command()))
    read_reviews = (
        f'import pymongo; print(*pymongo.MongoClient("{stack.mongodb_url}")["{DATABASE}"].reviews.find(), sep="\\n")'
    )
    lines = (
        "",
        "The stack stays up until Ctrl-C. In another terminal, from any folder:",
        f"  set -a; . {shlex.quote(str(settings_file))}; set +a   # this stack's settings",
        f"  {command} doctor",
        f"  {command} deadletters list",
        f"  {shlex.quote(sys.executable)} -c {shlex.quote(read_reviews)}   # the reviews in the database",
        f"  kcat -b {stack.kafka_bootstrap} -t reviews -C -e -f '%k %p@%o\\n'   # if installed",
        f"  mongosh '{stack.mongodb_url}' --eval 'db.getSiblingDB(\"{DATABASE}\").reviews.find()'   # if installed",
        f"  tail -f {work_dir / 'worker.log'}",
        f'  kill "$(cat {work_dir / PID_FILE})"   # the worker starts again, with the prompts in {work_dir / PROMPTS}',
        *(f"  {web.link_to(review.review_id)}   # a review, as its student sees it" for review in compared[-1:]),
        f"  {web.address}/docs   # the HTTP API, in a browser",
        f"  {web.address}/   # the dashboard, in a browser, with the token below",
        f"  WEB={web.address} TOKEN={web.token}   # for the walk through docs/api.md",
        f"  curl {stack.api.url}   # what the review API got, newest first; a browser will do",
        f"  curl {stack.api.webhook_url}   # what the webhook got",
        f"Files: {work_dir}",
        "Produce your own with kcat and partitioner=murmur2_random, the student's id as key.",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def own_command() -> tuple[str, ...]:
    """Our own command, such that a fresh terminal in any folder finds it."""
    python = Path(sys.executable)
    script = python.with_name("reviewstream")
    return (str(script),) if script.is_file() else (str(python), "-m", "app")


def outcome_document(
    arrivals: Arrivals | None, stack: Stack | None, *, failure: str | None, duration_s: float
) -> Mapping[str, Any]:
    """The demo's result for machines. `ok` says whether every submission reached every destination."""
    document: dict[str, Any] = {
        "ok": failure is None,
        "failure": failure,
        "duration_s": round(duration_s, 1),
        "broker": None,
        "submissions": [],
    }
    if stack is not None:
        document["broker"] = {"name": stack.broker_name, "why": stack.broker_why}
        document["conflicts"] = len(stack.api.conflicts)
    if arrivals is not None:
        document["destinations"] = {
            name: {
                "expected": len(arrivals.expected),
                "arrived": arrivals.arrived(name),
                "records": arrivals.total(name),
            }
            for name in DESTINATIONS
        }
        document["submissions"] = [
            {
                "submission_id": submission_id,
                "arrived": {name: arrivals.counts[name][submission_id] for name in DESTINATIONS},
                "review": review.model_dump(mode="json") if (review := arrivals.reviews.get(submission_id)) else None,
            }
            for submission_id in arrivals.expected
        ]
        document["repeated"] = arrivals.repeated()
        document["dead_letters"] = [
            {
                "submission_id": letter.submission_id,
                "stage": letter.stage,
                "reason": letter.reason,
                "detail": letter.detail,
            }
            for letter in arrivals.refused
        ]
    return document
