"""The ledger against a model: a broker's log with holes, work that finishes in any order, partitions that leave."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.core.offsets import OffsetLedger

PARTITION = ("submissions", 0)


class LedgerMachine(RuleBasedStateMachine):
    """One partition that is assigned, lost and assigned again, read from wherever the broker's commit stands."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = OffsetLedger()
        self.log: list[int] = []  # offsets that hold a record; holes are compacted or transactional
        self.held = False
        self.position = 0  # next offset that the broker hands out
        self.committed: int | None = None
        self.in_flight: list[int] = []
        self.started: list[int] = []  # in this assignment
        self.finished_ever: set[int] = set()
        self.orphans: list[int] = []  # in flight when the partition was lost

    @initialize(first=st.integers(0, 3), holes=st.lists(st.integers(1, 4), min_size=5, max_size=30))
    def fill_the_log(self, first: int, holes: list[int]) -> None:
        offset = first
        for hole in holes:
            self.log.append(offset)
            offset += hole

    @precondition(lambda self: not self.held)
    @rule()
    def assign(self) -> None:
        self.ledger.assign([PARTITION])
        self.held = True
        self.position = self.committed or 0
        self.in_flight = []
        self.started = []

    @precondition(lambda self: self.held)
    @rule()
    def revoke(self) -> None:
        self.ledger.forget([PARTITION])
        self.held = False
        self.orphans += self.in_flight
        self.in_flight = []

    @precondition(lambda self: self.held)
    @rule()
    def take_next(self) -> None:
        upcoming = [offset for offset in self.log if offset >= self.position]
        if upcoming:
            offset = upcoming[0]
            assert self.ledger.start(PARTITION, offset)
            self.in_flight.append(offset)
            self.started.append(offset)
            self.position = offset + 1

    @precondition(lambda self: self.held and self.started)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        assert not self.ledger.start(PARTITION, data.draw(st.sampled_from(self.started)))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        offset = data.draw(st.sampled_from(self.in_flight))
        self.in_flight.remove(offset)
        self.finished_ever.add(offset)
        self.ledger.finish(PARTITION, offset)

    @precondition(lambda self: self.orphans and not self.held)
    @rule(data=st.data())
    def finish_after_the_partition_was_lost(self, data: st.DataObject) -> None:
        offset = data.draw(st.sampled_from(self.orphans))
        self.orphans.remove(offset)
        self.ledger.finish(PARTITION, offset)
        assert self.ledger.committable(PARTITION) is None

    @precondition(lambda self: self.held)
    @rule()
    def commit(self) -> None:
        offset = self.ledger.committable(PARTITION)
        if offset is not None:
            assert self.committed is None or offset >= self.committed
            self.committed = offset
            self.ledger.note_committed(PARTITION, offset)

    @invariant()
    def never_past_an_unfinished_record(self) -> None:
        if self.committed is not None:
            assert all(offset in self.finished_ever for offset in self.log if offset < self.committed)

    @invariant()
    def up_to_date_once_all_is_finished(self) -> None:
        if self.held and self.started and not self.in_flight:
            offset = self.ledger.committable(PARTITION)
            assert (self.committed if offset is None else offset) == self.position


LedgerMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestLedger = LedgerMachine.TestCase


def test_an_offset_that_was_never_started_cannot_finish() -> None:
    """Finishing what was not taken is a programmer's error and says so."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    with pytest.raises(ValueError, match="without being in flight"):
        ledger.finish(PARTITION, 7)


def test_the_first_offset_may_be_zero() -> None:
    """Offset 0 in flight holds the commit at 0, where stock Faust skips its guard."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    assert ledger.start(PARTITION, 0)
    assert ledger.start(PARTITION, 1)
    ledger.finish(PARTITION, 1)
    assert ledger.committable(PARTITION) == 0
    ledger.finish(PARTITION, 0)
    assert ledger.committable(PARTITION) == 2


def test_a_partition_that_is_not_assigned_takes_nothing() -> None:
    """An event of a partition that left meanwhile is not started."""
    assert not OffsetLedger().start(PARTITION, 3)
