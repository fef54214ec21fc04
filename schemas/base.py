"""What every schema shares: immutability, identifiers, versions."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

SCHEMA_VERSION: Final = 1

LIVE: Final = 0
"""The generation of what was taken as it came; replays have higher ones, and never enter the tables."""

SchemaVersion = Literal[1]
"""Version of a record's shape. A reader refuses versions that it does not know; new optional fields do not
raise it, for readers ignore unknown fields."""

Identifier = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$", max_length=128, strict=True)
]
"""An id that may become part of a path, a key or a URL: no separators, no leading dot, 128 characters at most."""


class Schema(BaseModel):
    """Base of all schemas: frozen, unknown fields ignored so that a producer may add some before we know them."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
