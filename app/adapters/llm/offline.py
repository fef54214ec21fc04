"""The offline reviewer behind the reviewer's port."""

from app.core.ports import Draft
from app.core.reviewing import offline
from app.core.words import Catalogue
from schemas.comparison import Comparison
from schemas.review import Review


class OfflineReviewer:
    """Judges by rules where no model is configured; never unavailable, and no text of the student's leaves."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def draft(self, comparison: Comparison, previous: Review | None) -> Draft:
        """A draft from the evidence alone, at once."""
        return offline.judge(comparison, previous, self._catalogue.of(comparison.language))
