"""Decisions on MongoDB: one document each, the first of an id wins, in the order in which they were kept.

Their offsets would not do: a topic that is made anew begins with 0, and an older decision would beat a newer one.
"""

from typing import Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, DESCENDING

from app.adapters.mongo.collection import (
    RACES_MAX,
    Document,
    find_missing_indexes,
    insert_unless_there,
    make_indexes,
    open_collection,
)
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import DECISION_INDEXES
from app.core.ports import SubmissionKey
from schemas.decision import Decision
from schemas.errors import Dependency, Unavailable

DECISIONS: Final = "decisions"


class MongoDecisions:
    """Port `Decisions`. They are kept for ever: nothing else knows what a person wanted."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._decisions = open_collection(client, database, DECISIONS)

    async def keep(self, decision: Decision) -> None:
        """Keep a decision behind all others on its submission, unless one of its id is kept.

        Of two that are kept at once, and found the same number free, one tries again: the index lets only one have it.
        """
        key = {"_id": str(decision.decision_id)}
        submission = _wanted((decision.student_id, decision.assignment_id, decision.submission_id))
        with mongo_errors_translated():
            for _ in range(RACES_MAX):
                document = {**decision.model_dump(mode="json"), "number": await self._next_number(submission)}
                if await insert_unless_there(self._decisions, key, document) is not None:
                    return
        raise Unavailable(Dependency.MONGODB, "others keep decisions on the same submission: no number is free")

    async def _next_number(self, submission: Document) -> int:
        highest = await self._decisions.find_one(submission, {"number": 1}, sort=[("number", DESCENDING)])
        return 1 if highest is None else highest.get("number", 0) + 1

    async def of(self, submission: SubmissionKey) -> list[Decision]:
        """All decisions on a submission, in their order; first those of older versions, which have an offset alone."""
        with mongo_errors_translated():
            found = self._decisions.find(_wanted(submission)).sort([("number", ASCENDING), ("offset", ASCENDING)])
            return [Decision.model_validate(document) async for document in found]

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._decisions, DECISION_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._decisions, DECISION_INDEXES)


def _wanted(submission: SubmissionKey) -> Document:
    student_id, assignment_id, submission_id = submission
    return {"student_id": student_id, "assignment_id": assignment_id, "submission_id": submission_id}
