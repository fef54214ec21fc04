"""Threads that code could not decide, by a reader's word where its quote stands."""

from collections.abc import Sequence

from app.core.masking.students_text import mask
from app.core.ports import Question, ThreadOpinion
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.threads.following import is_a_readers
from app.core.reviewing.threads.tracking import QUOTE_CHARS_MAX
from schemas.review import Thread, ThreadState


def settle_threads(question: Question, opinions: Sequence[ThreadOpinion], anchors: Anchors) -> tuple[Thread, ...]:
    """The threads of `question` with a reader's states for those that code left open; all others stay as they are.

    A reader may also show that a comment of a reader's is open still, of which code says that its line was changed.
    """
    said = {opinion.comment_id: opinion for opinion in opinions if anchors.stands(opinion.place)}
    submission = question.comparison.submission_id
    return tuple(_settled(thread, said.get(thread.comment_id), submission) for thread in question.threads)


def _settled(thread: Thread, opinion: ThreadOpinion | None, submission: str) -> Thread:
    if opinion is None or opinion.state not in {ThreadState.FIXED, ThreadState.STILL_OPEN}:
        return thread
    if thread.decided_by is None and thread.is_open:
        if opinion.state is ThreadState.FIXED:
            closed = {"state": ThreadState.FIXED, "closed_submission_id": submission}
            return thread.model_copy(update={**closed, "decided_by": "model", "attempts": max(1, thread.attempts - 1)})
        return thread.model_copy(update={"decided_by": "model"})
    is_doubtful = thread.state is ThreadState.FIXED and thread.decided_by == "code" and is_a_readers(thread)
    is_about_it = thread.closed_submission_id == submission and opinion.place.path == thread.path
    if opinion.state is ThreadState.STILL_OPEN and is_doubtful and is_about_it:
        return kept_open(thread, opinion.place.line, mask((opinion.place.quote or "").strip()))
    return thread


def kept_open(thread: Thread, line: int | None, quote: str | None) -> Thread:
    """A comment that code took for answered, or could not decide, and a reader shows to be open still, and where."""
    return thread.model_copy(
        update={
            "state": ThreadState.STILL_OPEN,
            "decided_by": "model",
            "closed_submission_id": None,
            "line": line,
            "quote": quote[:QUOTE_CHARS_MAX] if quote else thread.quote,
            "attempts": thread.attempts + (not thread.is_open),
        }
    )
