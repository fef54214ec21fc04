"""`reviewstream replay …`: reviews made again from the log, beside the live line."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from rich.console import Console

from app.adapters.kafka.outage import KAFKA_CURE, quiet_kafka_client, told_of_kafka
from app.adapters.logging import logs
from app.cli.output import explain_errors, fail, json_option, print_line, show_result, visible
from app.cli.replay_options import band_option, check_reason, rate_option, selection_of, selection_options
from app.config import Settings, load_settings
from app.presentation.replay_diff import diff_lines, diff_page
from app.presentation.replay_plan import plan_lines
from app.replay.judging import diff_replay, discard_replay, promote_replay
from app.replay.planning import PlanRequest
from app.replay.stories import (
    ReplayRequest,
    Tell,
    begin_replay,
    list_replays,
    look_at_replay,
    plan_replay,
    resume_replay,
    turn_replay,
)
from schemas.errors import Dependency, Unavailable
from schemas.replay import ReplayPhase, ReplayState

T = TypeVar("T")

_FAILED_SHOWN: Final = 20
_NICENESS: Final = 10
"""Of 19: a worker's share of a busy processor is some ten times as large."""
_SILENT_FOR: Final = timedelta(minutes=2)
"""A process notes every two seconds that it works; one that outlasts an outage is silent for a minute."""


@click.group()
def replay() -> None:
    """Make reviews again from the log: after a better prompt or rubric, another model, a mended bug, an appeal.

    Submissions are read again, each is compared with what preceded it then, and its review gets a generation of its
    own. The live group, its tables and its offsets are never touched, and live submissions go first. A worker must be
    running: it answers what is replayed.
    """


@replay.command("plan")
@selection_options
@click.option("--fresh", is_flag=True, help="As if the model were asked anew, whatever answers were kept.")
@rate_option
@click.option(
    "--look-at", type=click.IntRange(min=1), default=1000, show_default=True, help="Of more than that, so many, evenly."
)
@json_option
@explain_errors
def plan_command(*, fresh: bool, rate: float, look_at: int, as_json: bool | None, **given: Any) -> None:
    """Say what a replay would mean and cost. Nothing is written, no model is asked.

    Each submission is compared again and its question put together, so it takes as long as the comparisons do.
    """
    selection = selection_of(given)
    settings = _settings()
    request = PlanRequest(selection, fresh, rate, look_at)
    plan = _run(settings, plan_replay(settings, request, looking=_looking))

    def show(console: Console) -> None:
        for line in plan_lines(plan):
            print_line(console, line)

    show_result(plan, as_json, show)


@replay.command("run")
@selection_options
@click.option("--shadow", is_flag=True, help="Store the new reviews and deliver none, until `promote`.")
@click.option("--fresh", is_flag=True, help="Ask the model anew, whatever answers were kept.")
@click.option(
    "--appeal",
    is_flag=True,
    help="One student asked for it, and the review says so. So is one --submission that is delivered for a --reason.",
)
@click.option("--reason", help="Why; it stands in the reviews.")
@rate_option
@click.option(
    "--in-flight", type=click.IntRange(1, 64), default=8, show_default=True, help="Submissions that wait for a review."
)
@json_option
@explain_errors
def run_command(
    *,
    shadow: bool,
    fresh: bool,
    appeal: bool,
    reason: str | None,
    rate: float,
    in_flight: int,
    as_json: bool | None,
    **given: Any,
) -> None:
    """Make reviews again, and wait until each is there.

    Its id comes first, with the command that goes on after a kill. Exits 1 where some have no review, and names them.
    """
    selection = selection_of(given)
    check_reason(reason)
    if appeal and not (selection.submissions and reason):
        raise click.UsageError("--appeal wants the --submission that it is about, and its --reason")
    request = ReplayRequest(selection, reason, appeal, shadow, fresh, rate, in_flight)
    settings = _settings()
    state = _carried_out(
        settings,
        lambda announce: begin_replay(settings, request, looking=_looking, announce=announce, tell=_tell),
    )
    _finish(settings, state, as_json)


@replay.command("resume")
@click.argument("replay_id")
@json_option
@explain_errors
def resume_command(replay_id: str, as_json: bool | None) -> None:
    """Go on with a replay that was paused, or whose process was killed."""
    settings = _settings()
    state = _carried_out(settings, lambda announce: resume_replay(settings, replay_id, announce=announce, tell=_tell))
    _finish(settings, state, as_json)


@replay.command("status")
@click.argument("replay_id")
@json_option
@explain_errors
def status_command(replay_id: str, as_json: bool | None) -> None:
    """Say how far a replay is, whether a process works on it, and which submissions have no review."""
    settings = _settings()
    state, failed = _run(settings, look_at_replay(settings, replay_id))
    is_abandoned = state.phase is ReplayPhase.RUNNING and _now() - state.heard_at > _SILENT_FOR
    document = {
        **state.model_dump(mode="json"),
        "is_abandoned": is_abandoned,
        "failures": [_failure(item) for item in failed],
    }

    def show(console: Console) -> None:
        print_line(console, _line(state))
        if is_abandoned:
            print_line(console, f"  no process works on it: reviewstream replay resume {replay_id}")
        for failure in document["failures"]:
            print_line(console, f"  failed: {failure['student']} {failure['submission']}: {failure['why']}")

    show_result(document, as_json, show)


@replay.command("pause")
@click.argument("replay_id")
@json_option
@explain_errors
def pause_command(replay_id: str, as_json: bool | None) -> None:
    """Stop a replay for now; what is with the reviewers still gets its review."""
    _turn(replay_id, ReplayPhase.PAUSED, as_json)


