"""The offline reviewer behind the reviewer's port."""

from app.core.ports import Draft, Forecast, Question
from app.core.reviewing import offline
from app.core.words import Catalogue


class OfflineReviewer:
    """Judges by rules where no model is configured; never unavailable, and no text of the student's leaves."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def draft(self, question: Question) -> Draft:
        """A draft from the evidence alone, at once."""
        return offline.judge(question, self._catalogue.of(question.comparison.language))

    async def forecast(self, question: Question) -> Forecast:  # noqa: ARG002 - the port gives it
        """Rules cost nothing."""
        return Forecast()
