"""The reviews that replays made, many at a time, on MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.document import to_review
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION, ORIGINALS
from schemas.review import Review
from schemas.rubric import Release

_BATCH: Final = 500
"""Ids of one query."""


class MongoMadeReviews:
    """Port `MadeReviews`, in the collection of all reviews."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        self._reviews = open_collection(client, database, COLLECTION)
        self._originals = open_collection(client, database, ORIGINALS)

    async def published(self, review_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        """Whether the publisher is through with these reviews; one that is not stored is left out."""
        documents = await self._found(self._reviews, review_ids, {"published_at": 1, "release": 1})
        return {UUID(one["_id"]): _is_settled(one) for one in documents}

    async def many(self, review_ids: Sequence[UUID]) -> Mapping[UUID, Review]:
        """These reviews as they were made; one that is not stored is left out.

        `Rejected(store_refused)` where somebody changed one in the database.
        """
        found = await self._found(self._reviews, review_ids, None)
        decided = [UUID(one["_id"]) for one in found if one.get("decision") is not None]
        originals = {one["_id"]: one for one in await self._found(self._originals, decided, None)}
        return {UUID(one["_id"]): to_review(originals.get(one["_id"], one)) for one in found}

    async def name_superseded(self, review_id: UUID, superseded: UUID) -> None:
        """Let a shadow review say that it stands in place of `superseded`, unless it was promoted already."""
        untold = {"replay.is_shadow": True, "promoted_at": None, "published_at": None}
        with mongo_errors_translated():
            await self._reviews.update_one(
                {"_id": str(review_id), **untold}, {"$set": {"replay.supersedes": str(superseded)}}
            )

    async def discard(self, review_ids: Sequence[UUID]) -> None:
        """Delete reviews that nobody was told of; those that were published stay."""
        with mongo_errors_translated():
            for ids in _batches(review_ids):
                await self._reviews.delete_many({"_id": {"$in": ids}, "published_at": None})

    async def _found(
        self, collection: AsyncIOMotorCollection[Document], review_ids: Sequence[UUID], fields: Document | None
    ) -> list[Document]:
        found: list[Document] = []
        with mongo_errors_translated():
            for ids in _batches(review_ids):
                found += await collection.find({"_id": {"$in": ids}}, fields).to_list(None)
        return found


def _is_settled(document: Document) -> bool:
    return document.get("published_at") is not None or document.get("release") == Release.AFTER_APPROVAL


def _batches(review_ids: Sequence[UUID]) -> list[list[str]]:
    ids = [str(one) for one in review_ids]
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
