"""The indexes of each collection, and what stands in their way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel

INDEXES: Final = (
    IndexModel(
        [("student_id", ASCENDING), ("assignment_id", ASCENDING), ("timestamp", DESCENDING)],
        name="student_assignment_timestamp",
    ),
    IndexModel([("assignment_id", ASCENDING), ("timestamp", DESCENDING)], name="assignment_timestamp"),
    IndexModel([("timestamp", DESCENDING)], name="timestamp"),
    IndexModel([("new_submission_id", ASCENDING)], name="new_submission_id"),
    IndexModel([("published_at", DESCENDING)], name="published_at"),
    # Partial: it holds what is waiting, a handful, not every review ever written; shadow reviews too, until a person
    # has judged their replay, which docs/records.md shows how to leave out.
    IndexModel([("stored_at", ASCENDING)], name="unpublished", partialFilterExpression={"published_at": None}),
)
"""A student's reviews of an assignment, an assignment's reviews, the newest of all, a submission's review, what was
published last, what waits to be published."""

DECISION_INDEXES: Final = (
    IndexModel(
        [
            ("student_id", ASCENDING),
            ("assignment_id", ASCENDING),
            ("submission_id", ASCENDING),
            ("offset", ASCENDING),
        ],
        name="submission_offset",
    ),
    # Partial: older versions kept decisions without a number.
    IndexModel(
        [
            ("student_id", ASCENDING),
            ("assignment_id", ASCENDING),
            ("submission_id", ASCENDING),
            ("number", ASCENDING),
        ],
        name="submission_number",
        unique=True,
        partialFilterExpression={"number": {"$exists": True}},
    ),
)
"""A submission's decisions, also those that have an offset alone; and that no two of them have one number."""

TAPE_INDEXES: Final = (IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),)
"""Answers end by themselves."""

SPENDING_INDEXES: Final = (
    # With the sums in it: a day is added up before each answer that a budget allows, from the index alone.
    IndexModel([("day", ASCENDING), ("billionths", ASCENDING)], name="day_billionths"),
    IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),
)
"""A day's students; sums end by themselves."""

STATE_INDEXES: Final = (
    # Partial: what is being published, and not every submission that ever was.
    IndexModel(
        [("phase", ASCENDING)], name="being_published", partialFilterExpression={"phase": {"$eq": "publishing"}}
    ),
)
"""What the reviews are asked about, again and again."""

CLAIM_INDEXES: Final = (IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),)
"""Idempotency keys end by themselves; submissions' ids have no such field, and stay."""

ASKED_INDEXES: Final = (IndexModel([("failure", ASCENDING), ("asked_at", ASCENDING)], name="waiting"),)
"""The oldest that waits or runs: it has not failed."""

HOLD_INDEXES: Final = (IndexModel([("until", ASCENDING)], name="until", expireAfterSeconds=0),)
"""Notes end by themselves."""

STATUS_INDEXES: Final = (IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),)
"""What a worker told ends by itself."""

CONFLICTS: Final = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict

_OPTIONS: Final = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression", "collation")
"""What makes two indexes of the same fields differ: one that ends documents after a time would delete reviews."""


def absent_from(present: Mapping[str, Mapping[str, Any]], wanted: Sequence[IndexModel]) -> tuple[str, ...]:
    """Names of the `wanted` indexes that are not among `present`, as `index_information` gives them."""
    return tuple(name for name in map(name_of, wanted) if name not in present)


def conflicting(present: Mapping[str, Mapping[str, Any]], wanted: Sequence[IndexModel]) -> tuple[str, ...]:
    """Names of the indexes among `present` that keep one of the `wanted` from being made.

    One has our name and is another index; or it is the same index under another name, which no server makes twice.
    """
    found = []
    for name, index in present.items():
        for ours in wanted:
            if (name == name_of(ours)) != (_meant(index) == _meant(ours.document)):
                found.append(name)
                break
    return tuple(found)


def name_of(index: IndexModel) -> str:
    """The index's name."""
    return str(index.document["name"])


def _meant(index: Mapping[str, Any]) -> tuple[object, ...]:
    """What an index does, whatever it is called."""
    key = index["key"]
    fields = key.items() if isinstance(key, Mapping) else key
    # Servers give whole numbers as floats, and options that are off as False or not at all.
    directions = [(name, int(way) if isinstance(way, int | float) else way) for name, way in fields]
    options = [_plain(index.get(option)) for option in _OPTIONS]
    return (*directions, *options)


def _plain(option: Any) -> Any:
    if isinstance(option, Mapping):
        return dict(option)
    return None if option is False else option
