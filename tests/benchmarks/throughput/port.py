"""The one port of the benchmark, and where a peer finds everything. What it did is counted outside, for all alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from schemas.submission import Submission

Form = Literal["bare", "same_work"]
"""`bare`: take a submission, ask the model. `same_work`: compare the pair as well, keep the predecessor, write the
review to MongoDB, POST it to the API."""

PARTITIONS: Final = 6
"""Of each topic, for every peer: what we create by default."""
SESSION_TIMEOUT_S: Final = 6.0
"""After which a killed member's partitions move, for every peer that lets it be set: what we set by default."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer works: the same servers for all, topics, database and folder of its own under `prefix`.

    `in_flight` is how many calls it may keep in flight, where that can be set; `longest_call_s` what it must outlast.
    """

    form: Form
    bootstrap: str
    mongo_url: str
    redis_url: str
    model_url: str
    api_url: str
    prefix: str
    work_dir: Path
    peers_python: Path
    in_flight: int
    longest_call_s: float


class Peer(Protocol):
    """Something that takes submissions and has them reviewed."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def in_flight(self) -> int:
        """Calls that it keeps in flight at most."""
        ...

    @property
    def quiet_s(self) -> float:
        """Seconds without any progress after which nothing more is to be expected of it, even after a crash."""
        ...

    async def start(self) -> None:
        """Start, or start again with the state that it has."""
        ...

    async def feed(self, submissions: Sequence[Submission]) -> None:
        """Hand submissions in; returns when all of them are acknowledged."""
        ...

    def runs(self) -> bool:
        """Whether all of its processes are alive."""
        ...

    def sessions(self) -> list[int]:
        """The sessions of its processes that run, for processor time and memory."""
        ...

    def last_words(self) -> str:
        """The ends of its logs, for whoever has to find out."""
        ...

    def kill(self) -> None:
        """SIGKILL to all of its processes at once, as when the machine loses its power."""
        ...

    async def stop(self) -> None:
        """End for good."""
        ...
