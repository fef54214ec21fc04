"""The books of replays, on MongoDB: their states, their submissions, the counter of generations."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.adapters.mongo.collection import RACES_MAX, Document, find_missing_indexes, make_indexes, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.core.replaying.items import ItemPhase, ReplayItem
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.replay import ReplayPhase, ReplayState

ITEM_INDEXES: Final = (
    IndexModel([("replay_id", ASCENDING), ("phase", ASCENDING), ("number", ASCENDING)], name="replay_phase_number"),
    IndexModel([("replay_id", ASCENDING), ("number", ASCENDING)], name="replay_number"),
)
"""A replay's submissions in their order, those of one phase and all; counts of a phase need nothing but the index."""

REPLAY_ITEMS: Final = "replay_items"

_GENERATION: Final = "generation"
_BATCH: Final = 1_000


class MongoReplays:
    """Port `Replays`, in the collections `replays`, `replay_items` and `counters` of one database."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        self._replays = open_collection(client, database, "replays")
        self._items = open_collection(client, database, REPLAY_ITEMS)
        self._counters = open_collection(client, database, "counters")

    async def draw_generation(self) -> int:
        """A generation that nobody else has, above every earlier one."""
        key, next_one = {"_id": _GENERATION}, {"$inc": {"value": 1}}
        with mongo_errors_translated():
            for _ in range(RACES_MAX):
                # Of two that make the counter, a server may answer one with a duplicate key, and SecantusDB with None.
                with contextlib.suppress(DuplicateKeyError):
                    counter = await self._counters.find_one_and_update(
                        key, next_one, upsert=True, return_document=ReturnDocument.AFTER
                    )
                    if counter is not None:
                        return int(counter["value"])
        raise Unavailable(Dependency.MONGODB, "a duplicate key without the counter of generations")

    async def begin(self, state: ReplayState, items: Sequence[ReplayItem]) -> None:
        """Keep a new replay. Its submissions come first: a replay that is there has all of them."""
        await make_indexes(self._items, ITEM_INDEXES)
        with mongo_errors_translated():
            for start in range(0, len(items), _BATCH):
                await self._items.insert_many([_item_document(item) for item in items[start : start + _BATCH]])
            await self._replays.insert_one({"_id": state.replay_id, **state.model_dump(mode="json")})

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._items, ITEM_INDEXES)

    async def find(self, replay_id: str) -> ReplayState:
        """The replay. `StartRefused` where there is none."""
        with mongo_errors_translated():
            document = await self._replays.find_one({"_id": replay_id})
        if document is None:
            raise StartRefused(
                f"there is no replay {replay_id}", "`reviewstream replay list` lists those that are there"
            )
        return ReplayState.model_validate(document)

    async def all(self, limit: int) -> list[ReplayState]:
        """The newest `limit` replays, the newest first."""
        with mongo_errors_translated():
            documents = await self._replays.find().sort("generation", DESCENDING).to_list(limit)
        return [ReplayState.model_validate(document) for document in documents]

    async def turn(
        self, replay_id: str, phase: ReplayPhase, *, only_from: Sequence[ReplayPhase], **fields: object
    ) -> bool:
        """Change the phase in one step; False where the replay stands in none of `only_from`."""
        with mongo_errors_translated():
            result = await self._replays.update_one(
                {"_id": replay_id, "phase": {"$in": [one.value for one in only_from]}},
                {"$set": {"phase": phase.value, **fields}},
            )
        return result.matched_count == 1

    async def note(self, replay_id: str, heard_at: datetime | None = None) -> ReplayState:
        """Count how far the submissions have come; returns the state as it is now."""
        with mongo_errors_translated():
            counts = {
                phase: await self._items.count_documents({"replay_id": replay_id, "phase": phase.value})
                for phase in (ItemPhase.SENT, ItemPhase.REVIEWED, ItemPhase.FAILED)
            }
            reviewed, failed = counts[ItemPhase.REVIEWED], counts[ItemPhase.FAILED]
            fields: Document = {"sent": counts[ItemPhase.SENT] + reviewed, "reviewed": reviewed, "failed": failed}
            if heard_at is not None:
                fields["heard_at"] = heard_at.isoformat()
            await self._replays.update_one({"_id": replay_id}, {"$set": fields})
        return await self.find(replay_id)

    async def items(self, replay_id: str, *phases: ItemPhase) -> AsyncIterator[ReplayItem]:
        """The replay's submissions in these phases, or all, in the order of the log.

        Page by page: the caller may take hours over one, and a server closes a cursor that rests for ten minutes.
        """
        number = -1
        while True:
            query: Document = {"replay_id": replay_id, "number": {"$gt": number}}
            if phases:
                query["phase"] = {"$in": [phase.value for phase in phases]}
            with mongo_errors_translated():
                page = await self._items.find(query).sort("number", ASCENDING).limit(_BATCH).to_list(_BATCH)
            for document in page:
                yield ReplayItem.model_validate(document)
            if len(page) < _BATCH:
                return
            number = int(page[-1]["number"])

    async def mark(self, items: Sequence[ReplayItem], phase: ItemPhase, why: str | None = None) -> None:
        """Note how far these submissions have come."""
        with mongo_errors_translated():
            await self._items.update_many(
                {"_id": {"$in": [_item_id(item) for item in items]}}, {"$set": {"phase": phase.value, "why": why}}
            )


def _item_id(item: ReplayItem) -> str:
    return f"{item.replay_id}/{item.number}"


def _item_document(item: ReplayItem) -> Document:
    return {"_id": _item_id(item), **item.model_dump(mode="json")}
