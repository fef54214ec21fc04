"""`reviewstream worker`: the stream processor until it is stopped."""

import sys

import click

from app.cli.output import explain_errors


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, also on a terminal.")
@explain_errors
def worker(as_json: bool) -> None:
    """Run the stream processor: compare, review and publish submissions until stopped.

    Creates the topics that are missing. Stops cleanly on Ctrl-C and SIGTERM: calls in flight get DRAIN_GRACE_S, the
    rest is done again after the next start. Scale by starting more, each with a DATA_DIR and a WEB_PORT of its own.
    """
    from app.cli.carrying_out import logged_settings
    from app.stream.faust.process import run
    from app.wiring.whole_worker import build_app

    settings = logged_settings(as_json=as_json)
    sys.exit(run(build_app(settings)))
