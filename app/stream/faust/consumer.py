"""Faust's consumer, made to commit what the ledger says and to seek where the group's commit stands.

Pinned to faust-streaming 0.15.3: what is overridden here is private to it. `ReviewApp` refuses another version, and
`tests/unit/stream/faust/test_faust_traps.py` shows the traps that this room closes, on stock Faust and on ours.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol, cast

import structlog
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.transports import TPorTopicSet
from faust.types.tuples import Message

from app.core.events.offsets import OffsetLedger, Partition
from app.stream.faust.commits import CommitState, judge_commits
from app.stream.faust.consumer_thread import LedgerConsumerThread
from app.stream.faust.outages import BROKER_BACKOFF, tell_once
from app.stream.faust.tables import PatientTables

log = structlog.get_logger(__name__)

FETCH_TIMEOUT_S = 0.2
"""One look for records. The consumer's thread does one thing at a time: commits and seeks wait behind it, and a
rebalance needs several of them."""
NOTHING_ACTIVE_S = 0.1
"""Between two looks for a partition that may be fetched."""
NO_ROOM_S = 0.05
"""One look while some stage has no room: what it makes meanwhile is not told to a look that is under way. The lanes
have enough to go on with."""
CHANGELOG_RECORDS_MAX = 256
"""Changelog records of one look: bounds how long they hold the event loop. Their memory is bounded by what is fetched
of a partition at a time, a megabyte or one record."""


class LedgerApp(Protocol):
    """What the consumer asks of the app that owns it: the ledger, and what is to be done as partitions come and go."""

    ledger: OffsetLedger

    @property
    def should_stop(self) -> bool:
        """Whether the app is on its way out."""
        ...

    def consumed(self, tps: Iterable[TP]) -> list[Partition]:
        """The partitions among `tps` that an intake consumes."""
        ...

    def rooms(self) -> Mapping[str, int]:
        """Each consumed topic, downstream first, and how many of its events are taken now without a wait."""
        ...

    async def drain(self, why: str) -> None:
        """Finish, or give up, what is in flight, and commit."""
        ...

    async def crash(self, reason: BaseException) -> None:
        """Stop the worker, and say why."""
        ...

    async def check_assignment(self, assigned: set[TP]) -> None:
        """Refuse partitions that cannot be worked on."""
        ...

    def begin_assignment(self, held: Collection[Partition]) -> None:
        """Start taking events of `held`."""
        ...


class LedgerConsumer(driver.Consumer):
    """Commits the ledger's offsets, drains the lanes before partitions go."""

    logger = logging.getLogger("faust.consumer")  # Faust's own lines stay under its name and level

    _thread: LedgerConsumerThread
    _delivered: dict[TP, int] | None = None  # one past the last record handed over in this assignment
    _sought: AbstractSet[TP] = frozenset()  # source partitions whose position is where the group's commit stands

    def _new_consumer_thread(self) -> LedgerConsumerThread:
        return LedgerConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _review_app(self) -> LedgerApp:
        return cast("LedgerApp", self.app)

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        for topic, partition in list(self._review_app.ledger.partitions):
            tp = TP(topic, partition)
            if topics is None or tp in topics or topic in topics:
                yield tp

    def _new_offset(self, tp: TP) -> int | None:
        return self._review_app.ledger.committable((tp.topic, tp.partition))

    def _should_commit(self, tp: TP, offset: int) -> bool:
        # The ledger only offers what is new in this assignment.
        return True

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit `offsets`, with what is finished beyond them as metadata. False: not now, try again later.

        Stock Faust ends the worker on most errors here, though a commit that a rebalance made void, or that a
        broker did not take, costs nothing but repeated work.
        """
        ledger = self._review_app.ledger
        # Described anew: since Faust asked for `offsets` it has waited for the producer, and the ledger has moved on.
        described = {tp: commit for tp in offsets if (commit := ledger.describe((tp.topic, tp.partition))) is not None}
        wanted = {tp: OffsetAndMetadata(commit.offset, commit.metadata) for tp, commit in described.items()}
        try:
            await self._thread.call_thread(self._thread.commit_described, wanted)
        except (KafkaError, IllegalStateError) as exc:
            log.warning("commit_failed", error=type(exc).__name__)
            return False
        for tp, commit in described.items():
            ledger.note_committed((tp.topic, tp.partition), commit)
        return True

    async def perform_seek(self) -> None:
        """Seek every source partition to its committed offset, and remember what was finished beyond it.

        Whatever was fetched and dropped before, this brings it back. Faust's own leaves two kinds of partitions
        where they are: those committed at 0 (aiokafka's `seek_to_committed` skips 0), and those that the group has
        not committed yet. The latter begin at the earliest record, and that is committed at once: a group that
        has begun must be told from one whose offsets were forgotten, even if it is killed in its first second.

        Where a commit lies beyond its partition's end the worker stops, and nothing is sought or committed.
        """
        if not self.flow_active:
            return  # called by a fetch that a rebalance interrupted; the seek that counts follows the recovery
        if self._review_app.should_stop:
            return  # a start that was refused must be refused again: nothing that was judged may be committed away
        generation = self.app.consumer_generation_id
        described = await self._thread.committed_described(self._review_app.ledger.partitions)
        new = [tp for tp, found in described.items() if found.offset < 0]
        known = {tp: found.offset for tp, found in described.items() if found.offset >= 0}
        if await self._refuse_beyond_ends(known):
            return
        try:
            if new:
                earliest = await self.earliest_offsets(*new)
                described |= {tp: OffsetAndMetadata(earliest[tp], "") for tp in new}
                await self._thread.call_thread(self._thread.commit_described, {tp: described[tp] for tp in new})
            await self._thread.call_thread(self._thread.seek_all, {tp: f.offset for tp, f in described.items()})
        except (IllegalStateError, CommitFailedError):
            return  # another rebalance has begun; its own seek follows
        if generation != self.app.consumer_generation_id:
            return
        for tp, found in described.items():
            self._read_offset[tp] = found.offset or None
            self._committed_offset[tp] = found.offset
            self._review_app.ledger.resume((tp.topic, tp.partition), found.offset, found.metadata)
        self._sought = set(described)

    async def _refuse_beyond_ends(self, committed: Mapping[TP, int]) -> bool:
        """Stop the worker where a commit lies beyond the end of its partition; whether it does."""
        ends = await self.highwaters(*committed) if committed else {}
        states = {(tp.topic, tp.partition): CommitState(offset, ends[tp]) for tp, offset in committed.items()}
        refusal = judge_commits(self.app.conf.id, states)
        if refusal is not None:
            await self._review_app.crash(refusal)
        return refusal is not None

    async def _wait_next_records(self, timeout: float) -> tuple[RecordMap | None, set[TP] | None]:  # noqa: ASYNC109
        """As Faust's, which sleeps for a second where nothing may be fetched: after each rebalance, as a rule."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]  # an event has the `wait` that is meant
        active = self._get_active_partitions()
        return await self._getmany(active, timeout), active

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        """Fetch what each stage has room for, and nothing of a source partition before its seek.

        So no record waits before a full channel while others, of other topics, could be taken. Faust hands over its
        live set: emptied meanwhile, it means *all* partitions to aiokafka, and what comes of paused ones is dropped.
        During recovery this happens to source partitions.
        """
        active = active_partitions or set()
        names = self.app.tables.changelog_topics
        changelogs = {tp for tp in active if tp.topic in names}
        rooms = self._review_app.rooms()
        sources = active & self._sought
        groups = [(changelogs, CHANGELOG_RECORDS_MAX), *self._groups(sources, rooms)]
        if not any(tps for tps, _ in groups):
            await self.sleep(min(timeout, NO_ROOM_S if sources else NOTHING_ACTIVE_S))
            return {}
        generation = self.app.consumer_generation_id
        full = any(room <= 0 for room in rooms.values())
        records = await self._thread.take_turns(groups, min(timeout, NO_ROOM_S if full else FETCH_TIMEOUT_S))
        changed = {tp: records.pop(tp) for tp in changelogs & records.keys()}
        if changed and self.flow_active and generation == self.app.consumer_generation_id:
            cast("PatientTables", self.app.tables).recovery.take_in(changed)
        if self._delivered is not None:
            self._delivered |= {tp: batch[-1].offset + 1 for tp, batch in records.items() if batch}
        return records

    @staticmethod
    def _groups(sources: AbstractSet[TP], rooms: Mapping[str, int]) -> list[tuple[set[TP], int]]:
        """The partitions of each topic that has room, in the topics' order."""
        return [({tp for tp in sources if tp.topic == topic}, room) for topic, room in rooms.items() if room > 0]

    def delivered_to(self, tp: TP) -> int | None:
        """One past the last record of `tp` that was handed over in this assignment, or None."""
        return (self._delivered or {}).get(tp)

    def fetched_to(self, tp: TP) -> int | None:
        """The position in `tp`, markers of transactions passed over, or None while there is none."""
        return self._thread.position_of(tp)

    async def ask_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """The end of each partition, asked once. Raises `KafkaError` where no broker answers in time."""
        return await super().highwaters(*tps)

    async def committed_offsets(self, tps: Iterable[TP]) -> dict[TP, int | None]:
        """The group's committed offset of each partition, None where the broker holds none."""
        described = await self._thread.committed_described((tp.topic, tp.partition) for tp in tps)
        return {tp: found.offset if found.offset >= 0 else None for tp, found in described.items()}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """The end of each partition, however long the broker is away: recovery ends the worker on an error."""
        return await self._through_outages(lambda: super(LedgerConsumer, self).highwaters(*partitions))

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The first available offset of each partition, however long the broker is away."""
        return await self._through_outages(lambda: super(LedgerConsumer, self).earliest_offsets(*partitions))

    async def _through_outages(self, ask: Callable[[], Awaitable[Mapping[TP, int]]]) -> Mapping[TP, int]:
        return await BROKER_BACKOFF.outlast(
            ask,
            passing=lambda error: isinstance(error, KafkaError) and not self.should_stop,
            on_wait=tell_once,
            sleep=self.sleep,
        )

    async def create_topic(self, topic: str, partitions: int, replication: int, **kwargs: Any) -> None:
        """Do nothing: all topics were made, or found as planned, before the start."""

    async def on_stop(self) -> None:
        """Stop. The app has drained and committed before, while everything still lived."""
        cast("driver.Transport", self.transport)._topic_waiters.clear()  # noqa: SLF001 - as the driver's own does

    def ack(self, message: Message) -> bool:
        # The stream calls this when it hands out the next event, which says nothing about this one. Faust's lists
        # of acked offsets would only grow, for nobody trims them any more.
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        # Gaps are the ledger's business; Faust's interval tree would only grow.
        return

    def verify_event_path(self, now: float, tp: TP) -> None:
        # Faust takes a partition that waits out an outage for a stuck one and says so every few seconds.
        return

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Close the intakes, drain the lanes, commit, and forget: in this order, before the partitions go."""
        await self._review_app.drain("partitions revoked")
        await super().on_partitions_revoked(revoked)
        self._review_app.ledger.forget((tp.topic, tp.partition) for tp in revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Begin with an empty ledger; intakes open, and see no event before the tables are recovered."""
        self._sought = frozenset()
        self._delivered = {}
        if self._review_app.should_stop:  # a rebalance during the stop: nothing is taken any more
            await super().on_partitions_assigned(assigned, generation_id)
            return
        await self._review_app.check_assignment(assigned)
        held = self._review_app.consumed(assigned)
        self._review_app.begin_assignment(held)
        await super().on_partitions_assigned(assigned, generation_id)
        log.info("partitions_assigned", partitions=[f"{topic}[{number}]" for topic, number in sorted(held)])


def partitions_of(tps: Iterable[TP], topics: Iterable[str]) -> list[tuple[str, int]]:
    """The partitions among `tps` that belong to `topics`."""
    names = set(topics)
    return [(tp.topic, tp.partition) for tp in tps if tp.topic in names]
