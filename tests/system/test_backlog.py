"""A backlog in the log: the stages share the worker, and none waits until the one before it has nothing left."""

import asyncio
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from app.adapters.kafka.clients import stop_consumer
from tests.builders.records import a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.system.line import ANSWER, PARTITIONS, Line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

BACKLOG: Final = 600
IN_FLIGHT: Final = 16
CALL_S: Final = 2.0
COMPARED_MAX: Final = BACKLOG // 2
"""Before the first review is out: what the model has, as many that wait for it, and those that are compared meanwhile,
about a hundred on a quiet machine. Where a stage waits for the one before it to end, it is all of them."""
LOOKED_AT: Final = 60
"""Publications that are waited for: at eight calls a second a few seconds."""
BEHIND_MAX: Final = BACKLOG // 3
"""Reviews that wait for the publisher: a few on a quiet machine, 65 were seen on one with seven times its load. Where
publishing waits for reviewing to end, it is nearly all of them."""


async def test_reviews_of_a_backlog_are_published_while_the_rest_is_compared(
    line: Line, scripted_llm: ScriptedLlm
) -> None:
    """The first one long before all are compared, and from then on as they are reviewed."""
    scripted_llm.script = lambda _request, _number: Completion(ANSWER, delay_s=CALL_S)
    line.environment |= {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": scripted_llm.model,
        "MAX_IN_FLIGHT": str(IN_FLIGHT),
    }
    worker = await line.start_worker()
    await worker.stop()
    backlog = [a_submission(submission_id=f"s{n}", student_id=f"student-{n}") for n in range(BACKLOG)]
    await asyncio.gather(*map(line.produce, backlog))
    await line.start_worker()

    counter = AIOKafkaConsumer(bootstrap_servers=line.kafka.bootstrap, group_id=None)
    await counter.start()
    compared_at_first, behind = 0, 0
    try:
        while (published := len(line.api.deliveries)) < LOOKED_AT:
            await line.look()
            compared, reviewed = await ends(counter, line, "comparisons"), await ends(counter, line, "reviews")
            compared_at_first = compared_at_first or (compared if published else 0)
            behind = max(behind, reviewed - len(line.api.deliveries))
    finally:
        await stop_consumer(counter)
    assert 0 < compared_at_first < COMPARED_MAX
    assert behind < BEHIND_MAX


async def ends(counter: AIOKafkaConsumer, line: Line, topic: str) -> int:
    """How many records that topic of the line has."""
    places = [TopicPartition(line.topic(topic), number) for number in range(PARTITIONS)]
    return sum((await counter.end_offsets(places)).values())
