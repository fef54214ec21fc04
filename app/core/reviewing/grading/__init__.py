"""The scores of a review: a verdict on each item of the rubric, their sums, and what holds these."""

from app.core.reviewing.grading.deciders import decide
from app.core.reviewing.grading.holding import Graded, hold
from app.core.reviewing.grading.readers_verdicts import ReadVerdicts, check_verdicts, keep_verdicts
from app.core.reviewing.grading.sums import Scores, add_up

__all__ = ["Graded", "ReadVerdicts", "Scores", "add_up", "check_verdicts", "decide", "hold", "keep_verdicts"]
