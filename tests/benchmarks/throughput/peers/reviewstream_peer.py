"""Ours: the production worker, as the system tests start it. Only how many calls it keeps in flight is set."""

from typing import Final

from app.embedded.machine.loopback import LOOPBACK, free_port
from tests.benchmarks.throughput.outside import MODEL
from tests.benchmarks.throughput.peers.processes import KafkaPeer, our_python
from tests.benchmarks.throughput.port import PARTITIONS, SESSION_TIMEOUT_S, Place

_TOPICS: Final = ("submissions", "comparisons", "reviews", "dead-letters")
_LANE_BUFFER: Final = 256  # the default; more calls in flight need as many events


class ReviewstreamPeer(KafkaPeer):
    """`python -m app worker`: there is no bare form of it."""

    name = "reviewstream"
    topics = ()  # it makes its own

    def __init__(self, place: Place) -> None:
        super().__init__(place, [(our_python(), "-m", "app", "worker")], _environment(place))

    async def stop(self) -> None:
        """In order: it may be started again in the same place, with other settings."""
        await self._processes.stop()
        await super().stop()


def _environment(place: Place) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": place.bootstrap,
        "KAFKA_GROUP_ID": place.prefix,
        "KAFKA_SESSION_TIMEOUT_S": f"{SESSION_TIMEOUT_S:g}",
        "TOPIC_PARTITIONS": str(PARTITIONS),
        "MONGODB_URL": place.mongo_url,
        "MONGODB_DB": place.prefix,
        "LLM_BASE_URL": place.model_url,
        "LLM_MODEL": MODEL,
        "EXTERNAL_API_URL": place.api_url,
        "EXTERNAL_API_KEY": "benchmark",
        "MAX_IN_FLIGHT": str(place.in_flight),
        "LANE_BUFFER": str(max(_LANE_BUFFER, 2 * place.in_flight)),
        "REVIEW_LANGUAGE": "en",
        "LOG_FORMAT": "json",
        "WEB_HOST": LOOPBACK,
        "WEB_PORT": str(free_port()),
        **{f"TOPIC_{name.upper().replace('-', '_')}": f"{place.prefix}-{name}" for name in _TOPICS},
    }
