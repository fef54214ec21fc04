"""A dead letter's headers, written and read back."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import HEADER_PREFIX, DeadLetter, Header, Part, read_headers
from schemas.errors import Reason
from schemas.origin import Origin
from tests.builders.dead_letters import a_dead_letter

OURS = ("exception", "message", "topic", "partition", "offset", "reason", "last_time", "")
NAMES = st.text(max_size=6) | st.sampled_from([HEADER_PREFIX + name for name in OURS])
HEADERS = st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=12)), max_size=20)
TIMES = st.integers(0, 4 * 10**12).map(lambda ms: ms / 1000)

letters = st.builds(
    DeadLetter,
    origin=st.builds(
        Origin, topic=st.text(min_size=1, max_size=9), partition=st.integers(0, 2**31), offset=st.integers(0, 2**63)
    ),
    key=st.none() | st.binary(max_size=5),
    value=st.none() | st.binary(max_size=5),
    headers=HEADERS.map(tuple),
    stage=st.sampled_from(["comparator", "reviewer", "publisher"]),
    reason=st.sampled_from(Reason),
    detail=st.text(max_size=30),
    exception=st.text(max_size=10),
    attempts=st.integers(1, 10**6),
    first_failed_at=TIMES,
    last_failed_at=TIMES,
    requeue_attempt=st.integers(0, 10**6),
)


@given(letter=letters, omitted=st.sets(st.sampled_from(get_args(Part))))
def test_headers_come_back(letter: DeadLetter, omitted: set[Part]) -> None:
    """The original ones byte for byte, null values and duplicates in their order, also where they look like ours.

    Of what is left out the size comes back.
    """
    read = read_headers(letter.record_headers(omitted))
    assert read.original == (() if "headers" in omitted else letter.headers)
    assert read.refusal is not None
    assert read.refusal.left_out == {part: size for part, size in letter.sizes().items() if part in omitted}
    assert read.refusal.value_was_null is (letter.key is None and letter.value is None)
    told = read.refusal.model_dump(include=set(DeadLetter.model_fields))
    assert told == letter.model_dump(include=set(told)) | {"reason": letter.reason.value}


@given(letter=letters, omitted=st.sets(st.sampled_from(get_args(Part))))
def test_a_letter_has_a_key_or_a_value(letter: DeadLetter, omitted: set[Part]) -> None:
    """Our producer sends no record with neither, whatever the refused one was and whatever is left out."""
    key, value = letter.record_body(omitted)
    assert key is not None or value is not None
    assert key == (None if "key" in omitted else letter.key)
    assert value in ({None, b""} if "value" in omitted else {letter.value, letter.value or b""})


@given(headers=HEADERS)
def test_foreign_headers_are_read_without_an_error(headers: list[Header]) -> None:
    """A record that somebody else produced has no refusal, and its headers are all original."""
    read = read_headers(headers)
    assert read.refusal is None
    assert read.original == tuple(headers)
    assert read.problem


@given(letter=letters, dropped=st.sampled_from([name for name in OURS if name]))
def test_a_letter_without_one_of_its_headers_is_foreign(letter: DeadLetter, dropped: str) -> None:
    """Half a letter is not guessed at."""
    ours = [(n, v) for n, v in letter.record_headers()[len(letter.headers) :] if n != HEADER_PREFIX + dropped]
    assert read_headers(ours).refusal is None


def test_a_reason_of_another_version_is_kept() -> None:
    """A code that this version does not know is still told."""
    letter = a_dead_letter()
    headers = [(n, b"too_wordy" if n.endswith(".reason") else v) for n, v in letter.record_headers()]
    read = read_headers([h for h in headers if not h[0].endswith(".requeue_attempt")])
    assert read.refusal is not None
    assert (read.refusal.reason, read.refusal.requeue_attempt) == ("too_wordy", 0)
