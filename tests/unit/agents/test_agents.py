"""The three stories, each told over fakes: what comes in, what goes out, and what a crash in between does."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from agents.comparator import Comparator
from agents.publication import Publication
from agents.publisher import Publisher
from agents.reviewer import ReviewerAgent
from app.adapters.analysis.tasks import compare_now
from app.adapters.llm.offline import OfflineReviewer
from app.adapters.rubrics.rubric_files import load_rubrics
from app.catalogue import load_catalogue
from app.core.events.admission import DoorRules
from app.core.events.record import Record
from app.core.history.given_reviews import remember_review
from app.core.history.lineage import Lineage
from app.core.limits import HistoryLimits, Limits
from app.core.ports import Compared, Draft, Question, Side, StoredReview
from app.core.submission.attempt import Attempt
from app.core.submission.tree import tree_from_texts
from app.core.telemetry import PublishOutcome, ReviewTaken
from app.stream.resilience.guards import OriginalReviews
from schemas.codec import decode, encode
from schemas.comparison import Baseline, Comparison
from schemas.dead_letter import Header
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.history import GivenReview, ReviewHistory
from schemas.origin import Origin
from schemas.replay import REPEAT
from schemas.review import ReplayNote, Review, ReviewResult
from schemas.submission import Submission
from tests.builders.decisions import a_thread
from tests.builders.records import a_comparison, a_review, a_submission
from tests.fakes.clock import FakeClock
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.decisions import MemoryDecisions
from tests.fakes.kafka import FakeOutbox, FakeReviews, submission_histories
from tests.fakes.store import MemoryReviews
from tests.fakes.telemetry import FakeTelemetry

LIMITS = Limits()
REPEATED: tuple[Header, ...] = ((REPEAT, b"1"),)


class InlineSources:
    """Reads inline files only."""

    async def read(self, submission: Submission) -> Any:
        assert submission.files is not None
        return tree_from_texts(submission.files, LIMITS.sources)


class InProcessAnalyst:
    """The real analysis, in this process."""

    async def compare(self, before: Side | None, attempt: Attempt, lineage: Lineage) -> Compared:
        return compare_now(before, attempt, lineage, LIMITS, "ru")


def a_record(value: bytes | None, offset: int, topic: str = "submissions") -> Record:
    at = Origin(topic=topic, partition=0, offset=offset)
    return Record(position=at, origin=at, key=b"student-1", value=value)


class ComparatorBench:
    """A comparator over fakes, and what it gave."""

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.histories = submission_histories()
        self.comparator = Comparator(
            sources=InlineSources(),
            analyst=InProcessAnalyst(),
            comparisons=self.outbox,
            clock=FakeClock(),
            door=DoorRules(record_bytes_max=10**6, future_max_s=60, partition_of=lambda _: 0),
            history_depth=3,
        )

    async def take(self, offset: int, **fields: Any) -> None:
        await self.comparator.compare(a_record(encode(a_submission(**fields)), offset), self.histories)

    @property
    def comparisons(self) -> list[Comparison]:
        return [decode(Comparison, value) for _, value in self.outbox.records]


async def test_a_first_submission_is_compared_with_nothing() -> None:
    """It is emitted with baseline none, and remembered."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="s1")
    (first,) = bench.comparisons
    assert (first.baseline, first.previous_submission_id, first.language) == (Baseline.NONE, None, "ru")
    assert bench.outbox.records[0][0] == b"student-1"
    assert bench.histories.writes == 1


async def test_a_second_submission_is_compared_with_the_first() -> None:
    """The comparison names its predecessor and counts what changed."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="s1", files={"main.py": "def f(x):\n    return x\n"})
    await bench.take(1, submission_id="s2", files={"main.py": "def f(x):\n    return x + 1\n"})
    second = bench.comparisons[1]
    assert (second.previous_submission_id, second.baseline) == ("s1", Baseline.PREVIOUS)
    assert (second.diff_info.lines_added, second.diff_info.lines_removed) == (1, 1)
    assert [source.path for source in second.sources] == ["main.py"]


async def test_a_file_that_could_not_be_read_last_time_is_remembered() -> None:
    """Told as unread while it cannot be read, it is no new file once it can be."""
    bench = ComparatorBench()
    for offset, text in enumerate(("x = 1\n", "x = 1\n\0", "x = 2\n")):
        await bench.take(offset, submission_id=f"s{offset}", files={"main.py": text, "u.py": "y = 1\n"})
    fates = [{file.path: file.status for file in each.files}["main.py"] for each in bench.comparisons]
    assert fates == ["added", "unread", "modified"]
    assert not any(
        change.kind.startswith(("add_", "remove_")) for each in bench.comparisons[1:] for change in each.changes
    )


async def test_assignments_of_one_student_never_mix() -> None:
    """Each assignment has a history of its own."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="a1", assignment_id="hw-a")
    await bench.take(1, submission_id="b1", assignment_id="hw-b")
    await bench.take(2, submission_id="a2", assignment_id="hw-a", files={"main.py": "x = 1\n"})
    assert [c.previous_submission_id for c in bench.comparisons] == [None, None, "a1"]


