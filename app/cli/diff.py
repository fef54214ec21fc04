"""`reviewstream diff`: two sides on disk, and what changed between them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.adapters.analysis.forked import begin_importing
from app.cli.output import explain_errors, json_option, print_line, show_result, waiting

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("previous", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("current", type=click.Path(path_type=Path, allow_dash=True))
@json_option
@explain_errors
def diff(previous: Path, current: Path, as_json: bool | None) -> None:
    """Show what changed from PREVIOUS to CURRENT, as the reviewer sees it: changes, complexity, evidence, omissions.

    Each is a folder, an archive (.zip, .tar.gz, …) or one file; - as PREVIOUS means a first submission. What was read
    of each side, what was left out and why, stands at the end, and in JSON under `coverage` and `previous_coverage`.
    """
    begin_importing()
    # What follows is imported while the processes import theirs.
    from app.cli.reading import print_coverage
    from app.cli.sides import current_side, desk_settings, previous_side
    from app.desk.two_sides import Desk, compare_on_desk

    settings = desk_settings()
    desk = Desk(previous_side(previous), current_side(current))
    with waiting("comparing"):
        result, previous_coverage = asyncio.run(compare_on_desk(desk, settings))

    def show(console: "Console") -> None:
        for line in result.diff_info.diff.splitlines():
            print_line(console, line)
        for change in result.changes:
            place = change.after or change.before
            where = f"{place.path}:{place.line or 1}" if place else ""
            values = " → ".join(str(change.detail[side]) for side in ("before", "after") if side in change.detail)
            named = place.symbol or "" if place else ""
            print_line(console, f"{change.kind}  {where}  {named}  {values}".rstrip())
        print_line(
            console,
            f"{result.diff_info.total_files_changed} files changed, +{result.diff_info.lines_added} "
            f"-{result.diff_info.lines_removed}",
        )
        if previous_coverage is not None:
            print_coverage(console, previous_coverage, "PREVIOUS")
        print_coverage(console, result.coverage, "CURRENT")

    was = previous_coverage.model_dump(mode="json") if previous_coverage is not None else None
    show_result(result.model_dump(mode="json") | {"previous_coverage": was}, as_json, show)
