"""A replay's reviews against the old ones: lines for a terminal, and one page that stands alone."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from app.core.replaying.paired import obstacle
from schemas.replay import PairedReviews, ReplayDiff, ScoreMoves


def diff_lines(diff: ReplayDiff, band: float) -> Iterator[str]:
    """The sums, the verdicts that moved, and every submission, those that lost most first."""
    yield f"{len(diff.pairs)} submissions, {diff.missing} of them without an old or a new review"
    for name, moves in (("overall", diff.overall), ("quality", diff.quality)):
        if moves is not None:
            yield f"{name}: {_moves(moves)}"
    yield f"promotion: {obstacle(diff, band) or 'nothing is in its way'}"
    for move in diff.items:
        yield f"verdict on {move.item_id}: {move.before or 'none'} -> {move.after or 'none'}, {move.count} times"
    for one in diff.pairs:
        yield _line(one)


def diff_page(diff: ReplayDiff, band: float) -> str:
    """One HTML page without scripts; every name is escaped, for students choose some of them."""
    return _template().render(diff=diff, obstacle=obstacle(diff, band))


def _moves(moves: ScoreMoves) -> str:
    low, high = moves.interval
    return f"{moves.mean:+.1f} on average, 95% interval {low:+.1f} to {high:+.1f}; {moves.down} down, {moves.up} up"


def _line(one: PairedReviews) -> str:
    who = f"{one.student_id} {one.assignment_id} {one.submission_id}"
    if one.overall_before is None or one.overall_after is None:
        return f"{who}: the {'old' if one.overall_before is None else 'new'} review is missing"
    change = one.overall_after - one.overall_before
    moved = "".join(
        f"; {move.item_id}: {move.before or 'none'} -> {move.after or 'none'}"
        for move in one.items
        if move.before != move.after
    )
    return (
        f"{who}: overall {one.overall_before} -> {one.overall_after} ({change:+d}), quality {one.quality_before} -> "
        f"{one.quality_after}, comments gone {one.comments_gone}, new {one.comments_new}, {_cost(one)}{moved}"
    )


def _cost(one: PairedReviews) -> str:
    """Of the old and the new review; calls of the new one where the model has no price."""
    if one.cost_after is None:
        return f"calls {one.calls_after}"
    before = "unknown" if one.cost_before is None else f"{one.cost_before:.4f}"
    return f"cost {before} -> {one.cost_after:.4f}"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(
        (files("app") / "presentation" / "pages" / "templates" / "replay_diff.html").read_text("utf-8")
    )
