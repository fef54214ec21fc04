"""How much a review gives away: below `solve` it holds no code that replaces the student's."""

from app.core.ports import Opinion
from schemas.rubric import HintLevel


def withhold(opinion: Opinion, level: HintLevel) -> tuple[Opinion, int]:
    """`opinion` with nothing that the assignment's level withholds, and how many pieces were taken out."""
    if level is HintLevel.SOLVE:
        return opinion, 0
    comments = tuple(comment.model_copy(update={"suggestion": None}) for comment in opinion.comments)
    gone = sum(comment.suggestion is not None for comment in opinion.comments)
    return Opinion(opinion.summary, comments, opinion.recommendations, opinion.items, opinion.threads), gone
