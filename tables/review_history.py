"""`review_history`: answers already given, and the predecessor's review. Partitioned like `comparisons`."""

from app.core.events.offsets import OffsetLedger, Partition
from schemas.history import ReviewHistory
from tables.confirmed import BoundTable, ConfirmedTable


class BoundReviews(BoundTable[ReviewHistory]):
    """The table as the reviewer sees it while it works on the event at `offset` of `source`."""

    def __init__(self, table: ConfirmedTable, ledger: OffsetLedger, source: Partition, offset: int) -> None:
        super().__init__(table, ReviewHistory, source[1], offset)
        self._ledger = ledger
        self._source = source

    def is_settled(self, offset: int) -> bool:
        """Whether the broker holds a commit by which the event at `offset` never comes again."""
        return self._ledger.is_settled(self._source, offset)


def bind(table: ConfirmedTable, ledger: OffsetLedger, source: Partition, offset: int) -> BoundReviews:
    """The table as the reviewer sees it while it works on the event at `offset` of `source`."""
    return BoundReviews(table, ledger, source, offset)
