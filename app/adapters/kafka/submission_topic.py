"""The topic of submissions, written to by the HTTP API."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final

from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.config import Settings
from schemas.codec import encode
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.origin import Origin
from schemas.submission import Submission

_SEND_S: Final = 10.0
"""For one record, connecting included: somebody waits for the answer."""


class SubmissionTopic:
    """Connected when it is first written to, and anew after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: ConfirmedProducer | None = None
        self._open = AsyncExitStack()
        self._connecting = asyncio.Lock()

    async def aclose(self) -> None:
        """Disconnect."""
        self._producer = None
        await self._open.aclose()

    async def send(self, submission: Submission, at: datetime) -> Origin:
        """Produce a submission, written `at`; returns where it stands once all in-sync replicas have it.

        `Rejected(record_too_large)`, `StartRefused`, `Unavailable`; after the last one it may stand there all the same.
        """
        key, topic = submission.student_id.encode(), self._settings.topic_submissions
        try:
            async with asyncio.timeout(_SEND_S):
                producer = await self._connected()
                value = encode(submission)
                return await producer.send(topic, key, value, timestamp_ms=round(at.timestamp() * 1000))
        except TimeoutError as exc:
            await self.aclose()
            raise Unavailable(Dependency.KAFKA, f"no answer within {_SEND_S:g} s when producing to {topic}") from exc
        except (StartRefused, Unavailable):
            await self.aclose()
            raise

    async def _connected(self) -> ConfirmedProducer:
        async with self._connecting:
            if self._producer is None:
                self._producer = await self._open.enter_async_context(confirmed_producer(self._settings))
            return self._producer
