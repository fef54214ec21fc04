"""CloudEvents attributes on all that is produced: behind a record's other headers, and only where switched on."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from app.adapters.kafka.comparison_topic import ComparisonTopic
from app.adapters.kafka.review_topic import ReviewTopic
from app.config import Settings, load_settings
from app.stream.faust.dead_letters import DeadLetterProducer
from app.stream.faust.sends import TopicOutbox
from schemas.codec import encode
from schemas.dead_letter import HEADER_PREFIX, Header, read_headers
from schemas.replay import PROMOTED, REPEAT, REPLAY_PREFIX
from schemas.review import ReplayNote
from tests.builders.dead_letters import a_dead_letter
from tests.builders.records import a_comparison, a_review

ATTRIBUTES = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type"]


class Producer:
    """Acknowledges and keeps the headers; refuses values of `refused` bytes once."""

    def __init__(self, refused: int | None = None) -> None:
        self.refused = refused
        self.headers: list[list[Header]] = []

    async def send(self, topic: str, key: bytes, value: bytes | None, *rest: Any) -> Any:
        """As Faust's producer, or as that of the commands: the last argument are the headers."""
        acknowledged: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if value is not None and len(value) == self.refused:
            acknowledged.set_exception(MessageSizeTooLargeError())
        else:
            self.headers.append(list(rest[-1]))
            acknowledged.set_result("metadata")
        return acknowledged


def settings(cloudevents: bool) -> Settings:
    return load_settings(None, cloudevents=cloudevents)


def names(headers: Sequence[Header]) -> list[str]:
    return [name for name, _ in headers]


@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
async def test_what_agents_send_has_them_where_switched_on(is_on: bool) -> None:
    """Comparisons and reviews, behind the headers that they have anyway."""
    producer = Producer()
    app: Any = SimpleNamespace(producer=producer)
    events = settings(is_on).event_attributes()
    await TopicOutbox(app, "comparisons", events.of_comparison).send(b"k", encode(a_comparison()), [(REPEAT, b"1")])
    await TopicOutbox(app, "reviews", events.of_review).send(b"k", encode(a_review()))
    more = ATTRIBUTES if is_on else []
    assert [names(headers) for headers in producer.headers] == [[REPEAT, *more], more]


@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
async def test_what_commands_send_has_them_where_switched_on(is_on: bool) -> None:
    """Comparisons of a replay, and shadow reviews that are promoted."""
    producer: Any = Producer()
    comparisons, reviews = ComparisonTopic(settings(is_on)), ReviewTopic(settings(is_on))
    comparisons._producer = reviews._producer = producer
    await comparisons.send(b"k", encode(a_comparison(generation=1)), [("order", b"1")])
    await reviews.promote(a_review(generation=1, replay=ReplayNote(replay_id="r", is_shadow=True)))
    more = ATTRIBUTES if is_on else []
    made_again = [REPLAY_PREFIX + "id", REPLAY_PREFIX + "shadow"]
    assert [names(headers) for headers in producer.headers] == [["order", *more], [*made_again, PROMOTED, *more]]
    assert not is_on or dict(producer.headers[1])["ce_type"] == b"reviewstream.submission.reviewed.v1"


@pytest.mark.parametrize("refused", [None, 5], ids=["with its value", "without its value"])
async def test_a_dead_letter_can_still_be_read(refused: int | None) -> None:
    """Ours are found before the attributes, and the original's are kept apart from them."""
    producer = Producer(refused)
    app: Any = SimpleNamespace(producer=producer)
    letter = a_dead_letter(value=b"bytes", headers=(("ce_id", b"the platform's"),))
    await DeadLetterProducer(app, "dead-letters", settings(True).event_attributes())(letter)
    (headers,) = producer.headers
    read = read_headers(headers)
    assert read.original == letter.headers
    assert read.refusal is not None
    assert read.refusal.value_omitted_bytes == refused
    assert names(headers)[-len(ATTRIBUTES) :] == ATTRIBUTES
    assert (HEADER_PREFIX + "value_omitted_bytes" in names(headers)) is (refused is not None)
