"""JSON Schema of the expected answer: the same for all submissions and rubrics, so that a prompt cache can hit.

Nothing is described here: the instructions say what each field means, and an endpoint that binds a model to the schema
need not show it to the model. Items of the rubric and earlier comments share a list, for both are judged with a line
that proves it. What there is nothing of is empty or 0, which is shorter than null beside each type.
Ranges stand nowhere: several endpoints refuse `minimum` in strict mode.
"""

from collections.abc import Mapping
from typing import Any, Final

from schemas.review import ProblemKind, ThreadState
from schemas.rubric import Verdict

_TEXT: Final[Mapping[str, Any]] = {"type": "string"}
_PLACE: Final[Mapping[str, Any]] = {"path": _TEXT, "line": {"type": "integer"}, "quote": _TEXT}


def answer_schema() -> dict[str, Any]:
    """Within what strict mode allows: all fields required, none beside them. Evidence stands before what it shows."""
    words = [*Verdict, ThreadState.FIXED, ThreadState.STILL_OPEN]
    verdict = {"id": _TEXT, **_PLACE, "reason": _TEXT, "verdict": {"type": "string", "enum": words}}
    comment = {
        **_PLACE,
        "severity": {"type": "string", "enum": ["critical", "major", "minor", "info", "praise"]},
        "category": {"type": "string", "enum": list(ProblemKind)},
        "message": _TEXT,
        "suggestion": _TEXT,
    }
    return _object(
        {
            "verdicts": _list(_object(verdict)),
            "progress_summary": _TEXT,
            "code_review_comments": _list(_object(comment)),
            "recommendations": _list(_TEXT),
        }
    )


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
