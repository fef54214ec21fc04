"""A student's attempts at one homework, each analysed, asked about and finished as in the worker."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.adapters.analysis.tasks import analyse_now
from app.catalogue import load_catalogue, words_in
from app.core.comparing.analysis import analyse_sides
from app.core.comparing.compose import compose, keep
from app.core.history.given_reviews import find_submission, remember_review, threads_before
from app.core.history.lineage import Lineage
from app.core.limits import HistoryLimits, Limits
from app.core.ports import Draft, Opinion, Question, Side
from app.core.reviewing import offline
from app.core.reviewing.finish import finish
from app.core.reviewing.question import ask
from app.core.rubric import Rubric
from app.core.submission.attempt import Attempt
from app.core.submission.tree import tree_from_texts
from schemas.comparison import Baseline, Comparison
from schemas.history import PastSubmission, ReviewHistory
from schemas.origin import Origin
from schemas.review import CodeComment, Review, Thread, Usage
from schemas.submission import Language, NamedLog, Submission
from tests.builders.questions import the_default_rubric

LIMITS = Limits()
_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

Files = Mapping[str, str]
Reader = Callable[[Question], Opinion] | Opinion
"""What a scripted reader thinks of a question, or of whatever it is asked."""


class Homework:
    """One homework of one student; `reader` answers where an attempt names no other, rules where there is none.

    `is_linted` False leaves the linter out, which takes most of the time.
    """

    def __init__(
        self,
        reader: Reader | None = None,
        *,
        language: Language = "en",
        rubric: Rubric | None = None,
        is_linted: bool = True,
    ) -> None:
        self.reader = reader
        self.language = language
        self.is_linted = is_linted
        self.rubric = rubric or the_default_rubric()
        self.comparisons: list[Comparison] = []
        self.questions: list[Question] = []
        self.reviews: list[Review] = []
        self.history: ReviewHistory | None = None
        self._before: PastSubmission | None = None

    def hand_in(self, files: Files, log: str | None = None, reader: Reader | None = None) -> Review:
        """The review of the next attempt: `files` by path, `log` as a test runner printed it."""
        comparison = self._compare(files, log)
        previous = find_submission(self.history, comparison.previous_submission_id)
        words = words_in(self.language)
        question = ask(comparison, previous, threads_before(self.history, previous), self.rubric, words)
        reader = reader or self.reader
        draft = offline.judge(question, words) if reader is None else _draft(_read(reader, question))
        number = len(self.reviews)
        review = finish(question, draft, review_id=UUID(int=number), timestamp=_NOON, latency_ms=0, words=words)
        self.history = remember_review(self.history, number, review, _is_settled, HistoryLimits())
        self.questions.append(question)
        self.reviews.append(review)
        return review

    def _compare(self, files: Files, log: str | None) -> Comparison:
        number = len(self.comparisons)
        submission = Submission(
            submission_id=f"sub-{number}",
            student_id="s",
            assignment_id="hw",
            submitted_at=_NOON + timedelta(days=number),
            language=self.language,
            test_logs=None if log is None else (NamedLog(name="pytest.log", text=log),),
        )
        after = Attempt(submission, tree_from_texts(files, LIMITS.sources))
        past = self._before
        before = None if past is None else Side(tree_from_texts(past.sources, LIMITS.sources), past.complexity)
        side = Side(after.tree)
        if self.is_linted:
            analysis = analyse_now(before, side, after.logs, LIMITS)
        else:
            analysis = analyse_sides(before, side, LIMITS.diff)
        origin = Origin(topic="submissions", partition=0, offset=number)
        lineage = Lineage(Baseline.NONE if past is None else Baseline.PREVIOUS, past, origin, moves_stamp=True)
        comparison = compose(after, lineage, analysis, load_catalogue(self.language))
        self._before = keep(after, lineage, analysis)
        self.comparisons.append(comparison)
        return comparison


def remark(path: str, line: int, category: str = "correctness", **overrides: object) -> CodeComment:
    """A reader's comment on a line."""
    fields: dict[str, object] = {"severity": "minor", "message": f"Look at {category}."}
    return CodeComment.model_validate({"path": path, "line": line, "category": category} | fields | overrides)


def says(*comments: CodeComment) -> Opinion:
    """The opinion of a reader that has these comments, whatever it is asked."""
    return Opinion("Read.", comments)


def the_thread(review: Review, category: str | None = None) -> Thread:
    """The only thread of a review, or the only one of a category."""
    (thread,) = [one for one in review.review_result.threads if category in {None, one.category}]
    return thread


def _is_settled(offset: int) -> bool:
    return offset >= 0


def _read(reader: Reader, question: Question) -> Opinion:
    """What a reader says; of each line that it comments on it quotes the text, as models are asked to."""
    opinion = reader if isinstance(reader, Opinion) else reader(question)
    texts = {source.path: source.text.split("\n") for source in question.comparison.sources}
    return replace(opinion, comments=tuple(_quoting(one, texts.get(one.path, [])) for one in opinion.comments))


def _quoting(comment: CodeComment, lines: list[str]) -> CodeComment:
    if comment.line is None or not 1 <= comment.line <= len(lines):
        return comment
    return comment.model_copy(update={"quote": comment.quote or lines[comment.line - 1]})


def _draft(opinion: Opinion) -> Draft:
    return Draft(opinion, model="scripted", prompt_version="scripted/1", usage=Usage(calls=1))
