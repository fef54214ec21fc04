"""A Faust table whose writes wait for the broker.

Faust writes locally first and sends the changelog in the background: a failed produce leaves a table that knows
what its changelog does not, so a retried event would count as done and be lost. Here the changelog record is
acknowledged first, then the local store is written, then the store's own offset moves.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import faust
from faust.types import TP, StoreT
from yarl import URL

from app.core.history.entries import pack, stamp_of, unpack
from app.core.history.identity import table_key
from app.core.ports import ChangelogRecord, ChangelogSend
from schemas.base import Schema
from schemas.errors import Dependency, Unavailable
from tables.stores import EntryStore, MemoryStore, RocksStore

S = TypeVar("S", bound=Schema)

LAST_WRITE_S = 1.0
"""What a write gets whose caller was cancelled, by a drain: a broker takes milliseconds, or is away."""


@dataclass(slots=True, eq=False)
class _Pending:
    """One write under way; `offset` is where its changelog record stands, once it does."""

    offset: int | None = None


class ConfirmedTable(faust.Table[bytes, bytes]):
    """Raw bytes by raw key. `put` returns once changelog and store hold the value."""

    logger = logging.getLogger("faust.tables")  # Faust's own lines stay under its name and level

    def __init__(
        self, app: faust.App, *, send: ChangelogSend, on_failure: Callable[[Exception], None], **kwargs: Any
    ) -> None:
        super().__init__(app, key_type=bytes, value_type=bytes, **kwargs)
        self._send = send
        self._on_failure = on_failure
        self._pending: dict[int, deque[_Pending]] = {}

    def info(self) -> dict[str, Any]:
        """What Faust needs to clone the table."""
        return {**super().info(), "send": self._send, "on_failure": self._on_failure}

    async def put(self, partition: int, key: bytes, value: bytes, *, is_new: bool) -> None:
        """Write `key` on `partition`; whether it `is_new` there the caller has seen.

        A caller that is cancelled meanwhile ends once the write has, or after `LAST_WRITE_S`: what is written may be
        an answer that was paid for.
        """
        writing = asyncio.ensure_future(self._put(partition, key, value, is_new=is_new))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            _, late = await asyncio.wait({writing}, timeout=LAST_WRITE_S)
            if late:
                writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            raise

    async def _put(self, partition: int, key: bytes, value: bytes, *, is_new: bool) -> None:
        pending = _Pending()
        line = self._pending.setdefault(partition, deque())
        line.append(pending)
        try:
            sent = await self._send(self.changelog_topic_name, key, value, partition)
            self._store_of_entries.put_entry(partition, key, value, is_new=is_new)
            pending.offset = sent.offset
        except BaseException:
            line.remove(pending)
            raise
        finally:
            self._advance(TP(self.changelog_topic_name, partition), line)

    def take_in(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """Take in what recovery read of `tp`, in its order. What fails here ends the worker.

        Faust logs `Error in recovery` and carries on with a half-filled table.
        """
        try:
            self._store_of_entries.take_in(tp, records)
        except Exception as exc:
            self._on_failure(exc)
            raise

    def _advance(self, tp: TP, line: deque[_Pending]) -> None:
        """Move the store's offset past what is written, never past a write that is still under way.

        Records of one producer and partition get their offsets in the order in which they were sent.
        """
        while line and (offset := line[0].offset) is not None:
            line.popleft()
            self.data.set_persisted_offset(tp, offset)

    @property
    def entries(self) -> int:
        """Entries held here."""
        return sum(summary.entries for summary in self._store_of_entries.summaries().values())

    def stamps(self) -> dict[int, int]:
        """Highest stamp by partition of the source topic, over all entries held here; none of them is read."""
        summaries = self._store_of_entries.summaries()
        return {partition: summary.stamp for partition, summary in summaries.items() if summary.stamp >= 0}

    @property
    def _store_of_entries(self) -> EntryStore:
        return cast("EntryStore", self.data)

    def _new_store_by_url(self, url: str | URL) -> StoreT[bytes, bytes]:
        driver: Any = RocksStore if URL(url).scheme == "rocksdb" else MemoryStore
        store: StoreT[bytes, bytes] = driver(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            key_serializer=self.key_serializer,
            value_serializer=self.value_serializer,
            value_type=self.value_type,
            loop=self.loop,
            options=self.options,
        )
        return store


class BoundTable(Generic[S]):
    """One table as the agents' port sees it: typed entries by student and assignment, bound to a partition.

    It lives for one attempt at one event. No other event of the student writes meanwhile, so what was looked up once
    is not looked up again.
    """

    def __init__(self, table: ConfirmedTable, schema: type[S], partition: int, offset: int) -> None:
        self._table = table
        self._schema = schema
        self._partition = partition
        self.offset = offset
        self._seen: dict[bytes, bytes | None] = {}

    def get(self, student_id: str, assignment_id: str) -> S | None:
        """The entry, or None."""
        value = self._stored(student_id, assignment_id)
        return None if value is None else unpack(self._schema, value)

    def is_behind(self, student_id: str, assignment_id: str) -> bool:
        """Whether the entry was written for this event or for a later one: then it was taken before."""
        value = self._stored(student_id, assignment_id)
        return value is not None and stamp_of(value) >= (self._partition, self.offset)

    def _stored(self, student_id: str, assignment_id: str) -> bytes | None:
        key = table_key(student_id, assignment_id)
        if key not in self._seen:
            try:
                self._seen[key] = self._table.data.get(key)
            except KeyError as exc:  # RocksDB's store has no database for a partition that was just revoked
                raise Unavailable(Dependency.KAFKA, f"partition {self._partition} is not held any more") from exc
        return self._seen[key]

    async def put(self, student_id: str, assignment_id: str, entry: S) -> None:
        """Store `entry`; returns once the broker has acknowledged the changelog record."""
        is_new = self._stored(student_id, assignment_id) is None
        key, value = table_key(student_id, assignment_id), pack(entry, self._partition, self.offset)
        await self._table.put(self._partition, key, value, is_new=is_new)
        self._seen[key] = value
