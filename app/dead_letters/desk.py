"""The operator's stories with dead letters, of one installation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.config import Settings
from app.core.events.dead_letters import DeadLetterFilter
from app.dead_letters.stories import (
    DeadLetterPlace,
    count_dead_letters,
    list_dead_letters,
    requeue_dead_letters,
    show_dead_letter,
)


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """What can be done with dead letters from afar; purging is the command's alone."""

    settings: Settings

    async def list(self, chosen: DeadLetterFilter, limit: int) -> dict[str, Any]:
        """The newest letters that match."""
        return await list_dead_letters(self.settings, chosen, limit)

    async def count(self, since: datetime) -> dict[str, int]:
        """How many letters were written since then, by reason."""
        return await count_dead_letters(self.settings, since)

    async def show(self, place: DeadLetterPlace) -> dict[str, Any]:
        """One letter, its value cut as the command cuts it. `StartRefused` where there is none."""
        return await show_dead_letter(self.settings, place, self.settings.limits().dead_letters.shown_chars_max)

    async def requeue(
        self,
        chosen: DeadLetterFilter,
        named: frozenset[DeadLetterPlace],
        *,
        limit: int | None,
        again: bool,
        really: bool,
    ) -> dict[str, Any]:
        """Send letters back. `StartRefused` where one of the named is not there."""
        return await requeue_dead_letters(self.settings, chosen, named, limit=limit, again=again, really=really)
