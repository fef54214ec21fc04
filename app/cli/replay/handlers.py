"""What `reviewstream replay …` does once it is known what is meant, and how it tells it."""

import os
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from app.cli.carrying_out import carry_out, logged_settings
from app.cli.output import fail, print_line, show_result, visible
from app.config import Settings
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
from schemas.replay import ReplayPhase, ReplayState

_FAILED_SHOWN: Final = 20
_NICENESS: Final = 10
"""Of 19: a worker's share of a busy processor is some ten times as large."""
_SILENT_FOR: Final = timedelta(minutes=2)
"""A process notes every two seconds that it works; one that outlasts an outage is silent for a minute."""


def show_plan(request: PlanRequest, as_json: bool | None) -> None:
    """What a replay would mean and cost."""
    settings = logged_settings()
    plan = carry_out(settings, plan_replay(settings, request, looking=_looking))

    def show(console: Console) -> None:
        for line in plan_lines(plan):
            print_line(console, line)

    show_result(plan, as_json, show)


def run_replay_to_its_end(request: ReplayRequest, as_json: bool | None) -> None:
    """Begin a replay and see it through; exits 1 where submissions have no review, 130 where it is interrupted."""
    settings = logged_settings()
    state = _carried_out(
        settings,
        lambda announce: begin_replay(settings, request, looking=_looking, announce=announce, tell=_tell),
    )
    _finish(settings, state, as_json)


def resume_replay_to_its_end(replay_id: str, as_json: bool | None) -> None:
    """Go on with one and see it through; exits as `run_replay_to_its_end`."""
    settings = logged_settings()
    state = _carried_out(settings, lambda announce: resume_replay(settings, replay_id, announce=announce, tell=_tell))
    _finish(settings, state, as_json)


def show_status(replay_id: str, as_json: bool | None) -> None:
    """How far a replay is."""
    settings = logged_settings()
    state, failed = carry_out(settings, look_at_replay(settings, replay_id))
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


def pause(replay_id: str, as_json: bool | None) -> None:
    """Stop it for now."""
    _turn(replay_id, ReplayPhase.PAUSED, as_json)


def cancel(replay_id: str, as_json: bool | None) -> None:
    """End it."""
    _turn(replay_id, ReplayPhase.CANCELLED, as_json)


def show_replays(limit: int, as_json: bool | None) -> None:
    """The newest `limit` replays."""
    settings = logged_settings()
    states = carry_out(settings, list_replays(settings, limit))
    document = [state.model_dump(mode="json") for state in states]

    def show(console: Console) -> None:
        for state in states:
            print_line(console, _line(state))
        if not states:
            print_line(console, "no replays yet")

    show_result(document, as_json, show)


def show_replay_diff(replay_id: str, band: float, html: Path | None, as_json: bool | None) -> None:
    """A replay's reviews beside those that they would supersede; as a page in the file `html`, too."""
    settings = logged_settings()
    diff = carry_out(settings, diff_replay(settings, replay_id))
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


def promote(replay_id: str, band: float, forced_for: str | None, as_json: bool | None) -> None:
    """Deliver a shadow replay's reviews, `forced_for` a reason whatever the scores did."""
    settings = logged_settings()
    state = carry_out(settings, promote_replay(settings, replay_id, band=band, forced_for=forced_for, tell=_promoting))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


def discard(replay_id: str, as_json: bool | None) -> None:
    """Delete a shadow replay's reviews."""
    settings = logged_settings()
    state = carry_out(settings, discard_replay(settings, replay_id))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


def _turn(replay_id: str, phase: ReplayPhase, as_json: bool | None) -> None:
    settings = logged_settings()
    state = carry_out(settings, turn_replay(settings, replay_id, phase))
    show_result(state, as_json, lambda console: print_line(console, _line(state)))


def _finish(settings: Settings, state: ReplayState, as_json: bool | None) -> None:
    _, failed = carry_out(settings, look_at_replay(settings, state.replay_id))
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
        return carry_out(settings, story(announce))
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
