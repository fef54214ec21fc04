"""Whether one event fails alone, or because its dependency is out: an outage is never an event's fault.

An event is poison once it has been failing for long while others' calls succeeded. In an outage some still do: calls
that were under way when it began, a probe that was lucky. They must not add up to an hour, however long it lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.stream.resilience.outcomes import Calls, Outcomes

SPAN_MAX_S: Final = 180.0
"""What counts of the time between two failures: a wait, and an attempt that ends by its time limits. More of it was
spent in line for a dependency that was out."""


@dataclass(slots=True)
class PoisonClock:
    """How long one event has been failing while others' calls, of the kind that it fails by, succeeded.

    It runs between two failures of the event, as fast as others get through: where half of their calls succeed, at half
    the speed, where none does not at all. Where nobody else calls, it is judged with the failures that follow.
    """

    ran_s: float = 0.0
    _failed_at: float | None = None
    _failed_by: Calls | None = None
    _others: Mapping[Calls, Outcomes] = field(default_factory=dict)

    def note_failure(self, now_s: float, others: Mapping[Calls, Outcomes], calls: Calls | None) -> None:
        """Note a failure at `now_s` by `calls`, None where no dependency is to blame.

        `others` are the outcomes so far of everybody else's calls; the event's own would prove nothing about it.
        """
        since = Outcomes()
        if calls is not None:
            since = others.get(calls, Outcomes()).minus(self._others.get(calls, Outcomes()))
            if calls == self._failed_by and since == Outcomes():
                return
        if self._failed_at is not None and since.succeeded:
            share = since.succeeded / (since.succeeded + since.failed)
            self.ran_s += min(now_s - self._failed_at, SPAN_MAX_S) * share
        self._failed_at, self._failed_by, self._others = now_s, calls, others
