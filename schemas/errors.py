"""The project's errors.

::

    ReviewstreamError
    ├── Rejected       final: the event goes to `dead-letters` under a reason code, never retried
    ├── Unavailable    passing: a dependency does not answer; wait, back off, try again
    ├── Held           on purpose: nothing is broken; wait until a time that is known, in nobody's way
    └── StartRefused   not about an event: the process must not start, or not go on, and says why and how to cure it
        └── WorkerHalted  the same for a worker that runs and must not go on

Adapters translate their library's exceptions into `Rejected` or `Unavailable`, by type and status, never by
message text. `Held` comes from our own budgets, never from a library. Whatever is none of these is a bug: the intake
retries it and then writes a dead letter `bug`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal


class Reason(StrEnum):
    """Why an event was refused. The codes are public: they stand in dead letters and in the docs."""

    NOT_JSON = "not_json"
    NOT_UTF8 = "not_utf8"
    INVALID_FIELD = "invalid_field"
    UNSUPPORTED_VERSION = "unsupported_version"
    TOMBSTONE = "tombstone"
    KEY_ABSENT = "key_absent"
    KEY_MISMATCH = "key_mismatch"
    WRONG_PARTITION = "wrong_partition"
    RECORD_TOO_LARGE = "record_too_large"
    SUBMISSION_TOO_LARGE = "submission_too_large"
    SUBMITTED_IN_FUTURE = "submitted_in_future"
    DUPLICATE_ID = "duplicate_id"
    ARCHIVE_MISSING = "archive_missing"
    ARCHIVE_FORBIDDEN = "archive_forbidden"
    ARCHIVE_UNREACHABLE = "archive_unreachable"
    ARCHIVE_DIGEST = "archive_digest"
    ARCHIVE_CORRUPT = "archive_corrupt"
    ARCHIVE_ENCRYPTED = "archive_encrypted"
    ARCHIVE_FORMAT = "archive_format"
    ARCHIVE_UNSAFE = "archive_unsafe"
    ARCHIVE_LIMIT = "archive_limit"
    NO_SOURCES = "no_sources"
    MODEL_REFUSED = "model_refused"
    MODEL_INVALID = "model_invalid"
    UNKNOWN_REVIEW = "unknown_review"
    STORE_REFUSED = "store_refused"
    API_REFUSED = "api_refused"
    POISON = "poison"
    BUG = "bug"


RefusingStage = Literal["comparator", "reviewer", "publisher", "editor"]
"""Who writes dead letters."""


class HoldReason(StrEnum):
    """Why an event is held though nothing is broken. The codes stand in the log."""

    BUDGET_DAY = "budget_day"
    BUDGET_STUDENT_DAY = "budget_student_day"


class Dependency(StrEnum):
    """What an event may have to wait for."""

    KAFKA = "kafka"
    MONGODB = "mongodb"
    LLM = "llm"
    REVIEW_API = "review_api"
    WEBHOOK = "webhook"
    ARCHIVE_ROOT = "archive_root"
    SUBMISSION_HOST = "submission_host"  # named by a student's submission: bounded attempts, then refused
    ANALYSIS = "analysis"


class ReviewstreamError(Exception):
    """Root of every error that this project raises on purpose."""


class Rejected(ReviewstreamError):
    """The event is refused for good.

    `detail` is written for the person who reads the dead letter. It must not quote a student's code or a
    secret: it ends in logs and headers.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Unavailable(ReviewstreamError):
    """A dependency cannot serve the event now and may later.

    `retry_after_s` is what the dependency asked for (`Retry-After`), in seconds, or None. `quota_exhausted`
    marks an outage that waiting alone may not end: an operator has to pay or to raise a limit.
    """

    def __init__(
        self,
        dependency: Dependency,
        detail: str,
        *,
        retry_after_s: float | None = None,
        quota_exhausted: bool = False,
    ) -> None:
        super().__init__(f"{dependency}: {detail}")
        self.dependency = dependency
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.quota_exhausted = quota_exhausted


class Held(ReviewstreamError):
    """The event waits until a time that is known, or until an operator acts: no outage, and nobody's fault.

    It opens no circuit, counts towards neither `poison` nor `bug`, and whoever holds it gives its place to others.
    `until` is aware, in UTC; `cure` says what lets the event go on before.
    """

    def __init__(self, reason: HoldReason, detail: str, *, until: datetime, cure: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.until = until
        self.cure = cure


class StartRefused(ReviewstreamError):
    """The process must not start, or not go on: `cause` says what is wrong, `cure` what to do about it."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause}\n  cure: {cure}")
        self.cause = cause
        self.cure = cure


class WorkerHalted(StartRefused):
    """The worker must not go on: what it was doing is right for each event and wrong for all of them."""
