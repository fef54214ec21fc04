"""A collection whose writes and reads can be relied on, and the indexes that it needs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import IndexModel, ReadPreference, ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError, InvalidName, OperationFailure
from pymongo.read_concern import ReadConcern

from app.adapters.mongo.errors import mongo_errors_translated, said_by
from app.adapters.mongo.indexes import CONFLICTS, absent_from, conflicting, name_of
from schemas.errors import Dependency, StartRefused, Unavailable

Document = dict[str, Any]

RACES_MAX: Final = 5
"""Times that an upsert is tried again: a lost race is found on the second call, five lost ones are no race."""


def open_collection(client: AsyncIOMotorClient[Document], database: str, name: str) -> AsyncIOMotorCollection[Document]:
    """The collection, with writes that a majority has in its journal, and reads of those alone.

    Raises `StartRefused` for names that MongoDB does not allow.
    """
    try:
        return client[database].get_collection(
            name,
            codec_options=CodecOptions(tz_aware=True),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern("majority", j=True),
            read_concern=ReadConcern("majority"),
        )
    except InvalidName:
        cause = f"MongoDB allows no database {database!r} with a collection {name!r}"
        raise StartRefused(cause, "set MONGODB_DB to letters, digits, _ and -") from None


async def insert_unless_there(
    collection: AsyncIOMotorCollection[Document], key: Document, document: Document
) -> Document | None:
    """What is stored under `key` now, or None where another upsert of the same key was in the way.

    A server may answer that race with a duplicate key, and SecantusDB answers it with nothing at all. The same
    call again finds the winner's document, waiting for its majority; a plain read might not see it yet.

    Nearly always nothing is there: then the document is not sent back, and its dates are those that it was given.
    """
    try:
        inserted = await collection.update_one(key, {"$setOnInsert": document}, upsert=True)
        if inserted.upserted_id is not None:
            return {**document, **key}
        return await collection.find_one_and_update(
            key, {"$setOnInsert": document}, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:
        return None


class HasIndexes(Protocol):
    """A collection that can say which of its indexes are missing, and refuses the start where they cannot be made."""

    async def missing_indexes(self) -> tuple[str, ...]: ...


async def keep_first(collection: AsyncIOMotorCollection[Document], key: Document, document: Document) -> Document:
    """Insert `document` unless there is one under `key`; what is stored under it now. `Unavailable` where neither is.

    One atomic step: of two processes that hold the same key, one writes and both read the same document.
    """
    with mongo_errors_translated():
        for _ in range(RACES_MAX):
            stored = await insert_unless_there(collection, key, document)
            if stored is not None:
                return stored
    detail = f"a duplicate key without a document of {collection.name} under it: a unique index that is not ours?"
    raise Unavailable(Dependency.MONGODB, detail)


async def make_indexes(collection: AsyncIOMotorCollection[Document], wanted: Sequence[IndexModel]) -> None:
    """Create the indexes that are not there.

    Raises `StartRefused` where others stand in their place, `Unavailable` where the server does not make them.
    """
    with mongo_errors_translated():
        try:
            await collection.create_indexes(list(wanted))
        except OperationFailure as exc:
            if exc.code not in CONFLICTS:
                detail = f"our indexes cannot be made, an operator has to act: code {exc.code}, {said_by(exc)}"
                raise Unavailable(Dependency.MONGODB, detail) from exc
            present = await collection.index_information()
            raise _refusal_for(collection, conflicting(present, wanted), wanted) from exc


async def find_missing_indexes(
    collection: AsyncIOMotorCollection[Document], wanted: Sequence[IndexModel]
) -> tuple[str, ...]:
    """Names of the `wanted` indexes that the collection lacks. Raises `StartRefused` where they cannot be made."""
    with mongo_errors_translated():
        present: Mapping[str, Mapping[str, Any]] = await collection.index_information()
    foreign = conflicting(present, wanted)
    if foreign:
        raise _refusal_for(collection, foreign, wanted)
    return absent_from(present, wanted)


def _refusal_for(
    collection: AsyncIOMotorCollection[Document], foreign: tuple[str, ...], wanted: Sequence[IndexModel]
) -> StartRefused:
    which = f"in the place of one of ours: {', '.join(foreign)}" if foreign else "of one of our indexes' fields"
    cause = f"MongoDB's collection {collection.full_name} has an index {which}"
    ours = ", ".join(map(name_of, wanted))
    each = " and ".join(f"db.{collection.name}.dropIndex({json.dumps(name)})" for name in foreign)
    how = f" ({each})" if each else ""
    return StartRefused(cause, f"drop it{how} and start again: a worker then makes its own ({ours})")
