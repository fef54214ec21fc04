"""Letters of records that were refused."""

from typing import Any

from schemas.dead_letter import DeadLetter
from schemas.errors import Reason
from schemas.origin import Origin
from tests.builders.records import NOON


def a_dead_letter(**fields: Any) -> DeadLetter:
    """The letter of a submission that is no JSON, with the given fields in place of its own."""
    given: dict[str, Any] = {
        "origin": Origin(topic="submissions", partition=0, offset=7),
        "key": b"anna",
        "value": b"{",
        "stage": "comparator",
        "reason": Reason.NOT_JSON,
        "detail": "no JSON",
        "exception": "Rejected",
        "attempts": 1,
        "first_failed_at": NOON.timestamp(),
        "last_failed_at": NOON.timestamp(),
    }
    return DeadLetter.model_validate(given | fields)
