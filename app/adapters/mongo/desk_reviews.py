"""The reviews as a teacher's desk lists them, on MongoDB: rows without the code, which has megabytes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import ValidationError
from pymongo import DESCENDING

from app.adapters.mongo.collection import Document, open_collection
from app.adapters.mongo.errors import mongo_errors_translated
from app.adapters.mongo.reviews import COLLECTION
from app.core.deciding.ranking import DeskRow, RowParts
from app.core.ports import SubmissionKey
from app.core.reviewing.grading.sums import Scores
from schemas.review import ReviewResult, ReviewStanding
from schemas.rubric import Release, RubricVerdict

_OUT_OF_THE_SHADOW: Final = {
    "student_id": {"$exists": True},
    "$or": [{"replay.is_shadow": {"$ne": True}}, {"promoted_at": {"$ne": None}}, {"published_at": {"$ne": None}}],
}
_FIELDS: Final = dict.fromkeys(
    (
        *("student_id", "assignment_id", "new_submission_id", "generation", "timestamp", "published_at", "release"),
        *("review_result.overall_score", "review_result.code_quality_score", "review_result.rubric"),
        *("integrity.flags", "tests.current.confidence", "decision.standing", "replay.is_appeal"),
    ),
    1,
)
_ASSIGNMENTS_MAX: Final = 1_000


class MongoDeskReviews:
    """Port `DeskReviews`."""

    def __init__(self, client: AsyncIOMotorClient[Document], database: str) -> None:
        """Raises `StartRefused` for names that MongoDB does not allow."""
        self._reviews = open_collection(client, database, COLLECTION)

    async def newest(self, assignment_id: str | None, limit: int) -> list[DeskRow]:
        """The newest `limit`, of one assignment or of all."""
        return await self._rows({} if assignment_id is None else {"assignment_id": assignment_id}, limit)

    async def of_submission(self, submission: SubmissionKey) -> list[DeskRow]:
        """All generations of one submission."""
        student_id, assignment_id, submission_id = submission
        wanted = {"student_id": student_id, "assignment_id": assignment_id, "new_submission_id": submission_id}
        return await self._rows(wanted, 0)

    async def results(self, review_ids: Sequence[UUID]) -> list[ReviewResult]:
        """What is judged in these reviews."""
        wanted = {"_id": {"$in": [str(one) for one in review_ids]}}
        with mongo_errors_translated():
            found = await self._reviews.find(wanted, {"review_result": 1}).to_list(None)
        by_id = {document["_id"]: document["review_result"] for document in found}
        return [ReviewResult.model_validate(by_id[str(one)]) for one in review_ids if str(one) in by_id]

    async def assignments(self) -> list[str]:
        """All assignments that have reviews, in order: each is found from the one before, by the index."""
        found: list[str] = []
        last = ""
        with mongo_errors_translated():
            while len(found) < _ASSIGNMENTS_MAX:
                wanted = {"assignment_id": {"$gt": last}, "student_id": {"$ne": None}}
                next_one = await self._reviews.find_one(wanted, {"assignment_id": 1}, sort=[("assignment_id", 1)])
                if next_one is None:
                    break
                last = next_one["assignment_id"]
                found.append(last)
        return found

    async def _rows(self, wanted: Mapping[str, Any], limit: int) -> list[DeskRow]:
        with mongo_errors_translated():
            cursor = self._reviews.find({**_OUT_OF_THE_SHADOW, **wanted}, _FIELDS)
            found = await cursor.sort([("timestamp", DESCENDING)]).limit(limit).to_list(None)
        rows = [_row(document) for document in found]
        return [row for row in rows if row is not None]


def _row(document: Mapping[str, Any]) -> DeskRow | None:
    """The row of a review, None of one that somebody changed: opening it says so, and the others are shown."""
    result, tests = document["review_result"], (document.get("tests") or {}).get("current")
    try:
        return RowParts(
            review_id=UUID(document["_id"]),
            student_id=document["student_id"],
            assignment_id=document["assignment_id"],
            submission_id=document["new_submission_id"],
            generation=document["generation"],
            timestamp=document["timestamp"],
            scores=Scores(result["overall_score"], result["code_quality_score"]),
            rubric=[RubricVerdict.model_validate(one) for one in result.get("rubric") or ()],
            flags=tuple(document.get("integrity", {}).get("flags") or ()),
            test_confidence=tests.get("confidence") if tests else None,
            standing=ReviewStanding((document.get("decision") or {}).get("standing", ReviewStanding.UNDECIDED)),
            release=Release(document.get("release") or Release.AT_ONCE),
            published_at=document.get("published_at"),
            is_appeal=bool((document.get("replay") or {}).get("is_appeal")),
        ).row()
    except (KeyError, ValueError, TypeError, ValidationError):
        return None
