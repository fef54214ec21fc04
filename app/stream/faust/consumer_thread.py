"""The thread that owns aiokafka's consumer: commits with metadata, exact seeks, errors that aiokafka overlooks.

Pinned to faust-streaming 0.15.3, as `consumer.py` is.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import (
    ConsumerStoppedError,
    GroupCoordinatorNotAvailableError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from app.core.events.offsets import Partition
from app.kafka.fetching import READ_COMMITTED
from app.stream.faust.outages import start_through_outages
from app.stream.faust.turns import Turns

Found = dict[TP, list[ConsumerRecord[bytes, bytes]]]
"""Records by their partition, in their order."""

FETCH_WAIT_MS = 200
"""How long a broker may hold a fetch that finds nothing. It answers one request of a connection at a time, so what
recovery asks (the ends of partitions) waits behind it: with Faust's 1,500 each rebalance takes seconds longer."""


class LedgerConsumerThread(driver.AIOKafkaConsumerThread):
    """As Faust's, with commits that carry metadata: Faust's own write none and read none."""

    logger = logging.getLogger("faust.consumer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turns: Turns[TopicPartition] = Turns()

    async def on_start(self) -> None:
        """Start aiokafka's consumer, and have it look at errors that it overlooks."""
        await start_through_outages(self, super().on_start, self._discard)
        check_offset_fetches(self._ensure_consumer()._coordinator)  # noqa: SLF001 - see there

    async def _discard(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust has no setting for either; its own isolation level follows its own transactions, which are not used.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001
        consumer._isolation_level = READ_COMMITTED  # noqa: SLF001
        return consumer

    async def take_turns(self, groups: Sequence[tuple[Collection[TP], int]], wait_s: float) -> Found:
        """What is there of each group, at most as many records as it says; waits until some group has anything.

        Empty after `wait_s`, and where a rebalance has begun. Raises `ConsumerStoppedError`, or what a broker answers.
        """
        wanted = [({driver.ensure_aiokafka_TP(tp) for tp in tps}, room) for tps, room in groups]
        found: Found = await self.call_thread(self._take_turns, wanted, wait_s)
        return found

    async def _take_turns(self, wanted: Sequence[tuple[set[TopicPartition], int]], wait_s: float) -> Found:
        if not self.consumer.flow_active:
            return {}
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher  # noqa: SLF001 - `getmany` has one limit for all topics, and asks for no other
        deadline = time.monotonic() + wait_s
        with fetcher._subscriptions.fetch_context():  # noqa: SLF001 - as the driver's own does
            while True:
                if consumer._closed or fetcher._closed:  # noqa: SLF001
                    raise ConsumerStoppedError
                found = await self._look(fetcher, wanted)
                left_s = deadline - time.monotonic()
                if found or left_s <= 0:
                    return {TP(tp.topic, tp.partition): records for tp, records in found.items()}
                waiter = fetcher._create_fetch_waiter()  # noqa: SLF001 - nothing may come between look and wait
                await asyncio.wait({waiter}, timeout=left_s)
                waiter.cancel()

    async def _look(
        self, fetcher: Fetcher, wanted: Sequence[tuple[set[TopicPartition], int]]
    ) -> dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]:
        async def take(tp: TopicPartition, count: int) -> list[ConsumerRecord[bytes, bytes]]:
            taken = await fetcher.fetched_records({tp}, timeout=0, max_records=count)
            records: list[ConsumerRecord[bytes, bytes]] = taken.get(tp, [])
            return records

        ready = fetcher._records.keys()  # noqa: SLF001
        return await self._turns.look([(tps & ready, room) for tps, room in wanted], take)

    async def commit_described(self, offsets: Mapping[TP, OffsetAndMetadata]) -> None:
        """Commit in the consumer's thread. Raises `KafkaError` or `IllegalStateError`, also for lost partitions."""
        consumer = self._ensure_consumer()
        await consumer.commit({driver.ensure_aiokafka_TP(tp): described for tp, described in offsets.items()})

    async def seek_all(self, offsets: Mapping[TP, int]) -> None:
        """Set positions in the consumer's thread. Raises `IllegalStateError` for partitions that were lost."""
        consumer = self._ensure_consumer()
        for tp, offset in offsets.items():
            consumer.seek(driver.ensure_aiokafka_TP(tp), offset)

    def position_of(self, tp: TP) -> int | None:
        """The consumer's position, as far as it is known; read from outside its thread, and never waited for."""
        assignment = self._consumer._subscription.subscription if self._consumer is not None else None  # noqa: SLF001
        wanted = driver.ensure_aiokafka_TP(tp)
        if assignment is None or assignment.assignment is None or wanted not in assignment.assignment.tps:
            return None
        state = assignment.assignment.state_value(wanted)
        return state._position if state is not None else None  # noqa: SLF001 - one read: it may change at any time

    async def committed_described(self, partitions: Iterable[Partition]) -> dict[TP, OffsetAndMetadata]:
        """What the broker holds for `partitions`; offset -1 where it holds nothing."""
        wanted = [driver.ensure_aiokafka_TP(TP(topic, number)) for topic, number in partitions]
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001 - `committed()` hides the metadata
        found = await self.call_thread(coordinator.fetch_committed_offsets, wanted)
        nothing = OffsetAndMetadata(-1, "")
        return {TP(tp.topic, tp.partition): found.get(tp, nothing) for tp in wanted}


def check_offset_fetches(coordinator: Any) -> None:
    """Make `coordinator` raise what a broker answers as a whole to a fetch of committed offsets.

    aiokafka looks at each partition's error alone. A coordinator that is still loading, or has moved, names none:
    it then passes for one that holds no offsets, and positions go back to the earliest record.
    """
    send = coordinator._send_req  # noqa: SLF001 - there is no other way in

    async def send_and_check(request: Any) -> Any:
        response = await send(request)
        code = getattr(response, "error_code", 0) if isinstance(request, OffsetFetchRequest) else 0
        if code:
            error = for_code(code)
            if error in {NotCoordinatorForGroupError, GroupCoordinatorNotAvailableError}:
                coordinator.coordinator_dead()
            raise error
        return response

    coordinator._send_req = send_and_check  # noqa: SLF001
