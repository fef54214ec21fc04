"""Stores that keep a summary beside each partition: it says what reading all entries would, and survives a restart."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.history.entries import pack
from app.stream.faust.app import ReviewApp
from schemas.origin import Origin
from tables.confirmed import ConfirmedTable
from tables.partition_summary import PartitionSummary, summarise, unpack_summary
from tables.stores import RocksStore

PARTITIONS = 2
KEYS = (b"a", b"b", b"c", b"d")


def a_record(offset: int, key: bytes | None, value: bytes | None) -> Any:
    """A record of a changelog."""
    return SimpleNamespace(offset=offset, key=key, value=value)


def an_entry(partition: int, stamp: int) -> bytes:
    """An entry that was written for that event."""
    return pack(Origin(topic="t", partition=partition, offset=stamp), partition, stamp)


class Held:
    """A table that holds all its partitions, in memory or in `folder`."""

    def __init__(self, folder: Path | None) -> None:
        store = "memory://" if folder is None else "rocksdb://"
        app = ReviewApp("x", broker="kafka://127.0.0.1:1", store=store, datadir=folder, autodiscover=False)
        fail: Any = pytest.fail
        sends: Any = None
        self.table = ConfirmedTable(app, send=sends, on_failure=fail, name="t", partitions=PARTITIONS)
        topic = self.table.changelog_topic_name
        self.places = [TP(topic, number) for number in range(PARTITIONS)]
        app.assignor.assigned_actives = lambda: set(self.places)  # type: ignore[method-assign]
        self.store: Any = self.table.data
        if folder is not None:
            for tp in self.places:
                self.store.persisted_offset(tp)  # as recovery does, which opens them

    def entries(self) -> list[bytes]:
        """All values that are held, read one by one."""
        return list(self.table.data.values())

    def check(self) -> None:
        """What is told without reading is what reading tells."""
        values = self.entries()
        assert self.table.entries == len(values)
        highest = summarise(values).stamp
        assert max(self.table.stamps().values(), default=-1) >= highest


@pytest.fixture(params=["memory", "rocksdb"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Held:
    """Each of the stores."""
    return Held(tmp_path if request.param == "rocksdb" else None)


def test_what_is_put_and_what_is_recovered_is_counted_once(held: Held) -> None:
    """A key that is written again, by an event or by recovery, or twice in one batch, is one entry."""
    held.store.put_entry(0, b"a", an_entry(0, 3), is_new=True)
    held.store.put_entry(0, b"a", an_entry(0, 5), is_new=False)
    held.store.put_entry(1, b"b", an_entry(1, 2), is_new=True)
    records = [(7, b"a", 5), (8, b"c", 6), (9, b"c", 7)]
    held.store.take_in(held.places[0], [a_record(offset, key, an_entry(0, stamp)) for offset, key, stamp in records])
    assert (held.table.entries, held.table.stamps()) == (3, {0: 7, 1: 2})
    held.check()


def test_a_deleted_key_is_no_entry_and_its_stamp_stays(held: Held) -> None:
    """Nobody deletes today; that an event was taken would not be undone by it. A record without a key is nobody's."""
    tp = held.places[0]
    held.store.take_in(tp, [a_record(0, b"a", an_entry(0, 4)), a_record(1, None, b"?"), a_record(2, b"z", None)])
    held.store.take_in(tp, [a_record(3, b"a", None)])
    assert (held.table.entries, held.table.stamps(), held.entries()) == (0, {0: 4}, [])


def test_the_offset_moves_with_the_entries(tmp_path: Path) -> None:
    """Recovery after a restart goes on where the last one was; what stands beside the entries is none of them."""
    first = Held(tmp_path)
    first.store.take_in(first.places[0], [a_record(41, b"a", an_entry(0, 3)), a_record(42, b"b", an_entry(0, 4))])
    assert first.store.persisted_offset(first.places[0]) == 42
    assert sorted(first.table.data.keys()) == [b"a", b"b"]
    first.store._dbs.clear()
    again = Held(tmp_path)
    assert again.store.persisted_offset(again.places[0]) == 42
    assert (again.table.entries, again.table.stamps()) == (2, {0: 4})


