"""A reviewer that answers what a test tells it to, or one plain sentence; failures come first."""

from collections.abc import Sequence
from typing import Final

from app.core.ports import Draft, Opinion, Question
from schemas.errors import ReviewstreamError
from schemas.review import Usage

_SAID: Final = {"ru": "Изменено файлов: {count}.", "en": "Files changed: {count}."}


class FakeReviewer:
    """Implements `Reviewer`. `failures` are raised first, one for each call; `calls` holds what it was asked."""

    def __init__(self, opinion: Opinion | None = None, *, failures: Sequence[ReviewstreamError] = ()) -> None:
        self.opinion = opinion
        self.failures = list(failures)
        self.calls: list[Question] = []

    async def draft(self, question: Question) -> Draft:
        """The given opinion, or one that names the number of changed files."""
        comparison, previous = question.comparison, question.previous
        if previous is not None and previous.student_id != comparison.student_id:
            raise AssertionError("the predecessor's review is another student's")
        self.calls.append(question)
        if self.failures:
            raise self.failures.pop(0)
        said = _SAID[comparison.language].format(count=comparison.diff_info.total_files_changed)
        return Draft(
            opinion=self.opinion or Opinion(said),
            model="fake",
            prompt_version="fake/1",
            usage=Usage(calls=1),
            shown_files=len(comparison.sources),
            shown_chars=sum(len(source.text) for source in comparison.sources),
        )
