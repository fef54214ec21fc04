"""Confirmed sends: through an outage of the broker, once, and never of what cannot fit."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from app.backoff import Backoff
from app.stream.faust import sends
from app.stream.faust.app import ReviewApp
from app.stream.faust.transport import IdempotentProducer
from schemas.errors import Reason, Rejected, StartRefused


class Producer:
    """Fails as told, then acknowledges."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[bytes] = []

    async def send(self, topic: str, key: bytes, value: bytes, *_: Any) -> Any:
        acknowledged: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self.failures:
            acknowledged.set_exception(self.failures.pop(0))
        else:
            self.sent.append(value)
            acknowledged.set_result("metadata")
        return acknowledged


class App:
    """As much of the app as a send looks at."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sends, "BACKOFF", Backoff(first_s=0.001, max_s=0.01))


async def test_a_send_outlasts_an_outage_of_the_broker() -> None:
    """It is tried until the broker acknowledges, so that what was paid for is not made again."""
    producer = Producer(KafkaTimeoutError(), KafkaTimeoutError())
    app: Any = App(producer)
    sent: Any = await sends.send_confirmed(app, "reviews", key=b"k", value=b"v")
    assert sent == "metadata"
    assert producer.sent == [b"v"]


async def test_a_record_that_cannot_fit_is_refused_at_once() -> None:
    """Trying again would not make it smaller."""
    producer = Producer(MessageSizeTooLargeError())
    app: Any = App(producer)
    with pytest.raises(Rejected) as refused:
        await sends.send_confirmed(app, "reviews", key=b"k", value=b"v")
    assert refused.value.reason is Reason.RECORD_TOO_LARGE
    assert producer.sent == []


async def test_a_drain_can_cancel_a_send_that_waits() -> None:
    """A broker that never comes back does not hold a stop."""
    producer = Producer(*[KafkaTimeoutError() for _ in range(10_000)])
    app: Any = App(producer)
    sending = asyncio.create_task(sends.send_confirmed(app, "reviews", key=b"k", value=b"v"))
    await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_producer_whose_sender_has_ended_ends_the_worker() -> None:
    """Aiokafka fails every record from then on: waiting would never end, and a new producer goes on."""

    async def end() -> None:
        raise KafkaError("Unexpected error during batch delivery")

    async def refuse(*_: Any, **__: Any) -> Any:
        raise KafkaError("Unexpected error during batch delivery")

    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    sender_task = asyncio.create_task(end())
    await asyncio.wait({sender_task})
    producer: Any = app.producer
    assert isinstance(producer, IdempotentProducer)
    producer._producer = SimpleNamespace(send=refuse, _sender=SimpleNamespace(sender_task=sender_task))
    with pytest.raises(StartRefused, match="start the worker again"):
        await sends.send_confirmed(app, "reviews", key=b"k", value=b"v")
