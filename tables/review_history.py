"""`review_history`: answers already given, and the predecessor's review. Partitioned like `comparisons`."""

from schemas.history import ReviewHistory
from tables.confirmed import BoundTable, ConfirmedTable


def bind(table: ConfirmedTable, partition: int, offset: int) -> BoundTable[ReviewHistory]:
    """The table as the reviewer sees it while it works on the event at `offset` of `partition`."""
    return BoundTable(table, ReviewHistory, partition, offset)
