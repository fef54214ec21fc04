"""The Faust app: knows the ledger and the intakes, drains them before anything is taken away."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, cast

import faust
import structlog
from aiohttp.web import UrlDispatcher
from faust.transport.base import Transport
from faust.types import TP, TransportT
from faust.types.web import Web

from app.core.events.offsets import OffsetLedger, Partition
from app.core.telemetry import UNTOLD, Telemetry
from app.core.tracing import UNTRACED, Tracing
from app.stream.faust.consumer import LedgerConsumer, partitions_of
from app.stream.faust.fence import Fence
from app.stream.faust.pages import Page
from app.stream.faust.tables import PatientTables
from app.stream.faust.transport import LedgerTransport
from app.stream.intake.intake import Intake
from schemas.errors import StartRefused, WorkerHalted

SUPPORTED_FAUST = "0.15.3"

TICK_S = 0.5
"""Between two looks at the clock, against suspensions."""
SETTLE_MIN_S = 3.5
"""After a suspension: by then the answers to our heartbeats are here, also on a machine that has much to catch up."""
COMMIT_TIMEOUT_S = 1.5
"""For the last commit before partitions go; a broker takes milliseconds, or is away."""
STOP_BEYOND_GRACE_S = 4.5
"""For all of a stop that is not the grace: last writes, the last commit, leaving the group, closing connections."""

log = structlog.get_logger(__name__)


class ReviewApp(faust.App):
    """A Faust app whose commits follow the ledger.

    `before_start` runs before anything connects; it may raise `StartRefused`. `after_stop` closes what wiring
    opened, and `on_assigned` hears which partitions are held from now on: none, once a stop has drained them.
    `on_tick` is called several times a second and must not wait; `pages` are served on the web port.
    `drain_grace_s` is how long running calls may take to finish before they are cancelled.
    """

    logger = logging.getLogger("faust.app")  # Faust's own lines stay under its name and level

    def __init__(
        self,
        *args: Any,
        drain_grace_s: float = 10.0,
        idempotent_producer: bool = True,
        telemetry: Telemetry = UNTOLD,
        **kwargs: Any,
    ) -> None:
        if faust.__version__ != SUPPORTED_FAUST:
            raise StartRefused(
                f"faust-streaming {faust.__version__} is installed; offsets are only safe on {SUPPORTED_FAUST}",
                f"install faust-streaming=={SUPPORTED_FAUST}",
            )
        super().__init__(*args, TableManager=PatientTables, **kwargs)
        self.ledger = OffsetLedger()
        self.intakes: dict[str, Intake] = {}
        self.before_start: list[Callable[[], Awaitable[None]]] = []
        self.after_stop: list[Callable[[], Awaitable[None]]] = []
        self.on_assigned: list[Callable[[Collection[Partition]], None]] = []
        self.on_tick: list[Callable[[], None]] = []
        self.pages: dict[str, Page] = {}
        self.telemetry = telemetry
        self.tracing: Tracing = UNTRACED
        self.failure: BaseException | None = None
        self.idempotent_producer = idempotent_producer
        self._drain_grace_s = drain_grace_s
        heartbeat_s, session_s = self.conf.broker_heartbeat_interval, self.conf.broker_session_timeout
        self._fence = Fence(gap_s=session_s - heartbeat_s - TICK_S, settle_s=max(SETTLE_MIN_S, 3 * heartbeat_s))

    def add_intake(self, topic: str, intake: Intake) -> None:
        """Register `intake` as the agent of `topic`, whose records stay raw bytes until the agent decodes them.

        Stages are registered in the order in which events flow.
        """
        channel = self.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        self.intakes[topic] = intake
        self.agent(channel, name=intake.stage, concurrency=1)(intake.agent)

    def consumed(self, tps: Iterable[TP]) -> list[Partition]:
        """The partitions among `tps` that an intake consumes; the rest are changelogs."""
        return partitions_of(tps, self.intakes)

    def rooms(self) -> dict[str, int]:
        """Each consumed topic, downstream first, and how many of its events go into its channel without a wait.

        The channel empties into the lanes for as long as they have room.
        """
        queued = dict.fromkeys(reversed(self.intakes), 0)
        for channel in self.topics:
            for topic in channel.topics:
                if topic in queued:
                    queued[topic] += channel.queue.qsize()
        return {topic: self.conf.stream_buffer_maxsize - count for topic, count in queued.items()}

    @property
    def suspended(self) -> bool:
        """Whether this process was stopped for so long that its partitions may be another's."""
        return self._fence.is_closed(time.monotonic())

    @faust.Service.task
    async def _tick(self) -> None:
        while not self.should_stop:
            self._fence.tick(time.monotonic())
            for look in self.on_tick:
                look()
            await self.sleep(TICK_S)

    def on_webserver_init(self, web: Web) -> None:
        """Serve our pages beside Faust's own."""
        super().on_webserver_init(web)
        router: UrlDispatcher = cast(Any, web).web_app.router
        for path, page in self.pages.items():
            router.add_get(path, page)

    def begin_assignment(self, held: Collection[Partition]) -> None:
        """Start a ledger for `held` and let the lanes accept events."""
        self.ledger.assign(held)
        self._tell_assigned(held)
        self._fence.open(time.monotonic())
        for intake in self.intakes.values():
            intake.open()

    def pause(self, partition: Partition) -> None:
        """Fetch no more of `partition` for now; what was fetched still comes.

        Faust's `pause_partitions` would not do: it drops what was fetched, and its offsets would be committed past.
        """
        cast(LedgerConsumer, self.consumer).on_buffer_full(TP(*partition))

    def resume(self, partition: Partition) -> None:
        """Fetch `partition` again. Not while a rebalance or a recovery holds all partitions: it resumes them itself."""
        if not self.rebalancing and not self.in_recovery:
            cast(LedgerConsumer, self.consumer).on_buffer_drop(TP(*partition))

    async def drain(self, why: str) -> None:
        """Close the intakes, give running calls their grace, cancel the rest, commit what is finished."""
        running = sum(intake.lanes.running for intake in self.intakes.values())
        # What may be another's by now can neither be written nor committed: waiting for it would only hold the group.
        suspended = self.suspended
        grace_s = 0.0 if suspended else self._drain_grace_s
        cancelled = await asyncio.gather(*(intake.lanes.drain(grace_s) for intake in self.intakes.values()))
        if suspended:
            self._tell_assigned(())
        await self._commit_finished()
        if running:
            log.info("drained", why=why, running=running, cancelled=sum(cancelled))

    async def _commit_finished(self) -> None:
        """Commit what the ledger offers; give up after a while, for a broker that is away must not hold a stop."""
        if self._consumer is None or not self.ledger.partitions:
            return
        consumer = self._consumer

        async def commit() -> None:
            # A commit that was under way when the lanes closed does not know what they finished since.
            for _ in range(2):
                await consumer.commit()

        # Not `asyncio.timeout`: Faust's commit takes a cancellation for that of another commit, and goes on.
        task = asyncio.get_running_loop().create_task(commit())
        _, late = await asyncio.wait({task}, timeout=COMMIT_TIMEOUT_S)
        if late:
            task.cancel()
            log.warning("commit_timed_out", detail="what was finished since the last commit may be looked at again")

    async def check_assignment(self, assigned: set[TP]) -> None:
        """Hold source, comparison and changelog partition counts against each other."""
        counts = {tp.topic: self.consumer.topic_partitions(tp.topic) for tp in assigned}
        known = {topic: count for topic, count in counts.items() if count is not None}
        if len(set(known.values())) > 1:
            listed = ", ".join(f"{topic} has {count}" for topic, count in sorted(known.items()))
            await self.crash(
                StartRefused(
                    f"topics that must have equally many partitions disagree: {listed}",
                    "growing a topic is a migration, for students change partitions: stop the workers, let them "
                    "finish, create all topics anew with one count and reproduce the submissions",
                )
            )

    async def committed_offsets(self, tps: Iterable[TP]) -> dict[TP, int | None]:
        """The group's committed offset of each partition, None where the broker holds none."""
        return await cast(LedgerConsumer, self.consumer).committed_offsets(tps)

    async def crash(self, reason: BaseException) -> None:
        """Stop the worker; the first reason is kept for whoever started it."""
        first = self.failure is None
        self.failure = self.failure or reason
        if isinstance(reason, WorkerHalted):
            # Nothing is broken, so the worker ends as an operator would end it: drained, committed, closed.
            if first:
                signal.raise_signal(signal.SIGTERM)
            return
        await super().crash(reason)

    async def prepare(self) -> None:
        """Run the checks that must pass before anything is consumed, once. May raise `StartRefused`."""
        checks, self.before_start = self.before_start, []
        for check in checks:
            await check()

    async def on_first_start(self) -> None:
        """Prepare, if whoever started the worker has not."""
        await self.prepare()
        await super().on_first_start()

    async def on_stop(self) -> None:
        """Drain while consumer and producer still live, then stop, and not for ever.

        What follows the drain only says goodbye; without a broker aiokafka would try to for half a minute.
        """
        goodbye = threading.Timer(self._drain_grace_s + STOP_BEYOND_GRACE_S, self._end_process)
        goodbye.daemon = True
        goodbye.start()
        await self.drain("stopping")
        self._tell_assigned(())
        await super().on_stop()

    def _tell_assigned(self, held: Collection[Partition]) -> None:
        for listen in self.on_assigned:
            listen(held)

    def _end_process(self) -> None:
        log.warning("stop_cut_short", detail="the broker did not answer; everything that could be saved was")
        os._exit(0 if self.failure is None else 1)

    async def on_shutdown(self) -> None:
        """Close what wiring opened."""
        await super().on_shutdown()
        for close in self.after_stop:
            await close()

    def _new_transport(self) -> TransportT:
        return LedgerTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return LedgerTransport(self.conf.broker_producer, self)
