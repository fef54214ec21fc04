"""`submission_history`: what each submission is compared with. Partitioned like `submissions`."""

from schemas.history import SubmissionHistory
from tables.confirmed import BoundTable, ConfirmedTable


def bind(table: ConfirmedTable, partition: int, offset: int) -> BoundTable[SubmissionHistory]:
    """The table as the comparator sees it while it works on the event at `offset` of `partition`."""
    return BoundTable(table, SubmissionHistory, partition, offset)
