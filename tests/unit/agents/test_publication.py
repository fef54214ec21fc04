"""Publisher and editor together: a review and what is decided about it meet, whoever comes first."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.editor import Editor
from agents.publication import Publication
from agents.publisher import Publisher
from app.core.events.record import Record
from app.core.telemetry import PublishOutcome, ReviewTaken
from schemas.base import Schema
from schemas.codec import encode
from schemas.decision import Decision, DecisionKind
from schemas.errors import Reason, Rejected
from schemas.origin import Origin
from schemas.replay import PROMOTED
from schemas.review import ReplayNote, Review, ReviewStanding
from schemas.rubric import Release
from tests.builders.decisions import a_decision, an_edit
from tests.builders.records import a_review
from tests.fakes.clock import FakeClock
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.decisions import MemoryDecisions
from tests.fakes.notifier import RecordedNotifier
from tests.fakes.review_api import RecordedReviewApi
from tests.fakes.store import MemoryReviews
from tests.fakes.telemetry import FakeTelemetry

KEY = ("student-1", "hw-1", "sub-1")


class Killed(Exception):
    """What a test kills a stage with."""


@dataclass
class Stopping:
    """A part whose calls stop before they are made: `stop` decides for how long, or whether the process dies there."""

    inner: Any
    stop: Callable[[], Coroutine[Any, Any, None]]

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any) -> Any:
            await self.stop()
            return await getattr(self.inner, name)(*args)

        return call


@dataclass
class Platform:
    """Everything that publisher and editor share."""

    reviews: MemoryReviews = field(default_factory=MemoryReviews)
    current: MemoryCurrentReviews = field(default_factory=MemoryCurrentReviews)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    api: RecordedReviewApi = field(default_factory=RecordedReviewApi)
    webhook: RecordedNotifier = field(default_factory=RecordedNotifier)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)

    async def publish(self, review: Review, offset: int = 0, headers: Any = (), stop: Any = None) -> None:
        publisher = Publisher(self._publication(stop), self.telemetry)
        await publisher.publish(a_record("reviews", review, offset, headers))

    async def edit(self, decision: Decision, offset: int | None = None, stop: Any = None) -> None:
        editor = Editor(self._publication(stop), self.telemetry)
        await editor.edit(a_record("decisions", decision, decision.decision_id.int if offset is None else offset))

    def read(self, review: Review) -> Review:
        """What readers find under the review's id."""
        return self.reviews.reviews[review.review_id]

    @property
    def keys(self) -> list[str]:
        """The keys of the API in the order in which they came first, ids shortened to generations."""
        names = {str(a_review(generation=number).review_id): str(number) for number in range(3)}
        return [f"{names[key[:36]]}{key[36:]}" for key in self.api.accepted]

    @property
    def outcomes(self) -> list[str]:
        """What became of reviews, in order."""
        return [one.outcome.value for one in self.telemetry.told if isinstance(one, ReviewTaken)]

    def _publication(self, stop: Any) -> Publication:
        parts: list[Any] = [self.reviews, self.current, self.decisions, self.api, self.webhook, FakeClock()]
        if stop is not None:
            parts = [*(Stopping(part, stop) for part in parts[:-1]), parts[-1]]
        return Publication(*parts)


def a_record(topic: str, value: Schema, offset: int, headers: Any = ()) -> Record:
    at = Origin(topic=topic, partition=0, offset=offset)
    return Record(position=at, origin=at, key=b"student-1", value=encode(value), headers=headers)


async def test_an_edit_of_a_published_review_is_told_under_a_key_of_its_own() -> None:
    """Readers find the decided body, the API gets it as a revision, the original is kept."""
    platform = Platform()
    await platform.publish(a_review())
    await platform.edit(an_edit(1))
    assert platform.keys == ["0", "0.r1"]
    assert platform.read(a_review()).review_result.progress_summary == "as a person says, 1"
    assert (await platform.reviews.store(a_review())).review == a_review()
    assert platform.outcomes == ["published", "revised"]
    assert platform.webhook.told == [a_review().review_id] * 2


async def test_a_review_that_needs_approval_waits_and_goes_out_with_all_edits() -> None:
    """Nobody is told before, and afterwards of one body alone."""
    platform, review = Platform(), a_review(release=Release.AFTER_APPROVAL)
    await platform.publish(review)
    await platform.edit(an_edit(1))
    assert (platform.keys, platform.reviews.published_at, await platform.current.current([KEY])) == ([], {}, {})
    await platform.edit(a_decision(2))
    assert platform.keys == ["0.r2"]
    assert platform.read(review).review_result.progress_summary == "as a person says, 1"
    assert review.review_id in platform.reviews.published_at
    assert platform.outcomes == ["held", "held", "published"]


