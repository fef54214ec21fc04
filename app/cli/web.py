"""`reviewstream web`: the HTTP API until it is stopped."""

import asyncio

import click

from app.cli.output import explain_errors


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, also on a terminal.")
@explain_errors
def web(as_json: bool) -> None:
    """Serve the HTTP API on WEB_API_HOST and WEB_API_PORT until stopped.

    Answers for every worker of this installation, from Kafka and MongoDB alone. Scale by starting more; they share the
    log between them. Stops cleanly on Ctrl-C and SIGTERM. /docs shows what can be asked, WEB_TOKENS says by whom.
    """
    from app.adapters.kafka.outage import quiet_kafka_client
    from app.cli.carrying_out import logged_settings
    from app.web.serving import serve_web

    settings = logged_settings(as_json=as_json)
    with quiet_kafka_client():
        asyncio.run(serve_web(settings))
