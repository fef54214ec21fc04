"""A student's published reviews of an assignment, page by page, on MongoDB."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DESCENDING

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.document import to_review
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION, PUBLISHED
from app.core.ports import AttemptScore
from schemas.review import Review

_NEWEST_FIRST: Final = [("timestamp", DESCENDING), ("_id", DESCENDING)]
_OF_SCORES: Final = {
    "new_submission_id": 1,
    "generation": 1,
    "origin.offset": 1,
    "review_result.overall_score": 1,
    "review_result.code_quality_score": 1,
}


class MongoReviewPages:
    """Port `ReviewPages`."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._reviews = open_collection(client, database, COLLECTION)

    async def page(
        self, student_id: str, assignment_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[Review]:
        """The newest `limit` published reviews that come before time and id, the newest first."""
        wanted = _published(student_id, assignment_id)
        if before is not None:
            at, review_id = before
            wanted["$or"] = [{"timestamp": {"$lt": at}}, {"timestamp": at, "_id": {"$lt": review_id}}]
        with mongo_errors_translated():
            found = self._reviews.find(wanted).sort(_NEWEST_FIRST).limit(limit)
            return [to_review(document) async for document in found]

    async def scores(self, student_id: str, assignment_id: str, limit: int) -> list[AttemptScore]:
        """The scores of the newest `limit` published reviews, the newest first; no code leaves the server."""
        with mongo_errors_translated():
            found = self._reviews.find(_published(student_id, assignment_id), _OF_SCORES)
            return [_score(document) async for document in found.sort(_NEWEST_FIRST).limit(limit)]


def _published(student_id: str, assignment_id: str) -> dict[str, Any]:
    return {"student_id": student_id, "assignment_id": assignment_id, **PUBLISHED}


def _score(document: Document) -> AttemptScore:
    result = document["review_result"]
    return AttemptScore(
        UUID(document["_id"]),
        document["new_submission_id"],
        document["generation"],
        document["origin"]["offset"],
        result["overall_score"],
        result["code_quality_score"],
    )
