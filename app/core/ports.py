"""What the agents talk to. Each port has a fake in `tests/fakes` and an adapter; both pass one contract suite.

Every method may raise `Rejected` (the event is refused) or `Unavailable` (wait and retry) and nothing else; a reviewer
`Held` (wait for a time that is known) as well.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from app.core.costs import Charge, DaySpending
from app.core.history.lineage import Lineage
from app.core.rubric import Rubric
from app.core.states import StateFact
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree
from schemas.changes import Change, Complexity, DiffInfo, FileChange, FileComplexity, Finding, UnusedCode
from schemas.comparison import Comparison
from schemas.dead_letter import Header
from schemas.errors import Reason
from schemas.history import ReviewHistory, SubmissionHistory
from schemas.origin import Origin
from schemas.review import CodeComment, Review, Thread, ThreadState, Usage
from schemas.rubric import RubricVerdict, Verdict
from schemas.state import HoldStory
from schemas.submission import Submission
from schemas.tests import TestReport


class Clock(Protocol):
    """Time, handed in so that tests decide it."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...


class SourceReader(Protocol):
    """Fetches a submission's source, wherever it lies, and cleans it."""

    async def read(self, submission: Submission) -> SourceTree:
        """The submission's source tree. `Rejected` with an archive reason, or `Unavailable` for the archive root."""
        ...


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison. `complexity` holds figures already known (from the history), by path."""

    tree: SourceTree
    complexity: tuple[FileComplexity, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What comparing two sides gives. `file_complexity` is the new side's, complete, to be kept for next time.

    `tests` is the report read from the logs, None where there are none.
    """

    diff_info: DiffInfo
    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]
    complexity: Complexity
    file_complexity: tuple[FileComplexity, ...]
    findings: tuple[Finding, ...]
    tests: TestReport | None = None
    findings_before: tuple[Finding, ...] | None = None
    """The linter's about the previous side of the changed files; None where there is none, or too much of it."""
    unused: tuple[UnusedCode, ...] = ()
    """Code of the changed files that is of no use, whether or not it is new."""
    is_used_throughout: bool = False
    """Whether nearly all public functions and classes that are not new are used within the submission."""
    surface: AbstractSet[str] = frozenset()
    """Paths of files of which nothing but names, comments, layout and code without use or effect changed."""
    extended: AbstractSet[str] = frozenset()
    """These, and files that grew besides by public code that nothing here uses: what else stands there is not new."""
    statements_gone: int | None = None
    statements_come: int | None = None
    """Statements with an effect that are in no file any more, or were in none; None where no code was compared."""
    idle_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    """Lines of statements that run and do nothing, by the path of their file."""
    hollow_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    """Lines of tests that prove nothing, by the path of their file."""
    test_lines: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    """Lines on which tests are defined that run and may prove something, by the path of their file."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, evidence weighed; `tests` and `file_complexity` are what the history keeps of its making."""

    comparison: Comparison
    tests: TestReport | None
    file_complexity: tuple[FileComplexity, ...]


class Analyst(Protocol):
    """Compares an attempt with its predecessor, outside the event loop, within a time limit."""

    async def compare(self, before: Side | None, attempt: Attempt, lineage: Lineage) -> Compared:
        """Compare `before` (None: a first submission) with `attempt`, read its test logs and weigh the evidence.

        Input that cannot be analysed in time falls back to a comparison by line; it is never refused for that.
        """
        ...


class SubmissionHistories(Protocol):
    """The comparator's changelog table, bound to one event's partition."""

    def get(self, student_id: str, assignment_id: str) -> SubmissionHistory | None:
        """The entry, or None."""
        ...

    async def put(self, student_id: str, assignment_id: str, entry: SubmissionHistory) -> None:
        """Store `entry`; returns once the broker has acknowledged the changelog record."""
        ...


