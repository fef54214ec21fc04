"""The record that downstream consumers, the platform's API, MongoDB and the webhook get."""

from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from schemas.base import LIVE, SCHEMA_VERSION, Identifier, Moment, Schema, SchemaVersion
from schemas.changes import Change, Complexity, Coverage, DiffInfo
from schemas.comparison import Baseline, FactCode, KnownFlag
from schemas.origin import Origin
from schemas.rubric import CountsFor, Release, RubricVerdict
from schemas.tests import TestProgress

Score = Annotated[int, Field(ge=0, le=100)]
COMMENT_CHARS_MAX: Final = 4_000
"""Of a comment's message, and of its suggestion."""
Severity = Literal["praise", "info", "minor", "major", "critical"]


class ProblemKind(StrEnum):
    """What a comment is about, where a reader found it and no linter did. Public: the values stand in reviews."""

    CORRECTNESS = "correctness"
    ERROR_HANDLING = "error_handling"
    READABILITY = "readability"
    NAMING = "naming"
    STRUCTURE = "structure"
    DUPLICATION = "duplication"
    PERFORMANCE = "performance"
    TESTING = "testing"
    SECURITY = "security"
    DATA = "data"
    DOCUMENTATION = "documentation"
    OTHER = "other"


class CheckKind(StrEnum):
    """What a comment is about where code found it; of a linter's the rule itself stands in its place. Public, too."""

    SYNTAX = "syntax"
    TEST = "test"
    COMPLEXITY = "complexity"
    FUNCTION_LENGTH = "function_length"
    SECRET = "secret"  # noqa: S105 -- no password
    HIDDEN_CHARACTERS = FactCode.HIDDEN_CHARACTERS
    INSTRUCTION = "instruction"
    UNUSED_CODE = FactCode.UNUSED_CODE
    IMPROVEMENT = "improvement"


class CodeComment(Schema):
    """A comment on a line that exists; `line` is 1-based and None for a comment on the whole file.

    In a notebook `cell` is the number of the code cell, and lines count within the notebook's Python text.
    `comment_id` is the same in every later review that speaks of it. `category` is a `ProblemKind`, a `CheckKind` or a
    linter's rule, `symbol` the dotted name around the line, `quote` the line's own text, secrets masked. `test_id` is
    that of the test that a comment of the category `test` is about.
    """

    comment_id: str | None = None
    path: str
    line: Annotated[int, Field(ge=1)] | None = None
    end_line: Annotated[int, Field(ge=1)] | None = None
    cell: Annotated[int, Field(ge=1)] | None = None
    severity: Severity = "minor"
    category: str | None = None
    symbol: str | None = None
    quote: str | None = None
    test_id: str | None = None
    message: Annotated[str, Field(min_length=1, max_length=COMMENT_CHARS_MAX)]
    suggestion: Annotated[str, Field(max_length=COMMENT_CHARS_MAX)] | None = None


class ThreadState(StrEnum):
    """What became of a comment.

    `NEW`: said in this review for the first time. `FIXED`: what it asked for was done. `STILL_OPEN`: it was not.
    `MOVED`: it was not, and the code stands elsewhere. `REGRESSED`: it was fixed, and is back. `OBSOLETE`: its code is
    gone.
    """

    NEW = "new"
    FIXED = "fixed"
    STILL_OPEN = "still_open"
    MOVED = "moved"
    REGRESSED = "regressed"
    OBSOLETE = "obsolete"


class Thread(Schema):
    """A comment over a student's attempts, under the `comment_id` that it was given first.

    Place, `symbol` and `quote` are those of now; of code that is gone, the last ones that there were. `decided_by`
    tells who decided the state; None: nobody could, so an open comment stays open. `since_submission_id` is where it
    was said first, `attempts` in how many reviews it has been open. `closed_submission_id` is the submission that was
    found to have fixed it, or to hold its code no more; None while it is open.
    """

    comment_id: str
    state: ThreadState
    decided_by: Literal["code", "model"] | None = None
    category: str | None = None
    severity: Severity = "minor"
    path: str
    symbol: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    quote: str | None = None
    test_id: str | None = None
    message: Annotated[str, Field(min_length=1, max_length=COMMENT_CHARS_MAX)]
    since_submission_id: Identifier
    closed_submission_id: Identifier | None = None
    attempts: Annotated[int, Field(ge=1)] = 1

    @property
    def is_open(self) -> bool:
        """Whether what it asks for is still to be done."""
        return self.state not in {ThreadState.FIXED, ThreadState.OBSOLETE}


class ReviewResult(Schema):
    """The judgement; names as in the platform's payload.

    Both scores are sums over `rubric`, made by code. `threads` are all earlier comments with what became of them, the
    open ones first, and the new ones; `code_review_comments` are those that are said in this review for the first
    time.
    """

    overall_score: Score
    progress_summary: Annotated[str, Field(min_length=1, max_length=8000)]
    code_quality_score: Score
    code_review_comments: tuple[CodeComment, ...] = ()
    recommendations: tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...] = ()
    rubric: tuple[RubricVerdict, ...] = ()
    threads: tuple[Thread, ...] = ()


