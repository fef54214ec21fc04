"""A Faust table whose writes wait for the broker.

Faust writes locally first and sends the changelog in the background: a failed produce leaves a table that knows
what its changelog does not, so a retried event would count as done and be lost. Here the changelog record is
acknowledged first, then the local store is written, then the store's own offset moves.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import faust
from faust.tables.manager import TableManager
from faust.types import TP, EventT

from app.core.history.entries import pack, stamp_of, unpack
from app.core.history.identity import table_key
from app.core.ports import ChangelogSend
from schemas.base import Schema
from schemas.errors import Dependency, Unavailable

S = TypeVar("S", bound=Schema)

RECOVERY_BUFFER = 32
"""Entries that recovery holds before it writes them: each may have megabytes."""

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
        super().__init__(app, key_type=bytes, value_type=bytes, recovery_buffer_size=RECOVERY_BUFFER, **kwargs)
        self._send = send
        self._on_failure = on_failure
        self._pending: dict[int, deque[_Pending]] = {}
        self.entries = 0
        """Entries held here, counted anew at each recovery: the store itself would have to read them all."""

    def info(self) -> dict[str, Any]:
        """What Faust needs to clone the table."""
        return {**super().info(), "send": self._send, "on_failure": self._on_failure}

    async def put(self, partition: int, key: bytes, value: bytes) -> None:
        """Write `key` on `partition`; the caller's task must have set Faust's current event.

        A caller that is cancelled meanwhile ends once the write has, or after `LAST_WRITE_S`: what is written may be
        an answer that was paid for.
        """
        writing = asyncio.ensure_future(self._put(partition, key, value))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            _, late = await asyncio.wait({writing}, timeout=LAST_WRITE_S)
            if late:
                writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            raise

    async def _put(self, partition: int, key: bytes, value: bytes) -> None:
        pending = _Pending()
        line = self._pending.setdefault(partition, deque())
        line.append(pending)
        try:
            sent = await self._send(self.changelog_topic_name, key, value, partition)
            self.entries += self.data.get(key) is None
            self.data[key] = value
            pending.offset = sent.offset
        except BaseException:
            line.remove(pending)
            raise
        finally:
            self._advance(TP(self.changelog_topic_name, partition), line)

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Take in what recovery read. What fails here ends the worker.

        Faust logs `Error in recovery` and carries on with a half-filled table. And where a rebalance cuts a recovery
        short, it hands over records of partitions that are not ours any more, or of another table: taken in, they
        would move the store's offset past records that it does not hold.
        """
        ours = cast(TableManager, self.app.tables).recovery.active_tps
        events = [e for e in batch if e.message.topic == self.changelog_topic_name and e.message.tp in ours]
        try:
            super().apply_changelog_batch(events)
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

    def stamps(self) -> dict[int, int]:
        """Highest stamp by partition of the source topic, over all entries held here, which are counted."""
        highest: dict[int, int] = {}
        self.entries = 0
        for value in self.data.values():
            self.entries += 1
            partition, offset = stamp_of(value)
            highest[partition] = max(offset, highest.get(partition, -1))
        return highest


class BoundTable(Generic[S]):
    """One table as the agents' port sees it: typed entries by student and assignment, bound to a partition."""

    def __init__(self, table: ConfirmedTable, schema: type[S], partition: int, offset: int) -> None:
        self._table = table
        self._schema = schema
        self._partition = partition
        self.offset = offset

    def get(self, student_id: str, assignment_id: str) -> S | None:
        """The entry, or None."""
        value = self._stored(student_id, assignment_id)
        return None if value is None else unpack(self._schema, value)

    def is_behind(self, student_id: str, assignment_id: str) -> bool:
        """Whether the entry was written for this event or for a later one: then it was taken before."""
        value = self._stored(student_id, assignment_id)
        return value is not None and stamp_of(value) >= (self._partition, self.offset)

    def _stored(self, student_id: str, assignment_id: str) -> bytes | None:
        try:
            return self._table.data.get(table_key(student_id, assignment_id))
        except KeyError as exc:  # RocksDB's store has no database for a partition that was just revoked
            raise Unavailable(Dependency.KAFKA, f"partition {self._partition} is not held any more") from exc

    async def put(self, student_id: str, assignment_id: str, entry: S) -> None:
        """Store `entry`; returns once the broker has acknowledged the changelog record."""
        value = pack(entry, self._partition, self.offset)
        await self._table.put(self._partition, table_key(student_id, assignment_id), value)
