"""What one stage wrote and the next one reads in the same process."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.events.handoff import Handoff
from schemas.base import Schema
from schemas.codec import decode, encode
from schemas.comparison import Comparison
from schemas.review import Review
from tests.builders.records import a_comparison, a_review


def test_what_was_written_is_not_read_from_its_bytes() -> None:
    """The very record comes back, once; whoever asks again reads the bytes, and finds an equal one."""
    handoff, review = Handoff(), a_review()
    value = bytes(bytearray(handoff.encode(review)))  # another object, as a consumer's
    assert value == encode(review)
    assert handoff.decode(Review, value) is review
    again = handoff.decode(Review, value)
    assert again is not review
    assert again == review


def test_other_bytes_are_read() -> None:
    """Another worker's record, and one that was changed by a byte."""
    handoff = Handoff()
    handoff.encode(a_review())
    foreign = encode(a_review(student_id="another"))
    assert handoff.decode(Review, foreign) == decode(Review, foreign)


def test_a_record_is_only_what_it_was_written_as() -> None:
    """Bytes are read under the schema that is asked for, whoever wrote them as something else."""
    handoff, comparison = Handoff(), a_comparison()
    value = handoff.encode(comparison)

    class Other(Schema):
        student_id: str

    assert handoff.decode(Other, value) == Other(student_id=comparison.student_id)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40))
def test_it_holds_no_more_than_its_room(steps: list[tuple[int, bool]]) -> None:
    """Whatever is written and read, in whatever order: bytes are counted rightly, and everything can be read."""
    records = [a_comparison(submission_id=f"s{number}") for number in range(7)]
    room = 3 * max(len(encode(record)) for record in records)
    handoff = Handoff(room)
    for number, is_read in steps:
        value = encode(records[number])
        if is_read:
            assert handoff.decode(Comparison, value) == records[number]
        else:
            assert handoff.encode(records[number]) == value
        assert handoff.held_bytes <= room
    for record in records:
        handoff.decode(Comparison, encode(record))
    assert handoff.held_bytes == 0
