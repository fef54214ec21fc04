"""Plain Faust, as its user guide has it: one agent writes the table, another with `concurrency` asks the model."""

from tests.benchmarks.throughput.peers.processes import KafkaPeer, program, program_environment
from tests.benchmarks.throughput.port import Place


class FaustPeer(KafkaPeer):
    """One worker. Agents of several actors may not write tables, so there are two agents and a topic between them."""

    name = "plain Faust"
    topics = ("submissions", "compared")

    def __init__(self, place: Place) -> None:
        command = (str(place.peers_python), *program("on_faust"), "worker", "--loglevel=warn")
        super().__init__(place, [command], program_environment(place))
