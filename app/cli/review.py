"""`reviewstream review`: two sides on disk, one review."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.adapters.analysis.forked import begin_importing
from app.cli.output import explain_errors, json_option, show_result, waiting, write_json

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("previous", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("current", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--test-logs", type=click.Path(path_type=Path), help="Test log of CURRENT, or a folder of them.")
@click.option(
    "--assignment",
    default="desk",
    show_default=True,
    help="Assignment id to write into the review.",
)
@click.option("--language", type=click.Choice(["ru", "en"]), help="Language of the review. Default: REVIEW_LANGUAGE.")
@click.option("--offline", is_flag=True, help="Review by rules from the evidence alone, even if a model is configured.")
@click.option("--sarif", is_flag=True, help="A SARIF 2.1.0 log on stdout: comments for editors and code hosts.")
@json_option
@explain_errors
def review(
    previous: Path,
    current: Path,
    test_logs: Path | None,
    assignment: str,
    language: str | None,
    offline: bool,
    sarif: bool,
    as_json: bool | None,
) -> None:
    """Review CURRENT against PREVIOUS, without Kafka: the same core, for a teacher's desk.

    Each is a folder, an archive (.zip, .tar.gz, …), or one file of code: .py, .ipynb, .sql, .sh, Dockerfile, .yaml,
    .toml, .json, …; - as PREVIOUS means a first submission. Nothing of it is ever run.
    """
    if sarif and as_json is not None:
        raise click.UsageError("--sarif is a form of its own: give it without --json and --text")
    begin_importing()
    # What follows is imported while the processes import theirs.
    from app.cli.sides import checked_id, current_side, desk_settings, previous_side
    from app.desk.one_review import review_on_desk
    from app.desk.two_sides import Desk

    assignment = checked_id(assignment, "--assignment")
    settings = desk_settings(language=language, offline=offline)
    desk = Desk(previous_side(previous), current_side(current), assignment, test_logs)
    with waiting("comparing and reviewing"):
        result = asyncio.run(review_on_desk(desk, settings))
    if sarif:
        from importlib.metadata import version  # for this form alone

        from app.presentation.sarif import sarif_log  # the same

        write_json(sarif_log(result, version("reviewstream")))
        return

    def show(console: "Console") -> None:
        from app.presentation.cards import review_card  # for a terminal

        console.print(review_card(result, settings.review_language))

    show_result(result, as_json, show)
