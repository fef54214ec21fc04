"""Port `AnswerTape` in memory."""

from collections.abc import Collection
from datetime import datetime, timedelta

from app.core.ports import TapedAnswer
from schemas.errors import Dependency, Unavailable
from tests.fakes.clock import FakeClock


class MemoryTape:
    """Answers by key. Set `away` for an outage. An answer without a charge blows up."""

    def __init__(self, clock: FakeClock | None = None, *, days: int = 30, answer_bytes_max: int = 2**24) -> None:
        self.away = False
        self.refused = 0
        """Calls during outages."""
        self._clock = clock or FakeClock()
        self._days = days
        self._answer_bytes_max = answer_bytes_max
        self._kept: dict[str, tuple[TapedAnswer, datetime]] = {}

    @property
    def answers(self) -> dict[str, TapedAnswer]:
        """What can be found now, in the order of arrival."""
        now = self._clock.now()
        return {key: answer for key, (answer, ends) in self._kept.items() if ends > now}

    async def find(self, key: str) -> TapedAnswer | None:
        """What can be found under `key`."""
        self._answer()
        return self.answers.get(key)

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
        """Keep the first."""
        self._answer()
        assert answer.charge.charge_id, "an answer has a charge"
        if len(answer.body) > self._answer_bytes_max:
            return answer
        if key not in self.answers:
            self._kept[key] = (answer, self._clock.now() + timedelta(days=self._days))
        return self._kept[key][0]

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """End them then, or before."""
        self._answer()
        ends = self._clock.now() + timedelta(seconds=after_s)
        for key in set(keys) & self._kept.keys():
            answer, before = self._kept[key]
            self._kept[key] = (answer, min(before, ends))

    def _answer(self) -> None:
        if self.away:
            self.refused += 1
            raise Unavailable(Dependency.MONGODB, "away")
