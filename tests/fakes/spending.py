"""Port `Spending` in memory."""

from datetime import date
from decimal import Decimal

from app.core.costs import Charge, DaySpending, DayTotals, TokenCounts
from schemas.errors import Dependency, Unavailable


class MemorySpending:
    """Charges by their ids. Set `away` for an outage. An id with two charges blows up."""

    def __init__(self) -> None:
        self.away = False
        self.charges: dict[str, Charge] = {}

    async def count(self, charge: Charge) -> None:
        """Count it once."""
        self._answer()
        assert self.charges.setdefault(charge.charge_id, charge) == charge, "a charge has one sum"

    async def find_spent(self, day: date, student_id: str) -> DaySpending:
        """Add up."""
        self._answer()
        of_day = [charge for charge in self.charges.values() if charge.day == day]
        return DaySpending(
            everybody=_sum(of_day), student=_sum([charge for charge in of_day if charge.student_id == student_id])
        )

    async def add_up(self, day: date) -> DayTotals:
        """Add everything up."""
        self._answer()
        charges = [charge for charge in self.charges.values() if charge.day == day]
        tokens = [charge.tokens for charge in charges]
        return DayTotals(
            cost=_sum(charges),
            answers=len(charges),
            unpriced=sum(charge.cost is None for charge in charges),
            tokens=TokenCounts(*(sum(getattr(one, name) for one in tokens) for name in TokenCounts.__slots__)),
        )

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")


def _sum(charges: list[Charge]) -> Decimal:
    return sum((charge.cost or Decimal(0) for charge in charges), Decimal(0))
