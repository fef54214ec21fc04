"""`reviewstream states …`: how far submissions are, as the HTTP API tells it."""

from typing import TYPE_CHECKING, Any

import click

from app.cli.output import explain_errors, json_option, print_line, show_result, waiting

if TYPE_CHECKING:
    from rich.console import Console

    from app.config import Settings


@click.group()
def states() -> None:
    """How far submissions are, as the HTTP API tells it."""


@states.command()
@json_option
@explain_errors
def rebuild(as_json: bool | None) -> None:
    """Forget all states and tell them anew from the five topics and the reviews that are published.

    Harmless beside running processes; until it ends some states are missing. What the topics no longer hold is not
    told again.
    """
    from app.cli.carrying_out import carry_out, logged_settings

    settings = logged_settings()
    with waiting("reading the log"):
        count = carry_out(settings, _rebuild(settings))

    def show(console: "Console") -> None:
        print_line(console, f"{count} records were read; every state is told anew")

    document: dict[str, Any] = {"records": count}
    show_result(document, as_json, show)


async def _rebuild(settings: "Settings") -> int:
    from app.adapters.kafka.state_feed import read_whole_log, state_topics
    from app.adapters.mongo.reviews import connect_mongo
    from app.adapters.mongo.states import MongoStates
    from app.states.projection import rebuild_states

    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        kept = MongoStates(mongo, settings.mongodb_db)
        await kept.ensure_indexes()
        return await rebuild_states(read_whole_log(settings), kept, kept, state_topics(settings))
    finally:
        mongo.close()
