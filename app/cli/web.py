"""`reviewstream web`, `token` and `states`: the HTTP API, who may use it, and what it answers from."""

import asyncio
import secrets
from typing import Any

import click
from rich.console import Console

from app.adapters.kafka.outage import quiet_kafka_client
from app.adapters.kafka.state_feed import read_whole_log, state_topics
from app.adapters.logging import logs
from app.adapters.mongo.reviews import connect_mongo
from app.adapters.mongo.states import MongoStates
from app.cli.output import explain_errors, json_option, print_line, show_result, waiting
from app.config import Settings, load_settings
from app.core.access import KnownToken, Scope, hash_token, read_tokens
from app.states.projection import rebuild_states
from app.web.serving import serve_web


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, also on a terminal.")
@explain_errors
def web(as_json: bool) -> None:
    """Serve the HTTP API on WEB_API_HOST and WEB_API_PORT until stopped.

    Answers for every worker of this installation, from Kafka and MongoDB alone. Scale by starting more; they share the
    log between them. Stops cleanly on Ctrl-C and SIGTERM. /docs shows what can be asked, WEB_TOKENS says by whom.
    """
    settings = load_settings()
    logs.configure(settings.log_level, "json" if as_json else settings.log_format, secrets=settings.secrets())
    with quiet_kafka_client():
        asyncio.run(serve_web(settings))


@click.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it allows; may be repeated. `review` orders reviews and opens the desk: it may change every grade.",
)
@click.option("--student", help="The id of the one student whose work it is for. Such a token allows read alone.")
@json_option
@explain_errors
def token(name: str, scopes: tuple[str, ...], student: str | None, as_json: bool | None) -> None:
    """Make a token called NAME for the HTTP API: shown this once, only its hash is kept, in WEB_TOKENS."""
    made = f"rs_{secrets.token_urlsafe(32)}"
    entry = f"{name}:{'+'.join(dict.fromkeys(scopes))}:{hash_token(made)}" + (f":{student}" if student else "")
    known: KnownToken = _checked(entry)

    def show(console: Console) -> None:
        print_line(console, f"token of {known.name}, for whoever calls (it is not shown again):")
        print_line(console, f"  {made}")
        print_line(console, "for WEB_TOKENS of `reviewstream web`, a comma between several:")
        print_line(console, f"  {entry}")

    show_result({"token": made, "web_tokens": entry}, as_json, show)


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
    settings = load_settings()
    logs.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
    with quiet_kafka_client(), waiting("reading the log"):
        count = asyncio.run(_rebuild(settings))

    def show(console: Console) -> None:
        print_line(console, f"{count} records were read; every state is told anew")

    document: dict[str, Any] = {"records": count}
    show_result(document, as_json, show)


async def _rebuild(settings: Settings) -> int:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        kept = MongoStates(mongo, settings.mongodb_db)
        await kept.ensure_indexes()
        return await rebuild_states(read_whole_log(settings), kept, kept, state_topics(settings))
    finally:
        mongo.close()


def _checked(entry: str) -> KnownToken:
    try:
        return read_tokens(entry)[0]
    except ValueError:
        raise click.UsageError(
            "NAME: letters from a to z, digits, dots, underscores and hyphens, 64 at most; a student's token allows"
            " read alone, and STUDENT is an id as submissions have it"
        ) from None
