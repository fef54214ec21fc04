"""What a replay would mean and cost: its comparisons are made, its questions put together, and nobody is asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from agents.earlier_reviews import find_earlier
from app.core.costs import Prices, TokenCounts
from app.core.ports import Forecast, Forecaster, KeptReviews, Rubrics
from app.core.replaying.replay_ports import MadeReviews
from app.core.reviewing.question import ask
from app.core.words import Catalogue
from app.replay.choosing import Chosen
from app.replay.rebuilding import Rebuilder
from schemas.comparison import Comparison
from schemas.errors import Rejected
from schemas.replay import ReplayPlan, Selection

PLANNED_GENERATION: Final = 2**31 - 1
"""Stands for the generation that is drawn when the replay begins. Never drawn itself: a replay that asks anew keeps its
answers under its generation, and a plan must not find them."""
_COMPLETION_TOKENS: Final = 1_200
"""Of a model's answer, where no earlier review tells."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked. Of more than `looked_at_max` submissions so many are looked at, evenly."""

    selection: Selection
    is_fresh: bool = False
    rate_per_s: float = 5.0
    looked_at_max: int = 1_000


@dataclass(slots=True)
class _Sums:
    """What the submissions that were looked at add up to."""

    baselines: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    from_tape: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completions: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Planning:
    """What a plan is made with. `kept` are reviews as they were made. `model` is None where rules review."""

    rebuilder: Rebuilder
    forecaster: Forecaster
    reviews: MadeReviews
    kept: KeptReviews
    rubrics: Rubrics
    catalogue: Catalogue
    prices: Prices
    model: str | None

    async def plan(self, chosen: Sequence[Chosen], request: PlanRequest) -> ReplayPlan:
        """The plan of a replay of all that is `chosen`."""
        every = max(1, -(-len(chosen) // request.looked_at_max))
        looked_at = chosen[::every]
        sums = _Sums()
        for one in looked_at:
            await self._look_at(one, sums, is_fresh=request.is_fresh)
        scale = len(chosen) / len(looked_at)
        tokens = TokenCounts(
            prompt=round(sums.prompt_tokens * scale),
            completion=round(
                sums.calls * scale * (median(sums.completions) if sums.completions else _COMPLETION_TOKENS)
            ),
        )
        price = self.prices.find(self.model) if self.model is not None else None
        heads = [one.step.head for one in chosen]
        offsets: dict[int, tuple[int, int]] = {}
        for head in heads:
            first, last = offsets.get(head.origin.partition, (head.origin.offset, head.origin.offset))
            offsets[head.origin.partition] = (min(first, head.origin.offset), max(last, head.origin.offset))
        return ReplayPlan(
            submissions=len(chosen),
            students=len({head.student_id for head in heads}),
            rejected=sum(one.is_rejected for one in chosen),
            assignments=tuple(sorted({head.assignment_id for head in heads})),
            offsets=dict(sorted(offsets.items())),
            looked_at=len(looked_at),
            baselines=_scaled(sums.baselines, scale),
            unreadable=_scaled(sums.unreadable, scale),
            from_tape=round(sums.from_tape * scale),
            calls=round(sums.calls * scale),
            prompt_tokens=tokens.prompt,
            completion_tokens=tokens.completion,
            cost=float(price.of(tokens)) if price is not None else None,
            currency=self.prices.currency if price is not None else None,
            seconds=len(chosen) / request.rate_per_s,
        )

    async def _look_at(self, one: Chosen, sums: _Sums, *, is_fresh: bool) -> None:
        try:
            comparison = await self.rebuilder.rebuild(one.step, PLANNED_GENERATION)
        except Rejected as exc:
            sums.unreadable[exc.reason.value] += 1
            return
        sums.baselines[comparison.baseline.value] += 1
        current = (await self.reviews.many([one.current])).get(one.current) if one.current is not None else None
        if current is not None and current.usage.calls:
            sums.completions.append(current.usage.completion_tokens // current.usage.calls)
        forecast = await self._forecast(comparison, is_fresh=is_fresh)
        sums.calls += forecast.calls
        sums.prompt_tokens += forecast.prompt_tokens
        sums.from_tape += self.model is not None and forecast.calls == 0

    async def _forecast(self, comparison: Comparison, *, is_fresh: bool) -> Forecast:
        earlier = await find_earlier(comparison, self.kept)
        question = ask(
            comparison,
            earlier.previous,
            earlier.threads,
            self.rubrics.of(comparison.assignment_id),
            self.catalogue.of(comparison.language),
            is_fresh=is_fresh,
        )
        return await self.forecaster.forecast(question)


def _scaled(counts: Counter[str], scale: float) -> dict[str, int]:
    return {name: round(count * scale) for name, count in counts.most_common()}
