"""What preceded a submission, where the log does not tell everything."""

from dataclasses import replace

from app.core.replaying.timeline import Named, Step, Timeline, checked
from schemas.comparison import Baseline
from tests.builders.records import a_review
from tests.builders.replays import a_head, a_step


def steps(timeline: Timeline, *offsets: int, named: str | None = None) -> list[Step]:
    """The timeline's steps of these heads; the last one names a predecessor."""
    heads = [a_head(offset) for offset in offsets]
    heads[-1] = replace(heads[-1], previous_submission_id=named)
    return [step for step in map(timeline.take, heads) if step is not None]


def test_only_a_partition_that_lost_its_beginning_is_uncertain() -> None:
    """The first submission of a student there may have had a predecessor; the next one's is at hand."""
    timeline = Timeline(3, frozenset(), cut={1})
    assert [step.is_certain for step in steps(timeline, 4, 5)] == [True, True]
    first, second = (timeline.take(a_head(n, partition=1, student_id="student-2")) for n in (4, 5))
    assert first is not None
    assert second is not None
    assert (first.is_certain, second.is_certain) == (False, True)


def test_a_named_predecessor_may_have_left_with_the_beginning() -> None:
    """Until the history that there was then is whole again, nobody knows whether the comparator knew it."""
    for offsets, certain in (((4, 5), False), ((4, 5, 6), False), ((4, 5, 6, 7), True)):
        last = steps(Timeline(3, frozenset(), cut={0}), *offsets, named="sub-0")[-1]
        assert (last.is_certain, last.baseline) == (certain, Baseline.UNKNOWN_NAMED)


def test_a_named_predecessor_that_is_found_is_certain() -> None:
    """It lies in what is left."""
    last = steps(Timeline(3, frozenset(), cut={0}), 4, 5, 6, named="sub-4")[-1]
    assert (last.is_certain, last.baseline) == (True, Baseline.NAMED)


def test_a_requeued_submission_that_is_refused_again_never_entered() -> None:
    """Each attempt has a dead letter of its own; the one that went through has none."""
    origin = a_head(0).origin
    timeline = Timeline(3, {(origin, 0), (origin, 1)})
    again = [replace(a_head(n), origin=origin, submission_id="sub-0", requeue_attempt=a) for n, a in ((1, 1), (2, 2))]
    assert timeline.take(a_head(0)) is None
    assert timeline.take(again[0]) is None
    assert timeline.take(again[1]) is not None


def test_a_duplicate_stands_where_its_first_record_does() -> None:
    """As the comparator says of it."""
    again = replace(a_head(3), submission_id="sub-1")
    timeline = Timeline(3, frozenset())
    last = [timeline.take(head) for head in (a_head(0), a_head(1), a_head(2), again)][-1]
    assert last is not None
    assert (last.head, last.before) == (a_head(1), a_head(0))


def test_the_review_has_the_last_word() -> None:
    """It says what was compared then: a refused submission whose dead letter was purged never was."""
    step = a_step(2, a_head(1))
    assert checked(step, None) == step
    assert checked(step, a_review(previous_submission_id="sub-1")) == step
    for guess in (step, a_step(2)):
        doubtful = checked(guess, a_review(previous_submission_id="sub-0", previous_digest="d" * 64))
        place = a_review().previous_origin
        assert (doubtful.is_certain, doubtful.named) == (False, Named("sub-0", "d" * 64, place))
    first = checked(step, a_review(previous_submission_id=None, baseline=Baseline.NONE))
    assert (first.before, first.baseline, first.is_certain) == (None, Baseline.NONE, True)


def test_the_review_makes_certain_what_a_cut_log_only_guesses() -> None:
    """It was made when all was there; one that knew its predecessor no more itself says nothing."""
    for before, baseline in (
        (None, Baseline.NONE),
        (None, Baseline.UNKNOWN_NAMED),
        (a_head(1), Baseline.UNKNOWN_NAMED),
    ):
        guess = a_step(2, before, is_certain=False)
        told = before.submission_id if before is not None else None
        step = checked(guess, a_review(previous_submission_id=told, baseline=baseline))
        assert (step.before, step.baseline, step.is_certain) == (before, baseline, True)
        assert checked(guess, a_review(previous_submission_id=None, baseline=Baseline.UNAVAILABLE)) == guess
