"""Quix Streams: functions are not asynchronous, and it scales by processes, at most one for each partition."""

from tests.benchmarks.throughput.peers.processes import KafkaPeer, program, program_environment
from tests.benchmarks.throughput.port import PARTITIONS, Place


class QuixPeer(KafkaPeer):
    """As many processes as partitions, each with one call in flight: its most."""

    name = f"Quix Streams, {PARTITIONS} processes"

    def __init__(self, place: Place) -> None:
        command = (str(place.peers_python), *program("on_quix"))
        super().__init__(place, [command] * PARTITIONS, program_environment(place))
        self.in_flight = PARTITIONS
