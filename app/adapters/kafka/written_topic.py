"""A topic that a long-lived process writes to now and then: connected when it is needed, and anew after a failure."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.adapters.kafka.topics import partition_counts
from app.config import Settings
from schemas.base import Schema
from schemas.codec import encode
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.origin import Origin

_SEND_S: Final = 10.0
"""For one record, connecting included: somebody waits for the answer."""
_CLOSE_S: Final = 5.0
"""For what was not acknowledged yet, when the process ends."""


class WrittenTopic:
    """Connected when it is first written to, and anew after a failure."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._producer: ConfirmedProducer | None = None
        self._open = AsyncExitStack()
        self._connecting = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Disconnect."""
        self._drop()
        await asyncio.wait({*self._closing}, timeout=_CLOSE_S)

    async def send(self, key: bytes, record: Schema, at: datetime) -> Origin:
        """Produce a record, written `at`; returns where it stands once all in-sync replicas have it.

        `Rejected(record_too_large)`, `StartRefused`, `Unavailable`; after the last one it may stand there all the same.
        """
        topic = self._name
        try:
            async with asyncio.timeout(_SEND_S):
                producer = await self._connected()
                value = encode(record)
                return await producer.send(topic, key, value, timestamp_ms=round(at.timestamp() * 1000))
        except TimeoutError as exc:
            self._drop()
            raise Unavailable(Dependency.KAFKA, f"no answer within {_SEND_S:g} s when producing to {topic}") from exc
        except (StartRefused, Unavailable):
            self._drop()
            raise

    def _drop(self) -> None:
        """Let the next record connect anew; closing waits for a broker that is away, and nobody waits for that."""
        closing = asyncio.create_task(self._open.aclose())
        self._producer, self._open = None, AsyncExitStack()
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _connected(self) -> ConfirmedProducer:
        async with self._connecting:
            if self._producer is None:
                # Producing to a topic that is not there lets some brokers create it, with partitions of their own.
                settings, topic = self._settings, self._name
                if not await partition_counts(settings.bootstrap_servers, [topic], **client_auth(settings)):
                    raise Unavailable(Dependency.KAFKA, f"there is no topic {topic}: no worker has started yet")
                self._producer = await self._open.enter_async_context(confirmed_producer(self._settings))
            return self._producer
