"""What is known of a submission: each record's fact, and the order of all facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.history.identity import review_id
from app.core.states import StateFact, Station, fold_facts, later, publish_fact, read_fact, shown_state
from schemas.codec import encode
from schemas.errors import Reason
from schemas.replay import PROMOTED
from schemas.review import ReplayNote
from schemas.state import HoldStory, SubmissionPhase
from tests.builders.decisions import an_edit
from tests.builders.records import NOON
from tests.builders.state_records import (
    TOPICS,
    Written,
    compared,
    decided,
    refused,
    requeued,
    reviewed,
    submitted,
    written,
)

TASK = review_id("student-1", "hw-1", "sub-1", 0)
LIFE = (
    submitted(500, partition=3),
    refused("comparator", 10, refused_at=500, partition=3, reason=Reason.WRONG_PARTITION),
    requeued(submitted(500, partition=3), 501, attempt=1),
    refused("comparator", 11, refused_at=900, reason=Reason.KEY_MISMATCH, key=b"student-2"),
    submitted(1),
    refused("comparator", 1, refused_at=1),
    requeued(submitted(1), 5, attempt=1),
    compared(2, of=1),
    refused("reviewer", 2, refused_at=2),
    requeued(compared(2), 6, attempt=1),
    refused("reviewer", 3, refused_at=2, attempt=1),
    requeued(compared(2), 7, attempt=2),
    reviewed(3),
    refused("publisher", 4, refused_at=3),
    requeued(reviewed(3), 8, attempt=1),
    decided(1, kind="approve"),
    refused("editor", 5, refused_at=1),
    requeued(decided(1, kind="approve"), 9, attempt=1),
    decided(10, kind="reject"),
    decided(11, kind="approve"),
)
"""All that can happen to one submission, in the order in which it does."""


def fact_of(record: Written) -> StateFact:
    """The fact in a record that has one."""
    fact = read_fact(TOPICS, *record).fact
    assert fact is not None
    return fact


PUBLISHED_AFTER = (14, 17, 19)
"""Where in this life the review was everywhere."""
FACTS = [
    fact
    for number, record in enumerate(LIFE)
    for fact in ([fact_of(record), publish_fact(fact_of(record), NOON)][: 1 + (number in PUBLISHED_AFTER)])
]


def phase_of(*records: Written) -> SubmissionPhase:
    """The phase that these records make."""
    return fold_facts(map(fact_of, records))[TASK].state.phase


def test_each_step_is_told() -> None:
    """A submission is queued, reviewed, published; and each stage may refuse it, until somebody requeues it."""
    assert [fact.state.phase.value for fact in FACTS] == [
        "queued",
        "refused",
        "queued",
        "refused",
        "queued",
        "refused",
        "queued",
        "reviewing",
        "refused",
        "reviewing",
        "refused",
        "reviewing",
        "publishing",
        "refused",
        "publishing",
        "completed",
        "publishing",
        "refused",
        "publishing",
        "completed",
        "held",
        "publishing",
        "completed",
    ]


def test_each_step_stands_above_the_one_before() -> None:
    """In the order in which things happen, every fact is greater than all before it."""
    standings = [fact.standing for fact in FACTS]
    assert standings == sorted(set(standings))


@given(st.lists(st.sampled_from(FACTS), min_size=1, max_size=40))
def test_no_order_and_no_repetition_matters(facts: list[StateFact]) -> None:
    """Whatever is read, twice or late, the greatest holds: the same as when the log is read anew."""
    rebuilt = max(set(facts), key=lambda fact: fact.standing)
    assert fold_facts(facts) == {TASK: rebuilt}
    assert fold_facts([*facts, *reversed(facts)]) == fold_facts(facts)


@given(st.lists(st.sampled_from(FACTS), min_size=1, max_size=40))
def test_a_state_never_goes_backwards(facts: list[StateFact]) -> None:
    """After every record the standing is the same or greater."""
    known: StateFact | None = None
    for fact in facts:
        before, known = known, later(known, fact)
        assert before is None or known.standing >= before.standing


@given(st.permutations(FACTS), st.integers(0, len(FACTS)))
def test_two_halves_make_the_whole(facts: list[StateFact], at: int) -> None:
    """Two processes that read parts of the log leave what one would leave that read all."""
    halves = [*fold_facts(facts[:at]).values(), *fold_facts(facts[at:]).values()]
    assert fold_facts(halves) == fold_facts(facts)


def test_a_refusal_says_why_and_what_mends_it() -> None:
    """Stage, reason, detail and cure are those of the dead letter."""
    story = fact_of(refused("comparator", 1, reason=Reason.ARCHIVE_MISSING)).state.refusal
    assert story is not None
    assert (story.stage, story.reason, story.detail) == ("comparator", "archive_missing", "as the test wants it")
    assert "put the archive where it is looked for" in story.cure


def test_a_review_that_a_person_must_see_is_held_until_then() -> None:
    """It says why and what lets it go on; an edit lets nothing go."""
    waiting = fact_of(reviewed(3, release="after_approval")).state
    assert waiting.hold is not None
    assert (waiting.phase, waiting.hold.reason) == (SubmissionPhase.HELD, "approval")
    assert read_fact(TOPICS, *decided(1, edits={"summary": "as I see it"})).fact is None
    approved = [reviewed(3, release="after_approval"), decided(1)]
    assert phase_of(*approved) is SubmissionPhase.PUBLISHING
    again = [*approved, reviewed(8, release="after_approval")]
    assert phase_of(*again) is SubmissionPhase.PUBLISHING, "a record that comes twice takes no approval back"


def test_a_rejected_review_is_held_and_says_so() -> None:
    """Also one that was published before; an edit that is refused changes nothing of that."""
    rejected = fact_of(decided(4, kind="reject")).state
    assert rejected.hold is not None
    assert (rejected.phase, rejected.hold.reason) == (SubmissionPhase.HELD, "rejected")
    done = publish_fact(fact_of(decided(3)), NOON)
    assert later(done, fact_of(decided(4, kind="reject"))).state == rejected
    value = encode(an_edit())
    letter, at = refused("editor", 5, refused_at=9)
    assert read_fact(TOPICS, replace(letter, value=value), at).fact is None


def test_other_content_under_a_taken_id_is_not_this_submissions_end() -> None:
    """A dead letter `duplicate_id` is about somebody's second try; the first goes its own way."""
    read = read_fact(TOPICS, *refused("comparator", 1, refused_at=9, reason=Reason.DUPLICATE_ID))
    assert read.fact is None
    assert read.passed == (0, 9)


