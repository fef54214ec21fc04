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
_TIMES: Final = frozenset({"timestamp", "published_at", "stored_at"})
_OURS: Final = ("_id", "published_at", "published_revision", "promoted_at", "stored_at", "timestamp_iso")
_LIMITS: Final = DeliveryLimits()
_PLAIN: Final = frozenset({str, float, bool, type(None)})
"""Types of values that are stored as they are, both ways."""


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


def is_as_written(stored: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Whether the document that is `stored` holds the very review that was `written`: then it need not be read again.

    The one date of ours is compared as text, for MongoDB keeps its milliseconds only.
    """
    return all(stored.get(name) == value for name, value in written.items() if name not in _TIMES)


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
    """`root` with every object's names and every plain value converted; it is `nesting_max` levels deep at most."""

    def inner(value: Any, levels: int) -> Any:
        if not isinstance(value, dict | list):
            return leaf(value)
        if levels == 0:
            raise Rejected(Reason.STORE_REFUSED, f"nests deeper than the {nesting_max} levels of a MongoDB document")
        if isinstance(value, list):
            return [one if type(one) in _PLAIN else inner(one, levels - 1) for one in value]
        return {
            # Most names are words, which need no look at each of their characters.
            (key if key.isidentifier() else name(key)): one if type(one) in _PLAIN else inner(one, levels - 1)
            for key, one in value.items()
        }

    converted: dict[str, Any] = inner(root, nesting_max)
    return converted
