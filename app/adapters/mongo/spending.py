"""What the models' answers have cost, on MongoDB: one document for each student and day, written by all workers.

One atomic update adds an answer's cost and notes its charge, unless that is noted already. So a worker that was killed
may count again, and no sum is wrong by it. The whole day is added up from its students' documents.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError

from app.adapters.mongo.collection import (
    RACES_MAX,
    Document,
    find_missing_indexes,
    make_indexes,
    open_collection,
)
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.indexes import SPENDING_INDEXES
from app.core.costs import BILLIONTH, Charge, DaySpending, DayTotals, TokenCounts
from schemas.errors import Dependency, Unavailable

SPENDING_COLLECTION: Final = "spending"

KEPT_DAYS: Final = 400
"""A school year, and the weeks in which its bills are looked at."""


BILLIONTHS_MAX: Final = 10**15
"""Of one answer, a million in any currency: an endpoint that tells absurd counts must not make a sum overflow."""


class MongoSpending:
    """Port `Spending`. `billionths` are whole numbers, for those add up exactly on every server."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._spending = open_collection(client, database, SPENDING_COLLECTION)

    async def ensure_indexes(self) -> None:
        """Create the indexes that are not there; raises as the reviews' own."""
        await make_indexes(self._spending, SPENDING_INDEXES)

    async def missing_indexes(self) -> tuple[str, ...]:
        """Names of our indexes that the collection does not have. Raises `StartRefused` where they cannot be made."""
        return await find_missing_indexes(self._spending, SPENDING_INDEXES)

    async def count(self, charge: Charge) -> None:
        """Add `charge`, unless it is counted already."""
        key = _key(charge.day, charge.student_id)
        unless_counted = {"_id": key, "counted": {"$ne": charge.charge_id}}
        adding = {
            "$inc": {
                "answers": 1,
                "answers_without_price": int(charge.cost is None),
                "billionths": min(int((charge.cost or Decimal(0)) / BILLIONTH), BILLIONTHS_MAX),
                "prompt_tokens": charge.tokens.prompt,
                "completion_tokens": charge.tokens.completion,
                "cached_prompt_tokens": charge.tokens.cached,
            },
            "$push": {"counted": charge.charge_id},
            "$setOnInsert": {
                "day": charge.day.isoformat(),
                "student_id": charge.student_id,
                "expires_at": datetime.combine(charge.day, time(), UTC) + timedelta(days=KEPT_DAYS),
            },
        }
        with mongo_errors_translated():
            for _ in range(RACES_MAX):
                # A document that is there and not matched is a duplicate: the charge is counted, or another worker has
                # just begun this student's day.
                if await self._add(unless_counted, adding) or await self._is_counted(key, charge.charge_id):
                    return
        raise Unavailable(Dependency.MONGODB, "a duplicate key without a sum: a unique index that is not ours?")

    async def find_spent(self, day: date, student_id: str) -> DaySpending:
        """What everybody has spent on `day`, and what this student has."""
        adding_up: list[Mapping[str, Any]] = [
            {"$match": {"day": day.isoformat()}},
            {"$group": {"_id": None, "billionths": {"$sum": "$billionths"}}},
        ]
        with mongo_errors_translated():
            sums = [document async for document in self._spending.aggregate(adding_up)]
            student = await self._spending.find_one({"_id": _key(day, student_id)}, {"billionths": 1})
        return DaySpending(
            everybody=_money(sums[0]) if sums else Decimal(0),
            student=_money(student) if student is not None else Decimal(0),
        )

    async def add_up(self, day: date) -> DayTotals:
        """All answers of `day`: one pass over its students' documents, so not for each event."""
        named = ("billionths", "answers", "answers_without_price", "prompt_tokens", "completion_tokens")
        sums_of: Document = {name: {"$sum": f"${name}"} for name in (*named, "cached_prompt_tokens")}
        adding_up: list[Mapping[str, Any]] = [
            {"$match": {"day": day.isoformat()}},
            {"$group": {"_id": None, **sums_of}},
        ]
        with mongo_errors_translated():
            sums = [document async for document in self._spending.aggregate(adding_up)]
        if not sums:
            return DayTotals()
        total = sums[0]
        tokens = TokenCounts(total["prompt_tokens"], total["completion_tokens"], total["cached_prompt_tokens"])
        return DayTotals(_money(total), total["answers"], total["answers_without_price"], tokens)

    async def _add(self, unless_counted: Document, adding: Document) -> bool:
        try:
            result = await self._spending.update_one(unless_counted, adding, upsert=True)
        except DuplicateKeyError:
            return False
        return bool(result.matched_count or result.upserted_id)

    async def _is_counted(self, key: str, charge_id: str) -> bool:
        return await self._spending.find_one({"_id": key, "counted": charge_id}, {"_id": 1}) is not None


def _key(day: date, student_id: str) -> str:
    """No student id holds a slash."""
    return f"{day.isoformat()}/{student_id}"


def _money(document: Mapping[str, Any]) -> Decimal:
    return int(document["billionths"]) * BILLIONTH
