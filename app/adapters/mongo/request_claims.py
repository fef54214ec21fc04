"""What was asked for once and must not be done twice, on MongoDB: whoever comes first decides what the name means."""

from datetime import datetime, timedelta
from typing import Final

from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.mongo.collection import (
    RACES_MAX,
    Document,
    find_missing_indexes,
    insert_unless_there,
    make_indexes,
    open_collection,
)
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import CLAIM_INDEXES
from app.core.ports import Claim
from schemas.errors import Dependency, Unavailable

CLAIMS_COLLECTION: Final = "claims"


class MongoClaims:
    """Port `Claims`."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._claims = open_collection(client, database, CLAIMS_COLLECTION)

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._claims, CLAIM_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._claims, CLAIM_INDEXES)

    async def claim(self, name: str, digest: str, at: datetime, kept: timedelta | None = None) -> Claim:
        """Claim `name` unless somebody has; returns the claim that stands."""
        document: Document = {"digest": digest, "at": at, "done": False}
        if kept is not None:
            document["expires_at"] = at + kept
        with mongo_errors_translated():
            for _ in range(RACES_MAX):
                found = await insert_unless_there(self._claims, {"_id": name}, document)
                if found is not None:
                    return Claim(found["digest"], found["at"], is_done=found["done"])
        raise Unavailable(Dependency.MONGODB, "a duplicate key without a claim: a unique index that is not ours?")

    async def finish(self, name: str) -> None:
        """Note that what was claimed is done."""
        with mongo_errors_translated():
            await self._claims.update_one({"_id": name}, {"$set": {"done": True}})