@replay.command("cancel")
@click.argument("replay_id")
@json_option
@explain_errors
def cancel_command(replay_id: str, as_json: bool | None) -> None:
    """End a replay; the reviews that it made stay."""
    _turn(replay_id, ReplayPhase.CANCELLED, as_json)


@replay.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest so many.")
@json_option
@explain_errors
def list_replays_command(limit: int, as_json: bool | None) -> None:
    """List replays, the newest first."""
    settings = _settings()
    states = _run(settings, list_replays(settings, limit))
    document = [state.model_dump(mode="json") for state in states]

    def show(console: Console) -> None:
        for state in states:
            print_line(console, _line(state))
        if not states:
            print_line(console, "no replays yet")

    show_result(document, as_json, show)


@replay.command("diff")
@click.argument("replay_id")
@band_option
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one HTML page to this file.")
@json_option
@explain_errors
def diff_command(replay_id: str, band: float, html: Path | None, as_json: bool | None) -> None:
    """Compare a replay's reviews with those that they would supersede; what lost most comes first."""
    settings = _settings()
    diff = _run(settings, diff_replay(settings, replay_id))
    if html is not None:
        try:
            html.write_text(diff_page(diff, band), "utf-8")
        except OSError as exc:
            fail(f"{html} cannot be written: {exc.strerror}", "name another file")
        click.echo(f"written to {html}", err=True)

    def show(console: Console) -> None:
        for line in diff_lines(diff, band):
            print_line(console, line)

    show_result(diff, as_json, show)


@replay.command("promote")
@click.argument("replay_id")
@band_option
@click.option("--force", is_flag=True, help="Promote whatever the scores did; wants a --reason, which is recorded.")
@click.option("--reason", help="Why it is promoted nevertheless.")
@json_option
@explain_errors
def promote_command(replay_id: str, band: float, force: bool, reason: str | None, as_json: bool | None) -> None:
    """Deliver a shadow replay's reviews: each supersedes the one that is current now."""
    if force != bool(reason):
        raise click.UsageError("--force and --reason belong together")
    check_reason(reason)
    settings = _settings()
    state = _run(settings, promote_replay(settings, replay_id, band=band, forced_for=reason, tell=_promoting))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


@replay.command("discard")
@click.argument("replay_id")
@json_option
@explain_errors
def discard_command(replay_id: str, as_json: bool | None) -> None:
    """Delete a shadow replay's reviews, which nobody was told of."""
    settings = _settings()
    state = _run(settings, discard_replay(settings, replay_id))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


def _turn(replay_id: str, phase: ReplayPhase, as_json: bool | None) -> None:
    settings = _settings()
    state = _run(settings, turn_replay(settings, replay_id, phase))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


def _finish(settings: Settings, state: ReplayState, as_json: bool | None) -> None:
    _, failed = _run(settings, look_at_replay(settings, state.replay_id))
    document = {**state.model_dump(mode="json"), "failures": [_failure(item) for item in failed]}

    def show(console: Console) -> None:
        print_line(console, _line(state))

    show_result(document, as_json, show)
    for failure in document["failures"][:_FAILED_SHOWN]:
        line = f"failed: {failure['student']} {failure['submission']}: {failure['why']}"
        click.echo(visible(line), err=True)
    if state.failed:
        fail(
            f"{state.failed} of {state.chosen} submissions have no review of this replay",
            f"`reviewstream replay status {state.replay_id}` names all of them",
        )


def _failure(item: Any) -> dict[str, Any]:
    head = item.step.head
    return {
        "student": head.student_id,
        "assignment": head.assignment_id,
        "submission": head.submission_id,
        "origin": str(head.origin),
        "why": item.why,
    }


def _line(state: ReplayState) -> str:
    kind = "shadow, " if state.is_shadow else ""
    return (
        f"{state.replay_id}  {kind}{state.phase}: {state.reviewed} of {state.chosen} reviewed, "
        f"{state.sent - state.reviewed} on their way, {state.failed} failed; last heard of at {state.heard_at:%F %T}Z"
    )


def _carried_out(settings: Settings, story: Callable[[Tell], Coroutine[Any, Any, ReplayState]]) -> ReplayState:
    """The end of a replay that is carried out here; an interrupted one says how to go on."""
    begun: list[str] = []

    def announce(state: ReplayState) -> None:
        begun.append(state.replay_id)
        _announce(state)

    _step_back()
    try:
        return _run(settings, story(announce))
    except KeyboardInterrupt:
        if not begun:
            raise
        click.echo(f"\ninterrupted; go on: reviewstream replay resume {begun[0]}", err=True)
        sys.exit(130)


def _step_back() -> None:
    """Let workers on the same machine have the processor first; our own analysis processes inherit that."""
    if sys.platform != "win32":
        os.nice(_NICENESS)


def _now() -> datetime:
    return datetime.now(UTC)


def _announce(state: ReplayState) -> None:
    click.echo(f"{state.replay_id}: {state.chosen} submissions, generation {state.generation}", err=True)
    if state.rejected and not state.is_shadow:
        click.echo(f"  a teacher rejected the review of {state.rejected} of them; a new one is delivered", err=True)
    click.echo(f"  after a kill: reviewstream replay resume {state.replay_id}", err=True)


def _looking(count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\rlooked at {count} submissions", nl=False, err=True)


def _promoting(count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{count} sent to the publisher", nl=False, err=True)


def _tell(state: ReplayState) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{_line(state)}", nl=False, err=True)


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
