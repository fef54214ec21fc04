"""The two changelog tables: their names and their values."""

from typing import Annotated, Any, Final

from pydantic import Field

from schemas.base import LIVE, SCHEMA_VERSION, Identifier, Moment, Schema, SchemaVersion
from schemas.changes import FileComplexity, UnreadFile
from schemas.origin import Origin
from schemas.review import Review, Thread
from schemas.tests import TestReport

SUBMISSION_HISTORY: Final = "submission_history"
REVIEW_HISTORY: Final = "review_history"


class PastSubmission(Schema):
    """What must be kept of a submission so that the next one can be compared with it.

    `sources` maps path -> cleaned text. `digest` is over all that makes the submission what it is: sources, test logs
    and the predecessor that it names. `previous_submission_id` is what it was compared with.
    `unread` are files that were there and could not be read, by path: in the next submission they are not new.
    """

    origin: Origin
    submission_id: Identifier
    previous_submission_id: Identifier | None = None
    submitted_at: Moment
    digest: str
    sources: dict[str, str]
    unread: dict[str, UnreadFile] = Field(default_factory=dict)
    tests: TestReport | None = None
    complexity: tuple[FileComplexity, ...] = ()


class SubmissionHistory(Schema):
    """A student's last submissions of one assignment, oldest first, `HISTORY_DEPTH` at most.

    `stamp` is the origin of the newest submission taken live: whatever lies at or below it in the same
    partition was already emitted. `forgotten` says that older submissions fell out of the entry.
    """

    schema_version: SchemaVersion = SCHEMA_VERSION
    stamp: Origin
    submissions: tuple[PastSubmission, ...]
    forgotten: bool = False


class GivenReview(Schema):
    """A review, and the offset of the comparison that it answers in the partition of `comparisons`.

    `review` is its JSON document. Of all that an entry holds one at most is read, so the others stay as they are.
    """

    offset: Annotated[int, Field(ge=0)]
    review: dict[str, Any]

    @classmethod
    def of(cls, offset: int, review: Review) -> "GivenReview":
        """That of `review`."""
        return cls(offset=offset, review=review.document())

    @property
    def review_id(self) -> str:
        """The review's own."""
        return str(self.review.get("review_id"))

    @property
    def submission_id(self) -> str:
        """The submission that was reviewed."""
        return str(self.review.get("new_submission_id"))

    @property
    def generation(self) -> int:
        """0, for what was taken live."""
        return int(self.review.get("generation", LIVE))

    def document(self) -> dict[str, Any]:
        """The record in JSON's own types: the review is in them already."""
        return {"offset": self.offset, "review": self.review}


class ReviewHistory(Schema):
    """The last live reviews of one student's assignment, oldest first; a replay's are never kept.

    `HISTORY_DEPTH` of them, and before those the ones whose comparisons a restart would bring again. `threads` are
    the comments of all attempts as the newest review left them: they outlive the reviews.
    """

    schema_version: SchemaVersion = SCHEMA_VERSION
    given: tuple[GivenReview, ...]
    threads: tuple[Thread, ...] = ()

    def document(self) -> dict[str, Any]:
        """The record in JSON's own types."""
        return {**self.model_dump(mode="json", exclude={"given"}), "given": [one.document() for one in self.given]}
