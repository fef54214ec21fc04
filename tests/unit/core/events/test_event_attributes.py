"""CloudEvents attributes: the same for the same event, others for another one, none where they are switched off."""

from uuid import UUID

import pytest

from app.core.events.event_attributes import EventAttributes
from schemas.codec import encode
from schemas.dead_letter import DeadLetter, Header, read_headers
from schemas.origin import Origin
from schemas.replay import PROMOTED
from schemas.review import Integrity, ReplayNote
from tests.builders.dead_letters import a_dead_letter
from tests.builders.records import a_comparison, a_review

EVENTS = EventAttributes("reviewstream")
SHADOW = a_review(generation=1, replay=ReplayNote(replay_id="r", is_shadow=True))


def a_letter(**fields: object) -> DeadLetter:
    """One whose record had attributes of the platform's own."""
    place = Origin(topic="submissions", partition=1, offset=7)
    return a_dead_letter(origin=place, headers=(("ce_id", b"the platform's"),), **fields)


def texts(headers: object) -> dict[str, str]:
    assert isinstance(headers, tuple)
    return {name: value.decode() for name, value in headers}


def test_a_review_has_all_attributes() -> None:
    """The required ones, and time, subject and media type, in UTF-8."""
    review = a_review()
    assert texts(EVENTS.of_review(encode(review))) == {
        "ce_specversion": "1.0",
        "ce_id": str(review.review_id),
        "ce_source": "/reviewstream/reviewer",
        "ce_type": "reviewstream.submission.reviewed.v1",
        "ce_time": "2026-03-02T12:00:00Z",
        "ce_subject": "student-1/hw-1/sub-1",
        "content-type": "application/json",
    }


def test_the_same_event_again_has_the_same_attributes() -> None:
    """Whatever else of the record differs: an answer that was given again is the same review."""
    again = a_review(latency_ms=99, integrity=Integrity(source_digest="1" * 64))
    assert EVENTS.of_review(encode(a_review())) == EVENTS.of_review(encode(again))
    assert EVENTS.of_comparison(encode(a_comparison())) == EVENTS.of_comparison(encode(a_comparison(baseline="named")))
    first, later = (texts(EVENTS.of_dead_letter(a_letter(last_failed_at=at))) for at in (1.0, 2.0))
    assert first["ce_id"] == later["ce_id"] == "submissions/1/7/0"


def test_other_events_have_other_ids() -> None:
    """Another submission, another generation, another place, a letter that was requeued and refused again."""
    pairs: list[tuple[object, object]] = [
        (EVENTS.of_comparison(encode(a_comparison())), EVENTS.of_comparison(encode(a_comparison(generation=1)))),
        (EVENTS.of_comparison(encode(a_comparison())), EVENTS.of_comparison(encode(a_comparison(student_id="b")))),
        (EVENTS.of_review(encode(a_review())), EVENTS.of_review(encode(a_review(review_id=UUID(int=5))))),
        (EVENTS.of_dead_letter(a_letter()), EVENTS.of_dead_letter(a_letter(requeue_attempt=1))),
    ]
    for one, other in pairs:
        assert texts(one)["ce_id"] != texts(other)["ce_id"]


def test_a_shadow_review_is_no_event_of_a_review_until_it_is_promoted() -> None:
    """Hidden it has a type of its own; promoted it is another event of the ordinary type."""
    headers: tuple[Header, ...] = ((PROMOTED, b"r"),)
    hidden, promoted = (texts(EVENTS.of_review(encode(SHADOW), given)) for given in ((), headers))
    assert hidden["ce_type"] == "reviewstream.submission.reviewed-in-shadow.v1"
    assert promoted["ce_type"] == "reviewstream.submission.reviewed.v1"
    assert hidden["ce_id"] != promoted["ce_id"]


def test_a_refused_event_keeps_its_own_attributes() -> None:
    """A letter's stand behind its other headers, so that what is requeued has the original's and no other."""
    letter = a_letter()
    read = read_headers([*letter.record_headers(), *EVENTS.of_dead_letter(letter)])
    assert read.original == (("ce_id", b"the platform's"),)
    assert read.refusal is not None
    assert texts(EVENTS.of_dead_letter(letter))["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("value", [b"", b"no JSON"])
def test_none_are_made_where_they_are_switched_off(value: bytes) -> None:
    """Nothing is even read for them."""
    off = EventAttributes("reviewstream", is_on=False)
    assert [*off.of_comparison(value), *off.of_review(value), *off.of_dead_letter(a_letter())] == []
