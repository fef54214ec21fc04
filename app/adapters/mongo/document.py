"""A review as a MongoDB document and back, without loss.

The document carries the review's fields at its top level under the names of the schema, readable and open to
queries. Three things cannot be stored as they are:

- Names within free-form objects (a file's path in `complexity.errors`) may hold `.`, `$` or NUL, which queries
  and older servers read as syntax: they are percent-encoded (`src/main%2Epy`), `%` itself included.
- `timestamp` is a BSON date for queries and indexes, which keeps milliseconds only. `timestamp_iso` keeps the text
  as the review's other receivers get it: API and webhook are served what is stored, so one key never has two bodies.
- Whole numbers beyond 64 bits with a sign become `Decimal128`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import bson
from bson.decimal128 import Decimal128
from bson.errors import BSONError
from pydantic import ValidationError

from app.core.limits import DeliveryLimits
from schemas.changes import DiffInfo
from schemas.codec import describe
from schemas.comparison import Baseline
from schemas.errors import Reason, Rejected
from schemas.origin import Origin
from schemas.review import Integrity, Review, ReviewResult

_ESCAPES: Final = {"%": "%25", ".": "%2E", "$": "%24", "\0": "%00"}
_ESCAPING: Final = str.maketrans(_ESCAPES)
_OURS: Final = ("_id", "published_at", "published_revision", "promoted_at", "stored_at", "timestamp_iso")
_LIMITS: Final = DeliveryLimits()


def to_document(review: Review, stored_at: datetime, limits: DeliveryLimits = _LIMITS) -> dict[str, Any]:
    """The document under which `review` is stored, unpublished yet; `_id` is its id as text.

    Raises `Rejected(store_refused)` where it nests deeper or is larger than MongoDB takes.
    """
    fields = _converted(review.model_dump(mode="json"), _escape, _store_value, limits.document_nesting_max)
    document = {
        "_id": str(review.review_id),
        **fields,
        "timestamp": review.timestamp,
        "timestamp_iso": fields["timestamp"],
        "published_at": None,
        "stored_at": stored_at,
    }
    try:
        size = len(bson.encode(document))
    except (BSONError, ArithmeticError, UnicodeError) as exc:
        raise Rejected(Reason.STORE_REFUSED, f"no MongoDB document can hold it: {type(exc).__name__}") from exc
    if size > limits.document_bytes_max:
        detail = f"the review takes {size} bytes, a MongoDB document at most {limits.document_bytes_max}"
        raise Rejected(Reason.STORE_REFUSED, detail)
    return document


def plain_document(document_id: str, at: datetime) -> dict[str, Any]:
    """A small review of nobody's under `document_id`: what every store that takes reviews takes."""
    review = Review(
        review_id=UUID(int=0),
        student_id="reviewstream-probe",
        assignment_id="reviewstream-probe",
        new_submission_id="reviewstream-probe",
        previous_submission_id=None,
        generation=0,
        baseline=Baseline.NONE,
        diff_info=DiffInfo(
            diff="",
            lines_added=0,
            lines_removed=0,
            lines_changed=0,
            change_ratio=0.0,
            has_refactor=False,
            has_new_imports=False,
            total_files_changed=0,
        ),
        review_result=ReviewResult(overall_score=0, progress_summary="probe", code_quality_score=0),
        timestamp=at,
        origin=Origin(topic="reviewstream-probe", partition=0, offset=0),
        integrity=Integrity(source_digest="0" * 64),
        model="reviewstream-probe",
        prompt_version="probe",
        latency_ms=0,
    )
    return {**to_document(review, at), "_id": document_id}


def to_review(document: Mapping[str, Any]) -> Review:
    """The review that `to_document` was given. Raises `Rejected(store_refused)` where somebody changed it since."""
    fields = {name: value for name, value in document.items() if name not in _OURS}
    try:
        fields = _converted(fields, _unescape, _load_value, _LIMITS.document_nesting_max)
        fields["timestamp"] = document.get("timestamp_iso", document.get("timestamp"))
        return Review.model_validate(fields)
    except (ValueError, ArithmeticError) as exc:
        why = describe(exc) if isinstance(exc, ValidationError) else type(exc).__name__
        detail = f"what is stored under this review's id is not a review of ours: {why}"
        raise Rejected(Reason.STORE_REFUSED, detail) from exc


def _escape(name: str) -> str:
    return name.translate(_ESCAPING)


def _unescape(name: str) -> str:
    # The percent sign last: an escaped `%2E` must not turn into a dot.
    for plain, escaped in reversed(_ESCAPES.items()):
        name = name.replace(escaped, plain)
    return name


def _store_value(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return Decimal128(str(value))
    return value


def _load_value(value: Any) -> Any:
    return int(value.to_decimal()) if isinstance(value, Decimal128) else value


def _converted(
    root: dict[str, Any], name: Callable[[str], str], leaf: Callable[[Any], Any], nesting_max: int
) -> dict[str, Any]:
    """`root` with every object's names and every plain value converted, walked without recursion."""
    result: dict[str, Any] = {}
    todo: list[tuple[Any, Any, int]] = [(root, result, 1)]
    while todo:
        source, target, depth = todo.pop()
        if depth > nesting_max:
            raise Rejected(Reason.STORE_REFUSED, f"nests deeper than the {nesting_max} levels of a MongoDB document")
        for key, child in source.items() if isinstance(source, dict) else enumerate(source):
            value: Any
            if isinstance(child, dict | list):
                value = {} if isinstance(child, dict) else []
                todo.append((child, value, depth + 1))
            else:
                value = leaf(child)
            if isinstance(key, str):
                target[name(key)] = value
            else:
                target.append(value)
    return result
