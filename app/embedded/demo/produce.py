"""The samples for a worker that somebody else runs: sources travel in the records, nothing is started."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiokafka.errors import KafkaError

from app.adapters.kafka.clients import client_auth
from app.config import Settings
from app.embedded.demo.child_worker import Topics
from app.embedded.demo.samples import produce, sample_submissions
from schemas.errors import StartRefused
from schemas.submission import Language, Submission

_TOPIC_WAIT_S: Final = 90.0  # a compose file starts producer, broker and worker at once
_POLL_S: Final = 0.5


async def produce_to_configured_kafka(
    settings: Settings, *, run: str, language: Language | None, on_sent: Callable[[Submission], None]
) -> list[Submission]:
    """Send the samples to the Kafka of `settings` once its topic is there; returns what was sent.

    They ask for reviews in `language`, or leave that to the worker. Raises `StartRefused` where there is no such topic
    in time, and aiokafka's `KafkaError`.
    """
    brokers, topic, connection = settings.kafka_bootstrap_servers, settings.topic_submissions, client_auth(settings)
    try:
        async with asyncio.timeout(_TOPIC_WAIT_S):
            await _wait_for_topic(brokers, topic, connection)
    except TimeoutError as exc:
        raise StartRefused(
            f"the topic {topic} is not there after {_TOPIC_WAIT_S:g} s on {brokers}",
            "start a worker, which creates the topics; check KAFKA_BOOTSTRAP_SERVERS and TOPIC_SUBMISSIONS",
        ) from exc
    submissions = sample_submissions(None, run=run, language=language)
    await produce(brokers, topic, submissions, connection=connection, on_sent=on_sent)
    return submissions


async def _wait_for_topic(brokers: str, topic: str, connection: Mapping[str, Any]) -> None:
    while True:
        try:
            async with Topics(brokers, connection) as topics:
                while not await topics.exist({topic}):  # noqa: ASYNC110  # a broker's topics raise no event
                    await asyncio.sleep(_POLL_S)
                return
        except KafkaError:  # the broker is still starting
            await asyncio.sleep(_POLL_S)
