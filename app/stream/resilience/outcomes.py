"""How calls of dependencies ended: what tells an outage from an event that fails alone.

Calls that only read are counted apart: a database whose disk is full, or that has lost its majority, answers them and
takes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Dependency


class CallKind(StrEnum):
    """What a call that ends says something about: calls of its kind, and no others."""

    WORK = "work"
    """What the dependency is there for: a write, an answer of a model, a delivery."""
    READ = "read"
    """A look at what a database holds."""


Calls = tuple[Dependency, CallKind]
"""One dependency's calls of one kind."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many calls succeeded, and how many found their dependency unavailable."""

    succeeded: int = 0
    failed: int = 0

    def plus(self, *, succeeded: bool) -> "Outcomes":
        """With one call more."""
        return Outcomes(self.succeeded + succeeded, self.failed + (not succeeded))

    def minus(self, other: "Outcomes") -> "Outcomes":
        """Without those of `other`, which are among them."""
        return Outcomes(self.succeeded - other.succeeded, self.failed - other.failed)


class CallTally:
    """Outcomes since it was made; they only grow."""

    def __init__(self) -> None:
        self._outcomes: dict[Calls, Outcomes] = {}
        self._failed_last: dict[Dependency, CallKind] = {}

    def note(self, calls: Calls, *, succeeded: bool) -> None:
        """Count one more call."""
        self._outcomes[calls] = self.of(calls).plus(succeeded=succeeded)
        if not succeeded:
            self._failed_last[calls[0]] = calls[1]

    def of(self, calls: Calls) -> Outcomes:
        """The outcomes of such calls."""
        return self._outcomes.get(calls, Outcomes())

    def failed_last(self, dependency: Dependency) -> CallKind:
        """The kind of the last call of `dependency` that failed."""
        return self._failed_last.get(dependency, CallKind.WORK)


_own: ContextVar[CallTally | None] = ContextVar("own_calls", default=None)


@contextmanager
def own_calls(tally: CallTally) -> Iterator[None]:
    """Count calls that are made within the block in `tally` too, also those of tasks that it starts."""
    token = _own.set(tally)
    try:
        yield
    finally:
        _own.reset(token)


def note_own(calls: Calls, *, succeeded: bool) -> None:
    """Count a call in the tally of whoever makes it, if there is one."""
    tally = _own.get()
    if tally is not None:
        tally.note(calls, succeeded=succeeded)