async def test_a_named_predecessor_that_is_not_known_is_said_aloud() -> None:
    """Baseline and coverage say that the named one was not known."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="s1")
    await bench.take(1, submission_id="s2", previous_submission_id="nobody", files={"main.py": "x = 1\n"})
    second = bench.comparisons[1]
    assert (second.baseline, second.named_previous_id) == (Baseline.UNKNOWN_NAMED, "nobody")
    assert any("неизвестна" in note for note in second.coverage.notes)


async def test_a_crash_between_comparison_and_history_repeats_the_same_comparison() -> None:
    """Redelivered, the submission finds the history as it was and gives byte for byte the same record."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="s1")
    bench.histories.down = True
    with pytest.raises(Unavailable):
        await bench.take(1, submission_id="s2", files={"main.py": "x = 1\n"})
    bench.histories.down = False
    await bench.take(1, submission_id="s2", files={"main.py": "x = 1\n"})
    assert bench.outbox.records[1] == bench.outbox.records[2]


async def test_a_crash_after_the_history_moved_repeats_the_same_comparison() -> None:
    """Already remembered, the submission is compared with the same predecessor and the history stays."""
    bench = ComparatorBench()
    await bench.take(0, submission_id="s1")
    for _ in range(2):
        await bench.take(1, submission_id="s2", files={"main.py": "x = 1\n"})
    assert bench.outbox.records[1] == bench.outbox.records[2]
    assert bench.histories.writes == 2


async def test_nothing_is_remembered_of_a_comparison_that_was_not_acknowledged() -> None:
    """The history moves only after the broker took the comparison."""
    bench = ComparatorBench()
    bench.outbox.down = True
    with pytest.raises(Unavailable):
        await bench.take(0, submission_id="s1")
    assert bench.histories.writes == 0


class CountingReviewer:
    """The offline reviewer, counted."""

    def __init__(self) -> None:
        self.calls = 0
        self.asked: list[Question] = []
        self.previous: Review | None = None
        self._inner = OfflineReviewer(load_catalogue("ru"))

    async def draft(self, question: Question) -> Draft:
        self.calls += 1
        self.asked.append(question)
        self.previous = question.previous
        return await self._inner.draft(question)


class ReviewerBench:
    """A reviewer over fakes."""

    def __init__(self) -> None:
        self.reviewer = CountingReviewer()
        self.outbox = FakeOutbox()
        self.histories = FakeReviews()
        self.agent = ReviewerAgent(
            reviewer=self.reviewer,
            rubrics=load_rubrics(None),
            kept=MemoryReviews(),
            reviews=self.outbox,
            clock=FakeClock(),
            history=HistoryLimits(depth=3),
            catalogue=load_catalogue("ru"),
        )

    async def take(self, comparison: Comparison, offset: int = 0, headers: tuple[Header, ...] = ()) -> None:
        self.histories.offset = offset
        record = replace(a_record(encode(comparison), offset, "comparisons"), headers=headers)
        await self.agent.review(record, self.histories)

    @property
    def reviews(self) -> list[Review]:
        return [decode(Review, value) for _, value in self.outbox.records]


async def test_progress_is_measured_against_the_predecessors_review() -> None:
    """The reviewer sees the review of the previous submission, and the score change is against it."""
    bench = ReviewerBench()
    await bench.take(a_comparison(submission_id="s1", previous_submission_id=None, baseline=Baseline.NONE))
    await bench.take(a_comparison(submission_id="s2", previous_submission_id="s1"))
    first, second = bench.reviews
    assert bench.reviewer.previous == first
    change = second.review_result.overall_score - first.review_result.overall_score
    assert (first.score_change, second.score_change) == (None, change)


