"""What every `WorkerStatuses` does, run on the fake and on a MongoDB-compatible server."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from app.adapters.mongo.worker_statuses import KEPT, STATUSES_COLLECTION, MongoWorkerStatuses
from app.core.readiness import BreakerLevels, StageLevels, WorkerLevels, find_causes
from app.core.watching.tally import Tally
from app.core.watching.watching_ports import WorkerStatuses
from app.core.watching.worker_status import Ending, WorkerPhase, WorkerStatus, worker_status
from schemas.errors import Dependency, Unavailable
from tests.builders.records import NOON
from tests.builders.telemetry import EVERY_RECORD
from tests.builders.watching import a_process, a_status
from tests.contracts.conftest import Client
from tests.fakes.watching import MemoryStatuses

LATER = NOON.replace(year=2126)
"""Not yet: a server may remove at once what has ended."""


def told(worker_id: str = "w1", **fields: Any) -> WorkerStatus:
    """A status that stands for long."""
    return a_status(worker_id, told_at=LATER, **fields)


def a_full_status() -> WorkerStatus:
    """One with something in every field."""
    tally = Tally()
    for record in EVERY_RECORD:
        tally.emit(record)
    levels = WorkerLevels(
        assigned=2,
        stages={"reviewer": StageLevels(3, 2, 1, 0.25)},
        lags={("dotted.topic", 1): 7, ("dotted.topic", 0): 0},
        stalled_s={("dotted.topic", 1): 61.5},
        breakers={
            Dependency.LLM: BreakerLevels(8, open_s=4.25, detail="HTTP 500"),
            Dependency.MONGODB: BreakerLevels(64),
        },
        recovery_left=5,
        recovering_s=3,
        unheard_s=2,
    )
    ending = Ending(cause="too much", cure="mend it", is_halt=True)
    causes = find_causes(levels, LATER)
    return worker_status(
        a_process(), levels, tally, causes, now=LATER, beat=7, phase=WorkerPhase.RECOVERING, untold=3, ending=ending
    )


class StatusesContract:
    """The facts; each subclass gives the fixtures `statuses` and `statuses_away`."""

    async def test_a_status_comes_back_as_it_was_told(self, statuses: WorkerStatuses) -> None:
        """Every field, times and all."""
        assert list(await statuses.heard()) == []
        await statuses.tell(a_full_status())
        assert list(await statuses.heard()) == [a_full_status()]

    async def test_the_last_status_of_a_process_stands(self, statuses: WorkerStatuses) -> None:
        """Each in place of the one before; those of others stay. Who began last comes first."""
        young = a_process("w2", started_at=NOON)
        await statuses.tell(told("w1"))
        for beat in range(5):
            await statuses.tell(told(who=young, beat=beat))
        await statuses.tell(told(who=young, beat=9, phase=WorkerPhase.STOPPED))
        assert [(one.who.worker_id, one.beat, one.phase) for one in await statuses.heard()] == [
            ("w2", 9, "stopped"),
            ("w1", 1, "running"),
        ]

    async def test_an_outage_is_unavailable(self, statuses_away: WorkerStatuses) -> None:
        """To tell and to hear."""
        for ask in (statuses_away.tell(told()), statuses_away.heard()):
            with pytest.raises(Unavailable) as caught:
                await ask
            assert caught.value.dependency is Dependency.MONGODB


class TestMemoryStatuses(StatusesContract):
    """The contract on the fake."""

    @pytest.fixture
    def statuses(self) -> MemoryStatuses:
        return MemoryStatuses()

    @pytest.fixture
    def statuses_away(self) -> MemoryStatuses:
        statuses = MemoryStatuses()
        statuses.away = True
        return statuses


@pytest.mark.mongo
class TestMongoStatuses(StatusesContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    def statuses(self, mongo_client: Client, mongo_database: str) -> MongoWorkerStatuses:
        return MongoWorkerStatuses(mongo_client, mongo_database)

    @pytest.fixture
    def statuses_away(self, mongo_away: Client) -> MongoWorkerStatuses:
        return MongoWorkerStatuses(mongo_away, "nowhere")

    async def test_a_status_ends_by_itself(
        self, mongo_client: Client, mongo_database: str, statuses: MongoWorkerStatuses
    ) -> None:
        """An index of MongoDB's removes it an hour after the last word; it is there once the first was told."""
        await statuses.tell(told())
        assert await statuses.missing_indexes() == ()
        document = await mongo_client[mongo_database][STATUSES_COLLECTION].find_one({"_id": "w1"})
        assert document is not None
        assert document["expires_at"].replace(tzinfo=UTC) == LATER + KEPT
        assert timedelta(0) < KEPT

    async def test_what_cannot_be_read_is_left_out(
        self, mongo_client: Client, mongo_database: str, statuses: MongoWorkerStatuses
    ) -> None:
        """A status of another version does not hide the others."""
        await mongo_client[mongo_database][STATUSES_COLLECTION].insert_one({"_id": "w0", "phase": "dancing"})
        await statuses.tell(told())
        assert [status.who.worker_id for status in await statuses.heard()] == ["w1"]
