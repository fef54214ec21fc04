"""The record between comparator and reviewer: everything that a review needs, in one piece."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import LIVE, SCHEMA_VERSION, Identifier, Moment, Schema, SchemaVersion
from schemas.changes import Change, Complexity, Coverage, DiffInfo, FileChange, Finding
from schemas.origin import Origin
from schemas.submission import Language
from schemas.tests import TestProgress


class Baseline(StrEnum):
    """What a submission was compared with.

    `PREVIOUS`: the student's previous submission of this assignment. `NAMED`: the one it names. `NONE`: it is
    the first. `UNKNOWN_NAMED`: it names one that is not known, so the previous one was taken, if there is any.
    `UNAVAILABLE`: its predecessor lies beyond the kept history; nothing was compared.
    """

    PREVIOUS = "previous"
    NAMED = "named"
    NONE = "none"
    UNKNOWN_NAMED = "unknown_named"
    UNAVAILABLE = "unavailable"


class ChangedFile(Schema):
    """A changed file's new text, as the model and the anchoring of comments see it."""

    path: str
    text: str


class ScoreBounds(Schema):
    """The scores that the evidence allows, both ends included, and why, a sentence for each bound."""

    overall_min: Annotated[int, Field(ge=0, le=100)] = 0
    overall_max: Annotated[int, Field(ge=0, le=100)] = 100
    quality_min: Annotated[int, Field(ge=0, le=100)] = 0
    quality_max: Annotated[int, Field(ge=0, le=100)] = 100
    why: tuple[str, ...] = ()


class Fact(Schema):
    """One checked statement about the attempt: `code` for machines, `data` for its figures, a place if it has one.

    `weight` tells how much it matters for the review, -1 (bad) to 1 (good).
    """

    code: str
    weight: Annotated[float, Field(ge=-1, le=1)] = 0.0
    path: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    data: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class Evidence(Schema):
    """What is known without any model: facts, linter findings, the scores that they allow, suspicious signs."""

    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    bounds: ScoreBounds = ScoreBounds()
    flags: tuple[str, ...] = ()


class Comparison(Schema):
    """A submission beside its predecessor. Whoever holds it needs nothing else but the predecessor's review."""

    schema_version: SchemaVersion = SCHEMA_VERSION
    generation: Annotated[int, Field(ge=0)] = LIVE
    submission_id: Identifier
    student_id: Identifier
    assignment_id: Identifier
    submitted_at: Moment
    language: Language
    origin: Origin
    source_digest: str
    previous_submission_id: Identifier | None = None
    previous_origin: Origin | None = None
    named_previous_id: Identifier | None = None
    baseline: Baseline
    diff_info: DiffInfo
    files: tuple[FileChange, ...] = ()
    changes: tuple[Change, ...] = ()
    complexity: Complexity = Complexity()
    tests: TestProgress = TestProgress()
    sources: tuple[ChangedFile, ...] = ()
    evidence: Evidence = Evidence()
    coverage: Coverage = Coverage()