async def test_records_that_come_again_change_nothing() -> None:
    """Neither the review's nor a decision's."""
    platform = Platform()
    await platform.publish(a_review())
    await platform.edit(an_edit(1))
    await platform.edit(a_decision(2))
    calls, read = len(platform.api.calls), platform.read(a_review())
    await platform.publish(a_review(latency_ms=99), offset=5)
    await platform.edit(an_edit(1), offset=8)
    await platform.edit(a_decision(2), offset=9)
    assert (len(platform.api.calls), platform.read(a_review())) == (calls, read)
    assert platform.outcomes[-3:] == ["repeated"] * 3


async def test_a_later_decision_counts_wherever_it_stands() -> None:
    """A topic that was made anew, or is another one, begins with offset 0."""
    platform, review = Platform(), a_review()
    await platform.publish(review)
    await platform.edit(a_decision(1), offset=120)
    await platform.edit(a_decision(2, kind=DecisionKind.REJECT), offset=3)
    decided = platform.read(review).decision
    assert decided is not None
    assert (decided.standing, decided.revision) == (ReviewStanding.REJECTED, 2)


async def test_a_later_generation_carries_the_edits_along() -> None:
    """They are in it before anybody is told of it."""
    platform = Platform()
    await platform.publish(a_review())
    await platform.edit(an_edit(1))
    await platform.publish(a_review(generation=1))
    assert platform.keys == ["0", "0.r1", "1.r1"]
    assert platform.read(a_review(generation=1)).review_result.progress_summary == "as a person says, 1"


async def test_a_later_generation_waits_for_an_approval_of_its_own() -> None:
    """Until then the earlier one counts, and an edit reaches that one too."""
    platform = Platform()
    live, again = (a_review(generation=number, release=Release.AFTER_APPROVAL) for number in (0, 1))
    await platform.publish(live)
    await platform.edit(a_decision(1))
    await platform.publish(again)
    assert platform.keys == ["0.r1"]
    await platform.edit(an_edit(2).model_copy(update={"generation": 1, "review_id": again.review_id}))
    assert platform.keys == ["0.r1", "0.r2"]
    assert (await platform.current.current([KEY]))[KEY].generation == 0
    await platform.edit(a_decision(3, generation=1))
    assert platform.keys == ["0.r1", "0.r2", "1.r3"]
    assert (await platform.current.current([KEY]))[KEY].generation == 1


async def test_an_approval_of_an_earlier_generation_ends_its_way() -> None:
    """Nobody is told of it, for a later one counts; an edit of one that waits lets nothing go."""
    platform = Platform()
    live, again = (a_review(generation=number, release=Release.AFTER_APPROVAL) for number in (0, 1))
    await platform.publish(live)
    await platform.publish(again)
    await platform.edit(a_decision(1, generation=1))
    await platform.edit(an_edit(2))
    assert live.review_id not in platform.reviews.published_at
    await platform.edit(a_decision(3))
    assert live.review_id in platform.reviews.published_at
    assert [key for key in platform.keys if key.startswith("0")] == []
    assert (await platform.current.current([KEY]))[KEY].generation == 1


async def test_an_edit_of_an_earlier_generation_reaches_the_one_that_counts() -> None:
    """The person still had the old page open; the old review is read so too, and nobody is told of that one again."""
    platform = Platform()
    await platform.publish(a_review())
    await platform.publish(a_review(generation=1))
    await platform.edit(an_edit(1))
    assert platform.keys == ["0", "1", "1.r1"]
    for generation in (0, 1):
        said = platform.read(a_review(generation=generation)).review_result.progress_summary
        assert said == "as a person says, 1"


async def test_a_rejected_review_reaches_nobody() -> None:
    """One that was told before is told once more, as rejected; the webhook speaks of published ones alone."""
    platform = Platform()
    reject = a_decision(1, kind=DecisionKind.REJECT)
    await platform.publish(a_review(release=Release.AFTER_APPROVAL))
    await platform.edit(reject)
    assert platform.keys == []
    told = Platform()
    await told.publish(a_review())
    await told.edit(reject)
    assert told.keys == ["0", "0.r1"]
    decision = list(told.api.accepted.values())[-1].decision
    assert decision is not None
    assert decision.standing is ReviewStanding.REJECTED
    assert len(told.webhook.told) == 1
    assert told.outcomes == ["published", "held"]
    await told.edit(a_decision(2))
    assert told.keys == ["0", "0.r1", "0.r2"]


