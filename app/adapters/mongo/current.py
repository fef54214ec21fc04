"""Which review counts for a submission, on MongoDB: a pointer that only moves to higher generations."""

from collections.abc import Mapping, Sequence

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.document import to_review
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION
from app.core.history.identity import review_id
from app.core.ports import SubmissionKey
from schemas.base import LIVE
from schemas.review import Review

POINTERS = "current_reviews"


class MongoCurrentReviews:
    """Port `CurrentReviews`. The pointer's id is that of the submission's live review.

    Live reviews that were published before there were pointers have none: each counts until another one does.
    """

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        self._pointers = open_collection(client, database, POINTERS)
        self._reviews = open_collection(client, database, COLLECTION)

    async def make_current(self, review: Review) -> None:
        """Let `review` count, unless one of a higher generation does already."""
        key = str(review_id(review.student_id, review.assignment_id, review.new_submission_id, LIVE))
        fields = {
            "review_id": str(review.review_id),
            "generation": review.generation,
            "student_id": review.student_id,
            "assignment_id": review.assignment_id,
            "submission_id": review.new_submission_id,
        }
        with mongo_errors_translated():
            try:
                await self._pointers.update_one(
                    {"_id": key, "generation": {"$lt": review.generation}}, {"$set": fields}, upsert=True
                )
            except DuplicateKeyError:
                # One of this generation or of a higher one counts already, or another worker just made the pointer.
                await self._pointers.update_one(
                    {"_id": key, "generation": {"$lt": review.generation}}, {"$set": fields}
                )

    async def current(self, keys: Sequence[SubmissionKey]) -> Mapping[SubmissionKey, Review]:
        """The current reviews of these submissions; one without is left out."""
        live = {str(review_id(*key, LIVE)): key for key in keys}
        with mongo_errors_translated():
            pointers = await self._pointers.find({"_id": {"$in": list(live)}}).to_list(None)
            pointed = {one["_id"]: one["review_id"] for one in pointers}
            wanted = {pointed.get(identity, identity): key for identity, key in live.items()}
            found = await self._reviews.find({"_id": {"$in": list(wanted)}}).to_list(None)
        return {
            wanted[one["_id"]]: to_review(one)
            for one in found
            if one["_id"] not in live or one["_id"] in pointed or one.get("published_at") is not None
        }
