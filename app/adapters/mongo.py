"""The reviews' document store, on MongoDB over motor."""

from datetime import datetime
from typing import Any, Final, Self

import structlog
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pymongo import ASCENDING, DESCENDING, IndexModel, ReadPreference, ReturnDocument, WriteConcern
from pymongo.errors import ConfigurationError, DuplicateKeyError, InvalidName, InvalidURI, OperationFailure
from pymongo.read_concern import ReadConcern

from app.adapters.clock import SystemClock
from app.adapters.mongo_document import to_document, to_review
from app.adapters.mongo_errors import mongo_errors_translated
from app.core.limits import DeliveryLimits
from app.core.ports import Clock, StoredReview
from app.core.urls import redact_url
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.review import Review

Document = dict[str, Any]

COLLECTION: Final = "reviews"

INDEXES: Final = (
    IndexModel(
        [("student_id", ASCENDING), ("assignment_id", ASCENDING), ("timestamp", DESCENDING)],
        name="student_assignment_timestamp",
    ),
    IndexModel([("assignment_id", ASCENDING), ("timestamp", DESCENDING)], name="assignment_timestamp"),
    IndexModel([("new_submission_id", ASCENDING)], name="new_submission_id"),
    # Partial: it holds what is waiting, a handful, not every review ever written.
    IndexModel([("stored_at", ASCENDING)], name="unpublished", partialFilterExpression={"published_at": None}),
)
"""A student's reviews of an assignment, an assignment's reviews, a submission's review, what waits to be published."""

_INDEX_CONFLICTS: Final = frozenset({85, 86})  # IndexOptionsConflict, IndexKeySpecsConflict

_RACES_MAX: Final = 5  # a lost race is found on the second call; five lost ones are no race

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
    """Port `ReviewStore`: one document for each review, its id as `_id`.

    Writes count once a majority of the replica set has them in its journal, whatever the URL says: the source
    offset is committed after them. Reads are of majority-committed data on the primary.
    """

    def __init__(
        self,
        client: AsyncIOMotorClient[Document],
        database: str,
        collection: str = COLLECTION,
        *,
        clock: Clock | None = None,
        limits: DeliveryLimits | None = None,
    ) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._client = client
        self._clock = clock or SystemClock()
        self._limits = limits or DeliveryLimits()
        try:
            self._reviews: AsyncIOMotorCollection[Document] = client[database].get_collection(
                collection,
                codec_options=CodecOptions(tz_aware=True),
                read_preference=ReadPreference.PRIMARY,
                write_concern=WriteConcern("majority", j=True),
                read_concern=ReadConcern("majority"),
            )
        except InvalidName:
            cause = f"MongoDB allows no database {database!r} with a collection {collection!r}"
            raise StartRefused(cause, "set MONGODB_DB to letters, digits, _ and -") from None

    @classmethod
    def connect(cls, url: str, database: str, *, timeout_s: float, limits: DeliveryLimits | None = None) -> Self:
        """A store with a client of its own, to be closed with `aclose`. Raises `StartRefused` as `connect_mongo`."""
        return cls(connect_mongo(url, timeout_s, limits), database, limits=limits)

    async def aclose(self) -> None:
        """Close the client and its connections."""
        self._client.close()

    async def store(self, review: Review) -> StoredReview:
        """Insert `review` unless its id is there; return what is stored under the id now.

        One atomic step: of two workers that hold the same review, one writes and both read the same document.
        """
        document = to_document(review, self._clock.now(), self._limits)
        key = {"_id": document.pop("_id")}
        with mongo_errors_translated():
            for _ in range(_RACES_MAX):
                stored = await self._insert_unless_there(key, document)
                if stored is not None:
                    return StoredReview(to_review(stored), published=stored.get("published_at") is not None)
        detail = "a duplicate key without a review under this id: a unique index that is not ours?"
        raise Unavailable(Dependency.MONGODB, detail)

    async def _insert_unless_there(self, key: Document, document: Document) -> Document | None:
        """What is stored under `key` now, or None where another upsert of the same id was in the way.

        A server may answer that race with a duplicate key, and SecantusDB answers it with nothing at all. The same
        call again finds the winner's document, waiting for its majority; a plain read might not see it yet.
        """
        try:
            return await self._reviews.find_one_and_update(
                key, {"$setOnInsert": document}, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return None

    async def mark_published(self, review: Review, at: datetime) -> None:
        """Note that API and webhook have been served; the first time is kept.

        A review that was deleted in the meantime is not brought back, for somebody wanted it gone: that is logged.
        """
        key = {"_id": str(review.review_id)}
        with mongo_errors_translated():
            # A pipeline: the first time is kept and a missing document noticed, in one step.
            update = [{"$set": {"published_at": {"$ifNull": ["$published_at", at]}}}]
            result = await self._reviews.update_one(key, update)
        if result.matched_count == 0:
            _log.warning("published_review_is_gone", review_id=key["_id"])

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there. Raises `StartRefused` where others stand in their place."""
        with mongo_errors_translated():
            try:
                await self._reviews.create_indexes(list(INDEXES))
            except OperationFailure as exc:
                if exc.code not in _INDEX_CONFLICTS:
                    raise
                cause = (
                    f"the collection {self._reviews.full_name} has an index of the same name or fields as one of ours"
                )
                cure = f"drop it; ours are {', '.join(_name(index) for index in INDEXES)}"
                raise StartRefused(cause, cure) from exc

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have."""
        with mongo_errors_translated():
            present = await self._reviews.index_information()
        return tuple(name for name in map(_name, INDEXES) if name not in present)

    async def ping(self) -> str:
        """The server's version, once it answers."""
        with mongo_errors_translated():
            await self._client.admin.command("ping")
            return str((await self._client.server_info())["version"])


def _name(index: IndexModel) -> str:
    return str(index.document["name"])