async def test_a_shadow_review_stays_in_the_shadow_whatever_is_decided() -> None:
    """Once it is promoted it has the edits, and waits for a person where its rubric says so."""
    platform = Platform()
    note = ReplayNote(replay_id="r-1", is_shadow=True)
    shadow = a_review(generation=1, replay=note, release=Release.AFTER_APPROVAL)
    await platform.publish(shadow)
    await platform.edit(an_edit(1).model_copy(update={"generation": 1, "review_id": shadow.review_id}))
    assert platform.outcomes == ["shadow", "shadow"]
    await platform.publish(shadow, headers=((PROMOTED, b"r-1"),))
    assert platform.keys == []
    await platform.edit(a_decision(2, generation=1))
    assert platform.keys == ["1.r2"]


async def test_what_is_no_decision_on_a_review_that_is_there_is_refused() -> None:
    """Each with its reason; nothing is kept of it."""
    platform = Platform()
    await platform.publish(a_review())
    foreign = a_decision(1, student_id="student-2")
    wrong = a_decision(1).model_copy(update={"review_id": a_review(generation=2).review_id})
    unknown = a_decision(1, generation=2)
    for decision, reason in (
        (foreign, Reason.KEY_MISMATCH),
        (wrong, Reason.INVALID_FIELD),
        (unknown, Reason.UNKNOWN_REVIEW),
    ):
        with pytest.raises(Rejected) as refused:
            await platform.edit(decision)
        assert refused.value.reason is reason
    at = Origin(topic="decisions", partition=0, offset=0)
    for key, value, reason in ((b"student-1", None, Reason.TOMBSTONE), (None, b"{}", Reason.KEY_ABSENT)):
        with pytest.raises(Rejected) as refused:
            await Editor(platform._publication(None)).edit(Record(position=at, origin=at, key=key, value=value))
        assert refused.value.reason is reason
    assert await platform.decisions.of(KEY) == []


async def test_more_decisions_than_one_submission_may_have_are_refused() -> None:
    """A program that goes round does not fill the database; one that is known may come again."""
    platform = Platform()
    await platform.publish(a_review(release=Release.AFTER_APPROVAL))
    for number in range(200):
        await platform.decisions.keep(an_edit(number))
    with pytest.raises(Rejected, match="more than 200 decisions"):
        await platform.edit(an_edit(200))
    await platform.edit(an_edit(199))


async def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing() -> None:
    """Each story is killed before each of its calls; the records come again, as after a start."""
    whole = Platform()
    await _told(whole)
    for victim in range(4):
        for at in range(40):
            platform = Platform()
            if not await _told(platform, victim, at):
                break
            assert platform.reviews.reviews == whole.reviews.reviews, (victim, at)
            assert platform.keys[-1:] == whole.keys[-1:], (victim, at)
            assert platform.reviews.revisions == whole.reviews.revisions, (victim, at)
        else:
            raise AssertionError("a story has fewer calls than that")


async def _told(platform: Platform, victim: int | None = None, at: int = 0) -> bool:
    """A life of a review, its story number `victim` killed before its call `at` and told again; whether it was."""
    killed = False
    stories: list[Callable[[Any], Coroutine[Any, Any, None]]] = [
        lambda stop: platform.publish(a_review(release=Release.AFTER_APPROVAL), stop=stop),
        lambda stop: platform.edit(an_edit(1), stop=stop),
        lambda stop: platform.edit(a_decision(2), stop=stop),
        lambda stop: platform.edit(a_decision(3, kind=DecisionKind.REJECT), stop=stop),
    ]
    for number, story in enumerate(stories):
        calls = 0

        async def stop(number: int = number) -> None:
            nonlocal calls
            calls += 1
            if number == victim and calls == at + 1:
                raise Killed

        try:
            await story(stop)
        except Killed:
            killed = True
            await story(None)
    return killed


def test_outcomes_have_names_that_metrics_show() -> None:
    """Public: they are a label."""
    assert {one.value for one in PublishOutcome} == {"published", "repeated", "shadow", "held", "revised"}
