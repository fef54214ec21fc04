"""When so much is refused that the stage itself must be suspected, after arroyo's DlqLimit.

A bad deploy, a missing mount or a changed producer refuses what was good yesterday. Each refusal alone is final and
right to be written down; too many of them among the recent events drain a topic into dead letters.
"""

from collections import Counter, deque
from dataclasses import dataclass

from app.core.limits import RefusalLimits
from schemas.errors import Reason, WorkerHalted


@dataclass(frozen=True, slots=True)
class Surge:
    """More refusals than are believed: `refused` of the last `events`, `of_reason` of them for `reason`."""

    refused: int
    events: int
    reason: Reason
    of_reason: int


class RefusalWindow:
    """The outcomes of the last `limits.window` events of one stage."""

    def __init__(self, limits: RefusalLimits) -> None:
        self._limits = limits
        self._outcomes: deque[Reason | None] = deque()
        self._reasons: Counter[Reason] = Counter()

    @property
    def share(self) -> float:
        """Share of these events that were refused, 0 before the first."""
        return self._reasons.total() / len(self._outcomes) if self._outcomes else 0.0

    def note_done(self) -> None:
        """Note an event that was done."""
        self._push(None)

    def note_refused(self, reason: Reason) -> Surge | None:
        """Note an event that is to be refused; the surge that it is part of, if there is one."""
        self._push(reason)
        refused, events = self._reasons.total(), len(self._outcomes)
        if events < self._limits.events_min or refused <= self._limits.share_max * events:
            return None
        reason, of_reason = self._reasons.most_common(1)[0]
        return Surge(refused, events, reason, of_reason)

    def resume(self, reason: Reason) -> None:
        """Go on where a worker was stopped: one more refusal is one too many, until others are done.

        Else each restart would let `events_min` refusals through before it concludes anything.
        """
        refused = min(int(self._limits.share_max * self._limits.events_min), self._limits.events_min - 1)
        for number in range(self._limits.events_min - 1):
            self._push(reason if number < refused else None)

    def _push(self, outcome: Reason | None) -> None:
        if len(self._outcomes) == self._limits.window:
            oldest = self._outcomes.popleft()
            if oldest is not None:
                self._reasons[oldest] -= 1
        self._outcomes.append(outcome)
        if outcome is not None:
            self._reasons[outcome] += 1


def halt(stage: str, surge: Surge, limits: RefusalLimits) -> WorkerHalted:
    """Why a worker stops on `surge`, and the way out."""
    return WorkerHalted(
        f"the {stage} refused {surge.refused} of its last {surge.events} events, more than {limits.share_max:.0%} "
        f"(REFUSED_SHARE_MAX); most often, {surge.of_reason} times, as {surge.reason.value}; the event that was next "
        "to be refused, and all after it, stay in their topic",
        f"look at `reviewstream deadletters list --stage {stage} --reason {surge.reason.value}` and at what was "
        "deployed, mounted or produced lately, mend it, start again, and `deadletters requeue` what was refused; if "
        "the events are to be refused, raise REFUSED_SHARE_MAX (1 never stops): they come again after each start",
    )
