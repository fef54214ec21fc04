"""How far submissions have come, on MongoDB: one document for each submission and generation, which only moves on.

A standing is kept as text whose order is the standing's own, so that one update says "unless a later one is known",
whoever else writes at the same time.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from app.adapters.mongo.collection import Document, find_missing_indexes, make_indexes, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import HOLD_INDEXES, STATE_INDEXES
from app.adapters.mongo.reviews import COLLECTION as REVIEWS
from app.adapters.mongo.reviews import PUBLISHED
from app.core.states import Standing, StateFact, Station
from schemas.state import HoldStory, SubmissionPhase, SubmissionState

STATES_COLLECTION: Final = "submission_states"
PASSED_COLLECTION: Final = "states_passed"
HOLDS_COLLECTION: Final = "review_holds"

_DUPLICATE_KEY: Final = 11000
_MISPLACED: Final = "-"


class MongoStates:
    """Port `SubmissionStates`, and `PublishedTimes` over the reviews of the same database."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._states = open_collection(client, database, STATES_COLLECTION)
        self._passed = open_collection(client, database, PASSED_COLLECTION)
        self._reviews = open_collection(client, database, REVIEWS)

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._states, STATE_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._states, STATE_INDEXES)

    async def advance(self, facts: Collection[StateFact]) -> None:
        """Let each fact hold unless a later one is known."""
        updates = [_advancing(fact) for fact in facts]
        if not updates:
            return
        with mongo_errors_translated():
            try:
                await self._states.bulk_write(updates, ordered=False)
            except BulkWriteError as exc:
                # A duplicate key is a document that knows better already, or one that another process just began.
                errors = exc.details.get("writeErrors", []) if exc.details else []
                if not errors or any(error.get("code") != _DUPLICATE_KEY for error in errors):
                    raise
                # Whoever began it may know less: now the document is there, and tells.
                await self._states.bulk_write([_advancing(fact, is_there=True) for fact in facts], ordered=False)

    async def note_passed(self, passed: Mapping[int, int]) -> None:
        """Note how far the comparator has read."""
        with mongo_errors_translated():
            for partition, offset in passed.items():
                await self._passed.update_one({"_id": partition}, {"$max": {"offset": offset}}, upsert=True)

    async def find(self, task_id: UUID) -> StateFact | None:
        """What is known of a submission, or None."""
        with mongo_errors_translated():
            document = await self._states.find_one({"_id": str(task_id)})
        return None if document is None else _fact(document)

    async def find_passed(self, partition: int) -> int:
        """How far the comparator has read that partition; -1 where that is not known."""
        with mongo_errors_translated():
            document = await self._passed.find_one({"_id": partition})
        return -1 if document is None else int(document["offset"])

    async def unpublished(self) -> AsyncIterator[StateFact]:
        """Those whose review is written and that are not known to be published."""
        with mongo_errors_translated():
            async for document in self._states.find({"phase": SubmissionPhase.PUBLISHING.value}):
                yield _fact(document)

    async def clear(self) -> None:
        """Forget everything."""
        with mongo_errors_translated():
            await self._states.delete_many({})
            await self._passed.delete_many({})

    async def published_at(self, review_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Those of the reviews that are published and not rejected since, with the time."""
        wanted = {"_id": {"$in": [str(one) for one in review_ids]}, **PUBLISHED}
        with mongo_errors_translated():
            found = self._reviews.find(wanted, {"published_at": 1})
            return {UUID(document["_id"]): document["published_at"] async for document in found}


class MongoHolds:
    """Port `HoldNotes`. MongoDB removes a note after its time."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._holds = open_collection(client, database, HOLDS_COLLECTION)
        self._is_prepared = False

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._holds, HOLD_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._holds, HOLD_INDEXES)

    async def note(self, task_id: UUID, hold: HoldStory) -> None:
        """Note that the review waits, and why."""
        if not self._is_prepared:
            await self.ensure_indexes()
            self._is_prepared = True
        fields = {**hold.model_dump(), "until": hold.until}
        with mongo_errors_translated():
            await self._holds.replace_one({"_id": str(task_id)}, fields, upsert=True)

    async def find(self, task_id: UUID) -> HoldStory | None:
        """What was noted last, or None."""
        with mongo_errors_translated():
            document = await self._holds.find_one({"_id": str(task_id)})
        return None if document is None else HoldStory.model_validate(document)


def _advancing(fact: StateFact, *, is_there: bool = False) -> UpdateOne:
    key = {"_id": str(fact.state.task_id), "standing": {"$lt": _text(fact.standing)}}
    return UpdateOne(key, {"$set": _document(fact)}, upsert=not is_there)


def _document(fact: StateFact) -> Document:
    fields: dict[str, Any] = fact.state.model_dump(mode="json", exclude={"task_id"})
    return {**fields, "changed_at": fact.state.changed_at, "standing": _text(fact.standing)}


def _text(standing: Standing) -> str:
    """In an order that is the standing's: numbers of the width that Kafka's largest offset has.

    What stands at the wrong place has a sign that comes before all digits, so that older texts are as they were.
    """
    sign = "" if standing.is_placed else _MISPLACED
    return (
        f"{standing.station:d}:{sign}{standing.offset:019d}:{standing.attempt:019d}:{standing.refused:d}"
        f":{standing.record_offset:019d}:{standing.partition:010d}{':1' if standing.published else ''}"
    )


def _fact(document: Mapping[str, Any]) -> StateFact:
    text: str = document["standing"]
    is_placed = _MISPLACED not in text
    station, offset, attempt, refused, record_offset, partition, *published = map(
        int, text.replace(_MISPLACED, "").split(":")
    )
    standing = Standing(
        Station(station), is_placed, offset, attempt, bool(refused), record_offset, partition, bool(published)
    )
    return StateFact(standing, SubmissionState.model_validate({**document, "task_id": document["_id"]}))
