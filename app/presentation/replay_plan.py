"""A replay's plan in lines for a terminal."""

from collections.abc import Iterator

from schemas.replay import ReplayPlan


def plan_lines(plan: ReplayPlan) -> Iterator[str]:
    """What is meant, what it is compared with, what it costs."""
    yield f"{plan.submissions} submissions of {plan.students} students, of {', '.join(plan.assignments)}"
    if plan.rejected:
        yield f"a teacher rejected the review of {plan.rejected} of them; without --shadow a new one is delivered"
    for partition, (first, last) in plan.offsets.items():
        yield f"  partition {partition}: offsets {first} to {last}"
    if plan.looked_at < plan.submissions:
        yield f"looked at {plan.looked_at} of them, evenly; the figures below are scaled up"
    for baseline, count in plan.baselines.items():
        yield f"compared with {baseline}: {count}"
    for reason, count in plan.unreadable.items():
        yield f"cannot be compared again, {reason}: {count}"
    yield f"answers kept from before: {plan.from_tape}; calls of the model: {plan.calls}"
    if plan.calls:
        cost = "unknown, for the model has no price" if plan.cost is None else f"{plan.cost:.4f} {plan.currency}"
        yield f"tokens: {plan.prompt_tokens} of prompts, about {plan.completion_tokens} of answers; cost: {cost}"
    yield f"time at this rate: {plan.seconds:.0f} s at least"