def test_a_start_reads_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many there are and their highest stamp is told by what stands beside them, however many there are."""
    first = Held(tmp_path)
    records = [a_record(number, f"k{number}".encode(), None) for number in range(100)]
    for tp in first.places:
        first.store.take_in(tp, [a_record(one.offset, one.key, an_entry(tp.partition, one.offset)) for one in records])
    first.store._dbs.clear()

    def read(*_: Any) -> Iterator[Any]:
        pytest.fail("entries were read")

    monkeypatch.setattr(RocksStore, "_visible_keys", read)
    monkeypatch.setattr(RocksStore, "_visible_items", read)
    again = Held(tmp_path)
    looked_up: list[bytes] = []
    monkeypatch.setattr(RocksStore, "_get", lambda _, key: looked_up.append(key))
    assert (again.table.entries, again.table.stamps(), looked_up) == (200, {0: 99, 1: 99}, [])


def test_a_database_from_before_there_were_summaries_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stamps still tell whether table and topic belong together."""
    first = Held(tmp_path)
    for number in range(3):
        first.store._db_for_partition(0).put(f"k{number}".encode(), an_entry(0, number))
    assert (first.table.entries, first.table.stamps()) == (3, {0: 2})
    first.store._dbs.clear()
    monkeypatch.setattr(RocksStore, "_visible_items", lambda *_: pytest.fail("read again"))
    again = Held(tmp_path)
    assert (again.table.entries, again.table.stamps()) == (3, {0: 2})


def test_partitions_that_are_lost_are_not_counted(tmp_path: Path) -> None:
    """Neither by RocksDB, whose database stays on the disk; it is found as it was when they come back."""
    held = Held(tmp_path)
    for tp in held.places:
        held.store.take_in(tp, [a_record(0, b"a", an_entry(tp.partition, 5))])
    lost = held.places.pop()
    held.store.revoke_partitions(held.table, {lost})
    assert (held.table.entries, held.table.stamps()) == (1, {0: 5})
    held.places.append(lost)
    assert held.store.persisted_offset(lost) == 0
    assert (held.table.entries, held.table.stamps()) == (2, {0: 5, 1: 5})


async def test_partitions_that_are_lost_leave_the_memory() -> None:
    """Faust drops their entries once the recovery that follows is done, and with them goes what was told of them."""
    held = Held(None)
    for tp in held.places:
        held.store.take_in(tp, [a_record(0, str(tp.partition).encode(), an_entry(tp.partition, 5))])
    await held.store.on_recovery_completed({held.places[0]}, set())
    assert (held.table.entries, held.table.stamps()) == (1, {0: 5})


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 1), st.sampled_from(KEYS), st.integers(0, 50)),
        st.tuples(st.just("recover"), st.integers(0, 1), st.lists(st.sampled_from(KEYS), min_size=1, max_size=6)),
        st.just(("restart",)),
    ),
    max_size=12,
)


@settings(max_examples=8)
@given(steps)
def test_the_summary_is_what_reading_all_entries_gives(walk: Sequence[tuple[Any, ...]]) -> None:
    """Whatever is written, recovered and started anew; the stamp may be that of an entry that was replaced since."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        held = Held(folder)
        for number, step in enumerate(walk):
            if step[0] == "restart":
                held.store._dbs.clear()
                held = Held(folder)
            elif step[0] == "put":
                _, partition, key, stamp = step
                is_new = held.store._db_for_partition(partition).get(key) is None
                held.store.put_entry(partition, key, an_entry(partition, stamp), is_new=is_new)
            else:
                _, partition, keys = step
                records = [a_record(number * 10 + at, key, an_entry(partition, at)) for at, key in enumerate(keys)]
                held.store.take_in(held.places[partition], records)
            held.check()
        held.store._dbs.clear()


def test_a_summary_is_read_as_it_was_written() -> None:
    """Also the one of nothing, and of offsets beyond 32 bits."""
    for summary in (PartitionSummary(), PartitionSummary(2**40, 7)):
        assert unpack_summary(summary.pack()) == summary
