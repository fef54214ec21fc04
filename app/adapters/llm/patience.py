"""How often one event may buy answers that are of no use.

An endpoint that sends what nobody can read is paid for each time, and an event that waits is asked about again and
again. So after a few such answers a tiny request goes first, and the prompt only where that is answered. In the end
an event whose answers nobody can read is refused. One whose answers the endpoint breaks off, for want of resources
perhaps, is not: that is an outage, so its prompt goes out seldom instead.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from schemas.comparison import Comparison

CONTROL_AFTER: Final = 3
"""Answers without use before a tiny request goes first."""
FRUITLESS_MAX: Final = 6
"""Answers without use that one event may buy as it likes."""
LOOKS_PER_ANSWER: Final = 4
"""Tiny requests to one more whole prompt from then on."""
_EVENTS_MAX: Final = 4_096

Event = tuple[str, str, str, int]


@dataclass(slots=True)
class Spent:
    """What one event has bought in vain so far. `looks` counts tiny requests since it has bought enough."""

    fruitless: int = 0
    looks: int = 0
    unreadable: bool = False
    detail: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is bought without a second thought."""
        return self.fruitless >= FRUITLESS_MAX

    def may_buy_again(self) -> bool:
        """Whether it is time for one more whole prompt; counts the look."""
        self.looks += 1
        return self.looks % LOOKS_PER_ANSWER == 0


class Patience:
    """The events that bought answers in vain; forgotten with their outcome."""

    def __init__(self) -> None:
        self._events: OrderedDict[Event, Spent] = OrderedDict()

    def spent(self, comparison: Comparison) -> Spent:
        """What this event has bought."""
        return self._events.get(_event(comparison)) or Spent()

    def note_fruitless(self, comparison: Comparison, spent: Spent) -> None:
        """The event bought answers in vain."""
        self._events[_event(comparison)] = spent
        self._events.move_to_end(_event(comparison))
        while len(self._events) > _EVENTS_MAX:
            self._events.popitem(last=False)

    def note_done(self, comparison: Comparison) -> None:
        """The event has its outcome."""
        self._events.pop(_event(comparison), None)


def _event(comparison: Comparison) -> Event:
    return comparison.student_id, comparison.assignment_id, comparison.submission_id, comparison.generation
