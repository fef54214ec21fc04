"""The reviews that were published last, on MongoDB: heads of the documents, not the reviews themselves."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DESCENDING

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION
from app.core.watching.observed import PublishedReview

_FIELDS: Final = (
    *("student_id", "assignment_id", "new_submission_id", "generation", "published_at", "model"),
    *("review_result.overall_score", "usage.cost"),
)


class MongoPublishedReviews:
    """Port `PublishedReviews`. The index `published_at` gives the order."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._reviews = open_collection(client, database, COLLECTION)

    async def newest(self, limit: int) -> Sequence[PublishedReview]:
        """As many as `limit`, the newest first."""
        wanted: dict[str, Any] = {"published_at": {"$ne": None}}
        with mongo_errors_translated():
            found = self._reviews.find(wanted, dict.fromkeys(_FIELDS, 1)).sort("published_at", DESCENDING).limit(limit)
            return [_head(document) async for document in found]


def _head(document: Document) -> PublishedReview:
    cost = document.get("usage", {}).get("cost")
    return PublishedReview(
        review_id=UUID(document["_id"]),
        student_id=document["student_id"],
        assignment_id=document["assignment_id"],
        submission_id=document["new_submission_id"],
        generation=document.get("generation", 0),
        published_at=document["published_at"],
        overall=document.get("review_result", {}).get("overall_score"),
        model=document.get("model", ""),
        cost=None if cost is None else Decimal(str(cost)),
    )
