"""What every schema shares: immutability, identifiers, times, versions."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.ids import ID_PATTERN

SCHEMA_VERSION: Final = 1

LIVE: Final = 0
"""The generation of what was taken as it came; replays have higher ones, and never enter the tables."""

_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?\s*")

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

SchemaVersion = Literal[1]
"""Version of a record's shape. A reader refuses versions that it does not know; new optional fields do not
raise it, for readers ignore unknown fields."""

Identifier = Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$", max_length=128, strict=True)]
"""An id that may become part of a path, a key or a URL: no separators, no leading dot, 128 characters at most."""


def without_lone_surrogates(text: str) -> str:
    """`text` with U+FFFD in place of halves of a character, which JSON may escape and UTF-8 cannot write."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


FreeText = Annotated[str, AfterValidator(without_lone_surrogates)]
"""Text that anyone may write, made such that it can be encoded: a platform that cuts at a length may halve an emoji."""


def _refuse_numbers(value: object) -> object:
    """Leave texts and dates to pydantic, which takes numbers too, and guesses whether they are of seconds or less."""
    is_number = isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)
    if is_number:
        raise PydanticCustomError(
            "moment_as_number", "Input should be ISO 8601 with a time zone, as 2026-03-02T12:00:00Z, not a number"
        )
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_numbers)]
"""A time in ISO 8601 with its zone. Seconds and milliseconds since 1970 look alike, so no number is taken."""


class Schema(BaseModel):
    """Base of all schemas: frozen, unknown fields ignored so that a producer may add some before we know them."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def document(self) -> dict[str, Any]:
        """The record in JSON's own types."""
        return self.model_dump(mode="json")
