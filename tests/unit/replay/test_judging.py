"""Promoting and discarding, over fakes."""

from typing import Any

import pytest

from app.core.deciding.applying import apply_ruling
from app.core.deciding.folding import fold_decisions
from app.core.replaying.items import ItemPhase
from app.replay.judging import Judgement
from schemas.errors import StartRefused
from schemas.replay import ReplayPhase
from schemas.review import ReplayNote, Review, ReviewResult
from tests.builders.decisions import a_comment, an_edit
from tests.builders.records import NOON, a_review
from tests.builders.replays import a_state, an_item
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.decisions import MemoryDecisions
from tests.fakes.replays import MemoryReplays
from tests.fakes.store import MemoryReviews

SUB_0 = ("student-1", "hw-1", "sub-0")


class Delivered:
    """The way to the publisher; fails after some."""

    def __init__(self) -> None:
        self.reviews: list[Review] = []
        self.left = 10_000

    async def promote(self, review: Review) -> None:
        if not self.left:
            raise ConnectionError
        self.left -= 1
        self.reviews.append(review)


class Bench:
    """A finished shadow replay of some submissions, old ones with 50 points."""

    def __init__(self, *scores: int | None, **state: Any) -> None:
        self.scores = scores
        self.state = {"phase": ReplayPhase.FINISHED, "is_shadow": True, "chosen": len(scores), **state}
        self.replays = MemoryReplays()
        self.reviews = MemoryReviews()
        self.current = MemoryCurrentReviews(self.reviews)
        self.decisions = MemoryDecisions()
        self.delivered = Delivered()
        self.judgement = Judgement(self.replays, self.reviews, self.current, self.decisions)

    async def begin(self) -> "Bench":
        await self.replays.begin(a_state(**self.state), [an_item(number) for number in range(len(self.scores))])
        for number, score in enumerate(self.scores):
            old = self.review(number, 0, 50)
            await self.reviews.store(old)
            await self.reviews.mark_published(old, NOON)
            await self.current.make_current(old)
            if score is not None:
                await self.reviews.store(self.review(number, 1, score))
        return self

    @staticmethod
    def review(number: int, generation: int, score: int) -> Review:
        return a_review(
            new_submission_id=f"sub-{number}",
            generation=generation,
            review_result=ReviewResult(overall_score=score, progress_summary="A", code_quality_score=score),
            replay=ReplayNote(replay_id=f"replay-{generation}", is_shadow=True) if generation else None,
        )

    async def promote(self, forced_for: str | None = None) -> ReplayPhase:
        state = await self.judgement.promote("replay-1", self.delivered, band=3.0, forced_for=forced_for)
        return state.phase


async def test_a_replay_within_the_band_is_promoted() -> None:
    """Every review goes to the publisher, also that of a submission that failed at first and was requeued."""
    bench = await Bench(50, 51, 49).begin()
    await bench.replays.mark([an_item(1)], ItemPhase.FAILED, "model_refused: no")
    assert await bench.promote() is ReplayPhase.PROMOTED
    assert [one.new_submission_id for one in bench.delivered.reviews] == ["sub-0", "sub-1", "sub-2"]


@pytest.mark.parametrize("scores", [(90, 90), (10, 10), (10, 90), (50, None)])
async def test_a_replay_beyond_the_band_needs_a_reason(scores: tuple[int | None, ...]) -> None:
    """Nothing is delivered without; the reason is recorded."""
    bench = await Bench(*scores).begin()
    with pytest.raises(StartRefused, match="is not promoted"):
        await bench.promote()
    assert bench.delivered.reviews == []
    assert await bench.promote("a stricter rubric") is ReplayPhase.PROMOTED
    assert (await bench.replays.find("replay-1")).promotion_reason == "a stricter rubric"


async def test_a_promotion_that_was_cut_off_is_done_again() -> None:
    """Its replay is still a finished one."""
    bench = await Bench(50, 50, 50).begin()
    bench.delivered.left = 1
    with pytest.raises(ConnectionError):
        await bench.promote()
    bench.delivered.left = 10
    assert await bench.promote() is ReplayPhase.PROMOTED
    assert {one.new_submission_id for one in bench.delivered.reviews} == {"sub-0", "sub-1", "sub-2"}


async def test_a_later_generation_stays_the_current_one() -> None:
    """An appeal was decided since: the older replay's review of that submission stays in the shadow."""
    bench = await Bench(50, 50).begin()
    await bench.current.make_current(bench.review(1, 2, 80))
    await bench.promote()
    assert [one.new_submission_id for one in bench.delivered.reviews] == ["sub-0"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"is_shadow": False}, "delivered as they came"),
        ({"phase": ReplayPhase.RUNNING}, "is running, not finished"),
        ({"phase": ReplayPhase.PAUSED}, "is paused, not finished"),
        ({"phase": ReplayPhase.DISCARDED}, "is discarded, not finished"),
    ],
)
async def test_only_a_finished_shadow_replay_is_judged(state: dict[str, Any], said: str) -> None:
    """Neither promoted nor discarded."""
    bench = await Bench(50, **state).begin()
    with pytest.raises(StartRefused, match=said):
        await bench.promote()
    with pytest.raises(StartRefused, match=said):
        await bench.judgement.discard("replay-1")


