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


class FactCode(StrEnum):
    """What a fact states. Public: the values stand in comparisons, prompts and the docs."""

    # What was handed in.
    FIRST_SUBMISSION = "first_submission"
    BASELINE_UNAVAILABLE = "baseline_unavailable"
    NAMED_PREDECESSOR_UNKNOWN = "named_predecessor_unknown"
    NO_CHANGE = "no_change"
    SIZE = "size"
    ONLY_FORMATTING = "only_formatting"
    ONLY_COMMENTS = "only_comments"
    SYNTAX_ERROR = "syntax_error"
    NOT_PARSED = "not_parsed"
    NEEDS_NEWER_PYTHON = "needs_newer_python"
    FILE_UNREAD = "file_unread"
    FILE_READABLE = "file_readable"
    # Tests, by their logs.
    NO_TESTS_GIVEN = "no_tests_given"
    TESTS_UNREAD = "tests_unread"
    TESTS_DID_NOT_RUN = "tests_did_not_run"
    TESTS_NOT_COLLECTED = "tests_not_collected"
    TESTS_FAILING = "tests_failing"
    TESTS_ALL_PASS = "tests_all_pass"  # noqa: S105 -- no password
    TESTS_BROKE_OFF = "tests_broke_off"
    TESTS_RUN_FAILED = "tests_run_failed"
    TESTS_NEWLY_PASSING = "tests_newly_passing"
    TESTS_NEWLY_FAILING = "tests_newly_failing"
    TESTS_STILL_FAILING = "tests_still_failing"
    TESTS_FLAKY = "tests_flaky"
    TESTS_ADDED = "tests_added"
    TESTS_REMOVED = "tests_removed"
    TESTS_SKIPPED = "tests_skipped"
    TEST_COVERAGE = "test_coverage"
    # Tests, by their source.
    TESTS_WRITTEN = "tests_written"
    ASSERTS_REMOVED = "asserts_removed"
    TESTS_SKIPPED_ADDED = "tests_skipped_added"
    # What changed; which kind of change stands in `data`.
    REFACTORING = "refactoring"
    CHANGE = "change"
    # Complexity and the linter's findings.
    SYNTAX_MENDED = "syntax_mended"
    WORK_DELETED = "work_deleted"
    COMPLEX_FUNCTION = "complex_function"
    LARGE_FUNCTION = "large_function"
    COMPLEXITY_REDUCED = "complexity_reduced"
    COMPLEXITY_RAISED = "complexity_raised"
    RANK_WORSENED = "rank_worsened"
    CERTAIN_ERROR = "certain_error"
    FINDINGS = "findings"
    FINDINGS_FIXED = "findings_fixed"
    # Suspicious signs.
    INSTRUCTION_IN_SOURCE = "instruction_in_source"
    INSTRUCTION_IN_LOG = "instruction_in_log"
    HIDDEN_CHARACTERS = "hidden_characters"
    SECRET_IN_SOURCE = "secret_in_source"  # noqa: S105 -- no password
    # What only seems to be more.
    ONLY_SURFACE = "only_surface"
    UNUSED_CODE = "unused_code"


class Flag(StrEnum):
    """What a person should look at; each is the code of the fact that says where."""

    INSTRUCTION_IN_SOURCE = FactCode.INSTRUCTION_IN_SOURCE
    TESTS_REMOVED = FactCode.TESTS_REMOVED
    ASSERTS_REMOVED = FactCode.ASSERTS_REMOVED
    TESTS_SKIPPED_ADDED = FactCode.TESTS_SKIPPED_ADDED
    HIDDEN_CHARACTERS = FactCode.HIDDEN_CHARACTERS
    SECRET_IN_SOURCE = FactCode.SECRET_IN_SOURCE
    UNUSED_CODE = FactCode.UNUSED_CODE


class Fact(Schema):
    """One checked statement about the attempt: `code` for machines, `data` for its figures, a place if it has one.

    `names` and `rules` in `data` hold several texts, with U+001E between them; where one became another, U+001F stands
    between what it is within, what it was and what it is.

    `weight` tells how much it matters for the review, -1 (bad) to 1 (good). A code of another version that this one
    does not know stays the text that it is, as an unknown kind of change does.
    """

    code: Annotated[FactCode | str, Field(union_mode="left_to_right")]
    weight: Annotated[float, Field(ge=-1, le=1)] = 0.0
    path: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    data: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


KnownFlag = Annotated[Flag | str, Field(union_mode="left_to_right")]
"""A flag; one of another version that this one does not know stays the text that it is."""


class Evidence(Schema):
    """What is known without any model: facts, linter findings, the scores that they allow, suspicious signs."""

    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    bounds: ScoreBounds = ScoreBounds()
    flags: tuple[KnownFlag, ...] = ()


class Comparison(Schema):
    """A submission beside its predecessor. Whoever holds it needs nothing else but the predecessor's review.

    `source_digest` and `previous_digest` are over the two sides' sources.
    """

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
    previous_digest: str | None = None
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
