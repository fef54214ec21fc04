"""Decisions on MongoDB: one document each, the first of an id wins, in the order of their log."""

from typing import Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING

from app.adapters.mongo.collection import (
    Document,
    find_missing_indexes,
    keep_first,
    make_indexes,
    open_collection,
)
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import DECISION_INDEXES
from app.core.ports import SubmissionKey
from schemas.decision import Decision

DECISIONS: Final = "decisions"


class MongoDecisions:
    """Port `Decisions`. They are kept for ever: nothing else knows what a person wanted."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._decisions = open_collection(client, database, DECISIONS)

    async def keep(self, decision: Decision, offset: int) -> None:
        """Keep a decision unless one of its id is kept."""
        document = {**decision.model_dump(mode="json"), "offset": offset}
        await keep_first(self._decisions, {"_id": str(decision.decision_id)}, document)

    async def of(self, submission: SubmissionKey) -> list[Decision]:
        """All decisions on a submission, in the order of the log."""
        student_id, assignment_id, submission_id = submission
        wanted = {"student_id": student_id, "assignment_id": assignment_id, "submission_id": submission_id}
        with mongo_errors_translated():
            found = self._decisions.find(wanted).sort([("offset", ASCENDING)])
            return [Decision.model_validate(document) async for document in found]

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._decisions, DECISION_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._decisions, DECISION_INDEXES)