def test_a_new_record_stands_above_an_old_refusal() -> None:
    """A platform that mends its record and produces it again is queued again."""
    assert phase_of(submitted(1), refused("comparator", 1, refused_at=1), submitted(4)) is SubmissionPhase.QUEUED


def test_what_stands_at_the_wrong_place_says_nothing_against_the_right_one() -> None:
    """However far that partition is: it is refused there, and compared here. Where nothing else is known it is told."""
    wrong = [
        submitted(500, partition=3),
        refused("comparator", 9, refused_at=500, partition=3, reason=Reason.WRONG_PARTITION),
    ]
    foreign = refused("comparator", 9, refused_at=700, reason=Reason.KEY_MISMATCH, key=b"student-2")
    assert phase_of(*wrong) is phase_of(foreign) is SubmissionPhase.REFUSED
    assert phase_of(*wrong, foreign, submitted(20)) is SubmissionPhase.QUEUED
    assert phase_of(*wrong, submitted(20), refused("comparator", 10, refused_at=20)) is SubmissionPhase.REFUSED


@pytest.mark.parametrize("stage", ["reviewer", "publisher", "editor"])
def test_a_letter_under_a_foreign_key_is_nobodys_submission(stage: str) -> None:
    """Further down the line only our own records name a student, and they lie under that student's key."""
    assert read_fact(TOPICS, *refused(stage, 9, reason=Reason.KEY_MISMATCH, key=b"student-2")).fact is None


def test_generations_are_apart() -> None:
    """A review that is made again has a state of its own."""
    states = fold_facts([fact_of(reviewed(1)), fact_of(compared(2, generation=3))])
    phases = {fact.state.generation: fact.state.phase for fact in states.values()}
    assert phases == {0: SubmissionPhase.PUBLISHING, 3: SubmissionPhase.REVIEWING}


def test_a_shadow_review_is_held_until_it_is_promoted() -> None:
    """It is delivered to nobody; once it comes again with its header, it is being published."""
    note = ReplayNote(replay_id="r", is_shadow=True)
    shadow = fact_of(reviewed(1, generation=1, replay=note))
    promoted = fact_of(reviewed(2, ((PROMOTED, b"r"),), generation=1, replay=note))
    assert shadow.state.phase is SubmissionPhase.HELD
    assert shadow.state.hold is not None
    assert later(shadow, promoted).state.phase is SubmissionPhase.PUBLISHING


def test_what_lies_before_a_compared_one_is_in_hand() -> None:
    """A worker reads a partition in order: one that it has passed is comparing, the others are queued."""
    queued = fact_of(submitted(4))
    phases = [shown_state(queued, passed=passed, hold=None, now=NOON).phase.value for passed in (-1, 4, 5)]
    assert phases == ["queued", "queued", "comparing"]
    assert read_fact(TOPICS, *compared(1, of=7)).passed == (0, 7)


def test_a_hold_is_believed_until_its_time() -> None:
    """A review that waits for a budget is held; from then on it is reviewed, and one that is written never was."""
    hold = HoldStory(reason="budget_day", detail="spent", cure="raise it", until=NOON + timedelta(hours=1))
    reviewing, publishing = fact_of(compared(1)), fact_of(reviewed(1))
    shown = shown_state(reviewing, passed=-1, hold=hold, now=NOON)
    assert (shown.phase, shown.hold) == (SubmissionPhase.HELD, hold)
    later_on = NOON + timedelta(hours=2)
    assert shown_state(reviewing, passed=-1, hold=hold, now=later_on).phase is SubmissionPhase.REVIEWING
    assert shown_state(publishing, passed=-1, hold=hold, now=NOON).phase is SubmissionPhase.PUBLISHING


@given(st.sampled_from(["submissions", "comparisons", "reviews", "dead-letters", "decisions"]), st.binary(max_size=80))
def test_any_record_is_read(topic: str, value: bytes) -> None:
    """Anyone may produce to the topics: what nobody can read is about no submission."""
    assert read_fact(TOPICS, *written(topic, 1, value)).fact is None


def test_a_foreign_key_is_nobodys_submission() -> None:
    """A record whose key is another student's says nothing about this one."""
    record, at = submitted(1)
    other = written(TOPICS.submissions, 1, record.value or b"", key=b"student-2")
    assert read_fact(TOPICS, *other).fact is None
    assert read_fact(TOPICS, record, at).fact is not None


def test_stations_follow_the_line() -> None:
    """What comes later in the line is greater."""
    line = [Station.COMPARATOR, Station.REVIEWER, Station.PUBLISHER, Station.NOTHING, Station.EDITOR]
    assert sorted(Station) == line
