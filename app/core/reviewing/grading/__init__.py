"""The scores of a review: a verdict on each item of the rubric, and their sums."""

from app.core.reviewing.grading.deciders import decide
from app.core.reviewing.grading.readers_verdicts import check_verdicts
from app.core.reviewing.grading.sums import Scores, add_up, hold

__all__ = ["Scores", "add_up", "check_verdicts", "decide", "hold"]