async def test_a_comparison_that_comes_twice_gets_the_answer_already_given() -> None:
    """Nobody pays for a second answer, and both records are equal."""
    bench = ReviewerBench()
    await bench.take(a_comparison())
    await bench.take(a_comparison())
    assert bench.reviewer.calls == 1
    assert bench.outbox.records[0] == bench.outbox.records[1]


async def test_no_answer_is_forgotten_before_its_comparison_is_committed() -> None:
    """A restart brings everything since the last commit again, also more than the history is deep."""
    bench = ReviewerBench()
    for _ in range(2):
        for offset in range(8):
            await bench.take(a_comparison(submission_id=f"s{offset}"), offset)
    assert bench.reviewer.calls == 8
    assert bench.outbox.records[:8] == bench.outbox.records[8:]


async def test_answers_to_committed_comparisons_are_kept_as_deep_as_configured() -> None:
    """What no restart brings again is forgotten beyond the depth."""
    bench = ReviewerBench()
    for offset in range(8):
        bench.histories.settled_below = offset
        await bench.take(a_comparison(submission_id=f"s{offset}"), offset)
    entry = bench.histories.get("student-1", "hw-1")
    assert entry is not None
    assert [given.offset for given in entry.given] == [5, 6, 7]


async def test_unsettled_answers_are_kept_within_their_room() -> None:
    """Where commits fail for long the oldest answers go first, so the table's record always fits its topic."""
    bench = ReviewerBench()
    size = len(encode(GivenReview.of(10, a_review())))
    bench.agent = replace(bench.agent, history=HistoryLimits(depth=1, unsettled_bytes_max=12 * size))
    for offset in range(10, 40):
        await bench.take(a_comparison(submission_id=f"s{offset}"), offset)
    entry = bench.histories.get("student-1", "hw-1")
    assert entry is not None
    kept = [given.offset for given in entry.given]
    assert kept == list(range(40 - len(kept), 40))
    assert sum(len(encode(given)) for given in entry.given[:-1]) <= 12 * size
    assert len(kept) > 5


async def test_a_replayed_generation_never_enters_the_history() -> None:
    """It is reviewed and sent, and the live history stays as it was, byte for byte."""
    bench = ReviewerBench()
    await bench.take(a_comparison(submission_id="s1", previous_submission_id=None, baseline=Baseline.NONE))
    before, writes = bench.histories.get("student-1", "hw-1"), bench.histories.writes
    await bench.take(a_comparison(submission_id="s1", generation=1), 1)
    await bench.take(a_comparison(submission_id="s2", generation=7), 2)
    assert (bench.histories.get("student-1", "hw-1"), bench.histories.writes) == (before, writes)
    assert [review.generation for review in bench.reviews] == [0, 1, 7]


async def test_a_replay_pushes_no_live_review_out() -> None:
    """However many submissions are replayed, progress is still measured against the live review of the previous one."""
    bench = ReviewerBench()
    await bench.take(a_comparison(submission_id="s1", previous_submission_id=None, baseline=Baseline.NONE))
    for offset in range(1, 30):
        bench.histories.settled_below = offset
        await bench.take(a_comparison(submission_id="s1", generation=offset), offset)
    await bench.take(a_comparison(submission_id="s2", previous_submission_id="s1"), 30)
    assert bench.reviewer.previous == bench.reviews[0]


async def test_a_replayed_review_that_an_earlier_version_kept_is_not_used_and_goes() -> None:
    """Neither the predecessor's review nor the answer already given is a replay's; the next write drops it."""
    bench = ReviewerBench()
    kept = [GivenReview.of(n, a_review(new_submission_id="s1", generation=n)) for n in (3, 2, 1)]
    await bench.histories.put("student-1", "hw-1", ReviewHistory(given=tuple(kept)))
    await bench.take(a_comparison(submission_id="s2", previous_submission_id="s1"), 4)
    entry = bench.histories.get("student-1", "hw-1")
    assert entry is not None
    assert bench.reviewer.previous is None
    assert [(given.submission_id, given.generation) for given in entry.given] == [("s2", 0)]


def attempt(number: int, **fields: Any) -> Comparison:
    """The comparison of a student's attempt with the one before it."""
    return a_comparison(
        **{
            "submission_id": f"s{number}",
            "previous_submission_id": f"s{number - 1}" if number else None,
            "baseline": Baseline.PREVIOUS if number else Baseline.NONE,
            "origin": Origin(topic="submissions", partition=0, offset=number),
            **fields,
        }
    )