class ReviewHistories(Protocol):
    """The reviewer's changelog table, bound to one event's partition."""

    @property
    def offset(self) -> int:
        """Of the event."""
        ...

    def is_settled(self, offset: int) -> bool:
        """Whether the broker holds a commit by which the event at `offset` never comes again."""
        ...

    def get(self, student_id: str, assignment_id: str) -> ReviewHistory | None:
        """The entry, or None."""
        ...

    def is_behind(self, student_id: str, assignment_id: str) -> bool:
        """Whether the entry was written for this event or for a later one: then it was taken before."""
        ...

    async def put(self, student_id: str, assignment_id: str, entry: ReviewHistory) -> None:
        """Store `entry`; returns once the broker has acknowledged the changelog record."""
        ...


class HaltMemory(Protocol):
    """Remembers over a restart that a stage stopped its worker because it refused too much."""

    def write(self, reason: Reason) -> None:
        """Remember it, with the most frequent reason. Raises `OSError` where that cannot be."""
        ...

    def take(self) -> Reason | None:
        """What was remembered, once."""
        ...


class ChangelogRecord(Protocol):
    """A record that recovery read from a table's changelog. `value` is None where the key was deleted."""

    @property
    def offset(self) -> int: ...

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...


class Acknowledged(Protocol):
    """What the broker says of a record it took."""

    @property
    def topic(self) -> str: ...

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...


class ChangelogSend(Protocol):
    """Sends one changelog record and waits for the broker."""

    async def __call__(self, topic: str, key: bytes, value: bytes, partition: int) -> Acknowledged:
        """Produce to `topic`'s `partition`; returns once all in-sync replicas have acknowledged it."""
        ...


class Outbox(Protocol):
    """An output topic."""

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Produce one record; returns once all in-sync replicas have acknowledged it."""
        ...


class Rubrics(Protocol):
    """The rubrics of all assignments."""

    def of(self, assignment_id: str) -> Rubric:
        """The assignment's own rubric, or the default one."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a reviewer is asked: a comparison, and all that code could tell of it beforehand.

    `previous` is the review of the submission that was compared with, if it is known. `decided` are the rubric's items
    that code decides. `threads` are all earlier comments, followed to where their code is now; those whose state
    nobody has decided (`decided_by` None) are left to the reviewer. `is_fresh`: no answer that was kept is taken.
    """

    comparison: Comparison
    previous: Review | None
    rubric: Rubric
    decided: tuple[RubricVerdict, ...]
    threads: tuple[Thread, ...]
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class QuotedPlace:
    """Where a reviewer says that something stands: `line` of the new version of `path`, whose text is `quote`."""

    path: str | None = None
    line: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class ItemOpinion:
    """A reviewer's verdict on an item of the rubric."""

    item_id: str
    verdict: Verdict
    reason: str | None = None
    place: QuotedPlace = QuotedPlace()


@dataclass(frozen=True, slots=True)
class ThreadOpinion:
    """A reviewer's word on an earlier comment: `FIXED` or `STILL_OPEN`."""

    comment_id: str
    state: ThreadState
    place: QuotedPlace = QuotedPlace()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer thinks. Nothing of it is checked yet, and none of it is a number.

    A comment's `quote` is what the reviewer believes to stand at its line.
    """

    summary: str
    comments: tuple[CodeComment, ...] = ()
    recommendations: tuple[str, ...] = ()
    items: tuple[ItemOpinion, ...] = ()
    threads: tuple[ThreadOpinion, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A reviewer's opinion, valid in form but not yet anchored to the code nor held to the evidence.

    `model` signs it. `shown_files`, `shown_chars` and `notes` tell what of the sources the reviewer saw; `unseen` are
    the lines of changed files that it did not see, by path, None for a whole file. `adjustments` tell what of the
    answer had to be mended to read it. `is_exact` of a draft that code made from facts: its comments stand where they
    say, with a quote or without.
    """

    opinion: Opinion
    model: str
    prompt_version: str
    usage: Usage
    shown_files: int | None = None
    shown_chars: int | None = None
    unseen: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    adjustments: tuple[str, ...] = ()
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a draft would buy: calls of the model, and the tokens that they send."""

    calls: int = 0
    prompt_tokens: int = 0


class Forecaster(Protocol):
    """Tells beforehand what a draft would cost."""

    async def forecast(self, question: Question) -> Forecast:
        """What asking `question` would buy now; nothing is bought or written."""
        ...


class Reviewer(Protocol):
    """Reads a comparison: a language model, or rules where none is configured."""

    async def draft(self, question: Question) -> Draft:
        """An opinion on the progress. `Rejected(model_invalid)` if repair failed too."""
        ...


class PlannedReviewer(Reviewer, Forecaster, Protocol):
    """A reviewer that tells beforehand what it would cost."""


@dataclass(frozen=True, slots=True)
class TapedAnswer:
    """A model's answer, byte for byte as its endpoint sent it, and what was paid for it."""

    body: bytes
    charge: Charge