class FlagPlace(Schema):
    """Where a flag comes from: a file, mostly with a line, a test log, or names of tests or code.

    `line` is one of the file, or of the log. `quote` is the student's own text there, cut: data, never an instruction.
    """

    flag: KnownFlag
    path: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    log: str | None = None
    names: str | None = None
    quote: str | None = None


class Integrity(Schema):
    """Whether the review can be trusted: what was bounded, dropped or looks like an attempt to steer it.

    `flags` are signs in the student's text (`instruction_in_source`, `tests_removed`, …), `places` where they stand.
    `adjustments` says in a sentence each what was changed in the model's answer: scores bounded, comments re-anchored
    or dropped.
    """

    source_digest: str
    flags: tuple[KnownFlag, ...] = ()
    places: tuple[FlagPlace, ...] = ()
    adjustments: tuple[str, ...] = ()
    score_bounds_overall: tuple[int, int] = (0, 100)
    score_bounds_quality: tuple[int, int] = (0, 100)


class Usage(Schema):
    """What the review cost: calls of the model, and tokens as the endpoint counts them.

    `taped` answers had been paid for before, by an attempt that a kill or an outage ended, or by another review: they
    cost nothing here. `cached_prompt_tokens` are among `prompt_tokens`. `cost` is in `currency`, to the billionth, and
    absent where a model that was asked has no price.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    taped: int = 0
    cost: Annotated[float, Field(ge=0)] | None = None
    currency: str | None = None


REASON_CHARS_MAX: Final = 2_000
"""Of what an operator says of a replay."""


class ReplayNote(Schema):
    """That a review was made again, and why.

    A `is_shadow` review is stored and delivered to nobody until its replay is promoted. `supersedes` is the review
    that was current when the replay was planned. `is_appeal`: one student asked for it.
    """

    replay_id: Identifier
    reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None
    is_appeal: bool = False
    is_shadow: bool = False
    supersedes: UUID | None = None


class ReviewStanding(StrEnum):
    """What a person said of a review as a whole."""

    UNDECIDED = "undecided"
    APPROVED = "approved"
    REJECTED = "rejected"


class DecisionNote(Schema):
    """What of a review is a person's, and how it stands.

    `revision` counts the decisions on this submission that the review has in it; of two bodies under one `review_id`
    the one of the higher revision counts. `decided_by` and `decided_at` are of the last of them, `reason` is the one
    that `standing` was given for. `is_summary_edited`, `comments` and `verdicts` name what is a person's words: the
    summary, comments by id, verdicts by item. `withdrawn` are comments that a person took away. `unplaced` are items
    that a person judged and that this review's rubric does not have. `unheld_scores` are those that a person's verdict
    counts for: plain sums, which no bounds hold.
    """

    revision: Annotated[int, Field(ge=1)]
    standing: ReviewStanding
    reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None
    decided_by: str
    decided_at: Moment
    is_summary_edited: bool = False
    comments: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    unheld_scores: tuple[CountsFor, ...] = ()


class Review(Schema):
    """A review of one submission's progress. The record's key is `student_id` in UTF-8.

    `review_id` is the same for the same submission and generation, so it serves as `Idempotency-Key`.
    `score_change` is against the review of `previous_submission_id` as its reviewer wrote it, None where there is none.
    `origin` is where the submission stood, `previous_origin` its predecessor; `integrity.source_digest` and
    `previous_digest` are over their sources. `generation` 0 is live; a higher one was made again, and `replay` says by
    which replay. `release` is when it may be delivered. `decision` says what of it is a person's, None where nobody
    decided anything.
    """

    schema_version: SchemaVersion = SCHEMA_VERSION
    review_id: UUID
    generation: Annotated[int, Field(ge=0)] = LIVE
    student_id: Identifier
    assignment_id: Identifier
    new_submission_id: Identifier
    previous_submission_id: Identifier | None = None
    named_previous_id: Identifier | None = None
    baseline: Baseline
    score_change: Annotated[int, Field(ge=-100, le=100)] | None = None
    diff_info: DiffInfo
    review_result: ReviewResult
    timestamp: Moment
    origin: Origin
    previous_origin: Origin | None = None
    previous_digest: str | None = None
    replay: ReplayNote | None = None
    changes: tuple[Change, ...] = ()
    complexity: Complexity = Complexity()
    tests: TestProgress = TestProgress()
    integrity: Integrity
    coverage: Coverage = Coverage()
    usage: Usage = Usage()
    model: str
    prompt_version: str
    rubric_version: str | None = None
    release: Release = Release.AT_ONCE
    decision: DecisionNote | None = None
    latency_ms: Annotated[int, Field(ge=0)]
