"""Requeue headers: believed where they make a record old, ignored where they cannot be true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.events.record import receive
from app.core.events.requeue import REQUEUE_PREFIX, Requeue, requeue_headers, split_requeue
from schemas.dead_letter import Header
from schemas.origin import Origin

POSITION = Origin(topic="submissions", partition=1, offset=100)
FIRST = Origin(topic="submissions", partition=1, offset=7)
NAMES = ("h", "", REQUEUE_PREFIX + "topic", REQUEUE_PREFIX + "offset")
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.binary(max_size=4)), max_size=8)


def said(**changed: bytes | None) -> list[Header]:
    """Headers of a requeue, some of them changed."""
    return [(name, changed.get(name.rsplit(".", 1)[1], value)) for name, value in requeue_headers(Requeue(FIRST, 1))]


@given(original=HEADERS, behind=HEADERS, attempt=st.integers(1, 10**18))
def test_a_requeue_leaves_the_original_headers_as_they_were(
    original: list[Header], behind: list[Header], attempt: int
) -> None:
    """Whatever stands before and behind, duplicates and earlier fragments too, the requeue alone is taken out."""
    requeue = Requeue(FIRST, attempt)
    found, headers = split_requeue([*original, *requeue_headers(requeue), *behind], POSITION)
    assert found == requeue
    assert headers == (*original, *behind)


@given(headers=HEADERS)
def test_headers_without_a_requeue_stay(headers: list[Header]) -> None:
    """Fragments are no requeue."""
    assert split_requeue(headers, POSITION) == (None, tuple(headers))


@pytest.mark.parametrize(
    "changed",
    [
        {"topic": b"reviews"},
        {"topic": None},
        {"partition": b"0"},
        {"offset": b"100"},
        {"offset": b"101"},
        {"offset": b"-1"},
        {"offset": b""},
        {"offset": b" 7"},
        {"offset": "٧".encode()},
        {"offset": b"9" * 20},
        {"offset": None},
        {"attempt": b"0"},
        {"attempt": b"x"},
    ],
)
def test_what_cannot_be_true_is_ignored(changed: dict[str, bytes | None]) -> None:
    """Another topic or partition, a position at or behind the record's own, or no number: the record is what it is."""
    headers = said(**changed)
    assert split_requeue(headers, POSITION) == (None, tuple(headers))
    record = receive(POSITION, b"k", b"v", headers)
    assert (record.origin, record.requeued, record.headers) == (POSITION, False, tuple(headers))


def test_of_two_requeues_the_last_is_meant() -> None:
    """An earlier one is a part of what the producer wrote."""
    forged = requeue_headers(Requeue(Origin(topic="submissions", partition=1, offset=1), 1))
    found, headers = split_requeue([*forged, *said()], POSITION)
    assert found == Requeue(FIRST, 1)
    assert headers == forged


def test_a_requeued_record_says_so() -> None:
    """It has the first position as its origin, and knows its attempt."""
    record = receive(POSITION, b"k", b"v", said(attempt=b"3"))
    assert (record.origin, record.position, record.requeued, record.requeue_attempt) == (FIRST, POSITION, True, 3)