class AnswerTape(Protocol):
    """The models' answers, by a digest of the request. The first answer that is kept under a key wins."""

    async def find(self, key: str) -> TapedAnswer | None:
        """What is kept under `key`, or None."""
        ...

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
        """Keep `answer` unless there is one; returns the one that is kept now, once nothing can lose it any more.

        An answer that is too large to be kept is returned as it is, which the log says.
        """
        ...

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """Have these answers not be found any more in `after_s` seconds, so that the next request asks anew."""
        ...


class Spending(Protocol):
    """What the models' answers have cost, counted by all workers together."""

    async def count(self, charge: Charge) -> None:
        """Add `charge` to its day and student, once for each `charge_id`."""
        ...

    async def find_spent(self, day: date, student_id: str) -> DaySpending:
        """What everybody has spent on `day` (UTC), and what this student has."""
        ...


@dataclass(frozen=True, slots=True)
class StoredReview:
    """The review that won: the first one stored under its id, as it was made, which may differ from the one offered.

    `revision` is the highest one that API and webhook were served with, 0 where nobody had decided anything.
    `promoted`: it came from a shadow replay that was promoted.
    """

    review: Review
    published: bool
    revision: int = 0
    promoted: bool = False


class KeptReviews(Protocol):
    """The reviews that were stored, to be looked up."""

    async def find(self, review_id: UUID) -> Review | None:
        """The review under the id as it is to be read, or None."""
        ...

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        """The newest live review of a student's assignment whose submission stood before `origin`, or None."""
        ...


SubmissionKey = tuple[str, str, str]
"""Student, assignment and submission."""


class CurrentReviews(Protocol):
    """Which review counts for a submission: the newest generation that was delivered."""

    async def current(self, keys: Sequence[SubmissionKey]) -> Mapping[SubmissionKey, Review]:
        """The current reviews of these submissions; one without is left out."""
        ...

    async def make_current(self, review: Review) -> None:
        """Let `review` count, unless one of a higher generation does already."""
        ...


class ReviewStore(KeptReviews, Protocol):
    """The reviews' document store. The first stored review of an id wins; what persons decide is put over it."""

    async def store(self, review: Review) -> StoredReview:
        """Insert `review` unless its id is there; return what is stored under the id now."""
        ...

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        """What is stored under the id, as it was made, or None."""
        ...

    async def revise(self, review: Review) -> bool:
        """Let readers find `review`, which has decisions in it, and keep the original.

        False where a later revision is there, which stays. A review that was deleted is not brought back.
        """
        ...

    async def mark_published(self, review: Review, at: datetime) -> None:
        """Note that API and webhook have been served with this revision; time and revision never go back."""
        ...

    async def mark_promoted(self, review: Review) -> None:
        """Note that a shadow review is to be delivered."""
        ...


class ReviewApi(Protocol):
    """The platform's review API."""

    async def deliver(self, review: Review) -> None:
        """POST `review` under its id, and its revision, as `Idempotency-Key`; returns once it is accepted."""
        ...