def commented(number: int, **fields: Any) -> Review:
    """The live review of an attempt, with one open comment of its own."""
    comment = f"of-s{number}"
    return a_review(
        new_submission_id=f"s{number}",
        origin=Origin(topic="submissions", partition=0, offset=number),
        review_result=ReviewResult(
            overall_score=50, code_quality_score=50, progress_summary="A", threads=(a_thread(comment),)
        ),
        **fields,
    )


@pytest.mark.parametrize("baseline", [Baseline.PREVIOUS, Baseline.UNAVAILABLE])
async def test_a_replay_keeps_the_comments_where_the_predecessor_has_no_review(baseline: Baseline) -> None:
    """As the live answer did: those of the newest live review before it, not of later ones, nor of other replays."""
    bench, kept = ReviewerBench(), MemoryReviews()
    bench.agent = replace(bench.agent, kept=OriginalReviews(kept))
    for review in (commented(0), commented(1), commented(4), commented(2, generation=1)):
        await kept.store(review)
    before = None if baseline is Baseline.UNAVAILABLE else "s2"
    await bench.take(attempt(3, previous_submission_id=before, baseline=baseline, generation=2), 9)
    (question,) = bench.reviewer.asked
    assert ([one.comment_id for one in question.threads], question.previous) == (["of-s1"], None)


async def test_a_replay_of_a_first_attempt_knows_no_comment() -> None:
    """Neither what was said of later attempts, which the table holds by now, nor of what a lost table had forgotten."""
    bench, kept = ReviewerBench(), MemoryReviews()
    bench.agent = replace(bench.agent, kept=OriginalReviews(kept))
    later = commented(4)
    for review in (commented(0), later):
        await kept.store(review)
    await bench.histories.put(
        "student-1", "hw-1", ReviewHistory(given=(GivenReview.of(4, later),), threads=later.review_result.threads)
    )
    first = attempt(3, previous_submission_id=None, baseline=Baseline.NONE, generation=2)
    await bench.take(first, 9)
    (question,) = bench.reviewer.asked
    assert (question.threads, question.previous) == ((), None)


async def rewound(*, regenerates: bool, count: int = 6) -> tuple[ReviewerBench, list[Review]]:
    """A reviewer that has answered so many attempts, before it reads them all again."""
    bench, kept = ReviewerBench(), MemoryReviews()
    bench.agent = replace(bench.agent, kept=OriginalReviews(kept), regenerates_repeats=regenerates)
    for number in range(count):
        bench.histories.settled_below = number
        await bench.take(attempt(number), number)
    live = bench.reviews
    for review in live:
        await kept.store(review)
    return bench, live


async def test_what_is_read_again_gets_its_stored_review() -> None:
    """Remembered or long forgotten: without a call."""
    bench, live = await rewound(regenerates=False)
    for number in range(6):
        await bench.take(attempt(number), 6 + number, REPEATED)
    assert (bench.reviewer.calls, bench.reviews[6:]) == (6, live)


async def test_what_is_read_again_is_asked_about_anew_where_that_is_wanted() -> None:
    """Each attempt as it was then; the live history stays as it is, byte for byte."""
    bench, live = await rewound(regenerates=True)
    entry, writes = bench.histories.get("student-1", "hw-1"), bench.histories.writes
    for number in range(6):
        await bench.take(attempt(number), 6 + number, REPEATED)
    asked = bench.reviewer.asked[6:]
    assert [question.previous for question in asked] == [None, *live[:-1]]
    assert all(question.is_fresh for question in asked)
    assert asked[0].threads == ()
    assert (bench.histories.get("student-1", "hw-1"), bench.histories.writes) == (entry, writes)
    assert [one.review_id for one in bench.reviews[6:]] == [one.review_id for one in live]


async def test_what_comes_again_after_a_crash_is_never_asked_about_anew() -> None:
    """No header says that it was read again: the answer was kept, and paid for."""
    bench, live = await rewound(regenerates=True)
    await bench.take(attempt(5), 5)
    assert (bench.reviewer.calls, bench.reviews[-1]) == (6, live[-1])


async def test_what_is_read_again_without_a_review_is_a_live_one() -> None:
    """Its first comparison got no answer: the next attempt is measured against this one."""
    bench, _ = await rewound(regenerates=True)
    await bench.take(attempt(6), 7, REPEATED)
    assert not bench.reviewer.asked[-1].is_fresh
    await bench.take(attempt(7), 8)
    assert bench.reviewer.previous == bench.reviews[-2]


def test_remembering_a_replay_is_a_programmers_error() -> None:
    """Nobody else can let one in either."""
    with pytest.raises(ValueError, match="live"):
        remember_review(None, 1, a_review(generation=1), lambda _: True, HistoryLimits())


