"""`reviewstream token`: who may use the HTTP API."""

import secrets
from typing import TYPE_CHECKING

import click

from app.cli.output import explain_errors, json_option, print_line, show_result
from app.core.access import KnownToken, Scope, hash_token, read_tokens

if TYPE_CHECKING:
    from rich.console import Console


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

    def show(console: "Console") -> None:
        print_line(console, f"token of {known.name}, for whoever calls (it is not shown again):")
        print_line(console, f"  {made}")
        print_line(console, "for WEB_TOKENS of `reviewstream web`, a comma between several:")
        print_line(console, f"  {entry}")

    show_result({"token": made, "web_tokens": entry}, as_json, show)


def _checked(entry: str) -> KnownToken:
    try:
        return read_tokens(entry)[0]
    except ValueError:
        raise click.UsageError(
            "NAME: letters from a to z, digits, dots, underscores and hyphens, 64 at most; a student's token allows"
            " read alone, and STUDENT is an id as submissions have it"
        ) from None
