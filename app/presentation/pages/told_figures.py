"""ToldFigures as a page of one language writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from schemas.submission import Language

NOTHING: Final = "–"
"""Where nothing is known."""
_POINTS: Final[dict[Language, str]] = {"en": ".", "ru": ","}
_THIN_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
_MONEY_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class ToldFigures:
    """Writes numbers and times; times are in UTC, which the page says."""

    language: Language

    def whole(self, value: int) -> str:
        """A count, its thousands apart."""
        return f"{value:,}".replace(",", _THIN_SPACE)

    def rate(self, value: float) -> str:
        """Something a second."""
        return self._pointed(f"{value:.1f}" if value < 100 else f"{value:.0f}")

    def seconds(self, value: float | None) -> str:
        """A duration with as many digits as say something."""
        if value is None:
            return NOTHING
        return self._pointed(f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}")

    def money(self, value: Decimal) -> str:
        """A sum: two digits, or four where it is less than one."""
        return self._pointed(f"{value:.2f}" if value >= 1 or not value else f"{value:.{_MONEY_DIGITS}f}")

    def moment(self, at: datetime, now: datetime) -> str:
        """A time of day, with its day where that is not today's."""
        at, now = at.astimezone(UTC), now.astimezone(UTC)
        return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M:%S}"

    def _pointed(self, text: str) -> str:
        return text.replace(".", _POINTS[self.language])
