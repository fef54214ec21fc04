"""How often an event looks its student up: once, for each look-up reads from the disk."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.core.events.offsets import OffsetLedger
from app.core.events.record import Record
from app.stream.faust.app import ReviewApp
from schemas.codec import encode
from schemas.errors import Dependency, Unavailable
from schemas.history import SubmissionHistory
from schemas.origin import Origin
from tables import review_history, submission_history
from tables.confirmed import ConfirmedTable
from tests.builders.records import a_comparison
from tests.unit.agents.test_agents import ComparatorBench, ReviewerBench


async def acknowledge(topic: str, key: bytes, value: bytes, partition: int) -> Any:
    """A broker that takes everything."""
    return SimpleNamespace(topic=topic, partition=partition, offset=0)


class CountedTable:
    """A table in memory whose look-ups are counted."""

    def __init__(self) -> None:
        app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
        fail: Any = pytest.fail
        self.table = ConfirmedTable(app, send=acknowledge, on_failure=fail, name="t", partitions=1)
        self.looked_up: list[bytes] = []
        data: Any = self.table.data
        stock = data.get

        def get(key: bytes) -> bytes | None:
            self.looked_up.append(key)
            found: bytes | None = stock(key)
            return found

        data.get = get


async def test_the_comparator_looks_a_student_up_once_for_each_submission() -> None:
    """Of a new student, of a known one, and of a submission that comes again."""
    bench, counted = ComparatorBench(), CountedTable()
    for offset, submission in enumerate(("s1", "s2", "s2")):
        bench.histories = cast("Any", submission_history.bind(counted.table, 0, offset))
        await bench.take(offset, submission_id=submission, files={"main.py": f"x = {submission!r}\n"})
        assert len(counted.looked_up) == offset + 1
    assert [one.previous_submission_id for one in bench.comparisons] == [None, "s1", "s1"]
    assert counted.table.entries == 1


async def test_the_reviewer_looks_a_student_up_once_for_each_comparison() -> None:
    """Also where it asks besides whether the comparison was taken before."""
    bench, counted = ReviewerBench(), CountedTable()
    ledger = OffsetLedger()
    for offset, submission in enumerate(("s1", "s2", "s2")):
        bound = review_history.bind(counted.table, ledger, ("comparisons", 0), offset)
        at = Origin(topic="comparisons", partition=0, offset=offset)
        comparison = a_comparison(submission_id=submission)
        record = Record(position=at, origin=at, key=b"student-1", value=encode(comparison))
        await bench.agent.review(record, bound)
        assert len(counted.looked_up) == offset + 1
    assert (bench.reviewer.calls, counted.table.entries) == (2, 1)


async def test_what_was_written_is_what_is_seen_from_then_on() -> None:
    """The bound table keeps what it looked up, and what it wrote itself."""
    counted = CountedTable()
    bound = submission_history.bind(counted.table, 0, 4)
    entry = SubmissionHistory(stamp=Origin(topic="submissions", partition=0, offset=4), submissions=())
    assert bound.get("anna", "hw-1") is None
    await bound.put("anna", "hw-1", entry)
    assert bound.get("anna", "hw-1") == entry
    assert bound.is_behind("anna", "hw-1")
    assert len(counted.looked_up) == 1
    assert submission_history.bind(counted.table, 0, 5).get("anna", "hw-1") == entry
    assert len(counted.looked_up) == 2


async def test_a_partition_that_is_gone_is_waited_for() -> None:
    """RocksDB's store has no database for it; the event goes on where the partition is held."""
    counted = CountedTable()

    def get(_: bytes) -> bytes | None:
        raise KeyError(0)

    counted.table.data.get = get  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable) as raised:
        submission_history.bind(counted.table, 0, 4).get("anna", "hw-1")
    assert raised.value.dependency is Dependency.KAFKA
