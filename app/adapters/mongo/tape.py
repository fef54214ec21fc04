"""The models' answers, on MongoDB: kept before they are used, found again after a kill, gone after a while."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import structlog
from bson.binary import Binary
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
from app.adapters.mongo.indexes import TAPE_INDEXES
from app.core.costs import Charge, TokenCounts
from app.core.limits import KIB, DeliveryLimits
from app.core.ports import Clock, TapedAnswer
from schemas.errors import Dependency, Unavailable

TAPE_COLLECTION: Final = "answers"

_FIELDS_BYTES_MAX: Final = 16 * KIB
"""Of a document, beside the answer: ids and names are bounded, and far shorter."""

log = structlog.get_logger(__name__)


class MongoTape:
    """Port `AnswerTape`: one document for each answer, the request's digest as `_id`.

    An answer counts as kept once a majority of the replica set has it in its journal. It ends `days` later: MongoDB
    removes it by an index, and until it does so it is not found any more. `student_id` stands in each document, for
    whoever has to erase a student.
    """

    def __init__(
        self,
        client: AsyncIOMotorClient[Document],
        database: str,
        *,
        days: int,
        clock: Clock,
        answer_bytes_max: int = DeliveryLimits().document_bytes_max - _FIELDS_BYTES_MAX,
    ) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._answers = open_collection(client, database, TAPE_COLLECTION)
        self._days = days
        self._clock = clock
        self._answer_bytes_max = answer_bytes_max

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._answers, TAPE_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._answers, TAPE_INDEXES)

    async def find(self, key: str) -> TapedAnswer | None:
        """What is kept under `key` and has not ended, or None."""
        with mongo_errors_translated():
            found = await self._answers.find_one({"_id": key, "expires_at": {"$gt": self._clock.now()}})
        return _answer(found) if found is not None else None

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
        """Keep `answer` unless there is one that has not ended; returns the one that is kept now."""
        if len(answer.body) > self._answer_bytes_max:
            log.warning("answer_too_large_to_keep", bytes=len(answer.body), bytes_max=self._answer_bytes_max)
            return answer
        now = self._clock.now()
        document = _document(answer) | {"kept_at": now, "expires_at": now + timedelta(days=self._days)}
        with mongo_errors_translated():
            for _ in range(RACES_MAX):
                kept = await insert_unless_there(self._answers, {"_id": key}, document)
                if kept is not None and kept["expires_at"] > now:
                    return _answer(kept)
                # It has ended, and the server, which looks once a minute, has not removed it yet.
                await self._answers.delete_one({"_id": key, "expires_at": {"$lte": now}})
        raise Unavailable(Dependency.MONGODB, "a duplicate key without an answer: a unique index that is not ours?")

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """End these answers in `after_s` seconds, those that would end earlier as before."""
        ends = self._clock.now() + timedelta(seconds=after_s)
        with mongo_errors_translated():
            await self._answers.update_many({"_id": {"$in": list(keys)}}, {"$min": {"expires_at": ends}})


def _document(answer: TapedAnswer) -> Document:
    charge = answer.charge
    return {
        "body": Binary(answer.body),
        "charge_id": charge.charge_id,
        "day": charge.day.isoformat(),
        "student_id": charge.student_id,
        "model": charge.model,
        "prompt_tokens": charge.tokens.prompt,
        "completion_tokens": charge.tokens.completion,
        "cached_prompt_tokens": charge.tokens.cached,
        # Text: a date or a number of BSON's would lose digits, or need a server that knows Decimal128.
        "cost": str(charge.cost) if charge.cost is not None else None,
    }


def _answer(document: Mapping[str, Any]) -> TapedAnswer:
    tokens = TokenCounts(document["prompt_tokens"], document["completion_tokens"], document["cached_prompt_tokens"])
    cost = document["cost"]
    return TapedAnswer(
        bytes(document["body"]),
        Charge(
            charge_id=document["charge_id"],
            day=date.fromisoformat(document["day"]),
            student_id=document["student_id"],
            model=document["model"],
            tokens=tokens,
            cost=Decimal(cost) if cost is not None else None,
        ),
    )
