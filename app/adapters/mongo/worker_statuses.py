"""What workers tell of themselves, on MongoDB: one document for each process, which it replaces every two seconds.

A status that is lost is followed by the next, so none waits for a majority of the replica set or for its journal.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import ValidationError
from pymongo import DESCENDING, WriteConcern

from app.adapters.mongo.collection import Document, find_missing_indexes, make_indexes, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import STATUS_INDEXES
from app.core.watching.worker_status import WorkerStatus

STATUSES_COLLECTION: Final = "workers"

KEPT: Final = timedelta(hours=1)
"""After a worker's last word: as long an operator is told that it is gone, unless another took its place."""
READ_MAX: Final = 1_000
"""Statuses of one look: more workers than partitions have nothing to do, and no topic has more of those."""


class MongoWorkerStatuses:
    """Port `WorkerStatuses`. Times of documents are by the worker's clock, and MongoDB ends them by its own."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        collection = open_collection(client, database, STATUSES_COLLECTION)
        self._statuses = collection.with_options(write_concern=WriteConcern(w=1))
        self._is_prepared = False

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._statuses, STATUS_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._statuses, STATUS_INDEXES)

    async def tell(self, status: WorkerStatus) -> None:
        """Let `status` stand in place of the one that its process told before."""
        if not self._is_prepared:
            await self.ensure_indexes()
            self._is_prepared = True
        fields: dict[str, Any] = {
            **status.model_dump(mode="json"),
            "started_at": status.who.started_at,
            "expires_at": status.told_at + KEPT,
        }
        with mongo_errors_translated():
            await self._statuses.replace_one({"_id": status.who.worker_id}, fields, upsert=True)

    async def heard(self) -> Sequence[WorkerStatus]:
        """All that stand, the worker that began last first; one that another version wrote otherwise is left out."""
        with mongo_errors_translated():
            documents = await self._statuses.find().sort("started_at", DESCENDING).to_list(READ_MAX)
        return [status for status in map(_status, documents) if status is not None]


def _status(document: Document) -> WorkerStatus | None:
    try:
        return WorkerStatus.model_validate(document)
    except ValidationError:
        return None
