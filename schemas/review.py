"""The record that downstream consumers, the platform's API, MongoDB and the webhook get."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from schemas.base import LIVE, SCHEMA_VERSION, Identifier, Moment, Schema, SchemaVersion
from schemas.changes import Change, Complexity, Coverage, DiffInfo
from schemas.comparison import Baseline, KnownFlag
from schemas.origin import Origin
from schemas.tests import TestProgress

Score = Annotated[int, Field(ge=0, le=100)]
Severity = Literal["praise", "info", "minor", "major", "critical"]


class CodeComment(Schema):
    """A comment on a line that exists; `line` is 1-based and None for a comment on the whole file.

    In a notebook `cell` is the number of the code cell, and lines count within the notebook's Python text.
    """

    path: str
    line: Annotated[int, Field(ge=1)] | None = None
    end_line: Annotated[int, Field(ge=1)] | None = None
    cell: Annotated[int, Field(ge=1)] | None = None
    severity: Severity = "minor"
    message: Annotated[str, Field(min_length=1, max_length=4000)]
    suggestion: Annotated[str, Field(max_length=4000)] | None = None


class ReviewResult(Schema):
    """The judgement; names as in the platform's payload."""

    overall_score: Score
    progress_summary: Annotated[str, Field(min_length=1, max_length=8000)]
    code_quality_score: Score
    code_review_comments: tuple[CodeComment, ...] = ()
    recommendations: tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...] = ()


class Integrity(Schema):
    """Whether the review can be trusted: what was bounded, dropped or looks like an attempt to steer it.

    `flags` are signs in the student's text (`instruction_in_source`, `tests_removed`, …). `adjustments` says in
    a sentence each what was changed in the model's answer: scores bounded, comments re-anchored or dropped.
    """

    source_digest: str
    flags: tuple[KnownFlag, ...] = ()
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


class Review(Schema):
    """A review of one submission's progress. The record's key is `student_id` in UTF-8.

    `review_id` is the same for the same submission and generation, so it serves as `Idempotency-Key`.
    `score_change` is against the review of `previous_submission_id`, None where there is none.
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
    changes: tuple[Change, ...] = ()
    complexity: Complexity = Complexity()
    tests: TestProgress = TestProgress()
    integrity: Integrity
    coverage: Coverage = Coverage()
    usage: Usage = Usage()
    model: str
    prompt_version: str
    latency_ms: Annotated[int, Field(ge=0)]
