"""Comments as pages show them: those that are said first in a review, and earlier ones with what became of them."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from app.presentation.pages.diff_view import SaidPlace
from app.presentation.words import CardWords
from schemas.review import CodeComment, Review, Severity, Thread, ThreadState

_FIRST: Final = (ThreadState.REGRESSED, ThreadState.STILL_OPEN, ThreadState.MOVED, ThreadState.FIXED)
"""The order of earlier comments: what is back, what is open, what was done; then whatever else there is."""

_BRIEF_CHARS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class ShownComment:
    """One comment. `anchor` names it within the page, `state` is None for a new one, `position` is file and line.

    `tone` is the class that it is coloured by. `is_persons`: a person wrote it, or changed it.
    """

    anchor: str
    tone: str
    severity: str
    position: str
    message: str
    path: str
    line: int | None = None
    quote: str | None = None
    suggestion: str | None = None
    state: str | None = None
    is_open: bool = True
    attempts: int = 1
    since: str | None = None
    is_persons: bool = False

    @property
    def brief(self) -> str:
        """The message as a list tells it that leads to the whole one."""
        return self.message if len(self.message) <= _BRIEF_CHARS_MAX else f"{self.message[:_BRIEF_CHARS_MAX]}…"

    @property
    def place(self) -> SaidPlace["ShownComment"]:
        """Where in the code it stands."""
        return SaidPlace(self.path, self.line, self.quote, self)


def new_comments(review: Review, words: CardWords) -> tuple[ShownComment, ...]:
    """What is said in this review for the first time."""
    persons = _persons(review)
    return tuple(
        ShownComment(
            anchor=f"comment-{number}",
            tone=_tone(comment.severity),
            severity=words.severities.get(comment.severity, comment.severity),
            position=_position(comment, words),
            message=comment.message,
            path=comment.path,
            line=comment.line,
            quote=comment.quote,
            suggestion=comment.suggestion,
            is_persons=comment.comment_id in persons,
        )
        for number, comment in enumerate(review.review_result.code_review_comments, start=1)
    )


def earlier_comments(review: Review, words: CardWords) -> tuple[ShownComment, ...]:
    """What became of the comments that were open before this attempt: what is back first, what was done last."""
    names = {
        ThreadState.FIXED: words.fixed,
        ThreadState.STILL_OPEN: words.still_open,
        ThreadState.MOVED: words.moved,
        ThreadState.REGRESSED: words.regressed,
        ThreadState.OBSOLETE: words.obsolete,
    }
    persons = _persons(review)
    told = sorted(_told(review), key=lambda thread: (*_FIRST, thread.state).index(thread.state))
    return tuple(
        ShownComment(
            anchor=f"earlier-{number}",
            tone=_tone(thread.severity) if thread.is_open else "good" if thread.state is ThreadState.FIXED else "muted",
            severity=words.severities.get(thread.severity, thread.severity),
            position=_position(thread, words),
            message=thread.message,
            path=thread.path,
            line=thread.line if thread.state is not ThreadState.OBSOLETE else None,
            quote=thread.quote,
            state=names[thread.state],
            is_open=thread.is_open,
            attempts=thread.attempts,
            since=thread.since_submission_id,
            is_persons=thread.comment_id in persons,
        )
        for number, thread in enumerate(told, start=1)
    )


def _persons(review: Review) -> Container[str | None]:
    return review.decision.comments if review.decision is not None else ()


def _told(review: Review) -> Iterator[Thread]:
    for thread in review.review_result.threads:
        if thread.state is not ThreadState.NEW and thread.closed_submission_id in {None, review.new_submission_id}:
            yield thread


def _tone(severity: Severity) -> str:
    return {"praise": "good", "critical": "bad", "major": "bad", "minor": "warn"}.get(severity, "muted")


def _position(said: CodeComment | Thread, words: CardWords) -> str:
    position = said.path if said.line is None else f"{said.path}:{said.line}"
    end_line = said.end_line if isinstance(said, CodeComment) else None
    cell = said.cell if isinstance(said, CodeComment) else None
    if end_line is not None and said.line is not None and end_line > said.line:
        position = f"{position}–{end_line}"
    return position if cell is None else f"{position} ({words.cell} {cell})"