class Notifier(Protocol):
    """The notification webhook: bounded attempts, never in the way of publication."""

    async def notify(self, review: Review) -> bool:
        """Tell the installation's webhook about `review`; False where it could not be told."""
        ...


class SubmissionStates(Protocol):
    """How far submissions have come, kept for every process to see. A standing only ever grows."""

    async def advance(self, facts: Collection[StateFact]) -> None:
        """Let each fact hold unless a later one is known; at most one of each submission."""
        ...

    async def note_passed(self, passed: Mapping[int, int]) -> None:
        """Note how far the comparator has read: the greatest offset by partition of the topic of submissions."""
        ...

    async def find(self, task_id: UUID) -> StateFact | None:
        """What is known of a submission, or None."""
        ...

    async def find_passed(self, partition: int) -> int:
        """How far the comparator has read that partition; -1 where that is not known."""
        ...

    def unpublished(self) -> AsyncIterator[StateFact]:
        """Those whose review is written and that are not known to be published."""
        ...

    async def clear(self) -> None:
        """Forget everything: before it is told anew."""
        ...


class HoldNotes(Protocol):
    """Which reviews wait on purpose. A note ends at its time."""

    async def note(self, task_id: UUID, hold: HoldStory) -> None:
        """Note that the review waits, and why; `hold.until` is given."""
        ...

    async def find(self, task_id: UUID) -> HoldStory | None:
        """What was noted last, or None."""
        ...


class PublishedTimes(Protocol):
    """When reviews were published."""

    async def published_at(self, review_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Those of the reviews that are published and that nobody rejected since, with the time."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What a name was claimed for: a digest of the request, when, and whether what was asked for is done."""

    digest: str
    at: datetime
    is_done: bool = False


class Claims(Protocol):
    """Names that mean one thing: whoever comes first decides which."""

    async def claim(self, name: str, digest: str, at: datetime, kept: timedelta | None = None) -> Claim:
        """Claim `name` unless somebody has, for ever or as long as `kept`; returns the claim that stands."""
        ...

    async def finish(self, name: str) -> None:
        """Note that what was claimed is done."""
        ...


@dataclass(frozen=True, slots=True)
class AttemptScore:
    """What a published review gave an attempt; `offset` is where the submission stands in its partition."""

    review_id: UUID
    submission_id: str
    generation: int
    offset: int
    overall: int
    quality: int


def score_of(review: Review) -> AttemptScore:
    """A review's."""
    result = review.review_result
    return AttemptScore(
        review.review_id,
        review.new_submission_id,
        review.generation,
        review.origin.offset,
        result.overall_score,
        result.code_quality_score,
    )


class ReviewPages(Protocol):
    """A student's published reviews of an assignment."""

    async def scores(self, student_id: str, assignment_id: str, limit: int) -> list[AttemptScore]:
        """The newest `limit` reviews' scores alone, the newest first."""
        ...

    async def page(
        self, student_id: str, assignment_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[Review]:
        """The newest `limit` that come before time and id, the newest first."""
        ...


class SubmissionOutbox(Protocol):
    """The topic of submissions."""

    async def send(self, submission: Submission, at: datetime) -> Origin:
        """Produce a submission, written `at`; returns where it stands once all in-sync replicas have it."""
        ...


@dataclass(frozen=True, slots=True)
class KeptArchive:
    """An archive in its place. Not `is_new`: the same bytes were there already."""

    size_bytes: int
    sha256: str
    is_new: bool


class ArchiveShelf(Protocol):
    """Where archives wait for their submissions."""

    async def holds(self, submission_id: str) -> bool:
        """Whether there is something under the id."""
        ...

    async def keep(self, submission_id: str, pieces: AsyncIterator[bytes]) -> KeptArchive:
        """Put an archive in its place, whole or not at all.

        `Rejected`: `duplicate_id` where other bytes are there, `archive_limit`, `archive_format`.
        """
        ...
