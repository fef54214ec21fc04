"""Prompt files, and the shape of the answer that they ask for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt file: its version, which reviews carry, and its text with the places to fill."""

    version: str
    text: str


def read_template(text: str) -> Template:
    """A prompt file: `version: NAME` on the first line, then the text. ValueError where a part is missing."""
    head, _, body = text.partition("\n")
    name, colon, version = head.partition(":")
    if name.strip() != "version" or not colon or not version.strip():
        raise ValueError("a prompt file starts with a line `version: NAME`")
    for place in ("{{marker}}", "{{schema}}"):
        if place not in body:
            raise ValueError(f"a prompt file has a place for {place}")
    return Template(version.strip(), body.strip() + "\n")


def answer_schema() -> dict[str, Any]:
    """JSON Schema of the expected answer, within what strict mode allows: all fields required, none beside them.

    Ranges stand in descriptions: several endpoints refuse `minimum` and `maxLength` in strict mode.
    """
    text = {"type": "string"}
    comment = {
        "path": {"type": "string", "description": "path as in the data"},
        "line": {"type": ["integer", "null"], "description": "line of the new version, from 1; null: whole file"},
        "severity": {"type": "string", "enum": ["praise", "info", "minor", "major", "critical"]},
        "message": text,
        "suggestion": {"type": ["string", "null"]},
    }
    return _object(
        {
            "overall_score": {"type": "integer", "description": "0 to 100"},
            "progress_summary": text,
            "code_quality_score": {"type": "integer", "description": "0 to 100"},
            "code_review_comments": {"type": "array", "items": _object(comment)},
            "recommendations": {"type": "array", "items": text},
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
