"""The page of all settings, from their fields."""

from typing import Final

from pydantic_core import PydanticUndefined

from app.config import variables

_HEAD: Final = """# Which settings are there?

Settings come from the environment or from `.env`; empty means unset. A wrong value stops the start and is named, with
what it got and what it wants. A name in `.env` that looks like one of these and is none is warned of.
`.env.example` has the same list, to be copied; `reviewstream doctor` checks the result.

This page is generated from `app/config.py` by `make docs`.

| variable | default | what |
|---|---|---|
"""


def configuration_page() -> str:
    """Markdown: one row per variable, in the order of the settings."""
    rows = []
    for name, field in variables().items():
        default = field.default
        if hasattr(default, "get_secret_value"):
            default = default.get_secret_value()
        if isinstance(default, bool):
            default = str(default).lower()
        if isinstance(default, float) and default.is_integer():
            default = int(default)
        shown = "" if default in {None, PydanticUndefined, ""} else f"`{default}`"
        description = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {shown} | {description} |\n")
    return _HEAD + "".join(rows)
