"""The record that a course platform produces to the `submissions` topic."""

from itertools import combinations
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator

from schemas.base import SCHEMA_VERSION, FreeText, Identifier, Moment, Schema, SchemaVersion

Language = Literal["ru", "en"]

_SOURCES: Final = ("files", "archive", "archive_base64")


def _allow_one_source(schema: dict[str, JsonValue]) -> None:
    """Say in a JSON Schema what `Submission` checks: no two sources at once."""
    pairs: list[JsonValue] = [
        {"required": list(pair), "properties": {name: {"not": {"type": "null"}} for name in pair}}
        for pair in combinations(_SOURCES, 2)
    ]
    schema["not"] = {"anyOf": pairs}


class ArchiveRef(Schema):
    """An archive elsewhere: a `file:` uri under the archive root, or http(s).

    `sha256` is the digest of the archive's bytes in hexadecimal; where given, other bytes are refused.
    """

    uri: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None


class NamedLog(Schema):
    """One test log of several, under the name the platform gives it."""

    name: Annotated[FreeText, Field(min_length=1, max_length=256)]
    text: FreeText


class Submission(Schema):
    """One homework submission. The record's key is `student_id` in UTF-8.

    The source is at most one of `files` (path -> text), `archive` and `archive_base64`; where all are absent
    it is `ARCHIVE_PATH/<submission_id>`, a folder, `.zip` or `.tar.gz`.
    """

    model_config = ConfigDict(json_schema_extra=_allow_one_source)

    schema_version: SchemaVersion = SCHEMA_VERSION
    submission_id: Identifier
    student_id: Identifier
    assignment_id: Identifier
    submitted_at: Moment
    files: dict[str, str] | None = None
    archive: ArchiveRef | None = None
    archive_base64: str | None = None
    test_logs: FreeText | tuple[NamedLog, ...] | None = None
    previous_submission_id: Identifier | None = None
    language: Language | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in _SOURCES if getattr(self, name) is not None]
        if len(given) > 1:
            message = f"give one source, not {' and '.join(given)}"
            raise ValueError(message)
        return self

    def named_logs(self) -> tuple[NamedLog, ...]:
        """Test logs under their names, whichever form they came in."""
        if self.test_logs is None:
            return ()
        if isinstance(self.test_logs, str):
            return (NamedLog(name="test.log", text=self.test_logs),) if self.test_logs else ()
        return self.test_logs
