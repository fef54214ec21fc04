"""What the commands at a desk are given: two sides, an assignment, and settings without a server."""

from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from app.adapters.logging import logs
from app.config import LLM_CHOOSERS, Settings, load_settings
from schemas.base import Identifier


def checked_id(value: str) -> str:
    """`value`, if it is an id. Raises `click.BadParameter` with what an id is."""
    try:
        return TypeAdapter(Identifier).validate_python(value)
    except ValidationError:
        wanted = "Latin letters, digits and . _ : @ -, 128 at most, a letter or a digit first"
        raise click.BadParameter(f"{value!r} is no id: it wants {wanted}") from None


def previous_side(path: Path) -> Path | None:
    """PREVIOUS, or None for `-`: a first submission."""
    return None if str(path) == "-" else path


def current_side(path: Path) -> Path:
    """CURRENT. Raises `click.UsageError` for `-`."""
    if str(path) == "-":
        raise click.UsageError("- means that there is none, and is only for PREVIOUS; CURRENT is a path")
    return path


def desk_settings(*, language: str | None = None, offline: bool = False) -> Settings:
    """The settings, read and told to the log; `offline` leaves out the model that they may name."""
    chosen: dict[str, Any] = {"review_language": language} if language else {}
    if offline:
        chosen |= dict.fromkeys(LLM_CHOOSERS, "")
    settings = load_settings(**chosen)
    logs.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
    return settings
