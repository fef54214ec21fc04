"""FastStream with `max_workers`: concurrent over all messages only with `ACK_FIRST`, which is at most once."""

from tests.benchmarks.throughput.peers.processes import KafkaPeer, program, program_environment
from tests.benchmarks.throughput.port import Place


class FastStreamPeer(KafkaPeer):
    """One process. It has no state of its own; the predecessor stands in MongoDB."""

    name = "FastStream"

    def __init__(self, place: Place) -> None:
        super().__init__(place, [(str(place.peers_python), *program("on_faststream"))], program_environment(place))
