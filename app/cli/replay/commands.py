"""`reviewstream replay …`: reviews made again from the log, beside the live line."""

from pathlib import Path
from typing import Any

import click

from app.cli.output import explain_errors, json_option
from app.cli.replay.options import band_option, check_reason, rate_option, selection_of, selection_options


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
    from app.cli.replay.handlers import show_plan
    from app.replay.planning import PlanRequest

    show_plan(PlanRequest(selection, fresh, rate, look_at), as_json)


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
    from app.cli.replay.handlers import run_replay_to_its_end
    from app.replay.stories import ReplayRequest

    run_replay_to_its_end(ReplayRequest(selection, reason, appeal, shadow, fresh, rate, in_flight), as_json)


@replay.command("resume")
@click.argument("replay_id")
@json_option
@explain_errors
def resume_command(replay_id: str, as_json: bool | None) -> None:
    """Go on with a replay that was paused, or whose process was killed."""
    from app.cli.replay.handlers import resume_replay_to_its_end

    resume_replay_to_its_end(replay_id, as_json)


@replay.command("status")
@click.argument("replay_id")
@json_option
@explain_errors
def status_command(replay_id: str, as_json: bool | None) -> None:
    """Say how far a replay is, whether a process works on it, and which submissions have no review."""
    from app.cli.replay.handlers import show_status

    show_status(replay_id, as_json)


@replay.command("pause")
@click.argument("replay_id")
@json_option
@explain_errors
def pause_command(replay_id: str, as_json: bool | None) -> None:
    """Stop a replay for now; what is with the reviewers still gets its review."""
    from app.cli.replay.handlers import pause

    pause(replay_id, as_json)


@replay.command("cancel")
@click.argument("replay_id")
@json_option
@explain_errors
def cancel_command(replay_id: str, as_json: bool | None) -> None:
    """End a replay; the reviews that it made stay."""
    from app.cli.replay.handlers import cancel

    cancel(replay_id, as_json)


@replay.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest so many.")
@json_option
@explain_errors
def list_replays_command(limit: int, as_json: bool | None) -> None:
    """List replays, the newest first."""
    from app.cli.replay.handlers import show_replays

    show_replays(limit, as_json)


@replay.command("diff")
@click.argument("replay_id")
@band_option
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write one HTML page to this file.")
@json_option
@explain_errors
def diff_command(replay_id: str, band: float, html: Path | None, as_json: bool | None) -> None:
    """Compare a replay's reviews with those that they would supersede; what lost most comes first."""
    from app.cli.replay.handlers import show_replay_diff

    show_replay_diff(replay_id, band, html, as_json)


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
    from app.cli.replay.handlers import promote

    promote(replay_id, band, reason, as_json)


@replay.command("discard")
@click.argument("replay_id")
@json_option
@explain_errors
def discard_command(replay_id: str, as_json: bool | None) -> None:
    """Delete a shadow replay's reviews, which nobody was told of."""
    from app.cli.replay.handlers import discard

    discard(replay_id, as_json)
