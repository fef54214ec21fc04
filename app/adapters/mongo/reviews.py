"""The reviews' document store, on MongoDB over motor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import structlog
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DESCENDING
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure

from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.collection import (
    RACES_MAX,
    Document,
    find_missing_indexes,
    insert_unless_there,
    keep_first,
    make_indexes,
    open_collection,
)
from app.adapters.mongo.document import is_as_written, plain_document, to_document, to_review
from app.adapters.mongo.errors import DOCUMENT_CODES, mongo_errors_translated, said_by
from app.adapters.mongo.indexes import INDEXES
from app.core.limits import DeliveryLimits
from app.core.ports import Clock, StoredReview
from app.core.urls import redact_url
from schemas.base import LIVE
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.origin import Origin
from schemas.review import Review, ReviewStanding

COLLECTION: Final = "reviews"
ORIGINALS: Final = "original_reviews"
"""Reviews as they were made, of which a person has changed what is read."""

PUBLISHED: Final = {"published_at": {"$ne": None}, "decision.standing": {"$ne": ReviewStanding.REJECTED.value}}
"""What may be read: a person may have rejected a review after it was published."""

PROBE_PREFIX: Final = "reviewstream-probe-"
"""How the `_id` of a plain document begins that is only written to see whether it is taken, and removed again."""

_log = structlog.get_logger(__name__)


def connect_mongo(url: str, timeout_s: float, limits: DeliveryLimits | None = None) -> AsyncIOMotorClient[Document]:
    """A client for `url` that gives up on one operation after `timeout_s`; it connects when it is first used.

    A primary is waited for `server_selection_s`, not the driver's 30 seconds: an outage should be known as one.
    Raises `StartRefused` for a URL that cannot be understood.
    """
    limits = limits or DeliveryLimits()
    try:
        return AsyncIOMotorClient(
            url,
            timeoutMS=int(timeout_s * 1000),
            serverSelectionTimeoutMS=int(min(timeout_s, limits.server_selection_s) * 1000),
            appname="reviewstream",
        )
    except (ConfigurationError, InvalidURI, ValueError) as exc:
        # The message may quote the password.
        cause = f"MONGODB_URL: got {redact_url(url)!r}, which the driver does not take ({type(exc).__name__})"
        cure = "set it to mongodb://[user:password@]host[:port]/[?options], user name and password percent-encoded"
        raise StartRefused(cause, cure) from None


class MongoReviews:
    """Port `ReviewStore`: one document for each review, its id as `_id`. It holds what is read.

    Once a person has decided something, the review as it was made lies under the same id among the originals.

    Writes count once a majority of the replica set has them in its journal, whatever the URL says: the source
    offset is committed after them. Reads are of majority-committed data on the primary.
    """

    def __init__(
        self,
        client: AsyncIOMotorClient[Document],
        database: str,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._client = client
        self._clock = clock or SystemClock()
        self._reviews = open_collection(client, database, COLLECTION)
        self._originals = open_collection(client, database, ORIGINALS)

    async def store(self, review: Review) -> StoredReview:
        """Insert `review` unless its id is there; return what is stored under the id now.

        One atomic step: of two workers that hold the same review, one writes and both read the same document.
        """
        document = to_document(review, self._clock.now())
        key = {"_id": document.pop("_id")}
        async with self._believing_no_code_alone():
            for _ in range(RACES_MAX):
                stored = await insert_unless_there(self._reviews, key, document)
                if stored is not None:
                    return await self._whole(stored, review if is_as_written(stored, document) else None)
        detail = "a duplicate key without a review under this id: a unique index that is not ours?"
        raise Unavailable(Dependency.MONGODB, detail)

    async def find(self, review_id: UUID) -> Review | None:
        """The review that is stored under the id, or None. `Rejected(store_refused)` where somebody changed it."""
        with mongo_errors_translated():
            stored = await self._reviews.find_one({"_id": str(review_id)})
        return None if stored is None else to_review(stored)

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        """The newest live review of a student's assignment whose submission stood before `origin`. Raises as `find`.

        The index gives the attempts of one student, which are few.
        """
        wanted: Document = {"student_id": student_id, "assignment_id": assignment_id, "generation": LIVE}
        place = {"origin.topic": origin.topic, "origin.partition": origin.partition}
        with mongo_errors_translated():
            stored = await self._reviews.find_one(
                {**wanted, **place, "origin.offset": {"$lt": origin.offset}}, sort=[("origin.offset", DESCENDING)]
            )
        return None if stored is None else to_review(stored)

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        """What is stored under the id, as it was made, or None. Raises as `find`."""
        with mongo_errors_translated():
            stored = await self._reviews.find_one({"_id": str(review_id)})
            return None if stored is None else await self._whole(stored)

    async def revise(self, review: Review) -> bool:
        """Let readers find `review`, unless a later revision is there, and keep the original.

        The original is kept first, so that no crash in between loses it.
        """
        assert review.decision is not None, "somebody decided"  # noqa: S101 -- a programmer's error
        key, revision = {"_id": str(review.review_id)}, review.decision.revision
        document = to_document(review, self._clock.now())
        for name in ("_id", "published_at", "stored_at"):
            del document[name]
        earlier = {"$or": [{"decision": None}, {"decision.revision": {"$lt": revision}}]}
        async with self._believing_no_code_alone():
            stored = await self._reviews.find_one(key)
            if stored is None:
                _log.warning("revised_review_is_gone", review_id=key["_id"])
                return True
            if stored.get("decision") is None:
                await keep_first(self._originals, key, _without_id(stored))
            result = await self._reviews.update_one({**key, **earlier}, {"$set": document})
            if result.matched_count:
                return True
            now = await self._reviews.find_one(key, {"decision.revision": 1})
        return now is None or int(now["decision"]["revision"]) <= revision

    async def mark_promoted(self, review: Review) -> None:
        """Note that a shadow review is to be delivered."""
        with mongo_errors_translated():
            await self._reviews.update_one({"_id": str(review.review_id)}, {"$min": {"promoted_at": self._clock.now()}})

    async def mark_published(self, review: Review, at: datetime) -> None:
        """Note that API and webhook have been served; the first time and the highest revision are kept.

        A review that was deleted in the meantime is not brought back, for somebody wanted it gone: that is logged.
        """
        key = {"_id": str(review.review_id)}
        async with self._believing_no_code_alone():
            revision = review.decision.revision if review.decision is not None else 0
            result = await self._reviews.update_one(key, _publishing(at, revision))
        if result.matched_count == 0:
            _log.warning("published_review_is_gone", review_id=key["_id"])

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there.

        Raises `StartRefused` where others stand in their place, `Unavailable` where the server does not make them.
        """
        await make_indexes(self._reviews, INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._reviews, INDEXES)

    async def _whole(self, stored: Document, written: Review | None = None) -> StoredReview:
        """A document as the publisher wants it: with the review as it was made, which may be the one just `written`."""
        original = stored
        if stored.get("decision") is not None:
            original = await self._originals.find_one({"_id": stored["_id"]}) or stored
        return StoredReview(
            written if written is not None and original is stored else to_review(original),
            published=stored.get("published_at") is not None,
            revision=int(stored.get("published_revision") or 0),
            promoted=stored.get("promoted_at") is not None,
        )

    @asynccontextmanager
    async def _believing_no_code_alone(self) -> AsyncIterator[None]:
        """Translate errors; where the server seems to blame the document, see whether it takes a plain one."""
        with mongo_errors_translated():
            try:
                yield
            except OperationFailure as exc:
                if exc.code not in DOCUMENT_CODES:
                    raise
                told = f"{type(exc).__name__}, code {exc.code}"
                refusal = await self._refusal_of_a_plain_document()
                if refusal is None:
                    detail = f"MongoDB refuses this document, and takes a plain one: {told}"
                    raise Rejected(Reason.STORE_REFUSED, detail) from exc
                detail = f"{told}; a plain document is refused too, so an operator has to act: {refusal}"
                raise Unavailable(Dependency.MONGODB, detail) from exc

    async def _refusal_of_a_plain_document(self) -> str | None:
        """Store a plain document as reviews are stored, mark it published, and remove it: why not, or None."""
        key = {"_id": f"{PROBE_PREFIX}{uuid4()}"}
        now = self._clock.now()
        document = plain_document(key["_id"], now)
        del document["_id"]
        try:
            # What could not be removed again is not written.
            await self._reviews.delete_one(key)
            try:
                if await insert_unless_there(self._reviews, key, document) is None:
                    return "a duplicate key: a unique index that is not ours?"
                await self._reviews.update_one(key, _publishing(now, 0))
            finally:
                await self._reviews.delete_one(key)
        except OperationFailure as exc:
            return f"code {exc.code}, {said_by(exc) or 'without a word'}"
        return None

    async def ping(self) -> str:
        """The server's version, once it answers."""
        with mongo_errors_translated():
            await self._client.admin.command("ping")
            return str((await self._client.server_info())["version"])


def _publishing(at: datetime, revision: int) -> list[Document]:
    """A pipeline: the first time and the highest revision are kept and a missing document noticed, in one step."""
    known = {"$ifNull": ["$published_revision", 0]}
    return [
        {
            "$set": {
                "published_at": {"$ifNull": ["$published_at", at]},
                "published_revision": {"$cond": [{"$gt": [known, revision]}, known, revision]},
            }
        }
    ]


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}
