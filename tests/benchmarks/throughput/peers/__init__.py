"""An adapter for each peer."""

from collections.abc import Callable
from typing import Final

from tests.benchmarks.throughput.peers.celery_peer import CeleryPeer
from tests.benchmarks.throughput.peers.faststream_peer import FastStreamPeer
from tests.benchmarks.throughput.peers.faust_peer import FaustPeer
from tests.benchmarks.throughput.peers.quix_peer import QuixPeer
from tests.benchmarks.throughput.peers.reviewstream_peer import ReviewstreamPeer
from tests.benchmarks.throughput.port import Peer, Place

PEERS: Final[dict[str, Callable[[Place], Peer]]] = {
    "reviewstream": ReviewstreamPeer,
    "celery": CeleryPeer,
    "faust": FaustPeer,
    "quix": QuixPeer,
    "faststream": FastStreamPeer,
}
"""How each peer is made; ours comes first."""

OURS: Final = "reviewstream"
