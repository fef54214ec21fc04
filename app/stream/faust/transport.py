"""What an app sends and receives through: Faust's aiokafka driver with our consumer and our producer."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, cast

from faust.transport.drivers import aiokafka as driver
from faust.types import ConsumerT, ProducerT

from app.stream.faust.consumer import LedgerConsumer
from app.stream.faust.outages import start_through_outages


class ProducingApp(Protocol):
    """What the producer asks of the app that owns it."""

    idempotent_producer: bool


class IdempotentProducer(driver.Producer):
    """A producer that waits for all replicas; where the cluster allows idempotence, its retries repeat nothing."""

    logger = logging.getLogger("faust.producer")

    async def on_start(self) -> None:
        """Start aiokafka's producer, however long the broker is away."""
        await start_through_outages(self, super().on_start, self._discard)

    @property
    def lost_to(self) -> BaseException | None:
        """What ended aiokafka's sender, None while it sends: once it has ended no record leaves this producer."""
        sender = getattr(self._producer, "_sender", None)
        task: asyncio.Task[None] | None = getattr(sender, "sender_task", None)
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    async def _discard(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def create_topic(self, topic: str, partitions: int, replication: int, **kwargs: Any) -> None:
        """Do nothing: all topics were made, or found as planned, before the start."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": cast("ProducingApp", self.app).idempotent_producer}


class LedgerTransport(driver.Transport):
    """aiokafka transport with the consumer and the producer above."""

    Consumer: ClassVar[type[ConsumerT]] = LedgerConsumer
    Producer: ClassVar[type[ProducerT]] = IdempotentProducer
