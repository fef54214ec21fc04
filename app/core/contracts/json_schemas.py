"""JSON Schemas of what lies in the topics, generated from the models, with an example each.

They describe what is taken, so a field that has a default may be absent: records of older versions lie in the topics
too. What is absent has the default that the schema gives.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from app.core.contracts.example_records import COMPARISON, DEAD_LETTER, DECISION, REVIEW, SUBMISSION
from schemas.base import SCHEMA_VERSION, Schema
from schemas.codec import encode
from schemas.comparison import Comparison
from schemas.dead_letter import Header, RefusalHeaders
from schemas.decision import Decision
from schemas.review import Review
from schemas.submission import Submission

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Contract:
    """What one schema describes. `is_taken`: others produce it and we read it; of the rest it is the other way."""

    name: str
    model: type[Schema]
    example: Any
    is_taken: bool = False

    @property
    def file_name(self) -> str:
        """Its file; the version of the records' shape is part of the name, so that two can stand side by side."""
        return f"{self.name}.v{SCHEMA_VERSION}.schema.json"

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema, draft 2020-12."""
        return {
            "$schema": _DIALECT,
            "$id": f"urn:reviewstream:{self.name}:v{SCHEMA_VERSION}",
            **self.model.model_json_schema(),
            "examples": [self.example],
        }


def as_texts(headers: list[Header] | tuple[Header, ...]) -> dict[str, str]:
    """A record's headers as JSON shows them."""
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}


def _as_sent(record: Schema) -> Any:
    return orjson.loads(encode(record))


CONTRACTS: Final = (
    Contract("submission", Submission, SUBMISSION.model_dump(mode="json", exclude_defaults=True), is_taken=True),
    Contract("comparison", Comparison, _as_sent(COMPARISON)),
    Contract("review", Review, _as_sent(REVIEW)),
    Contract("decision", Decision, _as_sent(DECISION), is_taken=True),
    Contract("dead-letter-headers", RefusalHeaders, as_texts(DEAD_LETTER.record_headers())),
)
