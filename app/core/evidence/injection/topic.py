"""What a text is about, so far as rules need to know."""

import re
from typing import Final

_GRADING: Final = re.compile(
    r"(?<![A-Za-z])(?:[Gg]rad(?:e|ing)|[Ss]cor(?:e|ing)|[Rr]ubric|[Ff]eedback|[Rr]eviewer|[Ss]ubmission|[Ss]tudent"
    r"|[Ii]nstructor|[Jj]udge|[Ee]valuat|[Aa]ssignment|[Pp]oints|[Cc]riteri)"
    r"|[Оо]ценк|[Бб]алл|[Кк]ритери|[Рр]убрик|[Пп]роверяющ|[Сс]тудент"
)
_GRADING_MIN: Final = 12
_GRADING_PER_LINE: Final = 0.08


def is_about_grading(text: str) -> bool:
    """Whether `text` is about grading throughout: it speaks of it often, and at least once in a dozen lines."""
    said = sum(1 for _ in _GRADING.finditer(text))
    return said >= _GRADING_MIN and said >= _GRADING_PER_LINE * (text.count("\n") + 1)
