"""Dead letters read, chosen and judged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.events.dead_letters import (
    DeadLetterFilter,
    EarlierRequeues,
    PrefixPurge,
    RequeuePlan,
    StoredDeadLetter,
    plan_requeue,
    read_dead_letter,
)
from schemas.codec import encode
from schemas.dead_letter import DeadLetter, Part
from schemas.errors import Reason
from schemas.origin import Origin
from tests.builders.records import NOON, a_comparison, a_review, a_submission

NOON_MS = int(NOON.timestamp() * 1000)
PARTITIONS = {"submissions": 2, "comparisons": 2, "reviews": 2}
NOTHING_EARLIER = EarlierRequeues({})


def an_origin(offset: int, topic: str = "submissions", partition: int = 0) -> Origin:
    return Origin(topic=topic, partition=partition, offset=offset)


def a_letter(offset: int = 0, *, minutes: int = 0, omitted: tuple[Part, ...] = (), **fields: Any) -> StoredDeadLetter:
    """A letter at `offset`, written some minutes after noon, of the submission that stood at the same offset."""
    given: dict[str, Any] = {
        "origin": an_origin(offset),
        "key": b"anna",
        "value": encode(a_submission(student_id="anna")),
        "headers": (("trace", b"1"),),
        "stage": "comparator",
        "reason": Reason.ARCHIVE_MISSING,
        "detail": "nothing there",
        "exception": "Rejected",
        "attempts": 1,
        "first_failed_at": 1.0,
        "last_failed_at": 2.0,
    }
    letter = DeadLetter.model_validate(given | fields)
    key, value = letter.record_body(omitted)
    return read_dead_letter(
        an_origin(offset, "dead-letters"), key, value, letter.record_headers(omitted), NOON_MS + minutes * 60_000
    )


def plan(
    *letters: StoredDeadLetter,
    newest: dict[Origin, Origin] | None = None,
    earlier: EarlierRequeues = NOTHING_EARLIER,
    again: bool = False,
) -> list[RequeuePlan]:
    return plan_requeue(letters, newest=newest or {}, earlier=earlier, partitions=PARTITIONS, again=again)


class TestReading:
    """`read_dead_letter`."""

    @pytest.mark.parametrize("value", [encode(a_submission()), encode(a_comparison()), encode(a_review())])
    def test_ids_come_from_the_value(self, value: bytes) -> None:
        """Submissions, comparisons and reviews name assignment and submission, each in its way."""
        letter = a_letter(value=value)
        assert (letter.assignment_id, letter.submission_id) == ("hw-1", "sub-1")

    @pytest.mark.parametrize("value", [None, b"", b"\xff", b"[1]", b'{"assignment_id": 5}', b"[" * 100_000])
    def test_a_value_that_does_not_decode_has_none(self, value: bytes | None) -> None:
        """A letter is read whatever it holds."""
        letter = a_letter(value=value)
        assert (letter.assignment_id, letter.submission_id) == (None, None)
        assert letter.refusal is not None

    def test_a_value_that_was_none_is_told_from_an_empty_one(self) -> None:
        """Where there was no key either it travels as an empty one."""
        assert a_letter(key=None, value=None).value_bytes is None
        assert a_letter(value=None).value_bytes is None
        assert a_letter(key=None, value=b"").value_bytes == 0

    def test_a_foreign_record_is_listed(self) -> None:
        """It has no refusal, and says why; its time may be any number."""
        for timestamp in (-1, 0, 10**18):
            letter = read_dead_letter(an_origin(3, "dead-letters"), b"\xff", b"x", (("a", None),), timestamp)
            assert letter.refusal is None
            assert letter.problem
            assert letter.student_id == "\ufffd"

    def test_its_name_is_its_place(self) -> None:
        """Partition and offset in the topic."""
        assert a_letter(17).name == "0@17"


class TestFilter:
    """`DeadLetterFilter`."""

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            (DeadLetterFilter(), True),
            (DeadLetterFilter(reasons=frozenset({"archive_missing", "bug"})), True),
            (DeadLetterFilter(reasons=frozenset({"bug"})), False),
            (DeadLetterFilter(stages=frozenset({"comparator"})), True),
            (DeadLetterFilter(stages=frozenset({"reviewer"})), False),
            (DeadLetterFilter(students=frozenset({"anna"})), True),
            (DeadLetterFilter(students=frozenset({"boris"})), False),
            (DeadLetterFilter(assignments=frozenset({"hw-1"})), True),
            (DeadLetterFilter(assignments=frozenset({"hw-2"})), False),
            (DeadLetterFilter(since=NOON), True),
            (DeadLetterFilter(since=NOON + timedelta(seconds=1)), False),
            (DeadLetterFilter(until=NOON), False),
            (DeadLetterFilter(until=NOON + timedelta(seconds=1)), True),
            (DeadLetterFilter(reasons=frozenset({"archive_missing"}), students=frozenset({"boris"})), False),
        ],
    )
    def test_each_part_must_match(self, chosen: DeadLetterFilter, *, expected: bool) -> None:
        """Values of one part are alternatives, parts are not; a time is within [since, until)."""
        assert chosen.matches(a_letter()) is expected

    def test_a_foreign_record_has_no_reason(self) -> None:
        """Only a filter that asks for neither reason nor stage finds it."""
        foreign = read_dead_letter(an_origin(0, "dead-letters"), b"anna", b"x", (), NOON_MS)
        assert DeadLetterFilter().matches(foreign)
        assert DeadLetterFilter(students=frozenset({"anna"})).matches(foreign)
        assert not DeadLetterFilter(reasons=frozenset({"bug"})).matches(foreign)

    def test_an_empty_one_is_told_apart(self) -> None:
        """A purge asks whether anything was filtered for."""
        assert DeadLetterFilter().is_empty
        assert not DeadLetterFilter(until=datetime.now(UTC)).is_empty


class TestRequeue:
    """`plan_requeue`."""

    def test_events_go_back_in_the_order_in_which_they_stood(self) -> None:
        """Not in that of their refusals."""
        later, sooner = a_letter(5, origin=an_origin(1)), a_letter(4, origin=an_origin(2))
        plans = plan(sooner, later)
        assert [p.requeue.origin.offset for p in plans if p.requeue] == [1, 2]
        assert [p.requeue.attempt for p in plans if p.requeue] == [1, 1]

    @pytest.mark.parametrize(
        ("letter", "why"),
        [
            (a_letter(origin=an_origin(1, "payroll")), "payroll is not a source topic"),
            (a_letter(origin=an_origin(1, "dead-letters")), "not a source topic"),
            (a_letter(origin=an_origin(1, partition=2)), "partition 2 is not there"),
            (a_letter(value=bytes(99), omitted=("value",)), "value (99 bytes); the record lies at submissions[0]@0"),
            (a_letter(value=None, omitted=("headers", "key")), "headers (6 bytes), key (4 bytes)"),
            (a_letter(key=None, value=None), "neither key nor value"),
            (read_dead_letter(an_origin(0, "dead-letters"), b"k", b"v", (), 0), "no headers of a dead letter"),
        ],
    )
    def test_what_cannot_go_back_stays(self, letter: StoredDeadLetter, why: str) -> None:
        """Another installation's topic, a partition that is not there, parts that are not there, a foreign record."""
        (only,) = plan(letter)
        assert only.requeue is None
        assert why in only.obstacle

    def test_of_one_event_the_newest_letter_goes(self) -> None:
        """It was delivered twice, or refused again after a requeue."""
        old, new = a_letter(4, origin=an_origin(1)), a_letter(9, origin=an_origin(1), requeue_attempt=1)
        plans = plan(old, new, newest={an_origin(1): new.place})
        assert [(p.requeue is None, p.obstacle) for p in plans] == [
            (True, "0@9 is a newer letter of the same event"),
            (False, ""),
        ]
        assert plans[1].requeue is not None
        assert plans[1].requeue.attempt == 2

    def test_what_was_requeued_already_wants_a_second_word(self) -> None:
        """A letter that was requeued since it was written stays, unless `again`; the attempts count on."""
        letter = a_letter(4, origin=an_origin(1), requeue_attempt=1)
        earlier = EarlierRequeues({an_origin(1): (1, 2)})
        (left,) = plan(letter, earlier=earlier)
        assert left.obstacle == "requeued 1 time(s) since it was written"
        (going,) = plan(letter, earlier=earlier, again=True)
        assert going.requeue is not None
        assert going.requeue.attempt == 3

    def test_a_requeue_before_the_letter_does_not_count(self) -> None:
        """It is what the letter came of."""
        letter = a_letter(4, origin=an_origin(1), requeue_attempt=2)
        assert EarlierRequeues({an_origin(1): (1, 2)}).since(letter) == 0


class TestPurge:
    """`PrefixPurge`."""

    @pytest.mark.parametrize(
        ("matches", "everything", "expected"),
        [
            ([True, True, True], False, (3, 3, 0, 0)),
            ([True, False, True], False, (1, 1, 0, 1)),
            ([False, True, True], False, (None, 0, 0, 2)),
            ([True, True, False], False, (2, 2, 0, 0)),
            ([False, True, False, True, False], True, (4, 2, 2, 0)),
            ([False, False], True, (None, 0, 0, 0)),
        ],
    )
    def test_only_a_prefix_goes(
        self, matches: list[bool], *, everything: bool, expected: tuple[int | None, int, int, int]
    ) -> None:
        """Up to the first letter that does not match, or, with everything, up to the last one that does."""
        purge = PrefixPurge(everything)
        for offset, match in enumerate(matches):
            purge.add(a_letter(offset), matches=match)
        assert (purge.before_offset, purge.matching, purge.others, purge.kept) == expected
