"""Where a table's entries are kept on this machine: Faust's stores, with a summary beside each partition.

Faust can tell neither how many entries it holds nor the highest stamp without reading all of them. And its RocksDB
takes for each partition what a whole machine may have: memtables of three times 64 MB, a block cache of 2 GB.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

import rocksdict
from faust.stores import memory, rocksdb
from faust.types import TP

from app.core.limits import MIB
from app.core.ports import ChangelogRecord
from tables.partition_summary import PartitionSummary, summarise, unpack_summary

MEMTABLES_BYTES: Final = 64 * MIB
"""What is written and not yet in a file, over all partitions of all tables."""
MEMTABLE_BYTES: Final = 8 * MIB
"""The same of one partition. A start reads so much of each log again."""
CACHE_BYTES: Final = 64 * MIB
"""Blocks of files, over all partitions: an event reads one entry, and its student's next event comes much later."""

_SUMMARY_KEY: Final = b"__reviewstream\0summary__"


class EntryStore(Protocol):
    """What a table asks of its store, besides what Faust does."""

    def put_entry(self, partition: int, key: bytes, value: bytes, *, is_new: bool) -> None:
        """Write an entry, and count it where its key `is_new`."""
        ...

    def take_in(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """Write what was read of a changelog's partition, and that it was read so far."""
        ...

    def summaries(self) -> Mapping[int, PartitionSummary]:
        """The summary of each partition that is held."""
        ...


class MemoryStore(memory.Store[bytes, bytes]):
    """Entries in a dictionary."""

    logger = logging.getLogger("faust.tables")  # Faust's own lines stay under its name and level

    def __post_init__(self) -> None:
        super().__post_init__()
        self._summaries: dict[int, PartitionSummary] = {}

    def put_entry(self, partition: int, key: bytes, value: bytes, *, is_new: bool) -> None:
        """As the port says."""
        self.data[key] = value
        self._key_partition[key] = partition
        self._summaries[partition] = self._summaries.get(partition, PartitionSummary()).grown(value, is_new=is_new)

    def take_in(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """As the port says; how far it was read is not kept, since the entries are not."""
        for key, value in _newest(records).items():
            is_known = key in self.data
            if value is not None:
                self.put_entry(tp.partition, key, value, is_new=not is_known)
            elif is_known:
                del self.data[key]
                del self._key_partition[key]
                self._summaries[tp.partition] = self._summaries[tp.partition].shrunk()

    def summaries(self) -> Mapping[int, PartitionSummary]:
        """As the port says."""
        return self._summaries

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Forget what belongs to partitions that are not held any more."""
        await super().on_recovery_completed(active_tps, standby_tps)
        held = {tp.partition for tp in active_tps}
        self._summaries = {number: summary for number, summary in self._summaries.items() if number in held}


class RocksStore(rocksdb.Store):
    """Entries in RocksDB, a database for each partition. An entry and its summary are written as one."""

    logger = logging.getLogger("faust.tables")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rocksdb_options = SharedMemoryOptions(use_rocksdict=True)
        self._summaries: dict[int, PartitionSummary] = {}

    def put_entry(self, partition: int, key: bytes, value: bytes, *, is_new: bool) -> None:
        """As the port says."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        batch.put(key, value)
        self._write(partition, batch, self._summary(partition).grown(value, is_new=is_new))

    def take_in(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """As the port says."""
        database = self._db_for_partition(tp.partition)
        summary = self._summary(tp.partition)
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in _newest(records).items():
            is_known = database.key_may_exist(key) and database.get(key) is not None
            if value is not None:
                batch.put(key, value)
                summary = summary.grown(value, is_new=not is_known)
            elif is_known:
                batch.delete(key)
                summary = summary.shrunk()
        batch.put(self.offset_key, str(records[-1].offset).encode())
        self._write(tp.partition, batch, summary)

    def summaries(self) -> Mapping[int, PartitionSummary]:
        """As the port says."""
        actives = self.app.assignor.assigned_actives()
        topic = self.table.changelog_topic.get_topic_name()
        return {number: self._summary(number) for number in list(self._dbs) if TP(topic, number) in actives}

    def revoke_partitions(self, table: Any, tps: set[TP]) -> None:
        """Close the databases of `tps`; others may write to their changelogs from now on."""
        for tp in tps:
            if tp.topic in table.changelog_topic.topics:
                self._summaries.pop(tp.partition, None)
        super().revoke_partitions(table, tps)

    def reset_state(self) -> None:
        """Remove what is kept on this machine."""
        self._summaries.clear()
        super().reset_state()

    def _write(self, partition: int, batch: rocksdict.WriteBatch, summary: PartitionSummary) -> None:
        batch.put(_SUMMARY_KEY, summary.pack())
        self._db_for_partition(partition).write(batch)
        self._summaries[partition] = summary

    def _summary(self, partition: int) -> PartitionSummary:
        """Kept in memory from the first look; of a database that was written before there were any, made once."""
        known = self._summaries.get(partition)
        if known is None:
            database = self._db_for_partition(partition)
            stored = database.get(_SUMMARY_KEY)
            known = summarise(self._visible_values(database)) if stored is None else unpack_summary(stored)
            if stored is None:
                database.put(_SUMMARY_KEY, known.pack())
            self._summaries[partition] = known
        return known

    def _visible_keys(self, db: Any) -> Iterator[bytes]:
        return (key for key in super()._visible_keys(db) if key != _SUMMARY_KEY)

    def _visible_items(self, db: Any) -> Iterator[tuple[bytes, bytes]]:
        return ((key, value) for key, value in super()._visible_items(db) if key != _SUMMARY_KEY)


def _newest(records: Sequence[ChangelogRecord]) -> dict[bytes, bytes | None]:
    """The last value of each key. A record without a key is nobody's entry."""
    return {record.key: record.value for record in records if record.key is not None}


class SharedMemoryOptions(rocksdb.RocksDBOptions):
    """Options under which all databases of this process share one bound on their memory."""

    def as_options(self) -> Any:
        """For one database."""
        options = super().as_options()
        blocks = rocksdict.BlockBasedOptions()
        cached, written = _shared_memory()
        blocks.set_block_cache(cached)
        blocks.set_bloom_filter(10, block_based=False)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_size(MEMTABLE_BYTES)
        options.set_max_write_buffer_number(2)
        options.set_write_buffer_manager(written)
        options.set_compression_type(rocksdict.DBCompressionType.none())  # an entry is deflated already
        return options


@cache
def _shared_memory() -> tuple[rocksdict.Cache, rocksdict.WriteBufferManager]:
    return rocksdict.Cache(CACHE_BYTES), rocksdict.WriteBufferManager(MEMTABLES_BYTES, False)
