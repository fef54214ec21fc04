"""One example of each kind of record, made as the records themselves are: by their models."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.history.identity import review_id
from schemas.base import LIVE
from schemas.changes import DiffInfo, FileChange
from schemas.comparison import Baseline, ChangedFile, Comparison
from schemas.dead_letter import DeadLetter
from schemas.decision import CommentEdit, Decision, DecisionKind, Edits, VerdictEdit
from schemas.errors import Reason
from schemas.origin import Origin
from schemas.review import CodeComment, Integrity, Review, ReviewResult, Thread, ThreadState
from schemas.rubric import Verdict
from schemas.submission import NamedLog, Submission

_NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_OLD: Final = 'FEATURES = {"age": 41}\n'
_NEW: Final = f"{_OLD}\n\ndef get(key):\n    return FEATURES[key]\n"
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_WHO: Final[dict[str, Any]] = {"student_id": "vera.sokolova", "assignment_id": "hw1-feature-store"}
_ORIGIN: Final = Origin(topic="submissions", partition=3, offset=41)

_DIFF: Final = DiffInfo(
    diff='--- a/store.py\n+++ b/store.py\n@@ -1 +1,5 @@\n FEATURES = {"age": 41}\n+\n+\n+def get(key):\n'
    "+    return FEATURES[key]\n",
    lines_added=4,
    lines_removed=0,
    lines_changed=4,
    change_ratio=0.8,
    has_refactor=False,
    has_new_imports=False,
    total_files_changed=1,
)

SUBMISSION: Final = Submission(
    **_WHO,
    submission_id="vera-hw1-2",
    submitted_at=_NOON,
    files={"store.py": _NEW},
    test_logs=(NamedLog(name="pytest.log", text="tests/test_store.py .F  [100%]\n1 failed, 1 passed in 0.12s\n"),),
    language="en",
)

COMPARISON: Final = Comparison(
    **_WHO,
    submission_id="vera-hw1-2",
    submitted_at=_NOON,
    language="en",
    origin=_ORIGIN,
    source_digest=_DIGEST,
    previous_submission_id="vera-hw1-1",
    previous_origin=Origin(topic="submissions", partition=3, offset=17),
    previous_digest=_DIGEST[::-1],
    baseline=Baseline.PREVIOUS,
    diff_info=_DIFF,
    files=(FileChange(path="store.py", status="modified", lines_added=4),),
    sources=(ChangedFile(path="store.py", text=_NEW),),
)

_COMMENT: Final = CodeComment(
    comment_id="c-5d0e9b1c",
    path="store.py",
    line=5,
    end_line=5,
    category="error_handling",
    symbol="get",
    quote="    return FEATURES[key]",
    message="A key that is not there ends in a KeyError that says nothing of the feature store.",
    suggestion="Raise an error of your own that names the key.",
)

REVIEW: Final = Review(
    **_WHO,
    review_id=review_id(_WHO["student_id"], _WHO["assignment_id"], "vera-hw1-2", LIVE),
    new_submission_id="vera-hw1-2",
    previous_submission_id="vera-hw1-1",
    baseline=Baseline.PREVIOUS,
    score_change=12,
    diff_info=_DIFF,
    review_result=ReviewResult(
        overall_score=64,
        code_quality_score=70,
        progress_summary="Features can be read now; a missing one is not handled yet.",
        code_review_comments=(_COMMENT,),
        recommendations=("Decide what a missing feature means, and write a test for it.",),
        threads=(
            Thread(
                **_COMMENT.model_dump(include={"comment_id", "path", "line", "category", "symbol", "quote", "message"}),
                state=ThreadState.NEW,
                since_submission_id="vera-hw1-2",
            ),
        ),
    ),
    timestamp=_NOON + timedelta(seconds=9),
    origin=_ORIGIN,
    integrity=Integrity(source_digest=_DIGEST),
    model="offline-rules",
    prompt_version="1",
    latency_ms=120,
)

DECISION: Final = Decision(
    decision_id=UUID("4f9d0c1e-6a53-4b0e-9a0f-2b8f4d7c5e11"),
    student_id=REVIEW.student_id,
    assignment_id=REVIEW.assignment_id,
    submission_id=REVIEW.new_submission_id,
    review_id=REVIEW.review_id,
    kind=DecisionKind.EDIT,
    edits=Edits(
        comments=(
            CommentEdit(
                comment=_COMMENT.model_copy(update={"message": "Say which feature is missing.", "severity": "info"})
            ),
        ),
        verdicts=(VerdictEdit(item_id="errors_handled", verdict=Verdict.PARTLY, reason="The main case is handled."),),
    ),
    decided_by="teacher",
    decided_at=_NOON + timedelta(hours=3),
)

DEAD_LETTER: Final = DeadLetter(
    origin=Origin(topic="submissions", partition=3, offset=42),
    key=b"vera.sokolova",
    value=b"print('no JSON')",
    stage="comparator",
    reason=Reason.NOT_JSON,
    detail="line 1 column 1: unexpected character",
    exception="schemas.errors.Rejected",
    attempts=1,
    first_failed_at=_NOON.timestamp(),
    last_failed_at=_NOON.timestamp(),
)
