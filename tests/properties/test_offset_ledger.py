"""The ledger against a model: a broker's log with holes, work that finishes in any order, partitions that leave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.core.events.offsets import METADATA_BYTES_MAX, OffsetLedger, Remembered, decode_finished, encode_finished

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
        self.metadata = ""
        self.known_finished: set[int] = set()  # finished when the last commit was made
        self.in_flight: list[int] = []
        self.passed: list[int] = []  # offsets that came by in this assignment
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
        if self.committed is not None:
            self.ledger.resume(PARTITION, self.committed, self.metadata)
        self.held = True
        self.position = self.committed or 0
        self.in_flight = []
        self.passed = []

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
            started = self.ledger.start(PARTITION, offset)
            assert started == (offset not in self.known_finished), "known work was repeated, or new work skipped"
            if started:
                self.in_flight.append(offset)
            self.passed.append(offset)
            self.position = offset + 1

    @precondition(lambda self: self.held and self.passed)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        assert not self.ledger.start(PARTITION, data.draw(st.sampled_from(self.passed)))

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
        commit = self.ledger.describe(PARTITION)
        if commit is not None:
            assert self.committed is None or commit.offset >= self.committed
            self.metadata = commit.metadata
            self.committed = commit.offset
            self.ledger.note_committed(PARTITION, commit)
            beyond = {o for o in self.passed if o not in self.in_flight} | self.known_finished
            self.known_finished = {o for o in beyond if o >= commit.offset}
            assert self.ledger.describe(PARTITION) is None

    @invariant()
    def never_past_an_unfinished_record(self) -> None:
        if self.committed is not None:
            assert all(offset in self.finished_ever for offset in self.log if offset < self.committed)

    @invariant()
    def nothing_unfinished_is_remembered_as_finished(self) -> None:
        assert self.known_finished <= self.finished_ever

    @invariant()
    def settled_is_what_the_broker_will_not_bring_again(self) -> None:
        if self.held:
            settled = {offset for offset in self.log if self.ledger.is_settled(PARTITION, offset)}
            assert settled == {o for o in self.log if o < (self.committed or 0) or o in self.known_finished}

    @invariant()
    def up_to_date_once_all_is_finished(self) -> None:
        if self.held and self.passed and not self.in_flight:
            offset = self.ledger.committable(PARTITION)
            assert (self.committed if offset is None else offset) == self.position


LedgerMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestLedger = LedgerMachine.TestCase


@given(st.integers(0, 2**40), st.sets(st.integers(0, 5000), max_size=60), st.integers(1, 500))
def test_finished_work_survives_the_commits_metadata(offset: int, waiting: set[int], beyond: int) -> None:
    """What is written down is read back, for any offset."""
    places = sorted(offset + number for number in waiting)
    end = (places[-1] if places else offset) + beyond
    assert decode_finished(offset, encode_finished(offset, end, places)) == Remembered(end, tuple(places))


@given(st.text(max_size=50), st.integers(0, 100))
def test_foreign_metadata_is_ignored(text: str, offset: int) -> None:
    """Another program's metadata, or a damaged one, never fails a start nor skips what lies before the commit."""
    for candidate in (text, "1:" + text):
        remembered = decode_finished(offset, candidate)
        assert remembered is None or all(waiting >= offset for waiting in remembered.waiting)


def test_metadata_that_would_not_fit_is_left_out() -> None:
    """A commit with too long a text would fail; without it some work is repeated, under the same ids."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    for offset in range(0, 20_000, 2):
        ledger.start(PARTITION, offset)
    commit = ledger.describe(PARTITION)
    assert commit is not None
    assert commit.metadata == ""
    ledger.assign([PARTITION])
    for offset in range(320):
        ledger.start(PARTITION, offset)
    commit = ledger.describe(PARTITION)
    assert commit is not None
    assert 0 < len(commit.metadata) < METADATA_BYTES_MAX / 4


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


def test_a_record_that_fills_a_hole_is_an_alarm() -> None:
    """A skipped record may have been committed past: the worker must stop rather than drop it as seen."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    ledger.resume(PARTITION, 5, "")
    assert ledger.start(PARTITION, 9)
    with pytest.raises(ValueError, match="offset 7 came after 9"):
        ledger.start(PARTITION, 7)


def test_a_record_below_where_reading_began_is_an_alarm() -> None:
    """It is none that was started: the topic was made anew, or lost its last records, and is read from its start."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    ledger.resume(PARTITION, 5, "")
    with pytest.raises(ValueError, match="offset 4 came, below 5, where reading began"):
        ledger.start(PARTITION, 4)
    assert ledger.start(PARTITION, 5)
    assert not ledger.start(PARTITION, 5), "it was delivered twice"
    assert ledger.committable(PARTITION) == 5


def test_what_finishes_while_a_commit_is_under_way_is_committed_next() -> None:
    """Offset and state are taken at one moment, so nothing finished later counts as committed with them."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    ledger.start(PARTITION, 0)
    ledger.start(PARTITION, 1)
    ledger.finish(PARTITION, 0)
    under_way = ledger.describe(PARTITION)
    ledger.finish(PARTITION, 1)
    assert under_way is not None
    ledger.note_committed(PARTITION, under_way)
    following = ledger.describe(PARTITION)
    assert following is not None
    assert (under_way.offset, following.offset) == (1, 2)
