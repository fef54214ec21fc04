"""The places of those who wait for a state to change, by long polls and streams."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.core.access import KnownToken
from app.core.limits import WebLimits
from app.web.problems import ProblemRaised


@dataclass(slots=True)
class WaitingPlaces:
    """So many places in all, and no token may take more than its share of them."""

    limits: WebLimits = field(default_factory=WebLimits)
    _held: Counter[str] = field(default_factory=Counter)

    @property
    def free(self) -> int:
        """How many places are left."""
        return self.limits.waiting_max - self._held.total()

    def refusal(self, token: KnownToken) -> ProblemRaised | None:
        """Why there is no place for `token`, None where there is one."""
        own_max = self.limits.student_waiting_max if token.student_id is not None else self.limits.token_waiting_max
        if self._held[token.name] >= own_max:
            said = f"{own_max} requests of this token are waiting already"
        elif self.free <= 0:
            said = f"{self.limits.waiting_max} requests are waiting already"
        else:
            return None
        cure = "ask without wait, or start another process of `reviewstream web`"
        return ProblemRaised(503, "too_many_waiting", said, cure, headers={"Retry-After": "5"})

    @contextmanager
    def hold(self, token: KnownToken) -> Iterator[None]:
        """A place, as long as it is needed. Raises the refusal where there is none."""
        refusal = self.refusal(token)
        if refusal is not None:
            raise refusal
        self._held[token.name] += 1
        try:
            yield
        finally:
            self._held[token.name] -= 1
            if self._held[token.name] == 0:
                del self._held[token.name]
