"""A student's published reviews of an assignment, page by page, on MongoDB."""

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DESCENDING

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.document import to_review
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION, PUBLISHED
from schemas.review import Review


class MongoReviewPages:
    """Port `ReviewPages`."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._reviews = open_collection(client, database, COLLECTION)

    async def page(
        self, student_id: str, assignment_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[Review]:
        """The newest `limit` published reviews that come before time and id, the newest first."""
        wanted: dict[str, Any] = {
            "student_id": student_id,
            "assignment_id": assignment_id,
            **PUBLISHED,
        }
        if before is not None:
            at, review_id = before
            wanted["$or"] = [{"timestamp": {"$lt": at}}, {"timestamp": at, "_id": {"$lt": review_id}}]
        with mongo_errors_translated():
            found = self._reviews.find(wanted).sort([("timestamp", DESCENDING), ("_id", DESCENDING)]).limit(limit)
            return [to_review(document) async for document in found]
