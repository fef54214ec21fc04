"""Output topic and tables in memory, failing when told to."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from app.core.history.entries import pack, stamp_of, unpack
from schemas.base import Schema
from schemas.dead_letter import Header
from schemas.errors import Dependency, Unavailable
from schemas.history import ReviewHistory, SubmissionHistory

S = TypeVar("S", bound=Schema)


class FakeOutbox:
    """Port `Outbox`; refuses what is not bytes, as the broker would."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes]] = []
        self.headers: list[tuple[Header, ...]] = []
        self.down = False

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        if self.down:
            raise Unavailable(Dependency.KAFKA, "down")
        assert isinstance(key, bytes)
        assert isinstance(value, bytes)
        self.records.append((key, value))
        self.headers.append(tuple(headers))


class FakeTable(Generic[S]):
    """Port `SubmissionHistories`, and most of `ReviewHistories`; entries go through the real encoding."""

    def __init__(self, schema: type[S]) -> None:
        self._schema = schema
        self._entries: dict[tuple[str, str], bytes] = {}
        self.writes = 0
        self.down = False

    def get(self, student_id: str, assignment_id: str) -> S | None:
        value = self._entries.get((student_id, assignment_id))
        return None if value is None else unpack(self._schema, value)

    async def put(self, student_id: str, assignment_id: str, entry: S) -> None:
        if self.down:
            raise Unavailable(Dependency.KAFKA, "down")
        self.writes += 1
        self._entries[student_id, assignment_id] = pack(entry, 0, self.stamp)

    @property
    def stamp(self) -> int:
        """What a written entry is stamped with."""
        return self.writes

    def is_behind(self, student_id: str, assignment_id: str) -> bool:
        value = self._entries.get((student_id, assignment_id))
        return value is not None and stamp_of(value)[1] >= self.stamp


def submission_histories() -> FakeTable[SubmissionHistory]:
    """An empty `submission_history`."""
    return FakeTable(SubmissionHistory)


class FakeReviews(FakeTable[ReviewHistory]):
    """An empty `review_history`; the test says which event is worked on and what is committed."""

    def __init__(self) -> None:
        super().__init__(ReviewHistory)
        self.offset = 0
        self.settled_below = 0

    @property
    def stamp(self) -> int:
        """The offset of the event that is worked on."""
        return self.offset

    def is_settled(self, offset: int) -> bool:
        return offset < self.settled_below
