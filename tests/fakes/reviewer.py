"""A reviewer that answers what a test tells it to, or one plain sentence; failures come first."""

from collections.abc import Sequence
from typing import Final

from app.core.ports import Draft
from schemas.comparison import Comparison
from schemas.errors import ReviewstreamError
from schemas.review import Review, ReviewResult, Usage

_SAID: Final = {"ru": "Изменено файлов: {count}.", "en": "Files changed: {count}."}


class FakeReviewer:
    """Implements `Reviewer`. `failures` are raised first, one for each call; `calls` holds what it was asked."""

    def __init__(self, result: ReviewResult | None = None, *, failures: Sequence[ReviewstreamError] = ()) -> None:
        self.result = result
        self.failures = list(failures)
        self.calls: list[tuple[Comparison, Review | None]] = []

    async def draft(self, comparison: Comparison, previous: Review | None) -> Draft:
        """The given result, or one that names the number of changed files."""
        if not isinstance(comparison, Comparison) or not (previous is None or isinstance(previous, Review)):
            raise AssertionError("a reviewer takes a comparison and the predecessor's review")
        if previous is not None and previous.student_id != comparison.student_id:
            raise AssertionError("the predecessor's review is another student's")
        self.calls.append((comparison, previous))
        if self.failures:
            raise self.failures.pop(0)
        said = _SAID[comparison.language].format(count=comparison.diff_info.total_files_changed)
        result = self.result or ReviewResult(overall_score=70, progress_summary=said, code_quality_score=70)
        return Draft(
            result=result,
            model="fake",
            prompt_version="fake/1",
            usage=Usage(calls=1),
            shown_files=len(comparison.sources),
            shown_chars=sum(len(source.text) for source in comparison.sources),
        )
