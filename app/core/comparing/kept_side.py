"""A submission that the history kept, as one side of a comparison."""

from app.core.ports import Side
from app.core.submission.sources import Unread
from app.core.submission.tree import restore_tree
from schemas.history import PastSubmission


def side_of(past: PastSubmission | None) -> Side | None:
    """The side that was kept; None where there is none."""
    if past is None:
        return None
    unread = {path: Unread(why.cause, why.line) for path, why in past.unread.items()}
    return Side(restore_tree(past.sources, unread), past.complexity)
