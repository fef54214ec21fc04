"""Dead letters on their way: of any record, whatever it has and however large it is."""

import asyncio
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from app.core.events.event_attributes import EventAttributes
from app.core.events.record import Record, receive
from app.stream.faust.dead_letters import DeadLetterProducer
from app.stream.intake.settlement import Settlement, SettlementLimits
from schemas.dead_letter import Header, read_headers
from schemas.errors import Reason, RefusingStage, Rejected
from schemas.origin import Origin
from tests.builders.dead_letters import a_dead_letter
from tests.fakes.clock import FakeClock
from tests.fakes.halt_memory import FakeHaltMemory

PLACE = Origin(topic="submissions", partition=0, offset=7)


class Producer:
    """Faust's producer over aiokafka's: sends no record with neither key nor value, and none beyond `bytes_max`."""

    def __init__(self, bytes_max: int = 10_000) -> None:
        self.bytes_max = bytes_max
        self.sent: list[tuple[bytes | None, bytes | None, list[Header]]] = []

    async def send(
        self, _topic: str, key: bytes | None, value: bytes | None, _partition: Any, _at: Any, headers: list[Header]
    ) -> Any:
        assert key is not None or value is not None, "Need at least one: key or value"
        size = len(key or b"") + len(value or b"") + sum(len(name) + len(text or b"") for name, text in headers)
        if size > self.bytes_max:
            raise MessageSizeTooLargeError
        acknowledged: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        acknowledged.set_result("metadata")
        self.sent.append((key, value, headers))
        return acknowledged


def sink(producer: Producer) -> DeadLetterProducer:
    app: Any = SimpleNamespace(producer=producer)
    return DeadLetterProducer(app, "dead-letters", EventAttributes("reviewstream", is_on=False))


@pytest.mark.parametrize("stage", get_args(RefusingStage))
@pytest.mark.parametrize("key", [b"anna", b"", None])
@pytest.mark.parametrize("value", [b"value", b"", None])
async def test_any_refused_record_has_its_letter(stage: str, key: bytes | None, value: bytes | None) -> None:
    """Also one with neither key nor value, which our producer could not send: the worker goes on."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.TOMBSTONE, "the record has no value")

    producer = Producer()
    settlement = Settlement(
        stage,
        refuse,
        clock=FakeClock(),
        dead_letters=sink(producer),
        breakers={},
        limits=SettlementLimits(),
        suspended=lambda: False,
        halt_memory=FakeHaltMemory(),
    )
    await settlement.settle(receive(PLACE, key, value, (("trace", None),)))
    ((sent_key, sent_value, headers),) = producer.sent
    read = read_headers(headers)
    assert read.original == (("trace", None),)
    assert read.refusal is not None
    assert (read.refusal.stage, read.refusal.origin, read.refusal.left_out) == (stage, PLACE, {})
    assert sent_key == key
    assert (None if read.refusal.value_was_null else sent_value) == value


@pytest.mark.parametrize(
    ("key", "value", "headers", "left_out"),
    [
        (b"anna", b"value", (), {}),
        (b"anna", bytes(2000), (), {"value": 2000}),
        (None, bytes(2000), (), {"value": 2000}),
        (b"anna", None, (("h", bytes(2000)),), {"headers": 2001}),
        (b"anna", b"value", (("h", bytes(2000)), ("h", None)), {"value": 5, "headers": 2002}),
        (bytes(2000), None, (), {"key": 2000}),
        (bytes(2000), b"", (("h", b""),), {"headers": 1, "key": 2000}),
        (bytes(2000), bytes(2000), (("h", bytes(2000)),), {"value": 2000, "headers": 2001, "key": 2000}),
    ],
)
async def test_what_does_not_fit_is_left_out_and_told(
    key: bytes | None, value: bytes | None, headers: tuple[Header, ...], left_out: dict[str, int]
) -> None:
    """The value first, then the headers, then the key; our own headers always fit."""
    producer = Producer(bytes_max=1500)
    await sink(producer)(a_dead_letter(key=key, value=value, headers=headers))
    ((sent_key, sent_value, sent_headers),) = producer.sent
    read = read_headers(sent_headers)
    assert read.refusal is not None
    assert read.refusal.left_out == left_out
    assert read.original == (() if "headers" in left_out else headers)
    assert sent_key == (None if "key" in left_out else key)
    assert (sent_value or None) == (None if "value" in left_out else value or None)
