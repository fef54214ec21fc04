"""The ports of a replay in memory: its books, its log, its way to the reviewers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.core.events.record import Record
from app.core.replaying.items import ItemPhase, ReplayItem
from app.core.replaying.timeline import Head
from schemas.dead_letter import Header
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.origin import Origin
from schemas.replay import ReplayPhase, ReplayState


class MemoryReplays:
    """Port `Replays`; what is kept goes through its own text, as it does in a database. Set `away` for an outage."""

    def __init__(self) -> None:
        self.away = False
        self.marks = 0
        self._generation = 0
        self._states: dict[str, str] = {}
        self._items: dict[str, dict[int, str]] = {}

    async def draw_generation(self) -> int:
        self._answer()
        self._generation += 1
        return self._generation

    async def begin(self, state: ReplayState, items: Sequence[ReplayItem]) -> None:
        self._answer()
        assert state.replay_id not in self._states, "an id is drawn once"
        self._items[state.replay_id] = {item.number: item.model_dump_json() for item in items}
        self._states[state.replay_id] = state.model_dump_json()

    async def find(self, replay_id: str) -> ReplayState:
        self._answer()
        if replay_id not in self._states:
            raise StartRefused(f"there is no replay {replay_id}", "list them")
        return ReplayState.model_validate_json(self._states[replay_id])

    async def all(self, limit: int) -> list[ReplayState]:
        self._answer()
        states = [ReplayState.model_validate_json(text) for text in self._states.values()]
        return sorted(states, key=lambda state: -state.generation)[:limit]

    async def turn(
        self, replay_id: str, phase: ReplayPhase, *, only_from: Sequence[ReplayPhase], **fields: object
    ) -> bool:
        self._answer()
        if replay_id not in self._states:
            return False
        state = await self.find(replay_id)
        if state.phase not in only_from:
            return False
        self._keep(state, phase=phase, **fields)
        return True

    async def note(self, replay_id: str, heard_at: datetime | None = None) -> ReplayState:
        self._answer()
        state = await self.find(replay_id)
        phases = [item.phase for item in self._of(replay_id)]
        reviewed, failed = phases.count(ItemPhase.REVIEWED), phases.count(ItemPhase.FAILED)
        sent = phases.count(ItemPhase.SENT) + reviewed
        self._keep(state, sent=sent, reviewed=reviewed, failed=failed, heard_at=heard_at or state.heard_at)
        return await self.find(replay_id)

    async def items(self, replay_id: str, *phases: ItemPhase) -> AsyncIterator[ReplayItem]:
        self._answer()
        for item in self._of(replay_id):
            if not phases or item.phase in phases:
                yield item

    async def mark(self, items: Sequence[ReplayItem], phase: ItemPhase, why: str | None = None) -> None:
        self._answer()
        self.marks += 1
        for item in items:
            marked = item.model_copy(update={"phase": phase, "why": why})
            self._items[item.replay_id][item.number] = marked.model_dump_json()

    def _of(self, replay_id: str) -> list[ReplayItem]:
        items = self._items.get(replay_id, {})
        return [ReplayItem.model_validate_json(items[number]) for number in sorted(items)]

    def _keep(self, state: ReplayState, **fields: object) -> None:
        merged = ReplayState.model_validate({**state.model_dump(), **fields})
        self._states[state.replay_id] = merged.model_dump_json()

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")


@dataclass
class MemoryLog:
    """Ports `SubmissionHeads` and `SubmissionRecords`: records, those of them that are heads, and what was refused."""

    heads_there: list[Head] = field(default_factory=list)
    records: dict[Origin, Record] = field(default_factory=dict)
    refusals: set[tuple[Origin, int]] = field(default_factory=set)
    starts: dict[int, int] = field(default_factory=lambda: {0: 0})

    async def bounds(self) -> Mapping[int, tuple[int, int]]:
        return {partition: (start, start + len(self.heads_there)) for partition, start in self.starts.items()}

    async def refused(self) -> set[tuple[Origin, int]]:
        return self.refusals

    async def heads(self) -> AsyncIterator[Head]:
        for head in self.heads_there:
            yield head

    async def record(self, position: Origin) -> Record | None:
        return self.records.get(position)


class MemoryComparisons:
    """Port `ReplayedComparisons`. `letters` are refusals by generation and review id; `looks` counts questions."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bytes, tuple[Header, ...]]] = []
        self.letters: dict[int, dict[UUID, str]] = {}
        self.looks = 0
        self.away = False

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        self._answer()
        self.sent.append((key, value, tuple(headers)))

    async def refused(self, generation: int) -> Mapping[UUID, str]:
        self._answer()
        self.looks += 1
        return self.letters.get(generation, {})

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.KAFKA, "away")