async def test_an_answer_whose_sending_failed_is_not_asked_for_again() -> None:
    """The answer is kept before it is sent."""
    bench = ReviewerBench()
    bench.outbox.down = True
    with pytest.raises(Unavailable):
        await bench.take(a_comparison())
    bench.outbox.down = False
    await bench.take(a_comparison())
    assert (bench.reviewer.calls, len(bench.reviews)) == (1, 1)


class Platform:
    """Store, API and webhook in one, noting the order in which they are called."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.stored: Review | None = None
        self.published = False
        self.fail_at: str | None = None

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.fail_at == call:
            self.fail_at = None
            raise Unavailable(Dependency.REVIEW_API, "down")

    async def find(self, review_id: UUID) -> Review | None:
        raise AssertionError("a publisher looks no review up")

    async def store(self, review: Review) -> StoredReview:
        self._note("store")
        self.stored = self.stored or review
        return StoredReview(self.stored, self.published)

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        raise AssertionError("a publisher looks no review up")

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        raise AssertionError("a publisher looks no review up")

    async def revise(self, review: Review) -> bool:
        raise AssertionError("nobody decided anything")

    async def mark_published(self, review: Review, at: Any) -> None:
        self._note("mark")
        self.published = True

    async def mark_promoted(self, review: Review) -> None:
        self._note("promoted")

    async def deliver(self, review: Review) -> None:
        self._note(f"deliver {review.review_result.overall_score}")

    async def notify(self, review: Review) -> bool:
        self._note("notify")
        return False


def a_publisher(platform: Platform) -> Publisher:
    return Publisher(
        Publication(
            store=platform,
            current=MemoryCurrentReviews(),
            decisions=MemoryDecisions(),
            api=platform,
            notifier=platform,
            clock=FakeClock(),
        )
    )


async def test_a_review_is_stored_delivered_announced_and_marked_in_this_order() -> None:
    """And a webhook that could not be told does not unpublish."""
    platform = Platform()
    await a_publisher(platform).publish(a_record(encode(a_review()), 0, "reviews"))
    assert platform.calls == ["store", "deliver 70", "notify", "mark"]


async def test_what_became_of_a_review_is_told() -> None:
    """Published once, then repeated; a shadow is stored and no more."""
    platform, telemetry = Platform(), FakeTelemetry()
    publisher = replace(a_publisher(platform), telemetry=telemetry)
    for _ in range(2):
        await publisher.publish(a_record(encode(a_review()), 0, "reviews"))
    shadow = a_review(generation=1, replay=ReplayNote(replay_id="r-1", is_shadow=True))
    await replace(a_publisher(Platform()), telemetry=telemetry).publish(a_record(encode(shadow), 0, "reviews"))
    assert telemetry.told == [
        ReviewTaken(PublishOutcome.PUBLISHED),
        ReviewTaken(PublishOutcome.REPEATED),
        ReviewTaken(PublishOutcome.SHADOW),
    ]


async def test_a_published_review_is_not_published_again() -> None:
    """A record that comes twice ends at the store."""
    platform = Platform()
    for _ in range(2):
        await a_publisher(platform).publish(a_record(encode(a_review()), 0, "reviews"))
    assert platform.calls == ["store", "deliver 70", "notify", "mark", "store"]


async def test_the_first_stored_review_is_what_everyone_gets() -> None:
    """Another answer under the same id never reaches the API: one key never has two bodies."""
    platform = Platform()
    platform.fail_at = "mark"
    publisher = a_publisher(platform)
    with pytest.raises(Unavailable):
        await publisher.publish(a_record(encode(a_review()), 0, "reviews"))
    result = a_review().review_result.model_copy(update={"overall_score": 10})
    await publisher.publish(a_record(encode(a_review(review_result=result)), 1, "reviews"))
    assert [call for call in platform.calls if call.startswith("deliver")] == ["deliver 70", "deliver 70"]


async def test_a_tombstone_is_refused_at_every_stage() -> None:
    """A record without a value is nobody's work."""
    record = a_record(None, 0)
    comparator, reviewer = ComparatorBench(), ReviewerBench()
    for refusing in (
        comparator.comparator.compare(record, comparator.histories),
        reviewer.agent.review(record, reviewer.histories),
        a_publisher(Platform()).publish(record),
    ):
        with pytest.raises(Rejected) as refused:
            await refusing
        assert refused.value.reason is Reason.TOMBSTONE
