"""What the commands at a desk are given: two sides, an assignment, and settings without a server."""

from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from app.config import LLM_CHOOSERS, Settings, load_settings
from schemas.base import Identifier


def checked_id(value: str, option: str) -> str:
    """`value`, if it is an id. Raises `click.BadParameter` about `option` with what an id is."""
    try:
        return TypeAdapter(Identifier).validate_python(value)
    except ValidationError:
        wanted = "Latin letters, digits and . _ : @ -, 128 at most, a letter or a digit first"
        message = f"{value!r} is no id: it wants {wanted}"
        raise click.BadParameter(message, click.get_current_context(), param_hint=f"'{option}'") from None


def previous_side(path: Path) -> Path | None:
    """PREVIOUS, or None for `-`: a first submission."""
    return None if str(path) == "-" else path


def current_side(path: Path) -> Path:
    """CURRENT. Raises `click.UsageError` for `-`."""
    if str(path) == "-":
        raise click.UsageError("- means that there is none, and is only for PREVIOUS; CURRENT is a path")
    return path


def desk_settings(*, language: str | None = None, offline: bool = False) -> Settings:
    """The settings; `offline` leaves out the model that they may name.

    The log is told of them where a model is asked: rules alone write none, and what writes it takes its time.
    """
    chosen: dict[str, Any] = {"review_language": language} if language else {}
    if offline:
        chosen |= dict.fromkeys(LLM_CHOOSERS, "")
    settings = load_settings(**chosen)
    if settings.llm_model is not None:
        from app.adapters.logging import logs  # with a model alone

        logs.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
    return settings
