"""The review by rules of two small source trees, made as at a teacher's desk: compared, linted, weighed, judged."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from app.adapters.analysis.tasks import analyse_now
from app.catalogue import load_catalogue, words_in
from app.core.comparing.compose import compose
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Analysis, Draft, Side
from app.core.reviewing import offline
from app.core.reviewing.finish import finish
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree
from app.core.submission.tree import tree_from_texts
from schemas.comparison import Baseline, Comparison
from schemas.history import PastSubmission
from schemas.origin import Origin
from schemas.review import CodeComment, Review, ReviewResult
from schemas.submission import Language, NamedLog, Submission
from tests.builders.questions import a_question

LIMITS = Limits()
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

Files = Mapping[str, str]
Logs = tuple[tuple[str, str], ...]


def comparison_of(old: Files, new: Files, language: Language = "ru") -> Comparison:
    """`new` beside `old`, each path -> text, with ruff's findings about both sides and no test log."""
    before, after = (tree_from_texts(files, LIMITS.sources) for files in (old, new))
    return composed(before, after, analyse_now(Side(before), Side(after), (), LIMITS), language)


def composed(
    before: SourceTree, after: SourceTree, analysis: Analysis, language: Language = "ru", logs: Logs = ()
) -> Comparison:
    """The comparison that an analysis of two trees leads to; `logs` are (name, text) of the new one."""
    named = tuple(NamedLog(name=name, text=text) for name, text in logs)
    submission = Submission(
        submission_id="sub-1", student_id="s", assignment_id="hw", submitted_at=NOON, test_logs=named or None
    )
    return compose(Attempt(submission, after), _lineage(before), analysis, load_catalogue(language))


def judge(comparison: Comparison, previous: Review | None = None) -> Draft:
    """The draft by rules, in the comparison's language."""
    return offline.judge(a_question(comparison, previous), words_in(comparison.language))


def finished(comparison: Comparison, previous: Review | None = None) -> Review:
    """The whole review by rules, by the default rubric."""
    return finish(
        a_question(comparison, previous),
        judge(comparison, previous),
        review_id=UUID(int=1),
        timestamp=NOON,
        latency_ms=0,
        words=words_in(comparison.language),
    )


def review_of(old: Files | str, new: Files | str, language: Language = "ru") -> ReviewResult:
    """The review of two trees, or of two texts of one file."""
    one = {"a.py": old} if isinstance(old, str) else old
    other = {"a.py": new} if isinstance(new, str) else new
    return finished(comparison_of(one, other, language)).review_result


def first_sentence(result: ReviewResult) -> str:
    """What a student reads first."""
    return result.progress_summary.split(". ")[0]


def comments_on(result: ReviewResult, rule: str) -> list[CodeComment]:
    """The comments that a linter's rule led to."""
    return [comment for comment in result.code_review_comments if f"({rule})" in comment.message]


def _lineage(before: SourceTree) -> Lineage:
    past = PastSubmission(
        origin=Origin(topic="submissions", partition=0, offset=0),
        submission_id="sub-0",
        submitted_at=NOON,
        digest=before.digest(),
        sources=before.texts(),
    )
    return Lineage(Baseline.PREVIOUS, past, Origin(topic="submissions", partition=0, offset=1), moves_stamp=False)
