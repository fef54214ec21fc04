"""Replays that were asked for at the desk, on MongoDB: one document of a submission, held by one process at a time."""

from datetime import datetime
from typing import Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.adapters.mongo.collection import Document, find_missing_indexes, make_indexes, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import ASKED_INDEXES
from app.core.deciding.decision_ports import AskedReplay
from app.core.history.identity import review_id
from app.core.ports import SubmissionKey
from schemas.base import LIVE

ASKED_COLLECTION: Final = "asked_replays"


class MongoAskedReplays:
    """Port `AskedReplays`. A document's id is that of the submission's live review."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._asked = open_collection(client, database, ASKED_COLLECTION)

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._asked, ASKED_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._asked, ASKED_INDEXES)

    async def ask(self, asked: AskedReplay) -> bool:
        """Keep it, also in the place of one that failed; False where one of the submission waits or runs."""
        with mongo_errors_translated():
            try:
                # One that has not failed does not match, so that the upsert meets its id.
                kept = await self._asked.replace_one(
                    {"_id": _id(asked.submission), "failure": {"$type": "string"}}, _document(asked), upsert=True
                )
            except DuplicateKeyError:
                return False
        return kept.matched_count == 1 or kept.upserted_id is not None

    async def find(self, submission: SubmissionKey) -> AskedReplay | None:
        """The submission's, or None."""
        with mongo_errors_translated():
            document = await self._asked.find_one({"_id": _id(submission)})
        return None if document is None else _asked(document)

    async def take(self, holder: str, at: datetime, silent_since: datetime) -> AskedReplay | None:
        """Hold the oldest that has not failed and that this one holds, or nobody, or one not heard since that time."""
        is_free = [{"holder": {"$in": [None, holder]}}, {"heard_at": {"$lt": silent_since}}]
        with mongo_errors_translated():
            document = await self._asked.find_one_and_update(
                {"failure": None, "$or": is_free},
                {"$set": {"holder": holder, "heard_at": at}},
                sort=[("asked_at", ASCENDING)],
                return_document=ReturnDocument.AFTER,
            )
        return None if document is None else _asked(document)

    async def note(self, submission: SubmissionKey, holder: str, at: datetime, replay_id: str | None = None) -> bool:
        """Let the holder be heard, and keep the replay that it drew; False where it does not hold this one any more."""
        fields: Document = {"heard_at": at}
        if replay_id is not None:
            fields["replay_id"] = replay_id
        with mongo_errors_translated():
            noted = await self._asked.update_one(_held(submission, holder), {"$set": fields})
        return noted.matched_count == 1

    async def give_back(self, holder: str) -> None:
        """Let others take what it holds."""
        with mongo_errors_translated():
            await self._asked.update_many({"holder": holder}, {"$set": {"holder": None}})

    async def end(self, submission: SubmissionKey, holder: str, failure: str | None = None) -> None:
        """Remove what it holds, or keep why it failed. Where another one holds it, nothing is changed."""
        held = _held(submission, holder)
        with mongo_errors_translated():
            if failure is None:
                await self._asked.delete_one(held)
            else:
                await self._asked.update_one(held, {"$set": {"failure": failure, "holder": None}})


def _id(submission: SubmissionKey) -> str:
    return str(review_id(*submission, LIVE))


def _held(submission: SubmissionKey, holder: str) -> Document:
    return {"_id": _id(submission), "holder": holder}


def _document(asked: AskedReplay) -> Document:
    student_id, assignment_id, submission_id = asked.submission
    return {
        "student_id": student_id,
        "assignment_id": assignment_id,
        "submission_id": submission_id,
        "review_id": str(asked.review_id),
        "reason": asked.reason,
        "is_fresh": asked.is_fresh,
        "asked_by": asked.asked_by,
        "asked_at": asked.asked_at,
        "replay_id": asked.replay_id,
        "failure": asked.failure,
        "holder": None,
        "heard_at": None,
    }


def _asked(document: Document) -> AskedReplay:
    return AskedReplay(
        submission=(document["student_id"], document["assignment_id"], document["submission_id"]),
        review_id=UUID(document["review_id"]),
        reason=document["reason"],
        is_fresh=document["is_fresh"],
        asked_by=document["asked_by"],
        asked_at=document["asked_at"],
        replay_id=document["replay_id"],
        failure=document["failure"],
    )
