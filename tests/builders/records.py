"""Small builders of valid records, so that a test states only what it is about."""

from datetime import UTC, datetime
from typing import Any

from app.core.history.identity import review_id
from schemas.changes import DiffInfo
from schemas.comparison import Baseline, ChangedFile, Comparison
from schemas.origin import Origin
from schemas.review import Integrity, Review, ReviewResult
from schemas.submission import Submission

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_submission(**overrides: Any) -> Submission:
    """A valid submission of one small file."""
    fields: dict[str, Any] = {
        "submission_id": "sub-1",
        "student_id": "student-1",
        "assignment_id": "hw-1",
        "submitted_at": NOON,
        "files": {"main.py": "def main():\n    return 1\n"},
    }
    return Submission.model_validate(fields | overrides)


def a_diff(**overrides: Any) -> DiffInfo:
    """Figures of a diff that changed one line of one file."""
    fields: dict[str, Any] = {
        "diff": "--- a/main.py\n+++ b/main.py\n@@ -1,2 +1,2 @@\n def main():\n-    return 0\n+    return 1\n",
        "lines_added": 1,
        "lines_removed": 1,
        "lines_changed": 2,
        "change_ratio": 0.5,
        "has_refactor": False,
        "has_new_imports": False,
        "total_files_changed": 1,
    }
    return DiffInfo.model_validate(fields | overrides)


def a_comparison(**overrides: Any) -> Comparison:
    """A valid comparison of `sub-1` with `sub-0`."""
    fields: dict[str, Any] = {
        "submission_id": "sub-1",
        "student_id": "student-1",
        "assignment_id": "hw-1",
        "submitted_at": NOON,
        "language": "en",
        "origin": Origin(topic="submissions", partition=0, offset=1),
        "source_digest": "0" * 64,
        "previous_submission_id": "sub-0",
        "previous_origin": Origin(topic="submissions", partition=0, offset=0),
        "baseline": Baseline.PREVIOUS,
        "diff_info": a_diff(),
        "sources": (ChangedFile(path="main.py", text="def main():\n    return 1\n"),),
    }
    return Comparison.model_validate(fields | overrides)


def a_review(**overrides: Any) -> Review:
    """A valid review of `sub-1`."""
    fields: dict[str, Any] = {
        "student_id": "student-1",
        "assignment_id": "hw-1",
        "new_submission_id": "sub-1",
        "previous_submission_id": "sub-0",
        "generation": 0,
        "baseline": Baseline.PREVIOUS,
        "diff_info": a_diff(),
        "review_result": ReviewResult(overall_score=70, progress_summary="Better.", code_quality_score=65),
        "timestamp": NOON,
        "origin": Origin(topic="submissions", partition=0, offset=1),
        "integrity": Integrity(source_digest="0" * 64),
        "model": "offline-rules",
        "prompt_version": "1",
        "latency_ms": 12,
    }
    fields |= overrides
    fields.setdefault(
        "review_id",
        review_id(fields["student_id"], fields["assignment_id"], fields["new_submission_id"], fields["generation"]),
    )
    return Review.model_validate(fields)
