"""The answers that are paid for: found again, kept before they are used, counted once, and none beyond the budget."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date
from functools import partial
from typing import Final, TypeVar
from uuid import uuid4

import structlog

from app.adapters.llm.endpoint import Endpoint, Exchange
from app.adapters.llm.reading import Completion, ErrorInSuccess, UnreadableAnswer, read_completion
from app.backoff import Backoff, FailedTry
from app.core.costs import Budgets, Charge, DaySpending, Prices
from app.core.ports import AnswerTape, Clock, Spending, TapedAnswer
from app.core.telemetry import UNTOLD, AnswerTaped, Telemetry
from schemas.errors import Unavailable

T = TypeVar("T")

log = structlog.get_logger(__name__)

REFUSED_S: Final = 120.0
"""How long answers stay that led to a dead letter: a worker that is killed before it is written takes them once more,
and an operator who requeues it later gets new ones."""


class NoTape:
    """Port `AnswerTape` where nothing is kept: whoever sits at a desk asks anew."""

    async def find(self, key: str) -> TapedAnswer | None:  # noqa: ARG002 - the port gives it
        """Nothing."""
        return None

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:  # noqa: ARG002 - the port gives it
        """The same."""
        return answer

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """There is none."""


class NoSpending:
    """Port `Spending` where nobody counts."""

    async def count(self, charge: Charge) -> None:
        """Not counted."""

    async def find_spent(self, day: date, student_id: str) -> DaySpending:  # noqa: ARG002 - the port gives them
        """Nothing."""
        return DaySpending()


@dataclass(frozen=True, slots=True)
class PaidAnswers:
    """The tape and the purse of one reviewer.

    An answer that nobody can read is not kept, and counts against no budget: what it cost is not known.
    """

    tape: AnswerTape
    spending: Spending
    clock: Clock
    prices: Prices = field(default_factory=Prices)
    budgets: Budgets = field(default_factory=Budgets)
    backoff: Backoff = field(default_factory=Backoff)
    telemetry: Telemetry = UNTOLD

    async def find(self, key: str, endpoint: Endpoint, exchange: Exchange) -> Completion | None:
        """The answer that is kept under `key`, counted in case whoever kept it was killed before, or None."""
        found = await self.tape.find(key)
        if found is None:
            return None
        try:
            completion = read_completion(found.body)
        except (UnreadableAnswer, ErrorInSuccess) as exc:
            # It could be read when it came: this release reads otherwise.
            log.warning("taped_answer_unreadable", error=type(exc).__name__)
            if not exchange.is_dry:
                await self.tape.let_go([key], 0)
            return None
        if not exchange.is_dry:
            await self.spending.count(found.charge)
        exchange.count_taped(endpoint.price)
        self.telemetry.emit(AnswerTaped(endpoint.model))
        return completion

    async def check_budget(self, student_id: str) -> None:
        """Raise `Held` where nothing more may be bought today."""
        if not self.budgets.are_set:
            return
        now = self.clock.now()
        spent = await self.spending.find_spent(now.astimezone(UTC).date(), student_id)
        held = self.budgets.find_hold(spent, now)
        if held is not None:
            raise held

    async def keep(self, key: str, completion: Completion, endpoint: Endpoint, exchange: Exchange) -> Completion:
        """Keep an answer that has just come, and count it; returns the one that was kept first, to be used.

        While MongoDB is away the answer waits in memory: used unkept, it might be bought again, and thrown away it
        would be. Only a cancellation ends that wait.
        """
        charge = Charge(
            charge_id=uuid4().hex,
            day=self.clock.now().astimezone(UTC).date(),
            student_id=exchange.student_id,
            model=endpoint.model,
            tokens=completion.tokens,
            cost=endpoint.price.of(completion.tokens) if endpoint.price is not None else None,
        )
        kept = await self._outlast(lambda: self.tape.keep(key, TapedAnswer(completion.body, charge)))
        # Two, where another worker has bought and kept the same answer meanwhile.
        for each in dict.fromkeys((kept.charge, charge)):
            await self._outlast(partial(self.spending.count, each))
        return completion if kept.body == completion.body else read_completion(kept.body)

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """Have these answers not be taken again, in `after_s` seconds."""
        if keys:
            await self.tape.let_go(keys, after_s)

    async def _outlast(self, call: Callable[[], Awaitable[T]]) -> T:
        return await self.backoff.outlast(
            call, passing=lambda error: isinstance(error, Unavailable), on_wait=_tell_first
        )


def _tell_first(failed: FailedTry) -> None:
    """Once for each answer: an outage may take hours."""
    if failed.attempt == 1:
        detail = failed.error.detail if isinstance(failed.error, Unavailable) else type(failed.error).__name__
        log.warning("answer_waits_to_be_kept", detail=detail)


def nothing_kept(clock: Clock, prices: Prices | None = None) -> PaidAnswers:
    """Answers that are used as they come; their cost is told, and nobody adds it up."""
    return PaidAnswers(NoTape(), NoSpending(), clock, prices or Prices(), Budgets())
