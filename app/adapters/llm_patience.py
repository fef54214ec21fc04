"""How often one event may buy answers that are of no use.

An endpoint that sends what nobody can read is paid for each time, and an event that waits is asked about again and
again. So after a few such answers a tiny request goes first, and only where that is answered the prompt goes again;
in the end the event is refused, if the endpoint does answer others.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from schemas.comparison import Comparison

CONTROL_AFTER: Final = 3
"""Answers without use before a tiny request goes first."""
FRUITLESS_MAX: Final = 6
"""Answers without use that one event may buy."""
_EVENTS_MAX: Final = 4_096

Event = tuple[str, str, str, int]


@dataclass(slots=True)
class Spent:
    """What one event has bought so far, and how many drafts others had got when it began."""

    fruitless: int = 0
    drafts_at_first: int = 0
    unreadable: bool = False
    detail: str = ""


class Patience:
    """The events that bought answers without use; forgotten with their first draft."""

    def __init__(self) -> None:
        self._drafts = 0
        self._events: OrderedDict[Event, Spent] = OrderedDict()

    def spent(self, comparison: Comparison) -> Spent:
        """What this event has bought."""
        return self._events.get(_event(comparison)) or Spent(drafts_at_first=self._drafts)

    def note_fruitless(self, comparison: Comparison, spent: Spent) -> None:
        """The event bought answers without use."""
        self._events[_event(comparison)] = spent
        self._events.move_to_end(_event(comparison))
        while len(self._events) > _EVENTS_MAX:
            self._events.popitem(last=False)

    def note_done(self, comparison: Comparison) -> None:
        """The event has its outcome."""
        self._events.pop(_event(comparison), None)

    def note_draft(self) -> None:
        """Somebody got a draft: the endpoint answers."""
        self._drafts += 1

    def is_used_up(self, spent: Spent) -> bool:
        """Whether the event has bought enough, once the endpoint has just answered a tiny request.

        What cannot be read is the answer to this prompt then. An endpoint that ends answers for want of resources
        may do so to long prompts alone: that is the event's fault only where others' are answered.
        """
        others = self._drafts > spent.drafts_at_first
        return spent.fruitless >= FRUITLESS_MAX and (spent.unreadable or others)


def _event(comparison: Comparison) -> Event:
    return (
        comparison.student_id, comparison.assignment_id, comparison.submission_id, comparison.generation,
    )  # fmt: skip