@pytest.mark.parametrize("phase", [ReplayPhase.FINISHED, ReplayPhase.CANCELLED])
async def test_discarding_deletes_what_nobody_was_told_of(phase: ReplayPhase) -> None:
    """A cancelled one's too; the old reviews stay."""
    bench = await Bench(50, 50, phase=phase).begin()
    assert (await bench.judgement.discard("replay-1")).phase is ReplayPhase.DISCARDED
    assert {one.generation for one in bench.reviews.reviews.values()} == {0}


async def test_no_replay_is_no_diff() -> None:
    """It says where to look."""
    bench = Bench()
    with pytest.raises(StartRefused, match="there is no replay"):
        await bench.judgement.diff("replay-9")


async def test_a_diff_of_many_is_read_in_batches() -> None:
    """One question for some hundred submissions, not one for each."""
    bench = await Bench(*[50] * 450).begin()
    asked = bench.reviews.calls
    diff = await bench.judgement.diff("replay-1")
    assert (len(diff.pairs), diff.missing, bench.reviews.calls - asked) == (450, 0, 3)


async def edited(bench: Bench, **edits: Any) -> None:
    """A teacher changes the review that counts for `sub-0`, and the editor brings that out."""
    decision = an_edit(1, **edits).model_copy(update={"submission_id": "sub-0"})
    await bench.decisions.keep(decision)
    read = apply_ruling(bench.review(0, 0, 50), fold_decisions([decision]))
    await bench.reviews.revise(read)


async def test_both_sides_are_judged_as_a_student_reads_them() -> None:
    """A teacher's edit holds for the new review as well: promotion takes nothing of it away."""
    bench = await Bench(50).begin()
    comment = a_comment("said-by-a-person").model_dump()
    await edited(bench, comments=[{"comment": comment}])
    (one,) = (await bench.judgement.diff("replay-1")).pairs
    assert (one.comments_gone, one.comments_new) == (0, 0)


async def test_a_promoted_replay_is_compared_with_what_it_superseded() -> None:
    """Whatever counts by now; the edits are in both."""
    bench = await Bench(52).begin()
    await edited(bench, comments=[{"comment": a_comment("said-by-a-person").model_dump()}])
    await bench.promote()
    published = apply_ruling(bench.delivered.reviews[0], fold_decisions(await bench.decisions.of(SUB_0)))
    await bench.reviews.revise(published)
    await bench.current.make_current(published)
    (one,) = (await bench.judgement.diff("replay-1")).pairs
    assert (one.overall_before, one.overall_after, one.comments_gone, one.comments_new) == (50, 52, 0, 0)
    assert not one.is_overtaken


async def test_what_goes_out_holds_nothing_of_a_persons() -> None:
    """The publisher applies the decisions itself."""
    bench = await Bench(50).begin()
    await edited(bench)
    await bench.promote()
    assert [review.decision for review in bench.delivered.reviews] == [None]


async def test_another_review_that_counts_since_stands_in_the_way() -> None:
    """The second of two shadow replays is judged by the first one's review, and says that it supersedes that."""
    bench = await Bench(53).begin()
    state = a_state(replay_id="replay-2", generation=2, **bench.state)
    await bench.replays.begin(state, [an_item(0, replay="replay-2", generation=2)])
    await bench.reviews.store(bench.review(0, 2, 51))
    await bench.promote()
    await bench.current.make_current(bench.delivered.reviews[0])

    diff = await bench.judgement.diff("replay-2")
    assert (diff.overtaken, diff.pairs[0].overall_before, diff.pairs[0].overall_after) == (1, 53, 51)
    with pytest.raises(StartRefused, match="1 of 1 submissions have another review since they were chosen"):
        await bench.judgement.promote("replay-2", bench.delivered, band=9.0, forced_for=None)
    await bench.judgement.promote("replay-2", bench.delivered, band=9.0, forced_for="both are wanted")
    sent = bench.delivered.reviews[-1]
    assert sent.replay is not None
    assert (sent.generation, sent.replay.supersedes) == (2, bench.review(0, 1, 53).review_id)
    assert bench.reviews.reviews[sent.review_id] == sent, "what is stored is what everyone gets"

    await bench.current.make_current(sent)
    (one,) = (await bench.judgement.diff("replay-2")).pairs
    assert (one.overall_before, one.overall_after, one.is_overtaken) == (53, 51, False), "what it did stand in place of"
