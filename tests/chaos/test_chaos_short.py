"""The chaos suite's short form: every kind of disturbance once, kills four times. `make chaos` is the long one.

As many submissions for each kill as there: the price in calls is judged by the same share, which leaves room for the
answers that a kill cuts off an instant before they are saved.
"""

import logging
from pathlib import Path

import pytest

from app.embedded.stack import start_database
from tests.chaos.plan import Scenario
from tests.chaos.run import run_scenario
from tests.chaos.table import as_text
from tests.parts.choice import Kafka

pytestmark = [pytest.mark.alone, pytest.mark.kafka, pytest.mark.apache_kafka, pytest.mark.mongo]


@pytest.mark.timeout(300)
async def test_nothing_is_lost_doubled_or_out_of_order(kafka: Kafka, tmp_path: Path) -> None:
    """Workers, broker, database, API and model fail in turn: each submission has one review, in order, at its price."""
    database = await start_database(tmp_path / "mongodb")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs each attempt at a broker that is away
    said: list[str] = []
    try:
        result = await run_scenario(
            Scenario(submissions=440, kills=4, seed=4), kafka.broker, database, tmp_path, said.append
        )
    finally:
        logging.getLogger("aiokafka").setLevel(logging.NOTSET)
        await database.stop()
        await kafka.broker.start()  # others use it too
    assert result.verdict.holds, "\n".join((*said, as_text(result)))
    assert result.disturbed["kill"] == 4
    assert result.verdict.cost.faults > 0, "no fault was served: the run proves nothing about them"
