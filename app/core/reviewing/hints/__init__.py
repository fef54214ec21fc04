"""How much a review gives away: below `solve` it holds no code that replaces the student's."""

from app.core.reviewing.hints.own_code import OwnCode
from app.core.reviewing.hints.withholding import withhold, withhold_threads

__all__ = ["OwnCode", "withhold", "withhold_threads"]
